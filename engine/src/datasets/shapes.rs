//! The drawn shapes: images of which everything is known.
//!
//! Ten outlines, each drawn with colours, texture, size, place and angle that are known and kept as factors. The seed
//! decides everything: image number i is the same however many there are, and the same bytes on every platform.

mod colour;
mod outline;
mod scene;

use super::{DataError, Dataset, Factor, Images, Scale, Source, Splits};
use crate::pace::Pace;
use crate::random::{Purpose, RngExt, stream};
use augsphere_spec::{Card, Knob, Knobs};
use outline::OUTLINES;
use scene::{Scene, TEXTURES};

/// The data set that needs no file.
pub(super) const SOURCE: Source = Source { card, load: |knobs, seed, _, pace| Box::pin(load(knobs, seed, pace)) };

/// The name in experiments.
pub(super) const KIND: &str = "shapes";

/// The name for people.
const TITLE: &str = "Shapes";

/// Reads a factor's value from a scene.
type Reading = fn(&Scene) -> f32;

/// A factor: its name, how to read it, and where it is in a scene.
const FACTORS: [(&str, Scale, Reading); 9] = [
    ("foreground hue", Scale::Circular, |scene| scene.hue),
    ("foreground lightness", Scale::Linear, |scene| scene.lightness),
    ("background hue", Scale::Circular, |scene| scene.ground_hue),
    ("background texture", Scale::Categories(TEXTURES), |scene| f32::from(scene.texture)),
    ("texture phase", Scale::Circular, |scene| scene.phase),
    ("size", Scale::Linear, |scene| scene.size),
    ("horizontal position", Scale::Linear, |scene| scene.position[0]),
    ("vertical position", Scale::Linear, |scene| scene.position[1]),
    ("rotation", Scale::Linear, |scene| scene.turn),
];

/// How the scenes are to vary.
#[derive(Clone, Copy)]
struct Variety {
    seed: u64,
    side: usize,
    /// Probability that the foreground has its class's own hue, class / 10 turns, give or take 0.03 at full nuisance.
    shortcut: f32,
    /// How far the factors vary: 0 not at all, 1 fully.
    nuisance: f32,
}

/// Images of two splits never share a stream.
#[derive(Clone, Copy)]
enum Split {
    Train = 0,
    Test = 1,
    Validation = 2,
}

fn card() -> Card {
    Card::new(
        KIND,
        TITLE,
        "Ten drawn shapes whose colour, texture, size, place and angle are known; made here, from the seed.",
        "",
    )
    .knobs([
        Knob::int("train", "Training images", 4_000, 16, 50_000, "How many images to train on; the classes come equally often."),
        Knob::int(
            "validation",
            "Validation images",
            1_000,
            16,
            10_000,
            "How many other images the measures are taken on while one trains and chooses.",
        ),
        Knob::int("test", "Test images", 1_000, 16, 10_000, "How many images to hold out for the last numbers of a run."),
        Knob::int("side", "Side in pixels", 32, 8, 128, "Width and height of the images, a multiple of 4."),
        Knob::float(
            "shortcut",
            "Colour shortcut",
            0.0,
            0.0,
            1.0,
            "How often the colour gives the shape away, in all images alike: 0 never, 1 always.",
        ),
        Knob::float(
            "nuisance",
            "Nuisance",
            1.0,
            0.0,
            1.0,
            "How far colour, texture, size, place and angle vary: 0 not at all, 1 fully.",
        ),
    ])
}

async fn load(knobs: &Knobs, seed: u64, pace: &Pace) -> Result<Dataset, DataError> {
    let side = knobs.count("side");
    if side == 0 || !side.is_multiple_of(4) {
        return Err(DataError::Knob { path: "data.side", expected: "a multiple of 4", found: side.to_string() });
    }
    let variety = Variety { seed, side, shortcut: knobs.float("shortcut") as f32, nuisance: knobs.float("nuisance") as f32 };
    let [train, validation, test] = ["train", "validation", "test"].map(|split| knobs.count(split));
    pace.stage("Drawing the images", (train + validation + test) as u64);
    let (train, train_scenes) = draw(variety, Split::Train, train, pace).await;
    let (validation, validation_scenes) = draw(variety, Split::Validation, validation, pace).await;
    let (test, test_scenes) = draw(variety, Split::Test, test, pace).await;
    let classes = OUTLINES.iter().map(|outline| outline.name.to_owned()).collect();
    let mut dataset = Dataset::new(KIND, TITLE, classes, Splits { train, validation, test });
    dataset.factors = FACTORS
        .iter()
        .map(|&(name, scale, read)| Factor {
            name: name.to_owned(),
            scale,
            train: train_scenes.iter().map(read).collect(),
            validation: validation_scenes.iter().map(read).collect(),
            test: test_scenes.iter().map(read).collect(),
        })
        .collect();
    Ok(dataset)
}

/// Draws one split. Each block of ten images holds every class once, in an order of its own.
async fn draw(variety: Variety, split: Split, count: usize, pace: &Pace) -> (Images, Vec<Scene>) {
    // Bits of a stream's index: split, block or image, number.
    let split = (split as u64) << 62;
    let block_bit = 1 << 61;
    let mut pixels = Vec::with_capacity(count * 3 * variety.side * variety.side);
    let mut labels = Vec::with_capacity(count);
    let mut scenes = Vec::with_capacity(count);
    let mut order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    for number in 0..count as u64 {
        let position = number as usize % order.len();
        if position == 0 {
            order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
            stream(variety.seed, Purpose::Shapes, split | block_bit | number).shuffle(&mut order);
        }
        let class = order[position];
        let scene = Scene::draw(variety, class, &mut stream(variety.seed, Purpose::Shapes, split | number));
        scene.render(variety.side, &OUTLINES[usize::from(class)], &mut pixels);
        labels.push(class);
        scenes.push(scene);
        pace.done(1).await;
    }
    (Images::new(variety.side, pixels, labels), scenes)
}
