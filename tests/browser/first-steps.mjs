// Playing: every way that leads to it, pausing, stepping, going back, and what the curve does.
import assert from "node:assert/strict";
import { named } from "./driver.mjs";
import { small } from "./experiments.mjs";
import { gradientOpen } from "./gradient.mjs";

const device = (gpu) => (gpu ? "gpu" : "cpu");

/** A shape of hand that a person may have before pressing play. Each ends at step 0, ready, with the experiment that was opened. */
const ways = {
  "as it opens": async () => {},
  "after a reset": async (driver) => {
    await begun(driver, () => driver.click("reset"));
  },
  "after something to try": async (driver) => {
    await begun(driver, () => driver.clickOn(".tries button"));
  },
  "after another device and back": async (driver, gpu) => {
    const choose = (device) => driver.selectOn("#device-choice", device);
    await begun(driver, () => choose(gpu ? "cpu" : "auto"));
    await begun(driver, () => choose(device(gpu)));
  },
  "after another preset and back": async (driver) => {
    const { first, other } = await presets(driver);
    await begun(driver, () => driver.selectOn(named("preset"), other));
    await begun(driver, () => driver.selectOn(named("preset"), first));
  },
  "with the gradient open": gradientOpen,
  "after a preset that was taken back": async (driver) => {
    const { other } = await presets(driver);
    await begun(driver, () => driver.selectOn(named("preset"), other));
    await begun(driver, () => driver.click("undo"));
  },
};

/** The preset that is shown, and another one that needs no file. */
const presets = (driver) =>
  driver.evaluate((selector) => {
    const select = document.querySelector(selector);
    return { first: select.value, other: [...select.options].find(({ text }) => /SimSiam/.test(text) && !/CIFAR/.test(text)).value };
  }, named("preset"));

/** Does what begins a run, and waits until it is set up. */
async function begun(driver, act) {
  const stamp = () => driver.evaluate(() => window.witness.messages);
  const before = await stamp();
  await act();
  await driver.until("the worker to answer", async () => (await stamp()) > before);
  await driver.until("the new run to be ready", async () => /ready|press play/i.test(await driver.evaluate(() => document.querySelector(".phase").textContent)));
  await driver.ready();
}

/** After sixty steps the dots are further apart than untrained: where they are told to be, and on the picture. */
export async function spreads(driver, gpu, way, experiment) {
  await driver.open(experiment);
  await ways[way](driver, gpu);
  await driver.until("the first dots", () => driver.apart());
  const apart = await driver.apart();
  const { spread } = await driver.until("the first picture", () => driver.dots());
  await driver.play();
  // What is tried is a preset's network: a step of it takes seconds on an adapter in software.
  await driver.reach(60, gpu ? 600 : undefined);
  await driver.pause();
  await driver.until(`dots apart by more than ${(1.5 * apart).toFixed(3)}`, async () => (await driver.apart()) > 1.5 * apart);
  await driver.until(`a picture whose dots are spread by more than ${(1.2 * spread).toFixed(3)}`, async () => (await driver.dots()).spread > 1.2 * spread);
  await driver.noFault();
}

/** A pause is measured, so that no number on the page is older than the dots. */
async function measured(driver) {
  await driver.open({ ...small, device: "cpu", "measures.cadence.every": 1000 });
  await driver.play(5);
  const held = await driver.pause();
  await driver.until(`measures at step ${held}`, async () => (await driver.metrics()).some(({ step, knn_accuracy }) => step === held && Number.isFinite(knn_accuracy)));
}

/** Equal, fixed steps of a curve that is the same on every machine. */
async function falls(driver) {
  await driver.open({ device: "cpu" });
  await driver.play(100);
  await driver.pause();
  const losses = await driver.losses();
  const mean = (from, to) => {
    const steps = Array.from({ length: to - from + 1 }, (_, index) => losses.get(from + index));
    assert.ok(steps.every(Number.isFinite), `a loss for every step from ${from} to ${to}`);
    return steps.reduce((sum, loss) => sum + loss) / steps.length;
  };
  const [early, late] = [mean(1, 20), mean(81, 100)];
  assert.ok(late < early - 0.2, `the loss should fall: ${early} over steps 1 to 20, ${late} over steps 81 to 100`);
}

export async function playPauseStepReset(driver, gpu) {
  await driver.open({ ...small, device: device(gpu) });
  assert.match(await driver.text("device"), gpu ? /GPU/ : /CPU/);
  assert.equal(await driver.steps(), 0);
  await driver.play(5);
  for (const name of ["loss", "alignment", "uniformity", "knn", "std"]) assert.ok(Number.isFinite(await driver.number(name)), `${name} is no number`);

  const held = await driver.pause();
  await driver.click("step");
  await driver.reach(held + 1);
  await driver.roundTrip();
  assert.equal(await driver.steps(), held + 1, "step adds exactly one");

  await driver.click("play");
  await driver.reach(held + 3);
  await driver.click("reset");
  await driver.until("step 0", async () => (await driver.steps()) === 0);
  await driver.roundTrip();
  assert.equal(await driver.steps(), 0, "a reset waits for play");
  await driver.noFault();
}

export async function liveKnob(driver, gpu) {
  await driver.open({ ...small, device: device(gpu) });
  await driver.play(3);
  await driver.type("method.temperature", "0.31");
  await driver.until("the change to be listed", async () => /Temperature/.test(await driver.text("changes")));
  assert.deepEqual(await driver.shown("method.temperature"), { value: "0.31", wrong: false, mistake: "" });
  await driver.reach((await driver.steps()) + 3);
  await driver.noFault();
}

async function automatic(driver, gpu) {
  await driver.open(small);
  const software = await driver.evaluate(async () => {
    const adapter = await navigator.gpu?.requestAdapter();
    return adapter ? (adapter.info.isFallbackAdapter ?? adapter.isFallbackAdapter ?? /swiftshader/i.test(adapter.info.architecture)) : undefined;
  });
  // Without an adapter, and with one that is software, the CPU is the faster choice; the page says why.
  if (!gpu || software !== false) assert.match(await driver.text("device"), /CPU/);
  else assert.match(await driver.text("device"), /GPU/);
  assert.ok((await driver.evaluate(() => document.querySelector(".reason").textContent)).length > 10, "the reason is said");
}

/** The page hands its canvas to the worker, which draws with the device that trains and turns what it drew. */
async function workerDraws(driver) {
  await driver.open({ ...small, device: "gpu" });
  await handedOver(driver);
  const before = await driver.until("the first picture", () => driver.dots()).then(() => driver.picture());
  const box = await driver.element("sphere").boundingBox();
  await driver.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await driver.page.mouse.down();
  await driver.page.mouse.move(box.x + box.width / 2 + 120, box.y + box.height / 2 + 40, { steps: 6 });
  await driver.page.mouse.up();
  await driver.until("the worker to turn the sphere", async () => !(await driver.picture()).equals(before));
  await driver.noFault();
}

async function handedOver(driver) {
  const owner = () =>
    driver.evaluate(() => {
      try {
        return document.querySelector("[data-testid=sphere]").getContext("2d") ? "page" : "nobody";
      } catch {
        return "worker";
      }
    });
  await driver.until("the canvas to be handed over", async () => (await owner()) === "worker");
}

// The sphere turns by itself unless motion is unwelcome: what moves is then the dots.
const still = { reducedMotion: "reduce" };

// A preset is too much for an adapter in software.
const light = Object.keys(ways).filter((way) => !/preset/.test(way));

export const cases = [
  ...Object.keys(ways).map((way) => ({ name: `the dots spread, played ${way}`, options: still, test: (driver, gpu) => spreads(driver, gpu, way, { device: "cpu" }) })),
  ...light.map((way) => ({
    name: `the dots spread on WebGPU, played ${way}`,
    gpu: "drawing",
    options: still,
    test: async (driver, gpu) => {
      await spreads(driver, gpu, way, { ...small, device: "gpu" });
      await handedOver(driver);
    },
  })),
  { name: "a pause is measured", test: measured },
  { name: "the loss falls", test: falls },
  { name: "play, pause, step, reset", gpus: [false, true], test: playPauseStepReset },
  { name: "left to itself, the page takes the faster device and says why", gpus: [false, true], test: automatic },
  { name: "a live knob changes a run without starting it again", gpus: [false, true], test: liveKnob },
  { name: "the worker draws the sphere on the device that trains, and turns it", gpu: "drawing", options: still, test: workerDraws },
];
