// How much of a processor has a page's worker had? From Linux's /proc, so that whatever else the machine does meanwhile counts little.
import { readFileSync, readdirSync } from "node:fs";

const read = (file) => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
};

/** Resident bytes of a process; undefined where there is no /proc. */
export function resident(pid) {
  const kilobytes = read(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB/m)?.[1];
  return kilobytes && 1024 * Number(kilobytes);
}

/** The threads of dedicated workers in a process. */
function workersOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).filter((thread) => read(`/proc/${pid}/task/${thread}/comm`)?.startsWith("DedicatedWorker"));
  } catch {
    return [];
  }
}

/** Seconds of a processor that a thread has had so far; undefined where that is not told. */
export function processorSeconds({ pid, thread }) {
  const nanoseconds = read(`/proc/${pid}/task/${thread}/schedstat`)?.split(" ")[0];
  return nanoseconds && Number(nanoseconds) / 1e9;
}

/** The workers in all pages of a browser, each as process and thread; none where there is no /proc. */
export async function workers(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const pages = processInfo.filter(({ type }) => type === "renderer");
  return pages.flatMap(({ id: pid }) => workersOf(pid).map((thread) => ({ pid, thread })));
}

/** The value at `when` on the line through `[when, value]` points that are sorted by time; undefined outside of them. */
export function valueAt(points, when) {
  const after = points.findIndex(([at]) => at >= when);
  if (after < 1) return undefined;
  const [[from, low], [to, high]] = [points[after - 1], points[after]];
  return low + ((high - low) * (when - from)) / (to - from);
}
