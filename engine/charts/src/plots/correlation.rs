//! Barlow Twins' matrix, and how it keeps the centres of classes apart.

use super::axes::{SMALL, WORDS};
use super::heat::{Heat, scale};
use super::runs::{fitted, number, width};
use super::{Cell, Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::Knob;

#[cfg(test)]
mod tests;

/// The cross-correlation of the channels of two views, and the numbers that are made of it.
pub struct Correlation;

/// Height of a line of numbers, CSS pixels.
const ROW: f64 = 15.0;

/// A line of numbers: what it is, and its value.
struct Line {
    what: String,
    value: String,
    head: bool,
}

fn line(what: impl Into<String>, value: impl Into<String>) -> Line {
    Line { what: what.into(), value: value.into(), head: false }
}

fn lines(inputs: &Inputs<'_>) -> Vec<Line> {
    let of = |name: &str| inputs.number(name).unwrap_or(f64::NAN);
    let said = |name: &str| number(of(name), false);
    let head = |what: &str| Line { head: true, ..line(what, "") };
    let mut lines = vec![
        head("The loss"),
        line("diagonal, \u{3a3} (1 \u{2212} C)\u{b2}", said("diagonal")),
        line("off the diagonal, \u{3a3} C\u{b2}", said("off_diagonal")),
        line(format!("loss, \u{3bb} = {}", number(inputs.knobs.float("lambda"), false)), said("loss")),
        head("From the diagonal to alignment"),
        line("distance\u{b2} of two views", said("alignment")),
        line("at most 2 \u{221a}(d \u{d7} diagonal)", said("alignment_bound")),
        head("From the matrix to class centres \u{3bc}"),
        line("|C \u{2212} I|\u{b2}", said("identity")),
        line("|C \u{2212} M|\u{b2}, M = \u{3a3} p \u{3bc} \u{3bc}\u{1d40}", said("centres")),
        line("|M \u{2212} I|\u{b2}, by the trace", said("spread")),
    ];
    if inputs.number("product").is_some() {
        lines.push(line("largest product \u{3bc} \u{b7} \u{3bc}\u{2032}", said("product")));
        lines.push(line("at most, by theorem 4", said("bound")));
    }
    lines
}

impl Plot for Correlation {
    fn name(&self) -> &'static str {
        "correlation"
    }

    fn title(&self) -> &'static str {
        "Barlow's matrix"
    }

    fn sentence(&self) -> &'static str {
        "The correlation C of every channel of one view with every channel of the other: Barlow Twins wants 1 on the diagonal, which aligns \
         views, and 0 elsewhere, which keeps the centres of classes apart."
    }

    fn source(&self) -> &'static str {
        "Zbontar et al., 2021, arXiv 2103.03230, equation 2; Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, section 4.2"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::int("images", "Images", 256, 16, 512, "How many validation images, two views of each."),
            Knob::float("lambda", "\u{3bb}", 0.005, 0.0, 1.0, "Weight of what is off the diagonal in the loss.").logarithmic(),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        1.15
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some((columns, values)) = table(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let lines = lines(inputs);
        let all = ROW * lines.len() as f64;
        // Numbers beside the matrix, or below it: all of them, or those of the loss where there is no room.
        let beside = size.0 >= 560.0;
        let foot = 26.0;
        let (side, numbers, shown) = if beside {
            let side = (size.1 - foot - 6.0).min(size.0 - 300.0);
            (side, [side + 30.0, 8.0, size.0 - side - 40.0], lines.len())
        } else {
            let shown = if size.1 - foot - all >= 0.4 * size.1 { lines.len() } else { 4 };
            let side = (size.1 - foot - 8.0 - ROW * shown as f64).min(size.0 - 12.0);
            (side, [8.0, side + foot + 8.0, size.0 - 16.0], shown)
        };
        let side = side.floor().max(1.0);
        let left = if beside { 6.0 } else { (0.5 * (size.0 - side)).floor() };
        let heat = Heat { values, side: columns, area: (left, 5.0, side) };
        heat.draw(&mut scene);
        scene.frame([left, 5.0, side, side], Stroke::new(Ink::Grid, 1.0));
        let middle = 5.0 + side + 12.0;
        let end = scale(&mut scene, (if beside { left } else { 8.0 }, middle), "C");
        let of = inputs.number("dimension").unwrap_or(columns as f64);
        let room = if beside { size.0 - 4.0 - end } else { size.0 - end - 16.0 };
        let words =
            if of > columns as f64 { format!("the first {columns} of {of} channels") } else { format!("{columns} channels") };
        scene.words(&fitted(&words, SMALL, room), (end + 10.0, middle), SMALL, Ink::Muted, Anchor::Start);
        write(&mut scene, &lines[..shown.min(lines.len())], numbers);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        if table(inputs).is_none() {
            return inputs.why_empty();
        }
        let said = |name: &str| number(inputs.number(name).unwrap_or(f64::NAN), false);
        let count = |name: &str| inputs.number(name).unwrap_or(f64::NAN);
        let classes = inputs.number("product").map_or_else(String::new, |product| {
            format!(
                " The largest product of two of the {} class centres is {}, and the trace argument allows {}.",
                count("classes"),
                number(product, false),
                said("bound")
            )
        });
        format!(
            "Over {} images and {} channels the diagonal is {} away from 1 (sum of squares), the squares off it add up to {}, and the loss is \
             {}.{classes}",
            count("images"),
            count("dimension"),
            said("diagonal"),
            said("off_diagonal"),
            said("loss"),
        )
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut out = Table::new(&["what", "row", "column", "value"]);
        let Some((columns, values)) = table(inputs) else { return out };
        for (at, value) in values.iter().enumerate() {
            let [row, column] = [at / columns + 1, at % columns + 1].map(|place| Cell::Number(place as f64));
            out.rows.push(vec!["correlation".into(), row, column, f64::from(*value).into()]);
        }
        let names = [
            "images",
            "dimension",
            "classes",
            "diagonal",
            "off_diagonal",
            "loss",
            "alignment",
            "alignment_bound",
            "identity",
            "centres",
            "spread",
            "product",
            "bound",
        ];
        for (name, value) in names.into_iter().filter_map(|name| Some((name, inputs.number(name)?))) {
            out.rows.push(vec![name.into(), f64::NAN.into(), f64::NAN.into(), value.into()]);
        }
        out
    }
}

/// The matrix, if it is a square one.
fn table<'a>(inputs: &Inputs<'a>) -> Option<(usize, &'a [f32])> {
    inputs.matrix("correlations").filter(|(columns, values)| *columns > 0 && values.len() == columns * columns)
}

/// Lines of numbers in an area: left, upper, width.
fn write(scene: &mut Scene, lines: &[Line], [left, upper, wide]: [f64; 3]) {
    let right = left + wide.min(300.0);
    for (place, line) in lines.iter().enumerate() {
        let y = upper + ROW * (place as f64 + 0.5);
        let (size, ink) = if line.head { (WORDS, Ink::Ink) } else { (SMALL, Ink::Muted) };
        let indent = if line.head { 0.0 } else { 8.0 };
        let room = right - left - indent - width(&line.value, SMALL) - 8.0;
        scene.words(&fitted(&line.what, size, room), (left + indent, y), size, ink, Anchor::Start);
        scene.words(&line.value, (right, y), SMALL, Ink::Ink, Anchor::End);
    }
}
