use super::super::runs::testing::{assert_inside, lines, turned, words as all_words};
use super::super::{Linked, defaults};
use super::*;
use crate::scene::Shape;
use augsphere_spec::{Answer, AskId, Knobs, Part};

const SIZES: [(f64, f64); 4] = [(280.0, 168.0), (300.0, 500.0), (600.0, 360.0), (1200.0, 720.0)];

/// METHODS.md 4.4, stop-gradient: time, phi, theta, target, loss, invariant.
const PATH: [[f32; 6]; 5] = [
    [0.0, 0.6, 0.1, 0.1, 8e-4, -0.35],
    [5.0, 0.673_666_7, 0.322_221_8, 0.322_221_8, 5.5e-3, -0.35],
    [10.0, 0.922_422_4, 0.707_716_9, 0.707_716_9, 1.5e-3, -0.35],
    [20.0, 0.999_847_9, 0.806_037_1, 0.806_037_1, 0.0, -0.35],
    [50.0, 1.0, 0.806_225_8, 0.806_225_8, 0.0, -0.35],
];

fn parts(path: &[[f32; 6]]) -> Vec<Part> {
    let arrows = (-1..=1).flat_map(|theta| (-1..=1).map(move |phi| [phi as f32, theta as f32, 0.5, 0.25 * theta as f32]));
    let level = [[0.0, 0.6, 0.0], [0.0, 1.0, 0.806], [0.0, 1.6, 1.487], [1.0, 0.6, 0.0], [1.0, 1.6, -1.487]];
    vec![
        Part::matrix("field", 4, arrows.flatten().collect()),
        Part::matrix("trajectory", 6, path.iter().flatten().copied().collect()),
        Part::matrix("level", 3, level.into_iter().flatten().collect()),
        Part::series("limit", vec![1.0], vec![0.806_225_8]),
        Part::new("words", Payload::Words(vec!["Does not collapse.".into()])),
        Part::new("invariant_name", Payload::Words(vec!["theta^2 - phi^2".into()])),
    ]
}

fn with<T>(parts: Result<Vec<Part>, String>, knobs: &Knobs, look: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let answer = Answer { id: AskId(0), run: None, step: 0, parts };
    let linked = Linked::default();
    look(&Inputs { answer: Some(&answer), ..Inputs::nothing(&linked, knobs) })
}

/// The path goes from the start to the limit in the portrait, and both curves from their first values to their last over time.
#[test]
fn known_values_stand_in_their_places() {
    for size in SIZES {
        let scene = with(Ok(parts(&PATH)), &defaults(&Toy), |inputs| Toy.scene(inputs, size));
        assert_inside(&scene);
        let axes = portrait(size);
        let drawn = |ink: Ink, count: usize| lines(&scene, ink).into_iter().find(|line| line.len() == count).map(<[_]>::to_vec);
        let path = drawn(Ink::Ink, PATH.len()).expect("a path");
        let near = |found: (f64, f64), (phi, theta): (f64, f64)| {
            let wanted = axes.at(phi, theta);
            assert!((found.0 - wanted.0).hypot(found.1 - wanted.1) < 1e-4, "{found:?}, not {wanted:?}");
        };
        near(path[0], (0.6, 0.1));
        near(path[4], (1.0, 0.806_225_8));
        let [_, over_time] = areas(size);
        for ink in [Ink::Accent, Ink::Second] {
            let curve = drawn(ink, PATH.len()).expect("a curve over time");
            assert!(curve.iter().all(|at| at.0 >= over_time[0] && at.1 >= over_time[1]), "{curve:?} in {over_time:?}");
            assert!(curve[4].1 < curve[0].1, "both rise");
        }
        let discs = scene.shapes.iter().filter(|shape| matches!(shape, Shape::Disc { .. })).count();
        assert!(discs >= 2, "start and end are marked");
        assert!(all_words(&scene).contains(&"start"));
    }
    let scene = with(Ok(parts(&PATH)), &defaults(&Toy), |inputs| Toy.scene(inputs, SIZES[3]));
    let words = all_words(&scene);
    assert!(words.contains(&"limit 1.00, 0.806") && words.contains(&"\u{3b8} 0.806"), "{words:?}");
    assert!(words.contains(&"\u{3b8}\u{b2} \u{2212} \u{3c6}\u{b2} = \u{2212}0.350"), "{words:?}");
}

/// The middle of the portrait is the origin; its corners are beyond the starts, which end at 1.5.
#[test]
fn a_point_of_the_portrait_is_a_start() {
    for size in SIZES {
        let axes = portrait(size);
        assert_eq!(start_at(size, axes.at(0.0, 0.0)), Some((0.0, 0.0)));
        assert_eq!(start_at(size, axes.at(0.6, 0.1)), Some((0.6, 0.1)));
        let [left, upper, right, lower] = axes.edges;
        assert_eq!(start_at(size, (left, upper)), Some((-START, START)));
        assert_eq!(start_at(size, (right, lower)), Some((START, -START)));
        assert_eq!(start_at(size, (right + 2.0, lower)), None);
        assert_eq!(start_at(size, (f64::NAN, upper)), None);
    }
    for knob in Toy.knobs().iter().filter(|knob| knob.name == "phi" || knob.name == "theta") {
        assert!(knob.fitting(&START.into()).is_some() && knob.fitting(&(-START).into()).is_some());
    }
}

/// A momentum target has a line of its own; with weight decay nothing rests on the lines any more.
#[test]
fn momentum_and_decay_show() {
    let plain = with(Ok(parts(&PATH)), &defaults(&Toy), |inputs| Toy.scene(inputs, SIZES[2]));
    let moving = with(Ok(parts(&PATH)), &turned(&Toy, "momentum", 0.5), |inputs| Toy.scene(inputs, SIZES[2]));
    assert!(!all_words(&plain).iter().any(|word| word.starts_with("target")));
    assert!(all_words(&moving).contains(&"target 0.806"));
    let decaying = with(Ok(parts(&PATH)), &turned(&Toy, "weight_decay", 0.1), |inputs| Toy.scene(inputs, SIZES[2]));
    assert!(all_words(&plain).iter().any(|word| word.contains("collapse")));
    assert!(!all_words(&decaying).iter().any(|word| word.contains("collapse")));
}

#[test]
fn nothing_one_point_and_numbers_that_are_none() {
    for size in SIZES {
        for path in [&PATH[..0], &PATH[..1], &[[f32::NAN; 6]]] {
            let broken = with(Ok(parts(path)), &defaults(&Toy), |inputs| (Toy.scene(inputs, size), Toy.summary(inputs)));
            assert_inside(&broken.0);
            assert!(!broken.0.shapes.is_empty() && broken.1.ends_with('.'), "{}", broken.1);
        }
        // Far outside, and without any other part.
        let far =
            vec![Part::matrix("trajectory", 6, vec![0.0, 9.0, -9.0, -9.0, 1.0, 0.0, 1.0, 8.0, 9.0, 9.0, 1.0, f32::INFINITY])];
        assert_inside(&with(Ok(far), &defaults(&Toy), |inputs| Toy.scene(inputs, size)));
        let mut hurt = parts(&PATH);
        for part in &mut hurt {
            match &mut part.payload {
                Payload::Matrix { values, .. } => values.iter_mut().step_by(5).for_each(|value| *value = f32::NAN),
                Payload::Series { y, .. } => y.clear(),
                _ => {}
            }
        }
        assert_inside(&with(Ok(hurt), &defaults(&Toy), |inputs| Toy.scene(inputs, size)));
    }
    let why = with(Err("In the toy it is.".into()), &defaults(&Toy), |inputs| Toy.summary(inputs));
    assert_eq!(why, "In the toy it is.");
}

#[test]
fn it_is_told_and_written_as_it_is_shown() {
    let (summary, table) = with(Ok(parts(&PATH)), &defaults(&Toy), |inputs| (Toy.summary(inputs), Toy.table(inputs)));
    assert_eq!(summary, "The toy starts at phi = 0.600, theta = 0.100. Does not collapse.");
    let csv = table.csv();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!((rows[0], rows.len()), ("time,phi,theta,target,loss,invariant", 6));
    for (row, wanted) in rows[1..].iter().zip(PATH) {
        let found: Vec<f32> = row.split(',').map(|cell| cell.parse().expect("a number")).collect();
        assert_eq!(found, wanted);
    }
}
