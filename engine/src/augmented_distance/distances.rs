//! What is known of the distances of images: tables, and which views they come from.

use super::matrix::{DistanceMatrix, index_of};
use super::nearest::Found;

/// Distances of images under augmentation, and which views they come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Distances {
    pub(super) dimension: usize,
    /// Of each pair of images, in the order of the upper triangle.
    pub(super) found: Vec<Found>,
    pub(super) levels: Vec<usize>,
    /// One for each level.
    pub(super) tables: Vec<DistanceMatrix>,
    pub(super) multiply_adds: u64,
    pub(super) peak: usize,
}

/// The closest views of two images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closest {
    /// View of the first image, from 0.
    pub first: usize,
    /// View of the second image, from 0.
    pub second: usize,
    /// How many pairs of views are as close, this one included; the lowest is given.
    pub ties: usize,
}

impl Distances {
    /// How many images.
    pub fn images(&self) -> usize {
        self.table().side()
    }

    /// Values of a view.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The distances of all images, from all views.
    pub fn table(&self) -> &DistanceMatrix {
        self.tables.last().expect("there is a level")
    }

    /// The distances from the first view of each image alone: of the images themselves, where these come first.
    pub fn plain(&self) -> &DistanceMatrix {
        self.tables.first().expect("there is a level")
    }

    /// The distance of two images: Euclidean, of pixels from 0 to 1; 0 of an image to itself.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn get(&self, i: usize, j: usize) -> f32 {
        self.table().get(i, j)
    }

    /// A distance of this table as root mean square per value, from 0 to 1: divided by the root of the dimension.
    pub fn per_value(&self, distance: f32) -> f32 {
        distance / (self.dimension as f32).sqrt()
    }

    /// The views of `i` and `j` that are closest. Of an image to itself: its first view, alone.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn closest(&self, i: usize, j: usize) -> Closest {
        let images = self.images();
        assert!(i < images && j < images, "{images} images");
        if i == j {
            return Closest { first: 0, second: 0, ties: 1 };
        }
        let found = self.found[index_of(images, i.min(j), i.max(j))];
        let (low, high) = (found.views.0 as usize, found.views.1 as usize);
        let (first, second) = if i < j { (low, high) } else { (high, low) };
        Closest { first, second, ties: found.ties as usize }
    }

    /// Numbers of views, in order, whose distances are known: 1, 2, 4 and so on, and all.
    pub fn levels(&self) -> &[usize] {
        &self.levels
    }

    /// The distances from the first `views` views of each image only; `None` if that is not one of the levels.
    pub fn at_level(&self, views: usize) -> Option<&DistanceMatrix> {
        self.levels.iter().position(|level| *level == views).map(|at| &self.tables[at])
    }

    /// Multiplications with addition that were done.
    pub fn multiply_adds(&self) -> u64 {
        self.multiply_adds
    }

    /// Bytes of views and of what was computed of them, at the most at one time.
    pub fn peak(&self) -> usize {
        self.peak
    }
}
