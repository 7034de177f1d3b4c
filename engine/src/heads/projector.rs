//! The projector: from features to the embedding that the loss sees.

use super::mlp::{Mlp, MlpShape};
use crate::losses::normalise;
use crate::nn::{Layout, Mode, Weights};
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;

/// The card.
pub fn card() -> Card {
    Card::new(
        "mlp",
        "Projector",
        "Maps features to the embedding that the loss sees; evaluations use the features before it. Each method brings the layers \
         of its paper, with widths scaled down for small encoders.",
        "Chen, Kornblith, Norouzi, Hinton, 2020, arXiv 2002.05709",
    )
    .knobs([
        Knob::int("layers", "Layers", 2, 1, 4, "Linear layers in all; one is a plain linear map."),
        Knob::int("hidden", "Hidden width", 128, 2, 4096, "Width of the hidden layers."),
        Knob::int(
            "dimension",
            "Dimension",
            64,
            2,
            2048,
            "Dimension of the embedding. With 2 or 3 the picture shows the very circle or sphere the loss sees.",
        ),
        Knob::switch("batch_norm", "Batch normalisation", true, "Normalise the hidden layers."),
        Knob::switch(
            "output_norm",
            "Normalise the output",
            false,
            "Batch normalisation after the last layer, without scale and shift of its own, as SimSiam has it.",
        ),
        Knob::switch(
            "l2",
            "Unit length",
            false,
            "Scale every embedding to length 1 before the method sees it. Methods that compare cosines do so in any case.",
        ),
    ])
}

/// A projector.
pub struct Projector {
    layers: Mlp,
    unit_length: bool,
    /// Dimension of the embedding.
    pub dimension: usize,
}

impl Projector {
    /// Declares the layers for features of the given width.
    pub fn declare(layout: &mut Layout, knobs: &Knobs, features: usize) -> Self {
        let dimension = knobs.count("dimension");
        let shape = MlpShape {
            inputs: features,
            layers: knobs.count("layers"),
            hidden: knobs.count("hidden"),
            outputs: dimension,
            hidden_norm: knobs.switch("batch_norm"),
            output_norm: knobs.switch("output_norm"),
        };
        Self { layers: Mlp::declare(layout, "projector", shape), unit_length: knobs.switch("l2"), dimension }
    }

    /// Features `[N, width]` to embeddings `[N, dimension]`.
    pub fn forward(&self, weights: &Weights, features: Tensor<2>, mode: &mut Mode<'_>) -> Tensor<2> {
        let embedding = self.layers.forward(weights, features, mode);
        if self.unit_length { normalise(embedding) } else { embedding }
    }
}
