// Methods: another one in the middle of a run, what does not go together, and the gradient laid open.
import assert from "node:assert/strict";
import { cpu, phone as phoneScreen } from "./experiments.mjs";
import { summary, table } from "./board.mjs";
import { named } from "./driver.mjs";
import { cutOff } from "./look.mjs";

/** Takes another card from the menu of methods, as a person with a mouse. */
async function take(driver, method) {
  await driver.click("method-menu");
  await driver.click(`method-${method}`);
}

async function goesOn(driver, what) {
  const before = await driver.steps();
  await driver.until(what, async () => (await driver.steps()) > before + 2);
}

/** Opens a section of the experiment by its title, if it is closed. */
async function unfold(driver, title) {
  const section = driver.page.locator("details.card", { has: driver.page.locator("summary .title", { hasText: new RegExp(`^${title}$`) }) });
  if (!(await section.evaluate((details) => details.open))) await section.locator("summary").first().click();
}

async function anotherMethod(driver) {
  await driver.open(cpu);
  await driver.play(5);
  assert.equal(await driver.element("changes").count(), 0, "nothing was changed yet");
  await take(driver, "byol");
  await driver.until("the change to be listed", async () => (await driver.element("changes").count()) > 0);
  assert.match(await driver.text("changes"), /Step \d+: Method: BYOL/);
  assert.match(await driver.text("changed"), /encoder was kept/);
  await goesOn(driver, "training to go on with another method");
  assert.ok((await driver.steps()) > 5, "the steps are counted on");
  assert.match(await driver.page.locator("article.chart", { has: driver.element("loss") }).locator(".protocol").textContent(), /^BYOL/);
  assert.equal(await driver.element("fault").count(), 0);

  // What the run did is in its link, and in the file.
  assert.match(driver.page.url(), /at\.\d+\.method\.kind=byol/);
  const toml = (await driver.save("experiment.toml")).bytes.toString("utf8");
  assert.match(toml, /\[\[changes\]\]/);
  assert.match(toml, /path = "method\.kind"/);

  // A reset begins what the controls show: BYOL from the first step, without changes.
  await driver.click("reset");
  await driver.until("step 0", async () => (await driver.steps()) === 0);
  await driver.until("the changes to be gone", async () => (await driver.element("changes").count()) === 0);
  await driver.until("a link without changes", async () => /method\.kind=byol/.test(driver.page.url()) && !/at\.\d+\./.test(driver.page.url()));
}

async function replayed(driver) {
  await driver.open({ ...cpu, "at.4.method.kind": "simsiam" });
  await driver.play(6);
  assert.match(await driver.text("changes"), /Step 4: Method: SimSiam/);
  assert.match(await driver.text("method-menu"), /SimSiam/, "the controls move along");
  await driver.click("reset");
  await driver.until("step 0", async () => (await driver.steps()) === 0);
  assert.match(await driver.text("method-menu"), /SimCLR/, "a reset goes back to the beginning of the plan");
}

async function mark(driver) {
  await driver.open(cpu);
  await driver.play(10);
  await take(driver, "vicreg");
  await driver.until("the change to be listed", async () => (await driver.element("changes").count()) > 0);
  await driver.reach(30);
  await driver.pause();
  await driver.element("changes").locator("li").first().focus();
  await driver.until("the mark to be shown on the curves", async () => (await driver.page.locator(".cross.mark").count()) > 1);
  assert.match(await driver.page.locator(".probe.low").first().textContent(), /VICReg/);
  assert.ok((await driver.element("loss-parts").locator("dt").count()) > 1, "the parts of the loss are shown below it");
}

async function refused(driver) {
  await driver.open({ ...cpu, "method.kind": "unigrad" });
  await unfold(driver, "Target branch");
  const shared = driver.element("target-kind").locator("option[value=shared]");
  assert.ok(await shared.evaluate((option) => option.disabled), "what is refused cannot be chosen");
  assert.match(await driver.text("target-refused"), /UniGrad/);
  await driver.inspect("a card that is refused");
  assert.ok(await driver.element("target-refused").isVisible(), "the reason can be read without pointing at anything");
}

async function menuByKeyboard(driver) {
  await driver.open(cpu);
  await driver.element("method-menu").focus();
  await driver.page.keyboard.press("Enter");
  const list = driver.element("method-list");
  await driver.until("the list to have the focus", async () => list.evaluate((list) => list === document.activeElement));
  await driver.inspect("the menu of methods");
  await driver.page.keyboard.press("v");
  const active = () => list.evaluate((list) => document.getElementById(list.getAttribute("aria-activedescendant"))?.dataset.testid);
  assert.equal(await active(), "method-vicreg");
  await driver.page.keyboard.press("Escape");
  await driver.until("the menu to be closed", async () => (await list.count()) === 0);
  assert.equal(await driver.page.evaluate(() => document.activeElement.dataset.testid), "method-menu", "the focus is back at the button");
  assert.match(await driver.text("method-menu"), /SimCLR/, "nothing was chosen");
  await driver.page.keyboard.press("Enter");
  await driver.until("the list to have the focus", async () => list.evaluate((list) => list === document.activeElement));
  await driver.page.keyboard.press("v");
  await driver.page.keyboard.press(" ");
  await driver.until("VICReg to be chosen", async () => /VICReg/.test(await driver.text("method-menu")));
  assert.equal(await driver.steps(), 0, "the space key was meant for the list, not for play");
}

async function labels(driver) {
  await driver.open({ ...cpu, "method.kind": "supervised" });
  assert.match(await driver.text("labels"), /uses labels/);
  assert.match(await driver.text("uses-labels"), /Uses labels/);
  await take(driver, "simclr");
  await driver.until("the words to change", async () => /sees no labels/.test(await driver.text("labels")));
  assert.equal(await driver.element("uses-labels").count(), 0);
}

/** Unfolds the gradient and lays its two pictures out. */
export async function gradientOpen(driver) {
  await driver.clickOn(`${named("anatomy")} summary`);
  await driver.click("anatomy-board");
  for (const name of ["forces", "families"]) {
    await driver.evaluate((selector) => document.querySelector(selector)?.scrollIntoView({ block: "center" }), named(`picture-${name}`));
    await driver.until(`${name} to be told`, async () => /\d/.test(await summary(driver, name)));
  }
}

async function anatomy(driver) {
  await driver.open(cpu);
  await driver.click("play");
  await gradientOpen(driver);
  await driver.until("the norms", async () => (await driver.number("gradient-norms")) > 0);
  await driver.until("the angle", async () => (await driver.number("gradient-angle")) >= 0);
  assert.ok((await driver.number("effective-rank")) >= 1, "at least one dimension is used");
  await driver.pause();
  await driver.inspect("the gradient laid open");
  for (const found of await driver.evaluate(cutOff)) driver.complain("cut off", found);

  // The numbers of each picture are those of the gradient: lengths, angles, and cosines of methods with each other.
  const [, ...rows] = await table(driver, "families");
  const cosines = rows.flatMap((row) => row.map(Number).filter((value) => Number.isFinite(value)));
  assert.ok(rows.length > 3 && cosines.length > rows.length, JSON.stringify(rows.slice(0, 3)));
  const forces = await table(driver, "forces");
  assert.ok(forces.length > 16, "a row for each image of the batch");

  // What is folded away says nothing of it on the console.
  await driver.clickOn(`${named("anatomy")} summary`);
  await driver.until("the gradient to be folded away", async () => !(await driver.element("anatomy-board").isVisible()));
  await driver.click("play");
  await driver.reach((await driver.steps()) + 3);
}

async function phone(driver) {
  await driver.open({ ...cpu, "method.kind": "unigrad" });
  await unfold(driver, "Method");
  await driver.click("method-menu");
  await driver.press("Escape");
  await driver.click("play");
  await gradientOpen(driver);
  const width = await driver.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `the page is ${width} px wide on a phone of 390`);
}

export const cases = [
  { name: "another method in the middle of a run keeps the encoder and the count", test: anotherMethod },
  { name: "a planned change happens on its step, and a reset plans it again", test: replayed },
  { name: "curves carry a mark at each change", test: mark },
  { name: "a target that does not go with the method is refused with the reason", test: refused },
  { name: "the menu of methods by keyboard", test: menuByKeyboard },
  { name: "a method that uses labels says so", test: labels },
  { name: "the gradient laid open", test: anatomy },
  { name: "methods and the gradient's pictures on a phone", test: phone, options: phoneScreen },
];
