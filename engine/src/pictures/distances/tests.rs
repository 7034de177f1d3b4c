use super::*;
use crate::pictures::KeptMoment;
use crate::pictures::testing::{ask, source, still};
use augsphere_kernels::squared_gap;
use augsphere_spec::Payload;
use std::rc::Rc;

fn knobs(classes: i64, images: i64, views: i64) -> Knobs {
    let mut knobs = Knobs::default();
    for (name, value) in [("classes", classes), ("images", images), ("views", views), ("draw", 0)] {
        knobs.set(name, value);
    }
    knobs.set("delta", -1.0);
    knobs
}

fn values<'a>(parts: &'a [Part], name: &str) -> &'a [f32] {
    match parts.iter().find(|part| part.name == name).map(|part| &part.payload) {
        Some(Payload::Series { y, .. }) => y,
        Some(Payload::Matrix { values, .. }) => values,
        other => panic!("{name}: {other:?}"),
    }
}

fn past() -> Source {
    source([1.0, 0.0].repeat(16), 2)
}

/// Two different numbers within a rounding of each other.
fn near(found: f32, expected: f64) -> bool {
    (f64::from(found) - expected).abs() < 1e-4 * (1.0 + expected)
}

/// Where every view is the image itself, both tables are the distances of the pixels, and an image has none from itself.
#[test]
fn without_augmentations_the_distance_is_that_of_the_images() {
    let mut still_source = past();
    still(&mut still_source);
    let parts = ask(&DistancesPicture, &still_source, &knobs(20, 3, 4)).expect("numbers");
    let order = values(&parts, "order");
    let (distances, plain) = (values(&parts, "distances"), values(&parts, "plain"));
    assert!(order.len() > 3 && distances.len() == order.len() * order.len());
    let images = &still_source.run.as_ref().expect("a run").data.validation;
    let whole = Pair::of(&still_source.run.as_ref().expect("a run").experiment);
    let pixels = |image: f32| {
        let policy = whole.first();
        policy.views(images, &[image as usize], &[policy.original()], [0.0; 3], [1.0; 3])
    };
    for (row, image) in order.iter().enumerate() {
        for (column, other) in order.iter().enumerate() {
            let expected = squared_gap(&pixels(*image), &pixels(*other)).sqrt();
            let at = row * order.len() + column;
            assert!(near(distances[at], expected) && near(plain[at], expected), "{image}, {other}: {}", distances[at]);
            assert!(row != column || distances[at] == 0.0);
        }
    }
}

/// The policies of the run bring images nearer, never farther apart; the same seed gives the same numbers, another draw others.
#[test]
fn views_are_never_farther_apart_than_their_images() {
    let parts = ask(&DistancesPicture, &past(), &knobs(20, 3, 6)).expect("numbers");
    let (distances, plain) = (values(&parts, "distances"), values(&parts, "plain"));
    assert!(distances.iter().zip(plain).all(|(near, far)| near <= far), "never farther apart");
    assert!(distances.iter().zip(plain).any(|(near, far)| *near < 0.9 * far), "some nearer");
    assert_eq!(values(&parts, "views"), [6.0]);
    assert_eq!(ask(&DistancesPicture, &past(), &knobs(20, 3, 6)), Ok(parts.clone()), "once more the same");
    let mut other = knobs(20, 3, 6);
    other.set("draw", 1i64);
    assert_ne!(values(&ask(&DistancesPicture, &past(), &other).expect("numbers"), "distances"), distances);
}

/// Images stand class by class, those that are kept alone, and at the threshold half of each class is close.
#[test]
fn images_stand_class_by_class_with_a_threshold_for_half_of_each() {
    let run = past();
    let labels = run.run.as_ref().expect("a run").labels().to_vec();
    let parts = ask(&DistancesPicture, &run, &knobs(20, 20, 2)).expect("numbers");
    let order: Vec<usize> = values(&parts, "order").iter().map(|image| *image as usize).collect();
    assert!(order.iter().all(|image| *image < 16), "{order:?}");
    assert!(order.is_sorted_by_key(|image| labels[*image]) && order.len() == 16);
    let (distances, delta) = (values(&parts, "distances"), values(&parts, "delta")[0]);
    for class in 0..=labels.iter().copied().max().unwrap_or(0) {
        let places: Vec<usize> = (0..16).filter(|place| labels[order[*place]] == class).collect();
        // With two images of a class one is half of it; with three, two must be close.
        let close = |a: usize| places.iter().any(|b| *b != a && distances[a * 16 + b] <= delta);
        assert!(places.len() < 3 || places.iter().any(|place| close(*place)), "class {class} at {delta}");
    }
}

/// Two images that are equal are at 0, whatever the augmentations make of them.
#[test]
fn equal_images_have_no_distance() {
    let mut twice = past();
    let run = twice.run.as_mut().expect("a run");
    let first: Vec<u8> = run.data.validation.image(0).to_vec();
    let side = run.data.validation.side;
    let mut data = (*run.data).clone();
    data.validation = crate::datasets::Images::new(side, first.repeat(2), vec![0, 0]);
    run.data = Rc::new(data);
    run.moment = Rc::new(KeptMoment { step: 3, embedding: vec![1.0, 0.0, 1.0, 0.0], dimension: 2 });
    let parts = ask(&DistancesPicture, &twice, &knobs(1, 2, 5)).expect("numbers");
    assert_eq!((values(&parts, "distances"), values(&parts, "delta")), ([0.0; 4].as_slice(), [0.0].as_slice()));
}

#[test]
fn where_there_are_no_images_it_says_why() {
    let none = ask(&DistancesPicture, &source(Vec::new(), 2), &knobs(3, 3, 4));
    assert!(none.is_err_and(|why| why.contains("no images") && why.contains("Choose")));
    assert!(ask(&DistancesPicture, &Source::default(), &knobs(3, 3, 4)).is_err_and(|why| why.contains("no run")));
}
