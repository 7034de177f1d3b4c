//! The linear maps of F(4x4, 3x3) along one axis, and how a pair of axes takes them.

use super::{SIDE, STEP};
use crate::simd::mul_add;
use pulp::Simd;

/// The maps evaluate polynomials at 0, plus and minus `NEAR`, plus and minus `FAR`, and infinity. Of the pairs whose powers need
/// few digits these round least.
const NEAR: f32 = 0.625;
const FAR: f32 = 1.5;

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

/// `even + point * odd` and `even - point * odd`: a polynomial at two opposite points.
#[inline(always)]
fn opposite<S: Simd>(simd: S, point: f32, even: S::f32s, odd: S::f32s) -> [S::f32s; 2] {
    [mul_add(simd, odd, simd.splat_f32s(point), even), mul_add(simd, odd, simd.splat_f32s(-point), even)]
}

/// Pixels of the input to the domain of the products, `B^T` of the paper.
pub(super) struct Input;

impl Map<SIDE, SIDE> for Input {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
        const PRODUCT: f32 = NEAR * NEAR * FAR * FAR;
        const SUM: f32 = NEAR * NEAR + FAR * FAR;
        let plus = |value, factor: f32, to| mul_add(simd, value, simd.splat_f32s(factor), to);
        let [near, minus_near] = opposite(simd, NEAR, plus(c, -FAR * FAR, e), plus(b, -FAR * FAR, d));
        let [far, minus_far] = opposite(simd, FAR, plus(c, -NEAR * NEAR, e), plus(b, -NEAR * NEAR, d));
        [plus(a, PRODUCT, plus(c, -SUM, e)), near, minus_near, far, minus_far, plus(b, PRODUCT, plus(d, -SUM, f))]
    }
}

/// Divisors of the domain's numbers, which the filters take.
const ORIGIN: f32 = NEAR * NEAR * FAR * FAR;
const NEARS: f32 = 2.0 * NEAR * NEAR * (NEAR * NEAR - FAR * FAR);
const FARS: f32 = 2.0 * FAR * FAR * (FAR * FAR - NEAR * NEAR);

/// Taps of the filter to the domain, `G`.
pub(super) struct Filter;

impl Map<3, SIDE> for Filter {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c]: [S::f32s; 3]) -> [S::f32s; SIDE] {
        let times = |value, factor: f32| simd.mul_f32s(value, simd.splat_f32s(factor));
        let at = |point: f32, divisor: f32| {
            let even = times(mul_add(simd, c, simd.splat_f32s(point * point), a), 1.0 / divisor);
            opposite(simd, point / divisor, even, b)
        };
        let ([near, minus_near], [far, minus_far]) = (at(NEAR, NEARS), at(FAR, FARS));
        [times(a, 1.0 / ORIGIN), near, minus_near, far, minus_far, c]
    }
}

/// Products to pixels of the output, `A^T`.
pub(super) struct Output;

impl Map<SIDE, STEP> for Output {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; SIDE]) -> [S::f32s; STEP] {
        let (sums, differences) = ([simd.add_f32s(b, c), simd.add_f32s(d, e)], [simd.sub_f32s(b, c), simd.sub_f32s(d, e)]);
        let times = |value, factor: f32| simd.mul_f32s(value, simd.splat_f32s(factor));
        let plus = |value, factor: f32, to| mul_add(simd, value, simd.splat_f32s(factor), to);
        [
            simd.add_f32s(a, simd.add_f32s(sums[0], sums[1])),
            plus(differences[0], NEAR, times(differences[1], FAR)),
            plus(sums[0], NEAR * NEAR, times(sums[1], FAR * FAR)),
            plus(differences[0], NEAR * NEAR * NEAR, plus(differences[1], FAR * FAR * FAR, f)),
        ]
    }
}

/// The transpose of [`Output`]: the output's gradient to the domain, `A`.
pub(super) struct OutputGradient;

impl Map<STEP, SIDE> for OutputGradient {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; STEP]) -> [S::f32s; SIDE] {
        let plus = |value, factor: f32, to| mul_add(simd, value, simd.splat_f32s(factor), to);
        let [near, minus_near] = opposite(simd, NEAR, plus(c, NEAR * NEAR, a), plus(d, NEAR * NEAR, b));
        let [far, minus_far] = opposite(simd, FAR, plus(c, FAR * FAR, a), plus(d, FAR * FAR, b));
        [a, near, minus_near, far, minus_far, d]
    }
}

/// The transpose of [`Filter`]: the gradient in the domain to that of the taps, `G^T`.
pub(super) struct FilterGradient;

impl Map<SIDE, 3> for FilterGradient {
    #[inline(always)]
    fn line<S: Simd>(simd: S, [a, b, c, d, e, f]: [S::f32s; SIDE]) -> [S::f32s; 3] {
        let (sums, differences) = ([simd.add_f32s(b, c), simd.add_f32s(d, e)], [simd.sub_f32s(b, c), simd.sub_f32s(d, e)]);
        let times = |value, factor: f32| simd.mul_f32s(value, simd.splat_f32s(factor));
        let plus = |value, factor: f32, to| mul_add(simd, value, simd.splat_f32s(factor), to);
        [
            plus(sums[0], 1.0 / NEARS, plus(sums[1], 1.0 / FARS, times(a, 1.0 / ORIGIN))),
            plus(differences[0], NEAR / NEARS, times(differences[1], FAR / FARS)),
            plus(sums[0], NEAR * NEAR / NEARS, plus(sums[1], FAR * FAR / FARS, f)),
        ]
    }
}
