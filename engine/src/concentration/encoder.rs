//! Theorem 1 of the encoder of a run: class centres and constants from views of training images, the error from held-out ones.

use super::clique::BUDGET;
use super::curve::{sigma, within_classes};
use super::diagnostic::{Diagnostic, Features, Transforms};
use crate::augmentations::Pair;
use crate::augmented_distance::{Distances, Sample, Subset, choose};
use crate::datasets::Images;
use crate::pace::Pace;
use crate::trainer::Checkpoint;
use augsphere_spec::{Fault, Quantity, TheoremCase};

/// What an encoder is asked.
pub(crate) struct Questioned<'a> {
    /// What is asked of: features or embedding.
    pub case: TheoremCase,
    /// Training images, all of them: the shares of the classes.
    pub train: &'a Images,
    /// The classes, as numbers.
    pub classes: &'a [usize],
    /// Those of the training images that are looked at.
    pub chosen: &'a Subset,
    /// Their views, and how many each has.
    pub sample: &'a Sample<'a>,
    /// See `sample`.
    pub views: usize,
    /// The policies that make the views.
    pub pair: &'a Pair,
    /// Images that no step was taken on, and how many of each class the error is measured on, at most.
    pub held_out: (&'a Images, usize),
    /// How near two images of a main part are, at most, in pixel values.
    pub delta: f64,
    /// How far apart the features of an image's views may be.
    pub epsilon: f64,
}

/// The theorem for `encoder` on images whose views have these `distances`.
///
/// # Errors
/// When the device failed.
pub(crate) async fn diagnose(
    asked: &Questioned<'_>,
    distances: &Distances,
    encoder: &Checkpoint,
    pace: &Pace,
) -> Result<Diagnostic, Fault> {
    let Questioned { case, train, classes, chosen, sample, views, pair, held_out: (held_out, each), delta, epsilon } = *asked;
    let images = chosen.rows.len();
    // A class without held-out images is not among those that err.
    let present: Vec<usize> =
        classes.iter().copied().filter(|class| held_out.labels.iter().any(|&label| usize::from(label) == *class)).collect();
    let unseen = if present.is_empty() { None } else { Some(choose(held_out, &present, each, 0)?) };
    let held_count = unseen.as_ref().map_or(0, |unseen| unseen.rows.len());
    pace.stage("Asking the encoder", (images * views + held_count) as u64);
    let pixels = sample.pixels(0..images * views);
    let features = encoder.represent(&pixels, case, pace).await?;
    let dimension = features.len() / (images * views);
    let class_of = |class: &usize| classes.iter().position(|known| known == class).unwrap_or_default();
    let (held_features, held_labels) = match &unseen {
        None => (Vec::new(), Vec::new()),
        Some(unseen) => {
            // One view is the image itself.
            let plain = Sample::of(held_out, &unseen.rows, 1, 0, pair)?;
            let features = encoder.represent(&plain.pixels(0..unseen.rows.len()), case, pace).await?;
            (features, unseen.classes.iter().map(class_of).collect())
        }
    };
    let count = |class: &usize| train.labels.iter().filter(|&&label| usize::from(label) == *class).count() as f64;
    let counts: Vec<f64> = classes.iter().map(count).collect();
    let total = counts.iter().sum::<f64>().max(1.0);
    let (discrete, continuous) = sample.transforms();
    let of = Features {
        features: &features,
        dimension,
        pixels: &pixels,
        values: train.stride(),
        views: &vec![views; images],
        listed: sample.listed(),
        labels: &chosen.classes.iter().map(class_of).collect::<Vec<_>>(),
        classes: classes.len(),
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
    let within = within_classes(distances.table(), &chosen.members)?;
    let concentrated = sigma(&within, delta, BUDGET)?.least();
    Ok(Diagnostic::measure(&of, concentrated, delta, epsilon))
}

impl Diagnostic {
    /// Every quantity in the order of the argument; the last one is the verdict, 1 where the condition is not refuted and 0 where it is.
    pub fn told(self) -> Vec<Quantity> {
        let verdict = Quantity { symbol: "verdict".into(), value: f64::from(u8::from(!self.refuted)), words: self.verdict() };
        let told = self.quantities.into_iter();
        let told = told.map(|one| Quantity { symbol: one.symbol.into(), value: one.value, words: one.whence });
        told.chain([verdict]).collect()
    }
}
