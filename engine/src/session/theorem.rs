//! Theorem 1 of Huang et al. for a question about distances: of the run's encoder, or of the constructed case.

use super::distances::Inquiry;
use crate::augmented_distance::{Distances, Sample, choose};
use crate::concentration::{BUDGET, Diagnostic, Features, Transforms, constructed, sigma, within_classes};
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
        let diagnostic = match (self.question.theorem, encoder) {
            (TheoremCase::Constructed, _) => constructed(self.question.classes.len(), self.question.per_class).await?,
            (case, Some(encoder)) => self.diagnose(case, distances, encoder, pace).await?,
            (_, None) => return Ok(Vec::new()),
        };
        let verdict =
            Quantity { symbol: "verdict".into(), value: f64::from(u8::from(!diagnostic.refuted)), words: diagnostic.verdict() };
        let told = diagnostic.quantities.into_iter();
        let told = told.map(|one| Quantity { symbol: one.symbol.into(), value: one.value, words: one.whence });
        Ok(told.chain([verdict]).collect())
    }

    /// The theorem of an encoder: class centres and constants from views of the training images that are looked at, the error from
    /// held-out ones.
    async fn diagnose(
        &self,
        case: TheoremCase,
        distances: &Distances,
        encoder: &Checkpoint,
        pace: &Pace,
    ) -> Result<Diagnostic, Fault> {
        let sample = self.sample()?;
        let asked = &self.question.classes;
        let (images, test) = (self.chosen.rows.len(), &self.data.test);
        // A class without held-out images is not among those that err.
        let present: Vec<usize> =
            asked.iter().copied().filter(|class| test.labels.iter().any(|&label| usize::from(label) == *class)).collect();
        let held_out = if present.is_empty() { None } else { Some(choose(test, &present, HELD_OUT, 0)?) };
        let held_count = held_out.as_ref().map_or(0, |held_out| held_out.rows.len());
        pace.stage("Asking the encoder", (images * self.views + held_count) as u64);
        let pixels = sample.pixels(0..images * self.views);
        let features = encoder.represent(&pixels, case, pace).await?;
        let dimension = features.len() / (images * self.views);
        let class_of = |class: &usize| asked.iter().position(|known| known == class).unwrap_or_default();
        let (held_features, held_labels) = match &held_out {
            None => (Vec::new(), Vec::new()),
            Some(held_out) => {
                // One view is the image itself.
                let plain = Sample::of(test, &held_out.rows, 1, 0, &self.pair)?;
                let features = encoder.represent(&plain.pixels(0..held_out.rows.len()), case, pace).await?;
                (features, held_out.classes.iter().map(class_of).collect())
            }
        };
        let count = |class: &usize| self.data.train.labels.iter().filter(|&&label| usize::from(label) == *class).count() as f64;
        let counts: Vec<f64> = asked.iter().map(count).collect();
        let total = counts.iter().sum::<f64>().max(1.0);
        let (discrete, continuous) = sample.transforms();
        let of = Features {
            features: &features,
            dimension,
            pixels: &pixels,
            values: self.data.train.stride(),
            views: &vec![self.views; images],
            listed: sample.listed(),
            labels: &self.chosen.classes.iter().map(class_of).collect::<Vec<_>>(),
            classes: asked.len(),
            name: match case {
                TheoremCase::Embedding => "the embedding after the projector",
                _ => "the features before the projector",
            },
            held_out: &held_features,
            held_out_labels: &held_labels,
            shares: &counts.iter().map(|count| count / total).collect::<Vec<_>>(),
            transforms: Transforms { discrete, continuous },
            complete: false,
        };
        let within = within_classes(distances.table(), &self.chosen.members)?;
        let concentrated = sigma(&within, self.question.delta, BUDGET)?.least();
        Ok(Diagnostic::measure(&of, concentrated, self.question.delta, self.question.epsilon))
    }
}
