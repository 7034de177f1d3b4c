//! The predictor between the trained branch and what it is compared with.
//!
//! Trained ([`mlp`](cards)), drawn once and left alone (`fixed`), or set in closed form from the embeddings (`direct`).

use super::direct::{Direct, direct_card};
use super::mlp::{Mlp, MlpShape};
use crate::nn::{Layout, Mode, Weights};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Choice, Fault, Knob};
use burn::tensor::{Device, Tensor};

fn layers() -> [Knob; 4] {
    [
        Knob::int("layers", "Layers", 2, 1, 4, "Linear layers in all; one is a plain linear map."),
        Knob::int("hidden", "Hidden width", 128, 2, 4096, "Width of the hidden layers."),
        Knob::switch("batch_norm", "Batch normalisation", true, "Normalise the hidden layers."),
        Knob::switch(
            "output_norm",
            "Normalise the output",
            false,
            "Batch normalisation after the last layer; SimSiam found it unstable.",
        ),
    ]
}

/// The cards of all predictors.
pub fn cards() -> Vec<Card> {
    vec![
        Card::new("none", "No predictor", "The embedding itself is compared with the target.", ""),
        Card::new(
            "mlp",
            "Trained predictor",
            "Guesses the target's embedding from the trained branch's: with a stop-gradient it keeps BYOL and SimSiam from collapse.",
            "Grill et al., 2020, arXiv 2006.07733",
        )
        .knobs(layers())
        .knobs([
            Knob::float("rate", "Learning rate", 1.0, 0.0, 100.0, "Times the learning rate of the rest."),
            Knob::switch(
                "constant_rate",
                "Constant rate",
                false,
                "Leave its learning rate as it is when the schedule lowers the others, as SimSiam does.",
            ),
        ]),
        Card::new(
            "fixed",
            "Fixed random predictor",
            "Drawn once and never trained: SimSiam's ablation, in which nothing is learnt.",
            "Chen, He, 2021, arXiv 2011.10566, table 1",
        )
        .knobs(layers()),
        direct_card(),
    ]
}

/// A predictor, or its absence.
#[derive(Clone)]
pub enum Predictor {
    /// The embedding passes unchanged.
    None,
    /// Trained or fixed layers; `trained` says which.
    Layers {
        /// The layers.
        layers: Mlp,
        /// Whether gradients move them.
        trained: bool,
    },
    /// DirectPred's linear map.
    Direct(Box<Direct>),
}

impl Predictor {
    /// Whether the embedding passes unchanged.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Declares the chosen predictor for embeddings of the given dimension.
    pub fn declare(layout: &mut Layout, choice: &Choice, dimension: usize, device: &Device) -> Self {
        let knobs = &choice.knobs;
        let shape = MlpShape {
            inputs: dimension,
            layers: knobs.count("layers"),
            hidden: knobs.count("hidden"),
            outputs: dimension,
            hidden_norm: knobs.switch("batch_norm"),
            output_norm: knobs.switch("output_norm"),
        };
        match choice.kind.as_str() {
            "mlp" => Self::Layers { layers: Mlp::declare(layout, "predictor", shape), trained: true },
            "fixed" => Self::Layers { layers: Mlp::declare(layout, "predictor", shape), trained: false },
            "direct" => Self::Direct(Box::new(Direct::declare(layout, knobs, dimension, device))),
            _ => Self::None,
        }
    }

    /// Embeddings `[N, d]` of the trained branch to predictions of the target's.
    pub fn forward(&self, weights: &Weights, embedding: Tensor<2>, mode: &mut Mode<'_>) -> Tensor<2> {
        match self {
            Self::None => embedding,
            Self::Layers { layers, .. } => layers.forward(weights, embedding, mode),
            Self::Direct(direct) => direct.forward(weights, embedding),
        }
    }

    /// Adds what it remembers beside the weights to a checkpoint.
    pub fn state(&self, state: &mut State) {
        if let Self::Direct(direct) = self {
            direct.state(state);
        }
    }

    /// Goes on from what [`Predictor::state`] has added.
    ///
    /// # Errors
    /// If something there does not fit.
    pub fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        if let Self::Direct(direct) = self { direct.restore(stored) } else { Ok(()) }
    }

    /// The matrix `W_p` `[d, d]` of a linear predictor `p = W_p f` that is learnt: trained without hidden layers, or set in closed form
    /// by now.
    pub fn matrix(&self, weights: &Weights) -> Option<Tensor<2>> {
        match self {
            Self::Layers { layers, trained: true } => Some(layers.linear()?.matrix(weights)),
            Self::Direct(direct) => direct.matrix(weights),
            Self::None | Self::Layers { .. } => None,
        }
    }
}
