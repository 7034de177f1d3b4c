//! Means and variances gathered over millions of values without losing digits.

use bytemuck::cast_slice;

/// Running mean and sum of squared deviations for each channel, in f64, merged pairwise (Chan, Golub and LeVeque 1979).
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

/// What one block of pixels adds up to for one panel of channels, relative to a value near the mean.
#[derive(Clone, Copy)]
pub(crate) struct Sums<Row> {
    /// The value that was subtracted.
    pub shift: Row,
    /// Sum of `x - shift`.
    pub sum: Row,
    /// Sum of `(x - shift)^2`.
    pub square: Row,
}

impl Tally {
    /// Nothing seen yet, for `channels` channels.
    pub(crate) fn new(channels: usize) -> Self {
        Self { count: 0.0, mean: vec![0.0; channels], squares: vec![0.0; channels] }
    }

    /// Takes in a panel of `count` pixels whose first channel is `first`. Call [`Self::counted`] after the last panel.
    pub(crate) fn add<Row: bytemuck::Pod>(&mut self, first: usize, count: usize, sums: &Sums<Row>) {
        let slice = |row: &Row| cast_slice::<Row, f32>(std::slice::from_ref(row)).to_vec();
        let values = slice(&sums.shift).into_iter().zip(slice(&sums.sum)).zip(slice(&sums.square));
        let count = count as f64;
        let whole = self.count + count;
        let channels = self.mean[first..].iter_mut().zip(&mut self.squares[first..]);
        for ((mean, squares), ((shift, sum), square)) in channels.zip(values) {
            let (sum, square) = (f64::from(sum), f64::from(square));
            let delta = f64::from(shift) + sum / count - *mean;
            *mean += delta * count / whole;
            *squares += (square - sum * sum / count).max(0.0) + delta * delta * self.count * count / whole;
        }
    }

    /// Counts the pixels of a block whose panels have been added.
    pub(crate) fn counted(&mut self, count: usize) {
        self.count += count as f64;
    }

    /// Takes in all that another tally has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        let whole = self.count + other.count;
        let channels = self.mean.iter_mut().zip(&mut self.squares);
        for ((mean, squares), (&theirs, &more)) in channels.zip(other.mean.iter().zip(&other.squares)) {
            let delta = theirs - *mean;
            *mean += delta * other.count / whole;
            *squares += more + delta * delta * self.count * other.count / whole;
        }
        self.count = whole;
    }

    /// Mean and biased variance of each channel.
    pub(crate) fn finish(&self, mean: &mut [f32], variance: &mut [f32]) {
        for (to, &value) in mean.iter_mut().zip(&self.mean) {
            *to = value as f32;
        }
        for (to, &value) in variance.iter_mut().zip(&self.squares) {
            *to = (value / self.count) as f32;
        }
    }
}
