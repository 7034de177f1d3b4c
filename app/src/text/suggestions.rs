//! Suggestions: small changes to a preset, each with a question to look for an answer to.

use augsphere_spec::{Catalogue, Experiment, Value, preset};

/// A change to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// Its name on the button.
    pub title: &'static str,
    /// What it changes, and what to look for.
    pub question: &'static str,
    /// The preset it starts from, so that two suggestions never act together.
    pub preset: &'static str,
    /// The knobs it sets; the others are the preset's.
    pub changes: &'static [(&'static str, f64)],
}

/// The preset that the page opens with.
const FIRST: &str = "shapes-simclr";

/// Everything worth trying first.
pub const SUGGESTIONS: [Suggestion; 6] = [
    Suggestion {
        title: "Leave the colours alone",
        question: "Without colour jitter and grey views, colour alone is enough to match two views. Do neighbours still share shapes?",
        preset: FIRST,
        changes: &[("augment.jitter.probability", 0.0), ("augment.grayscale.probability", 0.0)],
    },
    Suggestion {
        title: "No augmentations at all",
        question: "Both views are the same image, so alignment is 0 from the start. What is left to learn from?",
        preset: FIRST,
        changes: &[
            ("augment.crop.probability", 0.0),
            ("augment.flip.probability", 0.0),
            ("augment.jitter.probability", 0.0),
            ("augment.grayscale.probability", 0.0),
        ],
    },
    Suggestion {
        title: "A low temperature",
        question: "Nearly all the push now comes from the nearest wrong views. What happens to uniformity, and to accuracy?",
        preset: FIRST,
        changes: &[("method.temperature", 0.05)],
    },
    Suggestion {
        title: "A circle",
        question: "In 2 dimensions there is less room to keep ten classes apart. How are they laid out around the circle?",
        preset: FIRST,
        changes: &[("projector.dimension", 2.0)],
    },
    Suggestion {
        title: "64 dimensions",
        question: "Much more room, but you see only a projection. Does accuracy gain, although the picture looks worse?",
        preset: FIRST,
        changes: &[("projector.dimension", 64.0)],
    },
    Suggestion {
        title: "A collapse",
        question: "SimCLR until step 150; from then on only the alignment of views counts. When do the images come together, and does the loss \
                   say that something is wrong?",
        preset: "shapes-collapse",
        changes: &[],
    },
];

impl Suggestion {
    /// Its changes as an experiment takes them.
    pub fn values(&self) -> Vec<(String, Value)> {
        self.changes.iter().map(|&(path, value)| (path.to_owned(), Value::Float(value))).collect()
    }

    /// The experiment that it sets up: its preset with its changes, and with what the preset plans on the way.
    pub fn experiment(&self, catalogue: &Catalogue) -> Option<Experiment> {
        let base = catalogue.read_toml(preset(self.preset)?.toml).ok()?;
        let tried = catalogue.with(&base, &self.values()).ok()?;
        Some(Experiment { changes: base.changes, ..tried })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_suggestion_starts_from_a_preset_and_does_what_it_says() {
        let catalogue: Catalogue = serde_json::from_str(crate::CATALOGUE).unwrap();
        for suggestion in SUGGESTIONS {
            let found =
                preset(suggestion.preset).unwrap_or_else(|| panic!("{}: no preset {}", suggestion.title, suggestion.preset));
            let experiment = catalogue.read_toml(found.toml).unwrap();
            let tried =
                suggestion.experiment(&catalogue).unwrap_or_else(|| panic!("{} does not fit its preset", suggestion.title));
            assert_eq!(tried.changes, experiment.changes, "what the preset plans still happens");
            for (path, value) in suggestion.changes {
                assert_eq!(tried.get(path).and_then(|now| now.as_float()), Some(*value), "{path}");
                assert_ne!(experiment.get(path).and_then(|now| now.as_float()), Some(*value), "{path} is that already");
            }
        }
    }

    /// Otherwise "no augmentations" leaves one on that the preset has.
    #[test]
    fn no_augmentations_are_none() {
        let catalogue: Catalogue = serde_json::from_str(crate::CATALOGUE).unwrap();
        let none = SUGGESTIONS.iter().find(|suggestion| suggestion.title.starts_with("No augmentations")).unwrap();
        let tried = none.experiment(&catalogue).unwrap();
        for section in ["augment", "second"] {
            assert!(tried.choices(section).iter().all(|choice| choice.knobs.float("probability") == 0.0), "{section}");
        }
    }
}
