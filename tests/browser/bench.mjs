// The benchmark at `#bench`: every device of the page is measured, told part by part, and can be stopped and copied.
import assert from "node:assert/strict";
import { named } from "./driver.mjs";
import { cpu, phone } from "./experiments.mjs";
import { kept } from "./shelf.mjs";

const rows = (driver) => driver.evaluate((selector) => [...document.querySelectorAll(`${selector} tbody tr`)].map((row) => [...row.children].map((cell) => cell.textContent)), named("bench-table"));
const standing = (driver) => driver.text("bench-standing");

async function open(driver) {
  await driver.load();
  await driver.goto("about:blank");
  await driver.goto(`${driver.address}/#bench`);
  await driver.until("the page of the benchmark", async () => (await driver.count("bench")) === 1);
  assert.match(await standing(driver), /nothing/i);
  assert.equal(await driver.count("bench-table"), 0);
}

/** A first look at all devices, to its end. */
async function measured(driver, gpu) {
  await open(driver);
  await driver.inspect("before the benchmark");
  await driver.click("bench-quick");
  await driver.until("the first figures", async () => (await rows(driver)).some(([what, , rate]) => /matrix multiplication/.test(what) && /GFLOP/.test(rate)));
  await driver.until("the end", async () => /^Done/.test(await standing(driver)), 600);
  const found = await rows(driver);
  const of = (pattern) => found.filter(([what]) => pattern.test(what));
  const devices = gpu ? 2 : 1;
  assert.equal(of(/^self-test/).length, devices, JSON.stringify(found));
  if (gpu) assert.match(of(/^self-test/)[0][2], /passed, \d+ checks/);
  assert.equal(of(/^matrix multiplication/).length, devices);
  assert.ok(of(/^step of tiny, 32 images/).every(([, time, rate]) => /ms|s$/.test(time) && /images\/s/.test(rate)), JSON.stringify(found));
  assert.ok(of(/^step of tiny, 32 images/).length === devices && of(/^kNN/).length === devices && of(/^augmented distances/).length === devices, JSON.stringify(found));
  if (gpu) assert.match(of(/^step of tiny, 32 images/)[0][4], /\d+(\.\d+)? \//, "launches are counted");
  // Time and rate are of the same work: more of it than 32 bits can count.
  for (const [what, time, rate] of of(/^kNN/)) {
    const [queries, rows, width] = what.match(/\d[\d,]*/g).map((digits) => Number(digits.replaceAll(",", "")));
    const seconds = parseFloat(time) / (time.endsWith("ms") ? 1000 : 1);
    const expected = (2 * queries * rows * width) / seconds / 1e9;
    assert.ok(Math.abs(parseFloat(rate) / expected - 1) < 0.1, `${what} in ${time} is ${expected} GFLOP/s, not ${rate}`);
  }
  const machine = await driver.text("bench-machine");
  assert.match(machine, /Chrom|Firefox/);
  assert.match(machine, /\d{4}-\d\d-\d\d/);
  await driver.inspect("after the benchmark");
}

/** Stopping keeps what there is, and another start begins anew. */
async function stopped(driver) {
  await open(driver);
  await driver.click("bench-start");
  await driver.until("the first figures", async () => (await rows(driver)).length > 1);
  await driver.click("bench-stop");
  await driver.until("the end", async () => /^Stopped/.test(await standing(driver)));
  assert.ok((await rows(driver)).length > 1);
  assert.match(await driver.text("bench-machine"), /stopped by hand/);
  await driver.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true }));
  await driver.click("bench-copy");
  await driver.until("the text to copy", async () => (await driver.evaluate(() => document.querySelector("textarea")?.value ?? "")).includes("| matrix multiplication"));
  await driver.click("bench-quick");
  await driver.until("a fresh table", async () => (await driver.count("bench-table")) === 0 || (await rows(driver)).length <= 2);
  await driver.click("bench-stop");
  await driver.click("bench-back");
  await driver.ready();
}

/** The link on the page opens it in a tab of its own; the address leads there, and a kept run is there again afterwards. */
async function reached(driver) {
  await driver.open({ ...cpu, "train.steps": 100000 });
  const link = await driver.evaluate((selector) => { const { target, hash } = document.querySelector(selector); return { target, hash }; }, named("bench-link"));
  assert.deepEqual(link, { target: "_blank", hash: "#bench" });
  await driver.play(5);
  const steps = await kept(driver);
  await driver.evaluate(() => { location.hash = "#bench"; });
  await driver.until("the page of the benchmark", async () => (await driver.count("bench").catch(() => 0)) === 1);
  await driver.click("bench-back");
  await driver.until("the run as it was", async () => (await driver.steps().catch(() => 0)) === steps);
}

/** Where no run is kept, the address does not lead away from one. */
async function guarded(driver) {
  await driver.page.addInitScript(() => delete window.StorageManager?.prototype.getDirectory);
  await driver.open({ ...cpu, "train.steps": 100000 });
  await driver.play(5);
  await driver.pause();
  const before = await driver.evaluate(() => location.hash);
  await driver.evaluate(() => { location.hash = "#bench"; });
  await driver.fault(/benchmark/);
  assert.equal(await driver.evaluate(() => location.hash), before);
  assert.equal(await driver.count("bench"), 0);
}

/** On a phone only the tables move sideways. */
async function narrow(driver) {
  await open(driver);
  await driver.click("bench-quick");
  await driver.until("some figures", async () => (await rows(driver)).length > 2);
  const wide = await driver.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${wide} pixels too wide`);
}

export const cases = [
  { name: "the CPU is measured to the end", test: measured },
  { name: "the GPU and the CPU are measured to the end", gpu: true, test: (driver) => measured(driver, true) },
  { name: "a benchmark can be stopped, copied and begun again", test: stopped },
  { name: "it is reached by a link, and a kept run comes back", test: reached },
  { name: "no run is lost for it", test: guarded },
  { name: "the benchmark fits a phone", options: phone, test: narrow },
];
