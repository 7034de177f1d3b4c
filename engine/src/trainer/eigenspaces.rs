//! The eigenspaces of a linear predictor and of the correlation matrix, compared on validation images.

use super::Checkpoint;
use super::encode::Encoded;
use crate::heads::eigenspace_alignment;
use crate::readback::read_one;
use augsphere_spec::{Fault, Scalar};

impl Checkpoint {
    /// `eigenspace_alignment`, 0 to 1: of the predictor's matrix and of `F = E[f f^T]` over both views of the validation images that the
    /// pair measures use, with embeddings `f` before the predictor that are not scaled to unit length (evaluation mode). See
    /// [`eigenspace_alignment`]. Nothing where no linear predictor is learnt or set.
    ///
    /// # Errors
    /// When the device failed.
    pub(super) async fn measure_eigenspaces(&self, views: &[Encoded; 2]) -> Result<Option<Scalar>, Fault> {
        let Some(matrix) = self.linear_predictor.clone() else { return Ok(None) };
        let matrix = read_one(matrix).await.map_err(|error| self.device_fault(&error))?;
        let matrix: Vec<f64> = matrix.into_iter().map(f64::from).collect();
        let d = self.network.dimension;
        let mut moments = vec![0.0; d * d];
        for view in views {
            for (row, length) in view.embedding.chunks_exact(d).zip(&view.lengths) {
                let square = f64::from(*length).powi(2);
                for (sums, &value) in moments.chunks_exact_mut(d).zip(row) {
                    let factor = f64::from(value) * square;
                    sums.iter_mut().zip(row).for_each(|(sum, &other)| *sum += factor * f64::from(other));
                }
            }
        }
        // The count of rows scales all eigenvalues alike.
        let alignment = eigenspace_alignment(&moments, &matrix, d);
        Ok(alignment.map(|value| Scalar { name: "eigenspace_alignment".to_owned(), value: value as f32 }))
    }
}
