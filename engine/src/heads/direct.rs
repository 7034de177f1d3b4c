//! DirectPred: a predictor that is set instead of trained.
//!
//! DirectPred (Tian, Chen, Ganguli 2021): a linear map with the eigenvectors of the embeddings' second moments, and with the
//! roots of its eigenvalues (METHODS 4.3). By default as the authors' verified command has it: eigenvalues divided by the largest
//! (`boost_scale`), epsilon 0.01, set anew at every step. At a longer interval the map may learn by gradient steps in between, as their
//! hybrid does: it is then one of the weights.

use crate::losses::{Scaling, direct_predictor};
use crate::nn::{Init, Layout, SlotId, Weights, product, upload};
use crate::readback::read_one;
use crate::state::{State, Stored, size};
use augsphere_spec::{Card, Fault, Knob, Knobs};
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
        Knob::float("epsilon", "Boost", 0.01, 0.0, 10.0, "What every direction gets beside the root of its eigenvalue; at 0 dead directions stay dead."),
        Knob::int("every", "Interval", 1, 1, 10_000, "Steps between two eigen-decompositions."),
        Knob::choice(
            "between",
            "Between two decompositions",
            &["still", "gradient"],
            "still: the map stays as it was set. gradient: the optimiser trains it like any weight until it is set again, the authors' hybrid (they took an interval of 5).",
        ),
        Knob::choice(
            "scaling",
            "Scaling",
            &["boost_scale", "paper"],
            "boost_scale: eigenvalues are first divided by the largest, as the authors' code does. paper: the boost is times the largest eigenvalue, so it means something else when the embeddings grow.",
        ),
    ])
}

/// The map and what it is made from.
#[derive(Clone)]
pub struct Direct {
    /// As it was set last, `[d, d]`.
    map: Tensor<2>,
    /// Where it lies among the weights, if it is trained between two updates.
    slot: Option<SlotId>,
    moments: Option<Tensor<2>>,
    observed: usize,
    updated: usize,
}

impl Direct {
    /// The identity, until embeddings were seen.
    pub fn new(dimension: usize, device: &Device) -> Self {
        Self { map: Tensor::eye(dimension, device), slot: None, moments: None, observed: 0, updated: 0 }
    }

    /// The identity; among the weights, as `predictor.map.weight`, if it is trained in between.
    pub(super) fn declare(layout: &mut Layout, knobs: &Knobs, dimension: usize, device: &Device) -> Self {
        let trained = knobs.text("between") == "gradient";
        let slot = trained.then(|| layout.weight("predictor.map.weight", [dimension, dimension], Init::Identity(dimension)));
        Self { slot, ..Self::new(dimension, device) }
    }

    /// Goes on with what another one of the same dimension has seen and set.
    pub fn go_on_from(&mut self, before: &Self) {
        let slot = self.slot;
        *self = Self { map: before.map.clone(), slot, moments: before.moments.clone(), ..*before };
    }

    /// `[N, d]` through the map: as it was set, or as it was trained since.
    pub(super) fn forward(&self, weights: &Weights, embedding: Tensor<2>) -> Tensor<2> {
        let map = match self.slot {
            Some(slot) => weights.get::<2>(slot).transpose(),
            None if embedding.is_autodiff() => self.map.clone().autodiff(),
            None => self.map.clone(),
        };
        product(embedding, map)
    }

    /// The map `[d, d]` as it is, if it was set at all.
    pub(super) fn matrix(&self, weights: &Weights) -> Option<Tensor<2>> {
        (self.updated > 0).then(|| self.slot.map_or_else(|| self.map.clone(), |slot| weights.get::<2>(slot)))
    }

    /// The flat weights with the map as it was set last in its place, if it has one there.
    pub fn put_into(&self, layout: &Layout, theta: Tensor<1>) -> Tensor<1> {
        let Some(slot) = self.slot.map(|id| layout.slot(id)) else { return theta };
        let ([all], length) = (theta.dims(), slot.len());
        let map = self.map.clone().reshape([1, length]);
        theta.reshape([1, all]).slice_assign([0..1, slot.offset..slot.offset + length], map).reshape([all])
    }

    /// Folds the embeddings `[N, d]` of a step into the second moments. No gradient.
    pub fn observe(&mut self, embedding: Tensor<2>, knobs: &Knobs) {
        let rows = embedding.dims()[0] as f64;
        let batch = product(embedding.clone().transpose(), embedding) / rows;
        let rho = knobs.float("rho");
        self.moments = Some(match self.moments.take() {
            Some(moments) => moments * rho + batch * (1.0 - rho),
            None => batch,
        });
        self.observed += 1;
    }

    /// Adds the map and what it is made from to a checkpoint.
    pub(super) fn state(&self, state: &mut State) {
        state.tensor("predictor.direct.map", &self.map);
        self.moments.iter().for_each(|moments| state.tensor("predictor.direct.moments", moments));
        state.count("predictor.direct", [self.observed as u64, self.updated as u64]);
    }

    /// Goes on from what [`Direct::state`] has added.
    ///
    /// # Errors
    /// If a matrix there has another size.
    pub(super) fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        let dimension = Some(self.map.dims()[0]);
        self.map = stored.matrix("predictor.direct.map", dimension, dimension)?.unwrap_or_else(|| self.map.clone());
        self.moments = stored.matrix("predictor.direct.moments", dimension, dimension)?;
        if let [observed, updated] = *stored.counts("predictor.direct") {
            (self.observed, self.updated) = (size(observed), size(updated));
        }
        Ok(())
    }

    /// Whether the map is to be set anew before the next step.
    pub fn due(&self, knobs: &Knobs) -> bool {
        self.observed >= self.updated + knobs.count("every").max(1) || (self.updated == 0 && self.observed > 0)
    }

    /// Sets the map from the second moments, if it is due, and says whether it did. Reads them from the device.
    ///
    /// # Errors
    /// What the device says when work that was queued before has failed.
    pub async fn update(&mut self, knobs: &Knobs) -> Result<bool, String> {
        let Some(moments) = self.moments.clone().filter(|_| self.due(knobs)) else { return Ok(false) };
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
        Ok(true)
    }
}
