use super::super::testing::{ask, present, source};
use super::*;
use crate::pace::at_once;

fn knobs(axes: &str) -> Knobs {
    let mut knobs = Knobs::default();
    knobs.set("axes", axes);
    knobs.set("draw", 1i64);
    knobs.set("concentration", 4.0);
    knobs
}

fn part<'a>(parts: &'a [Part], name: &str) -> &'a Payload {
    &parts.iter().find(|part| part.name == name).expect(name).payload
}

fn points(parts: &[Part]) -> Vec<f32> {
    let (dimension, points) = part(parts, "points").as_points().expect("points");
    assert_eq!(dimension, 3);
    points
}

fn number(parts: &[Part], name: &str) -> f32 {
    let Payload::Series { y, .. } = part(parts, name) else { panic!("{name}") };
    y[0]
}

fn word(parts: &[Part]) -> String {
    let Payload::Words(words) = part(parts, "projection") else { panic!("no words") };
    words.join(" ")
}

#[test]
fn two_and_three_dimensions_are_shown_as_they_are() {
    let parts = ask(&SpherePicture, &source(vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0], 2), &knobs("principal")).expect("parts");
    assert_eq!((word(&parts).as_str(), number(&parts, "explained"), number(&parts, "dimension")), ("circle", 1.0, 2.0));
    assert_eq!(points(&parts), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0]);
    // METHODS.md 2.4: the density at 0 of 0, pi/2, pi with a concentration of 4.
    let Payload::Series { x, y } = part(&parts, "density") else { panic!("no density") };
    let middle = x.len() / 2;
    assert!(x[middle].abs() < 1e-6 && (y[middle] - 0.261_065_8).abs() < 1e-6);
    let rows = vec![0.6, 0.8, 0.0, 0.0, 0.0, 1.0];
    let parts = ask(&SpherePicture, &source(rows.clone(), 3), &knobs("first")).expect("parts");
    assert_eq!((word(&parts).as_str(), points(&parts)), ("sphere", rows));
}

/// Rows along the axes 0 and 3 of four: the first three coordinates carry what varies along axis 0 alone.
#[test]
fn axes_are_scaled_to_length_one_and_say_what_they_carry() {
    let rows = vec![0.6, 0.0, 0.0, 0.8, -0.6, 0.0, 0.0, -0.8];
    let parts = ask(&SpherePicture, &source(rows, 4), &knobs("first")).expect("parts");
    assert_eq!((word(&parts).as_str(), points(&parts)), ("axes", vec![1.0, 0.0, 0.0, -1.0, 0.0, 0.0]));
    assert!((number(&parts, "explained") - 0.36).abs() < 1e-6 && (number(&parts, "spread") - 1.0).abs() < 1e-6);
}

#[test]
fn random_axes_are_three_different_ones_and_follow_the_draw() {
    for (seed, d) in [(0, 4), (1, 64), (2, 64), (3, 3), (4, 2)] {
        let axes = drawn(seed, d);
        let mut sorted = axes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert!(sorted.len() == d.min(3) && sorted.iter().all(|axis| *axis < d), "{axes:?}");
        assert_eq!(axes, drawn(seed, d));
    }
    assert_ne!(drawn(1, 64), drawn(2, 64));
}

/// A cloud of 40 points in five dimensions, seen as it is and with two of its coordinates exchanged in sign.
#[test]
fn projections_carry_most_of_a_flat_cloud_and_do_not_jump() {
    let mut rng = stream(1, Purpose::SelfTest, 0);
    let cloud: Vec<[f32; 5]> = (0..40).map(|_| [1.0, 1.0, 1.0, 0.05, 0.05].map(|scale: f32| scale * rng.normal())).collect();
    let unit = |row: [f32; 5]| {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        row.map(|value| value / length)
    };
    let rows: Vec<f32> = cloud.iter().copied().flat_map(unit).collect();
    let moved: Vec<f32> = cloud.iter().map(|row| row.map(|value| value + 0.01 * rng.normal())).flat_map(unit).collect();
    let placed = |rows: &[f32]| at_once(place(rows, 5, Wanted::Principal, &Pace::default()));
    let (one, other) = (placed(&rows), placed(&moved));
    assert!(one.explained > 0.97 && one.projection == "principal", "{}", one.explained);
    let close = one.xyz.chunks_exact(3).zip(other.xyz.chunks_exact(3)).all(|(a, b)| {
        let length = a.iter().map(|value| value * value).sum::<f32>().sqrt();
        let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        (length - 1.0).abs() < 1e-5 && distance < 0.2
    });
    assert!(close, "a small step of the cloud is one of the picture");
}

/// What is broken, collapsed, or of one dimension is neither panicked on nor spread to the rest.
#[test]
fn nothing_breaks_the_picture() {
    let rows = vec![1.0, 0.0, 0.0, 0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    for axes in ["principal", "first", "random"] {
        let found = points(&ask(&SpherePicture, &source(rows.clone(), 4), &knobs(axes)).expect("parts"));
        assert!(found[3..6].iter().all(|value| value.is_nan()), "{axes}: {found:?}");
        assert!(found[..3].iter().chain(&found[6..]).all(|value| value.is_finite()), "{axes}: {found:?}");
    }
    let collapsed = ask(&SpherePicture, &source([0.5f32; 4].repeat(6), 4), &knobs("principal")).expect("parts");
    assert!(points(&collapsed).iter().all(|value| value.is_finite()) && number(&collapsed, "spread") < 1e-6);
    let line = ask(&SpherePicture, &source(vec![1.0, -1.0], 1), &knobs("principal")).expect("parts");
    assert_eq!(points(&line), [1.0, 0.0, 0.0, -1.0, 0.0, 0.0]);
    let none = ask(&SpherePicture, &source(Vec::new(), 4), &knobs("principal")).expect_err("nothing");
    assert!(none.ends_with('.'));
    assert!(ask(&SpherePicture, &Source::default(), &knobs("principal")).is_err());
    let alive = ask(&SpherePicture, &present(), &knobs("principal")).expect("parts");
    assert!(points(&alive).len() >= 3 * 16);
}
