// What goes wrong: programs that are missing, blocked, silent or gone, and how the page goes on afterwards.
import assert from "node:assert/strict";
import { cpu, small } from "./experiments.mjs";
import { policy } from "./policy.mjs";

const HTML = { status: 200, type: "text/html; charset=utf-8", body: "<!doctype html><title>All is well</title><p>The single page of a host that never says no.</p>" };
const MISSING = { status: 404, type: "text/html; charset=utf-8", body: "<h1>Not found</h1>" };
const SILENT = { status: 200, type: "text/javascript", body: "" };
const LOADER = /augsphere-worker.*_loader\.js$/;
const GLUE = /augsphere-worker-[0-9a-f]+\.js$/;
const ENGINE = /augsphere-worker.*\.wasm$/;
const PAGE_GLUE = /augsphere-app-[0-9a-f]+\.js$/;
const PAGE_WASM = /augsphere-app.*\.wasm$/;

/** Lets the page believe that seconds have passed. */
async function pass(driver, seconds) {
  await driver.page.clock.runFor(seconds * 1000);
}

/** Any noise is what these tests are about. */
const anything = /./s;

/** The worker's program fails in some way: the page says so within ten seconds of its own time, and starts it again once it is mended. */
async function worker(driver, site, answers) {
  driver.announce(anything);
  await driver.page.clock.install();
  site.answers.push(...answers);
  await driver.load(cpu);
  await driver.until("the page", async () => (await driver.count("play")) > 0);
  await pass(driver, 10);
  await driver.fault(/worker|program|laboratory|engine/i);
  assert.doesNotMatch(await phase(driver), /loading/i, "nothing is waited for");
  driver.complaints.length = 0;
  await driver.inspect("a worker that cannot start");
  driver.announced = [/^(console|request)/];
  site.answers.length = 0;
  await driver.remedy();
  await driver.ready();
  await driver.until("the fault to be gone", async () => (await driver.faults()).length === 0);
  await driver.play(2);
}

/** A policy that forbids workers cannot be mended from within: the page says what is wrong. */
async function forbidden(driver) {
  driver.announce(/policy|Content Security Policy|worker/i);
  await driver.page.clock.install();
  await driver.load(cpu);
  await driver.until("the page", async () => (await driver.count("play")) > 0);
  await pass(driver, 10);
  await driver.fault(/worker|program|laboratory|engine/i);
  assert.doesNotMatch(await phase(driver), /loading/i);
}

/** The page's own program fails: the skeleton says within ten seconds of page time what is likely and what to do. */
async function skeleton(driver, open, says = /./) {
  driver.announce(anything);
  await driver.page.clock.install();
  const frame = (await open(driver)) ?? driver.page;
  const words = () => frame.evaluate(() => document.body.innerText);
  await driver.until("the skeleton", async () => /Augsphere/.test(await words()));
  await pass(driver, 10);
  const said = await driver.until("a sentence and a next action", async () => {
    const text = await words();
    return /could not|cannot|did not|not load|not start|missing|blocked|needs/i.test(text) && /reload|try again|open|serve|use |ask |http|browser/i.test(text) && !/The page is loading\.\s*$/.test(text.trim()) && text;
  });
  assert.match(said, says);
  // What the broken page is told to look like is not looked at: its rules may be missing as well.
  driver.announced = [anything];
}

const programs = {
  "is missing": (site) => site.answers.push({ pattern: PAGE_GLUE, ...MISSING }),
  "is missing in part": (site) => site.answers.push({ pattern: PAGE_WASM, ...MISSING }),
  "lacks its first script": (site) => site.answers.push({ pattern: /^\/start[^/]*\.js$/, ...MISSING }),
  "is a page instead": (site) => site.answers.push({ pattern: PAGE_WASM, ...HTML }),
};

/** The page inside of another page's frame that has an origin of its own and no right but to run. */
async function sandboxed(driver, site) {
  site.answers.push({ pattern: /^\/frame\.html$/, body: '<!doctype html><title>A course</title><iframe src="/" sandbox="allow-scripts" width="1200" height="800" title="the page"></iframe>' });
  await driver.goto(`${driver.address}/frame.html`);
  return driver.until("the frame", () => driver.page.frames()[1]);
}

/** A worker that ends without a word, in the middle of a run. */
async function ends(driver) {
  await driver.page.clock.install();
  await driver.open(cpu);
  await driver.play(3);
  await driver.evaluate(() => window.witness.workers.at(-1).terminate());
  await pass(driver, 30);
  await driver.fault(/worker|laboratory|engine|answer/i);
  assert.doesNotMatch(await phase(driver), /training/i, "nothing is trained");
  await driver.inspect("a worker that has ended");
  await driver.remedy();
  await driver.ready();
  await driver.until("the fault to be gone", async () => (await driver.faults()).length === 0);
  await driver.play(2);
}

/** The GPU goes away during a run, and the remedy that is named works. */
async function lostDevice(driver, _gpu, _site, browser) {
  driver.announce(/GPU|gpu|device|context/i);
  await driver.open({ ...small, device: "gpu" });
  await driver.play(3);
  const session = await browser.newBrowserCDPSession();
  await session.send("Browser.crashGpuProcess").catch(() => {});
  await driver.fault(/GPU|device/i);
  await driver.click("reset");
  await driver.ready();
  await driver.until("the fault to be gone", async () => (await driver.faults()).length === 0);
  await driver.play(3);
  await driver.noFault();
}

/** Numbers that are none end a run with a word, and the word goes with the run. */
async function diverges(driver) {
  // Weights that are multiplied by -99 at every step leave the numbers that there are within twenty.
  await driver.open({ ...cpu, "optimiser.kind": "sgd", "optimiser.momentum": 0, "optimiser.learning_rate": 100, "optimiser.weight_decay": 1, "train.warmup": 0 });
  await driver.play();
  await driver.fault(/not a number|NaN|diverge|infinite/i);
  await driver.inspect("a run that has diverged");
  await driver.type("optimiser.learning_rate", "0.01");
  await driver.click("reset");
  await driver.ready();
  await driver.until("the fault to be gone", async () => (await driver.faults()).length === 0);
  await driver.play(2);
  await driver.noFault();
}

/** What takes long is seen to come on, can be withdrawn, and yields to what is asked for next. */
async function long(driver) {
  await driver.load({ device: "cpu", "encoder.kind": "resnet18" });
  await driver.until("an estimate and progress", async () => /\d/.test(await phase(driver)) && (await driver.count("cancel")) > 0);
  await driver.inspect("a long preparation");
  await driver.click("cancel");
  await driver.until("nothing to be prepared any more", async () => !/preparing|measuring|setting up/i.test(await phase(driver)));
  await driver.selectOn(await driver.reveal("[data-testid=encoder-kind]"), "conv");
  await driver.ready();

  await driver.play(1);
  await driver.selectOn(await driver.reveal("[data-testid=encoder-kind]"), "resnet18");
  await driver.clickOn(".apply button.primary");
  await driver.until("progress", async () => (await driver.count("cancel")) > 0);
  await driver.selectOn("[data-testid=preset]", await driver.evaluate(() => document.querySelector("[data-testid=preset] option:not([disabled])").value));
  await driver.until("what was asked for last", async () => /ready|press play/i.test(await phase(driver)));
  await driver.noFault();
}

const phase = (driver) => driver.evaluate(() => document.querySelector(".phase")?.textContent ?? "");

const workers = {
  "the worker's loader is missing": [{ pattern: LOADER, ...MISSING }],
  "the worker's loader is a page": [{ pattern: LOADER, ...HTML }],
  "the worker's glue is missing": [{ pattern: GLUE, ...MISSING }],
  "the engine is missing": [{ pattern: ENGINE, ...MISSING }],
  "the engine is a page": [{ pattern: ENGINE, ...HTML }],
  "the worker is silent": [{ pattern: LOADER, ...SILENT }],
};

const noWorkers = `${policy.replace(/;?\s*worker-src[^;]*/, "")}; worker-src 'none'`;
const noWasm = "default-src 'self'";

export const cases = [
  ...Object.entries(workers).map(([name, answers]) => ({ name, test: (driver, _gpu, site) => worker(driver, site, answers) })),
  { name: "a policy forbids workers", headers: { "content-security-policy": noWorkers }, test: forbidden },
  ...Object.entries(programs).map(([name, breaks]) => ({
    name: `the page's program ${name}`,
    test: (driver, _gpu, site) => skeleton(driver, async () => {
      breaks(site);
      await driver.load();
    }),
  })),
  { name: "a policy forbids WebAssembly", headers: { "content-security-policy": noWasm }, test: (driver) => skeleton(driver, () => driver.load()) },
  {
    name: "a browser without WebAssembly",
    test: (driver) => skeleton(driver, async () => {
      await driver.page.addInitScript(() => delete window.WebAssembly);
      await driver.load();
    }, /WebAssembly/),
  },
  { name: "the page opened as a file", test: (driver) => skeleton(driver, () => driver.goto(`file://${process.env.DIST || new URL("../../dist", import.meta.url).pathname}/index.html`), /http/) },
  { name: "the page in a sandboxed frame", headers: {}, test: (driver, _gpu, site) => skeleton(driver, () => sandboxed(driver, site)) },
  { name: "a worker that ends without a word", test: ends },
  { name: "a GPU that goes away", gpu: "drawing", test: lostDevice },
  { name: "a run that diverges", test: diverges },
  { name: "a long preparation shows itself and yields", test: long },
];
