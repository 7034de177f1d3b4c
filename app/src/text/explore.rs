//! The sentences of Explore: one number in words, what is going on, and what the run before says about it.

use super::number;
use super::readings::{Moment, Standing};
use super::shelf::differs;
use crate::model::entrance::{strength, with_strength};
use crate::model::knobs::text as knobs_text;

use crate::model::state::{Run, State};
use augsphere_charts::statistics::too_close;
use augsphere_spec::{Catalogue, Experiment, Phase};

/// Steps after which the first sentence about steps gives way to what was learned.
const FIRST: u64 = 10;

/// A share of all images as a count: `56 of 100`.
fn of_hundred(share: f32) -> String {
    format!("{:.0} of 100", 100.0 * share)
}

/// The number that says most, in words: a count, and what it counts.
pub fn headline(state: &State) -> (String, String) {
    let measured = state.measured("knn_accuracy").map(|(_, share)| share);
    let run = state.run.as_ref();
    let untrained = run.and_then(|run| run.history.untrained("knn_accuracy"));
    let beginning = run.map_or("the untrained encoder", |run| {
        if run.encoder.is_some() { "the encoder that it began with" } else { "the untrained encoder" }
    });
    let beside = untrained.map(|share| format!("; {beginning}: {:.0}", 100.0 * share)).unwrap_or_default();
    let count = measured.map_or_else(|| "\u{2013} of 100".to_owned(), of_hundred);
    (count, format!("new images are named right by the images next to them{beside}"))
}

/// What is going on, in a sentence or two.
pub fn moment(state: &State) -> String {
    let Some(run) = &state.run else { return "The engine is being set up.".into() };
    let images = run.data.validation;
    let dimension = state.points.as_ref().map_or(3, |points| points.dimension);
    let moment = Moment::of(&run.history, dimension, images);
    if run.step == 0 {
        return "Nothing is learned yet: the encoder places images at random. The two framed views are one image, changed twice by \
                chance. Press play."
            .into();
    }
    if moment.standing == Standing::Collapsed {
        return "All images have come together, whatever they show: this is a collapse. Nothing tells them apart any more."
            .into();
    }
    if run.step < FIRST {
        return "Each step pulls the two views of an image together and pushes them away from the other images of its batch."
            .into();
    }
    let Some((now, before)) = moment.accuracy else {
        return "Measured every few steps: how many images lie next to their like.".into();
    };
    let (now, before) = (f64::from(now), f64::from(before));
    let going = match state.phase {
        Some(Phase::Finished) => "This run is over. ",
        _ => "",
    };
    let learned = if too_close(now, before, images) {
        "So far neighbours are no better than those of an untrained encoder; the difference is within chance."
    } else if now > before {
        "Images that show the same shape lie next to each other more often than before training, and nobody told the encoder what a shape is."
    } else {
        "Neighbours are worse than those of an untrained encoder: what brings views together here is not what the images show."
    };
    format!("{going}{learned}")
}

/// What differs between two experiments, in words: the strength where it is that alone.
fn difference(catalogue: &Catalogue, now: &Experiment, before: &Experiment) -> Option<String> {
    if let (Some(own), Some(other)) = (strength(now), strength(before))
        && (own - other).abs() > 1e-9
        && with_strength(catalogue, before, own).is_some_and(|turned| differs(catalogue, now, &turned).is_empty())
    {
        return Some(format!("With strength {} instead of {}", knobs_text(&own.into()), knobs_text(&other.into())));
    }
    let words = differs(catalogue, now, before);
    if words.is_empty() { None } else { Some(format!("With {}", words.to_lowercase())) }
}

/// The present run beside the one before, at the last step that both were measured at; nothing where there is none, or where nothing differs.
pub fn beside(catalogue: &Catalogue, run: &Run, before: &Run) -> Option<String> {
    let what = difference(catalogue, &run.experiment, &before.experiment)?;
    let theirs = before.history.series("knn_accuracy");
    let common = run.history.series("knn_accuracy").iter().rev().find_map(|&(step, now)| {
        let other = theirs.iter().find(|(known, _)| *known == step)?;
        (step > 0).then_some((step, now, other.1))
    });
    let Some((step, now, other)) = common else {
        return Some(format!("{what}: play on to compare it with the run before, which is the pale curve."));
    };
    let close = too_close(f64::from(now), f64::from(other), run.data.validation);
    let verdict = if close { ", too close to tell" } else { "" };
    Some(format!("{what}: {} at step {step}, {:.0} in the run before{verdict}.", of_hundred(now), 100.0 * other))
}

/// How near the two views are, in words.
pub fn views(cosine: f32) -> String {
    let words = match cosine {
        0.95.. => "almost on one point",
        0.7.. => "close together",
        0.2.. => "apart",
        _ => "far apart",
    };
    format!("The encoder places the two views {words} (cosine {}).", number(cosine, false))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::names::{catalogue, presets};

    #[test]
    fn runs_are_told_apart_by_their_strength_or_by_what_else_differs() {
        let (catalogue, first) = (catalogue(), &presets()[0].experiment);
        let weak = with_strength(&catalogue, first, 0.2).unwrap();
        assert_eq!(difference(&catalogue, &weak, first).unwrap(), "With strength 0.2 instead of 1");
        let other = catalogue.with(&weak, &[("method.temperature".into(), 0.5.into())]).unwrap();
        assert!(difference(&catalogue, &other, first).unwrap().contains("temperature"));
        assert_eq!(difference(&catalogue, first, first), None);
    }

    #[test]
    fn views_are_near_or_far() {
        assert!(views(0.99).contains("almost on one point") && views(-0.5).contains("far apart"));
    }
}
