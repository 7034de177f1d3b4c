//! The encoders: networks that turn images into features.
//!
//! Adding one: a file with a card and a build function, and a line in [`LIST`].

mod conv;
mod resnet;

use crate::nn::{Cost, Layout, Mode, Weights, mean_positions};
use augsphere_spec::{Card, Choice, Knobs};
use burn::tensor::Tensor;

/// A network from images to features.
pub trait Encoder {
    /// Width of the features.
    fn width(&self) -> usize;
    /// What one image of `side` pixels costs.
    fn cost(&self, side: usize) -> Cost;
    /// Normalised images `[N, S, S, 3]` to features `[N, width]`.
    fn forward(&self, weights: &Weights, images: Tensor<4>, mode: &mut Mode<'_>) -> Tensor<2> {
        self.watched(weights, images, mode, &mut |_| ())
    }
    /// The same; `see` gets what comes out of each layer of convolution after its ReLU, `[N, H, W, C]`, in the order of the layers.
    fn watched(&self, weights: &Weights, images: Tensor<4>, mode: &mut Mode<'_>, see: See<'_>) -> Tensor<2>;
}

/// Looks at the outputs of layers.
pub type See<'a> = &'a mut dyn FnMut(&Tensor<4>);

type Build = fn(&Knobs, &mut Layout) -> Box<dyn Encoder>;

/// Every encoder: its card and how it is built.
const LIST: [(fn() -> Card, Build); 2] = [(conv::card, conv::build), (resnet::card, resnet::build)];

/// The cards of all encoders.
pub fn cards() -> Vec<Card> {
    LIST.iter().map(|(card, _)| card()).collect()
}

/// Declares the chosen encoder; the first of the list if the name is not known (reading an experiment refuses those).
pub fn build(choice: &Choice, layout: &mut Layout) -> Box<dyn Encoder> {
    let found = LIST.iter().find(|(card, _)| card().name == choice.kind);
    found.unwrap_or(&LIST[0]).1(&choice.knobs, layout)
}

/// `[N, H, W, C]` to its mean over positions `[N, C]`.
fn mean_pool(x: Tensor<4>) -> Tensor<2> {
    mean_positions(x)
}
