// Augmentations: views in words, their order, recipes, a second view, augmented distances, and an experiment in small.
import assert from "node:assert/strict";
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

async function study(driver) {
  await driver.open(cpu);
  await enter(driver);
  await driver.element("distances-studies").locator("summary").click();
  await driver.element("study-steps").fill("3");
  await driver.element("study-steps").press("Enter");
  await driver.element("study-seeds").fill("2");
  await driver.element("study-seeds").press("Enter");
  await driver.click("study-richness");
  await driver.until("five policies", async () => /All 5 policies/.test(await driver.text("study-state")));
  assert.equal(await driver.element("study-rows").locator("tbody tr").count(), 5);
  assert.match(await driver.text("study-verdict"), /^Too close to tell: with 2 seeds/);
  await driver.until("a picture of the error for each threshold", async () => driver.evaluate(() => [...document.querySelectorAll(".scatters canvas")].filter((canvas) => canvas.width > 100).length === 2));
  await driver.click("study-targets");
  await driver.until("the target branches", async () => /All [78] policies/.test(await driver.text("study-state")));
  const targets = await driver.element("study-rows").innerText();
  for (const words of [/target branch/, /contrastive\s*stop-gradient/, /asymmetric\s*momentum/, /momentum in the positive only/]) assert.match(targets, words);
  assert.equal(await driver.page.locator(".scatters canvas").count(), 0, "there is no concentration to draw against");
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
  await driver.element("distances-studies").locator("summary").click();
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
  { name: "an experiment of Huang et al. in small", test: study },
  { name: "augmented distances on a phone", test: phone, options: phoneScreen },
];
