//! L-BFGS with a preconditioner and a line search for the strong Wolfe conditions (Nocedal & Wright, Numerical Optimization, 2006,
//! Algorithms 7.4 and 7.5, 3.5 and 3.6).

use std::collections::VecDeque;

/// Steps that are remembered.
const MEMORY: usize = 20;

/// Steps at most.
const STEPS: usize = 1000;

/// Points tried on one line at most.
const TRIALS: usize = 20;

/// A gradient whose largest entry is below this is taken for 0.
const FLAT: f64 = 1e-5;

/// The share of a value that may be rounding, as of means of what is in single precision. Gradients are exacter.
const ROUNDING: f64 = 1e-8;

/// Steps in a row that bring no more than rounding before it is clear that the value no longer falls.
const PATIENCE: usize = 10;

/// First Wolfe condition: a step brings at least this share of the fall that the slope promises.
const FALL: f64 = 1e-4;

/// Second Wolfe condition: the slope becomes at most this share of what it was, up or down.
const SLOPE: f64 = 0.9;

/// Where a descent ended.
pub(super) struct Minimum {
    pub at: Vec<f64>,
    pub value: f64,
    /// Largest entry of the gradient.
    pub gradient: f64,
    pub steps: usize,
    /// Whether the gradient is flat, or the value no longer falls by more than rounding.
    pub converged: bool,
}

/// A point with the value and the gradient there.
struct Point {
    at: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Point {
    async fn new(at: Vec<f64>, objective: &impl AsyncFn(&[f64], &mut [f64]) -> f64) -> Self {
        let mut gradient = vec![0.0; at.len()];
        let value = objective(&at, &mut gradient).await;
        Self { at, value, gradient }
    }
}

/// The minimum of a convex function that `objective` evaluates, writing its gradient, from `start` on. `precondition` multiplies a
/// vector by roughly the inverse of the second derivatives.
pub(super) async fn minimise(
    start: Vec<f64>,
    objective: impl AsyncFn(&[f64], &mut [f64]) -> f64,
    precondition: impl AsyncFn(&mut [f64]),
) -> Minimum {
    let mut history = History::default();
    let mut here = Point::new(start, &objective).await;
    let (mut steps, mut idle) = (0, 0);
    while largest(&here.gradient) >= FLAT && idle < PATIENCE && steps < STEPS {
        let direction = history.direction(&here.gradient, &precondition).await;
        match search(&here, &direction, &objective).await {
            Some(next) => {
                idle = if here.value - next.value > ROUNDING * here.value.abs() { 0 } else { idle + 1 };
                history.add(&here, &next);
                here = next;
            }
            // Once more from the gradient alone; if that is no help either, nothing is.
            None if history.0.is_empty() => idle = PATIENCE,
            None => history.0.clear(),
        }
        steps += 1;
    }
    let gradient = largest(&here.gradient);
    Minimum { converged: steps < STEPS, at: here.at, value: here.value, gradient, steps }
}

/// A point on a line: the step there, the value, and the slope along the line.
#[derive(Clone, Copy)]
struct Trial {
    step: f64,
    value: f64,
    slope: f64,
}

/// A point on the line that satisfies both conditions, but for rounding of the values; none where rounding hides it.
///
/// `low` is the best point so far; once `high` is known, a suitable point lies between the two.
async fn search(from: &Point, direction: &[f64], objective: &impl AsyncFn(&[f64], &mut [f64]) -> f64) -> Option<Point> {
    let start = Trial { step: 0.0, value: from.value, slope: dot(&from.gradient, direction) };
    let rounding = ROUNDING * start.value.abs();
    let (mut low, mut high, mut step) = (start, None, 1.0);
    for _ in 0..TRIALS {
        let at = from.at.iter().zip(direction).map(|(at, direction)| at + step * direction).collect();
        let point = Point::new(at, objective).await;
        let trial = Trial { step, value: point.value, slope: dot(&point.gradient, direction) };
        let enough = (start.value + FALL * step * start.slope).min(low.value) + rounding;
        if trial.value.is_nan() || trial.value > enough {
            high = Some(trial);
        } else if trial.slope.abs() <= SLOPE * start.slope.abs() {
            return Some(point);
        } else {
            let end = high.map_or(f64::INFINITY, |high| high.step);
            if trial.slope * (end - step) >= 0.0 {
                high = Some(low);
            }
            low = trial;
        }
        step = high.map_or(4.0 * step, |high| between(low, high));
    }
    None
}

/// The minimum of the cubic through two trials (Nocedal & Wright, equation 3.59), a tenth of the way away from both.
fn between(a: Trial, b: Trial) -> f64 {
    let way = b.step - a.step;
    let bend = a.slope + b.slope - 3.0 * (b.value - a.value) / way;
    let root = (bend * bend - a.slope * b.slope).sqrt().copysign(way);
    let share = 1.0 - (b.slope + root - bend) / (b.slope - a.slope + 2.0 * root);
    a.step + way * if share.is_finite() { share.clamp(0.1, 0.9) } else { 0.5 }
}

/// A step, by how much the gradient changed on it, and the product of the two.
struct Step(Vec<f64>, Vec<f64>, f64);

/// The last steps, oldest first.
#[derive(Default)]
struct History(VecDeque<Step>);

impl History {
    fn add(&mut self, from: &Point, to: &Point) {
        let difference = |to: &[f64], from: &[f64]| to.iter().zip(from).map(|(to, from)| to - from).collect::<Vec<_>>();
        let (step, change) = (difference(&to.at, &from.at), difference(&to.gradient, &from.gradient));
        let product = dot(&step, &change);
        if product > 0.0 {
            if self.0.len() == MEMORY {
                self.0.pop_front();
            }
            self.0.push_back(Step(step, change, product));
        }
    }

    /// Where to go from a point with this gradient: Algorithm 7.4, with the preconditioner in the middle, scaled so that it is right
    /// along the last step (as equation 7.20). Without one it is down the gradient, to learn the scale.
    async fn direction(&self, gradient: &[f64], precondition: &impl AsyncFn(&mut [f64])) -> Vec<f64> {
        let mut direction: Vec<f64> = gradient.iter().map(|value| -value).collect();
        let mut shares = Vec::with_capacity(self.0.len());
        for Step(step, change, product) in self.0.iter().rev() {
            let share = dot(step, &direction) / product;
            add(&mut direction, change, -share);
            shares.push(share);
        }
        if let Some(Step(_, change, product)) = self.0.back() {
            let mut expected = change.clone();
            precondition(&mut expected).await;
            precondition(&mut direction).await;
            let scale = product / dot(change, &expected);
            direction.iter_mut().for_each(|value| *value *= scale);
        }
        for (Step(step, change, product), share) in self.0.iter().zip(shares.iter().rev()) {
            let back = dot(change, &direction) / product;
            add(&mut direction, step, share - back);
        }
        direction
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `to += factor * from`.
fn add(to: &mut [f64], from: &[f64], factor: f64) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;

    /// Rosenbrock's valley, with its minimum of 0 at (1, 1).
    async fn valley(at: &[f64], gradient: &mut [f64]) -> f64 {
        let (short, bent) = (1.0 - at[0], at[1] - at[0] * at[0]);
        gradient.copy_from_slice(&[-2.0 * short - 400.0 * at[0] * bent, 200.0 * bent]);
        short * short + 100.0 * bent * bent
    }

    /// A preconditioner that is wrong a million times over is made up for by the scale and the line search.
    #[test]
    fn the_valley_has_its_minimum_at_one_and_one() {
        for factor in [1e-6, 1.0, 1e6] {
            let wrong = async |vector: &mut [f64]| vector.iter_mut().for_each(|value| *value *= factor);
            let found = at_once(minimise(vec![-1.2, 1.0], valley, wrong));
            assert!(found.converged && found.gradient < FLAT && found.steps < 100, "{factor}: {} steps", found.steps);
            assert!(found.at.iter().all(|value| (value - 1.0).abs() < 1e-4), "{factor}: {:?}", found.at);
        }
    }

    /// Steps that are a thousand times too short and too long, and one to a lower place up the other side; the conditions hold where
    /// the search ends.
    #[test]
    fn the_search_ends_where_both_conditions_hold() {
        let bowl = async |at: &[f64], gradient: &mut [f64]| {
            gradient[0] = at[0] / (1.0 + at[0] * at[0]).sqrt();
            (1.0 + at[0] * at[0]).sqrt()
        };
        for direction in [-1e-3, -1.0, -3.9, -1e3] {
            let from = at_once(Point::new(vec![2.0], &bowl));
            let to = at_once(search(&from, &[direction], &bowl)).expect("a point");
            let went = (to.at[0] - from.at[0]) / direction;
            assert!(to.value <= from.value + FALL * went * direction * from.gradient[0], "{direction}: {}", to.value);
            assert!(to.gradient[0].abs() <= SLOPE * from.gradient[0], "{direction}: {}", to.gradient[0]);
        }
        let from = at_once(Point::new(vec![2.0], &bowl));
        assert!(at_once(search(&from, &[1.0], &bowl)).is_none(), "uphill there is none");
    }

    /// A value that never becomes lower ends the descent, not the budget of steps.
    #[test]
    fn a_value_that_does_not_fall_ends_the_descent() {
        let flat = async |_: &[f64], gradient: &mut [f64]| {
            gradient.fill(1.0);
            3.0
        };
        let found = at_once(minimise(vec![0.5; 3], flat, async |_: &mut [f64]| ()));
        assert!(found.converged && found.steps < 3 && found.at == [0.5; 3], "{} steps", found.steps);
    }
}
