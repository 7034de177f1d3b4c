//! How is an image of activations averaged into one vector, and how does the gradient return?

use crate::parallel::for_each;

/// Images averaged by one piece of work.
const IMAGES: usize = 32;

/// Mean over rows and columns: `[batch, pixels, channels]` to `[batch, channels]`.
///
/// # Panics
/// If `x` is not a whole number of images.
pub fn mean_pool(x: &[f32], pixels: usize, channels: usize) -> Vec<f32> {
    assert!(x.len().is_multiple_of(pixels * channels), "not a whole number of images of {pixels} by {channels}");
    let mut means = vec![0.0; x.len() / pixels];
    let share = 1.0 / pixels as f32;
    for_each(x.chunks(IMAGES * pixels * channels).zip(means.chunks_mut(IMAGES * channels)), |(x, means)| {
        for (image, mean) in x.chunks_exact(pixels * channels).zip(means.chunks_exact_mut(channels)) {
            for pixel in image.chunks_exact(channels) {
                mean.iter_mut().zip(pixel).for_each(|(to, from)| *to += from);
            }
            mean.iter_mut().for_each(|value| *value *= share);
        }
    });
    means
}

/// Gradient of [`mean_pool`]: `[batch, channels]` spread to `[batch, pixels, channels]`.
pub fn mean_pool_backward(gradient: &[f32], pixels: usize, channels: usize) -> Vec<f32> {
    let mut spread = vec![0.0; gradient.len() * pixels];
    let share = 1.0 / pixels as f32;
    for_each(gradient.chunks(IMAGES * channels).zip(spread.chunks_mut(IMAGES * pixels * channels)), |(from, to)| {
        for (mean, image) in from.chunks_exact(channels).zip(to.chunks_exact_mut(pixels * channels)) {
            for pixel in image.chunks_exact_mut(channels) {
                pixel.iter_mut().zip(mean).for_each(|(to, from)| *to = from * share);
            }
        }
    });
    spread
}
