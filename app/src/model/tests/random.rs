//! Random sequences of everything that can happen to the page, checked after each message.

use super::worker::Input;
use super::*;
use crate::model::changes::same;
use crate::model::life::{Life, PATIENCE, START};
use crate::model::names::presets;
use crate::model::notices::Scope;
use crate::model::{BoardMsg, DistanceMsg, Offer, Standing, Timer};
use augsphere_spec::{ChangeId, DeviceChoice, Request, RunId, Topic, from_fragment};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many sequences, and the most messages in each.
const SEQUENCES: u64 = 10_000;
const LONGEST: u64 = 24;

/// SplitMix64: the same numbers on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Act {
    /// A person does something.
    Person(Box<Msg>),
    /// Files are given.
    Give(Option<&'static str>),
    /// The worker does so many things.
    Work(usize),
    /// So many milliseconds pass.
    Pass(f64),
    /// The worker hangs, or goes on.
    Deaf(bool),
    /// The worker ends.
    Fail(Option<u64>),
    /// The worker loses its device.
    LoseDevice,
    /// The worker refuses the next change.
    Refuse,
    /// From now on all pictures are the same, or are not numbers.
    Pictures { frozen: bool, broken: bool },
}

fn act(chance: &mut Chance) -> Act {
    match chance.below(100) {
        0..36 => Act::Person(Box::new(person(chance))),
        36..40 => Act::Person(Box::new(turns(chance))),
        40..42 => Act::Give(chance.pick(&[Some("cifar10"), Some("cifar100"), None])),
        42..80 => Act::Work(1 + chance.below(12)),
        80..92 => Act::Pass(chance.pick(&[100.0, 350.0, 1000.0, 3500.0, 13_000.0, 70_000.0])),
        92..94 => Act::Deaf(chance.below(2) == 0),
        94 => Act::Fail(chance.pick(&[None, Some(1 << 30)])),
        95 | 96 => Act::LoseDevice,
        97 => Act::Refuse,
        _ => Act::Pictures { frozen: chance.below(2) == 0, broken: chance.below(2) == 0 },
    }
}

fn person(chance: &mut Chance) -> Msg {
    let devices = [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu];
    match chance.below(32) {
        0..5 => Msg::Play,
        5 => Msg::Pause,
        6 => Msg::Step,
        7 | 8 => Msg::Reset,
        9 => Msg::Apply,
        10 => Msg::Revert,
        11 | 12 => Msg::Undo,
        13 => Msg::Cancel,
        14 | 15 => Msg::Preset(chance.pick(&[0, 1, 12, preset("shapes-finetune"), preset("cifar10-simclr")])),
        16 => Msg::Suggestion(chance.below(6)),
        17 => Msg::Device(chance.pick(&devices)),
        18 => Msg::Address(
            chance
                .pick(&[
                    "#stage",
                    "#v=1&seed=4",
                    "#v=1&data.kind=cifar10",
                    "#v=1&nothing=1",
                    "#v=1&device=gpu",
                    "#v=1&at.2.method.temperature=0.2",
                ])
                .into(),
        ),
        19 => Msg::Restart,
        20 => Msg::WatchGradient(chance.below(2) == 0),
        21 => Msg::NextViews { image: chance.below(2) == 0 },
        22 => Msg::Take(chance.pick(&[
            Offer::BackToRun,
            Offer::AnyDevice,
            Offer::Cpu,
            Offer::Set(vec![("train.batch".into(), Value::Int(64))]),
            Offer::FirstPreset,
            Offer::TryAgain,
        ])),
        23 => Msg::Dismiss,
        24 => Msg::CopyLink,
        25 => Msg::Copied(chance.below(2) == 0),
        26 => Msg::Distances(DistanceMsg::Open(chance.below(3) > 0)),
        27 => Msg::Distances(chance.pick(&[DistanceMsg::Redraw, DistanceMsg::Stop, DistanceMsg::Again, DistanceMsg::Views(4)])),
        28..31 => Msg::Board(board(chance)),
        _ => turns(chance),
    }
}

/// Something on the board.
fn board(chance: &mut Chance) -> BoardMsg {
    let names = ["plane", "spectrum", "toy", "limit", "nothing"].map(String::from);
    match chance.below(8) {
        0 => BoardMsg::Arrange(vec![chance.pick(&names), chance.pick(&names), chance.pick(&names)]),
        1 => BoardMsg::Add(chance.pick(&names)),
        2 => BoardMsg::Remove(chance.pick(&names)),
        3 => BoardMsg::Move(chance.pick(&names), chance.pick(&[-2, 1, 9])),
        4 => {
            let (knob, value) = chance.pick(&[("temperature", "0.2"), ("phi", "0.5"), ("phi", "x"), ("bins", "-4")]);
            BoardMsg::Turn { picture: chance.pick(&names), knob: knob.into(), value: Value::parse(value) }
        }
        5 => BoardMsg::Look(chance.pick(&[None, Some(0), Some(2), Some(1000)])),
        6 => BoardMsg::Beside(chance.below(2) > 0),
        _ => BoardMsg::Seen(chance.pick(&names), chance.below(4) > 0),
    }
}

fn turns(chance: &mut Chance) -> Msg {
    let knobs: [(&str, &[&str]); 8] = [
        ("method.temperature", &["0.2", "0.5", "0.7", "99", "abc"]),
        ("method.kind", &["simclr", "byol", "vicreg"]),
        ("train.batch", &["64", "128", "4096", "1e9", "-1"]),
        ("train.steps", &["2", "5", "1000"]),
        ("augment.crop.scale_min", &["0.1", "0.9"]),
        ("augment.crop.scale_max", &["0.3", "1"]),
        ("seed", &["1", "2", "x"]),
        ("data.kind", &["shapes", "cifar10", "cifar100"]),
    ];
    let (path, values) = chance.pick(&knobs);
    let text = chance.pick(values);
    match chance.below(4) {
        0 => Msg::Slide { path: path.into(), value: Value::parse(text) },
        1 => Msg::Release,
        2 => turn(path, Value::parse(text)),
        _ => typed(path, text),
    }
}

fn play(acts: &[Act]) {
    let mut world = World::open("");
    world.mood.no_gpu = true;
    world.worker.as_mut().unwrap().mood.no_gpu = true;
    for act in acts {
        match act.clone() {
            Act::Person(msg) => drop(world.does(*msg)),
            Act::Give(kind) => drop(world.give(kind)),
            Act::Work(count) => (0..count).for_each(|_| {
                world.work();
            }),
            Act::Pass(ms) => world.pass(ms),
            Act::Deaf(deaf) => world.worker.iter_mut().for_each(|worker| worker.mood.deaf = deaf),
            Act::Fail(memory) => world.fail(memory),
            Act::LoseDevice => world.worker.iter_mut().for_each(|worker| worker.lose_device()),
            Act::Refuse => world.worker.iter_mut().for_each(|worker| worker.mood.refuses = true),
            Act::Pictures { frozen, broken } => world.worker.iter_mut().for_each(|worker| {
                (worker.mood.frozen, worker.mood.broken) = (frozen, broken);
            }),
        }
        check(&world);
    }
    check_links(&world);
    world.pass(PATIENCE + START);
    check_silence(&world);
    world.worker.iter_mut().for_each(|worker| worker.mood.deaf = false);
    world.settle();
    check(&world);
    check_rest(&world);
}

/// What holds after each message.
fn check(world: &World) {
    let model = &world.model;
    for (path, slip) in model.fields.slips() {
        assert!(!slip.what.is_empty() && model.draft.get(path).is_some(), "the mistake at {path} is in no field or says nothing");
    }
    assert!(!(model.hindrance.is_some() && model.play_requested), "play waits for {:?}", model.hindrance);
    if model.life.is_up() && model.state.preparing.is_none() && model.needs_file(&model.draft).is_some() {
        assert!(model.hindrance.is_some(), "a file is missing and nobody says so");
    }
    let standing = model.standing();
    if matches!(standing, Standing::Same | Standing::Ended) {
        assert!(same(&model.draft, &model.state.run.as_ref().unwrap().experiment));
    }
    if standing == Standing::Hindered {
        assert!(model.obstruction().is_some_and(|(fault, offers)| !fault.what.is_empty() && !offers.is_empty()));
    }
    if model.state.run.as_ref().is_some_and(|run| !run.ended) {
        assert!(!model.notices.about(Scope::Run), "a run that is well has a fault");
    }
    if model.life.is_up() && model.life.silence(world.now).is_none() && model.notices.about(Scope::Worker) {
        panic!("a worker that answers has a fault");
    }
    let name = model.name();
    if let Some(preset) = name.preset.filter(|_| !name.edited && matches!(model.origin, Origin::Preset(_))) {
        assert!(same(&presets()[preset].experiment, &model.draft), "{} is the name of something else", name.text);
    }
    let trained = |run: &Option<state::Run>| run.as_ref().is_some_and(|run| run.step > 0);
    assert_eq!(world.asks_before_leaving, trained(&model.state.run) || trained(&model.state.former));
    check_waiting(world);
}

/// Everything that is waited for has somebody who will answer, or a clock.
fn check_waiting(world: &World) {
    let model = &world.model;
    let Some(worker) = &world.worker else {
        assert!(model.state.preparing.is_none() && model.returning.is_none() && model.awaited.is_empty());
        return;
    };
    let asked = |test: &dyn Fn(&Command) -> bool| {
        worker.inbox.iter().any(|input| matches!(input, Input::Command(WorkerCommand::Session(command)) if test(command)))
    };
    let said = |test: &dyn Fn(&Event) -> bool| {
        worker.outbox.iter().any(|event| matches!(event, WorkerEvent::Session(event) if test(event)))
    };
    if let Some(preparing) = &model.state.preparing {
        let id: RunId = preparing.run;
        let comes = asked(&|command| matches!(command, Command::Begin { run, .. } | Command::Reset { run } if *run == id))
            || worker.preparing.as_ref().is_some_and(|preparing| preparing.run == id)
            || said(
                &|event| matches!(event, Event::Began { run, .. } | Event::Refused { request: Request::Run(run), .. } if *run == id),
            );
        assert!(comes, "nobody prepares {id:?}");
    }
    if model.returning.is_some() {
        let comes = asked(&|command| *command == Command::Return)
            || said(&|event| matches!(event, Event::Returned { .. } | Event::Refused { request: Request::Return, .. }));
        assert!(comes, "nobody goes back");
    }
    for id in model.awaited.overdue(f64::INFINITY, 0.0) {
        let id: ChangeId = id;
        let comes = asked(&|command| matches!(command, Command::Change { change, .. } if *change == id))
            || said(&|event| match event {
                Event::Changed { change, .. } => *change == Some(id),
                Event::Refused { request, .. } => *request == Request::Change(id),
                _ => false,
            });
        assert!(comes, "nobody makes {id:?}");
    }
    if let Some(turn) = model.soon {
        assert!(world.waits_for(&Timer::Begin(turn)), "no clock begins");
    }
    if let Some((path, _)) = &model.fields.sliding {
        assert!(world.waits_for(&Timer::Commit(model.slides)), "no clock takes {path}");
    }
    let owed = worker.unacknowledged.contains(&Topic::Points) && worker.ready;
    let comes = asked(&|command| {
        matches!(command, Command::Acknowledge(Topic::Points) | Command::Watch(_) | Command::Begin { .. } | Command::Reset { .. })
    }) || said(&|event| matches!(event, Event::Picture(augsphere_spec::Picture::Points(_))))
        || world.acknowledgements.contains(&Topic::Points);
    assert!(!owed || comes, "a picture came and was never acknowledged");
}

/// The link is that of what is shown.
fn check_links(world: &World) {
    let model = &world.model;
    let lasting = model.lasting();
    let (read, extra) = from_fragment(&model.catalogue, &presets()[0].experiment, &model.link()).unwrap();
    let planned = |experiment: &Experiment| {
        let changes = experiment.changes.iter();
        changes.map(|change| (change.at, change.path.clone(), knobs::text(&change.value))).collect::<Vec<_>>()
    };
    assert!(same(&read, &lasting) && planned(&read) == planned(&lasting), "{}", model.link());
    assert_eq!(extra.iter().any(|(key, _)| key == "device"), model.device != DeviceChoice::Auto);
    assert_eq!((&world.address, &model.address), (&model.link(), &model.link()));
    if model.is_copied() {
        assert_eq!(model.copied.as_ref(), Some(&model.address));
    }
}

/// A worker that hangs was noticed by now.
fn check_silence(world: &World) {
    let hangs = world.worker.as_ref().is_some_and(|worker| worker.mood.deaf);
    assert_eq!(
        hangs && world.model.life != Life::Down,
        world.model.notices.about(Scope::Worker) && world.model.life != Life::Down
    );
}

/// Once nothing happens any more, nothing is waited for, and what is shown is what runs or says why not.
fn check_rest(world: &World) {
    let model = &world.model;
    if model.life == Life::Down {
        assert!(model.notices.about(Scope::Worker) || model.standing() == Standing::Down);
        return;
    }
    let worker = world.worker.as_ref().unwrap();
    assert!(model.state.preparing.is_none() && model.returning.is_none() && model.soon.is_none() && model.awaited.is_empty());
    assert_eq!(model.archives.reading(), None);
    let standing = model.standing();
    match standing {
        Standing::Same => {
            let (run, shown) = (worker.run.as_ref().unwrap(), model.state.run.as_ref().unwrap());
            assert_eq!((run.id, run.step), (shown.id, shown.step));
            assert!(same(&run.now, &model.draft) && run.device == model.device, "something else runs");
            assert_eq!(worker.playing, model.play_requested, "what is asked for does not happen");
            check_pictures(world);
        }
        Standing::Hindered => assert!(!worker.playing, "something else trains under its name"),
        Standing::Ended | Standing::Edited => {}
        other => panic!("at rest, but {other:?}"),
    }
}

/// Every picture in view that asks is answered for this run, with the knobs that it is set to, and for the moment that is looked at.
fn check_pictures(world: &World) {
    let (model, worker) = (&world.model, world.worker.as_ref().unwrap());
    let run = model.state.run.as_ref().map(|run| run.id);
    for (ask, answered, _) in &worker.asks {
        let found = match ask.run {
            Some(before) => model.board.answer_before(&ask.picture, before),
            None => model.board.answer(&ask.picture, run),
        };
        let found = found.unwrap_or_else(|| panic!("{} waits for ever", ask.picture));
        assert_eq!(Some(&found.knobs), model.board.knobs(&ask.picture), "{}", ask.picture);
        assert_eq!(Some(found.answer.step), *answered);
        if !worker.playing && ask.run.is_none() {
            let now = worker.run.as_ref().map_or(0, |run| run.step);
            assert_eq!(found.answer.step, model.board.step.unwrap_or(now).min(now), "{} is of another moment", ask.picture);
        }
    }
}

/// The shortest sequence that still fails, by leaving out what does not matter.
fn shrink(mut acts: Vec<Act>) -> Vec<Act> {
    let fails = |acts: &[Act]| catch_unwind(AssertUnwindSafe(|| play(acts))).is_err();
    loop {
        let shorter = (0..acts.len()).rev().find_map(|place| {
            let mut less = acts.clone();
            less.remove(place);
            fails(&less).then_some(less)
        });
        match shorter {
            Some(less) => acts = less,
            None => return acts,
        }
    }
}

#[test]
fn whatever_happens_what_is_shown_is_what_runs_or_says_why_not() {
    let sequences = std::env::var("AUGSPHERE_SEQUENCES").ok().and_then(|count| count.parse().ok()).unwrap_or(SEQUENCES);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get()) as u64;
    std::thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || (first..sequences).step_by(threads as usize).for_each(sequence));
        }
    });
}

/// Plays the sequence of this number; a panic comes with the shortest sequence that still fails.
fn sequence(seed: u64) {
    let mut chance = Chance(seed);
    let count = 4 + chance.next() % LONGEST;
    let acts: Vec<Act> = (0..count).map(|_| act(&mut chance)).collect();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| play(&acts))) {
        let acts = shrink(acts);
        eprintln!("sequence {seed}, shrunk: {acts:#?}");
        let _ = catch_unwind(AssertUnwindSafe(|| play(&acts)));
        std::panic::resume_unwind(panic);
    }
}
