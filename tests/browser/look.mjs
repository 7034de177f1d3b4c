// The page on any screen: widths, a phone, a keyboard, a dark room, people whom motion disturbs, a wheel, a sub-path.
import assert from "node:assert/strict";
import { cpu, phone } from "./experiments.mjs";
import { ink, watchInk } from "./ink.mjs";

const light = { ...cpu, "measures.cadence.every": 1000 };

// ------------------------------------------------ widths

/** What sticks out of the window, or out of a box that shows no more than fits. Given to the browser as text. */
export function cutOff() {
  const found = [];
  const name = (element) => `${element.tagName.toLowerCase()}${element.dataset?.testid ? `[${element.dataset.testid}]` : ""}.${element.className?.baseVal ?? element.className} "${element.textContent.trim().slice(0, 30)}"`;
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth + 1) found.push(`the document is ${root.scrollWidth} px wide in a window of ${innerWidth}`);
  for (const element of document.querySelectorAll("button, input, select, summary, a, h1, h2, h3, p, strong, label, canvas, small, li, dt, dd")) {
    if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || element.closest(".unseen, .skip, [aria-hidden=true]")) continue;
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue;
    for (let around = element.parentElement; around; around = around.parentElement) {
      const style = getComputedStyle(around);
      const limit = around === document.body || around === root ? { left: 0, right: innerWidth } : around.getBoundingClientRect();
      // A strip or a table may be pushed sideways; a column of the page that can be hides what is there.
      if (/auto|scroll/.test(style.overflowX) && !around.matches(".column, main, body, html")) break;
      const clips = style.overflowX !== "visible" || around === root;
      if (clips && (box.right > limit.right + 1 || box.left < limit.left - 1)) {
        found.push(`${name(element)} from ${box.left.toFixed(0)} to ${box.right.toFixed(0)} in ${name(around).slice(0, 40)} from ${limit.left.toFixed(0)} to ${limit.right.toFixed(0)}`);
        break;
      }
    }
    const panel = element.closest(".card, .menu-body, .toolbar, header.top");
    if (panel && panel !== element) {
      const limit = panel.getBoundingClientRect();
      let strip = element.parentElement;
      while (strip !== panel && !/auto|scroll/.test(getComputedStyle(strip).overflowX)) strip = strip.parentElement;
      if (strip === panel && (box.right > limit.right + 1 || box.left < limit.left - 1)) found.push(`${name(element)} from ${box.left.toFixed(0)} to ${box.right.toFixed(0)} sticks out of ${name(panel).slice(0, 40)} from ${limit.left.toFixed(0)} to ${limit.right.toFixed(0)}`);
    }
    const style = getComputedStyle(element);
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (text && style.overflowX !== "visible" && style.textOverflow !== "ellipsis" && !/auto|scroll/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1 && !element.matches("input, select"))
      found.push(`${name(element)}: ${element.scrollWidth} px of words in ${element.clientWidth}`);
  }
  return found;
}

/** Buttons of one row that lie over each other. */
function overlaps() {
  const boxes = [...document.querySelectorAll("header button, header select, header summary, .toolbar button, .toolbar strong, .legend button, .status select")]
    .filter((element) => element.checkVisibility())
    .map((element) => [element.textContent.trim() || element.ariaLabel || element.id, element.getBoundingClientRect()]);
  const found = [];
  boxes.forEach(([one, a], index) => boxes.slice(index + 1).forEach(([other, b]) => {
    const [across, down] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
    if (across > 1 && down > 1) found.push(`${one} and ${other} overlap by ${across.toFixed(0)} x ${down.toFixed(0)} px`);
  }));
  return found;
}

const WIDTHS = [320, 390, 768, 1100, 1150, 1210, 1440, 2560];

async function everyWidth(driver) {
  await driver.open(light);
  await driver.play(3);
  await driver.pause();
  for (const width of WIDTHS) {
    await driver.page.setViewportSize({ width, height: width < 600 ? 800 : 900 });
    await driver.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    for (const found of [...(await driver.evaluate(cutOff)), ...(await driver.evaluate(overlaps))]) driver.complain("cut off", `${width} px: ${found}`);
    if (width === 320 || width === 1150) await driver.inspect(`${width} px`);
  }
  // The same with everything unfolded: the menu first, then whatever else can be.
  for (const width of [320, 390, 1100, 1440]) {
    await driver.page.setViewportSize({ width, height: width < 600 ? 800 : 900 });
    for (const selector of ["details.menu", "details"]) {
      await driver.evaluate((selector) => document.querySelectorAll("details").forEach((details) => (details.open = details.matches(selector))), selector);
      await driver.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      for (const found of await driver.evaluate(cutOff)) driver.complain("cut off", `${width} px, ${selector} unfolded: ${found}`);
    }
  }
  await driver.inspect("everything unfolded");
}

/** At 200 % a window of 1,440 px has the room of 720. */
async function magnified(driver) {
  await driver.open(light);
  for (const found of [...(await driver.evaluate(cutOff)), ...(await driver.evaluate(overlaps))]) driver.complain("cut off", found);
}

// ------------------------------------------------ scrolling

/** The document is as high as the window, whatever moves it. */
async function high(driver) {
  await driver.open(light);
  const beyond = () => driver.evaluate(() => ({ document: document.documentElement.scrollHeight, window: innerHeight, at: scrollY }));
  const same = async (what) => {
    const { document, window, at } = await beyond();
    assert.ok(document <= window + 1 && at === 0, `${what}: the document is ${document} px high in a window of ${window}, scrolled to ${at}`);
  };
  await same("as it opens");
  await driver.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  await same("everything unfolded");
  await driver.evaluate(() => [...document.querySelectorAll("button, input, select, [tabindex]")].filter((element) => element.checkVisibility()).at(-1).focus());
  await same("the focus at the last stop");
  await driver.evaluate(() => document.querySelector(".measures > :last-child").scrollIntoView());
  await same("the last measure in view");
  await driver.evaluate(() => document.querySelector("[data-testid=sphere]").scrollIntoView({ block: "start" }));
  await same("the sphere in view");
}

/** A wheel over the sphere brings what stands below; with the control key it zooms. */
async function wheel(driver) {
  await driver.page.setViewportSize({ width: 1440, height: 600 });
  await driver.open(light);
  const box = await driver.element("sphere").boundingBox();
  await driver.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const place = async () => (await driver.element("sphere").boundingBox()).y;
  const before = await place();
  const { spread } = await driver.until("the dots", () => driver.dots());
  await driver.page.mouse.wheel(0, 240);
  await driver.until("what stands below to come", async () => (await place()) < before - 20);
  await driver.page.mouse.wheel(0, -1000);
  await driver.until("the top again", async () => Math.abs((await place()) - before) < 1);
  const after = (await driver.dots()).spread;
  assert.ok(Math.abs(after / spread - 1) < 0.05, `a wheel alone does not zoom: the dots' spread was ${spread}, and is ${after}`);
  await driver.page.mouse.move(box.x + box.width / 2, Math.min(500, box.y + box.height / 2));
  await driver.page.keyboard.down("Control");
  await driver.page.mouse.wheel(0, -200);
  await driver.page.keyboard.up("Control");
  await driver.until("a zoom when it is asked for", async () => (await driver.dots()).spread > 1.1 * spread);
}

// ------------------------------------------------ layout

/** What is pressed stays where it is: steps, a hover over a class, and a look at a dot move nothing. */
async function calm(driver) {
  await driver.open({ ...light, "measures.cadence.every": 1 });
  const places = () => driver.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll(".legend button, .toolbar button, [data-testid=sphere], .view-tools button, .tries button, .chart header, .chart canvas")].map((element, index) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        const name = element.textContent.trim().slice(0, 20) || element.dataset.testid || element.ariaLabel?.split(";")[0] || element.tagName;
        return [`${index} ${name}`, [x, y, width, height].map(Math.round).join(" ")];
      }),
    ));
  const before = await places();
  const same = async (what) => assert.deepEqual(await places(), before, what);
  const classes = driver.page.locator(".legend button");
  for (let index = 0; index < (await classes.count()); index += 1) {
    await classes.nth(index).hover();
    await same(`a hover over class ${index} moves nothing`);
  }
  await driver.page.mouse.move(2, 2);
  await driver.element("sphere").focus();
  await driver.press("n");
  await driver.until("a validation image", async () => (await driver.page.locator(".inspect .own").count()) > 0);
  await driver.until("its neighbours", async () => (await driver.page.locator(".inspect .near").count()) > 0);
  await same("a look at a dot moves nothing");
  await driver.press("Escape");
  await driver.click("step");
  await driver.reach(1);
  await driver.until("the first loss", async () => (await driver.number("loss")) !== undefined);
  await same("a step moves nothing");
  await driver.play(4);
  await same("steps move nothing");
}

// ------------------------------------------------ charts

const MEASURES = ["loss", "knn", "alignment", "uniformity", "std", "effective-rank"];

/** Curves have room, and no words lie where they pass. */
async function roomy(driver) {
  await watchInk(driver);
  await driver.open({ ...cpu, "measures.cadence.every": 3 });
  await driver.play(12);
  await driver.pause();
  for (const measure of MEASURES) {
    await driver.until(`the curve of ${measure}`, async () => (await ink(driver, measure)).own.length > 0);
    const { lines, words } = await ink(driver, measure);
    const points = lines.flatMap((line) => line.points);
    const [across, down] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const plot = { left: Math.min(...across), right: Math.max(...across), top: Math.min(...down), bottom: Math.max(...down) };
    assert.ok(words.length > 3, `${measure} has words at its axes`);
    for (const { text, left, right, top, bottom } of words) {
      const inside = Math.min(right, plot.right) - Math.max(left, plot.left) > 1 && Math.min(bottom, plot.bottom) - Math.max(top, plot.top) > 1;
      assert.ok(!inside, `"${text}" lies among the curves of ${measure}: ${[left, right, top, bottom].map(Math.round)} in ${Object.values(plot).map(Math.round)}`);
    }
    const boxes = await driver.evaluate((measure) => {
      const card = document.querySelector(`[data-testid="${measure}"]`).closest(".chart");
      const canvas = card.querySelector("canvas");
      const box = ({ left, right, top, bottom, height }) => ({ left, right, top, bottom, height });
      const others = [...card.querySelectorAll("h3, .now, .lines span, .parts dt, .parts dd, .reading, summary")].filter((element) => element.checkVisibility());
      return { canvas: box(canvas.getBoundingClientRect()), others: others.map((element) => [element.textContent.slice(0, 30), box(element.getBoundingClientRect())]) };
    }, measure);
    assert.ok(boxes.canvas.height >= 120, `the chart of ${measure} is ${boxes.canvas.height} px high`);
    for (const [text, { top, bottom }] of boxes.others) assert.ok(bottom <= boxes.canvas.top + 1 || top >= boxes.canvas.bottom - 1, `"${text}" lies on the chart of ${measure}`);
  }
}

// ------------------------------------------------ a phone

async function onPhone(driver) {
  await driver.open(light);
  for (const found of await driver.evaluate(cutOff)) driver.complain("cut off", found);
  const inSight = () => driver.evaluate(() => ["play", "pause", "steps"].filter((name) => {
    const element = [...document.querySelectorAll(`[data-testid=${name}]`)].find((element) => element.checkVisibility());
    if (!element) return false;
    const box = element.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return box.top >= 0 && box.bottom <= innerHeight && (element === top || element.contains(top) || top?.contains(element));
  }));
  const reachable = async (where) => {
    const seen = await inSight();
    assert.ok((seen.includes("play") || seen.includes("pause")) && seen.includes("steps"), `${where}: only ${seen.join(", ") || "nothing"} of play and step can be seen`);
  };
  await driver.click("play");
  await driver.reach(3);
  const box = await driver.element("sphere").boundingBox();
  assert.ok(box.width > 250 && box.width <= 390, `the sphere is ${box.width} px wide`);
  await reachable("at the top");
  await driver.evaluate(() => document.querySelector("[data-testid=knn]").scrollIntoView({ block: "center", behavior: "instant" }));
  await reachable("at the measures");
  await driver.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
  await reachable("at the bottom");
}

// ------------------------------------------------ keys

async function keyboard(driver) {
  await driver.open(light);
  await driver.page.locator("body").press("Space");
  await driver.reach(2);
  await driver.page.locator("body").press("Space");
  await driver.until("a pause", async () => /paused/i.test(await driver.evaluate(() => document.querySelector(".phase").textContent)));
  const held = await driver.steps();
  await driver.roundTrip();
  await driver.evaluate(() => document.activeElement.blur());
  await driver.page.locator("body").press(".");
  await driver.reach(held + 1);
  await driver.roundTrip();
  assert.equal(await driver.steps(), held + 1);
  await driver.evaluate(() => document.activeElement.blur());
  await driver.page.locator("body").press("r");
  await driver.until("step 0", async () => (await driver.steps()) === 0);
}

async function stops(driver) {
  await driver.open(light);
  const stop = async () => {
    await driver.press("Tab");
    return driver.evaluate(() => {
      const element = document.activeElement;
      return [element.dataset.testid || element.className || element.tagName, element.checkVisibility()];
    });
  };
  const found = [await stop()];
  while (found.at(-1)[0] !== "play" && found.length < 100) found.push(await stop());
  assert.ok(found.every(([, visible]) => visible), `every stop of the Tab key can be seen: ${found}`);
  assert.ok(found.length - 1 <= 10, `${found.length - 1} stops before play: ${found.map(([name]) => name).join(", ")}`);
}

/** The run is not gone with a key that was meant for something else. */
async function undo(driver) {
  await driver.open(light);
  await driver.play(5);
  const held = await driver.pause();
  const loss = await driver.text("loss");
  await driver.evaluate(() => document.activeElement.blur());
  await driver.page.locator("body").press("r");
  await driver.until("step 0", async () => (await driver.steps()) === 0);
  await driver.click("undo");
  await driver.until("the run as it was", async () => (await driver.steps()) === held && (await driver.text("loss")) === loss);
  await driver.play(held + 2);

  await driver.pause();
  const there = await driver.steps();
  await driver.element("preset").focus();
  await driver.press("ArrowDown");
  await driver.until("another preset, or the same run", async () => (await driver.steps()) === 0 || (await driver.steps()) === there);
  if ((await driver.steps()) === 0) await driver.click("undo");
  await driver.until("the run again", async () => (await driver.steps()) === there);
}

// ------------------------------------------------ the rest

async function still(driver) {
  await driver.open(light);
  await driver.until("the dots", () => driver.apart());
  const frames = () => driver.evaluate(() => new Promise((resolve) => {
    let left = 30;
    const next = () => ((left -= 1) ? requestAnimationFrame(next) : resolve());
    next();
  }));
  await frames();
  const one = await driver.picture();
  await frames();
  assert.ok((await driver.picture()).equals(one), "nothing turns by itself for people who asked for less motion");
}

async function dark(driver) {
  await driver.open(light);
  const colour = await driver.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  assert.ok(Math.max(...colour.slice(0, 3)) < 80, `the dark page has the background ${colour}`);
}

async function subPath(driver) {
  driver.address += "/some/sub/path";
  await driver.open(light);
  await driver.play(2);
}

async function firstPaint(driver) {
  const painted = [];
  await driver.page.route(/worker.*\.wasm$/, async (route) => {
    painted.push(await driver.evaluate(() => performance.getEntriesByName("first-contentful-paint").length));
    await route.continue();
  });
  await driver.open(light);
  assert.equal(painted[0], 1, "the page is painted before the worker's program is asked for");
}

/** The first look at the default experiment is at the dots, not past them. */
async function facing(driver) {
  await driver.open({ device: "cpu" });
  const { aside } = await driver.until("the dots", () => driver.dots());
  assert.ok(aside < 0.12, `the dots lie ${aside.toFixed(2)} of the picture's height beside its middle`);
}

/** As many dots as validation images, or the words for how many of them. */
async function many(driver) {
  for (const images of [1000, 6000]) {
    await driver.open({ ...light, "data.validation": images });
    const count = await driver.until("the dots", () => driver.evaluate(() => window.witness.cloud?.count));
    const words = (await driver.words()).replaceAll(/[\u202f,\u00a0]/g, "");
    if (count < images) assert.match(words, new RegExp(`${count} of (the )?${images}`), `${count} dots of ${images} images`);
    else assert.match(words, new RegExp(`(^|[^\\d])${images} validation images`), `${count} dots of ${images} images`);
  }
}

export const cases = [
  { name: "nothing is cut off from 320 to 2560 px", test: everyWidth },
  { name: "nothing is cut off at 200 %", test: magnified, options: { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 } },
  { name: "the document is as high as the window", test: high },
  { name: "a wheel over the sphere scrolls", test: wheel, options: { reducedMotion: "reduce" } },
  { name: "what is pressed stays where it is", test: calm, options: { reducedMotion: "reduce" } },
  { name: "curves have room, and no words on them", test: roomy },
  { name: "curves have room, and no words on them, on a phone", test: roomy, options: phone },
  { name: "a phone of 390 px", test: onPhone, options: phone },
  { name: "the keyboard alone", test: keyboard },
  { name: "a handful of stops before play", test: stops },
  { name: "what a key took away comes back", test: undo },
  { name: "reduced motion", test: still, options: { reducedMotion: "reduce" } },
  { name: "a dark page", test: dark, options: { colorScheme: "dark" } },
  { name: "a static host's sub-path", test: subPath },
  { name: "first paint comes before the worker", test: firstPaint },
  { name: "the camera faces the dots", test: facing, options: { reducedMotion: "reduce" } },
  { name: "dots for all validation images, or the words for how many", test: many },
];
