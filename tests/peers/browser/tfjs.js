// How does one write the step in TensorFlow.js? Its own convolution, `batchNorm` and momentum optimiser, NHWC.
/* global tf */
import * as net from "./network.js";

/** Reorders `[a, b, c, d]` data by `order`, e.g. NCHW to NHWC. */
function reordered(data, shape, order) {
  return tf.tidy(() => tf.transpose(tf.tensor(data, shape), order));
}

function variables() {
  const table = {};
  for (const [name, shape, data] of net.weights()) {
    const start = shape.length === 4 ? reordered(data, shape, [2, 3, 1, 0]) : tf.tensor(data, shape);
    table[name] = tf.variable(start);
  }
  return table;
}

function normalised(x, table, name) {
  const axes = x.shape.length === 4 ? [0, 1, 2] : [0];
  const { mean, variance } = tf.moments(x, axes);
  return tf.batchNorm(x, mean, variance, table[`${name}.shift`], table[`${name}.scale`], net.EPSILON);
}

function loss(table, images, partners, selfMask) {
  let x = images;
  net.WIDTHS.forEach((_, stage) => {
    x = tf.conv2d(x, table[`conv${stage}`], 2, 1, "NHWC", [1, 1], "floor");
    x = tf.relu(normalised(x, table, `norm${stage}`));
  });
  x = tf.mean(x, [1, 2]);
  x = tf.relu(normalised(tf.matMul(x, table.hidden), table, "hiddenNorm"));
  x = tf.add(tf.matMul(x, table.out), table.outBias);
  const z = tf.div(x, tf.sqrt(tf.sum(tf.square(x), 1, true)));
  const similarity = tf.div(tf.matMul(z, z, false, true), net.TEMPERATURE);
  const positive = tf.sum(tf.mul(similarity, partners), 1);
  return tf.mean(tf.sub(tf.logSumExp(tf.add(similarity, selfMask), 1), positive));
}

/** Loads the backend and uploads everything; `step()` trains once and gives the loss. */
export async function prepare(backend, images, side) {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend} here`);
  await tf.ready();
  if (tf.getBackend() !== backend) throw new Error(`tfjs fell back to ${tf.getBackend()}`);
  const views = 2 * images;
  const table = variables();
  const batch = reordered(net.batch(images, side), [views, 3, side, side], [0, 2, 3, 1]);
  const partners = tf.tensor(net.partners(views), [views, views]);
  const selfMask = tf.tensor(net.selfMask(views), [views, views]);
  const optimiser = tf.train.momentum(net.RATE, net.MOMENTUM);
  return async () => {
    const value = optimiser.minimize(() => loss(table, batch, partners, selfMask), true);
    const [number] = await value.data();
    value.dispose();
    return number;
  };
}

export const version = () => `tfjs ${tf.version.tfjs}`;
