// Does training in the page work from play to reset, with data of one's own and in spite of broken files?
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { cifar10 } from "./archive.mjs";

/** Small enough for a GPU in software. */
export const small = {
  "data.kind": "shapes",
  "data.side": 8,
  "data.train": 64,
  "data.test": 32,
  "encoder.kind": "conv",
  "encoder.size": "custom",
  "encoder.stages": 3,
  "encoder.width": 8,
  "projector.hidden": 16,
  "projector.dimension": 3,
  "optimiser.kind": "adam",
  "optimiser.learning_rate": 0.01,
  "train.batch": 16,
  "train.steps": 100000,
  "train.schedule": "constant",
  "measures.cadence.every": 20,
};

const device = (gpu) => (gpu ? "gpu" : "cpu");

async function mean(driver, count) {
  let sum = 0;
  for (let taken = 0; taken < count; taken += 1) {
    const before = await driver.steps();
    sum += await driver.number("loss");
    await driver.until("another step", async () => (await driver.steps()) > before);
  }
  return sum / count;
}

async function playPauseStepReset(driver, gpu) {
  await driver.open({ ...small, device: device(gpu) });
  assert.match(await driver.text("device"), gpu ? /GPU/ : /CPU/);
  assert.equal(await driver.steps(), 0);
  const untrained = await driver.picture();

  await driver.click("play");
  await driver.reach(2);
  const early = await mean(driver, 4);
  await driver.reach(gpu ? 60 : 150, 180_000);
  const late = await mean(driver, 4);
  assert.ok(late < early, `the loss should fall: ${early} at first, ${late} later`);
  for (const name of ["alignment", "uniformity", "knn", "std"]) assert.ok(Number.isFinite(await driver.number(name)), `${name} is no number`);

  await driver.click("pause");
  await driver.until("the page to be paused", async () => {
    const before = await driver.steps();
    await pause(700);
    return (await driver.steps()) === before;
  });
  const held = await driver.steps();
  await pause(1500);
  assert.equal(await driver.steps(), held, "pause holds the step count");
  assert.notEqual(await driver.picture(), untrained, "the points should have moved");

  await driver.click("step");
  await driver.until("one more step", async () => (await driver.steps()) > held);
  await pause(700);
  assert.equal(await driver.steps(), held + 1, "step adds exactly one");

  await driver.click("reset");
  await driver.until("step 0", async () => (await driver.steps()) === 0);
  assert.equal(await driver.element("fault").count(), 0);
}

async function archives(driver, gpu) {
  await driver.open({ ...small, device: device(gpu) });
  await driver.click("play");
  await driver.reach(2);

  for (const [name, bytes, reason] of [
    ["cut.tar.gz", cifar10(40, 20).subarray(0, 4000), /end|cut|truncat|incomplete|stops/i],
    ["photo.tar.gz", Buffer.from("\x89PNG\r\n\x1a\n and more", "binary"), /PNG/],
    ["empty.tar.gz", Buffer.alloc(0), /empty/i],
  ]) {
    await driver.offer(name, bytes);
    await driver.until(`a fault about ${name}`, async () => (await driver.element("fault").count()) > 0);
    assert.match(await driver.text("fault"), reason);
    const before = await driver.steps();
    await driver.until(`training to go on after ${name}`, async () => (await driver.steps()) > before);
    await driver.element("fault").locator("button").first().click();
    await driver.until("the fault to be gone", async () => (await driver.element("fault").count()) === 0);
  }
  if (gpu) return;

  await driver.click("pause");
  await driver.offer("cifar-10-binary.tar.gz", cifar10(200, 100));
  await driver.until("the dropped images to be used", async () => /CIFAR-10/i.test(await driver.text("data-name")));
  await driver.until("step 0 on them", async () => (await driver.steps()) === 0);
  await driver.click("play");
  await driver.reach(2, 120_000);
  assert.ok(Number.isFinite(await driver.number("loss")));
}

async function liveKnob(driver, gpu) {
  await driver.open({ ...small, device: device(gpu) });
  await driver.click("play");
  await driver.reach(3);
  const before = await driver.steps();
  const temperature = driver.page.getByLabel("Temperature", { exact: false }).locator("visible=true").first();
  await temperature.focus();
  await temperature.press("ArrowRight");
  await driver.until("training to go on under another temperature", async () => (await driver.steps()) > before + 2);
  assert.equal(await driver.element("fault").count(), 0);
}

async function automatic(driver, gpu) {
  await driver.open(small);
  const software = await driver.page.evaluate(async () => {
    const adapter = await navigator.gpu?.requestAdapter();
    return adapter ? (adapter.info.isFallbackAdapter ?? adapter.isFallbackAdapter ?? /swiftshader/i.test(adapter.info.architecture)) : undefined;
  });
  // Without an adapter, and with one that is software, the CPU is the faster choice; the page says why.
  if (!gpu || software !== false) assert.match(await driver.text("device"), /CPU/);
  else assert.match(await driver.text("device"), /GPU/);
  assert.ok((await driver.page.locator(".reason").first().textContent()).length > 10, "the reason is said");
}

async function workerDraws(driver) {
  await driver.open({ ...small, device: "gpu" });
  const owner = () =>
    driver.page.evaluate(() => {
      try {
        return document.querySelector("[data-testid=sphere]").getContext("2d") ? "page" : "nobody";
      } catch {
        return "worker";
      }
    });
  await driver.until("the canvas to be handed over", async () => (await owner()) === "worker");
  await pause(1000);
  const untrained = await driver.picture();
  await driver.click("play");
  await driver.reach(10, 180_000);
  await driver.click("pause");
  await driver.until("the worker to draw other points", async () => (await driver.picture()) !== untrained);
  const box = await driver.element("sphere").boundingBox();
  const before = await driver.picture();
  await driver.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await driver.page.mouse.down();
  await driver.page.mouse.move(box.x + box.width / 2 + 120, box.y + box.height / 2 + 40, { steps: 6 });
  await driver.page.mouse.up();
  await driver.until("the worker to turn the sphere", async () => (await driver.picture()) !== before);
  assert.equal(await driver.element("fault").count(), 0);
}

export const drawing = [{ name: "the worker draws the sphere on the device that trains", test: workerDraws }];

export const cases = [
  { name: "left to itself, the page takes the faster device and says why", test: automatic },
  { name: "play, pause, step, reset; the loss falls and the points move", test: playPauseStepReset },
  { name: "archives: broken ones are refused and training goes on, a good one is trained on", test: archives },
  { name: "a live knob changes a run without starting it again", test: liveKnob },
];
