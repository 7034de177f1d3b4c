//! The picture of a chart.

use super::{Chart, DASH, Frame, Line, Place, Sample, Weight, Words};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use crate::{decimate, label, ticks};

/// Size of numbers and small words.
const SMALL: f64 = 10.5;

impl Chart {
    /// The chart over the whole of a surface, width and height in CSS pixels. Its marks are the things that can be pointed at.
    pub fn scene(&self, (width, height): (f64, f64)) -> Scene {
        let frame = self.frame(width, height);
        let mut scene = Scene::new((width, height));
        scene.words(&self.title, (8.0, 15.0), 14.0, Ink::Ink, Anchor::Start);
        for (sample, words) in self.legend_words(width) {
            entry(&mut scene, sample, &words);
        }
        self.axes(&mut scene, &frame);
        for &mark in &self.marks {
            let x = frame.x(mark);
            scene.line(vec![(x, frame.top), (x, frame.bottom)], Stroke::new(Ink::Ink, 1.0).alpha(0.4));
            scene.thing(Reach::Box([x - 3.0, frame.top, 6.0, frame.bottom - frame.top]), Item::Step(mark as u64));
        }
        for level in &self.levels {
            let y = frame.y(level.value);
            scene.line(vec![(frame.left, y), (frame.right, y)], level_stroke());
        }
        for line in &self.lines {
            curve(&mut scene, &frame, line);
        }
        for words in self.heights(&frame) {
            scene.words(&words.text, (words.left, words.middle), SMALL, Ink::Level, Anchor::Start);
        }
        numbers(&mut scene, &frame, &self.marks);
        scene
    }

    fn axes(&self, scene: &mut Scene, frame: &Frame) {
        let heights = ticks(frame.values.0, frame.values.1, ((frame.bottom - frame.top) / 18.0).clamp(3.0, 7.0) as usize);
        let apart = spacing(&heights);
        for value in heights {
            let y = frame.y(value);
            scene.line(vec![(frame.left, y), (frame.right, y)], Stroke::new(Ink::Grid, 1.0));
            scene.words(&label(value, apart, self.percent), (frame.left - 6.0, y), SMALL, Ink::Muted, Anchor::End);
        }
        let mut steps = ticks(frame.steps.0, frame.steps.1, ((frame.right - frame.left) / 64.0).clamp(2.0, 8.0) as usize);
        // There is no half step.
        steps.retain(|step| step.fract() == 0.0);
        let apart = spacing(&steps);
        for step in steps {
            let x = frame.x(step);
            let anchor = if x > frame.right - 14.0 { Anchor::End } else { Anchor::Middle };
            scene.words(&label(step, apart, false), (x, frame.bottom + 11.0), SMALL, Ink::Muted, anchor);
        }
    }
}

fn curve(scene: &mut Scene, frame: &Frame, line: &Line) {
    let columns = (frame.right - frame.left).max(1.0) as usize;
    let seen = decimate(&within(&line.points, frame.steps.1), columns);
    let points: Vec<(f64, f64)> = seen.into_iter().map(|(step, value)| (frame.x(step), frame.y(value))).collect();
    let (alpha, width) = match line.weight {
        Weight::Strong => (1.0, 1.75),
        Weight::Faint => (0.28, 1.0),
        Weight::Former => (0.5, 1.25),
    };
    let (ink, dashed) = match line.place {
        _ if line.weight == Weight::Former => (Ink::Muted, false),
        Place::First => (Ink::Accent, false),
        Place::Second => (Ink::Second, true),
        Place::Own { ink, dashed } => (ink, dashed),
    };
    let (last, few) = (points.len().saturating_sub(1), line.dots && points.len() < 60);
    for (index, &at) in points.iter().enumerate() {
        let newest = index == last && line.weight == Weight::Strong;
        if newest || few {
            scene.disc(at, if newest { 3.0 } else { 2.0 }, ink, alpha);
        }
    }
    scene.line(points, Stroke { dashed, ..Stroke::new(ink, width).alpha(alpha) });
}

/// A piece of the line, then what it is.
fn entry(scene: &mut Scene, sample: Sample, words: &Words) {
    let stroke = match sample {
        Sample::First => Stroke::new(Ink::Accent, 1.75),
        Sample::Second => Stroke::new(Ink::Second, 1.75).dashed(),
        Sample::Former => Stroke::new(Ink::Muted, 1.25).alpha(0.5),
        Sample::Level => level_stroke(),
    };
    scene.line(vec![(words.left - DASH + 2.0, words.middle), (words.left - 6.0, words.middle)], stroke);
    scene.words(&words.text, (words.left, words.middle), SMALL, Ink::Muted, Anchor::Start);
}

fn level_stroke() -> Stroke {
    Stroke::new(Ink::Level, 1.0).alpha(0.9).dashed()
}

/// A numbered dot above each mark. Dots that would lie on each other stand beside each other.
fn numbers(scene: &mut Scene, frame: &Frame, marks: &[f64]) {
    const SIZE: f64 = 6.5;
    let mut former = f64::NEG_INFINITY;
    for (index, &mark) in marks.iter().enumerate() {
        let x = frame.x(mark).max(former + 2.0 * SIZE).min(frame.right);
        former = x;
        let at = (x, frame.top - SIZE);
        scene.disc(at, SIZE, Ink::Ink, 1.0);
        scene.words(&(index + 1).to_string(), at, if index < 9 { 9.5 } else { 8.0 }, Ink::Paper, Anchor::Middle);
    }
}

/// The part of a line up to the step `last`, where it is cut off between two points.
fn within(points: &[(f64, f64)], last: f64) -> Vec<(f64, f64)> {
    let end = points.partition_point(|point| point.0 <= last);
    let mut kept = points[..end].to_vec();
    if let (Some(&before), Some(&after)) = (kept.last(), points.get(end)) {
        let share = (last - before.0) / (after.0 - before.0);
        kept.push((last, before.1 + share * (after.1 - before.1)));
    }
    kept
}

fn spacing(ticks: &[f64]) -> f64 {
    if ticks.len() > 1 { ticks[1] - ticks[0] } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Shape;
    use crate::{Level, svg};

    fn lines(scene: &Scene, wanted: Ink) -> Vec<(usize, Stroke)> {
        let line = |shape: &Shape| match shape {
            Shape::Line { points, stroke } if stroke.ink == wanted => Some((points.len(), *stroke)),
            _ => None,
        };
        scene.shapes.iter().filter_map(line).collect()
    }

    fn line(points: Vec<(f64, f64)>, place: Place) -> Line {
        Line { points, weight: Weight::Strong, dots: false, place }
    }

    #[test]
    fn a_line_ends_where_the_view_ends() {
        let line = [(0.0, 1.0), (10.0, 2.0), (30.0, 6.0)];
        assert_eq!(within(&line, 20.0), [(0.0, 1.0), (10.0, 2.0), (20.0, 4.0)]);
        assert_eq!(within(&line, 30.0), line);
        assert!(within(&[(5.0, 1.0)], 2.0).is_empty());
    }

    #[test]
    fn a_loss_chart_has_its_title_its_level_and_a_line_that_falls() {
        let points = (0..500).map(|step| (f64::from(step), 5.5 - f64::from(step) * 0.004)).collect();
        let chart = Chart {
            title: "Loss".into(),
            lines: vec![line(points, Place::First)],
            levels: vec![Level { value: 5.54, label: "chance: log(2N-1)".into() }],
            key: vec![(Sample::Level, "5.54 \u{b7} chance: log(2N-1)".into())],
            legend: true,
            ..Chart::default()
        };
        let scene = chart.scene((400.0, 200.0));
        let text = svg(&scene, false, &|_| String::new());
        assert!(text.contains("Loss") && text.contains("chance: log(2N-1)"));
        let frame = chart.frame(400.0, 200.0);
        assert!(frame.y(5.5) < frame.y(3.5));
        assert_eq!(lines(&scene, Ink::Accent).len(), 1);
        assert_eq!(lines(&scene, Ink::Level).len(), 2, "the level, and its sample in the key");
    }

    #[test]
    fn values_that_are_no_numbers_are_left_out() {
        let points = vec![(0.0, 1.0), (1.0, 0.8), (2.0, f64::NAN), (3.0, 0.5), (4.0, 0.4), (5.0, f64::INFINITY)];
        let chart = Chart { lines: vec![Line { dots: true, ..line(points, Place::First) }], ..Chart::default() };
        let scene = chart.scene((400.0, 200.0));
        assert_eq!(lines(&scene, Ink::Accent).iter().map(|line| line.0).collect::<Vec<_>>(), [4]);
        let text = svg(&scene, true, &|_| String::new());
        assert!(!text.contains("NaN") && !text.contains("inf"));
    }

    #[test]
    fn changes_are_numbered_and_can_be_pointed_at_and_a_second_line_is_dashed() {
        let points = vec![(0.0, 1.0), (100.0, 2.0)];
        let chart = Chart {
            lines: vec![line(points.clone(), Place::First), line(points, Place::Second)],
            marks: vec![10.0, 12.0, 90.0],
            ..Chart::default()
        };
        let scene = chart.scene((400.0, 200.0));
        let numbered = |shape: &&Shape| matches!(shape, Shape::Words { ink: Ink::Paper, .. });
        assert_eq!(scene.shapes.iter().filter(numbered).count(), 3);
        let frame = chart.frame(400.0, 200.0);
        assert_eq!(scene.hit((frame.x(90.0) + 2.0, frame.top + 20.0)), Some(Item::Step(90)));
        assert!(lines(&scene, Ink::Second)[0].1.dashed && !lines(&scene, Ink::Accent)[0].1.dashed);
    }
}
