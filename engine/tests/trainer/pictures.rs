//! Is what people look at made when they look, and is it what it says?

use super::tiny::{change, faults, handle};
use super::{advance, cpu, steps};
use augsphere_engine::Session;
use augsphere_spec::{Ask, AskId, Command, Event, Knobs, Moment, Points, Projection, Value, Views};
use std::time::Duration;

/// A look at the large sphere, with this image chosen; -1 for none.
pub fn look(image: i64) -> Command {
    let knobs = Knobs([("image".to_owned(), Value::Int(image))].into_iter().collect());
    Command::Ask(vec![Ask { id: AskId::STAGE, picture: "sphere".into(), knobs, at: Moment::Latest, run: None }])
}

fn points(events: &[Event]) -> Vec<Points> {
    events.iter().filter_map(|event| if let Event::Answer(answer) = event { Points::of(answer) } else { None }).collect()
}

/// Answers of a run whose steps may take long on a busy machine, so that nothing here depends on how long.
#[test]
fn points_are_made_only_if_looked_at_and_drawn() {
    let (mut session, begin) = cpu(&[("train.steps", Value::Int(100_000)), ("measures.cadence.every", Value::Int(100_000))]);
    assert_eq!(points(&begin), [], "nobody looks");
    handle(&mut session, Command::Play);
    assert_eq!(points(&advance(&mut session)), []);

    let first = points(&until_answered(&mut session, look(-1)));
    let [first] = &first[..] else { panic!("looking shows the present at once: {first:?}") };
    assert_eq!((first.projection, first.dimension, first.explained), (Projection::Sphere, 3, 1.0));
    assert_eq!((first.xyz.len(), &first.neighbours), (32, &None));
    let length = |point: &[f32; 3]| point.iter().map(|value| value * value).sum::<f32>().sqrt();
    assert!(first.xyz.iter().all(|point| (length(point) - 1.0).abs() < 1e-4), "on the sphere");

    // Longer than the time between two pictures.
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(points(&advance(&mut session)), [], "the last one has not been drawn");
    let second = points(&until_answered(&mut session, Command::Drawn(AskId::STAGE)));
    assert!(second.len() == 1 && second[0].step > first.step, "drawn: a newer one");
    assert_ne!(second[0].xyz, first.xyz);

    handle(&mut session, Command::Ask(Vec::new()));
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(points(&advance(&mut session)), [], "nobody looks any more");
}

/// What the session says until it has answered.
fn until_answered(session: &mut Session, command: Command) -> Vec<Event> {
    let mut events = handle(session, command);
    while !events.iter().any(|event| matches!(event, Event::Answer(_))) {
        events.extend(advance(session));
    }
    events
}

#[test]
fn a_wider_embedding_is_shown_as_a_projection() {
    let shown = |dimension: i64| {
        let (mut session, _) = cpu(&[("projector.dimension", Value::Int(dimension))]);
        points(&until_answered(&mut session, look(-1))).remove(0)
    };
    let wide = shown(12);
    assert_eq!((wide.projection, wide.dimension), (Projection::Principal, 12));
    assert!((0.0..=1.0).contains(&wide.explained));
    assert_eq!((shown(2).projection, shown(2).dimension), (Projection::Circle, 2));
}

#[test]
fn the_chosen_image_has_its_nearest_neighbours() {
    let (mut session, _) = cpu(&[]);
    let (image, near) = points(&until_answered(&mut session, look(3))).remove(0).neighbours.expect("it is there");
    assert_eq!((image, near.len()), (3, 6));
    assert!(near.iter().all(|(index, cosine)| *index != 3 && *index < 32 && *cosine <= 1.0 + 1e-5));
    assert!(near.is_sorted_by(|a, b| a.1 >= b.1), "nearest first: {near:?}");
    let other = points(&until_answered(&mut session, look(1000)));
    assert_eq!(other[0].neighbours, None, "an image that there is not");
}

fn views(session: &mut Session, image: usize, draw: u64) -> Views {
    match &handle(session, Command::Views { image, draw })[..] {
        [Event::Views(views)] => views.clone(),
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
