// Chromium with a GPU adapter and without one, driven by playwright-core.
import { spawn } from "node:child_process";
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

/** A browser whose profile is in `folder`, as a process that can be killed as a whole; its page is watched inside as all are. */
export async function own(folder) {
  const program = PROGRAMS.find((path) => path && existsSync(path));
  const args = [...QUIET, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", `--user-data-dir=${folder}`, "about:blank"];
  const process = spawn(program, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const kill = () => {
    try {
      globalThis.process.kill(-process.pid, "SIGKILL");
    } catch {
      // It is gone.
    }
  };
  try {
    const address = await new Promise((resolve, reject) => {
      let said = "";
      process.stderr.on("data", (data) => {
        said += data;
        const found = said.match(/DevTools listening on (ws:\S+)/);
        if (found) resolve(found[1]);
      });
      process.on("exit", () => reject(new Error(`the browser has ended: ${said}`)));
    });
    const browser = await chromium.connectOverCDP(address);
    const [context] = browser.contexts();
    context.setDefaultTimeout(PATIENCE * 1000);
    await context.addInitScript(witness);
    return { page: context.pages()[0] ?? (await context.newPage()), kill };
  } catch (error) {
    kill();
    throw error;
  }
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
