// A small static server for pages: it compresses, counts what it sends, and can be slow or broken on purpose.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync, brotliCompressSync, constants } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};
const CHUNK = 32 * 1024;

/** The file that a path means: the longest matching mount wins. Undefined if it would leave the mount's folder. */
function located(mounts, path) {
  const mount = Object.keys(mounts).filter((prefix) => path.startsWith(prefix)).sort((a, b) => b.length - a.length)[0];
  if (mount === undefined) return undefined;
  const rest = normalize(decodeURIComponent(path.slice(mount.length)) || "index.html");
  return rest.startsWith("..") ? undefined : join(mounts[mount], rest.endsWith("/") ? `${rest}index.html` : rest);
}

/**
 * Serves folders on a free port of this machine.
 * @param {Record<string, string>} mounts folder by path prefix (`{"/": "dist"}`)
 * @param {{isolated?: boolean, compress?: boolean, kilobytesPerSecond?: number, headers?: Record<string, string>}} options
 *   `isolated` sends the headers without which a page gets no shared memory; `kilobytesPerSecond` slows every answer down
 *   to that rate; `headers` go with every answer
 * @returns address, `answers` (what is sent in place of the files whose path a pattern matches: `{ pattern, status, type, body }`), `sent` (one record a file: path, raw, gzip and brotli bytes, when its last byte left) and `close()`
 */
export async function serve(mounts, options = {}) {
  const sent = [];
  const answers = [];
  const packed = new Map();
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://local").pathname;
    const other = answers.find(({ pattern }) => pattern.test(path));
    if (other) {
      response.writeHead(other.status ?? 200, { "content-type": other.type ?? "text/html; charset=utf-8", "cache-control": "no-store", ...options.headers });
      response.end(other.body ?? "");
      return;
    }
    const file = located(mounts, path);
    const raw = file && (await readFile(file).catch(() => undefined));
    if (raw === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (options.compress && !packed.has(file)) {
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
      packed.set(file, { gzip: gzipSync(raw, { level: 9 }), brotli: brotliCompressSync(raw, quality).length });
    }
    const body = options.compress ? packed.get(file).gzip : raw;
    response.writeHead(200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-length": body.length,
      "cache-control": "no-store",
      ...options.headers,
      ...(options.compress ? { "content-encoding": "gzip" } : {}),
      ...(options.isolated ? { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" } : {}),
    });
    for (let at = 0; at < body.length; at += CHUNK) {
      if (options.kilobytesPerSecond) await pause((CHUNK / 1024 / options.kilobytesPerSecond) * 1000);
      response.write(body.subarray(at, at + CHUNK));
    }
    response.end(() => sent.push({ path, raw: raw.length, gzip: body.length, brotli: packed.get(file)?.brotli, at: Date.now() }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { address: `http://127.0.0.1:${server.address().port}`, port: server.address().port, answers, sent, packed, close };
}
