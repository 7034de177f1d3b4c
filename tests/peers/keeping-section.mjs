// What is said of the cost of keeping a run? A section of docs/benchmarks.md, from the raw numbers of the part `keeping`.
import { grouped, machineLines, mb, ms, table } from "./format.mjs";
import { median } from "./statistics.mjs";

/** The heading of the section, without its marks. */
export const KEEPING_TITLE = "Keeping a run";

/** The most of training that writing may take, as it is asked for. */
const ASKED_SHARE = 0.03;
const ASKED = `at most ${100 * ASKED_SHARE} %`;

/** `12.3 (11.9-14.0)`: the median and the range of what is there; `-` for nothing. */
function spread(values, format) {
  const there = values.filter((value) => Number.isFinite(value));
  if (there.length === 0) return "-";
  const low = format(Math.min(...there));
  const high = format(Math.max(...there));
  return `${format(median(there))} (${low}${low.startsWith("-") || high.startsWith("-") ? " to " : "-"}${high})`;
}

/** Shares as percents with a tenth: `0.8 % (0.7-0.9)`. */
const shares = (values) => spread(values, (value) => (100 * value).toFixed(1)).replace(" (", " % (");

const whole = (value) => value.toFixed(0);
const tenths = (value) => value.toFixed(1);
const seconds = (value) => `${value.toFixed(1)} s`;

function nativeRows(rounds) {
  return grouped(rounds, (one) => one.encoder).map((group) => {
    const of = (pick) => group.map(pick);
    const own = of((one) => one.own);
    return [
      `${group[0].encoder}, ${group[0].images} images`,
      `${mb(own[0].checkpoint_bytes)} + ${mb(own[0].weights_bytes)}`,
      spread(of((one) => 1000 * one.write_seconds), ms),
      seconds(median(own.map((one) => one.seconds / (one.writes - 1)))),
      shares(of((one) => one.share)),
      shares(of((one) => one.write_seconds / (100 * one.step_seconds))),
      ASKED,
    ];
  });
}

function nativeText({ native, threads }) {
  const failed = native.filter((one) => one.failed).map((one) => `\n${one.encoder} failed: ${one.failed.replace(/\s+/g, " ").slice(0, 200)}.\n`);
  const rounds = native.filter((one) => !one.failed);
  if (rounds.length === 0) return `The terminal was not measured.\n${failed.join("")}`;
  const counts = grouped(rounds, (one) => one.encoder).map((group) => `${group[0].encoder}: ${group.length}`);
  return `In the terminal, CPU, ${threads} threads, 32x32x3, with each file forced to the disk; medians of rounds (${counts.join(", ")}), with lowest and highest. A write is the checkpoint, the weights beside it and the header. Its time is what a run that is written every 2 steps takes longer outside of training than the same run that is not, over its further writes (${[...new Set(rounds.map((one) => one.timed_writes))].join(", ")}). At the terminal's own cadence, writes are counted, that at the end among them, which weighs the more the shorter a run is; their share is their time over the seconds of training.

${table(["run", "a checkpoint and the weights", "a write, ms", "training between two writes", "share of training", "with `--checkpoint-every 100`", "asked for"], nativeRows(rounds))}
${failed.join("")}`;
}

/** How much smaller a rate is than that of the same turn where nothing is kept. */
const fewer = (turns, store, rate) => turns.map((turn) => 1 - turn[store][rate] / turn.nothing[rate]);

const task = (turns, pick) => {
  const worst = Math.max(...turns.map(pick));
  return worst > 0 ? `${ms(worst)} ms` : "under 50 ms";
};

/** What turns that differ by more than is asked about can say: nothing of a cost as small as that. */
function caution(...costs) {
  const wide = costs.every((shares) => Math.max(...shares) - Math.min(...shares) > 2 * ASKED_SHARE);
  return wide ? " **The turns differ among themselves by more than the 3 % that are asked about, so these shares neither show nor exclude such a cost**; what one checkpoint takes is below." : "";
}

function pageText(turns, planned) {
  const rate = (store) => spread(turns.map((turn) => turn[store].steps_per_second), tenths);
  const writes = turns.flatMap((turn) => turn.disk.writes);
  const between = turns.reduce((sum, turn) => sum + turn.disk.seconds, 0) / writes.length;
  const rows = [
    ["steps a second, kept on the disk", rate("disk"), ""],
    ["steps a second, kept in memory: a browser without files for pages", rate("memory"), ""],
    ["steps a second, kept nowhere: the first write never ends, so the page asks for no other", rate("nothing"), ""],
    ["**fewer steps a second on the disk than nowhere**", `**${shares(fewer(turns, "disk", "steps_per_second"))}**`, ASKED],
    ["fewer steps a second in memory than nowhere", shares(fewer(turns, "memory", "steps_per_second")), ASKED],
  ];
  if (turns.every((turn) => Object.values(turn).every((one) => one.steps_per_processor_second))) {
    const cost = (store) => shares(fewer(turns, store, "steps_per_processor_second"));
    rows.push(
      ["**fewer steps on the disk for a second that the worker has a processor**", `**${cost("disk")}**`, ASKED],
      ["fewer steps in memory for a second that the worker has a processor", cost("memory"), ASKED],
    );
  }
  rows.push(
    ["a checkpoint", spread(writes.map((write) => write.checkpoint_bytes / 1e6), (value) => value.toFixed(2)) + " MB", ""],
    ["a write, from its first file to its header", `${spread(writes.map((write) => write.milliseconds), ms)} ms, one in ${seconds(between)}`, ""],
    ["longest main-thread task while it writes (worst turn)", task(turns, (turn) => turn.disk.longest_task_writing_ms), "none over 50 ms"],
    ["longest main-thread task in all of those turns", task(turns, (turn) => turn.disk.longest_task_ms), "none over 50 ms"],
    ["longest main-thread task where nothing is kept", task(turns, (turn) => turn.nothing.longest_task_ms), "none over 50 ms"],
  );
  return `On the built page in Chromium: the default experiment on the CPU, kept on the disk, in memory and nowhere in turn, ${turns.length} times${turns.length < planned ? ` (of ${planned}; the others had too few steps or were cut off)` : ""}, each time on a fresh page for ${whole(Math.min(...turns.map((turn) => turn.disk.seconds)))} s at least; shares are taken within a turn, medians with lowest and highest.${writes.length > 0 ? "" : " **No write was seen.**"} Seconds of a processor are those of the worker's thread, so that what else the machine does counts less; a page that waits for its disk costs none of them.${caution(fewer(turns, "disk", "steps_per_second"), fewer(turns, "memory", "steps_per_second"))}

${table(["", "measured", "asked for"], rows)}
`;
}

/** Milliseconds of training after which the page writes again, at the soonest (`EVERY` in app/src/model/shelf/keep.rs). */
const WRITTEN_EVERY = 5000;

function checkpointText(found) {
  const done = found.filter((one) => !one.failed);
  if (done.length === 0) return missing("What one checkpoint takes", found[0] ?? { failed: "nobody asked" });
  const of = (pick) => done.map(pick);
  const rows = [
    ["the worker's processor time", `${spread(of((one) => one.worker_ms), tenths)} ms`, ""],
    ["**its share of training, written every 5 s**", `**${shares(of((one) => one.worker_ms / (WRITTEN_EVERY + one.worker_ms)))}**`, ASKED],
    ["processor time of the page's own thread, in several tasks", `${spread(of((one) => one.main_ms), tenths)} ms`, "no task over 50 ms"],
    ["until it is written", `${spread(of((one) => one.whole_ms), ms)} ms`, ""],
  ];
  return `One checkpoint of the default experiment on the page: where a run stands still, ${done[0].times} of them one after the other, less what both threads do anyway; medians of ${done.length} such pages${found.length > done.length ? ` (${found.length - done.length} more failed)` : ""}. The worker's part is what training loses to a checkpoint itself, whatever else the machine does meanwhile; the page never writes sooner than 5 s after the last time.

${table(["", "measured", "asked for"], rows)}
`;
}

/** From which sample on the program's memory has its last size. */
function standsFrom(samples) {
  const last = samples.at(-1);
  const first = samples.find((one) => one.program_bytes === last.program_bytes);
  return first === last ? "It grew to the last sample." : `It has its last size from step ${first.step} on.`;
}

function soakText(samples, images) {
  const rows = samples.map((one) => [whole(one.step), whole(one.seconds), mb(one.program_bytes), one.resident_bytes ? mb(one.resident_bytes) : "-"]);
  const grown = (field) => (samples.at(-1)[field] - samples[0][field]) / 1e6;
  const signed = (value) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(1)} MB`;
  const process = samples.every((one) => one.resident_bytes) ? `; the page's process: ${signed(grown("resident_bytes"))}` : "";
  return `A soak of ${samples.at(-1).step} steps (\`tiny\`, ${images} images, kept on the disk): the memory of the worker's program, which never shrinks, and what the page's process has resident, page and worker together. From step ${samples[0].step} to step ${samples.at(-1).step} the program's memory: **${signed(grown("program_bytes"))}** (asked for: flat)${process}. ${standsFrom(samples)} Among it are the moments that the time slider goes back to: they grow to at most 500, or 96 MiB, and are then thinned out.

${table(["step", "seconds", "the worker's program", "the page's process"], rows)}
`;
}

const missing = (what, { failed }) => `${what} was not measured: ${failed.replace(/\s+/g, " ").slice(0, 300)}.\n`;

/** The section, of a record with `native` (rounds), `page` (turns), `checkpoints` (pages) and `soak` (samples); each may have `failed` instead. */
export function keepingSection(record) {
  const { page, soak } = record;
  return `## ${KEEPING_TITLE}

${machineLines(record)}

${nativeText(record)}
${page.failed ? missing("The page", page) : pageText(page, record.page_turns)}
${checkpointText(record.checkpoints)}
${soak.failed ? missing("The soak", soak) : soakText(soak, record.soak_images)}`;
}
