//! Losses as free functions, in the symbols of their papers. A metric of the same name computes the same on slices of the host; a test
//! holds the two equal.

mod alignment_uniformity;
mod asymmetric;
mod contrastive;
mod decorrelation;
mod mean_view;
mod pairwise;
mod partial_labels;
mod unified;
mod views;

pub use alignment_uniformity::alignment;
pub use alignment_uniformity::uniformity;
pub use alignment_uniformity::uniformity_against;
pub use alignment_uniformity::uniformity_optimum;
pub use alignment_uniformity::uniformity_with_self;
pub use asymmetric::Scaling;
pub use asymmetric::byol;
pub use asymmetric::cosine_terms;
pub use asymmetric::direct_predictor;
pub use asymmetric::simsiam;
pub use contrastive::cross_view_terms;
pub use contrastive::decoupled_collapse;
pub use contrastive::decoupled_terms;
pub use contrastive::nt_xent;
pub use contrastive::nt_xent_chance;
pub use contrastive::nt_xent_terms;
pub use contrastive::queue_chance;
pub use contrastive::queue_terms;
pub(crate) use decorrelation::standardised;
pub use decorrelation::{
    Correlations, Standardise, VicReg, VicRegForm, VicRegParts, barlow_terms, cross_correlation, vicreg_invariance, vicreg_parts,
    vicreg_spread,
};
pub use mean_view::mean_view_terms;
pub use pairwise::linear_terms;
pub use pairwise::margin_pair;
pub use pairwise::margin_terms;
pub use pairwise::spectral_terms;
pub use partial_labels::{classification, confidence_after, partial_contrast, prototypes_after, pseudo_labels};
pub use unified::{form_b, form_g, form_h, form_j, second_moment, unigrad_loss, unigrad_surrogate};
pub use views::Views;
pub(crate) use views::halves;

use crate::nn::product;
use burn::tensor::{Device, Tensor, TensorData};

/// A loss in the two parts of the unified form of Tao et al. 2022: what pulls views together and what keeps images apart;
/// their sum is minimised.
///
/// Each part is one element on the device, differentiable where the inputs are; a part that is absent is an exact zero.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What pulls the views of an image together.
    pub attract: Tensor<1>,
    /// What keeps the images apart.
    pub repel: Tensor<1>,
}

impl Terms {
    /// The loss: the sum of both parts.
    pub fn total(&self) -> Tensor<1> {
        self.attract.clone() + self.repel.clone()
    }

    /// The mean of two directions.
    fn mean(self, other: Self) -> Self {
        Self { attract: (self.attract + other.attract) / 2.0, repel: (self.repel + other.repel) / 2.0 }
    }
}

pub use crate::nn::unit_rows as normalise;

/// `values` as a constant beside `like`: an operation takes two tensors that both know of gradients, or neither.
pub(crate) fn constant<const D: usize, const E: usize>(values: Tensor<D>, like: &Tensor<E>) -> Tensor<D> {
    if like.is_autodiff() { values.autodiff() } else { values }
}

/// The part of a loss that is not there: exactly zero, with a gradient of zero.
pub(crate) fn absent<const D: usize>(like: Tensor<D>) -> Tensor<1> {
    (like * 0.0).sum()
}

/// The same tensors, all of which know of gradients if one does.
fn alike<const K: usize>(rows: [Tensor<2>; K]) -> [Tensor<2>; K] {
    let tracked = rows.iter().any(Tensor::is_autodiff);
    rows.map(|rows| if tracked { rows.autodiff() } else { rows })
}

/// The same blocks of rows, all of which know of gradients if one does.
fn together<const K: usize>(blocks: [[Tensor<2>; 2]; K]) -> [[Tensor<2>; 2]; K] {
    let tracked = blocks.iter().flatten().any(Tensor::is_autodiff);
    blocks.map(|views| views.map(|block| if tracked { block.autodiff() } else { block }))
}

/// `[rows, columns]`: 1 where `holds(row, column)`, else 0. Made on the host: a copy costs less than the launches to make it.
fn mask(rows: usize, columns: usize, device: &Device, holds: impl Fn(usize, usize) -> bool) -> Tensor<2> {
    let mut cells = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        cells.extend((0..columns).map(|column| if holds(row, column) { 1.0f32 } else { 0.0 }));
    }
    Tensor::from_data(TensorData::new(cells, [rows, columns]), device)
}

/// `[N, M]`: the squared distances between the rows of `[N, d]` and `[M, d]`, never negative.
fn squared_distances(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    let lengths = a.clone().square().sum_dim(1) + b.clone().square().sum_dim(1).transpose();
    (lengths - product(a, b.transpose()) * 2.0).clamp_min(0.0)
}
