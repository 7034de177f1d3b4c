//! Are augmented distances, main parts and Theorem 1 what METHODS.md 3 says, on every device at hand?

mod clique;
mod curve;
mod decomposition;
mod distance;
#[path = "../numbers/mod.rs"]
mod numbers;
mod sample;
mod theorem;

use augsphere_engine::augmented_distance::{DistanceJob, DistanceMatrix, Distances, LIMIT, Unmeasured, ViewLayout};
use augsphere_engine::block_on;
use augsphere_engine::device::ComputeDevice;
use augsphere_spec::DeviceReport;
use numbers::Place;

/// The hand example of METHODS.md 3.6: images of one pixel with 2, 2, 2 and 3 views.
const HAND: [f32; 9] = [0.0, 0.3, 0.5, 0.9, 1.0, 1.6, 3.0, 2.5, 1.9];
const HAND_VIEWS: [usize; 4] = [2, 2, 2, 3];

/// A place of the tests as the engine opens it.
fn opened(place: &Place) -> ComputeDevice {
    let report = DeviceReport { kind: String::new(), name: String::new(), reason: String::new() };
    ComputeDevice::untested(place.device.clone(), place.kind, report)
}

/// All distances of these views, row by row, within a limit of bytes.
fn measured(values: &[f32], dimension: usize, views: &[usize], limit: usize, place: &Place) -> Result<Distances, Unmeasured> {
    let mut job = DistanceJob::new(ViewLayout::new(dimension, views)?, &opened(place), limit);
    let mut make = |views: std::ops::Range<usize>| values[views.start * dimension..views.end * dimension].to_vec();
    while block_on(job.advance(&mut make))? {}
    Ok(job.finish().expect("all is done"))
}

/// The distances of the hand example.
fn hand() -> DistanceMatrix {
    measured(&HAND, 1, &HAND_VIEWS, LIMIT, &numbers::places()[0]).expect("four images").table().clone()
}
