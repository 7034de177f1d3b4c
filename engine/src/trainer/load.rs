//! Weights of a file into a network of the same form.

use super::{Checkpoint, Trainer};
use crate::nn::{Statistics, upload};
use augsphere_spec::Fault;
use safetensors::{Dtype, SafeTensors};

impl Trainer {
    /// The network with the weights and running statistics of a safetensors file that [`Checkpoint::save`] wrote, after the steps that it
    /// names.
    ///
    /// # Errors
    /// If the file is no such file, or of a network of another form: what is missing, or has another shape.
    pub fn checkpoint_from(&self, file: &[u8]) -> Result<Checkpoint, Fault> {
        let tensors = SafeTensors::deserialize(file).map_err(|error| unfitting(format!("it is no safetensors file: {error}")))?;
        let (_, metadata) = SafeTensors::read_metadata(file).map_err(|error| unfitting(error.to_string()))?;
        let layout = &self.network.layout;
        let read = |name: &str, shape: &[usize]| {
            let found = tensors.tensor(name).map_err(|_| unfitting(format!("it has no {name}")))?;
            if found.dtype() != Dtype::F32 || found.shape() != shape {
                let (kind, form) = (found.dtype(), found.shape());
                return Err(unfitting(format!("{name} is {kind:?} {form:?} there, and F32 {shape:?} here")));
            }
            let values = found.data().as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four));
            let values: Vec<f32> = values.collect();
            match values.iter().position(|value| !value.is_finite()) {
                Some(place) => Err(unfitting(format!("number {place} of {name} is none"))),
                None => Ok(values),
            }
        };
        let mut theta = Vec::with_capacity(layout.len());
        for slot in layout.slots() {
            theta.extend(read(&slot.name, &slot.shape)?);
        }
        let mut moments = [Vec::new(), Vec::new()];
        for norm in layout.norms() {
            for (kind, moments) in ["running_mean", "running_var"].iter().zip(&mut moments) {
                moments.extend(read(&format!("{}.{kind}", norm.name), &[norm.channels])?);
            }
        }
        let device = &self.opened.device;
        let [mean, variance] = moments.map(|moments| upload(moments, device));
        let steps = metadata.metadata().as_ref().and_then(|notes| notes.get("steps")?.parse().ok());
        let statistics =
            if layout.norms().is_empty() { self.statistics.clone() } else { Statistics::from_tensors(layout, &mean, &variance) };
        let now = self.checkpoint();
        let objective = now.objective.clone().filter(|_| !self.depends_on_more_than_weights());
        Ok(Checkpoint { theta: upload(theta, device), statistics, objective, step: steps.unwrap_or(0), ..now })
    }
}

fn unfitting(why: String) -> Fault {
    Fault {
        what: format!("The weights do not fit this network: {why}."),
        location: "weights".into(),
        remedy: "Take the weights and the experiment of one and the same run.".into(),
        recoverable: true,
        settings: Vec::new(),
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
