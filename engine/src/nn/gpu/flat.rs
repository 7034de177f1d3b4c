//! The operations of [`crate::nn::flat`] on a GPU.

use super::Queue;
use crate::nn::flat::{AdamStep, SgdStep, Unbiased};
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Invocations that a length is split into.
const SPLIT: usize = 4096;
/// Invocations of the workgroup that joins them.
const JOIN: usize = 256;

/// Lengths of the vectors that are joined, and where the first one goes.
#[derive(CubeLaunch, CubeType)]
struct Places {
    offset: usize,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
}

#[cube(launch)]
fn join(a: &[f32], b: &[f32], c: &[f32], d: &[f32], e: &[f32], f: &[f32], out: &mut [f32], places: &Places) {
    let end_a = places.a;
    let end_b = end_a + places.b;
    let end_c = end_b + places.c;
    let end_d = end_c + places.d;
    let end_e = end_d + places.e;
    let at = ABSOLUTE_POS;
    if at >= end_e + places.f {
        terminate!();
    }
    let to = places.offset + at;
    if at < end_a {
        out[to] = a[at];
    } else if at < end_b {
        out[to] = b[at - end_a];
    } else if at < end_c {
        out[to] = c[at - end_b];
    } else if at < end_d {
        out[to] = d[at - end_c];
    } else if at < end_e {
        out[to] = e[at - end_d];
    } else {
        out[to] = f[at - end_e];
    }
}

fn count(vector: &CubeTensor) -> usize {
    vector.meta.shape().num_elements()
}

/// See [`crate::nn::joined`]: the first `used` of six vectors go into `out`, from `offset` on.
pub(crate) fn write(out: CubeTensor, sources: [CubeTensor; 6], used: usize, offset: usize) -> CubeTensor {
    let sources = sources.map(into_contiguous);
    let queue = Queue::of(&out);
    let lengths: [usize; 6] = std::array::from_fn(|at| if at < used { count(&sources[at]) } else { 0 });
    let (groups, size) = queue.groups(lengths.iter().sum());
    let [a, b, c, d, e, f] = lengths;
    let places = PlacesLaunch::new(offset, a, b, c, d, e, f);
    let [a, b, c, d, e, f] = sources.map(CubeTensor::into_buffer_arg);
    join::launch(&queue.client, groups, size, a, b, c, d, e, f, out.clone().into_buffer_arg(), places);
    out
}

/// Lengths of the moments of five layers and what makes their variances unbiased.
#[derive(CubeLaunch, CubeType)]
struct Layers {
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    unbiased_a: f32,
    unbiased_b: f32,
    unbiased_c: f32,
    unbiased_d: f32,
    unbiased_e: f32,
}

/// A moment: a mean, or a variance made unbiased.
#[cube]
fn moment(moments: &[f32], at: usize, length: usize, unbiased: f32) -> f32 {
    moments[at] * select(2 * at < length, 1.0f32, unbiased)
}

#[cube(launch)]
fn observe_layers(
    running: &[f32],
    a: &[f32],
    b: &[f32],
    c: &[f32],
    d: &[f32],
    e: &[f32],
    out: &mut [f32],
    layers: &Layers,
    offset: usize,
    momentum: f32,
) {
    let end_a = layers.a;
    let end_b = end_a + layers.b;
    let end_c = end_b + layers.c;
    let end_d = end_c + layers.d;
    let at = ABSOLUTE_POS;
    if at >= end_d + layers.e {
        terminate!();
    }
    let seen = if at < end_a {
        moment(a, at, layers.a, layers.unbiased_a)
    } else if at < end_b {
        moment(b, at - end_a, layers.b, layers.unbiased_b)
    } else if at < end_c {
        moment(c, at - end_b, layers.c, layers.unbiased_c)
    } else if at < end_d {
        moment(d, at - end_c, layers.d, layers.unbiased_d)
    } else {
        moment(e, at - end_d, layers.e, layers.unbiased_e)
    };
    out[offset + at] = (1.0f32 - momentum) * running[offset + at] + momentum * seen;
}

/// See [`crate::nn::flat::moved_moments`].
pub(crate) fn observe(out: CubeTensor, running: CubeTensor, moments: [CubeTensor; 5], unbiased: Unbiased) -> CubeTensor {
    let (running, moments) = (into_contiguous(running), moments.map(into_contiguous));
    let queue = Queue::of(&out);
    let Unbiased { count: used, offset, factors, momentum } = unbiased;
    let lengths: [usize; 5] = std::array::from_fn(|at| if at < used { count(&moments[at]) } else { 0 });
    let (groups, size) = queue.groups(lengths.iter().sum());
    let ([a, b, c, d, e], [fa, fb, fc, fd, fe]) = (lengths, factors);
    let layers = LayersLaunch::new(a, b, c, d, e, fa, fb, fc, fd, fe);
    let [a, b, c, d, e] = moments.map(CubeTensor::into_buffer_arg);
    let (running, to) = (running.into_buffer_arg(), out.clone().into_buffer_arg());
    observe_layers::launch(&queue.client, groups, size, running, a, b, c, d, e, to, layers, offset, momentum);
    out
}

#[cube(launch)]
fn blend_all(x: &[f32], y: &[f32], out: &mut [f32], a: f32, b: f32) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    out[ABSOLUTE_POS] = a * x[ABSOLUTE_POS] + b * y[ABSOLUTE_POS];
}

/// See [`crate::nn::blend`].
pub(crate) fn blend(x: CubeTensor, y: CubeTensor, a: f32, b: f32) -> CubeTensor {
    let [x, y] = [x, y].map(into_contiguous);
    let queue = Queue::of(&x);
    let out = queue.empty([count(&x)]);
    let (groups, size) = queue.groups(count(&x));
    let [x, y] = [x, y].map(CubeTensor::into_buffer_arg);
    blend_all::launch(&queue.client, groups, size, x, y, out.clone().into_buffer_arg(), a, b);
    out
}

/// Sums of squares, one an invocation.
#[cube(launch)]
fn squares(x: &[f32], out: &mut [f32], split: usize) {
    if ABSOLUTE_POS >= split {
        terminate!();
    }
    let mut sum = 0.0f32;
    for at in range_stepped(ABSOLUTE_POS, x.len(), split) {
        sum += x[at] * x[at];
    }
    out[ABSOLUTE_POS] = sum;
}

/// The root of the sum.
#[cube(launch)]
fn root_of_sum(parts: &[f32], out: &mut [f32], split: usize) {
    let lane = UNIT_POS as usize;
    let mut shared = Shared::<[f32]>::new_slice(JOIN);
    let mut sum = 0.0f32;
    for at in range_stepped(lane, split, JOIN) {
        sum += parts[at];
    }
    shared[lane] = sum;
    sync_cube();
    if lane == 0 {
        let mut total = 0.0f32;
        for other in 0..JOIN {
            total += shared[other];
        }
        out[0] = f32::sqrt(total);
    }
}

/// See [`crate::nn::length`].
pub(crate) fn length(x: CubeTensor) -> CubeTensor {
    let x = into_contiguous(x);
    let queue = Queue::of(&x);
    let split = count(&x).min(SPLIT);
    let (parts, out) = (queue.empty([split]), queue.empty([1]));
    let (groups, size) = queue.groups(split);
    squares::launch(&queue.client, groups, size, x.into_buffer_arg(), parts.clone().into_buffer_arg(), split);
    let (one, size) = (CubeCount::Static(1, 1, 1), CubeDim::new_1d(JOIN as u32));
    root_of_sum::launch(&queue.client, one, size, parts.into_buffer_arg(), out.clone().into_buffer_arg(), split);
    out
}

/// The numbers of a step of Adam; see [`AdamStep`].
#[derive(CubeLaunch, CubeType)]
struct Adam {
    rate: f32,
    beta1: f32,
    beta2: f32,
    unbias1: f32,
    unbias2: f32,
    epsilon: f32,
    decay: f32,
}

/// The weights after their decay: a launch of its own, since one kernel cannot bind the mask, too.
#[cube(launch)]
fn decay_masked(theta: &[f32], mask: &[f32], out: &mut [f32], share: f32) {
    let at = ABSOLUTE_POS;
    if at >= out.len() {
        terminate!();
    }
    out[at] = theta[at] - theta[at] * mask[at] * share;
}

fn decayed(theta: CubeTensor, mask: CubeTensor, share: f32) -> CubeTensor {
    let queue = Queue::of(&theta);
    let length = count(&theta);
    let out = queue.empty([length]);
    let (groups, size) = queue.groups(length);
    let [theta, mask] = [theta, mask].map(CubeTensor::into_buffer_arg);
    decay_masked::launch(&queue.client, groups, size, theta, mask, out.clone().into_buffer_arg(), share);
    out
}

#[cube(launch)]
fn adam_step(
    theta: &[f32],
    gradient: &[f32],
    first: &[f32],
    second: &[f32],
    next_theta: &mut [f32],
    next_first: &mut [f32],
    next_second: &mut [f32],
    step: &Adam,
) {
    let at = ABSOLUTE_POS;
    if at >= next_theta.len() {
        terminate!();
    }
    let weight = theta[at];
    let slope = gradient[at] + weight * step.decay;
    let m = first[at] * step.beta1 + slope * (1.0f32 - step.beta1);
    let v = second[at] * step.beta2 + slope * slope * (1.0f32 - step.beta2);
    next_theta[at] = weight - (m / step.unbias1) / (f32::sqrt(v / step.unbias2) + step.epsilon) * step.rate;
    next_first[at] = m;
    next_second[at] = v;
}

/// See [`crate::nn::adam`]: from weights, gradient, both moments and the mask.
pub(crate) fn adam(from: [CubeTensor; 5], masked: bool, step: AdamStep) -> (CubeTensor, CubeTensor, CubeTensor) {
    let [theta, gradient, first, second, mask] = from.map(into_contiguous);
    let AdamStep { rate, beta1, beta2, unbias1, unbias2, epsilon, decay } = step;
    let (theta, decay) = if masked { (decayed(theta, mask, rate * decay), 0.0) } else { (theta, decay) };
    let queue = Queue::of(&theta);
    let length = count(&theta);
    let next = [(); 3].map(|()| queue.empty([length]));
    let (groups, size) = queue.groups(length);
    let numbers = AdamLaunch::new(rate, beta1, beta2, unbias1, unbias2, epsilon, decay);
    let [theta, gradient, first, second] = [theta, gradient, first, second].map(CubeTensor::into_buffer_arg);
    let [to_theta, to_first, to_second] = next.each_ref().map(|tensor| tensor.clone().into_buffer_arg());
    adam_step::launch(&queue.client, groups, size, theta, gradient, first, second, to_theta, to_first, to_second, numbers);
    let [theta, first, second] = next;
    (theta, first, second)
}

#[cube(launch)]
fn sgd_step(
    theta: &[f32],
    gradient: &[f32],
    velocity: &[f32],
    next_theta: &mut [f32],
    next_velocity: &mut [f32],
    rate: f32,
    momentum: f32,
    decay: f32,
) {
    let at = ABSOLUTE_POS;
    if at >= next_theta.len() {
        terminate!();
    }
    let weight = theta[at];
    let next = velocity[at] * momentum + (gradient[at] + weight * decay);
    next_velocity[at] = next;
    next_theta[at] = weight - next * rate;
}

/// See [`crate::nn::sgd`].
pub(crate) fn sgd(from: [CubeTensor; 3], step: SgdStep) -> (CubeTensor, CubeTensor) {
    let [theta, gradient, velocity] = from.map(into_contiguous);
    let queue = Queue::of(&theta);
    let length = count(&theta);
    let next = [(); 2].map(|()| queue.empty([length]));
    let (groups, size) = queue.groups(length);
    let [theta, gradient, velocity] = [theta, gradient, velocity].map(CubeTensor::into_buffer_arg);
    let [to_theta, to_velocity] = next.each_ref().map(|tensor| tensor.clone().into_buffer_arg());
    let SgdStep { rate, momentum, decay } = step;
    sgd_step::launch(&queue.client, groups, size, theta, gradient, velocity, to_theta, to_velocity, rate, momentum, decay);
    let [theta, velocity] = next;
    (theta, velocity)
}
