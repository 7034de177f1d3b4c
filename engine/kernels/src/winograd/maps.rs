//! The linear maps of F(4x4, 3x3) along one axis, and how a pair of axes takes them.

use super::{SIDE, STEP};
use crate::simd::mul_add;
use pulp::Simd;

/// The maps evaluate polynomials at 0, plus and minus `NEAR`, plus and minus `FAR`, and infinity. Of the pairs whose powers need
/// few digits these round least.
const NEAR: f32 = 0.625;
const FAR: f32 = 1.5;

/// Divisors of the domain's numbers at 0, at plus and minus `NEAR` and at plus and minus `FAR`, which the filters take.
const ORIGIN: f32 = NEAR * NEAR * FAR * FAR;
const NEARS: f32 = 2.0 * NEAR * NEAR * (NEAR * NEAR - FAR * FAR);
const FARS: f32 = 2.0 * FAR * FAR * (FAR * FAR - NEAR * NEAR);

/// A linear map from `I` to `O` vectors, lane by lane.
pub(super) trait Map<const I: usize, const O: usize> {
    /// The map along one axis.
    fn line<S: Simd>(simd: S, from: [S::f32s; I]) -> [S::f32s; O];

    /// The map along columns, then along rows, of what is `at` a row and a column.
    #[inline(always)]
    fn patch<S: Simd>(simd: S, at: impl Fn(usize, usize) -> S::f32s) -> [[S::f32s; O]; O] {
        let zero = simd.splat_f32s(0.0);
        let mut halfway = [[zero; I]; O];
        for column in 0..I {
            let mut line = [zero; I];
            for (row, value) in line.iter_mut().enumerate() {
                *value = at(row, column);
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

#[inline(always)]
fn times<S: Simd>(simd: S, value: S::f32s, factor: f32) -> S::f32s {
    simd.mul_f32s(value, simd.splat_f32s(factor))
}

/// `value * factor + to`.
#[inline(always)]
fn plus<S: Simd>(simd: S, value: S::f32s, factor: f32, to: S::f32s) -> S::f32s {
    mul_add(simd, value, simd.splat_f32s(factor), to)
}

/// `even + point * odd` and `even - point * odd`: a polynomial at two opposite points.
#[inline(always)]
fn opposite<S: Simd>(simd: S, point: f32, even: S::f32s, odd: S::f32s) -> [S::f32s; 2] {
    [plus(simd, odd, point, even), plus(simd, odd, -point, even)]
}

/// Pixels of the input to the domain of the products, `B^T` of the paper.
pub(super) struct Input;

impl Map<SIDE, SIDE> for Input {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
        const SUM: f32 = NEAR * NEAR + FAR * FAR;
        let [near, minus_near] = opposite(simd, NEAR, plus(simd, c, -FAR * FAR, e), plus(simd, b, -FAR * FAR, d));
        let [far, minus_far] = opposite(simd, FAR, plus(simd, c, -NEAR * NEAR, e), plus(simd, b, -NEAR * NEAR, d));
        [
            plus(simd, a, ORIGIN, plus(simd, c, -SUM, e)),
            near,
            minus_near,
            far,
            minus_far,
            plus(simd, b, ORIGIN, plus(simd, d, -SUM, f)),
        ]
    }
}

/// Taps of the filter to the domain, `G`.
pub(super) struct Filter;

impl Map<3, SIDE> for Filter {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c]: [S::f32s; 3]) -> [S::f32s; SIDE] {
        let at = |point: f32, divisor: f32| {
            let even = times(simd, plus(simd, c, point * point, a), 1.0 / divisor);
            opposite(simd, point / divisor, even, b)
        };
        let ([near, minus_near], [far, minus_far]) = (at(NEAR, NEARS), at(FAR, FARS));
        [times(simd, a, 1.0 / ORIGIN), near, minus_near, far, minus_far, c]
    }
}

/// Products to pixels of the output, `A^T`.
pub(super) struct Output;

impl Map<SIDE, STEP> for Output {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; SIDE]) -> [S::f32s; STEP] {
        let (sums, differences) = ([simd.add_f32s(b, c), simd.add_f32s(d, e)], [simd.sub_f32s(b, c), simd.sub_f32s(d, e)]);
        [
            simd.add_f32s(a, simd.add_f32s(sums[0], sums[1])),
            plus(simd, differences[0], NEAR, times(simd, differences[1], FAR)),
            plus(simd, sums[0], NEAR * NEAR, times(simd, sums[1], FAR * FAR)),
            plus(simd, differences[0], NEAR * NEAR * NEAR, plus(simd, differences[1], FAR * FAR * FAR, f)),
        ]
    }
}

/// The transpose of [`Output`]: the output's gradient to the domain, `A`.
pub(super) struct OutputGradient;

impl Map<STEP, SIDE> for OutputGradient {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; STEP]) -> [S::f32s; SIDE] {
        let [near, minus_near] = opposite(simd, NEAR, plus(simd, c, NEAR * NEAR, a), plus(simd, d, NEAR * NEAR, b));
        let [far, minus_far] = opposite(simd, FAR, plus(simd, c, FAR * FAR, a), plus(simd, d, FAR * FAR, b));
        [a, near, minus_near, far, minus_far, d]
    }
}

/// The transpose of [`Filter`]: the gradient in the domain to that of the taps, `G^T`.
pub(super) struct FilterGradient;

impl Map<SIDE, 3> for FilterGradient {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; SIDE]) -> [S::f32s; 3] {
        let (sums, differences) = ([simd.add_f32s(b, c), simd.add_f32s(d, e)], [simd.sub_f32s(b, c), simd.sub_f32s(d, e)]);
        [
            plus(simd, sums[0], 1.0 / NEARS, plus(simd, sums[1], 1.0 / FARS, times(simd, a, 1.0 / ORIGIN))),
            plus(simd, differences[0], NEAR / NEARS, times(simd, differences[1], FAR / FARS)),
            plus(simd, sums[0], NEAR * NEAR / NEARS, plus(simd, sums[1], FAR * FAR / FARS, f)),
        ]
    }
}
