//! Files into a network of the same form: weights to look at, the state of a run to go on from, an encoder to begin with.

use super::save::{KEPT, notes};
use super::swap_network::transfer_weights;
use super::{Checkpoint, Trainer};
use crate::nn::Weights;
use crate::pictures::KeptMoment;
use crate::state::{Counts, Stored, size, unfitting};
use augsphere_spec::{Fault, Scalar};
use std::cell::OnceCell;
use std::rc::Rc;

/// The part of a network that other runs may begin with.
const ENCODER: &str = "encoder.";

impl Trainer {
    /// The network with the weights and running statistics of a safetensors file that [`Checkpoint::save`] or [`Trainer::save`] wrote, after
    /// the steps that it names.
    ///
    /// # Errors
    /// If the file is no such file, or of a network of another form: what is missing, or has another shape.
    pub fn checkpoint_from(&self, file: &[u8]) -> Result<Checkpoint, Fault> {
        let (notes, counts) = notes(file).map_err(|error| unfitting(&format!("it is no safetensors file: {error}")))?;
        let stored = Stored::read(file, counts, &self.network.layout, &self.opened.device)?;
        let (theta, statistics) = (stored.theta()?, stored.statistics()?);
        let statistics = statistics.unwrap_or_else(|| self.statistics.clone());
        let now = self.checkpoint();
        let objective = now.objective.clone().filter(|_| !self.depends_on_more_than_weights());
        let step = notes.get("steps").and_then(|steps| steps.parse().ok()).unwrap_or(0);
        let linear_predictor = self.predictor.matrix(&Weights::plain(&self.network.layout, &theta));
        Ok(Checkpoint { theta, statistics, linear_predictor, objective, step, ..now })
    }

    /// Goes on from a file that [`Trainer::save`] wrote, after so many steps of the experiment that this trainer was made for. The moments of the
    /// past that it holds, steps rising.
    ///
    /// # Errors
    /// If the file is no such file, or of a network, method or optimiser of another form: what is missing, or has another shape. Nothing of
    /// this trainer is to be used then.
    pub fn restore(&mut self, file: &[u8], step: u64) -> Result<Vec<KeptMoment>, Fault> {
        let (_, counts) = notes(file).map_err(|error| unfitting(&format!("it is no safetensors file: {error}")))?;
        let (network, opened) = (Rc::clone(&self.network), self.opened.clone());
        let stored = Stored::read(file, counts, &network.layout, &opened.device)?;
        self.theta = stored.theta()?;
        if let Some(statistics) = stored.statistics()? {
            self.statistics = statistics;
        }
        if self.target.is_some() {
            let target = stored.weights("target.")?;
            self.target = Some(target.ok_or_else(|| unfitting("it has no weights of the momentum encoder"))?);
        }
        self.predictor.restore(&stored)?;
        self.method.restore(&stored)?;
        self.optimiser.restore(&stored)?;
        let baselines: Vec<Scalar> =
            stored.numbers("baseline.")?.into_iter().map(|(name, value)| Scalar { name, value }).collect();
        self.baselines = Rc::new(if baselines.is_empty() { OnceCell::new() } else { OnceCell::from(baselines) });
        self.views_since = size(stored.counts("views_since").first().copied().unwrap_or(0)) as u64;
        self.step = step;
        let kept = stored.numbered(KEPT)?.into_iter().filter(|(kept, ..)| *kept <= step);
        Ok(kept.map(|(step, dimension, embedding)| KeptMoment { step, embedding, dimension }).collect())
    }

    /// Takes the encoder of a safetensors file in place of the random one: its weights and running statistics, and nothing else.
    ///
    /// # Errors
    /// If the file is no such file, or its encoder has another form: what is missing, or has another shape.
    pub fn begin_with(&mut self, file: &[u8]) -> Result<(), Fault> {
        let (network, opened) = (Rc::clone(&self.network), self.opened.clone());
        let encoder = network.layout.only(ENCODER);
        let stored = Stored::read(file, Counts::default(), &encoder, &opened.device)?;
        self.theta = transfer_weights(&encoder, &stored.theta()?, &network.layout, &self.theta);
        if let Some(statistics) = stored.statistics()? {
            self.statistics = statistics.transferred(&encoder, &network.layout, &opened.device);
        }
        self.target = self.target.take().map(|_| self.theta.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::Pace;
    use crate::{block_on, catalogue, datasets, device};
    use augsphere_spec::DeviceChoice;
    use std::rc::Rc;

    fn trainer(encoder: &str) -> Trainer {
        let text =
            format!("[data]\nkind = \"shapes\"\ntrain = 64\nside = 16\n[encoder]\nsize = \"{encoder}\"\n[train]\nbatch = 16");
        let experiment = catalogue().read_toml(&text).expect("no mistakes");
        let choice = experiment.choice("data").expect("data").clone();
        let data = Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
        let opened = block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
        Trainer::new(experiment, data, &opened).expect("it fits")
    }

    /// What was saved gives the same embeddings in another network of the same form, bit for bit.
    #[test]
    fn a_network_comes_back_from_its_file() {
        let mut trained = trainer("tiny");
        (0..3).for_each(|_| trained.step());
        let file = block_on(trained.checkpoint().save(String::new())).expect("it can be saved");
        let loaded = trainer("tiny").checkpoint_from(&file).expect("it fits");
        assert_eq!(loaded.step(), 3);
        let embedding = |checkpoint: &Checkpoint| block_on(checkpoint.snapshot(&Pace::default())).expect("it answers").embedding;
        assert_eq!(embedding(&loaded), embedding(&trained.checkpoint()));
        assert_ne!(embedding(&loaded), embedding(&trainer("tiny").checkpoint()));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let file = block_on(trainer("tiny").checkpoint().save(String::new())).expect("it can be saved");
        let fault = trainer("small").checkpoint_from(&file).err().expect("another network");
        assert!(fault.what.contains("encoder.stage1.conv.weight") && fault.what.contains("[16, 3, 3, 3]"), "{}", fault.what);
        let cut = trainer("tiny").checkpoint_from(&file[..file.len() - 8]).err().expect("half a file");
        assert!(cut.what.contains("no safetensors"), "{}", cut.what);
        let mut broken = file;
        let end = broken.len();
        broken[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(trainer("tiny").checkpoint_from(&broken).err().is_some_and(|fault| fault.what.contains("is none")));
    }
}
