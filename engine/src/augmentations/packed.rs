//! The numbers of an image as the kernels read them.
//!
//! Several augmentations share a kernel, and what a kernel is told follows from an augmentation's knobs and the size of the
//! image as well as from its [`super::Params`]. So it is a kernel's numbers that are packed, each kind in one place, on their
//! way to the device; up to there they have names.

/// What stands for 1 in [`Places::cosine`] and [`Places::sine`].
pub(super) const UNIT: i32 = 1 << 20;

/// The operations that change colours; the number of each is what kernels know it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Operation {
    /// Values times 1 plus the amount.
    Brightness = 0,
    /// Distances from the image's mean gray value times 1 plus the amount; one at most in a launch.
    Contrast = 1,
    /// Distances from the pixel's gray value times 1 plus the amount.
    Saturation = 2,
    /// The hue turned by the amount, a share of the colour circle, -0.5 to 0.5.
    Hue = 3,
    /// Values that are not below the amount inverted.
    Solarize = 4,
}

impl Operation {
    /// All of them, each at its number.
    const ALL: [Self; 5] = [Self::Brightness, Self::Contrast, Self::Saturation, Self::Hue, Self::Solarize];
}

/// One colour operation of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recolour {
    /// What is done.
    pub operation: Operation,
    /// How much; in the unit of the operation. At 0 nothing is done.
    pub amount: f32,
}

impl Recolour {
    /// No operation.
    pub const NONE: Self = Self { operation: Operation::Brightness, amount: 0.0 };
}

/// Colour operations of an image in the order of their turns, one contrast at most; for a place without one, an amount of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colours(pub(super) [Recolour; 8]);

impl Colours {
    pub(super) const NONE: Self = Self([Recolour::NONE; 8]);

    /// The operations of one augmentation alone.
    pub(super) fn of(operations: [Recolour; 4]) -> Self {
        let mut colours = Self::NONE;
        colours.0[..4].copy_from_slice(&operations);
        colours
    }

    /// The number of each operation and its amount.
    pub(super) fn pack(self) -> [f32; 16] {
        let mut numbers = [0.0; 16];
        for (pair, Recolour { operation, amount }) in numbers.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[f32::from(operation as u8), amount]);
        }
        numbers
    }

    /// The reverse of [`Colours::pack`].
    pub(super) fn unpack(numbers: &[f32]) -> Self {
        let mut colours = Self::NONE;
        for (recolour, pair) in colours.0.iter_mut().zip(numbers.chunks_exact(2)) {
            if let Some(&operation) = Operation::ALL.get(pair[0] as usize) {
                *recolour = Recolour { operation, amount: pair[1] };
            }
        }
        colours
    }
}

/// The window of an image that is stretched to its full size, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First row, from 0 on.
    pub top: u32,
    /// First column, from 0 on.
    pub left: u32,
    /// Height, at least 1.
    pub height: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Whether the result is mirrored left to right.
    pub mirrored: bool,
    /// Whether pixels between pixels are made with the cubic filter rather than the linear one.
    pub cubic: bool,
}

impl Window {
    /// The whole of an image of `side` pixels.
    pub(super) fn whole(side: usize) -> Self {
        let side = side as u32;
        Self { top: 0, left: 0, height: side, width: side, mirrored: false, cubic: false }
    }

    /// Whether it shows all of an image of `side` pixels, mirrored or not.
    pub(super) fn shows_all(self, side: usize) -> bool {
        Self { mirrored: false, cubic: false, ..self } == Self::whole(side)
    }

    /// Top, left, height, width, 1 if mirrored, 1 if cubic; nothing in the last two places.
    pub(super) fn pack(self) -> [f32; 8] {
        let [top, left, height, width] = [self.top, self.left, self.height, self.width].map(|pixels| pixels as f32);
        let [mirrored, cubic] = [self.mirrored, self.cubic].map(|holds| f32::from(u8::from(holds)));
        [top, left, height, width, mirrored, cubic, 0.0, 0.0]
    }

    /// The reverse of [`Window::pack`].
    pub(super) fn unpack(numbers: &[f32]) -> Self {
        let [top, left, height, width] = [0, 1, 2, 3].map(|place| numbers[place] as u32);
        Self { top, left, height, width, mirrored: numbers[4] != 0.0, cubic: numbers[5] != 0.0 }
    }
}

/// From where each pixel of an image is fetched: turned about the centre, then moved. Whole numbers, so that every device
/// rounds to the same pixel; sides up to 800 pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// Cosine of the turn in units of 1 / [`UNIT`].
    pub(super) cosine: i32,
    /// Sine of the turn in units of 1 / [`UNIT`].
    pub(super) sine: i32,
    /// How many rows further down a pixel is fetched.
    pub(super) down: i32,
    /// How many columns further right a pixel is fetched.
    pub(super) right: i32,
}

impl Places {
    /// Every pixel where it is.
    pub(super) const SAME: Self = Self { cosine: UNIT, sine: 0, down: 0, right: 0 };

    /// Cosine, sine, down and right; nothing in the last four places.
    pub(super) fn pack(self) -> [f32; 8] {
        let [cosine, sine, down, right] = [self.cosine, self.sine, self.down, self.right].map(|number| number as f32);
        [cosine, sine, down, right, 0.0, 0.0, 0.0, 0.0]
    }

    /// The reverse of [`Places::pack`].
    pub(super) fn unpack(numbers: &[f32]) -> Self {
        let [cosine, sine, down, right] = [0, 1, 2, 3].map(|place| numbers[place] as i32);
        Self { cosine, sine, down, right }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_find_each_number_in_its_place() {
        let window = Window { top: 1, left: 2, height: 3, width: 4, mirrored: true, cubic: false };
        assert_eq!(window.pack(), [1.0, 2.0, 3.0, 4.0, 1.0, 0.0, 0.0, 0.0]);
        let cubic = Window { mirrored: false, cubic: true, ..window };
        assert_eq!(cubic.pack()[4..], [0.0, 1.0, 0.0, 0.0]);
        let places = Places { cosine: -UNIT, sine: 5, down: -6, right: 7 };
        assert_eq!(places.pack(), [-1_048_576.0, 5.0, -6.0, 7.0, 0.0, 0.0, 0.0, 0.0]);
        let colours = Colours::of([
            Recolour { operation: Operation::Hue, amount: -0.25 },
            Recolour { operation: Operation::Solarize, amount: 0.5 },
            Recolour { operation: Operation::Contrast, amount: 1.0 },
            Recolour { operation: Operation::Saturation, amount: -1.0 },
        ]);
        let numbers = colours.pack();
        assert_eq!(numbers[..8], [3.0, -0.25, 4.0, 0.5, 1.0, 1.0, 2.0, -1.0]);
        assert_eq!(numbers[8..], [0.0; 8]);
        assert_eq!((Window::unpack(&cubic.pack()), Places::unpack(&places.pack())), (cubic, places));
        assert_eq!((Window::unpack(&window.pack()), Colours::unpack(&numbers)), (window, colours));
    }

    #[test]
    fn an_operation_stands_at_its_number() {
        assert!(Operation::ALL.iter().enumerate().all(|(number, operation)| *operation as usize == number));
    }
}
