//! Which of the two algorithms convolves a shape, and how many images it works on at a time.

use crate::geometry::Padded;
use crate::shape::ConvShape;
use crate::winograd::{self, Tiling};

/// An algorithm of the convolution and its gradients. They differ in rounding and in speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Every product of the definition.
    Direct,
    /// Fewer products, of 3x3 filters of stride 1: Lavin and Gray 2015 (arXiv:1509.09308).
    Winograd,
}

impl Way {
    /// The one that is taken: the faster, as far as the shape tells. Nothing else decides, so the same shape always rounds alike.
    pub fn of(shape: &ConvShape) -> Self {
        if winograd::suits(shape) { Self::Winograd } else { Self::Direct }
    }

    /// Whether this algorithm can convolve the shape.
    pub fn fits(self, shape: &ConvShape) -> bool {
        self == Self::Direct || winograd::fits(shape)
    }

    /// The padded input.
    pub(crate) fn padded_input(self, shape: &ConvShape) -> Padded {
        match self {
            Self::Direct => Padded::input(shape),
            Self::Winograd => Tiling::padded(shape, shape.in_channels),
        }
    }

    /// The padded gradient of the output, of `channels` channels.
    pub(crate) fn padded_gradient(self, shape: &ConvShape, channels: usize) -> Padded {
        match self {
            Self::Direct => Padded::gradient(shape, channels),
            Self::Winograd => Tiling::padded(shape, channels),
        }
    }

    /// Images in a chunk of the convolution.
    pub(crate) fn chunk_images(self, shape: &ConvShape) -> usize {
        shape.chunk_images().max(self.least_images(shape)).min(shape.batch)
    }

    /// Images in a block, the unit that is worked on inside the cache, of chunks of `chunk` images, when one takes
    /// `image_floats` of scratch.
    pub(crate) fn block_images(self, shape: &ConvShape, chunk: usize, image_floats: usize) -> usize {
        shape.block_images(image_floats).max(self.least_images(shape)).min(chunk)
    }

    fn least_images(self, shape: &ConvShape) -> usize {
        match self {
            Self::Direct => 1,
            Self::Winograd => winograd::piece_images(shape),
        }
    }

    /// Floats of a chunk's weight gradient, of `outs` output channels.
    pub(crate) fn filter_floats(self, shape: &ConvShape, outs: usize) -> usize {
        let taps = match self {
            Self::Direct => shape.kernel * shape.kernel,
            Self::Winograd => winograd::POSITIONS,
        };
        taps * shape.in_channels * outs
    }

    /// Stops with a message where the algorithm cannot convolve the shape.
    pub(crate) fn check(self, shape: &ConvShape) {
        assert!(self.fits(shape), "{self:?} does not convolve {shape:?}");
    }
}
