//! The measures of a checkpoint: those on the way, and those for which a run must stand still.

use super::encode::Encoded;
use super::measured_means::measured_means;
use super::{Checkpoint, Split, Trainer};
use crate::augmentations::{Policy, recipe_choices};
use crate::datasets::Images;
use crate::memory::Counts;
use crate::metrics::{self, EvalOutputs, Found, RestOutputs, Rows, alignment_fixed};
use crate::nn::{Statistics, upload};
use crate::pace::Pace;
use crate::pictures::KeptMoment;
use augsphere_spec::{Experiment, Fault, Knobs, Scalar};

/// How many of `validation` images the pictures and the pair measures use.
fn shown(experiment: &Experiment, validation: usize) -> usize {
    let cadence = experiment.card("measures", "cadence").map_or_else(Knobs::default, |choice| choice.knobs.clone());
    cadence.count("images").clamp(2, validation.max(2))
}

/// How many of `train` training images the neighbours are chosen from.
fn bank(experiment: &Experiment, train: usize) -> usize {
    let knobs = experiment.card("measures", "knn").map(|choice| choice.knobs.count("bank"));
    knobs.unwrap_or(usize::MAX).clamp(1, train.max(1))
}

/// How many images the measures on the way look at, views counted each, of so many images.
pub fn measured(experiment: &Experiment, counts: Counts) -> u64 {
    let bank = bank(experiment, counts.train);
    let views = shown(experiment, counts.validation) + alignment_fixed::images(experiment, counts.validation);
    (bank + counts.validation + 2 * views) as u64 + measured_means(experiment, bank, counts.validation)
}

impl Trainer {
    /// How many validation images the pictures and the pair measures use.
    pub fn shown(&self) -> usize {
        shown(&self.experiment, self.loader.data().validation.len())
    }
}

impl Checkpoint {
    /// See [`Trainer::shown`].
    pub(super) fn shown(&self) -> usize {
        shown(&self.experiment, self.loader.data().validation.len())
    }

    /// The measures on the way, but those of the gradient, piece by piece, on validation images; `what` says for whom they are.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn measure(&self, what: &str, pace: &Pace) -> Result<Found, Fault> {
        Ok(self.measure_and_keep(what, pace).await?.0)
    }

    /// The same, and the embeddings of the first validation images, which the measures have made on the way.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn measure_and_keep(&self, what: &str, pace: &Pace) -> Result<(Found, KeptMoment), Fault> {
        let data = self.loader.data();
        let bank = bank(&self.experiment, data.train.len());
        pace.stage(what, self.images() - measured_means(&self.experiment, bank, data.validation.len()));
        let encoded = self.encode(Split::Train, bank, None, pace).await?;
        let validation = self.encode(Split::Validation, data.validation.len(), None, pace).await?;
        let [first, second] = self.encode_views(pace).await?;
        let mut fixed = [Vec::new(), Vec::new()];
        let fixed_images = alignment_fixed::images(&self.experiment, data.validation.len());
        if fixed_images > 0 {
            let policy = Policy::new(&recipe_choices(alignment_fixed::RECIPE).unwrap_or_default());
            for (view, embedding) in (0..).zip(&mut fixed) {
                *embedding = self.encode(Split::Validation, fixed_images, Some((&policy, view)), pace).await?.embedding;
            }
        }
        let outputs = EvalOutputs {
            bank: &encoded.features,
            bank_labels: &data.train.labels[..bank],
            features: &validation.features,
            labels: &data.validation.labels,
            width: self.network.width(),
            classes: data.classes.len(),
            views: [&first.embedding, &second.embedding],
            fixed_views: [&fixed[0], &fixed[1]],
            dimension: self.network.dimension,
            device: Some(&self.opened),
        };
        let mut found = metrics::measure_in_pieces(&outputs, self.experiment.choices("measures"), pace).await;
        found.scalars.extend(self.measure_means(&outputs, pace).await?);
        found.scalars.extend(self.measure_eigenspaces(&[first, second]).await?);
        let dimension = self.network.dimension;
        let mut embedding = validation.embedding;
        embedding.truncate(self.shown() * dimension);
        Ok((found, KeptMoment { step: self.step, embedding, dimension }))
    }

    /// What takes too long to be measured on the way: what a linear probe reads, on validation and on test images, the neighbours of the test
    /// images, and what there is without training: pixels and the untrained encoder, which are measured once for a run.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn measure_at_rest(&self, pace: &Pace) -> Result<Found, Fault> {
        let (data, choices) = (self.loader.data(), self.experiment.choices("measures"));
        let count = metrics::training_images(choices).clamp(1, data.train.len());
        let bank = bank(&self.experiment, data.train.len());
        let known = self.baselines.get().is_some();
        let again = if known { 0 } else { count + data.validation.len() };
        let images = count.max(bank) + data.validation.len() + data.test.len() + 2 * self.shown();
        pace.stage("Measuring what a probe reads", (images + again) as u64);
        let train = self.encode(Split::Train, count.max(bank), None, pace).await?;
        let validation = self.encode(Split::Validation, data.validation.len(), None, pace).await?;
        let test = self.encode(Split::Test, data.test.len(), None, pace).await?;
        let [first, second] = self.encode_views(pace).await?;
        let outputs = RestOutputs {
            train: self.features(&train, &data.train),
            validation: self.features(&validation, &data.validation),
            test: self.features(&test, &data.test),
            train_embedding: self.embedding(&train, &data.train),
            validation_embedding: self.embedding(&validation, &data.validation),
            views: [&first.embedding, &second.embedding],
            bank,
            classes: data.classes.len(),
            factors: &data.factors,
            device: Some(&self.opened),
        };
        let mut found = metrics::measure_at_rest(&outputs, choices, pace).await;
        if !known {
            let _set_just_now = self.baselines.set(self.measure_baselines(count, bank, pace).await?);
        }
        found.scalars.extend(self.baselines.get().into_iter().flatten().cloned());
        Ok(found)
    }

    /// What there is without training, the same at every step: neighbours by pixels, and what a probe reads from the untrained encoder.
    async fn measure_baselines(&self, count: usize, bank: usize, pace: &Pace) -> Result<Vec<Scalar>, Fault> {
        let (data, choices) = (self.loader.data(), self.experiment.choices("measures"));
        let untrained = self.untrained();
        let train = untrained.encode(Split::Train, count, None, pace).await?;
        let validation = untrained.encode(Split::Validation, data.validation.len(), None, pace).await?;
        let (train, validation) = (self.features(&train, &data.train), self.features(&validation, &data.validation));
        let probe = metrics::measure_untrained([train, validation], data.classes.len(), choices, pace).await;
        Ok(probe.into_iter().chain(metrics::measure_pixels(data, bank, choices, Some(&self.opened), pace).await).collect())
    }

    /// Two views of the validation images that pair measures use, the same at every step.
    async fn encode_views(&self, pace: &Pace) -> Result<[Encoded; 2], Fault> {
        let first = self.encode(Split::Validation, self.shown(), Some((self.policies.first(), 0)), pace).await?;
        Ok([first, self.encode(Split::Validation, self.shown(), Some((self.policies.second(), 1)), pace).await?])
    }

    fn features<'a>(&self, encoded: &'a Encoded, images: &'a Images) -> Rows<'a> {
        Rows::new(&encoded.features, self.network.width(), &images.labels)
    }

    fn embedding<'a>(&self, encoded: &'a Encoded, images: &'a Images) -> Rows<'a> {
        Rows::new(&encoded.embedding, self.network.dimension, &images.labels)
    }

    /// The network as it was before the first step: the experiment's seed makes it anew.
    fn untrained(&self) -> Self {
        let device = &self.opened.device;
        Self {
            experiment: self.experiment.clone(),
            opened: self.opened.clone(),
            loader: self.loader.clone(),
            network: self.network.clone(),
            policies: self.policies.clone(),
            theta: upload(self.network.layout.initial(self.experiment.seed), device),
            statistics: Statistics::new(&self.network.layout, device),
            linear_predictor: None,
            prototypes: None,
            objective: None,
            baselines: self.baselines.clone(),
            step: 0,
        }
    }

    /// Multiplications of [`Checkpoint::measure`] in the network.
    pub fn multiply_adds(&self) -> u64 {
        self.images() * self.cost().multiply_adds
    }

    /// Images that the measures on the way look at, views counted each.
    fn images(&self) -> u64 {
        measured(&self.experiment, Counts::of(self.loader.data()))
    }
}
