// The browser tests: the built page in a real Chromium and a real Firefox, with a GPU adapter and without one.
//
//   node tests/browser/run.mjs [NAME ...]      needs dist/ (make build) and the packages of scripts/setup.sh test
//
//   DIST=folder      another page            JOBS=n        tests at a time (2)
//   POLICY=none      without a policy        PATIENCE=s    seconds after which a condition counts as never met (240)
//   AXE=0            without axe-core
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import * as chromium from "./chromium.mjs";
import * as firefox from "./firefox.mjs";
import { policy } from "./policy.mjs";
import { serve } from "./server.mjs";

const SUBJECTS = ["watching", "explore", "first-steps", "fields", "links", "files", "faults", "look", "gradient", "evaluation", "runs", "shelf", "distances", "board", "bench", "terminal", "in-firefox"];
const KINDS = { false: "no adapter", true: "WebGPU adapter", drawing: "WebGPU adapter that can draw" };

const dist = process.env.DIST || fileURLToPath(new URL("../../dist", import.meta.url));
if (!existsSync(`${dist}/index.html`)) {
  console.error(`There is no page in ${dist}: run \`make build\` first.`);
  process.exit(1);
}

const wanted = process.argv.slice(2);
const tests = [];
for (const subject of SUBJECTS) {
  const { cases } = await import(`./${subject}.mjs`);
  for (const one of cases) {
    for (const gpu of one.gpus ?? [one.gpu ?? false]) {
      const title = `${subject}: ${one.name} (${one.firefox ? `Firefox, ${gpu ? "WebGPU" : "CPU"}` : KINDS[gpu]})`;
      if (!wanted.length || wanted.some((part) => title.includes(part))) tests.push({ ...one, gpu, title });
    }
  }
}

let passed = 0;
let failed = 0;

/** What went wrong, and where in these tests; not where in the runner. */
function told(error) {
  const lines = String(error.stack ?? error).split("\n");
  return lines.filter((line) => !/^\s+at .*(run\.mjs|node:|node_modules)/.test(line)).join("\n      ");
}

/** How often a test may be begun again because its browser ended for a known reason of its own. */
const BROWSERS = 5;
let restarted = 0;

/**
 * One test in a browser of its own. A browser whose process ends by itself for a known reason has shown nothing of the page, good or bad:
 * that is said, and the test begins again in another one.
 */
async function run(one, again = 0) {
  const { title, test, gpu, options, args, firefox: inFirefox, headers = { "content-security-policy": policy, "x-content-type-options": "nosniff" } } = one;
  const begun = Date.now();
  const site = await serve({ "/": dist, "/some/sub/path/": dist }, { headers: process.env.POLICY === "none" ? {} : headers });
  const kind = inFirefox ? firefox : chromium;
  let browser;
  let reason;
  try {
    browser = await kind.launch(gpu, args);
    const driver = await kind.open(browser, site, options);
    await test(driver, gpu, site, browser);
    await driver.inspect("at the end");
    if (driver.unexpected().length) throw new Error(`complaints:\n  ${driver.unexpected().join("\n  ")}`);
    passed += 1;
    console.log(`ok    ${title}  ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  } catch (error) {
    reason = browser && (await kind.ended(browser, error));
    if (!reason || again === BROWSERS) {
      failed += 1;
      console.log(`FAIL  ${title}  ${((Date.now() - begun) / 1000).toFixed(1)} s\n      ${told(error)}`);
      return;
    }
  } finally {
    if (browser) await kind.close(browser);
    await site.close();
  }
  if (reason) {
    restarted += 1;
    console.log(`AGAIN ${title}: the browser ended by itself (${reason})`);
    await run(one, again + 1);
  }
}

// No test asks how long anything takes, so several may share the machine.
const jobs = Number(process.env.JOBS || Math.min(2, availableParallelism()));
await Promise.all(Array.from({ length: jobs }, async () => {
  for (let next = tests.shift(); next; next = tests.shift()) await run(next);
}));

if (restarted) console.log(`${restarted} times a browser ended by itself`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
