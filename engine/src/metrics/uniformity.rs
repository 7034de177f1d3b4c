//! Uniformity: how evenly the embeddings spread over the sphere.

use super::{EvalOutputs, Found, Reference, Shape, scalar};
use crate::losses::uniformity_optimum;
use crate::pace::Pace;
use augsphere_kernels::{ROW, parallel, products};
use augsphere_spec::{Card, Choice, Knob, Told};
use std::ops::Range;

/// Rows on the two sides of a tile.
const TILE: [usize; 2] = [48, 240];

/// Multiplications between two turns, some hundredths of a second in a browser.
const PIECE: usize = 1 << 27;

/// What a distance costs beside its product, in multiplications.
const EXP: usize = 128;

/// The card.
pub fn card() -> Card {
    Card::new(
        "uniformity",
        "Uniformity",
        "Log of the mean Gaussian potential between embeddings (over unordered pairs without self-pairs, averaged over the two views). 0: all in one point. The line is the value of a perfectly even spread in this dimension.",
        "Wang, Isola, 2020, arXiv 2005.10242, section 4.1.2",
    )
    .tells([Told::number("uniformity", "uniformity")])
    .knobs([Knob::float("t", "t", 2.0, 0.1, 10.0, "Sharpness of the Gaussian potential.")])
}

/// `log mean exp(-t |x - y|^2)` over the unordered pairs of each view, averaged over the views. Nothing with fewer than two images.
pub async fn measure(held: &EvalOutputs<'_>, choice: &Choice, pace: &Pace) -> Found {
    let t = choice.knobs.float("t");
    let [first, second] = held.views;
    let of = async |view| potential(view, held.dimension, t, pace).await;
    let views = of(first).await.zip(of(second).await);
    views.map(|(first, second)| scalar("uniformity", (first + second) / 2.0)).into_iter().collect::<Vec<_>>().into()
}

/// The population optimum in this dimension; the estimator without self-pairs can fall a little below it.
pub fn levels(choice: &Choice, Shape { dimension, .. }: Shape) -> Vec<Reference> {
    let optimum = uniformity_optimum(dimension, choice.knobs.float("t"));
    vec![("uniformity".into(), optimum as f32, format!("perfectly uniform in {dimension} dimensions"))]
}

/// `log mean exp(-t |x - y|^2)` over the unordered pairs of rows `[n, d]` (Wang, Isola 2020, section 4.1.2; METHODS.md 2.6), at most 0 for
/// `t` from 0; not a number if a row has one that is none. `None` of fewer than two rows.
///
/// Distances are good to a few roundings of the rows' squared lengths in single precision, and exactly 0 where rows coincide.
pub async fn potential(rows: &[f32], d: usize, t: f64, pace: &Pace) -> Option<f64> {
    let rows = Rows::of(rows, d.max(1));
    let count = rows.squares.len();
    let pairs = count as f64 * (count as f64 - 1.0) / 2.0;
    let tiles = tiles(count);
    let piece = (PIECE / (TILE[0] * TILE[1] * (rows.depth + EXP))).max(1);
    let mut sums = vec![0.0; tiles.len()];
    for (tiles, sums) in tiles.chunks(piece).zip(sums.chunks_mut(piece)) {
        parallel::for_each(tiles.iter().zip(sums), |((some, others), sum)| *sum = rows.sum(some, others, t));
        pace.turn().await;
    }
    (count > 1).then(|| (sums.iter().sum::<f64>() / pairs).ln())
}

/// All pairs of blocks of rows in which there are two different rows, the first before the second.
fn tiles(count: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let blocks = |size: usize| (0..count).step_by(size).map(move |start| start..count.min(start + size));
    let all = blocks(TILE[1]).flat_map(|others| blocks(TILE[0]).map(move |some| (some, others.clone())));
    all.filter(|(some, others)| some.start + 1 < others.end).collect()
}

/// Rows filled up for the kernel.
struct Rows {
    values: Vec<f32>,
    depth: usize,
    /// Squared lengths, summed as the products are.
    squares: Vec<f32>,
}

impl Rows {
    fn of(rows: &[f32], d: usize) -> Self {
        let depth = d.next_multiple_of(ROW);
        let mut values = vec![0.0; rows.len() / d * depth];
        values.chunks_exact_mut(depth).zip(rows.chunks_exact(d)).for_each(|(to, row)| to[..d].copy_from_slice(row));
        let mut squares = vec![0.0; rows.len() / d];
        for (row, square) in values.chunks_exact(depth).zip(squares.chunks_exact_mut(1)) {
            products(row, row, depth, square);
        }
        Self { values, depth, squares }
    }

    /// The sum of `exp(-t |x - y|^2)` over some rows and the others after them.
    fn sum(&self, some: &Range<usize>, others: &Range<usize>, t: f64) -> f64 {
        let rows = |range: &Range<usize>| &self.values[range.start * self.depth..range.end * self.depth];
        let mut numbers = vec![0.0; some.len() * others.len()];
        products(rows(some), rows(others), self.depth, &mut numbers);
        let mut sum = 0.0;
        for (row, numbers) in some.clone().zip(numbers.chunks_exact(others.len())) {
            let after = (row + 1).saturating_sub(others.start);
            let later = numbers.iter().zip(&self.squares[others.clone()]).skip(after);
            // The product of a row with itself is its square to the bit, so equal rows are at 0.
            let squared = |(product, square): (&f32, &f32)| (self.squares[row] - product) + (square - product);
            sum +=
                later.map(squared).map(|squared| (-t * f64::from(if squared < 0.0 { 0.0 } else { squared })).exp()).sum::<f64>();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::{Task, at_once};
    use crate::random::{Purpose, RngExt as _, stream};
    use std::time::Duration;

    fn normal(count: usize, width: usize) -> Vec<f32> {
        let mut rng = stream(7, Purpose::Measures, width as u64);
        (0..count * width).map(|_| rng.normal() / (width as f32).sqrt()).collect()
    }

    fn of(rows: &[f32], d: usize, t: f64) -> Option<f64> {
        at_once(potential(rows, d, t, &Pace::default()))
    }

    /// Every pair once, where tiles meet and end, too: against one double sum. A product of 20 numbers is good to 1e-6.
    #[test]
    fn tiles_are_the_sum_over_all_pairs() {
        for (count, d, t) in [(2, 3, 2.0), (48, 16, 2.0), (49, 20, 0.5), (241, 7, 10.0), (530, 20, 2.0)] {
            let values = normal(count, d);
            let rows: Vec<&[f32]> = values.chunks_exact(d).collect();
            let squared = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>();
            let pairs = (0..count).flat_map(|i| (0..i).map(move |j| (i, j)));
            let terms: Vec<f64> = pairs.map(|(i, j)| (-t * squared(rows[i], rows[j])).exp()).collect();
            let expected = (terms.iter().sum::<f64>() / terms.len() as f64).ln();
            let found = of(&values, d, t).expect("rows");
            assert!((found - expected).abs() < 1e-6 * t.max(1.0), "{count} rows of {d}: {found}, not {expected}");
        }
    }

    /// A single pair by hand: 5 apart, t = 0.1. Rows at one point are at distance 0 to the bit, and no row has no distance.
    #[test]
    fn simple_rows_by_hand() {
        assert!((of(&[1.0, 2.0, 4.0, 6.0], 2, 0.1).expect("a pair") + 2.5).abs() < 1e-6);
        assert_eq!(of(&normal(1, 37).repeat(300), 37, 2.0), Some(0.0), "one point");
        assert_eq!([of(&[], 3, 2.0), of(&[1.0; 3], 3, 2.0), of(&[], 0, 2.0)], [None; 3]);
        assert!(of(&[1.0, 0.0, f32::NAN, 0.0], 2, 2.0).is_some_and(f64::is_nan));
    }

    #[test]
    fn threads_and_pieces_change_nothing() {
        let values = normal(700, 64);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| of(&values, 64, 2.0))
        };
        let expected = on(1);
        assert_eq!(on(3), expected);
        let rows = values.clone();
        let mut task = Task::new(async move |pace| potential(&rows, 64, 2.0, &pace).await);
        let (mut turns, mut found) = (0, None);
        while found.is_none() {
            turns += 1;
            found = at_once(task.advance(Duration::ZERO));
        }
        assert_eq!(found, Some(expected));
        // 15 blocks by 3, less those below the diagonal, 60 at a time, and the end.
        assert_eq!(turns, 2);
    }
}
