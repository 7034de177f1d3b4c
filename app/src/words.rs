//! Which sentence belongs to which number? Every measure with its name, its reading and its protocol.

use augsphere_spec::{DeviceChoice, Experiment, Points, Projection};

/// A measure that has a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The scalar's name in events.
    pub name: &'static str,
    /// What tests hold on to.
    pub testid: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// One sentence: how to read it.
    pub reading: &'static str,
    /// Whether it is a share, written in percent.
    pub percent: bool,
    /// Whether every step has one, so that a running mean helps.
    pub noisy: bool,
}

/// The measures with charts, in reading order.
pub const MEASURES: [Measure; 5] = [
    Measure {
        name: "loss",
        testid: "loss",
        title: "Loss",
        reading: "Below the dashed line, the encoder picks out the other view of an image among all views of the batch better than by guessing.",
        percent: false,
        noisy: true,
    },
    Measure {
        name: "knn_accuracy",
        testid: "knn",
        title: "Nearest-neighbour accuracy",
        reading: "How often the most similar training images, seen through the encoder, vote for the right class; labels are used here only, never to train.",
        percent: true,
        noisy: false,
    },
    Measure {
        name: "alignment",
        testid: "alignment",
        title: "Alignment",
        reading: "Mean squared distance between two views of an image: 0 if they coincide, 2 if they are unrelated. Low is good only while uniformity is low, too.",
        percent: false,
        noisy: false,
    },
    Measure {
        name: "uniformity",
        testid: "uniformity",
        title: "Uniformity",
        reading: "How evenly the images spread over the sphere: lower is more even, the dashed line is a perfectly even spread, 0 is a single point.",
        percent: false,
        noisy: false,
    },
    Measure {
        name: "std",
        testid: "std",
        title: "Standard deviation",
        reading: "How much the channels of the embedding vary from image to image: 0 is collapse, all images on one point; near the dashed line every direction is used.",
        percent: false,
        noisy: false,
    },
];

/// Exactly how a number was computed, with `train` images to train on and `test` held out.
pub fn protocol(name: &str, experiment: &Experiment, train: usize, test: usize) -> String {
    let measure = |card: &str| experiment.card("measures", card).map(|choice| choice.knobs.clone()).unwrap_or_default();
    let images = measure("cadence").count("images").min(test);
    match name {
        "loss" => {
            let batch = experiment.knobs("train").count("batch");
            let temperature = experiment.knobs("method").float("temperature");
            format!(
                "NT-Xent, {batch} images = {} views a step, temperature {temperature}. Pale: every step; bold: running mean.",
                2 * batch
            )
        }
        "knn_accuracy" => {
            let knn = measure("knn");
            format!(
                "k = {}, T = {}; cosine of the features before the projector; neighbours from {} training images.",
                knn.count("k"),
                knn.float("temperature"),
                count(knn.count("bank").min(train))
            )
        }
        "alignment" => format!(
            "{images} held-out images, two views each, the same at every step; mean of \u{2016}x \u{2212} y\u{2016}\u{b2}."
        ),
        "uniformity" => {
            let t = measure("uniformity").float("t");
            format!(
                "{images} held-out images; log of the mean of exp(\u{2212}{t} \u{2016}x \u{2212} y\u{2016}\u{b2}) over pairs of \
                 different images, averaged over two views (t = {t})."
            )
        }
        "std" => {
            let dimension = experiment.knobs("projector").count("dimension");
            format!("Of each of the {dimension} channels over {images} held-out images, averaged. Dashed: 1/\u{221a}{dimension}.")
        }
        _ => String::new(),
    }
}

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
            "The embedding has 2 dimensions: you see the very circle the loss sees. Outside it: how many images point each way."
                .into(),
        ),
        Projection::Sphere => {
            ("The true sphere", "The embedding has 3 dimensions: you see the very sphere the loss sees.".into())
        }
        Projection::Principal => (
            "A projection",
            format!(
                "The embedding has {} dimensions. You see its three principal components, which carry {:.0} % of its variance, \
                 pushed out to the sphere: not what the loss sees.",
                points.dimension,
                100.0 * points.explained
            ),
        ),
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
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
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
        let points = |projection, dimension| Points { step: 0, projection, dimension, explained: 0.42, xyz: Vec::new() };
        let (title, sentence) = projection(&points(Projection::Principal, 64));
        assert_eq!(title, "A projection");
        assert!(sentence.contains("64") && sentence.contains("42 %") && sentence.contains("not what the loss sees"));
        assert_eq!(projection(&points(Projection::Sphere, 3)).0, "The true sphere");
    }

    #[test]
    fn every_measure_says_its_protocol() {
        let catalogue: augsphere_spec::Catalogue = serde_json::from_str(crate::CATALOGUE).unwrap();
        let experiment = catalogue.default_experiment();
        for measure in MEASURES {
            let said = protocol(measure.name, &experiment, 4000, 1000);
            assert!(said.len() > 20, "{}", measure.name);
            let mut words = said.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
            assert!(!words.any(|word| word == "0"), "a knob of the protocol has another name now: {said}");
        }
    }

    #[test]
    fn device_words_go_both_ways() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu] {
            assert_eq!(read_device(device(choice)), choice);
        }
        assert_eq!(read_device("abacus"), DeviceChoice::Auto);
    }
}
