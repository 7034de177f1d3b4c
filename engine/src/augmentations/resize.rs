//! The weights of resampling: between which pixels a pixel of a resized image lies.

/// How neighbours are weighted. Pixel centres lie at halves: output pixel `o` lies at `(o + 0.5) from / to - 0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Linear between the two nearest, borders held.
    Linear,
    /// A triangle as wide as the step, cut off at the border and normalised again.
    SmoothLinear,
    /// Cubic convolution with a = -0.75, border pixels repeated (torchvision's `antialias=False`).
    Cubic,
    /// Cubic convolution with a = -0.5, as wide as the step asks, cut off at the border and normalised again (torchvision's
    /// `antialias=True`, and the bicubic filter of imaging libraries).
    SmoothCubic,
}

/// The neighbours of one output pixel: consecutive ones from `first` on, with their weights.
pub(super) struct Taps {
    pub(super) first: usize,
    pub(super) weights: Vec<f32>,
}

/// Cubic convolution (Keys 1981): weight of a neighbour at distance `x` pixels.
fn cubic(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        a * (((x - 5.0) * x + 8.0) * x - 4.0)
    } else {
        0.0
    }
}

impl Filter {
    /// Half its width in steps, and the weight at a distance in steps.
    fn shape(self) -> (f64, fn(f64) -> f64) {
        match self {
            Self::Linear | Self::SmoothLinear => (1.0, |x| (1.0 - x.abs()).max(0.0)),
            Self::Cubic => (2.0, |x| cubic(x, -0.75)),
            Self::SmoothCubic => (2.0, |x| cubic(x, -0.5)),
        }
    }

    /// The neighbours of each of `to` output pixels among `from` pixels.
    pub(super) fn taps(self, from: usize, to: usize) -> Vec<Taps> {
        let step = from as f64 / to as f64;
        (0..to).map(|at| self.taps_at((at as f64 + 0.5) * step - 0.5, step, from)).collect()
    }

    fn taps_at(self, position: f64, step: f64, from: usize) -> Taps {
        let smooth = matches!(self, Self::SmoothLinear | Self::SmoothCubic);
        let stretch = if smooth { step.max(1.0) } else { 1.0 };
        let (reach, weight) = self.shape();
        let last = from as i64 - 1;
        let first = ((position - reach * stretch).ceil() as i64).max(if smooth { 0 } else { i64::MIN });
        let until = ((position + reach * stretch).floor() as i64).min(if smooth { last } else { i64::MAX });
        let start = first.clamp(0, last);
        let mut weights = vec![0.0; (until.clamp(0, last) - start + 1) as usize];
        for at in first..=until {
            weights[(at.clamp(0, last) - start) as usize] += weight((at as f64 - position) / stretch);
        }
        let sum: f64 = weights.iter().sum();
        Taps { first: start as usize, weights: weights.into_iter().map(|weight| (weight / sum) as f32).collect() }
    }
}

/// A square picture of `from * from` values (row by row) at `to * to`. Cubic filters may leave the range of the values.
///
/// # Panics
/// If there are not `from * from` values, or none.
pub fn resize(values: &[f32], from: usize, to: usize, filter: Filter) -> Vec<f32> {
    assert!(from > 0 && values.len() == from * from, "a square picture");
    let taps = filter.taps(from, to);
    let mut across = vec![0.0; from * to];
    let mut result = vec![0.0; to * to];
    for (row, wide) in values.chunks_exact(from).zip(across.chunks_exact_mut(to)) {
        along_row(&taps, row, wide);
    }
    for (tap, row) in taps.iter().zip(result.chunks_exact_mut(to)) {
        down(tap, &across, row);
    }
    result
}

/// Resizes one row.
pub(super) fn along_row(taps: &[Taps], from: &[f32], to: &mut [f32]) {
    for (value, tap) in to.iter_mut().zip(taps) {
        *value = from[tap.first..].iter().zip(&tap.weights).map(|(value, weight)| value * weight).sum();
    }
}

/// One row as the weighted sum of the rows of `rows`, which are as long as it is.
pub(super) fn down(tap: &Taps, rows: &[f32], to: &mut [f32]) {
    to.fill(0.0);
    for (row, &weight) in rows.chunks_exact(to.len()).skip(tap.first).zip(&tap.weights) {
        for (value, &from) in to.iter_mut().zip(row) {
            *value += weight * from;
        }
    }
}
