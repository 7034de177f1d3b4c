// The browser's CPU and its WebGPU beside the terminal's CPU, also for one method after another.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const STEPS = 20;
const knobs = {
  "data.kind": "shapes",
  "data.side": 16,
  "data.train": 128,
  "data.validation": 64,
  "data.test": 64,
  "encoder.size": "tiny",
  "projector.dimension": 3,
  "optimiser.kind": "sgd",
  "optimiser.learning_rate": 0.05,
  "train.batch": 32,
  "train.steps": STEPS,
  "train.warmup": 5,
  "measures.cadence.images": 64,
};

/** Losses by step, as the terminal writes them; `changes` are `[step, path, value]`. */
function terminal(changes = []) {
  const program = join(process.env.CARGO_TARGET_DIR || "target", "release", "augsphere");
  assert.ok(existsSync(program), `${program} is missing: cargo build --release`);
  const out = join(mkdtempSync(join(tmpdir(), "augsphere-")), "run");
  const experiment = join(mkdtempSync(join(tmpdir(), "augsphere-")), "experiment.toml");
  execFileSync("sh", ["-c", `echo 'version = 1' > ${experiment}`]);
  const overrides = Object.entries(knobs).flatMap(([path, value]) => ["--set", `${path}=${value}`]);
  const planned = changes.flatMap(([at, path, value]) => ["--change", `${at}:${path}=${value}`]);
  execFileSync(program, ["run", experiment, ...overrides, ...planned, "--device", "cpu", "--out", out], { stdio: "pipe" });
  const lines = readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  return new Map(lines.filter((line) => "loss" in line).map((line) => [line.step, line.loss]));
}

/** The same as the page's file of numbers has them. */
async function page(driver, device = "cpu", changes = []) {
  const planned = Object.fromEntries(changes.map(([at, path, value]) => [`at.${at}.${path}`, value]));
  await driver.open({ ...knobs, ...planned, device });
  await driver.play(STEPS);
  return driver.losses();
}

async function sameCurve(driver) {
  const native = terminal();
  const wasm = await page(driver);
  assert.equal(native.size, STEPS);
  assert.equal(wasm.size, STEPS);
  // Sums are taken in another order (vectors of 4 instead of 8 or 16 numbers): 1e-7 a step, amplified by training.
  for (const [step, loss] of native) {
    assert.ok(Math.abs(wasm.get(step) - loss) < 2e-3 * loss, `step ${step}: ${loss} in the terminal, ${wasm.get(step)} in the page`);
  }
}

/** Two steps of each method in one run: the encoder goes on, heads, targets and what methods remember come anew. */
const following = (methods) => [
  // Large steps of unscaled losses would amplify the last digit until nothing can be compared.
  [0, "optimiser.learning_rate", 0.001],
  ...methods.map((method, index) => [2 * (index + 1), "method.kind", method]),
];

async function sameMethods(driver, device, methods, tolerance) {
  const changes = following(methods);
  const native = terminal(changes);
  const found = await page(driver, device, changes);
  assert.equal(found.size, STEPS);
  for (const [step, loss] of native) {
    const method = ["simclr", ...methods][Math.floor((step - 1) / 2)];
    const gap = Math.abs(found.get(step) - loss);
    assert.ok(gap < tolerance * Math.max(1, Math.abs(loss)), `step ${step}, ${method}: ${loss} in the terminal, ${found.get(step)} in the page`);
  }
}

const ALL = ["infonce", "moco_v2", "spectral", "alignment_uniformity", "byol", "direct_pred", "barlow_twins", "vicreg", "unigrad"];
const SOME = ["moco_v2", "byol", "vicreg", "unigrad"];

export const cases = [
  { name: "the wasm CPU curve equals the native one", test: sameCurve },
  { name: "methods in turn have the terminal's losses on the CPU", test: (driver) => sameMethods(driver, "cpu", ALL, 2e-3) },
  { name: "methods in turn have the terminal's losses on WebGPU", gpu: true, test: (driver) => sameMethods(driver, "gpu", SOME, 1e-2) },
];
