//! What is worth trying first? Small changes to the experiment, each with a question to look for an answer to.

use augsphere_spec::Value;

/// A change to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// Its name on the button.
    pub title: &'static str,
    /// What changes, and what to look for.
    pub question: &'static str,
    /// The knobs it sets; the others stay.
    pub changes: &'static [(&'static str, f64)],
}

/// Everything worth trying first.
pub const SUGGESTIONS: [Suggestion; 5] = [
    Suggestion {
        title: "Leave the colours alone",
        question: "Without colour jitter and grey views, colour alone is enough to match two views. Do neighbours still share shapes?",
        changes: &[("augment.jitter.probability", 0.0), ("augment.grayscale.probability", 0.0)],
    },
    Suggestion {
        title: "No augmentations at all",
        question: "Both views are the same image, so alignment is 0 from the start. What is left to learn from?",
        changes: &[
            ("augment.crop.probability", 0.0),
            ("augment.flip.probability", 0.0),
            ("augment.jitter.probability", 0.0),
            ("augment.grayscale.probability", 0.0),
            ("augment.blur.probability", 0.0),
        ],
    },
    Suggestion {
        title: "A low temperature",
        question: "Nearly all the push now comes from the nearest wrong views. What happens to uniformity, and to accuracy?",
        changes: &[("method.temperature", 0.05)],
    },
    Suggestion {
        title: "A circle",
        question: "In 2 dimensions there is less room to keep ten classes apart. How are they laid out around the circle?",
        changes: &[("projector.dimension", 2.0)],
    },
    Suggestion {
        title: "64 dimensions",
        question: "Much more room, but you see only a projection. Does accuracy gain, although the picture looks worse?",
        changes: &[("projector.dimension", 64.0)],
    },
];

impl Suggestion {
    /// Its changes as an experiment takes them.
    pub fn values(&self) -> Vec<(String, Value)> {
        self.changes.iter().map(|&(path, value)| (path.to_owned(), Value::Float(value))).collect()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use augsphere_spec::Catalogue;

    #[test]
    fn every_try_fits_the_first_preset_and_does_what_it_says_wherever_it_fits() {
        let catalogue: Catalogue = serde_json::from_str(crate::CATALOGUE).unwrap();
        for (place, preset) in augsphere_spec::PRESETS.iter().enumerate() {
            let preset = catalogue.read_toml(preset.toml).unwrap();
            for suggestion in SUGGESTIONS {
                let tried = match catalogue.with(&preset, &suggestion.values()) {
                    Ok(tried) => tried,
                    // Not every method has every knob.
                    Err(_) if place > 0 => continue,
                    Err(mistakes) => panic!("{}: {mistakes}", suggestion.title),
                };
                let same = suggestion
                    .changes
                    .iter()
                    .all(|(path, value)| preset.get(path).and_then(|now| now.as_float()) == Some(*value));
                assert!(same || tried != preset, "{}", suggestion.title);
                for (path, value) in suggestion.changes {
                    assert_eq!(tried.get(path).and_then(|now| now.as_float()), Some(*value), "{path}");
                }
            }
        }
    }
}
