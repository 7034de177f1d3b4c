//! A chart as data: its lines, levels and marks, what its axes span, and where every word stands. How it is drawn is in [`Chart::scene`].

mod scene;

use crate::scene::Ink;

/// How loudly a line speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The line to read.
    Strong,
    /// What stands behind it: every single step under its running mean.
    Faint,
    /// The same measure of the run before: grey, behind everything, never read off.
    Former,
}

/// Which of two lines on one chart it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Place {
    /// The first, or the only one: solid.
    #[default]
    First,
    /// What it is compared with: another colour, and dashed for those to whom colours say nothing.
    Second,
    /// One of several: a colour of its own, dashed or not.
    Own {
        /// The colour.
        ink: Ink,
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
    /// What it is, in a few words, without its height.
    pub label: String,
}

/// What a word of the key stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// A line at [`Place::First`].
    First,
    /// A line at [`Place::Second`].
    Second,
    /// A line of the run before.
    Former,
    /// A level.
    Level,
}

/// Words on a surface, and the room that they take: no curve passes there.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// The words.
    pub text: String,
    /// Left edge in CSS pixels.
    pub left: f64,
    /// Middle of the line in CSS pixels from the upper edge.
    pub middle: f64,
    /// Width in CSS pixels, as far as it can be told without a font.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
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
    /// First and last place across; without them from 0 to the last step, and at least to 10.
    pub across: Option<(f64, f64)>,
    /// What the lines and levels are, in the order of reading.
    pub key: Vec<(Sample, String)>,
    /// Whether the key is drawn, between title and plot; the page writes it beside the chart.
    pub legend: bool,
}

/// Height of a line of words, CSS pixels.
const LINE: f64 = 13.0;
/// Usual width of a character of the small words, CSS pixels.
const LETTER: f64 = 5.9;
/// Room for the sample of a line in the key, CSS pixels.
const DASH: f64 = 24.0;

/// Where the plot lies on its surface (CSS pixels) and what it spans (steps and values).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge in CSS pixels.
    pub left: f64,
    /// Right edge in CSS pixels.
    pub right: f64,
    /// Upper edge in CSS pixels.
    pub top: f64,
    /// Lower edge in CSS pixels.
    pub bottom: f64,
    /// First and last step.
    pub steps: (f64, f64),
    /// Lowest and highest value.
    pub values: (f64, f64),
}

impl Chart {
    /// The frame of this chart on a surface of `width` by `height` CSS pixels. The plot leaves room for title and key above it, for the axis
    /// to the left and below, and for the heights of the levels to the right.
    pub fn frame(&self, width: f64, height: f64) -> Frame {
        let title = if self.title.is_empty() { 8.0 } else { 30.0 };
        let rows = self.rows(width).last().map_or(0, |(row, _)| row + 1);
        let marks = if self.marks.is_empty() { 0.0 } else { 11.0 };
        let top = title + LINE * rows as f64 + if rows > 0 { 3.0 } else { 0.0 } + marks;
        let letters = self.levels.iter().map(|level| self.height_of(level).chars().count()).max();
        let margin = letters.map_or(8.0, |letters| LETTER * letters as f64 + 8.0);
        Frame {
            left: 38.0,
            right: (width - margin).max(39.0),
            top,
            bottom: (height - 20.0).max(top + 1.0),
            steps: self.across.unwrap_or_else(|| (0.0, self.last_step().max(10.0))),
            values: self.values(),
        }
    }

    /// The height of a level as the margin and the key write it.
    pub fn height_of(&self, level: &Level) -> String {
        let text = if self.percent { format!("{:.1}%", 100.0 * level.value) } else { format!("{:.2}", level.value) };
        text.replace('-', "\u{2212}")
    }

    /// The heights of the levels in the margin to the right of the plot, each beside its line, or as near to it as the others let it.
    pub fn heights(&self, frame: &Frame) -> Vec<Words> {
        let mut words: Vec<Words> = self
            .levels
            .iter()
            .filter(|level| level.value.is_finite())
            .map(|level| {
                let text = self.height_of(level);
                let width = LETTER * text.chars().count() as f64;
                Words { text, left: frame.right + 5.0, middle: frame.y(level.value), width, height: LINE }
            })
            .collect();
        words.sort_by(|a, b| a.middle.total_cmp(&b.middle));
        // From above downwards, then back up where the last ones have no room.
        let mut least = frame.top - 0.5 * LINE;
        for word in &mut words {
            word.middle = word.middle.max(least);
            least = word.middle + LINE;
        }
        let mut most = frame.bottom;
        for word in words.iter_mut().rev() {
            word.middle = word.middle.min(most);
            most = word.middle - LINE;
        }
        words
    }

    /// The words of the key, above the plot, and what stands before each; none where the page writes them.
    pub fn legend_words(&self, width: f64) -> Vec<(Sample, Words)> {
        let title = if self.title.is_empty() { 8.0 } else { 30.0 };
        let place = |((row, left), (sample, text)): ((usize, f64), &(Sample, String))| {
            let middle = title + LINE * (row as f64 + 0.5);
            let width = LETTER * text.chars().count() as f64;
            (*sample, Words { text: text.clone(), left: left + DASH, middle, width, height: LINE })
        };
        self.rows(width).into_iter().zip(&self.key).map(place).collect()
    }

    /// Row and left edge of each word of the key on a surface of this width.
    fn rows(&self, width: f64) -> Vec<(usize, f64)> {
        let (mut row, mut left) = (0, 8.0);
        let words = self.key.iter().filter(|_| self.legend);
        words
            .map(|(_, text)| {
                let wanted = DASH + LETTER * text.chars().count() as f64;
                if left > 8.0 && left + wanted > width - 8.0 {
                    (row, left) = (row + 1, 8.0);
                }
                let at = (row, left);
                left += wanted + 12.0;
                at
            })
            .collect()
    }

    /// The last step in view: that of any line; a run before that went further is in view as far as half as many steps again, so that the
    /// beginning of a new run is not a speck at the left edge.
    pub fn last_step(&self) -> f64 {
        let last = |former: bool| {
            let lines = self.lines.iter().filter(|line| (line.weight == Weight::Former) == former);
            lines.filter_map(|line| line.points.last()).map(|point| point.0).fold(0.0, f64::max)
        };
        let now = last(false);
        now.max(last(true).min((1.5 * now).max(100.0)))
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
        let last = self.last_step();
        let heights = self
            .lines
            .iter()
            .flat_map(|line| line.points.iter().filter(|point| point.0 <= last).map(|point| point.1))
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
        let frame = chart.frame(300.0, 120.0);
        assert!(frame.values.0 < 4.0 && frame.values.1 > 5.54);
        assert!((frame.step(frame.x(20.0)) - 20.0).abs() < 1e-9);
        assert!(frame.y(5.54) > frame.top && frame.y(4.0) < frame.bottom);
    }

    #[test]
    fn an_empty_or_flat_chart_still_has_a_span() {
        for chart in [Chart::default(), Chart { lines: vec![line(&[(0.0, 0.0)])], ..Chart::default() }] {
            let (low, high) = chart.frame(300.0, 120.0).values;
            assert!(low < high && low.is_finite() && high.is_finite());
        }
    }

    #[test]
    fn a_mark_is_found_near_its_line_only() {
        let chart = Chart { lines: vec![line(&[(0.0, 1.0), (100.0, 2.0)])], marks: vec![20.0, 22.0, 80.0], ..Chart::default() };
        let frame = chart.frame(300.0, 120.0);
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

    fn crowded(percent: bool, values: &[f64]) -> Chart {
        let level = |&value: &f64| Level { value, label: "a level with quite a few words".into() };
        Chart {
            lines: vec![line(&[(0.0, 0.1), (200.0, 0.9), (400.0, 0.12)])],
            levels: values.iter().map(level).collect(),
            percent,
            ..Chart::default()
        }
    }

    /// Words never stand where a curve may pass, nor on each other, nor beyond the edge: on every width, with levels close together.
    #[test]
    fn heights_of_levels_stand_beside_the_plot_and_apart() {
        for (percent, values) in [(true, vec![0.1, 0.101, 0.384]), (false, vec![-3.98, -3.97, -3.96, 0.0]), (false, vec![0.125])]
        {
            let chart = crowded(percent, &values);
            for width in [230.0, 385.0, 600.0] {
                let height = 148.0;
                let frame = chart.frame(width, height);
                let words = chart.heights(&frame);
                assert_eq!(words.len(), values.len());
                for word in &words {
                    assert!(word.left >= frame.right, "{word:?} is in the plot");
                    assert!(word.left + word.width <= width, "{word:?} is cut off at {width}");
                    assert!(word.middle - 0.5 * word.height >= -1.0 && word.middle + 0.5 * word.height <= height, "{word:?}");
                }
                assert!(words.windows(2).all(|pair| pair[1].middle - pair[0].middle >= pair[0].height - 1e-6), "{words:?}");
                assert!(frame.right - frame.left > 0.6 * width, "the plot is only {} of {width} wide", frame.right - frame.left);
            }
        }
    }

    /// The key is wrapped into rows between title and plot.
    #[test]
    fn a_drawn_key_stands_above_the_plot_in_rows() {
        let key = ["this run", "the run before", "10.0% \u{b7} chance", "38.1% \u{b7} untrained encoder"];
        let key = key.map(|words| (Sample::Level, words.to_owned())).to_vec();
        let chart = Chart { title: "Accuracy".into(), key, legend: true, ..crowded(true, &[0.1, 0.381]) };
        for width in [240.0, 440.0, 900.0] {
            let (frame, words) = (chart.frame(width, 180.0), chart.legend_words(width));
            assert_eq!(words.len(), 4);
            assert!(
                words.iter().all(|(_, word)| word.middle + 0.5 * word.height <= frame.top && word.left + word.width <= width)
            );
            for pair in words.windows(2) {
                let (one, next) = (&pair[0].1, &pair[1].1);
                assert!(next.middle > one.middle || next.left >= one.left + one.width, "{one:?} and {next:?}");
            }
        }
        let without = Chart { legend: false, ..chart };
        assert!(without.legend_words(440.0).is_empty(), "the page writes the key itself");
    }

    /// A long run before does not press the new one against the edge, is not read off, and is seen where the new one is not yet.
    #[test]
    fn a_run_before_is_a_ghost() {
        let former = Line { weight: Weight::Former, ..line(&[(0.0, 9.0), (50.0, 8.0), (3000.0, -70.0)]) };
        let chart = Chart { lines: vec![former, line(&[(0.0, 5.0), (40.0, 4.0)])], ..Chart::default() };
        assert!((chart.last_step() - 100.0).abs() < 1e-9);
        assert_eq!(chart.near(3000.0), Some((40.0, 4.0)));
        let (low, high) = chart.frame(300.0, 120.0).values;
        assert!(low > 2.0 && high > 9.0, "what is out of view does not stretch the axis: {low} to {high}");
        let short =
            Chart { lines: vec![Line { weight: Weight::Former, ..line(&[(0.0, 1.0), (20.0, 1.0)]) }], ..Chart::default() };
        assert!((short.last_step() - 20.0).abs() < 1e-9);
    }
}
