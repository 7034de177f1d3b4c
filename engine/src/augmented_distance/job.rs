//! The augmented distances of images: each may be replaced by the view of it that comes closest.
//!
//! The augmented distance of Huang et al. (METHODS.md 3.1): the smallest Euclidean distance of a view of one image to a
//! view of the other, in pixels from 0 to 1. From sampled views it is an estimate from above. It is no metric.
//!
//! All views are compared block by block. The table of all views by all views never exists, and of the views themselves
//! only as many are in memory as a limit allows; the others are made again when their turn comes.

use super::distances::Distances;
use super::fault::Unmeasured;
use super::layout::{Block, Filling, ViewLayout, depth};
use super::matrix::{DistanceMatrix, index_of, pairs};
use super::nearest::{Found, Seen};
use super::{device, host};
use crate::device::{ComputeDevice, DeviceKind};
use crate::pace::Pace;
use burn::tensor::Device;
use std::ops::Range;

/// Bytes that blocks of views and what is computed of them take at most, beside the result: 48 MiB in a browser.
pub const LIMIT: usize = if cfg!(target_family = "wasm") { 48 << 20 } else { 256 << 20 };

/// Views in a block at most: two such blocks are a piece of work between two looks at the clock.
const BLOCK: usize = if cfg!(target_family = "wasm") { 256 } else { 1024 };

/// Distances on the way.
pub struct DistanceJob {
    layout: ViewLayout,
    /// `None` is the host.
    gpu: Option<device::Gpu>,
    limit: usize,
    blocks: Vec<Range<usize>>,
    order: Vec<(usize, usize)>,
    done: usize,
    filling: Filling,
    kept: Vec<(usize, Block)>,
    levels: Vec<usize>,
    found: Vec<Found>,
    lower: Vec<Vec<f32>>,
    multiply_adds: u64,
    peak: usize,
}

impl DistanceJob {
    /// Prepares to compare the views of a layout where `opened` says, with at most `limit` bytes (usually [`LIMIT`]) of
    /// views and working memory; a GPU's own memory is held to the same limit. A limit too small for four views and a tile of products is exceeded by what those take.
    ///
    /// A GPU compares whole images; one with more views than fit into a block is compared on the CPU.
    pub fn new(layout: ViewLayout, opened: &ComputeDevice, limit: usize) -> Self {
        let device = (opened.kind != DeviceKind::Cpu).then(|| opened.device.clone());
        Self::prepared(layout, device, limit)
    }

    /// As [`DistanceJob::new`], on the CPU.
    pub fn on_host(layout: ViewLayout, limit: usize) -> Self {
        Self::prepared(layout, None, limit)
    }

    fn prepared(layout: ViewLayout, device: Option<Device>, limit: usize) -> Self {
        let levels = levels(layout.most());
        let on_device = device.as_ref().map(|_| block_views(&layout, limit, |views| device_memory(&layout, views)));
        // What does not fit there as whole images is compared here.
        let (device, views) = match on_device {
            Some(views) if layout.most() <= views => (device, views),
            _ => (None, block_views(&layout, limit, |_| host_memory(&layout, levels.len()))),
        };
        let blocks = layout.cut(0..layout.views(), views);
        let order = order(blocks.len());
        let count = pairs(layout.images());
        Self {
            gpu: device.map(device::Gpu::new),
            limit,
            order,
            blocks,
            done: 0,
            filling: Filling::new(),
            kept: Vec::new(),
            found: vec![Found::NOTHING; count],
            lower: vec![vec![f32::INFINITY; count]; levels.len() - 1],
            levels,
            layout,
            multiply_adds: 0,
            peak: 0,
        }
    }

    /// How many times [`DistanceJob::advance`] has work to do, in all.
    pub fn pieces(&self) -> usize {
        self.order.len()
    }

    /// The share of the work that is done, 0 to 1.
    pub fn share(&self) -> f32 {
        self.done as f32 / self.order.len() as f32
    }

    /// Compares two more blocks; `false` when all is done.
    ///
    /// `make` gives the values of the views of a range, counted over all images of the layout, row by row, in [0, 1]. It
    /// may be asked for the same views again and must give the same values.
    ///
    /// # Errors
    /// If values are not finite or too few, or the device fails. What was found before stays, and the call can be repeated.
    pub async fn advance(&mut self, make: &mut dyn FnMut(Range<usize>) -> Vec<f32>) -> Result<bool, Unmeasured> {
        let Some(&(first, second)) = self.order.get(self.done) else { return Ok(false) };
        self.hold(first, second, make)?;
        self.hold(second, first, make)?;
        let held = |at: usize| self.kept.iter().find(|(kept, _)| *kept == at).map(|(_, block)| block);
        let (a, b) = (held(first).expect("held just now"), held(second).expect("held just now"));
        let images = self.layout.images();
        let (found, lower) = (&mut self.found, &mut self.lower);
        let take = |seen: &Seen| {
            let at = index_of(images, seen.images.0, seen.images.1);
            found[at].merge(&seen.found);
            for (table, square) in lower.iter_mut().zip(&seen.lower) {
                table[at] = table[at].min(*square);
            }
        };
        self.multiply_adds += match &mut self.gpu {
            None => host::compare(&self.layout, a, b, &self.levels, take),
            Some(gpu) => device::compare(&self.layout, gpu, (a, b), &self.levels, take).await.map_err(Unmeasured::Device)?,
        };
        self.done += 1;
        Ok(self.done < self.order.len())
    }

    /// Brings a block into memory, and lets go of others but `other` where room is needed.
    fn hold(&mut self, at: usize, other: usize, make: &mut dyn FnMut(Range<usize>) -> Vec<f32>) -> Result<(), Unmeasured> {
        if let Some(index) = self.kept.iter().position(|(kept, _)| *kept == at) {
            let used = self.kept.remove(index);
            self.kept.push(used);
            return Ok(());
        }
        let views = self.blocks[at].clone();
        let coming = coming(&self.layout, views.len());
        let working = self.working();
        while self.kept_bytes() + coming + working > self.limit {
            let Some(oldest) = self.kept.iter().position(|(kept, _)| *kept != other) else { break };
            let (_, block) = self.kept.remove(oldest);
            if let Some(gpu) = &mut self.gpu {
                gpu.forget(&block);
            }
        }
        self.peak = self.peak.max(self.kept_bytes() + coming + working);
        let values = make(views.clone());
        let block = self.filling.block(&self.layout, views, &values)?;
        self.kept.push((at, block));
        Ok(())
    }

    fn kept_bytes(&self) -> usize {
        self.kept.iter().map(|(_, block)| block.bytes()).sum()
    }

    /// Bytes of what is computed, beside the blocks here. A GPU holds them too, in a memory of its own.
    fn working(&self) -> usize {
        match &self.gpu {
            None => host_memory(&self.layout, self.levels.len()),
            Some(_) => device_memory(&self.layout, self.blocks.iter().map(ExactSizeIterator::len).max().unwrap_or(0)),
        }
    }

    /// All of it, piece by piece under the name `what`; `make` as in [`DistanceJob::advance`].
    ///
    /// # Errors
    /// As [`DistanceJob::advance`].
    pub(crate) async fn paced(
        mut self,
        what: String,
        make: &mut dyn FnMut(Range<usize>) -> Vec<f32>,
        pace: &Pace,
    ) -> Result<Distances, Unmeasured> {
        pace.stage(what, self.pieces() as u64);
        while self.advance(make).await? {
            pace.done(1).await;
        }
        Ok(self.finish().expect("all is done"))
    }

    /// The distances, once [`DistanceJob::advance`] has said that all is done; `None` before.
    pub fn finish(self) -> Option<Distances> {
        if self.done < self.order.len() {
            return None;
        }
        let side = self.layout.images();
        let root = |squares: Vec<f32>| squares.into_iter().map(f32::sqrt).collect::<Vec<f32>>();
        let mut above: Vec<f32> = self.found.iter().map(|found| found.square.sqrt() as f32).collect();
        let mut tables = vec![DistanceMatrix::from_above(side, above.clone())];
        for squares in self.lower.into_iter().rev() {
            // Fewer views are never closer; rounding must not say otherwise.
            let numbers = root(squares).into_iter().zip(&above).map(|(few, many)| few.max(*many)).collect::<Vec<f32>>();
            above.clone_from(&numbers);
            tables.push(DistanceMatrix::from_above(side, numbers));
        }
        tables.reverse();
        Some(Distances {
            dimension: self.layout.dimension(),
            found: self.found,
            levels: self.levels,
            tables,
            multiply_adds: self.multiply_adds,
            peak: self.peak,
        })
    }
}

/// Measures all distances of a layout at once, with the usual [`LIMIT`]; `make` as in [`DistanceJob::advance`].
///
/// # Errors
/// As [`DistanceJob::advance`].
pub async fn distances(
    layout: ViewLayout,
    opened: &ComputeDevice,
    mut make: impl FnMut(Range<usize>) -> Vec<f32>,
) -> Result<Distances, Unmeasured> {
    let mut job = DistanceJob::new(layout, opened, LIMIT);
    while job.advance(&mut make).await? {}
    Ok(job.finish().expect("all is done"))
}

/// 1, 2, 4 and so on below `most`, and `most`.
fn levels(most: usize) -> Vec<usize> {
    std::iter::successors(Some(1), |level| Some(2 * level)).take_while(|level| *level < most).chain([most]).collect()
}

/// All pairs of blocks; every other row backwards, so that the blocks used last are used again first.
fn order(blocks: usize) -> Vec<(usize, usize)> {
    let row = |second: usize| -> Vec<(usize, usize)> {
        let pairs = (0..=second).map(|first| (first, second));
        if second.is_multiple_of(2) { pairs.collect() } else { pairs.rev().collect() }
    };
    (0..blocks).flat_map(row).collect()
}

/// Views in a block so that two of them, the numbers of one as they come and what is computed of them fit into `limit`.
fn block_views(layout: &ViewLayout, limit: usize, working: impl Fn(usize) -> usize) -> usize {
    let fits = |views: &usize| 2 * coming(layout, *views) + working(*views) <= limit;
    std::iter::successors(Some(BLOCK), |views| Some(views * 3 / 4)).take_while(|views| *views > 0).find(fits).unwrap_or(1)
}

/// Bytes of a block and of its numbers as they are made.
fn coming(layout: &ViewLayout, views: usize) -> usize {
    4 * views * (layout.dimension() + depth(layout.dimension()) + 2) + 64
}

/// Bytes on a GPU: two blocks, and what is computed of them.
fn device_memory(layout: &ViewLayout, views: usize) -> usize {
    4 * views * (device::TEMPORARIES * views + 2 * depth(layout.dimension()))
}

/// Bytes of the tiles that are computed at a time on the host: products, and what is found in them.
fn host_memory(layout: &ViewLayout, levels: usize) -> usize {
    let fewest = (0..layout.images()).map(|image| layout.of(image).len()).min().unwrap_or(1);
    let images = host::TILE.div_ceil(fewest).min(layout.images()) + 1;
    let tiles = layout.views().div_ceil(host::TILE).pow(2).min(host::batch());
    tiles * (4 * host::TILE * host::TILE + images * images * (size_of::<Seen>() + 4 * levels))
}
