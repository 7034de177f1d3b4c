// Which numbers does every browser library start from?
//
// The tiny encoder (3x3 convolutions 16-32-64, stride 2, padding 1, no bias), projector 64-128-64 with batch
// normalisation, NT-Xent at temperature 0.5, SGD with momentum 0.9. One seeded generator fills the weights and the
// images, so that two libraries that compute the same thing print the same losses.

export const WIDTHS = [16, 32, 64];
export const HIDDEN = 128;
export const DIMENSION = 64;
export const TEMPERATURE = 0.5;
export const RATE = 0.05;
export const MOMENTUM = 0.9;
export const EPSILON = 1e-5;

/** Normal numbers from a seed (mulberry32 and Box-Muller). */
function normals(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function filled(count, scale, draw) {
  return Float32Array.from({ length: count }, () => scale * draw());
}

/** Weights by name, with shape: convolutions as `[out, in, 3, 3]`, linear layers as `[in, out]`. */
export function weights() {
  const draw = normals(1);
  const list = [];
  const norm = (name, width) => {
    list.push([`${name}.scale`, [width], new Float32Array(width).fill(1)]);
    list.push([`${name}.shift`, [width], new Float32Array(width)]);
  };
  let channels = 3;
  WIDTHS.forEach((width, stage) => {
    list.push([`conv${stage}`, [width, channels, 3, 3], filled(width * channels * 9, Math.sqrt(2 / (channels * 9)), draw)]);
    norm(`norm${stage}`, width);
    channels = width;
  });
  list.push(["hidden", [channels, HIDDEN], filled(channels * HIDDEN, Math.sqrt(2 / channels), draw)]);
  norm("hiddenNorm", HIDDEN);
  list.push(["out", [HIDDEN, DIMENSION], filled(HIDDEN * DIMENSION, Math.sqrt(1 / HIDDEN), draw)]);
  list.push(["outBias", [DIMENSION], new Float32Array(DIMENSION)]);
  return list;
}

/** `[2 * images, 3, side, side]`: view 2 of each image is view 1 with noise. */
export function batch(images, side) {
  const draw = normals(2);
  const first = filled(images * 3 * side * side, 1, draw);
  const second = first.map((value) => value + 0.5 * draw());
  const both = new Float32Array(2 * first.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** `[2n, 2n]` with 1 where the column is the row's other view. */
export function partners(views) {
  const mask = new Float32Array(views * views);
  for (let row = 0; row < views; row += 1) mask[row * views + ((row + views / 2) % views)] = 1;
  return mask;
}

/** `[2n, 2n]` with a very negative number on the diagonal: a view is not its own negative. */
export function selfMask(views) {
  const mask = new Float32Array(views * views);
  for (let row = 0; row < views; row += 1) mask[row * views + row] = -1e9;
  return mask;
}
