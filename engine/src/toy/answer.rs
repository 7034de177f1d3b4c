//! The answer to a question about the toy: checked, followed, and put into words for a chart.

use super::{Conservation, Limit, Point, Toy, ToyAnswer, ToyGrid, ToyQuestion, Trajectory, Variant};
use augsphere_spec::Fault;

/// Starts and rates may not be larger: the flow's speed grows with their cube.
const LARGEST: f64 = 10.0;
/// The longest time that can be followed.
const LONGEST: f64 = 10_000.0;
/// The most steps of gradient descent.
const MOST_STEPS: f64 = 1e6;
/// The most arrows along each side of a grid.
const MOST_ARROWS: usize = 101;
/// Parts into which a trajectory is cut.
const PARTS: usize = 400;
/// Gradient descent that leaves this bound has run away.
const LOST: f64 = 1e3;

/// Follows the toy. A trajectory has at most 402 points, evenly spaced in time.
///
/// # Errors
/// A fault that names the first number that cannot be used and says which can: one that is no number or beyond its bounds
/// (starts within -10 and 10, rates and steps up to 10, time up to 10,000, a million steps of gradient descent), or a
/// momentum target together with a variant that would need its gradient.
pub fn answer(question: &ToyQuestion) -> Result<ToyAnswer, Fault> {
    check(question)?;
    let toy = Toy { variant: question.variant, momentum: question.momentum, weight_decay: question.weight_decay };
    let start = Point::new(question.phi, question.theta);
    let trajectory = match question.step {
        Some(step) => {
            let steps = steps(question.time, step);
            toy.descend(start, step, steps, steps.div_ceil(PARTS), LOST)
        }
        None => {
            let parts = if question.time > 0.0 { PARTS } else { 0 };
            let times: Vec<f64> = (0..=parts).map(|part| question.time * (part as f64 / PARTS as f64)).collect();
            toy.follow(start, &times)
                .map_err(|stuck| refuse("time", stuck.to_string(), "Take a shorter time, or a start nearer to 0.".into()))?
        }
    };
    let last = *trajectory.points.last().unwrap_or(&start);
    let limit = toy.limit(start).or_else(|| question.step.is_none().then(|| toy.nearing(last)).flatten());
    Ok(ToyAnswer {
        loss: trajectory.points.iter().map(|&point| toy.loss(point)).collect(),
        invariant: trajectory.points.iter().map(|&point| toy.invariant(point)).collect(),
        invariant_name: toy.invariant_name().to_owned(),
        field: question.grid.as_ref().map(|grid| toy.field(grid)).unwrap_or_default(),
        limit: limit.map(|limit| [limit.phi, limit.theta]),
        words: words(&toy, question, &trajectory, limit),
        trajectory: rows(&trajectory),
    })
}

/// How many steps of gradient descent come nearest to `time`.
fn steps(time: f64, step: f64) -> usize {
    (time / step).round() as usize
}

fn rows(trajectory: &Trajectory) -> Vec<[f64; 4]> {
    let row = |(&time, point): (&f64, &Point)| [time, point.phi, point.theta, point.target];
    trajectory.times.iter().zip(&trajectory.points).map(row).collect()
}

fn refuse(name: &str, what: String, remedy: String) -> Fault {
    Fault { what, location: format!("toy.{name}"), remedy, recoverable: true, settings: Vec::new() }
}

/// Whether `value` is a number in these bounds.
fn within(name: &str, value: f64, least: f64, most: f64) -> Result<(), Fault> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let what = format!("{name} must be a number from {least} to {most}, found {value:?}");
    Err(refuse(name, what, format!("Take a number from {least} to {most}.")))
}

fn check(question: &ToyQuestion) -> Result<(), Fault> {
    within("phi", question.phi, -LARGEST, LARGEST)?;
    within("theta", question.theta, -LARGEST, LARGEST)?;
    within("weight_decay", question.weight_decay, 0.0, LARGEST)?;
    within("time", question.time, 0.0, LONGEST)?;
    if let Some(rate) = question.momentum {
        within("momentum", rate, 0.0, LARGEST)?;
        if question.variant != Variant::StopGradient {
            return Err(refuse(
                "momentum",
                "a momentum target is an average of past encoders and has no gradient, which this variant would follow".into(),
                "Take the variant with stop-gradient, or no momentum target.".into(),
            ));
        }
    }
    if let Some(step) = question.step {
        if !(step > 0.0 && step <= LARGEST) {
            let what = format!("step must be a number above 0 and up to {LARGEST}, found {step:?}");
            return Err(refuse("step", what, "Take a small number above 0, such as 0.1.".into()));
        }
        if question.time / step > MOST_STEPS {
            let what = format!("time {} in steps of {step:?} needs more than {MOST_STEPS} steps", question.time);
            let least = question.time / MOST_STEPS;
            return Err(refuse("step", what, format!("Take steps of at least {least}, or a shorter time.")));
        }
    }
    question.grid.as_ref().map_or(Ok(()), check_grid)
}

fn check_grid(grid: &ToyGrid) -> Result<(), Fault> {
    for (name, [from, to]) in [("grid.phi", grid.phi), ("grid.theta", grid.theta)] {
        within(name, from, -LARGEST, LARGEST)?;
        within(name, to, -LARGEST, LARGEST)?;
        if from >= to {
            let what = format!("{name} must go from a smaller number to a larger, found {from:?} to {to:?}");
            return Err(refuse(name, what, "Give the smaller one first.".into()));
        }
    }
    for (name, count) in [("grid.columns", grid.columns), ("grid.rows", grid.rows)] {
        if !(2..=MOST_ARROWS).contains(&count) {
            let what = format!("{name} must be a whole number from 2 to {MOST_ARROWS}, found {count}");
            return Err(refuse(name, what, format!("Take from 2 to {MOST_ARROWS} arrows.")));
        }
    }
    Ok(())
}

/// What can be seen: the end, what is conserved, and what steps make of it.
fn words(toy: &Toy, question: &ToyQuestion, trajectory: &Trajectory, limit: Option<Limit>) -> String {
    let mut sentences = vec![match limit {
        Some(Limit { phi, theta: 0.0, why }) => {
            format!("Collapses: the encoder ends at 0, the predictor at {}. {why}", short(phi))
        }
        Some(Limit { phi, theta, why }) => {
            format!("Does not collapse: ends at phi = {}, theta = {}. {why}", short(phi), short(theta))
        }
        None => unknown(toy),
    }];
    let (name, value) = (toy.invariant_name(), short(toy.invariant(Point::new(question.phi, question.theta))));
    sentences.push(match toy.conservation() {
        Conservation::Constant if question.step.is_some() => {
            format!("The flow keeps {name} = {value}; steps of this length keep it only nearly.")
        }
        Conservation::Constant => format!("{name} = {value} stays."),
        Conservation::Decays { rate } => format!("{name} starts at {value} and falls as exp(-{rate} t)."),
        Conservation::Broken => format!("Weight decay breaks what the flow would keep, {name} = {value}."),
    });
    let reached = trajectory.times.last().copied().unwrap_or_default();
    if let Some(step) = question.step.filter(|step| reached != steps(question.time, *step) as f64 * step) {
        sentences.push(format!(
            "Steps of {step} are too long: after time {} the numbers run away. Take shorter steps.",
            short(reached)
        ));
    }
    sentences.join(" ")
}

/// Why there is no limit to tell.
fn unknown(toy: &Toy) -> String {
    match toy.fixed_points() {
        _ if toy.momentum == Some(0.0) => "The target never moves: this is plain regression to a constant.".to_owned(),
        Some([watershed, stable]) if toy.weight_decay > 0.0 => format!(
            "Two ends are possible, phi = |theta| = {} and collapse; between them lies phi = |theta| = {}, which is unstable. \
             The end of this path is not known yet.",
            short(stable),
            short(watershed)
        ),
        _ => "Where this ends is not known.".to_owned(),
    }
}

/// Four digits after the point, without needless zeros.
fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
