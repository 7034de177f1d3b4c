//! The pull of views towards the mean of the views. An experiment, not a method: it collapses.

use super::{Branches, Level, Loss, Method, Needs, Setup};
use crate::losses::Terms;
use augsphere_spec::{Card, Knobs};
use burn::tensor::Tensor;

const NO_MOMENTUM: &str = "the mean of the views passes through the trained encoder itself";

/// The card.
pub fn card() -> Card {
    Card::new(
        "mean_view",
        "Mean view",
        "An experiment: pull each view towards the embedding of the pixel mean of the views. It collapses, with and without stop-gradient.",
        "Su Jianlin, kexue.fm 7980 (untested by its author)",
    )
    .family("no training")
    .conflicts_with("target.kind", "momentum", NO_MOMENTUM)
    .conflicts_with("target.kind", "momentum_positive", NO_MOMENTUM)
    .implies("projector.l2", true)
}

struct MeanView;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(MeanView)
}

impl Method for MeanView {
    fn needs(&self) -> Needs {
        Needs { mean_view: true, ..Needs::default() }
    }

    /// `|F(T x) - F(mean of T x)|^2`, the mean over images and both views.
    fn loss(&self, branches: &Branches, _knobs: &Knobs) -> Loss {
        let Some(mean) = branches.mean_view.clone() else { unreachable!("the mean view was asked for") };
        let [z1, z2] = branches.online.clone();
        let distance = |z: Tensor<2>| (z - mean.clone()).square().sum_dim(1).mean();
        let attract = (distance(z1) + distance(z2)) / 2.0;
        let repel = attract.clone() * 0.0;
        Terms { attract, repel }.into()
    }

    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: 0.0, words: "views agree with their mean, also at collapse".into() }]
    }
}
