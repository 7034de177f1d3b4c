use super::super::runs::testing::{assert_inside, lines, words};
use super::super::{Linked, defaults};
use super::*;
use crate::scene::Shape;
use augsphere_spec::{Answer, AskId, Part};

const SIZES: [(f64, f64); 4] = [(280.0, 154.0), (300.0, 600.0), (600.0, 330.0), (1200.0, 660.0)];

fn named(name: &str, words: &[&str]) -> Part {
    Part::new(name, Payload::Words(words.iter().map(|word| (*word).to_owned()).collect()))
}

/// Temperature 0.5: `log(1 + e^{-2 x})`, `-2 x` and `-x`; of ten negatives the softmax's weights, rounded, and the others' shares.
fn parts() -> Vec<Part> {
    let losses = [
        [-2.0, 4.018_15, 4.0, 2.0],
        [0.0, std::f32::consts::LN_2, 0.0, 0.0],
        [1.0, 0.126_928, -2.0, -1.0],
        [2.0, 0.018_15, -4.0, -2.0],
    ];
    let cosines = [-0.9, -0.7, -0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.7, 0.9];
    let softmax = [0.009, 0.014, 0.02, 0.03, 0.045, 0.067, 0.1, 0.149, 0.223, 0.343];
    let margin = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.193, 0.807];
    let weights = (0..10).flat_map(|at| [cosines[at], softmax[at], margin[at], 0.1, 0.2 * cosines[at]]);
    vec![
        Part::matrix("losses", 4, losses.concat()),
        named("loss_names", &["InfoNCE", "DCL", "linear"]),
        Part::matrix("weights", 5, weights.collect()),
        named("weight_names", &["temperature 0.5", "margin", "linear", "spectral"]),
    ]
}

fn with<T>(parts: Result<Vec<Part>, String>, look: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let answer = Answer { id: AskId(0), run: None, step: 0, parts };
    let (linked, knobs) = (Linked::default(), defaults(&LossShape));
    look(&Inputs { answer: Some(&answer), ..Inputs::nothing(&linked, &knobs) })
}

/// Where the positive is no better than the negative InfoNCE stands above the other two, which are 0 there; far left DCL meets it.
#[test]
fn known_values_stand_in_their_places() {
    for size in SIZES {
        let scene = with(Ok(parts()), |inputs| LossShape.scene(inputs, size));
        assert_inside(&scene);
        let curve =
            |ink: Ink, count: usize| lines(&scene, ink).into_iter().find(|line| line.len() == count).expect("a curve").to_vec();
        let (info, decoupled, linear) = (curve(Ink::Accent, 4), curve(Ink::Second, 4), curve(Ink::Muted, 4));
        assert!((decoupled[1].1 - linear[1].1).abs() < 1e-9 && info[1].1 < linear[1].1);
        // A unit is as high everywhere: 4 + 4 between the ends of DCL.
        let unit = (decoupled[3].1 - decoupled[0].1) / 8.0;
        assert!((decoupled[0].1 - info[0].1 - 0.018_15 * unit).abs() < 1e-3 * unit, "{info:?} {decoupled:?}");
        let push = curve(Ink::Accent, 10);
        assert!(push.windows(2).all(|pair| pair[1].1 < pair[0].1), "nearer negatives are pushed more");
        assert!(push[0].0 > info[3].0 || push[0].1 > info[0].1, "in a panel of its own");
        assert!(scene.shapes.iter().any(|shape| matches!(shape, Shape::Area { ink: Ink::Accent, .. })));
        let words = words(&scene);
        assert!(words.contains(&"InfoNCE") && words.contains(&"\u{3c4} 0.5") && words.contains(&"margin"), "{words:?}");
    }
}

#[test]
fn nothing_one_point_and_numbers_that_are_none() {
    for size in SIZES {
        let empty = with(Ok(Vec::new()), |inputs| (LossShape.scene(inputs, size), LossShape.summary(inputs)));
        assert_inside(&empty.0);
        assert!(!empty.0.shapes.is_empty() && empty.1.ends_with('.'));
        let one = vec![Part::matrix("losses", 2, vec![0.0, 0.7]), named("loss_names", &["InfoNCE"])];
        assert_inside(&with(Ok(one), |inputs| LossShape.scene(inputs, size)));
        let mut hurt = parts();
        for part in &mut hurt {
            if let Payload::Matrix { values, .. } = &mut part.payload {
                values.iter_mut().step_by(3).for_each(|value| *value = f32::NAN);
            }
        }
        // More names than columns, too.
        hurt[1] = named("loss_names", &["InfoNCE", "DCL", "linear", "none", "such"]);
        assert_inside(&with(Ok(hurt), |inputs| LossShape.scene(inputs, size)));
    }
    assert_eq!(with(Err("It is too cold.".into()), |inputs| LossShape.summary(inputs)), "It is too cold.");
}

#[test]
fn it_is_told_and_written_as_it_is_shown() {
    let (summary, table) = with(Ok(parts()), |inputs| (LossShape.summary(inputs), LossShape.table(inputs)));
    assert_eq!(
        summary,
        "At temperature 0.5 InfoNCE costs 0.693 where a positive and a negative are alike, and 0.127 where the positive's cosine is greater \
         by 1. Of 10 negatives with cosines evenly from \u{2212}1 to 1 34.3% of the push goes to the 1 nearest; the margin loss leaves 8 of them \
         alone at margin 1."
    );
    let csv = table.csv();
    assert_eq!(csv.lines().count(), 1 + 3 * 4 + 4 * 10);
    assert!(csv.contains("loss of s+ - s-,DCL,2,-4\n") && csv.contains("share of the push over cosine,linear,"), "{csv}");
}
