// How does one write the step in jax-js? The whole step, gradients and update included, in one `jit`; NCHW.
//
// It has no batch-norm layer, so that is written with mean and square. Passing an array consumes it; `.ref` keeps it.
import { init, defaultDevice, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import * as net from "./network.js";

function normalised(x, scale, shift) {
  const images = x.ndim === 4;
  const axes = images ? [0, 2, 3] : [0];
  const shape = images ? [1, -1, 1, 1] : [1, -1];
  const centred = x.ref.sub(np.mean(x, axes, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
  const unit = centred.div(np.sqrt(variance.add(net.EPSILON)));
  return unit.mul(scale.reshape(shape)).add(shift.reshape(shape));
}

function loss(table, images, partners, selfMask) {
  let x = images;
  net.WIDTHS.forEach((_, stage) => {
    x = lax.convGeneralDilated(x, table[`conv${stage}`], [2, 2], [[1, 1], [1, 1]]);
    x = nn.relu(normalised(x, table[`norm${stage}.scale`], table[`norm${stage}.shift`]));
  });
  x = np.mean(x, [2, 3]);
  x = nn.relu(normalised(np.matmul(x, table.hidden), table["hiddenNorm.scale"], table["hiddenNorm.shift"]));
  x = np.matmul(x, table.out).add(table.outBias);
  const z = x.ref.div(np.sqrt(np.sum(np.square(x), 1, { keepdims: true })));
  const similarity = np.matmul(z.ref, np.transpose(z)).div(net.TEMPERATURE);
  const positive = np.sum(similarity.ref.mul(partners), 1);
  return np.mean(nn.logsumexp(similarity.add(selfMask), 1).sub(positive));
}

const train = jit((table, velocity, images, partners, selfMask) => {
  const [value, gradient] = valueAndGrad(loss)(tree.ref(table), images, partners, selfMask);
  const moved = tree.map((v, g) => v.mul(net.MOMENTUM).add(g), velocity, gradient);
  const next = tree.map((p, v) => p.sub(v.mul(net.RATE)), table, tree.ref(moved));
  return [next, moved, value];
});

/** Loads the device and uploads everything; `step()` trains once and gives the loss. */
export async function prepare(device, images, side) {
  const found = await init();
  if (!found.includes(device)) throw new Error(`jax-js has no device ${device} here, only ${found.join(", ")}`);
  defaultDevice(device);
  const views = 2 * images;
  let table = {};
  let velocity = {};
  for (const [name, shape, data] of net.weights()) {
    table[name] = np.array(data).reshape(shape);
    velocity[name] = np.zeros(shape);
  }
  const batch = np.array(net.batch(images, side)).reshape([views, 3, side, side]);
  const partners = np.array(net.partners(views)).reshape([views, views]);
  const selfMask = np.array(net.selfMask(views)).reshape([views, views]);
  return async () => {
    const [next, moved, value] = train(table, velocity, batch.ref, partners.ref, selfMask.ref);
    table = next;
    velocity = moved;
    const [number] = await value.data();
    return number;
  };
}

export const version = () => "jax-js 0.1.25";
