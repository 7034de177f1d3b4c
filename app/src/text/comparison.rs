//! What an augmentation does to distances, in sentences: the same images without it and with it, over several draws.

use super::distances::{distance, fall};
use crate::model::distances::sigma::{at, share, smallest};
use crate::model::distances::{Ablation, Answer, pairs};
use augsphere_charts::statistics::Estimate;
use augsphere_spec::SigmaCurve;

/// A fall of less than this share is none.
const NOTHING: f64 = 0.01;

/// By how much of themselves the mean distances fell, draw by draw, and what can be said of it.
struct Falls {
    draws: usize,
    within: Option<Estimate>,
    between: Option<Estimate>,
    /// Within classes minus between them.
    difference: Option<Estimate>,
}

impl Falls {
    /// Of two answers whose draws are of the same images and random numbers.
    fn of(without: &Answer, with: &Answer) -> Self {
        let pairs = || without.data.draws.iter().zip(&with.data.draws);
        let within: Vec<f64> = pairs().map(|(before, after)| fall(before.0, after.0)).collect();
        let between: Vec<f64> = pairs().map(|(before, after)| fall(before.1, after.1)).collect();
        let difference: Vec<f64> = within.iter().zip(&between).map(|(within, between)| within - between).collect();
        Self {
            draws: within.len(),
            within: Estimate::of(&within),
            between: Estimate::of(&between),
            difference: Estimate::of(&difference),
        }
    }
}

/// What leaving out and putting in an augmentation did, sentence by sentence, at threshold `delta`.
pub fn comparison(ablation: Ablation, without: &Answer, with: &Answer, delta: f64) -> Vec<String> {
    let Ablation { about, removes, .. } = ablation;
    let (before, after) = (without.means(&without.near), with.means(&with.near));
    let (Some(within), Some(within_after)) = (before.within, after.within) else {
        return vec!["Take at least two images of a class.".into()];
    };
    let falls = Falls::of(without, with);
    let mut text = vec![format!(
        "With {about} the mean distance between two different images of one class {}.",
        changed(within, within_after, falls.within, falls.draws)
    )];
    if let (Some(one), Some(other)) = (smallest(without), smallest(with)) {
        let at = |answer: &Answer, curve: &SigmaCurve| share(at(&answer.data.deltas, &curve.sigma, delta));
        text.push(format!(
            "Of the images shown, the share of a class that is pairwise within \u{3b4} = {delta:.1} (\u{3c3}, in the smaller class): {} \
             without, {} with.",
            at(without, one),
            at(with, other)
        ));
    }
    text.push(reason(ablation, fall(within, within_after)));
    if let (Some(between), Some(between_after)) = (before.between, after.between) {
        text.push(format!(
            "Between images of different classes the distance {}. {}",
            changed(between, between_after, falls.between, falls.draws),
            beside(&falls, removes)
        ));
    }
    text
}

/// What happened to a mean: `fell from 9.0 to 7.2 (20 %; 17 to 23 % in 8 draws)`.
fn changed(before: f64, after: f64, estimate: Option<Estimate>, draws: usize) -> String {
    let (from, to) = (distance(before), distance(after));
    let over = estimate.map(|fall| format!("a fall of {} % in {draws} draws of images, 95 % interval", fall.percent()));
    if from == to {
        return over.map_or_else(|| format!("stayed at {to}"), |over| format!("stayed at {to} ({over})"));
    }
    let verb = if after < before { "fell" } else { "rose" };
    let over = over.map_or_else(String::new, |over| format!("; {over}"));
    format!("{verb} from {from} to {to} ({:.0} %{over})", 100.0 * fall(before, after).abs())
}

/// Why that matters for an encoder, where anything moved.
fn reason(Ablation { about, removes, .. }: Ablation, inside: f64) -> String {
    if inside < NOTHING {
        return format!(
            "So {about} hardly moves these images: they do not differ much in {removes}, or the other augmentations remove it already."
        );
    }
    format!(
        "Why: images of one class often differ in {removes}. Where an augmentation takes that away, views of two different images come \
         close to each other, and an encoder that keeps the views of each image together has a reason to put both images together."
    )
}

/// How the fall within classes and that between them go together, as far as the draws tell.
fn beside(falls: &Falls, removes: &str) -> String {
    let (Some(between), Some(difference)) = (falls.between, falls.difference) else {
        return "Whether that is more or less than within a class, one draw of images cannot tell.".into();
    };
    if between.upper < NOTHING {
        return "Different classes lie as far apart as before.".into();
    }
    let points = format!("{} percentage points", difference.percent());
    if difference.above() {
        format!(
            "That is less, by {points}: beside the distances within a class, different classes lie farther apart than without. How much of \
             what tells them apart is left, distances of pixels cannot say."
        )
    } else if difference.below() {
        let points = Estimate { mean: -difference.mean, lower: -difference.upper, upper: -difference.lower }.percent();
        format!(
            "That is more, by {points} percentage points: beside the distances within a class, different classes come closer. Here \
             {removes} seems to tell classes apart, too, so this policy may hurt."
        )
    } else {
        format!(
            "Whether that is more or less is too close to tell ({points}): in these images {removes} sets images apart about as much \
             within a class as between classes. Keeping the classes apart is left to the loss."
        )
    }
}

/// What the pair that moved most in a comparison shows; the pair as well.
pub fn moved(ablation: Ablation, without: &Answer, with: &Answer) -> Option<((usize, usize), String)> {
    let (one, other) = pairs::most_moved(without, with)?;
    let [before, after] = [without, with].map(|answer| answer.near.at(one, other));
    if fall(before, after) < 2.0 * NOTHING {
        return None;
    }
    let text = format!(
        "The two images of one class that moved most: their closest views are {} apart without {}, {} with it.",
        distance(before),
        ablation.about,
        distance(after)
    );
    Some(((one, other), text))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::distances::ABLATIONS;
    use crate::model::distances::answer::example::{answer, reply};

    /// The small answer with all distances within classes times `within`, between them times `between`, and draws in which these factors
    /// vary by `noise` up and down.
    fn scaled(within: f64, between: f64, noise: f64) -> Answer {
        let mut data = reply(2);
        let classes = data.classes.clone();
        for (place, four) in data.distances.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let scale = if classes[place / 4] == classes[place % 4] { within } else { between };
            *four = (f32::from_le_bytes(*four) * scale as f32).to_le_bytes();
        }
        let sign = |draw: usize| if draw.is_multiple_of(2) { noise } else { -noise };
        data.draws = (0..8).map(|draw| (3.0 * (within + sign(draw)), 6.0 * (between - sign(draw)))).collect();
        Answer::read(data)
    }

    fn said(within: f64, between: f64, noise: f64) -> String {
        comparison(ABLATIONS[0], &scaled(1.0, 1.0, 0.0), &scaled(within, between, noise), 3.0).join(" ")
    }

    /// "Most of what tells the classes apart is still there" once rested on 23 % against 18 % in one draw.
    #[test]
    fn a_comparison_claims_no_more_than_the_draws_show() {
        let helps = said(0.5, 0.9, 0.01);
        assert!(helps.contains("of one class fell from 3.0 to 1.5 (50 %; a fall of 49 to 51 % in 8 draws"), "{helps}");
        assert!(helps.contains("That is less, by 38 to 42 percentage points"), "{helps}");
        assert!(helps.contains("0.50 without, 0.50 with"), "{helps}");
        let unsure = said(0.77, 0.82, 0.1);
        assert!(unsure.contains("too close to tell (\u{2212}13 to 23 percentage points)"), "{unsure}");
        let one = comparison(ABLATIONS[0], &answer(), &answer(), 3.0).join(" ");
        assert!(one.contains("one draw of images cannot tell"), "{one}");
        for text in [helps, unsure, one, said(0.77, 0.82, 0.001)] {
            assert!(!text.contains("most of what tells the classes apart"), "distances do not show that: {text}");
        }
    }

    #[test]
    fn a_comparison_says_what_may_hurt_and_what_does_nothing() {
        let hurts = said(0.8, 0.5, 0.01);
        assert!(hurts.contains("may hurt") && hurts.contains("That is more, by 28 to 32 percentage points"), "{hurts}");
        assert!(said(1.0, 0.9, 0.0).contains("hardly moves"));
        assert!(said(1.2, 1.0, 0.0).contains("rose from 3.0 to 3.6"));
        assert!(said(0.5, 1.0, 0.0).contains("Different classes lie as far apart as before."));
    }

    #[test]
    fn the_pair_that_moved_is_shown_only_if_it_moved() {
        let ((one, other), text) = moved(ABLATIONS[0], &answer(), &scaled(0.5, 1.0, 0.0)).unwrap();
        assert_eq!((one, other), (2, 3));
        assert!(text.contains("4.0 apart without colour dropping, 2.0 with it"), "{text}");
        assert_eq!(moved(ABLATIONS[0], &answer(), &answer()), None);
    }
}
