//! The comparison of two blocks of views on a GPU.
//!
//! The inner products and the smallest of each two images are tensor operations; what comes back is, for each two images,
//! a few smallest numbers and where they stand. The distances of those are then computed exactly on the host.

use super::host;
use super::layout::{Block, Part, ViewLayout};
use super::nearest::{Exact, Found, Seen};
use crate::nn::product;
use crate::readback::read;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// How many of the smallest numbers of two images come back. If all of them may be the smallest, the two images are
/// compared anew on the host.
const CANDIDATES: usize = 4;

/// Stands for a view that an image does not have; far above any squared distance, and far from overflow.
const ABSENT: f32 = 1e30;

/// Numbers of 32 bits that the device holds for each two views: products, distances and their copies on the way.
pub(super) const TEMPORARIES: usize = 8;

/// A GPU, and the blocks that it holds.
pub(super) struct Gpu {
    device: Device,
    /// By their first view.
    held: Vec<(usize, Uploaded)>,
}

/// A block on the device.
#[derive(Clone)]
struct Uploaded {
    /// `[images * most, depth]`.
    rows: Tensor<2>,
    /// `[images * most]`.
    squares: Tensor<1>,
    images: usize,
}

impl Gpu {
    pub fn new(device: Device) -> Self {
        Self { device, held: Vec::new() }
    }

    /// Lets go of a block.
    pub fn forget(&mut self, block: &Block) {
        self.held.retain(|(start, _)| *start != block.views.start);
    }

    /// The block on the device: it is sent there once.
    fn upload(&mut self, block: &Block, parts: &[Part], most: usize) -> Uploaded {
        if let Some((_, uploaded)) = self.held.iter().find(|(start, _)| *start == block.views.start) {
            return uploaded.clone();
        }
        let uploaded = upload(block, parts, most, &self.device);
        self.held.push((block.views.start, uploaded.clone()));
        uploaded
    }
}

/// Compares all views of one block with all of another, both of whole images; returns the multiplications.
///
/// # Errors
/// What the device says.
pub(super) async fn compare(
    layout: &ViewLayout,
    gpu: &mut Gpu,
    (a, b): (&Block, &Block),
    levels: &[usize],
    mut take: impl FnMut(&Seen),
) -> Result<u64, String> {
    let most = layout.most();
    let (first, second) = (layout.parts(a.views.clone()), layout.parts(b.views.clone()));
    let (left, right) = (gpu.upload(a, &first, most), gpu.upload(b, &second, most));
    let work = [right.images, most, most, layout.dimension()].iter().fold(left.images as u64, |work, by| work * *by as u64);
    let answers = smallest(&left, &right, most, levels);
    let answers = read(answers).await?;
    // For each level CANDIDATES numbers and CANDIDATES indices of each two images.
    let per_level: Vec<&[Vec<f32>]> = answers.chunks(2 * CANDIDATES).collect();
    let mut exact = Exact::new(a, b);
    for (row, first) in first.iter().enumerate() {
        for (column, second) in second.iter().enumerate().filter(|(_, second)| first.image < second.image) {
            exact.forget();
            let at = row * right.images + column;
            let terms = a.depth as f32;
            let mut found = Vec::new();
            for (level, answers) in levels.iter().zip(&per_level) {
                let tolerance = exact.tolerance(&first.views, &second.views, terms);
                found.push(settle(&mut exact, answers, at, *level, (first, second), tolerance));
            }
            let seen = match found.into_iter().collect::<Option<Vec<Found>>>() {
                Some(found) => seen((first.image, second.image), &found),
                None => host::pair(layout, a, b, (first.image, second.image), levels).ok_or("two images are compared")?,
            };
            take(&seen);
        }
    }
    Ok(work)
}

fn seen(images: (usize, usize), found: &[Found]) -> Seen {
    let (last, lower) = found.split_last().expect("there is a level");
    Seen { images, found: *last, lower: lower.iter().map(|found| found.square as f32).collect() }
}

fn upload(block: &Block, parts: &[Part], most: usize, device: &Device) -> Uploaded {
    let mut rows = Vec::with_capacity(parts.len() * most * block.depth);
    let mut squares = Vec::with_capacity(parts.len() * most);
    for (index, part) in parts.iter().enumerate() {
        rows.extend_from_slice(block.rows(&part.views));
        rows.resize((index + 1) * most * block.depth, 0.0);
        squares.extend(part.views.clone().map(|view| block.squares[view - block.views.start]));
        squares.resize((index + 1) * most, ABSENT);
    }
    Uploaded {
        rows: Tensor::from_data(TensorData::new(rows, [parts.len() * most, block.depth]), device),
        squares: Tensor::from_data(TensorData::new(squares, [parts.len() * most]), device),
        images: parts.len(),
    }
}

/// For each level the smallest squared distances of each two images, then their indices `view * level + view`.
fn smallest(left: &Uploaded, right: &Uploaded, most: usize, levels: &[usize]) -> Vec<Tensor<1>> {
    let (rows, columns) = (left.images, right.images);
    let products = product(left.rows.clone(), right.rows.clone().transpose());
    let lengths = left.squares.clone().reshape([rows * most, 1]) + right.squares.clone().reshape([1, columns * most]);
    let distances = (lengths - products * 2.0).reshape([rows, most, columns, most]);
    let mut answers = Vec::new();
    for &level in levels {
        let within = distances.clone().narrow(1, 0, level).narrow(3, 0, level).permute([0, 2, 1, 3]);
        let mut within = within.reshape([rows * columns, level * level]);
        let indices = Tensor::<1, Int>::arange(0..(level * level) as i64, &within.device()).reshape([1, level * level]);
        let (mut numbers, mut at) = (Vec::new(), Vec::new());
        for _ in 0..CANDIDATES {
            let (number, index) = within.clone().min_dim_with_indices(1);
            let taken = indices
                .clone()
                .expand([rows * columns, level * level])
                .equal(index.clone().expand([rows * columns, level * level]));
            within = within.mask_fill(taken, 2.0 * ABSENT);
            numbers.push(number.reshape([rows * columns]));
            at.push(index.float().reshape([rows * columns]));
        }
        answers.append(&mut numbers);
        answers.append(&mut at);
    }
    answers
}

/// The closest views among the candidates; `None` if there may be more of them than came back, or if the device computes
/// less precisely than 32 bits allow.
fn settle(
    exact: &mut Exact,
    answers: &[Vec<f32>],
    at: usize,
    level: usize,
    (first, second): (&Part, &Part),
    tolerance: f32,
) -> Option<Found> {
    let (numbers, indices) = answers.split_at(CANDIDATES);
    let bound = numbers[0][at] + tolerance;
    let all = level.min(first.views.len()) * level.min(second.views.len());
    if all > CANDIDATES && numbers[CANDIDATES - 1][at] <= bound {
        return None;
    }
    let mut candidates = Vec::new();
    for (number, indices) in numbers.iter().zip(indices).filter(|(number, _)| number[at] <= bound).take(all) {
        let (a, b) = (indices[at] as usize / level, indices[at] as usize % level);
        let square = exact.square(first.start + a, second.start + b);
        if (square as f32 - number[at]).abs() > tolerance {
            return None;
        }
        candidates.push((square, (a as u32, b as u32)));
    }
    candidates.sort_by_key(|(_, views)| *views);
    Some(Found::among(&candidates))
}
