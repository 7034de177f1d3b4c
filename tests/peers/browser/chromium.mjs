// Which browser, with which flags, and how does one end it for certain?
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cacheFolder } from "../places.mjs";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome-stable", "/usr/bin/google-chrome"];

// `--enable-unsafe-webgpu` lets Chromium offer its software adapter where there is no GPU. The throttling flags keep
// a page that nobody looks at as fast as one in front.
const FLAGS = [
  "--enable-unsafe-webgpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
];

/** The browser's program: `CHROMIUM=` or the first that is installed. */
export function program() {
  const found = [process.env.CHROMIUM, ...CANDIDATES].find((path) => path && existsSync(path));
  if (!found) throw new Error("no Chromium found: install Debian's `chromium` or set CHROMIUM to the program's path");
  return found;
}

/** Opens a fresh browser, lets `use(page, browser)` work with it, and ends it. `headed` shows a window. */
export async function withBrowser(use, { headed = false } = {}) {
  const require = createRequire(join(cacheFolder(), "peers", "package.json"));
  const { chromium } = require("playwright-core");
  const browser = await chromium.launch({
    executablePath: program(),
    headless: !headed,
    chromiumSandbox: false,
    args: FLAGS,
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    return await use(page, browser);
  } finally {
    await browser.close();
  }
}

/** What the page's adapter is, in words; `none` without one. Needs a page that is already at a local address. */
export async function adapter(page) {
  return page.evaluate(async () => {
    const found = await navigator.gpu?.requestAdapter();
    if (!found) return "none";
    const { vendor, architecture, device, description } = found.info;
    return [vendor, architecture, device, description].filter(Boolean).join(" ") || "unnamed";
  });
}
