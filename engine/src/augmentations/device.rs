//! The augmentations of a whole batch in one launch.
//!
//! Three operations carry most augmentations: colours at their turns, a resampled window, and pixels moved to other places.
//! The CPU does them image by image with the code of the host; GPUs have a kernel for each. Nothing is differentiated:
//! views are data.

use super::packed::{Colours, Places, UNIT};
use super::{Pixels, Recolour, Window, blur, crop, jitter};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn_flex::FlexTensor;

/// Weights of half a kernel, from its centre outwards; the centre is counted once.
pub(super) const HALF: usize = 5;

/// What an augmentation needs of a launch that it can share with its neighbours in a policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Launch {
    /// One of its own.
    Own,
    /// Up to four colour operations in the order of their turns; an amount of 0 is none.
    Colours([Recolour; 4]),
    /// A window that is stretched to the full size.
    Window(Window),
}

/// What each channel is multiplied by, and what is added then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// A factor a channel.
    pub factors: [f32; 3],
    /// A summand a channel.
    pub summands: [f32; 3],
}

impl Affine {
    /// Nothing changes.
    pub(super) const IDENTITY: Self = Self { factors: [1.0; 3], summands: [0.0; 3] };
}

/// The operations as burn's dispatch sees them; images are `[B, side, side, 3]`, the numbers a row an image.
#[backend_extension(Flex, Cube: cfg(feature = "gpu"))]
pub trait ViewOps: Backend {
    /// See [`recolour`]; then scaled.
    fn recolour(images: FloatTensor<Self>, colours: FloatTensor<Self>, affine: Affine) -> FloatTensor<Self>;

    /// See [`resample`].
    fn resample(images: FloatTensor<Self>, windows: FloatTensor<Self>, cubic: bool) -> FloatTensor<Self>;

    /// See [`rearrange`].
    fn rearrange(images: FloatTensor<Self>, places: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`blur`].
    fn blur(images: FloatTensor<Self>, kernels: FloatTensor<Self>, radius: usize) -> FloatTensor<Self>;

    /// See [`unpack`].
    fn unpack(packed: IntTensor<Self>, rows: IntTensor<Self>, side: usize) -> FloatTensor<Self>;

    /// See [`normalise`].
    fn normalise(images: FloatTensor<Self>, affine: Affine) -> FloatTensor<Self>;
}

/// Each of `images` (`[B, side, side, 3]`) blurred along rows and columns with a kernel of its own that reaches `radius`
/// pixels; the border pixel's centre is a mirror.
pub(super) fn blur(images: Tensor<4>, kernels: impl Iterator<Item = [f32; HALF]>, radius: usize) -> Tensor<4> {
    let numbers = numbers(&images.device(), kernels);
    Tensor::from_dispatch(<Dispatch as ViewOps>::blur(images.into_dispatch(), numbers.into_dispatch(), radius))
}

/// Images `rows` of `packed` (`[N, 3 side side / 4]`, four bytes to a 32-bit integer, the lowest first, pixels interleaved) as
/// `[B, side, side, 3]`, 255 being 1.
///
/// # Panics
/// If a row lies beyond the images, or their size is not that of the side.
pub fn unpack(packed: Tensor<2, Int>, rows: &[usize], side: usize) -> Tensor<4> {
    let [count, width] = packed.dims();
    assert!(rows.iter().all(|row| *row < count) && 4 * width == 3 * side * side, "rows of these images");
    let rows: Vec<i32> = rows.iter().map(|&row| i32::try_from(row).unwrap_or(i32::MAX)).collect();
    let length = rows.len();
    let rows: Tensor<1, Int> = Tensor::from_data(TensorData::new(rows, [length]), &packed.device());
    Tensor::from_dispatch(<Dispatch as ViewOps>::unpack(packed.into_dispatch(), rows.into_dispatch(), side))
}

/// Each channel of `images` (`[B, side, side, 3]`) times its factor plus its summand.
pub(super) fn normalise(images: Tensor<4>, affine: Affine) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ViewOps>::normalise(images.into_dispatch(), affine))
}

/// Changes of colour, or windows, of a batch, on its device.
pub(super) enum Prepared {
    /// A row of numbers an image.
    Colours(Tensor<2>),
    /// A row of numbers an image; whether all windows are stretched cubically.
    Windows(Tensor<2>, bool),
}

impl Prepared {
    /// Changes of colour.
    pub(super) fn colours(colours: impl Iterator<Item = Colours>, device: &Device) -> Self {
        Self::Colours(numbers(device, colours.map(Colours::pack)))
    }

    /// Windows, stretched to the full size: linear between half-pixel centres, borders held; or all of them cubic.
    pub(super) fn windows(windows: impl Iterator<Item = Window>, cubic: bool, device: &Device) -> Self {
        Self::Windows(numbers(device, windows.map(Window::pack)), cubic)
    }

    /// Each of `images` (`[B, side, side, 3]`) after that.
    pub(super) fn launch(self, images: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Colours(_) => self.launch_scaled(images, Affine::IDENTITY),
            Self::Windows(numbers, cubic) => {
                let images = images.into_dispatch();
                Tensor::from_dispatch(<Dispatch as ViewOps>::resample(images, numbers.into_dispatch(), cubic))
            }
        }
    }

    /// The same with each channel scaled after it: changes of colour do both at once.
    pub(super) fn launch_scaled(self, images: Tensor<4>, affine: Affine) -> Tensor<4> {
        match self {
            Self::Colours(numbers) => {
                let images = images.into_dispatch();
                Tensor::from_dispatch(<Dispatch as ViewOps>::recolour(images, numbers.into_dispatch(), affine))
            }
            Self::Windows(..) => normalise(self.launch(images), affine),
        }
    }
}

/// Each of `images` (`[B, side, side, 3]`) with its colours changed.
pub(super) fn recolour(images: Tensor<4>, colours: impl Iterator<Item = Colours>) -> Tensor<4> {
    Prepared::colours(colours, &images.device()).launch(images)
}

/// The window of each of `images` (`[B, side, side, 3]`), stretched to the full size.
pub(super) fn resample(images: Tensor<4>, windows: impl Iterator<Item = Window>, cubic: bool) -> Tensor<4> {
    Prepared::windows(windows, cubic, &images.device()).launch(images)
}

/// Each of `images` (`[B, side, side, 3]`) with its pixels fetched from other places, black from outside.
pub(super) fn rearrange(images: Tensor<4>, places: impl Iterator<Item = Places>) -> Tensor<4> {
    let numbers = numbers(&images.device(), places.map(Places::pack));
    Tensor::from_dispatch(<Dispatch as ViewOps>::rearrange(images.into_dispatch(), numbers.into_dispatch()))
}

fn numbers<const W: usize>(device: &Device, rows: impl Iterator<Item = [f32; W]>) -> Tensor<2> {
    let values: Vec<f32> = rows.flatten().collect();
    let count = values.len() / W;
    Tensor::from_data(TensorData::new(values, [count, W]), device)
}

/// [`rearrange`] for one image on the host: the nearest pixel to each source place, halves rounded up.
pub(super) fn rearrange_image(places: Places, image: &mut Pixels) {
    let side = image.side();
    let Places { cosine, sine, down, right } = places;
    let last = side as i32 - 1;
    let inside = |at: i32| usize::try_from(at).ok().filter(|at| *at < side);
    // In half pixels from the centre, times UNIT; `last * UNIT` puts the origin back to the first pixel.
    let nearest = |sum: i32| (sum + last * UNIT + UNIT).div_euclid(2 * UNIT);
    let source = |at: usize| {
        let (x, y) = (2 * (at % side) as i32 - last, 2 * (at / side) as i32 - last);
        let row = inside(nearest(sine * x + cosine * y) + down)?;
        Some(row * side + inside(nearest(cosine * x - sine * y) + right)?)
    };
    let sources: Vec<Option<usize>> = (0..side * side).map(source).collect();
    image.each_plane(|plane, spare| {
        spare.copy_from_slice(plane);
        for (value, source) in plane.iter_mut().zip(&sources) {
            *value = source.map_or(0.0, |source| spare[source]);
        }
    });
}

/// Calls `change` with each image and its numbers.
fn each_image(images: &FlexTensor, numbers: &FlexTensor, change: impl Fn(&[f32], &mut Pixels)) -> FlexTensor {
    let [images, numbers] = [images, numbers].map(FlexTensor::to_contiguous);
    let shape = images.shape();
    let width = numbers.shape()[1];
    let mut values = images.as_slice::<f32>().expect("made contiguous above").to_vec();
    let numbers = numbers.as_slice::<f32>().expect("made contiguous above");
    let mut pixels = Pixels::new(shape[1]);
    for (image, numbers) in values.chunks_exact_mut(shape[1] * shape[2] * 3).zip(numbers.chunks_exact(width)) {
        for (channel, plane) in pixels.planes_mut().into_iter().enumerate() {
            plane.iter_mut().zip(image.chunks_exact(3)).for_each(|(value, pixel)| *value = pixel[channel]);
        }
        change(numbers, &mut pixels);
        pixels.store([1.0; 3], [0.0; 3], image);
    }
    FlexTensor::from_data(TensorData::new(values, shape))
}

impl ViewOps for Flex {
    fn recolour(images: FlexTensor, colours: FlexTensor, affine: Affine) -> FlexTensor {
        let images = each_image(&images, &colours, |numbers, image| jitter::recolour(&Colours::unpack(numbers).0, image));
        if affine == Affine::IDENTITY { images } else { Self::normalise(images, affine) }
    }

    fn resample(images: FlexTensor, windows: FlexTensor, cubic: bool) -> FlexTensor {
        let stretch = if cubic { crop::stretch_cubic } else { crop::stretch };
        each_image(&images, &windows, |numbers, image| {
            let window = Window::unpack(numbers);
            stretch(window, image);
            if window.mirrored {
                image.mirror();
            }
        })
    }

    fn rearrange(images: FlexTensor, places: FlexTensor) -> FlexTensor {
        each_image(&images, &places, |numbers, image| rearrange_image(Places::unpack(numbers), image))
    }

    fn blur(images: FlexTensor, kernels: FlexTensor, radius: usize) -> FlexTensor {
        each_image(&images, &kernels, |kernel, image| blur::blur(&kernel[..=radius], image))
    }

    fn unpack(packed: FlexTensor, rows: FlexTensor, side: usize) -> FlexTensor {
        let (width, [packed, rows]) = (packed.shape()[1], [packed, rows].map(|whole| whole.to_contiguous().into_data()));
        let (words, rows): (Vec<i64>, Vec<i64>) = (packed.iter().collect(), rows.iter().collect());
        let bytes = rows.iter().flat_map(|&row| &words[row as usize * width..][..width]).flat_map(|word| {
            let bytes = (*word as i32).to_le_bytes();
            bytes.map(|byte| f32::from(byte) / 255.0)
        });
        FlexTensor::from_data(TensorData::new(bytes.collect::<Vec<f32>>(), [rows.len(), side, side, 3]))
    }

    fn normalise(images: FlexTensor, Affine { factors, summands }: Affine) -> FlexTensor {
        let images = images.to_contiguous();
        let mut values = images.as_slice::<f32>().expect("made contiguous above").to_vec();
        for pixel in values.chunks_exact_mut(3) {
            for (channel, value) in pixel.iter_mut().enumerate() {
                *value = *value * factors[channel] + summands[channel];
            }
        }
        FlexTensor::from_data(TensorData::new(values, images.shape()))
    }
}

#[cfg(feature = "gpu")]
impl ViewOps for burn::backend::Cube {
    fn recolour(images: FloatTensor<Self>, colours: FloatTensor<Self>, affine: Affine) -> FloatTensor<Self> {
        super::gpu::recolour(images, colours, affine)
    }

    fn resample(images: FloatTensor<Self>, windows: FloatTensor<Self>, cubic: bool) -> FloatTensor<Self> {
        super::gpu::resample(images, windows, cubic)
    }

    fn rearrange(images: FloatTensor<Self>, places: FloatTensor<Self>) -> FloatTensor<Self> {
        super::gpu::rearrange(images, places)
    }

    fn blur(images: FloatTensor<Self>, kernels: FloatTensor<Self>, radius: usize) -> FloatTensor<Self> {
        super::gpu::blur(images, kernels, radius)
    }

    fn unpack(packed: IntTensor<Self>, rows: IntTensor<Self>, side: usize) -> FloatTensor<Self> {
        super::gpu::unpack(packed, rows, side)
    }

    fn normalise(images: FloatTensor<Self>, affine: Affine) -> FloatTensor<Self> {
        super::gpu::normalise(images, affine)
    }
}
