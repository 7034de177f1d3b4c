// Augmentations: views in words, their order, recipes, a second view, augmented distances, and the studies.
import assert from "node:assert/strict";
import { named } from "./driver.mjs";
import { cpu as light, phone as phoneScreen } from "./experiments.mjs";

const cpu = { ...light, "data.train": 200, "data.side": 16 };

/** Opens the augmented distances and waits for its complete answer. */
async function enter(driver) {
  await driver.element("distances").locator("summary").first().click();
  await answered(driver, "the first complete answer");
}

const complete = (state) => /^\d+ images, \d+ views of each, [\d.]+ s$/.test(state);

async function answered(driver, what) {
  await driver.until(what, async () => complete(await driver.text("distances-state")));
  return driver.text("distances-state");
}

/** Does something that asks anew, and waits until the new answer is complete. */
async function anew(driver, what, act) {
  await driver.element("distances-state").evaluate((element) => {
    element.dataset.told = "0";
    new MutationObserver(() => (element.dataset.told = String(Number(element.dataset.told) + 1))).observe(element, { characterData: true, childList: true, subtree: true });
  });
  await act();
  await driver.until(`${what}: a new question`, async () => Number(await driver.element("distances-state").getAttribute("data-told")) > 0);
  await answered(driver, what);
}

async function means(driver) {
  const [within, between, plainWithin, plainBetween] = [
    await driver.number("distances-within"),
    await driver.number("distances-between"),
    await driver.number("distances-plain-within"),
    await driver.number("distances-plain-between"),
  ];
  return { within, between, plainWithin, plainBetween };
}

/** Reads distances of several pairs with the arrow keys: [augmented, plain] each. */
async function pairs(driver, count) {
  await driver.element("distances-heat").focus();
  const read = [];
  for (let press = 0; press < count; press += 1) {
    await driver.page.keyboard.press(press % 2 ? "ArrowDown" : "ArrowRight");
    const [, near, plain] = (await driver.text("distances-cell")).match(/: ([\d.]+) \(([\d.]+) without/);
    read.push([Number(near), Number(plain)]);
  }
  return read;
}

async function controls(driver) {
  await driver.open(cpu);
  assert.equal(await driver.element("distances-state").count(), 0, "nothing is asked while it is closed");
  await enter(driver);
  assert.match(await driver.text("distances-state"), /^24 images, 16 views/);
  const before = await means(driver);
  assert.ok(before.within <= before.plainWithin && before.between <= before.plainBetween, `never larger than plain: ${JSON.stringify(before)}`);
  for (const [near, plain] of await pairs(driver, 12)) assert.ok(near <= plain, `${near} with augmentations, ${plain} without`);

  // Another policy: the distances change, and are still never larger than the plain ones.
  const toggle = driver.element("augment-grayscale");
  await anew(driver, "grayscale toggled", () => toggle.click());
  await anew(driver, "and back", () => toggle.click());
  await anew(driver, "crop off", () => driver.element("augment-crop").click());
  const after = await means(driver);
  assert.notDeepEqual(after, before, "another policy, other distances");
  assert.ok(after.within <= after.plainWithin && after.between <= after.plainBetween, JSON.stringify(after));
  assert.equal(after.plainWithin, before.plainWithin, "the images are the same");
  for (const [near, plain] of await pairs(driver, 6)) assert.ok(near <= plain, `${near} with augmentations, ${plain} without`);
  assert.equal(await driver.element("fault").count(), 0);
}

async function pairAndCurves(driver) {
  await driver.open(cpu);
  await enter(driver);
  // A press on the heat map chooses the pair below it.
  const box = await driver.element("distances-heat").boundingBox();
  const words = await driver.text("distances-pair-words");
  await driver.element("distances-heat").click({ position: { x: box.width * 0.9, y: box.height * 0.2 } });
  await driver.until("another pair", async () => (await driver.text("distances-pair-words")) !== words);
  assert.match(await driver.text("distances-pair-words"), /^An image of .* and one of /, "it is a pair of two classes");

  // Views in words.
  await driver.element("distances-strips").scrollIntoViewIfNeeded();
  await driver.element("distances-strips").locator("canvas").hover({ position: { x: 70, y: 15 } });
  await driver.until("the words of a view", async () => /view \d+: \w+/.test(await driver.text("distances-words")));

  // The curve in words follows the threshold, and stays when it is kept.
  assert.match(await driver.text("distances-reading"), /At \u03b4 = [\d.]+: .* of 12 images of/);
  await driver.element("distances-delta").fill("0");
  await driver.until("no threshold", async () => /At \u03b4 = 0\.0/.test(await driver.text("distances-reading")));
  await driver.click("distances-keep");
  await anew(driver, "flip off", () => driver.element("augment-flip").click());
  await driver.click("distances-keep");
  assert.equal(await driver.element("distances-kept").locator("li").count(), 2);
  await driver.element("distances-kept").locator("button").first().click();
  assert.equal(await driver.element("distances-kept").locator("li").count(), 1);

  // The theorem comes with the complete answer.
  await driver.element("distances-theorem").locator("summary").click();
  await answered(driver, "the theorem");
  await driver.until("its quantities", async () => (await driver.element("distances-theorem").locator("tr").count()) > 5);
  await driver.inspect("augmented distances");
  assert.match(await driver.text("distances-verdict"), /The condition (does not hold|is not refuted)/);
  await driver.element("distances-theorem-case").selectOption("constructed");
  await driver.until("the case in which it holds", async () => /The condition holds/.test(await driver.text("distances-verdict")));
}

async function colourDropping(driver) {
  await driver.open(cpu);
  await enter(driver);
  await driver.click("distances-try-grayscale");
  await driver.until("both answers", async () => /mean distance between two different images/.test(await driver.text("distances-comparison")));
  assert.match(await driver.text("distances-comparison"), /Between images of different classes/);
  assert.match(await driver.text("distances-kept"), /without colour dropping.*with colour dropping/);
}

async function recipes(driver) {
  await driver.open(cpu);
  await driver.element("recipe").selectOption("byol");
  await driver.until("the second view to differ", async () => /differs in: .*Solarize/.test(await driver.text("second-brief")));
  await driver.until("the link to carry it", async () => /second\.solarize\.probability=/.test(driver.page.url()));
  await driver.until("the words of the recipe", async () => (await driver.element("recipe").inputValue()) === "byol");
  const link = driver.page.url();
  await driver.page.goto("about:blank");
  await driver.page.goto(link);
  await driver.until("the link to bring it back", async () => /differs in: .*Solarize/.test(await driver.text("second-brief")));
  await driver.element("second").locator("summary").first().click();
  await driver.click("second-alike");
  await driver.until("both views alike", async () => (await driver.text("second-brief")) === "as the first view");
  assert.equal(await driver.element("recipe").inputValue(), "", "that is nobody's recipe");
  assert.equal(await driver.element("fault").count(), 0);
}

async function order(driver) {
  await driver.open(cpu);
  const titles = () => driver.page.locator(".layers").first().locator(".layer .title").allTextContents();
  const before = await titles();
  await driver.page.locator(".layers").first().locator(".shift:not(.none) .down").first().click();
  await driver.until("the first to be the second", async () => (await titles())[1] === before[0]);
  assert.equal((await titles())[0], before[1]);
  await driver.until("the link to carry it", async () => /augment\.\w+\.order=/.test(driver.page.url()));
}

async function words(driver) {
  await driver.open(cpu);
  await driver.until("the views", async () => (await driver.element("views").locator("button").count()) > 3);
  await driver.element("views").locator("button").nth(2).hover();
  await driver.until("the words of a view", async () => /^View 2: \w+/.test(await driver.text("view-words")));
  await driver.element("views").locator("button").nth(3).focus();
  await driver.until("the words of another", async () => /^View 3/.test(await driver.text("view-words")));
}

/** A study is a picture of the board: its knobs say which, its table grows, its file holds the table, and it can be stopped. */
async function study(driver) {
  const chosen = (kind) => driver.element("picture-studies").locator("#picture-studies-study").selectOption(kind);
  const summary = () => driver.text("picture-studies-summary");
  const rows = async () => {
    const file = await driver.download(() => driver.clickOn(`${named("picture-studies-save")} button:has-text("CSV")`));
    return file.bytes.toString("utf8").trim().split("\n");
  };
  await driver.open({ ...cpu, board: "studies~steps:3~seeds:2" });
  await driver.element("picture-studies").scrollIntoViewIfNeeded();
  await driver.until("what is to be done", async () => /press Start/.test(await summary()));
  await driver.click("study-start");
  await driver.until("five policies", async () => /All 5 policies/.test(await driver.text("study-state")));
  assert.equal(await driver.element("study-stop").count(), 0, "nothing is under way any more");
  await driver.until("the verdict", async () => /Too close to tell: with 2 seeds/.test(await summary()));
  assert.match(await summary(), /Richness, 3 steps with 2 seeds .* Rank correlation \(Spearman\) of the error with 1 − σ: .* at δ = /);
  const richness = await rows();
  assert.equal(richness.length, 6, "a row for each policy");
  assert.match(richness[0], /^policy,words,1-sigma_lower delta=.*,error_seed_1,error_seed_2$/);
  assert.ok(richness.slice(1).every((row) => row.startsWith('"(a') || row.startsWith("(a)")), richness.join("\n"));
  await driver.inspect("a study on the board");
  await chosen("targets");
  await driver.until("another study to be begun", async () => /Target branches: nothing was trained yet/.test(await summary()));
  await driver.click("study-start");
  await driver.until("the target branches", async () => /All [78] policies/.test(await driver.text("study-state")));
  const targets = (await rows()).join("\n");
  for (const words of [/^contrastive,stop-gradient/m, /^asymmetric,momentum/m, /^decorrelation,/m, /momentum in the positive only/]) assert.match(targets, words);
  assert.doesNotMatch(targets, /sigma/, "there is no concentration to draw against");
  await chosen("richness");
  await driver.until("the former study", async () => /Richness, 3 steps/.test(await summary()));
  assert.deepEqual(await rows(), richness, "it is still there");
  await driver.open({ ...cpu, board: "studies~study:pairs~steps:5000" });
  await driver.element("picture-studies").scrollIntoViewIfNeeded();
  await driver.until("Start", async () => driver.element("study-start").isEnabled());
  await driver.click("study-start");
  await driver.until("its policies", async () => /0 of 10 policies/.test(await driver.text("study-state")));
  await driver.click("study-stop");
  await driver.until("it to have stopped", async () => /^Stopped: \d+ of 10/.test(await driver.text("study-state")));
  assert.equal(await driver.element("fault").count(), 0);
}

async function phone(driver) {
  await driver.open(cpu);
  await enter(driver);
  await driver.element("distances-strips").evaluate((strips) => strips.scrollIntoView({ block: "center" }));
  const strips = await driver.element("distances-strips").boundingBox();
  await driver.page.touchscreen.tap(strips.x + 70, strips.y + 15);
  await driver.until("the words of a view", async () => /view \d+: \w+/.test(await driver.text("distances-words")));
  await driver.element("distances-theorem").locator("summary").click();
  await driver.click("distances-try-grayscale");
  await driver.until("both answers", async () => /mean distance/.test(await driver.text("distances-comparison")));
  const wide = await driver.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `the page is ${wide} px wide on a phone of 390`);
}

export const cases = [
  { name: "augmented distances follow the controls", test: controls },
  { name: "a pair, its views, and curves that are kept", test: pairAndCurves },
  { name: "without and with colour dropping", test: colourDropping },
  { name: "a recipe for two different views is in the link", test: recipes },
  { name: "augmentations change their order", test: order },
  { name: "what was done to a view, in words", test: words },
  { name: "studies on the board", test: study },
  { name: "augmented distances on a phone", test: phone, options: phoneScreen },
];
