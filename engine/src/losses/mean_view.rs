//! The distance of views to the mean view.

use super::{Terms, absent};
use burn::tensor::Tensor;

/// `E |F(T(x)) - F(x-bar)|^2` (Su, kexue.fm 7980; METHODS.md 4.5): the mean over images and both views of the squared distance between
/// `online`, `F(T(x))` of each view `[N, d]`, and `mean`, the embedding of the pixel mean `x-bar` of other views `[N, d]`; rows are taken
/// as they are. Nothing repels: equal embeddings have the least loss, 0.
///
/// With the views of the pair itself as those of `x-bar` and an affine `F`, `F(x-bar)` is the mean of both rows and the loss is
/// `|F(T_1(x)) - F(T_2(x))|^2 / 4`: the two-view loss divided by four.
pub fn mean_view_terms(online: [Tensor<2>; 2], mean: Tensor<2>) -> Terms {
    let [first, second] = online.map(|z| (z - mean.clone()).square().sum_dim(1).mean());
    let attract = (first + second) / 2.0;
    Terms { repel: absent(attract.clone()), attract }
}
