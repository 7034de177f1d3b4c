//! The control: the same encoder, told the classes.

use super::{Branches, Classify, Level, Loss, Method, Needs, Setup};
use crate::losses::{Terms, classification};
use augsphere_spec::{Card, Knobs};
use burn::tensor::{Tensor, TensorData};

const NO_TARGET: &str = "it compares with classes, not with another branch";

/// The card.
pub fn card() -> Card {
    ["stop_gradient", "momentum", "momentum_positive"]
        .into_iter()
        .fold(
            Card::new(
                "supervised",
                "Supervised control",
                "Sees the labels: cross-entropy of a linear classifier on the embedding. What the encoder can do when it is told.",
                "Wang, Isola, 2020, arXiv 2005.10242, figure 3",
            ),
            |card, kind| card.conflicts_with("target.kind", kind, NO_TARGET),
        )
        .family("labels allowed")
}

struct Supervised;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Supervised)
}

/// `[N, C]` with a 1 at each row's class.
fn one_hot(classes: &[usize], count: usize, like: &Tensor<2>) -> Tensor<2> {
    let mut values = vec![0.0f32; classes.len() * count];
    classes.iter().enumerate().for_each(|(row, class)| values[row * count + class] = 1.0);
    let plain = Tensor::from_data(TensorData::new(values, [classes.len(), count]), &like.device().without_autodiff());
    if like.is_autodiff() { plain.autodiff() } else { plain }
}

impl Method for Supervised {
    fn needs(&self) -> Needs {
        Needs { classifier: Some(Classify::Embedding), ..Needs::default() }
    }

    fn loss(&self, branches: &Branches, _knobs: &Knobs) -> Loss {
        let (Some([l1, l2]), Some(labels)) = (branches.logits.clone(), &branches.labels) else {
            unreachable!("a classifier was asked for");
        };
        let truth = one_hot(&labels.classes, labels.count, &l1);
        let attract = (classification(l1, truth.clone()) + classification(l2, truth)) / 2.0;
        let repel = attract.clone() * 0.0;
        Terms { attract, repel }.into()
    }

    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: 0.0, words: "every class certain and right".into() }]
    }
}
