//! The pull of views towards the mean of other views: an experiment that Su proposed and did not run (METHODS 4.5).
//!
//! Trained by prediction, the target that SimSiam's hypothesis puts in the place of the other view is the mean feature
//! `E_T F(T(x))`; to first order that is the feature of the mean view, `F(x-bar)` with `x-bar = E_T T(x)`, hence
//! `L = E |F(T(x)) - F(x-bar)|^2`. The views of `x-bar` are drawn apart from `T(x)`: were `x-bar` the mean of the pair in the
//! loss, `T(x) - x-bar` would be `(T_1(x) - T_2(x)) / 2`, and the loss a quarter of the distance of the two views.

use super::{Branches, Level, Loss, Method, Needs, Setup};
use crate::losses::mean_view_terms;
use augsphere_spec::{Card, Choice, Knob, Knobs};

const NO_MOMENTUM: &str = "the mean of the views passes through the trained encoder itself";

const NAME: &str = "mean_view";

/// The card.
pub fn card() -> Card {
    Card::new(
        NAME,
        "Mean view",
        "An experiment: pull each view towards the embedding of the pixel mean of other views of its image. Nothing repels, and it collapses: within 300 steps in each of four tests, with stop-gradient more slowly.",
        "Su Jianlin, kexue.fm 7980 (untested by its author)",
    )
    .family("no training")
    .knobs([Knob::int(
        "views",
        "Views of the mean",
        8,
        1,
        64,
        "Views that the mean is taken over, drawn apart from the two that are compared with it. The more, the nearer to the mean of all views.",
    )])
    .conflicts_with("target.kind", "momentum", NO_MOMENTUM)
    .conflicts_with("target.kind", "momentum_positive", NO_MOMENTUM)
    .implies("projector.l2", true)
}

/// Over how many views the method takes a pixel mean, if it is this one.
pub fn mean_views(choice: &Choice) -> Option<usize> {
    (choice.kind == NAME).then(|| choice.knobs.count("views").max(1))
}

struct MeanView {
    views: usize,
}

/// The method.
pub fn build(setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(MeanView { views: setup.knobs.count("views").max(1) })
}

impl Method for MeanView {
    fn needs(&self) -> Needs {
        Needs { mean_view: Some(self.views), ..Needs::default() }
    }

    fn loss(&self, branches: &Branches, _knobs: &Knobs) -> Loss {
        let Some(mean) = branches.mean_view.clone() else { unreachable!("the mean view was asked for") };
        mean_view_terms(branches.online.halves(), mean).into()
    }

    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: 0.0, words: "views agree with their mean, also at collapse".into() }]
    }
}
