//! Are the data sets what they say, and do they survive whatever a person drops on the page?

mod cifar;
mod damage;
mod packing;
mod random;
mod shapes;

use augsphere_engine::datasets::{DataError, Dataset, DroppedArchives, Images, cards, load};
use augsphere_spec::{Choice, Fault, KnobKind, Value};

/// The defaults of a card, with some knobs changed.
fn choice(kind: &str, knobs: &[(&str, Value)]) -> Choice {
    let card = cards().into_iter().find(|card| card.name == kind).expect("a card of this name");
    let mut choice = Choice { kind: kind.to_owned(), knobs: card.defaults() };
    for (name, value) in knobs {
        assert!(card.knob(name).is_some(), "{kind} has no knob {name}");
        choice.knobs.set(name, value.clone());
    }
    choice
}

fn load_with(kind: &str, knobs: &[(&str, Value)], seed: u64) -> Dataset {
    load(&choice(kind, knobs), seed, &DroppedArchives::default()).expect("a data set")
}

/// The planes of all images, one after the other.
fn pixels(images: &Images) -> Vec<u8> {
    images.iter().flatten().copied().collect()
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn the_list_is_in_order_and_its_defaults_are_within_bounds() {
    let cards = cards();
    assert_eq!(cards.iter().map(|card| card.name.as_str()).collect::<Vec<_>>(), ["shapes", "cifar10", "cifar100"]);
    for knob in cards.iter().flat_map(|card| &card.knobs) {
        assert!(!knob.help.is_empty() && !knob.title.is_empty());
        match knob.kind {
            KnobKind::Int { min, max } => assert!((min..=max).contains(&knob.default.as_int().expect("a number"))),
            KnobKind::Float { min, max, .. } => assert!((min..=max).contains(&knob.default.as_float().expect("a number"))),
            _ => {}
        }
    }
}

/// The images stay as they are.
#[test]
fn constants_take_the_place_of_the_training_images_statistics() {
    let with = |by: &str| load_with("shapes", &[("train", Value::Int(16)), ("side", Value::Int(8)), ("normalise", by.into())], 0);
    let (own, theirs) = (with(""), with("0.5 0.4 0.3 0.25 0.2 1"));
    assert_ne!(own.mean, theirs.mean);
    assert_eq!((theirs.mean, theirs.deviation), ([0.5, 0.4, 0.3], [0.25, 0.2, 1.0]));
    assert_eq!(own, Dataset { mean: own.mean, deviation: own.deviation, ..theirs });
}

#[test]
fn faults_say_where_and_what_next_and_let_the_run_go_on() {
    let kept = DroppedArchives::default();
    let unknown = load(&Choice { kind: "mnist".into(), knobs: Default::default() }, 0, &kept).expect_err("an unknown kind");
    let knob = load(&choice("shapes", &[("side", Value::Int(30))]), 0, &kept).expect_err("a side of 30");
    let constants = load(&choice("shapes", &[("normalise", "0.5 0.5".into())]), 0, &kept).expect_err("two numbers");
    let missing = load(&choice("cifar10", &[]), 0, &kept).expect_err("no archive");
    let nowhere = load(&choice("cifar10", &[("path", "/no/such/place".into())]), 0, &kept).expect_err("no such path");
    assert!(matches!(unknown, DataError::Unknown { .. }) && matches!(knob, DataError::Knob { .. }));
    assert!(matches!(missing, DataError::Missing { .. }) && matches!(nowhere, DataError::Unreadable { .. }));
    for (error, what, place, remedy) in [
        (unknown, "\"mnist\"", "data.kind", "shapes, cifar10, cifar100"),
        (knob, "expected a multiple of 4, found 30", "data.side", "multiple of 4"),
        (constants, "found 0.5 0.5", "data.normalise", "three means"),
        (missing, "CIFAR-10 is read from its archive", "data.path", "--set data.path="),
        (nowhere, "No such file", "/no/such/place", "Check the path"),
    ] {
        let fault = Fault::from(error);
        assert!(fault.what.contains(what) && fault.remedy.contains(remedy), "{fault:?}");
        assert_eq!(fault.location, place);
        assert!(fault.recoverable);
    }
}
