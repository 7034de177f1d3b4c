//! What maps features to the embedding that the loss sees?

use crate::nn::{ConvNorm, ConvSize, Geometry, Layout, Linear, Mode, Weights};
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::{Tensor, activation::relu};

/// A multi-layer perceptron: hidden layers (with batch normalisation and ReLU), then a linear layer.
pub struct Projector {
    hidden: Vec<Hidden>,
    last: Linear,
}

enum Hidden {
    Normalised(ConvNorm),
    Plain(Linear),
}

impl Projector {
    /// The card.
    pub fn card() -> Card {
        Card::new(
            "mlp",
            "Projector",
            "Maps features to the embedding that the loss sees; evaluations use the features before it.",
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
        ])
    }

    /// Declares the layers for features of the given width.
    pub fn build(knobs: &Knobs, features: usize, layout: &mut Layout) -> Self {
        let mut inputs = features;
        let outputs = knobs.count("hidden");
        let mut hidden = Vec::new();
        for index in 1..knobs.count("layers").max(1) {
            let prefix = format!("projector.layer{index}");
            hidden.push(if knobs.switch("batch_norm") {
                let size = ConvSize { inputs, outputs, kernel: 1 };
                Hidden::Normalised(ConvNorm::declare(layout, &prefix, size, Geometry { stride: 1, relu: true }))
            } else {
                Hidden::Plain(Linear::declare(layout, &prefix, inputs, outputs))
            });
            inputs = outputs;
        }
        Self { hidden, last: Linear::declare(layout, "projector.last", inputs, knobs.count("dimension")) }
    }

    /// Features `[N, width]` to raw embeddings `[N, dimension]` (not yet normalised).
    pub fn forward(&self, weights: &Weights, features: Tensor<2>, mode: &mut Mode<'_>) -> Tensor<2> {
        let hidden = self.hidden.iter().fold(features, |x, layer| match layer {
            Hidden::Plain(layer) => relu(layer.forward(weights, x)),
            Hidden::Normalised(layer) => {
                let [batch, width] = x.dims();
                let out = layer.forward(weights, x.reshape([batch, 1, 1, width]), mode);
                let width = out.dims()[3];
                out.reshape([batch, width])
            }
        });
        self.last.forward(weights, hidden)
    }
}
