// What does one checkpoint cost the worker and the page's own thread? The question for one is asked again and again where a run stands still.
import { setTimeout as pause } from "node:timers/promises";
import { play, refuseFault, testId, watch } from "./ours.mjs";
import { processorSeconds, workers } from "./threads.mjs";

/** Answers of at least so many bytes hold a checkpoint: everything else that a page is told is smaller. */
const LARGE = 500_000;

/** Counts what the page says to its worker, word for word, and the large answers. */
function listen(large) {
  const heard = { worker: undefined, said: {}, answers: 0 };
  window.benchWorker = heard;
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function postMessage(message, ...rest) {
    if (message instanceof Uint8Array) {
      if (!heard.worker) {
        heard.worker = this;
        this.addEventListener("message", ({ data }) => {
          if (data instanceof Uint8Array && data.byteLength >= large) heard.answers += 1;
        });
      }
      const words = message.join();
      heard.said[words] = (heard.said[words] ?? 0) + 1;
    }
    return post.call(this, message, ...rest);
  };
  heard.ask = (question) => post.call(heard.worker, Uint8Array.from(question.split(",").map(Number)));
}

/** What was said as often as there were large answers, and is the shortest of that: a checkpoint is asked for without a further word. */
function questionOf({ said, answers }) {
  const often = Object.entries(said).filter(([, count]) => answers > 1 && count === answers);
  return often.sort(([one], [other]) => one.length - other.length)[0]?.[0];
}

/** How many whole runs the page has written. */
const written = (page) => page.evaluate(() => window.benchWrites.filter(({ name, to }) => name === "run.json" && to !== undefined).length);

async function until(what, holds, seconds = 60) {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await pause(20)) if (await holds()) return;
  throw new Error(`waited ${seconds} s for ${what}`);
}

/** Seconds of a processor that the worker and the page's own thread have had; nothing where that is not told. */
function spentBy(worker) {
  const [own, main] = [processorSeconds(worker), processorSeconds({ pid: worker.pid, thread: worker.pid })];
  return own === undefined || main === undefined ? undefined : { own, main };
}

/**
 * Asks the page that `address` names for `times` checkpoints after `seconds` of training, each written before the next is asked for.
 * @returns what one takes of the worker's processor (`worker_ms`) and of the page's own thread (`main_ms`), less what both do anyway where a
 *   run stands still, and the milliseconds until it is written (`whole_ms`)
 */
export async function measureCheckpoints(page, browser, address, { times, seconds, noteWrites }) {
  await page.addInitScript(noteWrites);
  await page.addInitScript(listen, LARGE);
  await watch(page);
  await page.goto(address);
  await play(page, 120);
  await pause(1000 * seconds);
  await page.locator(testId("pause")).click();
  await pause(5000);
  await refuseFault(page);
  const question = questionOf(await page.evaluate(() => ({ said: window.benchWorker.said, answers: window.benchWorker.answers })));
  if (!question) throw new Error(`the page did not have two checkpoints of ${LARGE} bytes within ${seconds} s`);
  const [worker] = await workers(browser);
  if (!worker || !spentBy(worker)) throw new Error("this system does not say what a thread has had of a processor");
  const turn = async (act) => {
    const [from, before] = [performance.now(), spentBy(worker)];
    await act();
    const [to, after] = [performance.now(), spentBy(worker)];
    return { milliseconds: to - from, worker: 1000 * (after.own - before.own), main: 1000 * (after.main - before.main) };
  };
  const ask = async () => {
    const done = await written(page);
    await page.evaluate((question) => window.benchWorker.ask(question), question);
    await until("a checkpoint to be written", async () => (await written(page)) > done);
  };
  // What is measured where a run stands still comes first.
  await until("the worker to rest", async () => (await turn(() => pause(2000))).worker < 20, 240);
  await ask();
  const busy = await turn(async () => {
    for (let at = 0; at < times; at += 1) await ask();
  });
  // The same polling without a question.
  const idle = await turn(async () => {
    for (const end = performance.now() + busy.milliseconds; performance.now() < end; await pause(20)) await written(page);
  });
  const own = (field) => (busy[field] - (idle[field] * busy.milliseconds) / idle.milliseconds) / times;
  return { times, worker_ms: own("worker"), main_ms: own("main"), whole_ms: busy.milliseconds / times };
}
