//! Nearest neighbours by cosine in a bank as large as all of CIFAR-10.

use super::{Scope, share, significant};
use crate::device::{ComputeDevice, DeviceKind};
use crate::metrics::knn::{Bank, classify, classify_on, searches};
use crate::pace::Pace;
use crate::random::{Purpose, RngExt as _, stream};
use augsphere_spec::DeviceBench;
use std::cell::RefCell;
use web_time::Instant;

/// Classes of the rows.
pub const CLASSES: u8 = 10;

/// Neighbours that vote, and their temperature: the defaults of the measure.
const VOTE: (usize, f64) = (200, 0.1);

/// Queries between two looks at the clock, which pass the bank together.
const QUERIES: usize = 960;

/// Rows that are made at a time.
const MADE: usize = 2_000;

/// Rows that crowd around a point for each class, and their classes; `index` tells apart those that are not to be alike.
pub fn clustered_rows(count: usize, width: usize, index: u64) -> (Vec<f32>, Vec<u8>) {
    crate::pace::at_once(rows(count, width, index, &Pace::default()))
}

async fn rows(count: usize, width: usize, index: u64, pace: &Pace) -> (Vec<f32>, Vec<u8>) {
    let mut centres = stream(0, Purpose::SelfTest, 0);
    let centres: Vec<f32> = (0..usize::from(CLASSES) * width).map(|_| 0.2 * centres.normal()).collect();
    let mut rng = stream(0, Purpose::SelfTest, index);
    let labels: Vec<u8> = (0..CLASSES).cycle().take(count).collect();
    let mut values = Vec::with_capacity(count * width);
    for labels in labels.chunks(MADE) {
        let row = |label: &u8| centres[usize::from(*label) * width..][..width].iter();
        values.extend(labels.iter().flat_map(row).map(|centre| centre + rng.normal()));
        pace.turn().await;
    }
    (values, labels)
}

/// Takes the rate, of as many queries as the time allows: where a run on this device would search, which is the host for adapters in software.
pub(super) async fn rate(
    opened: &ComputeDevice,
    scope: &Scope,
    seconds: f64,
    found: &RefCell<DeviceBench>,
    pace: &Pace,
) -> Result<(), String> {
    let [count, width] = scope.bank;
    pace.stage(format!("Looking for neighbours among {count} rows"), 0);
    let begun = Instant::now();
    let (bank, labels) = rows(count, width, 1, pace).await;
    let (queries, _) = rows(scope.queries, width, 2, pace).await;
    let bank = Bank { rows: &bank, labels: &labels, width, classes: usize::from(CLASSES) };
    let (mut done, mut taken) = (0, 0.0);
    // A device is sent the bank once for all queries.
    let (on_device, together) = if searches(opened) { (true, scope.queries) } else { (false, QUERIES) };
    for part in queries.chunks(together * width) {
        let start = Instant::now();
        let votes = match on_device {
            true => classify_on(opened, &bank, part, VOTE.0, VOTE.1, &Pace::default()).await,
            false => classify(&bank, part, VOTE.0, VOTE.1, &Pace::default()).await,
        };
        std::hint::black_box(votes);
        taken += start.elapsed().as_secs_f64();
        done += part.len() / width;
        pace.turn().await;
        if begun.elapsed().as_secs_f64() > seconds {
            break;
        }
    }
    // A tab counts with 32 bits: more than four billion would begin anew.
    let rate = 2.0 * [count, done, width].map(|number| number as f64).iter().product::<f64>() / taken / 1e9;
    let mut found = found.borrow_mut();
    (found.knn_bank, found.knn_width, found.knn_queries) = (count, width, done);
    found.knn_seconds = Some(significant(taken));
    found.knn_gflops = Some(significant(rate));
    // On another device than the one that multiplies, it is no share of its rate.
    found.knn_share_of_gemm = if on_device || opened.kind == DeviceKind::Cpu { share(rate, found.gemm_gflops) } else { None };
    Ok(())
}
