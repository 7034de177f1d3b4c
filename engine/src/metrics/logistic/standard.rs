//! Columns of features brought to mean 0 and standard deviation 1.

use crate::pace::Pace;

/// Rows between two looks at the clock.
const ROWS: usize = 256;

/// Means and standard deviations of the columns of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    mean: Vec<f64>,
    /// One over the standard deviation; 0 in a constant column.
    scale: Vec<f64>,
}

impl Standard {
    /// Of rows of `width` finite numbers (squares over `n`, not `n - 1`, as scikit-learn's `StandardScaler`). A column that varies
    /// by no more than its mean is rounded in single precision is constant.
    pub(super) async fn of(rows: &[&[f32]], width: usize, pace: &Pace) -> Self {
        let count = rows.len().max(1) as f64;
        let (mut mean, mut scale) = (vec![0.0; width], vec![0.0; width]);
        for rows in rows.chunks(ROWS) {
            for row in rows {
                mean.iter_mut().zip(*row).for_each(|(sum, value)| *sum += f64::from(*value));
            }
            pace.turn().await;
        }
        mean.iter_mut().for_each(|sum| *sum /= count);
        for rows in rows.chunks(ROWS) {
            for row in rows {
                let columns = scale.iter_mut().zip(&mean).zip(*row);
                columns.for_each(|((sum, mean), value)| *sum += (f64::from(*value) - mean).powi(2));
            }
            pace.turn().await;
        }
        for (scale, mean) in scale.iter_mut().zip(&mean) {
            let deviation = (*scale / count).sqrt();
            *scale = if deviation > f64::from(f32::EPSILON) * mean.abs() { deviation.recip() } else { 0.0 };
        }
        Self { mean, scale }
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// `(value - mean) / deviation` of each column of a row; 0 in constant ones. Numbers that are none stay so in every column.
    pub(super) fn apply<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        row.iter().zip(&self.mean).zip(&self.scale).map(|((value, mean), scale)| ((f64::from(*value) - mean) * scale) as f32)
    }
}
