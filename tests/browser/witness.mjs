// What is watched inside the page, before any of its own code runs. Given to the browser as text: nothing outside of the function is known in it.

/**
 * Reports broken policies and rejections on the console, keeps the page's workers, and reads from the worker's messages where the
 * dots are: the points of the sphere are the only longer run of numbers there that are unit vectors of three.
 */
export function witness() {
  if (window.witness) return;
  try {
    // Somebody who knows the lab; whoever tests the other entrance says so.
    localStorage.entrance ??= "lab";
  } catch {
    // An empty page has no memory.
  }
  const seen = { workers: [], messages: 0, clouds: 0, cloud: undefined };
  Object.defineProperty(window, "witness", { value: seen });
  addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.effectiveDirective} forbids ${event.blockedURI || "inline"}`));
  addEventListener("unhandledrejection", (event) => console.error(`unhandled rejection: ${event.reason?.stack ?? event.reason}`));

  const SHORTEST = 8 * 12;
  const unit = (view, at) => Math.abs(Math.hypot(view.getFloat32(at, true), view.getFloat32(at + 4, true), view.getFloat32(at + 8, true)) - 1) < 0.01;
  // A count of bytes, seven bits a byte, and then so many of them.
  function* runs(bytes) {
    for (let at = 0; at + SHORTEST < bytes.length; at += 1) {
      let [length, width] = [0, 0];
      do length |= (bytes[at + width] & 127) << (7 * width);
      while (bytes[at + width++] & 128 && width < 4);
      if (length >= SHORTEST && length % 12 === 0 && at + width + length <= bytes.length) yield [at + width, length];
    }
  }
  /** Whether it carries a checkpoint: a safetensors file, whose kept moments are unit vectors of steps long past. */
  const latin = new TextDecoder("latin1");
  const holdsCheckpoint = (bytes) => latin.decode(bytes).includes('"dtype":');
  function cloud(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const [from, length] of runs(bytes)) {
      let at = from;
      while (at < from + length && unit(view, at)) at += 12;
      if (at < from + length) continue;
      return Array.from({ length: length / 12 }, (_, index) => [0, 4, 8].map((place) => view.getFloat32(from + 12 * index + place, true)));
    }
  }
  /** The mean distance between two dots. */
  function apart(points) {
    const some = points.slice(0, 200);
    let [sum, pairs] = [0, 0];
    some.forEach((one, index) => some.slice(index + 1).forEach((other) => {
      sum += Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
      pairs += 1;
    }));
    return sum / pairs;
  }
  const Native = window.Worker;
  if (!Native) return;
  window.Worker = class Worker extends Native {
    constructor(address, options) {
      super(address, options);
      seen.workers.push(this);
      this.addEventListener("message", ({ data }) => {
        seen.messages += 1;
        const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
        if (!(bytes instanceof Uint8Array) || holdsCheckpoint(bytes)) return;
        const points = cloud(bytes);
        // The gradient's picture has unit vectors as well, fewer of them.
        if (!points || points.length < (seen.cloud?.count ?? 0)) return;
        seen.clouds += 1;
        seen.cloud = { count: points.length, apart: apart(points) };
      });
    }
  };
}
