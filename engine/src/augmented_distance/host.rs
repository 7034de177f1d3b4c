//! The comparison of two blocks of views on the CPU.
//!
//! Tile by tile: inner products of some views with some others by the kernel, then the closest of each two images in them.

use super::layout::{Block, Part, ViewLayout};
use super::nearest::{Exact, Found, Seen};
use augsphere_kernels::{parallel, products, squared_gap_short};
use std::ops::Range;

/// Views on one side of a tile, and half of them on the other, which passes by again and again: it stays in the second cache.
pub(super) const TILE: usize = 96;

/// Tiles whose results are held at a time.
pub(super) fn batch() -> usize {
    16 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// Compares all views of one block with all of another; returns the multiplications.
pub(super) fn compare(layout: &ViewLayout, a: &Block, b: &Block, levels: &[usize], mut take: impl FnMut(&Seen)) -> u64 {
    let (rows, columns) = (layout.cut(a.views.clone(), TILE / 2), layout.cut(b.views.clone(), TILE));
    let image = |view: usize| layout.owner(view).0;
    let mut tiles = Vec::new();
    for columns in &columns {
        // Tiles below the diagonal say the same again, and a tile of one image says nothing.
        let useful = |rows: &&Range<usize>| image(rows.start) < image(columns.end - 1);
        tiles.extend(rows.iter().filter(useful).map(|rows| (rows.clone(), columns.clone())));
    }
    for batch in tiles.chunks(batch()) {
        let mut results: Vec<Vec<Seen>> = batch.iter().map(|_| Vec::new()).collect();
        parallel::for_each(batch.iter().zip(&mut results), |((rows, columns), result)| {
            *result = tile(layout, a, rows, b, columns, levels);
        });
        results.iter().flatten().for_each(&mut take);
    }
    tiles.iter().map(|(rows, columns)| (rows.len() * columns.len() * layout.dimension()) as u64).sum()
}

fn tile(layout: &ViewLayout, a: &Block, rows: &Range<usize>, b: &Block, columns: &Range<usize>, levels: &[usize]) -> Vec<Seen> {
    let mut numbers = vec![0.0; rows.len() * columns.len()];
    products(a.rows(rows), b.rows(columns), a.depth, &mut numbers);
    let (first, second) = (layout.parts(rows.clone()), layout.parts(columns.clone()));
    let mut tile = Tile {
        numbers: &numbers,
        rows: rows.start,
        columns: columns.clone(),
        exact: Exact::new(a, b),
        terms: (a.depth / 4 + 8) as f32,
        least: Vec::new(),
        candidates: Vec::new(),
    };
    let mut seen = Vec::with_capacity(first.len() * second.len());
    for first in &first {
        seen.extend(second.iter().filter(|second| first.image < second.image).map(|second| tile.pair(first, second, levels)));
    }
    seen
}

/// Inner products of some views with some others.
struct Tile<'a> {
    numbers: &'a [f32],
    /// The first row's view.
    rows: usize,
    columns: Range<usize>,
    exact: Exact<'a>,
    /// Roundings in a product.
    terms: f32,
    /// The smallest of each row.
    least: Vec<f32>,
    /// Views that may be the closest.
    candidates: Vec<(usize, usize)>,
}

impl Tile<'_> {
    fn pair(&mut self, first: &Part, second: &Part, levels: &[usize]) -> Seen {
        self.exact.forget();
        let starts = (first.start, second.start);
        let whole = first.whole && second.whole;
        let mut above = self.closest(&first.views, &second.views, starts, whole);
        let found = above;
        let mut lower = vec![f32::INFINITY; levels.len() - 1];
        for (level, least) in levels.iter().zip(&mut lower).rev() {
            let within = |part: &Part| part.views.start..part.views.end.min(part.start + level).max(part.views.start);
            let inside = (above.views.0 as usize) < *level && (above.views.1 as usize) < *level;
            if !inside || above.ties == 0 {
                above = self.closest(&within(first), &within(second), starts, true);
            }
            *least = above.square as f32;
        }
        Seen { images: (first.image, second.image), found, lower }
    }

    /// The closest of some views of two images that begin at `starts`. A distance that stands `alone`, with nothing to be
    /// told from, is summed in 32 bits.
    fn closest(&mut self, a: &Range<usize>, b: &Range<usize>, starts: (usize, usize), alone: bool) -> Found {
        if a.is_empty() || b.is_empty() {
            return Found::NOTHING;
        }
        let width = self.columns.len();
        let row = |view: usize| &self.numbers[(view - self.rows) * width..][b.start - self.columns.start..][..b.len()];
        let lengths = |block: &Block, view: usize| block.squares[view - block.views.start];
        let (left, right) = (self.exact.a, self.exact.b);
        let squares = &right.squares[b.start - right.views.start..][..b.len()];
        self.least.clear();
        self.least.extend(a.clone().map(|view| lengths(left, view) + least(squares, row(view))));
        let bound = self.least.iter().fold(f32::INFINITY, |least, row| least.min(*row)) + self.exact.tolerance(a, b, self.terms);
        self.candidates.clear();
        for (view, _) in a.clone().zip(&self.least).filter(|(_, least)| **least <= bound) {
            let length = lengths(left, view);
            for (index, (square, product)) in squares.iter().zip(row(view)).enumerate() {
                if length + (square - 2.0 * product) <= bound {
                    self.candidates.push((view, b.start + index));
                }
            }
        }
        let views = |(a, b): (usize, usize)| ((a - starts.0) as u32, (b - starts.1) as u32);
        if let ([only], true) = (self.candidates.as_slice(), alone) {
            let square = f64::from(squared_gap_short(left.row(only.0), right.row(only.1)));
            return Found { square, views: views(*only), ties: 1 };
        }
        let squares: Vec<_> = self.candidates.iter().map(|pair| (self.exact.square(pair.0, pair.1), views(*pair))).collect();
        Found::among(&squares)
    }
}

/// The smallest of `square - 2 product`, in lanes that the compiler makes a vector of.
fn least(squares: &[f32], products: &[f32]) -> f32 {
    const LANES: usize = 8;
    let smaller = |a: f32, b: f32| if b < a { b } else { a };
    let mut lanes = [f32::INFINITY; LANES];
    let ((squares, squares_left), (products, products_left)) = (squares.as_chunks::<LANES>(), products.as_chunks::<LANES>());
    for (squares, products) in squares.iter().zip(products) {
        for lane in 0..LANES {
            lanes[lane] = smaller(lanes[lane], squares[lane] - 2.0 * products[lane]);
        }
    }
    let left = squares_left.iter().zip(products_left).map(|(square, product)| square - 2.0 * product);
    lanes.into_iter().chain(left).fold(f32::INFINITY, smaller)
}

/// All pairs of views of two images, compared one by one: for the few whose candidates were too many elsewhere.
pub(super) fn pair(layout: &ViewLayout, a: &Block, b: &Block, images: (usize, usize), levels: &[usize]) -> Option<Seen> {
    tile(layout, a, &layout.of(images.0), b, &layout.of(images.1), levels).pop()
}
