use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::super::{Linked, defaults};
use super::*;
use crate::scene::Shape;
use augsphere_spec::{Answer, AskId, Knobs, Part};

const SIZES: [(f64, f64); 3] = [(280.0, 185.0), (600.0, 396.0), (1200.0, 792.0)];

fn answer(parts: Result<Vec<Part>, String>) -> Answer {
    Answer { id: AskId(1), run: None, step: 40, parts }
}

/// A density that is highest at an angle.
fn bump(name: &str, at: f32) -> Part {
    let angles: Vec<f32> =
        (0..=240u8).map(|part| f32::from(part) * std::f32::consts::TAU / 240.0 - std::f32::consts::PI).collect();
    let values = angles.iter().map(|angle| 0.159 + 0.1 * (angle - at).cos()).collect();
    Part::series(name, angles, values)
}

fn whole() -> Answer {
    let mut counts = vec![0.0; 40];
    (counts[4], counts[10]) = (0.75, 0.25);
    answer(Ok(vec![
        Part::new("points", Payload::points(2, &[1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.6, -0.8])),
        Part::matrix("map", 12, (0..132u8).map(|cell| f32::from(cell % 12) / 11.0).collect()),
        Part::series("rings", (0..11u8).map(f32::from).collect(), (0..11u8).map(|ring| 0.5 + 0.1 * f32::from(ring)).collect()),
        bump("density", 0.0),
        bump("density_a", std::f32::consts::FRAC_PI_2),
        Part::new("distances", Payload::Histogram { from: 0.0, to: 2.0, counts }),
        Part::number("mean_distance", 0.35),
    ]))
}

fn inputs<'a>(answer: Option<&'a Answer>, linked: &'a Linked, knobs: &'a Knobs, classes: &'a [String]) -> Inputs<'a> {
    Inputs { answer, labels: &[0, 1, 0, 2], classes, ..Inputs::nothing(linked, knobs) }
}

fn names() -> Vec<String> {
    ["disc", "square", "star"].map(String::from).into()
}

/// Bars are as high as their shares, the mean stands where it belongs, and every image can be pointed at on its place of the
/// circle.
#[test]
fn known_values_stand_in_their_places() {
    let (answer, linked, knobs, names) = (whole(), Linked::default(), defaults(&Circle), names());
    let inputs = inputs(Some(&answer), &linked, &knobs, &names);
    for size in SIZES {
        let scene = Circle.scene(&inputs, size);
        assert_inside(&scene);
        let high = |shape: &Shape| match shape {
            Shape::Area { points, ink: Ink::Accent, alpha } if *alpha == 0.8 => Some(points[2].1 - points[0].1),
            _ => None,
        };
        let bars: Vec<f64> = scene.shapes.iter().filter_map(high).collect();
        assert!(bars.len() == 2 && (bars[0] / bars[1] - 3.0).abs() < 1e-6, "{bars:?}");
        let images: Vec<(f64, f64)> = scene
            .things
            .iter()
            .filter_map(|thing| if let (Reach::Point(x, y), Item::Image(_)) = *thing { Some((x, y)) } else { None })
            .collect();
        let [right, top, left, _] = images[..] else { panic!("{images:?}") };
        assert!((right.1 - left.1).abs() < 1e-9 && right.0 > left.0 && top.1 < right.1, "against the clock, y up");
        let centre = 0.5 * (left.0 + right.0);
        assert!((top.0 - centre).abs() < 1e-9 && (right.1 - top.1 - (right.0 - centre)).abs() < 1e-9, "a circle");
        let said = words(&scene);
        assert!(["mean 0.350", "disc: 2", "square: 1"].iter().all(|wanted| said.contains(wanted)), "{said:?}");
        assert_eq!(discs(&scene).iter().filter(|disc| matches!(disc.2, Ink::Class(_))).count(), 3, "of the two classes");
        assert_eq!(lines(&scene, Ink::Ink).iter().filter(|line| line.len() == 241).count(), 2, "two densities");
    }
    let summary = Circle.summary(&inputs);
    assert_eq!(
        summary,
        "At step 40, two views of an image lie 0.350 apart on average (unrelated ones 1.27); the density is highest at 0\u{b0}, \
         1.63 times that of an even spread; disc is densest at 90\u{b0}."
    );
}

#[test]
fn the_csv_is_what_is_drawn() {
    let (answer, linked, knobs, names) = (whole(), Linked::default(), defaults(&Circle), names());
    let csv = Circle.table(&inputs(Some(&answer), &linked, &knobs, &names)).csv();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 1 + 40 + 1 + 2 * 241);
    assert_eq!(rows[5], "share of pairs by distance,0.2,0.25,0.75");
    assert!(rows[41].starts_with("mean distance,,,0.34999") || rows[41].starts_with("mean distance,,,0.35"), "{}", rows[41]);
    assert!(rows[42].starts_with("density of all per radian,-3.14"), "{}", rows[42]);
}

/// A past step has no pairs, and an empty class says so; nothing else is missing.
#[test]
fn what_is_not_there_says_why() {
    let mut past = whole();
    if let Ok(parts) = &mut past.parts {
        parts.retain(|part| !part.name.contains("distance"));
    }
    let (linked, names) = (Linked::default(), names());
    let mut knobs = defaults(&Circle);
    knobs.set("class_b", 9i64);
    let past = inputs(Some(&past), &linked, &knobs, &names);
    for size in SIZES {
        let scene = Circle.scene(&past, size);
        assert_inside(&scene);
        assert!(words(&scene).join(" ").contains("back to the present"), "{:?}", words(&scene));
        assert!(words(&scene).contains(&"class 9: no images"), "{:?}", words(&scene));
    }
    let why = answer(Err("On a circle are embeddings of 2 dimensions: projector.dimension = 2.".into()));
    let none = inputs(Some(&why), &linked, &knobs, &names);
    assert!(Circle.summary(&none).contains("projector.dimension = 2"));
    assert_inside(&Circle.scene(&none, SIZES[0]));
    assert_eq!(Circle.table(&none).rows.len(), 0);
}

#[test]
fn one_point_many_points_and_broken_ones_are_drawn_as_what_they_are() {
    let (linked, knobs, names) = (Linked { hovered: Some(Item::Image(0)), ..Linked::default() }, defaults(&Circle), names());
    for (count, broken) in [(1u16, false), (2, true), (10_000, true)] {
        let mut points: Vec<f32> = (0..count).flat_map(|at| [(f32::from(at) * 0.1).cos(), (f32::from(at) * 0.1).sin()]).collect();
        let last = points.len() - 1;
        if broken {
            points[last] = f32::NAN;
        }
        let answer = answer(Ok(vec![Part::new("points", Payload::points(2, &points))]));
        let inputs = inputs(Some(&answer), &linked, &knobs, &names);
        for size in SIZES {
            let scene = Circle.scene(&inputs, size);
            assert_inside(&scene);
            let images = scene.things.iter().filter(|thing| matches!(thing.1, Item::Image(_))).count();
            assert_eq!(images, usize::from(count) - usize::from(broken));
        }
        assert!(Circle.summary(&inputs).ends_with(&format!("{count} images lie on the circle.")));
    }
}
