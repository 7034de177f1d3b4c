//! The operations of [`crate::nn::rows`] on a GPU: one launch each.

use super::Queue;
use crate::nn::Candidates;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Squared lengths below this count as this: a row of zeros stays one.
const SHORTEST: f32 = 1e-24;
/// Invocations that share a row.
const LANES: usize = 16;
/// Rows of a workgroup.
const ROWS: usize = 8;
/// Invocations of the workgroup that takes a mean.
const MEAN: usize = 256;
/// What stands for the logarithm of nothing.
const NOTHING: f32 = -1e30;

/// Rows and columns of a matrix.
fn sizes(matrix: &CubeTensor) -> [usize; 2] {
    matrix.meta.shape().dims()
}

/// Workgroups of `LANES` by `ROWS` invocations for so many rows.
fn row_groups(queue: &Queue, rows: usize) -> (CubeCount, CubeDim) {
    let size = CubeDim::new_2d(LANES as u32, ROWS as u32);
    let (count, _) = queue.groups_of(rows.div_ceil(ROWS), 1);
    (count, size)
}

/// The sum of what the lanes of a row bring, known to all of them. No invocation may have left: all must arrive at the barrier.
#[cube]
fn over_lanes(part: f32, lane: usize, line: usize) -> f32 {
    let mut shared = Shared::<[f32]>::new_slice(comptime!(LANES * ROWS));
    shared[line * LANES + lane] = part;
    sync_cube();
    let mut total = 0.0f32;
    for other in 0..LANES {
        total += shared[line * LANES + other];
    }
    total
}

#[cube(launch)]
fn unit_rows(z: &[f32], unit: &mut [f32], inverse: &mut [f32], rows: usize, width: usize) {
    let lane = UNIT_POS_X as usize;
    let line = UNIT_POS_Y as usize;
    let row = CUBE_POS * ROWS + line;
    let mut sum = 0.0f32;
    if row < rows {
        for at in range_stepped(lane, width, LANES) {
            let value = z[row * width + at];
            sum += value * value;
        }
    }
    let total = over_lanes(sum, lane, line);
    let factor = 1.0f32 / f32::sqrt(max(total, SHORTEST));
    if row < rows {
        for at in range_stepped(lane, width, LANES) {
            unit[row * width + at] = z[row * width + at] * factor;
        }
        if lane == 0 {
            inverse[row] = factor;
        }
    }
}

/// See [`crate::nn::RowKernels::unit`].
pub(crate) fn unit(z: CubeTensor) -> (CubeTensor, CubeTensor) {
    let z = into_contiguous(z);
    let (queue, [rows, width]) = (Queue::of(&z), sizes(&z));
    let (unit, inverse) = (queue.empty([rows, width]), queue.empty([rows]));
    let (count, size) = row_groups(&queue, rows);
    let (to, lengths) = (unit.clone().into_buffer_arg(), inverse.clone().into_buffer_arg());
    unit_rows::launch(&queue.client, count, size, z.into_buffer_arg(), to, lengths, rows, width);
    (unit, inverse)
}

/// `(g - u (u . g)) / |z|`.
#[cube(launch)]
fn unit_rows_backward(unit: &[f32], inverse: &[f32], gradient: &[f32], out: &mut [f32], rows: usize, width: usize) {
    let lane = UNIT_POS_X as usize;
    let line = UNIT_POS_Y as usize;
    let row = CUBE_POS * ROWS + line;
    let mut sum = 0.0f32;
    if row < rows {
        for at in range_stepped(lane, width, LANES) {
            sum += unit[row * width + at] * gradient[row * width + at];
        }
    }
    let along = over_lanes(sum, lane, line);
    if row < rows {
        let factor = inverse[row];
        for at in range_stepped(lane, width, LANES) {
            let at = row * width + at;
            out[at] = (gradient[at] - unit[at] * along) * factor;
        }
    }
}

/// See [`crate::nn::RowKernels::unit_backward`].
pub(crate) fn unit_backward(unit: CubeTensor, inverse: CubeTensor, gradient: CubeTensor) -> CubeTensor {
    let [unit, inverse, gradient] = [unit, inverse, gradient].map(into_contiguous);
    let (queue, [rows, width]) = (Queue::of(&unit), sizes(&unit));
    let out = queue.empty([rows, width]);
    let (count, size) = row_groups(&queue, rows);
    let [unit, inverse, gradient] = [unit, inverse, gradient].map(CubeTensor::into_buffer_arg);
    unit_rows_backward::launch(&queue.client, count, size, unit, inverse, gradient, out.clone().into_buffer_arg(), rows, width);
    out
}

#[cube(launch)]
fn paired_rows(u: &[f32], v: &[f32], out: &mut [f32], rows: usize, width: usize, shift: usize) {
    let lane = UNIT_POS_X as usize;
    let line = UNIT_POS_Y as usize;
    let row = CUBE_POS * ROWS + line;
    let mut sum = 0.0f32;
    if row < rows {
        let other = ((row + shift) % rows) * width;
        for at in range_stepped(lane, width, LANES) {
            sum += u[row * width + at] * v[other + at];
        }
    }
    let total = over_lanes(sum, lane, line);
    if lane == 0 && row < rows {
        out[row] = total;
    }
}

/// See [`crate::nn::paired_products`].
pub(crate) fn paired(u: CubeTensor, v: CubeTensor, shift: usize) -> CubeTensor {
    let [u, v] = [u, v].map(into_contiguous);
    let (queue, [rows, width]) = (Queue::of(&u), sizes(&u));
    let out = queue.empty([rows]);
    let (count, size) = row_groups(&queue, rows);
    let [u, v] = [u, v].map(CubeTensor::into_buffer_arg);
    paired_rows::launch(&queue.client, count, size, u, v, out.clone().into_buffer_arg(), rows, width, shift);
    out
}

#[cube(launch)]
fn paired_rows_backward(
    u: &[f32],
    v: &[f32],
    gradient: &[f32],
    of_u: &mut [f32],
    of_v: &mut [f32],
    rows: usize,
    width: usize,
    shift: usize,
    factor: f32,
) {
    if ABSOLUTE_POS >= rows * width {
        terminate!();
    }
    let row = ABSOLUTE_POS / width;
    let there = ((row + shift) % rows) * width + ABSOLUTE_POS % width;
    // One number for all rows, or one for each.
    let share = factor * gradient[min(row, gradient.len() - 1)];
    of_u[ABSOLUTE_POS] = share * v[there];
    of_v[there] = share * u[ABSOLUTE_POS];
}

/// See [`crate::nn::RowKernels::paired_backward`].
pub(crate) fn paired_backward(
    u: CubeTensor,
    v: CubeTensor,
    gradient: CubeTensor,
    factor: f32,
    shift: usize,
) -> (CubeTensor, CubeTensor) {
    let [u, v, gradient] = [u, v, gradient].map(into_contiguous);
    let (queue, [rows, width]) = (Queue::of(&u), sizes(&u));
    let (of_u, of_v) = (queue.empty([rows, width]), queue.empty([rows, width]));
    let (count, size) = queue.groups(rows * width);
    let [u, v, gradient] = [u, v, gradient].map(CubeTensor::into_buffer_arg);
    let [to_u, to_v] = [&of_u, &of_v].map(|tensor| tensor.clone().into_buffer_arg());
    paired_rows_backward::launch(&queue.client, count, size, u, v, gradient, to_u, to_v, rows, width, shift, factor);
    (of_u, of_v)
}

/// Whether a column counts in the sum of a row; see [`Candidates`].
#[cube]
fn holds(row: usize, column: usize, period: usize, filled: usize) -> bool {
    let other = period == 0 || row % max(period, 1) != column % max(period, 1);
    column < filled && other
}

/// The lanes of a row keep their largest number and the sum below it; the first one joins them.
#[cube(launch)]
fn log_sums(
    similarity: &[f32],
    positive: &[f32],
    out: &mut [f32],
    parts: &mut [f32],
    rows: usize,
    columns: usize,
    period: usize,
    filled: usize,
    scale: f32,
    #[comptime] with_positive: bool,
) {
    let lane = UNIT_POS_X as usize;
    let line = UNIT_POS_Y as usize;
    let row = CUBE_POS * ROWS + line;
    let mut tops = Shared::<[f32]>::new_slice(comptime!(LANES * ROWS));
    let mut sums = Shared::<[f32]>::new_slice(comptime!(LANES * ROWS));
    let mut top = NOTHING.runtime();
    let mut sum = 0.0f32;
    if row < rows {
        for column in range_stepped(lane, columns, LANES) {
            if holds(row, column, period, filled) {
                let value = scale * similarity[row * columns + column];
                let higher = max(top, value);
                sum = sum * f32::exp(top - higher) + f32::exp(value - higher);
                top = higher;
            }
        }
        if comptime!(with_positive) {
            if lane == 0 {
                let value = scale * positive[row];
                let higher = max(top, value);
                sum = sum * f32::exp(top - higher) + f32::exp(value - higher);
                top = higher;
            }
        }
    }
    tops[line * LANES + lane] = top;
    sums[line * LANES + lane] = sum;
    sync_cube();
    if lane == 0 && row < rows {
        for other in 1..LANES {
            let at = line * LANES + other;
            let higher = max(top, tops[at]);
            sum = sum * f32::exp(top - higher) + sums[at] * f32::exp(tops[at] - higher);
            top = higher;
        }
        out[row] = top + f32::ln(sum);
        parts[2 * row] = top;
        parts[2 * row + 1] = sum;
    }
}

/// See [`crate::nn::RowKernels::log_sum_exp`].
pub(crate) fn log_sum_exp(
    similarity: CubeTensor,
    positive: Option<CubeTensor>,
    candidates: Candidates,
) -> (CubeTensor, CubeTensor) {
    let (similarity, positive) = (into_contiguous(similarity), positive.map(into_contiguous));
    let (queue, [rows, columns]) = (Queue::of(&similarity), sizes(&similarity));
    let (out, parts) = (queue.empty([rows]), queue.empty([2 * rows]));
    let (count, size) = row_groups(&queue, rows);
    let with_positive = positive.is_some();
    log_sums::launch(
        &queue.client,
        count,
        size,
        similarity.clone().into_buffer_arg(),
        positive.unwrap_or(similarity).into_buffer_arg(),
        out.clone().into_buffer_arg(),
        parts.clone().into_buffer_arg(),
        rows,
        columns,
        candidates.period,
        candidates.filled.min(columns),
        candidates.scale,
        with_positive,
    );
    (out, parts)
}

/// `g / A scale` times the softmax, 0 where there is no candidate.
#[cube(launch)]
fn log_sums_backward(
    similarity: &[f32],
    positive: &[f32],
    parts: &[f32],
    gradient: &[f32],
    of_similarity: &mut [f32],
    of_positive: &mut [f32],
    rows: usize,
    columns: usize,
    period: usize,
    filled: usize,
    scale: f32,
    #[comptime] with_positive: bool,
) {
    if ABSOLUTE_POS >= rows * columns {
        terminate!();
    }
    let row = ABSOLUTE_POS / columns;
    let column = ABSOLUTE_POS % columns;
    let share = gradient[0] * scale / f32::cast_from(rows);
    let top = parts[2 * row];
    let sum = parts[2 * row + 1];
    let inside = holds(row, column, period, filled);
    let value = share * f32::exp(scale * similarity[ABSOLUTE_POS] - top) / sum;
    of_similarity[ABSOLUTE_POS] = select(inside, value, 0.0f32);
    if comptime!(with_positive) {
        if column == 0 {
            of_positive[row] = share * f32::exp(scale * positive[row] - top) / sum;
        }
    }
}

/// See [`crate::nn::RowKernels::log_sum_exp_backward`].
pub(crate) fn log_sum_exp_backward(
    similarity: CubeTensor,
    positive: Option<CubeTensor>,
    parts: CubeTensor,
    gradient: CubeTensor,
    candidates: Candidates,
) -> (CubeTensor, Option<CubeTensor>) {
    let [similarity, parts, gradient] = [similarity, parts, gradient].map(into_contiguous);
    let positive = positive.map(into_contiguous);
    let (queue, [rows, columns]) = (Queue::of(&similarity), sizes(&similarity));
    let (of_similarity, of_positive) = (queue.empty([rows, columns]), queue.empty([rows]));
    let (count, size) = queue.groups(rows * columns);
    let with_positive = positive.is_some();
    log_sums_backward::launch(
        &queue.client,
        count,
        size,
        similarity.clone().into_buffer_arg(),
        positive.unwrap_or(similarity).into_buffer_arg(),
        parts.into_buffer_arg(),
        gradient.into_buffer_arg(),
        of_similarity.clone().into_buffer_arg(),
        of_positive.clone().into_buffer_arg(),
        rows,
        columns,
        candidates.period,
        candidates.filled.min(columns),
        candidates.scale,
        with_positive,
    );
    (of_similarity, with_positive.then_some(of_positive))
}

#[cube(launch)]
fn mean_of(values: &[f32], out: &mut [f32], count: usize, factor: f32) {
    let lane = UNIT_POS as usize;
    let mut shared = Shared::<[f32]>::new_slice(MEAN);
    let mut sum = 0.0f32;
    for at in range_stepped(lane, count, MEAN) {
        sum += values[at];
    }
    shared[lane] = sum;
    sync_cube();
    if lane == 0 {
        let mut total = 0.0f32;
        for other in 0..MEAN {
            total += shared[other];
        }
        out[0] = total * factor;
    }
}

/// See [`crate::nn::RowKernels::mean`].
pub(crate) fn mean(values: CubeTensor, factor: f32) -> CubeTensor {
    let values = into_contiguous(values);
    let (queue, count) = (Queue::of(&values), values.meta.shape().num_elements());
    let out = queue.empty([1]);
    let factor = factor / count as f32;
    let (one, size) = (CubeCount::Static(1, 1, 1), CubeDim::new_1d(MEAN as u32));
    mean_of::launch(&queue.client, one, size, values.into_buffer_arg(), out.clone().into_buffer_arg(), count, factor);
    out
}

#[cube(launch)]
fn mean_pixels(x: &[f32], out: &mut [f32], positions: usize, channels: usize) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let channel = ABSOLUTE_POS % channels;
    let start = (ABSOLUTE_POS / channels) * positions;
    let mut sum = 0.0f32;
    for position in 0..positions {
        sum += x[(start + position) * channels + channel];
    }
    out[ABSOLUTE_POS] = sum / f32::cast_from(positions);
}

/// See [`crate::nn::mean_positions`].
pub(crate) fn positions(x: CubeTensor) -> CubeTensor {
    let x = into_contiguous(x);
    let queue = Queue::of(&x);
    let [batch, height, width, channels] = x.meta.shape().dims();
    let out = queue.empty([batch, channels]);
    let (count, size) = queue.groups(batch * channels);
    mean_pixels::launch(&queue.client, count, size, x.into_buffer_arg(), out.clone().into_buffer_arg(), height * width, channels);
    out
}

#[cube(launch)]
fn mean_pixels_backward(gradient: &[f32], out: &mut [f32], positions: usize, channels: usize) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let channel = ABSOLUTE_POS % channels;
    let image = ABSOLUTE_POS / channels / positions;
    out[ABSOLUTE_POS] = gradient[image * channels + channel] / f32::cast_from(positions);
}

/// See [`crate::nn::RowKernels::positions_backward`].
pub(crate) fn positions_backward(gradient: CubeTensor, [height, width]: [usize; 2]) -> CubeTensor {
    let gradient = into_contiguous(gradient);
    let (queue, [batch, channels]) = (Queue::of(&gradient), sizes(&gradient));
    let out = queue.empty([batch, height, width, channels]);
    let (count, size) = queue.groups(batch * height * width * channels);
    let to = out.clone().into_buffer_arg();
    mean_pixels_backward::launch(&queue.client, count, size, gradient.into_buffer_arg(), to, height * width, channels);
    out
}

#[cube(launch)]
fn add_relu(x: &[f32], y: &[f32], out: &mut [f32]) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    out[ABSOLUTE_POS] = max(x[ABSOLUTE_POS] + y[ABSOLUTE_POS], 0.0f32);
}

/// See [`crate::nn::add_relu`].
pub(crate) fn rectified_sum(x: CubeTensor, y: CubeTensor) -> CubeTensor {
    let [x, y] = [x, y].map(into_contiguous);
    let queue = Queue::of(&x);
    let out = queue.empty(x.meta.shape().clone());
    let (count, size) = queue.groups(x.meta.shape().num_elements());
    let [x, y] = [x, y].map(CubeTensor::into_buffer_arg);
    add_relu::launch(&queue.client, count, size, x, y, out.clone().into_buffer_arg());
    out
}

#[cube(launch)]
fn add_relu_backward(sum: &[f32], gradient: &[f32], out: &mut [f32]) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    out[ABSOLUTE_POS] = select(sum[ABSOLUTE_POS] > 0.0f32, gradient[ABSOLUTE_POS], 0.0f32);
}

/// See [`crate::nn::RowKernels::rectified_sum_backward`].
pub(crate) fn rectified_sum_backward(sum: CubeTensor, gradient: CubeTensor) -> CubeTensor {
    let [sum, gradient] = [sum, gradient].map(into_contiguous);
    let queue = Queue::of(&sum);
    let out = queue.empty(sum.meta.shape().clone());
    let (count, size) = queue.groups(sum.meta.shape().num_elements());
    let [sum, gradient] = [sum, gradient].map(CubeTensor::into_buffer_arg);
    add_relu_backward::launch(&queue.client, count, size, sum, gradient, out.clone().into_buffer_arg());
    out
}
