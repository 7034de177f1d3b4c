//! ResNet-18 as self-supervised work on small images uses it: 3x3 stem, no max-pool (He et al. 2016; METHODS 8.5).

use super::{Encoder, mean_pool};
use crate::nn::{ConvNorm, ConvSize, Cost, Geometry, Layout, Mode, Weights};
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::{Tensor, activation::relu};

/// The card.
pub fn card() -> Card {
    Card::new(
        "resnet18",
        "ResNet-18 for small images",
        "Eight residual blocks with a 3x3 stem and no max-pool: the encoder of most published CIFAR results. For a GPU and patience.",
        "He, Zhang, Ren, Sun, 2016, arXiv 1512.03385",
    )
    .knobs([Knob::int("width", "Width", 64, 8, 128, "Channels of the first block; the published network has 64.")])
}

struct Block {
    first: ConvNorm,
    second: ConvNorm,
    shortcut: Option<ConvNorm>,
}

impl Block {
    /// What one image of `side` pixels costs, and the side of what comes out.
    fn cost(&self, side: usize) -> (Cost, usize) {
        let (first, after) = self.first.cost(side);
        let shortcut = self.shortcut.map_or_else(Cost::default, |shortcut| shortcut.cost(side).0);
        (first + self.second.cost(after).0 + shortcut, after)
    }

    fn forward(&self, weights: &Weights, x: Tensor<4>, mode: &mut Mode<'_>) -> Tensor<4> {
        let inner = self.first.forward(weights, x.clone(), mode);
        let inner = self.second.forward(weights, inner, mode);
        let skip = match &self.shortcut {
            Some(shortcut) => shortcut.forward(weights, x, mode),
            None => x,
        };
        relu(inner + skip)
    }
}

struct ResNet {
    stem: ConvNorm,
    blocks: Vec<Block>,
    width: usize,
}

/// Declares the network.
pub fn build(knobs: &Knobs, layout: &mut Layout) -> Box<dyn Encoder> {
    let width = knobs.count("width").max(1);
    let plain = |stride| Geometry { stride, relu: false };
    let rectified = |stride| Geometry { stride, relu: true };
    let stem = ConvNorm::declare(layout, "encoder.stem", ConvSize { inputs: 3, outputs: width, kernel: 3 }, rectified(1));
    let mut blocks = Vec::new();
    let mut inputs = width;
    for index in 0..8 {
        let group = index / 2;
        let outputs = width << group;
        let stride = if index % 2 == 0 && group > 0 { 2 } else { 1 };
        let prefix = format!("encoder.layer{}.{}", group + 1, index % 2);
        let conv = |layout: &mut Layout, name: &str, inputs, kernel, geometry| {
            ConvNorm::declare(layout, &format!("{prefix}.{name}"), ConvSize { inputs, outputs, kernel }, geometry)
        };
        let first = conv(layout, "first", inputs, 3, rectified(stride));
        let second = conv(layout, "second", outputs, 3, plain(1));
        let shortcut = (stride != 1 || inputs != outputs).then(|| conv(layout, "shortcut", inputs, 1, plain(stride)));
        blocks.push(Block { first, second, shortcut });
        inputs = outputs;
    }
    Box::new(ResNet { stem, blocks, width: inputs })
}

impl Encoder for ResNet {
    fn width(&self) -> usize {
        self.width
    }

    fn cost(&self, side: usize) -> Cost {
        let through = |(cost, side): (Cost, usize), block: &Block| {
            let (own, after) = block.cost(side);
            (cost + own, after)
        };
        self.blocks.iter().fold(self.stem.cost(side), through).0
    }

    fn forward(&self, weights: &Weights, images: Tensor<4>, mode: &mut Mode<'_>) -> Tensor<2> {
        let stem = self.stem.forward(weights, images, mode);
        mean_pool(self.blocks.iter().fold(stem, |x, block| block.forward(weights, x, mode)))
    }
}
