//! Which catalogue is small enough to see through, and yet has a knob of every kind?

use augsphere_spec::{Card, Catalogue, Knob, Section};

/// Data (two cards), augmentations (all apply), a method, training.
pub fn catalogue() -> Catalogue {
    let section = |name: &str, all: bool, cards: Vec<Card>| Section {
        name: name.into(),
        title: name.into(),
        help: "Help.".into(),
        all,
        cards,
        ..Section::default()
    };
    let card = |name: &str| Card::new(name, name, "Summary.", "");
    Catalogue {
        sections: vec![
            section(
                "data",
                false,
                vec![
                    card("shapes").knobs([
                        Knob::int("train", "", 4000, 16, 50_000, ""),
                        Knob::float("shortcut", "", 0.0, 0.0, 1.0, ""),
                        Knob::switch("texture", "", true, ""),
                    ]),
                    card("archive").knobs([Knob::text("path", "", ""), Knob::int("train", "", 50_000, 1, 50_000, "")]),
                ],
            ),
            section(
                "augment",
                true,
                vec![
                    card("crop").knobs([
                        Knob::float("scale_min", "", 0.08, 0.0, 1.0, "").live(),
                        Knob::float("scale_max", "", 1.0, 0.0, 1.0, "").live(),
                    ]),
                    card("flip").knobs([
                        Knob::float("probability", "", 0.5, 0.0, 1.0, "").live(),
                        Knob::int("order", "", 2, 1, 20, "").live().formerly("place"),
                    ]),
                ],
            ),
            section(
                "method",
                false,
                vec![
                    card("simclr")
                        .formerly("nt_xent")
                        .knobs([Knob::float("temperature", "", 0.5, 0.01, 10.0, "").logarithmic().live()]),
                ],
            ),
            section(
                "train",
                false,
                vec![card("train").knobs([
                    Knob::int("steps", "", 1000, 1, 1_000_000, ""),
                    Knob::choice("schedule", "", &["cosine", "constant"], ""),
                ])],
            ),
        ],
    }
}
