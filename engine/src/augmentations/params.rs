//! The random numbers of a view, by name.

/// What one augmentation drew for one view. To an augmentation, the parameters of another are [`Params::Nothing`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Params {
    /// The augmentation does not apply to this view.
    Nothing,
    /// A window of the image, stretched to the full size.
    Crop {
        /// First row of the window, from 0 on.
        top: u32,
        /// First column of the window, from 0 on.
        left: u32,
        /// Height of the window in pixels, at least 1.
        height: u32,
        /// Width of the window in pixels, at least 1.
        width: u32,
        /// Share of the image's area, above 0, at most 1.
        area: f32,
    },
    /// The view is mirrored left to right.
    Flip,
    /// Changes of colour, each at its turn.
    Jitter {
        /// The factor of the brightness less 1, at least -1; 0 leaves it as it is.
        brightness: f32,
        /// The factor of the contrast less 1, at least -1; 0 leaves it as it is.
        contrast: f32,
        /// The factor of the saturation less 1, at least -1; 0 leaves it as it is.
        saturation: f32,
        /// Turn of the hue as a share of the colour circle, -0.5 to 0.5.
        hue: f32,
        /// The turns of brightness, contrast, saturation and hue: a permutation of 0 to 3.
        turns: [u8; 4],
    },
    /// All three channels become the gray value.
    Grayscale,
    /// A Gaussian blur.
    Blur {
        /// Standard deviation of the kernel in pixels, above 0.
        sigma: f32,
    },
    /// Bright values are inverted.
    Solarize {
        /// Values from here on are inverted, 0 to 1.
        threshold: f32,
    },
    /// A turn about the centre.
    Rotation {
        /// Degrees counter-clockwise, -180 to 180.
        degrees: f32,
    },
    /// A square of one gray value.
    Cutout {
        /// Side of the square in pixels, before the image's border cuts it off.
        side: u32,
        /// Row of its centre; of an even side, of the pixel after the middle.
        row: u32,
        /// Column of its centre; of an even side, of the pixel after the middle.
        column: u32,
        /// Its gray value, 0 to 1.
        fill: f32,
    },
    /// A window of full size in another place; beyond the image it is black.
    Shift {
        /// How many pixels the window lies below its usual place; above it if negative.
        down: i32,
        /// How many pixels the window lies right of its usual place; left of it if negative.
        right: i32,
    },
    /// A normal number of its own added to every value.
    Noise {
        /// Standard deviation of the noise, 1 being white.
        deviation: f32,
        /// Seed of the noise: two whole numbers below 2^24.
        seed: [u32; 2],
    },
}

impl Params {
    /// How many random numbers that vary continuously (or by pixels) made a view of `side` pixels: `n` of Huang et al., Theorem 2.
    /// Thresholds and grey values that a knob sets are none.
    pub fn continuous(&self, side: usize) -> usize {
        match self {
            Self::Nothing | Self::Flip | Self::Grayscale | Self::Solarize { .. } => 0,
            Self::Blur { .. } | Self::Rotation { .. } => 1,
            Self::Cutout { .. } | Self::Shift { .. } => 2,
            Self::Crop { .. } => 4,
            Self::Jitter { brightness, contrast, saturation, hue, .. } => {
                [brightness, contrast, saturation, hue].into_iter().filter(|change| **change != 0.0).count()
            }
            Self::Noise { .. } => 3 * side * side,
        }
    }
}
