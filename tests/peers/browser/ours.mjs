// How long does our built page take for the step, and how does it feel while it trains?
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../places.mjs";
import { quantile, summary } from "../statistics.mjs";
import { adapter, withBrowser } from "./chromium.mjs";
import { serve } from "../../browser/server.mjs";

/** The folder of the built page: `DIST=` or `dist`. */
export const dist = () => process.env.DIST || join(root, "dist");

/** Whether the page has been built. */
export const built = () => existsSync(join(dist(), "index.html"));

const AUGMENTATIONS = ["crop", "flip", "jitter", "grayscale", "blur"];

/**
 * The step that the peers take, as a link: their encoder, projector, batch and optimiser, measures out of the way.
 * `plain` sets the probability of every augmentation to 0.
 */
export function link(images, device, plain = false) {
  const experiment = {
    v: 1,
    "data.kind": "shapes",
    "encoder.kind": "conv",
    "encoder.size": "tiny",
    "projector.layers": 2,
    "projector.hidden": 128,
    "projector.dimension": 64,
    "method.kind": "simclr",
    "optimiser.kind": "sgd",
    "train.batch": images,
    "train.steps": 100000,
    "measures.cadence.every": 100000,
    device,
  };
  for (const name of plain ? AUGMENTATIONS : []) experiment[`augment.${name}.probability`] = 0;
  return `#${new URLSearchParams(experiment)}`;
}

/** `data-testid="name"` as a selector. */
export const testId = (name) => `[data-testid="${name}"]`;

/** Starts noting, inside the page: every change of the step count, every long task, every frame. */
export async function watch(page) {
  await page.addInitScript(() => {
    const notes = { steps: [], longTasks: [], frames: [], played: undefined };
    window.benchNotes = notes;
    let last = -1;
    const look = () => {
      const text = document.querySelector('[data-testid="steps"]')?.textContent?.replace(/[,'\u00a0\u202f]/g, "");
      const count = Number(text?.match(/\d+/)?.[0] ?? -1);
      if (count !== last && count >= 0) notes.steps.push([performance.now(), count]);
      last = count;
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) notes.longTasks.push([entry.startTime, entry.duration]);
    }).observe({ type: "longtask", buffered: true });
    const frame = (now) => {
      notes.frames.push(now);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

/** What was noted so far. */
export const notes = (page) => page.evaluate(() => window.benchNotes);

/** Fails if the page shows that something went wrong. */
export async function refuseFault(page) {
  const fault = page.locator(testId("fault"));
  if (await fault.count()) throw new Error(`the page shows a fault: ${(await fault.first().innerText()).replace(/\s+/g, " ")}`);
}

/** Waits until the page's play button can be pressed, presses it, and waits for the first step. */
export async function play(page, cap) {
  const deadline = Date.now() + cap * 1000;
  await page.locator(`${testId("play")}:enabled`).waitFor({ timeout: cap * 1000 });
  const playable = await page.evaluate(() => performance.now());
  await page.evaluate((selector) => {
    window.benchNotes.played = performance.now();
    document.querySelector(selector).click();
  }, testId("play"));
  for (;;) {
    await refuseFault(page);
    const seen = await notes(page);
    const first = seen.steps.find(([at, count]) => at >= seen.played && count >= 1);
    if (first) return { playable_ms: playable, first_ms: first[0] - seen.played };
    if (Date.now() > deadline) throw new Error(`no step within ${cap} s`);
    await pause(50);
  }
}

/** Milliseconds a step over windows of at least `window` ms, from [time, count] notes after `from` steps. */
export function windows(steps, from, window) {
  const late = steps.filter(([, count]) => count >= from);
  const found = [];
  let start = late[0];
  for (const note of late) {
    if (note[0] - start[0] < window || note[1] <= start[1]) continue;
    found.push((note[0] - start[0]) / (note[1] - start[1]));
    start = note;
  }
  return found;
}

/** `augsphere cpu`, `augsphere cpu, augmentations off`. */
export const oursName = (device, plain) => `augsphere ${device}${plain ? ", augmentations off" : ""}`;

/**
 * Times our step on `device` (`cpu` or `gpu`), augmentation, events and charts included.
 * @param size `{images, warmup, seconds, cap}`; `seconds` of training are watched after `warmup` steps
 * @param options `plain` turns the augmentations off
 * @returns the form of `measurePeer`
 */
export async function measureOurs(device, size, options = {}) {
  const server = await serve({ "/": dist() }, {});
  const name = oursName(device, options.plain);
  try {
    return await withBrowser(async (page) => {
      await watch(page);
      await page.goto(`${server.address}/${link(size.images, device, options.plain)}`);
      const { first_ms } = await play(page, size.cap);
      const began = Date.now();
      const count = (seen) => seen.steps.at(-1)?.[1] ?? 0;
      while (count(await notes(page)) < size.warmup && Date.now() - began < size.cap * 1000) await pause(100);
      await pause(size.seconds * 1000);
      await refuseFault(page);
      const seen = await notes(page);
      const times = windows(seen.steps.filter(([at]) => at > seen.played), size.warmup, 1500);
      const told = await page.locator(testId("device")).first().innerText();
      const loss = Number((await page.locator(testId("loss")).first().innerText()).match(/-?\d+(\.\d+)?/)?.[0]);
      const kind = device === "gpu" ? await adapter(page) : undefined;
      return { name, version: told.replace(/\s+/g, " "), adapter: kind, first_ms, losses: [loss], timed_out: times.length === 0, ...summary(times) };
    }, options);
  } catch (error) {
    return { name, losses: [], timed_out: false, failed: String(error.message ?? error), ...summary([]) };
  } finally {
    await server.close();
  }
}

/** First paint against the arrival of the worker's program, over a line of `kilobytesPerSecond`. */
async function arrival(kilobytesPerSecond) {
  const server = await serve({ "/": dist() }, { compress: true, kilobytesPerSecond });
  try {
    return await withBrowser(async (page) => {
      const began = Date.now();
      await page.goto(`${server.address}/#device=cpu`, { waitUntil: "commit" });
      // Play may be pressed before the worker is there; a first measurement says that it has come.
      await page.waitForFunction((name) => /\d/.test(document.querySelector(name)?.textContent ?? ""), testId("uniformity"), { timeout: 120_000 });
      const worker = server.sent.find(({ path }) => /worker.*\.wasm$/.test(path));
      if (!worker) throw new Error("no file called *worker*.wasm was asked for");
      const painted = await page.evaluate(() => {
        const entry = performance.getEntriesByName("first-contentful-paint")[0];
        return entry ? performance.timeOrigin + entry.startTime : undefined;
      });
      const once = [...new Map(server.sent.map((file) => [file.path, file])).values()];
      return {
        kilobytes_per_second: kilobytesPerSecond,
        first_paint_ms: painted === undefined ? undefined : painted - began,
        worker_arrived_ms: worker.at - began,
        files: once.map(({ path, raw, gzip, brotli }) => ({ path, raw, gzip, brotli })),
        gzip: once.reduce((sum, file) => sum + file.gzip, 0),
        brotli: once.reduce((sum, file) => sum + file.brotli, 0),
      };
    });
  } finally {
    await server.close();
  }
}

/** The pictures of a first look, which are computed and drawn while a run goes on. */
const BOARD = "plane,cosines,neighbours,spectrum";

/**
 * The default experiment on the CPU: time to the first step, and long tasks and frames of `seconds` of training; with a `board`, its
 * pictures are in view meanwhile.
 */
async function training(seconds, board = "") {
  const server = await serve({ "/": dist() }, {});
  try {
    return await withBrowser(async (page) => {
      await watch(page);
      await page.goto(`${server.address}/#device=cpu${board && `&board=${board}`}`);
      if (board) {
        await page.locator("[data-testid=board]").waitFor();
        await page.evaluate(() => document.querySelector("[data-testid=board]").scrollIntoView({ block: "start" }));
      }
      const started = await play(page, 120);
      await pause(seconds * 1000);
      await refuseFault(page);
      const seen = await notes(page);
      const during = seen.longTasks.filter(([at, duration]) => at + duration > seen.played).map(([, duration]) => duration);
      const before = seen.longTasks.filter(([at, duration]) => at + duration <= seen.played).map(([, duration]) => duration);
      const frames = seen.frames.filter((at) => at > seen.played + started.first_ms);
      const gaps = frames.slice(1).map((at, index) => at - frames[index]);
      return {
        ...started,
        seconds,
        steps: seen.steps.at(-1)[1],
        long_tasks: during.length,
        longest_task_ms: Math.max(0, ...during),
        longest_task_loading_ms: Math.max(0, ...before),
        frames_per_second: gaps.length / ((frames.at(-1) - frames[0]) / 1000),
        frame_p95_ms: quantile(gaps, 0.95),
      };
    });
  } finally {
    await server.close();
  }
}

/** Everything that is asked of the page besides its speed. */
export async function measurePage({ seconds = 20, kilobytesPerSecond = 1250 } = {}) {
  return { arrival: await arrival(kilobytesPerSecond), training: await training(seconds), pictures: await training(seconds, BOARD) };
}

/** The newest file of the built page, to say which build was measured. */
export function builtAt() {
  const times = readdirSync(dist()).map((file) => statSync(join(dist(), file)).mtimeMs);
  return new Date(Math.max(...times)).toISOString();
}
