// The browser's CPU and its WebGPU beside the terminal's CPU, also for one method after another.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { named } from "./driver.mjs";

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

/** The terminal's program. */
function program() {
  const program = join(process.env.CARGO_TARGET_DIR || "target", "release", "augsphere");
  assert.ok(existsSync(program), `${program} is missing: cargo build --release`);
  return program;
}

/** The losses in a run folder by step. */
function recorded(folder) {
  const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  return new Map(lines.filter((line) => "loss" in line).map((line) => [line.step, line.loss]));
}

/** Losses by step, as the terminal writes them; `changes` are `[step, path, value]`. */
function terminal(changes = []) {
  const out = join(mkdtempSync(join(tmpdir(), "augsphere-")), "run");
  const experiment = join(mkdtempSync(join(tmpdir(), "augsphere-")), "experiment.toml");
  execFileSync("sh", ["-c", `echo 'version = 1' > ${experiment}`]);
  const overrides = Object.entries(knobs).flatMap(([path, value]) => ["--set", `${path}=${value}`]);
  const planned = changes.flatMap(([at, path, value]) => ["--change", `${at}:${path}=${value}`]);
  execFileSync(program(), ["run", experiment, ...overrides, ...planned, "--device", "cpu", "--out", out], { stdio: "pipe" });
  return recorded(out);
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

/** A run leaves the page as a file, goes on in the terminal, and comes back to the shelf with everything that it learnt there. */
async function thereAndBack(driver) {
  await driver.open({ ...knobs, device: "cpu" });
  const held = 7;
  for (let step = 1; step <= held; step += 1) {
    await driver.click("step");
    await driver.reach(step);
  }
  await driver.evaluate((shelf) => (document.querySelector(shelf).open = true), named("shelf"));
  const standing = () => driver.evaluate(() => [...document.querySelectorAll("[data-testid=run-standing]")].map(({ textContent }) => Number(textContent.match(/\d+/)[0])));
  await driver.until(`step ${held} to be kept`, async () => (await standing()).includes(held));
  const before = await driver.losses();
  const { name, bytes } = await driver.download(() => driver.click("export"));
  assert.match(name, /\.zip$/);

  const folder = mkdtempSync(join(tmpdir(), "augsphere-"));
  writeFileSync(join(folder, "page.zip"), bytes);
  execFileSync(program(), ["import", "page.zip", "--out", "theirs"], { cwd: folder, stdio: "pipe" });
  const [only, ...others] = readdirSync(join(folder, "theirs"));
  assert.deepEqual(others, []);
  const run = join(folder, "theirs", only);
  execFileSync(program(), ["resume", run], { cwd: folder, stdio: "pipe" });
  const native = recorded(run);
  assert.equal(native.size, STEPS, "the terminal took it to its end");
  for (const [step, loss] of before) assert.equal(Math.fround(native.get(step)), Math.fround(loss), `step ${step} is as the page told it`);

  execFileSync(program(), ["export", run, "--out", "terminal.zip"], { cwd: folder, stdio: "pipe" });
  await driver.give(named("import"), [["terminal.zip", readFileSync(join(folder, "terminal.zip"))]]);
  await driver.until("the run of the terminal beside the other", async () => (await standing()).sort((one, other) => one - other).join() === `${held},${STEPS}`);
  await driver.noFault();
  await driver.inspect("a run that was taken in");
  const theirs = await driver.evaluate((steps) => [...document.querySelectorAll(".run")].find((run) => run.querySelector("[data-testid=run-standing]").textContent.includes(`step ${steps} `)).dataset.testid, STEPS);
  await driver.clickOn(`${named(theirs)} ${named("run-resume")}`);
  await driver.until("the run on the page", async () => (await driver.steps()) === STEPS);
  for (const [step, loss] of await driver.losses()) assert.equal(Math.fround(loss), Math.fround(native.get(step)), `step ${step} is as the terminal told it`);
  await driver.noFault();
}

/** A file that holds no run is said to hold none, and the run on the page goes on. */
async function noRun(driver) {
  await driver.open({ ...knobs, device: "cpu" });
  await driver.evaluate((shelf) => (document.querySelector(shelf).open = true), named("shelf"));
  await driver.give(named("import"), [["no.zip", Buffer.from("PK and nothing else")]]);
  await driver.fault(/no whole \.zip file/);
  await driver.play(3);
}

export const cases = [
  { name: "the wasm CPU curve equals the native one", test: sameCurve },
  { name: "a run goes to the terminal and comes back", test: thereAndBack },
  { name: "a file without a run is refused in words", test: noRun },
  { name: "methods in turn have the terminal's losses on the CPU", test: (driver) => sameMethods(driver, "cpu", ALL, 2e-3) },
  { name: "methods in turn have the terminal's losses on WebGPU", gpu: true, test: (driver) => sameMethods(driver, "gpu", SOME, 1e-2) },
];
