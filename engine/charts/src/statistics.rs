//! Means with their intervals, for sentences that must not claim more than was measured.

/// Two-sided 95 % quantiles of Student's t for 1 to 10 degrees of freedom; beyond them 2.23 errs on the careful side.
const T: [f64; 10] = [12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23];

/// A mean with the ends of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

impl Estimate {
    /// Of independent draws of one quantity; nothing for fewer than three, or if one is not a number.
    pub fn of(draws: &[f64]) -> Option<Self> {
        let count = draws.len();
        if count < 3 || draws.iter().any(|draw| !draw.is_finite()) {
            return None;
        }
        let mean = draws.iter().sum::<f64>() / count as f64;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / (count - 1) as f64;
        let half = T[(count - 2).min(T.len() - 1)] * (variance / count as f64).sqrt();
        Some(Self { mean, lower: mean - half, upper: mean + half })
    }

    /// Whether the whole interval lies above 0.
    pub fn above(&self) -> bool {
        self.lower > 0.0
    }

    /// Whether the whole interval lies below 0.
    pub fn below(&self) -> bool {
        self.upper < 0.0
    }

    /// The ends in percent, without a sign: `17 to 23`.
    pub fn percent(&self) -> String {
        let words = |value: f64| format!("{:.0}", 100.0 * value).replace("-0", "0").replace('-', "\u{2212}");
        format!("{} to {}", words(self.lower), words(self.upper))
    }
}

/// The standard error of the difference of two shares of `count` images each. If the same images answer both, the true one is smaller:
/// this one errs on the careful side.
pub fn standard_error(one: f64, other: f64, count: usize) -> f64 {
    ((one * (1.0 - one) + other * (1.0 - other)) / count.max(1) as f64).sqrt()
}

/// The standard error of a share of `count` images.
pub fn share_error(share: f64, count: usize) -> f64 {
    (share * (1.0 - share) / count.max(1) as f64).sqrt()
}

/// Whether two shares of `count` images each differ by less than two standard errors.
pub fn too_close(one: f64, other: f64, count: usize) -> bool {
    (one - other).abs() < 2.0 * standard_error(one, other, count)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_interval_by_hand() {
        // Mean 3, variance 2.5 over 5 draws: 2.78 * sqrt(0.5) = 1.9658.
        let found = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert!((found.mean - 3.0).abs() < 1e-12 && (found.lower - 1.0342).abs() < 1e-3 && (found.upper - 4.9658).abs() < 1e-3);
        assert!(found.above() && !found.below());
        assert_eq!(Estimate::of(&[1.0, 2.0]), None, "two draws say too little");
        assert_eq!(Estimate::of(&[1.0, f64::NAN, 2.0]), None);
        assert_eq!(Estimate { mean: 0.0, lower: -0.031, upper: 0.204 }.percent(), "\u{2212}3 to 20");
        assert_eq!(Estimate { mean: 0.0, lower: -0.001, upper: 0.204 }.percent(), "0 to 20");
    }

    #[test]
    fn shares_of_few_images_are_too_close_to_tell() {
        // sqrt(0.5 / 1000) = 0.02236.
        assert!((standard_error(0.5, 0.5, 1000) - 0.02236).abs() < 1e-4);
        assert!(too_close(0.50, 0.54, 1000) && !too_close(0.50, 0.55, 1000) && too_close(0.50, 0.55, 100));
    }
}
