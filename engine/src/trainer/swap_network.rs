//! The change to another method, target branch, head or optimiser in the middle of a run.
//!
//! The encoder stays, and so does every other weight whose name and shape have a place in the new network. The count of steps,
//! the order of the images and the random numbers of the augmentations go on as if nothing had happened.

use super::{Live, Network, Trainer};
use crate::augmentations::Pair;
use crate::heads::Predictor;
use crate::methods;
use crate::nn::{Layout, Statistics, upload};
use crate::optimisers;
use augsphere_spec::{Catalogue, Experiment};
use burn::tensor::{Device, Tensor};
use std::rc::Rc;

/// 1 on the predictor's weights, 0 elsewhere, if they learn at a rate of their own or not at all.
pub(super) fn predictor_mask(
    layout: &Layout,
    predictor: &Predictor,
    experiment: &Experiment,
    device: &Device,
) -> Option<Tensor<1>> {
    let knobs = experiment.knobs("predictor");
    let own = match predictor {
        Predictor::Layers { trained: true, .. } => knobs.switch("constant_rate") || (knobs.float("rate") - 1.0).abs() > 1e-12,
        Predictor::Layers { trained: false, .. } => true,
        Predictor::None | Predictor::Direct(_) => false,
    };
    own.then(|| {
        let slots = layout.slots().iter();
        let mask =
            slots.flat_map(|slot| std::iter::repeat_n(f32::from(u8::from(slot.name.starts_with("predictor."))), slot.len()));
        upload(mask.collect(), device)
    })
}

/// A flat vector in the new layout: from `old` where name and shape agree, from `fresh` elsewhere.
pub(super) fn transfer_weights(old_layout: &Layout, old: &Tensor<1>, layout: &Layout, fresh: &Tensor<1>) -> Tensor<1> {
    let part = |slot: &crate::nn::Slot| {
        let known = old_layout.slots().iter().find(|known| known.name == slot.name && known.shape == slot.shape);
        match known {
            Some(known) => old.clone().narrow(0, known.offset, known.len()),
            None => fresh.clone().narrow(0, slot.offset, slot.len()),
        }
    };
    Tensor::cat(layout.slots().iter().map(part).collect(), 0)
}

impl Trainer {
    /// Goes on with `experiment`, which differs from the current one in live knobs and sections only.
    pub fn change(&mut self, experiment: Experiment, catalogue: &Catalogue) {
        let before = std::mem::replace(&mut self.experiment, experiment);
        let differs = |section: &str| before.choices(section) != self.experiment.choices(section);
        let kind_differs = |section: &str| {
            before.choice(section).map(|choice| &choice.kind) != self.experiment.choice(section).map(|choice| &choice.kind)
        };
        // A live knob of the same method leaves its memory (a queue, a moving average) alone.
        let rebuilt = |section: &str| {
            let knobs = before.knobs(section).0.into_iter();
            let now = self.experiment.knobs(section);
            let mut others =
                knobs.filter(|(name, value)| now.0.get(name) != Some(value)).map(|(name, _)| format!("{section}.{name}"));
            kind_differs(section) || others.any(|path| catalogue.knob(&self.experiment, &path).is_none_or(|knob| !knob.live))
        };
        self.live = Live::of(&self.experiment);
        self.policies = Rc::new(Pair::of(&self.experiment));
        if differs("augment") || differs("second") {
            self.views_since = self.step;
        }
        let device = self.opened.device.clone();
        if rebuilt("method") {
            let choice = self.experiment.choice("method").cloned().unwrap_or_default();
            self.method = methods::build(&choice, self.experiment.seed, self.loader.data().train.len());
            self.needs = self.method.needs();
        }
        let new_optimiser = rebuilt("optimiser");
        if differs("method") || differs("projector") || differs("predictor") {
            let (network, predictor) = Network::new(&self.experiment, self.needs, self.loader.data().classes.len(), &device);
            self.swap_network(network, predictor, rebuilt("predictor"), &device);
        }
        if new_optimiser {
            self.renew_optimiser();
        }
        self.predictor_mask = predictor_mask(&self.network.layout, &self.predictor, &self.experiment, &device);
        self.target = self.live.target.has_momentum().then(|| self.target.take().unwrap_or_else(|| self.theta.clone()));
    }

    /// Moves into another network with every weight that has a place there.
    fn swap_network(&mut self, network: Network, mut predictor: Predictor, new_predictor: bool, device: &Device) {
        let old = &self.network;
        let same = old.layout.slots() == network.layout.slots() && old.layout.norms() == network.layout.norms();
        if !same {
            let fresh = upload(network.layout.initial(self.experiment.seed), device);
            self.theta = transfer_weights(&old.layout, &self.theta, &network.layout, &fresh);
            self.target = self.target.take().map(|target| transfer_weights(&old.layout, &target, &network.layout, &self.theta));
            self.statistics = self.statistics.transferred(&old.layout, &network.layout, device);
        }
        // What a predictor in closed form has seen is its own; layers are windows into the layout and have been declared anew.
        if let (Predictor::Direct(before), Predictor::Direct(now)) = (&self.predictor, &mut predictor)
            && !new_predictor
            && old.dimension == network.dimension
        {
            now.go_on_from(before);
        }
        self.predictor = predictor;
        self.network = Rc::new(network);
        if !same {
            self.renew_optimiser();
        }
    }

    /// The chosen optimiser, without memory.
    fn renew_optimiser(&mut self) {
        let choice = self.experiment.choice("optimiser").cloned().unwrap_or_default();
        self.optimiser = optimisers::build(&choice, &self.network.layout, &self.opened.device);
    }
}

impl Statistics {
    /// The running statistics in another layout: those of layers it knows, and fresh ones.
    pub(super) fn transferred(&self, old: &Layout, layout: &Layout, device: &Device) -> Self {
        let fresh = Self::new(layout, device);
        let part = |old_flat: &Tensor<1>, fresh_flat: &Tensor<1>| {
            let norms = layout.norms().iter().map(|norm| {
                match old.norms().iter().find(|known| known.name == norm.name && known.channels == norm.channels) {
                    Some(known) => old_flat.clone().narrow(0, known.offset, known.channels),
                    None => fresh_flat.clone().narrow(0, norm.offset, norm.channels),
                }
            });
            Tensor::cat(norms.collect(), 0)
        };
        let ((mean, variance), (fresh_mean, fresh_variance)) = (self.tensors(old), fresh.tensors(layout));
        Self::from_tensors(layout, &part(&mean, &fresh_mean), &part(&variance, &fresh_variance))
    }
}
