//! The Dormand-Prince method: where a flow of three numbers is after some time.
//!
//! The embedded Runge-Kutta pair of orders 5 and 4 by Dormand and Prince, 1980 (coefficients also in Hairer, Norsett,
//! Wanner, Solving Ordinary Differential Equations I, table II.5.2), with the fifth order carried on.

/// The flow took more steps than it may: it is too fast for the time asked for.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the flow is so fast that after {MOST_STEPS} steps it had only come to time {time}")]
pub struct Stuck {
    /// How far it came.
    pub time: f64,
}

type State = [f64; 3];

/// Error a step, as a share of the numbers: ten printed digits after thousands of steps.
const RELATIVE: f64 = 1e-12;
/// Error a step where the numbers are near 0.
const ABSOLUTE: f64 = 1e-16;
/// Steps, taken or taken back, before it is given up. The fastest flow that is let in takes about 500,000.
const MOST_STEPS: usize = 2_000_000;

/// Coefficients of the stages, row by row; the last row is also the fifth-order result.
const STAGES: [&[f64]; 6] = [
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];

/// Fifth order minus fourth.
const ERROR: [f64; 7] = [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339_200.0, 22.0 / 525.0, -1.0 / 40.0];

/// The states at `times` (increasing, not negative) of the flow that is at `start` at time 0.
pub(super) fn integrate(flow: impl Fn(State) -> State, start: State, times: &[f64]) -> Result<Vec<State>, Stuck> {
    let (mut time, mut state, mut slope) = (0.0, start, flow(start));
    // What the error control asks for; single steps are cut short to meet the times exactly.
    let mut wanted = 1e-3;
    let mut steps = 0;
    let mut states = Vec::with_capacity(times.len());
    for &until in times {
        while time < until {
            steps += 1;
            if steps > MOST_STEPS {
                return Err(Stuck { time });
            }
            let cut = wanted >= until - time;
            let step = if cut { until - time } else { wanted };
            let (next, next_slope, error) = attempt(&flow, state, slope, step);
            // A number that is none counts as an error beyond bounds.
            let factor = if error.is_finite() { (0.9 * error.max(1e-10).powf(-0.2)).clamp(0.2, 5.0) } else { 0.2 };
            if error <= 1.0 {
                time = if cut { until } else { time + step };
                (state, slope) = (next, next_slope);
                wanted = if cut { wanted.max(step * factor) } else { step * factor };
            } else {
                wanted = step * factor.min(0.9);
            }
        }
        states.push(state);
    }
    Ok(states)
}

/// One step: the new state, its slope, and the error as a multiple of what is allowed.
fn attempt(flow: &impl Fn(State) -> State, state: State, slope: State, step: f64) -> (State, State, f64) {
    let mut slopes = [slope; 7];
    let mut next = state;
    for (stage, row) in STAGES.iter().enumerate() {
        next = std::array::from_fn(|axis| {
            let sum: f64 = row.iter().zip(&slopes).map(|(weight, slope)| weight * slope[axis]).sum();
            state[axis] + step * sum
        });
        slopes[stage + 1] = flow(next);
    }
    let error = |axis: usize| {
        let sum: f64 = ERROR.iter().zip(&slopes).map(|(weight, slope)| weight * slope[axis]).sum();
        (step * sum).abs() / (ABSOLUTE + RELATIVE * state[axis].abs().max(next[axis].abs()))
    };
    // Not `max`, which would pass over a number that is none.
    let error = (error(0).powi(2) + error(1).powi(2) + error(2).powi(2)).sqrt();
    (next, slopes[6], error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rotation and a decay, whose states are known.
    fn known(state: State) -> State {
        [-state[1], state[0], -state[2]]
    }

    #[test]
    fn exact_to_eleven_digits() {
        let times = [0.0, 0.5, 0.5, 3.0, 20.0];
        let states = integrate(known, [1.0, 0.0, 1.0], &times).expect("it is slow");
        for (time, state) in times.iter().zip(states) {
            for (found, expected) in state.iter().zip([time.cos(), time.sin(), (-time).exp()]) {
                assert!((found - expected).abs() < 2e-11, "time {time}: expected {expected}, found {found}");
            }
        }
    }

    /// Half the step makes a sixty-fourth of the error of one step: the order is 5, which a wrong coefficient would spoil.
    #[test]
    fn one_step_is_of_fifth_order() {
        let exact = |step: f64| [step.cos(), step.sin(), (-step).exp()];
        let gap = |step: f64| {
            let (next, ..) = attempt(&known, [1.0, 0.0, 1.0], known([1.0, 0.0, 1.0]), step);
            next.iter().zip(exact(step)).map(|(found, expected)| (found - expected).abs()).sum::<f64>()
        };
        let order = (gap(0.2) / gap(0.1)).log2();
        assert!((5.8..6.3).contains(&order), "{order}");
        // Linear flows leave some conditions on the coefficients untested: sin t, cos t, exp(sin t).
        let swing = |[sin, cos, exp]: State| [cos, -sin, exp * cos];
        let gap = |step: f64| {
            let (next, ..) = attempt(&swing, [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], step);
            (next[2] - step.sin().exp()).abs()
        };
        let order = (gap(0.08) / gap(0.04)).log2();
        assert!((5.8..6.3).contains(&order), "{order}");
    }

    /// The estimate is of fourth order, so it falls with the fifth power of the step.
    #[test]
    fn the_error_estimate_is_of_fourth_order() {
        let square = |state: State| state.map(|value| value * value);
        let estimate = |step: f64| attempt(&square, [1.0; 3], [1.0; 3], step).2;
        let order = (estimate(0.02) / estimate(0.01)).log2();
        assert!((4.8..5.3).contains(&order), "{order}");
    }

    /// A flow that leaves every bound in finite time is given up, not followed forever.
    #[test]
    fn what_runs_away_is_given_up() {
        let stuck =
            integrate(|state| state.map(|value| value * value), [1.0; 3], &[2.0]).expect_err("1 / (1 - t) has no value at 2");
        assert!((0.9..1.0 + 1e-9).contains(&stuck.time), "{stuck}");
    }
}
