//! A sample of the views that a policy can make of some images.
//!
//! First the image itself, then the variants that can be listed (mirrored, grey and so on), then random views. View `k` of
//! an image depends on the seed, the image and `k` only: more views keep those that there were, and policies with one seed
//! share the random numbers of the augmentations that they have in common.

use super::fault::Unmeasured;
use super::layout::ViewLayout;
use crate::augmentations::{Pair, Params, Policy};
use crate::datasets::Images;
use crate::random::{Purpose, stream};
use std::ops::Range;

/// Views of an image that are listed rather than drawn, at most: the image itself and the first few variants. More of them would
/// leave a policy with many variants less room for drawn views than others have, and policies are compared at equal views.
const LISTED: usize = 4;

/// A policy of a view, with what of it can be listed.
pub struct Side<'a> {
    /// How a view is made.
    pub policy: &'a Policy,
    /// Draws that leave an image as it is: one an augmentation.
    pub original: Vec<Params>,
    /// Draws of variants that are worth listing; that of the image itself is passed over.
    pub variants: Vec<Vec<Params>>,
}

impl<'a> Side<'a> {
    /// All of a policy.
    pub fn of(policy: &'a Policy) -> Self {
        Self { policy, original: policy.original(), variants: policy.variants() }
    }
}

/// Views of some images.
pub struct Sample<'a> {
    images: &'a Images,
    rows: Vec<usize>,
    views: usize,
    seed: u64,
    sides: Vec<Side<'a>>,
    /// Listed views: which side makes them, and how.
    listed: Vec<(usize, Vec<Params>)>,
}

impl<'a> Sample<'a> {
    /// `views` views each of the images `rows`, for the policies of one view or of two: with two, views are drawn from them
    /// in turn, since an image's views are those of either.
    ///
    /// # Errors
    /// If there are no rows, no views, or no policy.
    ///
    /// # Panics
    /// If a row lies beyond the images.
    pub fn new(images: &'a Images, rows: &[usize], views: usize, seed: u64, sides: Vec<Side<'a>>) -> Result<Self, Unmeasured> {
        ViewLayout::even(rows.len(), views, images.stride())?;
        assert!(rows.iter().all(|row| *row < images.len()), "rows of the images");
        let first = sides.first().ok_or(Unmeasured::NoViews { image: 0 })?;
        let mut listed = vec![(0, first.original.clone())];
        for (at, side) in sides.iter().enumerate() {
            for draws in side.variants.iter().filter(|draws| **draws != side.original) {
                // Both policies may know the same variant.
                if listed.iter().all(|(_, known)| known != draws) {
                    listed.push((at, draws.clone()));
                }
            }
        }
        listed.truncate(views.min(LISTED));
        Ok(Self { images, rows: rows.to_vec(), views, seed, sides, listed })
    }

    /// The views that the first and the second view's policies make of the images `rows`.
    ///
    /// # Errors
    /// As [`Sample::new`].
    ///
    /// # Panics
    /// As [`Sample::new`].
    pub fn of(images: &'a Images, rows: &[usize], views: usize, seed: u64, pair: &'a Pair) -> Result<Self, Unmeasured> {
        Self::new(images, rows, views, seed, pair.policies().into_iter().map(Side::of).collect())
    }

    /// The shape of these views.
    pub fn layout(&self) -> ViewLayout {
        ViewLayout::even(self.rows.len(), self.views, self.images.stride()).expect("checked when it was made")
    }

    /// Views at the head of each image that are not random: the image itself and listed variants.
    pub fn listed(&self) -> usize {
        self.listed.len()
    }

    /// How many transforms without a random number there are, the identity included, and how many random numbers a view has at most.
    pub fn transforms(&self) -> (usize, usize) {
        let discrete = 1 + self.sides.iter().map(|side| side.variants.len()).sum::<usize>();
        let mut most: Vec<Vec<usize>> = self.sides.iter().map(|side| vec![0; side.original.len()]).collect();
        for (side, draws) in (0..self.rows.len() * self.views).map(|view| self.draw(view / self.views, view % self.views)) {
            for (most, draw) in most[side].iter_mut().zip(draws) {
                *most = (*most).max(draw.continuous(self.images.side));
            }
        }
        (discrete, most.iter().map(|side| side.iter().sum()).max().unwrap_or(0))
    }

    /// How view `view` of image `image` (an index into the rows) is made: the policy's number, and its draws.
    pub fn draw(&self, image: usize, view: usize) -> (usize, Vec<Params>) {
        if let Some(listed) = self.listed.get(view) {
            return listed.clone();
        }
        let side = view % self.sides.len();
        // The numbers of a view must not depend on how many views are listed, which differs between policies.
        let index = ((self.rows[image] as u64) << 32) | view as u64;
        let mut rng = stream(self.seed, Purpose::Distances, index);
        (side, self.sides[side].policy.draw(&mut rng, self.images.side))
    }

    /// What was done to a view, for people.
    pub fn words(&self, image: usize, view: usize) -> String {
        let (side, draws) = self.draw(image, view);
        self.sides[side].policy.words(&draws)
    }

    /// The pixels of views, counted over all images, in [0, 1]: `[views.len(), side, side, 3]`.
    pub fn pixels(&self, views: Range<usize>) -> Vec<f32> {
        let stride = self.images.stride();
        let drawn: Vec<(usize, (usize, Vec<Params>))> = views
            .clone()
            .map(|view| (view / self.views, view % self.views))
            .map(|(image, view)| (image, self.draw(image, view)))
            .collect();
        if self.sides.len() == 1 {
            let (rows, draws): (Vec<usize>, Vec<Vec<Params>>) =
                drawn.into_iter().map(|(image, (_, draws))| (self.rows[image], draws)).unzip();
            return self.sides[0].policy.views(self.images, &rows, &draws, [0.0; 3], [1.0; 3]);
        }
        let mut pixels = vec![0.0; views.len() * stride];
        for (at, side) in self.sides.iter().enumerate() {
            let own: Vec<usize> = (0..drawn.len()).filter(|index| drawn[*index].1.0 == at).collect();
            let rows: Vec<usize> = own.iter().map(|index| self.rows[drawn[*index].0]).collect();
            let draws: Vec<Vec<Params>> = own.iter().map(|index| drawn[*index].1.1.clone()).collect();
            let made = side.policy.views(self.images, &rows, &draws, [0.0; 3], [1.0; 3]);
            for (index, made) in own.iter().zip(made.chunks_exact(stride)) {
                pixels[index * stride..][..stride].copy_from_slice(made);
            }
        }
        pixels
    }
}
