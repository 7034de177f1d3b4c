//! How is the operation of [`super::conv_norm`] written as a chain of a backend's own operations?
//!
//! This is what GPUs run, and what the CPU kernels are tested against.

use super::conv_norm::{Backwards, EPSILON, Forward, Geometry, Saved};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::Shape;
use burn::tensor::ops::ConvOptions;

const TO_NCHW: [usize; 4] = [0, 3, 1, 2];
const TO_NHWC: [usize; 4] = [0, 2, 3, 1];

fn options<B: Backend>(weight: &FloatTensor<B>, geometry: Geometry) -> ConvOptions<2> {
    let padding = (weight.shape()[2] - 1) / 2;
    ConvOptions::new([geometry.stride; 2], [padding; 2], [1, 1], 1)
}

fn convolve<B: Backend>(x: FloatTensor<B>, weight: FloatTensor<B>, geometry: Geometry) -> FloatTensor<B> {
    let options = options::<B>(&weight, geometry);
    B::float_permute(B::conv2d(B::float_permute(x, &TO_NCHW), weight, None, options), &TO_NHWC)
}

/// `[N, H, W, C]` as `[N * H * W, C]`.
fn rows<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let shape = x.shape();
    B::float_reshape(x, Shape::new([shape[0] * shape[1] * shape[2], shape[3]]))
}

fn row<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let channels = x.shape().num_elements();
    B::float_reshape(x, Shape::new([1, channels]))
}

fn channels<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let channels = x.shape().num_elements();
    B::float_reshape(x, Shape::new([channels]))
}

/// `1 / sqrt(variance + epsilon)` as a row.
fn inverse_deviation<B: Backend>(variance: FloatTensor<B>) -> FloatTensor<B> {
    B::float_recip(B::float_sqrt(B::float_add_scalar(row::<B>(variance), EPSILON.into())))
}

/// `raw * scale + shift` and ReLU, with one scale and shift a channel.
fn affine<B: Backend>(raw: FloatTensor<B>, mean: FloatTensor<B>, variance: FloatTensor<B>, gamma: FloatTensor<B>, beta: FloatTensor<B>, relu: bool) -> FloatTensor<B> {
    let scale = B::float_mul(row::<B>(gamma), inverse_deviation::<B>(variance));
    let shift = B::float_sub(row::<B>(beta), B::float_mul(row::<B>(mean), scale.clone()));
    let out = B::float_add(B::float_mul(raw, scale), shift);
    if relu { B::relu(out) } else { out }
}

/// See [`super::ConvNormKernel::forward`].
pub(super) fn forward<B: Backend>(x: FloatTensor<B>, weight: FloatTensor<B>, gamma: FloatTensor<B>, beta: FloatTensor<B>, geometry: Geometry) -> Forward<B> {
    let raw = convolve::<B>(x, weight, geometry);
    let shape = raw.shape();
    let flat = rows::<B>(raw);
    let mean = B::float_mean_dim(flat.clone(), 0);
    let centred = B::float_sub(flat.clone(), mean.clone());
    let variance = B::float_mean_dim(B::float_mul(centred.clone(), centred), 0);
    let out = affine::<B>(flat.clone(), mean.clone(), variance.clone(), gamma, beta, geometry.relu);
    (B::float_reshape(out, shape.clone()), B::float_reshape(flat, shape), channels::<B>(mean), channels::<B>(variance))
}

/// See [`super::ConvNormKernel::forward_fixed`].
pub(super) fn forward_fixed<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    statistics: (FloatTensor<B>, FloatTensor<B>),
    geometry: Geometry,
) -> FloatTensor<B> {
    let raw = convolve::<B>(x, weight, geometry);
    let shape = raw.shape();
    let out = affine::<B>(rows::<B>(raw), statistics.0, statistics.1, gamma, beta, geometry.relu);
    B::float_reshape(out, shape)
}

/// See [`super::ConvNormKernel::backward`]. With `x̂` the normalised convolution over `M` positions:
/// `d raw = gamma / deviation * (dy - mean(dy) - x̂ mean(dy x̂))` (Ioffe & Szegedy 2015, section 3).
pub(super) fn backward<B: Backend>(saved: Saved<FloatTensor<B>>, gradient: FloatTensor<B>, want_x: bool) -> Backwards<B> {
    let Saved { x, weight, gamma, beta, raw, mean, variance, geometry } = saved;
    let shape = raw.shape();
    let flat = rows::<B>(raw);
    let mut dy = rows::<B>(gradient);
    let inverse = inverse_deviation::<B>(variance.clone());
    let normalised = B::float_mul(B::float_sub(flat.clone(), row::<B>(mean.clone())), inverse.clone());
    if geometry.relu {
        let out = affine::<B>(flat, mean, variance, gamma.clone(), beta, true);
        dy = B::relu_backward(out, dy);
    }
    let grad_beta = B::float_mean_dim(dy.clone(), 0);
    let grad_gamma = B::float_mean_dim(B::float_mul(dy.clone(), normalised.clone()), 0);
    let count = (shape[0] * shape[1] * shape[2]) as f32;
    let scale = B::float_mul(row::<B>(gamma), inverse);
    let centred = B::float_sub(B::float_sub(dy, grad_beta.clone()), B::float_mul(normalised, grad_gamma.clone()));
    let grad_raw = B::float_permute(B::float_reshape(B::float_mul(centred, scale), shape), &TO_NCHW);
    let options = options::<B>(&weight, geometry);
    let x = B::float_permute(x, &TO_NCHW);
    let grad_x = want_x.then(|| {
        let grad = B::conv2d_x_backward(x.clone(), weight.clone(), grad_raw.clone(), options.clone());
        B::float_permute(grad, &TO_NHWC)
    });
    let grad_weight = B::conv2d_weight_backward(x, weight, grad_raw, options);
    let total = |mean: FloatTensor<B>| channels::<B>(B::float_mul_scalar(mean, count.into()));
    (grad_x, grad_weight, total(grad_gamma), total(grad_beta))
}
