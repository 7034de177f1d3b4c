//! The images that stand for their classes.

use super::fault::Unmeasured;
use crate::datasets::Images;
use crate::random::{Purpose, RngExt as _, stream};

/// Images of some classes, class by class.
#[derive(Clone, Debug, PartialEq)]
pub struct Subset {
    /// Which image each is.
    pub rows: Vec<usize>,
    /// The class of each.
    pub classes: Vec<usize>,
    /// For each chosen class, the indices of its images in `rows`.
    pub members: Vec<Vec<usize>>,
}

/// Up to `each` images of each of `classes`: the first ones with seed 0, others with another seed.
///
/// # Errors
/// If no class is named, or one has no images, or none of each are asked for.
pub fn choose(images: &Images, classes: &[usize], each: usize, seed: u64) -> Result<Subset, Unmeasured> {
    choose_among(&images.labels, classes, each, seed)
}

/// The same among images with these classes, one a label: the rows are places in `labels`.
///
/// # Errors
/// As [`choose`].
pub fn choose_among(labels: &[u8], classes: &[usize], each: usize, seed: u64) -> Result<Subset, Unmeasured> {
    if classes.is_empty() {
        return Err(Unmeasured::NoImages);
    }
    let mut chosen = Subset { rows: Vec::new(), classes: Vec::new(), members: Vec::new() };
    for &class in classes {
        let mut own: Vec<usize> = (0..labels.len()).filter(|row| usize::from(labels[*row]) == class).collect();
        if seed != 0 {
            stream(seed, Purpose::Distances, u64::MAX - class as u64).shuffle(&mut own);
        }
        own.truncate(each);
        if own.is_empty() {
            return Err(Unmeasured::EmptyClass { class });
        }
        chosen.members.push((chosen.rows.len()..chosen.rows.len() + own.len()).collect());
        chosen.classes.extend(std::iter::repeat_n(class, own.len()));
        chosen.rows.extend(own);
    }
    Ok(chosen)
}
