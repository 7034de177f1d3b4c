// CIFAR-10 archives without CIFAR-10: the official layout, filled with images made here.
import { gzipSync } from "node:zlib";

const NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/** One tar entry: a 512-byte header, the bytes, zeros up to the next block. */
function entry(name, bytes) {
  const header = Buffer.alloc(512);
  const octal = (value, width) => value.toString(8).padStart(width - 1, "0") + "\0";
  header.write(name, 0, 100, "ascii");
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(bytes.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257, "binary");
  header.write(octal(header.reduce((sum, byte) => sum + byte, 0), 7) + " ", 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** Records of one label byte and 3 x 32 x 32 pixel bytes: every class a colour of its own with a gradient and grain. */
function records(count, seed) {
  let state = seed;
  const grain = () => (state = (state * 1103515245 + 12345) & 0x7fffffff) % 48;
  const record = (index) => {
    const label = index % 10;
    const pixels = Buffer.alloc(3072);
    for (let at = 0; at < 3072; at++) {
      const channel = Math.floor(at / 1024);
      const place = (at % 32) * (label % 3) + Math.floor((at % 1024) / 32) * (label % 4);
      pixels[at] = (label * 23 * (channel + 1) + place + grain()) % 256;
    }
    return Buffer.concat([Buffer.from([label]), pixels]);
  };
  return Buffer.concat(Array.from({ length: count }, (_, index) => record(index)));
}

/** The files of the data set, `[name, bytes]`, with `train` images in as many batches as asked for. */
export function batches(train, test, count = 1) {
  const each = Math.floor(train / count);
  return [
    ["batches.meta.txt", Buffer.from(NAMES.join("\n") + "\n")],
    ...Array.from({ length: count }, (_, index) => [`data_batch_${index + 1}.bin`, records(each, index + 1)]),
    ["test_batch.bin", records(test, 99)],
  ];
}

/** Files of the data set as .tar bytes. */
function tar(files) {
  return Buffer.concat([...files.map(([name, bytes]) => entry(`cifar-10-batches-bin/${name}`, bytes)), Buffer.alloc(1024)]);
}

/** A whole archive with `train` and `test` images, as .tar.gz bytes. */
export function cifar10(train, test) {
  return gzipSync(tar(batches(train, test)));
}

/** An archive as large as the published one before it was packed: 60,000 images, the same in every batch. */
export function fullSize() {
  const [names, [, bytes]] = batches(10_000, 1);
  return tar([names, ...[1, 2, 3, 4, 5].map((number) => [`data_batch_${number}.bin`, bytes]), ["test_batch.bin", bytes]]);
}
