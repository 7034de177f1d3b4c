//! The multi-layer perceptron that heads are made of.

use crate::nn::{ConvNorm, ConvSize, Geometry, Layout, Linear, Mode, Weights};
use burn::tensor::{Tensor, activation::relu};

/// A multi-layer perceptron: hidden layers with ReLU, then a linear layer.
#[derive(Clone)]
pub struct Mlp {
    hidden: Vec<Layer>,
    last: Layer,
}

/// Its size, and where batch normalisation stands.
#[derive(Clone, Copy, Debug)]
pub struct MlpShape {
    /// Width of what comes in.
    pub inputs: usize,
    /// Linear layers in all; one is a plain linear map.
    pub layers: usize,
    /// Width of the hidden layers.
    pub hidden: usize,
    /// Width of what goes out.
    pub outputs: usize,
    /// Batch normalisation in the hidden layers.
    pub hidden_norm: bool,
    /// Batch normalisation of the output, without scale and shift of its own and without ReLU.
    pub output_norm: bool,
}

#[derive(Clone)]
enum Layer {
    Normalised(ConvNorm),
    Plain(Linear),
}

impl Layer {
    fn forward(&self, weights: &Weights, x: Tensor<2>, mode: &mut Mode<'_>) -> Tensor<2> {
        match self {
            Self::Plain(layer) => layer.forward(weights, x),
            Self::Normalised(layer) => {
                let [batch, width] = x.dims();
                let out = layer.forward(weights, x.reshape([batch, 1, 1, width]), mode);
                let width = out.dims()[3];
                out.reshape([batch, width])
            }
        }
    }
}

impl Mlp {
    /// Declares the layers as `prefix.layer1`, ..., `prefix.last`.
    pub fn declare(layout: &mut Layout, prefix: &str, shape: MlpShape) -> Self {
        let mut inputs = shape.inputs;
        let mut hidden = Vec::new();
        for index in 1..shape.layers.max(1) {
            let prefix = format!("{prefix}.layer{index}");
            hidden.push(if shape.hidden_norm {
                let size = ConvSize { inputs, outputs: shape.hidden, kernel: 1 };
                Layer::Normalised(ConvNorm::declare(layout, &prefix, size, Geometry { stride: 1, relu: true }))
            } else {
                Layer::Plain(Linear::declare(layout, &prefix, inputs, shape.hidden))
            });
            inputs = shape.hidden;
        }
        let prefix = format!("{prefix}.last");
        let last = if shape.output_norm {
            let size = ConvSize { inputs, outputs: shape.outputs, kernel: 1 };
            Layer::Normalised(ConvNorm::declare_fixed_scale(layout, &prefix, size, Geometry { stride: 1, relu: false }))
        } else {
            Layer::Plain(Linear::declare(layout, &prefix, inputs, shape.outputs))
        };
        Self { hidden, last }
    }

    /// The one linear layer, if there is no more to it: no hidden layer and no normalisation.
    pub fn linear(&self) -> Option<&Linear> {
        match &self.last {
            Layer::Plain(layer) if self.hidden.is_empty() => Some(layer),
            _ => None,
        }
    }

    /// `[N, inputs]` to `[N, outputs]`.
    pub fn forward(&self, weights: &Weights, x: Tensor<2>, mode: &mut Mode<'_>) -> Tensor<2> {
        let hidden = self.hidden.iter().fold(x, |x, layer| {
            let out = layer.forward(weights, x, mode);
            if matches!(layer, Layer::Plain(_)) { relu(out) } else { out }
        });
        self.last.forward(weights, hidden, mode)
    }
}
