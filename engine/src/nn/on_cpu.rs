//! Between burn's tensors on the CPU and the slices of the kernels.

use augsphere_kernels as kernels;
use burn::tensor::TensorData;
use burn_flex::FlexTensor;

/// A tensor of values in a shape.
pub(super) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// The values of a tensor that was made contiguous.
pub(super) fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().expect("made contiguous on entry")
}

/// Gives the memory of a large tensor that nobody else holds back to the kernels: fresh pages cost more than the arithmetic.
pub(super) fn recycle(tensor: FlexTensor) {
    if tensor.is_unique()
        && let Ok(values) = tensor.into_data().try_into_vec::<f32>()
    {
        kernels::buffers::give_back(values);
    }
}
