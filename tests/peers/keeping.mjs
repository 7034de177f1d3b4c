// What does it cost the terminal to keep a run: how long does it write, how much, and how often?
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { target } from "./native.mjs";
import { cacheFolder, root } from "./places.mjs";

/**
 * The runs to measure: `images` a batch and `steps` at the terminal's own cadence; `often` is the short run of small batches in which a write
 * is timed, since what is written does not depend on the batch. Steps that take seconds are taken in no more than so many `rounds`.
 */
export const RUNS = [
  { encoder: "small", images: 64, steps: 150, often: { images: 4, steps: 100, every: 2 } },
  { encoder: "resnet18", images: 16, steps: 30, often: { images: 2, steps: 16, every: 2 }, rounds: 2 },
];

/** Few images, so that measures do not hide what writing takes: they are in a run's time, too. */
const DATA = { "data.kind": "shapes", "data.train": 256, "data.validation": 64, "data.test": 16 };

const NEVER = 1_000_000;

const encoderOf = (name) => (name === "resnet18" ? { "encoder.kind": "resnet18" } : { "encoder.kind": "conv", "encoder.size": name });

/** How often a file in `folder` is replaced as a whole from now on; ask before the folder is gone. */
function replacements(folder, file) {
  let count = 0;
  const watching = watch(folder, (kind, name) => {
    if (kind === "rename" && name === file) count += 1;
  });
  return { count: () => count, close: () => watching.close() };
}

/**
 * A run of `augsphere run` on the CPU in a folder of its own, on the disk where the cache is.
 * @returns `seconds` of training, `other_seconds` (everything else: set-up, measures, writing), how often it was written (`writes`, the untrained
 *   network's among them), and the bytes of a checkpoint and of the weights beside it
 */
async function run({ encoder, images, steps, measured = true, every }, threads) {
  const within = join(cacheFolder(), "bench");
  mkdirSync(within, { recursive: true });
  const folder = mkdtempSync(join(within, "keeping-"));
  const settings = { ...DATA, ...encoderOf(encoder), "train.batch": images, "train.steps": steps };
  if (!measured) settings["measures.cadence.every"] = NEVER;
  const given = ["run", "shapes-simclr", "--device", "cpu", "--json", "--out", folder];
  for (const [path, value] of Object.entries(settings)) given.push("--set", `${path}=${value}`);
  if (every) given.push("--checkpoint-every", String(every));
  const written = replacements(folder, "encoder.safetensors");
  try {
    await carryOut(given, threads);
    const { seconds, wall_seconds: wall } = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8"));
    const bytes = (name) => statSync(join(folder, name)).size;
    const sizes = { checkpoint_bytes: bytes("checkpoint.safetensors"), weights_bytes: bytes("encoder.safetensors") };
    return { seconds, other_seconds: wall - seconds, writes: written.count(), ...sizes };
  } finally {
    written.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function carryOut(given, threads) {
  const program = join(target(), "release", "augsphere");
  const child = spawn(program, given, { cwd: root, env: { ...process.env, RAYON_NUM_THREADS: String(threads) }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes) => {
    said += bytes;
  });
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`${program} ${given.join(" ")} failed: ${said.trim().split("\n").slice(-3).join(" / ")}`);
}

/**
 * What keeping a run of {@link RUNS} costs. A write is timed by two runs in turn that differ in nothing but how often they are written: what
 * one takes longer outside of training, over its further writes. The number of writes at the terminal's own cadence is counted.
 * @returns `write_seconds`; `own`, the run at that cadence; `step_seconds` in it; and its `share`, writing over training
 */
export async function measureKeeping({ encoder, images, steps, often }, threads) {
  const one = { encoder, images: often.images, steps: often.steps, measured: false };
  const rarely = await run({ ...one, every: NEVER }, threads);
  const much = await run({ ...one, every: often.every }, threads);
  const further = much.writes - rarely.writes;
  if (!(further > 0)) throw new Error(`${encoder}: ${much.writes} writes where every ${often.every} steps were asked for, ${rarely.writes} where none were`);
  const own = await run({ encoder, images, steps }, threads);
  const write = (much.other_seconds - rarely.other_seconds) / further;
  // The first is of the untrained network, before there is any training.
  const share = ((own.writes - 1) * write) / own.seconds;
  return { encoder, images, steps, write_seconds: write, timed_writes: further, own, step_seconds: own.seconds / steps, share };
}
