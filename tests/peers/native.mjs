// How long does the native training step take, ours against PyTorch; which share of the machine's own rate is that; what does it launch
// on a GPU; how soon does a run start?
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cacheFolder, root } from "./places.mjs";

/**
 * The steps to time: encoder and images a batch (twice as many views), 32x32x3; `asked` is PyTorch's time over ours. Steps that take
 * seconds are `few`, and taken in no more than so many `rounds`.
 */
export const CASES = [
  { encoder: "small", images: 64, asked: "0.5" },
  { encoder: "small", images: 128, asked: "0.5" },
  { encoder: "small", images: 256, asked: "0.5" },
  { encoder: "tiny", images: 32, asked: "0.5" },
  { encoder: "small", images: 1024, asked: "1.0", few: true, rounds: 2 },
  { encoder: "resnet18", images: 64, asked: "1.0 (goal: 1.3)", few: true, rounds: 2 },
  { encoder: "resnet18", images: 256, asked: "1.0 (goal: 1.3)", few: true, rounds: 1 },
];

/** The encoders whose launches are counted. */
export const COUNTED = ["tiny", "small", "resnet18"];

/** Seconds for a device with all encoders: the 20 of the short form are too few for `resnet18` on a busy CPU, and for `small` in software. */
const LONG = 40;

/** The augmented distances to time: images of one class and views of each, 32x32x3. */
export const DISTANCES = [
  { images: 24, views: 16 },
  { images: 100, views: 16 },
  { images: 500, views: 16 },
];

const python = () => join(cacheFolder(), "venv", "bin", "python");
/** Where cargo builds. */
export const target = () => process.env.CARGO_TARGET_DIR || join(cacheFolder(), "target");

/** The last line of a program's output, read as JSON. */
function jsonOf(program, given, threads) {
  const env = { ...process.env, RAYON_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
  const { status, stdout, stderr, error } = spawnSync(program, given, { cwd: root, env, encoding: "utf8" });
  if (error || status !== 0) throw new Error(`${program} ${given.join(" ")} failed: ${error?.message ?? stderr.trim().split("\n").slice(-5).join(" / ")}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/** Builds what is measured, with `AUGSPHERE_BENCH_CARGO` (flags such as `--no-default-features`); true if it could be built. */
export function build() {
  const flags = (process.env.AUGSPHERE_BENCH_CARGO ?? "").split(" ").filter(Boolean);
  // All native crates at once: a selection of packages would give burn other features, and compile it again.
  const given = ["build", "--release", ...flags, "--bins", "--example", "step", "--example", "methods", "--example", "views", "--example", "measures"];
  return spawnSync("cargo", given, { cwd: root, stdio: "inherit", env: { ...process.env, CARGO_TARGET_DIR: target() } }).status === 0;
}

/** Our step: the engine's example, built before. */
export function measureOurs({ encoder, images }, threads) {
  const given = ["--encoder", encoder, "--images", String(images), "--device", "cpu"];
  return jsonOf(join(target(), "release", "examples", "step"), given, threads);
}

/** A step of every method, in turn in one process. */
export function measureMethods(threads) {
  return jsonOf(join(target(), "release", "examples", "methods"), ["--encoder", "small", "--images", "64"], threads);
}

/** The views of 128 images, and a step on as many, in turn in one process. */
export function measureViews(threads) {
  return jsonOf(join(target(), "release", "examples", "views"), ["--encoder", "small", "--images", "128"], threads);
}

/** The same views by torchvision and kornia. */
export function measureLibraryViews(threads) {
  return jsonOf(python(), [join(root, "tests/peers/augment.py"), "--images", "128", "--threads", String(threads)], threads);
}

/** What `augsphere bench --quick` finds on a device; the first of `devices` of its JSON. */
function measureDevice(device, seconds, threads) {
  const given = ["bench", "--quick", "--json", "--device", device, "--seconds", String(seconds)];
  return jsonOf(join(target(), "release", "augsphere"), given, threads).devices[0];
}

/** This machine's own rate of matrix products, and which share of it steps reach; once with `all` encoders is enough. */
export const measureRates = (threads, all) => measureDevice("cpu", all ? LONG : 20, threads);

/** Launches and submits of a step on a GPU adapter; `{ none: true }` without one. */
export function measureAdapter(threads) {
  try {
    return measureDevice("gpu", LONG, threads);
  } catch (error) {
    if (/no GPU adapter could be found/.test(error.message)) return { none: true };
    throw error;
  }
}

/** PyTorch's step, the better of its two memory layouts, or that of one. */
export function measurePyTorch({ encoder, images, few }, threads, layout = "both") {
  const given = ["--encoder", encoder, "--images", String(images), "--threads", String(threads), "--layout", layout];
  if (few) given.push("--warmup", "1", "--steps", "3");
  return jsonOf(python(), [join(root, "tests/peers/pytorch/step.py"), ...given], threads);
}

/** Our augmented distances, with this device's own matrix products beside them in the same process. */
export function measureDistance({ images, views }, threads) {
  return jsonOf(join(target(), "release", "examples", "distance"), ["--images", String(images), "--views", String(views), "--device", "cpu"], threads);
}

/** The measures at the size of a full data set: seconds and rates. */
export function measureMeasures(threads) {
  return jsonOf(join(target(), "release", "examples", "measures"), [], threads);
}

/** An experiment as large as all of CIFAR-10, on drawn images; measured once in so many of its 100 steps. */
function fullSize(every, threads) {
  const folder = mkdtempSync(join(tmpdir(), "augsphere-bench-"));
  const settings = { "data.kind": "shapes", "data.train": 45000, "data.validation": 5000, "data.test": 16, "train.steps": 100, "measures.cadence.every": every };
  const given = Object.entries(settings).flatMap(([path, value]) => ["--set", `${path}=${value}`]);
  jsonOf(join(target(), "release", "augsphere"), ["run", "cifar10-simclr", ...given, "--device", "cpu", "--json", "--out", join(folder, "run")], threads);
  const { seconds, wall_seconds } = JSON.parse(readFileSync(join(folder, "run", "summary.json"), "utf8"));
  rmSync(folder, { recursive: true, force: true });
  return { seconds, wall_seconds };
}

/** What a measurement on the way takes, beside the training of the 100 steps between two of them: the same run with four more measurements. */
export function measureShare(threads) {
  const [few, many] = [fullSize(1000000, threads), fullSize(20, threads)];
  const seconds = (many.wall_seconds - many.seconds - (few.wall_seconds - few.seconds)) / 4;
  return { seconds, training: few.seconds, share: seconds / (seconds + few.seconds) };
}

/** PyTorch's, with its plain product of all views with all views. */
export function measurePyTorchDistance({ images, views }, threads) {
  const given = [join(root, "tests/peers/pytorch/distance.py"), "--images", String(images), "--views", String(views), "--threads", String(threads)];
  return jsonOf(python(), given, threads);
}

/** Whether PyTorch is installed where the bench installs it. */
export const hasPyTorch = () => existsSync(python());

/** The metrics.jsonl somewhere below a folder, as text. */
function metrics(folder) {
  const file = readdirSync(folder, { recursive: true }).find((name) => String(name).endsWith("metrics.jsonl"));
  return file ? readFileSync(join(folder, String(file)), "utf8") : "";
}

/**
 * Runs `shapes-simclr` for one step as a person would.
 * @returns `first_step_ms` from starting the program to the first step's line in metrics.jsonl (undefined if the file
 *   never names step 1), and `whole_ms` until it ended, last measures and files included
 */
export async function measureStart() {
  const folder = mkdtempSync(join(tmpdir(), "augsphere-bench-"));
  const given = ["run", "shapes-simclr", "--set", "train.steps=1", "--device", "cpu", "--out", join(folder, "run"), "--json"];
  const began = performance.now();
  const child = spawn(join(target(), "release", "augsphere"), given, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes) => {
    said += bytes;
  });
  let ended;
  const end = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      ended = performance.now();
      resolve(code);
    });
  });
  let first;
  try {
    while (ended === undefined && first === undefined) {
      await Promise.race([end, pause(5)]);
      if (/"step":\s*1\b/.test(metrics(folder))) first = performance.now() - began;
    }
    if ((await end) !== 0) throw new Error(`augsphere run failed: ${said.trim().split("\n").slice(-3).join(" / ")}`);
    return { first_step_ms: first, whole_ms: ended - began };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
