// What does it cost the built page to keep a run, and does its worker's memory stay flat?
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { serve } from "../../browser/server.mjs";
import { measureCheckpoints } from "./checkpoints.mjs";
import { withBrowser } from "./chromium.mjs";
import { dist, link, notes, play, refuseFault, testId, watch } from "./ours.mjs";
import { processorSeconds, resident, valueAt, workers } from "./threads.mjs";

/** Steps between two measurements, said in the link: a window of time begins and ends at the same place between them. */
const EVERY = 50;

/** Steps after which the memory of a soak is looked at. */
export const SOAK = [1000, 2000, 3000, 4000, 5000];

/** The most seconds that a soak may take. */
const SOAK_CAP = 1200;

/** Seconds of training before a turn is counted. */
const WARM_UP = 3;

/** The default experiment on the CPU, without an end, as a link. */
const WITHOUT_END = `#device=cpu&train.steps=100000&measures.cadence.every=${EVERY}`;

/** Images a batch of the soak. */
export const SOAK_IMAGES = 32;

/** A small experiment, measured as often as any, as a link. */
function small(steps) {
  const knobs = new URLSearchParams(link(SOAK_IMAGES, "cpu").slice(1));
  const own = { "train.steps": steps, "measures.cadence.every": EVERY, "data.train": 500, "data.validation": 200, "data.test": 100 };
  for (const [path, value] of Object.entries(own)) knobs.set(path, value);
  return `#${knobs}`;
}

/** Notes every file that the page writes: name, bytes, and when its writing began and ended. */
function noteWrites() {
  window.benchWrites = [];
  const files = FileSystemFileHandle.prototype;
  const open = files.createWritable;
  files.createWritable = async function createWritable(...given) {
    const note = { name: this.name, bytes: 0, from: performance.now(), to: undefined };
    window.benchWrites.push(note);
    const file = await open.apply(this, given);
    const [write, close] = [file.write, file.close];
    file.write = (data) => {
      note.bytes += data.byteLength ?? data.size ?? 0;
      return write.call(file, data);
    };
    file.close = async () => {
      await close.call(file);
      note.to = performance.now();
    };
    return file;
  };
}

/** A browser that keeps files for no page. */
function withoutDisk() {
  window.benchWrites = [];
  delete StorageManager.prototype.getDirectory;
}

/** A first write that never ends: the page waits for it and asks for no other checkpoint. */
function withoutWriting() {
  window.benchWrites = [];
  FileSystemFileHandle.prototype.createWritable = () => new Promise(() => {});
}

/** Where a page keeps its runs, in the order of their turns. */
const STORES = [
  { store: "disk", prepare: noteWrites },
  { store: "memory", prepare: withoutDisk },
  { store: "nothing", prepare: withoutWriting },
];

/** The first and the last `[time, count]` at which a multiple of `every` steps was reached; undefined without two of them. */
export function between(steps, every) {
  const reached = steps.filter(([, count], at) => at > 0 && Math.floor(count / every) > Math.floor(steps[at - 1][1] / every));
  return reached.length > 1 ? [reached[0], reached.at(-1)] : undefined;
}

/** Writes of a whole run, from its first file to its header, the last: when, how many bytes, and those of the checkpoint among them. */
export function wholeWrites(files) {
  const whole = [];
  let from;
  let bytes = 0;
  let checkpoint = 0;
  for (const file of files.filter((one) => one.to !== undefined)) {
    from ??= file.from;
    bytes += file.bytes;
    if (file.name === "checkpoint.safetensors") checkpoint += file.bytes;
    if (file.name !== "run.json") continue;
    // Numbers alone follow where a run stands still.
    if (checkpoint > 0) whole.push({ from, to: file.to, bytes, checkpoint_bytes: checkpoint });
    [from, bytes, checkpoint] = [undefined, 0, 0];
  }
  return whole;
}

/** One turn of a page: it is opened and trains for so many seconds, or for longer if it is too slow to count in them. */
async function turn(browser, address, { prepare }, seconds, log) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(prepare);
    await watch(page);
    await opened(page, address, log);
    await pause(WARM_UP * 1000);
    const [worker] = await workers(browser);
    return await trained(page, worker, seconds);
  } finally {
    await context.close();
  }
}

/** What `seconds` of a page that trains show. */
async function trained(page, worker, seconds) {
  const [origin, from] = await page.evaluate(() => [performance.timeOrigin, performance.now()]);
  const stepsSince = async () => (await notes(page)).steps.filter(([at]) => at >= from);
  // What the worker has had of a processor, on the page's clock.
  const spent = [];
  const watched = async (milliseconds) => {
    for (const end = Date.now() + milliseconds; Date.now() < end; await pause(20)) {
      const had = worker && processorSeconds(worker);
      if (had !== undefined) spent.push([Date.now() - origin, had]);
    }
  };
  await watched(seconds * 1000);
  const most = Date.now() + 4000 * seconds;
  while (!between(await stepsSince(), EVERY) && Date.now() < most) await watched(1000);
  await refuseFault(page);
  const to = await page.evaluate(() => performance.now());
  const within = ([at]) => at >= from && at <= to;
  const seen = await notes(page);
  const files = await page.evaluate(() => window.benchWrites);
  const tasks = seen.longTasks.filter(within);
  const writes = wholeWrites(files.filter((file) => within([file.from])));
  const meanwhile = tasks.filter(([at, duration]) => writes.some((write) => at < write.to && at + duration > write.from));
  const longest = (list) => Math.max(0, ...list.map(([, duration]) => duration));
  const ends = between(seen.steps.filter(within), EVERY);
  if (!ends) throw new Error(`not even ${2 * EVERY} steps in ${((to - from) / 1000).toFixed(0)} s: the machine is too busy`);
  const [first, last] = ends;
  const had = valueAt(spent, last[0]) - valueAt(spent, first[0]);
  return {
    steps_per_second: (1000 * (last[1] - first[1])) / (last[0] - first[0]),
    steps_per_processor_second: had > 0 ? (last[1] - first[1]) / had : undefined,
    longest_task_ms: longest(tasks),
    longest_task_writing_ms: longest(meanwhile),
    writes: writes.map(({ from, to, ...bytes }) => ({ milliseconds: to - from, ...bytes })),
    seconds: (to - from) / 1000,
  };
}

/** Opens the page and plays; on a machine too busy for its worker to start in time, the page is opened anew, three times at most. */
async function opened(page, address, log) {
  for (let left = 3; ; left -= 1) {
    try {
      await page.goto("about:blank");
      await page.goto(address);
      await play(page, 120);
      return;
    } catch (error) {
      if (left === 1) throw error;
      log(`the page is opened again: ${error.message}`);
    }
  }
}

/**
 * The default experiment on the CPU, with its runs kept on the disk, in memory, and nowhere, in turn: each time a fresh page, since one that
 * stands still goes on measuring.
 * @returns a list of turns, each by store as `trained` gives it
 */
export async function measureStores({ turns, seconds, log }) {
  const server = await serve({ "/": dist() }, {});
  const address = `${server.address}/${WITHOUT_END}`;
  try {
    return await withBrowser(async (_, browser) => {
      const found = [];
      for (let at = 0; at < turns; at += 1) {
        const one = {};
        try {
          // Every second turn goes the other way round, so that what changes with time does not always fall on the same page.
          for (const way of at % 2 ? [...STORES].reverse() : STORES) one[way.store] = await turn(browser, address, way, seconds, log);
        } catch (error) {
          // A turn that a busy machine left too few steps is left out, the others stand.
          log(`turn ${at + 1} is left out: ${error.message}`);
          continue;
        }
        found.push(one);
        const rates = Object.entries(one).map(([store, { steps_per_second: rate, steps_per_processor_second: own }]) => `${store} ${rate.toFixed(1)} (${own?.toFixed(1)})`);
        log(`${rates.join(", ")} steps a second (of a processor)`);
      }
      if (found.length === 0) throw new Error("no turn had enough steps: let the machine be idle, then run scripts/bench.sh keeping again");
      return found;
    });
  } finally {
    await server.close();
  }
}

/** What the worker and the page's own thread do for one checkpoint of the default experiment, written to the disk. */
export async function measureOneCheckpoint() {
  const server = await serve({ "/": dist() }, {});
  try {
    const address = `${server.address}/${WITHOUT_END}`;
    return await withBrowser((page, browser) => measureCheckpoints(page, browser, address, { times: 20, seconds: 40, noteWrites }));
  } finally {
    await server.close();
  }
}

/** Lets the loader of the worker hand out the memory of its program, which is otherwise its own affair. */
const REMEMBER = `const instantiate = WebAssembly.instantiateStreaming;
WebAssembly.instantiateStreaming = async (...given) => {
  const made = await instantiate.apply(WebAssembly, given);
  globalThis.benchMemory = made.instance.exports.memory;
  return made;
};
`;

/**
 * A small experiment on the CPU for 5,000 steps, kept on the disk: how much memory the worker's program has, which never shrinks, and how
 * much of the page's process is in memory.
 * @returns for each of {@link SOAK}: `step`, `seconds` since play, `program_bytes`, `resident_bytes`
 */
export async function measureSoak(log) {
  const loader = readdirSync(dist()).find((name) => /worker.*_loader\.js$/.test(name));
  if (!loader) throw new Error(`no *worker*_loader.js in ${dist()}: build the page with scripts/build.sh`);
  const server = await serve({ "/": dist() }, {});
  server.answers.push({ pattern: /worker.*_loader\.js$/, type: "text/javascript", body: REMEMBER + readFileSync(join(dist(), loader), "utf8") });
  try {
    return await withBrowser(async (page, browser) => {
      await watch(page);
      await page.goto(`${server.address}/${small(SOAK.at(-1))}`);
      await play(page, 120);
      const began = Date.now();
      const program = () => page.workers().find((worker) => worker.url().includes("_loader.js"))?.evaluate(() => globalThis.benchMemory?.buffer.byteLength);
      const [worker] = await workers(browser);
      const samples = [];
      for (const step of SOAK) {
        while (((await notes(page)).steps.at(-1)?.[1] ?? 0) < step) {
          await refuseFault(page);
          if (Date.now() - began > SOAK_CAP * 1000) throw new Error(`the soak did not reach step ${step} within ${SOAK_CAP} s`);
          await pause(250);
        }
        const program_bytes = await program();
        if (!program_bytes) throw new Error("the memory of the worker's program could not be read: does its loader still use WebAssembly.instantiateStreaming?");
        samples.push({ step, seconds: (Date.now() - began) / 1000, program_bytes, resident_bytes: worker && resident(worker.pid) });
        log(`soak: step ${step}, program ${(program_bytes / 1e6).toFixed(1)} MB, process ${((samples.at(-1).resident_bytes ?? 0) / 1e6).toFixed(0)} MB`);
      }
      return samples;
    });
  } finally {
    await server.close();
  }
}
