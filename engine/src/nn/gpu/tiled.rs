//! Convolutions of wide layers on a GPU as products of matrices, tile by tile, without the matrices.
//!
//! A workgroup owns a tile of the result. Strips of what it is made of pass through memory that the workgroup shares, each number of which is
//! fetched once for the whole tile; an invocation keeps a part of the tile in registers. Numbers travel in vectors of four channels.

use super::convolution::{Pictures, PicturesLaunch, pictures};
use super::{Problem, Queue};
use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::num_traits::Zero;
use cubecl::prelude::*;
use std::sync::atomic::{AtomicU8, Ordering};

/// Channels of a vector.
const LANES: usize = 4;
/// Invocations of a workgroup in a row of them, and rows.
const SIDE: usize = 16;
/// Vectors of channels of a strip.
const GROUPS: usize = 4;
/// Pixels that an invocation keeps.
const PIXELS: usize = 8;
/// Pixels of a tile.
const ROWS: usize = SIDE * PIXELS;
/// Pixels of a strip of the weight gradient.
const STRIP: usize = 16;
/// Workgroups that a weight gradient is split into, roughly: enough to fill a large GPU.
const WORKGROUPS: usize = 512;
/// Most numbers that partial sums may occupy (16 MiB).
const PARTIALS: usize = 4 << 20;

/// Which layers are convolved tile by tile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Tiles {
    /// Wide ones, on a card. An adapter in software has no memory that a workgroup shares and waits at each barrier: tiles take three times as
    /// long there.
    #[default]
    OnCards = 0,
    /// Wide ones, wherever.
    Always = 1,
    /// None.
    Never = 2,
}

static TILES: AtomicU8 = AtomicU8::new(Tiles::OnCards as u8);

/// Says which layers are convolved tile by tile from now on, in the whole process: for tests and comparisons.
pub fn set_tiles(tiles: Tiles) {
    TILES.store(tiles as u8, Ordering::Relaxed);
}

/// Whether a layer is convolved tile by tile: in thin ones a tile would be half empty.
pub(super) fn suits(queue: &Queue, inputs: usize, outputs: usize) -> bool {
    let fits = |channels: usize| channels >= 32 && channels.is_multiple_of(GROUPS * LANES);
    let there = match TILES.load(Ordering::Relaxed) {
        tiles if tiles == Tiles::OnCards as u8 => queue.is_a_card(),
        tiles => tiles == Tiles::Always as u8,
    };
    there && fits(inputs) && fits(outputs)
}

/// Where the source of a pixel for one tap begins, and whether it lies on the picture.
#[cube]
fn source_of(
    pixel: usize,
    tap: (usize, usize),
    sizes: &Pictures,
    #[comptime] padding: usize,
    #[comptime] stride: usize,
    #[comptime] transposed: bool,
) -> (usize, bool) {
    let (ky, kx) = tap;
    let line = pixel / sizes.target_width;
    let row = line % sizes.target_height;
    let col = pixel % sizes.target_width;
    let image = line / sizes.target_height;
    // Shifted by the padding, so that the numbers have no sign.
    let (y, x, before) = if comptime!(transposed) {
        (row + padding - ky, col + padding - kx, row + padding < ky || col + padding < kx)
    } else {
        let y = row * stride + ky;
        let x = col * stride + kx;
        (y - padding, x - padding, y < padding || x < padding)
    };
    let exists = image < sizes.batch;
    let inside = exists && !before && y < sizes.source_height && x < sizes.source_width;
    let start = ((image * sizes.source_height + y) * sizes.source_width + x) * sizes.source_channels;
    (select(inside, start, 0), inside)
}

/// `target[n, y, x, :]` for a tile of [`ROWS`] pixels and [`SIDE`] vectors of channels. Forwards the source lies at
/// `stride * y + tap - padding`; transposed, for stride 1, at `y + padding - tap`. `weight` is `[k * k * source channels, target channels]`.
#[cube(launch)]
fn collect<N: Size>(
    source: &[Vector<f32, N>],
    weight: &[Vector<f32, N>],
    target: &mut [Vector<f32, N>],
    sizes: &Pictures,
    #[comptime] kernel: usize,
    #[comptime] stride: usize,
    #[comptime] transposed: bool,
) {
    let padding = comptime!((kernel - 1) / 2);
    let unit = UNIT_POS as usize;
    let own_row = unit / SIDE;
    let own_column = unit % SIDE;
    let column_tiles = (sizes.target_channels + comptime!(SIDE - 1)) / SIDE;
    let pixels = sizes.batch * sizes.target_height * sizes.target_width;
    let first = (CUBE_POS / column_tiles) * ROWS;
    let column = (CUBE_POS % column_tiles) * SIDE;

    let mut left = Shared::<[Vector<f32, N>]>::new_slice(comptime!(ROWS * GROUPS));
    let mut right = Shared::<[Vector<f32, N>]>::new_slice(comptime!(GROUPS * LANES * SIDE));
    let mut sums = Array::<Vector<f32, N>>::new(PIXELS);
    #[unroll]
    for p in 0..PIXELS {
        sums[p] = Vector::zero();
    }
    // What an invocation fetches: a vector of two pixels of the source, and one of the weights.
    let pixel = unit / GROUPS;
    let group = unit % GROUPS;
    let other = pixel + comptime!(ROWS / 2);
    let from_column = column + own_column;
    let held = from_column < sizes.target_channels;
    for ky in 0..kernel {
        for kx in 0..kernel {
            let (start, inside) = source_of(first + pixel, (ky, kx), sizes, padding, stride, transposed);
            let (other_start, other_inside) = source_of(first + other, (ky, kx), sizes, padding, stride, transposed);
            let mask = Vector::<f32, N>::new(select(inside, 1.0f32, 0.0f32));
            let other_mask = Vector::<f32, N>::new(select(other_inside, 1.0f32, 0.0f32));
            let tap = (ky * kernel + kx) * sizes.source_channels * LANES;
            for channel in range_stepped(0, sizes.source_channels, GROUPS) {
                left[pixel * GROUPS + group] = source[start + channel + group] * mask;
                left[other * GROUPS + group] = source[other_start + channel + group] * other_mask;
                let row = tap + channel * LANES + own_row;
                let at = select(held, row * sizes.target_channels + from_column, 0);
                right[own_row * SIDE + own_column] = weight[at];
                sync_cube();
                #[unroll]
                for g in 0..GROUPS {
                    #[unroll]
                    for p in 0..PIXELS {
                        let value = left[(own_row * PIXELS + p) * GROUPS + g];
                        #[unroll]
                        for lane in 0..LANES {
                            sums[p] += Vector::new(value.extract(lane)) * right[(g * LANES + lane) * SIDE + own_column];
                        }
                    }
                }
                sync_cube();
            }
        }
    }
    if held {
        #[unroll]
        for p in 0..PIXELS {
            let pixel = first + own_row * PIXELS + p;
            if pixel < pixels {
                target[pixel * sizes.target_channels + from_column] = sums[p];
            }
        }
    }
}

/// Collects `target` from `source`, both `[N, H, W, C]`; `transposed`, of a stride of 1, for the gradient with respect to the input.
pub(super) fn gather(problem: Problem, [source, weight, target]: [CubeTensor; 3], transposed: bool) {
    let queue = Queue::of(&source);
    let [batch, height, width, channels] = target.meta.shape().dims();
    let tiles = (batch * height * width).div_ceil(ROWS) * (channels / LANES).div_ceil(SIDE);
    let (count, _) = queue.groups_of(tiles, 1);
    let sizes = pictures(&source, &target, [LANES; 2]);
    let [source, weight, target] = [source, weight, target].map(CubeTensor::into_buffer_arg);
    let size = CubeDim::new_1d((SIDE * SIDE) as u32);
    let (kernel, stride) = (problem.kernel, problem.stride);
    collect::launch(&queue.client, count, size, LANES, source, weight, target, sizes, kernel, stride, transposed);
}

/// Sizes of a weight gradient; channels in vectors.
#[derive(CubeLaunch, CubeType)]
struct Chunks {
    pixels_per_chunk: usize,
    chunks: usize,
}

/// Partial sums `[chunks, k * k * In, Out]` of `x` times `gradient` over the pixels of a chunk: a workgroup takes [`SIDE`] vectors of rows
/// and as many of columns. The source of `sizes` is `x`, its target the gradient.
#[cube(launch)]
fn multiply<N: Size>(
    x: &[Vector<f32, N>],
    gradient: &[Vector<f32, N>],
    partials: &mut [Vector<f32, N>],
    sizes: &Pictures,
    chunking: &Chunks,
    #[comptime] kernel: usize,
    #[comptime] stride: usize,
) {
    let padding = comptime!((kernel - 1) / 2);
    let unit = UNIT_POS as usize;
    let own_row = unit / SIDE;
    let own_column = unit % SIDE;
    let rows = comptime!(kernel * kernel) * sizes.source_channels;
    let row_tiles = (rows + comptime!(SIDE - 1)) / SIDE;
    let column_tiles = (sizes.target_channels + comptime!(SIDE - 1)) / SIDE;
    let column = (CUBE_POS % column_tiles) * SIDE;
    let row = ((CUBE_POS / column_tiles) % row_tiles) * SIDE;
    let chunk = CUBE_POS / column_tiles / row_tiles;
    let pixels = sizes.batch * sizes.target_height * sizes.target_width;
    let begin = chunk * chunking.pixels_per_chunk;
    let end = min(begin + chunking.pixels_per_chunk, pixels);

    let mut left = Shared::<[Vector<f32, N>]>::new_slice(comptime!(STRIP * SIDE));
    let mut right = Shared::<[Vector<f32, N>]>::new_slice(comptime!(STRIP * SIDE));
    let mut sums = Array::<Vector<f32, N>>::new(LANES);
    #[unroll]
    for lane in 0..LANES {
        sums[lane] = Vector::zero();
    }
    // An invocation fetches the vectors of one column of both, of one pixel of each strip.
    let from_row = row + own_column;
    let from_column = column + own_column;
    let row_held = from_row < rows;
    let column_held = from_column < sizes.target_channels;
    let tap = from_row / sizes.source_channels;
    let channel = from_row % sizes.source_channels;
    let ky = tap / kernel;
    let kx = tap % kernel;
    for first in range_stepped(0, chunking.pixels_per_chunk, STRIP) {
        let pixel = begin + first + own_row;
        let there = pixel < end;
        let (start, inside) = source_of(pixel, (ky, kx), sizes, padding, stride, false);
        let mask = Vector::<f32, N>::new(select(inside && row_held && there, 1.0f32, 0.0f32));
        left[own_row * SIDE + own_column] = x[select(inside && row_held, start + channel, 0)] * mask;
        let mask = Vector::<f32, N>::new(select(there && column_held, 1.0f32, 0.0f32));
        let at = select(there && column_held, pixel * sizes.target_channels + from_column, 0);
        right[own_row * SIDE + own_column] = gradient[at] * mask;
        sync_cube();
        #[unroll]
        for at in 0..STRIP {
            let value = left[at * SIDE + own_row];
            let above = right[at * SIDE + own_column];
            #[unroll]
            for lane in 0..LANES {
                sums[lane] += Vector::new(value.extract(lane)) * above;
            }
        }
        sync_cube();
    }
    if column_held && row + own_row < rows && chunk < chunking.chunks {
        let to = (chunk * rows + row + own_row) * LANES;
        #[unroll]
        for lane in 0..LANES {
            partials[(to + lane) * sizes.target_channels + from_column] = sums[lane];
        }
    }
}

/// Partial sums `[chunks, k * k * In, Out]` of the weight gradient, and how many chunks there are.
pub(super) fn partial_gradients(problem: Problem, x: CubeTensor, gradient: CubeTensor) -> (CubeTensor, usize) {
    let queue = Queue::of(&x);
    let Problem { batch, height, width, inputs, outputs, kernel, stride } = problem;
    let (from, to) = (inputs / LANES, outputs / LANES);
    let numbers = kernel * kernel * inputs * outputs;
    let tiles = (kernel * kernel * from).div_ceil(SIDE) * to.div_ceil(SIDE);
    let pixels = batch * problem.out_height() * problem.out_width();
    let wanted = WORKGROUPS.div_ceil(tiles).min(PARTIALS / numbers).clamp(1, pixels.div_ceil(STRIP));
    let pixels_per_chunk = pixels.div_ceil(wanted).next_multiple_of(STRIP);
    let chunks = pixels.div_ceil(pixels_per_chunk);
    let partials = queue.empty([chunks, kernel * kernel * inputs, outputs]);
    let (count, _) = queue.groups_of(chunks * tiles, 1);
    let size = CubeDim::new_1d((SIDE * SIDE) as u32);
    let sizes = PicturesLaunch::new(batch, height, width, from, problem.out_height(), problem.out_width(), to);
    let chunking = ChunksLaunch::new(pixels_per_chunk, chunks);
    let [x, gradient] = [x, gradient].map(CubeTensor::into_buffer_arg);
    let into = partials.clone().into_buffer_arg();
    multiply::launch(&queue.client, count, size, LANES, x, gradient, into, sizes, chunking, kernel, stride);
    (partials, chunks)
}
