// The worker's first script: loads the engine, and tells the page if that fails or if the browser ends the engine later. A worker cannot
// do the latter itself: a program that has run out of memory ends without a word.
let memory = null;

const said = (error) => String(error?.stack && error.name ? `${error.name}: ${error.message}` : (error?.message ?? error));

function ended(error) {
  console.error(error);
  postMessage({ failed: { stage: "run", text: said(error), memory: memory?.buffer.byteLength ?? 0 } });
}

addEventListener("error", (event) => {
  // Told in full below; without this the page would hear of it twice, the second time without a reason.
  event.preventDefault();
  ended(event.error ?? event.message);
});
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  ended(event.reason);
});

const glue = new URL("./augsphere-worker.js", import.meta.url).href;
const engine = new URL("./augsphere-worker_bg.wasm", import.meta.url).href;

// What the site answers for a file.
async function probe(file) {
  try {
    const answer = await fetch(file, { method: "HEAD", cache: "no-store" });
    return { file, status: answer.status, kind: answer.headers.get("Content-Type") ?? "" };
  } catch {
    return { file, status: 0, kind: "" };
  }
}

try {
  const { default: init } = await import(glue);
  memory = (await init({ module_or_path: engine })).memory;
} catch (error) {
  const probes = await Promise.all([glue, engine].map(probe));
  postMessage({ failed: { stage: "load", text: said(error), probes } });
}
