//! The catalogue: everything that can be chosen.

use crate::heads::{predictor, projector};
use crate::trainer::BatchNorm;
use crate::{augmentations, datasets, encoders, methods, metrics, optimisers};
use augsphere_spec::{Card, Catalogue, Knob, Section};

/// Everything that can be chosen, from the engine's lists.
pub fn catalogue() -> Catalogue {
    let one = |name: &str, title: &str, help: &str, cards| section(name, title, help, cards);
    let all = |name: &str, title: &str, help: &str, cards| Section { all: true, ..section(name, title, help, cards) };
    let live = |name: &str, title: &str, help: &str, cards| Section { live: true, ..section(name, title, help, cards) };
    Catalogue {
        sections: vec![
            one("data", "Data", "Which images does the encoder look at?", datasets::cards()),
            Section {
                recipes: augmentations::recipes(),
                ..all(
                    "augment",
                    "Augmentations",
                    "What may change between two views of the same image? Each view draws its own random numbers.",
                    augmentations::cards(),
                )
            },
            Section {
                follows: Some("augment".into()),
                ..all(
                    "second",
                    "Second view",
                    "Is the second view of an image made differently? What is not said here is as for the first.",
                    augmentations::cards(),
                )
            },
            one("encoder", "Encoder", "Which network turns an image into features?", encoders::cards()),
            live("method", "Method", "What is asked of the points?", methods::cards()),
            live(
                "projector",
                "Projector",
                "What maps features to the point on the sphere that the loss sees?",
                vec![projector::card()],
            ),
            live(
                "predictor",
                "Predictor",
                "What stands between the trained branch and what it is compared with?",
                predictor::cards(),
            ),
            live(
                "target",
                "Target branch",
                "Where do the points come from that the others are compared with?",
                methods::target::cards(),
            ),
            live("optimiser", "Optimiser", "How do gradients move the weights?", optimisers::cards()),
            one("train", "Training", "How long, and how much at once?", vec![training()]),
            all("measures", "Measures", "What is measured on validation images, and how often?", measures()),
        ],
    }
}

fn section(name: &str, title: &str, help: &str, cards: Vec<Card>) -> Section {
    Section { name: name.into(), title: title.into(), help: help.into(), cards, ..Section::default() }
}

fn training() -> Card {
    Card::new("train", "Training", "How long, and how much at once.", "").knobs([
        Knob::int("steps", "Steps", 1000, 1, 10_000_000, "When to stop."),
        Knob::int("batch", "Batch", 128, 2, 4096, "Images a step; each gives two views."),
        Knob::int("warmup", "Warm-up", 20, 0, 1_000_000, "Steps over which the learning rate rises linearly."),
        Knob::choice(
            "schedule",
            "Schedule",
            &["cosine", "constant"],
            "After the warm-up: a half cosine down to zero at the last step, or no change.",
        ),
        Knob::choice(
            "batch_norm",
            "Batch normalisation",
            &BatchNorm::NAMES,
            "pooled: both views of all images share statistics, as SimCLR on one device. per_view: each view has its own, as BYOL, SimSiam, \
             Barlow Twins and VICReg. shuffled: each view in eight groups, those of the momentum encoder of other images, as MoCo.",
        )
        .live(),
        Knob::float(
            "clip",
            "Gradient guard",
            0.0,
            0.0,
            1e6,
            "Scales a gradient down to this norm if it is longer; 0 leaves it alone.",
        )
        .live(),
    ])
}

fn measures() -> Vec<Card> {
    let cadence = Card::new("cadence", "Cadence", "When and on how much to measure.", "").knobs([
        Knob::int(
            "every",
            "Every",
            50,
            1,
            1_000_000,
            "Steps between two measurements; also taken before the first and after the last step.",
        ),
        Knob::int(
            "images",
            "Images",
            512,
            2,
            10_000,
            "Validation images for alignment, uniformity, standard deviation and rank (the first ones).",
        ),
    ]);
    std::iter::once(cadence).chain(metrics::cards()).collect()
}
