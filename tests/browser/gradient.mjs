// Methods: another one in the middle of a run, what does not go together, and the gradient laid open.
import assert from "node:assert/strict";
import { cpu, phone as phoneScreen } from "./experiments.mjs";
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

async function anatomy(driver) {
  await driver.open(cpu);
  await driver.click("play");
  await driver.element("anatomy").locator("summary").first().click();
  const cells = () => driver.element("cosines").locator("tbody td").allTextContents();
  await driver.until("the cosines", async () => (await driver.element("cosines").count()) > 0);
  const shown = (await cells()).map((text) => Number(text.replace("\u2212", "-")));
  const rows = await driver.element("cosines").locator("tbody tr").count();
  assert.ok(rows === 3 && shown.length === rows * rows, `${rows} methods and ${shown.length} cosines`);
  for (let row = 0; row < rows; row += 1) assert.equal(shown[row * rows + row], 1, "every method agrees with itself");
  assert.ok(shown.every((cosine) => Math.abs(cosine) <= 1), "cosines are from -1 to 1");
  await driver.until("the norms", async () => (await driver.number("gradient-norms")) > 0);
  await driver.until("the angle", async () => (await driver.number("gradient-angle")) >= 0);
  assert.ok((await driver.number("effective-rank")) >= 1, "at least one dimension is used");
  await driver.inspect("the gradient laid open");

  // What is folded away is no longer there, and says nothing of it on the console.
  await driver.element("anatomy").locator("summary").first().click();
  await driver.until("the gradient to be folded away", async () => !(await driver.element("cosines").isVisible().catch(() => false)));
  await driver.reach((await driver.steps()) + 3);
  await driver.element("anatomy").locator("summary").first().click();
  await driver.until("the cosines again", async () => await driver.element("cosines").first().isVisible());
}

/** Both arrows as they are drawn on the page: where their lines begin and how they lie, pixels; and the sentence and numbers beside them. */
function arrows(driver) {
  return driver.evaluate(() => {
    const box = document.querySelector("[data-testid=forces]");
    const drawing = box.querySelector(".arrows svg");
    const ink = { pull: "--accent", push: "--second", sum: "--ink" };
    const colours = (name) => {
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style.color = `var(${name})`;
      const [red, green, blue] = getComputedStyle(probe).color.match(/\d+/g).map(Number);
      probe.remove();
      return `#${[red, green, blue].map((value) => value.toString(16).padStart(2, "0")).join("")}`.toUpperCase();
    };
    // The painter's units, an eighth of a pixel; the middle of the picture is at 100, 100.
    const points = (shape) => shape.getAttribute("points").trim().split(" ").map((pair) => pair.split(",").map((value) => Number(value) / 8 - 100));
    const of = (kind) => {
      const colour = colours(ink[kind]);
      const tip = [...drawing.querySelectorAll("polygon")].find((shape) => shape.getAttribute("fill") === colour);
      const line = [...drawing.querySelectorAll("polyline, line")].find((shape) => shape.getAttribute("stroke") === colour);
      const [x, y] = points(tip)[0];
      const from = line.tagName === "line" ? [line.x1.baseVal.value / 8 - 100, line.y1.baseVal.value / 8 - 100] : points(line)[0];
      return { x, y, length: Math.hypot(x, y), colour, from };
    };
    const number = (kind) => Number(box.querySelector(`dt.${kind}`).textContent.match(/[\d.]+e-?\d+/)[0]);
    return {
      pull: { ...of("pull"), said: number("pull") },
      push: { ...of("push"), said: number("push") },
      sum: { ...of("sum"), said: number("sum") },
      sentence: box.querySelector("[data-testid=forces-said]").textContent,
      name: drawing.parentElement.getAttribute("aria-label"),
      at: box.querySelector(".at").textContent,
    };
  });
}

/** Pull and push on one image, each an arrow of its own; three methods at first, more when asked for; all of it in sight. */
async function onOneImage(driver) {
  await driver.open(cpu);
  await driver.play(5);
  await driver.pause();
  await driver.element("anatomy").locator("summary").first().click();
  await driver.until("the arrows", async () => (await driver.page.locator("[data-testid=forces] .arrows svg").count()) > 0);
  const first = await arrows(driver);
  for (const kind of ["pull", "push", "sum"]) {
    const arrow = first[kind];
    assert.ok(arrow.length > 1, `the arrow of ${kind} can be seen: ${JSON.stringify(arrow)}`);
    assert.deepEqual(arrow.from, [0, 0], "all begin at the image");
    assert.ok(arrow.said > 0);
  }
  assert.ok(new Set([first.pull.colour, first.push.colour, first.sum.colour]).size === 3, "the three are told apart by colour");
  const ratio = (one, other) => first[one].length / first[other].length / (first[one].said / first[other].said);
  assert.ok(Math.abs(ratio("pull", "push") - 1) < 0.05, `the arrows are as long as the numbers say: ${JSON.stringify(first)}`);
  const [x, y] = [first.pull.x + first.push.x - first.sum.x, first.pull.y + first.push.y - first.sum.y];
  assert.ok(Math.hypot(x, y) < 1, "pull and push together make the third");
  const degrees = Math.abs(Math.atan2(first.pull.x * first.push.y - first.pull.y * first.push.x, first.pull.x * first.push.x + first.pull.y * first.push.y)) * (180 / Math.PI);
  const said = Number(first.sentence.match(/(\d+)\u00b0 apart/)[1]);
  assert.ok(Math.abs(said - degrees) < 2, `${said} degrees are said, ${degrees.toFixed(1)} drawn`);
  assert.ok(first.name.length > 20, "the drawing has a name for those who do not see it");
  assert.match(first.at, /1 of 32/);
  await driver.element("forces").getByRole("button", { name: "The next image" }).click();
  await driver.until("another image", async () => /2 of 32/.test((await arrows(driver)).at));
  assert.notDeepEqual((await arrows(driver)).push, first.push);

  const table = driver.element("cosines");
  assert.equal(await table.locator("tbody tr").count(), 3, "three methods at first");
  const whole = async (what) => {
    for (const found of await driver.evaluate(cutOff)) driver.complain("cut off", `${what}: ${found}`);
    const hidden = await driver.evaluate(() => {
      const card = document.querySelector("[data-testid=anatomy]");
      return [...card.querySelectorAll(".matrix, .arrows, .arrows svg, .arrows dl")].filter((element) => element.scrollWidth > element.clientWidth + 1 || element.getBoundingClientRect().right > innerWidth + 1).map((element) => `${element.className?.baseVal ?? element.className} ${element.scrollWidth} of ${element.clientWidth}`);
    });
    assert.deepEqual(hidden, [], `${what}: nothing is hidden`);
  };
  await whole("three methods");

  const more = driver.element("more-methods");
  await more.locator("summary").click();
  const chips = more.locator(".chooser button");
  await driver.until("the other methods", async () => (await chips.count()) > 3);
  assert.equal(await more.locator(".chooser button[aria-pressed=true]").count(), 3, "the three that are shown are marked");
  const chip = more.locator(".chooser button[aria-pressed=false]").first();
  const name = await chip.textContent();
  await chip.click();
  await driver.until("a fourth method", async () => (await table.locator("tbody tr").count()) === 4);
  assert.ok((await table.locator("tbody th").allTextContents()).some((title) => title.startsWith(name)), `${name} has a row`);
  assert.equal(await table.locator("tbody td").count(), 16);
  for (const found of await driver.evaluate(cutOff)) driver.complain("cut off", `four methods: ${found}`);
  await driver.inspect("four methods");
  await more.locator(".chooser button", { hasText: name }).first().click();
  await driver.until("three methods again", async () => (await table.locator("tbody tr").count()) === 3);
}

async function phone(driver) {
  await driver.open({ ...cpu, "method.kind": "unigrad" });
  await unfold(driver, "Method");
  await driver.click("method-menu");
  await driver.element("anatomy").locator("summary").first().click();
  await driver.click("play");
  await driver.until("the cosines", async () => (await driver.element("cosines").count()) > 0);
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
  { name: "pull and push on one image, three methods and more", test: onOneImage },
  { name: "pull and push on one image, three methods and more, on a phone", test: onOneImage, options: phoneScreen },
  { name: "methods and matrix on a phone", test: phone, options: phoneScreen },
];
