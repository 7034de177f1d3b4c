//! Inner products of columns, or of rows, in double precision, on all cores.

use crate::pace::Pace;
use augsphere_kernels::parallel;

/// Vectors in a panel: a tile of their products with another panel's stays in registers.
const PANEL: usize = 4;

/// Numbers of each vector that are multiplied between two turns: 256 x 512^2 / 2 multiplications at most. Sums of so many are summed, which
/// rounds less than one long sum.
const LENGTH: usize = 256;

/// Vectors side by side, the last ones filled up with zeros.
type Panel = Vec<[f64; PANEL]>;

/// Sums of products over the number of rows.
pub(super) struct Gram {
    /// `[side, side]`: of the columns, or of the rows where there are fewer of them.
    pub products: Vec<f64>,
    pub side: usize,
    /// The mean of each column; none where the products are of rows.
    means: Option<Vec<f64>>,
}

impl Gram {
    /// Of at least one row of `d` numbers, all finite.
    pub async fn of(rows: &[&[f32]], d: usize, pace: &Pace) -> Self {
        let columns = d <= rows.len();
        let (side, length) = if columns { (d, rows.len()) } else { (rows.len(), d) };
        let number = |vector: usize, at: usize| f64::from(if columns { rows[at][vector] } else { rows[vector][at] });
        let padded = side.next_multiple_of(PANEL);
        let (mut sums, mut means) = (vec![0.0; padded * padded], vec![0.0; side]);
        let mut panels = vec![vec![[0.0; PANEL]; LENGTH]; padded / PANEL];
        for start in (0..length).step_by(LENGTH) {
            let end = length.min(start + LENGTH);
            parallel::for_each(panels.iter_mut().zip((0..side).step_by(PANEL)), |(panel, first)| {
                panel.truncate(end - start);
                for (numbers, at) in panel.iter_mut().zip(start..end) {
                    numbers.iter_mut().zip(first..side).for_each(|(to, vector)| *to = number(vector, at));
                }
            });
            parallel::for_each(sums.chunks_mut(PANEL * padded).enumerate(), |(own, sums)| add_products(&panels, own, sums));
            for (vector, mean) in means.iter_mut().enumerate() {
                let own = panels[vector / PANEL].iter().map(|numbers| numbers[vector % PANEL]);
                *mean += own.sum::<f64>() / length as f64;
            }
            pace.turn().await;
        }
        let n = rows.len() as f64;
        let product = |i: usize, j: usize| sums[i.max(j) * padded + i.min(j)] / n;
        let products = (0..side).flat_map(|i| (0..side).map(move |j| (i, j))).map(|(i, j)| product(i, j)).collect();
        Self { products, side, means: columns.then_some(means) }
    }

    /// The products of the columns less their means, or of the rows less the mean row. They are exact to 1e-15 of the mean squared length.
    pub fn centred(&self) -> Vec<f64> {
        let side = self.side;
        let cells = self.products.iter().enumerate().map(|(at, product)| (at / side, at % side, product));
        if let Some(means) = &self.means {
            return cells.map(|(i, j, product)| product - means[i] * means[j]).collect();
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / side as f64;
        let rows: Vec<f64> = self.products.chunks_exact(side).map(mean).collect();
        let all = mean(&rows);
        cells.map(|(i, j, product)| (product - rows[i]) - (rows[j] - all)).collect()
    }
}

/// Adds the products of panel `own` with those up to it to the rows of `sums` that are its.
fn add_products(panels: &[Panel], own: usize, sums: &mut [f64]) {
    let width = sums.len() / PANEL;
    for (place, other) in panels[..=own].iter().enumerate() {
        let tile = tile(&panels[own], other);
        for (row, products) in sums.chunks_exact_mut(width).zip(tile) {
            row[place * PANEL..][..PANEL].iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
        }
    }
}

/// Products of the vectors of two panels.
fn tile(a: &[[f64; PANEL]], b: &[[f64; PANEL]]) -> [[f64; PANEL]; PANEL] {
    let mut sums = [[0.0; PANEL]; PANEL];
    for (a, b) in a.iter().zip(b) {
        for i in 0..PANEL {
            for j in 0..PANEL {
                sums[i][j] += a[i] * b[j];
            }
        }
    }
    sums
}
