// Does the browser's CPU compute what the terminal's CPU computes?
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

/** Losses by step, as the terminal writes them. */
function terminal() {
  const program = join(process.env.CARGO_TARGET_DIR || "target", "release", "augsphere");
  assert.ok(existsSync(program), `${program} is missing: cargo build --release`);
  const out = join(mkdtempSync(join(tmpdir(), "augsphere-")), "run");
  const experiment = join(mkdtempSync(join(tmpdir(), "augsphere-")), "experiment.toml");
  execFileSync("sh", ["-c", `echo 'version = 1' > ${experiment}`]);
  const overrides = Object.entries(knobs).flatMap(([path, value]) => ["--set", `${path}=${value}`]);
  execFileSync(program, ["run", experiment, ...overrides, "--device", "cpu", "--out", out], { stdio: "pipe" });
  const lines = readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  return new Map(lines.filter((line) => "loss" in line).map((line) => [line.step, line.loss]));
}

/** The same as the page's file of numbers has them. */
async function page(driver) {
  await driver.open({ ...knobs, device: "cpu" });
  await driver.click("play");
  await driver.reach(STEPS);
  await driver.page.getByText("Save", { exact: true }).first().click();
  const [download] = await Promise.all([driver.page.waitForEvent("download"), driver.page.getByText("metrics.csv", { exact: false }).first().click()]);
  const [head, ...rows] = readFileSync(await download.path(), "utf8").trim().split("\n").map((line) => line.split(","));
  const column = head.indexOf("loss");
  return new Map(rows.filter((row) => row[column]).map((row) => [Number(row[0]), Number(row[column])]));
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

export const cases = [{ name: "the wasm CPU curve equals the native one", test: sameCurve }];
