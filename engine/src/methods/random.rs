//! The untrained encoder: what every evaluation is to be compared with.

use super::{Branches, Loss, Method, Needs, Setup};
use crate::losses::Terms;
use augsphere_spec::{Card, Knobs};

const NO_TARGET: &str = "nothing is compared with anything";

/// The card.
pub fn card() -> Card {
    ["stop_gradient", "momentum", "momentum_positive"]
        .into_iter()
        .fold(Card::new("random", "Random encoder", "Nothing is trained: the baseline of every evaluation.", ""), |card, kind| {
            card.conflicts_with("target.kind", kind, NO_TARGET)
        })
        .family("no training")
}

struct Random;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Random)
}

impl Method for Random {
    fn needs(&self) -> Needs {
        Needs { frozen: true, ..Needs::default() }
    }

    fn loss(&self, branches: &Branches, _knobs: &Knobs) -> Loss {
        let nothing = branches.online.rows().sum() * 0.0;
        Terms { attract: nothing.clone(), repel: nothing }.into()
    }
}
