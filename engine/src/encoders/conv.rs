//! A plain convolutional encoder: how small can a network be and still learn in a browser tab?

use super::{Encoder, See, mean_pool};
use crate::nn::{ConvNorm, ConvSize, Cost, Geometry, Layout, Mode, Weights};
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;

/// The card.
pub fn card() -> Card {
    Card::new("conv", "Small convolutional network", "Three to five stages of 3x3 convolution, batch normalisation and ReLU, then the mean over positions.", "")
        .knobs([
            Knob::choice(
                "size",
                "Size",
                &["tiny", "small", "base", "custom"],
                "tiny: 16-32-64 channels, every stage halves the image (for a tab on a CPU). small: 32-64-128-128, the first stage keeps the size. base: 64-128-256-256-256. custom: the two knobs below.",
            ),
            Knob::int("stages", "Stages (custom)", 4, 3, 5, "How many convolution stages; used when the size is custom."),
            Knob::int("width", "Width (custom)", 32, 4, 256, "Channels of the first stage; they double with each stage up to four times this."),
        ])
}

/// Channels and strides of each stage.
fn stages(knobs: &Knobs) -> Vec<(usize, usize)> {
    let (count, width, first_stride) = match knobs.text("size") {
        "tiny" => (3, 16, 2),
        "small" => (4, 32, 1),
        "base" => (5, 64, 1),
        _ => (knobs.count("stages"), knobs.count("width"), 1),
    };
    (0..count).map(|stage| (width * (1 << stage).min(4), if stage == 0 { first_stride } else { 2 })).collect()
}

struct Conv {
    stages: Vec<ConvNorm>,
    width: usize,
}

/// Declares the network.
pub fn build(knobs: &Knobs, layout: &mut Layout) -> Box<dyn Encoder> {
    let mut inputs = 3;
    let mut declare = |(index, (outputs, stride)): (usize, (usize, usize))| {
        let size = ConvSize { inputs, outputs, kernel: 3 };
        inputs = outputs;
        ConvNorm::declare(layout, &format!("encoder.stage{}", index + 1), size, Geometry { stride, relu: true })
    };
    let stages = stages(knobs).into_iter().enumerate().map(&mut declare).collect();
    Box::new(Conv { stages, width: inputs })
}

impl Encoder for Conv {
    fn width(&self) -> usize {
        self.width
    }

    fn cost(&self, side: usize) -> Cost {
        let through = |(cost, side): (Cost, usize), stage: &ConvNorm| {
            let (own, after) = stage.cost(side);
            (cost + own, after)
        };
        self.stages.iter().fold((Cost::default(), side), through).0
    }

    fn watched(&self, weights: &Weights, images: Tensor<4>, mode: &mut Mode<'_>, see: See<'_>) -> Tensor<2> {
        let through = |x: Tensor<4>, stage: &ConvNorm| {
            let out = stage.forward(weights, x, mode);
            see(&out);
            out
        };
        mean_pool(self.stages.iter().fold(images, through))
    }
}
