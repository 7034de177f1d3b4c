//! Layers: what a network declares, and how they run.

use super::conv_norm::{Geometry, conv_norm, conv_norm_fixed};
use super::parameters::{Init, Layout, NormId, Observed, SlotId, Statistics, Weights};
use super::product::linear;
use burn::tensor::Tensor;
use std::ops::Add;

/// How a forward pass treats normalisation.
pub enum Mode<'a> {
    /// With the batch's own statistics, which are noted for the running ones.
    Train(&'a mut Vec<Observed>),
    /// With the running statistics.
    Evaluate(&'a Layout, &'a Statistics),
}

/// Convolution (or, on `[N, 1, 1, C]`, a linear layer), batch normalisation and perhaps ReLU.
#[derive(Clone, Copy, Debug)]
pub struct ConvNorm {
    weight: SlotId,
    /// Scale and shift after normalisation; without them 1 and 0.
    affine: Option<(SlotId, SlotId)>,
    norm: NormId,
    size: ConvSize,
    geometry: Geometry,
}

/// What one image costs on its way through layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multiplications, each with an addition.
    pub multiply_adds: u64,
    /// Numbers that come out of all layers.
    pub outputs: u64,
    /// Numbers that come out of the layer with the most.
    pub largest: u64,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            multiply_adds: self.multiply_adds + other.multiply_adds,
            outputs: self.outputs + other.outputs,
            largest: self.largest.max(other.largest),
        }
    }
}

/// The size of a [`ConvNorm`].
#[derive(Clone, Copy, Debug)]
pub struct ConvSize {
    /// Channels in.
    pub inputs: usize,
    /// Channels out.
    pub outputs: usize,
    /// Side of the kernel, odd.
    pub kernel: usize,
}

impl ConvSize {
    /// Weights that one output reads.
    pub fn fan_in(&self) -> usize {
        self.inputs * self.kernel * self.kernel
    }

    /// Weights that read one input.
    pub fn fan_out(&self) -> usize {
        self.outputs * self.kernel * self.kernel
    }
}

impl ConvNorm {
    /// Declares the layer as `prefix.conv` and `prefix.norm`, started as PyTorch starts its layers.
    pub fn declare(layout: &mut Layout, prefix: &str, size: ConvSize, geometry: Geometry) -> Self {
        Self::declare_started(layout, prefix, size, geometry, (Init::FanIn(size.fan_in()), 1.0))
    }

    /// The same with another start: of the convolution's weights, and of the scales after normalisation.
    pub fn declare_started(
        layout: &mut Layout,
        prefix: &str,
        size: ConvSize,
        geometry: Geometry,
        (weights, scale): (Init, f32),
    ) -> Self {
        let mut layer = Self::declare_convolution(layout, prefix, size, geometry, weights);
        let gamma = layout.weight(format!("{prefix}.norm.weight"), [size.outputs], Init::Constant(scale));
        let beta = layout.weight(format!("{prefix}.norm.bias"), [size.outputs], Init::Constant(0.0));
        layer.affine = Some((gamma, beta));
        layer
    }

    /// The same as [`ConvNorm::declare`] without scale and shift after normalisation.
    pub fn declare_fixed_scale(layout: &mut Layout, prefix: &str, size: ConvSize, geometry: Geometry) -> Self {
        Self::declare_convolution(layout, prefix, size, geometry, Init::FanIn(size.fan_in()))
    }

    fn declare_convolution(layout: &mut Layout, prefix: &str, size: ConvSize, geometry: Geometry, weights: Init) -> Self {
        let ConvSize { inputs, outputs, kernel } = size;
        let weight = layout.weight(format!("{prefix}.conv.weight"), [outputs, inputs, kernel, kernel], weights);
        let norm = layout.norm(format!("{prefix}.norm"), outputs);
        Self { weight, affine: None, norm, size, geometry }
    }

    /// What one image of `side` pixels costs, and the side of what comes out.
    pub fn cost(&self, side: usize) -> (Cost, usize) {
        let after = side.div_ceil(self.geometry.stride);
        let ConvSize { inputs, outputs, kernel } = self.size;
        let numbers = (after * after * outputs) as u64;
        (Cost { multiply_adds: numbers * (inputs * kernel * kernel) as u64, outputs: numbers, largest: numbers }, after)
    }

    /// `[N, H, W, In]` to `[N, H / stride, W / stride, Out]`.
    pub fn forward(&self, weights: &Weights, x: Tensor<4>, mode: &mut Mode<'_>) -> Tensor<4> {
        let weight: Tensor<4> = weights.get(self.weight);
        let (gamma, beta) = match self.affine {
            Some((gamma, beta)) => (weights.get(gamma), weights.get(beta)),
            None => {
                let (channels, device) = (weight.dims()[0], weight.device().without_autodiff());
                let like = |plain: Tensor<1>| if weight.is_autodiff() { plain.autodiff() } else { plain };
                (like(Tensor::ones([channels], &device)), like(Tensor::zeros([channels], &device)))
            }
        };
        match mode {
            Mode::Train(observed) => {
                let (out, moments) = conv_norm(x, weight, gamma, beta, self.geometry);
                let [batch, height, width, _] = out.dims();
                observed.push(Observed { moments: moments.inner(), count: batch * height * width });
                out
            }
            Mode::Evaluate(layout, statistics) => {
                conv_norm_fixed(x, weight, gamma, beta, statistics.of(layout, self.norm), self.geometry)
            }
        }
    }
}

/// `x W^T + b`.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    weight: SlotId,
    bias: SlotId,
}

impl Linear {
    /// Declares the layer as `prefix.weight` and `prefix.bias`.
    pub fn declare(layout: &mut Layout, prefix: &str, inputs: usize, outputs: usize) -> Self {
        let weight = layout.weight(format!("{prefix}.weight"), [outputs, inputs], Init::FanIn(inputs));
        let bias = layout.weight(format!("{prefix}.bias"), [outputs], Init::FanIn(inputs));
        Self { weight, bias }
    }

    /// The matrix, `[Out, In]`.
    pub fn matrix(&self, weights: &Weights) -> Tensor<2> {
        weights.get::<2>(self.weight)
    }

    /// `[N, In]` to `[N, Out]`.
    pub fn forward(&self, weights: &Weights, x: Tensor<2>) -> Tensor<2> {
        linear(x, self.matrix(weights), weights.get::<1>(self.bias))
    }
}
