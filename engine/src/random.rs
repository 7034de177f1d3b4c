//! The random numbers of an experiment.
//!
//! From one seed, split into independent streams: one for each [`Purpose`] and index. A stream depends on nothing
//! else, so drawing more weights never changes a batch, and image 7 is the same however many images there are.
//! [`RngExt`] turns the bits into numbers with additions, multiplications and comparisons only: no function of the
//! platform's mathematics library is involved, so a browser and a terminal draw the same bits.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream is used for. The numbers are part of what a seed means: never renumber them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights.
    Weights = 1,
    /// Images that the engine draws itself.
    Shapes = 2,
    /// The order of the training images.
    Batches = 3,
    /// Augmentations of training images.
    Augmentations = 4,
    /// Random projections and directions.
    Projection = 5,
    /// The strip that shows an image and its views.
    Preview = 6,
    /// Subsets and draws of the measures.
    Measures = 7,
    /// Numbers that compare one device with another.
    SelfTest = 8,
    /// What stands in a queue before real embeddings do.
    Queue = 9,
    /// Labels that are offered beside the true one.
    Candidates = 10,
    /// Views whose distances are measured.
    Distances = 11,
    /// Views of training images over which a pixel mean is taken; the index is the step.
    MeanViews = 12,
    /// Views over which the measures take pixel means and mean features; the index is twice the image, plus 1 if it is not trained on.
    MeasuredMeans = 13,
    /// The order in which a momentum encoder takes the images of a batch; the index is the step.
    ShuffledKeys = 14,
    /// Which training images of an archive are set aside for validation.
    Validation = 15,
}

/// The stream of `seed` for `purpose` and `index`: same arguments, same numbers, on every platform.
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    let words = [seed, purpose as u64, index, u64::from_le_bytes(*b"augspher")];
    for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// Numbers from a stream, the same on every platform.
pub trait RngExt {
    /// Uniform in `[0, 1)`, a multiple of 2^-24.
    fn uniform(&mut self) -> f32;

    /// Uniform between `low` and `high`.
    fn between(&mut self, low: f32, high: f32) -> f32;

    /// Uniform in `0..bound`; 0 if `bound` is 0 or 1.
    fn below(&mut self, bound: u32) -> u32;

    /// `true` with this probability: always at 1, never at 0.
    fn chance(&mut self, probability: f32) -> bool;

    /// Standard normal.
    fn normal(&mut self) -> f32;

    /// Puts `items` into a uniformly random order (Fisher and Yates).
    ///
    /// # Panics
    /// If there are more than 2^32 - 1 items.
    fn shuffle<T>(&mut self, items: &mut [T]);
}

impl<R: Rng> RngExt for R {
    fn uniform(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / 16_777_216.0
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }

    fn below(&mut self, bound: u32) -> u32 {
        // Lemire 2019: the high half of a product is uniform once the few low halves that would favour some are drawn again.
        let favoured = if bound == 0 { 0 } else { bound.wrapping_neg() % bound };
        loop {
            let product = u64::from(self.next_u32()) * u64::from(bound);
            if product as u32 >= favoured {
                return (product >> 32) as u32;
            }
        }
    }

    fn chance(&mut self, probability: f32) -> bool {
        self.uniform() < probability
    }

    /// Karney 2016 (arXiv:1303.6257), algorithm N, with comparisons of uniform numbers instead of logarithms and cosines.
    fn normal(&mut self) -> f32 {
        const EXP_MINUS_HALF: f32 = 0.606_530_66;
        loop {
            let mut whole = 0u16;
            while self.chance(EXP_MINUS_HALF) {
                whole += 1;
            }
            let kept = u32::from(whole) * u32::from(whole.saturating_sub(1));
            if !(0..kept).all(|_| self.chance(EXP_MINUS_HALF)) {
                continue;
            }
            let (steps, part) = (f32::from(whole), self.uniform());
            let exponent = part * (2.0 * steps + part) / (2.0 * steps + 2.0);
            if (0..=whole).all(|_| decays(self, exponent)) {
                let size = steps + part;
                return if self.next_u32() & 1 == 0 { size } else { -size };
            }
        }
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let bound = u32::try_from(last + 1).expect("a shuffled list has fewer than 2^32 items");
            items.swap(last, self.below(bound) as usize);
        }
    }
}

/// `true` with probability `exp(-exponent)` for an exponent in 0..=1 (von Neumann: whether a falling run of uniform
/// numbers that starts below the exponent has even length).
fn decays(source: &mut impl Rng, exponent: f32) -> bool {
    let (mut even, mut last) = (true, exponent);
    loop {
        let next = source.uniform();
        if next >= last {
            return even;
        }
        (even, last) = (!even, next);
    }
}
