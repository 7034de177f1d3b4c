//! The margin, linear and spectral contrastive losses: each pair of rows is scored by itself, without a softmax.
//!
//! `online` are the anchors, `positive` what they are pulled to and `negatives` what they are pushed from, each as
//! `[view 1, view 2]` with rows `[N, d]`; with shared weights all three are the same. One image alone has no negatives:
//! `repel` is then zero.

use super::{Terms, absent, constant, mask, normalise, squared_distances, together};
use crate::nn::product;
use burn::tensor::Tensor;

/// The margin loss of Hadsell, Chopra & LeCun 2006 with the other images as dissimilar pairs (METHODS.md 1.4).
///
/// `attract` is the mean of `D^2 / 2` over the pairs (row `i` of `online[a]`, row `i` of `positive[1 - a]`), `repel` the mean
/// of `max(0, m - D)^2 / 2` over the pairs `i != j` of `online[a]` and `negatives[1 - a]`; both directions are averaged.
/// Rows are taken as they are; normalise them first, else `margin` only sets the scale. Pairs farther apart than the margin
/// have no gradient, and two rows that coincide have none either: there is no direction to part in.
pub fn margin_terms(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], margin: f64) -> Terms {
    let [[online1, online2], [positive1, positive2], [negatives1, negatives2]] = together([online, positive, negatives]);
    let forth = margin_direction(online1, positive2, negatives2, margin);
    forth.mean(margin_direction(online2, positive1, negatives1, margin))
}

/// One direction of [`margin_terms`]: row `i` of `a` belongs to row `i` of `positive` and to no other row of `negatives`.
fn margin_direction(a: Tensor<2>, positive: Tensor<2>, negatives: Tensor<2>, margin: f64) -> Terms {
    let attract = margin_pair(a.clone(), positive, false, margin);
    let n = a.dims()[0];
    if n < 2 {
        return Terms { attract, repel: absent(a) };
    }
    let repel = hinge(squared_distances(a, negatives), margin);
    Terms { attract, repel: across(repel, n) }
}

/// The margin loss of pairs (Hadsell, Chopra & LeCun 2006): the mean over the rows `[N, d]` of `D^2 / 2` where they are
/// similar, of `max(0, m - D)^2 / 2` where they are `dissimilar`. Rows are taken as they are.
pub fn margin_pair(a: Tensor<2>, b: Tensor<2>, dissimilar: bool, margin: f64) -> Tensor<1> {
    let squared = (a - b).square().sum_dim(1);
    if dissimilar { hinge(squared, margin).mean() } else { squared.mean() / 2.0 }
}

/// `max(0, m - D)^2 / 2` of squared distances. Below 1e-4 the distance is `D^2 / 1e-4`: the root of 0 has no gradient.
fn hinge(squared: Tensor<2>, margin: f64) -> Tensor<2> {
    let distance = squared.clone() / squared.clamp_min(1e-8).sqrt();
    (-distance + margin).clamp_min(0.0).square() / 2.0
}

/// The mean over the pairs of different images of `[N, N]`.
fn across(pairs: Tensor<2>, n: usize) -> Tensor<1> {
    let other = mask(n, n, &pairs.device().without_autodiff(), |row, column| row != column);
    (pairs.clone() * constant(other, &pairs)).sum() / (n * (n - 1)) as f64
}

/// The simple contrastive loss (Huang et al. 2023, section 4.1; METHODS.md 1.5): minus the mean cosine of the `2N` positive
/// pairs, plus `weight` times the mean cosine of the `2N (2N - 2)` negative ones (both views of all other images).
///
/// Rows are normalised here. It cannot tell a line from a sphere: every aligned configuration with mean zero is a minimum.
pub fn linear_terms(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], weight: f64) -> Terms {
    let [online, [positive1, positive2], negatives] = together([online, positive, negatives]);
    let n = online[0].dims()[0];
    let anchors = normalise(Tensor::cat(online.to_vec(), 0));
    let positives = normalise(Tensor::cat(vec![positive2, positive1], 0));
    let attract = -(anchors.clone() * positives).sum() / (2 * n) as f64;
    if n < 2 {
        return Terms { attract, repel: absent(anchors) };
    }
    // A sum of cosines is the cosine with the sum: all candidates less those of the same image, no [2N, 2N] matrix.
    let [negatives1, negatives2] = negatives.map(normalise);
    let image = negatives1 + negatives2;
    let others = image.clone().sum_dim(0) - image;
    let sum = (anchors * Tensor::cat(vec![others.clone(), others], 0)).sum();
    Terms { attract, repel: sum * (weight / (2 * n * (2 * n - 2)) as f64) }
}

/// The spectral contrastive loss of a batch (HaoChen et al. 2021, eq. 6; METHODS.md 1.7): `(-2 mean z1_i z2_i +
/// mean_{i != j} (z1_i z2_j)^2) / mu`, the mean of both directions.
///
/// Rows are not normalised but cut to the ball of radius `sqrt(mu)`. A `mu` that is infinite or not above 0 means: neither cut
/// nor divided.
pub fn spectral_terms(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], mu: f64) -> Terms {
    let blocks = together([online, positive, negatives]);
    let bounded = mu.is_finite() && mu > 0.0;
    let (blocks, scale) = if bounded { (blocks.map(|views| views.map(|rows| cut(rows, mu))), 1.0 / mu) } else { (blocks, 1.0) };
    let [[online1, online2], [positive1, positive2], [negatives1, negatives2]] = blocks;
    let forth = spectral_direction(online1, positive2, negatives2, scale);
    forth.mean(spectral_direction(online2, positive1, negatives1, scale))
}

/// One direction of [`spectral_terms`].
fn spectral_direction(a: Tensor<2>, positive: Tensor<2>, negatives: Tensor<2>, scale: f64) -> Terms {
    let n = a.dims()[0];
    let attract = (a.clone() * positive).sum() * (-2.0 * scale / n as f64);
    if n < 2 {
        return Terms { attract, repel: absent(a) };
    }
    Terms { attract, repel: across(product(a, negatives.transpose()).square(), n) * scale }
}

/// Rows cut to the ball of radius `sqrt(mu)`.
fn cut(rows: Tensor<2>, mu: f64) -> Tensor<2> {
    let length = rows.clone().square().sum_dim(1).clamp_min(mu).sqrt();
    rows / length * mu.sqrt()
}
