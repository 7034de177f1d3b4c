// How fast are we beside what people would use instead? Runs the parts, keeps their raw numbers, writes the document.
//
//   node tests/peers/bench.mjs [native] [methods] [augment] [distance] [measures] [browser] [page] [keeping] [--rounds 3] [--no-build] [--peers-only] [--headed] [--render] [--kit FOLDER]
//
// Without a part: all eight. The raw numbers of each part stay in $AUGSPHERE_CACHE/bench/PART.json, and
// docs/benchmarks.md is always written from the newest of each; what has no raw numbers here stays as the document has it.
// With --kit nothing is measured: what the kit of scripts/gpu_kit.sh has found on another machine goes into the document.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureOneCheckpoint, measureSoak, measureStores, SOAK_IMAGES } from "./browser/keeping.mjs";
import { builtAt, built, measureOurs as ourPage, measurePage, oursName } from "./browser/ours.mjs";
import { PEERS, measurePeer, nameOf } from "./browser/peers.mjs";
import { measureKeeping, RUNS } from "./keeping.mjs";
import { keepKit, keptKits, readKit } from "./kit.mjs";
import { machine } from "./machine.mjs";
import * as native from "./native.mjs";
import { cacheFolder, root } from "./places.mjs";
import { document, withCards } from "./table.mjs";

const PARTS = ["native", "methods", "augment", "distance", "measures", "browser", "page", "keeping"];
const THREADS = 2;

// `warmup` and `steps` are per browser; a library too slow for `cap` seconds is cut off and said to be.
const SIZES = [
  { label: "32 images", images: 32, side: 32, warmup: 3, steps: 7, cap: 180, seconds: 15, kinds: ["cpu", "gpu"] },
  { label: "8 images", images: 8, side: 32, warmup: 3, steps: 15, cap: 120, seconds: 15, kinds: ["gpu"] },
];

const log = (text) => console.error(`bench: ${text}`);
const shown = (result) =>
  result.failed ? `failed: ${result.failed}` : result.steps ? `${result.median_ms.toFixed(1)} ms (${result.steps} samples)` : "timed out";

/** Runs one measurement; a failure is a result too, so that the others still run. */
async function attempt(name, run) {
  let result;
  try {
    result = await run();
  } catch (error) {
    result = { name, steps: 0, failed: String(error.message ?? error) };
  }
  log(`  ${name}: ${shown(result)}`);
  return result;
}

/** What `augsphere bench` finds on a device; why there is nothing, if it fails. */
function found(name, measure) {
  try {
    return measure();
  } catch (error) {
    log(`${name}: ${error.message}`);
    return { failed: error.message };
  }
}

/** Ours and PyTorch in turn, `rounds` times over all cases with the machine's own rates before each; launches; the start of a run. */
async function runNative(given) {
  if (!given.build || native.build()) log("native: ours is built");
  else log("native: ours could not be built; only PyTorch is measured");
  const [rounds, rates] = [[], []];
  for (let round = 0; round < given.rounds; round += 1) {
    if (!given.peersOnly) {
      rates.push(found("rates of this machine", () => native.measureRates(THREADS, round === 0)));
      log(`matrix products, round ${round + 1} of ${given.rounds}: ${rates.at(-1).gemm_gflops ?? "no"} GFLOP/s`);
    }
    for (const { encoder, images, few, rounds: most = given.rounds } of native.CASES) {
      if (round >= most) continue;
      const one = { encoder, images, few };
      log(`native ${encoder}, ${images} images, round ${round + 1} of ${Math.min(most, given.rounds)}`);
      const ours = given.peersOnly ? undefined : await attempt("augsphere", () => native.measureOurs(one, THREADS));
      // Where steps are long, the layout that was better in the first round stands for both.
      const before = few && rounds.find((other) => other.encoder === encoder && other.images === images);
      const peer = native.hasPyTorch()
        ? await attempt("PyTorch", () => native.measurePyTorch(one, THREADS, before?.peer?.layout))
        : { name: "PyTorch", steps: 0, failed: "not installed" };
      rounds.push({ ...one, round, ours, peer });
    }
  }
  const adapter = given.peersOnly ? undefined : found("launches on a GPU adapter", () => native.measureAdapter(THREADS));
  const starts = [];
  for (let round = 0; round < given.rounds && !given.peersOnly; round += 1) {
    starts.push(await native.measureStart().catch((error) => ({ failed: String(error.message) })));
    log(`start of shapes-simclr: ${JSON.stringify(starts.at(-1))}`);
  }
  return { threads: THREADS, rounds, rates, adapter, starts };
}

/** A step of every method beside SimCLR's, `rounds` times. */
async function runMethods(given) {
  if (given.build && !native.build()) throw new Error("ours could not be built");
  const runs = [];
  for (let round = 0; round < given.rounds; round += 1) {
    log(`methods, round ${round + 1} of ${given.rounds}`);
    runs.push(native.measureMethods(THREADS));
  }
  return { threads: THREADS, runs };
}

/** The views of a batch, ours and the libraries' in turn, `rounds` times. */
async function runAugment(given) {
  if (given.build && !native.build()) throw new Error("ours could not be built");
  if (!native.hasPyTorch()) throw new Error("PyTorch, torchvision and kornia are not installed");
  const runs = [];
  for (let round = 0; round < given.rounds; round += 1) {
    log(`augment, round ${round + 1} of ${given.rounds}`);
    runs.push({ ours: native.measureViews(THREADS), peers: native.measureLibraryViews(THREADS) });
  }
  return { threads: THREADS, runs };
}

/** Augmented distances, ours and PyTorch's in turn, `rounds` times over all cases. */
async function runDistance(given) {
  if (given.build && !native.build()) log("distance: ours could not be built; only PyTorch is measured");
  const rounds = [];
  for (let round = 0; round < given.rounds; round += 1) {
    for (const one of native.DISTANCES) {
      log(`distance ${one.images} images, ${one.views} views, round ${round + 1} of ${given.rounds}`);
      const ours = given.peersOnly ? undefined : await attempt("augsphere", () => native.measureDistance(one, THREADS));
      const peer = native.hasPyTorch()
        ? await attempt("PyTorch", () => native.measurePyTorchDistance(one, THREADS))
        : { name: "PyTorch", steps: 0, failed: "not installed" };
      rounds.push({ ...one, round, ours, peer });
    }
  }
  return { threads: THREADS, rounds };
}

/** The measures at full size, and their share of a run, `rounds` times. */
async function runMeasures(given) {
  if (given.build && !native.build()) throw new Error("ours could not be built");
  const runs = [];
  for (let round = 0; round < given.rounds; round += 1) {
    log(`measures, round ${round + 1} of ${given.rounds}`);
    runs.push({ measures: native.measureMeasures(THREADS), share: native.measureShare(THREADS) });
    log(`  a measurement takes ${(100 * runs.at(-1).share.share).toFixed(1)} % of training`);
  }
  return { threads: THREADS, runs };
}

/** Ours and each library in turn, each in a browser of its own, `rounds` times. */
async function runBrowser(given) {
  const ours = !given.peersOnly && built();
  if (!ours) log(given.peersOnly ? "browser: libraries only" : "browser: there is no dist/ (run `make build`); only the libraries are measured");
  const rounds = [];
  for (let round = 0; round < given.rounds; round += 1) {
    for (const size of SIZES) {
      for (const kind of size.kinds) {
        log(`browser ${kind}, ${size.label}, round ${round + 1} of ${given.rounds}`);
        const results = [];
        for (const plain of ours ? [false, true] : []) {
          const result = await attempt(oursName(kind, plain), () => ourPage(kind, size, { ...given, plain }));
          results.push({ ours: !plain, plain, ...result });
        }
        for (const peer of PEERS.filter((one) => one.kind === kind)) {
          results.push(await attempt(nameOf(peer), () => measurePeer(peer, size, given)));
        }
        rounds.push({ kind, size: size.label, images: size.images, round, results });
      }
    }
  }
  refuseDisagreement(rounds);
  return { built: ours ? builtAt() : undefined, rounds };
}

/** Libraries that start from the same weights and images must give the same losses, or they do not do the same step. */
function refuseDisagreement(rounds) {
  for (const { size, results } of rounds) {
    const peers = results.filter((result) => result.losses?.length > 2);
    for (const peer of peers) {
      const off = Math.abs(peer.losses[2] - peers[0].losses[2]);
      if (!(off < 1e-3)) throw new Error(`${size}: ${peer.name} and ${peers[0].name} disagree on the third loss by ${off}`);
    }
  }
}

/** The page by itself: paint, transfer, long tasks, first step. */
async function runPage(given) {
  if (!built()) throw new Error("there is no dist/: run `make build` first, or leave out the part `page`");
  const runs = [];
  for (let round = 0; round < given.rounds; round += 1) {
    log(`page, round ${round + 1} of ${given.rounds}`);
    runs.push(await measurePage({}));
    const { training } = runs.at(-1);
    log(`  first step ${training.first_ms.toFixed(0)} ms after play, longest task ${training.longest_task_ms.toFixed(0)} ms`);
  }
  return { built: builtAt(), runs };
}

/** What keeping a run costs: in the terminal and on the page, `rounds` times; once, whether the page's memory stays flat. */
async function runKeeping(given) {
  if (given.build && !native.build()) throw new Error("ours could not be built");
  const rounds = [];
  for (let round = 0; round < given.rounds; round += 1) {
    for (const run of RUNS.filter(({ rounds: most = given.rounds }) => round < most)) {
      log(`keeping ${run.encoder}, round ${round + 1}`);
      rounds.push(await measureKeeping(run, THREADS).catch((error) => ({ encoder: run.encoder, failed: String(error.message) })));
      const { failed, write_seconds: write, share } = rounds.at(-1);
      log(failed ? `  failed: ${failed}` : `  a write takes ${(1000 * write).toFixed(0)} ms, writing ${(100 * share).toFixed(1)} % of training`);
    }
  }
  const none = { failed: "there is no dist/ (run `make build`)" };
  const asked = (measure) => (built() ? measure().catch((error) => ({ failed: String(error.message) })) : none);
  log("keeping, the page");
  const turns = 2 * given.rounds;
  const page = await asked(() => measureStores({ turns, seconds: 20, log: (text) => log(`  ${text}`) }));
  const checkpoints = [];
  for (let round = 0; round < given.rounds; round += 1) checkpoints.push(await asked(measureOneCheckpoint));
  const soak = await asked(() => measureSoak((text) => log(`  ${text}`)));
  for (const { failed } of [page, ...checkpoints, soak]) if (failed) log(`  failed: ${failed}`);
  return { threads: THREADS, built: built() ? builtAt() : undefined, native: rounds, page, page_turns: turns, checkpoints, soak, soak_images: SOAK_IMAGES };
}

const RUN = {
  native: runNative,
  methods: runMethods,
  augment: runAugment,
  distance: runDistance,
  measures: runMeasures,
  browser: runBrowser,
  page: runPage,
  keeping: runKeeping,
};

function keep(folder, part, record) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${part}.json`), `${JSON.stringify(record, null, 1)}\n`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      "no-build": { type: "boolean", default: false },
      "peers-only": { type: "boolean", default: false },
      headed: { type: "boolean", default: false },
      render: { type: "boolean", default: false },
      kit: { type: "string" },
    },
  });
  const parts = positionals.length > 0 ? positionals : PARTS;
  const unknown = parts.find((part) => !PARTS.includes(part));
  const rounds = Number(values.rounds);
  if (unknown || !(rounds >= 1)) {
    log(unknown ? `unknown part '${unknown}': use any of ${PARTS.join(", ")}` : "--rounds wants a number of at least 1");
    process.exit(2);
  }
  const given = { rounds, build: !values["no-build"], peersOnly: values["peers-only"], headed: values.headed };
  const folder = join(cacheFolder(), "bench");
  if (values.kit !== undefined) {
    try {
      log(`kept ${keepKit(folder, readKit(values.kit))}`);
    } catch (error) {
      log(error.message);
      process.exit(1);
    }
  }
  let failed = false;
  for (const part of values.render || values.kit !== undefined ? [] : parts) {
    const before = machine();
    if (before.load > 0.5) log(`the machine is busy (load ${before.load.toFixed(1)}): the numbers will be rough`);
    try {
      const began = Date.now();
      const result = await RUN[part](given);
      keep(folder, part, { machine: before, minutes: (Date.now() - began) / 60000, ...result });
    } catch (error) {
      failed = true;
      log(`${part} failed: ${error.message}`);
    }
  }
  const records = Object.fromEntries(
    PARTS.map((part) => [part, join(folder, `${part}.json`)])
      .filter(([, file]) => existsSync(file))
      .map(([part, file]) => [part, JSON.parse(readFileSync(file, "utf8"))]),
  );
  const file = process.env.AUGSPHERE_BENCH_DOC || join(root, "docs", "benchmarks.md");
  const now = existsSync(file) ? readFileSync(file, "utf8") : "";
  const kits = keptKits(folder);
  writeFileSync(file, values.kit !== undefined && /^## /m.test(now) ? withCards(now, kits) : document(records, kits, now));
  log(`wrote ${file}`);
  process.exit(failed ? 1 : 0);
}

await main();
