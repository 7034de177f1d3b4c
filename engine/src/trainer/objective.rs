//! What the loss of a batch depends on beside the weights of the trained branch and the batch: kept with a checkpoint, so that it can be asked
//! for the gradient of its step while the run goes on.

use super::{Checkpoint, Live, Trainer};
use crate::heads::Predictor;
use crate::methods::{self, Method, Needs};
use burn::tensor::Tensor;

/// The method that keeps something for each training image.
const PICO: &str = "pico";

/// The method with what it remembers, and the other branch.
pub(super) struct Objective {
    /// The method, with a memory of its own.
    pub method: Box<dyn Method>,
    /// What it needs.
    pub needs: Needs,
    /// The knobs that may change while the run goes on.
    pub live: Live,
    /// What stands after the projector in the trained branch.
    pub predictor: Predictor,
    /// The weights of the momentum encoder `[parameters]`, if there is one.
    pub target: Option<Tensor<1>>,
    /// The step since which views have been made as they are now.
    pub views_since: u64,
}

impl Trainer {
    /// What the loss depends on now. Tensors are shared until the run replaces them.
    pub(super) fn objective(&self) -> Objective {
        let built = || {
            let choice = self.experiment.choice("method").cloned().unwrap_or_default();
            methods::build(&choice, self.experiment.seed, self.loader.data().train.len())
        };
        Objective {
            // One that remembers nothing is what it was when it was built.
            method: self.method.remembered().unwrap_or_else(built),
            needs: self.needs,
            live: self.live.clone(),
            predictor: self.predictor.clone(),
            target: self.target.clone(),
            views_since: self.views_since,
        }
    }

    /// Whether the loss depends on more than the weights that a file keeps: a momentum encoder, a predictor in closed form, or what the method
    /// remembers.
    pub(super) fn depends_on_more_than_weights(&self) -> bool {
        self.target.is_some() || matches!(self.predictor, Predictor::Direct(_)) || self.method.remembered().is_some()
    }
}

impl Checkpoint {
    /// What the loss of validation images depends on, or why it is not known: a sentence.
    pub(super) fn objective(&self) -> Result<&Objective, &'static str> {
        let kind = self.experiment.choice("method").map(|choice| choice.kind.as_str());
        match &self.objective {
            None => Err(
                "The file of this run keeps the weights of the trained branch alone, and its method also needs what it remembers (a momentum \
                 encoder, a queue, moments): look at this picture while the run is there.",
            ),
            Some(_) if kind == Some(PICO) => Err(
                "PiCO has soft targets for training images alone, and this picture is of validation images: choose another method.",
            ),
            Some(objective) => Ok(objective),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::gradient_decomposition::{Batch, Wanted};
    use crate::{block_on, catalogue, datasets, device};
    use augsphere_spec::DeviceChoice;
    use std::rc::Rc;

    fn trainer(method: &str) -> Trainer {
        let text = format!(
            "[data]\nkind = \"shapes\"\ntrain = 32\nside = 8\n[encoder]\nkind = \"conv\"\nsize = \"tiny\"\n[projector]\nhidden = 8\ndimension = 8\n[method]\nkind = \"{method}\"\n\
             [train]\nbatch = 8\nwarmup = 0\n"
        );
        let experiment = catalogue().read_toml(&text).expect("no mistakes");
        let choice = experiment.choice("data").expect("data").clone();
        let data = Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
        let opened = block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
        Trainer::new(experiment, data, &opened).expect("it fits")
    }

    /// A checkpoint asks for the gradient of its step although the run has gone on, whatever its method remembers: a method that forgets to
    /// hand over its memory, or that shares it, is found here.
    #[test]
    fn a_checkpoint_asks_for_what_the_run_asked_for_at_its_step() {
        for card in methods::cards() {
            let mut trainer = trainer(&card.name);
            for _ in 0..3 {
                trainer.step();
                block_on(trainer.read_losses());
            }
            let then = block_on(trainer.gradient_scalars()).expect("the device answers");
            let checkpoint = trainer.checkpoint();
            (0..2).for_each(|_| trainer.step());
            let branch = trainer.target.is_some();
            let objective = checkpoint.objective.as_deref().expect("a run knows it");
            let again = block_on(checkpoint.decomposed(objective, Batch::Next, Wanted::Parts)).expect("the device answers");
            assert_eq!(again.scalars(), then, "{}", card.name);
            assert_eq!(checkpoint.objective().is_err(), card.name == PICO, "{}", card.name);
            assert!(!branch || trainer.depends_on_more_than_weights(), "{}", card.name);
        }
    }

    #[test]
    fn a_file_has_the_objective_of_methods_that_remember_nothing() {
        for (method, known) in
            [("simclr", true), ("vicreg", true), ("moco_v2", false), ("unigrad", false), ("direct_pred", false)]
        {
            let mut trained = trainer(method);
            trained.step();
            let file = block_on(trained.checkpoint().save(String::new())).expect("it can be saved");
            let loaded = trainer(method).checkpoint_from(&file).expect("it fits");
            assert_eq!(loaded.objective().is_ok(), known, "{method}");
        }
    }
}
