//! The sentences of the page: numbers, devices and reasons here, each subject in a file of its own.

pub mod caption;
pub mod compare;
pub mod comparison;
pub mod distances;
pub mod evaluation;
pub mod explore;
pub mod lesson;
mod measures;
mod progress;
mod readings;
pub mod shelf;
pub mod suggestions;
pub mod theorem;

use crate::model::choices::uses_labels;
use augsphere_spec::{Card, DeviceChoice, Points, Projection};
pub use measures::{ANATOMY, Beside, MEASURES, Measure, protocol};
pub use progress::{duration, progress};
pub use readings::{Moment, Standing, reading};

/// A number as people read it: `43.1 %`, `0.482`, `not a number`.
pub fn number(value: f32, percent: bool) -> String {
    if !value.is_finite() {
        return "not a number".into();
    }
    if percent {
        return format!("{:.1} %", 100.0 * value);
    }
    let decimals = if value.abs() >= 100.0 { 1 } else { 3 };
    let text = format!("{value:.decimals$}");
    // No "-0.000".
    if text.trim_start_matches(['-', '0', '.']).is_empty() { text.trim_start_matches('-').to_owned() } else { text }
}

/// A count with thin spaces between thousands.
pub fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// Whether the picture is the sphere that the loss sees, in a heading and a sentence.
pub fn projection(points: &Points) -> (&'static str, String) {
    match points.projection {
        Projection::Circle => (
            "The true circle",
            "The projector's embedding has 2 dimensions: you see the very circle the loss sees. Outside it: how many images point each way."
                .into(),
        ),
        Projection::Sphere => {
            ("The true sphere", "The projector's embedding has 3 dimensions: you see the very sphere the loss sees.".into())
        }
        Projection::Principal | Projection::Axes => (
            "A projection",
            format!(
                "The projector's embedding has {} dimensions. You see its three principal components, which carry {:.0} % of its variance, \
                 pushed out to the sphere: not what the loss sees.",
                points.dimension,
                100.0 * points.explained
            ),
        ),
    }
}

/// Whether a method sees labels, in a sentence.
pub fn labels(method: &Card) -> String {
    if uses_labels(method) {
        format!("{} uses labels: the encoder is told something of what the training images show.", method.title)
    } else {
        format!("{} sees no labels: colours are only for you.", method.title)
    }
}

/// A reason as a sentence, and the technical rest of it, which is for those who ask.
pub fn reason(said: &str) -> (String, String) {
    let (head, rest) = said.split_once(": ").unwrap_or((said, ""));
    let mut letters = head.trim().trim_end_matches('.').chars();
    let sentence = letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()));
    (sentence, rest.trim().to_owned())
}

/// A device choice as the page and the link write it.
pub fn device(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Auto => "auto",
        DeviceChoice::Cpu => "cpu",
        DeviceChoice::Gpu => "gpu",
        DeviceChoice::Cuda => "cuda",
    }
}

/// Reads what [`device`] wrote; anything else is the automatic choice.
pub fn read_device(word: &str) -> DeviceChoice {
    match word {
        "cpu" => DeviceChoice::Cpu,
        "gpu" => DeviceChoice::Gpu,
        _ => DeviceChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_can_be_read_back() {
        assert_eq!(number(0.4312, true), "43.1 %");
        assert_eq!(number(-2.0798, false), "-2.080");
        assert_eq!(number(-0.0001, false), "0.000");
        assert_eq!(number(f32::NAN, false), "not a number");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(123), "123");
    }

    #[test]
    fn a_reason_is_a_sentence_with_its_details_apart() {
        let (sentence, rest) = reason("no adapter could be had: No adapter available for WgpuDevice { .. }");
        assert_eq!(
            (sentence.as_str(), rest.as_str()),
            ("No adapter could be had.", "No adapter available for WgpuDevice { .. }")
        );
        assert_eq!(reason("It was asked for."), ("It was asked for.".into(), String::new()));
        assert_eq!(reason(""), (String::new(), String::new()));
    }

    #[test]
    fn a_projection_is_never_called_the_sphere() {
        let points = |projection, dimension| Points {
            step: 0,
            projection,
            dimension,
            explained: 0.42,
            xyz: Vec::new(),
            neighbours: None,
            pair: None,
        };
        let (title, sentence) = projection(&points(Projection::Principal, 64));
        assert_eq!(title, "A projection");
        assert!(sentence.contains("64") && sentence.contains("42 %") && sentence.contains("not what the loss sees"));
        assert_eq!(projection(&points(Projection::Sphere, 3)).0, "The true sphere");
    }

    #[test]
    fn device_words_go_both_ways() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu] {
            assert_eq!(read_device(device(choice)), choice);
        }
        assert_eq!(read_device("abacus"), DeviceChoice::Auto);
    }
}
