// Chromium with a GPU adapter and without one, driven by playwright-core.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { Driver, PATIENCE } from "./driver.mjs";
import { witness } from "./witness.mjs";

const PROGRAMS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome-stable", "/usr/bin/google-chrome"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

// Without a screen driver the first WebGPU frame ends every device of a page; these let a canvas be drawn on in software.
const DRAWING = ["--use-vulkan=swiftshader", "--enable-features=Vulkan", "--use-webgpu-adapter=swiftshader", "--use-angle=vulkan"];

/**
 * A browser; with `gpu`, one that offers its software adapter where there is no hardware, and with `gpu` = "drawing" one
 * whose adapter can also show what it draws.
 */
export async function launch(gpu, more = []) {
  const executablePath = PROGRAMS.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium found: run scripts/setup.sh test, or set CHROMIUM to the program's path");
  const args = [...QUIET, ...(gpu ? ["--enable-unsafe-webgpu"] : []), ...(gpu === "drawing" ? DRAWING : []), ...more];
  return chromium.launch({ executablePath, chromiumSandbox: false, args });
}

/** Ends a browser, if it is still there. */
export async function close(browser) {
  await browser.close().catch(() => {});
}

/** No reason to end by itself is known of this browser. */
export async function ended() {
  return undefined;
}

/** A watched page in a fresh context of `browser`. */
export async function open(browser, site, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...options });
  context.setDefaultTimeout(PATIENCE * 1000);
  await context.addInitScript(witness);
  const page = await context.newPage();
  const driver = new Driver(page, site);
  watch(driver, page);
  return driver;
}

/** Everything that goes wrong in `page` is a complaint. */
export function watch(driver, page) {
  page.on("console", (message) => message.type() === "error" && driver.complain("console", `${message.text()} (${message.location().url})`));
  page.on("pageerror", (error) => driver.complain("uncaught", error.stack ?? String(error)));
  page.on("crash", () => driver.complain("crash", "the page's process ended"));
  page.on("requestfailed", (request) => {
    // What a page no longer waits for when it goes away is not a failure of it.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") driver.complain("request", `${request.url()} failed: ${request.failure()?.errorText}`);
  });
  page.on("response", (response) => response.status() >= 400 && driver.complain("request", `${response.url()} answered ${response.status()}`));
}
