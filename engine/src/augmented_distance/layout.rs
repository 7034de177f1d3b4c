//! The layout of the views that are compared: how they are cut into blocks, and which blocks are in memory.

use super::fault::Unmeasured;
use augsphere_kernels::{ROW, parallel, squared_gap};
use std::ops::Range;

/// How many views each image has, and how many values a view. Views are counted over all images, image by image.
#[derive(Clone, Debug)]
pub struct ViewLayout {
    dimension: usize,
    /// Where the views of each image begin, and the end.
    starts: Vec<usize>,
}

impl ViewLayout {
    /// Images with `views[i]` views of `dimension` values each.
    ///
    /// # Errors
    /// If there are no images, no values, or an image without views.
    pub fn new(dimension: usize, views: &[usize]) -> Result<Self, Unmeasured> {
        if views.is_empty() {
            return Err(Unmeasured::NoImages);
        }
        if dimension == 0 {
            return Err(Unmeasured::NoValues);
        }
        if let Some(image) = views.iter().position(|count| *count == 0) {
            return Err(Unmeasured::NoViews { image });
        }
        let mut starts = vec![0];
        starts.extend(views.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        }));
        Ok(Self { dimension, starts })
    }

    /// `images` images with as many views each.
    ///
    /// # Errors
    /// As [`ViewLayout::new`].
    pub fn even(images: usize, views: usize, dimension: usize) -> Result<Self, Unmeasured> {
        Self::new(dimension, &vec![views; images])
    }

    /// Values of a view.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many images.
    pub fn images(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many views of all images together.
    pub fn views(&self) -> usize {
        self.starts[self.images()]
    }

    /// The views of one image.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn of(&self, image: usize) -> Range<usize> {
        self.starts[image]..self.starts[image + 1]
    }

    /// Image and view within it of a view counted over all images.
    pub fn owner(&self, view: usize) -> (usize, usize) {
        let image = self.starts.partition_point(|start| *start <= view) - 1;
        (image, view - self.starts[image])
    }

    /// The most views that an image has.
    pub fn most(&self) -> usize {
        (0..self.images()).map(|image| self.of(image).len()).max().unwrap_or(0)
    }

    /// Cuts views into ranges of at most `most`: of whole images where an image fits.
    pub(super) fn cut(&self, views: Range<usize>, most: usize) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for part in self.parts(views) {
            let part = part.views;
            match ranges.last_mut() {
                Some(last) if last.len() + part.len() <= most => last.end = part.end,
                _ => ranges.extend(part.clone().step_by(most).map(|start| start..part.end.min(start + most))),
            }
        }
        ranges
    }

    /// The images that have views in a range, each with those.
    pub(super) fn parts(&self, views: Range<usize>) -> Vec<Part> {
        let first = self.owner(views.start).0;
        let within = |image: usize| self.of(image).start.max(views.start)..self.of(image).end.min(views.end);
        let part = |image: usize| {
            let views = within(image);
            Part { image, start: self.starts[image], whole: views == self.of(image), views }
        };
        let parts = (first..self.images()).map(part);
        parts.take_while(|part| part.views.start < views.end).collect()
    }
}

/// Some views of one image.
pub(super) struct Part {
    pub image: usize,
    /// Counted over all images.
    pub views: Range<usize>,
    /// The image's first view.
    pub start: usize,
    /// Whether these are all of its views.
    pub whole: bool,
}

/// Views that are centred at a time.
const JOB: usize = 64;

/// Views in memory: centred, as rows that are filled up with zeros.
pub(super) struct Block {
    pub views: Range<usize>,
    /// Floats of a row.
    pub depth: usize,
    rows: Vec<f32>,
    /// Where the rows begin: at a cache line.
    from: usize,
    /// Squared length of each row.
    pub squares: Vec<f32>,
    /// The first view of the same image that is equal to it.
    pub same: Vec<u32>,
}

impl Block {
    /// The rows of some of its views.
    pub fn rows(&self, views: &Range<usize>) -> &[f32] {
        let at = |view: usize| self.from + (view - self.views.start) * self.depth;
        &self.rows[at(views.start)..at(views.end)]
    }

    /// The row of one view.
    pub fn row(&self, view: usize) -> &[f32] {
        self.rows(&(view..view + 1))
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        4 * (self.rows.len() + 2 * self.squares.len())
    }
}

/// Floats of a row of this many values.
pub(super) fn depth(dimension: usize) -> usize {
    dimension.next_multiple_of(ROW)
}

/// Centres views as they come: small numbers lose less when large ones cancel.
pub(super) struct Filling {
    mean: Option<Vec<f32>>,
}

impl Filling {
    pub fn new() -> Self {
        Self { mean: None }
    }

    /// A block from the numbers of its views, row by row.
    pub fn block(&mut self, layout: &ViewLayout, views: Range<usize>, values: &[f32]) -> Result<Block, Unmeasured> {
        let dimension = layout.dimension();
        if values.len() != views.len() * dimension {
            let (expected, found) = (views.len() * dimension, values.len());
            return Err(Unmeasured::WrongLength { from: views.start, to: views.end, expected, found });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let (image, view) = layout.owner(views.start + at / dimension);
            return Err(Unmeasured::NotFinite { image, view, value: values[at] });
        }
        let mean = self.mean.get_or_insert_with(|| mean(values, dimension));
        let depth = depth(dimension);
        let mut rows = vec![0.0f32; views.len() * depth + ROW];
        let from = rows.as_ptr().align_offset(4 * ROW).min(ROW);
        let mut squares = vec![0.0; views.len()];
        let jobs = rows[from..].chunks_mut(JOB * depth).zip(values.chunks(JOB * dimension)).zip(squares.chunks_mut(JOB));
        parallel::for_each(jobs, |((rows, values), squares)| {
            centre((rows, depth), (values, dimension), mean, squares);
        });
        let mut block = Block { views: views.clone(), depth, rows, from, squares, same: Vec::new() };
        block.same = views.clone().map(|view| first_same(layout, &block, view)).collect();
        Ok(block)
    }
}

/// Rows less their mean, and their squared lengths.
fn centre((rows, depth): (&mut [f32], usize), (values, dimension): (&[f32], usize), mean: &[f32], squares: &mut [f32]) {
    let zeros = vec![0.0; depth];
    for ((row, values), square) in rows.chunks_exact_mut(depth).zip(values.chunks_exact(dimension)).zip(squares) {
        for ((row, value), mean) in row.iter_mut().zip(values).zip(mean) {
            *row = value - mean;
        }
        *square = squared_gap(row, &zeros) as f32;
    }
}

/// The first view in the block that belongs to the same image and is equal.
fn first_same(layout: &ViewLayout, block: &Block, view: usize) -> u32 {
    let square = |view: usize| block.squares[view - block.views.start];
    let start = view - layout.owner(view).1;
    let before = start.max(block.views.start)..view;
    let equal = |other: &usize| square(*other) == square(view) && block.row(*other) == block.row(view);
    before.into_iter().find(equal).unwrap_or(view) as u32
}

fn mean(values: &[f32], dimension: usize) -> Vec<f32> {
    let mut sums = vec![0.0f64; dimension];
    for row in values.chunks_exact(dimension) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let rows = (values.len() / dimension) as f64;
    sums.iter().map(|sum| (sum / rows) as f32).collect()
}
