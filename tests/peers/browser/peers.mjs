// How long does each browser library take for the step?
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { cacheFolder } from "../places.mjs";
import { summary } from "../statistics.mjs";
import { adapter, withBrowser } from "./chromium.mjs";
import { serve } from "../../browser/server.mjs";

/** Every library and backend that can train a convolutional network in a tab. `kind` says what it runs on. */
export const PEERS = [
  { library: "tfjs", backend: "cpu", kind: "cpu" },
  { library: "jax", backend: "wasm", kind: "cpu" },
  { library: "tfjs", backend: "webgl", kind: "gpu" },
  { library: "tfjs", backend: "webgpu", kind: "gpu" },
  { library: "jax", backend: "webgpu", kind: "gpu" },
];

/** `tfjs webgl`, `jax-js wasm`. */
export const nameOf = ({ library, backend }) => `${library === "jax" ? "jax-js" : library} ${backend}`;

/**
 * Times one peer in a browser of its own.
 * @param size `{images, side, warmup, steps, cap}`; `cap` is in seconds, from opening the page
 * @returns `{name, version, adapter, first_ms, losses, timed_out, failed, ...summary}`; `steps` may be 0
 */
export async function measurePeer(peer, size, options) {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const mounts = { "/": here, "/node_modules/": join(cacheFolder(), "peers", "node_modules") };
  const server = await serve(mounts, { isolated: true });
  try {
    return await withBrowser((page) => observed(page, server.address, peer, size), options);
  } finally {
    await server.close();
  }
}

async function observed(page, address, peer, size) {
  const heard = [];
  let finished;
  const end = new Promise((resolve) => {
    finished = resolve;
  });
  await page.exposeFunction("told", (news) => {
    heard.push(news);
    if (news.kind === "done" || news.kind === "failed") finished(news.kind);
  });
  page.on("crash", () => finished("crashed"));
  const { library, backend } = peer;
  const { images, side, warmup, steps, cap } = size;
  const question = new URLSearchParams({ library, backend, images, side, warmup, steps });
  await page.goto(`${address}/?${question}`);
  const timer = new AbortController();
  const outcome = await Promise.race([end, pause(cap * 1000, "timed out", { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
  const taken = heard.filter((news) => news.kind === "step");
  const measured = taken.filter((news) => news.index >= warmup).map((news) => news.milliseconds);
  // A peer too slow to get past the warm-up still has steps after its first, which compiles.
  const late = measured.length > 0 ? measured : taken.slice(1).map((news) => news.milliseconds);
  return {
    name: nameOf(peer),
    version: heard.find((news) => news.kind === "ready")?.version,
    adapter: peer.kind === "gpu" && outcome === "done" ? await adapter(page) : undefined,
    first_ms: taken[0]?.milliseconds,
    losses: taken.map((news) => news.loss),
    timed_out: outcome === "timed out",
    failed: outcome === "failed" ? heard.find((news) => news.kind === "failed").what : outcome === "crashed" ? "the page crashed" : undefined,
    ...summary(late),
  };
}
