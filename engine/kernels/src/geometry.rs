//! The stretches of memory that an output pixel reads, in the convolution and in its transpose.

use crate::shape::ConvShape;

/// A contiguous stretch of input that every output pixel reads, relative to where that pixel starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// First float, relative to the pixel's start.
    pub offset: usize,
    /// Number of floats.
    pub run: usize,
}

/// The zero-padded copies of a block of images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Padded {
    /// Rows of zeros above, and columns of zeros to the left of, an image.
    pub front: usize,
    /// Rows with padding.
    pub height: usize,
    /// Columns with padding.
    pub width: usize,
    /// Floats from one pixel to the next.
    pub channels: usize,
}

impl Padded {
    /// The input as the convolution reads it.
    pub(crate) fn input(shape: &ConvShape) -> Self {
        let front = shape.padding();
        let (height, width) = (shape.height + 2 * front, shape.width + 2 * front);
        Self { front, height, width, channels: shape.in_channels }
    }

    /// The gradient of the convolution's output as the data gradient reads it, `channels` floats a pixel.
    pub(crate) fn gradient(shape: &ConvShape, channels: usize) -> Self {
        let (mut front, mut height, mut width) = (0, shape.out_height(), shape.out_width());
        for phase in 0..shape.stride {
            for tap in taps(shape, phase) {
                front = front.max(usize::try_from(-tap.shift).unwrap_or(0));
                height = height.max(reach(shape.height, phase, shape.stride, tap.shift));
                width = width.max(reach(shape.width, phase, shape.stride, tap.shift));
            }
        }
        Self { front, height: height + front, width: width + front, channels }
    }

    /// Floats of one image.
    pub(crate) fn image_len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// The float at which the pixel in `row` and `column` (counted with the padding) of image `image` starts.
    pub(crate) fn at(&self, image: usize, row: usize, column: usize) -> usize {
        ((image * self.height + row) * self.width + column) * self.channels
    }

    /// Copies one `[height, width, channels]` image between the zeros.
    pub(crate) fn fill(&self, image: usize, width: usize, source: &[f32], target: &mut [f32]) {
        for (row, line) in source.chunks_exact(width * self.channels).enumerate() {
            let start = self.at(image, self.front + row, self.front);
            target[start..start + line.len()].copy_from_slice(line);
        }
    }
}

/// A filter tap that reaches the input pixels of one phase.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tap {
    /// Index in the filter.
    pub index: usize,
    /// The output pixel it joins to input pixel `stride * t + phase` is `t + shift`.
    pub shift: isize,
}

/// The taps that reach input pixels `stride * t + phase` along one axis, by rising shift.
pub(crate) fn taps(shape: &ConvShape, phase: usize) -> Vec<Tap> {
    let reached = phase + shape.padding();
    (0..shape.kernel)
        .rev()
        .filter(|index| (reached + shape.kernel * shape.stride - index).is_multiple_of(shape.stride))
        .map(|index| Tap { index, shift: (reached as isize - index as isize) / shape.stride as isize })
        .collect()
}

/// Input pixels of a phase along an axis of `len` pixels.
fn phase_len(len: usize, phase: usize, stride: usize) -> usize {
    len.saturating_sub(phase).div_ceil(stride)
}

/// One more than the last output index that the input pixels of a phase reach through a tap.
fn reach(len: usize, phase: usize, stride: usize, shift: isize) -> usize {
    usize::try_from(phase_len(len, phase, stride) as isize + shift).unwrap_or(0)
}

/// Tiles may look this many pixels past the last one.
pub(crate) const OVERHANG: usize = 8;

/// Where the pixels of a block start, in what is read and in what is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pixels {
    /// Followed by [`OVERHANG`] entries that may be read from, so that the last tile need not be a special case.
    pub read: Vec<u32>,
    pub write: Vec<u32>,
}

impl Pixels {
    /// Pixels one after the other, at these distances.
    pub(crate) fn rows(count: usize, read: usize, write: usize) -> Self {
        let places = |step: usize| (0..count).map(|pixel| (pixel * step) as u32).collect();
        let mut pixels = Self { read: places(read), write: places(write) };
        pixels.overhang();
        pixels
    }

    fn overhang(&mut self) {
        let last = self.read.last().copied().unwrap_or(0);
        self.read.extend([last; OVERHANG]);
    }
}

/// Everything about where the convolution reads: the same for every block.
pub(crate) struct Window {
    pub segments: Vec<Segment>,
    pub pixels: Pixels,
}

/// The convolution itself: reads the padded input, writes `[images, out_height, out_width, out_channels]`.
pub(crate) fn forward_window(shape: &ConvShape, padded: &Padded, images: usize) -> Window {
    let run = shape.kernel * shape.in_channels;
    let segments = (0..shape.kernel).map(|ky| Segment { offset: padded.at(0, ky, 0), run }).collect();
    let mut pixels = Pixels::default();
    for image in 0..images {
        for row in 0..shape.out_height() {
            for column in 0..shape.out_width() {
                pixels.write.push((pixels.write.len() * shape.out_channels) as u32);
                pixels.read.push(padded.at(image, row * shape.stride, column * shape.stride) as u32);
            }
        }
    }
    pixels.overhang();
    Window { segments, pixels }
}

/// Input pixels with the same row and column modulo the stride: over each such class the data gradient is a dense
/// convolution of stride one with the taps that reach it.
pub(crate) struct Phase {
    pub rows: Vec<Tap>,
    pub columns: Vec<Tap>,
    pub window: Window,
}

/// The data gradient: reads the padded output gradient, writes `[images, height, width, in_channels]`.
pub(crate) fn gradient_phases(shape: &ConvShape, padded: &Padded, images: usize) -> Vec<Phase> {
    let mut phases = Vec::new();
    for y in 0..shape.stride {
        for x in 0..shape.stride {
            phases.push(phase(shape, padded, images, y, x));
        }
    }
    phases
}

fn phase(shape: &ConvShape, padded: &Padded, images: usize, y: usize, x: usize) -> Phase {
    let (rows, columns) = (taps(shape, y), taps(shape, x));
    let front = padded.front as isize;
    let segments = match columns.first() {
        Some(first) => rows
            .iter()
            .map(|tap| Segment {
                offset: padded.at(0, (tap.shift + front) as usize, (first.shift + front) as usize),
                run: columns.len() * padded.channels,
            })
            .collect(),
        None => Vec::new(),
    };
    let mut pixels = Pixels::default();
    for image in 0..images {
        for row in 0..phase_len(shape.height, y, shape.stride) {
            for column in 0..phase_len(shape.width, x, shape.stride) {
                let (to_row, to_column) = (row * shape.stride + y, column * shape.stride + x);
                let at = ((image * shape.height + to_row) * shape.width + to_column) * shape.in_channels;
                pixels.write.push(at as u32);
                pixels.read.push(padded.at(image, row, column) as u32);
            }
        }
    }
    pixels.overhang();
    Phase { rows, columns, window: Window { segments, pixels } }
}
