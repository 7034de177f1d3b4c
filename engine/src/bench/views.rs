//! Views a second: SimCLR's five augmentations, random numbers included, as a training step gets them.

use super::{Limits, SIDE, Scope, Times, VALUES, share, significant};
use crate::augmentations::{Params, Policy};
use crate::catalogue;
use crate::datasets::{Dataset, Images};
use crate::device::{ComputeDevice, DeviceKind};
use crate::pace::Pace;
use crate::random::{Purpose, RngExt as _, stream};
use crate::readback::read_one;
use crate::trainer::{DataLoader, Split};
use augsphere_spec::{Choice, DeviceBench};
use std::cell::RefCell;
use std::rc::Rc;

/// SimCLR's augmentations.
pub const POLICY: [&str; 5] = ["crop", "flip", "jitter", "grayscale", "blur"];

/// Batches on a GPU between two read-backs: as many as a run has under way.
const QUEUED: usize = 4;

/// Bytes of a view that must pass the memory: an image of bytes is read, and floats are written.
const BYTES: f64 = (VALUES + 4 * VALUES) as f64;

/// SimCLR's five augmentations at their defaults, the blur in every other view as in its paper; `without` one of them, or all.
pub fn policy(without: Option<&str>) -> Policy {
    let catalogue = catalogue();
    let choice = |name: &&str| {
        let card = catalogue.section("augment")?.card(name)?;
        let mut knobs = card.defaults();
        if *name == "blur" {
            knobs.set("probability", 0.5);
        }
        Some(Choice { kind: card.name.clone(), knobs })
    };
    Policy::new(&POLICY.iter().filter(|name| Some(**name) != without).filter_map(choice).collect::<Vec<_>>())
}

/// Images of random bytes.
pub fn random_images(count: usize) -> Images {
    let mut rng = stream(0, Purpose::SelfTest, 0);
    let pixels = (0..count * VALUES).map(|_| rng.below(256) as u8).collect();
    Images::new(SIDE, pixels, vec![0; count])
}

/// Takes the rate of two views of each of some images.
pub(super) async fn rate(
    opened: &ComputeDevice,
    scope: &Scope,
    seconds: f64,
    found: &RefCell<DeviceBench>,
    pace: &Pace,
) -> Result<(), String> {
    pace.stage("Making views", 0);
    let images = || random_images(scope.views);
    let data = Dataset {
        kind: "random".into(),
        title: String::new(),
        classes: vec![String::new()],
        train: images(),
        validation: images(),
        test: images(),
        mean: [0.5; 3],
        deviation: [0.25; 3],
        factors: Vec::new(),
    };
    let loader = DataLoader::new(Rc::new(data), opened, scope.views, 0);
    let policy = policy(None);
    let rows: Vec<usize> = (0..2 * scope.views).map(|view| view % scope.views).collect();
    let queued = if opened.kind == DeviceKind::Cpu { 1 } else { QUEUED };
    let mut rng = stream(0, Purpose::Augmentations, 0);
    let once = async || {
        let mut last = None;
        for _ in 0..queued {
            let draws: Vec<Vec<Params>> = rows.iter().map(|_| policy.draw(&mut rng, SIDE)).collect();
            last = Some(loader.augmented(Split::Train, &rows, &draws, &policy));
        }
        let Some(views) = last else { return Ok(()) };
        read_one(views.narrow(0, 0, 1).narrow(1, 0, 1)).await.map(drop)
    };
    let times = Times::of(Limits { warmup: 3, least: 3, most: 41, seconds }, pace, once).await?;
    let rate = (queued * rows.len()) as f64 / times.median();
    let mut found = found.borrow_mut();
    found.views_per_second = Some(significant(rate));
    found.views_share_of_memory = share(BYTES * rate / 1e9, found.memory_gb_per_s);
    Ok(())
}
