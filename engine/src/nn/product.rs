//! The product of two matrices: one node of the autodiff graph, and on a GPU one kernel of our own for all sizes and layouts.
//!
//! Losses and heads multiply small matrices of many shapes. The tensor library has a family of kernels for large ones, of which every shape
//! would compile another, and which would be a third of the page's program.

#[cfg(feature = "gpu")]
use super::gpu;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::CheckpointStrategy;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};

/// A device that can multiply matrices.
trait ProductKernel: Backend {
    /// See [`product`].
    fn multiply(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self>;
    /// See [`linear`].
    fn affine(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The operations as burn's dispatch sees it.
#[backend_extension(Flex, Cube: cfg(feature = "gpu"), Autodiff)]
pub trait ProductOps: Backend {
    /// See [`product`].
    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self>;
    /// See [`linear`].
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// `[R, T]` times `[T, C]` to `[R, C]`, in 32-bit floats on every device. Transposed matrices are read as they lie.
///
/// # Panics
/// If the inner sizes differ.
pub fn product(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    let ([rows, terms], [others, columns]) = (a.dims(), b.dims());
    assert_eq!(terms, others, "[{rows}, {terms}] cannot be multiplied with [{others}, {columns}]");
    Tensor::from_dispatch(<Dispatch as ProductOps>::product(a.into_dispatch(), b.into_dispatch()))
}

/// `[R, T]` to `[R, C]`: `x W^T + b` with the weights `[C, T]` and the bias `[C]`. The gradient of the weights comes in their own layout.
///
/// # Panics
/// If sizes differ.
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    let ([rows, terms], [columns, others]) = (x.dims(), weight.dims());
    assert_eq!(
        (terms, bias.dims()),
        (others, [columns]),
        "[{rows}, {terms}] does not fit weights [{columns}, {others}] and bias"
    );
    Tensor::from_dispatch(<Dispatch as ProductOps>::linear(x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch()))
}

impl ProductKernel for Flex {
    fn multiply(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_matmul(a, b)
    }

    fn affine(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let columns = bias.shape()[0];
        let bias = Self::float_reshape(bias, [1, columns].into());
        Self::float_add(Self::float_matmul(x, Self::float_transpose(weight)), bias)
    }
}

#[cfg(feature = "gpu")]
impl ProductKernel for burn::backend::Cube {
    fn multiply(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        gpu::product::product(a, b)
    }

    fn affine(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        gpu::product::affine(x, Self::float_transpose(weight), bias)
    }
}

impl ProductOps for Flex {
    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::multiply(a, b)
    }

    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::affine(x, weight, bias)
    }
}

#[cfg(feature = "gpu")]
impl ProductOps for burn::backend::Cube {
    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::multiply(a, b)
    }

    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::affine(x, weight, bias)
    }
}

#[derive(Debug)]
struct Product;

impl<B: ProductKernel> Backward<B, 2> for Product {
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [of_a, of_b] = ops.parents;
        let [a, b] = ops.state;
        if let Some(node) = of_a {
            grads.register::<B>(node.id, B::multiply(gradient.clone(), B::float_transpose(b)));
        }
        if let Some(node) = of_b {
            grads.register::<B>(node.id, B::multiply(B::float_transpose(a), gradient));
        }
    }
}

#[derive(Debug)]
struct Linear;

impl<B: ProductKernel> Backward<B, 3> for Linear {
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [of_x, of_weight, of_bias] = ops.parents;
        let [x, weight] = ops.state;
        if let Some(node) = of_x {
            grads.register::<B>(node.id, B::multiply(gradient.clone(), weight));
        }
        if let Some(node) = of_weight {
            grads.register::<B>(node.id, B::multiply(B::float_transpose(gradient.clone()), x));
        }
        if let Some(node) = of_bias {
            let columns = gradient.shape()[1];
            grads.register::<B>(node.id, B::float_reshape(B::float_sum_dim(gradient, 0), [columns].into()));
        }
    }
}

impl<B: ProductKernel, C: CheckpointStrategy> ProductOps for Autodiff<B, C> {
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = Linear.prepare::<C>([x.node(), weight.node(), bias.node()]).compute_bound().stateful();
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        let result = B::affine(x.clone(), weight.clone(), bias.into_primitive());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish([x, weight], result),
            OpsKind::UnTracked(prepared) => prepared.finish(result),
        }
    }

    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = Product.prepare::<C>([a.node(), b.node()]).compute_bound().stateful();
        let (a, b) = (a.into_primitive(), b.into_primitive());
        let result = B::multiply(a.clone(), b.clone());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish([a, b], result),
            OpsKind::UnTracked(prepared) => prepared.finish(result),
        }
    }
}
