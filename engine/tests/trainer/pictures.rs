//! Is what people look at made when they look, and is it what it says?

use super::tiny::{change, faults, handle};
use super::{advance, cpu, steps};
use augsphere_engine::Session;
use augsphere_spec::{Command, Event, Picture, Points, Projection, Topic, Value, Views};
use std::time::{Duration, Instant};

fn points(events: &[Event]) -> Vec<Points> {
    events
        .iter()
        .filter_map(|event| if let Event::Picture(Picture::Points(points)) = event { Some(points.clone()) } else { None })
        .collect()
}

#[test]
fn points_are_made_only_if_watched_and_acknowledged() {
    let (mut session, begin) = cpu(&[("train.steps", Value::Int(100_000)), ("measures.cadence.every", Value::Int(100_000))]);
    assert_eq!(points(&begin), [], "nobody watches");
    handle(&mut session, Command::Play);
    assert_eq!(points(&advance(&mut session)), []);

    let first = points(&handle(&mut session, Command::Watch(vec![Topic::Points])));
    let [first] = &first[..] else { panic!("watching shows the present at once: {first:?}") };
    assert_eq!((first.step, first.projection, first.dimension, first.explained), (1, Projection::Sphere, 3, 1.0));
    assert_eq!(first.xyz.len(), 32 * 3 * 4);
    let coordinates: Vec<f32> =
        first.xyz.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    assert!(
        coordinates.chunks_exact(3).all(|point| (point.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-4),
        "on the sphere"
    );

    // Longer than the time between two pictures.
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(points(&advance(&mut session)), [], "the last one has not been drawn");
    let before = Instant::now();
    let second = points(&handle(&mut session, Command::Acknowledge(Topic::Points)));
    assert_eq!(second.iter().map(|points| points.step).collect::<Vec<_>>(), [2], "drawn: the newest one");
    assert_ne!(second[0].xyz, first.xyz);
    handle(&mut session, Command::Acknowledge(Topic::Points));
    let third = points(&advance(&mut session));
    // A machine that is busy with other things may take longer than that for one step.
    assert!(third.is_empty() || before.elapsed() >= Duration::from_millis(250), "not more often than four a second");

    handle(&mut session, Command::Watch(Vec::new()));
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(points(&advance(&mut session)), [], "nobody watches any more");
}

#[test]
fn a_wider_embedding_is_shown_as_a_projection() {
    let (mut session, _) = cpu(&[("projector.dimension", Value::Int(12))]);
    let shown = points(&handle(&mut session, Command::Watch(vec![Topic::Points])));
    assert_eq!((shown[0].projection, shown[0].dimension), (Projection::Principal, 12));
    assert!((0.0..=1.0).contains(&shown[0].explained));
    let (mut session, _) = cpu(&[("projector.dimension", Value::Int(2))]);
    let shown = points(&handle(&mut session, Command::Watch(vec![Topic::Points])));
    assert_eq!((shown[0].projection, shown[0].dimension), (Projection::Circle, 2));
}

#[test]
fn picks_are_neighbours_by_cosine() {
    let (mut session, _) = cpu(&[]);
    let pick = |session: &mut Session, index| match &handle(session, Command::Pick { index })[..] {
        [Event::Pick(pick)] => pick.clone(),
        other => panic!("expected a pick, found {other:?}"),
    };
    let found = pick(&mut session, 3);
    assert_eq!((found.index, found.neighbours.len()), (3, 6));
    assert!(found.neighbours.iter().all(|(index, cosine)| *index != 3 && *index < 32 && *cosine <= 1.0 + 1e-5));
    assert!(found.neighbours.is_sorted_by(|a, b| a.1 >= b.1), "nearest first: {found:?}");
    assert_eq!(pick(&mut session, 1000).neighbours, [], "an image that there is not");
}

fn views(session: &mut Session, image: usize, draw: u64) -> Views {
    match &handle(session, Command::Views { image, draw })[..] {
        [Event::Picture(Picture::Views(views))] => views.clone(),
        other => panic!("expected views, found {other:?}"),
    }
}

#[test]
fn views_show_the_original_and_what_the_knobs_make_of_it() {
    let (mut session, _) = cpu(&[]);
    let found = views(&mut session, 5, 0);
    let size = 8 * 8 * 4;
    assert_eq!((found.image, found.thumbnails.side), (5, 8));
    let images: Vec<&[u8]> = found.thumbnails.rgba.chunks_exact(size).collect();
    assert_eq!(images.len(), 7, "the original and six views");
    assert!(images[1..].iter().any(|view| *view != images[0]));
    assert_eq!(views(&mut session, 5, 0), found, "the same draw again");
    let other = views(&mut session, 5, 1);
    assert_eq!(other.thumbnails.rgba[..size], *images[0]);
    assert_ne!(other.thumbnails.rgba[size..], found.thumbnails.rgba[size..], "another draw");
    assert_eq!(views(&mut session, 1_000_000, 0).image, 63, "the last image instead of none");

    // With every augmentation at probability 0 and the crop at its whole, views are the image.
    let all = [("crop.scale_min", 1.0), ("crop.ratio_min", 1.0), ("crop.ratio_max", 1.0)];
    let off = ["flip", "jitter", "grayscale", "blur"].map(|name| (format!("{name}.probability"), 0.0));
    for (path, value) in all.iter().map(|(path, value)| ((*path).to_owned(), *value)).chain(off) {
        let events = handle(&mut session, change(&format!("augment.{path}"), value));
        assert_eq!(faults(&events), [], "{path}");
    }
    let same = views(&mut session, 5, 0);
    assert!(same.thumbnails.rgba.chunks_exact(size).all(|view| view == images[0]));
}

#[test]
fn save_names_the_step() {
    let (mut session, _) = cpu(&[]);
    steps(&mut session, 2);
    let events = handle(&mut session, Command::Save);
    let [Event::Weights { name, bytes }] = &events[..] else { panic!("expected weights, found {events:?}") };
    assert_eq!(name, "encoder-step2.safetensors");
    assert!(bytes.len() > 4 * 23_000);
}
