//! How many kernels some work launches, and how often it hands them to the device.
//!
//! On a card with small networks that, not arithmetic, is the time of a step.

use super::ComputeDevice;
use burn_cubecl::cubecl::logging::{LaunchObservation, LaunchObserver};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What was launched between two moments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launches {
    /// Launches by the short name of the kernel.
    pub by_kernel: BTreeMap<String, usize>,
    /// Submissions to the queue; nothing where they cannot be counted (CUDA, browsers).
    pub submits: Option<u64>,
}

impl Launches {
    /// Launches of all kernels.
    pub fn total(&self) -> usize {
        self.by_kernel.values().sum()
    }
}

/// Counts launches from [`LaunchCounter::new`] to [`LaunchCounter::finish`], on every thread of the process. One at a time: a second
/// takes the place of the first.
pub struct LaunchCounter {
    seen: Arc<Seen>,
    observation: LaunchObservation,
    before: Option<u64>,
}

impl LaunchCounter {
    /// Begins to count on a device.
    pub fn new(opened: &ComputeDevice) -> Self {
        let seen = Arc::new(Seen::default());
        Self { observation: LaunchObservation::new(seen.clone()), seen, before: submissions(opened) }
    }

    /// What was launched since, after everything that is queued is on its way.
    pub fn finish(self, opened: &ComputeDevice) -> Launches {
        drop(self.observation);
        // Each look is a submission of its own.
        let submits = self.before.zip(submissions(opened)).map(|(before, after)| after - before - 1);
        let launched = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut by_kernel = BTreeMap::new();
        for (name, count) in launched.iter() {
            *by_kernel.entry(short(name)).or_default() += count;
        }
        Launches { by_kernel, submits }
    }
}

#[derive(Default)]
struct Seen(Mutex<BTreeMap<&'static str, usize>>);

impl LaunchObserver for Seen {
    fn launched(&self, kernel: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(kernel).or_default() += 1;
    }
}

/// The last part of a type's path, without its generic arguments: `a::b::Kernel<c::D>` is `Kernel`.
fn short(name: &str) -> String {
    let path = name.split('<').next().unwrap_or(name);
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

/// The number of the next submission to the queue of a device. wgpu counts them and tells it in words only.
fn submissions(opened: &ComputeDevice) -> Option<u64> {
    let setup = opened.setup.as_ref().filter(|_| !cfg!(target_family = "wasm"))?;
    let words = format!("{:?}", setup.queue.submit([]));
    words.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
}
