// Explore: the entrance for someone who knows nothing.
import assert from "node:assert/strict";
import { named } from "./driver.mjs";
import { cpu, phone } from "./experiments.mjs";
import { cutOff } from "./look.mjs";

const explore = { ...cpu, "measures.cadence.every": 5, entrance: "explore" };
const desk = { viewport: { width: 1024, height: 768 } };

/** Small canvases on which something is drawn. */
const drawn = (driver) =>
  driver.evaluate(() => [...document.querySelectorAll(".explore-images canvas")].filter((canvas) => new Set(new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size > 1).length);

const ready = async (driver) => {
  await driver.until("the experiment to be set up", async () => /\d/.test(await driver.text("headline")));
  await driver.until("an image and its two views", async () => (await drawn(driver)) === 3);
};

/** Everything that is needed lies in the window: nothing has to be scrolled to. */
async function oneScreen(driver, names) {
  const outside = await driver.evaluate((names) => names.filter((selector) => {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    return !box || box.width === 0 || box.top < -1 || box.left < -1 || box.bottom > innerHeight + 1 || box.right > innerWidth + 1;
  }), names.map((name) => (name.startsWith(".") ? name : named(name))));
  assert.deepEqual(outside, [], "all of it is in sight");
  for (const found of await driver.evaluate(cutOff)) driver.complain("cut off", found);
}

/** Somebody opens the page for the first time, looks, and presses play. */
async function firstVisit(driver) {
  await driver.page.addInitScript(() => location.protocol === "http:" && localStorage.removeItem("entrance"));
  await driver.load();
  await ready(driver);
  assert.match(await driver.text("moment"), /Nothing is learned yet/);
  assert.match(await driver.text("headline"), /^\d+ of 100$/);
  await oneScreen(driver, [".explore-images", "sphere", "play", "strength", "headline", "moment", "entrance"]);
  await driver.inspect("Explore as it opens");
  await driver.click("play");
  await driver.reach(12);
  await driver.until("what was learned, in words", async () => /neighbours|next to each other|Measured/i.test(await driver.text("moment")));
  await driver.click("pause");
  assert.match(await driver.evaluate(() => location.hash), /entrance=explore/);
  await driver.noFault();
}

/** The two views on the sphere move, another image has others, and the words beside them follow. */
async function pair(driver) {
  await driver.load(explore);
  await ready(driver);
  const images = () => driver.evaluate(() => [...document.querySelectorAll(".explore-images canvas")].map((canvas) => canvas.toDataURL()).join());
  const [before, said] = [await images(), await driver.text("explore-views")];
  assert.match(said, /two views .*cosine \S+\d/);
  await driver.click("next-pair");
  await driver.until("another image", async () => (await images()) !== before && (await drawn(driver)) === 3);
  await driver.until("other words", async () => (await driver.text("explore-views")) !== said);
  const canvas = await driver.picture();
  await driver.play(30);
  await driver.click("pause");
  assert.notDeepEqual(await driver.picture(), canvas);
}

/** The slider begins a run of that strength, and one sentence compares it with the run before. */
async function strength(driver) {
  await driver.load(explore);
  await ready(driver);
  await driver.play(20);
  await driver.evaluate((selector) => {
    const slider = document.querySelector(selector);
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(slider, "0.2");
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  }, named("strength"));
  await driver.until("a run of that strength", async () => /augment\.crop\.strength=0\.2/.test(await driver.evaluate(() => location.hash)));
  await driver.until("a comparison", async () => /strength 0\.2 instead of 1: \d+ of 100 at step \d+, \d+ in the run before/.test(await driver.text("beside")));
  await driver.click("pause");
  await driver.inspect("two runs compared");
}

/** What runs goes on in the other entrance, which is remembered. */
async function entrances(driver) {
  await driver.load(explore);
  await ready(driver);
  await driver.play(8);
  await driver.click("pause");
  const held = await driver.steps();
  await driver.click("all-controls");
  await driver.until("the lab", async () => (await driver.count("step")) === 1);
  assert.ok((await driver.steps()) >= held);
  assert.doesNotMatch(await driver.evaluate(() => location.hash), /entrance/);
  const step = await driver.steps();
  await driver.click("step");
  await driver.until("one step more", async () => (await driver.steps()) === step + 1);
  await driver.click("entrance-explore");
  await ready(driver);
  assert.equal(await driver.steps(), step + 1);
  await driver.click("play");
  await driver.reach(step + 5);
  await driver.click("pause");
  await driver.click("entrance-lab");
  await driver.forget();
  await driver.goto("about:blank");
  await driver.goto(`${driver.address}/`);
  await driver.ready();
  assert.equal(await driver.element("entrance-lab").getAttribute("aria-pressed"), "true", "it is remembered");
}

/** Method and temperature unfold; a collapse is said to be one. */
async function more(driver) {
  await driver.load(explore);
  await ready(driver);
  await driver.clickOn(`${named("more")} summary`);
  await driver.until("the method", async () => (await driver.count("method-menu")) === 1);
  await driver.inspect("more to turn");
  await driver.click("method-menu");
  await driver.click("method-byol");
  await driver.until("another method", async () => /method\.kind=byol/.test(await driver.evaluate(() => location.hash)));
}

export const cases = [
  { name: "a first visit", test: firstVisit },
  { name: "a first visit on a small screen", options: desk, test: firstVisit },
  { name: "a first visit on a phone", options: phone, test: firstVisit },
  { name: "an image, its views and their dots", test: pair },
  { name: "one slider, and the run before", test: strength },
  { name: "to the lab and back", test: entrances },
  { name: "more to turn", test: more },
];
