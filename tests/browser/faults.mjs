// What goes wrong: programs that are missing, blocked, silent or gone, and how the page goes on afterwards.
import assert from "node:assert/strict";
import { named } from "./driver.mjs";
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
  await driver.fault(/worker|program|engine/i);
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
  await driver.fault(/worker|program|engine/i);
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
  await driver.fault(/worker|engine|answer/i);
  assert.doesNotMatch(await phase(driver), /training/i, "nothing is trained");
  await driver.inspect("a worker that has ended");
  await driver.remedy();
  // The run goes on from where it was kept last.
  await driver.until("the run again", async () => /paused|press play/i.test(await phase(driver)));
  await driver.until("the fault to be gone", async () => (await driver.faults()).length === 0);
  await driver.play((await driver.steps()) + 2);
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

// ------------------------------------------------ memory

/** More than a tab can have, and quickly set up as soon as it fits. */
const large = { ...cpu, "data.side": 32, "data.train": 4096, "train.batch": 4096, "encoder.width": 16 };

/** So much more that half of it is still too much. */
const huge = { ...large, "encoder.width": 64 };

/** What does not fit is refused before it is tried, with what it needs, what there is, and what would fit; that then does. */
async function tooLarge(driver) {
  await driver.load(large);
  await driver.fault(/needs about [\d.]+ (GB|MB).*can have [\d.]+ (GB|MB)/);
  const [said] = await driver.faults();
  const fits = said.match(/A batch of (\d+) would fit/)?.[1];
  assert.ok(fits && Number(fits) < 4096, `what would fit is named: ${said}`);
  assert.equal(await driver.count("restart"), 0, "the engine still runs");
  await driver.inspect("an experiment that does not fit");
  await driver.type("train.batch", fits);
  await driver.ready();
  await driver.noFault();
}

/** What is offered in one press is something that fits. */
async function offered(driver) {
  await driver.load(huge);
  await driver.fault(/needs about/);
  await driver.remedy();
  await driver.until("an answer to what was offered", async () => (await driver.count("cancel")) > 0 || /press play|cannot/i.test(await phase(driver)));
  await driver.until("the experiment to be set up, or refused", async () => /press play|cannot be set up/i.test(await phase(driver)));
  assert.deepEqual(await driver.faults(), [], "what was offered is set up");
}

/** A run is not lost to an experiment that does not fit. */
async function tooLargeBeside(driver) {
  await driver.open({ ...cpu, "data.train": 4096 });
  await driver.play(3);
  const held = await driver.pause();
  await driver.type("data.side", "32");
  await driver.type("encoder.width", "64");
  await driver.type("train.batch", "4096");
  await driver.clickOn(".apply button.primary");
  await driver.fault(/needs about.*can have/);
  await driver.remedy();
  await driver.until("the run as it was", async () => (await driver.steps()) === held && (await driver.faults()).length === 0);
  assert.equal((await driver.shown("train.batch")).value, "16");
  await driver.play(held + 2);
}

/** So little that half of the batch fits and the whole of it does not; the estimate knows nothing of it. */
const LITTLE = "--js-flags=--wasm-max-mem-pages=1600";
const hungry = { ...cpu, "data.train": 2048, "train.batch": 2048 };

/** An engine that runs out of memory all the same: the page names memory, does not repeat what it died of, and offers less. */
async function exhausted(driver) {
  driver.announce(/unreachable|memory|RangeError|worker/i);
  await driver.load(hungry);
  await driver.fault(/memory/i);
  const [said] = await driver.faults();
  assert.match(said, /smaller batch|fewer images|smaller encoder/i, "what would help is named");
  assert.doesNotMatch(said, /choose the CPU/i, "it ran on the CPU");
  await driver.inspect("an engine that ran out of memory");

  await driver.remedy();
  await driver.until("the engine to be there again", async () => (await driver.count("missing")) > 0 || /press play/i.test(await phase(driver)));
  assert.ok(await driver.count("missing"), "what the engine died of is not set up again unasked");
  assert.match(await driver.text("missing"), /memory/i);
  await driver.inspect("an experiment that the engine ran out of memory on");
  assert.match(await driver.evaluate((selector) => document.querySelector(`${selector} button.primary`).textContent, named("missing")), /\b1024\b/, "less is offered");
  await driver.remedy();
  await driver.ready();
  await driver.play(1);
  await driver.noFault();
}

// ------------------------------------------------ numbers that are none

/** Steps that multiply every weight by -99. */
const wild = { ...cpu, "optimiser.kind": "sgd", "optimiser.momentum": 0, "optimiser.learning_rate": 100, "optimiser.weight_decay": 1, "train.warmup": 0, "measures.cadence.every": 1000 };

/** Takes one step, or learns that the run has ended. */
async function one(driver) {
  const before = await driver.steps();
  await driver.click("step");
  await driver.until("a step, or the end", async () => (await driver.steps()) > before || (await driver.faults()).length > 0);
}

/** One dot in the middle of the sphere is not left alone with the words of a sphere. */
async function pointless(driver) {
  await driver.open({ ...wild, "optimiser.learning_rate": 1 });
  assert.equal(await driver.count("blank"), 0, "an untrained encoder has something to show");
  const untrained = await driver.until("the dots", () => driver.dots());
  await one(driver);
  await one(driver);
  await driver.untilText("blank", /one point/i);
  const said = await driver.evaluate((names) => {
    const [blank, sphere] = names.map((name) => document.querySelector(name).getBoundingClientRect());
    return blank.left < sphere.right && blank.right > sphere.left && blank.top < sphere.bottom && blank.bottom > sphere.top;
  }, [named("blank"), named("sphere")]);
  assert.ok(said, "the words stand on the sphere");
  assert.match(await driver.text("blank"), /collapse/i);
  // The words have a coloured frame of their own.
  await driver.evaluate((selector) => (document.querySelector(selector).style.visibility = "hidden"), named("blank"));
  assert.ok(((await driver.dots())?.spread ?? 0) < untrained.spread / 2, "there is nothing but a point to see");
  await driver.evaluate((selector) => (document.querySelector(selector).style.visibility = ""), named("blank"));
  assert.doesNotMatch(await driver.page.locator(".caption").textContent(), /you see the very sphere/i);
  await driver.inspect("all images on one point");
  await driver.type("optimiser.weight_decay", "0");
  await driver.type("optimiser.learning_rate", "0.01");
  await driver.click("reset");
  await driver.until("the words to go with the run", async () => (await driver.count("blank")) === 0 && /press play/i.test(await phase(driver)));
  await driver.until("the dots again", () => driver.dots());
}

/** A run whose weights are no numbers any more: the sphere says so, and so does what ends the run. */
async function numberless(driver) {
  await driver.open(wild);
  while ((await driver.faults()).length === 0) {
    assert.ok((await driver.steps()) < 40, "weights that grow a hundredfold a step are numbers for no more than twenty");
    await one(driver);
    await driver.roundTrip();
  }
  await driver.fault(/NaN|not a number|infinite|diverge/i);
  // Whether the last points came before the measures that ended the run depends on the machine; those before were one point.
  await driver.untilText("blank", /not-a-number|not finite|one point/i);
  assert.doesNotMatch(await driver.page.locator(".caption").textContent(), /you see the very sphere/i);
  await driver.inspect("weights that are no numbers");
  await driver.type("optimiser.learning_rate", "0.01");
  await driver.click("reset");
  await driver.until("the words to go with the run", async () => (await driver.count("blank")) === 0 && /press play/i.test(await phase(driver)));
  await driver.play(2);
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
  { name: "an experiment that does not fit is refused with what would fit", test: tooLarge },
  { name: "what is offered instead of an experiment that does not fit is set up", test: offered },
  { name: "a run outlives an experiment that does not fit", test: tooLargeBeside },
  { name: "an engine that runs out of memory", args: [LITTLE], test: exhausted },
  { name: "all images on one point are said to be", options: { reducedMotion: "reduce" }, test: pointless },
  { name: "weights that are no numbers are said to be", options: { reducedMotion: "reduce" }, test: numberless },
  { name: "a long preparation shows itself and yields", test: long },
];
