//! The concentration of the augmentations over the threshold, sigma(delta) (Huang et al., definition 1; METHODS.md 3.1 and 3.5), and what
//! the same threshold does between classes.

use super::distances::sampled;
use super::{Follows, Making, Picture, RunSource, Source, Trouble};
use crate::augmentations::Pair;
use crate::augmented_distance::{DistanceMatrix, Sample, Side};
use crate::concentration::{BUDGET, Sigma, even_thresholds, pair_shares, sigma_curve, within_classes};
use crate::pace::Pace;
use augsphere_spec::{Interval, Knobs, Part};

/// Even thresholds of a curve, beside the chosen one.
const GRID: usize = 60;

/// The picture `sigma`, of images and views as in [`super::distances::DistancesPicture`]. Thresholds rise from 0 to a little above the
/// largest distance of two images of a class, in the unit of pixels from 0 to 1. Its parts:
///
/// - `classes` and `sizes`, the number of each class and how many images it has here;
/// - `lower` and `upper`, matrices with a row for each class and a column for each threshold: the interval in which the share of its main
///   part certainly lies, 0 to 1;
/// - `least` and `least_upper`, the smallest of them over the threshold: sigma, with both ends of its interval;
/// - `plain`, the lower end of sigma where every view is the image itself; of a run whose two views have policies of their own also `first`
///   and `second`, with as many views of either policy alone;
/// - `pairs_within` and `pairs_between`, over the threshold: the share of pairs of two images of one class, and of two classes, that are
///   within it, and `plain_between`, the latter of the images themselves; not numbers where there are no such pairs;
/// - `delta`, the threshold that is looked at, one of all, and `views`.
pub struct SigmaPicture;

impl Picture for SigmaPicture {
    fn name(&self) -> &'static str {
        "sigma"
    }

    fn follows(&self) -> Follows {
        Follows::Views
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move { parts(source.run()?, knobs, pace).await })
    }
}

async fn parts(run: &RunSource, knobs: &Knobs, pace: &Pace) -> Result<Vec<Part>, Trouble> {
    let chosen = sampled::chosen(run.labels(), knobs)?;
    let members = &chosen.members;
    let within = |table: &DistanceMatrix| within_classes(table, members).map_err(sampled::trouble);
    let pair = Pair::of(&run.experiment);
    let (images, seed) = (&run.data.validation, sampled::seed(run, knobs));
    let both = sampled::distances(&sampled::sample(images, &chosen.rows, (seed, knobs), &pair)?, pace).await?;
    let classes = within(both.table())?;
    let delta = sampled::threshold(knobs, &classes)?;
    let mut deltas = even_thresholds(&within(both.plain())?, GRID);
    deltas.push(delta);
    deltas.sort_by(f64::total_cmp);
    deltas.dedup();
    let places: Vec<f32> = deltas.iter().map(|delta| *delta as f32).collect();
    let over = |name: &str, values: &mut dyn Iterator<Item = f64>| {
        Part::series(name, places.clone(), values.map(|value| value as f32).collect())
    };
    let curve = |classes: &[DistanceMatrix]| sigma_curve(classes, &deltas, BUDGET).map_err(sampled::trouble);
    let along = curve(&classes)?;
    let mut parts = vec![
        numbers("classes", members.iter().map(|members| chosen.classes[members[0]])),
        numbers("sizes", members.iter().map(Vec::len)),
        Part::matrix("lower", deltas.len(), shares(&along, members.len(), |share| share.lower)),
        Part::matrix("upper", deltas.len(), shares(&along, members.len(), |share| share.upper)),
        over("least", &mut along.iter().map(|sigma| sigma.least().lower)),
        over("least_upper", &mut along.iter().map(|sigma| sigma.least().upper)),
        over("plain", &mut curve(&within(both.plain())?)?.iter().map(|sigma| sigma.least().lower)),
    ];
    if !pair.alike() {
        for (name, policy) in [("first", pair.first()), ("second", pair.second())] {
            pace.turn().await;
            let alone = Sample::new(images, &chosen.rows, knobs.count("views").max(1), seed, vec![Side::of(policy)]);
            let distances = sampled::distances(&alone.map_err(sampled::trouble)?, pace).await?;
            parts.push(over(name, &mut curve(&within(distances.table())?)?.iter().map(|sigma| sigma.least().lower)));
        }
    }
    let pairs = pair_shares(both.table(), &chosen.classes, &deltas);
    parts.push(over("pairs_within", &mut pairs.within.into_iter()));
    parts.push(over("pairs_between", &mut pairs.between.into_iter()));
    parts.push(over("plain_between", &mut pair_shares(both.plain(), &chosen.classes, &deltas).between.into_iter()));
    parts.push(Part::number("delta", delta as f32));
    parts.push(Part::number("views", knobs.count("views").max(1) as f32));
    Ok(parts)
}

fn numbers(name: &str, values: impl Iterator<Item = usize>) -> Part {
    let (places, values) = values.enumerate().map(|(place, value)| (place as f32, value as f32)).unzip();
    Part::series(name, places, values)
}

/// One end of the intervals of each class, class after class.
fn shares(along: &[Sigma], classes: usize, end: fn(Interval) -> f64) -> Vec<f32> {
    (0..classes).flat_map(|class| along.iter().map(move |sigma| end(sigma.share(class)) as f32)).collect()
}

#[cfg(test)]
mod tests;
