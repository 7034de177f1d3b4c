//! ResNet-18 as self-supervised work on small images uses it: 3x3 stem, no max-pool (He et al. 2016). It starts as torchvision's does: convolutions
//! normal with variance `2 / fan_out`, scales 1, shifts 0.

use super::{Encoder, See, mean_pool};
use crate::nn::{ConvNorm, ConvSize, Cost, Geometry, Init, Layout, Mode, Weights, add_relu};
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;

/// The card.
pub fn card() -> Card {
    Card::new(
        "resnet18",
        "ResNet-18 for small images",
        "Eight residual blocks with a 3x3 stem and no max-pool: the encoder of most published CIFAR results. For a GPU and patience.",
        "He, Zhang, Ren, Sun, 2016, arXiv 1512.03385",
    )
    .knobs([
        Knob::int("width", "Width", 64, 8, 128, "Channels of the first block; the published network has 64."),
        Knob::int(
            "padding",
            "Padding of the first layer",
            1,
            1,
            2,
            "Rings of zeros around the normalised image. With 1 the side stays as it is; solo-learn's networks for CIFAR have 2.",
        ),
        Knob::switch(
            "zero_scales",
            "Last scales start at zero",
            false,
            "The last normalisation of each block starts with scales of 0, so that the block begins as the identity: SimSiam's start.",
        ),
    ])
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

    fn forward(&self, weights: &Weights, x: Tensor<4>, mode: &mut Mode<'_>, see: See<'_>) -> Tensor<4> {
        let inner = self.first.forward(weights, x.clone(), mode);
        see(&inner);
        let inner = self.second.forward(weights, inner, mode);
        let skip = match &self.shortcut {
            Some(shortcut) => shortcut.forward(weights, x, mode),
            None => x,
        };
        let out = add_relu(inner, skip);
        see(&out);
        out
    }
}

struct ResNet {
    stem: ConvNorm,
    /// Rings of zeros that the image gets before the stem, which adds one of its own.
    rings: usize,
    blocks: Vec<Block>,
    width: usize,
}

/// Declares the network.
pub fn build(knobs: &Knobs, layout: &mut Layout) -> Box<dyn Encoder> {
    let width = knobs.count("width").max(1);
    let plain = |stride| Geometry { stride, relu: false };
    let rectified = |stride| Geometry { stride, relu: true };
    let last = if knobs.switch("zero_scales") { 0.0 } else { 1.0 };
    let declare = |layout: &mut Layout, name: &str, size: ConvSize, geometry, scale| {
        ConvNorm::declare_started(layout, name, size, geometry, (Init::FanOut(size.fan_out()), scale))
    };
    let stem = declare(layout, "encoder.stem", ConvSize { inputs: 3, outputs: width, kernel: 3 }, rectified(1), 1.0);
    let mut blocks = Vec::new();
    let mut inputs = width;
    for index in 0..8 {
        let group = index / 2;
        let outputs = width << group;
        let stride = if index % 2 == 0 && group > 0 { 2 } else { 1 };
        let prefix = format!("encoder.layer{}.{}", group + 1, index % 2);
        let conv = |layout: &mut Layout, name: &str, inputs, kernel, geometry, scale| {
            declare(layout, &format!("{prefix}.{name}"), ConvSize { inputs, outputs, kernel }, geometry, scale)
        };
        let first = conv(layout, "first", inputs, 3, rectified(stride), 1.0);
        let second = conv(layout, "second", outputs, 3, plain(1), last);
        let shortcut = (stride != 1 || inputs != outputs).then(|| conv(layout, "shortcut", inputs, 1, plain(stride), 1.0));
        blocks.push(Block { first, second, shortcut });
        inputs = outputs;
    }
    Box::new(ResNet { stem, rings: knobs.count("padding").saturating_sub(1), blocks, width: inputs })
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
        self.blocks.iter().fold(self.stem.cost(side + 2 * self.rings), through).0
    }

    fn watched(&self, weights: &Weights, images: Tensor<4>, mode: &mut Mode<'_>, see: See<'_>) -> Tensor<2> {
        let stem = self.stem.forward(weights, framed(images, self.rings), mode);
        see(&stem);
        mean_pool(self.blocks.iter().fold(stem, |x, block| block.forward(weights, x, mode, see)))
    }
}

/// `[N, H, W, C]` with so many rings of zeros around each image, `[N, H + 2 rings, W + 2 rings, C]`.
fn framed(images: Tensor<4>, rings: usize) -> Tensor<4> {
    if rings == 0 {
        return images;
    }
    [1, 2].into_iter().fold(images, |images, axis| {
        let mut shape = images.dims();
        shape[axis] = rings;
        let zeros = Tensor::zeros(shape, &images.device());
        Tensor::cat(vec![zeros.clone(), images, zeros], axis)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The starting weights by name, for a knob of zero scales.
    fn start(zero: bool) -> Vec<(String, Vec<f32>)> {
        let mut knobs = card().defaults();
        knobs.set("width", 16);
        knobs.set("zero_scales", zero);
        let mut layout = Layout::default();
        build(&knobs, &mut layout);
        let flat = layout.initial(7);
        layout.slots().iter().map(|slot| (slot.name.clone(), flat[slot.offset..slot.offset + slot.len()].to_vec())).collect()
    }

    /// A 3x3 convolution to 128 channels has a fan-out of 1,152 whatever its inputs are, a 1x1 one of 128.
    #[test]
    fn convolutions_start_as_torchvisions() {
        for (name, fan_out) in
            [("layer4.0.first.conv", 1152.0f32), ("layer4.0.shortcut.conv", 128.0), ("layer1.1.second.conv", 144.0)]
        {
            let all = start(false);
            let (_, weights) = all.iter().find(|(found, _)| found.contains(name)).expect("a layer");
            let count = weights.len() as f32;
            let mean = weights.iter().sum::<f32>() / count;
            let variance = weights.iter().map(|weight| (weight - mean).powi(2)).sum::<f32>() / count;
            // Standard errors: sqrt(variance / count) of the mean, variance * sqrt(2 / count) of the variance.
            assert!(mean.abs() < 5.0 * (variance / count).sqrt(), "{name}: mean {mean}");
            assert!((variance * fan_out / 2.0 - 1.0).abs() < 5.0 * (2.0 / count).sqrt(), "{name}: variance {variance}");
            let beyond = weights.iter().filter(|weight| weight.abs() > 2.0 * variance.sqrt()).count() as f32 / count;
            assert!((beyond - 0.0455).abs() < 0.02, "{name}: normal, not uniform: {beyond} beyond two deviations");
        }
    }

    #[test]
    fn rings_of_zeros_stand_around_each_image() {
        let images = Tensor::<4>::from_data([[[[1.0f32, 2.0]], [[3.0, 4.0]]]], &burn::tensor::Device::flex());
        assert_eq!(framed(images.clone(), 0).dims(), [1, 2, 1, 2]);
        let around = framed(images, 1);
        assert_eq!(around.dims(), [1, 4, 3, 2]);
        let values: Vec<f32> = around.into_data().try_to_vec().expect("floats");
        let expected: Vec<f32> = (0..24)
            .map(|at| match at {
                8 | 9 => at as f32 - 7.0,
                14 | 15 => at as f32 - 11.0,
                _ => 0.0,
            })
            .collect();
        assert_eq!(values, expected);
    }

    #[test]
    fn the_last_scales_start_at_zero_if_asked() {
        for zero in [false, true] {
            let scales = start(zero).into_iter().filter(|(name, _)| name.ends_with("norm.weight"));
            for (name, scale) in scales {
                let expected = if zero && name.contains(".second.") { 0.0 } else { 1.0 };
                assert!(scale.iter().all(|&value| value == expected), "{name}");
            }
        }
    }
}
