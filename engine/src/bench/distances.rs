//! Augmented distances of random images with all their views.

use super::{Scope, Times, VALUES, share, significant};
use crate::augmented_distance::{DistanceJob, Distances, LIMIT, ViewLayout};
use crate::device::{ComputeDevice, DeviceKind};
use crate::pace::Pace;
use crate::random::{Purpose, RngExt as _, stream};
use augsphere_spec::DeviceBench;
use std::cell::RefCell;
use web_time::Instant;

/// Views of an image.
const VIEWS: usize = 16;

/// Fewer images than this are not worth a figure.
const FEWEST: usize = 24;

/// The share of the matrix multiplication below which distances hardly ever stay, to reckon how long they take; and the same on GPUs,
/// which wait for the host in between.
const SHARE: f64 = 0.4;
const SHARE_ON_GPUS: f64 = 0.1;

/// Random views, row by row.
pub fn random_views(count: usize) -> Vec<f32> {
    let mut rng = stream(0, Purpose::SelfTest, 0);
    (0..count * VALUES).map(|_| rng.uniform()).collect()
}

/// The distances of `images` images with `views` views each, which are in memory before, and the seconds that they take.
///
/// # Errors
/// What the device says.
pub async fn distances(
    opened: &ComputeDevice,
    [images, views]: [usize; 2],
    values: &[f32],
    pace: &Pace,
) -> Result<(f64, Distances), String> {
    let layout = ViewLayout::even(images, views, VALUES).map_err(|fault| fault.to_string())?;
    let mut start = Instant::now();
    let mut seconds = 0.0;
    let mut job = DistanceJob::new(layout, opened, LIMIT);
    let mut make = |views: std::ops::Range<usize>| values[views.start * VALUES..views.end * VALUES].to_vec();
    while job.advance(&mut make).await.map_err(|fault| fault.to_string())? {
        // A rest of whoever asked is no part of the work.
        seconds += start.elapsed().as_secs_f64();
        pace.turn().await;
        start = Instant::now();
    }
    let distances = job.finish().ok_or("the distances were not finished")?;
    Ok((seconds + start.elapsed().as_secs_f64(), distances))
}

/// Takes the rate on as many images as the time allows.
pub(super) async fn rate(
    opened: &ComputeDevice,
    scope: &Scope,
    seconds: f64,
    found: &RefCell<DeviceBench>,
    pace: &Pace,
) -> Result<(), String> {
    let gemm = found.borrow().gemm_gflops;
    let floor = FEWEST.min(scope.distance_images);
    let reached = if opened.kind == DeviceKind::Cpu { SHARE } else { SHARE_ON_GPUS };
    let takes = |images: usize| gemm.map_or(f64::INFINITY, |gemm| operations(images) / (reached * gemm * 1e9));
    let sizes = std::iter::successors(Some(scope.distance_images), |images| Some(images / 2));
    let images = sizes.take_while(|images| *images > floor).find(|images| takes(*images) <= seconds).unwrap_or(floor);
    pace.stage(format!("Comparing {images} images with {VIEWS} views each"), 0);
    let values = random_views(images * VIEWS);
    pace.turn().await;
    let (mut work, begun) = (0, Instant::now());
    let mut timed = Vec::new();
    while timed.is_empty() || timed.len() < 5 && begun.elapsed().as_secs_f64() < seconds / 2.0 {
        let (seconds, distances) = distances(opened, [images, VIEWS], &values, pace).await?;
        timed.push(seconds);
        work = distances.multiply_adds();
    }
    // The first one warms up, if there is another.
    let times = Times::sorted(timed.split_off(usize::from(timed.len() > 1)));
    let rate = 2.0 * work as f64 / times.median() / 1e9;
    let mut found = found.borrow_mut();
    (found.distance_images, found.distance_views) = (images, VIEWS);
    found.distance_seconds = Some(significant(times.median()));
    found.distance_pairs_per_second = Some(significant((images * (images - 1) / 2) as f64 / times.median()));
    found.distance_gflops = Some(significant(rate));
    found.distance_share_of_gemm = share(rate, gemm);
    Ok(())
}

/// Additions and multiplications of all inner products of so many images.
fn operations(images: usize) -> f64 {
    ((images * VIEWS) as f64).powi(2) * VALUES as f64
}
