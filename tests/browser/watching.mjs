// The watching itself: whatever would go wrong on a page is a complaint in either browser.
import assert from "node:assert/strict";

const script = (body) => ({ type: "text/javascript", body });
const document = (body) => ({ body: `<!doctype html><html lang="en"><head><title>Trouble</title><link rel="icon" href="/icon.svg" /></head><body><main><h1>Trouble</h1>${body}</main></body></html>` });

/** What goes wrong, by name: the page's script, other files of its, and what the complaint says. */
const troubles = {
  "a console error": { main: 'console.error("said aloud")', says: /said aloud/ },
  "an exception": { main: 'setTimeout(() => { throw new Error("thrown") })', says: /thrown/ },
  "a rejection": { main: 'Promise.reject(new Error("rejected"))', says: /rejected/ },
  "a panic of wasm": { main: 'setTimeout(() => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,8,1,0,10,5,1,3,0,0,11]))))', says: /unreachable/ },
  "a broken policy": { main: 'const script = document.createElement("script"); script.textContent = "1"; document.body.append(script)', says: /script-src/ },
  "a file that is missing": { main: 'fetch("/no/such/file")', says: /no\/such\/file.*404/ },
  "a request that fails": { main: 'fetch("http://127.0.0.1:9/nobody").catch(() => {})', says: /127\.0\.0\.1:9|policy/ },
  "a worker that throws": { main: 'new Worker("/worker.js", { type: "module" })', worker: 'setTimeout(() => { throw new Error("in the worker") })', says: /in the worker/ },
  "a worker that rejects": { main: 'new Worker("/worker.js", { type: "module" })', worker: 'Promise.reject(new Error("in the worker"))', says: /in the worker/ },
  "a worker that complains": { main: 'new Worker("/worker.js", { type: "module" })', worker: 'console.error("from the worker")', says: /from the worker/ },
};

async function seen(driver, _gpu, site) {
  for (const [name, { main, worker = "", says }] of Object.entries(troubles)) {
    driver.complaints.length = 0;
    site.answers.splice(0, Infinity, { pattern: /^\/trouble\.html$/, ...document('<script type="module" src="/main.js"></script>') }, { pattern: /^\/main\.js$/, ...script(main) }, { pattern: /^\/worker\.js$/, ...script(worker) });
    await driver.goto("about:blank");
    await driver.goto(`${driver.address}/trouble.html`);
    await driver.until(`a complaint about ${name} that says ${says}`, () => driver.unexpected().some((text) => says.test(text)));
  }
  driver.announce(/./s);
}

/** A label that is missing is a complaint of axe-core's. */
async function inaccessible(driver, _gpu, site) {
  site.answers.push({ pattern: /^\/trouble\.html$/, ...document('<input type="text">') });
  await driver.goto(`${driver.address}/trouble.html`);
  await driver.inspect("a field without a name");
  assert.match(driver.unexpected().join(), /label/);
  driver.announce(/label/);
}

export const cases = [
  { name: "whatever goes wrong is seen", test: seen },
  { name: "whatever goes wrong is seen", firefox: true, test: seen },
  { name: "a field without a name is seen", test: inaccessible },
];
