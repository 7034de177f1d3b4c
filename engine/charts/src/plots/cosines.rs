//! How similar images of one class are, images of different classes, and two views of one image.

use super::axes::{Axes, Axis};
use super::marks::{self, Mark};
use super::runs::number;
use super::{Cell, Inputs, Plot, Table};
use crate::scene::{Ink, Scene, Stroke};
use augsphere_spec::{Knob, Payload};

#[cfg(test)]
mod tests;

/// Histograms of the cosines of three kinds of pairs.
pub struct Cosines;

/// The kinds: name of the part, words, and words for the summary.
const KINDS: [(&str, &str, &str); 3] = [
    ("different", "different classes", "two images of different classes"),
    ("same", "same class", "two images of one class"),
    ("positive", "two views of an image", "two views of one image"),
];

/// Pairs of one kind.
struct Pairs<'a> {
    kind: usize,
    from: f64,
    to: f64,
    shares: &'a [f32],
    mean: f64,
}

impl Pairs<'_> {
    /// The lower end of a bin.
    fn end(&self, bin: usize) -> f64 {
        self.from + (self.to - self.from) * bin as f64 / self.shares.len() as f64
    }

    fn stroke(&self) -> Stroke {
        match KINDS[self.kind].0 {
            "same" => Stroke::new(Ink::Accent, 2.2),
            "different" => Stroke::new(Ink::Second, 1.6).dashed(),
            _ => Stroke::new(Ink::Ink, 1.2),
        }
    }

    /// The outline, from the left end of the axis to its right.
    fn outline(&self) -> Vec<(f64, f64)> {
        let tops = self.shares.iter().enumerate().map(|(bin, share)| {
            let share = if share.is_finite() { f64::from(*share) } else { 0.0 };
            [(self.end(bin), share), (self.end(bin + 1), share)]
        });
        std::iter::once((self.from, 0.0)).chain(tops.flatten()).chain([(self.to, 0.0)]).collect()
    }
}

fn pairs<'a>(inputs: &Inputs<'a>) -> Vec<Pairs<'a>> {
    let of = |(kind, (name, ..)): (usize, &(&str, &str, &str))| {
        let Payload::Histogram { from, to, counts } = inputs.part(name)? else { return None };
        let (from, to) = (f64::from(*from), f64::from(*to));
        let mean = inputs.number(&format!("{name}_mean")).unwrap_or(f64::NAN);
        (!counts.is_empty() && from < to).then_some(Pairs { kind, from, to, shares: counts, mean })
    };
    KINDS.iter().enumerate().filter_map(of).collect()
}

impl Plot for Cosines {
    fn name(&self) -> &'static str {
        "cosines"
    }

    fn title(&self) -> &'static str {
        "Cosines of pairs"
    }

    fn sentence(&self) -> &'static str {
        "How similar two images of one class are, two of different classes, and two views of one image: the further apart the first two, the \
         easier classes are told apart."
    }

    fn source(&self) -> &'static str {
        "Wang, Isola, 2020, arXiv 2005.10242, figure 3, with cosines for distances"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![Knob::int("bins", "Bins", 40, 10, 100, "How many equal bins between \u{2212}1 and 1.")]
    }

    fn asks(&self) -> bool {
        true
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let pairs = pairs(inputs);
        if pairs.is_empty() {
            return Scene::nothing(size, &inputs.why_empty());
        }
        let mut scene = Scene::new(size);
        let above = marks::height(pairs.len());
        let shares = pairs.iter().flat_map(|pairs| pairs.shares).filter(|share| share.is_finite());
        let highest = shares.fold(0.0f64, |highest, share| highest.max(f64::from(*share)));
        let y = Axis::new("share of pairs", (0.0, if highest > 0.0 { 1.05 * highest } else { 1.0 })).percent();
        let axes = Axes::inside([0.0, above, size.0, size.1 - above], Axis::new("cosine", (-1.0, 1.0)), y);
        axes.draw(&mut scene);
        for pairs in &pairs {
            let outline = axes.curve(pairs.outline());
            let alpha = if KINDS[pairs.kind].0 == "same" { 0.28 } else { 0.1 };
            scene.area(outline.clone(), pairs.stroke().ink, alpha);
            scene.line(outline, pairs.stroke());
        }
        let mark = |pairs: &Pairs<'_>| Mark {
            x: pairs.mean,
            words: format!("{}, mean {}", KINDS[pairs.kind].1, number(pairs.mean, false)),
            stroke: Stroke { width: 1.2, ..pairs.stroke() },
        };
        marks::draw(&mut scene, &axes, pairs.iter().map(mark).collect(), 2.0);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let pairs = pairs(inputs);
        if pairs.is_empty() {
            return inputs.why_empty();
        }
        let said = |pairs: &Pairs<'_>| format!("{} {}", KINDS[pairs.kind].2, number(pairs.mean, false));
        let means: Vec<String> = pairs.iter().rev().map(said).collect();
        let step = inputs.answer.map_or(0, |answer| answer.step);
        let views = if pairs.iter().any(|pairs| KINDS[pairs.kind].0 == "positive") {
            ""
        } else {
            " Two views of one image are compared at the present step only: that needs the network, and past steps keep the embeddings alone."
        };
        format!("Mean cosines at step {step}: {}.{views}", means.join(", "))
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["pairs", "from", "to", "share"]);
        for pairs in &pairs(inputs) {
            table.rows.extend(pairs.shares.iter().enumerate().map(|(bin, share)| {
                let numbers = [pairs.end(bin), pairs.end(bin + 1), f64::from(*share)];
                std::iter::once(KINDS[pairs.kind].1.into()).chain(numbers.map(Cell::Number)).collect()
            }));
        }
        table
    }
}
