//! The painter of charts, on any surface that plotters knows.

use crate::chart::DASH;
use crate::{Chart, Frame, Level, Line, Place, Rgb, Sample, Theme, Weight, Words, decimate, label, ticks};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle};

type Outcome<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Draws `chart` over the whole of `area`, at `scale` pixels to the point (2 on a fine display).
///
/// # Errors
/// What the backend reports.
pub fn draw<DB: DrawingBackend>(area: &DrawingArea<DB, Shift>, chart: &Chart, theme: &Theme, scale: f64) -> Outcome<DB> {
    let (width, height) = area.dim_in_pixel();
    let pen = Pen { area, theme, scale, frame: chart.frame(f64::from(width), f64::from(height), scale) };
    if let Some(background) = theme.background {
        area.fill(&colour(background))?;
    }
    if !chart.title.is_empty() {
        let style = pen.text(theme.ink, 14.0, HPos::Left, VPos::Top);
        area.draw_text(&chart.title, &style, (pen.length(8.0), pen.length(7.0)))?;
    }
    for (sample, words) in chart.legend_words(f64::from(width), scale) {
        pen.key(sample, &words)?;
    }
    pen.axes(chart)?;
    for &mark in &chart.marks {
        let x = pen.frame.x(mark);
        pen.path(&[(x, pen.frame.top), (x, pen.frame.bottom)], theme.ink, 0.4, 1.0)?;
    }
    pen.levels(&chart.levels)?;
    for line in &chart.lines {
        pen.line(line)?;
    }
    for words in chart.heights(&pen.frame, scale) {
        pen.words(&words, theme.level)?;
    }
    pen.numbers(&chart.marks)
}

struct Pen<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    theme: &'a Theme,
    scale: f64,
    frame: Frame,
}

impl<DB: DrawingBackend> Pen<'_, DB> {
    fn length(&self, points: f64) -> i32 {
        (points * self.scale).round() as i32
    }

    fn text(&self, rgb: Rgb, size: f64, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
        let font = (FontFamily::Name("system-ui, sans-serif"), size * self.scale).into_font();
        TextStyle { font, color: colour(rgb).to_backend_color(), pos: Pos::new(horizontal, vertical) }
    }

    fn stroke(&self, rgb: Rgb, alpha: f64, width: f64) -> ShapeStyle {
        ShapeStyle { color: shade(rgb, alpha), filled: false, stroke_width: (width * self.scale).round().max(1.0) as u32 }
    }

    fn path(&self, points: &[(f64, f64)], rgb: Rgb, alpha: f64, width: f64) -> Outcome<DB> {
        let pixels: Vec<(i32, i32)> = points.iter().map(|&(x, y)| (x.round() as i32, y.round() as i32)).collect();
        self.area.draw(&PathElement::new(pixels, self.stroke(rgb, alpha, width)))
    }

    fn axes(&self, chart: &Chart) -> Outcome<DB> {
        let frame = &self.frame;
        let room = (frame.bottom - frame.top) / self.scale;
        let heights = ticks(frame.values.0, frame.values.1, (room / 18.0).clamp(3.0, 7.0) as usize);
        let spacing = spacing(&heights);
        let style = self.text(self.theme.muted, 10.5, HPos::Right, VPos::Center);
        for value in heights {
            let y = frame.y(value);
            self.path(&[(frame.left, y), (frame.right, y)], self.theme.grid, 1.0, 1.0)?;
            let at = (frame.left.round() as i32 - self.length(6.0), y.round() as i32);
            self.area.draw_text(&label(value, spacing, chart.percent), &style, at)?;
        }
        let width = (frame.right - frame.left) / self.scale;
        // There is no half step.
        let steps: Vec<f64> = ticks(frame.steps.0, frame.steps.1, (width / 64.0).clamp(2.0, 8.0) as usize)
            .into_iter()
            .filter(|step| step.fract() == 0.0)
            .collect();
        let spacing = self::spacing(&steps);
        for step in steps {
            let x = frame.x(step);
            let place = if x > frame.right - 14.0 * self.scale { HPos::Right } else { HPos::Center };
            let style = self.text(self.theme.muted, 10.5, place, VPos::Top);
            self.area.draw_text(
                &label(step, spacing, false),
                &style,
                (x.round() as i32, frame.bottom.round() as i32 + self.length(5.0)),
            )?;
        }
        Ok(())
    }

    fn line(&self, line: &Line) -> Outcome<DB> {
        let columns = ((self.frame.right - self.frame.left) / self.scale).max(1.0) as usize;
        let points: Vec<(f64, f64)> = decimate(&within(&line.points, self.frame.steps.1), columns)
            .into_iter()
            .map(|(step, value)| (self.frame.x(step), self.frame.y(value)))
            .collect();
        let (alpha, width) = match line.weight {
            Weight::Strong => (1.0, 1.75),
            Weight::Faint => (0.28, 1.0),
            Weight::Former => (0.5, 1.25),
        };
        let rgb = match line.place {
            _ if line.weight == Weight::Former => self.theme.muted,
            Place::First => self.theme.accent,
            Place::Second => self.theme.second,
            Place::Own { rgb, .. } => rgb,
        };
        match line.place {
            _ if points.len() < 2 => {}
            Place::First | Place::Own { dashed: false, .. } => self.path(&points, rgb, alpha, width)?,
            Place::Second | Place::Own { dashed: true, .. } => {
                for dash in dashes(&points, 6.0 * self.scale, 4.0 * self.scale) {
                    self.path(&dash, rgb, alpha, width)?;
                }
            }
        }
        let last = points.len().saturating_sub(1);
        for (index, &(x, y)) in points.iter().enumerate() {
            let newest = index == last && line.weight == Weight::Strong;
            if newest || (line.dots && points.len() < 60) {
                let size = if newest { 3.0 } else { 2.0 };
                let style = ShapeStyle { color: shade(rgb, alpha), filled: true, stroke_width: 0 };
                self.area.draw(&Circle::new((x.round() as i32, y.round() as i32), self.length(size), style))?;
            }
        }
        Ok(())
    }

    fn levels(&self, levels: &[Level]) -> Outcome<DB> {
        for level in levels.iter().filter(|level| level.value.is_finite()) {
            let y = self.frame.y(level.value);
            self.dashed(&[(self.frame.left, y), (self.frame.right, y)], self.theme.level, 0.9, 1.0)?;
        }
        Ok(())
    }

    fn dashed(&self, points: &[(f64, f64)], rgb: Rgb, alpha: f64, width: f64) -> Outcome<DB> {
        for dash in dashes(points, 5.0 * self.scale, 4.0 * self.scale) {
            self.path(&dash, rgb, alpha, width)?;
        }
        Ok(())
    }

    fn words(&self, words: &Words, rgb: Rgb) -> Outcome<DB> {
        let style = self.text(rgb, 10.5, HPos::Left, VPos::Center);
        self.area.draw_text(&words.text, &style, (words.left.round() as i32, words.middle.round() as i32))
    }

    /// A piece of the line, then what it is.
    fn key(&self, sample: Sample, words: &Words) -> Outcome<DB> {
        let right = words.left - 6.0 * self.scale;
        let piece = [(words.left - (DASH - 2.0) * self.scale, words.middle), (right, words.middle)];
        match sample {
            Sample::First => self.path(&piece, self.theme.accent, 1.0, 1.75)?,
            Sample::Second => self.dashed(&piece, self.theme.second, 1.0, 1.75)?,
            Sample::Former => self.path(&piece, self.theme.muted, 0.5, 1.25)?,
            Sample::Level => self.dashed(&piece, self.theme.level, 0.9, 1.0)?,
        }
        self.words(words, self.theme.muted)
    }

    /// A numbered dot above each mark. Dots that would lie on each other stand beside each other.
    fn numbers(&self, marks: &[f64]) -> Outcome<DB> {
        let paper = self.theme.opaque().background.unwrap_or_default();
        let size = 6.5 * self.scale;
        let y = (self.frame.top - size).round() as i32;
        let mut former = f64::NEG_INFINITY;
        for (index, &mark) in marks.iter().enumerate() {
            let x = self.frame.x(mark).max(former + 2.0 * size).min(self.frame.right);
            former = x;
            let at = (x.round() as i32, y);
            let style = ShapeStyle { color: shade(self.theme.ink, 1.0), filled: true, stroke_width: 0 };
            self.area.draw(&Circle::new(at, size.round() as i32, style))?;
            let style = self.text(paper, if index < 9 { 9.5 } else { 8.0 }, HPos::Center, VPos::Center);
            self.area.draw_text(&(index + 1).to_string(), &style, at)?;
        }
        Ok(())
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

/// The pieces of a path that are drawn when it is dashed.
pub(crate) fn dashes(path: &[(f64, f64)], dash: f64, gap: f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<(f64, f64)> = path.first().copied().into_iter().collect();
    let (mut drawing, mut left) = (true, dash);
    for pair in path.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let share = done / length;
            let here = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            if drawing {
                piece.push(here);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![here];
            }
            drawing = !drawing;
            left = if drawing { dash } else { gap };
        }
        left -= length - done;
        if drawing {
            piece.push(to);
        }
    }
    if drawing && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

fn spacing(ticks: &[f64]) -> f64 {
    if ticks.len() > 1 { ticks[1] - ticks[0] } else { 1.0 }
}

fn colour([r, g, b]: Rgb) -> RGBColor {
    RGBColor(r, g, b)
}

fn shade(rgb: Rgb, alpha: f64) -> RGBAColor {
    colour(rgb).mix(alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_round_corners_and_leave_gaps() {
        let pieces = dashes(&[(0.0, 0.0), (4.0, 0.0), (4.0, 10.0)], 6.0, 3.0);
        assert_eq!(pieces, [vec![(0.0, 0.0), (4.0, 0.0), (4.0, 2.0)], vec![(4.0, 5.0), (4.0, 10.0)]]);
        assert!(dashes(&[(1.0, 1.0)], 6.0, 3.0).is_empty());
        assert!(dashes(&[], 6.0, 3.0).is_empty());
    }

    #[test]
    fn a_line_ends_where_the_view_ends() {
        let line = [(0.0, 1.0), (10.0, 2.0), (30.0, 6.0)];
        assert_eq!(within(&line, 20.0), [(0.0, 1.0), (10.0, 2.0), (20.0, 4.0)]);
        assert_eq!(within(&line, 30.0), line);
        assert!(within(&[(5.0, 1.0)], 2.0).is_empty());
    }
}
