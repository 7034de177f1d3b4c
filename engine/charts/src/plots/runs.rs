//! What plots of the curves of runs share: how runs are told apart, what a curve is at a step, and words that do not cover each
//! other.

use super::axes::{Axes, Axis, SMALL};
use super::{Linked, RunCurves};
use crate::scene::{Anchor, Ink, Item, LETTER, Reach, Scene, Stroke};
use crate::{label, ticks};

#[cfg(test)]
pub(super) mod testing;

/// Height of a line of small words, CSS pixels.
pub(super) const LINE: f64 = 13.0;

/// The points of a scalar of a run, those that are numbers.
pub(super) fn points(run: &RunCurves<'_>, name: &str) -> Vec<(f64, f64)> {
    let series = run.curves.series(name).iter();
    series.filter(|(_, value)| value.is_finite()).map(|&(step, value)| (step as f64, f64::from(value))).collect()
}

/// The last point that is not after a step.
pub(super) fn at_step(points: &[(f64, f64)], step: u64) -> Option<(f64, f64)> {
    let after = points.partition_point(|point| point.0 <= step as f64);
    points.get(after.checked_sub(1)?).copied()
}

/// The step that is pointed at, or else the one that is looked at.
pub(super) fn cursor(linked: &Linked) -> Option<u64> {
    match linked.hovered {
        Some(Item::Step(step)) => Some(step),
        _ => linked.step,
    }
}

/// How the line of a run is drawn: the first in the colour of what is measured, others thinner, told apart by colour and dashes.
pub(super) fn stroke(place: usize) -> Stroke {
    let (ink, dashed) = match place {
        0 => return Stroke::new(Ink::Accent, 2.2),
        place => [(Ink::Second, false), (Ink::Muted, false), (Ink::Second, true), (Ink::Muted, true)][(place - 1) % 4],
    };
    Stroke { dashed, ..Stroke::new(ink, 1.5) }.alpha(0.75)
}

/// A number in words: three or four digits, shares in percent.
pub(super) fn number(value: f64, percent: bool) -> String {
    if !value.is_finite() {
        return "no number".into();
    }
    let spacing = match value.abs() {
        _ if percent => 0.001,
        size if size >= 100.0 => 1.0,
        size if size >= 10.0 => 0.1,
        size if size >= 1.0 => 0.01,
        size if size >= 0.001 || size == 0.0 => 0.001,
        _ => return format!("{value:.1e}").replace('-', "\u{2212}"),
    };
    label(value, spacing, percent)
}

/// So many of something: `1 image`, `3 images`, `2 classes`.
pub(super) fn plural(count: usize, what: &str) -> String {
    let ending = match (count, what.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{count} {what}{ending}")
}

/// About how wide words are, CSS pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    LETTER * size * text.chars().count() as f64
}

/// Even axes in a rectangle (left, upper, width, height), with room on the left for the longest number that may stand there
/// however many do, and both so wide that two numbers stand on them: less cannot be read.
pub(super) fn axes(area: [f64; 4], x: Axis, y: Axis) -> Axes {
    let (x, y) = (readable(x), readable(y));
    let (low, high) = (y.span.0.min(y.span.1), y.span.0.max(y.span.1));
    let number = |wanted: usize| {
        let places = ticks(low, high, wanted);
        let spacing = if places.len() > 1 { places[1] - places[0] } else { 1.0 };
        places.into_iter().map(|value| width(&label(value, spacing, y.percent), SMALL)).fold(0.0, f64::max)
    };
    let room = (2..=7).map(number).fold(0.0, f64::max) + 10.0;
    let mut axes = Axes::inside(area, x, y);
    axes.edges[0] = axes.edges[0].max(area[0] + room).min(axes.edges[2] - 10.0);
    axes
}

fn readable(mut axis: Axis) -> Axis {
    for _ in 0..30 {
        let (low, high) = axis.span;
        if (2..=8).all(|wanted| ticks(low.min(high), low.max(high), wanted).len() > 1) {
            break;
        }
        let room = 0.03 * (high - low);
        axis.span = (low - room, high + room);
    }
    axis
}

/// As much of some words as has room, with an ellipsis where there is more.
pub(super) fn fitted(text: &str, size: f64, room: f64) -> String {
    let letters = (room / (LETTER * size)).max(1.0) as usize;
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    format!("{}\u{2026}", kept.trim_end_matches([' ', ',']))
}

/// Names, each beside what it names, none over another.
pub(super) struct Labels {
    /// Left, upper, right, lower edge of where they may stand.
    room: [f64; 4],
    taken: Vec<[f64; 4]>,
}

impl Labels {
    /// For words between these edges: left, upper, right, lower.
    pub fn new(room: [f64; 4]) -> Self {
        Self { room, taken: Vec::new() }
    }

    /// Keeps words off a disc.
    pub fn avoid(&mut self, (x, y): (f64, f64), radius: f64) {
        self.taken.push([x - radius, y - radius, x + radius, y + radius]);
    }

    /// Keeps words off a rectangle: left, upper, right, lower edge.
    pub fn avoid_box(&mut self, edges: [f64; 4]) {
        self.taken.push(edges);
    }

    /// Writes small words beside a point, `gap` away, where they cover least; left out if they would cover something, unless they
    /// must stand. Whether they are written.
    pub fn beside(&mut self, scene: &mut Scene, text: &str, at: (f64, f64), gap: f64, ink: Ink, must: bool) -> bool {
        let [left, upper, right, lower] = self.room;
        let text = fitted(text, SMALL, right - left);
        let (wide, half) = (width(&text, SMALL), 0.5 * LINE);
        let inside = |x: f64, y: f64| {
            let x = x.min(right - wide).max(left);
            let y = y.min(lower - LINE).max(upper);
            [x, y, x + wide, y + LINE]
        };
        let (x, y) = at;
        let places = [
            inside(x + gap, y - half),
            inside(x - gap - wide, y - half),
            inside(x - 0.5 * wide, y - gap - LINE),
            inside(x - 0.5 * wide, y + gap),
            inside(x + 0.7 * gap, y - 0.7 * gap - LINE),
            inside(x + 0.7 * gap, y + 0.7 * gap),
            inside(x - 0.7 * gap - wide, y - 0.7 * gap - LINE),
            inside(x - 0.7 * gap - wide, y + 0.7 * gap),
            inside(x + gap, y + LINE),
            inside(x + gap, y - 2.0 * LINE),
            inside(x - 0.5 * wide, y - gap - 2.0 * LINE),
            inside(x - 0.5 * wide, y + gap + LINE),
        ];
        let own = [x - 0.5 * gap, y - 0.5 * gap, x + 0.5 * gap, y + 0.5 * gap];
        let covered = |place: &[f64; 4]| self.taken.iter().chain([&own]).map(|taken| overlap(place, taken)).sum::<f64>();
        let Some((least, place)) = places.into_iter().map(|place| (covered(&place), place)).min_by(|a, b| a.0.total_cmp(&b.0))
        else {
            return false;
        };
        if least > 0.0 && !must {
            return false;
        }
        scene.words(&text, (place[0], place[1] + half), SMALL, ink, Anchor::Start);
        // Words of one line are a little apart.
        self.taken.push([place[0] - 4.0, place[1], place[2] + 4.0, place[3]]);
        true
    }
}

/// The area that two rectangles share.
fn overlap(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    let shared = |low: usize, high: usize| (a[high].min(b[high]) - a[low].max(b[low])).max(0.0);
    shared(0, 2) * shared(1, 3)
}

/// Heights at least a line apart, as near to the wanted ones as the order allows, between two edges; in the order given.
pub(super) fn spread(wanted: &[f64], upper: f64, lower: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut places = wanted.to_vec();
    let mut from = upper;
    for &at in &order {
        places[at] = places[at].max(from);
        from = places[at] + LINE;
    }
    let mut to = lower;
    for &at in order.iter().rev() {
        places[at] = places[at].min(to);
        to = places[at] - LINE;
    }
    places
}

/// Marks the steps at which something was changed: dashed verticals, numbered above the plot where there is room.
pub(super) fn changes(scene: &mut Scene, axes: &Axes, steps: &[u64]) {
    const RADIUS: f64 = 6.0;
    let [left, upper, right, _] = axes.edges;
    lines_of_changes(scene, axes, steps);
    let mut free = left - RADIUS;
    for (number, &step) in steps.iter().enumerate() {
        let (x, _) = axes.at(step as f64, axes.y.span.0);
        if !(left - 0.5..=right + 0.5).contains(&x) {
            continue;
        }
        if x - RADIUS >= free {
            let at = (x.min(scene.width - RADIUS - 1.0), upper - RADIUS);
            scene.disc(at, RADIUS, Ink::Paper, 1.0);
            scene.ring(at, RADIUS, Stroke::new(Ink::Muted, 1.0));
            scene.words(&(number + 1).to_string(), at, 9.0, Ink::Muted, Anchor::Middle);
            free = x + RADIUS + 1.0;
        }
    }
}

/// The same without numbers.
pub(super) fn lines_of_changes(scene: &mut Scene, axes: &Axes, steps: &[u64]) {
    let [left, upper, right, lower] = axes.edges;
    for &step in steps {
        let (x, _) = axes.at(step as f64, axes.y.span.0);
        if (left - 0.5..=right + 0.5).contains(&x) {
            scene.line(vec![(x, upper), (x, lower)], Stroke::new(Ink::Muted, 1.0).dashed().alpha(0.7));
        }
    }
}

/// Words that begin a sentence.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Makes steps things that can be pointed at, each over its own share of the plot and of the numbers below it; where they would
/// be narrower than three pixels, every second, third.. one.
pub(super) fn targets(scene: &mut Scene, axes: &Axes, steps: &[u64]) {
    let [left, upper, right, lower] = axes.edges;
    let every = steps.len().div_ceil(((right - left) / 3.0).max(1.0) as usize).max(1);
    let last = steps.last().filter(|_| !(steps.len().max(1) - 1).is_multiple_of(every));
    let placed = steps.iter().step_by(every).chain(last).map(|&step| (step, axes.at(step as f64, axes.y.span.0).0));
    let placed: Vec<(u64, f64)> = placed.filter(|(_, x)| (left - 0.5..=right + 0.5).contains(x)).collect();
    for (place, &(step, x)) in placed.iter().enumerate() {
        let before = place.checked_sub(1).map_or(left, |before| 0.5 * (placed[before].1 + x));
        let after = placed.get(place + 1).map_or(right, |after| 0.5 * (after.1 + x));
        scene.thing(Reach::Box([before, upper, (after - before).max(0.0), lower + 16.0 - upper]), Item::Step(step));
    }
}

#[cfg(test)]
mod tests;
