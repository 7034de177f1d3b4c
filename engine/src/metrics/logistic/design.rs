//! Standardised rows in blocks, laid out for fast products from both sides.

use super::standard::Standard;
use crate::pace::Pace;
use augsphere_kernels::{ROW, parallel, products};
use std::ops::Range;

/// Numbers in a block: they pass through the second cache a few times.
const NUMBERS: usize = 1 << 16;

/// Rows in a block at most.
const ROWS: usize = 512;

/// Multiplications that one thread does before the thread is given back.
const PIECE: usize = 100_000_000;

/// The rows that a model is fitted on, standardised by themselves. Twice the memory of the features: by rows and by columns.
pub(in crate::metrics) struct Design {
    pub standard: Standard,
    pub rows: usize,
    blocks: Vec<Block>,
}

/// Some of the rows.
pub(in crate::metrics) struct Block {
    /// Which rows.
    pub range: Range<usize>,
    /// Length of a column: the rows, filled up with zeros to a multiple of [`ROW`].
    pub height: usize,
    /// `[rows, depth]`.
    pub rows: Vec<f32>,
    /// The same by columns, `[width, height]`.
    columns: Vec<f32>,
}

impl Block {
    /// `left X` for `left` `[n, height]`: `[n, width]`.
    pub fn left_product(&self, left: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; left.len() / self.height * (self.columns.len() / self.height)];
        products(left, &self.columns, self.height, &mut out);
        out
    }
}

/// Length of a row of `width` features, filled up with zeros.
pub(super) fn depth(width: usize) -> usize {
    width.max(1).next_multiple_of(ROW)
}

/// Rows in a block of `width` features: by the shape alone, so that sums over blocks are the same on every number of threads.
pub(super) fn block_rows(width: usize) -> usize {
    (NUMBERS / depth(width)).clamp(ROW, ROWS) / ROW * ROW
}

/// Pieces of work, each so many multiplications, that all threads together do before the thread is given back.
pub(super) fn at_a_time(multiplications: usize) -> usize {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    (threads * PIECE / multiplications.max(1)).max(threads)
}

impl Design {
    /// Of rows of `width` finite numbers each.
    pub async fn new(rows: &[&[f32]], width: usize, pace: &Pace) -> Self {
        let standard = Standard::of(rows, width, pace).await;
        let (depth, most) = (depth(width), block_rows(width));
        let mut blocks = Vec::with_capacity(rows.len().div_ceil(most));
        for (index, chunk) in rows.chunks(most).enumerate() {
            let (range, height) = (index * most..index * most + chunk.len(), chunk.len().next_multiple_of(ROW));
            let mut block = Block { range, height, rows: vec![0.0; chunk.len() * depth], columns: vec![0.0; width * height] };
            for (place, (to, row)) in block.rows.chunks_exact_mut(depth).zip(chunk).enumerate() {
                for ((to, column), value) in to.iter_mut().zip(block.columns.chunks_exact_mut(height)).zip(standard.apply(row)) {
                    (*to, column[place]) = (value, value);
                }
            }
            blocks.push(block);
            pace.turn().await;
        }
        Self { standard, rows: rows.len(), blocks }
    }

    /// Does `work`, so many multiplications for each row, for every block or every so many, on all threads, and hands the results
    /// over in the order of the blocks.
    pub async fn each<T: Send>(
        &self,
        every: usize,
        multiplications: usize,
        pace: &Pace,
        work: impl Fn(&Block) -> T + Send + Sync,
        mut take: impl FnMut(T),
    ) {
        let blocks: Vec<&Block> = self.blocks.iter().step_by(every).collect();
        for blocks in blocks.chunks(at_a_time(multiplications * block_rows(self.standard.width()))) {
            let mut results: Vec<Option<T>> = blocks.iter().map(|_| None).collect();
            parallel::for_each(blocks.iter().zip(&mut results), |(block, result)| *result = Some(work(block)));
            results.into_iter().flatten().for_each(&mut take);
            pace.turn().await;
        }
    }

    /// `X^T X / n`, `[width, width]`, over about `most` rows, of blocks evenly spread.
    pub async fn covariance(&self, most: usize, pace: &Pace) -> Vec<f64> {
        let width = self.standard.width();
        let (mut sums, mut count) = (vec![0.0; width * width], 0);
        let every = (self.rows / most.max(1)).max(1);
        let work = |block: &Block| (block.range.len(), block.left_product(&block.columns));
        self.each(every, width * width, pace, work, |(rows, squares)| {
            sums.iter_mut().zip(&squares).for_each(|(sum, square)| *sum += f64::from(*square));
            count += rows;
        })
        .await;
        sums.iter_mut().for_each(|sum| *sum /= count.max(1) as f64);
        sums
    }
}
