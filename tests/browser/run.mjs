// Does the built page do what it promises, in a real Chromium, with a GPU adapter and without one?
//
//   node tests/browser/run.mjs [NAME ...]      needs dist/ (make build) and playwright-core (scripts/setup.sh test)
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cases as onEveryDevice, drawing } from "./training.mjs";
import { cases as withAnyMethod } from "./methods.mjs";
import { cases as withAugmentations } from "./augmentations.mjs";
import { cases as onAnyScreen } from "./screen.mjs";
import { cases as besideTheTerminal } from "./native.mjs";
import { Driver, launch } from "./chromium.mjs";
import { serve } from "./server.mjs";

const dist = process.env.DIST || fileURLToPath(new URL("../../dist", import.meta.url));
if (!existsSync(`${dist}/index.html`)) {
  console.error(`There is no page in ${dist}: run \`make build\` first.`);
  process.exit(1);
}

const wanted = process.argv.slice(2);
let passed = 0;
let failed = 0;

async function run(name, gpu, test, options = {}) {
  const title = `${name} (${gpu === "drawing" ? "WebGPU adapter that can draw" : gpu ? "WebGPU adapter" : "no adapter"})`;
  if (wanted.length && !wanted.some((part) => title.includes(part))) return;
  const begun = Date.now();
  const site = await serve({ "/": dist, "/some/sub/path/": dist });
  const browser = await launch(gpu);
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...options });
    const driver = new Driver(await context.newPage(), site.address);
    await test(driver, gpu, site);
    if (driver.complaints.length) throw new Error(`the console complains: ${driver.complaints.join(" | ")}`);
    passed += 1;
    console.log(`ok    ${title}  ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${title}\n      ${String(error.stack ?? error).replaceAll("\n", "\n      ")}`);
  } finally {
    await browser.close();
    await site.close();
  }
}

for (const { name, test } of onEveryDevice) {
  await run(name, false, test);
  await run(name, true, test);
}
for (const { name, test } of drawing) await run(name, "drawing", test);
for (const { name, test, gpu = false, options } of [...withAnyMethod, ...withAugmentations, ...onAnyScreen, ...besideTheTerminal]) await run(name, gpu, test, options);

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
