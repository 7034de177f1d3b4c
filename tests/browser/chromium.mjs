// How is the built page opened in a real browser, with a GPU adapter and without one?
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";

const PROGRAMS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome-stable", "/usr/bin/google-chrome"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

// Without a screen driver the first WebGPU frame ends every device of a page; these let a canvas be drawn on in software.
const DRAWING = ["--use-vulkan=swiftshader", "--enable-features=Vulkan", "--use-webgpu-adapter=swiftshader", "--use-angle=vulkan"];

/**
 * A browser; with `gpu`, one that offers its software adapter where there is no hardware, and with `gpu` = "drawing" one
 * whose adapter can also show what it draws.
 */
export async function launch(gpu) {
  const executablePath = PROGRAMS.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium found: run scripts/setup.sh test, or set CHROMIUM to the program's path");
  const args = [...QUIET, ...(gpu ? ["--enable-unsafe-webgpu"] : []), ...(gpu === "drawing" ? DRAWING : [])];
  return chromium.launch({ executablePath, chromiumSandbox: false, args });
}

/** Drives one open page by the names that its elements carry. */
export class Driver {
  constructor(page, address) {
    this.page = page;
    this.address = address;
    this.complaints = [];
    page.on("console", (message) => message.type() === "error" && this.complaints.push(message.text()));
    page.on("pageerror", (error) => this.complaints.push(String(error)));
  }

  /** Opens the page with an experiment in the fragment and waits until it is set up. */
  async open(knobs, timeout = 120_000) {
    const fragment = Object.entries(knobs).map(([path, value]) => `${path}=${value}`).join("&");
    await this.page.goto("about:blank");
    await this.page.goto(`${this.address}/#${fragment}`);
    await this.until("the untrained encoder is measured", async () => (await this.number("uniformity")) !== undefined, timeout);
  }

  element(name) {
    return this.page.locator(`[data-testid="${name}"]`);
  }

  async text(name) {
    return (await this.element(name).first().textContent({ timeout: 10_000 })).trim();
  }

  /** The number that an element shows; undefined while it shows none. */
  async number(name) {
    const found = (await this.text(name)).replace("\u2212", "-").match(/-?\d+(\.\d+)?/);
    return found ? Number(found[0]) : undefined;
  }

  async steps() {
    return Number(await this.text("steps"));
  }

  async click(name) {
    await this.element(name).click({ timeout: 10_000 });
  }

  /** Polls until `holds` does; fails with what was waited for. */
  async until(what, holds, timeout = 60_000) {
    const end = Date.now() + timeout;
    while (!(await holds())) {
      if (Date.now() > end) {
        const fault = (await this.element("fault").count()) ? await this.text("fault") : "none";
        throw new Error(`waited ${timeout / 1000} s in vain: ${what} (fault on the page: ${fault}; console: ${this.complaints.join(" | ") || "quiet"})`);
      }
      await pause(100);
    }
  }

  async reach(steps, timeout = 120_000) {
    await this.until(`${steps} steps`, async () => (await this.steps()) >= steps, timeout);
  }

  /** Offers a file as a person who chose it. */
  async offer(name, buffer) {
    await this.element("data-drop").locator("input[type=file]").setInputFiles({ name, mimeType: "application/gzip", buffer });
  }


  async picture() {
    return (await this.element("sphere").screenshot({ timeout: 20_000 })).toString("base64");
  }
}
