//! What is shown is what runs, or says why not; nothing is beyond recall.

use super::*;
use crate::model::changes::same;
use crate::model::{Hindrance, Offer, Standing};
use augsphere_spec::{DeviceChoice, Phase, Request};

fn cifar() -> usize {
    preset("cifar10-simclr")
}

/// A preset that needs a file does not run, and neither does anything else under its name.
#[test]
fn a_preset_without_its_file_runs_nothing_and_says_what_is_missing() {
    let mut world = World::trained(5);
    assert!(world.is_playing());
    world.does(Msg::Preset(cifar()));
    world.settle();
    assert!(!world.is_playing() && !world.model.play_requested, "shapes do not go on under the name of CIFAR-10");
    assert!(world.model.situation().contains("needs a file"));
    for press in [Msg::Play, Msg::Apply, Msg::Reset, Msg::Step, Msg::Play] {
        let seen = world.model.insisted;
        world.does(press.clone());
        world.settle();
        assert!(world.model.insisted > seen, "{press:?} is answered");
        assert!(!world.is_playing());
        let (fault, offers) = world.model.obstruction().unwrap();
        assert!(fault.what.contains("CIFAR-10") && fault.remedy.contains("Drop"), "{}", fault.what);
        assert!(offers.contains(&Offer::BackToRun) && offers.contains(&Offer::FirstPreset));
    }
    world.does(Msg::Take(Offer::BackToRun));
    assert_eq!(world.model.standing(), Standing::Same);
    world.does(Msg::Play);
    world.settle();
    assert!(world.is_playing());
}

/// It begins as soon as the file is there.
#[test]
fn an_experiment_begins_when_its_file_was_dropped() {
    for fragment in ["", "v=1&data.kind=cifar10"] {
        let mut world = World::open(fragment);
        world.settle();
        if fragment.is_empty() {
            world.does(Msg::Preset(cifar()));
        }
        assert!(matches!(world.model.hindrance, Some(Hindrance::NeedsFile { .. })));
        world.give(Some("cifar10"));
        world.settle();
        assert_eq!(world.model.standing(), Standing::Same);
        assert_eq!(world.running().unwrap().choice("data").unwrap().kind, "cifar10");
    }
}

/// What the engine says would fit is what the page offers, and taking it begins.
#[test]
fn the_engines_own_way_out_is_offered() {
    let mut world = World::ready();
    let settings = vec![("train.batch".to_owned(), Value::Int(64)), ("data.train".to_owned(), Value::Int(512))];
    world.does(turn("train.steps", 700));
    let run = world.model.state.preparing.as_ref().map(|preparing| preparing.run);
    world.pass(1000.0);
    let run = run.or_else(|| world.model.state.preparing.as_ref().map(|preparing| preparing.run)).expect("it is asked for");
    let fault = Fault { settings: settings.clone(), ..fault("Too large.", true) };
    world.does(Msg::Worker(WorkerEvent::Session(Event::Refused { request: Request::Run(run), fault: Some(fault) })));
    let (_, offers) = world.model.obstruction().unwrap();
    assert!(offers.contains(&Offer::Set(settings.clone())), "{offers:?}");
    world.does(Msg::Take(Offer::Set(settings.clone())));
    world.settle();
    assert_eq!(world.model.standing(), Standing::Same);
    assert!(settings.iter().all(|(path, value)| world.running().unwrap().get(path).as_ref() == Some(value)));
}

#[test]
fn a_link_that_cannot_run_says_why_and_offers_what_can() {
    let cases = [
        ("v=1&device=gpu", "There is no GPU", Offer::AnyDevice),
        ("v=1&train.batch=4096", "larger than the data", Offer::Set(vec![("train.batch".into(), Value::Int(2048))])),
    ];
    for (fragment, why, way_out) in cases {
        let mut world = World::open(fragment);
        world.worker.as_mut().unwrap().mood.no_gpu = true;
        world.settle();
        assert_eq!(world.model.standing(), Standing::Hindered);
        assert_eq!(world.model.situation(), "Cannot be set up");
        let (fault, offers) = world.model.obstruction().unwrap();
        assert!(fault.what.contains(why), "{}", fault.what);
        assert!(offers.contains(&way_out), "{offers:?}");
        world.does(Msg::Play);
        assert!(!world.model.play_requested);
        world.does(Msg::Take(way_out));
        world.settle();
        assert_eq!(world.model.standing(), Standing::Same, "{fragment}");
    }
}

#[test]
fn after_a_lost_device_reset_begins_anew() {
    let mut world = World::trained(5);
    world.lose_for_good();
    assert_eq!((world.model.notices.len(), world.model.play_requested), (1, false));
    let log = world.log.len();
    world.does(Msg::Reset);
    assert!(
        sent(&world.log[log..]).iter().any(|command| matches!(command, Command::Begin { .. })),
        "not a reset of what is lost"
    );
    world.settle();
    assert!(world.model.notices.is_empty() && world.model.standing() == Standing::Same);
    world.does(Msg::Play);
    world.train(5);
}

#[test]
fn what_was_asked_last_comes_first_and_preparing_can_be_cancelled() {
    let mut world = World::trained(5);
    world.does(Msg::Preset(preset("shapes-byol")));
    world.work();
    world.does(Msg::Preset(preset("shapes-vicreg")));
    world.settle();
    assert_eq!(world.running().unwrap().choice("method").unwrap().kind, "vicreg");
    assert!(same(world.running().unwrap(), &world.model.draft));
    world.does(Msg::Preset(preset("shapes-byol")));
    while world.model.state.preparing.as_ref().unwrap().progress.is_none() {
        world.work();
    }
    let preparing = world.model.state.preparing.clone().unwrap();
    assert!(preparing.estimate.is_some_and(|estimate| estimate.prepare_seconds > 0.0), "it says what it will cost");
    assert!(world.model.situation().contains("Measuring, 1 of 2"), "{}", world.model.situation());
    world.does(Msg::Cancel);
    assert!(world.model.state.preparing.is_none());
    world.settle();
    assert_eq!(world.running().unwrap().choice("method").unwrap().kind, "vicreg", "what was there before is there");
    assert_eq!(world.model.standing(), Standing::Same);
}

#[test]
fn the_first_experiment_can_be_cancelled_too() {
    let mut world = World::open("");
    for _ in 0..3 {
        world.work();
    }
    world.does(Msg::Cancel);
    world.settle();
    assert_eq!((world.model.standing(), world.model.hindrance.clone()), (Standing::Hindered, Some(Hindrance::Withdrawn)));
    world.does(Msg::Take(Offer::TryAgain));
    world.settle();
    assert_eq!(world.model.standing(), Standing::Same);
}

/// What begins in spite of being cancelled is what the controls show.
#[test]
fn a_run_that_slips_through_is_shown() {
    let mut world = World::ready();
    world.does(Msg::Preset(preset("shapes-byol")));
    let worker = world.worker.as_mut().unwrap();
    while worker.outbox.iter().all(|event| !matches!(event, WorkerEvent::Session(Event::Began { .. }))) {
        worker.work();
    }
    world.does(Msg::Cancel);
    world.settle();
    assert_eq!(world.model.standing(), Standing::Same);
    assert!(same(world.running().unwrap(), &world.model.draft));
}

/// Play pressed for what is about to be set up is play for what is shown instead, when that is taken back.
#[test]
fn play_is_not_forgotten_when_what_it_waited_for_is_taken_back() {
    let mut world = World::ready();
    world.does(turn("method.kind", "vicreg"));
    world.does(Msg::Play);
    assert!(world.model.play_requested && !world.is_playing());
    world.does(Msg::Revert);
    world.train(2);
    assert!(world.is_playing() && world.model.play_requested);
}

/// Reset, another preset, a suggestion, another device: each takes a run away, and undo brings it back as it was.
#[test]
fn undo_brings_the_run_back() {
    let ways = [
        Msg::Reset,
        Msg::Preset(preset("shapes-byol")),
        Msg::Suggestion(1),
        Msg::Device(DeviceChoice::Cpu),
        Msg::Address("#v=1&seed=9".into()),
    ];
    for way in ways {
        let mut world = World::trained(9);
        world.does(turn("method.temperature", 0.3));
        for _ in 0..8 {
            world.work();
        }
        world.does(Msg::Pause);
        world.settle();
        let before = world.model.clone();
        world.does(way.clone());
        world.settle();
        assert_eq!(world.model.state.step(), 0);
        assert_eq!(world.model.state.former.as_ref().map(|run| run.step), Some(before.state.step()), "it stays for comparison");
        assert!(world.model.can_undo(), "{way:?}");
        world.does(Msg::Undo);
        world.settle();
        let (run, was) = (world.model.state.run.as_ref().unwrap(), before.state.run.as_ref().unwrap());
        assert_eq!((run.step, run.id, &run.history, &run.marks), (was.step, was.id, &was.history, &was.marks), "{way:?}");
        assert_eq!(
            (world.model.draft.sections.clone(), world.model.device, world.model.link()),
            (before.draft.sections.clone(), before.device, before.link())
        );
        assert_eq!((world.model.standing(), world.model.state.phase), (Standing::Same, Some(Phase::Paused)));
        world.does(Msg::Undo);
        world.settle();
        assert_eq!(world.model.state.step(), 0, "and back");
    }
}

/// Turning knobs at step 0 makes one run after the other; the curves that stay for comparison are those of the run that trained.
#[test]
fn a_run_that_never_took_a_step_does_not_push_out_one_that_did() {
    let mut world = World::trained(9);
    world.does(Msg::Reset);
    world.settle();
    for steps in [500, 600, 700] {
        world.does(turn("train.steps", steps));
        world.settle();
    }
    assert_eq!(world.model.state.former.as_ref().map(|run| run.step > 0), Some(true));
    world.does(Msg::Undo);
    world.settle();
    assert!(world.model.state.step() > 0, "undo brings back what was learnt");
}

#[test]
fn leaving_is_asked_for_as_long_as_a_run_would_be_lost() {
    for kept in [false, true] {
        let mut world = World::ready();
        world.store.0.borrow_mut().deaf = !kept;
        assert!(!world.asks_before_leaving);
        world.does(Msg::Play);
        world.train(1);
        for _ in 0..8 {
            world.work();
        }
        assert_eq!(world.asks_before_leaving, !kept);
        world.does(Msg::Reset);
        world.settle();
        assert_eq!(world.asks_before_leaving, !kept, "the run before could still be brought back");
    }
}

#[test]
fn every_number_says_its_step() {
    let mut world = World::trained(29);
    assert_eq!(world.model.state.measured("knn_accuracy"), Some((0, 0.3)), "measured before the first step, shown at step 29");
    world.does(told(Event::Measures {
        step: 29,
        scalars: vec![augsphere_spec::Scalar { name: "knn_accuracy".into(), value: 0.4 }],
        profiles: Vec::new(),
    }));
    assert_eq!(world.model.state.measured("knn_accuracy"), Some((29, 0.4)));
}

/// A knob that was turned while another run was being prepared is part of what runs in the end.
#[test]
fn a_turn_while_preparing_is_not_lost() {
    let mut world = World::trained(9);
    world.does(Msg::Reset);
    world.work();
    world.does(turn("train.steps", 77));
    world.settle();
    assert_eq!(world.running().unwrap().get("train.steps"), Some(77.into()));
    assert_eq!(world.model.standing(), Standing::Same);
}

/// A slider at step 0 is told to the run that waits there; anything else begins it again.
#[test]
fn what_is_turned_at_the_start_is_what_begins() {
    let mut world = World::ready();
    let runs = world.model.state.runs;
    world.does(turn("method.temperature", 0.2));
    world.settle();
    assert_eq!((world.model.state.runs, world.running().unwrap().get("method.temperature")), (runs, Some(0.2.into())));
    world.does(turn("projector.dimension", 16));
    world.settle();
    assert_eq!((world.model.state.runs, world.running().unwrap().get("projector.dimension")), (runs + 1, Some(16.into())));
    assert_eq!(world.running().unwrap().get("method.temperature"), Some(0.2.into()));
}

/// A plan that came with the experiment is carried out, and reset goes back to its beginning.
#[test]
fn a_plan_moves_the_controls_and_reset_goes_back_to_its_beginning() {
    let mut world = World::ready();
    world.does(Msg::Preset(preset("shapes-finetune")));
    world.settle();
    let began = world.model.draft.clone();
    let (link, first) = (world.model.link(), began.changes[0].clone());
    world.does(Msg::Play);
    world.train(first.at + 2);
    assert_eq!(world.model.draft.get(&first.path), Some(first.value.clone()), "the controls moved along");
    assert_eq!(world.model.link(), link, "the link is that of the plan");
    world.does(Msg::Reset);
    world.settle();
    assert_eq!(world.model.draft, began);
}
