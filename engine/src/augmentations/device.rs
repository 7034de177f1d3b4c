//! How are the views of a whole batch changed in one launch?
//!
//! Two operations carry the usual augmentations: colours at their turns, and a resampled window. The CPU does them image by
//! image with the code of the host; GPUs have a kernel for each. Nothing is differentiated: views are data.

use super::{Pixels, crop, jitter};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData};
use burn_flex::FlexTensor;

/// Four colour operations of an image in the order of their turns, each as its kind and its amount:
/// 0 brightness, 1 contrast, 2 saturation, 3 hue; an amount of 0 is none.
pub(super) type Colours = [f32; 8];

/// The window of an image that is stretched to its full size: top, left, height, width (whole numbers), 1 if the result is
/// mirrored left to right, and nothing in the last three places.
pub(super) type Window = [f32; 8];

/// The operations as burn's dispatch sees them; images are `[B, side, side, 3]`, the numbers `[B, 8]`.
#[backend_extension(Flex, Cube: cfg(feature = "gpu"))]
pub trait ViewOps: Backend {
    /// See [`recolour`].
    fn recolour(images: FloatTensor<Self>, colours: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`resample`].
    fn resample(images: FloatTensor<Self>, windows: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Each of `images` (`[B, side, side, 3]`) with its colours changed.
pub(super) fn recolour(images: Tensor<4>, colours: impl Iterator<Item = Colours>) -> Tensor<4> {
    let numbers = numbers(&images, colours);
    Tensor::from_dispatch(<Dispatch as ViewOps>::recolour(images.into_dispatch(), numbers.into_dispatch()))
}

/// The window of each of `images` (`[B, side, side, 3]`), stretched to the full size: linear between half-pixel centres,
/// borders held.
pub(super) fn resample(images: Tensor<4>, windows: impl Iterator<Item = Window>) -> Tensor<4> {
    let numbers = numbers(&images, windows);
    Tensor::from_dispatch(<Dispatch as ViewOps>::resample(images.into_dispatch(), numbers.into_dispatch()))
}

fn numbers(images: &Tensor<4>, rows: impl Iterator<Item = [f32; 8]>) -> Tensor<2> {
    let values: Vec<f32> = rows.flatten().collect();
    let count = values.len() / 8;
    Tensor::from_data(TensorData::new(values, [count, 8]), &images.device())
}

/// Calls `change` with each image and its numbers.
fn each_image(images: &FlexTensor, numbers: &FlexTensor, change: impl Fn(&[f32], &mut Pixels)) -> FlexTensor {
    let [images, numbers] = [images, numbers].map(FlexTensor::to_contiguous);
    let shape = images.shape();
    let mut values = images.as_slice::<f32>().expect("made contiguous above").to_vec();
    let numbers = numbers.as_slice::<f32>().expect("made contiguous above");
    let mut pixels = Pixels::new(shape[1]);
    for (image, numbers) in values.chunks_exact_mut(shape[1] * shape[2] * 3).zip(numbers.chunks_exact(8)) {
        for (channel, plane) in pixels.planes_mut().into_iter().enumerate() {
            plane.iter_mut().zip(image.chunks_exact(3)).for_each(|(value, pixel)| *value = pixel[channel]);
        }
        change(numbers, &mut pixels);
        pixels.store([1.0; 3], [0.0; 3], image);
    }
    FlexTensor::from_data(TensorData::new(values, shape))
}

impl ViewOps for Flex {
    fn recolour(images: FlexTensor, colours: FlexTensor) -> FlexTensor {
        each_image(&images, &colours, jitter::recolour)
    }

    fn resample(images: FlexTensor, windows: FlexTensor) -> FlexTensor {
        each_image(&images, &windows, |window, image| {
            crop::stretch(std::array::from_fn(|place| window[place] as usize), image);
            if window[4] != 0.0 {
                image.mirror();
            }
        })
    }
}

#[cfg(feature = "gpu")]
impl ViewOps for burn::backend::Cube {
    fn recolour(images: FloatTensor<Self>, colours: FloatTensor<Self>) -> FloatTensor<Self> {
        super::gpu::recolour(images, colours)
    }

    fn resample(images: FloatTensor<Self>, windows: FloatTensor<Self>) -> FloatTensor<Self> {
        super::gpu::resample(images, windows)
    }
}
