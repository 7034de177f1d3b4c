// What the encoder knows: measured where the run stands still, beside pixels and the untrained encoder.
import assert from "node:assert/strict";
import { named } from "./driver.mjs";
import { cpu, phone } from "./experiments.mjs";

/** Opens what unfolds at a title. */
const unfold = (driver, name) => driver.evaluate((name) => (document.querySelector(`[data-testid="${name}"]`).open = true), name);

/** A share with its standard error, as a number. */
const share = (text) => {
  assert.match(text, /^\d+\.\d \u{b1} \d+\.\d %$/u);
  return parseFloat(text);
};

/** Nothing is claimed before the first pause; at a pause every row has its number, and says the step. */
async function atRest(driver) {
  await driver.open({ ...cpu, "train.steps": 20000, "measures.cadence.every": 50 });
  await unfold(driver, "evaluation");
  assert.match(await driver.text("evaluation-when"), /pause/);
  assert.equal(await driver.text("evaluation-test-probe"), "");
  await driver.play();
  await driver.until("some steps", async () => (await driver.steps()) > 30);
  await driver.pause();
  const step = await driver.steps();
  await driver.until("the numbers at rest", async () => /\d/.test(await driver.text("evaluation-test-probe")));
  assert.ok((await driver.text("evaluation-when")).includes(`after step ${step}`), await driver.text("evaluation-when"));
  for (const row of ["untrained", "validation", "test"]) {
    for (const kind of ["knn", "probe"]) share(await driver.text(`evaluation-${row}-${kind}`));
  }
  share(await driver.text("evaluation-pixels-knn"));
  share(await driver.text("evaluation-embedding-probe"));
  const hue = await driver.text("factor-foreground-hue");
  assert.match(hue, /^-?\d+\.\d\d$/);
  assert.match(await driver.text("factor-background-texture"), /% right$/);
  const cells = await driver.evaluate(() => [...document.querySelectorAll('[data-testid="confusion"] td .unseen')].map((cell) => Number(cell.textContent)));
  assert.equal(cells.length, 100);
  assert.equal(cells.reduce((sum, count) => sum + count), 32, "every validation image is in one cell");
  await driver.inspect("the evaluation");
  // Going on takes nothing back, and another pause measures anew.
  await driver.play();
  await driver.until("more steps", async () => (await driver.steps()) > step + 10);
  assert.ok((await driver.text("evaluation-when")).includes(`after step ${step}`));
  await driver.pause();
  const later = await driver.steps();
  await driver.until("newer numbers", async () => (await driver.text("evaluation-when")).includes(`after step ${later}`));
}

/** Every measure has its number and its sentence; those that are more than one number have a picture with ink on it. */
async function more(driver) {
  await driver.open({ ...cpu, "method.kind": "moco_v2", "method.queue": 64, "train.steps": 60, "measures.cadence.every": 30 });
  await unfold(driver, "more-measures");
  await driver.play();
  await driver.until("the end", async () => /Finished|done/i.test(await driver.evaluate(() => document.querySelector(".phase").textContent)));
  for (const name of ["positive_cosine", "negative_cosine", "r_epsilon", "within_scatter", "rankme", "nearest_centre_accuracy", "contrastive_limit"]) {
    await driver.until(name, async () => /\d/.test(await driver.text(`measure-${name}`)));
  }
  await driver.until("the staleness of the queue", async () => /queue staleness/.test(await driver.text("more-measures")));
  const blank = await driver.evaluate(() =>
    [...document.querySelectorAll('[data-testid="more-measures"] canvas')].map((canvas) => {
      canvas.scrollIntoView();
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return canvas.width === 0 || !data.some((value, place) => place % 4 === 3 && value > 0);
    }),
  );
  assert.ok(blank.length >= 3 && !blank.includes(true), `${blank}`);
  await driver.inspect("more measures");
}

/** On a phone the tables stay inside the screen. */
async function narrow(driver) {
  await driver.open({ ...cpu, "train.steps": 40 });
  await unfold(driver, "evaluation");
  await driver.play();
  await driver.until("the numbers at rest", async () => /\d/.test(await driver.text("evaluation-test-probe")));
  const wide = await driver.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${wide} pixels too wide`);
  await driver.page.locator(named("evaluation")).scrollIntoViewIfNeeded();
}

export const cases = [
  { name: "what the encoder knows is measured at a pause", test: atRest },
  { name: "every measure has its number and its picture", test: more },
  { name: "the evaluation fits a phone", options: phone, test: narrow },
];
