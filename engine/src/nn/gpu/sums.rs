//! How are partial sums added up?
//!
//! A workgroup takes [`COLUMNS`] neighbouring columns; its [`ROWS`] rows of invocations share the chunks, and the first row
//! adds up what they found. No invocation leaves early: all must arrive at the barrier.

use super::{Problem, Queue, lanes};
use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::calculate_cube_count_elemwise;
use cubecl::num_traits::Zero;
use cubecl::prelude::*;

/// Columns of a workgroup.
pub(super) const COLUMNS: usize = 16;
/// Invocations that share a column.
pub(super) const ROWS: usize = 16;

/// Workgroups for so many columns.
pub(super) fn groups(queue: &Queue, columns: usize) -> (CubeCount, CubeDim) {
    let count = calculate_cube_count_elemwise(&queue.client, columns, CubeDim::new_1d(COLUMNS as u32));
    (count, CubeDim::new_2d(COLUMNS as u32, ROWS as u32))
}

/// The sum of column `column` of `[chunks, columns]`, which starts at `start`; only the first row of invocations has it.
#[cube]
pub(super) fn column_sum<N: Size>(
    partials: &[Vector<f32, N>],
    start: usize,
    column: usize,
    columns: usize,
    chunks: usize,
) -> Vector<f32, N> {
    let lane = UNIT_POS_X as usize;
    let share = UNIT_POS_Y as usize;
    let mut shared = Shared::<[Vector<f32, N>]>::new_slice(comptime!(COLUMNS * ROWS));
    let mut sum = Vector::<f32, N>::zero();
    if column < columns {
        for chunk in range_stepped(share, chunks, ROWS) {
            sum += partials[start + chunk * columns + column];
        }
    }
    shared[share * COLUMNS + lane] = sum;
    sync_cube();
    let mut total = Vector::<f32, N>::zero();
    if share == 0 {
        for other in 0..ROWS {
            total += shared[other * COLUMNS + lane];
        }
    }
    total
}

/// Adds up `[chunks, k * k * In, Out]` and writes `[Out, In, k, k]`.
#[cube(launch)]
fn sum_weight<N: Size>(
    partials: &[Vector<f32, N>],
    weight: &mut [f32],
    chunks: usize,
    taps: usize,
    inputs: usize,
    outputs: usize,
) {
    let columns = taps * inputs * outputs;
    let column = CUBE_POS * COLUMNS + UNIT_POS_X as usize;
    let total = column_sum::<N>(partials, 0, column, columns, chunks);
    if UNIT_POS_Y == 0 && column < columns {
        let output = (column % outputs) * N::value();
        let row = column / outputs;
        let input = row % inputs;
        let tap = row / inputs;
        #[unroll]
        for i in 0..N::value() {
            weight[((output + i) * inputs + input) * taps + tap] = total.extract(i);
        }
    }
}

/// See [`sum_weight`].
pub(super) fn weight(problem: Problem, partials: CubeTensor) -> CubeTensor {
    let queue = Queue::of(&partials);
    let Problem { inputs, outputs, kernel, .. } = problem;
    let lanes = lanes(outputs);
    let chunks = partials.meta.shape()[0];
    let weight = queue.empty([outputs, inputs, kernel, kernel]);
    let (count, size) = groups(&queue, kernel * kernel * inputs * (outputs / lanes));
    let (from, to) = (partials.into_buffer_arg(), weight.clone().into_buffer_arg());
    sum_weight::launch(&queue.client, count, size, lanes, from, to, chunks, kernel * kernel, inputs, outputs / lanes);
    weight
}
