//! Convolution, batch normalisation and ReLU as a single operation.
//!
//! `conv_norm` is one node of the autodiff graph with a backward pass of our own, on every device: the CPU runs
//! [`augsphere_kernels`], a GPU the kernels of [`super::gpu`]. Activations are `[N, H, W, C]`, weights `[Out, In, k, k]`
//! (PyTorch's order), padding is `(k - 1) / 2`. A linear layer with batch normalisation is the case `H = W = k = 1`.

#[cfg(feature = "gpu")]
use super::gpu;
use augsphere_kernels as kernels;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData};
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

/// Four tensors: the output, the convolution before normalisation, its mean and its biased variance a channel.
pub type Forward<B> = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, FloatTensor<B>);

/// What the backward pass needs of the forward pass.
#[derive(Clone, Debug)]
pub struct Saved<F> {
    pub(super) x: F,
    pub(super) weight: F,
    pub(super) gamma: F,
    pub(super) beta: F,
    pub(super) raw: F,
    pub(super) mean: F,
    pub(super) variance: F,
    pub(super) geometry: Geometry,
}

/// Gradients with respect to the input (if wanted), weight, gamma and beta.
pub type Backwards<B> = (Option<FloatTensor<B>>, FloatTensor<B>, FloatTensor<B>, FloatTensor<B>);

/// A device that can run the operation in both directions.
pub trait ConvNormKernel: Backend {
    /// Convolution, normalisation with the batch's own statistics, ReLU.
    fn forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        geometry: Geometry,
    ) -> Forward<Self>;
    /// Convolution, normalisation with given statistics, ReLU.
    fn forward_fixed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: (FloatTensor<Self>, FloatTensor<Self>),
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
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// See [`conv_norm_fixed`].
    fn conv_norm_fixed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;
}

/// Convolution, batch normalisation with the batch's own statistics, and ReLU if the geometry asks for it.
///
/// `x` is `[N, H, W, In]`, `weight` `[Out, In, k, k]`, `gamma` and `beta` `[Out]`. Returns the output
/// `[N, H', W', Out]` and, without gradient, the batch's mean and biased variance `[Out]`.
pub fn conv_norm(
    x: Tensor<4>,
    weight: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    geometry: Geometry,
) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    let (output, _raw, mean, variance) = <Dispatch as ConvNormOps>::conv_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        geometry,
    );
    (Tensor::from_dispatch(output), Tensor::from_dispatch(mean), Tensor::from_dispatch(variance))
}

/// The same with given statistics, as an encoder under evaluation runs it. No gradient flows.
pub fn conv_norm_fixed(
    x: Tensor<4>,
    weight: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    statistics: (Tensor<1>, Tensor<1>),
    geometry: Geometry,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConvNormOps>::conv_norm_fixed(
        x.into_dispatch(),
        weight.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        statistics.0.into_dispatch(),
        statistics.1.into_dispatch(),
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
                <Self as ConvNormKernel>::forward(x, weight, gamma, beta, geometry)
            }

            fn conv_norm_fixed(
                x: FloatTensor<Self>,
                weight: FloatTensor<Self>,
                gamma: FloatTensor<Self>,
                beta: FloatTensor<Self>,
                mean: FloatTensor<Self>,
                variance: FloatTensor<Self>,
                geometry: Geometry,
            ) -> FloatTensor<Self> {
                <Self as ConvNormKernel>::forward_fixed(x, weight, gamma, beta, (mean, variance), geometry)
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
        let (output, raw, mean, variance) = B::forward(x.clone(), weight.clone(), gamma.clone(), beta.clone(), geometry);
        let untracked = |tensor: &FloatTensor<B>| <Self as burn::backend::AutodiffBackend>::from_inner(tensor.clone());
        let (raw_out, mean_out, variance_out) = (untracked(&raw), untracked(&mean), untracked(&variance));
        let output = match prepared {
            OpsKind::Tracked(prepared) => {
                prepared.finish(Saved { x, weight, gamma, beta, raw, mean, variance, geometry }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
        (output, raw_out, mean_out, variance_out)
    }

    fn conv_norm_fixed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let [x, weight, gamma, beta, mean, variance] =
            [x, weight, gamma, beta, mean, variance].map(|tensor| tensor.into_primitive());
        <Self as burn::backend::AutodiffBackend>::from_inner(B::forward_fixed(x, weight, gamma, beta, (mean, variance), geometry))
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

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().expect("made contiguous on entry")
}

fn operands<'a>(
    shape: kernels::ConvShape,
    [x, weight, gamma, beta]: [&'a FlexTensor; 4],
    geometry: Geometry,
) -> kernels::Operands<'a> {
    let [x, weight, gamma, beta] = [x, weight, gamma, beta].map(slice);
    kernels::Operands { shape, x, weight, gamma, beta, epsilon: EPSILON, relu: geometry.relu }
}

/// Gives the memory of a large tensor that nobody else holds back to the kernels: fresh pages cost more than the arithmetic.
fn recycle(tensor: FlexTensor) {
    if tensor.is_unique()
        && let Ok(values) = tensor.into_data().try_into_vec::<f32>()
    {
        kernels::buffers::give_back(values);
    }
}

impl ConvNormKernel for Flex {
    fn forward(x: FlexTensor, weight: FlexTensor, gamma: FlexTensor, beta: FlexTensor, geometry: Geometry) -> Forward<Self> {
        let shape = shape_of(&x, &weight, geometry);
        let [x, weight, gamma, beta] = [x, weight, gamma, beta].map(|tensor| tensor.to_contiguous());
        let done = kernels::conv_norm_train(&operands(shape, [&x, &weight, &gamma, &beta], geometry));
        let out = [shape.batch, shape.out_height(), shape.out_width(), shape.out_channels];
        let channels = [shape.out_channels];
        (tensor(done.output, out), tensor(done.raw, out), tensor(done.mean, channels), tensor(done.variance, channels))
    }

    fn forward_fixed(
        x: FlexTensor,
        weight: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        statistics: (FlexTensor, FlexTensor),
        geometry: Geometry,
    ) -> FlexTensor {
        let shape = shape_of(&x, &weight, geometry);
        let [x, weight, gamma, beta, mean, variance] =
            [x, weight, gamma, beta, statistics.0, statistics.1].map(|tensor| tensor.to_contiguous());
        let given = operands(shape, [&x, &weight, &gamma, &beta], geometry);
        let out = kernels::conv_norm_eval(&given, slice(&mean), slice(&variance));
        recycle(x);
        tensor(out, [shape.batch, shape.out_height(), shape.out_width(), shape.out_channels])
    }

    fn backward(saved: Saved<FlexTensor>, gradient: FlexTensor, want_x: bool) -> Backwards<Self> {
        let shape = shape_of(&saved.x, &saved.weight, saved.geometry);
        let weight_shape = [shape.out_channels, shape.in_channels, shape.kernel, shape.kernel];
        let [x, weight, gamma, beta, raw, mean, variance, gradient] =
            [saved.x, saved.weight, saved.gamma, saved.beta, saved.raw, saved.mean, saved.variance, gradient]
                .map(|tensor| tensor.to_contiguous());
        let done = kernels::conv_norm_backward(
            &operands(shape, [&x, &weight, &gamma, &beta], saved.geometry),
            kernels::Saved { raw: slice(&raw), mean: slice(&mean), variance: slice(&variance) },
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
    ) -> Forward<Self> {
        gpu::forward(x, weight, gamma, beta, geometry)
    }

    fn forward_fixed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: (FloatTensor<Self>, FloatTensor<Self>),
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        gpu::forward_fixed(x, weight, gamma, beta, statistics, geometry)
    }

    fn backward(saved: Saved<FloatTensor<Self>>, gradient: FloatTensor<Self>, want_x: bool) -> Backwards<Self> {
        gpu::backward(saved, gradient, want_x)
    }
}
