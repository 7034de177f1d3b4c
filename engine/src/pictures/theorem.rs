//! Theorem 1 of Huang et al. for the present encoder (METHODS.md 3.2): what it asks for, what it would promise, and what is measured.

use super::distances::sampled;
use super::{Making, Picture, RunSource, Source, Trouble};
use crate::augmentations::Pair;
use crate::augmented_distance::choose;
use crate::concentration::{Questioned, constructed, diagnose, within_classes};
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part, Payload, TheoremCase};

/// Held-out images of each class that the error is measured on, at most: what a picture has time for.
const HELD_OUT: usize = 20;

/// The picture `theorem`: of the knob `case` the `features`, the `embedding`, or a `constructed` case in which the condition holds. Class
/// centres and constants are from `views` views each of `images` training images of each of the first `classes` classes, the error from
/// validation images, which no step is taken on: test images are for the end of a run. Its parts:
///
/// - `symbols`, `values` and `whence`: every quantity in the order of the argument, what it is called, its number, where it comes from. The
///   last one is the `verdict`, 1 where the condition is not refuted;
/// - `complete`, 1 where the numbers are exact, so that a condition that is not refuted holds.
pub struct TheoremPicture;

impl Picture for TheoremPicture {
    fn name(&self) -> &'static str {
        "theorem"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move { parts(source.run()?, knobs, pace).await })
    }
}

async fn parts(run: &RunSource, knobs: &Knobs, pace: &Pace) -> Result<Vec<Part>, Trouble> {
    let train = &run.data.train;
    let classes = sampled::classes(&train.labels, knobs.count("classes"));
    let case = match knobs.text("case") {
        "constructed" => TheoremCase::Constructed,
        "embedding" => TheoremCase::Embedding,
        _ => TheoremCase::Features,
    };
    let each = knobs.count("images").max(1);
    let diagnostic = if case == TheoremCase::Constructed {
        constructed(classes.len(), each).await.map_err(sampled::trouble)?
    } else {
        let network = run.network()?;
        let chosen = choose(train, &classes, each, knobs.count("draw") as u64).map_err(sampled::trouble)?;
        let pair = Pair::of(&run.experiment);
        let sample = sampled::sample(train, &chosen.rows, (sampled::seed(run, knobs), knobs), &pair)?;
        let distances = sampled::distances(&sample, pace).await?;
        let within = within_classes(distances.table(), &chosen.members).map_err(sampled::trouble)?;
        let asked = Questioned {
            case,
            train,
            classes: &classes,
            chosen: &chosen,
            sample: &sample,
            views: knobs.count("views").max(1),
            pair: &pair,
            held_out: (&run.data.validation, HELD_OUT),
            delta: sampled::threshold(knobs, &within)?,
            epsilon: knobs.float("epsilon"),
        };
        diagnose(&asked, &distances, network, pace).await?
    };
    let complete = diagnostic.complete;
    let told = diagnostic.told();
    let places = (0..told.len()).map(|place| place as f32).collect();
    Ok(vec![
        Part::new("symbols", Payload::Words(told.iter().map(|one| one.symbol.clone()).collect())),
        Part::series("values", places, told.iter().map(|one| one.value as f32).collect()),
        Part::new("whence", Payload::Words(told.into_iter().map(|one| one.words).collect())),
        Part::number("complete", f32::from(u8::from(complete))),
    ])
}

#[cfg(test)]
mod tests;
