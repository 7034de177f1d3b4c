//! What do the tests choose from? A small catalogue with everything that a chosen card can ask of others.

use augsphere_spec::{Card, Catalogue, Knob, Section};

/// SimCLR, BYOL and a method that sees labels; a target branch that not all of them take.
pub fn catalogue() -> Catalogue {
    let card = |name: &str, title: &str| Card::new(name, title, "One sentence.", "Somebody, 2020, arXiv 2001.01234");
    let section = |name: &str, title: &str, live: bool, cards: Vec<Card>| Section {
        name: name.into(),
        title: title.into(),
        help: "Help.".into(),
        live,
        cards,
        ..Section::default()
    };
    let temperature = || Knob::float("temperature", "Temperature", 0.5, 0.01, 10.0, "Help.").live();
    let flip = card("flip", "Horizontal flip").knobs([Knob::float("probability", "Probability", 0.5, 0.0, 1.0, "Help.").live()]);
    let methods = vec![
        card("simclr", "SimCLR").family("contrastive").knobs([temperature()]),
        card("byol", "BYOL")
            .family("asymmetric")
            .knobs([Knob::switch("symmetric", "Symmetric", true, "Help.")])
            .implies("target.kind", "momentum")
            .conflicts_with("target.kind", "momentum_positive", "it has no other terms"),
        card("supervised", "Supervised").family("labels allowed"),
        card("infonce", "InfoNCE").family("contrastive").knobs([temperature()]),
    ];
    let targets = vec![
        card("shared", "Shared weights"),
        card("momentum", "Momentum encoder").knobs([Knob::float("momentum", "Momentum", 0.99, 0.0, 1.0, "Help.").live()]),
        card("momentum_positive", "Momentum positives").conflicts_with("method.kind", "supervised", "it has no positives"),
    ];
    Catalogue {
        sections: vec![
            Section { all: true, ..section("augment", "Augmentations", false, vec![flip]) },
            section("method", "Method", true, methods),
            section("target", "Target branch", true, targets),
            section(
                "train",
                "Training",
                false,
                vec![card("train", "Training").knobs([
                    Knob::int("steps", "Steps", 1000, 1, 100_000, "Help."),
                    Knob::int("batch", "Batch", 128, 2, 4096, "Help."),
                ])],
            ),
        ],
    }
}
