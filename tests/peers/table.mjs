// How are the numbers put before a reader? docs/benchmarks.md as text, from the records of each part.
import { grouped, machineLines, mb, ms, percents, table } from "./format.mjs";
import { keepingSection, KEEPING_TITLE } from "./keeping-section.mjs";
import { kitSection, titleOf } from "./kit.mjs";
import { CASES, COUNTED } from "./native.mjs";
import { median } from "./statistics.mjs";

const times = (value) => (value === undefined ? "-" : value >= 10 ? value.toFixed(0) : value.toFixed(2));

/** `12.3 (11.9-14.0)`: the median over the rounds and their range; or why there is none. */
function cell(results) {
  const medians = results.filter((result) => result?.steps > 0).map((result) => result.median_ms);
  if (medians.length > 0) {
    const cut = results.some((result) => result?.timed_out) ? ", cut off" : "";
    return `${ms(median(medians))} (${ms(Math.min(...medians))}-${ms(Math.max(...medians))}${cut})`;
  }
  const failure = results.find((result) => result?.failed)?.failed;
  if (failure) return `failed: ${failure.replace(/[|\s]+/g, " ").slice(0, 80)}`;
  return results.some((result) => result?.timed_out) ? "timed out" : "-";
}

/** The median over the rounds of peer time by our time: above 1, we are faster. */
function ratio(pairs) {
  const ratios = pairs.filter(([ours, peer]) => ours?.steps > 0 && peer?.steps > 0).map(([ours, peer]) => peer.median_ms / ours.median_ms);
  return ratios.length > 0 ? { value: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) } : undefined;
}

const ratioCell = (found) => (found ? `**${times(found.value)}** (${times(found.low)}-${times(found.high)})` : "-");

/** 10^9 additions and multiplications of an image's step, as `augsphere bench` counts them: the same at every batch. */
function workOf(rates, encoder) {
  for (const { gemm_gflops: gemm, rows } of rates) {
    const row = rows?.find((one) => one.encoder === encoder && one.share_of_gemm);
    if (row) return (row.share_of_gemm * gemm) / row.images_per_second;
  }
  return undefined;
}

/** The shares of the machine's own rate of matrix products that our steps of a case reach, round by round. */
function sharesOf(rates, group) {
  const work = workOf(rates, group[0].encoder);
  const done = group.filter((one) => work && one.ours?.steps > 0 && rates[one.round]?.gemm_gflops);
  return done.map((one) => (1000 * work * one.images) / one.ours.median_ms / rates[one.round].gemm_gflops);
}

/** What a step launches and submits on a GPU adapter; nothing in records of before that was counted. */
function launchesLine(adapter) {
  if (!adapter) return "";
  const what = "Launches and submits a step on a GPU adapter";
  if (adapter.none) return `\n${what}: there was none.\n`;
  if (adapter.failed) return `\n${what}: not counted, ${adapter.failed.replace(/\s+/g, " ").slice(0, 200)}.\n`;
  const digits = (count) => (count >= 100 ? count.toFixed(0) : count.toPrecision(3));
  const counts = COUNTED.map((encoder) => {
    const row = adapter.rows.find((one) => one.encoder === encoder && typeof one.dispatches === "number");
    const submits = typeof row?.submits === "number" ? digits(row.submits) : "an unknown number";
    if (row) return `\`${encoder}\` **${digits(row.dispatches)}** and ${submits} (${row.batch} images)`;
    const left = adapter.left_out.find((one) => one.what.startsWith(`a step of ${encoder},`));
    return `\`${encoder}\` not counted (${left?.reason ?? "it would have taken too long"})`;
  });
  return `\n${what}, ${adapter.name} (${adapter.backend}${adapter.software ? ", in software" : ""}): ${counts.join("; ")}.\n`;
}

function nativeSection(record) {
  const rates = record.rates ?? [];
  const cases = grouped(record.rounds, (one) => `${one.encoder} ${one.images}`);
  const rows = cases.map((group) => [
    `${group[0].encoder}, ${group[0].images} images (${2 * group[0].images} views)`,
    cell(group.map((one) => one.ours)),
    cell(group.map((one) => one.peer)),
    ratioCell(ratio(group.map((one) => [one.ours, one.peer]))),
    CASES.find(({ encoder, images }) => encoder === group[0].encoder && images === group[0].images)?.asked ?? "",
    percents(sharesOf(rates, group)),
  ]);
  const most = Math.max(...cases.map((group) => group.length));
  const fewer = cases.filter((group) => group.length < most).map((group) => `${group[0].encoder}, ${group[0].images} images: ${group.length}`);
  const products = rates.map((one) => one.gemm_gflops).filter(Boolean);
  const own = products.length
    ? ` The last column: the rate of the network's multiplications as a share of this machine's own rate of matrix products, ` +
      `${median(products).toFixed(0)} GFLOP/s (${Math.min(...products).toFixed(0)}-${Math.max(...products).toFixed(0)}), which \`augsphere bench\` takes before each round.`
    : "";
  const starts = record.starts.filter((one) => !one.failed);
  const first = median(starts.map((one) => one.first_step_ms).filter(Boolean));
  const whole = median(starts.map((one) => one.whole_ms));
  const start = starts.length
    ? `\nFrom starting \`augsphere run shapes-simclr --device cpu\` to the first step's line in metrics.jsonl: **${ms(first)} ms** ` +
      `(asked for: under 2000). The whole one-step run, last measures and files included: ${ms(whole)} ms. Medians of ${starts.length}.`
    : "";
  return `## Native: the training step on the CPU

${machineLines(record)}

Milliseconds a step, median of ${most} rounds (lowest and highest round${fewer.length ? `; ${fewer.join("; ")}` : ""}), ${record.threads} threads each, 32x32x3.${own}

${table(["encoder and batch", "augsphere", "PyTorch", "PyTorch / augsphere", "asked for", "of matrix products"], rows)}
${launchesLine(record.adapter)}${start}
`;
}

function methodsSection(record) {
  const names = record.runs[0].methods.map((one) => one.method);
  const rows = names.map((name) => {
    const found = record.runs.map((run) => run.methods.find((one) => one.method === name));
    const ratios = found.map((one) => one.ratio);
    const most = found[0].momentum ? "2.0, a momentum encoder runs" : "1.3";
    return [name, ms(median(found.map((one) => one.median_ms))), `**${times(median(ratios))}** (${times(Math.min(...ratios))}-${times(Math.max(...ratios))})`, most];
  });
  const [{ encoder, images, rounds }] = record.runs;
  return `## Native: a step of each method beside SimCLR's

${machineLines(record)}

\`${encoder}\` encoder, ${images} images (${2 * images} views), 32x32x3, CPU, ${record.threads} threads; each method with its own heads and target branch, all in turn in one process, ${rounds} turns; median of ${record.runs.length} such runs (lowest and highest).

${table(["method", "ms a step", "times SimCLR's", "at most"], rows)}
`;
}

function augmentSection(record) {
  const all = record.runs;
  const over = (pick) => all.map(pick);
  const range = (values, format) => `${format(median(values))} (${format(Math.min(...values))}-${format(Math.max(...values))})`;
  const whole = (value) => value.toFixed(0);
  const own = over(({ ours }) => ours.median_ms);
  const rows = Object.keys(all[0].peers.contestants).map((name) => {
    const peer = over(({ peers }) => peers.contestants[name].median_ms);
    const speed = median(over(({ peers }) => peers.contestants[name].images_per_second));
    const found = ratio(peer.map((value, round) => [{ steps: 1, median_ms: own[round] }, { steps: 1, median_ms: value }]));
    return [name, range(peer, ms), whole(speed), ratioCell(found), "1"];
  });
  rows.unshift(["augsphere", range(own, ms), whole(median(over(({ ours }) => ours.images_per_second))), "1", ""]);
  const { views, encoder, costs_ms: costs } = all[0].ours;
  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  const parts = Object.keys(costs).map((name) => `${name} ${median(over(({ ours }) => ours.costs_ms[name])).toFixed(2)}`);
  const { versions } = all[0].peers;
  return `## Native: the views of a batch

${machineLines(record)}

Milliseconds for ${views} views (both views of ${views / 2} images, 32x32x3) under SimCLR's policy (crop, flip, jitter, grayscale, blur at one half), normalised; ours with drawing, CPU, ${record.threads} threads; torchvision ${versions.torchvision}, kornia ${versions.kornia}. Median of ${all.length} rounds (lowest and highest).

${table(["library", "ms", "images a second", "its time / ours", "asked for"], rows)}

Drawing and making these views takes ${range(over(({ ours }) => ours.share), percent)} of the time of a SimCLR step on them with the \`${encoder}\` encoder (${ms(median(over(({ ours }) => ours.step_ms)))} ms; asked for: at most 15 %). What each augmentation adds, in ms: ${parts.join(", ")}.
`;
}

function distanceSection(record) {
  const rows = grouped(record.rounds, (one) => `${one.images} ${one.views}`).map((group) => {
    const plain = group.map((one) => [one.ours, one.peer && { steps: one.peer.steps, median_ms: one.peer.matmul_ms }]);
    const own = group.map((one) => one.ours?.of_matmul).filter(Boolean);
    // Rates: our products over our time, all by all over the plain product's.
    const all = (group[0].images * group[0].views) ** 2 * 3072;
    const rates = plain.filter(([ours, peer]) => ours?.steps > 0 && peer?.steps > 0).map(([ours, peer]) => (ours.products * peer.median_ms) / (all * ours.median_ms));
    const share = (values) => (values.length > 0 ? `**${times(median(values))}** (${times(Math.min(...values))}-${times(Math.max(...values))})` : "-");
    return [
      `${group[0].images} images, ${group[0].views} views`,
      cell(group.map((one) => one.ours)),
      cell(group.map((one) => one.peer)),
      ratioCell(ratio(group.map((one) => [one.ours, one.peer]))),
      ratioCell(ratio(plain)),
      share(rates),
      share(own),
    ];
  });
  const largest = Math.max(...record.rounds.map((one) => one.ours?.peak_bytes ?? 0));
  return `## Native: augmented distances

${machineLines(record)}

Milliseconds for all images of a class with each other, CPU, ${record.threads} threads, 32x32x3, median of ${Math.max(...record.rounds.map((one) => one.round)) + 1} rounds (lowest and highest); views in memory before. PyTorch: \`cdist\` and \`amin\`, block by block above the diagonal; its plain product is that of all views with all views. Ours besides gives which views are closest, ties, and the distances from fewer views. The last columns are the rate of our products over that of PyTorch's matrix multiplication, and of the engine's own, in turn in one process (asked for: 0.5; 500 images under 4000 ms on two idle cores). At most ${mb(largest)} of views and working memory.

${table(["", "augsphere", "PyTorch cdist + amin", "its time / ours", "its plain product / ours", "of PyTorch's rate", "of the engine's own rate"], rows)}
`;
}

function measuresSection(record) {
  const names = ["knn", "nearest_centre", "uniformity", "rank"];
  const of = (pick) => record.runs.map(pick);
  const rows = names.map((name) => [
    name,
    `${median(of((run) => run.measures[`${name}_seconds`])).toFixed(2)} s`,
    `${median(of((run) => run.measures[`${name}_gflops`])).toFixed(0)}`,
  ]);
  const share = of((run) => run.share.share);
  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  return `## Native: the measures

${machineLines(record)}

Seconds for the measures at the size of a full data set, CPU, ${record.threads} threads: kNN and nearest centre with 10,000 queries and a bank of 50,000, uniformity and rank of two views of 10,000 images, 512 dimensions; median of ${record.runs.length} rounds (kNN asked for: under 5 s).

${table(["measure", "time", "GFLOP/s"], rows)}

A measurement on the way (bank 10,000, 5,000 validation images, 512 pairs of views; \`small\`, 32x32x3, every 100 steps of 256 images) takes ${percent(median(share))} of the time of training and measuring (${percent(Math.min(...share))} to ${percent(Math.max(...share))}; asked for: at most 10 %).
`;
}

function browserSection(record) {
  const rows = [];
  for (const group of grouped(record.rounds, (one) => `${one.kind} ${one.size}`)) {
    const names = [...new Set(group.flatMap((one) => one.results.map((result) => result.name)))];
    const of = (name) => group.map((one) => one.results.find((result) => result.name === name));
    const own = group.map((one) => one.results.find((result) => result.ours));
    for (const name of names) {
      const ours = group[0].results.find((result) => result.name === name)?.ours;
      const found = ours ? undefined : ratio(own.map((mine, round) => [mine, of(name)[round]]));
      const first = median(of(name).map((result) => result?.first_ms).filter(Boolean));
      rows.push([`${group[0].kind}, ${group[0].size}`, name, cell(of(name)), ms(first), ours ? "1" : ratioCell(found)]);
    }
    const best = group.map((one) => one.results.filter((result) => !result.ours && !result.plain && result.steps > 0).sort((a, b) => a.median_ms - b.median_ms)[0]);
    const found = ratio(own.map((mine, round) => [mine, best[round]]));
    rows.push([`${group[0].kind}, ${group[0].size}`, "best of the libraries", "", "", `${ratioCell(found)}, asked for: ${group[0].kind === "cpu" ? "10" : "1.5"}`]);
  }
  const adapters = [...new Set(record.rounds.flatMap((one) => one.results.map((result) => result.adapter)).filter(Boolean))];
  return `## In Chromium: the same step against TensorFlow.js and jax-js

${machineLines(record)}
GPU adapter: ${adapters.join(", ") || "none"}${adapters.some((name) => /swiftshader|llvmpipe/i.test(name)) ? " (software: it says nothing of a real GPU's speed)" : ""}.

Milliseconds a step (range over the rounds), \`tiny\` encoder, projector 64-128-64, 32x32x3; "first" is the first step, compilation included.

${table(["device and batch", "library", "ms a step", "first, ms", "its time / ours"], rows)}
`;
}

function pageSection(record) {
  const over = (pick) => median(record.runs.map(pick).filter((value) => value !== undefined));
  const [{ arrival }] = record.runs;
  const longest = Math.max(...record.runs.map((run) => run.training.longest_task_ms));
  const rows = [
    ["first paint", `${ms(over((run) => run.arrival.first_paint_ms))} ms`, `before the worker's program arrived: ${ms(over((run) => run.arrival.worker_arrived_ms))} ms`],
    ["transfer, gzip", mb(arrival.gzip), "at most 4 MB"],
    ["transfer, brotli", mb(arrival.brotli), ""],
    ["play to the first step, CPU", `${ms(over((run) => run.training.first_ms))} ms`, "at most 5000 ms"],
    ["opening to play enabled, CPU", `${ms(over((run) => run.training.playable_ms))} ms`, ""],
    ["longest main-thread task while training (worst run)", longest ? `${ms(longest)} ms` : "under 50 ms", "none over 50 ms"],
    ["longest main-thread task while loading", `${ms(over((run) => run.training.longest_task_loading_ms))} ms`, ""],
    ["frames a second while training", over((run) => run.training.frames_per_second).toFixed(0), ""],
    ["95th percentile of the time between frames", `${ms(over((run) => run.training.frame_p95_ms))} ms`, ""],
  ];
  // Numbers of before there was a board have none.
  if (record.runs.every((run) => run.pictures)) {
    const worst = Math.max(...record.runs.map((run) => run.pictures.longest_task_ms));
    const cost = median(record.runs.map((run) => 1 - run.pictures.steps / run.training.steps));
    rows.push(
      ["with four pictures in view: longest main-thread task (worst run)", worst ? `${ms(worst)} ms` : "under 50 ms", "none over 50 ms"],
      ["with four pictures in view: frames a second", over((run) => run.pictures.frames_per_second).toFixed(0), "60"],
      ["with four pictures in view: fewer steps in the same time", `${(100 * cost).toFixed(0)} %`, "at most 10 %"],
    );
  }
  const files = arrival.files.filter((file) => file.gzip > 20_000).map((file) => [file.path, mb(file.raw), mb(file.gzip), mb(file.brotli)]);
  return `## The page

${machineLines(record)}

Medians of ${record.runs.length} runs; paint and arrival over a line of ${arrival.kilobytes_per_second} kB/s, training of the default experiment for ${record.runs[0].training.seconds} s on the CPU.

${table(["", "measured", "asked for"], rows)}

${table(["file", "bytes", "gzip", "brotli"], files)}
`;
}

const NOTES_TITLE = "How it is measured, and what differs";
const NOTES = `## ${NOTES_TITLE}

- A step is: forward of both views as one batch of 2N, NT-Xent at temperature 0.5 over 2N-1 candidates, backward, SGD with momentum 0.9. Encoder: 3x3 convolutions without bias, batch normalisation, ReLU, mean over positions; \`small\` 32-64-128-128 with strides 1-2-2-2, \`tiny\` 16-32-64 with strides 2-2-2, \`resnet18\` as for small images: a 3x3 stem, no max-pool. Projector: linear to 128, batch normalisation, ReLU, linear to 64. 32-bit floats everywhere.
- Contestants take turns, one at a time, and each ratio is taken within a round; the table gives the median of the rounds' ratios. A contestant's time in a round is the median of its steps after the warm-up. The loss is read back after every step of a peer.
- PyTorch runs eagerly with the fused SGD, weight decay 5e-4, in both memory layouts; the faster counts. Steps of seconds are few: three of PyTorch's after one, at least three of ours after five; further rounds take the layout that was faster in the first. Its images are random and in memory before.
- Shares of matrix products, launches and submits are those of \`augsphere bench\`: a multiplication and its addition are two operations, backwards counted twice. A convolution by Winograd's way does fewer than are counted, so a share can exceed 100 %; a share is missing where it had no time for the encoder. Launches and submits are those of a step as a run takes it, which reads several losses at once.
- TensorFlow.js: its own convolution, \`tf.moments\` with \`tf.batchNorm\`, momentum optimiser; NHWC. It runs one operation at a time.
- jax-js: the whole step, gradients and update included, in one \`jit\`; batch normalisation written with mean and square, because it has none; NCHW; its wasm backend gets shared memory, so that it uses threads.
- Both libraries start from the same weights and images, and their losses must agree to 1e-3 on the third step, or the run fails: they do the same arithmetic. Neither keeps running averages for batch normalisation nor applies weight decay. That is less work than ours.
- In the browser we measure the real built page by its step count on the screen: **our time includes drawing the batch, the augmentation of both views, the messages and the charts; theirs does not.** The row "augmentations off" sets every probability to 0, which shows their share as far as the engine then skips the work; no ratio uses it. We use one thread, they use what they can. The native comparison of steps excludes augmentation on both sides.
- Views: torchvision v2 works image by image, because its random numbers hold for a whole batch; it is timed with its own threads inside and with a part of the batch a thread. kornia draws for each image of the batch. Both start from floats, ours from bytes. The share of a step compares with a step that excludes augmentation.
- "timed out" means that too few steps were done within the limit; "cut off" that fewer were measured than planned.
- Backends that cannot train a convolution are left out: TensorFlow.js's wasm backend has no gradient of the filter, onnxruntime-web no training.
- Numbers of a software GPU adapter compare software with software; only a real GPU says how it feels.

To repeat: \`make bench\` (everything), or \`scripts/bench.sh native\`, \`augment\`, \`browser\`, \`page\`, \`keeping\`.
`;

/** The sections of a document as text, by their headings. */
function sectionsOf(text) {
  const parts = text.split(/^(?=## )/m).filter((part) => part.startsWith("## "));
  return new Map(parts.map((part) => [part.slice(3, part.indexOf("\n")).trim(), `${part.trimEnd()}\n`]));
}

const isCard = (title) => title.startsWith("On a card: ");

/** The sections of cards: of the kits that are kept, and those that the document has from elsewhere. */
function cards(kits, before) {
  const own = new Map(kits.map((kit) => [titleOf(kit), kitSection(kit)]));
  const kept = [...before].filter(([title]) => isCard(title) && !own.has(title));
  return [...kept, ...own].sort(([one], [other]) => one.localeCompare(other)).map(([, text]) => text);
}

/** The document as it is now, but for the sections of cards: new ones stand before the notes. */
export function withCards(now, kits) {
  const before = sectionsOf(now);
  const rest = [...before].filter(([title]) => !isCard(title));
  const notes = rest.filter(([title]) => title === NOTES_TITLE);
  const others = rest.filter(([title]) => title !== NOTES_TITLE);
  const head = now.slice(0, now.search(/^## /m)).trimEnd();
  return [`${head}\n`, ...others.map(([, text]) => text), ...cards(kits, before), ...notes.map(([, text]) => text)].join("\n");
}

const PARTS = [
  ["native", "Native: the training step on the CPU", nativeSection],
  ["methods", "Native: a step of each method beside SimCLR's", methodsSection],
  ["augment", "Native: the views of a batch", augmentSection],
  ["distance", "Native: augmented distances", distanceSection],
  ["measures", "Native: the measures", measuresSection],
  ["browser", "In Chromium: the same step against TensorFlow.js and jax-js", browserSection],
  ["page", "The page", pageSection],
  ["keeping", KEEPING_TITLE, keepingSection],
];

/**
 * The whole document. A part without a record stays as the document has it now, since the numbers may be those of another machine;
 * one that it does not have either says that it was not measured.
 * @param records the raw numbers of this machine's parts
 * @param kits the records of kits from other machines
 * @param now the document as it is
 */
export function document(records, kits = [], now = "") {
  const before = sectionsOf(now);
  const without = (title, part) => before.get(title) ?? `## ${title}\n\nNot measured yet: \`scripts/bench.sh ${part}\`.\n`;
  return [
    "# Benchmarks\n\nWritten by `make bench`; not edited by hand. Ratios above 1 mean that augsphere is faster.\n",
    ...PARTS.map(([part, title, section]) => (records[part] ? section(records[part]) : without(title, part))),
    ...cards(kits, before),
    NOTES,
  ].join("\n");
}
