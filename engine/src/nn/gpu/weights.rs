//! Weights laid out for the other kernels on a GPU, and their gradient.

use super::{Problem, Queue, lanes, tiled};
use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::num_traits::Zero;
use cubecl::prelude::*;

/// Invocations that the weight gradient is split into, roughly: enough to fill a laptop's GPU, few enough to sum up (four times as many
/// made adding them up as dear as the gradient itself on a software adapter).
const INVOCATIONS: usize = 4096;
/// Most numbers that partial sums may occupy (16 MiB).
const PARTIALS: usize = 4 << 20;

/// `[Out, In, k, k]` to `[k * k * In, Out]` and to `[k * k * Out, In]`.
#[cube(launch)]
fn pack(
    weight: &[f32],
    forwards: &mut [f32],
    backwards: &mut [f32],
    inputs: usize,
    outputs: usize,
    taps: usize,
    #[comptime] both: bool,
) {
    if ABSOLUTE_POS >= forwards.len() {
        terminate!();
    }
    let output = ABSOLUTE_POS % outputs;
    let input = (ABSOLUTE_POS / outputs) % inputs;
    let tap = ABSOLUTE_POS / outputs / inputs;
    let value = weight[(output * inputs + input) * taps + tap];
    forwards[ABSOLUTE_POS] = value;
    if comptime!(both) {
        backwards[(tap * outputs + output) * inputs + input] = value;
    }
}

/// Weights for both directions.
pub(super) struct Packed {
    /// `[k * k * In, Out]`.
    pub forwards: CubeTensor,
    /// `[k * k * Out, In]`, if there is a way back.
    pub backwards: Option<CubeTensor>,
}

/// `[Out, In, k, k]` laid out for the way there and, if asked for, the way back.
pub(super) fn packed(problem: Problem, weight: CubeTensor, both: bool) -> Packed {
    let queue = Queue::of(&weight);
    let Problem { inputs, outputs, .. } = problem;
    let taps = problem.kernel * problem.kernel;
    let forwards = queue.empty([taps * inputs, outputs]);
    let backwards = both.then(|| queue.empty([taps * outputs, inputs]));
    let (count, size) = queue.groups(taps * inputs * outputs);
    // Where it is not written it stands for a buffer that is only read: a browser allows no other use of one that is written.
    let to_backwards = backwards.clone().unwrap_or_else(|| weight.clone()).into_buffer_arg();
    let (from, to_forwards) = (weight.into_buffer_arg(), forwards.clone().into_buffer_arg());
    pack::launch(&queue.client, count, size, from, to_forwards, to_backwards, inputs, outputs, taps, both);
    Packed { forwards, backwards }
}

/// Sizes of a weight gradient; channels in vectors, and a line is one row of one output picture.
#[derive(CubeLaunch, CubeType)]
struct Lines {
    height: usize,
    width: usize,
    in_channels: usize,
    out_height: usize,
    out_width: usize,
    out_channels: usize,
    lines: usize,
    lines_per_chunk: usize,
    chunks: usize,
}

/// Partial sums `[chunks, k * k * In, Out]` of `x` times `gradient`, each over a chunk of output lines.
///
/// One invocation keeps `taps` neighbouring taps of one kernel row, `vectors` vectors of input channels and one vector of
/// output channels in registers.
#[cube(launch)]
fn multiply<I: Size, O: Size>(
    x: &[Vector<f32, I>],
    gradient: &[Vector<f32, O>],
    partials: &mut [Vector<f32, O>],
    sizes: &Lines,
    #[comptime] kernel: usize,
    #[comptime] stride: usize,
    #[comptime] taps: usize,
    #[comptime] vectors: usize,
    #[comptime] lanes: usize,
) {
    let padding = comptime!((kernel - 1) / 2);
    let tap_groups = comptime!(kernel / taps);
    let input_groups = sizes.in_channels / vectors;

    let output = ABSOLUTE_POS % sizes.out_channels;
    let rest = ABSOLUTE_POS / sizes.out_channels;
    let input = (rest % input_groups) * vectors;
    let rest = rest / input_groups;
    let first_tap = (rest % tap_groups) * taps;
    let rest = rest / tap_groups;
    let tap_y = rest % kernel;
    let chunk = rest / kernel;
    if chunk >= sizes.chunks {
        terminate!();
    }

    let mut sums = Array::<Vector<f32, O>>::new(comptime!(taps * vectors * lanes));
    #[unroll]
    for at in 0..comptime!(taps * vectors * lanes) {
        sums[at] = Vector::zero();
    }
    let first = chunk * sizes.lines_per_chunk;
    let last = min(first + sizes.lines_per_chunk, sizes.lines);
    for line in first..last {
        let y = (line % sizes.out_height) * stride + tap_y;
        if y >= padding && y - padding < sizes.height {
            let start = ((line / sizes.out_height) * sizes.height + y - padding) * sizes.width;
            for out_x in 0..sizes.out_width {
                let above = gradient[(line * sizes.out_width + out_x) * sizes.out_channels + output];
                #[unroll]
                for tap in 0..taps {
                    let x_padded = out_x * stride + first_tap + tap;
                    let inside = x_padded >= padding && x_padded - padding < sizes.width;
                    let at = select(inside, (start + x_padded - padding) * sizes.in_channels + input, 0);
                    let mask = Vector::<f32, I>::new(select(inside, 1.0f32, 0.0f32));
                    #[unroll]
                    for v in 0..vectors {
                        let value = x[at + v] * mask;
                        #[unroll]
                        for i in 0..lanes {
                            sums[(tap * vectors + v) * lanes + i] += Vector::new(value.extract(i)) * above;
                        }
                    }
                }
            }
        }
    }
    let in_channels = sizes.in_channels * lanes;
    #[unroll]
    for tap in 0..taps {
        let row = ((chunk * kernel + tap_y) * kernel + first_tap + tap) * in_channels + input * lanes;
        #[unroll]
        for i in 0..comptime!(vectors * lanes) {
            partials[(row + i) * sizes.out_channels + output] = sums[tap * vectors * lanes + i];
        }
    }
}

/// Adds up `[chunks, k * k * In, Out]` and writes `[Out, In, k, k]`. One invocation adds up a whole column: sharing it among
/// several needs a barrier, which on a software adapter took ten times as long as the sum.
#[cube(launch)]
fn join<N: Size>(partials: &[Vector<f32, N>], weight: &mut [f32], chunks: usize, taps: usize, inputs: usize, outputs: usize) {
    let columns = taps * inputs * outputs;
    if ABSOLUTE_POS >= columns {
        terminate!();
    }
    let mut total = Vector::<f32, N>::zero();
    for chunk in 0..chunks {
        total += partials[chunk * columns + ABSOLUTE_POS];
    }
    let output = (ABSOLUTE_POS % outputs) * N::value();
    let row = ABSOLUTE_POS / outputs;
    let input = row % inputs;
    let tap = row / inputs;
    #[unroll]
    for i in 0..N::value() {
        weight[((output + i) * inputs + input) * taps + tap] = total.extract(i);
    }
}

fn sum(problem: Problem, partials: CubeTensor, chunks: usize) -> CubeTensor {
    let queue = Queue::of(&partials);
    let Problem { inputs, outputs, kernel, .. } = problem;
    let lanes = lanes(outputs);
    let weight = queue.empty([outputs, inputs, kernel, kernel]);
    let (count, size) = queue.groups(kernel * kernel * inputs * (outputs / lanes));
    let (from, to) = (partials.into_buffer_arg(), weight.clone().into_buffer_arg());
    join::launch(&queue.client, count, size, lanes, from, to, chunks, kernel * kernel, inputs, outputs / lanes);
    weight
}

/// The gradient `[Out, In, k, k]` from the input and the gradient with respect to the convolution.
pub(super) fn gradient(problem: Problem, x: CubeTensor, gradient: CubeTensor) -> CubeTensor {
    let queue = Queue::of(&x);
    if tiled::suits(&queue, problem.inputs, problem.outputs) {
        let (partials, chunks) = tiled::partial_gradients(problem, x, gradient);
        return sum(problem, partials, chunks);
    }
    let Problem { batch, height, width, inputs, outputs, kernel, stride } = problem;
    let (in_lanes, out_lanes) = (lanes(inputs), lanes(outputs));
    let vectors = if in_lanes == 1 && inputs <= 3 { inputs } else { 1 };
    let taps = if kernel <= 3 { kernel } else { 1 };
    let numbers = kernel * kernel * inputs * outputs;
    let invocations = numbers / (taps * vectors * in_lanes * out_lanes);
    let lines = batch * problem.out_height();
    let wanted = INVOCATIONS.div_ceil(invocations).min(PARTIALS / numbers).clamp(1, lines);
    let lines_per_chunk = lines.div_ceil(wanted);
    let chunks = lines.div_ceil(lines_per_chunk);

    let partials = queue.empty([chunks, kernel * kernel * inputs, outputs]);
    let (count, size) = queue.groups(chunks * invocations);
    let sizes = LinesLaunch::new(
        height,
        width,
        inputs / in_lanes,
        problem.out_height(),
        problem.out_width(),
        outputs / out_lanes,
        lines,
        lines_per_chunk,
        chunks,
    );
    multiply::launch(
        &queue.client,
        count,
        size,
        in_lanes,
        out_lanes,
        x.into_buffer_arg(),
        gradient.into_buffer_arg(),
        partials.clone().into_buffer_arg(),
        sizes,
        kernel,
        stride,
        taps,
        vectors,
        in_lanes,
    );
    sum(problem, partials, chunks)
}
