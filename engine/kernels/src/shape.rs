//! The sizes of one convolution, and how its batch is cut into pieces of work.

/// The sizes of a square convolution with padding `(kernel - 1) / 2`. Activations are `[batch, height, width, channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    /// Number of images, at least 1.
    pub batch: usize,
    /// Rows of an input image, at least 1.
    pub height: usize,
    /// Columns of an input image, at least 1.
    pub width: usize,
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// Side of the filter; odd.
    pub kernel: usize,
    /// Step of the filter in both directions, at least 1.
    pub stride: usize,
}

/// A batch is cut into at most this many chunks, whatever the number of threads.
const CHUNKS: usize = 16;
/// A chunk has at least about this many output pixels, so that what is done once a chunk stays small beside the rest.
const CHUNK_PIXELS: usize = 128;
/// The padded scratch of a block of images stays near this many floats (256 KiB), so that it lives in the L2 cache.
const BLOCK_FLOATS: usize = 64 * 1024;

impl ConvShape {
    /// Rows of an output image.
    pub fn out_height(&self) -> usize {
        (self.height + 2 * self.padding() - self.kernel) / self.stride + 1
    }

    /// Columns of an output image.
    pub fn out_width(&self) -> usize {
        (self.width + 2 * self.padding() - self.kernel) / self.stride + 1
    }

    /// Length of the input `[batch, height, width, in_channels]`.
    pub fn input_len(&self) -> usize {
        self.batch * self.image_len()
    }

    /// Length of the output `[batch, out_height, out_width, out_channels]`.
    pub fn output_len(&self) -> usize {
        self.batch * self.out_image_len()
    }

    /// Length of the weight `[out_channels, in_channels, kernel, kernel]`.
    pub fn weight_len(&self) -> usize {
        self.out_channels * self.in_channels * self.kernel * self.kernel
    }

    /// Zeros around the input on every side.
    pub(crate) fn padding(&self) -> usize {
        (self.kernel - 1) / 2
    }

    /// Length of one input image.
    pub(crate) fn image_len(&self) -> usize {
        self.height * self.width * self.in_channels
    }

    /// Pixels of one output image.
    pub(crate) fn out_pixels(&self) -> usize {
        self.out_height() * self.out_width()
    }

    /// Length of one output image.
    pub(crate) fn out_image_len(&self) -> usize {
        self.out_pixels() * self.out_channels
    }

    /// Images in a chunk, the unit of parallel work.
    pub(crate) fn chunk_images(&self) -> usize {
        let fair = self.batch.div_ceil(CHUNKS);
        fair.max(CHUNK_PIXELS.div_ceil(self.out_pixels())).min(self.batch)
    }

    /// Images whose scratch stays in the cache, when one takes `image_floats`.
    pub(crate) fn block_images(&self, image_floats: usize) -> usize {
        (BLOCK_FLOATS / image_floats.max(1)).max(1)
    }

    /// Stops with a message where a caller's slice does not fit the shape.
    pub(crate) fn check(&self, what: &str, found: usize, expected: usize) {
        assert!(self.kernel % 2 == 1 && self.stride > 0, "the kernel must be odd and the stride positive: {self:?}");
        assert!(self.batch > 0 && self.height > 0 && self.width > 0, "an empty batch: {self:?}");
        assert_eq!(found, expected, "the length of {what} does not fit {self:?}");
    }
}
