use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::super::{Linked, defaults};
use super::*;
use crate::scene::Shape;
use augsphere_spec::{Answer, AskId, Knobs, Part, Payload};
use std::f64::consts::PI;

mod densities;
mod layers;

const SIZES: [(f64, f64); 3] = [(280.0, 252.0), (600.0, 540.0), (1200.0, 1080.0)];

fn answer(points: &[[f32; 3]], projection: &str, dimension: f32, explained: f32) -> Answer {
    let parts = vec![
        Part::new("points", Payload::points(3, points.as_flattened())),
        Part::new("projection", Payload::Words(vec![projection.into()])),
        Part::number("explained", explained),
        Part::number("dimension", dimension),
        Part::number("spread", if explained > 0.0 { 0.7 } else { 1e-4 }),
    ];
    Answer { id: AskId(1), run: None, step: 7, parts: Ok(parts) }
}

fn with_density(mut answer: Answer) -> Answer {
    let angles: Vec<f32> =
        (0..=240u8).map(|part| f32::from(part) * std::f32::consts::TAU / 240.0 - std::f32::consts::PI).collect();
    let values = angles.iter().map(|angle| 0.159_155 + 0.1 * angle.sin()).collect();
    if let Ok(parts) = &mut answer.parts {
        parts.push(Part::series("density", angles, values));
    }
    answer
}

fn inputs<'a>(answer: &'a Answer, labels: &'a [u8], linked: &'a Linked, knobs: &'a Knobs) -> Inputs<'a> {
    Inputs { answer: Some(answer), labels, ..Inputs::nothing(linked, knobs) }
}

/// Seen from the front without turning: what can be pointed at.
fn front() -> Knobs {
    let mut knobs = defaults(&Sphere);
    knobs.set("facing", "axes");
    knobs.set("centres", true);
    knobs.set("yaw", 0.0);
    knobs.set("pitch", 0.0);
    knobs
}

fn images(scene: &Scene) -> Vec<(usize, f64, f64)> {
    let image = |thing: &(Reach, Item)| match *thing {
        (Reach::Point(x, y), Item::Image(image)) => Some((image, x, y)),
        _ => None,
    };
    scene.things.iter().filter_map(image).collect()
}

/// The dots of a scene: where, and of which class.
fn dots(scene: &Scene) -> Vec<((f64, f64), Ink)> {
    discs(scene).into_iter().filter(|disc| matches!(disc.2, Ink::Class(_))).map(|(at, _, ink)| (at, ink)).collect()
}

/// Dots are where things are; those behind cannot be pointed at; turning brings them to the front.
#[test]
fn front_dots_can_be_pointed_at_where_they_are() {
    let answer = answer(&[[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.0, 0.6, 0.8]], "sphere", 3.0, 1.0);
    let (labels, linked) = ([0, 1, 2], Linked::default());
    for size in SIZES {
        let knobs = front();
        let scene = Sphere.scene(&inputs(&answer, &labels, &linked, &knobs), size);
        assert_inside(&scene);
        let found = images(&scene);
        assert_eq!(found.iter().map(|thing| thing.0).collect::<Vec<_>>(), [0, 2]);
        assert!((found[0].1 - 0.5 * size.0).abs() < 1e-3 && found[1].2 < found[0].2, "{found:?}");
        let all = dots(&scene);
        assert_eq!(all.len(), 3);
        assert!(all.iter().any(|(at, ink)| (at.0 - found[1].1).hypot(at.1 - found[1].2) < 1e-3 && *ink == Ink::Class(2)));
        let mut turned = front();
        turned.set("yaw", PI);
        assert_eq!(images(&Sphere.scene(&inputs(&answer, &labels, &linked, &turned), size))[0].0, 1);
    }
}

/// A centre is the mean of the points of its class, inside the sphere; a hidden class has neither dots nor a centre.
#[test]
fn centres_are_means_and_hidden_classes_are_not_drawn() {
    let answer = answer(&[[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], "sphere", 3.0, 1.0);
    let (labels, knobs) = ([0, 0, 1], front());
    let linked = Linked { classes: vec![true, false], ..Linked::default() };
    let scene = Sphere.scene(&inputs(&answer, &labels, &linked, &knobs), SIZES[1]);
    let rings: Vec<f64> = lines(&scene, Ink::Class(0)).iter().map(|ring| ring[0].0 - 7.0).collect();
    assert!(rings.len() == 1 && (rings[0] - 300.0).abs() < 1e-3, "{rings:?}");
    assert_eq!((lines(&scene, Ink::Class(1)).len(), dots(&scene).len()), (0, 2));
    assert!(words(&scene).contains(&"class 0") && !words(&scene).contains(&"class 1"));
    let mut without = front();
    without.set("centres", false);
    let scene = Sphere.scene(&inputs(&answer, &labels, &linked, &without), SIZES[1]);
    assert!(lines(&scene, Ink::Class(0)).is_empty());
}

/// Chosen images stand out, even behind; a class that is pointed at fades the others.
#[test]
fn what_is_chosen_stands_out() {
    let answer = answer(&[[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.6, 0.0, 0.8]], "sphere", 3.0, 1.0);
    let (labels, knobs) = ([0, 1, 2], front());
    let linked = Linked { selected: [1].into(), hovered: Some(Item::Pair(2, 0)), ..Linked::default() };
    let scene = Sphere.scene(&inputs(&answer, &labels, &linked, &knobs), SIZES[1]);
    assert_inside(&scene);
    let strong = |shape: &&Shape| matches!(shape, Shape::Line { stroke, .. } if stroke.ink == Ink::Ink && stroke.width == 2.0);
    assert_eq!(scene.shapes.iter().filter(strong).count(), 3);
    assert_eq!(images(&scene).len(), 3);
    let linked = Linked { hovered: Some(Item::Class(2)), ..Linked::default() };
    let scene = Sphere.scene(&inputs(&answer, &labels, &linked, &knobs), SIZES[1]);
    let faded = |shape: &&Shape| matches!(shape, Shape::Dot { alpha, .. } if *alpha < 0.2);
    assert_eq!(scene.shapes.iter().filter(faded).count(), 2);
}

/// A circle has its density around it and the angles below, and says where it is highest.
#[test]
fn a_circle_has_a_density_and_a_histogram() {
    let answer = with_density(answer(&[[0.0, 1.0, 0.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]], "circle", 2.0, 1.0));
    let (labels, linked, knobs) = ([0, 1, 1], Linked::default(), defaults(&Sphere));
    let inputs = inputs(&answer, &labels, &linked, &knobs);
    for size in SIZES {
        let scene = Sphere.scene(&inputs, size);
        assert_inside(&scene);
        assert_eq!(images(&scene).len(), 3);
        let bars = |shape: &&Shape| matches!(shape, Shape::Area { ink: Ink::Class(_), .. });
        assert_eq!(scene.shapes.iter().filter(bars).count(), 3);
        let density = lines(&scene, Ink::Accent)[0];
        let top = density.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or_default();
        assert!((top.0 - 0.5 * size.0).abs() < 1e-3, "highest at 90 degrees: straight up");
    }
    let said = "At step 7, 3 images are shown on a circle, where their embeddings of 2 dimensions are; the density is highest \
        at 90\u{b0}, 1.63 times that of an even spread.";
    assert_eq!(Sphere.summary(&inputs), said);
}

#[test]
fn a_projection_says_that_it_is_one_and_what_it_carries() {
    let (linked, knobs, labels) = (Linked::default(), defaults(&Sphere), [0, 1]);
    for (projection, wanted) in [("principal", "three of the largest variance"), ("axes", "three coordinates")] {
        let answer = answer(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], projection, 64.0, 0.25);
        let inputs = inputs(&answer, &labels, &linked, &knobs);
        let said = Sphere.summary(&inputs);
        assert!(said.contains("in a projection: of 64 dimensions") && said.contains(wanted) && said.contains("25.0%"), "{said}");
        assert!(words(&Sphere.scene(&inputs, SIZES[0])).iter().any(|words| words.contains("25.0%")));
    }
    let collapsed = answer(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], "principal", 64.0, 0.0);
    let said = Sphere.summary(&inputs(&collapsed, &labels, &linked, &knobs));
    assert!(said.ends_with("All embeddings are nearly on one point: what is seen is how little they differ."), "{said}");
}

#[test]
fn the_csv_is_what_is_drawn() {
    let answer = answer(&[[1.0, 0.0, 0.0], [f32::NAN, 0.0, 0.0], [0.0, 0.5, -0.5]], "axes", 9.0, 0.5);
    let (linked, knobs) = (Linked::default(), defaults(&Sphere));
    let csv = Sphere.table(&inputs(&answer, &[4, 4, 5], &linked, &knobs)).csv();
    assert_eq!(csv, "image,class,x,y,z\n0,class 4,1,0,0\n2,class 5,0,0.5,-0.5\n");
}

#[test]
fn one_point_many_points_and_broken_ones_are_drawn_as_what_they_are() {
    let (linked, knobs) = (Linked::default(), front());
    for projection in ["circle", "sphere"] {
        for count in [1u16, 10_000] {
            let point = |at: u16| {
                let (sin, cos) = (f32::from(at) * 2.399_963).sin_cos();
                let height = if projection == "circle" { 0.0 } else { 1.0 - 2.0 * (f32::from(at) + 0.5) / f32::from(count) };
                let ring = (1.0 - height * height).sqrt();
                [
                    ring * cos,
                    if projection == "circle" { sin } else { height },
                    if projection == "circle" { 0.0 } else { ring * sin },
                ]
            };
            let mut points: Vec<[f32; 3]> = (0..count).map(point).collect();
            points.push([f32::NAN, 0.0, 1.0]);
            let labels: Vec<u8> = (0..=count).map(|at| (at % 10) as u8).collect();
            let answer = answer(&points, projection, 3.0, 1.0);
            let inputs = inputs(&answer, &labels, &linked, &knobs);
            for size in SIZES {
                let scene = Sphere.scene(&inputs, size);
                assert_inside(&scene);
                assert_eq!(dots(&scene).len(), usize::from(count));
            }
            assert_eq!(Sphere.table(&inputs).rows.len(), usize::from(count));
        }
    }
    let mut broken = answer(&[], "sphere", 3.0, 1.0);
    assert_eq!(Sphere.summary(&inputs(&broken, &[], &linked, &knobs)), "There is no run yet.");
    broken.parts = Err("Nothing was kept.".into());
    assert_eq!(Sphere.summary(&inputs(&broken, &[], &linked, &knobs)), "Nothing was kept.");
    assert_inside(&Sphere.scene(&inputs(&broken, &[], &linked, &knobs), SIZES[0]));
}
