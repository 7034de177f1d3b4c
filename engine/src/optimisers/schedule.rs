//! The learning rate over a run.

use augsphere_spec::Knobs;

/// Linear warm-up, then constant or a half cosine to zero (Loshchilov & Hutter 2017, without restarts).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    warmup: usize,
    steps: usize,
    cosine: bool,
}

impl Schedule {
    /// From the knobs `warmup`, `steps` and `schedule` of the `train` section.
    pub fn new(train: &Knobs) -> Self {
        Self { warmup: train.count("warmup"), steps: train.count("steps"), cosine: train.text("schedule") == "cosine" }
    }

    /// The factor of the warm-up alone: what a rate is multiplied by that is not lowered afterwards.
    pub fn warm_up(&self, done: usize) -> f64 {
        if done < self.warmup { (done + 1) as f64 / self.warmup as f64 } else { 1.0 }
    }

    /// The factor on the learning rate for the step after `done` steps, 0 to 1. The first step already moves.
    pub fn factor(&self, done: usize) -> f64 {
        if done < self.warmup {
            return (done + 1) as f64 / self.warmup as f64;
        }
        if !self.cosine {
            return 1.0;
        }
        let length = self.steps.saturating_sub(self.warmup).max(1) as f64;
        let progress = ((done - self.warmup) as f64 / length).min(1.0);
        (1.0 + (std::f64::consts::PI * progress).cos()) / 2.0
    }
}
