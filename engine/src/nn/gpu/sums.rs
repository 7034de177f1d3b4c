//! Partial sums of a few columns, added up on a GPU.
//!
//! A workgroup takes [`COLUMNS`] neighbouring columns; its [`ROWS`] rows of invocations share the chunks, and the first row
//! adds up what they found. No invocation leaves early: all must arrive at the barrier.

use super::Queue;
use burn_cubecl::cubecl;
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
