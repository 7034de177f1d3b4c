//! The scalar toy of asymmetric methods: a predictor and an encoder of one number each.

use crate::arguments::ToyArguments;
use crate::engine;
use crate::failure::Failure;
use crate::output;
use augsphere_spec::ToyQuestion;
use serde_json::json;

/// Rows of the table.
const ROWS: usize = 21;

/// Follows the toy and prints where it goes.
///
/// # Errors
/// A question that makes no sense.
pub fn toy(request: &ToyArguments) -> Result<(), Failure> {
    let question = ToyQuestion {
        variant: request.variant.into(),
        phi: request.phi,
        theta: request.theta,
        momentum: request.momentum,
        weight_decay: request.weight_decay,
        time: request.time,
        step: request.step,
        grid: None,
    };
    let answer = engine::follow_toy(&question)?;
    if request.json {
        let line = json!({
            "trajectory": answer.trajectory, "loss": answer.loss, "invariant": answer.invariant,
            "invariant_name": answer.invariant_name, "limit": answer.limit, "words": answer.words,
        });
        return output::result(&line.to_string());
    }
    let mut lines = vec![format!(
        "{:>10} {:>12} {:>12} {:>12} {:>12} {:>14}",
        "time", "phi", "theta", "target", "loss", answer.invariant_name
    )];
    let last = answer.trajectory.len().saturating_sub(1);
    for row in 0..ROWS.min(answer.trajectory.len()) {
        let at = last * row / (ROWS.min(answer.trajectory.len()) - 1).max(1);
        let [time, phi, theta, target] = answer.trajectory[at];
        let of = |values: &[f64]| values.get(at).copied().unwrap_or(f64::NAN);
        let (loss, invariant) = (of(&answer.loss), of(&answer.invariant));
        lines.push(format!("{time:>10.3} {phi:>12.6} {theta:>12.6} {target:>12.6} {loss:>12.4e} {invariant:>14.6}"));
    }
    if let Some([phi, theta]) = answer.limit {
        lines.push(format!("the flow ends at phi {phi:.6}, theta {theta:.6}"));
    }
    lines.push(answer.words);
    output::result(&lines.join("\n"))
}
