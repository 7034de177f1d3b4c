// Does the page fit a phone, a keyboard, a dark room, someone whom motion disturbs, and a sub-path?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const light = {
  "data.train": 64,
  "data.test": 32,
  "data.side": 8,
  "train.batch": 16,
  "projector.dimension": 3,
  device: "cpu",
};

async function phone(driver) {
  await driver.open(light);
  const width = await driver.page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `the page is ${width} px wide on a phone of 390`);
  await driver.click("play");
  await driver.reach(3);
  const box = await driver.element("sphere").boundingBox();
  assert.ok(box.width > 250 && box.width <= 390, `the sphere is ${box.width} px wide`);
}

async function keyboard(driver) {
  await driver.open(light);
  await driver.page.locator("body").press("Space");
  await driver.reach(2);
  await driver.page.locator("body").press("Space");
  await driver.until("a pause", async () => {
    const before = await driver.steps();
    await driver.page.waitForTimeout(500);
    return (await driver.steps()) === before;
  });
  const held = await driver.steps();
  await driver.page.locator("body").press(".");
  await driver.until("one step", async () => (await driver.steps()) === held + 1);
  await driver.page.locator("body").press("r");
  await driver.until("step 0", async () => (await driver.steps()) === 0);
  // Tab from the top: each stop must be visible.
  const stop = async () => {
    await driver.page.keyboard.press("Tab");
    return driver.page.evaluate(() => {
      const element = document.activeElement;
      return [element?.dataset.testid ?? element?.className ?? element?.tagName, element?.checkVisibility?.() ?? false];
    });
  };
  const stops = [];
  for (let press = 0; press < 60; press += 1) stops.push(await stop());
  assert.ok(stops.every(([, visible]) => visible), "every stop of the Tab key can be seen");
  // The first stop passes over the experiment's many controls; play is not far from there.
  await driver.page.reload();
  await driver.until("the page again", async () => (await driver.steps()) === 0);
  assert.equal((await stop())[0], "skip", "the first stop is the link that skips");
  await driver.page.keyboard.press("Enter");
  const after = [];
  for (let press = 0; press < 15; press += 1) after.push((await stop())[0]);
  assert.ok(after.includes("play"), `play is reached soon after skipping: ${after}`);
}

async function still(driver) {
  await driver.open(light);
  await driver.page.waitForTimeout(500);
  const one = await driver.picture();
  await driver.page.waitForTimeout(1200);
  assert.equal(await driver.picture(), one, "nothing turns by itself for people who asked for less motion");
}

async function dark(driver) {
  await driver.open(light);
  const colour = await driver.page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  assert.ok(Math.max(...colour.slice(0, 3)) < 80, `the dark page has the background ${colour}`);
}

async function subPath(driver) {
  driver.address += "/some/sub/path";
  await driver.open(light);
  await driver.click("play");
  await driver.reach(2);
}

async function firstPaint(driver, _gpu, site) {
  const worker = [];
  await driver.page.route(/worker.*\.wasm$/, async (route) => {
    worker.push(await driver.page.evaluate(() => performance.getEntriesByName("first-contentful-paint").length));
    await route.continue();
  });
  await driver.open(light);
  assert.equal(worker[0], 1, "the page is painted before the worker's wasm is asked for");
  assert.ok(site.sent.length > 0);
}

async function link(driver) {
  await driver.open({ ...light, "method.temperature": 0.33, seed: 7 });
  await driver.page.getByText("Save", { exact: true }).first().click();
  const [download] = await Promise.all([driver.page.waitForEvent("download"), driver.page.getByText("experiment.toml", { exact: false }).first().click()]);
  const toml = readFileSync(await download.path(), "utf8");
  assert.match(toml, /temperature = 0\.33/);
  assert.match(toml, /seed = 7/);
}

async function badLink(driver) {
  await driver.page.goto(`${driver.address}/#method.temprature=0.2&device=cpu`);
  await driver.until("a fault about the link", async () => (await driver.element("fault").count()) > 0);
  assert.match(await driver.text("fault"), /temperature/);
}

const phoneScreen = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

export const cases = [
  { name: "a phone of 390 px", test: phone, options: phoneScreen },
  { name: "the keyboard alone", test: keyboard },
  { name: "reduced motion", test: still, options: { reducedMotion: "reduce" } },
  { name: "a dark page", test: dark, options: { colorScheme: "dark" } },
  { name: "a static host's sub-path", test: subPath },
  { name: "first paint comes before the worker", test: firstPaint },
  { name: "a link restores an experiment, and the file says so", test: link },
  { name: "a link with a mistake names the nearest knob", test: badLink },
];
