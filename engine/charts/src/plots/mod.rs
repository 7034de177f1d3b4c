//! The plots: how each picture is drawn, told in words, and written as a table; the same in the page and in the terminal.
//!
//! Adding one: a file with a type that is a [`Plot`], and a line in [`LIST`]. One that needs more than the curves of runs has a file and a
//! line in the engine's `pictures`, under the same name.

mod activations;
pub mod axes;
mod circle;
pub mod closest;
mod conditions;
mod confusion;
mod correlation;
mod cosines;
mod curves;
pub mod distances;
mod expansions;
mod factors;
mod families;
mod filters;
mod forces;
mod heat;
mod limit;
mod loss_shape;
mod marks;
mod neighbours;
mod pairs;
mod panels;
mod plane;
mod queue;
mod runs;
mod sigma;
mod similarity;
mod spectrum;
mod sphere;
pub mod studies;
pub mod theorem;
pub mod toy;

use crate::scene::{Item, Scene};
use augsphere_spec::{Answer, Knob, Knobs, Payload, Thumbnails};
use std::collections::{BTreeMap, BTreeSet};

/// Every plot, in the order in which they are offered.
pub const LIST: &[&dyn Plot] = &[
    &plane::Plane,
    &toy::Toy,
    &loss_shape::LossShape,
    &limit::Limit,
    &similarity::Similarity,
    &cosines::Cosines,
    &spectrum::Spectrum,
    &neighbours::Neighbours,
    &correlation::Correlation,
    &filters::Filters,
    &curves::Curves,
    &conditions::Conditions,
    &factors::Factors,
    &sphere::Sphere,
    &circle::Circle,
    &confusion::Confusion,
    &activations::Activations,
    &queue::Queue,
    &forces::Forces,
    &families::Families,
    &expansions::Expansions,
    &distances::Distances,
    &sigma::SigmaCurves,
    &closest::Closest,
    &theorem::Theorem,
    &studies::Studies,
];

/// The plot of this name.
pub fn plot(name: &str) -> Option<&'static dyn Plot> {
    LIST.iter().find(|plot| plot.name() == name).copied()
}

/// The curves of a run: its scalars over steps.
pub trait Curves {
    /// All values of the scalar of this name, steps rising.
    fn series(&self, name: &str) -> &[(u64, f32)];
}

impl Curves for BTreeMap<String, Vec<(u64, f32)>> {
    fn series(&self, name: &str) -> &[(u64, f32)] {
        self.get(name).map_or(&[], Vec::as_slice)
    }
}

/// A run that may be drawn.
#[derive(Clone, Copy)]
pub struct RunCurves<'a> {
    /// What it is called beside the others: `SimCLR, temperature 0.2`.
    pub name: &'a str,
    /// Its curves.
    pub curves: &'a dyn Curves,
    /// Steps at which something was changed.
    pub changes: &'a [u64],
    /// Reference levels: name of a scalar, value, words.
    pub levels: &'a [(String, f32, String)],
    /// Dimension of its embedding, if that is known.
    pub dimension: Option<usize>,
}

/// What all plots share: what is pointed at and chosen in one shows in all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linked {
    /// What is pointed at.
    pub hovered: Option<Item>,
    /// The images that are chosen; none is as good as all.
    pub selected: BTreeSet<usize>,
    /// Which classes are shown; absent ones are.
    pub classes: Vec<bool>,
    /// The step that is looked at, if it is not the present.
    pub step: Option<u64>,
}

impl Linked {
    /// Whether a class is shown.
    pub fn shows(&self, class: usize) -> bool {
        self.classes.get(class).copied().unwrap_or(true)
    }

    /// Whether an image of a class stands out: it is pointed at, or chosen while not all are.
    pub fn marks(&self, image: usize, class: usize) -> bool {
        let hovered = match self.hovered {
            Some(Item::Image(hovered)) => hovered == image,
            Some(Item::Class(hovered)) => hovered == class,
            Some(Item::Pair(one, other)) => one == image || other == image,
            _ => false,
        };
        hovered || self.selected.contains(&image)
    }
}

/// What a plot is drawn from.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The engine's answer, if this plot asks for one and it has come.
    pub answer: Option<&'a Answer>,
    /// The runs to draw, the one that is shown first.
    pub runs: &'a [RunCurves<'a>],
    /// The studies that were begun, one of each kind at most.
    pub studies: &'a [studies::Study],
    /// The validation images.
    pub images: Option<&'a Thumbnails>,
    /// Their classes.
    pub labels: &'a [u8],
    /// The names of the classes.
    pub classes: &'a [String],
    /// What all plots share.
    pub linked: &'a Linked,
    /// The knobs of this plot, all of them.
    pub knobs: &'a Knobs,
}

impl<'a> Inputs<'a> {
    /// Nothing to draw from but the knobs and what all plots share.
    pub fn nothing(linked: &'a Linked, knobs: &'a Knobs) -> Self {
        Self { answer: None, runs: &[], studies: &[], images: None, labels: &[], classes: &[], linked, knobs }
    }

    /// The numbers of this name of the engine's answer.
    pub fn part(&self, name: &str) -> Option<&'a Payload> {
        self.answer?.part(name)
    }

    /// The curve of this name.
    pub fn series(&self, name: &str) -> Option<(&'a [f32], &'a [f32])> {
        let Payload::Series { x, y } = self.part(name)? else { return None };
        Some((x, y))
    }

    /// The number of this name.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.series(name)?.1.first().map(|value| f64::from(*value))
    }

    /// The whole numbers of this name, of images or classes; others are left out.
    pub fn whole(&self, name: &str) -> Vec<usize> {
        let values = self.series(name).map_or(&[] as &[f32], |(_, y)| y);
        values.iter().filter(|value| value.is_finite() && **value >= 0.0).map(|value| *value as usize).collect()
    }

    /// Columns and values of the table of this name.
    pub fn matrix(&self, name: &str) -> Option<(usize, &'a [f32])> {
        let Payload::Matrix { columns, values, .. } = self.part(name)? else { return None };
        Some((*columns, values))
    }

    /// The run that is shown.
    pub fn run(&self) -> Option<&'a RunCurves<'a>> {
        self.runs.first()
    }

    /// Why there is nothing to draw yet, in a sentence.
    pub fn why_empty(&self) -> String {
        match self.answer.map(|answer| &answer.parts) {
            Some(Err(why)) => why.clone(),
            _ if self.runs.is_empty() => "There is no run yet.".into(),
            _ => "It comes in a moment.".into(),
        }
    }

    /// The class of an image.
    pub fn class(&self, image: usize) -> usize {
        self.labels.get(image).copied().map_or(0, usize::from)
    }

    /// The name of a class.
    pub fn class_name(&self, class: usize) -> String {
        self.classes.get(class).cloned().unwrap_or_else(|| format!("class {class}"))
    }
}

/// The numbers behind a picture, to be taken elsewhere. A value that is no number is an empty cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// One value a column; rows may begin with words.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A number.
    Number(f64),
    /// Words.
    Words(String),
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Cell {
    fn from(words: &str) -> Self {
        Self::Words(words.into())
    }
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|&column| column.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row of numbers.
    pub fn numbers(&mut self, row: &[f64]) {
        self.rows.push(row.iter().map(|&value| Cell::Number(value)).collect());
    }

    /// Several tables with the same columns as one, after a column of this name with the name of each.
    pub fn together<'a>(column: &str, tables: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let mut all = Self::default();
        for (name, table) in tables {
            all.columns = std::iter::once(column.to_owned()).chain(table.columns).collect();
            all.rows.extend(table.rows.into_iter().map(|row| std::iter::once(name.into()).chain(row).collect()));
        }
        all
    }

    /// As comma-separated values.
    pub fn csv(&self) -> String {
        let quoted = |words: &str| {
            if words.contains([',', '"', '\n']) { format!("\"{}\"", words.replace('"', "\"\"")) } else { words.to_owned() }
        };
        let cell = |cell: &Cell| match cell {
            Cell::Number(value) if value.is_finite() => value.to_string(),
            Cell::Number(_) => String::new(),
            Cell::Words(words) => quoted(words),
        };
        let head = self.columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(",");
        let rows = self.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(","));
        std::iter::once(head).chain(rows).map(|line| line + "\n").collect()
    }
}

/// How a picture is drawn.
pub trait Plot: Sync {
    /// Its name, as in links, files and test ids.
    fn name(&self) -> &'static str;

    /// Its title.
    fn title(&self) -> &'static str;

    /// What it shows, in one sentence.
    fn sentence(&self) -> &'static str;

    /// Where it comes from: paper and figure or equation; empty if it is ours.
    fn source(&self) -> &'static str {
        ""
    }

    /// What can be turned.
    fn knobs(&self) -> Vec<Knob> {
        Vec::new()
    }

    /// Whether the engine is asked for numbers, under the name of this plot.
    fn asks(&self) -> bool {
        false
    }

    /// Whether it shows studies, which a person starts beside it: they belong to no run.
    fn study(&self) -> bool {
        false
    }

    /// Its height as a share of its width.
    fn aspect(&self) -> f64 {
        0.66
    }

    /// The picture, width and height in CSS pixels.
    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene;

    /// What knobs become when a point of the picture is dragged; nothing where nothing can be dragged.
    fn dragged(&self, _inputs: &Inputs<'_>, _size: (f64, f64), _point: (f64, f64)) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// What knobs become when something in this picture is clicked.
    fn pressed(&self, _item: Item) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// What knobs, which are set to these, become when other images are chosen, here or in another picture.
    fn chosen(&self, _selected: &BTreeSet<usize>, _knobs: &Knobs) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// What is to be seen, in a sentence or two, for those who do not see it.
    fn summary(&self, inputs: &Inputs<'_>) -> String;

    /// Its numbers.
    fn table(&self, inputs: &Inputs<'_>) -> Table;
}

/// The knobs of a plot at their defaults.
pub fn defaults(plot: &dyn Plot) -> Knobs {
    Knobs(plot.knobs().into_iter().map(|knob| (knob.name, knob.default)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_written_so_that_it_can_be_read_back() {
        let mut table = Table::new(&["class, or all", "share"]);
        table.rows.push(vec!["a \"b\", c".into(), 0.25.into()]);
        table.numbers(&[1.0, f64::NAN]);
        assert_eq!(table.csv(), "\"class, or all\",share\n\"a \"\"b\"\", c\",0.25\n1,\n");
        let two = Table { columns: vec!["x".into()], rows: vec![vec![2.0.into()]] };
        assert_eq!(Table::together("run", [("one", Table::new(&["x"])), ("other", two)]).csv(), "run,x\nother,2\n");
    }

    #[test]
    fn plots_have_names_of_their_own_and_say_what_they_are() {
        let mut names = BTreeSet::new();
        for plot in LIST {
            assert!(names.insert(plot.name()), "{} twice", plot.name());
            assert!(plot.name().chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{}", plot.name());
            assert!(!plot.title().is_empty() && plot.sentence().ends_with('.'), "{}", plot.name());
        }
    }

    /// With nothing to draw every plot is a scene of its size that says why, and its words and table are there.
    #[test]
    fn without_a_run_every_plot_says_so() {
        let linked = Linked::default();
        for plot in LIST {
            let knobs = defaults(*plot);
            let inputs = Inputs::nothing(&linked, &knobs);
            for size in [(280.0, 180.0), (900.0, 600.0)] {
                let scene = plot.scene(&inputs, size);
                assert_eq!((scene.width, scene.height), size, "{}", plot.name());
                assert!(!scene.shapes.is_empty(), "{} is blank", plot.name());
            }
            assert!(plot.summary(&inputs).ends_with('.'), "{}: {}", plot.name(), plot.summary(&inputs));
            assert!(!plot.table(&inputs).columns.is_empty(), "{}", plot.name());
        }
    }
}
