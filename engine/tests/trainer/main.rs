//! Does the session answer commands with the right events, and repeat itself bit for bit?

mod changes;
mod distances;
mod faults;
#[path = "../numbers/mod.rs"]
mod numbers;
mod pictures;
mod predictors;
#[path = "../tiny/mod.rs"]
mod tiny;

use augsphere_engine::{Session, block_on};
use augsphere_spec::{Command, DeviceChoice, Event, Phase, RunId, Value};
use std::time::Duration;
use tiny::{begun, change, facts, faults, handle, losses, measures, play, reset, tiny};

fn cpu(changes: &[(&str, Value)]) -> (Session, Vec<Event>) {
    begun(tiny(changes), DeviceChoice::Cpu)
}

/// Takes one stretch of steps: at least one.
fn advance(session: &mut Session) -> Vec<Event> {
    facts(block_on(session.advance(Duration::ZERO)))
}

fn phases(events: &[Event]) -> Vec<Phase> {
    events.iter().filter_map(|event| if let Event::Phase(phase) = event { Some(*phase) } else { None }).collect()
}

fn counts(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|event| if let Event::Steps { step, .. } = event { Some(*step) } else { None }).collect()
}

/// A few steps, one at a time.
fn steps(session: &mut Session, count: usize) -> Vec<Event> {
    (0..count).flat_map(|_| handle(session, Command::Step)).collect()
}

/// Losses as bits: equal only if every one is the same number.
fn bits(events: &[Event]) -> Vec<(u64, u32)> {
    losses(events).into_iter().map(|(step, loss)| (step, loss.to_bits())).collect()
}

/// The same events under another name of the run.
fn rename(events: &mut [Event], name: RunId) {
    for event in events {
        if let Event::Began { run, .. } = event {
            *run = name;
        }
    }
}

#[test]
fn norms_angle_and_balance_are_measured() {
    let (_, events) = begun(tiny(&[]), DeviceChoice::Cpu);
    let (_, scalars) = measures(&events)[0].clone();
    let value = |name: &str| scalars.iter().find(|scalar| scalar.name == name).unwrap_or_else(|| panic!("{name}")).value;
    let (pull, push, balance) = (value("gradient_positive"), value("gradient_negative"), value("gradient_balance"));
    assert!(pull > 0.0 && push > 0.0 && (balance - push / pull).abs() < 1e-3 * balance);
    assert!((0.0..=180.0).contains(&value("gradient_angle")));
}

#[test]
fn begin_tells_device_experiment_and_untrained_measures() {
    let experiment = tiny(&[]);
    let (session, events) = cpu(&[]);
    assert!(!session.running(), "it waits for play");
    let [Event::Device(device), Event::Began { .. }, Event::Measures { step: 0, scalars, .. }, Event::Phase(Phase::Paused)] =
        &events[..]
    else {
        panic!("expected device, began, measures and paused, found {events:?}")
    };
    assert_eq!(device.kind, "cpu");
    let names: Vec<&str> = scalars.iter().map(|scalar| scalar.name.as_str()).collect();
    let gradient = ["gradient_positive", "gradient_negative", "gradient_balance", "gradient_angle"];
    assert_eq!(names[..5], ["alignment", "uniformity", "knn_accuracy", "knn10_accuracy", "std"]);
    assert_eq!(names[names.len() - 4..], gradient);
    assert!(scalars.iter().all(|scalar| scalar.value.is_finite()));

    let Event::Began {
        run: RunId(1),
        experiment: began,
        data,
        encoder_weights,
        projector_weights,
        labels,
        images,
        levels,
        resumed: None,
    } = &events[1]
    else {
        unreachable!()
    };
    assert_eq!(*began, experiment, "the experiment as it was given");
    assert_eq!((data.kind.as_str(), data.train, data.side, data.classes.names.len()), ("shapes", 64, 8, 10));
    assert_eq!((data.validation, data.test), (32, 16));
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
    let (mut session, _) = cpu(&[]);
    let events = play(&mut session);
    assert_eq!(faults(&events), []);
    assert_eq!(phases(&events), [Phase::Running, Phase::Finished]);
    assert_eq!(counts(&events).last(), Some(&20));
    assert!(counts(&events).is_sorted(), "steps only go up: {:?}", counts(&events));
    assert_eq!(
        losses(&events).iter().map(|(step, _)| *step).collect::<Vec<_>>(),
        (1..=20).collect::<Vec<_>>(),
        "every step tells its loss once"
    );
    assert_eq!(measures(&events).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [5, 10, 15, 20]);
    for event in &events {
        if let Event::Steps { seconds, images_per_second, .. } = event {
            assert!(*seconds > 0.0 && *images_per_second > 0.0);
        }
    }
    assert_eq!(phases(&handle(&mut session, Command::Play)), [Phase::Finished], "there is no step after the last");
    assert_eq!(phases(&handle(&mut session, Command::Step)), [Phase::Finished]);
    assert!(!session.running());
}

#[test]
fn the_loss_falls() {
    let (mut session, _) = cpu(&[("train.steps", Value::Int(120)), ("measures.cadence.every", Value::Int(1000))]);
    let losses = losses(&play(&mut session));
    let mean = |losses: &[(u64, f32)]| losses.iter().map(|(_, loss)| loss).sum::<f32>() / losses.len() as f32;
    let (first, last) = (mean(&losses[..10]), mean(&losses[110..]));
    // Measured: 3.40 falls to 3.11.
    assert!(last < first - 0.2, "from {first} to {last}");
}

#[test]
fn pause_holds_and_step_adds_one() {
    let (mut session, _) = cpu(&[]);
    handle(&mut session, Command::Play);
    let events = advance(&mut session);
    assert_eq!(counts(&events), [1], "no budget still takes one step");
    assert_eq!(phases(&handle(&mut session, Command::Pause)), [Phase::Paused]);
    assert!(!session.running());
    assert_eq!(counts(&advance(&mut session)), [0; 0], "no steps while paused");

    let events = handle(&mut session, Command::Step);
    assert_eq!((counts(&events), phases(&events)), (vec![2], vec![Phase::Paused]));
    assert_eq!(counts(&advance(&mut session)), [0; 0]);
    handle(&mut session, Command::Play);
    assert_eq!(counts(&advance(&mut session)), [3], "it goes on where it was");
}

#[test]
fn single_steps_measure_where_they_are_due() {
    let (mut session, _) = cpu(&[]);
    let events = steps(&mut session, 6);
    assert_eq!(counts(&events), [1, 2, 3, 4, 5, 6]);
    assert_eq!(measures(&events).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [5]);
}

#[test]
fn reset_repeats_the_run_bit_for_bit() {
    let (mut session, begin) = cpu(&[]);
    let first = play(&mut session);
    let mut reset = handle(&mut session, reset());
    rename(&mut reset, RunId(1));
    assert_eq!(reset, begin, "the same beginning, untrained measures included");
    let second = play(&mut session);
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
    handle(&mut in_pieces, pictures::look(3));
    handle(&mut in_pieces, Command::Views { image: 1, draw: 0 });
    handle(&mut in_pieces, Command::Save);
    pieces.extend(play(&mut in_pieces));
    assert_eq!(bits(&pieces), bits(&play(&mut at_once)), "looking changes nothing either");
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let whole = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        pool.install(|| {
            let (mut session, begin) =
                cpu(&[("encoder.size", "small".into()), ("data.side", Value::Int(16)), ("train.steps", Value::Int(6))]);
            let events = play(&mut session);
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
    let events = handle(&mut changed, change("method.temperature", 10.0));
    let told: Vec<(u64, &str, &Value)> = events
        .iter()
        .filter_map(
            |event| if let Event::Changed { step, path, value, .. } = event { Some((*step, path.as_str(), value)) } else { None },
        )
        .collect();
    assert_eq!(told, [(3, "method.temperature", &Value::Float(10.0))]);
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
    handle(&mut frozen, change("optimiser.learning_rate", 0i64));
    found.extend(steps(&mut frozen, 3));
    assert_eq!(bits(&found)[..3], expected[..3], "step 3 sees the weights that step 2 left");
    assert_ne!(bits(&found)[3..], expected[3..]);
}
