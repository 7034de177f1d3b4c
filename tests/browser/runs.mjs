// One run after another: what stays of the run before, how it comes back, and from where a suggestion starts.
import assert from "node:assert/strict";
import { named } from "./driver.mjs";
import { cpu } from "./experiments.mjs";
import { ink, watchInk } from "./ink.mjs";

const light = { ...cpu, "measures.cadence.every": 5 };

const phase = (driver) => driver.evaluate(() => document.querySelector(".phase")?.textContent ?? "");

/** Waits until another run is set up, after `act`. */
async function another(driver, act) {
  await act();
  await driver.until("another run at its beginning", async () => (await driver.steps()) === 0 && /press play/i.test(await phase(driver)));
}

/** A preset that needs no file, by a part of its name. */
async function choose(driver, part) {
  const place = await driver.evaluate((part) => [...document.querySelectorAll("[data-testid=preset] option")].find(({ text }) => text.includes(part)).value, part);
  await driver.selectOn(named("preset"), place);
}

const suggest = (driver, title) => driver.page.locator(".tries button", { hasText: title }).click();

/** What begins another run, by name. */
const beginnings = {
  "a reset": (driver) => driver.click("reset"),
  "a suggestion": (driver) => suggest(driver, "A circle"),
  "a preset": (driver) => choose(driver, "SimSiam"),
};

// ------------------------------------------------ the run before

/** The curves of the run before stay behind those of the next one, are named, and are drawn otherwise; a loss only behind one that it can be compared with. */
async function stays(driver, beginning) {
  await watchInk(driver);
  await driver.open(light);
  await driver.play(10);
  await driver.pause();
  assert.equal((await ink(driver, "loss")).ghosts.length, 0, "before there is a run before, nothing is drawn of it");
  const legend = (measure) => driver.evaluate((measure) => document.querySelector(`[data-testid="${measure}"]`).closest(".chart").querySelector(".lines")?.textContent ?? "", measure);
  assert.doesNotMatch(await legend("loss"), /run before/);

  await another(driver, () => beginnings[beginning](driver));
  const comparable = beginning === "a reset";
  for (const measure of [...(comparable ? ["loss"] : []), "knn", "alignment", "uniformity"]) {
    await driver.until(`the curve of ${measure} of the run before`, async () => (await ink(driver, measure)).ghosts.length === 1);
    assert.match(await legend(measure), /the run before/, `the key of ${measure} names it`);
  }
  await driver.until("a chart of the present run, which has no loss yet", async () => (await ink(driver, "loss")).own.length === 0);
  if (!comparable) {
    assert.equal((await ink(driver, "loss")).ghosts.length, 0, "another loss is not drawn on this one's axis");
    assert.match(await legend("loss"), /another loss/);
    return;
  }
  const [before] = (await ink(driver, "loss")).ghosts;
  assert.ok(before.points.length > 8, `the whole curve stays: ${before.points.length} points`);

  await driver.play(10);
  await driver.pause();
  await driver.until("both curves", async () => {
    const { own, ghosts } = await ink(driver, "loss");
    return own.length > 0 && ghosts.length === 1;
  });
  const { own, ghosts } = await ink(driver, "loss");
  assert.ok(own.every(({ colour }) => colour !== ghosts[0].colour), "the two are told apart by their colour");
  await driver.inspect("a run beside the run before");
}

// ------------------------------------------------ undo

/** What was measured before the step `last`, as the file of numbers says it: every row and every column. At that step itself more is measured as
 * long as the run stands still. */
const numbers = async (driver, last) => JSON.stringify((await driver.metrics()).filter(({ step }) => step < last));

/** The losses of the steps up to `last`. */
const until = async (driver, last) => JSON.stringify([...(await driver.losses())].filter(([step]) => step <= last));

/** How a run may be lost: what a person does, one thing after the other. One undo brings it back: nobody misses a run without a step. */
const losses = {
  "a reset": [(driver) => driver.click("reset")],
  "R": [async (driver) => {
    await driver.evaluate(() => document.activeElement.blur());
    await driver.page.locator("body").press("r");
  }],
  "arrow down on the closed menu of presets": [async (driver) => {
    await driver.element("preset").focus();
    await driver.press("ArrowDown");
  }],
  "arrow down twice": [
    async (driver) => {
      await driver.element("preset").focus();
      await driver.press("ArrowDown");
    },
    async (driver) => {
      await driver.element("preset").focus();
      await driver.press("ArrowDown");
    },
  ],
  "a reset and a live knob": [
    (driver) => driver.click("reset"),
    async (driver) => {
      await driver.type("method.temperature", "0.44");
      await driver.until("the knob in the link", async () => (await driver.linked("method.temperature")) === "0.44");
    },
  ],
  "a reset and a knob that begins anew": [
    (driver) => driver.click("reset"),
    (driver) => driver.type("projector.hidden", "24"),
  ],
  "a reset and another": [(driver) => driver.click("reset"), (driver) => driver.click("reset")],
  "a suggestion": [(driver) => suggest(driver, "A low temperature")],
  "another device": [(driver) => driver.selectOn("#device-choice", "auto")],
};

/** Pauses, and goes on to the next step that is measured. Returns it when its measures are there. */
async function rest(driver) {
  let held = await driver.pause();
  for (; held % light["measures.cadence.every"]; held += 1) {
    await driver.click("step");
    await driver.reach(held + 1);
  }
  await driver.until(`the measures of step ${held}`, async () => (await driver.metrics()).some(({ step, knn_accuracy }) => step === held && Number.isFinite(knn_accuracy)));
  return held;
}

/** The run is back with its step, its curves and its knobs, and goes on. */
async function back(driver, loss) {
  await driver.open({ ...light, "method.temperature": 0.37 });
  await driver.play(12);
  const held = await rest(driver);
  const [rows, address] = [await numbers(driver, held), driver.page.url()];

  for (const act of losses[loss]) {
    const messages = () => driver.evaluate(() => window.witness.messages);
    const before = await messages();
    await another(driver, () => act(driver));
    await driver.until("an answer of the worker", async () => (await messages()) > before);
    await driver.roundTrip();
    await driver.until("the run to be ready", async () => /press play/i.test(await phase(driver)));
  }
  await driver.until("a way back", async () => (await driver.count("undo")) > 0);
  assert.match(await driver.element("undo").getAttribute("title"), new RegExp(`step ${held}\\b`), "what comes back is the run that was lost");
  await driver.click("undo");
  await driver.until(`step ${held} again`, async () => (await driver.steps()) === held);
  assert.equal(await numbers(driver, held), rows, "every number that was measured is there");
  assert.equal((await driver.shown("method.temperature")).value, "0.37", "the controls show it");
  await driver.until("its address", async () => driver.page.url() === address);

  await driver.play(held + 5);
  await driver.pause();
  assert.equal(await until(driver, held - 1), JSON.stringify(JSON.parse(rows).filter(({ loss }) => loss !== undefined).map(({ step, loss }) => [step, loss])), "its curve goes on where it was");
  await driver.noFault();
}

/** A run that was left while it trained comes back as well, standing still. */
async function backFromTraining(driver) {
  await driver.open(light);
  await driver.play(8);
  await another(driver, () => driver.click("reset"));
  await driver.click("undo");
  await driver.until("the run again", async () => (await driver.steps()) >= 8);
  const held = await driver.steps();
  await driver.until("it to stand still", async () => /paused/i.test(await phase(driver)));
  await driver.roundTrip();
  assert.equal(await driver.steps(), held, "it waits for play");
  // And what the undo replaced can be had again.
  await driver.click("undo");
  await driver.until("the run at its beginning", async () => (await driver.steps()) === 0);
  await driver.click("undo");
  await driver.until("the run once more", async () => (await driver.steps()) === held);
  await driver.play(held + 3);
}

// ------------------------------------------------ suggestions

const link = (driver) => Object.fromEntries(new URLSearchParams(new URL(driver.page.url()).hash.slice(1)));

/** Two suggestions one after the other: the second acts alone, whatever there was before. */
async function alone(driver) {
  await driver.open({ device: "cpu" });
  await another(driver, () => suggest(driver, "A circle"));
  await driver.until("a circle in the link", async () => (await driver.linked("projector.dimension")) === "2");
  const circle = link(driver);

  // Neither what a person has turned nor the suggestion before acts together with it.
  await driver.type("method.temperature", "0.44");
  await driver.until("the knob in the link", async () => (await driver.linked("method.temperature")) === "0.44");
  await another(driver, () => suggest(driver, "No augmentations"));
  await driver.until("no crop any more", async () => (await driver.linked("augment.crop.probability")) === "0");
  assert.equal((await driver.shown("projector.dimension")).value, "3", "the circle is gone");
  assert.equal((await driver.shown("method.temperature")).value, "0.2", "the knob is the preset's");

  await another(driver, () => suggest(driver, "A circle"));
  await driver.until("a circle again", async () => (await driver.linked("projector.dimension")) === "2");
  assert.deepEqual(link(driver), circle, "a suggestion is the same whatever came before it");
  await driver.noFault();
}

/** The words of each suggestion name the preset that it starts from, and the menu names both once it was taken. */
async function startingPoint(driver) {
  await driver.open({ ...cpu, "method.kind": "byol" });
  const titles = await driver.evaluate(() => [...document.querySelectorAll("[data-testid=preset] option:not([disabled])")].map(({ text }) => text));
  const suggestions = await driver.evaluate(() => [...document.querySelectorAll(".tries li")].map((item) => [item.querySelector("button").textContent, item.textContent]));
  assert.ok(suggestions.length > 3);
  for (const [title, words] of suggestions) assert.ok(titles.some((preset) => words.includes(preset)), `"${title}" says from which preset it starts: ${words}`);
  assert.match(await driver.text("tries-note"), /starts from the preset/);
  await another(driver, () => suggest(driver, "A circle"));
  const shown = () => driver.evaluate(() => document.querySelector("[data-testid=preset]").selectedOptions[0]?.text ?? "");
  await driver.until("the menu to name the suggestion", async () => /a circle/i.test(await shown()));
  const from = titles.find((preset) => suggestions.find(([title]) => title === "A circle")[1].includes(preset));
  assert.ok((await shown()).startsWith(from), `the menu names the preset as well: ${await shown()}`);
  assert.match(await driver.text("method-menu"), /SimCLR/, "the method is the preset's");
}

export const cases = [
  ...Object.keys(beginnings).map((beginning) => ({ name: `the curves of the run before stay after ${beginning}`, test: (driver) => stays(driver, beginning) })),
  ...Object.keys(losses).map((loss) => ({ name: `a run comes back after ${loss}`, test: (driver) => back(driver, loss) })),
  { name: "a run that trained comes back, and what replaced it as well", test: backFromTraining },
  { name: "a suggestion acts alone", test: alone },
  { name: "a suggestion says from where it starts", test: startingPoint },
];
