//! Mean and variance of each channel on a GPU, and what becomes of the convolution with them.
//!
//! Activations are read as `[rows, channels]`. Statistics take two stages: chunks of rows, then the chunks together.

use super::{Queue, lanes, sums};
use crate::nn::EPSILON;
use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::num_traits::Zero;
use cubecl::prelude::*;
use sums::{COLUMNS, ROWS};

/// Rows that one invocation of a pointwise kernel works through, so that it reads the channel's numbers once.
const POINTWISE_ROWS: usize = 8;
/// Invocations that a reduction is split into, roughly.
const INVOCATIONS: usize = 8192;
/// Fewest rows of a chunk.
const CHUNK_ROWS: usize = 16;

/// `[rows, channels]` in vectors, and how the rows are cut into chunks.
#[derive(Clone, Copy)]
struct Plan {
    rows: usize,
    columns: usize,
    rows_per_chunk: usize,
    chunks: usize,
    lanes: usize,
}

impl Plan {
    fn of(activations: &CubeTensor) -> Self {
        let [batch, height, width, channels] = activations.meta.shape().dims();
        let (rows, lanes) = (batch * height * width, lanes(channels));
        let columns = channels / lanes;
        let wanted = INVOCATIONS.div_ceil(columns).min(rows / CHUNK_ROWS).max(1);
        let rows_per_chunk = rows.div_ceil(wanted);
        Self { rows, columns, rows_per_chunk, chunks: rows.div_ceil(rows_per_chunk), lanes }
    }

    fn channels(&self) -> usize {
        self.columns * self.lanes
    }
}

/// Mean and sum of squared deviations of each chunk, `[chunks, channels]`. The squares are taken around the chunk's first
/// row, so that a mean far from zero costs no digits.
#[cube(launch)]
fn chunk_moments<N: Size>(
    raw: &[Vector<f32, N>],
    means: &mut [Vector<f32, N>],
    squares: &mut [Vector<f32, N>],
    rows: usize,
    columns: usize,
    rows_per_chunk: usize,
) {
    if ABSOLUTE_POS >= means.len() {
        terminate!();
    }
    let column = ABSOLUTE_POS % columns;
    let first = (ABSOLUTE_POS / columns) * rows_per_chunk;
    let last = min(first + rows_per_chunk, rows);
    let origin = raw[first * columns + column];
    let mut sum = Vector::<f32, N>::zero();
    let mut square = Vector::<f32, N>::zero();
    for row in first..last {
        let deviation = raw[row * columns + column] - origin;
        sum += deviation;
        square += deviation * deviation;
    }
    let mean = sum / Vector::new(f32::cast_from(last - first));
    means[ABSOLUTE_POS] = origin + mean;
    squares[ABSOLUTE_POS] = square - sum * mean;
}

/// All means, then all biased variances, from those of the chunks (Chan, Golub & LeVeque 1979, equation 2.1).
#[cube(launch)]
fn join_moments<N: Size>(
    means: &[Vector<f32, N>],
    squares: &[Vector<f32, N>],
    moments: &mut [Vector<f32, N>],
    rows: usize,
    columns: usize,
    rows_per_chunk: usize,
    chunks: usize,
) {
    let lane = UNIT_POS_X as usize;
    let share = UNIT_POS_Y as usize;
    let column = CUBE_POS * COLUMNS + lane;
    let mut shared_mean = Shared::<[Vector<f32, N>]>::new_slice(comptime!(COLUMNS * ROWS));
    let mut shared_square = Shared::<[Vector<f32, N>]>::new_slice(comptime!(COLUMNS * ROWS));
    let mut shared_count = Shared::<[f32]>::new_slice(comptime!(COLUMNS * ROWS));
    let mut count = 0.0f32;
    let mut centre = Vector::<f32, N>::zero();
    let mut square = Vector::<f32, N>::zero();
    if column < columns {
        for chunk in range_stepped(share, chunks, ROWS) {
            let more = f32::cast_from(min(rows_per_chunk, rows - chunk * rows_per_chunk));
            let gap = means[chunk * columns + column] - centre;
            let total = count + more;
            centre += gap * Vector::new(more / total);
            square += squares[chunk * columns + column] + gap * gap * Vector::new(count * more / total);
            count = total;
        }
    }
    let at = share * COLUMNS + lane;
    shared_mean[at] = centre;
    shared_square[at] = square;
    shared_count[at] = count;
    sync_cube();
    if share == 0 && column < columns {
        for other in 1..ROWS {
            let at = other * COLUMNS + lane;
            let more = shared_count[at];
            let gap = shared_mean[at] - centre;
            let total = count + more;
            centre += gap * Vector::new(more / total);
            square += shared_square[at] + gap * gap * Vector::new(count * more / total);
            count = total;
        }
        moments[column] = centre;
        moments[columns + column] = square / Vector::new(f32::cast_from(rows));
    }
}

/// The mean of each channel, then the biased variance of each, `[2 channels]`.
pub(super) fn moments(raw: &CubeTensor) -> CubeTensor {
    let queue = Queue::of(raw);
    let plan = Plan::of(raw);
    let Plan { rows, columns, rows_per_chunk, chunks, lanes } = plan;
    let partial = || queue.empty([chunks, plan.channels()]);
    let (means, squares) = (partial(), partial());
    let (count, size) = queue.groups(chunks * columns);
    chunk_moments::launch(
        &queue.client,
        count,
        size,
        lanes,
        raw.clone().into_buffer_arg(),
        means.clone().into_buffer_arg(),
        squares.clone().into_buffer_arg(),
        rows,
        columns,
        rows_per_chunk,
    );
    let moments = queue.empty([2 * plan.channels()]);
    let (count, size) = sums::groups(&queue, columns);
    join_moments::launch(
        &queue.client,
        count,
        size,
        lanes,
        means.into_buffer_arg(),
        squares.into_buffer_arg(),
        moments.clone().into_buffer_arg(),
        rows,
        columns,
        rows_per_chunk,
        chunks,
    );
    moments
}

/// `(raw - mean) / deviation * gamma + beta`, and ReLU if asked for.
#[cube(launch)]
fn affine_rows<N: Size>(
    raw: &[Vector<f32, N>],
    moments: &[Vector<f32, N>],
    gamma: &[Vector<f32, N>],
    beta: &[Vector<f32, N>],
    output: &mut [Vector<f32, N>],
    rows: usize,
    columns: usize,
    epsilon: f32,
    #[comptime] relu: bool,
) {
    let column = ABSOLUTE_POS % columns;
    let first = (ABSOLUTE_POS / columns) * POINTWISE_ROWS;
    let last = min(first + POINTWISE_ROWS, rows);
    if first >= rows {
        terminate!();
    }
    let mean = moments[column];
    let scale = gamma[column] / Vector::sqrt(moments[columns + column] + Vector::new(epsilon));
    let beta = beta[column];
    for row in first..last {
        let at = row * columns + column;
        let value = (raw[at] - mean) * scale + beta;
        output[at] = if comptime!(relu) { max(value, Vector::zero()) } else { value };
    }
}

/// Normalises with the moments, gamma and beta given, and applies a ReLU if asked for.
pub(super) fn affine(raw: &CubeTensor, channels: [&CubeTensor; 3], relu: bool) -> CubeTensor {
    let queue = Queue::of(raw);
    let Plan { rows, columns, lanes, .. } = Plan::of(raw);
    let output = queue.empty(raw.meta.shape().clone());
    let [moments, gamma, beta] = channels.map(|channel| channel.clone().into_buffer_arg());
    let (count, size) = queue.groups(rows.div_ceil(POINTWISE_ROWS) * columns);
    let (from, to) = (raw.clone().into_buffer_arg(), output.clone().into_buffer_arg());
    affine_rows::launch(&queue.client, count, size, lanes, from, moments, gamma, beta, to, rows, columns, EPSILON, relu);
    output
}

/// What arrives at the normalisation: the gradient where the ReLU let its input pass.
#[cube]
fn passed<N: Size>(
    above: Vector<f32, N>,
    normalised: Vector<f32, N>,
    gamma: Vector<f32, N>,
    beta: Vector<f32, N>,
    #[comptime] relu: bool,
) -> Vector<f32, N> {
    if comptime!(relu) {
        select_many((normalised * gamma + beta).greater_than(&Vector::zero()), above, Vector::zero())
    } else {
        above
    }
}

/// Sums of `dy x̂` and of `dy` over each chunk, `[2, chunks, channels]`.
#[cube(launch)]
fn chunk_sums<N: Size>(
    raw: &[Vector<f32, N>],
    above: &[Vector<f32, N>],
    moments: &[Vector<f32, N>],
    gamma: &[Vector<f32, N>],
    beta: &[Vector<f32, N>],
    partials: &mut [Vector<f32, N>],
    rows: usize,
    columns: usize,
    rows_per_chunk: usize,
    chunks: usize,
    epsilon: f32,
    #[comptime] relu: bool,
) {
    if ABSOLUTE_POS >= chunks * columns {
        terminate!();
    }
    let column = ABSOLUTE_POS % columns;
    let first = (ABSOLUTE_POS / columns) * rows_per_chunk;
    let last = min(first + rows_per_chunk, rows);
    let mean = moments[column];
    let inverse = Vector::new(1.0f32) / Vector::sqrt(moments[columns + column] + Vector::new(epsilon));
    let gamma = gamma[column];
    let beta = beta[column];
    let mut product = Vector::<f32, N>::zero();
    let mut sum = Vector::<f32, N>::zero();
    for row in first..last {
        let at = row * columns + column;
        let normalised = (raw[at] - mean) * inverse;
        let dy = passed::<N>(above[at], normalised, gamma, beta, relu);
        product += dy * normalised;
        sum += dy;
    }
    partials[ABSOLUTE_POS] = product;
    partials[chunks * columns + ABSOLUTE_POS] = sum;
}

/// Adds up `[2, chunks, channels]`; `both` holds the same sums side by side, in one buffer for the next kernel.
#[cube(launch)]
fn join_sums<N: Size>(
    partials: &[Vector<f32, N>],
    product: &mut [Vector<f32, N>],
    sum: &mut [Vector<f32, N>],
    both: &mut [Vector<f32, N>],
    columns: usize,
    chunks: usize,
) {
    let column = CUBE_POS * COLUMNS + UNIT_POS_X as usize;
    let first = sums::column_sum::<N>(partials, 0, column, columns, chunks);
    let second = sums::column_sum::<N>(partials, chunks * columns, column, columns, chunks);
    if UNIT_POS_Y == 0 && column < columns {
        product[column] = first;
        sum[column] = second;
        both[column] = first;
        both[columns + column] = second;
    }
}

/// What the normalisation adds up over the batch on the way back.
pub(super) struct Totals {
    /// The gradient with respect to gamma, `[channels]`.
    pub gamma: CubeTensor,
    /// The gradient with respect to beta, `[channels]`.
    pub beta: CubeTensor,
    /// Both, `[2, channels]`: an adapter may bind no more than eight buffers to a kernel.
    both: CubeTensor,
}

/// The gradients with respect to gamma and beta.
pub(super) fn backward_sums(raw: &CubeTensor, above: &CubeTensor, channels: [&CubeTensor; 3], relu: bool) -> Totals {
    let queue = Queue::of(raw);
    let plan = Plan::of(raw);
    let Plan { rows, columns, rows_per_chunk, chunks, lanes } = plan;
    let partials = queue.empty([2, chunks, plan.channels()]);
    let [moments, gamma, beta] = channels.map(|channel| channel.clone().into_buffer_arg());
    let (count, size) = queue.groups(chunks * columns);
    chunk_sums::launch(
        &queue.client,
        count,
        size,
        lanes,
        raw.clone().into_buffer_arg(),
        above.clone().into_buffer_arg(),
        moments,
        gamma,
        beta,
        partials.clone().into_buffer_arg(),
        rows,
        columns,
        rows_per_chunk,
        chunks,
        EPSILON,
        relu,
    );
    let totals = Totals {
        gamma: queue.empty([plan.channels()]),
        beta: queue.empty([plan.channels()]),
        both: queue.empty([2, plan.channels()]),
    };
    let (count, size) = sums::groups(&queue, columns);
    let [product, sum, both] = [&totals.gamma, &totals.beta, &totals.both].map(|total| total.clone().into_buffer_arg());
    join_sums::launch(&queue.client, count, size, lanes, partials.into_buffer_arg(), product, sum, both, columns, chunks);
    totals
}

/// `gamma / deviation * (dy - mean(dy) - x̂ mean(dy x̂))` (Ioffe & Szegedy 2015, section 3).
#[cube(launch)]
fn backward_rows<N: Size>(
    raw: &[Vector<f32, N>],
    above: &[Vector<f32, N>],
    moments: &[Vector<f32, N>],
    gamma: &[Vector<f32, N>],
    beta: &[Vector<f32, N>],
    totals: &[Vector<f32, N>],
    output: &mut [Vector<f32, N>],
    rows: usize,
    columns: usize,
    epsilon: f32,
    #[comptime] relu: bool,
) {
    let column = ABSOLUTE_POS % columns;
    let first = (ABSOLUTE_POS / columns) * POINTWISE_ROWS;
    let last = min(first + POINTWISE_ROWS, rows);
    if first >= rows {
        terminate!();
    }
    let mean = moments[column];
    let inverse = Vector::new(1.0f32) / Vector::sqrt(moments[columns + column] + Vector::new(epsilon));
    let gamma = gamma[column];
    let beta = beta[column];
    let count = Vector::new(f32::cast_from(rows));
    let product = totals[column] / count;
    let sum = totals[columns + column] / count;
    for row in first..last {
        let at = row * columns + column;
        let normalised = (raw[at] - mean) * inverse;
        let dy = passed::<N>(above[at], normalised, gamma, beta, relu);
        output[at] = gamma * inverse * (dy - sum - normalised * product);
    }
}

/// The gradient with respect to the convolution, from the one that arrives and the sums of [`backward_sums`].
pub(super) fn backward(
    raw: &CubeTensor,
    above: &CubeTensor,
    channels: [&CubeTensor; 3],
    totals: &Totals,
    relu: bool,
) -> CubeTensor {
    let queue = Queue::of(raw);
    let Plan { rows, columns, lanes, .. } = Plan::of(raw);
    let output = queue.empty(raw.meta.shape().clone());
    let [moments, gamma, beta] = channels.map(|channel| channel.clone().into_buffer_arg());
    let (count, size) = queue.groups(rows.div_ceil(POINTWISE_ROWS) * columns);
    backward_rows::launch(
        &queue.client,
        count,
        size,
        lanes,
        raw.clone().into_buffer_arg(),
        above.clone().into_buffer_arg(),
        moments,
        gamma,
        beta,
        totals.both.clone().into_buffer_arg(),
        output.clone().into_buffer_arg(),
        rows,
        columns,
        EPSILON,
        relu,
    );
    output
}
