//! Operations that losses and encoders are made of beside convolutions, each a single node of the autodiff graph on every device.
//!
//! Written with burn's elementwise operations, the loss of a batch and its gradient are some 150 launches on a GPU; of these they are
//! a dozen. The CPU runs [`augsphere_kernels::rows`], a GPU the kernels of [`super::gpu`].

#[cfg(feature = "gpu")]
use super::gpu;
use super::on_cpu::{recycle, slice, tensor};
use augsphere_kernels::rows as kernels;
pub use augsphere_kernels::rows::Candidates;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::CheckpointStrategy;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use burn_flex::FlexTensor;

/// A device that can run the operations in both directions.
pub trait RowKernels: Backend {
    /// Rows of unit length, `[R, d]`, and one over the lengths, `[R]`.
    fn unit(z: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>);
    /// The gradient of [`RowKernels::unit`] with respect to the rows.
    fn unit_backward(unit: FloatTensor<Self>, inverse: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
    /// See [`paired_products`].
    fn paired(u: FloatTensor<Self>, v: FloatTensor<Self>, shift: usize) -> FloatTensor<Self>;
    /// The gradients of [`RowKernels::paired`] with respect to both: of every product by its own number of `gradient`, or, if that is only
    /// one, of all by it; times a factor.
    fn paired_backward(
        u: FloatTensor<Self>,
        v: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        factor: f32,
        shift: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    /// The logarithms of [`mean_log_sum_exp`], `[A]`, and what the way back wants of them, `[2 A]`: each row's largest number and the sum
    /// below it.
    fn log_sum_exp(
        similarity: FloatTensor<Self>,
        positive: Option<FloatTensor<Self>>,
        candidates: Candidates,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    /// The gradients of the mean of [`RowKernels::log_sum_exp`], which left `parts`, with respect to the similarities and the positives.
    fn log_sum_exp_backward(
        similarity: FloatTensor<Self>,
        positive: Option<FloatTensor<Self>>,
        parts: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        candidates: Candidates,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>);
    /// `[N]` to `[1]`: the mean times a factor.
    fn mean(values: FloatTensor<Self>, factor: f32) -> FloatTensor<Self>;
    /// See [`mean_positions`].
    fn positions(x: FloatTensor<Self>) -> FloatTensor<Self>;
    /// The gradient of [`RowKernels::positions`] over so many positions.
    fn positions_backward(gradient: FloatTensor<Self>, positions: [usize; 2]) -> FloatTensor<Self>;
    /// See [`add_relu`].
    fn rectified_sum(x: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self>;
    /// The gradient of [`RowKernels::rectified_sum`], whose result is `sum`, with respect to either.
    fn rectified_sum_backward(sum: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The operations as burn's dispatch sees them.
#[backend_extension(Flex, Cube: cfg(feature = "gpu"), Autodiff)]
pub trait RowOps: Backend {
    /// See [`unit_rows`].
    fn unit_rows(z: FloatTensor<Self>) -> FloatTensor<Self>;
    /// See [`paired_products`].
    fn paired_products(u: FloatTensor<Self>, v: FloatTensor<Self>, shift: usize) -> FloatTensor<Self>;
    /// See [`mean_product`].
    fn mean_product(u: FloatTensor<Self>, v: FloatTensor<Self>, shift: usize, factor: f32) -> FloatTensor<Self>;
    /// See [`mean_log_sum_exp`], without a positive.
    fn log_sum_exp_of(similarity: FloatTensor<Self>, candidates: Candidates) -> FloatTensor<Self>;
    /// See [`mean_log_sum_exp`], with a positive.
    fn log_sum_exp_with(similarity: FloatTensor<Self>, positive: FloatTensor<Self>, candidates: Candidates) -> FloatTensor<Self>;
    /// See [`mean_positions`].
    fn mean_positions(x: FloatTensor<Self>) -> FloatTensor<Self>;
    /// See [`add_relu`].
    fn add_relu(x: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// `[R, d]`: each row scaled to unit length, `z / max(|z|, 1e-12)`. A row of zeros stays one, and its gradient is finite (but long).
pub fn unit_rows(z: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as RowOps>::unit_rows(z.into_dispatch()))
}

/// `[R]`: the inner product of each row `i` of `u` with row `(i + shift) mod R` of `v`, both `[R, d]`.
pub fn paired_products(u: Tensor<2>, v: Tensor<2>, shift: usize) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as RowOps>::paired_products(u.into_dispatch(), v.into_dispatch(), shift))
}

/// `[1]`: the mean of [`paired_products`] times a factor.
pub fn mean_product(u: Tensor<2>, v: Tensor<2>, shift: usize, factor: f64) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as RowOps>::mean_product(u.into_dispatch(), v.into_dispatch(), shift, factor as f32))
}

/// `[1]`: the mean over the rows of `similarity`, `[A, B]`, of the logarithm of the sum of `exp(scale * s)` over a row's candidates, and
/// over `positive`, `[A]`, one more for each row, if there is one.
pub fn mean_log_sum_exp(similarity: Tensor<2>, positive: Option<Tensor<1>>, candidates: Candidates) -> Tensor<1> {
    let similarity = similarity.into_dispatch();
    Tensor::from_dispatch(match positive {
        Some(positive) => <Dispatch as RowOps>::log_sum_exp_with(similarity, positive.into_dispatch(), candidates),
        None => <Dispatch as RowOps>::log_sum_exp_of(similarity, candidates),
    })
}

/// `[N, H, W, C]` to `[N, C]`: the mean over all positions.
pub fn mean_positions(x: Tensor<4>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as RowOps>::mean_positions(x.into_dispatch()))
}

/// `max(x + y, 0)`, what ends a residual block; both `[N, H, W, C]`.
pub fn add_relu(x: Tensor<4>, y: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as RowOps>::add_relu(x.into_dispatch(), y.into_dispatch()))
}

macro_rules! on_the_device {
    ($backend:ty) => {
        impl RowOps for $backend {
            fn unit_rows(z: FloatTensor<Self>) -> FloatTensor<Self> {
                Self::unit(z).0
            }

            fn paired_products(u: FloatTensor<Self>, v: FloatTensor<Self>, shift: usize) -> FloatTensor<Self> {
                Self::paired(u, v, shift)
            }

            fn mean_product(u: FloatTensor<Self>, v: FloatTensor<Self>, shift: usize, factor: f32) -> FloatTensor<Self> {
                Self::mean(Self::paired(u, v, shift), factor)
            }

            fn log_sum_exp_of(similarity: FloatTensor<Self>, candidates: Candidates) -> FloatTensor<Self> {
                Self::mean(Self::log_sum_exp(similarity, None, candidates).0, 1.0)
            }

            fn log_sum_exp_with(
                similarity: FloatTensor<Self>,
                positive: FloatTensor<Self>,
                candidates: Candidates,
            ) -> FloatTensor<Self> {
                Self::mean(Self::log_sum_exp(similarity, Some(positive), candidates).0, 1.0)
            }

            fn mean_positions(x: FloatTensor<Self>) -> FloatTensor<Self> {
                Self::positions(x)
            }

            fn add_relu(x: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
                Self::rectified_sum(x, y)
            }
        }
    };
}

on_the_device!(Flex);
#[cfg(feature = "gpu")]
on_the_device!(burn::backend::Cube);

/// One operation's way back: its state, and what it makes of the gradient that arrives.
macro_rules! backward {
    ($name:ident<$backend:ident, $parents:literal>, $state:ty, |$given:ident, $gradient:ident, $wanted:ident| $pass:expr) => {
        #[derive(Debug)]
        struct $name;

        impl<$backend: RowKernels> Backward<$backend, $parents> for $name {
            type State = $state;

            fn backward(self, ops: Ops<Self::State, $parents>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
                let $gradient = grads.consume::<$backend>(&ops.node);
                let $given = ops.state;
                let $wanted: [bool; $parents] = std::array::from_fn(|at| ops.parents[at].is_some());
                let found: [Option<FloatTensor<$backend>>; $parents] = $pass;
                for (node, gradient) in ops.parents.into_iter().zip(found) {
                    if let (Some(node), Some(gradient)) = (node, gradient) {
                        grads.register::<$backend>(node.id, gradient);
                    }
                }
            }
        }
    };
}

backward!(UnitRows<B, 1>, (FloatTensor<B>, FloatTensor<B>), |given, gradient, _wanted| {
    let (unit, inverse) = given;
    [Some(B::unit_backward(unit, inverse, gradient))]
});

backward!(PairedProducts<B, 2>, (FloatTensor<B>, FloatTensor<B>, usize), |given, gradient, _wanted| {
    let (u, v, shift) = given;
    let (of_u, of_v) = B::paired_backward(u, v, gradient, 1.0, shift);
    [Some(of_u), Some(of_v)]
});

backward!(MeanProduct<B, 2>, (FloatTensor<B>, FloatTensor<B>, usize, f32), |given, gradient, _wanted| {
    let (u, v, shift, factor) = given;
    let (of_u, of_v) = B::paired_backward(u, v, gradient, factor, shift);
    [Some(of_u), Some(of_v)]
});

backward!(LogSumExp<B, 1>, (FloatTensor<B>, FloatTensor<B>, Candidates), |given, gradient, _wanted| {
    let (similarity, parts, candidates) = given;
    [Some(B::log_sum_exp_backward(similarity, None, parts, gradient, candidates).0)]
});

backward!(LogSumExpWith<B, 2>, (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, Candidates), |given, gradient, _wanted| {
    let (similarity, positive, parts, candidates) = given;
    let (of_similarity, of_positive) = B::log_sum_exp_backward(similarity, Some(positive), parts, gradient, candidates);
    [Some(of_similarity), of_positive]
});

backward!(MeanPositions<B, 1>, [usize; 2], |given, gradient, _wanted| [Some(B::positions_backward(gradient, given))]);

backward!(AddRelu<B, 2>, FloatTensor<B>, |given, gradient, _wanted| {
    let both = B::rectified_sum_backward(given, gradient);
    [Some(both.clone()), Some(both)]
});

impl<B: RowKernels, C: CheckpointStrategy> RowOps for Autodiff<B, C> {
    fn unit_rows(z: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = UnitRows.prepare::<C>([z.node()]).compute_bound().stateful();
        let (unit, inverse) = B::unit(z.into_primitive());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((unit.clone(), inverse), unit),
            OpsKind::UnTracked(prepared) => prepared.finish(unit),
        }
    }

    fn paired_products(u: FloatTensor<Self>, v: FloatTensor<Self>, shift: usize) -> FloatTensor<Self> {
        let prepared = PairedProducts.prepare::<C>([u.node(), v.node()]).compute_bound().stateful();
        let (u, v) = (u.into_primitive(), v.into_primitive());
        let products = B::paired(u.clone(), v.clone(), shift);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((u, v, shift), products),
            OpsKind::UnTracked(prepared) => prepared.finish(products),
        }
    }

    fn log_sum_exp_of(similarity: FloatTensor<Self>, candidates: Candidates) -> FloatTensor<Self> {
        let prepared = LogSumExp.prepare::<C>([similarity.node()]).compute_bound().stateful();
        let similarity = similarity.into_primitive();
        let (sums, parts) = B::log_sum_exp(similarity.clone(), None, candidates);
        let mean = B::mean(sums, 1.0);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((similarity, parts, candidates), mean),
            OpsKind::UnTracked(prepared) => prepared.finish(mean),
        }
    }

    fn log_sum_exp_with(similarity: FloatTensor<Self>, positive: FloatTensor<Self>, candidates: Candidates) -> FloatTensor<Self> {
        let prepared = LogSumExpWith.prepare::<C>([similarity.node(), positive.node()]).compute_bound().stateful();
        let (similarity, positive) = (similarity.into_primitive(), positive.into_primitive());
        let (sums, parts) = B::log_sum_exp(similarity.clone(), Some(positive.clone()), candidates);
        let mean = B::mean(sums, 1.0);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((similarity, positive, parts, candidates), mean),
            OpsKind::UnTracked(prepared) => prepared.finish(mean),
        }
    }

    fn mean_product(u: FloatTensor<Self>, v: FloatTensor<Self>, shift: usize, factor: f32) -> FloatTensor<Self> {
        let prepared = MeanProduct.prepare::<C>([u.node(), v.node()]).compute_bound().stateful();
        let (u, v) = (u.into_primitive(), v.into_primitive());
        let rows = TensorMetadata::shape(&u)[0];
        let mean = B::mean(B::paired(u.clone(), v.clone(), shift), factor);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((u, v, shift, factor / rows as f32), mean),
            OpsKind::UnTracked(prepared) => prepared.finish(mean),
        }
    }

    fn add_relu(x: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = AddRelu.prepare::<C>([x.node(), y.node()]).compute_bound().stateful();
        let sum = B::rectified_sum(x.into_primitive(), y.into_primitive());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(sum.clone(), sum),
            OpsKind::UnTracked(prepared) => prepared.finish(sum),
        }
    }

    fn mean_positions(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = MeanPositions.prepare::<C>([x.node()]).compute_bound().stateful();
        let x = x.into_primitive();
        let [_, height, width, _] = TensorMetadata::shape(&x).dims();
        let mean = B::positions(x);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish([height, width], mean),
            OpsKind::UnTracked(prepared) => prepared.finish(mean),
        }
    }
}

/// Rows and columns of a matrix.
fn sizes(matrix: &FlexTensor) -> [usize; 2] {
    let shape = TensorMetadata::shape(matrix);
    [shape[0], shape[1]]
}

impl RowKernels for Flex {
    fn unit(z: FlexTensor) -> (FlexTensor, FlexTensor) {
        let (z, [rows, width]) = (z.to_contiguous(), sizes(&z));
        let (unit, inverse) = kernels::unit(slice(&z), width);
        (tensor(unit, [rows, width]), tensor(inverse, [rows]))
    }

    fn unit_backward(unit: FlexTensor, inverse: FlexTensor, gradient: FlexTensor) -> FlexTensor {
        let [unit, inverse, gradient] = [unit, inverse, gradient].map(|tensor| tensor.to_contiguous());
        let [rows, width] = sizes(&unit);
        tensor(kernels::unit_backward(slice(&unit), slice(&inverse), slice(&gradient), width), [rows, width])
    }

    fn paired(u: FlexTensor, v: FlexTensor, shift: usize) -> FlexTensor {
        let [u, v] = [u, v].map(|tensor| tensor.to_contiguous());
        let [rows, width] = sizes(&u);
        tensor(kernels::paired(slice(&u), slice(&v), width, shift), [rows])
    }

    fn paired_backward(
        u: FlexTensor,
        v: FlexTensor,
        gradient: FlexTensor,
        factor: f32,
        shift: usize,
    ) -> (FlexTensor, FlexTensor) {
        let [u, v, gradient] = [u, v, gradient].map(|tensor| tensor.to_contiguous());
        let [rows, width] = sizes(&u);
        let (of_u, of_v) = kernels::paired_backward(slice(&u), slice(&v), slice(&gradient), factor, width, shift);
        (tensor(of_u, [rows, width]), tensor(of_v, [rows, width]))
    }

    fn log_sum_exp(similarity: FlexTensor, positive: Option<FlexTensor>, candidates: Candidates) -> (FlexTensor, FlexTensor) {
        let (similarity, positive) = (similarity.to_contiguous(), positive.map(|tensor| tensor.to_contiguous()));
        let [rows, columns] = sizes(&similarity);
        let (sums, parts) = kernels::log_sum_exp(slice(&similarity), positive.as_ref().map(slice), columns, candidates);
        (tensor(sums, [rows]), tensor(parts, [2 * rows]))
    }

    fn log_sum_exp_backward(
        similarity: FlexTensor,
        positive: Option<FlexTensor>,
        parts: FlexTensor,
        gradient: FlexTensor,
        candidates: Candidates,
    ) -> (FlexTensor, Option<FlexTensor>) {
        let [similarity, parts, gradient] = [similarity, parts, gradient].map(|tensor| tensor.to_contiguous());
        let positive = positive.map(|tensor| tensor.to_contiguous());
        let [rows, columns] = sizes(&similarity);
        let given =
            kernels::Summed { similarity: slice(&similarity), positive: positive.as_ref().map(slice), parts: slice(&parts) };
        let (of_similarity, of_positive) = kernels::log_sum_exp_backward(&given, slice(&gradient), columns, candidates);
        (tensor(of_similarity, [rows, columns]), of_positive.map(|values| tensor(values, [rows])))
    }

    fn mean(values: FlexTensor, factor: f32) -> FlexTensor {
        let values = values.to_contiguous();
        tensor(vec![kernels::mean(slice(&values)) * factor], [1])
    }

    fn positions(x: FlexTensor) -> FlexTensor {
        let x = x.to_contiguous();
        let shape = TensorMetadata::shape(&x);
        let [batch, height, width, channels] = shape.dims();
        tensor(kernels::mean_positions(slice(&x), height * width, channels), [batch, channels])
    }

    fn positions_backward(gradient: FlexTensor, [height, width]: [usize; 2]) -> FlexTensor {
        let (gradient, [batch, channels]) = (gradient.to_contiguous(), sizes(&gradient));
        let spread = kernels::mean_positions_backward(slice(&gradient), height * width, channels);
        tensor(spread, [batch, height, width, channels])
    }

    fn rectified_sum(x: FlexTensor, y: FlexTensor) -> FlexTensor {
        let [x, y] = [x, y].map(|tensor| tensor.to_contiguous());
        let shape: [usize; 4] = TensorMetadata::shape(&x).dims();
        tensor(kernels::add_relu(slice(&x), slice(&y)), shape)
    }

    fn rectified_sum_backward(sum: FlexTensor, gradient: FlexTensor) -> FlexTensor {
        let [sum, gradient] = [sum, gradient].map(|tensor| tensor.to_contiguous());
        let shape: [usize; 4] = TensorMetadata::shape(&sum).dims();
        let passed = kernels::add_relu_backward(slice(&sum), slice(&gradient));
        recycle(gradient);
        tensor(passed, shape)
    }
}

#[cfg(feature = "gpu")]
impl RowKernels for burn::backend::Cube {
    fn unit(z: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>) {
        gpu::rows::unit(z)
    }

    fn unit_backward(unit: FloatTensor<Self>, inverse: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        gpu::rows::unit_backward(unit, inverse, gradient)
    }

    fn paired(u: FloatTensor<Self>, v: FloatTensor<Self>, shift: usize) -> FloatTensor<Self> {
        gpu::rows::paired(u, v, shift)
    }

    fn paired_backward(
        u: FloatTensor<Self>,
        v: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        factor: f32,
        shift: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        gpu::rows::paired_backward(u, v, gradient, factor, shift)
    }

    fn log_sum_exp(
        similarity: FloatTensor<Self>,
        positive: Option<FloatTensor<Self>>,
        candidates: Candidates,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        gpu::rows::log_sum_exp(similarity, positive, candidates)
    }

    fn log_sum_exp_backward(
        similarity: FloatTensor<Self>,
        positive: Option<FloatTensor<Self>>,
        parts: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        candidates: Candidates,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>) {
        gpu::rows::log_sum_exp_backward(similarity, positive, parts, gradient, candidates)
    }

    fn mean(values: FloatTensor<Self>, factor: f32) -> FloatTensor<Self> {
        gpu::rows::mean(values, factor)
    }

    fn positions(x: FloatTensor<Self>) -> FloatTensor<Self> {
        gpu::rows::positions(x)
    }

    fn positions_backward(gradient: FloatTensor<Self>, positions: [usize; 2]) -> FloatTensor<Self> {
        gpu::rows::positions_backward(gradient, positions)
    }

    fn rectified_sum(x: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        gpu::rows::rectified_sum(x, y)
    }

    fn rectified_sum_backward(sum: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        gpu::rows::rectified_sum_backward(sum, gradient)
    }
}
