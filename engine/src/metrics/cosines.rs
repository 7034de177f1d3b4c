//! Cosines and distances of embeddings: of two views of one image, and of views of different images.

use super::{EvalOutputs, Found, Reference, Shape, scalar};
use crate::pace::Pace;
use augsphere_kernels::{ROW, parallel, products};
use augsphere_spec::{Card, Choice, Payload, Profile, Told};
use std::ops::Range;

/// Bins of a histogram of distances.
pub const BINS: usize = 40;

/// The largest distance of two points on the unit sphere.
const FARTHEST: f32 = 2.0;

/// At most so many images are compared with each other in the histogram of negatives: two million pairs of views.
const MOST_IMAGES: usize = 1000;

/// The card.
pub fn card() -> Card {
    Card::new(
        "cosines",
        "Cosines of pairs",
        "Mean cosine of the embeddings of two views of one image (positive pairs) and of views of two different images (negative pairs: both views of the one with both of the other). 1: they coincide. 0: at right angles on average. The histograms are of the pairs' distances on the unit sphere, 0 to 2, negatives among the first 1,000 images.",
        "Wang, Isola, 2020, arXiv 2005.10242, figure 3 (distances of positive pairs); Tao and others, 2022, arXiv 2112.05141; negative pairs as in Chen et al. 2020, arXiv 2002.05709",
    )
    .tells([
        Told::number("positive_cosine", "views of one image"),
        Told::number("negative_cosine", "views of two images"),
        Told::profile("positive_distances", "distances of views of one image"),
        Told::profile("negative_distances", "distances of views of two images"),
    ])
}

/// `positive_cosine` and `negative_cosine` ([`mean_cosines`]), and the histograms `positive_distances` and `negative_distances`, each where
/// there are such pairs.
pub async fn measure(held: &EvalOutputs<'_>, _choice: &Choice, pace: &Pace) -> Found {
    let (views, d) = (held.views, held.dimension);
    let cosines = ["positive_cosine", "negative_cosine"].into_iter().zip(mean_cosines(views, d));
    let distances =
        [("positive_distances", positive_distances(views, d)), ("negative_distances", negative_distances(views, d, pace).await)];
    let histogram =
        |name: &str, counts| Profile { name: name.to_owned(), payload: Payload::Histogram { from: 0.0, to: FARTHEST, counts } };
    Found {
        scalars: cosines.filter_map(|(name, cosine)| Some(scalar(name, cosine?))).collect(),
        profiles: distances.into_iter().filter_map(|(name, shares)| Some(histogram(name, shares?))).collect(),
    }
}

/// Unrelated directions have a mean cosine of 0.
pub fn levels(_choice: &Choice, _shape: Shape) -> Vec<Reference> {
    ["positive_cosine", "negative_cosine"].map(|name| (name.into(), 0.0, "unrelated directions".into())).into()
}

/// Both views of each image, of the images whose two rows are numbers; `d` floats a row.
pub(super) fn finite<'a>([x, y]: [&'a [f32]; 2], d: usize) -> impl Iterator<Item = [&'a [f32]; 2]> {
    let finite = |row: &[f32]| row.iter().map(|value| value * value).sum::<f32>().is_finite();
    let rows = |view: &'a [f32]| view.chunks_exact(d.max(1));
    rows(x).zip(rows(y)).filter(move |(x, y)| finite(x) && finite(y)).map(|(x, y)| [x, y])
}

/// Mean inner products of the unit rows `[n, d]` and `[n, d]`, -1 to 1:
///
/// - positive: `1/n sum_i x_i . y_i`; nothing without images.
/// - negative: over the `4 n (n - 1)` ordered pairs of rows of different images, both views alike, so `x_i . x_j`, `x_i . y_j`, `y_i . x_j`
///   and `y_i . y_j` for all `i != j`. With `s_i = x_i + y_i` their sum is `|sum_i s_i|^2 - sum_i |s_i|^2`. Nothing with fewer than two
///   images.
///
/// Images with a number that is none are left out.
pub fn mean_cosines(views: [&[f32]; 2], d: usize) -> [Option<f64>; 2] {
    let (mut images, mut positive, mut own) = (0.0, 0.0, 0.0);
    let mut sum = vec![0.0; d.max(1)];
    for [x, y] in finite(views, d) {
        images += 1.0;
        for ((x, y), sum) in x.iter().zip(y).zip(&mut sum) {
            let (x, y) = (f64::from(*x), f64::from(*y));
            positive += x * y;
            own += (x + y).powi(2);
            *sum += x + y;
        }
    }
    let all: f64 = sum.iter().map(|value| value * value).sum();
    let pairs = 4.0 * images * (images - 1.0);
    [(images > 0.0).then_some(positive / images), (images > 1.0).then_some((all - own) / pairs)]
}

/// Shares of [`BINS`] equal bins from 0 to 2 of the distances `|x_i - y_i|` of the unit rows `[n, d]` and `[n, d]`; nothing without images.
/// A bin holds its lower end, the last one 2 as well. Images with a number that is none are left out.
pub fn positive_distances(views: [&[f32]; 2], d: usize) -> Option<Vec<f32>> {
    let mut counts = [0; BINS];
    for [x, y] in finite(views, d) {
        let squared: f64 = x.iter().zip(y).map(|(x, y)| f64::from(x - y).powi(2)).sum();
        counts[bin(squared.sqrt() as f32)] += 1;
    }
    shares(&counts)
}

/// The same of the distances of views of different images, all four of every two images, of the first 1,000 images; nothing with fewer than
/// two. A distance is good to 0.001, so one at the end of a bin may be in the next one.
pub async fn negative_distances(views: [&[f32]; 2], d: usize, pace: &Pace) -> Option<Vec<f32>> {
    let embeddings = Embeddings::new(views, d, MOST_IMAGES);
    let squares: Vec<f32> = embeddings.rows.chunks_exact(embeddings.depth).map(|row| row.iter().map(|v| v * v).sum()).collect();
    let counted = embeddings.in_blocks(pace, |block| {
        let mut counts = [0u64; BINS];
        embeddings.products(&block, block.start..embeddings.images(), |row, first, products| {
            // Each two images once: the rows of later images.
            let later = (2 * (row / 2 + 1)).saturating_sub(first).min(products.len());
            for (product, square) in products[later..].iter().zip(&squares[first + later..]) {
                let squared = squares[row] + square - 2.0 * product;
                counts[bin(squared.max(0.0).sqrt())] += 1;
            }
        });
        counts
    });
    let counts = counted.await.into_iter().fold([0; BINS], |mut sum, counts| {
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        sum
    });
    shares(&counts)
}

fn bin(distance: f32) -> usize {
    ((distance * (BINS as f32 / FARTHEST)) as usize).min(BINS - 1)
}

fn shares(counts: &[u64; BINS]) -> Option<Vec<f32>> {
    let all: u64 = counts.iter().sum();
    (all > 0).then(|| counts.iter().map(|count| (*count as f64 / all as f64) as f32).collect())
}

/// Multiplications of a block: about a twentieth of a second in a browser.
const PIECE: usize = 50_000_000;

/// Most images of a block.
const BLOCK: usize = 16;

/// Images on the other side of a tile, whose rows pass by the block again and again: they stay in the second cache.
const TILE: usize = 128;

/// The embeddings of both views of each image, `x_0, y_0, x_1, y_1, ...`, as rows for the kernel.
pub(super) struct Embeddings {
    rows: Vec<f32>,
    /// Floats of a row: the dimension, filled up with zeros.
    depth: usize,
}

impl Embeddings {
    /// Those of the first `most` images whose rows are numbers.
    pub fn new(views: [&[f32]; 2], d: usize, most: usize) -> Self {
        let depth = d.max(1).next_multiple_of(ROW);
        let mut rows = Vec::new();
        for row in finite(views, d).take(most).flatten() {
            rows.extend_from_slice(row);
            rows.resize(rows.len().next_multiple_of(depth), 0.0);
        }
        Self { rows, depth }
    }

    /// How many images.
    pub fn images(&self) -> usize {
        self.rows.len() / (2 * self.depth)
    }

    /// The rows of some images, two each.
    fn of(&self, images: &Range<usize>) -> &[f32] {
        &self.rows[2 * self.depth * images.start..2 * self.depth * images.end]
    }

    /// The inner product of the two rows of an image.
    pub fn positive(&self, image: usize) -> f64 {
        let (x, y) = self.of(&(image..image + 1)).split_at(self.depth);
        x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    }

    /// `work` on blocks of images, which are all together compared with all images; its results in the order of the blocks. The blocks
    /// depend on the shape alone.
    pub async fn in_blocks<T: Send>(&self, pace: &Pace, work: impl Fn(Range<usize>) -> T + Sync + Send) -> Vec<T> {
        let images = self.images();
        let _stage = pace.within("Comparing embeddings of validation images", images as u64);
        let size = (PIECE / (4 * self.depth * images.max(1))).clamp(1, BLOCK);
        let blocks: Vec<Range<usize>> = (0..images).step_by(size).map(|start| start..images.min(start + size)).collect();
        let mut results = Vec::with_capacity(blocks.len());
        for blocks in blocks.chunks(std::thread::available_parallelism().map_or(1, usize::from)) {
            let mut found: Vec<Option<T>> = blocks.iter().map(|_| None).collect();
            parallel::for_each(blocks.iter().zip(&mut found), |(block, found)| *found = Some(work(block.clone())));
            results.extend(found.into_iter().flatten());
            pace.done(blocks.iter().map(|block| block.len() as u64).sum()).await;
        }
        results
    }

    /// Inner products of each row of some images with the rows of others, a part of them at a time: `take(row, first, products)`, where
    /// the products are with the rows from `first` on. Rows are counted over all images.
    pub fn products(&self, images: &Range<usize>, others: Range<usize>, mut take: impl FnMut(usize, usize, &[f32])) {
        let mut out = Vec::new();
        for start in others.clone().step_by(TILE) {
            let tile = start..others.end.min(start + TILE);
            let width = 2 * tile.len();
            out.resize(2 * images.len() * width, 0.0);
            products(self.of(images), self.of(&tile), self.depth, &mut out);
            for (row, products) in (2 * images.start..).zip(out.chunks_exact(width)) {
                take(row, 2 * tile.start, products);
            }
        }
    }
}
