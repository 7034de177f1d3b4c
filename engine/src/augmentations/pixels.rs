//! An image on the host while it is changed, and the brightness of its pixels.

/// Weights of red, green and blue in the gray value of float images (ITU-R BT.601, four digits as in torchvision).
pub const GRAY: [f32; 3] = [0.2989, 0.587, 0.114];

/// One square RGB image, values in [0, 1], channel after channel: three planes of `side * side`, row by row.
///
/// Planes rather than interleaved pixels, so that the colour arithmetic runs in vector registers.
pub struct Pixels {
    side: usize,
    values: Vec<f32>,
    spare: Vec<f32>,
}

impl Pixels {
    /// A black image of `side * side` pixels.
    pub fn new(side: usize) -> Self {
        Self { side, values: vec![0.0; 3 * side * side], spare: vec![0.0; side * side] }
    }

    /// An image from three planes of `side * side` bytes, 255 being 1.
    pub fn from_bytes(side: usize, bytes: &[u8]) -> Self {
        let mut pixels = Self::new(side);
        pixels.load(bytes);
        pixels
    }

    /// Replaces the image by three planes of bytes.
    pub fn load(&mut self, bytes: &[u8]) {
        for (value, &byte) in self.values.iter_mut().zip(bytes) {
            *value = f32::from(byte) / 255.0;
        }
    }

    /// Side in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// All values, plane after plane.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, plane after plane.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Red, green and blue.
    pub fn planes(&self) -> [&[f32]; 3] {
        let (red, rest) = self.values.split_at(self.side * self.side);
        let (green, blue) = rest.split_at(self.side * self.side);
        [red, green, blue]
    }

    /// Red, green and blue.
    pub fn planes_mut(&mut self) -> [&mut [f32]; 3] {
        let (red, rest) = self.values.split_at_mut(self.side * self.side);
        let (green, blue) = rest.split_at_mut(self.side * self.side);
        [red, green, blue]
    }

    /// Calls `change(plane, spare)` for each plane, with room for one more plane.
    pub fn each_plane(&mut self, mut change: impl FnMut(&mut [f32], &mut [f32])) {
        for plane in self.values.chunks_exact_mut(self.side * self.side) {
            change(plane, &mut self.spare);
        }
    }

    /// Reverses every row.
    pub fn mirror(&mut self) {
        for row in self.values.chunks_exact_mut(self.side) {
            row.reverse();
        }
    }

    /// Writes `value * scale + shift` of each channel, pixel after pixel (`[side, side, 3]`).
    pub fn store(&self, scale: [f32; 3], shift: [f32; 3], into: &mut [f32]) {
        let [red, green, blue] = self.planes();
        for (((pixel, &red), &green), &blue) in into.chunks_exact_mut(3).zip(red).zip(green).zip(blue) {
            pixel[0] = red * scale[0] + shift[0];
            pixel[1] = green * scale[1] + shift[1];
            pixel[2] = blue * scale[2] + shift[2];
        }
    }
}
