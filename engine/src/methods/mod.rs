//! What does a method make of the branches' outputs?
//!
//! Adding one: a file with a card and a [`Method`], and a line in [`LIST`]. A method is a loss over [`Branches`]; who
//! computes the target branch and how (weight sharing, stop-gradient, momentum) is the trainer's business, an axis of its own.

mod simclr;

use augsphere_spec::{Card, Choice, Knobs};
use burn::tensor::{Int, Tensor};

/// What a method needs beside the two projections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// A predictor after the projector.
    pub predictor: bool,
    /// A queue of past target embeddings, of this length.
    pub queue: Option<usize>,
    /// Class labels. Methods that do not ask never see them.
    pub labels: bool,
}

/// The outputs of one batch, all raw (not normalised).
pub struct Branches {
    /// Projections of both views by the trained branch, `[N, d]` each.
    pub online: [Tensor<2>; 2],
    /// Projections of both views by the target branch; the same tensors where weights are shared.
    pub target: [Tensor<2>; 2],
    /// Predictions from `online`, if the method needs a predictor.
    pub prediction: Option<[Tensor<2>; 2]>,
    /// Past target embeddings `[K, d]`, if the method needs a queue.
    pub queue: Option<Tensor<2>>,
    /// Labels `[N]`, only for methods that need them.
    pub labels: Option<Tensor<1, Int>>,
}

/// A loss with named parts, still on the device.
pub struct Loss {
    /// What is minimised, one element.
    pub total: Tensor<1>,
    /// Named parts worth a curve of their own, one element each.
    pub parts: Vec<(&'static str, Tensor<1>)>,
}

/// A reference level of the loss: what a number means.
pub struct Level {
    /// The value.
    pub value: f64,
    /// In words: `chance, log(2N - 1)`.
    pub words: String,
}

/// An objective.
pub trait Method {
    /// What it needs beside the two projections.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// The loss of one batch under the current values of the live knobs.
    fn loss(&self, branches: Branches, knobs: &Knobs) -> Loss;

    /// Levels to draw in the loss chart for batches of `images`.
    fn levels(&self, images: usize, knobs: &Knobs) -> Vec<Level>;
}

type Build = fn(&Knobs) -> Box<dyn Method>;

/// Every method: its card and how it is built.
const LIST: [(fn() -> Card, Build); 1] = [(simclr::card, simclr::build)];

/// The cards of all methods.
pub fn cards() -> Vec<Card> {
    LIST.iter().map(|(card, _)| card()).collect()
}

/// The chosen method; the first of the list if the name is not known (reading an experiment refuses those).
pub fn build(choice: &Choice) -> Box<dyn Method> {
    let found = LIST.iter().find(|(card, _)| card().name == choice.kind);
    found.unwrap_or(&LIST[0]).1(&choice.knobs)
}

/// How the target branch is made from the trained one.
pub fn target_cards() -> Vec<Card> {
    vec![Card::new("shared", "Shared weights", "Both views pass through the same encoder, and gradients flow through both.", "")]
}
