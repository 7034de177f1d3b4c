//! Operations on flat vectors without gradients, each one pass over the numbers: joining, blending, steps of optimisers.

#![expect(clippy::too_many_arguments, reason = "an operation takes its tensors one by one, and a kernel as many as it can bind")]

#[cfg(feature = "gpu")]
use super::gpu;
use super::on_cpu::{slice, tensor};
use augsphere_kernels::flat as kernels;
pub use augsphere_kernels::flat::{AdamStep, SgdStep};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;
use burn_flex::FlexTensor;

/// Vectors that are joined at once: an adapter may bind no more than eight buffers to a kernel, and its numbers are one of them.
const SOURCES: usize = 6;

/// Layers whose moments are folded in at once.
const LAYERS: usize = 5;

/// Which of five layers there are, and what makes the variances of each unbiased.
#[derive(Clone, Copy, Debug)]
pub struct Unbiased {
    /// How many of them count.
    pub count: usize,
    /// Where the first one's moments lie.
    pub offset: usize,
    /// A factor for each.
    pub factors: [f32; LAYERS],
    /// Share of the new moments.
    pub momentum: f32,
}

/// The operations as burn's dispatch sees them.
#[backend_extension(Flex, Cube: cfg(feature = "gpu"))]
pub trait FlatOps: Backend {
    /// Writes the first `count` of six vectors into `out`, one after another, from `offset` on.
    fn write(
        out: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        count: usize,
        offset: usize,
    ) -> FloatTensor<Self>;
    /// Moves `running`, from `offset` on, towards the first of five layers' moments and writes that into `out`; see [`moved_moments`].
    fn observe(
        out: FloatTensor<Self>,
        running: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        unbiased: Unbiased,
    ) -> FloatTensor<Self>;
    /// See [`blend`].
    fn blend(x: FloatTensor<Self>, y: FloatTensor<Self>, a: f32, b: f32) -> FloatTensor<Self>;
    /// See [`length`].
    fn length(x: FloatTensor<Self>) -> FloatTensor<Self>;
    /// See [`adam`]; without `masked` the mask is not read.
    fn adam(
        theta: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        mask: FloatTensor<Self>,
        masked: bool,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
    /// See [`sgd`].
    fn sgd(
        theta: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        step: SgdStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// One flat vector after another, at least one.
pub fn joined(parts: Vec<Tensor<1>>) -> Tensor<1> {
    let lengths: Vec<usize> = parts.iter().map(|part| part.dims()[0]).collect();
    let mut out = Tensor::<1>::empty([lengths.iter().sum::<usize>()], &parts[0].device()).into_dispatch();
    let mut offset = 0;
    for (group, lengths) in parts.chunks(SOURCES).zip(lengths.chunks(SOURCES)) {
        let [a, b, c, d, e, f] = std::array::from_fn(|at| group.get(at).unwrap_or(&group[0]).clone().into_dispatch());
        out = <Dispatch as FlatOps>::write(out, a, b, c, d, e, f, group.len(), offset);
        offset += lengths.iter().sum::<usize>();
    }
    Tensor::from_dispatch(out)
}

/// Running moments after a batch: `(1 - momentum) running + momentum seen`, layer by layer. `seen` holds each layer's means and then its
/// biased variances, and what makes these unbiased.
pub fn moved_moments(running: Tensor<1>, seen: Vec<(f32, Tensor<1>)>, momentum: f32) -> Tensor<1> {
    if seen.is_empty() {
        return running;
    }
    let mut out = Tensor::<1>::empty(running.dims(), &running.device()).into_dispatch();
    let mut offset = 0;
    for group in seen.chunks(LAYERS) {
        let at = |at: usize| group.get(at).unwrap_or(&group[0]);
        let [a, b, c, d, e] = std::array::from_fn(|layer| at(layer).1.clone().into_dispatch());
        let factors = std::array::from_fn(|layer| at(layer).0);
        let unbiased = Unbiased { count: group.len(), offset, factors, momentum };
        out = <Dispatch as FlatOps>::observe(out, running.clone().into_dispatch(), a, b, c, d, e, unbiased);
        offset += group.iter().map(|(_, moments)| moments.dims()[0]).sum::<usize>();
    }
    Tensor::from_dispatch(out)
}

/// `a x + b y`, of one length.
pub fn blend(x: Tensor<1>, y: Tensor<1>, a: f64, b: f64) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as FlatOps>::blend(x.into_dispatch(), y.into_dispatch(), a as f32, b as f32))
}

/// `[1]`: the Euclidean length.
pub fn length(x: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as FlatOps>::length(x.into_dispatch()))
}

/// Weights and both moments after a step of Adam; with a mask, which is 1 where weight decay applies, of AdamW.
pub fn adam(
    theta: Tensor<1>,
    gradient: Tensor<1>,
    moments: [Tensor<1>; 2],
    mask: Option<Tensor<1>>,
    step: AdamStep,
) -> (Tensor<1>, [Tensor<1>; 2]) {
    let [first, second] = moments.map(Tensor::into_dispatch);
    let masked = mask.is_some();
    let mask = mask.unwrap_or_else(|| theta.clone()).into_dispatch();
    let (theta, gradient) = (theta.into_dispatch(), gradient.into_dispatch());
    let (theta, first, second) = <Dispatch as FlatOps>::adam(theta, gradient, first, second, mask, masked, step);
    (Tensor::from_dispatch(theta), [first, second].map(Tensor::from_dispatch))
}

/// Weights and velocity after a step of gradient descent with momentum.
pub fn sgd(theta: Tensor<1>, gradient: Tensor<1>, velocity: Tensor<1>, step: SgdStep) -> (Tensor<1>, Tensor<1>) {
    let (theta, gradient, velocity) = (theta.into_dispatch(), gradient.into_dispatch(), velocity.into_dispatch());
    let (theta, velocity) = <Dispatch as FlatOps>::sgd(theta, gradient, velocity, step);
    (Tensor::from_dispatch(theta), Tensor::from_dispatch(velocity))
}

fn flat(values: Vec<f32>) -> FlexTensor {
    let length = values.len();
    tensor(values, [length])
}

impl FlatOps for Flex {
    fn write(
        out: FlexTensor,
        a: FlexTensor,
        b: FlexTensor,
        c: FlexTensor,
        d: FlexTensor,
        e: FlexTensor,
        f: FlexTensor,
        count: usize,
        offset: usize,
    ) -> FlexTensor {
        let mut values = out.into_data().try_into_vec::<f32>().expect("32-bit floats");
        let mut at = offset;
        for part in [a, b, c, d, e, f].iter().take(count).map(FlexTensor::to_contiguous) {
            let part = slice(&part);
            values[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        flat(values)
    }

    fn observe(
        out: FlexTensor,
        running: FlexTensor,
        a: FlexTensor,
        b: FlexTensor,
        c: FlexTensor,
        d: FlexTensor,
        e: FlexTensor,
        unbiased: Unbiased,
    ) -> FlexTensor {
        let mut values = out.into_data().try_into_vec::<f32>().expect("32-bit floats");
        let running = running.to_contiguous();
        let Unbiased { count, offset, factors, momentum } = unbiased;
        let mut at = offset;
        for (moments, factor) in [a, b, c, d, e].iter().zip(factors).take(count) {
            let moments = moments.to_contiguous();
            let moments = slice(&moments);
            for (place, value) in moments.iter().enumerate() {
                let factor = if place < moments.len() / 2 { 1.0 } else { factor };
                values[at] = (1.0 - momentum) * slice(&running)[at] + momentum * (value * factor);
                at += 1;
            }
        }
        flat(values)
    }

    fn blend(x: FlexTensor, y: FlexTensor, a: f32, b: f32) -> FlexTensor {
        let [x, y] = [x, y].map(|tensor| tensor.to_contiguous());
        flat(kernels::blend(slice(&x), slice(&y), a, b))
    }

    fn length(x: FlexTensor) -> FlexTensor {
        flat(vec![kernels::length(slice(&x.to_contiguous()))])
    }

    fn adam(
        theta: FlexTensor,
        gradient: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        mask: FlexTensor,
        masked: bool,
        step: AdamStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [theta, gradient, first, second, mask] = [theta, gradient, first, second, mask].map(|tensor| tensor.to_contiguous());
        let from = kernels::Moved { theta: slice(&theta), gradient: slice(&gradient) };
        let [theta, first, second] =
            kernels::adam(from, [slice(&first), slice(&second)], masked.then(|| slice(&mask)), step).map(flat);
        (theta, first, second)
    }

    fn sgd(theta: FlexTensor, gradient: FlexTensor, velocity: FlexTensor, step: SgdStep) -> (FlexTensor, FlexTensor) {
        let [theta, gradient, velocity] = [theta, gradient, velocity].map(|tensor| tensor.to_contiguous());
        let from = kernels::Moved { theta: slice(&theta), gradient: slice(&gradient) };
        let [theta, velocity] = kernels::sgd(from, slice(&velocity), step).map(flat);
        (theta, velocity)
    }
}

#[cfg(feature = "gpu")]
impl FlatOps for burn::backend::Cube {
    fn write(
        out: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        count: usize,
        offset: usize,
    ) -> FloatTensor<Self> {
        gpu::flat::write(out, [a, b, c, d, e, f], count, offset)
    }

    fn observe(
        out: FloatTensor<Self>,
        running: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        unbiased: Unbiased,
    ) -> FloatTensor<Self> {
        gpu::flat::observe(out, running, [a, b, c, d, e], unbiased)
    }

    fn blend(x: FloatTensor<Self>, y: FloatTensor<Self>, a: f32, b: f32) -> FloatTensor<Self> {
        gpu::flat::blend(x, y, a, b)
    }

    fn length(x: FloatTensor<Self>) -> FloatTensor<Self> {
        gpu::flat::length(x)
    }

    fn adam(
        theta: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        mask: FloatTensor<Self>,
        masked: bool,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        gpu::flat::adam([theta, gradient, first, second, mask], masked, step)
    }

    fn sgd(
        theta: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        step: SgdStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        gpu::flat::sgd([theta, gradient, velocity], step)
    }
}
