//! The measures that have a chart: name, reading, where each is taken, and its exact protocol.

use crate::model::choices::chosen;
use crate::model::knobs::text;
use augsphere_spec::{Catalogue, Experiment, KnobKind};

/// A measure that has a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The scalar's name in events.
    pub name: &'static str,
    /// What tests hold on to.
    pub testid: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Of what it is taken: the encoder's features or the projector's embedding, of which images.
    pub space: &'static str,
    /// How to read it, whatever the method and the moment.
    pub reading: &'static str,
    /// Whether it is a share, written in percent.
    pub percent: bool,
    /// Whether every step has one, so that a running mean helps.
    pub noisy: bool,
    /// What stands beside it on the same chart.
    pub beside: Option<Beside>,
}

/// A second scalar on the chart of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its name in events.
    pub name: &'static str,
    /// What the first line is.
    pub first: &'static str,
    /// What the second line is.
    pub second: &'static str,
}

const PLAIN: Measure =
    Measure { name: "", testid: "", title: "", space: "", reading: "", percent: false, noisy: false, beside: None };

/// The measures with charts, in reading order.
pub const MEASURES: [Measure; 6] = [
    Measure {
        name: "loss",
        testid: "loss",
        title: "Loss",
        space: "embedding of the training batch, after the projector",
        reading: "Lower is better as long as only training changes: losses of other methods, temperatures or batch sizes cannot be compared with it.",
        noisy: true,
        ..PLAIN
    },
    Measure {
        name: "knn_accuracy",
        testid: "knn",
        title: "Nearest-neighbour accuracy",
        space: "features of validation images, before the projector",
        reading: "How often the most similar training images, by the encoder's features, vote for the right class.",
        percent: true,
        ..PLAIN
    },
    Measure {
        name: "alignment",
        testid: "alignment",
        title: "Alignment",
        space: "embedding of validation images, after the projector",
        reading: "Mean squared distance between two views of an image: 0 if they coincide, 2 if they are unrelated. Low is good only while uniformity is low, too.",
        ..PLAIN
    },
    Measure {
        name: "uniformity",
        testid: "uniformity",
        title: "Uniformity",
        space: "embedding of validation images, after the projector",
        reading: "How evenly the images spread over the sphere: lower is more even, the dashed line is a perfectly even spread, 0 is a single point.",
        ..PLAIN
    },
    Measure {
        name: "std",
        testid: "std",
        title: "Standard deviation",
        space: "embedding of validation images, after the projector",
        reading: "How much the channels vary from image to image: the dashed line is an even spread over all directions, 0 is all images on one point.",
        ..PLAIN
    },
    Measure {
        name: "effective_rank",
        testid: "effective-rank",
        title: "Effective rank",
        space: "embedding of validation images, after the projector",
        reading: "How many directions the embeddings really use: at most their dimension; 1 is all images along one line or on one point.",
        ..PLAIN
    },
];

/// The charts of the gradient's parts over time.
pub const ANATOMY: [Measure; 2] = [
    Measure {
        name: "gradient_positive",
        testid: "gradient-norms",
        title: "Pull and push",
        space: "embedding of the training batch, after the projector",
        reading: "How hard the loss pulls an embedding towards its other view, and how hard its other term pushes it; where the two come close, they nearly cancel and little moves.",
        beside: Some(Beside {
            name: "gradient_negative",
            first: "pull of the positive",
            second: "push of the rest, balance factor included",
        }),
        ..PLAIN
    },
    Measure {
        name: "gradient_angle",
        testid: "gradient-angle",
        title: "Angle between them, degrees",
        space: "embedding of the training batch, after the projector",
        reading: "180\u{b0}: the push acts straight against the pull and only their difference moves anything; 90\u{b0}: they do not concern each other; 0\u{b0}: both move the embedding the same way.",
        ..PLAIN
    },
];

/// Exactly how a number was computed, with `train` images to train on and `validation` ones to measure on.
pub fn protocol(name: &str, catalogue: &Catalogue, experiment: &Experiment, train: usize, validation: usize) -> String {
    let measure = |card: &str| experiment.card("measures", card).map(|choice| choice.knobs.clone()).unwrap_or_default();
    let images = measure("cadence").count("images").min(validation);
    match name {
        "loss" => {
            let batch = experiment.knobs("train").count("batch");
            format!(
                "{}; {batch} images = {} views a step. Pale: every step; bold: running mean.",
                recipe(catalogue, experiment),
                2 * batch
            )
        }
        "knn_accuracy" => {
            let knn = measure("knn");
            format!(
                "k = {}, T = {}; cosine of the features before the projector; neighbours from {} training images.",
                knn.count("k"),
                knn.float("temperature"),
                super::count(knn.count("bank").min(train))
            )
        }
        "alignment" => format!(
            "{images} validation images, two views each, the same at every step; mean of \u{2016}x \u{2212} y\u{2016}\u{b2}."
        ),
        "uniformity" => {
            let t = measure("uniformity").float("t");
            format!(
                "{images} validation images; log of the mean of exp(\u{2212}{t} \u{2016}x \u{2212} y\u{2016}\u{b2}) over pairs of \
                 different images, averaged over two views (t = {t})."
            )
        }
        "std" => {
            let dimension = experiment.knobs("projector").count("dimension");
            format!(
                "Of each of the {dimension} channels over {images} validation images, averaged. Dashed: 1/\u{221a}{dimension}."
            )
        }
        "effective_rank" => {
            let dimension = experiment.knobs("projector").count("dimension");
            format!(
                "exp of the entropy of the singular values of {images} validation embeddings of unit length, not centred; at most \
                 {dimension}."
            )
        }
        "gradient_positive" | "gradient_angle" => {
            let batch = experiment.knobs("train").count("batch");
            format!("Along the sphere, per image; mean over the {} embeddings of a batch.", 2 * batch)
        }
        _ => String::new(),
    }
}

/// The method with its knobs: `SimCLR, temperature 0.2; shared weights`.
fn recipe(catalogue: &Catalogue, experiment: &Experiment) -> String {
    let Some(method) = chosen(catalogue, experiment, "method") else { return "No method".into() };
    let values = experiment.knobs("method");
    let knobs = method.knobs.iter().filter(|knob| !matches!(knob.kind, KnobKind::Text));
    let said = knobs.filter_map(|knob| Some(format!(", {} {}", knob.title.to_lowercase(), text(values.0.get(&knob.name)?))));
    let target = chosen(catalogue, experiment, "target").map(|target| format!("; {}", target.title.to_lowercase()));
    format!("{}{}{}", method.title, said.collect::<String>(), target.unwrap_or_default())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::test_catalogue;

    #[test]
    fn every_measure_says_its_protocol() {
        let catalogue: Catalogue = serde_json::from_str(crate::CATALOGUE).unwrap();
        let experiment = catalogue.default_experiment();
        for measure in MEASURES.iter().chain(&ANATOMY) {
            assert!(measure.space.contains("before the projector") || measure.space.contains("after the projector"));
            let said = protocol(measure.name, &catalogue, &experiment, 4000, 1000);
            assert!(said.len() > 20, "{}", measure.name);
            let mut words = said.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
            assert!(!words.any(|word| word == "0"), "a knob of the protocol has another name now: {said}");
        }
    }

    #[test]
    fn the_loss_is_told_in_the_words_of_its_method() {
        let catalogue = test_catalogue::catalogue();
        let byol = catalogue.with(&catalogue.default_experiment(), &[("method.kind".into(), "byol".into())]).unwrap();
        let said = protocol("loss", &catalogue, &byol, 10, 10);
        assert!(said.starts_with("BYOL, symmetric true; momentum encoder; 128 images = 256 views a step."), "{said}");
    }
}
