// Files that are brought to the page, and files that it gives away.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { batches, cifar10, fullSize } from "./archive.mjs";
import { drop, folder } from "./drag.mjs";
import { cpu, small } from "./experiments.mjs";
import { decode, dots } from "./png.mjs";

const device = (gpu) => (gpu ? "gpu" : "cpu");

async function trained(driver, what, images = "") {
  await driver.until(`${what} to be used`, async () => new RegExp(`CIFAR-10.*${images}`, "is").test(await driver.text("data-name")));
  await driver.ready();
  await driver.play(2);
  assert.ok(Number.isFinite(await driver.number("loss")));
  await driver.noFault();
}

async function broken(driver, gpu) {
  await driver.open({ ...small, device: device(gpu) });
  await driver.play(2);
  for (const [name, bytes, reason] of [
    ["cut.tar.gz", cifar10(40, 20).subarray(0, 4000), /end|cut|truncat|incomplete|stops/i],
    ["photo.tar.gz", Buffer.from("\x89PNG\r\n\x1a\n and more", "binary"), /PNG/],
    ["empty.tar.gz", Buffer.alloc(0), /empty/i],
  ]) {
    await driver.offer([name, bytes]);
    await driver.fault(reason);
    await driver.reach((await driver.steps()) + 1);
    await driver.element("fault").getByRole("button", { name: "Dismiss" }).first().click();
    await driver.until("the fault to be gone", async () => (await driver.faults()).length === 0);
  }
}

async function good(driver) {
  await driver.open(cpu);
  await driver.play(2);
  await driver.pause();
  await driver.offer(["cifar-10-binary.tar.gz", cifar10(200, 100)]);
  await trained(driver, "the archive");
}

/** The batches themselves, all at once. */
async function several(driver) {
  await driver.open(cpu);
  await driver.offer(...batches(200, 100, 5));
  await trained(driver, "the batches");
  assert.match(await driver.text("data-name"), /180 training, 20 validation/, "the images of all batches are there");
}

/** An unpacked archive, dropped as the folder that it is, beside the place meant for it. */
async function unpacked(driver) {
  await driver.open(cpu);
  const home = folder(batches(200, 100, 5).map(([name, bytes]) => [join("cifar-10-batches-bin", name), bytes]));
  await drop(driver, "[data-testid=sphere]", [join(home, "cifar-10-batches-bin")]);
  await trained(driver, "the folder");
  assert.match(await driver.text("data-name"), /180 training, 20 validation/, "the images of all batches are there");
}

/** An archive dropped anywhere stays in this tab. */
async function anywhere(driver) {
  await driver.open(cpu);
  const address = new URL(driver.page.url()).pathname;
  for (const [place, images] of [["[data-testid=loss]", 200], ["h1", 220]]) {
    const home = folder([["cifar-10-binary.tar.gz", cifar10(images, 100)]]);
    await drop(driver, place, [join(home, "cifar-10-binary.tar.gz")]);
    await trained(driver, `what was dropped on ${place}`, `${0.9 * images} training`);
    assert.equal(new URL(driver.page.url()).pathname, address, "the page is still there");
    await driver.pause();
  }
}

/** After a worker that has ended, an archive is still there, or asked for; numbers of the run that is gone are not. */
async function kept(driver) {
  await driver.page.clock.install();
  await driver.open(cpu);
  await driver.offer(["cifar-10-binary.tar.gz", cifar10(200, 100)]);
  await trained(driver, "the archive");
  await driver.evaluate(() => window.witness.workers.at(-1).terminate());
  await driver.page.clock.runFor(30_000);
  await driver.fault(/worker|engine|answer/i);
  await driver.remedy();
  const phase = () => driver.evaluate(() => document.querySelector(".phase").textContent);
  await driver.until("the archive again, or a question for it", async () => /CIFAR-10.*(file|archive)|(file|archive).*CIFAR-10/i.test(await phase()) || /press play|paused/i.test(await phase()));
  // Asked for: what was measured stays to be read. Kept: the run goes on from where it was kept last, with the numbers until then.
  if (!/press play|paused/i.test(await phase())) return;
  assert.match(await driver.text("data-name"), /CIFAR-10/);
  const steps = await driver.steps();
  assert.ok((await driver.metrics()).every(({ step }) => step <= steps), "no numbers of steps that are gone");
}

/** A run that would be lost, because this browser keeps none, is not left without a question. */
async function asked(driver) {
  await driver.page.addInitScript(() => delete window.StorageManager?.prototype.getDirectory);
  await driver.open(cpu);
  await driver.play(3);
  let question;
  driver.page.once("dialog", (dialog) => (question = dialog));
  await driver.page.close({ runBeforeUnload: true });
  await driver.until("a question before the page goes", () => {
    assert.ok(!driver.page.isClosed(), "the page went without a question");
    return question;
  });
  assert.equal(question.type(), "beforeunload");
  await question.dismiss();
  await driver.reach((await driver.steps()) + 1);
}

/** What is saved is what it says, and has the run in it that is shown. */
async function saved(driver) {
  await driver.open({ ...cpu, "method.temperature": 0.33 });
  await driver.play(25);
  const held = await driver.pause();

  const rows = await driver.metrics();
  assert.deepEqual(rows.filter(({ loss }) => loss !== undefined).map(({ step }) => step), Array.from({ length: held }, (_, index) => index + 1), "one row a step");
  assert.ok(rows.every(({ loss }) => loss === undefined || Number.isFinite(loss)));
  assert.ok(Number.isFinite(rows[0].knn_accuracy), "step 0 is the untrained encoder's");

  const figure = await driver.save("figure.png");
  const picture = decode(figure.bytes);
  assert.ok(picture.width >= 1000 && picture.height >= 600, `${picture.width} x ${picture.height}`);
  assert.ok(dots(picture)?.spread > 0, "there is something to see");

  // A figure says of itself what it shows: the method, the step, the classes and the link.
  const drawing = (await driver.save("figure.svg")).bytes.toString("utf8");
  assert.match(drawing, /^<(\?xml|svg)/);
  for (const word of ["SimCLR", `step ${held}`, "circle", "method.temperature=0.33"]) assert.ok(drawing.includes(word) || drawing.includes(word.replaceAll("&", "&amp;")), `the figure says ${word}`);

  const weights = await driver.save("safetensors");
  assert.match(weights.name, /\.safetensors$/);
  const length = Number(weights.bytes.readBigUInt64LE(0));
  const { __metadata__, ...tensors } = JSON.parse(weights.bytes.subarray(8, 8 + length).toString("utf8"));
  const ends = Object.values(tensors).map(({ data_offsets }) => data_offsets[1]);
  assert.equal(8 + length + Math.max(...ends), weights.bytes.length, "header and bytes belong together");
  assert.ok(Object.keys(tensors).length > 5);

  const toml = (await driver.save("experiment.toml")).bytes.toString("utf8");
  assert.match(toml, /temperature = 0\.33/);
  await driver.page.locator("details.menu > summary").click();
  await driver.inspect("the menu of files");
}

/** Every chart can be taken home, as shapes and as a bitmap, and says of itself what it shows. */
async function charts(driver) {
  await driver.open({ ...cpu, "method.temperature": 0.33, "measures.cadence.every": 5 });
  await driver.play(12);
  await driver.click("reset");
  await driver.ready();
  await driver.play(6);
  const now = await driver.pause();
  const measures = ["loss", "knn", "alignment", "uniformity", "std", "effective-rank"];
  assert.equal(await driver.page.locator(".measures article.chart").count(), measures.length);
  for (const measure of measures) {
    const card = driver.page.locator("article.chart", { has: driver.element(measure) });
    const title = await card.locator("h3").evaluate((heading) => heading.firstChild.textContent);
    await card.evaluate((card) => card.querySelectorAll("details").forEach((details) => (details.open = true)));
    const file = (name) => driver.download(() => card.getByRole("button", { name: new RegExp(`save the chart of ${title} as ${name}`, "i") }).click());

    const drawing = await file("SVG");
    assert.match(drawing.name, /\.svg$/);
    // Long lines are wrapped: the words are looked for across the ends of lines.
    const svg = drawing.bytes.toString("utf8");
    const words = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text.trim());
    const glued = words.join("").replaceAll("&amp;", "&");
    assert.match(svg, /^<(\?xml|svg)/);
    for (const word of ["SimCLR", title, "temperature 0.33", `Step ${now}.`, "the run before"]) assert.ok(words.join(" ").includes(word), `the chart of ${measure} says ${word}: ${words.join(" | ")}`);
    const link = new URL(driver.page.url());
    assert.ok(glued.includes(`${link.host}${link.pathname}#`) && glued.includes("method.temperature=0.33"), `the chart of ${measure} has the link: ${glued}`);
    const key = await card.locator(".lines span").allTextContents();
    for (const entry of key) assert.ok(words.includes(entry), `the key of ${measure} is in the file, too: ${entry}`);
    assert.match(svg, /<polyline/, "there is a curve");

    const picture = await file("PNG");
    assert.match(picture.name, /\.png$/);
    const { width, height } = decode(picture.bytes);
    assert.ok(width >= 1000 && height >= 600, `${width} x ${height}`);
    await card.evaluate((card) => card.querySelectorAll("details").forEach((details) => (details.open = false)));
  }
}

// ------------------------------------------------ memory

/** The bytes of the engine's memory are told by the worker, whose first script keeps it for itself. */
async function watched(driver, site) {
  const dist = process.env.DIST || fileURLToPath(new URL("../../dist", import.meta.url));
  const loader = readdirSync(dist).find((name) => /^augsphere-worker.*_loader\.js$/.test(name));
  const hook = `
    const begin = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...all) => {
      const begun = await begin.apply(WebAssembly, all);
      self.engine = begun.instance.exports.memory;
      return begun;
    };
    const read = FileReaderSync.prototype.readAsArrayBuffer;
    self.pieces = [];
    FileReaderSync.prototype.readAsArrayBuffer = function (piece) {
      self.pieces.push(piece.size);
      return read.call(this, piece);
    };\n`;
  site.answers.push({ pattern: /augsphere-worker.*_loader\.js$/, type: "text/javascript", body: hook + readFileSync(join(dist, loader), "utf8") });
  await driver.page.addInitScript(() => {
    const seen = { posted: [], read: 0 };
    Object.defineProperty(window, "handed", { value: seen });
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      const files = [];
      let bytes = 0;
      const look = (value, depth) => {
        if (value instanceof Blob) files.push(value.size);
        else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) bytes += value.byteLength;
        else if (value && typeof value === "object" && depth < 4) Object.values(value).forEach((inner) => look(inner, depth + 1));
      };
      look(message, 0);
      seen.posted.push({ files, bytes });
      return post.call(this, message, ...rest);
    };
    // Every way in which a page can read a file.
    for (const [owner, names] of [[Blob.prototype, ["arrayBuffer", "bytes", "stream", "text"]], [FileReader.prototype, ["readAsArrayBuffer", "readAsBinaryString", "readAsText", "readAsDataURL"]]]) {
      for (const name of names) {
        const native = owner[name];
        if (!native) continue;
        owner[name] = function (...values) {
          seen.read += 1;
          return native.apply(this, values);
        };
      }
    }
  });
}

/** An archive is never as a whole in anybody's memory but as the images that are trained on. */
async function once(driver, _gpu, site) {
  await watched(driver, site);
  await driver.open(cpu);
  const worker = driver.page.workers()[0];
  const engine = () => worker.evaluate(() => self.engine.buffer.byteLength);
  const before = await engine();
  const archive = fullSize();
  const home = folder([["cifar-10-binary.tar", archive]]);
  const field = driver.page.locator("[data-testid=data-drop] input[type=file]").first();
  await field.setInputFiles(join(home, "cifar-10-binary.tar"));
  await driver.until("the images", async () => /CIFAR-10/.test(await driver.text("data-name")));
  await driver.ready();

  const { posted, read } = await driver.evaluate(() => window.handed);
  assert.deepEqual(posted.flatMap(({ files }) => files), [archive.length], "the file itself is handed to the worker, once");
  assert.ok(Math.max(...posted.map(({ bytes }) => bytes)) < 100_000, "its bytes are not");
  assert.equal(read, 0, "the page does not read it");
  const pieces = await worker.evaluate(() => self.pieces);
  assert.equal(pieces.reduce((sum, piece) => sum + piece, 0), archive.length, "the worker reads every byte once");
  assert.ok(Math.max(...pieces) <= 1 << 20, `in pieces: the largest has ${Math.max(...pieces)} bytes`);
  const grown = (await engine()) - before;
  assert.ok(grown < 1.4 * archive.length, `the engine has grown by ${(grown / archive.length).toFixed(2)} times the archive`);
}

export const cases = [
  { name: "broken archives are refused and training goes on", gpus: [false, true], test: broken },
  { name: "an archive is trained on", test: good },
  { name: "several files are taken together", test: several },
  { name: "a folder is read", test: unpacked },
  { name: "an archive is taken anywhere on the page", test: anywhere },
  { name: "an archive outlives a worker, or is asked for", test: kept },
  { name: "a run is not left without a question", test: asked },
  { name: "what is saved is what it says", test: saved },
  { name: "every chart can be taken home", test: charts },
  { name: "an archive is in memory once", test: once },
];
