// Fields: each shows what runs, or its mistake.
import assert from "node:assert/strict";
import { cpu } from "./experiments.mjs";

/** A field shows its mistake as long as what stands in it is not what runs. */
async function honest(driver, path, running) {
  const { value, wrong, mistake } = await driver.shown(path);
  if (value === running) assert.ok(!wrong && !mistake, `${path} shows what runs, ${running}, and is marked wrong: ${mistake}`);
  else assert.ok(wrong && mistake, `${path} shows ${value} without a mark while ${running} runs`);
}

/** What cannot be: the field, what is typed, another knob of the same card and a value for it. */
const impossible = [
  ["train.batch", "abc", "train.steps", "777"],
  ["optimiser.learning_rate", "-3", "optimiser.weight_decay", "0.001"],
  ["projector.hidden", "1e9", "projector.layers", "3"],
];

export async function stays(driver) {
  await driver.open(cpu);
  for (const [path, text, other, value] of impossible) {
    const running = (await driver.shown(path)).value;
    await driver.type(path, text);
    await driver.until(`${path} to be marked wrong`, async () => (await driver.shown(path)).wrong);
    await honest(driver, path, running);
    await driver.inspect(`${path} is marked wrong`);
    await driver.type(other, value);
    await driver.until(`${other} to be in the link`, async () => (await driver.linked(other)) === value);
    await honest(driver, path, running);
    assert.equal((await driver.shown(other)).value, value);
  }
}

async function mended(driver) {
  await driver.open(cpu);
  const path = "method.temperature";
  const former = (await driver.shown(path)).value;
  await driver.type(path, "-99");
  await driver.until("the mark", async () => (await driver.shown(path)).wrong);
  await driver.type(path, former);
  await driver.until("the mark to be gone", async () => !(await driver.shown(path)).wrong && !(await driver.shown(path)).mistake);
  await honest(driver, path, former);
  await driver.play(2);
}

/** The seed's field is none of a card's, and is held to the same. */
async function seed(driver) {
  await driver.open(cpu);
  const field = driver.page.locator("#seed");
  await driver.fillOn("#seed", "one and a half");
  const mistake = driver.page.locator(".seed .mistake");
  await driver.until("the mark", async () => (await mistake.count()) > 0);
  await driver.type("train.steps", "777");
  await driver.until("another knob in the link", async () => (await driver.linked("train.steps")) === "777");
  assert.ok((await field.inputValue()) === "0" || (await mistake.count()) > 0, "the seed shows what runs, or its mistake");
  await driver.fillOn("#seed", "0");
  await driver.until("the mark to be gone", async () => (await mistake.count()) === 0);
  assert.equal(await field.inputValue(), "0");
}

/** A slider that is dragged through a run is one change of it, however many steps pass meanwhile. */
async function dragged(driver) {
  await driver.open(cpu);
  await driver.play(3);
  await driver.field("method.temperature");
  const slider = driver.page.locator("input[type=range][aria-label=Temperature]").first();
  await slider.evaluate((slider) => slider.scrollIntoView({ block: "center", behavior: "instant" }));
  const box = await slider.boundingBox();
  const y = box.y + box.height / 2;
  await driver.page.mouse.move(box.x + box.width * 0.3, y);
  await driver.page.mouse.down();
  for (let notch = 0; notch < 12; notch += 1) {
    await driver.page.mouse.move(box.x + box.width * (0.3 + 0.04 * notch), y);
    await driver.reach((await driver.steps()) + 2);
  }
  await driver.page.mouse.up();
  await driver.reach((await driver.steps()) + 3);
  await driver.until("the change to be listed", async () => (await driver.count("changes")) > 0);
  assert.equal(await driver.element("changes").locator("li").count(), 1, "one drag is one change");
  const shown = Number((await driver.shown("method.temperature")).value);
  const changes = [...new URLSearchParams(new URL(driver.page.url()).hash.slice(1))].filter(([path]) => /^at\.\d+\.method\.temperature$/.test(path));
  assert.equal(changes.length, 1, `the link has one change: ${driver.page.url()}`);
  assert.ok(Math.abs(Number(changes[0][1]) - shown) < 1e-6, `the link says ${changes[0][1]}, the field ${shown}`);
}

export const cases = [
  { name: "what cannot be stays marked while other knobs are turned", test: stays },
  { name: "a mark goes with its mistake", test: mended },
  { name: "the seed is shown, or its mistake", test: seed },
  { name: "one drag is one change", test: dragged },
];
