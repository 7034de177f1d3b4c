//! Views of some validation images of a run, and their distances: what pictures of augmented distances share.

use crate::augmentations::Pair;
use crate::augmented_distance::{DistanceJob, DistanceMatrix, Distances, LIMIT, Sample, Subset, Unmeasured, choose_among};
use crate::concentration::{BUDGET, delta};
use crate::datasets::Images;
use crate::pace::Pace;
use crate::pictures::{RunSource, Trouble};
use augsphere_spec::{Fault, Knobs};

/// Why there are no distances, and what helps, as a picture says it.
pub(in crate::pictures) fn trouble(why: Unmeasured) -> Trouble {
    let fault = Fault::from(why);
    Trouble::Nothing(format!("Distances cannot be measured: {}. {}", fault.what, fault.remedy))
}

/// The classes with at least one of these labels, rising, the first `most` of them, one at least.
pub(in crate::pictures) fn classes(labels: &[u8], most: usize) -> Vec<usize> {
    let mut classes: Vec<usize> = labels.iter().copied().map(usize::from).collect();
    classes.sort_unstable();
    classes.dedup();
    classes.truncate(most.max(1));
    classes
}

/// The images that the knobs `classes`, `images` (of each class) and `draw` ask for, among those with these labels.
pub(in crate::pictures) fn chosen(labels: &[u8], knobs: &Knobs) -> Result<Subset, Trouble> {
    let classes = classes(labels, knobs.count("classes"));
    choose_among(labels, &classes, knobs.count("images").max(1), knobs.count("draw") as u64).map_err(trouble)
}

/// The seed of the views that the knob `draw` asks for.
pub(in crate::pictures) fn seed(run: &RunSource, knobs: &Knobs) -> u64 {
    run.experiment.seed.wrapping_add(knobs.count("draw") as u64)
}

/// As many views of each of the images `rows` as the knob `views` says, of the policies of `pair`.
pub(in crate::pictures) fn sample<'a>(
    images: &'a Images,
    rows: &[usize],
    (seed, knobs): (u64, &Knobs),
    pair: &'a Pair,
) -> Result<Sample<'a>, Trouble> {
    Sample::of(images, rows, knobs.count("views").max(1), seed, pair).map_err(trouble)
}

/// The distances of all images of a sample, measured on the CPU: so that every device shows the same.
pub(in crate::pictures) async fn distances(sample: &Sample<'_>, pace: &Pace) -> Result<Distances, Trouble> {
    let job = DistanceJob::on_host(sample.layout(), LIMIT);
    job.paced("Comparing views".into(), &mut |views| sample.pixels(views), pace).await.map_err(trouble)
}

/// The distance up to which two images count as close: what the knob `delta` says, or, where that is below 0, the smallest at which half
/// of each class is certainly close to itself.
pub(in crate::pictures) fn threshold(knobs: &Knobs, within: &[DistanceMatrix]) -> Result<f64, Trouble> {
    let wanted = knobs.float("delta");
    if wanted.is_finite() && wanted >= 0.0 { Ok(wanted) } else { Ok(delta(within, 0.5, BUDGET).map_err(trouble)?.upper) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_that_there_are() {
        assert_eq!(classes(&[4, 1, 4, 0, 9], 3), [0, 1, 4]);
        assert_eq!(classes(&[2, 2], 0), [2]);
        assert_eq!(classes(&[], 5), [0; 0]);
    }

    /// METHODS.md 3.6: half of four images is two, which are close at 0.1.
    #[test]
    fn a_threshold_is_chosen_or_holds_half_of_a_class() {
        let table = [[0.0, 0.2, 0.7, 1.6], [0.2, 0.0, 0.1, 1.0], [0.7, 0.1, 0.0, 0.3], [1.6, 1.0, 0.3, 0.0]];
        let within = [DistanceMatrix::from_fn(4, |i, j| table[i][j])];
        let mut knobs = Knobs::default();
        for (asked, expected) in [(-1.0, f64::from(0.1f32)), (0.0, 0.0), (1.25, 1.25), (f64::NAN, f64::from(0.1f32))] {
            knobs.set("delta", asked);
            assert_eq!(threshold(&knobs, &within), Ok(expected));
        }
        assert!(threshold(&Knobs::default(), &[]).is_ok_and(|delta| delta == 0.0), "no knob: 0");
    }
}
