//! The search of [`super::search`] on a GPU: the table of cosines stays there, and only the best of each query come back.

use super::search::{Directions, Neighbour, order};
use crate::device::{ComputeDevice, DeviceKind};
use crate::nn::{largest, product};
use crate::pace::Pace;
use crate::readback::read_one;
use burn::tensor::{Tensor, TensorData};

/// Queries that are compared with a block of the bank at a time.
const QUERIES: usize = 512;

/// Most rows of a block of the bank, whose table of cosines with the queries then has 64 MiB.
const ROWS: usize = 1 << 15;

/// Most bytes of a block of the bank.
const BLOCK: u64 = 64 << 20;

/// Multiplications below which the host is done before a GPU has answered: a hundredth of a second of one core's.
const WORTHWHILE: u64 = 1 << 28;

/// Whether so large a search is quicker on a device than on the host.
pub(super) fn worthwhile(opened: &ComputeDevice, bank: &impl Directions, queries: &impl Directions) -> bool {
    let work = [bank.count(), queries.count(), bank.width()].iter().fold(1u64, |work, by| work.saturating_mul(*by as u64));
    searches(opened) && work >= WORTHWHILE
}

/// Whether a large search is quicker on a device than on the host. An adapter in software is the host, with less of it.
pub fn searches(opened: &ComputeDevice) -> bool {
    opened.kind != DeviceKind::Cpu && !opened.software
}

/// For every query its `k` most similar rows of the bank, which has as many, most similar first, equal cosines in the order of the bank.
///
/// Nothing if the device fails, which its next step will say, or if a number is none: those have no order, and the host knows what to do.
pub(super) async fn nearest(
    opened: &ComputeDevice,
    bank: &impl Directions,
    queries: &impl Directions,
    k: usize,
    pace: &Pace,
) -> Option<Vec<Vec<Neighbour>>> {
    let (rows, count, width) = (bank.count(), queries.count(), queries.width());
    let _stage = pace.within("Comparing images with the bank", count as u64);
    let mut groups = Vec::new();
    for first in (0..count).step_by(QUERIES) {
        groups.push(upload(opened, queries, first, QUERIES.min(count - first))?);
        pace.turn().await;
    }
    let bytes = usize::try_from(opened.max_binding.min(BLOCK)).unwrap_or(usize::MAX);
    let block = (bytes / (4 * width)).clamp(1, ROWS);
    let mut best = vec![Vec::new(); count];
    for before in (0..rows).step_by(block) {
        let size = block.min(rows - before);
        let (block, taken) = (upload(opened, bank, before, size)?.transpose(), k.min(size));
        for (group, best) in groups.iter().zip(best.chunks_mut(QUERIES)) {
            let found = read_one(largest(product(group.clone(), block.clone()), taken)).await.ok()?;
            for (best, found) in best.iter_mut().zip(found.chunks_exact(2 * taken)) {
                keep(best, found, before as u32, k);
            }
            pace.turn().await;
        }
        pace.reached((count * (before + size) / rows) as u64);
    }
    Some(best)
}

/// Some rows on the device; nothing if a number of them is none.
fn upload(opened: &ComputeDevice, rows: &impl Directions, first: usize, count: usize) -> Option<Tensor<2>> {
    let width = rows.width();
    let mut values = vec![0.0; count * width];
    rows.write(first, &mut values, width);
    let finite = values.iter().all(|value| value.is_finite());
    finite.then(|| Tensor::from_data(TensorData::new(values, [count, width]), &opened.device))
}

/// Takes in cosines and, after them, their rows, which are counted from row `before` on; the `k` best stay, in order.
fn keep(best: &mut Vec<Neighbour>, found: &[f32], before: u32, k: usize) {
    let (cosines, rows) = found.split_at(found.len() / 2);
    best.extend(cosines.iter().zip(rows).map(|(cosine, row)| (*cosine, before + *row as u32)));
    best.sort_unstable_by(order);
    best.truncate(k);
}
