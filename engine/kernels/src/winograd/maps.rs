//! The linear maps of F(2x2, 3x3) along one axis, and how a pair of axes takes them.

use super::{SIDE, STEP};
use crate::simd::mul_add;
use pulp::Simd;

/// A linear map from `I` to `O` vectors, lane by lane.
pub(super) trait Map<const I: usize, const O: usize> {
    /// The map along one axis.
    fn line<S: Simd>(simd: S, from: [S::f32s; I]) -> [S::f32s; O];

    /// The map along columns, then along rows.
    #[inline(always)]
    fn patch<S: Simd>(simd: S, from: &[[S::f32s; I]; I]) -> [[S::f32s; O]; O] {
        let zero = simd.splat_f32s(0.0);
        let mut halfway = [[zero; I]; O];
        for column in 0..I {
            let mut line = [zero; I];
            for (value, row) in line.iter_mut().zip(from) {
                *value = row[column];
            }
            for (row, value) in halfway.iter_mut().zip(Self::line(simd, line)) {
                row[column] = value;
            }
        }
        let mut to = [[zero; O]; O];
        for (row, line) in to.iter_mut().zip(halfway) {
            *row = Self::line(simd, line);
        }
        to
    }
}

/// Pixels of the input to the domain of the products, `B^T` of the paper.
pub(super) struct Input;

impl Map<SIDE, SIDE> for Input {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
        [simd.sub_f32s(a, c), simd.add_f32s(b, c), simd.sub_f32s(c, b), simd.sub_f32s(b, d)]
    }
}

/// Taps of the filter to the domain, `G`.
pub(super) struct Filter;

impl Map<3, SIDE> for Filter {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c]: [S::f32s; 3]) -> [S::f32s; SIDE] {
        let half = simd.splat_f32s(0.5);
        let (ends, middle) = (simd.mul_f32s(simd.add_f32s(a, c), half), simd.mul_f32s(b, half));
        [a, simd.add_f32s(ends, middle), simd.sub_f32s(ends, middle), c]
    }
}

/// Products to pixels of the output, `A^T`.
pub(super) struct Output;

impl Map<SIDE, STEP> for Output {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; SIDE]) -> [S::f32s; STEP] {
        [simd.add_f32s(a, simd.add_f32s(b, c)), simd.sub_f32s(simd.sub_f32s(b, c), d)]
    }
}

/// The transpose of [`Output`]: the output's gradient to the domain, `A`.
pub(super) struct OutputGradient;

impl Map<STEP, SIDE> for OutputGradient {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b]: [S::f32s; STEP]) -> [S::f32s; SIDE] {
        [a, simd.add_f32s(a, b), simd.sub_f32s(a, b), simd.neg_f32s(b)]
    }
}

/// The transpose of [`Filter`]: the gradient in the domain to that of the taps, `G^T`.
pub(super) struct FilterGradient;

impl Map<SIDE, 3> for FilterGradient {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; SIDE]) -> [S::f32s; 3] {
        let half = simd.splat_f32s(0.5);
        let (sum, difference) = (simd.add_f32s(b, c), simd.sub_f32s(b, c));
        [mul_add(simd, sum, half, a), simd.mul_f32s(difference, half), mul_add(simd, sum, half, d)]
    }
}
