//! The benchmark of a device: its own rates, and what training, views, distances and neighbours make of them.
//!
//! A [`Bench`] goes on in short pieces, so that whoever asks can show how far it is, look at what there is already, and drop it.

mod counted;
mod distances;
mod neighbours;
mod rates;
mod scope;
mod steps;
mod times;
mod views;

pub use augsphere_kernels::parallel::threads;
pub use distances::{distances, random_views as random_distance_views};
pub use neighbours::{CLASSES, clustered_rows};
pub use rates::product;
pub use scope::Scope;
pub use steps::{random_views, steps, trainer};
pub use times::{Limits, Times};
pub use views::{POLICY, policy, random_images};

use crate::device::{self, AdapterInfo, AdapterKind, ComputeDevice, DeviceKind};
use crate::pace::{Pace, Task};
use augsphere_spec::{BenchAnswer, DeviceBench, Event, LeftOut, SelfTestResult};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use web_time::Instant;

/// Side of the images in pixels.
pub const SIDE: usize = 32;

/// Numbers of an image.
pub const VALUES: usize = 3 * SIDE * SIDE;

/// The parts of the benchmark in their order, and the share of the time that each may take.
const PARTS: [(Part, &str, f64); 6] = [
    (Part::Products, "matrix multiplication", 0.08),
    (Part::Memory, "memory rate", 0.06),
    (Part::Steps, "training steps", 0.55),
    (Part::Views, "views", 0.06),
    (Part::Distances, "augmented distances", 0.11),
    (Part::Neighbours, "nearest neighbours", 0.14),
];

#[derive(Clone, Copy)]
enum Part {
    Products,
    Memory,
    Steps,
    Views,
    Distances,
    Neighbours,
}

/// The benchmark of one device under way.
pub struct Bench {
    task: Task<()>,
    found: Rc<RefCell<DeviceBench>>,
}

/// Measures every device of this machine, in the order of [`device::list`]: tells [`Event::Bench`] whenever there are more figures.
pub async fn every_device(scope: Scope, pace: Pace) {
    let listed = device::list().await;
    let total = listed.len();
    for (index, info) in listed.into_iter().enumerate() {
        let tell = |found: DeviceBench, done| pace.tell(Event::Bench(Box::new(BenchAnswer { index, total, found, done })));
        if info.kind != AdapterKind::Cpu {
            pace.stage(format!("Testing {}", info.name), 0);
            pace.turn().await;
        }
        match device::examine(&info).await {
            Ok(opened) => {
                let found = RefCell::new(described(&opened));
                tell(found.borrow().clone(), false);
                measure(opened, scope.clone(), &found, &|found| tell(found.clone(), false), &pace).await;
                tell(found.into_inner(), true);
            }
            Err(fault) => tell(unopened(&info, fault.what), true),
        }
        pace.turn().await;
    }
}

/// A device that could not be opened, for this reason.
pub fn unopened(info: &AdapterInfo, error: String) -> DeviceBench {
    DeviceBench {
        name: info.name.clone(),
        kind: format!("{:?}", info.device).to_lowercase(),
        hardware: info.kind.word().into(),
        software: info.kind == AdapterKind::Software,
        backend: info.backend.clone(),
        driver: info.driver.clone(),
        self_test: SelfTestResult { error: Some(error), ..SelfTestResult::default() },
        ..DeviceBench::default()
    }
}

impl Bench {
    /// Prepares to measure a device.
    pub fn new(opened: ComputeDevice, scope: Scope) -> Self {
        let found = Rc::new(RefCell::new(described(&opened)));
        let filled = Rc::clone(&found);
        Self { task: Task::eager(|pace| async move { measure(opened, scope, &filled, &|_| {}, &pace).await }), found }
    }

    /// Goes on for about `budget`, at least one piece; `false` when all is done. Not to be called again after that.
    pub async fn advance(&mut self, budget: Duration) -> bool {
        self.task.advance(budget).await.is_none()
    }

    /// What has begun since the last call, as [`Event::Progress`].
    pub fn events(&self) -> Vec<Event> {
        self.task.events()
    }

    /// What has been measured so far.
    pub fn report(&self) -> DeviceBench {
        self.found.borrow().clone()
    }
}

/// A device of which nothing has been measured yet.
fn described(opened: &ComputeDevice) -> DeviceBench {
    let adapter = opened.adapter.as_ref();
    let failed = opened.checks.iter().filter(|check| !check.passed).map(|check| check.name.clone()).collect::<Vec<_>>();
    DeviceBench {
        name: adapter.map_or_else(|| opened.report.name.clone(), |adapter| adapter.name.clone()),
        kind: opened.report.kind.clone(),
        hardware: adapter.map_or("cpu", |adapter| adapter.kind.word()).into(),
        software: opened.software,
        backend: adapter.map_or_else(|| "CPU".into(), |adapter| adapter.backend.clone()),
        driver: adapter.map_or_else(String::new, |adapter| adapter.driver.clone()),
        self_test: SelfTestResult { passed: failed.is_empty(), compared: opened.checks.len(), failed, error: None },
        read_back_seconds: (opened.kind != DeviceKind::Cpu).then(|| significant(f64::from(opened.read_back))),
        ..DeviceBench::default()
    }
}

/// Takes part after part; what fails is left out with the reason, and the rest goes on. `tell` hears of every part that is done.
async fn measure(opened: ComputeDevice, scope: Scope, found: &RefCell<DeviceBench>, tell: &dyn Fn(&DeviceBench), pace: &Pace) {
    let begun = Instant::now();
    let mut lost = !found.borrow().self_test.passed;
    let mut why = "its numbers are not those of the CPU: see the self-test";
    for (part, what, share) in PARTS {
        if lost {
            leave_out(found, what, why);
            continue;
        }
        let seconds = share * scope.seconds;
        let taken = match part {
            Part::Products => rates::gemm(&opened, &scope, seconds, found, pace).await,
            Part::Memory => rates::memory(&opened, &scope, seconds, found, pace).await,
            Part::Steps => steps::rows(&opened, &scope, seconds, found, pace).await,
            Part::Views => views::rate(&opened, &scope, seconds, found, pace).await,
            Part::Distances => distances::rate(&opened, &scope, seconds, found, pace).await,
            Part::Neighbours => neighbours::rate(&opened, &scope, seconds, found, pace).await,
        };
        if let Err(reason) = taken {
            leave_out(found, what, &reason);
        }
        release(&opened);
        if opened.kind != DeviceKind::Cpu && !device::alive(&opened).await {
            device::mark_lost(&opened);
            (lost, why) = (true, "the device was lost before");
        }
        found.borrow_mut().seconds = significant(begun.elapsed().as_secs_f64());
        tell(&found.borrow());
        pace.turn().await;
    }
}

/// Gives memory back that the next measurement is not to find in its way.
fn release(opened: &ComputeDevice) {
    augsphere_kernels::buffers::clear();
    if opened.kind != DeviceKind::Cpu {
        opened.device.memory_cleanup();
    }
}

fn leave_out(found: &RefCell<DeviceBench>, what: &str, reason: &str) {
    found.borrow_mut().left_out.push(LeftOut { what: what.into(), reason: reason.into() });
}

/// A figure with four digits that count; more would be noise.
fn significant(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// A rate as a share of another, where both are known.
fn share(rate: f64, of: Option<f64>) -> Option<f64> {
    of.filter(|of| *of > 0.0).map(|of| significant(rate / of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_four_digits() {
        assert_eq!([123_456.0, 0.012_345_6, 0.0, 9.999_96].map(significant), [123_500.0, 0.012_35, 0.0, 10.0]);
    }

    #[test]
    fn the_parts_leave_some_time_to_prepare_them() {
        let shares: f64 = PARTS.iter().map(|(_, _, share)| share).sum();
        assert!(shares <= 1.0 + 1e-9, "{shares}");
    }
}
