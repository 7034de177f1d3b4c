//! The margin loss that came first: pull pairs together, push others apart until they are far enough.

use super::{Branches, Loss, Method, Setup};
use crate::losses::{Views, margin_terms};
use augsphere_spec::{Card, Knob, Knobs};

/// The card.
pub fn card() -> Card {
    Card::new(
        "margin",
        "Margin contrastive",
        "Views of one image are pulled together, views of different images pushed apart until their distance reaches the margin.",
        "Hadsell, Chopra, LeCun, 2006 (formula recalled: only cited in the sources that were read)",
    )
    .family("contrastive")
    .knobs([Knob::float(
        "margin",
        "Margin",
        1.0,
        0.01,
        100.0,
        "Distance beyond which other images are left alone; on the unit sphere no two points are farther apart than 2.",
    )
    .live()])
    .implies("projector.l2", true)
}

struct Margin;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Margin)
}

impl Method for Margin {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let [online, target, negatives] = [&branches.online, &branches.target, &branches.negatives].map(Views::halves);
        margin_terms(online, target, negatives, knobs.float("margin")).into()
    }
}
