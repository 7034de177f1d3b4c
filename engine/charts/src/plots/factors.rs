//! What a linear map still reads off the features about each known factor of the drawn shapes: a bar a factor, and its way there.

use super::axes::SMALL;
use super::runs::{self, at_step, fitted, number, width};
use super::{Cell, Inputs, Plot, RunCurves, Table};
use crate::decimate;
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};

/// A bar for each known factor.
pub struct Factors;

/// A factor of `shapes`, by the scalar that tells how much of it survived.
struct Factor {
    /// The scalar.
    scalar: &'static str,
    /// Its name for people.
    name: &'static str,
    /// What is got without knowing anything: 0 for an `R^2`, one in as many as there are categories for an accuracy.
    chance: f64,
    /// Whether it is an accuracy.
    share: bool,
}

const fn number_factor(scalar: &'static str, name: &'static str) -> Factor {
    Factor { scalar, name, chance: 0.0, share: false }
}

/// The factors of the data set `shapes`, in its order. A background has one of four textures.
const FACTORS: [Factor; 9] = [
    number_factor("factor_foreground_hue", "foreground hue"),
    number_factor("factor_foreground_lightness", "foreground lightness"),
    number_factor("factor_background_hue", "background hue"),
    Factor { scalar: "factor_background_texture_accuracy", name: "background texture", chance: 0.25, share: true },
    number_factor("factor_texture_phase", "texture phase"),
    number_factor("factor_size", "size"),
    number_factor("factor_horizontal_position", "horizontal position"),
    number_factor("factor_vertical_position", "vertical position"),
    number_factor("factor_rotation", "rotation"),
];

/// What is known of a factor in a run.
struct Bar {
    factor: &'static Factor,
    points: Vec<(f64, f64)>,
    /// At the step that is looked at.
    now: (f64, f64),
    /// Before the first step, if that was measured.
    untrained: Option<f64>,
}

/// The factors of a run that were measured up to the step that is looked at.
fn bars(inputs: &Inputs<'_>, run: &RunCurves<'_>) -> Vec<Bar> {
    let cursor = runs::cursor(inputs.linked);
    let bar = |factor: &'static Factor| {
        let points = runs::points(run, factor.scalar);
        let now = cursor.map_or_else(|| points.last().copied(), |step| at_step(&points, step))?;
        let untrained = points.first().filter(|point| point.0 == 0.0).map(|point| point.1);
        Some(Bar { factor, points, now, untrained })
    };
    FACTORS.iter().filter_map(bar).collect()
}

fn why_empty(inputs: &Inputs<'_>) -> String {
    if inputs.runs.is_empty() {
        return inputs.why_empty();
    }
    let any = inputs.runs.iter().any(|run| FACTORS.iter().any(|factor| !runs::points(run, factor.scalar).is_empty()));
    let why = if any {
        "The factors were not measured up to this step: look at a later one."
    } else {
        "Known factors are measured of the data set shapes, where a run stands still: pause it, or let it come to its end."
    };
    why.into()
}

impl Plot for Factors {
    fn name(&self) -> &'static str {
        "factors"
    }

    fn title(&self) -> &'static str {
        "What is remembered"
    }

    fn sentence(&self) -> &'static str {
        "How much a linear map still reads off the features about each known factor of a drawn shape: what the augmentations \
         change is forgotten, what they leave alone is kept; the tick is the untrained encoder."
    }

    fn source(&self) -> &'static str {
        "von K\u{fc}gelgen et al., 2021, arXiv 2106.04619, section 5"
    }

    fn aspect(&self) -> f64 {
        0.72
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(run) = inputs.run() else { return Scene::nothing(size, &why_empty(inputs)) };
        let bars = bars(inputs, run);
        if bars.is_empty() {
            return Scene::nothing(size, &why_empty(inputs));
        }
        let mut scene = Scene::new(size);
        let layout = Layout::of(size, &bars);
        layout.ground(&mut scene);
        let others = inputs.runs.get(1).map(|other| self::bars(inputs, other)).unwrap_or_default();
        for (row, bar) in bars.iter().enumerate() {
            let other = others.iter().find(|other| other.factor.scalar == bar.factor.scalar);
            layout.bar(&mut scene, row, bar, other);
        }
        layout.foot(
            &mut scene,
            bars.iter().any(|bar| bar.untrained.is_some()),
            (!others.is_empty()).then(|| inputs.runs[1].name),
        );
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let bars = inputs.run().map(|run| bars(inputs, run)).unwrap_or_default();
        let by = |bar: &&Bar| bar.now.1;
        let (Some(most), Some(least), Some(run)) = (
            bars.iter().max_by(|a, b| by(a).total_cmp(&by(b))),
            bars.iter().min_by(|a, b| by(a).total_cmp(&by(b))),
            inputs.run(),
        ) else {
            return why_empty(inputs);
        };
        let said = |bar: &Bar| {
            let value = number(bar.now.1, bar.factor.share);
            let before = bar.untrained.map(|before| format!(", untrained {}", number(before, bar.factor.share)));
            format!("{} ({value}{})", bar.factor.name, before.unwrap_or_default())
        };
        format!("At step {} of {}, most is left of {} and least of {}.", most.now.0, run.name, said(most), said(least))
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["run", "factor", "step", "value", "untrained", "chance"]);
        for run in inputs.runs {
            for bar in bars(inputs, run) {
                let untrained = bar.untrained.unwrap_or(f64::NAN);
                let row = |&(step, value): &(f64, f64)| {
                    let numbers = [step, value, untrained, bar.factor.chance].map(Cell::Number);
                    [Cell::from(run.name), bar.factor.name.into()].into_iter().chain(numbers).collect()
                };
                table.rows.extend(bar.points.iter().map(row));
            }
        }
        table
    }
}

/// Where things stand.
struct Layout {
    /// Left and right end of the bars.
    bars: (f64, f64),
    /// Left and right end of the small curves; nothing where there is no room.
    spark: Option<(f64, f64)>,
    /// Upper end of the first row, and height of a row.
    rows: (f64, f64),
    count: usize,
    /// The value at the left end: 0, or the lowest, but not below -0.2.
    low: f64,
    /// First and last step of the small curves.
    steps: (f64, f64),
}

impl Layout {
    fn of((wide, high): (f64, f64), bars: &[Bar]) -> Self {
        let names = FACTORS.iter().map(|factor| width(factor.name, SMALL)).fold(0.0, f64::max);
        let left = (names + 14.0).min(0.46 * wide);
        // A number stands at the end of the longest bar.
        let number = 38.0;
        let spark = (wide >= 420.0).then_some((wide - 0.22 * wide, wide - 10.0));
        let right = spark.map_or(wide - 8.0, |spark| spark.0 - 14.0) - number;
        let lowest = bars.iter().flat_map(|bar| bar.untrained.into_iter().chain([bar.now.1])).fold(0.0, f64::min);
        let all = || bars.iter().flat_map(|bar| &bar.points).map(|point| point.0);
        let steps = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        let rows = (20.0, (high - 40.0) / bars.len() as f64);
        Self { bars: (left, right.max(left + 20.0)), spark, rows, count: bars.len(), low: lowest.max(-0.2), steps }
    }

    fn x(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (1.0 - self.low)).clamp(0.0, 1.0);
        self.bars.0 + share * (self.bars.1 - self.bars.0)
    }

    /// Grid lines, and numbers over them.
    fn ground(&self, scene: &mut Scene) {
        let lower = self.rows.0 + self.rows.1 * self.count as f64;
        let every = if self.bars.1 - self.bars.0 < 160.0 { 2 } else { 1 };
        for quarter in (0..=4u8).step_by(every) {
            let value = f64::from(quarter) / 4.0;
            scene.line(vec![(self.x(value), self.rows.0), (self.x(value), lower)], Stroke::new(Ink::Grid, 1.0));
            let text = if quarter % 4 == 0 { format!("{value}") } else { number(value, false).trim_end_matches('0').to_owned() };
            scene.words(&text, (self.x(value), 10.0), SMALL, Ink::Muted, Anchor::Middle);
        }
        scene.line(vec![(self.x(0.0), self.rows.0), (self.x(0.0), lower)], Stroke::new(Ink::Muted, 1.0));
        if let Some((left, right)) = self.spark {
            scene.words("over the steps, 0 to 1", (0.5 * (left + right), 10.0), SMALL, Ink::Muted, Anchor::Middle);
        }
    }

    fn bar(&self, scene: &mut Scene, row: usize, bar: &Bar, other: Option<&Bar>) {
        let (upper, height) = (self.rows.0 + self.rows.1 * row as f64, self.rows.1);
        let middle = upper + 0.5 * height;
        let thick = (0.5 * height).min(18.0);
        let name = fitted(bar.factor.name, SMALL, self.bars.0 - 10.0);
        scene.words(&name, (self.bars.0 - 6.0, middle), SMALL, Ink::Ink, Anchor::End);
        let block = |scene: &mut Scene, value: f64, upper: f64, thick: f64, ink: Ink, alpha: f64| {
            let (from, to) = (self.x(0.0).min(self.x(value)), self.x(0.0).max(self.x(value)));
            scene.block([from, upper, (to - from).max(1.0), thick], ink, alpha);
        };
        block(scene, bar.now.1, middle - 0.5 * thick, thick, Ink::Accent, 0.85);
        let mut end = self.x(bar.now.1).max(self.x(0.0));
        if let Some(other) = other {
            block(scene, other.now.1, middle + 0.5 * thick + 1.0, 0.22 * thick, Ink::Second, 1.0);
        }
        if bar.factor.chance > 0.0 {
            let x = self.x(bar.factor.chance);
            scene.line(vec![(x, middle - 0.8 * thick), (x, middle + 0.8 * thick)], Stroke::new(Ink::Level, 2.0).dashed());
        }
        if let Some(before) = bar.untrained {
            let x = self.x(before);
            scene.line(vec![(x, middle - 0.75 * thick), (x, middle + 0.75 * thick)], Stroke::new(Ink::Ink, 2.0));
            if x > end - 2.0 && x < end + 36.0 {
                end = x;
            }
        }
        scene.words(&number(bar.now.1, bar.factor.share), (end + 5.0, middle), SMALL, Ink::Ink, Anchor::Start);
        self.spark(scene, bar, upper, height);
    }

    /// The way of a factor over the steps, between 0 and 1.
    fn spark(&self, scene: &mut Scene, bar: &Bar, upper: f64, height: f64) {
        let Some((left, right)) = self.spark else { return };
        let (top, bottom) = (upper + 0.18 * height, upper + 0.82 * height);
        let span = self.steps.1 - self.steps.0;
        let place = |&(step, value): &(f64, f64)| {
            let share = if span > 0.0 { (step - self.steps.0) / span } else { 0.5 };
            (left + share * (right - left), bottom - value.clamp(0.0, 1.0) * (bottom - top))
        };
        scene.line(vec![(left, bottom), (right, bottom)], Stroke::new(Ink::Grid, 1.0));
        let placed: Vec<(f64, f64)> = decimate(&bar.points, (right - left).max(4.0) as usize).iter().map(place).collect();
        if placed.len() <= 20 {
            placed.iter().for_each(|&at| scene.disc(at, 1.6, Ink::Accent, 0.8));
        }
        scene.line(placed, Stroke::new(Ink::Accent, 1.2));
        scene.disc(place(&bar.now), 2.8, Ink::Accent, 1.0);
        let every = bar.points.len().div_ceil(40).max(1);
        for point in bar.points.iter().step_by(every) {
            let (x, y) = place(point);
            scene.thing(Reach::Point(x, y), Item::Step(point.0 as u64));
        }
    }

    /// What bar, tick and dashes are.
    fn foot(&self, scene: &mut Scene, untrained: bool, other: Option<&str>) {
        let y = scene.height - 9.0;
        let mut x = 8.0;
        let mut entry = |stroke: Stroke, words: &str| {
            let wide = 14.0 + width(words, SMALL);
            if x + wide > scene.width - 2.0 {
                return;
            }
            scene.line(vec![(x + 3.0, y - 5.0), (x + 3.0, y + 5.0)], stroke);
            scene.words(words, (x + 10.0, y), SMALL, Ink::Muted, Anchor::Start);
            x += wide + 8.0;
        };
        let wide = self.spark.is_some();
        entry(Stroke::new(Ink::Accent, 6.0), if wide { "R\u{b2}, or share of images named right" } else { "R\u{b2}, or share" });
        if untrained {
            entry(Stroke::new(Ink::Ink, 2.0), "untrained");
        }
        entry(Stroke::new(Ink::Level, 2.0).dashed(), "chance");
        if let Some(other) = other {
            entry(Stroke::new(Ink::Second, 4.0), &fitted(other, SMALL, 0.4 * self.bars.1));
        }
    }
}

#[cfg(test)]
mod tests;
