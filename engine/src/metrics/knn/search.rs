//! The rows of a bank that are most similar to each of many queries by cosine.
//!
//! Block by block: inner products of some queries with some rows of the bank by the kernel, of which only those are kept that are among the
//! best of their query so far. So the table of all cosines is never held, only a few megabytes of it.

use crate::pace::Pace;
use augsphere_kernels::{ROW, parallel, products};
use std::ops::Range;

/// A cosine and the row of the bank that it is with.
pub(super) type Neighbour = (f32, u32);

/// Queries in a tile, which stay in the second cache while rows of the bank pass by.
const TILE: usize = 48;

/// Most tiles that see a block of the bank while it is in the cache: enough for many threads to share.
const TILES: usize = 20;

/// Most neighbours of a group of queries that are kept at a time, 4 MB of them, half of which are still to be thrown out.
const KEPT: usize = 1 << 19;

/// Most numbers in a group of queries, 16 MB.
const NUMBERS: usize = 1 << 22;

/// Multiplications between two turns: 0.5 GFLOP, and half of it in a browser, a few hundredths of a second.
const PIECE: usize = if cfg!(target_family = "wasm") { 1 << 27 } else { 1 << 28 };

/// Cosines that are looked at together.
const LANES: usize = 16;

/// Rows that are to be compared by their directions, some at a time.
pub(in crate::metrics) trait Directions: Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// Numbers of each.
    fn width(&self) -> usize;

    /// The rows from number `first` on, scaled to unit length, into the beginnings of rows of `depth`: as many as there are places for.
    fn write(&self, first: usize, out: &mut [f32], depth: usize);
}

/// Rows that lie in memory, scaled to any length.
pub(in crate::metrics) struct Features<'a> {
    rows: &'a [f32],
    width: usize,
}

impl<'a> Features<'a> {
    /// Whole rows of at least one number.
    pub fn new(rows: &'a [f32], width: usize) -> Self {
        Self { rows, width: width.max(1) }
    }
}

impl Directions for Features<'_> {
    fn count(&self) -> usize {
        self.rows.len() / self.width
    }

    fn width(&self) -> usize {
        self.width
    }

    fn write(&self, first: usize, out: &mut [f32], depth: usize) {
        unit_rows_into(&self.rows[first * self.width..], self.width, out, depth);
    }
}

/// Calls `take` for every query in turn with its `k` most similar rows of the bank, which are as wide, most similar first, equal cosines in
/// the order of the bank.
///
/// A row with a number that is none has no cosine: in the bank it is nobody's neighbour, as a query it has no neighbours.
pub(super) async fn nearest(
    bank: &impl Directions,
    queries: &impl Directions,
    k: usize,
    pace: &Pace,
    mut take: impl FnMut(&[Neighbour]),
) {
    let (rows, count) = (bank.count(), queries.count());
    let k = k.min(rows);
    let _stage = pace.within("Comparing images with the bank", count as u64);
    let sizes = Sizes::of(queries.width(), k);
    let mut block = vec![0.0; sizes.rows.min(rows) * sizes.depth];
    for done in (0..count).step_by(sizes.queries) {
        let size = sizes.queries.min(count - done);
        let tile = |first: usize| Tile::new(queries, done + first..done + size.min(first + TILE), &sizes, k);
        let mut tiles: Vec<Tile> = (0..size).step_by(TILE).map(tile).collect();
        for before in (0..rows).step_by(sizes.rows) {
            let block = &mut block[..sizes.rows.min(rows - before) * sizes.depth];
            let parts = (before..).step_by(TILE).zip(block.chunks_mut(TILE * sizes.depth));
            parallel::for_each(parts, |(first, block)| bank.write(first, block, sizes.depth));
            parallel::for_each(tiles.iter_mut(), |tile| tile.see(block, before as u32, sizes.depth));
            pace.reached((done + size * before / rows) as u64);
            pace.turn().await;
        }
        tiles.iter_mut().flat_map(|tile| &mut tile.best).for_each(|best| take(best.in_order()));
        pace.reached((done + size) as u64);
    }
}

/// How much is done at a time, by the shapes alone.
#[derive(Debug)]
pub(super) struct Sizes {
    /// Length of a row filled up for the kernel.
    pub depth: usize,
    /// Queries in a group, which pass the bank together.
    pub queries: usize,
    /// Rows of the bank in a block.
    pub rows: usize,
}

impl Sizes {
    pub fn of(width: usize, k: usize) -> Self {
        let depth = width.next_multiple_of(ROW);
        let tiles = (KEPT / (2 * k.max(1))).min(NUMBERS / depth) / TILE;
        let queries = tiles.clamp(1, TILES) * TILE;
        // The kernels take 3, 4 or 6 rows at a time.
        let rows = (PIECE / (queries * depth) / TILE).clamp(1, TILES / 2) * TILE;
        Self { depth, queries, rows }
    }
}

/// Some queries and what has been found for them.
struct Tile {
    queries: Vec<f32>,
    cosines: Vec<f32>,
    best: Vec<Best>,
}

impl Tile {
    fn new(rows: &impl Directions, range: Range<usize>, sizes: &Sizes, k: usize) -> Self {
        let count = range.len();
        let mut queries = vec![0.0; count * sizes.depth];
        rows.write(range.start, &mut queries, sizes.depth);
        let best = (0..count).map(|_| Best { k, least: f32::NEG_INFINITY, found: Vec::new() }).collect();
        Self { queries, cosines: vec![0.0; count * sizes.rows], best }
    }

    /// Takes in a block of unit rows of the bank, the first of which is row `first`.
    fn see(&mut self, block: &[f32], first: u32, depth: usize) {
        let rows = block.len() / depth;
        let cosines = &mut self.cosines[..self.best.len() * rows];
        products(&self.queries, block, depth, cosines);
        self.best.iter_mut().zip(cosines.chunks_exact(rows)).for_each(|(best, cosines)| best.see(cosines, first));
    }
}

/// The neighbours of a query among what it has seen of the bank.
struct Best {
    k: usize,
    /// What a cosine must exceed to be among the `k` best, as far as is known.
    least: f32,
    /// The `k` best, and others.
    found: Vec<Neighbour>,
}

impl Best {
    /// Cosines with the rows from `first` on, which come after all rows before: one as similar as the last of the `k` is too late.
    fn see(&mut self, cosines: &[f32], first: u32) {
        let (whole, rest) = cosines.as_chunks::<LANES>();
        for (cosines, first) in whole.iter().zip((first..).step_by(LANES)) {
            // Nearly always none of them.
            if cosines.iter().fold(false, |any, cosine| any | (*cosine > self.least)) {
                self.add(cosines, first);
            }
        }
        self.add(rest, first + (LANES * whole.len()) as u32);
    }

    fn add(&mut self, cosines: &[f32], first: u32) {
        // Not a number is not above anything.
        self.found.extend(cosines.iter().copied().zip(first..).filter(|(cosine, _)| *cosine > self.least));
        if self.found.len() >= 2 * self.k {
            self.cut();
        }
    }

    /// Keeps the `k` best.
    fn cut(&mut self) {
        if self.found.len() > self.k {
            self.found.select_nth_unstable_by(self.k, order);
            self.found.truncate(self.k);
            self.least = self.found.iter().fold(f32::INFINITY, |least, (cosine, _)| least.min(*cosine));
        }
    }

    fn in_order(&mut self) -> &[Neighbour] {
        self.cut();
        self.found.sort_unstable_by(order);
        &self.found
    }
}

/// Most similar first, equal ones in the order of the bank.
pub(super) fn order(a: &Neighbour, b: &Neighbour) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// Rows of `width` scaled to unit length, into the beginnings of rows of `depth`.
pub(super) fn unit_rows_into(rows: &[f32], width: usize, out: &mut [f32], depth: usize) {
    for (row, out) in rows.chunks_exact(width).zip(out.chunks_exact_mut(depth)) {
        let length = square(row).sqrt().max(1e-12);
        out.iter_mut().zip(row).for_each(|(out, value)| *out = value / length);
    }
}

/// The sum of the squares. Eight partial sums: one instruction on machines with wide registers, the same order of additions everywhere.
fn square(row: &[f32]) -> f32 {
    let (whole, rest) = row.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for values in whole {
        for lane in 0..8 {
            sums[lane] += values[lane] * values[lane];
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|value| value * value).sum::<f32>()
}
