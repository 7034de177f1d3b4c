// Links and files of experiments: what they open, what they say of what is missing, and whose experiment they carry.
import assert from "node:assert/strict";
import { cpu } from "./experiments.mjs";

const phase = (driver) => driver.evaluate(() => document.querySelector(".phase")?.textContent ?? "");

async function restores(driver) {
  await driver.open({ ...cpu, "method.temperature": 0.33, seed: 7 });
  const toml = (await driver.save("experiment.toml")).bytes.toString("utf8");
  assert.match(toml, /temperature = 0\.33/);
  assert.match(toml, /seed = 7/);
}

async function nearest(driver) {
  await driver.load({ "method.temprature": 0.2, device: "cpu" });
  await driver.fault(/temperature/);
}

async function manyMistakes(driver) {
  const unknown = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`method.nonsense${index}`, 1]));
  await driver.load({ ...unknown, device: "cpu" });
  await driver.fault(/nonsense0/);
  const faults = await driver.faults();
  assert.equal(faults.length, 1);
  for (const path of Object.keys(unknown)) assert.ok(faults[0].includes(path), `${path} is named in the same fault: ${faults[0]}`);
  await driver.inspect("a link with mistakes");
  await driver.element("fault").getByRole("button", { name: "Dismiss" }).click();
  await driver.until("no fault after one is dismissed", async () => (await driver.faults()).length === 0);
}

/** What a link needs is the first thing that is said of it. */
async function needsFile(driver) {
  await driver.load({ "data.kind": "cifar10", device: "cpu" });
  await driver.until("the page to ask for the file", async () => /CIFAR-10/.test(await phase(driver)) || /file|archive/i.test(await phase(driver)));
  const seen = await driver.evaluate(() => {
    const spoken = [...document.querySelectorAll("body *")].filter((element) => element.children.length === 0 || element.matches("p, strong"));
    const asks = spoken.filter((element) => /drop/i.test(element.textContent) && /file|archive/i.test(element.textContent) && element.checkVisibility());
    return asks.some((element) => {
      const box = element.getBoundingClientRect();
      return box.top >= 0 && box.bottom <= innerHeight && box.width > 0;
    });
  });
  assert.ok(seen, "the words that ask for the file are on the screen without scrolling");
}

/** A preset that lacks its file neither runs nor lets anything else run under its name. */
async function presetWithoutFile(driver) {
  await driver.open(cpu);
  const preset = await driver.evaluate(() => [...document.querySelectorAll("[data-testid=preset] option")].find(({ text }) => /CIFAR-10/.test(text)).value);
  await driver.element("preset").selectOption(preset);
  await driver.until("the controls to show CIFAR-10", async () => (await driver.evaluate(() => document.querySelector("[data-testid=data-kind]")?.value)) === "cifar10");
  await driver.click("play");
  await driver.until("play to say what is missing", async () => {
    assert.equal(await driver.steps(), 0, "nothing is trained under the name of CIFAR-10");
    return /CIFAR-10.*(file|archive)|(file|archive).*CIFAR-10/is.test(`${await phase(driver)} ${(await driver.faults()).join(" ")}`);
  });
  await driver.inspect("an experiment without its file");
}

/** A link that is pasted into the open tab opens. */
async function pasted(driver) {
  await driver.open(cpu);
  await driver.goto(`${driver.address}/#${driver.fragment({ ...cpu, "method.temperature": 0.41 })}`);
  await driver.until("the pasted experiment", async () => (await driver.shown("method.temperature")).value === "0.41");
  await driver.ready();
  await driver.goto(`${driver.address}/#${driver.fragment({ ...cpu, "method.temperature": 0.42 })}`);
  await driver.until("the corrected one", async () => (await driver.shown("method.temperature")).value === "0.42");
  await driver.ready();
  await driver.until("its address", async () => (await driver.linked("method.temperature")) === "0.42");
  await driver.play(2);
}

async function skipLink(driver) {
  await driver.open({ ...cpu, "method.temperature": 0.41 });
  await driver.press("Tab");
  assert.equal(await driver.evaluate(() => document.activeElement.className), "skip", "the first stop is the link that skips");
  const address = driver.page.url();
  await driver.press("Enter");
  await driver.until("the focus on the stage", async () => driver.evaluate(() => document.activeElement.closest(".stage, #stage") !== null || document.activeElement.id === "stage"));
  assert.equal(driver.page.url(), address, "the address keeps the experiment");
  await driver.page.reload();
  await driver.ready();
  assert.equal((await driver.shown("method.temperature")).value, "0.41");
}

/** What cannot run is said, and something that can is offered. */
async function cannotRun(driver) {
  for (const [knobs, reason] of [
    [{ ...cpu, device: "gpu" }, /GPU|WebGPU|adapter/],
    [{ ...cpu, "train.batch": 128 }, /batch/i],
  ]) {
    await driver.load(knobs);
    await driver.fault(reason);
    assert.doesNotMatch(await phase(driver), /setting up|loading|preparing/i, "nothing is waited for");
    await driver.inspect("an experiment that cannot run");
    await driver.remedy();
    await driver.ready();
    await driver.until("the fault to be gone", async () => (await driver.faults()).length === 0);
  }
}

/** Where the browser has no clipboard and no WebGPU because the page came over plain http. */
async function plainHttp(driver, _gpu, site) {
  driver.address = `http://lab.test:${site.port}`;
  await driver.open({ ...cpu, "method.temperature": 0.41 });
  await driver.page.locator("details.menu > summary").click();
  await driver.page.locator(".menu-body button", { hasText: "Link" }).click();
  const field = driver.page.locator("input[readonly], textarea[readonly]").first();
  await driver.until("the link, to be copied by hand", async () => (await field.count()) > 0);
  assert.match(await field.inputValue(), /^http:\/\/lab\.test:.*method\.temperature=0\.41/);
  await driver.inspect("a link to copy by hand");
  await driver.page.keyboard.press("Escape");
  await driver.page.locator("#device-choice").selectOption("gpu");
  await driver.until("the word https", async () => /https/.test(`${await driver.words()}`));
}

/** The link is made from the experiment, also where the address cannot be changed any more. */
async function madeFromTheExperiment(driver) {
  await driver.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  // What some browsers do after a hundred changes in half a minute.
  await driver.page.addInitScript(() => {
    const limited = () => {
      throw new DOMException("too many calls", "SecurityError");
    };
    history.replaceState = limited;
    history.pushState = limited;
  });
  await driver.open(cpu);
  await driver.type("method.temperature", "0.41");
  await driver.page.locator("details.menu > summary").click();
  const entry = driver.page.locator(".menu-body button", { hasText: "Link" });
  await entry.click();
  await driver.until("the page to say that it copied", async () => /copied/i.test(await entry.textContent()));
  const link = await driver.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /method\.temperature=0\.41/, "the link has the experiment that is shown");

  // What was copied is not what is shown any more.
  await driver.type("method.temperature", "0.42");
  await driver.until("the word to go when the experiment changes", async () => !/\bcopied\b/i.test(await entry.textContent()));
}


/** A preset's name stands only over what it names. */
async function edited(driver) {
  await driver.open({ device: "cpu" });
  const name = () => driver.evaluate(() => {
    const select = document.querySelector("[data-testid=preset]");
    return `${select.selectedOptions[0]?.text ?? ""} ${select.closest("label, .preset")?.textContent.replace(select.textContent, "") ?? ""}`;
  });
  const before = await name();
  await driver.type("method.temperature", "0.41");
  await driver.until(`the preset to be marked as edited`, async () => /edited|changed/i.test(await name()));
  await driver.type("method.temperature", "0.2");
  await driver.until("the preset's own name", async () => (await name()) === before);
}

export const cases = [
  { name: "a link restores an experiment, and the file says so", test: restores },
  { name: "a link with a mistake names the nearest knob", test: nearest },
  { name: "many mistakes of a link are one fault", test: manyMistakes },
  { name: "a link that needs a file asks for it first", test: needsFile },
  { name: "a preset without its file says so when played", test: presetWithoutFile },
  { name: "a link pasted into the open tab opens", test: pasted },
  { name: "the link that skips leaves the address alone", test: skipLink },
  { name: "a link that cannot run says why and offers one that can", test: cannotRun },
  { name: "plain http: the link by hand, and why there is no GPU", test: plainHttp, args: ["--host-resolver-rules=MAP lab.test 127.0.0.1"] },
  { name: "the link is made from the experiment", test: madeFromTheExperiment },
  { name: "a preset's name stands only over what it names", test: edited },
];
