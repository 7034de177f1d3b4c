//! DirectPred: a predictor that is set instead of trained.
//!
//! DirectPred (Tian, Chen, Ganguli 2021): a linear map with the eigenvectors of the embeddings' second moments, and with the
//! roots of its eigenvalues (METHODS 4.3).

use crate::losses::{Scaling, direct_predictor};
use crate::nn::upload;
use crate::readback::read_one;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::{Device, Tensor};

/// The card.
pub(super) fn direct_card() -> Card {
    Card::new(
        "direct",
        "Predictor in closed form",
        "A linear map with the eigenvectors of the embeddings' second moments: DirectPred sets it instead of training it.",
        "Tian, Chen, Ganguli, 2021, arXiv 2102.06810",
    )
    .knobs([
        Knob::float("rho", "Memory", 0.3, 0.0, 0.9999, "Share of the former second moments that is kept at each step."),
        Knob::float("epsilon", "Boost", 0.1, 0.0, 10.0, "What every direction gets beside the root of its eigenvalue; at 0 dead directions stay dead."),
        Knob::int("every", "Interval", 1, 1, 10_000, "Steps between two eigen-decompositions."),
        Knob::choice(
            "scaling",
            "Scaling",
            &["paper", "boost_scale"],
            "paper: the boost is times the largest eigenvalue. boost_scale: eigenvalues are first divided by the largest, as the authors' code does.",
        ),
    ])
}

/// The map and what it is made from.
pub struct Direct {
    map: Tensor<2>,
    moments: Option<Tensor<2>>,
    observed: usize,
    updated: usize,
}

impl Direct {
    /// The identity, until embeddings were seen.
    pub fn new(dimension: usize, device: &Device) -> Self {
        Self { map: Tensor::eye(dimension, device), moments: None, observed: 0, updated: 0 }
    }

    /// `[N, d]` times the symmetric map.
    pub(super) fn forward(&self, embedding: Tensor<2>) -> Tensor<2> {
        let map = if embedding.is_autodiff() { self.map.clone().autodiff() } else { self.map.clone() };
        embedding.matmul(map)
    }

    /// Folds the embeddings `[N, d]` of a step into the second moments. No gradient.
    pub fn observe(&mut self, embedding: Tensor<2>, knobs: &Knobs) {
        let rows = embedding.dims()[0] as f64;
        let batch = embedding.clone().transpose().matmul(embedding) / rows;
        let rho = knobs.float("rho");
        self.moments = Some(match self.moments.take() {
            Some(moments) => moments * rho + batch * (1.0 - rho),
            None => batch,
        });
        self.observed += 1;
    }

    /// Whether the map is to be set anew before the next step.
    pub fn due(&self, knobs: &Knobs) -> bool {
        self.observed >= self.updated + knobs.count("every").max(1) || (self.updated == 0 && self.observed > 0)
    }

    /// Sets the map from the second moments, if it is due. Reads them from the device.
    ///
    /// # Errors
    /// What the device says when work that was queued before has failed.
    pub async fn update(&mut self, knobs: &Knobs) -> Result<(), String> {
        let Some(moments) = self.moments.clone().filter(|_| self.due(knobs)) else { return Ok(()) };
        let [dimension, _] = moments.dims();
        let device = moments.device();
        let values = read_one(moments).await?;
        let scaling = if knobs.text("scaling") == "paper" { Scaling::Paper } else { Scaling::BoostScale };
        // Numbers that are not finite stop the run at its loss; a decomposition of them would not end.
        if values.iter().all(|value| value.is_finite()) {
            let map = direct_predictor(&values, dimension, knobs.float("epsilon"), scaling);
            self.map = upload(map, &device).reshape([dimension, dimension]);
        }
        self.updated = self.observed;
        Ok(())
    }
}
