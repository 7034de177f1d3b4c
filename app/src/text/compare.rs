//! Kept runs side by side: in what they differ and what they measured last, as a table to be read and to be copied.

use super::shelf::setting;
use super::{MEASURES, number};
use crate::model::changes;
use crate::model::history::History;
use crate::model::knobs::text;
use augsphere_spec::{Catalogue, Experiment, differences};

/// A run to be compared.
#[derive(Clone, Copy)]
pub struct Compared<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Steps that it took.
    pub step: u64,
    /// Its experiment, if this program can read it.
    pub experiment: Option<&'a Experiment>,
    /// Everything that it measured, once that was read.
    pub history: Option<&'a History>,
}

/// Measures that have no chart of their own and belong into the table: name, title, whether it is a share.
const MORE: [(&str, &str, bool); 3] = [
    ("probe_accuracy", "Linear probe", true),
    ("knn_accuracy_test", "kNN, test images", true),
    ("probe_accuracy_test", "Linear probe, test images", true),
];

/// A cell of the table.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Words(String),
    Number { value: f32, percent: bool },
    Nothing,
}

/// Runs side by side, one a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Comparison {
    /// These runs: first the settings in which they differ from the first of them, then what each measured last.
    pub fn of(catalogue: &Catalogue, runs: &[Compared<'_>]) -> Self {
        let mut table = Self { head: Vec::new(), rows: vec![Vec::new(); runs.len()] };
        table.column("Run".into(), runs.iter().map(|run| Cell::Words(run.name.to_owned())));
        table.column("Step".into(), runs.iter().map(|run| Cell::Words(run.step.to_string())));
        table.settings(catalogue, runs);
        let charted = MEASURES.iter().map(|measure| (measure.name, measure.title, measure.percent));
        for (name, title, percent) in charted.chain(MORE) {
            let latest = |run: &Compared<'_>| run.history.and_then(|history| history.latest(name));
            if runs.iter().any(|run| latest(run).is_some()) {
                let cell = |run| latest(run).map_or(Cell::Nothing, |value| Cell::Number { value, percent });
                table.column(title.to_owned(), runs.iter().map(cell));
            }
        }
        table
    }

    fn column(&mut self, title: String, cells: impl Iterator<Item = Cell>) {
        self.head.push(title);
        self.rows.iter_mut().zip(cells).for_each(|(row, cell)| row.push(cell));
    }

    /// The settings in which the runs differ, and what was changed on the way.
    fn settings(&mut self, catalogue: &Catalogue, runs: &[Compared<'_>]) {
        let mut experiments = runs.iter().filter_map(|run| run.experiment);
        let Some(first) = experiments.next() else { return };
        let mut paths: Vec<String> = Vec::new();
        for path in experiments.flat_map(|other| differences(catalogue, first, other)).map(|difference| difference.path) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        for path in paths {
            let values: Vec<Option<String>> =
                runs.iter().map(|run| run.experiment.and_then(|experiment| value(catalogue, experiment, &path))).collect();
            // What was changed on the way may have begun alike.
            if values.iter().any(|value| *value != values[0]) {
                let cells = values.into_iter().map(|value| value.map_or(Cell::Nothing, Cell::Words));
                self.column(setting(catalogue, first, &path), cells);
            }
        }
        let changed = |run: &Compared<'_>| run.experiment.is_some_and(|experiment| !experiment.changes.is_empty());
        if runs.iter().any(changed) {
            let cells =
                runs.iter().map(|run| run.experiment.map_or(Cell::Nothing, |experiment| on_the_way(catalogue, experiment)));
            self.column("Changed on the way".into(), cells);
        }
    }

    /// The titles of the columns.
    pub fn head(&self) -> &[String] {
        &self.head
    }

    /// The cells of each row, as people read them.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let cell = |cell: &Cell| match cell {
            Cell::Words(words) => words.clone(),
            Cell::Number { value, percent } => number(*value, *percent),
            Cell::Nothing => "\u{2013}".into(),
        };
        self.rows.iter().map(|row| row.iter().map(cell).collect()).collect()
    }

    /// Comma-separated values: shares between 0 and 1, all digits.
    pub fn csv(&self) -> String {
        let quoted = |words: &str| {
            if words.contains([',', '"', '\n']) { format!("\"{}\"", words.replace('"', "\"\"")) } else { words.to_owned() }
        };
        let cell = |cell: &Cell| match cell {
            Cell::Words(words) => quoted(words),
            Cell::Number { value, .. } if value.is_finite() => value.to_string(),
            Cell::Number { .. } | Cell::Nothing => String::new(),
        };
        let head = self.head.iter().map(|title| quoted(title)).collect::<Vec<_>>().join(",");
        let rows = self.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(","));
        std::iter::once(head).chain(rows).map(|line| line + "\n").collect()
    }

    /// A table of Markdown.
    pub fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let plain = |words: &String| words.replace('|', "\\|");
        let head = line(self.head.iter().map(plain).collect());
        let marks = line(self.aligned("---", "---:"));
        let rows: String = self.rows().iter().map(|row| line(row.iter().map(plain).collect())).collect();
        format!("{head}{marks}{rows}")
    }

    /// A table of LaTeX with the rules of the package `booktabs`.
    pub fn latex(&self) -> String {
        let line =
            |cells: &[String]| format!("{} \\\\\n", cells.iter().map(|cell| escaped(cell)).collect::<Vec<_>>().join(" & "));
        let rows: String = self.rows().iter().map(|row| line(row)).collect();
        let (columns, head) = (self.aligned("l", "r").concat(), line(&self.head));
        format!("\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head}\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n")
    }

    /// `left` for each column of words, `right` for each column of numbers.
    fn aligned(&self, left: &str, right: &str) -> Vec<String> {
        let numeric = |place: usize| {
            let digits = |cell: &Cell| match cell {
                Cell::Words(words) => words.parse::<f64>().is_ok(),
                Cell::Number { .. } | Cell::Nothing => true,
            };
            self.rows.iter().filter_map(|row| row.get(place)).all(digits)
        };
        (0..self.head.len()).map(|place| if numeric(place) { right } else { left }.to_owned()).collect()
    }
}

/// A setting of an experiment as people read it; of an augmentation as a whole how often it is applied.
fn value(catalogue: &Catalogue, experiment: &Experiment, path: &str) -> Option<String> {
    let value = experiment.get(path).or_else(|| experiment.get(&format!("{path}.probability")))?;
    let card = path.strip_suffix(".kind").and_then(|section| catalogue.section(section)?.card(value.as_text()?));
    Some(card.map_or_else(|| text(&value), |card| card.title.clone()))
}

/// What was changed on the way, in words.
fn on_the_way(catalogue: &Catalogue, experiment: &Experiment) -> Cell {
    let said = |change: &augsphere_spec::Change| {
        let now = catalogue.after(experiment, change.at);
        format!("step {}: {}", change.at, changes::words(catalogue, &now, &change.path, &change.value))
    };
    let said: Vec<String> = experiment.changes.iter().map(said).collect();
    if said.is_empty() { Cell::Nothing } else { Cell::Words(said.join("; ")) }
}

/// Words with nothing in them that LaTeX takes for itself.
fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '\u{2013}' => escaped.push_str("--"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::names::catalogue;
    use augsphere_spec::{Change, Scalar};

    fn history(accuracy: f32) -> History {
        let mut history = History::default();
        history.add(
            20,
            vec![Scalar { name: "knn_accuracy".into(), value: accuracy }, Scalar { name: "loss".into(), value: f32::NAN }],
        );
        history
    }

    fn column(table: &Comparison, title: &str) -> Vec<String> {
        let place = table.head().iter().position(|known| known == title).unwrap_or_else(|| panic!("{title}: {:?}", table.head()));
        table.rows().iter().map(|row| row[place].clone()).collect()
    }

    fn compared() -> Comparison {
        let catalogue = catalogue();
        let one = catalogue.default_experiment();
        let warm = catalogue
            .with(&one, &[("method.temperature".into(), 0.9.into()), ("augment.grayscale.probability".into(), 0.0.into())]);
        let byol = catalogue.with(&one, &[("method.kind".into(), "byol".into())]).unwrap();
        let change = Change { at: 7, path: "optimiser.learning_rate".into(), value: 0.5.into() };
        let byol = Experiment { changes: vec![change], ..byol };
        let (warm, first, second) = (warm.unwrap(), history(0.25), history(0.5));
        let run = |name, experiment, history| Compared { name, step: 20, experiment: Some(experiment), history };
        Comparison::of(
            &catalogue,
            &[run("one_100 %", &one, Some(&first)), run("warm", &warm, Some(&second)), run("byol | late", &byol, None)],
        )
    }

    #[test]
    fn what_differs_and_what_was_measured_stand_side_by_side() {
        let table = compared();
        assert_eq!(column(&table, "Run"), ["one_100 %", "warm", "byol | late"]);
        assert_eq!(column(&table, "Method"), ["SimCLR", "SimCLR", "BYOL"]);
        let temperature = table.head().iter().find(|title| title.contains("Temperature")).unwrap();
        assert_eq!(column(&table, temperature)[1..], ["0.9", "\u{2013}"], "BYOL has none");
        let grey =
            table.head().iter().find(|title| title.to_lowercase().contains("grayscale") || title.contains("Colour dropping"));
        assert_eq!(column(&table, grey.unwrap())[1], "0");
        assert_eq!(column(&table, "Nearest-neighbour accuracy"), ["25.0 %", "50.0 %", "\u{2013}"]);
        let changed = column(&table, "Changed on the way");
        assert!(changed[0] == "\u{2013}" && changed[2].starts_with("step 7: "), "{changed:?}");
        assert!(!table.head().iter().any(|title| title == "Seed"), "what is the same is not said");
    }

    #[test]
    fn the_table_can_be_copied_in_three_forms() {
        let table = compared();
        let csv = table.csv();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(
            lines[0].starts_with("Run,Step,") && lines[1].starts_with("one_100 %,20,") && lines[1].contains(",0.25"),
            "{csv}"
        );
        assert!(!csv.contains("NaN"), "what is no number is an empty cell");
        let markdown = table.markdown();
        assert!(
            markdown.lines().nth(1).unwrap().starts_with("| --- | ---: |") && markdown.contains("byol \\| late"),
            "{markdown}"
        );
        let latex = table.latex();
        assert!(latex.starts_with("\\begin{tabular}{lr") && latex.contains("one\\_100 \\% & 20 &"), "{latex}");
        assert_eq!(latex.lines().filter(|line| line.ends_with("\\\\")).count(), 4);
        let ampersands: Vec<usize> =
            latex.lines().filter(|line| line.ends_with("\\\\")).map(|line| line.matches(" & ").count()).collect();
        assert!(ampersands.iter().all(|count| *count == table.head().len() - 1), "{latex}");
    }
}
