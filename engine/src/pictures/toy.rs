//! The scalar toy: phase portrait and the path from a start (Su, spaces.ac.cn/archives/7980; METHODS.md 4.4).

use super::{Follows, Making, Picture, Source, Trouble, nothing};
use crate::pace::Pace;
use crate::toy::{Point, Toy, ToyGrid, ToyQuestion, Variant, answer};
use augsphere_spec::{Knobs, Part, Payload};

/// From and to along `phi` in the portrait: starts up to 1.5 and what becomes of them.
pub const PHI: [f64; 2] = [-1.6, 1.6];
/// From and to along `theta` in the portrait.
pub const THETA: [f64; 2] = [-1.9, 1.9];
/// Arrows along each side of the portrait.
const ARROWS: usize = 15;
/// Columns in which the curve of the invariant is looked for.
const COLUMNS: u32 = 320;

/// The picture `toy`. Its parts:
///
/// - `field`, a matrix with the columns `phi`, `theta`, `dphi/dt`, `dtheta/dt`: one row an arrow;
/// - `trajectory`, a matrix with the columns time, `phi`, `theta`, target, loss, invariant: one row a moment;
/// - `limit`, where the flow ends, one point `(phi, theta)`, absent if that is not known;
/// - `level`, a matrix with the columns piece, `phi`, `theta`: where the invariant is what it is at the start;
/// - `words` and `invariant_name`.
pub struct ToyPicture;

impl Picture for ToyPicture {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn follows(&self) -> Follows {
        Follows::Nothing
    }

    fn make<'a>(&'a self, _source: &'a Source, knobs: &'a Knobs, _pace: &'a Pace) -> Making<'a> {
        Box::pin(async move { parts(knobs) })
    }
}

fn variant(name: &str) -> Option<Variant> {
    Some(match name {
        "stop-gradient" => Variant::StopGradient,
        "no-stop-gradient" => Variant::NoStopGradient,
        "target-only" => Variant::TargetOnly,
        _ => return None,
    })
}

fn parts(knobs: &Knobs) -> Result<Vec<Part>, Trouble> {
    let Some(variant) = variant(knobs.text("variant")) else {
        return nothing("The toy has no such variant: take stop-gradient, no-stop-gradient or target-only.");
    };
    let momentum = Some(knobs.float("momentum")).filter(|rate| *rate != 0.0);
    let question = ToyQuestion {
        variant,
        phi: knobs.float("phi"),
        theta: knobs.float("theta"),
        momentum,
        weight_decay: knobs.float("weight_decay"),
        time: knobs.float("time"),
        step: None,
        grid: Some(ToyGrid { phi: PHI, theta: THETA, columns: ARROWS, rows: ARROWS }),
    };
    let found = answer(&question).map_err(|fault| Trouble::Nothing(format!("In the toy {}. {}", fault.what, fault.remedy)))?;
    let moments = found.trajectory.iter().zip(&found.loss).zip(&found.invariant);
    let rows = moments.flat_map(|((&[time, phi, theta, target], &loss), &invariant)| [time, phi, theta, target, loss, invariant]);
    let toy = Toy { variant, momentum, weight_decay: question.weight_decay };
    let curve = level(&toy, Point::new(question.phi, question.theta));
    let mut parts = vec![
        Part::matrix("field", 4, found.field.iter().flatten().map(|value| *value as f32).collect()),
        Part::matrix("trajectory", 6, rows.map(|value| value as f32).collect()),
        Part::matrix("level", 3, curve.iter().flatten().map(|value| *value as f32).collect()),
        Part::new("words", Payload::Words(vec![found.words])),
        Part::new("invariant_name", Payload::Words(vec![found.invariant_name])),
    ];
    if let Some([phi, theta]) = found.limit {
        parts.push(Part::series("limit", vec![phi as f32], vec![theta as f32]));
    }
    Ok(parts)
}

/// Where [`Toy::invariant`] is what it is at the start: rows of piece, `phi`, `theta` within the portrait, pieces in a row, each of them an
/// unbroken curve. In every variant it is even in `theta` and moves one way as `|theta|` grows, so that a column has one such place or none.
fn level(toy: &Toy, start: Point) -> Vec<[f64; 3]> {
    let kept = toy.invariant(start);
    let over = |phi: f64, theta: f64| toy.invariant(Point::new(phi, theta)) - kept;
    let phi = |column: u32| PHI[0] + (PHI[1] - PHI[0]) * f64::from(column) / f64::from(COLUMNS);
    let theta = |phi: f64| root(|theta| over(phi, theta), 0.0, THETA[1]);
    let mut pieces: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut before: Option<f64> = None;
    for column in 0..=COLUMNS {
        let found = theta(phi(column));
        // A curve that begins or ends between two columns does so on the axis, if not at the upper edge.
        let axis = (column > 0).then(|| root(|phi| over(phi, 0.0), phi(column - 1), phi(column))).flatten();
        match (before, found) {
            (None, Some(found)) => {
                let begin = axis.filter(|axis| *axis < phi(column)).map(|axis| [axis, 0.0]);
                pieces.push(begin.into_iter().chain([[phi(column), found]]).collect());
            }
            (_, Some(found)) => {
                if let Some(piece) = pieces.last_mut() {
                    piece.push([phi(column), found]);
                }
            }
            (Some(_), None) => {
                if let (Some(piece), Some(axis)) = (pieces.last_mut(), axis) {
                    piece.push([axis, 0.0]);
                }
            }
            (None, None) => {}
        }
        before = found;
    }
    let both = pieces.iter().flat_map(|piece| [1.0, -1.0].map(|side| (side, piece)));
    (0u32..)
        .zip(both)
        .flat_map(|(number, (side, piece))| piece.iter().map(move |at| [f64::from(number), at[0], side * at[1]]))
        .collect()
}

/// Where a function is 0 between two places at which it has different signs, by bisection.
fn root(over: impl Fn(f64) -> f64, low: f64, high: f64) -> Option<f64> {
    let (mut low, mut high) = (low, high);
    let rising = over(high) >= 0.0;
    if (over(low) >= 0.0) == rising && over(low) != 0.0 {
        return None;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if (over(middle) >= 0.0) == rising { high = middle } else { low = middle }
    }
    Some(0.5 * (low + high))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::pace::at_once;
    use augsphere_spec::{Answer, AskId};

    fn knobs(variant: &str, changes: &[(&str, f64)]) -> Knobs {
        let mut knobs = Knobs::default();
        knobs.set("variant", variant);
        for (name, value) in [("phi", 0.6), ("theta", 0.1), ("momentum", 0.0), ("weight_decay", 0.0), ("time", 50.0)] {
            knobs.set(name, value);
        }
        changes.iter().for_each(|(name, value)| knobs.set(name, *value));
        knobs
    }

    fn ask(knobs: &Knobs) -> Answer {
        let source = Source::default();
        let parts = at_once(ToyPicture.make(&source, knobs, &Pace::default())).map_err(|trouble| format!("{trouble:?}"));
        Answer { id: AskId(0), run: None, step: 0, parts }
    }

    fn matrix<'a>(answer: &'a Answer, name: &str) -> (usize, &'a [f32]) {
        let Some(Payload::Matrix { columns, values, .. }) = answer.part(name) else { panic!("{name} in {answer:?}") };
        (*columns, values)
    }

    /// METHODS.md 4.4: where each variant ends, and its first loss, 8e-4.
    #[test]
    fn the_ends_are_those_of_the_table() {
        for (variant, limit) in [
            ("stop-gradient", [1.0, 0.806_225_774_8]),
            ("no-stop-gradient", [0.612_701_665_4, 0.0]),
            ("target-only", [0.605, 0.0]),
        ] {
            let found = ask(&knobs(variant, &[]));
            let Some(Payload::Series { x, y }) = found.part("limit") else { panic!("{variant}") };
            assert!(
                (f64::from(x[0]) - limit[0]).abs() < 1e-6 && (f64::from(y[0]) - limit[1]).abs() < 1e-6,
                "{variant}: {x:?} {y:?}"
            );
            let (columns, rows) = matrix(&found, "trajectory");
            assert_eq!((columns, rows.len() / columns), (6, 401));
            assert!((rows[4] - 8.0e-4).abs() < 1e-8, "{variant}: {}", rows[4]);
            let (columns, arrows) = matrix(&found, "field");
            assert_eq!((columns, arrows.len()), (4, 4 * ARROWS * ARROWS));
        }
    }

    /// Every point of the curve has the invariant of the start, the path lies on it, and it has pieces above and below.
    #[test]
    fn the_curve_of_the_invariant_holds_the_path() {
        for (variant, theta) in [("stop-gradient", 0.1), ("stop-gradient", 1.2), ("no-stop-gradient", 0.1), ("target-only", -1.2)]
        {
            let found = ask(&knobs(variant, &[("theta", theta)]));
            let toy = Toy::plain(super::variant(variant).unwrap());
            let kept = toy.invariant(Point::new(0.6, theta));
            let (columns, rows) = matrix(&found, "level");
            let points: Vec<[f64; 2]> = rows.chunks(columns).map(|row| [f64::from(row[1]), f64::from(row[2])]).collect();
            assert!(points.len() > 100, "{variant}: {}", points.len());
            for [phi, theta] in &points {
                assert!((toy.invariant(Point::new(*phi, *theta)) - kept).abs() < 1e-5, "{variant}: {phi}, {theta}");
            }
            let (columns, path) = matrix(&found, "trajectory");
            for row in path.chunks(columns) {
                let near = points.iter().map(|at| (at[0] - f64::from(row[1])).hypot(at[1] - f64::from(row[2])));
                assert!(near.fold(f64::INFINITY, f64::min) < 0.1, "{variant}: {row:?}");
            }
            assert!(points.iter().any(|at| at[1] > 0.0) && points.iter().any(|at| at[1] < 0.0));
        }
    }

    #[test]
    fn what_cannot_be_followed_says_why() {
        let told = |knobs: &Knobs| ask(knobs).parts.unwrap_err();
        assert!(told(&knobs("no-stop-gradient", &[("momentum", 0.5)])).contains("momentum target"));
        assert!(told(&knobs("stop-gradient", &[("phi", f64::NAN)])).contains("phi must be a number"));
        assert!(told(&knobs("none", &[])).contains("no such variant"));
    }
}
