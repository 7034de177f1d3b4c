// Firefox with WebGPU and without it, driven by puppeteer-core over WebDriver BiDi: a second implementation of everything the page asks of a browser.
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import puppeteer from "puppeteer-core";
import { Driver, named } from "./driver.mjs";
import { witness } from "./witness.mjs";

const PROGRAMS = [process.env.FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox"];
const WEBGPU = { "dom.webgpu.enabled": true, "dom.webgpu.workers.enabled": true, "gfx.webgpu.ignore-blocklist": true };

/** What keeps a browser of tests quiet: nothing moves by itself, nothing is reported to its makers. */
const QUIET = { "ui.prefersReducedMotion": 1, "toolkit.telemetry.enabled": false, "datareporting.policy.dataSubmissionEnabled": false };

// Firefox's own WebGPU (its wgpu-core, in the process that holds the whole browser) can end with this, with any page: on a machine of two
// cores a page of forty lines that dispatches and reads back ended so in two of eight starts, with a canvas and without one. See
// gfx-rs/wgpu#5372 and #7797 for what is behind it. Nothing a page does may end a browser.
const KNOWN = /Cannot remove a vacant resource/;

/** A browser with a profile of its own. */
export async function launch(gpu) {
  const executablePath = PROGRAMS.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Firefox found: run scripts/setup.sh test, or set FIREFOX to the program's path");
  const home = mkdtempSync(join(tmpdir(), "augsphere-firefox-"));
  const [profile, downloads] = ["profile", "downloads"].map((name) => join(home, name));
  [profile, downloads].forEach((folder) => mkdirSync(folder));
  const saving = { "browser.download.folderList": 2, "browser.download.dir": downloads, "browser.download.useDownloadDir": true, "browser.helperApps.neverAsk.saveToDisk": "text/csv,application/toml,application/octet-stream,image/png" };
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    userDataDir: profile,
    extraPrefsFirefox: { ...QUIET, ...saving, ...(gpu ? WEBGPU : { "dom.webgpu.enabled": false }) },
    // What a crash says stays in the profile.
    env: { ...process.env, MOZ_CRASHREPORTER: "1", MOZ_CRASHREPORTER_NO_REPORT: "1" },
  });
  const gone = once(browser.process(), "exit");
  return Object.assign(browser, { home, profile, downloads, gone });
}

/** Ends a browser, if it is still there, and removes what it wrote. */
export async function close(browser) {
  await browser.close().catch(() => {});
  rmSync(browser.home, { recursive: true, force: true });
}

/** The known reason for which a browser's process has ended by itself under an error; undefined if it has not, or for any other reason. */
export async function ended(browser, error) {
  if (browser.connected && !/closed|detached|disconnected/i.test(String(error))) return undefined;
  // The process writes down what happened before it goes; one that stays is not gone.
  await Promise.race([browser.gone, pause(60_000, undefined, { ref: false })]);
  const folder = join(browser.profile, "minidumps");
  const told = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".extra")) : [];
  const reasons = told.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")).MozCrashReason ?? "no reason given");
  const { exitCode, signalCode } = browser.process();
  console.log(`      the browser's process has ended (${signalCode ?? exitCode ?? "not yet"}): ${reasons.join("; ") || "no word of why"}`);
  return reasons.find((reason) => KNOWN.test(reason));
}

/** The same verbs over puppeteer's page. */
class FirefoxDriver extends Driver {
  async clickOn(selector) {
    const handle = await this.until(`${selector} to be seen`, () => this.visible(selector));
    await handle.evaluate((element) => element.scrollIntoView({ block: "nearest", behavior: "instant" }));
    await handle.click();
  }

  async visible(selector) {
    for (const handle of await this.page.$$(selector)) if (await handle.evaluate((element) => element.checkVisibility())) return handle;
  }

  async selectOn(selector, value) {
    await this.page.select(selector, value);
  }

  async fillOn(selector, text) {
    await this.clickOn(selector);
    await this.evaluate((selector) => document.querySelector(selector).select(), selector);
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Tab");
  }

  async picture(name = "sphere") {
    return Buffer.from(await (await this.page.$(named(name))).screenshot());
  }

  async download(act) {
    const folder = this.page.browser().downloads;
    const files = () => readdirSync(folder).filter((name) => !name.endsWith(".part"));
    const before = new Set(files());
    await act();
    // A file that is still being written is empty, beside its part.
    const name = await this.until("a file to come down", () => files().find((name) => !before.has(name) && !existsSync(join(folder, `${name}.part`)) && readFileSync(join(folder, name)).length > 0));
    return { name, bytes: readFileSync(join(folder, name)) };
  }

  async give(selector, files) {
    const folder = mkdtempSync(join(tmpdir(), "augsphere-"));
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    const field = await this.page.$(selector);
    await field.uploadFile(...files.map(([name]) => join(folder, name)));
  }
}

/** A watched page of `browser`. */
export async function open(browser, site, options = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1440, height: 900, ...options.viewport });
  await page.evaluateOnNewDocument(witness);
  const driver = new FirefoxDriver(page, site);
  // A page that is left for another one may ask whether to go.
  page.on("dialog", (dialog) => dialog.accept());
  page.on("console", (message) => message.type() === "error" && driver.complain("console", `${message.text()} (${message.location()?.url})`));
  page.on("pageerror", (error) => driver.complain("uncaught", error.stack ?? String(error)));
  page.on("requestfailed", (request) => driver.complain("request", `${request.url()} failed: ${request.failure()?.errorText}`));
  page.on("response", (response) => response.status() >= 400 && driver.complain("request", `${response.url()} answered ${response.status()}`));
  return driver;
}
