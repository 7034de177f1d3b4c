//! The seconds that something takes, again and again.

use crate::pace::Pace;
use web_time::Instant;

/// How often something is timed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Times before the clock counts.
    pub warmup: usize,
    /// At least this many times count.
    pub least: usize,
    /// At most this many.
    pub most: usize,
    /// No more than the least after this many seconds, the warm-up included.
    pub seconds: f64,
}

/// Seconds, in ascending order; at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Times(Vec<f64>);

impl Times {
    /// Does `once` again and again.
    ///
    /// # Errors
    /// Those of `once`.
    pub async fn of(limits: Limits, pace: &Pace, mut once: impl AsyncFnMut() -> Result<(), String>) -> Result<Self, String> {
        let begun = Instant::now();
        for _ in 0..limits.warmup {
            once().await?;
            pace.turn().await;
        }
        let mut times = Vec::new();
        while times.len() < limits.least.max(1) || times.len() < limits.most && begun.elapsed().as_secs_f64() < limits.seconds {
            let start = Instant::now();
            once().await?;
            times.push(start.elapsed().as_secs_f64());
            pace.turn().await;
        }
        Ok(Self::sorted(times))
    }

    /// One time alone.
    pub(super) fn single(seconds: f64) -> Self {
        Self(vec![seconds])
    }

    /// Times in any order, at least one.
    pub(super) fn sorted(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The one in the middle, or the mean of the two there.
    pub fn median(&self) -> f64 {
        (self.0[(self.0.len() - 1) / 2] + self.0[self.0.len() / 2]) / 2.0
    }

    /// The shortest.
    pub fn least(&self) -> f64 {
        self.0[0]
    }

    /// The one below which 95 of 100 are.
    pub fn most_of_them(&self) -> f64 {
        self.0[(self.0.len() * 95 / 100).min(self.0.len() - 1)]
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;

    #[test]
    fn the_median_is_in_the_middle() {
        let times = |times: &[f64]| Times::sorted(times.to_vec());
        assert_eq!(times(&[3.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(times(&[4.0, 1.0, 2.0, 3.0]).median(), 2.5);
        assert_eq!((times(&[2.0, 1.0]).least(), times(&[2.0]).most_of_them()), (1.0, 2.0));
    }

    #[test]
    fn without_time_the_least_is_taken_and_with_time_the_most() {
        let counted = |seconds| {
            let mut calls = 0;
            let limits = Limits { warmup: 2, least: 3, most: 7, seconds };
            let once = async || {
                calls += 1;
                Ok(())
            };
            let times = at_once(Times::of(limits, &Pace::default(), once)).expect("nothing fails");
            (calls, times.count())
        };
        assert_eq!((counted(0.0), counted(60.0)), ((5, 3), (9, 7)));
    }
}
