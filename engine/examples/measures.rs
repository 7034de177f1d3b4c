//! How long do the measures take here? `measures --bank 50000 --queries 10000 --images 10000 --width 512`
//!
//! kNN and the nearest centre for `queries` with `bank` rows, uniformity and rank of two views of `images`, all of `width` random numbers, at
//! the defaults. The last line of stdout is JSON: median seconds, and GFLOP/s, counting each inner product once (all pairs of both views for
//! uniformity, one symmetric matrix for rank).

use augsphere_engine::bench::{CLASSES, clustered_rows};
use augsphere_engine::metrics::{EvalOutputs, cards, knn::unit_rows, measure};
use augsphere_spec::Choice;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

/// Times each measure is taken.
const TIMES: usize = 3;

struct Given {
    bank: usize,
    queries: usize,
    images: usize,
    width: usize,
}

impl Given {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut given = Self { bank: 50_000, queries: 10_000, images: 10_000, width: 512 };
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            let number = value.parse().map_err(|_| format!("{word} needs a number, found {value}"))?;
            match word.as_str() {
                "--bank" => given.bank = number,
                "--queries" => given.queries = number,
                "--images" => given.images = number,
                "--width" => given.width = number,
                _ => return Err(format!("{word} is not known; use --bank N --queries N --images N --width N")),
            }
        }
        Ok(given)
    }

    /// Additions and multiplications of a measure's inner products.
    fn operations(&self, measure: &str) -> f64 {
        let [bank, queries, images, width] = [self.bank, self.queries, self.images, self.width].map(|number| number as f64);
        match measure {
            "knn" => 2.0 * bank * queries * width,
            "nearest_centre" => 2.0 * f64::from(CLASSES) * queries * width,
            "uniformity" => 2.0 * images * images * width,
            _ => images * width * images.min(width),
        }
    }
}

fn main() -> Result<(), String> {
    let given = Given::read(std::env::args().skip(1))?;
    let [(bank, bank_labels), (features, labels)] =
        [(given.bank, 1), (given.queries, 2)].map(|(count, index)| clustered_rows(count, given.width, index));
    let [first, second] = [3, 4].map(|index| unit_rows(&clustered_rows(given.images, given.width, index).0, given.width));
    let held = EvalOutputs {
        bank: &bank,
        bank_labels: &bank_labels,
        features: &features,
        labels: &labels,
        width: given.width,
        classes: usize::from(CLASSES),
        views: [&first, &second],
        fixed_views: [&[], &[]],
        dimension: given.width,
        device: None,
    };
    let mut line = BTreeMap::new();
    for kind in ["knn", "nearest_centre", "uniformity", "rank"] {
        let Some(card) = cards().into_iter().find(|card| card.name == kind) else { continue };
        let choices = [Choice { kind: kind.to_owned(), knobs: card.defaults() }];
        let mut seconds = Vec::new();
        for _ in 0..TIMES {
            let start = Instant::now();
            let scalars = measure(&held, &choices).scalars;
            seconds.push(start.elapsed().as_secs_f64());
            line.extend(scalars.into_iter().map(|scalar| (scalar.name, f64::from(scalar.value))));
        }
        seconds.sort_by(f64::total_cmp);
        let median = seconds[TIMES / 2];
        line.insert(format!("{kind}_seconds"), median);
        line.insert(format!("{kind}_gflops"), given.operations(kind) / median / 1e9);
    }
    writeln!(std::io::stdout(), "{}", serde_json::json!(line)).map_err(|error| error.to_string())
}
