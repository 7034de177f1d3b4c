//! The scalar toy: the smallest model that shows why a predictor with a stop-gradient does not collapse. Two numbers.
//!
//! A predictor `phi` and an encoder `theta` follow the gradient of `l = (phi theta - target)^2 / 2`, where the target is
//! the encoder itself or its momentum average. Source: Su Jianlin, spaces.ac.cn/archives/7980; METHODS 4.4, which also has
//! the invariants and limits. Everything here is double precision on the host.

mod answer;
mod dormand_prince;
mod limits;

pub use answer::answer;
pub use augsphere_spec::{ToyAnswer, ToyGrid, ToyQuestion, ToyVariant as Variant};
pub use dormand_prince::Stuck;
pub use limits::Limit;

/// Where predictor, encoder and target stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The predictor.
    pub phi: f64,
    /// The encoder.
    pub theta: f64,
    /// The momentum average of the encoder; without momentum the encoder itself, whatever stands here.
    pub target: f64,
}

impl Point {
    /// A start: the target stands where the encoder does.
    pub fn new(phi: f64, theta: f64) -> Self {
        Self { phi, theta, target: theta }
    }

    /// `[phi, theta, target]`.
    fn array(self) -> [f64; 3] {
        [self.phi, self.theta, self.target]
    }

    fn of([phi, theta, target]: [f64; 3]) -> Self {
        Self { phi, theta, target }
    }
}

/// Points in order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// When; for gradient descent the learning rate times the number of steps.
    pub times: Vec<f64>,
    /// Where, as many as there are times.
    pub points: Vec<Point>,
}

/// What becomes of [`Toy::invariant`] along the continuous flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Conservation {
    /// It stays.
    Constant,
    /// It is multiplied by `exp(-rate t)`.
    Decays {
        /// Per unit of time.
        rate: f64,
    },
    /// Weight decay breaks it.
    Broken,
}

/// The system: what the encoder follows, what the target is, and how weights decay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Toy {
    /// Which part of the gradient the encoder follows.
    pub variant: Variant,
    /// The rate at which a momentum target follows the encoder, `d target/dt = rate (theta - target)`; `None`: the target
    /// is the encoder. A momentum target has no gradient: the part of it that a variant would take through the target is
    /// then 0, and [`answer`] refuses such variants.
    pub momentum: Option<f64>,
    /// Weight decay of predictor and encoder, per unit of time.
    pub weight_decay: f64,
}

impl Toy {
    /// A variant as it is, without momentum target and weight decay.
    pub fn plain(variant: Variant) -> Self {
        Self { variant, momentum: None, weight_decay: 0.0 }
    }

    /// The target at a point.
    fn target(&self, point: Point) -> f64 {
        if self.momentum.is_some() { point.target } else { point.theta }
    }

    /// The loss `(phi theta - target)^2 / 2`, without weight decay.
    pub fn loss(&self, point: Point) -> f64 {
        (point.phi * point.theta - self.target(point)).powi(2) / 2.0
    }

    /// The vector field: `[dphi/dt, dtheta/dt, dtarget/dt]`, the descent along the parts of the gradient that the variant
    /// keeps. Without momentum the target moves with the encoder.
    pub fn flow(&self, point: Point) -> [f64; 3] {
        let Point { phi, theta, .. } = point;
        let error = phi * theta - self.target(point);
        let through_prediction = -error * phi;
        let through_target = if self.momentum.is_some() { 0.0 } else { error };
        let followed = match self.variant {
            Variant::StopGradient => through_prediction,
            Variant::NoStopGradient => through_prediction + through_target,
            Variant::TargetOnly => through_target,
        };
        let dtheta = followed - self.weight_decay * theta;
        let dtarget = self.momentum.map_or(dtheta, |rate| rate * (theta - point.target));
        [-error * theta - self.weight_decay * phi, dtheta, dtarget]
    }

    /// The expression that the flow of the variant conserves without weight decay, at a point; see [`Self::conservation`].
    pub fn invariant(&self, point: Point) -> f64 {
        let Point { phi, theta, .. } = point;
        match self.variant {
            Variant::StopGradient => (theta - phi) * (theta + phi),
            Variant::NoStopGradient => (1.0 - phi - theta) * (1.0 - phi + theta),
            Variant::TargetOnly => phi + theta * theta / 2.0,
        }
    }

    /// [`Self::invariant`] as people write it.
    pub fn invariant_name(&self) -> &'static str {
        match self.variant {
            Variant::StopGradient => "theta^2 - phi^2",
            Variant::NoStopGradient => "(1 - phi)^2 - theta^2",
            Variant::TargetOnly => "phi + theta^2 / 2",
        }
    }

    /// What becomes of [`Self::invariant`] along the flow. A momentum target changes nothing about it.
    pub fn conservation(&self) -> Conservation {
        match self.variant {
            _ if self.weight_decay == 0.0 => Conservation::Constant,
            Variant::StopGradient => Conservation::Decays { rate: 2.0 * self.weight_decay },
            Variant::NoStopGradient | Variant::TargetOnly => Conservation::Broken,
        }
    }

    /// The flow from `start` at time 0 to each of `times` (increasing, not negative), to about 11 digits.
    ///
    /// # Errors
    /// [`Stuck`] if that takes too many steps: numbers far beyond those that [`answer`] lets in.
    pub fn follow(&self, start: Point, times: &[f64]) -> Result<Trajectory, Stuck> {
        let start = Point { target: self.target(start), ..start };
        let points = dormand_prince::integrate(|at| self.flow(Point::of(at)), start.array(), times)?;
        Ok(Trajectory { times: times.to_vec(), points: points.into_iter().map(Point::of).collect() })
    }

    /// Plain gradient descent: `steps` simultaneous updates of all numbers by `step` times the flow. Keeps the start, every
    /// `every`-th point and the last. Ends early, at the last point before a number is beyond `bound`: steps that are too
    /// long run away.
    pub fn descend(&self, start: Point, step: f64, steps: usize, every: usize, bound: f64) -> Trajectory {
        let mut at = Point { target: self.target(start), ..start };
        let mut kept = Vec::new();
        for taken in 0..=steps {
            let (old, slope) = (at.array(), self.flow(at));
            let new: [f64; 3] = std::array::from_fn(|axis| old[axis] + step * slope[axis]);
            let ends = taken == steps || !new.iter().all(|value| value.abs() <= bound);
            if ends || taken % every.max(1) == 0 {
                kept.push((taken as f64 * step, at));
            }
            if ends {
                break;
            }
            at = Point::of(new);
        }
        let (times, points) = kept.into_iter().unzip();
        Trajectory { times, points }
    }

    /// Arrows `[phi, theta, dphi/dt, dtheta/dt]` for a phase portrait, row by row from the lowest `theta`; with a momentum
    /// target those at `target = theta`.
    pub fn field(&self, grid: &ToyGrid) -> Vec<[f64; 4]> {
        let at = |[from, to]: [f64; 2], index: usize, count: usize| {
            from + (to - from) * index as f64 / count.saturating_sub(1).max(1) as f64
        };
        let arrow = |index: usize| {
            let (row, column) = (index / grid.columns, index % grid.columns);
            let point = Point::new(at(grid.phi, column, grid.columns), at(grid.theta, row, grid.rows));
            let [dphi, dtheta, _] = self.flow(point);
            [point.phi, point.theta, dphi, dtheta]
        };
        (0..grid.columns * grid.rows).map(arrow).collect()
    }
}
