//! What plots of square tables of numbers share: means by class, cells of signed numbers, and the scale of their colours.

use super::axes::SMALL;
use super::runs::width;
use crate::scene::{Anchor, Ink, Scene, Stroke};

#[cfg(test)]
pub(super) mod testing;

/// Colours on each side of 0: neighbours that look alike are one shape.
const SHADES: f64 = 32.0;
/// Cells below this have a minus, so that they are told from positive ones without hue.
const NEGATIVE: f32 = -0.25;
/// Smallest side of a cell with room for a minus, CSS pixels.
const MINUS: f64 = 9.0;

/// A square table of numbers between -1 and 1.
pub(super) struct Heat<'a> {
    /// `side * side` numbers, row by row; what is no number is left blank.
    pub values: &'a [f32],
    /// Rows, and columns.
    pub side: usize,
    /// Left edge, upper edge and side in CSS pixels.
    pub area: (f64, f64, f64),
}

impl Heat<'_> {
    /// Where a row or a column begins, from the edge of the table. Whole pixels: no seams between cells.
    pub fn edge(&self, place: usize) -> f64 {
        (self.area.2 * place as f64 / self.side.max(1) as f64).round()
    }

    /// Left, upper, width and height of the cells of some rows and columns.
    pub fn cells(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> [f64; 4] {
        let (left, upper, _) = self.area;
        let [x, y] = [self.edge(columns.start), self.edge(rows.start)];
        [left + x, upper + y, self.edge(columns.end) - x, self.edge(rows.end) - y]
    }

    /// Draws all cells.
    pub fn draw(&self, scene: &mut Scene) {
        let minus = self.area.2 >= MINUS * self.side as f64;
        for (row, values) in self.values.chunks_exact(self.side.max(1)).take(self.side).enumerate() {
            let shade = |value: f32| (f64::from(value.clamp(-1.0, 1.0)) * SHADES).round() / SHADES;
            let mut start = 0;
            for run in values.chunk_by(|a, b| shade(*a) == shade(*b)) {
                let shade = shade(run[0]);
                if shade.is_finite() {
                    scene.block(self.cells(row..row + 1, start..start + run.len()), Ink::Signed(shade), 1.0);
                }
                start += run.len();
            }
            for (column, _) in values.iter().enumerate().filter(|(_, value)| minus && **value < NEGATIVE) {
                let [left, upper, wide, high] = self.cells(row..row + 1, column..column + 1);
                let y = upper + 0.5 * high;
                scene.line(vec![(left + 0.28 * wide, y), (left + 0.72 * wide, y)], Stroke::new(Ink::Paper, 1.0));
            }
        }
    }
}

/// The mean of a symmetric table over two different places of one class, and of different classes, each where there are any numbers.
pub(super) fn means(classes: &[usize], value: &dyn Fn(usize, usize) -> f64) -> [Option<f64>; 2] {
    let mut sums = [(0.0, 0.0); 2];
    for row in 0..classes.len() {
        for column in (0..row).filter(|column| value(row, *column).is_finite()) {
            let sum = &mut sums[usize::from(classes[row] != classes[column])];
            *sum = (sum.0 + value(row, column), sum.1 + 1.0);
        }
    }
    sums.map(|(sum, count)| (count > 0.0).then(|| sum / count))
}

/// Draws the scale of the colours in one line, from `left` on, and what it is of. Where it ends.
pub(super) fn scale(scene: &mut Scene, (left, middle): (f64, f64), what: &str) -> f64 {
    const STEPS: u32 = 24;
    const STEP: f64 = 3.0;
    let mut x = left;
    let say = |scene: &mut Scene, text: &str, x: f64| {
        scene.words(text, (x, middle), SMALL, Ink::Muted, Anchor::Start);
        x + width(text, SMALL)
    };
    x = say(scene, what, x) + 8.0;
    x = (say(scene, "\u{2212}1", x) + 4.0).round();
    for step in 0..STEPS {
        let share = 2.0 * (f64::from(step) + 0.5) / f64::from(STEPS) - 1.0;
        scene.block([x + STEP * f64::from(step), middle - 4.0, STEP, 8.0], Ink::Signed(share), 1.0);
    }
    let zero = x + 0.5 * STEP * f64::from(STEPS);
    scene.line(vec![(zero, middle - 4.0), (zero, middle + 4.0)], Stroke::new(Ink::Muted, 1.0));
    say(scene, "1", x + STEP * f64::from(STEPS) + 4.0)
}

#[cfg(test)]
mod tests {
    use super::super::runs::testing::assert_inside;
    use super::*;
    use crate::scene::Shape;

    #[test]
    fn cells_fill_the_table_without_seams_and_equal_ones_are_one() {
        let values = [1.0, 1.0, -0.5, 0.0, f32::NAN, 0.0, 0.25, 0.25, 0.25];
        let heat = Heat { values: &values, side: 3, area: (4.0, 2.0, 100.0) };
        let mut scene = Scene::new((110.0, 110.0));
        heat.draw(&mut scene);
        let areas = scene.shapes.iter().filter(|shape| matches!(shape, Shape::Area { .. })).count();
        assert_eq!((areas, scene.shapes.len() - areas), (5, 1), "5 shapes, and one minus");
        assert_eq!(heat.cells(0..3, 0..3), [4.0, 2.0, 100.0, 100.0]);
        let [a, b] = [heat.cells(1..2, 0..1), heat.cells(2..3, 0..1)];
        assert_eq!(a[1] + a[3], b[1]);
        assert_inside(&scene);
    }

    #[test]
    fn the_scale_goes_from_one_end_to_the_other() {
        let mut scene = Scene::new((200.0, 20.0));
        let end = scale(&mut scene, (4.0, 10.0), "cosine");
        assert!(end < 170.0, "{end}");
        assert_inside(&scene);
    }
}
