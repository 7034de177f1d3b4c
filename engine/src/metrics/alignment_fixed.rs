//! Alignment under one and the same policy, whatever a run trains with: to compare runs with different policies.

use super::{EvalOutputs, Found, Reference, Shape, alignment, scalar};
use augsphere_spec::{Card, Choice, Experiment, Knob, Told};

/// The recipe that makes the views.
pub const RECIPE: &str = "simclr";

/// The card. The test below holds its words to the recipe.
pub fn card() -> Card {
    Card::new(
        "alignment_fixed",
        "Alignment under a fixed policy",
        "Alignment of views that are made alike for every run, so that runs with different augmentations can be compared: SimCLR's policy for CIFAR-10, with crops of 8 to 100 % of the area, flips of half of the views, colour jitter of (0.4, 0.4, 0.4, 0.1) in 80 %, grayscale in 20 %. 0 images: not measured.",
        "Wang, Isola, 2020, arXiv 2005.10242, section 4.1.1; views as in Chen et al. 2020, arXiv 2002.05709, appendix B.9",
    )
    .tells([Told::number("alignment_fixed", "alignment under a fixed policy")])
    .knobs([Knob::int(
        "images",
        "Images",
        0,
        0,
        10_000,
        "Validation images, two views each (the first ones); 0 leaves the measure out. 512 make measuring slower by about a sixth.",
    )])
}

/// How many of `test` validation images it takes two views of.
pub fn images(experiment: &Experiment, test: usize) -> usize {
    experiment.card("measures", "alignment_fixed").map_or(0, |choice| choice.knobs.count("images")).min(test)
}

/// Mean of `|f(x1) - f(x2)|^2` over the embeddings of two views of each image, 0 to 4, as [`alignment::of`]; nothing without images.
pub fn measure(held: &EvalOutputs<'_>, _choice: &Choice) -> Found {
    let [first, second] = held.fixed_views;
    if first.is_empty() {
        return Found::default();
    }
    vec![scalar("alignment_fixed", alignment::of(first, second, held.dimension))].into()
}

/// As for alignment, where it is measured.
pub fn levels(choice: &Choice, _shape: Shape) -> Vec<Reference> {
    let measured = choice.knobs.count("images") > 0;
    measured.then(|| ("alignment_fixed".into(), 2.0, "unrelated views".into())).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augmentations::{cards, recipe_choices};

    /// The card's words are the policy's numbers.
    #[test]
    fn the_card_says_its_policy() {
        let choices = recipe_choices(RECIPE).expect("the recipe");
        assert_eq!(choices.len(), cards().len());
        let knob = |kind: &str, name: &str| {
            let choice = choices.iter().find(|choice| choice.kind == kind).expect("an augmentation");
            choice.knobs.float(name)
        };
        assert_eq!([knob("crop", "probability"), knob("crop", "scale_min"), knob("crop", "scale_max")], [1.0, 0.08, 1.0]);
        let jitter = ["brightness", "contrast", "saturation", "hue"].map(|name| knob("jitter", name));
        assert_eq!((knob("jitter", "probability"), jitter), (0.8, [0.4, 0.4, 0.4, 0.1]));
        assert_eq!((knob("flip", "probability"), knob("grayscale", "probability")), (0.5, 0.2));
        let named = ["crop", "jitter", "flip", "grayscale"];
        let others = choices.iter().filter(|choice| !named.contains(&choice.kind.as_str()));
        assert!(others.clone().count() > 3 && others.clone().all(|choice| choice.knobs.float("probability") == 0.0));
    }
}
