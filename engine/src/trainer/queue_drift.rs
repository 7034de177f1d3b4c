//! The staleness of a queue: how far the key encoder has moved away from the keys that it put there.

use super::batch_norm::BatchNorm;
use super::objective::Objective;
use super::step::{encode_targets, encode_views};
use super::{Checkpoint, Trainer};
use crate::losses::{halves, normalise};
use crate::methods::target::Target;
use crate::methods::{self, Ring};
use crate::metrics::Found;
use crate::nn::Weights;
use crate::readback::read;
use augsphere_spec::{Card, Fault, Payload, Profile, Scalar};
use burn::tensor::Tensor;

/// Ages at which keys are looked at, as shares of those that the queue holds.
const SHARES: [f64; 4] = [0.25, 0.5, 0.75, 1.0];

impl Trainer {
    /// How far the keys of a queue have drifted: `1 - cosine` between a key and what the key encoder makes of the same view now, 0 to 2, mean over
    /// the keys of a step. `queue_staleness` is the mean over five ages from the newest keys to the oldest, `queue_drift` the series over the
    /// age in steps. He et al. 2020 (arXiv 1911.05722, section 3.2) want keys to be consistent; this is by how much they are not. Views of a
    /// step are made again from its random numbers: steps before the augmentations changed cannot be looked at. Nothing without a queue.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn queue_drift(&self) -> Result<Found, Fault> {
        self.checkpoint().queue_drift().await
    }
}

impl Checkpoint {
    /// Where the keys of the method's queue stand, or why there are none: a sentence.
    pub(crate) fn ring(&self) -> Result<Ring, String> {
        if let Some(ring) = self.objective.as_ref().and_then(|objective| objective.method.ring()) {
            return Ok(ring);
        }
        let kind = self.experiment.choice("method").map_or("", |choice| &choice.kind);
        let queued = |card: &&Card| card.knobs.iter().any(|knob| knob.name == "queue");
        let cards = methods::cards();
        let own = cards.iter().find(|card| card.name == kind);
        if own.as_ref().is_some_and(queued) {
            return Err("The file of this run keeps weights and no queue: look at this picture while the run is there.".into());
        }
        let titles: Vec<&str> = cards.iter().filter(queued).map(|card| card.title.as_str()).collect();
        let own = own.map_or("This method", |card| &card.title);
        Err(format!("{own} has no queue of former keys. These methods have one: {}. Choose one of them.", titles.join("; ")))
    }

    /// See [`Trainer::queue_drift`].
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) async fn queue_drift(&self) -> Result<Found, Fault> {
        let Some(objective) = self.objective.as_deref() else { return Ok(Found::default()) };
        let seen = usize::try_from(self.step.saturating_sub(objective.views_since)).unwrap_or(usize::MAX);
        let oldest = objective.method.queued_steps().min(seen);
        let mut ages: Vec<usize> = SHARES.iter().map(|share| (share * oldest as f64).ceil() as usize).collect();
        ages.insert(0, 1);
        ages.dedup();
        let looked_at = ages.iter().filter(|&&age| age <= oldest).filter_map(|&age| Some((age, self.drift(objective, age)?)));
        let (ages, drifts): (Vec<usize>, Vec<Tensor<1>>) = looked_at.unzip();
        if ages.is_empty() {
            return Ok(Found::default());
        }
        let read = read(vec![Tensor::cat(drifts, 0)]).await.map_err(|error| self.device_fault(&error))?;
        augsphere_kernels::buffers::end_step();
        let drifts = read.into_iter().next().unwrap_or_default();
        let mean = drifts.iter().sum::<f32>() / drifts.len().max(1) as f32;
        let series = Payload::Series { x: ages.iter().map(|&age| age as f32).collect(), y: drifts };
        Ok(Found {
            scalars: vec![Scalar { name: "queue_staleness".into(), value: mean }],
            profiles: vec![Profile { name: "queue_drift".into(), payload: series }],
        })
    }

    /// The drift of the keys that are so many steps old, one element.
    fn drift(&self, objective: &Objective, age: usize) -> Option<Tensor<1>> {
        let keys = objective.method.queued(age)?;
        let step = self.step.checked_sub(age as u64)?;
        let views = self.loader.views(step, &self.policies);
        let norm = BatchNorm::named(objective.live.train.text("batch_norm"));
        let now = match (objective.live.target, &objective.target) {
            (Target::Momentum, Some(theta)) => encode_targets(&self.network, norm, theta, views, [self.experiment.seed, step]),
            _ => encode_views(&self.network, norm, &Weights::plain(&self.network.layout, &self.theta), views).embedding,
        };
        let now = if keys.dims()[0] == now.dims()[0] { now } else { halves(&now)[1].clone() };
        (keys.dims() == now.dims()).then(|| {
            let cosine = (keys * normalise(now)).sum_dim(1).mean();
            (cosine - 1.0).neg().reshape([1])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::Trainer;
    use crate::{block_on, catalogue, datasets, device};
    use augsphere_spec::DeviceChoice;
    use std::rc::Rc;

    fn trainer(method: &str, momentum: f64, rate: f64) -> Trainer {
        let queue = if method == "simclr" { "" } else { "queue = 64\n" };
        let text = format!(
            "seed = 3\n[data]\nkind = \"shapes\"\ntrain = 64\nside = 16\n[encoder]\nkind = \"conv\"\nsize = \"tiny\"\n\
             [method]\nkind = \"{method}\"\n{queue}[target]\nkind = \"momentum\"\nmomentum = {momentum}\n\
             [optimiser]\nlearning_rate = {rate}\n[train]\nbatch = 8\nwarmup = 0"
        );
        let experiment = catalogue().read_toml(&text).expect("no mistakes");
        let choice = experiment.choice("data").expect("data").clone();
        let data = Rc::new(datasets::load(&choice, 3, &datasets::DroppedArchives::default()).expect("shapes"));
        let opened = block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
        Trainer::new(experiment, data, &opened).expect("it fits")
    }

    fn drift(trainer: &Trainer) -> (Vec<f32>, Vec<f32>) {
        let found = block_on(trainer.queue_drift()).expect("the device answers");
        match found.profiles.into_iter().next().map(|profile| profile.payload) {
            Some(Payload::Series { x, y }) => (x, y),
            _ => (Vec::new(), Vec::new()),
        }
    }

    /// A key encoder that never moves says of every view what it said before, bit for bit or nearly so.
    #[test]
    fn keys_of_an_encoder_that_stands_still_are_fresh() {
        for method in ["moco_v2", "alignment_uniformity_queue", "pico"] {
            let mut trainer = trainer(method, 0.99999, 0.05);
            assert_eq!(drift(&trainer).0, [0.0; 0], "nothing was put there yet");
            (0..3).for_each(|_| trainer.step());
            let (ages, drifts) = drift(&trainer);
            assert_eq!(ages, [1.0, 2.0, 3.0], "{method}");
            assert!(drifts.iter().all(|drift| drift.abs() < 1e-5), "{method}: {drifts:?}");
        }
    }

    /// One that follows at once leaves its keys behind: the older, the farther.
    #[test]
    fn keys_of_an_encoder_that_moves_go_stale() {
        let mut trainer = trainer("moco_v2", 0.0, 0.05);
        (0..6).for_each(|_| trainer.step());
        let (ages, drifts) = drift(&trainer);
        // Eight images give sixteen keys a step: four steps fill the queue.
        assert_eq!(ages, [1.0, 2.0, 3.0, 4.0]);
        assert!(drifts.iter().all(|drift| *drift > 1e-4) && drifts[3] > drifts[0], "{drifts:?}");
    }

    #[test]
    fn there_is_none_without_a_queue() {
        let mut trainer = trainer("simclr", 0.9, 0.05);
        trainer.step();
        assert_eq!(block_on(trainer.queue_drift()).expect("the device answers"), Found::default());
    }
}
