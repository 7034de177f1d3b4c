// Pixels of a PNG file, and where on it the coloured dots are.
import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CHANNELS = { 0: 1, 2: 3, 4: 2, 6: 4 };

/** The chunks of a PNG file: `[type, bytes]`. */
function* chunks(file) {
  for (let at = SIGNATURE.length; at < file.length; ) {
    const length = file.readUInt32BE(at);
    yield [file.toString("latin1", at + 4, at + 8), file.subarray(at + 8, at + 8 + length)];
    at += 12 + length;
  }
}

/** What the filter of a line predicts from the left, the upper and the upper left neighbour. */
const PREDICTORS = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
    return a <= b && a <= c ? left : b <= c ? up : corner;
  },
];

/** Size, channels and bytes of an 8-bit PNG that is not interlaced. */
export function decode(file) {
  assert.ok(file.subarray(0, 8).equals(SIGNATURE), "not a PNG");
  let head;
  const packed = [];
  for (const [type, bytes] of chunks(file)) {
    if (type === "IHDR") head = bytes;
    if (type === "IDAT") packed.push(bytes);
  }
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const channels = CHANNELS[head[9]];
  assert.ok(head[8] === 8 && head[12] === 0 && channels, "only plain 8-bit PNGs are read here");
  const lines = inflateSync(Buffer.concat(packed));
  const stride = width * channels;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const predict = PREDICTORS[lines[y * (stride + 1)]];
    for (let x = 0; x < stride; x += 1) {
      const to = y * stride + x;
      const left = x >= channels ? pixels[to - channels] : 0;
      const up = y > 0 ? pixels[to - stride] : 0;
      const corner = x >= channels && y > 0 ? pixels[to - stride - channels] : 0;
      pixels[to] = lines[y * (stride + 1) + 1 + x] + predict(left, up, corner);
    }
  }
  return { width, height, channels, pixels };
}

/** Whether a pixel has a class's colour rather than a line's or the paper's grey. */
const coloured = (red, green, blue) => Math.max(red, green, blue) - Math.min(red, green, blue) > 60;

/**
 * The coloured pixels of a picture: how far they lie from their centre (the root of the mean square), and how far that centre
 * lies from the picture's own, both as a share of the picture's height. Undefined if there are none.
 */
export function dots({ width, height, channels, pixels }) {
  let [count, x, y, square] = [0, 0, 0, 0];
  for (let at = 0; at < width * height; at += 1) {
    const from = at * channels;
    if (!coloured(pixels[from], pixels[from + 1], pixels[from + 2])) continue;
    const [column, row] = [at % width, Math.floor(at / width)];
    count += 1;
    x += column;
    y += row;
    square += column * column + row * row;
  }
  if (!count) return undefined;
  const [middle, line] = [x / count, y / count];
  return {
    spread: Math.sqrt(Math.max(0, square / count - middle ** 2 - line ** 2)) / height,
    aside: Math.hypot(middle - width / 2, line - height / 2) / height,
  };
}
