// The core of the tests once more in Firefox, on its CPU and on its WebGPU.
import assert from "node:assert/strict";
import { cifar10 } from "./archive.mjs";
import { cpu, small } from "./experiments.mjs";
import { stays } from "./fields.mjs";
import { liveKnob, playPauseStepReset, spreads } from "./first-steps.mjs";

const STEPS = 12;

/** Both of the browser's devices have the same losses. */
async function sameLosses(driver) {
  const found = [];
  for (const device of ["cpu", "gpu"]) {
    await driver.open({ ...small, device, "train.steps": STEPS });
    assert.match(await driver.text("device"), device === "gpu" ? /GPU/ : /CPU/);
    await driver.play(STEPS);
    found.push(await driver.losses());
  }
  const [onCpu, onGpu] = found;
  assert.equal(onCpu.size, STEPS);
  for (const [step, loss] of onCpu) assert.ok(Math.abs(onGpu.get(step) - loss) < 2e-3 * loss, `step ${step}: ${loss} on the CPU, ${onGpu.get(step)} on WebGPU`);
  await driver.noFault();
}

async function archive(driver) {
  await driver.open(cpu);
  await driver.offer(["cifar-10-binary.tar.gz", cifar10(200, 100)]);
  await driver.until("the archive to be used", async () => /CIFAR-10/.test(await driver.text("data-name")));
  await driver.ready();
  await driver.play(2);
}

const both = [false, true];
const experiment = (gpu) => ({ ...small, device: gpu ? "gpu" : "cpu" });

export const cases = [
  { name: "play, pause, step, reset", gpus: both, test: playPauseStepReset },
  { name: "the dots spread, played as it opens", gpus: both, test: (driver, gpu) => spreads(driver, gpu, "as it opens", experiment(gpu)) },
  { name: "the dots spread, played after a reset", gpus: both, test: (driver, gpu) => spreads(driver, gpu, "after a reset", experiment(gpu)) },
  { name: "both devices have the same losses", gpu: true, test: sameLosses },
  { name: "a live knob changes a run", gpus: both, test: liveKnob },
  { name: "what cannot be stays marked", test: stays },
  { name: "an archive is trained on", test: archive },
].map((one) => ({ ...one, firefox: true }));
