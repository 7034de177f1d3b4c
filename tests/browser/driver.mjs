// One open page, driven by the names that its elements carry, and watched for everything that a console would show.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { decode, dots } from "./png.mjs";

/** Seconds after which a condition counts as never met. Nothing is judged by it on a machine that works, however slow. */
export const PATIENCE = Number(process.env.PATIENCE || 240);

/** `data-testid="name"` as a selector. */
export const named = (name) => `[data-testid="${name}"]`;

const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** What is the same in every browser. The primitives are those of Playwright's page; another browser replaces them. */
export class Driver {
  constructor(page, site) {
    this.page = page;
    this.site = site;
    this.address = site.address;
    this.complaints = [];
    this.announced = [];
  }

  // ------------------------------------------------ complaints

  /** From now on a complaint that matches is what the test is about. */
  announce(pattern) {
    this.announced.push(pattern);
  }

  complain(kind, text) {
    this.complaints.push(`${kind}: ${text}`);
  }

  /** Complaints that nobody announced. */
  unexpected() {
    return this.complaints.filter((text) => !this.announced.some((pattern) => pattern.test(text)));
  }

  // ------------------------------------------------ primitives

  async evaluate(act, value) {
    return this.page.evaluate(act, value);
  }

  async goto(address) {
    await this.page.goto(address);
  }

  /** Presses the first visible element that the selector finds with the pointer. */
  async clickOn(selector) {
    await this.page.locator(selector).locator("visible=true").first().click();
  }

  /** Takes an option of a menu by its value. */
  async selectOn(selector, value) {
    await this.page.locator(selector).first().selectOption(value);
  }

  /** Replaces what stands in a field, and leaves it. */
  async fillOn(selector, text) {
    const field = this.page.locator(selector);
    await field.fill(text);
    await field.press("Tab");
  }

  async press(key) {
    await this.page.keyboard.press(key);
  }

  /** A PNG of an element. */
  async picture(name = "sphere") {
    return this.element(name).screenshot({ animations: "disabled" });
  }

  /** The file that comes down after `act`: name and bytes. */
  async download(act) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), act()]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }

  /** Gives files, `[name, bytes]`, to a field for files. */
  async give(selector, files) {
    await this.page.locator(selector).first().setInputFiles(files.map(([name, buffer]) => ({ name, mimeType: "application/octet-stream", buffer })));
  }

  // ------------------------------------------------ by name

  async click(name) {
    await this.clickOn(named(name));
  }

  // ------------------------------------------------ reading

  /** Playwright's locator of a name. */
  element(name) {
    return this.page.locator(named(name));
  }

  async count(name) {
    return this.evaluate((selector) => document.querySelectorAll(selector).length, named(name));
  }

  /** The text of the first element of this name; empty while there is none. */
  async text(name) {
    return this.evaluate((selector) => document.querySelector(selector)?.textContent.trim() ?? "", named(name));
  }

  /** Everything that can be read on the page. */
  async words() {
    return this.evaluate(() => document.body.innerText);
  }

  /** The number that an element shows; undefined while it shows none. */
  async number(name) {
    const found = (await this.text(name)).replace("\u2212", "-").match(/-?\d+(\.\d+)?/);
    return found ? Number(found[0]) : undefined;
  }

  async steps() {
    return Number((await this.text("steps")).replace(/\D/g, ""));
  }

  /** What has gone wrong, and what stands in the way of the experiment that is shown. */
  async faults() {
    return this.evaluate((selector) => [...document.querySelectorAll(selector)].map((fault) => fault.textContent.trim()), `${named("fault")}, ${named("missing")}`);
  }

  /** Takes the next action that a fault, or what stands in the way, offers first. */
  async remedy() {
    await this.clickOn(`${named("missing")} button.primary, ${named("fault")} button.primary`);
  }

  async noFault() {
    assert.deepEqual(await this.faults(), [], "no fault is shown");
  }

  /** The mean distance between two dots of the newest cloud that the page was told. */
  async apart() {
    return this.evaluate(() => window.witness.cloud?.apart);
  }

  /** Where the dots lie on the picture that a person sees; undefined while there are none. */
  async dots() {
    return dots(decode(await this.picture()));
  }

  // ------------------------------------------------ waiting

  /** Polls until `holds` does, and returns what it gave; fails with what was waited for. */
  async until(what, holds, patience = PATIENCE) {
    const end = Date.now() + patience * 1000;
    for (;;) {
      const held = await holds();
      if (held) return held;
      if (Date.now() > end) {
        const faults = await this.faults().catch(() => ["the page does not answer"]);
        throw new Error(`waited ${patience} s in vain for ${what} (faults on the page: ${faults.join(" | ") || "none"}; console: ${this.complaints.join(" | ") || "quiet"})`);
      }
      await pause(50);
    }
  }

  async untilText(name, pattern, patience) {
    return this.until(`${name} to say ${pattern}`, async () => pattern.test(await this.text(name)), patience);
  }

  /** Waits until something that `read` reads is no longer as it is now, after `act`. */
  async untilOther(what, read, act) {
    const before = await read();
    await act?.();
    return this.until(what, async () => (await read()) !== before);
  }

  async reach(steps, patience) {
    await this.until(`${steps} steps`, async () => (await this.steps()) >= steps, patience);
  }

  async fault(pattern) {
    await this.until(`a fault that says ${pattern}`, async () => (await this.faults()).some((fault) => pattern.test(fault)));
  }

  /** Waits until the worker has answered a question that was asked after everything else: it shows another view of the image. */
  async roundTrip() {
    const views = () => this.evaluate((selector) => [...document.querySelectorAll(`${selector} canvas`)].map((canvas) => canvas.toDataURL()).join(), named("views"));
    await this.untilOther("another draw of the views", views, () => this.evaluate(() => [...document.querySelectorAll(".views-buttons button")][0].click()));
  }

  // ------------------------------------------------ the product's own verbs

  /** The same selector, with every section around what it names unfolded. */
  async reveal(selector) {
    await this.evaluate((selector) => {
      for (let at = document.querySelector(selector)?.parentElement; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    }, selector);
    return selector;
  }

  /** Selector of a knob's field, which can be seen. */
  async field(path) {
    return this.reveal(`#knob-${path.replaceAll(".", "-")}`);
  }

  /** Types into the field of a knob, as a person who then goes on to something else. */
  async type(path, text) {
    await this.fillOn(await this.field(path), text);
  }

  /** What a field shows, and its mistake if it is marked wrong. */
  async shown(path) {
    return this.evaluate((selector) => {
      const field = document.querySelector(selector);
      const mistake = field.closest(".knob")?.querySelector(".mistake");
      return { value: field.value, wrong: field.getAttribute("aria-invalid") === "true", mistake: mistake?.textContent ?? "" };
    }, `#knob-${path.replaceAll(".", "-")}`);
  }

  /** What the knob has in the link of the experiment that is shown; undefined if it is at its default. */
  async linked(path) {
    return new URLSearchParams(new URL(this.page.url()).hash.slice(1)).get(path) ?? undefined;
  }

  fragment(knobs) {
    return Object.entries(knobs).map(([path, value]) => `${path}=${value}`).join("&");
  }

  /** Lets the browser forget which runs its tabs had, so that none of them comes back by itself. They stay on the shelf. */
  async forget() {
    await this.evaluate(async () => {
      try {
        sessionStorage.clear();
        const runs = await (await navigator.storage.getDirectory()).getDirectoryHandle("runs");
        for await (const run of runs.values()) await run.removeEntry("on-the-page").catch(() => {});
      } catch {
        // Another page, or a browser that keeps nothing.
      }
    });
  }

  /** The page with an experiment in the fragment, as the first page of a tab that remembers nothing. */
  async load(knobs = {}) {
    await this.forget();
    await this.goto("about:blank");
    const fragment = this.fragment(knobs);
    await this.goto(fragment ? `${this.address}/#${fragment}` : `${this.address}/`);
  }

  /** The same, set up and ready to be played. */
  async open(knobs = {}) {
    await this.load(knobs);
    await this.ready();
  }

  /** Waits until the untrained encoder is measured. */
  async ready() {
    await this.until("the experiment to be set up", async () => (await this.steps()) === 0 && (await this.number("uniformity")) !== undefined);
  }

  async play(steps) {
    await this.click("play");
    if (steps) await this.reach(steps);
  }

  /** Pauses, and returns the step at which the run is held: what the worker answers afterwards finds it there. */
  async pause() {
    await this.click("pause");
    await this.until("the pause", async () => /paused|finished|ready/i.test(await this.evaluate(() => document.querySelector(".phase")?.textContent ?? "")));
    const held = await this.steps();
    await this.roundTrip();
    assert.equal(await this.steps(), held, "a pause holds the count of steps");
    return held;
  }

  /** What axe-core finds, one line a rule. */
  async accessibility() {
    await this.evaluate(axe);
    const found = await this.evaluate(async () => (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ target, failureSummary }) => [target.join(" "), failureSummary]) })));
    return found.map(({ id, help, nodes }) => `${id}: ${help}; ${nodes.length} times, first ${nodes[0][0]}: ${nodes[0][1].split("\n").slice(1).map((line) => line.trim()).join("; ")}`);
  }

  /** Says what axe-core finds in this state of the page, if anything. */
  async inspect(state) {
    if (process.env.AXE === "0") return;
    for (const line of await this.accessibility()) this.complain("accessibility", `${state}: ${line}`);
  }

  /** A file of the menu of things to save, by a part of its name. */
  async save(name) {
    const entry = () => this.evaluate((name) => {
      const found = [...document.querySelectorAll(".menu-body button")].find((button) => button.textContent.includes(name));
      found?.setAttribute("data-wanted", "");
      return found?.checkVisibility() ?? false;
    }, name);
    if (!(await entry())) await this.clickOn("details.menu > summary");
    const file = await this.download(() => this.clickOn("[data-wanted]"));
    await this.evaluate(() => document.querySelector("[data-wanted]")?.removeAttribute("data-wanted"));
    return file;
  }

  /** The run's numbers: rows of `metrics.csv`, by name; undefined where nothing was measured. */
  async metrics() {
    const [head, ...rows] = (await this.save("metrics.csv")).bytes.toString("utf8").trim().split("\n").map((line) => line.split(","));
    return rows.map((row) => Object.fromEntries(head.map((name, column) => [name, row[column] === "" ? undefined : Number(row[column])])));
  }

  /** The losses of the run by step. */
  async losses() {
    return new Map((await this.metrics()).filter(({ loss }) => loss !== undefined).map(({ step, loss }) => [step, loss]));
  }

  /** Offers files as a person who chose them. */
  async offer(...files) {
    await this.give(`${named("data-drop")} input[type=file]`, files);
  }
}
