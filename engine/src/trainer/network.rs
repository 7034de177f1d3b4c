//! The network that a run trains: its weights, and what they compute.

use crate::encoders::{self, Encoder, See};
use crate::heads::{Predictor, Projector};
use crate::losses::normalise;
use crate::methods::{Classify, Needs};
use crate::nn::{Cost, Layout, Linear, Mode, Statistics, Weights};
use augsphere_spec::Experiment;
use burn::tensor::{Device, Tensor};

/// An encoder and its heads over one layout of weights.
pub struct Network {
    /// The table of weights.
    pub layout: Layout,
    /// Number of the encoder's weights: the first ones of the flat vector.
    pub encoder_weights: usize,
    /// Number of the projector's weights: those after the encoder's.
    pub projector_weights: usize,
    encoder: Box<dyn Encoder>,
    projector: Projector,
    classifier: Option<(Classify, Linear)>,
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
    /// Declares the network of an experiment, with what its method needs, for this many classes; and what stands after the projector
    /// in the trained branch, which may learn in ways of its own.
    pub fn new(experiment: &Experiment, needs: Needs, classes: usize, device: &Device) -> (Self, Predictor) {
        let mut layout = Layout::default();
        let encoder = encoders::build(&experiment.choice("encoder").cloned().unwrap_or_default(), &mut layout);
        let encoder_weights = layout.len();
        let projector = Projector::declare(&mut layout, &experiment.knobs("projector"), encoder.width());
        let projector_weights = layout.len() - encoder_weights;
        let dimension = projector.dimension;
        let choice = experiment.choice("predictor").cloned().unwrap_or_default();
        let predictor = Predictor::declare(&mut layout, &choice, dimension, device);
        let classifier = needs.classifier.map(|what| {
            let width = if what == Classify::Features { encoder.width() } else { dimension };
            (what, Linear::declare(&mut layout, "classifier", width, classes))
        });
        let network = Self { layout, encoder_weights, projector_weights, encoder, projector, classifier, dimension };
        (network, predictor)
    }

    /// Width of the features.
    pub fn width(&self) -> usize {
        self.encoder.width()
    }

    /// What one image of `side` pixels costs on its way through encoder and projector.
    pub fn cost(&self, side: usize) -> Cost {
        let heads = self.projector_weights as u64;
        self.encoder.cost(side) + Cost { multiply_adds: heads, outputs: self.dimension as u64, largest: self.dimension as u64 }
    }

    /// Normalised images `[N, S, S, 3]` through encoder and projector.
    pub fn forward(&self, weights: &Weights, images: Tensor<4>, mode: &mut Mode<'_>) -> Outputs {
        let features = self.encoder.forward(weights, images, mode);
        let embedding = self.projector.forward(weights, features.clone(), mode);
        Outputs { features, embedding }
    }

    /// The classifier's outputs `[N, C]`, if there is one.
    pub fn classify(&self, weights: &Weights, outputs: &Outputs) -> Option<Tensor<2>> {
        let (what, layer) = self.classifier.as_ref()?;
        Some(match what {
            Classify::Features => layer.forward(weights, outputs.features.clone()),
            Classify::Embedding => layer.forward(weights, normalise(outputs.embedding.clone())),
        })
    }

    /// The same as [`Network::evaluate`]; `see` gets what comes out of each layer of convolution (see [`Encoder::watched`]).
    pub fn watched(&self, theta: &Tensor<1>, statistics: &Statistics, images: Tensor<4>, see: See<'_>) -> Outputs {
        let (weights, mode) = (Weights::plain(&self.layout, theta), &mut Mode::Evaluate(&self.layout, statistics));
        let features = self.encoder.watched(&weights, images, mode, see);
        let embedding = self.projector.forward(&weights, features.clone(), mode);
        Outputs { features, embedding }
    }

    /// Encoder and projector in evaluation mode, without gradients.
    pub fn evaluate(&self, theta: &Tensor<1>, statistics: &Statistics, images: Tensor<4>) -> Outputs {
        self.forward(&Weights::plain(&self.layout, theta), images, &mut Mode::Evaluate(&self.layout, statistics))
    }
}
