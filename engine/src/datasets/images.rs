//! Images as bytes, with their classes.

use std::sync::Arc;

/// Square colour images with their classes.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// Side in pixels.
    pub side: usize,
    /// For each image of a set its red, green and blue plane, rows from the top, as in the CIFAR archives; shared by its parts.
    pixels: Arc<Vec<u8>>,
    /// Which image of the set each of these is.
    places: Vec<u32>,
    /// The class of each image, N numbers.
    pub labels: Vec<u8>,
}

impl PartialEq for Images {
    fn eq(&self, other: &Self) -> bool {
        self.side == other.side && self.labels == other.labels && self.iter().eq(other.iter())
    }
}

impl Images {
    /// A set from the planes of each image, N x 3 x side x side bytes, and its class.
    ///
    /// # Panics
    /// If there are not as many planes as classes ask for.
    pub fn new(side: usize, pixels: Vec<u8>, labels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), labels.len() * 3 * side * side, "three planes for each image");
        Self { side, pixels: Arc::new(pixels), places: (0u32..).take(labels.len()).collect(), labels }
    }

    /// The images with these numbers, in this order: the same pixels, not a copy.
    ///
    /// # Panics
    /// If there is no such image.
    pub(super) fn select(&self, rows: &[usize]) -> Self {
        Self {
            side: self.side,
            pixels: Arc::clone(&self.pixels),
            places: rows.iter().map(|&row| self.places[row]).collect(),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
        }
    }

    /// The first images, at most `most`: the same pixels, not a copy.
    pub(super) fn first(&self, most: usize) -> Self {
        self.select(&(0..self.len().min(most)).collect::<Vec<_>>())
    }

    /// The planes of each image.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.image(index))
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bytes of one image: 3 x side x side.
    pub fn stride(&self) -> usize {
        3 * self.side * self.side
    }

    /// The planes of one image.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn image(&self, index: usize) -> &[u8] {
        let (stride, place) = (self.stride(), self.places[index] as usize);
        &self.pixels[place * stride..(place + 1) * stride]
    }

    /// Appends one image as opaque RGBA pixels, side x side x 4 bytes.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn rgba(&self, index: usize, into: &mut Vec<u8>) {
        let (red, rest) = self.image(index).split_at(self.side * self.side);
        let (green, blue) = rest.split_at(self.side * self.side);
        for ((red, green), blue) in red.iter().zip(green).zip(blue) {
            into.extend_from_slice(&[*red, *green, *blue, u8::MAX]);
        }
    }

    /// Mean and standard deviation of each channel with pixels in 0..=1. The sums are whole numbers, so the result is
    /// the same on every platform; the deviation is at least 1/255.
    pub(super) fn statistics(&self) -> ([f32; 3], [f32; 3]) {
        let area = self.side * self.side;
        let (mut sums, mut squares) = ([0u64; 3], [0u64; 3]);
        for (plane, pixels) in self.iter().flat_map(|image| image.chunks_exact(area.max(1))).enumerate() {
            // A plane of up to 4096 bytes fits into 32 bits with its squares, which is faster.
            let (sum, square) = pixels.iter().fold((0u32, 0u32), |(sum, square), &pixel| {
                let pixel = u32::from(pixel);
                (sum + pixel, square + pixel * pixel)
            });
            sums[plane % 3] += u64::from(sum);
            squares[plane % 3] += u64::from(square);
        }
        let count = (self.len() * area).max(1) as f64;
        let mean = sums.map(|sum| sum as f64 / count);
        let mut deviation = [0.0; 3];
        for channel in 0..3 {
            let variance = squares[channel] as f64 / count - mean[channel] * mean[channel];
            deviation[channel] = (variance.max(0.0).sqrt().max(1.0) / 255.0) as f32;
        }
        (mean.map(|mean| (mean / 255.0) as f32), deviation)
    }
}

/// Values of 0 to 1 (red, green, blue) as opaque RGBA bytes.
pub(crate) fn colours(values: &[f32]) -> impl Iterator<Item = u8> + use<'_> {
    let byte = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
    values.chunks_exact(3).flat_map(move |rgb| [byte(rgb[0]), byte(rgb[1]), byte(rgb[2]), 255])
}
