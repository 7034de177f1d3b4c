//! Theorem 1 of Huang et al. for a question about distances: of the run's encoder, or of the constructed case.

use super::distances::Inquiry;
use crate::augmented_distance::Distances;
use crate::concentration::{Questioned, constructed, diagnose};
use crate::pace::Pace;
use crate::trainer::Checkpoint;
use augsphere_spec::{Fault, Quantity, TheoremCase};

/// Held-out images of each class that the error is measured on, at most: a standard error of at most 3.6 points for each class.
const HELD_OUT: usize = 200;

impl Inquiry {
    /// The quantities of Theorem 1 and its verdict; none where the encoder is asked for and there is none.
    pub(super) async fn theorem(
        &self,
        distances: &Distances,
        encoder: Option<&Checkpoint>,
        pace: &Pace,
    ) -> Result<Vec<Quantity>, Fault> {
        let (question, chosen) = (&self.question, &self.chosen);
        let diagnostic = match (question.theorem, encoder) {
            (TheoremCase::Constructed, _) => constructed(question.classes.len(), question.per_class).await?,
            (case, Some(encoder)) => {
                let asked = Questioned {
                    case,
                    train: &self.data.train,
                    classes: &question.classes,
                    chosen,
                    sample: &self.sample()?,
                    views: self.views,
                    pair: &self.pair,
                    held_out: (&self.data.test, HELD_OUT),
                    delta: question.delta,
                    epsilon: question.epsilon,
                };
                diagnose(&asked, distances, encoder, pace).await?
            }
            (_, None) => return Ok(Vec::new()),
        };
        Ok(diagnostic.told())
    }
}
