// How is a number written, and a table? What the sections of docs/benchmarks.md have in common.
import { median } from "./statistics.mjs";

/** Milliseconds: whole from 100 on, tenths below; `-` for none. */
export const ms = (value) => (value === undefined ? "-" : value >= 100 ? value.toFixed(0) : value.toFixed(1));

/** Bytes as millions of them. */
export const mb = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

/** A table in Markdown: the cells of its head, and of each row. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A list in groups of the same key, in the order of their first members. */
export function grouped(list, key) {
  const groups = new Map();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return [...groups.values()];
}

/** On what, when and with what a part was measured: two lines. */
export function machineLines({ machine, minutes }) {
  const load = `load ${machine.load.toFixed(1)} at the start${machine.load > 0.5 ? ": **the machine was busy, these numbers are rough**" : ""}`;
  const programs = [machine.rust, machine.chromium, machine.pytorch && `PyTorch ${machine.pytorch}`, `Node ${machine.node}`].filter(Boolean);
  return [
    `Measured ${machine.date.slice(0, 16).replace("T", " ")} UTC in ${minutes.toFixed(0)} min, commit ${machine.commit}; ${load}.`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB, ${machine.system}; ${programs.join("; ")}.`,
  ].join("\n");
}

/** `44 % (43-45 %)`: the median of shares and their range; nothing for none. */
export function percents(shares) {
  if (shares.length === 0) return "";
  const [middle, low, high] = [median(shares), Math.min(...shares), Math.max(...shares)].map((share) => (100 * share).toFixed(0));
  return `${middle} % (${low}-${high} %)`;
}
