//! Operations on rows that losses are made of, forwards and backwards: unit length, products of pairs, log-sum-exp over candidates, means.
//!
//! Matrices lie row by row. Rows are spread over threads where there are many; what is summed is summed in one order.

use crate::parallel::for_each;

/// Squared lengths below this count as this: a row of zeros stays one.
const SHORTEST: f32 = 1e-24;
/// Numbers of a piece of work that is worth a thread.
const PIECE: usize = 1 << 15;
/// Sums that go on side by side.
const LANES: usize = 8;

/// Which columns count in a row's sum, and what stands before the exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidates {
    /// What a similarity is multiplied by: one over the temperature.
    pub scale: f32,
    /// Row `i` and column `k` are of one image, and so no candidate, where they are alike modulo this; 0: all are candidates.
    pub period: usize,
    /// Columns from here on are no candidates.
    pub filled: usize,
}

impl Candidates {
    /// All columns, at a temperature.
    pub fn all(temperature: f64) -> Self {
        Self { scale: (1.0 / temperature) as f32, period: 0, filled: usize::MAX }
    }

    /// Without the columns that are alike to the row modulo `period`.
    pub fn except(self, period: usize) -> Self {
        Self { period, ..self }
    }

    /// Only the first columns.
    pub fn first(self, filled: usize) -> Self {
        Self { filled, ..self }
    }

    /// Whether a column counts in the sum of a row.
    pub fn holds(&self, row: usize, column: usize) -> bool {
        column < self.filled && (self.period == 0 || row % self.period != column % self.period)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (whole_a, whole_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = whole_a.remainder().iter().zip(whole_b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in whole_a.zip(whole_b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// `z / max(|z|, 1e-12)` row by row, `[R, width]`, and one over those lengths, `[R]`.
pub fn unit(z: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
    let mut unit = Vec::with_capacity(z.len());
    let mut inverse = Vec::with_capacity(z.len() / width.max(1));
    for row in z.chunks_exact(width) {
        let factor = dot(row, row).max(SHORTEST).sqrt().recip();
        inverse.push(factor);
        unit.extend(row.iter().map(|value| value * factor));
    }
    (unit, inverse)
}

/// The gradient with respect to the rows: `(g - u (u . g)) / |z|`.
pub fn unit_backward(unit: &[f32], inverse: &[f32], gradient: &[f32], width: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(unit.len());
    for ((u, g), factor) in unit.chunks_exact(width).zip(gradient.chunks_exact(width)).zip(inverse) {
        let along = dot(u, g);
        out.extend(u.iter().zip(g).map(|(u, g)| (g - u * along) * factor));
    }
    out
}

/// The inner product of each row `i` of `u` with row `(i + shift) mod R` of `v`.
pub fn paired(u: &[f32], v: &[f32], width: usize, shift: usize) -> Vec<f32> {
    let rows = u.len() / width;
    let partner = |row: usize| (row + shift) % rows;
    u.chunks_exact(width).enumerate().map(|(row, u)| dot(u, &v[partner(row) * width..][..width])).collect()
}

/// The gradients with respect to both sides of [`paired`]: of each product by its own number of `gradient`, or of all by the only one there
/// is; times a factor.
pub fn paired_backward(u: &[f32], v: &[f32], gradient: &[f32], factor: f32, width: usize, shift: usize) -> (Vec<f32>, Vec<f32>) {
    let rows = u.len() / width;
    let share = |row: usize| factor * if gradient.len() == 1 { gradient[0] } else { gradient[row] };
    let scaled = |from: &[f32], row: usize, by: f32, out: &mut Vec<f32>| {
        out.extend(from[row * width..][..width].iter().map(|value| value * by));
    };
    let (mut of_u, mut of_v) = (Vec::with_capacity(u.len()), Vec::with_capacity(v.len()));
    for row in 0..rows {
        scaled(v, (row + shift) % rows, share(row), &mut of_u);
        let back = (row + rows - shift % rows) % rows;
        scaled(u, back, share(back), &mut of_v);
    }
    (of_u, of_v)
}

/// Rows that are worth a thread together.
fn band(columns: usize) -> usize {
    (PIECE / columns.max(1)).max(1)
}

/// The logarithm of the sum of `exp(scale s)` over the candidates of each row, and over one more number a row if there is one. A row
/// without any is minus infinity.
///
/// Also gives each row's largest number and the sum of `exp(scale (s - largest))`, one after the other, for the way back.
pub fn log_sum_exp(similarity: &[f32], positive: Option<&[f32]>, columns: usize, candidates: Candidates) -> (Vec<f32>, Vec<f32>) {
    let mut parts = vec![0.0; 2 * (similarity.len() / columns)];
    let band = band(columns);
    for_each(parts.chunks_mut(2 * band).enumerate(), |(at, parts)| {
        for (offset, part) in parts.chunks_exact_mut(2).enumerate() {
            let row = at * band + offset;
            let line = &similarity[row * columns..][..columns];
            let counted = || {
                let more = positive.map(|positive| positive[row]);
                line.iter().enumerate().filter(|(column, _)| candidates.holds(row, *column)).map(|(_, value)| *value).chain(more)
            };
            // exp(1 / 0.01) would overflow: the largest is taken out first.
            let top = counted().fold(f32::NEG_INFINITY, f32::max);
            let total: f32 = counted().map(|value| (candidates.scale * (value - top)).exp()).sum();
            part.copy_from_slice(&[top, total]);
        }
    });
    (parts.chunks_exact(2).map(|part| candidates.scale * part[0] + part[1].ln()).collect(), parts)
}

/// What [`log_sum_exp`] was given, and what it found.
#[derive(Clone, Copy, Debug)]
pub struct Summed<'a> {
    /// `[A, B]`.
    pub similarity: &'a [f32],
    /// `[A]`, if each row had one more number.
    pub positive: Option<&'a [f32]>,
    /// `[2 A]`: a row's largest number and the sum below it.
    pub parts: &'a [f32],
}

/// The gradients of the mean of all rows' sums with respect to the similarities and the further numbers: `g / A scale` times
/// the softmax, 0 where there is no candidate; `g` is the only number of `gradient`.
pub fn log_sum_exp_backward(
    given: &Summed<'_>,
    gradient: &[f32],
    columns: usize,
    candidates: Candidates,
) -> (Vec<f32>, Option<Vec<f32>>) {
    let each = gradient[0] * candidates.scale / (given.parts.len() / 2) as f32;
    let share = |row: usize, value: f32| {
        let (top, total) = (given.parts[2 * row], given.parts[2 * row + 1]);
        each * (candidates.scale * (value - top)).exp() / total
    };
    let mut of_similarity = vec![0.0; given.similarity.len()];
    let band = band(columns);
    for_each(of_similarity.chunks_mut(band * columns).enumerate(), |(at, out)| {
        for (offset, out) in out.chunks_exact_mut(columns).enumerate() {
            let row = at * band + offset;
            let line = &given.similarity[row * columns..][..columns];
            for (column, (out, value)) in out.iter_mut().zip(line).enumerate() {
                if candidates.holds(row, column) {
                    *out = share(row, *value);
                }
            }
        }
    });
    let of_positive = given.positive.map(|values| values.iter().enumerate().map(|(row, value)| share(row, *value)).collect());
    (of_similarity, of_positive)
}

/// The mean.
pub fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

/// `[N, positions, channels]` to `[N, channels]`: the mean over the positions.
pub fn mean_positions(x: &[f32], positions: usize, channels: usize) -> Vec<f32> {
    let mut means = Vec::with_capacity(x.len() / positions.max(1));
    for image in x.chunks_exact(positions * channels) {
        let mut sum = vec![0.0f32; channels];
        for pixel in image.chunks_exact(channels) {
            sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
        }
        means.extend(sum.into_iter().map(|sum| sum / positions as f32));
    }
    means
}

/// The gradient of [`mean_positions`]: each position has the same share.
pub fn mean_positions_backward(gradient: &[f32], positions: usize, channels: usize) -> Vec<f32> {
    let mut out = crate::buffers::take(gradient.len() * positions);
    let pixels = out.chunks_exact_mut(channels).enumerate();
    pixels.for_each(|(at, pixel)| {
        let image = at / positions;
        let share = &gradient[image * channels..][..channels];
        pixel.iter_mut().zip(share).for_each(|(out, value)| *out = value / positions as f32);
    });
    out
}

/// `max(x + y, 0)`.
pub fn add_relu(x: &[f32], y: &[f32]) -> Vec<f32> {
    let mut out = crate::buffers::take(x.len());
    for_each(out.chunks_mut(PIECE).zip(x.chunks(PIECE)).zip(y.chunks(PIECE)), |((out, x), y)| {
        for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
            *out = (x + y).max(0.0);
        }
    });
    out
}

/// The gradient of [`add_relu`], whose result is `sum`, with respect to either side.
pub fn add_relu_backward(sum: &[f32], gradient: &[f32]) -> Vec<f32> {
    let mut out = crate::buffers::take(sum.len());
    for_each(out.chunks_mut(PIECE).zip(sum.chunks(PIECE)).zip(gradient.chunks(PIECE)), |((out, sum), gradient)| {
        for ((out, sum), gradient) in out.iter_mut().zip(sum).zip(gradient) {
            *out = if *sum > 0.0 { *gradient } else { 0.0 };
        }
    });
    out
}
