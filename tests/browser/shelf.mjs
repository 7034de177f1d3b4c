// Kept runs: what survives a reload, a killed browser, a killed worker; what people do with them; two tabs; a browser without files.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { own, watch } from "./chromium.mjs";
import { Driver, named } from "./driver.mjs";
import { cpu, phone } from "./experiments.mjs";
import { cutOff } from "./look.mjs";

const light = { ...cpu, "measures.cadence.every": 5 };

const phase = (driver) => driver.evaluate(() => document.querySelector(".phase")?.textContent ?? "");
const idle = (driver, what) => driver.until(what, async () => /paused|press play|finished/i.test(await phase(driver)));

/** What was measured before the step `last`; at that step itself more is measured as long as the run stands still. */
const numbers = async (driver, last) => {
  const rows = (await driver.metrics()).filter(({ step }) => step < last);
  return JSON.stringify(rows.map(({ step, loss, knn_accuracy, alignment, uniformity }) => ({ step, loss, knn_accuracy, alignment, uniformity })));
};

/** The losses of the steps up to `last`. */
const losses = async (driver, last) => JSON.stringify([...(await driver.losses())].filter(([step]) => step <= last));

/** Unfolds the shelf. */
async function unfold(driver) {
  await driver.until("the shelf", async () => (await driver.count("shelf")) > 0);
  await driver.evaluate((shelf) => (document.querySelector(shelf).open = true), named("shelf"));
  await driver.until("what is kept", async () => /kept/i.test(await driver.text("storage")));
}

/** The ids of the runs that the shelf shows, in its order. */
const runs = (driver) => driver.evaluate(() => [...document.querySelectorAll("[data-testid^=run-].run")].map((run) => run.dataset.testid.slice(4)));

/** Something of a run, by its name. */
const of = (id, name) => `${named(`run-${id}`)} ${named(name)}`;

const read = (driver, id, name) => driver.evaluate((selector) => document.querySelector(selector)?.textContent.trim() ?? "", of(id, name));

const press = (driver, id, name) => driver.clickOn(of(id, name));

/** The run that is on the page, once the shelf says so. */
async function onThePage(driver) {
  await unfold(driver);
  return driver.until("the run on the page", () => driver.evaluate(() => document.querySelector(".run.current")?.dataset.testid.slice(4)));
}

/** Waits until a step of the run on the page is kept. */
async function keptAt(driver, step) {
  const id = await onThePage(driver);
  await driver.until(`step ${step} to be kept`, async () => (await read(driver, id, "run-standing")).startsWith(`step ${step} `));
}

/** Pauses, and waits until the step at which the run is held is kept. Returns that step. */
export async function kept(driver) {
  const held = await driver.pause();
  await keptAt(driver, held);
  return held;
}

// ------------------------------------------------ what it survives

/** A reload brings the run back at its exact step, standing still, with its curves, and it goes on where it was. */
async function reload(driver) {
  await driver.open({ ...light, "method.temperature": 0.37 });
  await driver.play(8);
  await driver.type("method.temperature", "0.41");
  await driver.until("the change", async () => (await driver.count("changes")) > 0);
  await driver.reach(14);
  const held = await kept(driver);
  const [rows, curve, address, changes, id] = [await numbers(driver, held), await losses(driver, held), driver.page.url(), await driver.text("changes"), await onThePage(driver)];
  for (const address of [undefined, `${driver.address}/`]) {
    if (address) {
      await driver.goto("about:blank");
      await driver.goto(address);
    } else {
      await driver.page.reload();
    }
    await driver.until(`step ${held} again`, async () => (await driver.steps()) === held);
    await idle(driver, "it to stand still");
    assert.equal(await numbers(driver, held), rows, "every number that was measured is there");
    assert.equal(await driver.text("changes"), changes);
    assert.equal((await driver.shown("method.temperature")).value, "0.41", "the controls show it");
  }
  // A bare address leaves the choice of the device to the page.
  const plain = (url) => url.replace(/&device=\w+/, "");
  await driver.until("its address", async () => plain(driver.page.url()) === plain(address));
  await driver.inspect("a run that came back");
  await driver.play(held + 5);
  await driver.pause();
  assert.equal(await losses(driver, held), curve, "its curve goes on where it was");
  assert.equal(await onThePage(driver), id, "it is the same run");
  await driver.noFault();
}

/** The same losses as if nothing had come between. */
async function exact(driver) {
  const whole = { ...light, "train.steps": 24 };
  await driver.open(whole);
  await driver.play(24);
  await driver.until("its end", async () => /finished/i.test(await phase(driver)));
  const straight = await losses(driver, 24);

  await driver.open(whole);
  // Step by step: whatever the speed of the machine, it is not at its end.
  const held = 9;
  for (let step = 1; step <= held; step += 1) {
    await driver.click("step");
    await driver.reach(step);
  }
  await keptAt(driver, held);
  await driver.page.reload();
  await driver.until(`step ${held} again`, async () => (await driver.steps()) === held);
  await idle(driver, "it to stand still");
  await driver.play(24);
  await driver.until("its end", async () => /finished/i.test(await phase(driver)));
  assert.equal(await losses(driver, 24), straight, "the curve is that of a run without a break, to the last digit");
}

/** Another experiment in the address is what is shown; the run stands on the shelf and comes back by hand. */
async function otherAddress(driver) {
  await driver.open(light);
  await driver.play(6);
  const held = await kept(driver);
  await driver.goto("about:blank");
  await driver.goto(`${driver.address}/#${driver.fragment({ ...light, seed: 9 })}`);
  await driver.ready();
  await unfold(driver);
  const [id] = await driver.until("the run on the shelf", async () => (await runs(driver)).length === 1 && runs(driver));
  assert.match(await read(driver, id, "run-standing"), new RegExp(`^step ${held} of`));
  await press(driver, id, "run-resume");
  await driver.until("the run", async () => (await driver.steps()) === held);
  assert.equal(await driver.linked("seed"), undefined, "the address is that of the run");
  await driver.play(held + 2);
  await driver.noFault();
}

/** The losses of the steps up to `last`, read from the file of numbers as the page hands it over: this browser may not save files for a test. */
async function handedOver(driver, last) {
  const text = await driver.evaluate(async () => {
    const native = URL.createObjectURL;
    const file = new Promise((resolve) => {
      URL.createObjectURL = (blob) => {
        resolve(blob);
        return native.call(URL, blob);
      };
    });
    [...document.querySelectorAll(".menu-body button")].find((button) => button.textContent.includes("metrics.csv")).click();
    const text = await (await file).text();
    URL.createObjectURL = native;
    return text;
  });
  const [head, ...rows] = text.trim().split("\n").map((line) => line.split(","));
  const [step, loss] = ["step", "loss"].map((name) => head.indexOf(name));
  return JSON.stringify(rows.filter((row) => row[loss] !== "" && Number(row[step]) <= last).map((row) => [row[step], row[loss]]));
}

/** The whole browser is killed while it trains: at most five seconds or a step are lost, and the run comes back by itself in a new tab. */
async function killed(driver, _gpu, site) {
  // The browser of this test is another one.
  await driver.load(light);
  const folder = mkdtempSync(join(tmpdir(), "augsphere-profile-"));
  let browser;
  try {
    browser = await own(folder);
    const before = new Driver(browser.page, site);
    watch(before, browser.page);
    await before.open(light);
    await before.play(10);
    const id = await onThePage(before);
    const step = async () => Number((await read(before, id, "run-standing")).match(/step (\d+)/)?.[1] ?? 0);
    await before.until("it to be kept on the way", async () => (await step()) >= 5);
    // What is known to be kept at the moment at which it dies, and what was learnt by then.
    const known = await step();
    const learnt = await handedOver(before, known);
    browser.kill();

    browser = await own(folder);
    const after = new Driver(browser.page, site);
    watch(after, browser.page);
    await after.load();
    await after.until("the run", async () => (await after.steps()) >= known);
    await idle(after, "it to stand still");
    assert.equal(await handedOver(after, known), learnt, "what was kept is there, to the last digit");
    const held = await after.steps();
    await after.play(held + 2);
    await after.noFault();
    assert.deepEqual(after.unexpected(), []);
  } finally {
    browser?.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** The worker's program ends as programs do that run out of memory. */
const kill = (driver) => driver.evaluate(() => {
  const worker = window.witness.workers.at(-1);
  worker.terminate();
  const failed = { stage: "trap", text: "RuntimeError: unreachable", memory: 4294901760, probes: [] };
  worker.dispatchEvent(new MessageEvent("message", { data: { failed } }));
});

/** A worker that is gone: its run goes on by itself, once; the second time the page asks. */
async function killedWorker(driver) {
  await driver.open(light);
  await driver.play(8);
  const held = await kept(driver);
  const before = await losses(driver, held);
  await kill(driver);
  await driver.fault(new RegExp(`goes on from step ${held}`));
  await driver.until("the run", async () => (await driver.steps()) === held && /paused/i.test(await phase(driver)));
  assert.equal(await losses(driver, held), before);
  await driver.inspect("a run that came back by itself");
  await driver.play(held + 3);
  const later = await kept(driver);
  await kill(driver);
  await driver.until("the page to ask", async () => (await driver.faults()).some((fault) => fault.includes(`goes on from step ${later}`)) && /stopped/i.test(await phase(driver)));
  assert.equal(await driver.steps(), later, "what was measured stays");
  await driver.click("restart");
  // What it has died of twice is not begun again without a word.
  await driver.until("the page to ask again", async () => (await driver.count("missing")) > 0);
  await driver.clickOn(`${named("missing")} button:has-text("Try again")`);
  await driver.until("the run", async () => (await driver.steps()) === later && /paused/i.test(await phase(driver)));
  await driver.play(later + 2);
}

// ------------------------------------------------ what people do

async function deleted(driver) {
  await driver.page.clock.install();
  await driver.open(light);
  await driver.play(4);
  await kept(driver);
  const id = await onThePage(driver);
  await press(driver, id, "run-delete");
  await driver.fault(/is the run on the page/);
  await driver.click("reset");
  await driver.ready();
  await press(driver, id, "run-delete");
  await driver.until("the run to be gone", async () => (await runs(driver)).length === 0);
  await driver.fault(/was deleted/);
  await driver.inspect("a run that was deleted");
  await driver.click("offer");
  await driver.until("the run again", async () => (await runs(driver)).length === 1);
  await driver.noFault();
  await press(driver, id, "run-delete");
  await driver.page.clock.runFor(30_000);
  await driver.until("the notice to be gone", async () => (await driver.faults()).length === 0);
  await driver.page.reload();
  await driver.ready();
  await unfold(driver);
  assert.deepEqual(await runs(driver), [], "it is gone for good");
}

async function renamed(driver) {
  await driver.open(light);
  await driver.play(4);
  await kept(driver);
  const id = await onThePage(driver);
  await driver.until("its sphere", () => driver.evaluate((selector) => document.querySelector(selector).getContext("2d").getImageData(0, 0, 96, 96).data.some((value) => value > 0), `${named(`run-${id}`)} canvas`));
  await press(driver, id, "run-rename");
  await driver.fillOn(of(id, "run-name-field"), "The good one");
  await driver.fillOn(of(id, "run-note"), "with a note");
  await driver.until("its name", async () => (await read(driver, id, "run-name")) === "The good one");
  await press(driver, id, "run-keep");
  await driver.inspect("a run with its fields");
  await driver.page.reload();
  await driver.until("the run", async () => (await driver.steps()) >= 4);
  await unfold(driver);
  await driver.until("its name", async () => (await read(driver, id, "run-name")) === "The good one");
  assert.match(await driver.text(`run-${id}`), /with a note/);
  assert.match(await driver.text(`run-${id}`), /kept for good/);
  await driver.page.locator(named("shelf-filter")).fill("nothing of that name");
  await driver.until("no run", async () => (await runs(driver)).length === 0);
  await driver.page.locator(named("shelf-filter")).fill("GOOD");
  await driver.until("the run", async () => (await runs(driver)).length === 1);
}

/** A branch goes on from another run with what the controls show, stands under it, and says from where. */
async function branched(driver) {
  await driver.open({ ...light, "method.temperature": 0.37 });
  await driver.play(6);
  const held = await kept(driver);
  const first = await onThePage(driver);
  const before = await losses(driver, held);
  await driver.click("reset");
  await driver.ready();
  await driver.type("method.temperature", "0.9");
  await driver.until("the knob in the link", async () => (await driver.linked("method.temperature")) === "0.9");
  await press(driver, first, "run-branch");
  await driver.until("the branch", async () => (await driver.steps()) === held);
  assert.equal(await losses(driver, held), before, "with the curve until then");
  assert.match(await driver.text("changes"), /0\.9/);
  await driver.play(held + 4);
  const later = await kept(driver);
  const ids = await runs(driver);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], first, "the branch stands under the run that it went on from");
  assert.match(await read(driver, ids[1], "run-from"), new RegExp(`from step ${held} of`));
  assert.match(await read(driver, ids[1], "differs"), /temperature/i);
  assert.match(await read(driver, first, "run-standing"), new RegExp(`^step ${held} of`), "the run itself is as it was");
  await driver.inspect("a branch on the shelf");

  // What cannot change within a run is said.
  await driver.type("encoder.width", "16");
  await press(driver, first, "run-branch");
  await driver.fault(/cannot change within a run/);
  assert.equal(await driver.steps(), later, "nothing else has happened");
}

/** Fine-tuning: another method begins at step 0 with the encoder of a kept run, and says so until a random one is wanted again. */
async function begunFrom(driver) {
  await driver.open({ ...light, "method.temperature": 0.37 });
  await driver.play(30);
  const held = await kept(driver);
  const id = await onThePage(driver);
  const accuracy = (await driver.metrics()).findLast(({ step }) => step === held).knn_accuracy;
  await press(driver, id, "run-begin");
  await driver.untilText("encoder-from", new RegExp(`Begins with the encoder of .* after step ${held}\\.`));
  await driver.until("step 0", async () => (await driver.steps()) === 0);
  await idle(driver, "it to stand still");
  const first = await driver.until("what is measured at step 0", async () => (await driver.metrics()).find(({ step, knn_accuracy }) => step === 0 && Number.isFinite(knn_accuracy)));
  assert.equal(first.knn_accuracy, accuracy, "it is that encoder");
  await driver.untilText("headline-untrained", /^at the beginning /);
  await driver.click("method-menu");
  await driver.click("method-byol");
  await driver.until("step 0 of another method", async () => (await driver.steps()) === 0 && /press play/i.test(await phase(driver)));
  await driver.play(4);
  await kept(driver);
  const own = await onThePage(driver);
  assert.match(await read(driver, own, "run-from"), new RegExp(`^the encoder of step ${held} of `));
  await driver.inspect("a run that began with an encoder");
  await driver.click("encoder-random");
  await driver.until("a random encoder", async () => (await driver.count("encoder-from")) === 0 && (await driver.steps()) === 0);
  await driver.untilText("headline-untrained", /^untrained /);
  await driver.noFault();
}

/** Two runs side by side: both in the pictures, and in a table that can be copied. */
async function compared(driver) {
  await driver.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await driver.open({ ...light, "method.temperature": 0.37 });
  await driver.play(6);
  await kept(driver);
  await driver.open({ ...light, "method.temperature": 0.9, seed: 3 });
  await driver.play(6);
  await kept(driver);
  for (const id of await runs(driver)) await driver.clickOn(of(id, "run-select"));
  await driver.until("the table", async () => (await driver.evaluate((table) => document.querySelectorAll(`${table} tbody tr`).length, named("compare-table"))) === 2);
  const table = await driver.text("compare-table");
  for (const word of ["0.37", "0.9", "Seed", "Temperature", "%"]) assert.ok(table.includes(word), `the table says ${word}: ${table}`);
  for (const picture of ["curves", "plane"]) {
    await driver.until(`both runs in ${picture}`, async () => {
      const words = await driver.text(`compare-${picture}`);
      return (await driver.evaluate((selector) => [...document.querySelector(selector).getContext("2d").getImageData(0, 0, 200, 100).data].some((value) => value > 0), `${named(`compare-${picture}`)} canvas`)) && /\d/.test(words);
    });
  }
  const spheres = () => driver.evaluate((selector) => [...document.querySelectorAll(selector)].map((canvas) => canvas.toDataURL()), `${named("compare-spheres")} canvas`);
  const empty = await driver.evaluate((selector) => {
    const canvas = document.querySelector(selector);
    const other = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    return other.toDataURL();
  }, `${named("compare-spheres")} canvas`);
  const before = await driver.until("both spheres", async () => {
    const drawn = await spheres();
    return drawn.length === 2 && drawn[0] !== drawn[1] && !drawn.includes(empty) && drawn;
  });
  await driver.evaluate((selector) => document.querySelector(selector).focus(), `${named("compare-spheres")} canvas`);
  await driver.page.keyboard.press("ArrowRight");
  await driver.until("both to turn", async () => (await spheres()).every((drawn, index) => drawn !== before[index]));
  await driver.page.keyboard.press("0");
  await driver.until("both to turn back", async () => (await spheres()).every((drawn, index) => drawn === before[index]));
  await driver.inspect("two runs side by side");
  for (const [form, pattern] of [["csv", /^Run,Step,.*\n.*\n.*\n$/], ["latex", /\\begin\{tabular\}[^]*\\bottomrule/], ["markdown", /^\| Run \| Step \|/]]) {
    await driver.click(`compare-${form}`);
    await driver.untilText(`compare-${form}`, /copied/);
    assert.match(await driver.evaluate(() => navigator.clipboard.readText()), pattern, form);
  }
}

/** Five thousand steps take no more memory than the first thousand, although everything that lasts is written again and again. */
async function soak(driver) {
  await driver.open({ ...cpu, "measures.cadence.every": 250, "train.steps": 5000 });
  await unfold(driver);
  const held = async () => {
    const said = (await driver.text("memory")).match(/holds ([\d.,\u202f]+) MB/);
    return said && Number(said[1].replace(/[^\d.]/g, ""));
  };
  await driver.play(1000);
  const first = await driver.until("how much memory the engine holds", held);
  await driver.reach(5000);
  await driver.until("the end", async () => /finished/i.test(await phase(driver)));
  await keptAt(driver, 5000);
  const last = await held();
  assert.ok(last <= 1.1 * first + 2, `${first} MB after 1,000 steps, ${last} MB after 5,000`);
  assert.ok(first >= 1 && first < 600, `${first} MB`);
}

// ------------------------------------------------ tabs

/** Two tabs of one browser: each has its own run, and what is open in one cannot be changed in the other. */
async function tabs(driver, _gpu, site) {
  await driver.open(light);
  await driver.play(5);
  const held = await kept(driver);
  const first = await onThePage(driver);
  const page = await driver.page.context().newPage();
  const other = new Driver(page, site);
  watch(other, page);
  // The same address, while the run is open in the other tab.
  await other.goto(driver.page.url());
  await other.ready();
  await unfold(other);
  assert.deepEqual(await runs(other), [first]);
  assert.match(await other.text(`run-${first}`), /open in another tab/);
  await press(other, first, "run-delete");
  await other.fault(/open in another tab/);
  await press(other, first, "run-resume");
  await other.until("a run of its own", async () => (await other.steps()) === held);
  await other.play(held + 3);
  const later = await kept(other);
  const second = await onThePage(other);
  assert.notEqual(second, first);
  assert.match(await read(other, second, "run-from"), new RegExp(`from step ${held} of`));

  await driver.play(held + 2);
  const own = await kept(driver);
  await page.close();
  await driver.clickOn(`${named("shelf")} > summary`);
  await driver.clickOn(`${named("shelf")} > summary`);
  await driver.until("the other run, free", async () => (await runs(driver)).length === 2 && !/another tab/.test(await driver.text("shelf")));
  assert.match(await read(driver, first, "run-standing"), new RegExp(`^step ${own} of`), "nobody has written it but this tab");
  assert.match(await read(driver, second, "run-standing"), new RegExp(`^step ${later} of`));
  assert.deepEqual(other.unexpected(), []);
}

// ------------------------------------------------ a browser without files

/** Takes away what a browser without such files does not have. */
const without = (driver) => driver.page.addInitScript(() => delete window.StorageManager?.prototype.getDirectory);

async function memory(driver) {
  await without(driver);
  await driver.open(light);
  await driver.play(4);
  const held = await kept(driver);
  assert.match(await driver.text("storage"), /only as long as this page is open.*no place for files/i);
  await driver.inspect("a shelf in memory");
  // Within the page everything is as usual.
  const id = await onThePage(driver);
  await driver.click("reset");
  await driver.ready();
  await press(driver, id, "run-resume");
  await driver.until("the run", async () => (await driver.steps()) === held);
  await driver.page.reload();
  await driver.ready();
  await unfold(driver);
  assert.deepEqual(await runs(driver), [], "nothing is left, as it was said");
}

async function plainHttp(driver, _gpu, site) {
  driver.address = `http://lab.test:${site.port}`;
  await driver.open(light);
  await driver.play(2);
  await driver.pause();
  await unfold(driver);
  assert.match(await driver.text("storage"), /plain http/);
}

// ------------------------------------------------ a phone

async function onPhone(driver) {
  await driver.open(light);
  await driver.play(4);
  const held = await kept(driver);
  const id = await onThePage(driver);
  await driver.click("reset");
  await driver.ready();
  await driver.page.locator(of(id, "run-rename")).tap();
  await driver.until("the fields", async () => (await driver.count("run-note")) === 1);
  await driver.page.locator(of(id, "run-select")).tap();
  assert.deepEqual(await driver.evaluate(cutOff), []);
  const small = await driver.evaluate((run) => [...document.querySelectorAll(`${run} button`)].map((button) => button.getBoundingClientRect()).filter(({ width, height }) => Math.min(width, height) < 24).length, named(`run-${id}`));
  assert.equal(small, 0, "every button is large enough for a finger");
  await driver.inspect("the shelf on a phone");
  await driver.page.locator(of(id, "run-resume")).tap();
  await driver.until("the run", async () => (await driver.steps()) === held);
}

export const cases = [
  { name: "a run survives a reload at its exact step", test: reload },
  { name: "a run that was broken off has the curve of one that was not", test: exact },
  { name: "another address leaves the run on the shelf", test: otherAddress },
  { name: "a run survives a browser that is killed", test: killed },
  { name: "a run whose worker is gone goes on by itself, once", test: killedWorker },
  { name: "a run is deleted, and had back", test: deleted },
  { name: "a run has a name, a note and a picture, and is found by them", test: renamed },
  { name: "a branch goes on with what the controls show", test: branched },
  { name: "a run begins with the encoder of another", test: begunFrom },
  { name: "runs are compared", test: compared },
  { name: "5,000 steps in flat memory", test: soak },
  { name: "two tabs never write the same run", test: tabs },
  { name: "without files the page says so", test: memory },
  { name: "plain http: why runs are not kept", test: plainHttp, args: ["--host-resolver-rules=MAP lab.test 127.0.0.1"] },
  { name: "the shelf on a phone of 390 px", test: onPhone, options: phone },
];
