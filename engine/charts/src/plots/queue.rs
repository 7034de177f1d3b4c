//! The queue of former keys, and how stale they are.

use super::axes::{Axis, SMALL, WORDS};
use super::panels::{areas, below, draw};
use super::runs::{axes, fitted, number, width};
use super::{Cell, Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};

mod ring;
#[cfg(test)]
mod tests;

/// The ring of the keys, shaded by age, and a curve of their staleness.
pub struct Queue;

/// The keys of a step.
#[derive(Clone, Copy)]
struct Keys {
    /// How many steps ago they were made, from 1.
    age: usize,
    /// The place of the first one.
    first: usize,
    /// How many they are.
    count: usize,
}

/// What is drawn.
struct Shown {
    /// Places of the ring.
    length: usize,
    /// The place of the next key.
    next: usize,
    /// Places that hold keys of an encoder.
    real: usize,
    /// Whether random directions stand in the others.
    random: bool,
    /// The keys of each step, the newest first; last what is left of a step whose keys are partly gone.
    keys: Vec<Keys>,
    /// Steps whose keys are all there.
    whole: usize,
    /// Age in steps, and 1 - cosine, ages rising.
    drift: Vec<(f64, f64)>,
    /// After how many steps this is.
    now: u64,
}

impl Shown {
    fn of(inputs: &Inputs<'_>) -> Option<Self> {
        // Counts are small enough for a float to hold exactly.
        let count = |value: f64| (value.is_finite() && value >= 0.0).then_some(value as usize);
        let named = |name: &str| inputs.number(name).and_then(count);
        let (length, (_, steps)) = (named("length").filter(|length| *length > 0)?, inputs.matrix("steps")?);
        let mut keys = Vec::new();
        for (age, [first, many]) in (1..).zip(steps.as_chunks().0) {
            let (first, count) = (count(f64::from(*first))?, count(f64::from(*many))?.min(length));
            keys.push(Keys { age, first: first % length, count });
        }
        let (whole, next, real) = (keys.len(), named("next")? % length, named("real")?.min(length));
        let there: usize = keys.iter().map(|keys| keys.count).sum();
        if there > length {
            return None;
        }
        if real == length && there < length {
            keys.push(Keys { age: whole + 1, first: next, count: length - there });
        }
        let drift = inputs.series("drift").map_or_else(Vec::new, |(ages, drift)| {
            let points = ages.iter().zip(drift).map(|(age, drift)| (f64::from(*age), f64::from(*drift)));
            points.filter(|(age, drift)| age.is_finite() && drift.is_finite()).collect()
        });
        let now = inputs.answer.map_or(0, |answer| answer.step);
        Some(Self { length, next, real, random: named("random") == Some(1), keys, whole, drift, now })
    }

    /// The step that made keys of an age.
    fn step(&self, age: usize) -> u64 {
        (self.now + 1).saturating_sub(age as u64)
    }

    /// The age of the keys that are pointed at, if there are such.
    fn pointed(&self, inputs: &Inputs<'_>) -> Option<&Keys> {
        let Some(Item::Step(step)) = inputs.linked.hovered else { return None };
        self.keys.iter().find(|keys| self.step(keys.age) == step)
    }

    fn oldest(&self) -> usize {
        self.keys.last().map_or(0, |keys| keys.age)
    }

    /// The strength of the colour of keys of an age: 1 for the newest, and the oldest are still seen.
    fn shade(&self, age: f64) -> f64 {
        1.0 - 0.82 * (age - 1.0) / (self.oldest() as f64 - 1.0).max(1.0)
    }

    fn drift_at(&self, age: usize) -> f64 {
        self.drift.iter().find(|point| point.0 == age as f64).map_or(f64::NAN, |point| point.1)
    }

    /// What stands where no encoder's key does.
    fn rest(&self) -> &'static str {
        if self.random { "random directions" } else { "nothing" }
    }
}

impl Plot for Queue {
    fn name(&self) -> &'static str {
        "queue"
    }

    fn title(&self) -> &'static str {
        "The queue of keys"
    }

    fn sentence(&self) -> &'static str {
        "Embeddings of former batches, which are still negatives, in their ring: the stronger the colour, the newer; the next go \
         over the oldest, at the arrow. Beside it how far the key encoder has moved away from them."
    }

    fn source(&self) -> &'static str {
        "He et al., 2020, arXiv 1911.05722, sections 3.1 and 3.2"
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.62
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(shown) = Shown::of(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let [left, right] = areas(size);
        ring::draw(&mut scene, left, &shown, inputs);
        curve(&mut scene, right, &shown, inputs);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(shown) = Shown::of(inputs) else { return inputs.why_empty() };
        let Shown { length, next, real, whole, .. } = shown;
        let steps = if whole == 1 { "the last step".into() } else { format!("the last {whole} steps") };
        let filled = match real {
            0 => format!("None of the {length} places holds a key yet: {} in them", stands(shown.rest())),
            _ if real < length => {
                format!("{real} of {length} places hold the keys of {steps}, {} in the others", stands(shown.rest()))
            }
            _ => format!("All {length} places hold keys, whole those of {steps}"),
        };
        let stale = match (shown.drift.first(), shown.drift.last()) {
            (Some(newest), Some(oldest)) if newest.0 < oldest.0 => format!(
                " Between a key and what the key encoder makes of the same view now, 1 \u{2212} cosine is {} \
                 after {} and {} after {}.",
                number(newest.1, false),
                plural(newest.0),
                number(oldest.1, false),
                plural(oldest.0),
            ),
            (Some(only), _) => format!(
                " Between a key and what the key encoder makes of the same view now, 1 \u{2212} cosine is {} after {}.",
                number(only.1, false),
                plural(only.0)
            ),
            _ => String::new(),
        };
        format!("{filled}; the next goes to place {next}.{stale}")
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["age_steps", "step", "first_place", "keys", "one_minus_cosine"]);
        let Some(shown) = Shown::of(inputs) else { return table };
        for keys in &shown.keys {
            let [age, first, count] = [keys.age, keys.first, keys.count].map(|count| Cell::Number(count as f64));
            table.rows.push(vec![age, Cell::Number(shown.step(keys.age) as f64), first, count, shown.drift_at(keys.age).into()]);
        }
        table
    }
}

fn stands(what: &str) -> String {
    format!("{what} stand{}", if what.ends_with('s') { "" } else { "s" })
}

fn plural(steps: f64) -> String {
    format!("{steps} step{}", if steps == 1.0 { "" } else { "s" })
}

/// The staleness of keys over their age.
fn curve(scene: &mut Scene, area: [f64; 4], shown: &Shown, inputs: &Inputs<'_>) {
    let titles = [
        "staleness: 1 \u{2212} cosine of a key with what the key encoder says now",
        "1 \u{2212} cosine of a key with itself now",
        "1 \u{2212} cosine with now",
    ];
    let room = area[2] - 10.0;
    let title = titles.into_iter().find(|title| width(title, WORDS) <= room).unwrap_or(titles[2]);
    let largest = shown.drift.iter().map(|point| point.1).fold(0.0, f64::max);
    let x = Axis::new("age, steps", (0.0, shown.oldest().max(1) as f64));
    let y = Axis::new("", (0.0, if largest > 0.0 { 1.08 * largest } else { 1.0 }));
    let axes = axes(below(area), x, y);
    draw(scene, &axes, area, title);
    let [left, upper, right, lower] = axes.edges;
    if shown.drift.is_empty() {
        let words = fitted("keys of this network come with the next step", SMALL, right - left);
        scene.words(&words, (0.5 * (left + right), 0.5 * (upper + lower)), SMALL, Ink::Muted, Anchor::Middle);
        return;
    }
    if let Some(keys) = shown.pointed(inputs) {
        axes.cursor(scene, keys.age as f64);
    }
    // A key that is made now is as it is made.
    let points = || [(0.0, 0.0)].into_iter().chain(shown.drift.iter().copied());
    scene.line(axes.curve(points()), Stroke::new(Ink::Accent, 2.2));
    for (age, drift) in &shown.drift {
        let at = axes.at(*age, *drift);
        scene.disc(at, 5.0, Ink::Accent, 1.0);
        scene.disc(at, 3.4, Ink::Amount(shown.shade(*age)), 1.0);
        scene.thing(Reach::Point(at.0, at.1), Item::Step(shown.step(*age as usize)));
    }
    if let Some((age, drift)) = shown.drift.last() {
        let at = axes.at(*age, *drift);
        scene.words(&number(*drift, false), (at.0 - 9.0, at.1), SMALL, Ink::Accent, Anchor::End);
    }
}
