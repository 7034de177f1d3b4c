//! Random sequences of everything that can happen to the page, checked after each message.

mod checks;

use super::*;
use crate::model::entrance::Entrance;
use crate::model::life::{PATIENCE, START};
use crate::model::shelf::store::Refusal;
use crate::model::{BoardMsg, DistanceMsg, Offer, ShelfMsg, StudyMsg};
use augsphere_spec::DeviceChoice;
use checks::{KeptRuns, check, check_kept, check_links, check_rest, check_silence};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many sequences, and the most messages in each.
const SEQUENCES: u64 = 10_000;
const LONGEST: u64 = 24;
/// After how many milliseconds a run that could not be written is tried again, and a few more.
const AGAIN: f64 = 65_000.0;

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
    /// The worker holds so many bytes from now on.
    Grow(u64),
    /// The worker loses its device.
    LoseDevice,
    /// The worker refuses the next change.
    Refuse,
    /// From now on all pictures are the same, or are not numbers.
    Pictures { frozen: bool, broken: bool },
    /// A person does something with the kept run at this place.
    Shelf(usize, usize),
    /// The page is opened again, at its own address or at another one.
    Reload(Option<&'static str>),
    /// The store hangs, or goes on.
    StoreDeaf(bool),
    /// The store refuses the next write.
    StoreRefuses(Refusal),
    /// Another tab takes a kept run, or lets go of those that it has.
    Other(Option<usize>),
    /// Another tab takes the next run that this one asks for.
    OtherSteals,
    /// Another tab begins a run; it may then be gone.
    OtherBegins { gone: bool },
}

fn act(chance: &mut Chance) -> Act {
    match chance.below(100) {
        0..36 => Act::Person(Box::new(person(chance))),
        36..40 => Act::Person(Box::new(turns(chance))),
        40..42 => Act::Give(chance.pick(&[Some("cifar10"), Some("cifar100"), None])),
        42..80 => Act::Work(1 + chance.below(12)),
        80..83 => Act::Shelf(chance.below(9), chance.below(6)),
        83 => Act::Reload(chance.pick(&[None, None, Some(""), Some("v=1&seed=4"), Some("v=1&data.kind=cifar10")])),
        84 => Act::StoreDeaf(chance.below(2) == 0),
        85 => Act::StoreRefuses(chance.pick(&[Refusal::Full, Refusal::Failed("It is gone.".into())])),
        86 => Act::Other(chance.pick(&[Some(0), Some(1), None])),
        87 if chance.below(2) == 0 => Act::OtherSteals,
        87 => Act::OtherBegins { gone: chance.below(2) == 0 },
        88..92 => Act::Pass(chance.pick(&[100.0, 350.0, 1000.0, 3500.0, 13_000.0, 70_000.0])),
        92..94 => Act::Deaf(chance.below(2) == 0),
        94 => Act::Fail(chance.pick(&[None, Some(1 << 30)])),
        95 => Act::LoseDevice,
        96 => Act::Grow(chance.pick(&[1 << 28, 1 << 30, 3 << 30])),
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
        20 => match chance.below(4) {
            0 => Msg::Enter(if chance.below(2) == 0 { Entrance::Explore } else { Entrance::Lab }),
            1 => Msg::NextPair,
            2 => Msg::Strength(0.5 * chance.below(5) as f64),
            _ => Msg::Board(BoardMsg::Point((chance.below(2) == 0).then_some(chance.below(3)))),
        },
        21 => Msg::NextViews { image: chance.below(2) == 0 },
        22 => Msg::Take(chance.pick(&[
            Offer::BackToRun,
            Offer::AnyDevice,
            Offer::RandomEncoder,
            Offer::Cpu,
            Offer::Set(vec![("train.batch".into(), Value::Int(64))]),
            Offer::FirstPreset,
            Offer::TryAgain,
        ])),
        23 => Msg::Dismiss,
        24 => Msg::CopyLink,
        25 => Msg::Copied(chance.below(2) == 0),
        26 => Msg::Distances(DistanceMsg::Open(chance.below(3) > 0)),
        27 if chance.below(2) == 0 => Msg::Studies(chance.pick(&[StudyMsg::Start, StudyMsg::Start, StudyMsg::Stop])),
        27 => Msg::Distances(chance.pick(&[DistanceMsg::Redraw, DistanceMsg::Again, DistanceMsg::Views(4)])),
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

/// Something with the kept run at a place on the shelf.
fn shelf(world: &World, kind: usize, place: usize) -> Option<ShelfMsg> {
    let entries = &world.model.shelf.entries;
    let id = entries.get(place % entries.len().max(1))?.header.id.clone();
    Some(match kind {
        0 => ShelfMsg::Look,
        1 => ShelfMsg::Pin(id, place > 2),
        2 => ShelfMsg::Rename(id, format!("Run {place}")),
        3 | 4 => ShelfMsg::Resume(id),
        5 if place > 2 => ShelfMsg::BeginFrom(id),
        5 => ShelfMsg::Branch(id),
        6 => ShelfMsg::Delete(id),
        7 => ShelfMsg::Restore(id),
        _ => ShelfMsg::Choose(id, place > 2),
    })
}

fn play(acts: &[Act]) {
    let mut world = World::open("");
    world.mood.no_gpu = true;
    world.worker.as_mut().unwrap().mood.no_gpu = true;
    let other = world.store.tab();
    let mut kept = KeptRuns::default();
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
            Act::Grow(memory) => world.worker.iter_mut().for_each(|worker| worker.memory = memory),
            Act::LoseDevice => world.worker.iter_mut().for_each(|worker| worker.lose_device()),
            Act::Refuse => world.worker.iter_mut().for_each(|worker| worker.mood.refuses = true),
            Act::Pictures { frozen, broken } => world.worker.iter_mut().for_each(|worker| {
                (worker.mood.frozen, worker.mood.broken) = (frozen, broken);
            }),
            Act::Shelf(kind, place) => {
                if let Some(msg) = shelf(&world, kind, place) {
                    world.does(Msg::Shelf(msg));
                }
            }
            Act::Reload(fragment) => {
                let fragment = fragment.map_or_else(|| world.address.clone(), str::to_owned);
                world = world.reload(&fragment);
            }
            Act::StoreDeaf(deaf) => world.store.0.borrow_mut().deaf = deaf,
            Act::StoreRefuses(refusal) => world.store.0.borrow_mut().refuses.push_back(refusal),
            Act::Other(place) => world.store.take(other, place),
            Act::OtherSteals => world.store.0.borrow_mut().steals = Some(other),
            Act::OtherBegins { gone } => world.store.begin(other, gone),
        }
        check(&world);
        kept.check(&world);
    }
    check_links(&world);
    world.pass(PATIENCE + START);
    check_silence(&world);
    world.worker.iter_mut().for_each(|worker| worker.mood.deaf = false);
    world.store.0.borrow_mut().deaf = false;
    world.settle();
    let well = !acts.iter().any(|act| matches!(act, Act::StoreDeaf(_) | Act::StoreRefuses(_)));
    if !well {
        // What could not be written is tried again.
        world.store.0.borrow_mut().refuses.clear();
        world.pass(AGAIN);
        world.settle();
    }
    check(&world);
    kept.check(&world);
    check_rest(&world);
    check_kept(&world, well);
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
