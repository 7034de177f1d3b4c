//! Convolution, batch normalisation and ReLU as a single operation.
//!
//! `conv_norm` is one node of the autodiff graph with a backward pass of our own, on every device: the CPU runs
//! [`augsphere_kernels`], a GPU the kernels of [`super::gpu`]. Activations are `[N, H, W, C]`, weights `[Out, In, k, k]`
//! (PyTorch's order), padding is `(k - 1) / 2`. A linear layer with batch normalisation is the case `H = W = k = 1`.

#[cfg(feature = "gpu")]
use super::gpu;
use super::on_cpu::{recycle, slice, tensor};
use augsphere_kernels as kernels;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::CheckpointStrategy;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use burn_flex::FlexTensor;

/// Added to the variance before the square root, PyTorch's default.
pub const EPSILON: f32 = 1e-5;

/// The part of a convolution's shape that its tensors do not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Step between output pixels: 1 or 2.
    pub stride: usize,
    /// Whether a ReLU follows the normalisation.
    pub relu: bool,
}

/// Three tensors: the output, the convolution before normalisation, and its moments: all means, then all biased variances.
pub type Forward<B> = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>);

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
pub struct Saved<F> {
    pub(super) x: F,
    pub(super) weight: F,
    /// The weights as the way back wants them, where the way there made them.
    pub(super) packed: Option<F>,
    pub(super) gamma: F,
    pub(super) beta: F,
    pub(super) raw: F,
    /// All means, then all biased variances, `[2 channels]`.
    pub(super) moments: F,
    pub(super) geometry: Geometry,
}

/// Gradients with respect to the input (if wanted), weight, gamma and beta.
pub type Backwards<B> = (Option<FloatTensor<B>>, FloatTensor<B>, FloatTensor<B>, FloatTensor<B>);

/// A device that can run the operation in both directions.
pub trait ConvNormKernel: Backend {
    /// Convolution, normalisation with the batch's own statistics, ReLU. If there is a way back, perhaps the weights as it wants them.
    fn forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        geometry: Geometry,
        tracked: bool,
    ) -> (Forward<Self>, Option<FloatTensor<Self>>);
    /// Convolution, normalisation with given statistics, ReLU.
    fn forward_fixed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;
    /// The gradients of [`ConvNormKernel::forward`].
    fn backward(saved: Saved<FloatTensor<Self>>, gradient: FloatTensor<Self>, want_x: bool) -> Backwards<Self>;
}

/// The operation as burn's dispatch sees it.
#[backend_extension(Flex, Cube: cfg(feature = "gpu"), Autodiff)]
pub trait ConvNormOps: Backend {
    /// See [`conv_norm`].
    fn conv_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        geometry: Geometry,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// See [`conv_norm_fixed`].
    fn conv_norm_fixed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;
}

/// Convolution, batch normalisation with the batch's own statistics, and ReLU if the geometry asks for it.
///
/// `x` is `[N, H, W, In]`, `weight` `[Out, In, k, k]`, `gamma` and `beta` `[Out]`. Returns the output
/// `[N, H', W', Out]` and, without gradient, the batch's moments: the mean of each channel, then the biased variance of each, `[2 Out]`.
pub fn conv_norm(
    x: Tensor<4>,
    weight: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    geometry: Geometry,
) -> (Tensor<4>, Tensor<1>) {
    let (output, _raw, moments) = <Dispatch as ConvNormOps>::conv_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        geometry,
    );
    (Tensor::from_dispatch(output), Tensor::from_dispatch(moments))
}

/// The same with given moments, `[2 Out]`, as an encoder under evaluation runs it. No gradient flows.
pub fn conv_norm_fixed(
    x: Tensor<4>,
    weight: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    moments: Tensor<1>,
    geometry: Geometry,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConvNormOps>::conv_norm_fixed(
        x.into_dispatch(),
        weight.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        moments.into_dispatch(),
        geometry,
    ))
}

macro_rules! on_the_device {
    ($backend:ty) => {
        impl ConvNormOps for $backend {
            fn conv_norm(
                x: FloatTensor<Self>,
                weight: FloatTensor<Self>,
                gamma: FloatTensor<Self>,
                beta: FloatTensor<Self>,
                geometry: Geometry,
            ) -> Forward<Self> {
                <Self as ConvNormKernel>::forward(x, weight, gamma, beta, geometry, false).0
            }

            fn conv_norm_fixed(
                x: FloatTensor<Self>,
                weight: FloatTensor<Self>,
                gamma: FloatTensor<Self>,
                beta: FloatTensor<Self>,
                moments: FloatTensor<Self>,
                geometry: Geometry,
            ) -> FloatTensor<Self> {
                <Self as ConvNormKernel>::forward_fixed(x, weight, gamma, beta, moments, geometry)
            }
        }
    };
}

on_the_device!(Flex);
#[cfg(feature = "gpu")]
on_the_device!(burn::backend::Cube);

#[derive(Debug)]
struct ConvNormBackward;

impl<B: ConvNormKernel> Backward<B, 4> for ConvNormBackward {
    type State = Saved<FloatTensor<B>>;

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [x, weight, gamma, beta] = ops.parents;
        let (grad_x, grad_weight, grad_gamma, grad_beta) = B::backward(ops.state, gradient, x.is_some());
        let pairs = [(x, grad_x), (weight, Some(grad_weight)), (gamma, Some(grad_gamma)), (beta, Some(grad_beta))];
        for (node, gradient) in pairs {
            if let (Some(node), Some(gradient)) = (node, gradient) {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: ConvNormKernel, C: CheckpointStrategy> ConvNormOps for Autodiff<B, C> {
    fn conv_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        geometry: Geometry,
    ) -> Forward<Self> {
        let nodes = [x.node(), weight.node(), gamma.node(), beta.node()];
        let prepared = ConvNormBackward.prepare::<C>(nodes).compute_bound().stateful();
        let [x, weight, gamma, beta] = [x, weight, gamma, beta].map(|tensor| tensor.into_primitive());
        let tracked = matches!(prepared, OpsKind::Tracked(_));
        let ((output, raw, moments), packed) =
            B::forward(x.clone(), weight.clone(), gamma.clone(), beta.clone(), geometry, tracked);
        let untracked = |tensor: &FloatTensor<B>| <Self as burn::backend::AutodiffBackend>::from_inner(tensor.clone());
        let (raw_out, moments_out) = (untracked(&raw), untracked(&moments));
        let output = match prepared {
            OpsKind::Tracked(prepared) => {
                prepared.finish(Saved { x, weight, packed, gamma, beta, raw, moments, geometry }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
        (output, raw_out, moments_out)
    }

    fn conv_norm_fixed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let [x, weight, gamma, beta, moments] = [x, weight, gamma, beta, moments].map(|tensor| tensor.into_primitive());
        <Self as burn::backend::AutodiffBackend>::from_inner(B::forward_fixed(x, weight, gamma, beta, moments, geometry))
    }
}

fn shape_of(x: &FlexTensor, weight: &FlexTensor, geometry: Geometry) -> kernels::ConvShape {
    let (x, weight) = (x.shape(), weight.shape());
    kernels::ConvShape {
        batch: x[0],
        height: x[1],
        width: x[2],
        in_channels: x[3],
        out_channels: weight[0],
        kernel: weight[2],
        stride: geometry.stride,
    }
}

fn operands<'a>(
    shape: kernels::ConvShape,
    [x, weight, gamma, beta]: [&'a FlexTensor; 4],
    geometry: Geometry,
) -> kernels::Operands<'a> {
    let [x, weight, gamma, beta] = [x, weight, gamma, beta].map(slice);
    kernels::Operands { shape, x, weight, gamma, beta, epsilon: EPSILON, relu: geometry.relu }
}

impl ConvNormKernel for Flex {
    fn forward(
        x: FlexTensor,
        weight: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        geometry: Geometry,
        _tracked: bool,
    ) -> (Forward<Self>, Option<FlexTensor>) {
        let shape = shape_of(&x, &weight, geometry);
        let [x, weight, gamma, beta] = [x, weight, gamma, beta].map(|tensor| tensor.to_contiguous());
        let done = kernels::conv_norm_train(&operands(shape, [&x, &weight, &gamma, &beta], geometry));
        let out = [shape.batch, shape.out_height(), shape.out_width(), shape.out_channels];
        let moments = tensor([done.mean, done.variance].concat(), [2 * shape.out_channels]);
        ((tensor(done.output, out), tensor(done.raw, out), moments), None)
    }

    fn forward_fixed(
        x: FlexTensor,
        weight: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        moments: FlexTensor,
        geometry: Geometry,
    ) -> FlexTensor {
        let shape = shape_of(&x, &weight, geometry);
        let [x, weight, gamma, beta, moments] = [x, weight, gamma, beta, moments].map(|tensor| tensor.to_contiguous());
        let given = operands(shape, [&x, &weight, &gamma, &beta], geometry);
        let (mean, variance) = slice(&moments).split_at(shape.out_channels);
        let out = kernels::conv_norm_eval(&given, mean, variance);
        recycle(x);
        tensor(out, [shape.batch, shape.out_height(), shape.out_width(), shape.out_channels])
    }

    fn backward(saved: Saved<FlexTensor>, gradient: FlexTensor, want_x: bool) -> Backwards<Self> {
        let shape = shape_of(&saved.x, &saved.weight, saved.geometry);
        let weight_shape = [shape.out_channels, shape.in_channels, shape.kernel, shape.kernel];
        let [x, weight, gamma, beta, raw, moments, gradient] =
            [saved.x, saved.weight, saved.gamma, saved.beta, saved.raw, saved.moments, gradient]
                .map(|tensor| tensor.to_contiguous());
        let (mean, variance) = slice(&moments).split_at(shape.out_channels);
        let done = kernels::conv_norm_backward(
            &operands(shape, [&x, &weight, &gamma, &beta], saved.geometry),
            kernels::Saved { raw: slice(&raw), mean, variance },
            slice(&gradient),
            want_x,
        );
        let channels = [shape.out_channels];
        let grad_x = done.x.map(|values| tensor(values, [shape.batch, shape.height, shape.width, shape.in_channels]));
        [raw, gradient, x].into_iter().for_each(recycle);
        (grad_x, tensor(done.weight, weight_shape), tensor(done.gamma, channels), tensor(done.beta, channels))
    }
}

#[cfg(feature = "gpu")]
impl ConvNormKernel for burn::backend::Cube {
    fn forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        geometry: Geometry,
        tracked: bool,
    ) -> (Forward<Self>, Option<FloatTensor<Self>>) {
        gpu::forward(x, weight, gamma, beta, geometry, tracked)
    }

    fn forward_fixed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        gpu::forward_fixed(x, weight, gamma, beta, moments, geometry)
    }

    fn backward(saved: Saved<FloatTensor<Self>>, gradient: FloatTensor<Self>, want_x: bool) -> Backwards<Self> {
        gpu::backward(saved, gradient, want_x)
    }
}
