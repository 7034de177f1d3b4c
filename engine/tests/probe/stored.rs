//! The stored rows and what scikit-learn found on them (`reference.py`).

use augsphere_engine::datasets::Scale;
use augsphere_engine::metrics::factors::Sets;
use augsphere_engine::metrics::logistic::Rows;
use serde_json::Value;
use std::ops::Range;

pub const WIDTH: usize = 24;
pub const CLASSES: usize = 10;
/// Rows for training, for validation and for the test.
const SPLIT: [Range<usize>; 3] = [0..1200, 1200..1800, 1800..2400];
const KNOWN: usize = 5;

pub struct Stored {
    pub features: Vec<f32>,
    /// Class, size, tint, hue and texture of each row.
    known: [Vec<f32>; KNOWN],
    labels: Vec<u8>,
    pub reference: Value,
}

pub fn stored() -> Stored {
    let floats = |bytes: &[u8]| bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect::<Vec<f32>>();
    let known = floats(include_bytes!("known.f32"));
    let known: [Vec<f32>; KNOWN] = std::array::from_fn(|column| known.iter().skip(column).step_by(KNOWN).copied().collect());
    Stored {
        features: floats(include_bytes!("features.f32")),
        labels: known[0].iter().map(|class| *class as u8).collect(),
        known,
        reference: serde_json::from_str(include_str!("reference.json")).expect("the reference"),
    }
}

impl Stored {
    /// Training, validation and test rows.
    pub fn rows(&self) -> [Rows<'_>; 3] {
        let features = |rows: &Range<usize>| &self.features[rows.start * WIDTH..rows.end * WIDTH];
        SPLIT.each_ref().map(|rows| Rows { features: features(rows), width: WIDTH, labels: &self.labels[rows.clone()] })
    }

    /// Their features alone.
    pub fn sets(&self) -> Sets<'_> {
        let [train, validation, test] = self.rows().map(|rows| rows.features);
        Sets { train, validation, test }
    }

    /// Size, tint, hue and texture.
    pub fn factors(&self) -> [(Scale, Sets<'_>); 4] {
        let scales = [Scale::Linear, Scale::Linear, Scale::Circular, Scale::Categories(4)];
        std::array::from_fn(|factor| {
            let [train, validation, test] = SPLIT.each_ref().map(|rows| &self.known[factor + 1][rows.clone()]);
            (scales[factor], Sets { train, validation, test })
        })
    }
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(number).collect()
}

pub fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: expected {expected}, found {found}");
}

pub fn all_near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        near(*found, *expected, tolerance, &format!("{what}, number {at}"));
    }
}
