//! The product of two matrices on a GPU, in 32-bit floats and from whatever layout they have: a transposed matrix is not copied.
//!
//! One pipeline for all sizes. A workgroup owns a tile of the result; strips of both matrices pass through memory that it shares, and each
//! invocation keeps a small square of the tile in registers.

use super::Queue;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::num_traits::Zero;
use cubecl::prelude::*;

/// Rows and columns of a tile.
const TILE: usize = 64;
/// Terms of a strip.
const STRIP: usize = 16;
/// Rows and columns that an invocation keeps: a vector each.
const LANES: usize = 4;
/// Invocations in a row of a workgroup, and rows of them.
const SIDE: usize = TILE / LANES;

/// The sizes, and how far apart neighbours lie in memory.
#[derive(CubeLaunch, CubeType)]
struct Layout {
    rows: usize,
    terms: usize,
    columns: usize,
    a_row: usize,
    a_term: usize,
    b_term: usize,
    b_column: usize,
}

/// [`LANES`] neighbours from number `first` on of one term, 0 beyond the ends.
#[cube]
fn neighbours<N: Size>(values: &[f32], first: usize, count: usize, step: usize, start: usize, inside: bool) -> Vector<f32, N> {
    let mut found = Vector::<f32, N>::zero();
    #[unroll]
    for lane in 0..LANES {
        let here = inside && first + lane < count;
        let at = select(here, start + (first + lane) * step, 0);
        found.insert(lane, select(here, values[at], 0.0f32));
    }
    found
}

/// The bias is added if there is one; otherwise it is not read.
#[cube(launch)]
fn multiply<N: Size>(a: &[f32], b: &[f32], bias: &[f32], out: &mut [f32], layout: &Layout, #[comptime] biased: bool) {
    let unit = UNIT_POS as usize;
    let row_tiles = (layout.rows + comptime!(TILE - 1)) / TILE;
    let column_tiles = (layout.columns + comptime!(TILE - 1)) / TILE;
    let tile = CUBE_POS;
    // Beyond the last tile nothing lies inside, and nothing is written.
    let row = (tile / column_tiles) * TILE;
    let column = (tile % column_tiles) * TILE;
    let exists = tile < row_tiles * column_tiles;

    let mut left = Shared::<[Vector<f32, N>]>::new_slice(comptime!(STRIP * SIDE));
    let mut right = Shared::<[Vector<f32, N>]>::new_slice(comptime!(STRIP * SIDE));
    // Neighbouring invocations load what lies side by side in memory.
    let a_term = select(layout.a_term == 1, unit % STRIP, unit / SIDE);
    let a_group = select(layout.a_term == 1, unit / STRIP, unit % SIDE);
    let b_term = select(layout.b_term == 1, unit % STRIP, unit / SIDE);
    let b_group = select(layout.b_term == 1, unit / STRIP, unit % SIDE);

    let own_row = unit / SIDE;
    let own_column = unit % SIDE;
    let mut sums = Array::<Vector<f32, N>>::new(LANES);
    #[unroll]
    for lane in 0..LANES {
        sums[lane] = Vector::zero();
    }
    for first in range_stepped(0, layout.terms, STRIP) {
        let term = first + a_term;
        let inside = exists && term < layout.terms;
        let start = term * layout.a_term;
        left[a_term * SIDE + a_group] = neighbours::<N>(a, row + a_group * LANES, layout.rows, layout.a_row, start, inside);
        let term = first + b_term;
        let inside = exists && term < layout.terms;
        let start = term * layout.b_term;
        let from = column + b_group * LANES;
        right[b_term * SIDE + b_group] = neighbours::<N>(b, from, layout.columns, layout.b_column, start, inside);
        sync_cube();
        #[unroll]
        for term in 0..STRIP {
            let of_a = left[term * SIDE + own_row];
            let of_b = right[term * SIDE + own_column];
            #[unroll]
            for lane in 0..LANES {
                sums[lane] += Vector::new(of_a.extract(lane)) * of_b;
            }
        }
        sync_cube();
    }
    #[unroll]
    for lane in 0..LANES {
        let row = row + own_row * LANES + lane;
        #[unroll]
        for other in 0..LANES {
            let column = column + own_column * LANES + other;
            if exists && row < layout.rows && column < layout.columns {
                let mut value = sums[lane].extract(other);
                if comptime!(biased) {
                    value += bias[column];
                }
                out[row * layout.columns + column] = value;
            }
        }
    }
}

/// `[R, T]` times `[T, C]` to `[R, C]`.
pub(crate) fn product(a: CubeTensor, b: CubeTensor) -> CubeTensor {
    multiplied(a, b, None)
}

/// The same with the bias `[C]` added to each row.
pub(crate) fn affine(a: CubeTensor, b: CubeTensor, bias: CubeTensor) -> CubeTensor {
    multiplied(a, b, Some(into_contiguous(bias)))
}

fn multiplied(a: CubeTensor, b: CubeTensor, bias: Option<CubeTensor>) -> CubeTensor {
    let queue = Queue::of(&a);
    let [rows, terms]: [usize; 2] = a.meta.shape().dims();
    let [_, columns]: [usize; 2] = b.meta.shape().dims();
    let out = queue.empty([rows, columns]);
    if rows * columns == 0 {
        return out;
    }
    let ([a_row, a_term], [b_term, b_column]) = (steps(&a), steps(&b));
    let (count, _) = queue.groups_of(rows.div_ceil(TILE) * columns.div_ceil(TILE), 1);
    let size = CubeDim::new_1d((SIDE * SIDE) as u32);
    let layout = LayoutLaunch::new(rows, terms, columns, a_row, a_term, b_term, b_column);
    let biased = bias.is_some();
    let bias = bias.unwrap_or_else(|| a.clone());
    let [a, b, bias] = [a, b, bias].map(CubeTensor::into_buffer_arg);
    multiply::launch(&queue.client, count, size, LANES, a, b, bias, out.clone().into_buffer_arg(), layout, biased);
    out
}

/// How far apart neighbouring rows and neighbouring columns lie.
fn steps(matrix: &CubeTensor) -> [usize; 2] {
    let steps = matrix.meta.strides();
    [steps[0], steps[1]]
}
