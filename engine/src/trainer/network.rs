//! Which weights does a run train, and what do they compute?

use crate::encoders::{self, Encoder, Projector};
use crate::nn::{Layout, Mode, Statistics, Weights};
use augsphere_spec::Experiment;
use burn::tensor::Tensor;

/// An encoder and a projector over one layout of weights.
pub struct Network {
    /// The table of weights.
    pub layout: Layout,
    /// Number of the encoder's weights: the first ones of the flat vector.
    pub encoder_weights: usize,
    encoder: Box<dyn Encoder>,
    projector: Projector,
    /// Dimension of the embedding.
    pub dimension: usize,
}

/// Features before the projector and raw embeddings after it.
pub struct Outputs {
    /// `[N, width]`.
    pub features: Tensor<2>,
    /// `[N, dimension]`.
    pub embedding: Tensor<2>,
}

impl Network {
    /// Declares the network of an experiment.
    pub fn new(experiment: &Experiment) -> Self {
        let mut layout = Layout::default();
        let encoder = encoders::build(&experiment.choice("encoder").cloned().unwrap_or_default(), &mut layout);
        let encoder_weights = layout.len();
        let knobs = experiment.knobs("projector");
        let projector = Projector::build(&knobs, encoder.width(), &mut layout);
        Self { layout, encoder_weights, encoder, projector, dimension: knobs.count("dimension") }
    }

    /// Width of the features.
    pub fn width(&self) -> usize {
        self.encoder.width()
    }

    /// Normalised images `[N, S, S, 3]` through encoder and projector.
    pub fn forward(&self, weights: &Weights, images: Tensor<4>, mode: &mut Mode<'_>) -> Outputs {
        let features = self.encoder.forward(weights, images, mode);
        let embedding = self.projector.forward(weights, features.clone(), mode);
        Outputs { features, embedding }
    }

    /// The same in evaluation mode, without gradients.
    pub fn evaluate(&self, theta: &Tensor<1>, statistics: &Statistics, images: Tensor<4>) -> Outputs {
        self.forward(&Weights::plain(&self.layout, theta), images, &mut Mode::Evaluate(&self.layout, statistics))
    }
}
