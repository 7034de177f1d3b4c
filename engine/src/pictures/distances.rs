//! The augmented distances of every two of some images (Huang et al., section 2; METHODS.md 3.1).

pub(super) mod sampled;

use super::{Follows, Making, Picture, RunSource, Source, Trouble};
use crate::augmentations::Pair;
use crate::concentration::within_classes;
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part};

/// The picture `distances`: the first `images` kept validation images of each of the first `classes` classes (with a `draw` above 0 others,
/// and other random numbers), class after class, with `views` views of each by the policies of the run, the image itself among them. No
/// network is asked, so it is known of past steps, too. Its parts:
///
/// - `order`, the number of the image in each place;
/// - `distances` and `plain`, matrices `[n, n]` in the unit of pixels from 0 to 1: how far apart the closest views of two images are, and
///   the images themselves; 0 of an image to itself;
/// - `delta`, up to which two images count as close: the knob `delta`, or the smallest at which half of each class is, where that is below 0;
/// - `views`, how many of each image.
pub struct DistancesPicture;

impl Picture for DistancesPicture {
    fn name(&self) -> &'static str {
        "distances"
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
    let pair = Pair::of(&run.experiment);
    let sample = sampled::sample(&run.data.validation, &chosen.rows, (sampled::seed(run, knobs), knobs), &pair)?;
    let distances = sampled::distances(&sample, pace).await?;
    let within = within_classes(distances.table(), &chosen.members).map_err(sampled::trouble)?;
    let delta = sampled::threshold(knobs, &within)?;
    let count = chosen.rows.len();
    let places = (0..count).map(|place| place as f32).collect();
    Ok(vec![
        Part::series("order", places, chosen.rows.iter().map(|&row| row as f32).collect()),
        Part::matrix("distances", count, distances.table().matrix()),
        Part::matrix("plain", count, distances.plain().matrix()),
        Part::number("delta", delta as f32),
        Part::number("views", knobs.count("views").max(1) as f32),
    ])
}

#[cfg(test)]
mod tests;
