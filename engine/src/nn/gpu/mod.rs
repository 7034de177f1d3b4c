//! The operation of [`super::conv_norm`] on a GPU.
//!
//! With kernels of our own, the same for WebGPU, Vulkan, Metal and CUDA: five launches forwards, six backwards. They ask
//! little of an adapter: 256 invocations a workgroup, 32-bit floats, no subgroups and no atomics. Sizes are arguments, not
//! constants, so that a network of many layers compiles few pipelines.

#[expect(clippy::manual_div_ceil, reason = "kernels are written in the subset of Rust that shaders have")]
mod convolution;
pub(crate) mod flat;
pub(crate) mod largest;
mod normalisation;
pub(crate) mod product;
#[expect(clippy::collapsible_if, reason = "what is compiled stays apart from what a shader decides")]
pub(crate) mod rows;
mod sums;
pub(crate) mod tiled;
mod weights;

use super::conv_norm::{Backwards, Forward, Geometry, Saved};
use burn::backend::{Cube, DType, Shape};
use burn_cubecl::CubeDevice;
use burn_cubecl::cubecl::client::Client;
use burn_cubecl::cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

/// Invocations a workgroup where none of them talk to each other.
const UNITS: u32 = 64;

/// Everything a launch wants to know about a convolution.
#[derive(Clone, Copy, Debug)]
struct Problem {
    batch: usize,
    height: usize,
    width: usize,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
}

impl Problem {
    fn of(x: &CubeTensor, weight: &CubeTensor, geometry: Geometry) -> Self {
        let [batch, height, width, inputs] = x.meta.shape().dims();
        let [outputs, _, kernel, _] = weight.meta.shape().dims();
        Self { batch, height, width, inputs, outputs, kernel, stride: geometry.stride }
    }

    /// Height of the output; the padding is `(kernel - 1) / 2`.
    fn out_height(&self) -> usize {
        (self.height + 2 * ((self.kernel - 1) / 2) - self.kernel) / self.stride + 1
    }

    /// Width of the output.
    fn out_width(&self) -> usize {
        (self.width + 2 * ((self.kernel - 1) / 2) - self.kernel) / self.stride + 1
    }

    fn out_shape(&self) -> [usize; 4] {
        [self.batch, self.out_height(), self.out_width(), self.outputs]
    }
}

/// Where tensors are made and kernels are queued.
#[derive(Clone)]
pub(crate) struct Queue {
    pub(crate) client: Client,
    device: CubeDevice,
}

impl Queue {
    pub(crate) fn of(tensor: &CubeTensor) -> Self {
        Self { client: tensor.client.clone(), device: tensor.device.clone() }
    }

    /// Whether there is a card behind it, not a program that pretends to be one.
    fn is_a_card(&self) -> bool {
        let identity = &self.client.properties().identity;
        identity.physical.is_some() && !crate::device::names_software(&identity.name)
    }

    /// A tensor of 32-bit floats with nothing meaningful in it.
    pub(crate) fn empty(&self, shape: impl Into<Shape>) -> CubeTensor {
        let shape = shape.into();
        let handle = self.client.empty(shape.num_elements() * size_of::<f32>());
        CubeTensor::new_contiguous(self.client.clone(), self.device.clone(), shape, handle, DType::F32)
    }

    /// Workgroups enough for `units` invocations, folded where one dimension does not hold them.
    pub(crate) fn groups(&self, units: usize) -> (CubeCount, CubeDim) {
        self.groups_of(units, UNITS)
    }

    /// The same with workgroups of `size` invocations.
    fn groups_of(&self, units: usize, size: u32) -> (CubeCount, CubeDim) {
        let size = CubeDim::new_1d(size);
        (calculate_cube_count_elemwise(&self.client, units, size), size)
    }
}

/// How many neighbouring channels one load fetches.
fn lanes(channels: usize) -> usize {
    if channels.is_multiple_of(4) { 4 } else { 1 }
}

/// See [`super::ConvNormKernel::forward`].
pub(super) fn forward(
    x: CubeTensor,
    weight: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    geometry: Geometry,
    tracked: bool,
) -> (Forward<Cube>, Option<CubeTensor>) {
    let [x, weight, gamma, beta] = [x, weight, gamma, beta].map(into_contiguous);
    let problem = Problem::of(&x, &weight, geometry);
    let packed = weights::packed(problem, weight, tracked);
    let raw = convolution::forward(problem, x, packed.forwards);
    let moments = normalisation::moments(&raw);
    let output = normalisation::affine(&raw, [&moments, &gamma, &beta], geometry.relu);
    ((output, raw, moments), packed.backwards)
}

/// See [`super::ConvNormKernel::forward_fixed`].
pub(super) fn forward_fixed(
    x: CubeTensor,
    weight: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    moments: CubeTensor,
    geometry: Geometry,
) -> CubeTensor {
    let [x, weight, gamma, beta, moments] = [x, weight, gamma, beta, moments].map(into_contiguous);
    let problem = Problem::of(&x, &weight, geometry);
    let raw = convolution::forward(problem, x, weights::packed(problem, weight, false).forwards);
    normalisation::affine(&raw, [&moments, &gamma, &beta], geometry.relu)
}

/// See [`super::ConvNormKernel::backward`].
pub(super) fn backward(saved: Saved<CubeTensor>, gradient: CubeTensor, want_x: bool) -> Backwards<Cube> {
    let Saved { x, weight, packed, gamma, beta, raw, moments, geometry } = saved;
    let [x, weight, gamma, beta, gradient] = [x, weight, gamma, beta, gradient].map(into_contiguous);
    let problem = Problem::of(&x, &weight, geometry);
    let saved = [&moments, &gamma, &beta];
    let totals = normalisation::backward_sums(&raw, &gradient, saved, geometry.relu);
    let grad_raw = normalisation::backward(&raw, &gradient, saved, &totals, geometry.relu);
    let grad_x = want_x.then(|| {
        let packed = packed.or_else(|| weights::packed(problem, weight, true).backwards);
        packed.map(|packed| convolution::backward(problem, grad_raw.clone(), packed))
    });
    let grad_weight = weights::gradient(problem, x, grad_raw);
    (grad_x.flatten(), grad_weight, totals.gamma, totals.beta)
}
