// The board: pictures that a person lays out follow the run, go back in time, travel in the link, and save what they show.
import assert from "node:assert/strict";
import { named } from "./driver.mjs";
import { cpu, phone } from "./experiments.mjs";

const laid = (driver) => driver.evaluate((selector) => [...document.querySelectorAll(`${selector} .board-picture`)].map((card) => card.dataset.testid.slice("picture-".length)), named("board"));
const pixels = (driver, name) => driver.evaluate((selector) => document.querySelector(`${selector} canvas`)?.toDataURL() ?? "", named(`picture-${name}`));
export const summary = (driver, name) => driver.text(`picture-${name}-summary`);

/** How many different colours are on a picture's canvas. */
const colours = (driver, name) =>
  driver.evaluate((selector) => {
    const canvas = document.querySelector(`${selector} canvas`);
    if (!canvas?.width) return 0;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  }, named(`picture-${name}`));

/** Unfolds the board and brings a picture into view. */
async function unfold(driver) {
  await driver.evaluate((selector) => {
    const box = document.querySelector(selector);
    if (!box.open) box.querySelector("summary").click();
  }, named("board-box"));
  await driver.until("the board", async () => (await driver.count("board")) === 1);
}

async function see(driver, name) {
  await driver.evaluate((selector) => document.querySelector(selector)?.scrollIntoView({ block: "center" }), named(`picture-${name}`));
  await driver.until(`${name} to be drawn`, async () => (await colours(driver, name)) > 3);
}

/** Lays out one picture alone. */
async function only(driver, name) {
  for (const other of await laid(driver)) await driver.clickOn(`${named(`picture-${other}`)} button[aria-label^="Take "]`);
  await driver.selectOn(named("board-add"), name);
  await driver.until(`${name} alone`, async () => (await laid(driver)).join() === name);
  await see(driver, name);
}

export async function table(driver, name) {
  const file = await driver.download(() => driver.clickOn(`${named(`picture-${name}-save`)} button:has-text("CSV")`));
  assert.equal(file.name, `${name}.csv`);
  return file.bytes.toString("utf8").trim().split("\n").map((line) => line.split(","));
}

/** Every picture is drawn, says what it shows, changes with the run, and is the one thing that its files hold. */
async function follows(driver) {
  await driver.open(cpu);
  await unfold(driver);
  assert.ok((await laid(driver)).length >= 3, "a first arrangement is laid out");
  await driver.inspect("the board");
  const offered = await driver.evaluate((selector) => [...document.querySelectorAll(`${selector} option`)].map((option) => option.value).filter(Boolean), named("board-add"));
  const names = [...new Set([...(await laid(driver)), ...offered])];
  // Of no run, of embeddings of two dimensions only, which these are not, of methods with a queue, which this one has not, of images and
  // augmentations alone, which no step changes, or of studies, which a person starts.
  const unmoved = new Set(["toy", "loss_shape", "circle", "queue", "distances", "sigma", "closest", "studies"]);
  for (const name of names) {
    await only(driver, name);
    const [before, words] = [await pixels(driver, name), await summary(driver, name)];
    assert.match(words, /\.$/, `${name} says something: ${words}`);
    if (!unmoved.has(name)) {
      await driver.play((await driver.steps()) + 21);
      await driver.pause();
      await driver.until(`${name} to have moved`, async () => (await pixels(driver, name)) !== before);
      assert.doesNotMatch(await summary(driver, name), /It comes in a moment|no run yet/i, name);
    }
    const rows = await table(driver, name);
    assert.ok(rows.length >= 1 && rows.every((row) => row.length >= rows[0].length), `${name}: ${rows[0]}`);
    const svg = await driver.download(() => driver.clickOn(`${named(`picture-${name}-save`)} button:has-text("SVG")`));
    assert.match(svg.bytes.toString("utf8"), /^<svg [\s\S]*<\/svg>\s*$/, name);
  }
  const png = await driver.download(() => driver.clickOn(`${named(`picture-${names.at(-1)}-save`)} button:has-text("PNG")`));
  assert.deepEqual([...png.bytes.subarray(1, 4)], [0x50, 0x4e, 0x47]);
  await driver.noFault();
}

/** The circle needs embeddings of two dimensions, says so where there are others, and follows the run where there are these. */
async function onTheCircle(driver) {
  await driver.open({ ...cpu, board: "circle" });
  await see(driver, "circle");
  await driver.until("what is missing", async () => /2 dimensions/.test(await summary(driver, "circle")));
  await driver.open({ ...cpu, "projector.dimension": 2, board: "circle" });
  await see(driver, "circle");
  const [before, words] = await driver.until("the circle", async () => /step 0/i.test(await summary(driver, "circle")) && [await pixels(driver, "circle"), await summary(driver, "circle")]);
  await driver.play(20);
  await driver.pause();
  await driver.until("the circle to have moved", async () => (await pixels(driver, "circle")) !== before && (await summary(driver, "circle")) !== words);
}

/** A queue is that of its method, says which methods have one, and fills while the run goes on. */
async function queued(driver) {
  await driver.open({ ...cpu, board: "queue" });
  await see(driver, "queue");
  await driver.until("what is missing", async () => /MoCo/.test(await summary(driver, "queue")));
  await driver.open({ ...cpu, "method.kind": "moco_v2", board: "queue" });
  await see(driver, "queue");
  const [before, words] = await driver.until("the queue", async () => /holds? (a )?key/.test(await summary(driver, "queue")) && [await pixels(driver, "queue"), await summary(driver, "queue")]);
  await driver.play(20);
  await driver.pause();
  await driver.until("the queue to have moved", async () => (await pixels(driver, "queue")) !== before && (await summary(driver, "queue")) !== words);
}

/** The slider goes back to what was, to the last digit that is said, and forward to the present. */
async function backInTime(driver) {
  await driver.open({ ...cpu, board: "spectrum,similarity" });
  await driver.until("the board of the link", async () => (await laid(driver)).join() === "spectrum,similarity");
  await see(driver, "spectrum");
  const first = await driver.until("the untrained spectrum", async () => /effective rank/.test(await summary(driver, "spectrum")) && (await summary(driver, "spectrum")));
  await driver.play(60);
  await driver.pause();
  await driver.until("another spectrum", async () => (await summary(driver, "spectrum")) !== first);
  await driver.until("steps to go back to", async () => driver.evaluate((selector) => Number(document.querySelector(selector)?.max) > 1, named("time")));
  const slide = (place) =>
    driver.evaluate(
      ([selector, place]) => {
        const slider = document.querySelector(selector);
        slider.value = place < 0 ? slider.max : String(place);
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      },
      [named("time"), place],
    );
  await slide(0);
  await driver.untilText("time-step", /^step 0$/);
  await driver.until("the untrained spectrum again", async () => (await summary(driver, "spectrum")) === first);
  await driver.inspect("the board in the past");
  await slide(-1);
  await driver.untilText("time-step", /present/);
  await driver.until("a spectrum of the present", async () => (await summary(driver, "spectrum")) !== first);
  // Another run has no past yet.
  await slide(0);
  await driver.click("reset");
  await driver.until("step 0", async () => (await driver.steps()) === 0);
  await driver.untilText("time-step", /present/);
}

/** What is laid out, and how, is in the link. */
async function linked(driver) {
  await driver.open(cpu);
  await unfold(driver);
  await driver.selectOn(named("board-arrangement"), "1");
  const names = await driver.until("another arrangement", async () => {
    const names = await laid(driver);
    return names.includes("similarity") && names;
  });
  await driver.until("the link", async () => (await driver.linked("board")) === names.join(","));
  await only(driver, "toy");
  await driver.evaluate((selector) => {
    const slider = document.querySelector(selector);
    slider.value = "900";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }, "#picture-toy-phi");
  const board = await driver.until("the knob in the link", async () => /^toy~phi:/.test((await driver.linked("board")) ?? "") && driver.linked("board"));
  const phi = Number(board.split(":")[1]);
  const words = await driver.until("the toy from there", async () => (await summary(driver, "toy")).includes(`phi = ${phi}`) && summary(driver, "toy"));
  await driver.open({ ...cpu, board });
  await driver.until("the same board", async () => (await laid(driver)).join() === "toy");
  await see(driver, "toy");
  await driver.until("the same toy", async () => (await summary(driver, "toy")) === words);
  await driver.open({ ...cpu, board: "nothing,plane~exponentiated:7,plane" });
  assert.deepEqual(await laid(driver), ["plane"], "what there is not is left out");
  await driver.noFault();
}

/** Pointing at an image in one picture shows it wherever it is. */
async function oneSelection(driver) {
  await driver.open({ ...cpu, board: "neighbours,similarity" });
  await see(driver, "neighbours");
  await driver.until("the gallery", async () => /nearest neighbours/.test(await summary(driver, "neighbours")));
  const box = await driver.element("picture-neighbours").locator("canvas").boundingBox();
  const inspected = () => driver.evaluate(() => document.querySelectorAll("figure.own").length);
  const before = await inspected();
  const screen = await driver.evaluate(() => window.innerHeight);
  for (let down = 0.1; down < 0.95 && (await inspected()) === before; down += 0.07) {
    const y = box.y + down * box.height;
    if (y < 0.3 * screen || y > 0.95 * screen) continue;
    await driver.page.mouse.move(box.x + 0.3 * box.width, y);
    // The card comes for a pointer that rests.
    await new Promise((rested) => setTimeout(rested, 300));
  }
  await driver.until("the image beside the sphere", async () => (await inspected()) > before);
}

/** The run before stands beside the present one, at the same step, and stays as it was; its switch is in the link. */
async function beside(driver) {
  await driver.open({ ...cpu, board: "spectrum,plane" });
  await see(driver, "spectrum");
  const shape = () => driver.evaluate((selector) => {
    const canvas = document.querySelector(`${selector} canvas`);
    return canvas.clientHeight / canvas.clientWidth;
  }, named("picture-spectrum"));
  const alone = await shape();
  await driver.clickOn(named("board-beside"));
  await driver.until("the switch in the link", async () => (await driver.linked("board")) === "beside,spectrum,plane");
  await driver.until("a word about the run that is missing", async () => /none yet/.test(await driver.evaluate(() => document.querySelector(".board-state").textContent)));
  // Step by step, so that every step is drawn and kept.
  const stepped = async (count, seen) => {
    for (let step = 1; step <= count; step += 1) {
      const before = await summary(driver, "spectrum");
      await driver.click("step");
      await driver.until(`step ${step}`, async () => (await driver.steps()) === step && (await summary(driver, "spectrum")) !== before && seen(await summary(driver, "spectrum"), step));
    }
  };
  await stepped(4, () => true);
  await driver.click("reset");
  await driver.until("step 0", async () => (await driver.steps()) === 0);
  await driver.until("both runs", async () => /This run, step 0: .* The run before, step 0: /s.test(await summary(driver, "spectrum")));
  await driver.until("a picture for each", async () => Math.abs((await shape()) - alone) > 0.05);
  await driver.inspect("two runs beside each other");
  await stepped(6, (words, step) => new RegExp(`This run, step ${step}: .* The run before, step ${Math.min(step, 4)}: `, "s").test(words));
  const rows = await table(driver, "spectrum");
  assert.equal(rows[0][0], "run");
  assert.deepEqual([...new Set(rows.slice(1).map((row) => row[0]))], ["this run", "the run before"]);
  await driver.clickOn(named("board-beside"));
  await driver.until("one run", async () => !/The run before/.test(await summary(driver, "spectrum")) && Math.abs((await shape()) - alone) < 0.02);
  await driver.noFault();
}

/** A loop drawn on the sphere with Shift, or with the button, chooses its images in every picture. */
async function loop(driver) {
  await driver.open({ ...cpu, board: "sphere,neighbours" });
  await see(driver, "sphere");
  const chosen = () => driver.evaluate((selector) => Number(document.querySelector(selector)?.textContent.match(/^\d+/)?.[0] ?? 0), named("board-chosen"));
  const around = async () => {
    const box = await driver.element("picture-sphere").locator("canvas").boundingBox();
    const at = (x, y) => [box.x + x * box.width, box.y + y * box.height];
    await driver.page.mouse.move(...at(0.1, 0.1));
    await driver.page.mouse.down();
    for (const corner of [at(0.9, 0.1), at(0.9, 0.9), at(0.1, 0.9), at(0.1, 0.15)]) await driver.page.mouse.move(...corner, { steps: 4 });
    await driver.page.mouse.up();
  };
  await driver.until("the loop's button", async () => (await driver.page.locator(`${named("picture-sphere")} button[aria-label^="Choose images"]`).count()) === 1);
  await driver.page.keyboard.down("Shift");
  await around();
  await driver.page.keyboard.up("Shift");
  const many = await driver.until("images to be chosen", async () => (await chosen()) > 10 && chosen());
  await driver.inspect("images are chosen");
  await driver.clickOn(".board-state button");
  await driver.until("none to be chosen", async () => (await chosen()) === 0);
  await driver.clickOn(`${named("picture-sphere")} button[aria-label^="Choose images"]`);
  await around();
  await driver.until("the same images", async () => (await chosen()) === many);
}

/** A step that is pointed at in one chart is read off in all that have a value, and in the pictures. */
async function oneCursor(driver) {
  await driver.open({ ...cpu, board: "curves" });
  await driver.play(30);
  await driver.pause();
  await see(driver, "curves");
  const outs = () => driver.evaluate(() => [...document.querySelectorAll("article.chart .plot output.probe")].map((output) => output.textContent));
  assert.deepEqual(await outs(), []);
  const box = await driver.page.locator("article.chart .plot").first().boundingBox();
  await driver.page.mouse.move(box.x + 0.6 * box.width, box.y + 0.5 * box.height);
  const read = await driver.until("the numbers of several charts", async () => (await outs()).length > 3 && outs());
  for (const words of read) assert.match(words, /^step \d+: /);
  await driver.page.mouse.move(2, 2);
  await driver.until("none", async () => (await outs()).length === 0);
}

/** A picture is dragged by its head to the place of another; no file is thought to be dropped. */
async function dragged(driver) {
  await driver.open({ ...cpu, board: "plane,spectrum,toy" });
  await see(driver, "plane");
  await driver.element("picture-plane").locator("header h3").dragTo(driver.element("picture-spectrum").locator("header h3"));
  await driver.until("another order", async () => (await laid(driver)).join() === "spectrum,plane,toy");
  assert.equal(await driver.linked("board"), "spectrum,plane,toy");
  await driver.noFault();
}

async function narrow(driver) {
  await driver.open({ ...cpu, board: "plane,spectrum" });
  await see(driver, "spectrum");
  const [inner, outer] = await driver.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(inner <= outer, `the page is ${inner} px wide on a screen of ${outer}`);
  await driver.inspect("the board on a phone");
}

export const cases = [
  { name: "every picture follows the run and saves what it shows", test: follows },
  { name: "the circle has two dimensions", test: onTheCircle },
  { name: "the queue of a method that has one", test: queued },
  { name: "back in time and forward", test: backInTime },
  { name: "the arrangement is in the link", test: linked },
  { name: "one selection", test: oneSelection },
  { name: "the run before beside the present one", test: beside },
  { name: "a loop chooses images", test: loop },
  { name: "one cursor in all charts", test: oneCursor },
  { name: "a picture is dragged to another place", test: dragged },
  { name: "on a phone", options: phone, test: narrow },
];
