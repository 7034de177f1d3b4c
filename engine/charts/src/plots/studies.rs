//! The experiments of papers in small: which of several policies lets an encoder learn most, and did the augmented distances say so before?

mod rows;
mod scatter;
mod study;
mod told;
mod verdict;

pub use study::Study;

use super::distances::knobs;
use super::{Inputs, Plot, Table};
use crate::scene::Scene;
use augsphere_spec::{Knob, Knobs, StudyKind};

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

/// A table of policies that grows, and the error of each over what its augmented distances had said.
pub struct Studies;

/// Every study: its name as in links, and its title.
const KINDS: [(StudyKind, &str, &str); 4] = [
    (StudyKind::Richness, "richness", "Richness"),
    (StudyKind::Strength, "strength", "Strength"),
    (StudyKind::Pairs, "pairs", "Pairs"),
    (StudyKind::Targets, "targets", "Target branches"),
];

/// Steps of a study, at most.
const MOST_STEPS: i64 = 100_000;
/// Seeds of a study, at most.
const MOST_SEEDS: i64 = 20;

/// The study that the knobs of this picture name.
pub fn chosen(knobs: &Knobs) -> StudyKind {
    KINDS.iter().find(|kind| kind.1 == knobs.text("study")).map_or_else(StudyKind::default, |kind| kind.0)
}

/// The title of a study.
pub fn title(kind: StudyKind) -> &'static str {
    KINDS.iter().find(|known| known.0 == kind).map_or("", |known| known.2)
}

/// The study that is shown, if it was ever begun.
fn shown<'a>(inputs: &Inputs<'a>) -> Option<&'a Study> {
    let kind = chosen(inputs.knobs);
    inputs.studies.iter().find(|study| study.kind == kind)
}

/// Why there is nothing to draw.
fn why_empty(inputs: &Inputs<'_>) -> String {
    format!("{}: nothing was trained yet; press Start.", title(chosen(inputs.knobs)))
}

impl Plot for Studies {
    fn name(&self) -> &'static str {
        "studies"
    }

    fn title(&self) -> &'static str {
        "Experiments of the papers, in small"
    }

    fn sentence(&self) -> &'static str {
        "An encoder is trained for a short while with each policy, from the same starts: a ring is its error before, a dot after, with the 95 % \
         interval over the seeds; below it the error over 1 \u{2212} \u{3c3} of the policy. Letters: a crop, b blur, c grayscale, d colour \
         jitter, e flip. Target branches are compared in three families of methods, all else alike."
    }

    fn source(&self) -> &'static str {
        "Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, section 5; Tao et al., 2022, arXiv 2112.05141, table 2"
    }

    fn knobs(&self) -> Vec<Knob> {
        let thresholds = "Which of the two thresholds \u{3b4} the error is drawn for: about a third of all pairs within a class are nearer than \
                          the smaller, two thirds nearer than the larger.";
        vec![
            Knob::choice(
                "study",
                "Study",
                &KINDS.map(|kind| kind.1),
                "Ever more augmentations; ever weaker colours; every two of five augmentations; target branches of three families.",
            ),
            Knob::int("steps", "Steps each", 150, 1, MOST_STEPS, "Training steps of each policy with each seed."),
            Knob::int(
                "seeds",
                "Seeds each",
                verdict::SEEDS as i64,
                1,
                MOST_SEEDS,
                "How often each policy is trained, from other starts.",
            ),
            Knob::choice("threshold", "Thresholds \u{3b4}", &["both", "smaller", "larger"], thresholds),
            knobs::images(12, 24),
            knobs::views(16),
            knobs::classes(2),
        ]
    }

    fn study(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        1.05
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(study) = shown(inputs) else { return Scene::nothing(size, &why_empty(inputs)) };
        if study.rows.is_empty() {
            return Scene::nothing(size, &study.state());
        }
        let mut scene = Scene::new(size);
        let below = scatter::height(study, size);
        rows::draw(&mut scene, study, size.1 - below);
        if below > 0.0 {
            let which = scatter::thresholds(study, inputs.knobs.text("threshold"));
            let wide = size.0 / which.len().max(1) as f64;
            for (place, &threshold) in which.iter().enumerate() {
                scatter::draw(&mut scene, study, threshold, [wide * place as f64, size.1 - below, wide, below]);
            }
        }
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        shown(inputs).map_or_else(|| why_empty(inputs), told::summary)
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        told::table(shown(inputs))
    }
}
