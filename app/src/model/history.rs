//! The numbers that a run has told so far, each with its step.

use augsphere_charts::plots::Curves;
use augsphere_spec::Scalar;
use std::collections::BTreeMap;

/// Every scalar by name, as steps and values in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    series: BTreeMap<String, Vec<(u64, f32)>>,
}

impl History {
    /// Adds the numbers of one step; a step told twice keeps the newer value.
    pub fn add(&mut self, step: u64, scalars: Vec<Scalar>) {
        for Scalar { name, value } in scalars {
            let series = self.series.entry(name).or_default();
            match series.last_mut() {
                Some(last) if last.0 == step => last.1 = value,
                _ => series.push((step, value)),
            }
        }
    }

    /// All values called `name`, steps rising.
    pub fn series(&self, name: &str) -> &[(u64, f32)] {
        self.series.get(name).map_or(&[], Vec::as_slice)
    }

    /// The newest value called `name`.
    pub fn latest(&self, name: &str) -> Option<f32> {
        self.series(name).last().map(|point| point.1)
    }

    /// The newest value called `name`, and the step at which it was measured.
    pub fn newest(&self, name: &str) -> Option<(u64, f32)> {
        self.series(name).last().copied()
    }

    /// The value called `name` before the first step.
    pub fn untrained(&self, name: &str) -> Option<f32> {
        self.series(name).first().filter(|point| point.0 == 0).map(|point| point.1)
    }

    /// Every name that has a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.series.keys().map(String::as_str)
    }

    /// All numbers as comma-separated values: one row a step, one column a name, empty where nothing was measured.
    pub fn csv(&self) -> String {
        let mut rows: BTreeMap<u64, Vec<Option<f32>>> = BTreeMap::new();
        for (column, series) in self.series.values().enumerate() {
            for &(step, value) in series {
                rows.entry(step).or_insert_with(|| vec![None; self.series.len()])[column] = Some(value);
            }
        }
        let mut text = String::from("step");
        for name in self.names() {
            text.push(',');
            text.push_str(name);
        }
        text.push('\n');
        for (step, values) in rows {
            text.push_str(&step.to_string());
            for value in values {
                text.push(',');
                if let Some(value) = value {
                    text.push_str(&value.to_string());
                }
            }
            text.push('\n');
        }
        text
    }
}

impl Curves for History {
    fn series(&self, name: &str) -> &[(u64, f32)] {
        self.series(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(name: &str, value: f32) -> Scalar {
        Scalar { name: name.into(), value }
    }

    #[test]
    fn csv_has_one_row_a_step_and_leaves_gaps_empty() {
        let mut history = History::default();
        history.add(0, vec![scalar("knn_accuracy", 0.25)]);
        history.add(1, vec![scalar("loss", 5.5)]);
        history.add(2, vec![scalar("loss", 5.0), scalar("knn_accuracy", 0.5)]);
        assert_eq!(history.csv(), "step,knn_accuracy,loss\n0,0.25,\n1,,5.5\n2,0.5,5\n");
    }

    #[test]
    fn a_step_told_twice_keeps_the_newer_value() {
        let mut history = History::default();
        history.add(3, vec![scalar("loss", 1.0)]);
        history.add(3, vec![scalar("loss", 2.0)]);
        assert_eq!(history.series("loss"), [(3, 2.0)]);
        assert_eq!(history.untrained("loss"), None);
    }
}
