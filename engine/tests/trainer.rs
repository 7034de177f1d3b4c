//! Does the laboratory answer commands with the right events, and repeat itself bit for bit?

mod tiny;

use augsphere_engine::{Laboratory, block_on};
use augsphere_spec::{Command, DeviceChoice, Event, Experiment, Phase, Picture, Points, Projection, Scalar, Topic, Value, Views};
use std::time::Duration;
use tiny::{begun, faults, losses, measures, obey, play, tiny};

fn cpu(changes: &[(&str, Value)]) -> (Laboratory, Vec<Event>) {
    begun(tiny(changes), DeviceChoice::Cpu)
}

/// Takes one stretch of steps: at least one.
fn advance(laboratory: &mut Laboratory) -> Vec<Event> {
    block_on(laboratory.advance(Duration::ZERO))
}

fn phases(events: &[Event]) -> Vec<Phase> {
    events.iter().filter_map(|event| if let Event::Phase(phase) = event { Some(*phase) } else { None }).collect()
}

fn counts(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|event| if let Event::Steps { step, .. } = event { Some(*step) } else { None }).collect()
}

fn points(events: &[Event]) -> Vec<Points> {
    events.iter().filter_map(|event| if let Event::Picture(Picture::Points(points)) = event { Some(points.clone()) } else { None }).collect()
}

/// A few steps, one at a time.
fn steps(laboratory: &mut Laboratory, count: usize) -> Vec<Event> {
    (0..count).flat_map(|_| obey(laboratory, Command::Step)).collect()
}

/// Losses as bits: equal only if every one is the same number.
fn bits(events: &[Event]) -> Vec<(u64, u32)> {
    losses(events).into_iter().map(|(step, loss)| (step, loss.to_bits())).collect()
}

#[test]
fn begin_tells_device_experiment_and_untrained_measures() {
    let experiment = tiny(&[]);
    let (laboratory, events) = cpu(&[]);
    assert!(!laboratory.running(), "it waits for play");
    let [Event::Device(device), Event::Began { .. }, Event::Measures { step: 0, scalars }, Event::Phase(Phase::Paused)] = &events[..] else {
        panic!("expected device, began, measures and paused, found {events:?}")
    };
    assert_eq!(device.class, "cpu");
    let names: Vec<&str> = scalars.iter().map(|scalar| scalar.name.as_str()).collect();
    assert_eq!(names, ["alignment", "uniformity", "knn_accuracy", "std"]);
    assert!(scalars.iter().all(|scalar| scalar.value.is_finite()));

    let Event::Began { experiment: began, data, encoder_weights, projector_weights, labels, images, levels } = &events[1] else { unreachable!() };
    assert_eq!(*began, experiment, "the experiment as it was given");
    assert_eq!((data.kind.as_str(), data.train, data.test, data.side, data.classes.names.len()), ("shapes", 64, 32, 8, 10));
    // 3x3 convolutions of 16, 32 and 64 channels with scale and shift; Linear 64-16 with scale and shift, Linear 16-3 with bias.
    assert_eq!(*encoder_weights, 9 * (3 * 16 + 16 * 32 + 32 * 64) + 2 * (16 + 32 + 64));
    assert_eq!(*projector_weights, 64 * 16 + 2 * 16 + 16 * 3 + 3);
    assert_eq!((labels.len(), images.side, images.rgba.len()), (32, 8, 32 * 8 * 8 * 4));
    assert!(labels.iter().all(|&label| label < 10));
    let chance = levels.iter().find(|level| level.0 == "loss").expect("a level of the loss").1;
    assert!((chance - 31f32.ln()).abs() < 1e-6, "log(2N - 1) of a batch of 16, found {chance}");
}

#[test]
fn play_counts_measures_and_finishes() {
    let (mut laboratory, _) = cpu(&[]);
    let events = play(&mut laboratory);
    assert_eq!(faults(&events), []);
    assert_eq!(phases(&events), [Phase::Running, Phase::Finished]);
    assert_eq!(counts(&events).last(), Some(&20));
    assert!(counts(&events).is_sorted(), "steps only go up: {:?}", counts(&events));
    assert_eq!(losses(&events).iter().map(|(step, _)| *step).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>(), "every step tells its loss once");
    assert_eq!(measures(&events).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [5, 10, 15, 20]);
    for event in &events {
        if let Event::Steps { seconds, images_per_second, .. } = event {
            assert!(*seconds > 0.0 && *images_per_second > 0.0);
        }
    }
    assert_eq!(phases(&obey(&mut laboratory, Command::Play)), [Phase::Finished], "there is no step after the last");
    assert_eq!(phases(&obey(&mut laboratory, Command::Step)), [Phase::Finished]);
    assert!(!laboratory.running());
}

#[test]
fn the_loss_falls() {
    let (mut laboratory, _) = cpu(&[("train.steps", Value::Int(120)), ("measures.cadence.every", Value::Int(1000))]);
    let losses = losses(&play(&mut laboratory));
    let mean = |losses: &[(u64, f32)]| losses.iter().map(|(_, loss)| loss).sum::<f32>() / losses.len() as f32;
    let (first, last) = (mean(&losses[..10]), mean(&losses[110..]));
    // Measured: 3.40 falls to 3.11.
    assert!(last < first - 0.2, "from {first} to {last}");
}

#[test]
fn pause_holds_and_step_adds_one() {
    let (mut laboratory, _) = cpu(&[]);
    obey(&mut laboratory, Command::Play);
    let events = advance(&mut laboratory);
    assert_eq!(counts(&events), [1], "no budget still takes one step");
    assert_eq!(phases(&obey(&mut laboratory, Command::Pause)), [Phase::Paused]);
    assert!(!laboratory.running());
    assert_eq!(advance(&mut laboratory), [], "nothing happens while paused");

    let events = obey(&mut laboratory, Command::Step);
    assert_eq!((counts(&events), phases(&events)), (vec![2], vec![Phase::Paused]));
    assert_eq!(advance(&mut laboratory), []);
    obey(&mut laboratory, Command::Play);
    assert_eq!(counts(&advance(&mut laboratory)), [3], "it goes on where it was");
}

#[test]
fn single_steps_measure_where_they_are_due() {
    let (mut laboratory, _) = cpu(&[]);
    let events = steps(&mut laboratory, 6);
    assert_eq!(counts(&events), [1, 2, 3, 4, 5, 6]);
    assert_eq!(measures(&events).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [5]);
}

#[test]
fn reset_repeats_the_run_bit_for_bit() {
    let (mut laboratory, begin) = cpu(&[]);
    let first = play(&mut laboratory);
    let reset = obey(&mut laboratory, Command::Reset);
    assert_eq!(reset, begin, "the same beginning, untrained measures included");
    let second = play(&mut laboratory);
    assert_eq!(bits(&first), bits(&second));
    assert_eq!(measures(&first), measures(&second));

    let (mut other, _) = cpu(&[("seed", Value::Int(1))]);
    assert_ne!(bits(&play(&mut other)), bits(&first), "another seed is another run");
}

/// Stopping and going on, one step at a time or all at once: the same numbers.
#[test]
fn how_one_gets_there_does_not_matter() {
    let (mut at_once, _) = cpu(&[]);
    let (mut in_pieces, _) = cpu(&[]);
    let mut pieces = steps(&mut in_pieces, 3);
    obey(&mut in_pieces, Command::Watch(vec![Topic::Points]));
    obey(&mut in_pieces, Command::Pick { index: 3 });
    obey(&mut in_pieces, Command::Views { image: 1, draw: 0 });
    obey(&mut in_pieces, Command::Save);
    pieces.extend(play(&mut in_pieces));
    assert_eq!(bits(&pieces), bits(&play(&mut at_once)), "looking changes nothing either");
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let whole = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        pool.install(|| {
            let (mut laboratory, begin) = cpu(&[("encoder.size", "small".into()), ("data.side", Value::Int(16)), ("train.steps", Value::Int(6))]);
            let events = play(&mut laboratory);
            (bits(&events), measures(&begin), measures(&events))
        })
    };
    let one = whole(1);
    assert_eq!(one, whole(2));
    assert_eq!(one.0.len(), 6);
}

#[test]
fn a_live_knob_changes_the_loss_from_then_on() {
    let (mut plain, _) = cpu(&[]);
    let (mut changed, _) = cpu(&[]);
    let expected = bits(&steps(&mut plain, 5));
    let mut found = steps(&mut changed, 3);
    let events = obey(&mut changed, Command::Change { path: "method.temperature".into(), value: Value::Float(10.0) });
    assert_eq!(events, [Event::Changed { step: 3, path: "method.temperature".into(), value: Value::Float(10.0) }]);
    found.extend(steps(&mut changed, 2));
    let found_bits = bits(&found);
    assert_eq!(found_bits[..3], expected[..3]);
    assert_ne!(found_bits[3], expected[3]);
    let after = losses(&found)[3].1;
    // Similarities lie in -1..1: at temperature 10 the loss is within 0.2 of chance.
    assert!((after - 31f32.ln()).abs() < 0.2, "{after}");
}

#[test]
fn the_learning_rate_takes_effect_after_the_next_step() {
    let (mut plain, _) = cpu(&[]);
    let (mut frozen, _) = cpu(&[]);
    let expected = bits(&steps(&mut plain, 5));
    let mut found = steps(&mut frozen, 2);
    obey(&mut frozen, Command::Change { path: "optimiser.learning_rate".into(), value: Value::Int(0) });
    found.extend(steps(&mut frozen, 3));
    assert_eq!(bits(&found)[..3], expected[..3], "step 3 sees the weights that step 2 left");
    assert_ne!(bits(&found)[3..], expected[3..]);
}

#[test]
fn knobs_that_decide_the_run_are_refused_while_it_runs() {
    let (mut laboratory, _) = cpu(&[]);
    obey(&mut laboratory, Command::Play);
    advance(&mut laboratory);
    let refused: [(&str, Value); 6] = [
        ("train.batch", Value::Int(8)),
        ("seed", Value::Int(7)),
        ("encoder.size", "small".into()),
        ("method.kind", "simclr".into()),
        ("method.nonsense", Value::Int(1)),
        ("method.temperature", Value::Float(-1.0)),
    ];
    for (path, value) in refused {
        let events = obey(&mut laboratory, Command::Change { path: path.into(), value });
        let [Event::Fault(fault)] = &events[..] else { panic!("{path}: expected one fault, found {events:?}") };
        assert!(fault.survives && fault.place == path && !fault.remedy.is_empty(), "{fault:?}");
        assert!(laboratory.running(), "{path}: the run goes on");
    }
    assert_eq!(counts(&advance(&mut laboratory)), [2]);
}

/// Each of these gets a fault that names its place, and what ran before goes on.
#[test]
fn faults_leave_the_run_alone() {
    let (mut laboratory, _) = cpu(&[]);
    obey(&mut laboratory, Command::Play);
    advance(&mut laboratory);
    let begin = |experiment: Experiment, device| Command::Begin { experiment, device };
    let mut commands = vec![
        ("train.batch", begin(tiny(&[("train.batch", Value::Int(128))]), DeviceChoice::Cpu)),
        ("data.side", begin(tiny(&[("data.side", Value::Int(10))]), DeviceChoice::Cpu)),
        ("data", begin(tiny(&[("data.kind", "cifar10".into())]), DeviceChoice::Cpu)),
        ("broken.tar.gz", Command::Data { name: "broken.tar.gz".into(), bytes: b"\x1f\x8bthis is no archive".to_vec() }),
        ("empty.bin", Command::Data { name: "empty.bin".into(), bytes: Vec::new() }),
    ];
    if !cfg!(feature = "cuda") {
        commands.push(("device", begin(tiny(&[]), DeviceChoice::Cuda)));
    }
    for (taken, (place, command)) in commands.into_iter().enumerate() {
        let events = obey(&mut laboratory, command);
        let [Event::Fault(fault)] = &events[..] else { panic!("{place}: expected one fault, found {events:?}") };
        assert!(fault.survives, "{place}: {fault:?}");
        assert!(fault.place.contains(place) || fault.what.contains(place), "{place}: {fault:?}");
        assert!(!fault.what.is_empty() && !fault.remedy.is_empty(), "{place}: {fault:?}");
        assert!(laboratory.running(), "{place}: the run goes on");
        assert_eq!(counts(&advance(&mut laboratory)), [2 + taken as u64], "{place}");
    }
}

#[test]
fn commands_before_the_first_experiment_get_a_fault() {
    for command in [Command::Play, Command::Step, Command::Reset, Command::Save, Command::Pick { index: 0 }, Command::Views { image: 0, draw: 0 }] {
        let events = obey(&mut Laboratory::new(), command.clone());
        assert!(matches!(&events[..], [Event::Fault(fault)] if fault.survives), "{command:?}: {events:?}");
    }
    let mut laboratory = Laboratory::new();
    assert_eq!(obey(&mut laboratory, Command::Pause), []);
    assert_eq!(obey(&mut laboratory, Command::Watch(vec![Topic::Points])), []);
    assert_eq!(obey(&mut laboratory, Command::Acknowledge(Topic::Points)), []);
    assert_eq!(advance(&mut laboratory), []);
}

/// Weights that grow a hundredfold with every step: no number that is none reaches anybody, and reset begins anew.
#[test]
fn numbers_that_are_none_stop_the_run_with_a_fault() {
    for clip in [0.0, 1.0] {
        let absurd = [
            ("optimiser.learning_rate", Value::Float(100.0)),
            ("optimiser.weight_decay", Value::Float(1.0)),
            ("train.warmup", Value::Int(0)),
            ("train.schedule", "constant".into()),
            ("train.steps", Value::Int(500)),
            ("train.clip", Value::Float(clip)),
        ];
        let (mut laboratory, _) = cpu(&absurd);
        let events = play(&mut laboratory);
        let stopped = faults(&events);
        assert_eq!(stopped.len(), 1, "clip {clip}: one fault and no more: {stopped:?}");
        assert!(!stopped[0].survives && stopped[0].remedy.contains("learning rate"), "{stopped:?}");
        assert_eq!(phases(&events), [Phase::Running, Phase::Paused]);

        let told = losses(&events);
        let step: u64 = stopped[0].place.strip_prefix("step ").and_then(|step| step.parse().ok()).expect("the fault names its step");
        assert_eq!(told.len() as u64, step - 1, "the losses before it were told");
        assert!(told.iter().all(|(_, loss)| loss.is_finite()));
        let finite = |(_, scalars): &(u64, Vec<Scalar>)| scalars.iter().all(|scalar| scalar.value.is_finite());
        assert!(measures(&events).iter().all(finite), "clip {clip}: {:?}", measures(&events));

        let again = obey(&mut laboratory, Command::Reset);
        assert_eq!((faults(&again), phases(&again)), (vec![], vec![Phase::Paused]));
        assert_eq!(bits(&steps(&mut laboratory, 1)), bits(&events)[..1], "reset begins with sound weights");
    }
}

#[test]
fn points_are_made_only_if_watched_and_acknowledged() {
    let (mut laboratory, begin) = cpu(&[("train.steps", Value::Int(100_000)), ("measures.cadence.every", Value::Int(100_000))]);
    assert_eq!(points(&begin), [], "nobody watches");
    obey(&mut laboratory, Command::Play);
    assert_eq!(points(&advance(&mut laboratory)), []);

    let first = points(&obey(&mut laboratory, Command::Watch(vec![Topic::Points])));
    let [first] = &first[..] else { panic!("watching shows the present at once: {first:?}") };
    assert_eq!((first.step, first.projection, first.dimension, first.explained), (1, Projection::Sphere, 3, 1.0));
    assert_eq!(first.xyz.len(), 32 * 3 * 4);
    let coordinates: Vec<f32> = first.xyz.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
    assert!(coordinates.chunks_exact(3).all(|point| (point.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-4), "on the sphere");

    // Longer than the time between two pictures.
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(points(&advance(&mut laboratory)), [], "the last one has not been drawn");
    let second = points(&obey(&mut laboratory, Command::Acknowledge(Topic::Points)));
    assert_eq!(second.iter().map(|points| points.step).collect::<Vec<_>>(), [2], "drawn: the newest one");
    assert_ne!(second[0].xyz, first.xyz);
    obey(&mut laboratory, Command::Acknowledge(Topic::Points));
    assert_eq!(points(&advance(&mut laboratory)), [], "not more often than four a second");

    obey(&mut laboratory, Command::Watch(Vec::new()));
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(points(&advance(&mut laboratory)), [], "nobody watches any more");
}

#[test]
fn a_wider_embedding_is_shown_as_a_projection() {
    let (mut laboratory, _) = cpu(&[("projector.dimension", Value::Int(12))]);
    let shown = points(&obey(&mut laboratory, Command::Watch(vec![Topic::Points])));
    assert_eq!((shown[0].projection, shown[0].dimension), (Projection::Principal, 12));
    assert!((0.0..=1.0).contains(&shown[0].explained));
    let (mut laboratory, _) = cpu(&[("projector.dimension", Value::Int(2))]);
    let shown = points(&obey(&mut laboratory, Command::Watch(vec![Topic::Points])));
    assert_eq!((shown[0].projection, shown[0].dimension), (Projection::Circle, 2));
}

#[test]
fn picks_are_neighbours_by_cosine() {
    let (mut laboratory, _) = cpu(&[]);
    let pick = |laboratory: &mut Laboratory, index| match &obey(laboratory, Command::Pick { index })[..] {
        [Event::Pick(pick)] => pick.clone(),
        other => panic!("expected a pick, found {other:?}"),
    };
    let found = pick(&mut laboratory, 3);
    assert_eq!((found.index, found.neighbours.len()), (3, 6));
    assert!(found.neighbours.iter().all(|(index, cosine)| *index != 3 && *index < 32 && *cosine <= 1.0 + 1e-5));
    assert!(found.neighbours.is_sorted_by(|a, b| a.1 >= b.1), "nearest first: {found:?}");
    assert_eq!(pick(&mut laboratory, 1000).neighbours, [], "an image that there is not");
}

fn views(laboratory: &mut Laboratory, image: usize, draw: u64) -> Views {
    match &obey(laboratory, Command::Views { image, draw })[..] {
        [Event::Picture(Picture::Views(views))] => views.clone(),
        other => panic!("expected views, found {other:?}"),
    }
}

#[test]
fn views_show_the_original_and_what_the_knobs_make_of_it() {
    let (mut laboratory, _) = cpu(&[]);
    let found = views(&mut laboratory, 5, 0);
    let size = 8 * 8 * 4;
    assert_eq!((found.image, found.thumbnails.side), (5, 8));
    let images: Vec<&[u8]> = found.thumbnails.rgba.chunks_exact(size).collect();
    assert_eq!(images.len(), 7, "the original and six views");
    assert!(images[1..].iter().any(|view| *view != images[0]));
    assert_eq!(views(&mut laboratory, 5, 0), found, "the same draw again");
    let other = views(&mut laboratory, 5, 1);
    assert_eq!(other.thumbnails.rgba[..size], *images[0]);
    assert_ne!(other.thumbnails.rgba[size..], found.thumbnails.rgba[size..], "another draw");
    assert_eq!(views(&mut laboratory, 1_000_000, 0).image, 63, "the last image instead of none");

    // With every augmentation at probability 0 and the crop at its whole, views are the image.
    let all = [("crop.scale_min", 1.0), ("crop.ratio_min", 1.0), ("crop.ratio_max", 1.0)];
    let off = ["flip", "jitter", "grayscale", "blur"].map(|name| (format!("{name}.probability"), 0.0));
    for (path, value) in all.iter().map(|(path, value)| ((*path).to_owned(), *value)).chain(off) {
        let events = obey(&mut laboratory, Command::Change { path: format!("augment.{path}"), value: Value::Float(value) });
        assert_eq!(faults(&events), [], "{path}");
    }
    let same = views(&mut laboratory, 5, 0);
    assert!(same.thumbnails.rgba.chunks_exact(size).all(|view| view == images[0]));
}

#[test]
fn save_names_the_step() {
    let (mut laboratory, _) = cpu(&[]);
    steps(&mut laboratory, 2);
    let events = obey(&mut laboratory, Command::Save);
    let [Event::Weights { name, bytes }] = &events[..] else { panic!("expected weights, found {events:?}") };
    assert_eq!(name, "encoder-step2.safetensors");
    assert!(bytes.len() > 4 * 23_000);
}
