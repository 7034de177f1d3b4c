use super::*;
use crate::pictures::testing::{ask, source, still};

fn knobs(image: i64, other: i64, views: i64) -> Knobs {
    let mut knobs = Knobs::default();
    for (name, value) in [("image", image), ("other", other), ("views", views), ("draw", 0)] {
        knobs.set(name, value);
    }
    knobs
}

fn past() -> Source {
    source([1.0, 0.0].repeat(16), 2)
}

fn payload<'a>(parts: &'a [Part], name: &str) -> &'a Payload {
    &parts.iter().find(|part| part.name == name).expect(name).payload
}

fn values<'a>(parts: &'a [Part], name: &str) -> &'a [f32] {
    let Payload::Series { y, .. } = payload(parts, name) else { panic!("{name}") };
    y
}

/// Without augmentations the closest views are the images, as far apart as these are, and nothing was done to them.
#[test]
fn without_augmentations_the_closest_views_are_the_images() {
    let mut unmoved = past();
    still(&mut unmoved);
    let parts = ask(&ClosestPicture, &unmoved, &knobs(3, 7, 8)).expect("numbers");
    assert_eq!(values(&parts, "pair"), [3.0, 7.0]);
    let (near, plain) = (values(&parts, "near")[0], values(&parts, "plain")[0]);
    assert!((near - plain).abs() < 1e-5 * plain, "{near} {plain}");
    let Payload::Images(images) = payload(&parts, "images") else { panic!("no images") };
    let four: Vec<&[u8]> = images.rgba.chunks_exact(16 * 16 * 4).collect();
    assert_eq!(four.len(), 4);
    assert!(four[0] == four[1] && four[2] == four[3] && four[0] != four[3]);
    assert_eq!(*payload(&parts, "words"), Payload::Words(vec![String::new(), String::new()]));
    // Two rows of bytes as numbers from 0 to 1.
    let validation = &unmoved.run.as_ref().expect("a run").data.validation;
    let pairs = validation.image(3).iter().zip(validation.image(7));
    let square: f64 = pairs.map(|(a, b)| ((f64::from(*a) - f64::from(*b)) / 255.0).powi(2)).sum();
    assert!((f64::from(values(&parts, "plain")[0]) - square.sqrt()).abs() < 1e-3, "{parts:?}");
    assert_eq!(values(&parts, "dimension"), [16.0 * 16.0 * 3.0]);
}

/// What the picture shows is as far apart as it says, and the same the other way round.
#[test]
fn the_views_are_as_far_apart_as_it_says() {
    let run = past();
    let found = crate::block_on(Found::of(run.run().expect("a run"), &knobs(2, 9, 12), &Pace::default())).expect("views");
    let (one, other) = found.pixels.split_at(16 * 16 * 3);
    let apart = augsphere_kernels::squared_gap(one, other).sqrt();
    assert!((apart - f64::from(found.near)).abs() < 1e-3 && found.near <= found.plain && found.ties >= 1);
    let turned = crate::block_on(Found::of(run.run().expect("a run"), &knobs(9, 2, 12), &Pace::default())).expect("views");
    assert_eq!((turned.images, turned.near), ([9, 2], found.near));
    assert_eq!(turned.pixels[..16 * 16 * 3], *other);
}

/// Of an image alone the nearest of its class is found; of none the pair that comes together most, both the same again.
#[test]
fn a_partner_or_a_pair_is_found_where_none_is_chosen() {
    let run = past();
    let labels = run.run().expect("a run").labels().to_vec();
    for asked in [knobs(5, -1, 6), knobs(-1, 5, 6), knobs(-1, -1, 6), knobs(400, 99, 6)] {
        let parts = ask(&ClosestPicture, &run, &asked).expect("numbers");
        let &[one, other] = values(&parts, "pair") else { panic!("{parts:?}") };
        assert!(one != other);
        if labels.iter().filter(|label| **label == labels[5]).count() > 1 {
            assert_eq!(labels[one as usize], labels[other as usize], "of one class");
        }
        assert_eq!(ask(&ClosestPicture, &run, &asked), Ok(parts));
    }
    assert_eq!(values(&ask(&ClosestPicture, &run, &knobs(5, -1, 6)).expect("numbers"), "pair")[0], 5.0);
    assert_eq!(values(&ask(&ClosestPicture, &run, &knobs(-1, 5, 6)).expect("numbers"), "pair")[1], 5.0);
}

#[test]
fn partners_are_of_the_class_or_of_any_where_there_is_none() {
    assert_eq!(with_partners(&[1, 0, 1, 1], 2), [2, 0, 3]);
    assert_eq!(with_partners(&[1, 0, 1], 1), [1, 0, 2]);
    assert_eq!(with_partners(&[1], 0), [0]);
    assert_eq!(with_partners(&[3; 40], 20).len(), 1 + PARTNERS);
}

#[test]
fn one_image_has_no_pair_and_none_says_so() {
    assert!(ask(&ClosestPicture, &past(), &knobs(4, 4, 6)).is_err_and(|why| why.contains("itself")));
    assert!(ask(&ClosestPicture, &source(vec![1.0, 0.0], 2), &knobs(-1, -1, 6)).is_err_and(|why| why.contains("Two images")));
    assert!(ask(&ClosestPicture, &Source::default(), &knobs(-1, -1, 6)).is_err_and(|why| why.contains("no run")));
}
