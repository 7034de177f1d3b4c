//! The share of each class that lies within delta of itself, at every delta, and the delta that a given share needs.
//!
//! (sigma, delta) of Huang et al., definition 1: sigma is the share of the largest part of a class whose images are all
//! within delta of each other; of several classes the smallest counts. Both sides of every interval are certain, for the
//! distances at hand. Sampled distances are too large, so sigma is too small: METHODS.md 3.5.5.

use super::clique::{Clique, main_part};
use crate::augmented_distance::DistanceMatrix;
use crate::augmented_distance::Distances;
use crate::augmented_distance::Unmeasured;
use augsphere_spec::Interval;

/// The shares of all classes at one delta.
#[derive(Clone, Debug, PartialEq)]
pub struct Sigma {
    /// The threshold, in the unit of the distances.
    pub delta: f64,
    /// The main part of each class; members are numbers within the class.
    pub classes: Vec<Clique>,
    /// Images of each class.
    pub sizes: Vec<usize>,
}

impl Sigma {
    /// The share of one class: its main part over its images, in (0, 1].
    ///
    /// # Panics
    /// If there is no such class.
    pub fn share(&self, class: usize) -> Interval {
        let (clique, size) = (&self.classes[class], self.sizes[class] as f64);
        Interval { lower: clique.lower as f64 / size, upper: clique.upper as f64 / size }
    }

    /// Sigma of definition 1: the smallest share of all classes.
    pub fn least(&self) -> Interval {
        self.over(|shares| shares.fold(f64::INFINITY, f64::min))
    }

    /// The mean share over the classes.
    pub fn mean(&self) -> Interval {
        self.over(|shares| shares.sum::<f64>() / self.sizes.len() as f64)
    }

    fn over(&self, of: impl Fn(&mut dyn Iterator<Item = f64>) -> f64) -> Interval {
        let shares: Vec<Interval> = (0..self.sizes.len()).map(|class| self.share(class)).collect();
        Interval {
            lower: of(&mut shares.iter().map(|share| share.lower)),
            upper: of(&mut shares.iter().map(|share| share.upper)),
        }
    }
}

/// The distances within each class; `members[k]` are the images of class `k`, as rows of `distances`.
///
/// # Errors
/// If there are no classes, or one has no images.
pub fn within_classes(distances: &DistanceMatrix, members: &[Vec<usize>]) -> Result<Vec<DistanceMatrix>, Unmeasured> {
    if members.is_empty() {
        return Err(Unmeasured::NoImages);
    }
    match members.iter().position(Vec::is_empty) {
        Some(class) => Err(Unmeasured::EmptyClass { class }),
        None => Ok(members.iter().map(|members| distances.select(members)).collect()),
    }
}

/// The shares at one `delta`, of classes from [`within_classes`]; `budget` nodes of search for each class.
///
/// # Errors
/// If there is a class without images, or `delta` is negative or no number.
pub fn sigma(classes: &[DistanceMatrix], delta: f64, budget: u64) -> Result<Sigma, Unmeasured> {
    Ok(sigma_curve(classes, &[delta], budget)?.remove(0))
}

/// The shares at each of `deltas`, in their order. Wider deltas give larger shares, and so do the ends of the intervals.
///
/// # Errors
/// As [`sigma`].
pub fn sigma_curve(classes: &[DistanceMatrix], deltas: &[f64], budget: u64) -> Result<Vec<Sigma>, Unmeasured> {
    check(classes)?;
    if let Some(found) = deltas.iter().copied().find(|delta| delta.is_nan() || *delta < 0.0) {
        return Err(Unmeasured::Range { name: "delta", expected: "a number of at least 0", found });
    }
    let sizes: Vec<usize> = classes.iter().map(DistanceMatrix::side).collect();
    let mut order: Vec<usize> = (0..deltas.len()).collect();
    order.sort_by(|a, b| deltas[*a].total_cmp(&deltas[*b]));
    let mut parts: Vec<Vec<Clique>> = vec![Vec::new(); deltas.len()];
    for class in classes {
        let mut found: Vec<Clique> = order.iter().map(|at| main_part(class, deltas[*at], budget)).collect();
        settle(&mut found);
        order.iter().zip(found).for_each(|(at, clique)| parts[*at].push(clique));
    }
    Ok(deltas.iter().zip(parts).map(|(delta, classes)| Sigma { delta: *delta, classes, sizes: sizes.clone() }).collect())
}

/// A clique at one delta is one at every wider delta, and a bound at one delta holds at every narrower one.
fn settle(cliques: &mut [Clique]) {
    for at in 1..cliques.len() {
        if cliques[at - 1].lower > cliques[at].lower {
            cliques[at] = Clique::between(cliques[at - 1].members.clone(), cliques[at].upper);
        }
    }
    for at in (1..cliques.len()).rev() {
        if cliques[at].upper < cliques[at - 1].upper {
            cliques[at - 1] = Clique::between(cliques[at - 1].members.clone(), cliques[at].upper);
        }
    }
}

/// The smallest delta at which each class has a main part of at least the share `sigma`: one of the distances, or 0.
///
/// # Errors
/// If there is a class without images, or `sigma` is not in (0, 1].
pub fn delta(classes: &[DistanceMatrix], sigma: f64, budget: u64) -> Result<Interval, Unmeasured> {
    check(classes)?;
    if !(sigma > 0.0 && sigma <= 1.0) {
        return Err(Unmeasured::Range { name: "sigma", expected: "above 0 and at most 1", found: sigma });
    }
    let all = classes.iter().map(|class| delta_of(class, sigma, budget));
    Ok(all.fold(Interval { lower: 0.0, upper: 0.0 }, |widest, one| Interval {
        lower: widest.lower.max(one.lower),
        upper: widest.upper.max(one.upper),
    }))
}

/// The same for one class.
fn delta_of(class: &DistanceMatrix, sigma: f64, budget: u64) -> Interval {
    let wanted = (sigma * class.side() as f64 - 1e-9).ceil().max(1.0) as usize;
    let mut values: Vec<f32> = class.off_diagonal().to_vec();
    values.push(0.0);
    values.sort_by(f32::total_cmp);
    values.dedup();
    let at = |index: usize| main_part(class, f64::from(values[index]), budget);
    // Large enough for certain from here on; and possibly large enough from there on.
    let certain = first(values.len(), |index| at(index).lower >= wanted);
    let possible = first(certain + 1, |index| at(index).upper >= wanted);
    Interval { lower: f64::from(values[possible]), upper: f64::from(values[certain]) }
}

/// The first of `count` indices that is `good`, if all are from some index on, and the last one is.
fn first(count: usize, mut good: impl FnMut(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count - 1);
    while low < high {
        let middle = low.midpoint(high);
        if good(middle) { high = middle } else { low = middle + 1 }
    }
    high
}

/// The shares at one `delta` from fewer and from more views: the K-curve, which shows how far from its end sigma still is.
///
/// # Errors
/// As [`sigma`] and [`within_classes`].
pub fn by_views(
    distances: &Distances,
    members: &[Vec<usize>],
    delta: f64,
    budget: u64,
) -> Result<Vec<(usize, Sigma)>, Unmeasured> {
    let mut curve: Vec<(usize, Sigma)> = Vec::new();
    for level in distances.levels() {
        let Some(table) = distances.at_level(*level) else { continue };
        curve.push((*level, sigma(&within_classes(table, members)?, delta, budget)?));
    }
    for class in 0..members.len() {
        let mut column: Vec<Clique> = curve.iter().map(|(_, sigma)| sigma.classes[class].clone()).collect();
        settle(&mut column);
        curve.iter_mut().zip(column).for_each(|((_, sigma), clique)| sigma.classes[class] = clique);
    }
    Ok(curve)
}

/// Distances worth asking about: `count` of them, evenly by rank among all within the classes, the smallest and the largest
/// included; fewer if there are not as many different ones.
pub fn thresholds(classes: &[DistanceMatrix], count: usize) -> Vec<f64> {
    let mut values: Vec<f32> = classes.iter().flat_map(|class| class.off_diagonal().iter().copied()).collect();
    values.sort_by(f32::total_cmp);
    values.dedup();
    let (last, steps) = (values.len().saturating_sub(1), count.saturating_sub(1).max(1));
    let mut candidates: Vec<usize> = (0..count).map(|step| (step * last / steps).min(last)).collect();
    candidates.dedup();
    candidates.into_iter().filter(|_| !values.is_empty()).map(|index| f64::from(values[index])).collect()
}

/// Thresholds for a curve over all distances within the classes: `count` of them, at least two, evenly from 0 to a little above the
/// largest.
pub fn even_thresholds(classes: &[DistanceMatrix], count: usize) -> Vec<f64> {
    let largest = classes.iter().flat_map(|class| class.off_diagonal().iter().copied()).fold(0.0_f32, f32::max);
    let steps = count.max(2) - 1;
    let step = (f64::from(largest) * 1.02).max(1e-3) / steps as f64;
    (0..=steps).map(|index| index as f64 * step).collect()
}

fn check(classes: &[DistanceMatrix]) -> Result<(), Unmeasured> {
    if classes.is_empty() {
        return Err(Unmeasured::NoImages);
    }
    match classes.iter().position(|class| class.side() == 0) {
        Some(class) => Err(Unmeasured::EmptyClass { class }),
        None => Ok(()),
    }
}
