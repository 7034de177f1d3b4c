//! Inner products of many rows with many other rows on the CPU.
//!
//! Both sides lie row by row with the sum along the row, so vectors are loaded from both as they are: nothing is packed.
//! A few rows of one side stay in the first cache while the rows of the other pass by.

use crate::simd::{mul_add, vectorize};
use bytemuck::cast_slice;
use pulp::{Simd, WithSimd};

/// A row is a multiple of this many floats long, filled up with zeros.
pub const ROW: usize = 16;

/// Floats of a row that are summed before the next rows come: six such rows fit into the first cache.
const CHUNK: usize = 768;

/// `out[i * b_rows + j]` becomes the inner product of row `i` of `a` and row `j` of `b`.
///
/// Both hold whole rows of `depth` floats. Each product is summed in 16 or fewer lanes (4 in a browser), so its error is
/// at most `depth / 4 + 8` roundings of the sum of absolute products.
///
/// # Panics
/// If `depth` is 0 or no multiple of [`ROW`], or the slices are not whole rows, or `out` is not of their size.
pub fn products(a: &[f32], b: &[f32], depth: usize, out: &mut [f32]) {
    assert!(depth > 0 && depth.is_multiple_of(ROW), "rows are filled up to a multiple of {ROW} floats");
    assert!(a.len().is_multiple_of(depth) && b.len().is_multiple_of(depth), "whole rows");
    assert_eq!(out.len(), a.len() / depth * (b.len() / depth), "one number for each two rows");
    if !out.is_empty() {
        vectorize(Products { a, b, depth, out });
    }
}

/// The sum of the squared differences of two rows in 64 bits; exactly 0 for equal rows.
///
/// # Panics
/// If the rows are not equally long.
pub fn squared_gap(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "rows of one length");
    vectorize(Gap { a, b })
}

/// The same in 32 bits, a quarter of the time: within `length / 16 + 32` roundings; exactly 0 for equal rows.
///
/// # Panics
/// As [`squared_gap`].
pub fn squared_gap_short(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "rows of one length");
    vectorize(ShortGap { a, b })
}

struct Products<'a> {
    a: &'a [f32],
    b: &'a [f32],
    depth: usize,
    out: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Sums, the rows of one side and one vector of the other must fit the registers.
        if cfg!(target_family = "wasm") {
            self.run::<S, 3, 3>(simd);
        } else if S::REGISTER_COUNT >= 32 {
            self.run::<S, 4, 6>(simd);
        } else {
            self.run::<S, 3, 4>(simd);
        }
    }
}

impl Products<'_> {
    #[inline(always)]
    fn run<S: Simd, const A: usize, const B: usize>(self, simd: S) {
        let (a_rows, b_rows) = (self.a.len() / self.depth, self.b.len() / self.depth);
        let zero = [[simd.splat_f32s(0.0); B]; A];
        let mut sums = vec![zero; a_rows.div_ceil(A)];
        for b_first in (0..b_rows).step_by(B) {
            sums.fill(zero);
            for from in (0..self.depth).step_by(CHUNK) {
                let to = (from + CHUNK).min(self.depth);
                let b = group::<S, B>(self.b, self.depth, b_first, from, to);
                for (place, sums) in sums.iter_mut().enumerate() {
                    let a = group::<S, A>(self.a, self.depth, place * A, from, to);
                    *sums = accumulate::<S, A, B>(simd, a, b, *sums);
                }
            }
            for (place, sums) in sums.iter().enumerate() {
                for (row, sums) in (place * A..a_rows).zip(sums) {
                    let out = &mut self.out[row * b_rows..][b_first..b_rows.min(b_first + B)];
                    for (out, sum) in out.iter_mut().zip(sums) {
                        *out = simd.reduce_sum_f32s(*sum);
                    }
                }
            }
        }
    }
}

/// `ROWS` rows from `first` on, their floats `from..to`; beyond the last row it comes again.
#[inline(always)]
fn group<S: Simd, const ROWS: usize>(rows: &[f32], depth: usize, first: usize, from: usize, to: usize) -> [&[S::f32s]; ROWS] {
    let last = rows.len() / depth - 1;
    std::array::from_fn(|row| cast_slice(&rows[(first + row).min(last) * depth..][from..to]))
}

#[inline(always)]
fn accumulate<S: Simd, const A: usize, const B: usize>(
    simd: S,
    a: [&[S::f32s]; A],
    b: [&[S::f32s]; B],
    mut sums: [[S::f32s; B]; A],
) -> [[S::f32s; B]; A] {
    let length = a[0].len();
    let (a, b) = (a.map(|row| &row[..length]), b.map(|row| &row[..length]));
    for place in 0..length {
        let left: [S::f32s; A] = std::array::from_fn(|row| a[row][place]);
        for (column, row) in b.iter().enumerate() {
            let right = row[place];
            for (sums, left) in sums.iter_mut().zip(left) {
                sums[column] = mul_add(simd, left, right, sums[column]);
            }
        }
    }
    sums
}

struct ShortGap<'a> {
    a: &'a [f32],
    b: &'a [f32],
}

impl WithSimd for ShortGap<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        const LANES: usize = 4 * ROW;
        let ((a, a_rest), (b, b_rest)) = (self.a.as_chunks::<LANES>(), self.b.as_chunks::<LANES>());
        let mut sums = [0.0f32; LANES];
        for (a, b) in a.iter().zip(b) {
            for lane in 0..LANES {
                let gap = a[lane] - b[lane];
                sums[lane] += gap * gap;
            }
        }
        let rest = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from((a - b) * (a - b)));
        sums.iter().map(|sum| f64::from(*sum)).chain(rest).sum::<f64>() as f32
    }
}

struct Gap<'a> {
    a: &'a [f32],
    b: &'a [f32],
}

impl WithSimd for Gap<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let ((a, a_rest), (b, b_rest)) = (self.a.as_chunks::<ROW>(), self.b.as_chunks::<ROW>());
        let mut sums = [0.0f64; ROW];
        for (a, b) in a.iter().zip(b) {
            for lane in 0..ROW {
                let gap = f64::from(a[lane] - b[lane]);
                sums[lane] += gap * gap;
            }
        }
        let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        sums.iter().sum::<f64>() + rest
    }
}
