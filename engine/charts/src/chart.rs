//! What is on a chart, and which numbers do its axes span?

use crate::Rgb;

/// How loudly a line speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The line to read.
    Strong,
    /// What stands behind it: every single step under its running mean.
    Faint,
}

/// Which of two lines on one chart it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The first, or the only one: solid.
    #[default]
    First,
    /// What it is compared with: another colour, and dashed for those to whom colours say nothing.
    Second,
    /// One of several: a colour of its own, dashed or not.
    Own {
        /// The colour.
        rgb: Rgb,
        /// Whether it is dashed.
        dashed: bool,
    },
}

/// One line over training steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Step and value, steps rising.
    pub points: Vec<(f64, f64)>,
    /// How loudly it speaks.
    pub weight: Weight,
    /// Whether each point also gets a dot (for few, far apart points).
    pub dots: bool,
    /// Whether it is the first or the second of two.
    pub place: Place,
}

/// A reference that the line is to be compared with: a chance level, an optimum.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Its height.
    pub value: f64,
    /// What it is, in a few words.
    pub label: String,
}

/// One measure over training steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Drawn above the plot; empty where the surroundings already say it.
    pub title: String,
    /// The lines, later ones on top.
    pub lines: Vec<Line>,
    /// Horizontal references; they always are in view.
    pub levels: Vec<Level>,
    /// Steps at which something was changed during the run, rising; numbered from 1 in this order.
    pub marks: Vec<f64>,
    /// Whether the values are shares to be written in percent.
    pub percent: bool,
}

/// Where the plot lies on its surface (pixels) and what it spans (steps and values).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge in pixels.
    pub left: f64,
    /// Right edge in pixels.
    pub right: f64,
    /// Upper edge in pixels.
    pub top: f64,
    /// Lower edge in pixels.
    pub bottom: f64,
    /// First and last step.
    pub steps: (f64, f64),
    /// Lowest and highest value.
    pub values: (f64, f64),
}

impl Chart {
    /// The frame of this chart on a surface of `width` by `height` pixels, at `scale` pixels to the point.
    pub fn frame(&self, width: f64, height: f64, scale: f64) -> Frame {
        let top = if self.title.is_empty() { 8.0 } else { 30.0 } + if self.marks.is_empty() { 0.0 } else { 11.0 };
        Frame {
            left: 38.0 * scale,
            right: (width - 8.0 * scale).max(39.0 * scale),
            top: top * scale,
            bottom: (height - 20.0 * scale).max((top + 1.0) * scale),
            steps: (0.0, self.last_step().max(10.0)),
            values: self.values(),
        }
    }

    /// The last step of any line.
    pub fn last_step(&self) -> f64 {
        self.lines.iter().filter_map(|line| line.points.last()).map(|point| point.0).fold(0.0, f64::max)
    }

    /// The value of the strongest line at the point nearest to `step`.
    pub fn near(&self, step: f64) -> Option<(f64, f64)> {
        let line = self.lines.iter().rev().find(|line| line.weight == Weight::Strong && !line.points.is_empty())?;
        let after = line.points.partition_point(|point| point.0 < step);
        let candidates = [after.checked_sub(1), (after < line.points.len()).then_some(after)];
        let near = candidates
            .into_iter()
            .flatten()
            .min_by(|&a, &b| (line.points[a].0 - step).abs().total_cmp(&(line.points[b].0 - step).abs()));
        near.map(|index| line.points[index])
    }

    /// Index of the mark whose line passes within `reach` pixels of `x`, the nearest one first.
    pub fn mark_near(&self, frame: &Frame, x: f64, reach: f64) -> Option<usize> {
        let distance = |index: &usize| (frame.x(self.marks[*index]) - x).abs();
        let nearest = (0..self.marks.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.filter(|index| distance(index) <= reach)
    }

    fn values(&self) -> (f64, f64) {
        let heights = self
            .lines
            .iter()
            .flat_map(|line| line.points.iter().map(|point| point.1))
            .chain(self.levels.iter().map(|level| level.value));
        let (low, high) = heights
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return (0.0, 1.0);
        }
        // A single value is shown among its neighbours, not between two of its own last digits.
        let span = (high - low).max(0.1 * high.abs().max(low.abs())).max(1e-2);
        let slack = 0.5 * (span - (high - low));
        (low - slack - 0.1 * span, high + slack + 0.14 * span)
    }
}

impl Frame {
    /// Pixel of a step.
    pub fn x(&self, step: f64) -> f64 {
        self.left + (step - self.steps.0) / (self.steps.1 - self.steps.0) * (self.right - self.left)
    }

    /// Pixel of a value.
    pub fn y(&self, value: f64) -> f64 {
        self.bottom - (value - self.values.0) / (self.values.1 - self.values.0) * (self.bottom - self.top)
    }

    /// Step at a pixel, kept inside the plot.
    pub fn step(&self, x: f64) -> f64 {
        let share = ((x - self.left) / (self.right - self.left)).clamp(0.0, 1.0);
        self.steps.0 + share * (self.steps.1 - self.steps.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Line {
        Line { points: points.to_vec(), weight: Weight::Strong, dots: false, place: Place::First }
    }

    #[test]
    fn levels_are_always_in_view() {
        let chart = Chart {
            lines: vec![line(&[(0.0, 5.0), (50.0, 4.0)])],
            levels: vec![Level { value: 5.54, label: String::new() }],
            ..Chart::default()
        };
        let frame = chart.frame(300.0, 120.0, 1.0);
        assert!(frame.values.0 < 4.0 && frame.values.1 > 5.54);
        assert!((frame.step(frame.x(20.0)) - 20.0).abs() < 1e-9);
        assert!(frame.y(5.54) > frame.top && frame.y(4.0) < frame.bottom);
    }

    #[test]
    fn an_empty_or_flat_chart_still_has_a_span() {
        for chart in [Chart::default(), Chart { lines: vec![line(&[(0.0, 0.0)])], ..Chart::default() }] {
            let (low, high) = chart.frame(300.0, 120.0, 1.0).values;
            assert!(low < high && low.is_finite() && high.is_finite());
        }
    }

    #[test]
    fn a_mark_is_found_near_its_line_only() {
        let chart = Chart { lines: vec![line(&[(0.0, 1.0), (100.0, 2.0)])], marks: vec![20.0, 22.0, 80.0], ..Chart::default() };
        let frame = chart.frame(300.0, 120.0, 1.0);
        assert_eq!(chart.mark_near(&frame, frame.x(80.0) + 5.0, 7.0), Some(2));
        assert_eq!(chart.mark_near(&frame, frame.x(22.4), 7.0), Some(1));
        assert_eq!(chart.mark_near(&frame, frame.x(50.0), 7.0), None);
        assert_eq!(Chart::default().mark_near(&frame, 100.0, 7.0), None);
    }

    #[test]
    fn the_nearest_point_is_found_at_both_ends() {
        let chart = Chart { lines: vec![line(&[(0.0, 1.0), (10.0, 2.0), (20.0, 3.0)])], ..Chart::default() };
        assert_eq!(chart.near(-5.0), Some((0.0, 1.0)));
        assert_eq!(chart.near(14.0), Some((10.0, 2.0)));
        assert_eq!(chart.near(99.0), Some((20.0, 3.0)));
        assert_eq!(Chart::default().near(1.0), None);
    }
}
