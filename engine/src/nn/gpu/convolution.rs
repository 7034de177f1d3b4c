//! A convolution and its input gradient on a GPU, without an intermediate matrix.
//!
//! Both gather: every invocation owns a small tile of the result (some pixels times some channels) and collects what
//! contributes to it. The input gradient of a convolution with stride 2 is four interleaved pictures, one for each parity
//! of row and column, in which the same taps of the kernel contribute everywhere: a tile never straddles two of them.

use super::{Problem, Queue, lanes, tiled};
use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::num_traits::Zero;
use cubecl::prelude::*;

/// Pixels of a tile.
const PIXELS: usize = 8;

/// Sizes of the picture that is read and of the one that is written; channels in vectors.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Pictures {
    pub batch: usize,
    pub source_height: usize,
    pub source_width: usize,
    pub source_channels: usize,
    pub target_height: usize,
    pub target_width: usize,
    pub target_channels: usize,
}

/// The sizes of two pictures `[N, H, W, C]`, with so many channels in a vector of each.
pub(super) fn pictures(source: &CubeTensor, target: &CubeTensor, lanes: [usize; 2]) -> PicturesLaunch {
    let [batch, source_height, source_width, source_channels] = source.meta.shape().dims();
    let [_, target_height, target_width, target_channels] = target.meta.shape().dims();
    let [source_channels, target_channels] = [source_channels / lanes[0], target_channels / lanes[1]];
    PicturesLaunch::new(batch, source_height, source_width, source_channels, target_height, target_width, target_channels)
}

/// Collects `target[n, y, x, :]`. Forwards the source lies at `stride * y + tap - padding`; transposed, where that is whole,
/// at `(y + padding - tap) / stride`. `weight` is `[k * k * source channels, target channels]`.
#[cube(launch)]
fn collect<S: Size, T: Size>(
    source: &[Vector<f32, S>],
    weight: &[Vector<f32, T>],
    target: &mut [Vector<f32, T>],
    sizes: &Pictures,
    #[comptime] kernel: usize,
    #[comptime] stride: usize,
    #[comptime] transposed: bool,
    #[comptime] pixels: usize,
    #[comptime] columns: usize,
) {
    let padding = comptime!((kernel - 1) / 2);
    let step = comptime!(if transposed { stride } else { 1 });
    let lanes = S::value();

    let class_height = (sizes.target_height + (step - 1)) / step;
    let class_width = (sizes.target_width + (step - 1)) / step;
    let class_pixels = sizes.batch * class_height * class_width;
    let tiles = (class_pixels + (pixels - 1)) / pixels;
    let column_groups = sizes.target_channels / columns;
    let column = (ABSOLUTE_POS % column_groups) * columns;
    let tile = (ABSOLUTE_POS / column_groups) % tiles;
    let class = ABSOLUTE_POS / column_groups / tiles;
    if class >= comptime!(step * step) {
        terminate!();
    }
    let class_y = class / step;
    let class_x = class % step;

    let mut image = Array::<usize>::new(pixels);
    let mut row = Array::<usize>::new(pixels);
    let mut col = Array::<usize>::new(pixels);
    let mut sums = Array::<Vector<f32, T>>::new(comptime!(pixels * columns));
    #[unroll]
    for p in 0..pixels {
        let position = min(tile * pixels + p, class_pixels - 1);
        let line = position / class_width;
        image[p] = line / class_height;
        row[p] = (line % class_height) * step + class_y;
        col[p] = (position % class_width) * step + class_x;
        #[unroll]
        for g in 0..columns {
            sums[p * columns + g] = Vector::zero();
        }
    }

    let mut start = Array::<usize>::new(pixels);
    let mut mask = Array::<Vector<f32, S>>::new(pixels);
    let mut value = Array::<Vector<f32, S>>::new(pixels);
    let first_y = if comptime!(transposed) { (class_y + padding) % stride } else { 0usize.runtime() };
    let first_x = if comptime!(transposed) { (class_x + padding) % stride } else { 0usize.runtime() };
    for ky in range_stepped(first_y, kernel, step) {
        for kx in range_stepped(first_x, kernel, step) {
            #[unroll]
            for p in 0..pixels {
                // Shifted by the padding (forwards) or kept above zero by a test (transposed): the numbers have no sign.
                let (y, x, inside) = if comptime!(transposed) {
                    let y = row[p] + padding;
                    let x = col[p] + padding;
                    let inside = y >= ky && x >= kx;
                    let y = (y - ky) / stride;
                    let x = (x - kx) / stride;
                    (y, x, inside && y < sizes.source_height && x < sizes.source_width)
                } else {
                    let y = row[p] * stride + ky;
                    let x = col[p] * stride + kx;
                    let inside = y >= padding && x >= padding;
                    let y = y - padding;
                    let x = x - padding;
                    (y, x, inside && y < sizes.source_height && x < sizes.source_width)
                };
                let at = ((image[p] * sizes.source_height + y) * sizes.source_width + x) * sizes.source_channels;
                start[p] = select(inside, at, 0);
                mask[p] = Vector::new(select(inside, 1.0f32, 0.0f32));
            }
            let taps = (ky * kernel + kx) * sizes.source_channels * lanes;
            for c in 0..sizes.source_channels {
                #[unroll]
                for p in 0..pixels {
                    value[p] = source[start[p] + c] * mask[p];
                }
                #[unroll]
                for i in 0..lanes {
                    #[unroll]
                    for g in 0..columns {
                        let w = weight[(taps + c * lanes + i) * sizes.target_channels + column + g];
                        #[unroll]
                        for p in 0..pixels {
                            sums[p * columns + g] += Vector::new(value[p].extract(i)) * w;
                        }
                    }
                }
            }
        }
    }

    #[unroll]
    for p in 0..pixels {
        if tile * pixels + p < class_pixels && row[p] < sizes.target_height && col[p] < sizes.target_width {
            let at = ((image[p] * sizes.target_height + row[p]) * sizes.target_width + col[p]) * sizes.target_channels + column;
            #[unroll]
            for g in 0..columns {
                target[at + g] = sums[p * columns + g];
            }
        }
    }
}

/// `[N, H, W, In]` and weights `[k * k * In, Out]` to `[N, H', W', Out]`.
pub(super) fn forward(problem: Problem, x: CubeTensor, weight: CubeTensor) -> CubeTensor {
    let queue = Queue::of(&x);
    let target = queue.empty(problem.out_shape());
    launch(&queue, problem, [x, weight, target.clone()], false);
    target
}

/// The gradient with respect to the input, from the one with respect to the convolution and weights `[k * k * Out, In]`.
pub(super) fn backward(problem: Problem, gradient: CubeTensor, weight: CubeTensor) -> CubeTensor {
    let queue = Queue::of(&gradient);
    let target = queue.empty([problem.batch, problem.height, problem.width, problem.inputs]);
    launch(&queue, problem, [gradient, weight, target.clone()], true);
    target
}

fn launch(queue: &Queue, problem: Problem, [source, weight, target]: [CubeTensor; 3], transposed: bool) {
    if tiled::suits(queue, problem.inputs, problem.outputs) && !(transposed && problem.stride > 1) {
        return tiled::gather(problem, [source, weight, target], transposed);
    }
    let [batch, target_height, target_width, target_channels] = target.meta.shape().dims();
    let (source_lanes, target_lanes) = (lanes(source.meta.shape()[3]), lanes(target_channels));
    let vectors = target_channels / target_lanes;
    let columns = if vectors.is_multiple_of(2) { 2 } else { 1 };
    let step = if transposed { problem.stride } else { 1 };
    let tiles = (batch * target_height.div_ceil(step) * target_width.div_ceil(step)).div_ceil(PIXELS);
    let (count, size) = queue.groups(step * step * tiles * (vectors / columns));
    let sizes = pictures(&source, &target, [source_lanes, target_lanes]);
    collect::launch(
        &queue.client,
        count,
        size,
        source_lanes,
        target_lanes,
        source.into_buffer_arg(),
        weight.into_buffer_arg(),
        target.into_buffer_arg(),
        sizes,
        problem.kernel,
        problem.stride,
        transposed,
        PIXELS,
        columns,
    );
}
