//! What a run told, made again from the records that are kept of it.

use crate::model::changes::{Mark, add, planned, words};
use crate::model::history::History;
use crate::model::run::Run;
use augsphere_spec::{Catalogue, Change, Experiment, Payload, Record};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that records say of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Every scalar by name.
    pub history: History,
    /// The newest of each measure that is more than one number, and the step at which it was taken.
    pub profiles: BTreeMap<String, (u64, Arc<Payload>)>,
    /// Names of the numbers that came with the newest loss.
    pub parts: Vec<String>,
    /// What was changed on the way, in the order in which it was.
    pub changes: Vec<Change>,
}

impl Told {
    /// What `records` say, in their order: steps rise, and of a step told twice the newer number counts.
    pub fn of(records: Vec<Record>) -> Self {
        let mut told = Self::default();
        for Record { step, changed, scalars, profiles } in records {
            if scalars.iter().any(|scalar| scalar.name == "loss") {
                told.parts = scalars.iter().map(|scalar| scalar.name.clone()).filter(|name| name != "loss").collect();
            }
            told.history.add(step, scalars);
            for profile in profiles {
                told.profiles.insert(profile.name, (step, Arc::new(profile.payload)));
            }
            told.changes.extend(changed.map(|(path, value)| Change { at: step, path, value }));
        }
        told
    }
}

impl Run {
    /// Takes in what was told of this run before it was resumed: its curves, profiles and marks. The changes that its experiment has and
    /// the records do not (those with which a branch begins) become marks, too, and are returned.
    pub fn recall(&mut self, catalogue: &Catalogue, told: Told) -> Vec<Change> {
        let Told { history, profiles, parts, mut changes } = told;
        let missing: Vec<Change> =
            self.experiment.changes.iter().filter(|change| change.at > 0 && !changes.contains(change)).cloned().collect();
        changes.extend(missing.iter().cloned());
        let made = Experiment { changes: self.experiment.changes.clone(), ..self.began.clone() };
        self.marks.clear();
        for Change { at, path, value } in changes.iter().filter(|change| change.at > 0).cloned() {
            let words = words(catalogue, &catalogue.after(&made, at), &path, &value);
            add(&mut self.marks, Mark { since: at, step: at, path, value, words });
        }
        self.changed = changes.len() as u64;
        self.by_hand = changes.iter().any(|change| !planned(&self.began, change.at, &change.path, &change.value));
        (self.history, self.profiles, self.parts) = (history, profiles, parts);
        missing
    }
}

/// The lines of a `metrics.jsonl` that belong to a checkpoint after `step` steps, whose experiment has made the changes `made`, and their
/// records. What was measured or changed after it was written is left out, and so are lines that are no records.
pub fn up_to(text: &str, step: u64, made: &[Change]) -> (String, Vec<Record>) {
    let (mut lines, mut records) = (String::new(), Vec::new());
    for line in text.lines() {
        let Some(record) = Record::read(line).filter(|record| record.step <= step) else { continue };
        let known = |(path, value): &(String, augsphere_spec::Value)| {
            made.iter().any(|change| change.at == record.step && change.path == *path && change.value == *value)
        };
        if record.step == step && record.changed.as_ref().is_some_and(|changed| !known(changed)) {
            continue;
        }
        lines.push_str(line);
        lines.push('\n');
        records.push(record);
    }
    (lines, records)
}

/// The curve of one scalar in a `metrics.jsonl`, without reading all of it as JSON: what the shelf shows of each run.
pub fn glance(text: &str, name: &str) -> Vec<(u64, f32)> {
    fn after<T: std::str::FromStr>(line: &str, key: &str) -> Option<T> {
        let (_, rest) = line.split_once(key)?;
        rest[..rest.find([',', '}'])?].trim().parse().ok()
    }
    let key = format!("\"{name}\":");
    let mut curve: Vec<(u64, f32)> = Vec::new();
    for line in text.lines() {
        let Some(value) = after(line, &key) else { continue };
        let Some(step) = after(line, "\"step\":") else { continue };
        match curve.last_mut().filter(|last| last.0 == step) {
            Some(last) => last.1 = value,
            None => curve.push((step, value)),
        }
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;
    use augsphere_spec::{Profile, Scalar, Value};

    fn record(step: u64, scalars: &[(&str, f32)]) -> Record {
        let scalars = scalars.iter().map(|&(name, value)| Scalar { name: name.into(), value }).collect();
        Record { step, changed: None, scalars, profiles: Vec::new() }
    }

    fn changed(step: u64, path: &str, value: impl Into<Value>) -> Record {
        Record { changed: Some((path.into(), value.into())), ..record(step, &[]) }
    }

    fn text(records: &[Record]) -> String {
        records.iter().map(|record| record.line() + "\n").collect()
    }

    #[test]
    fn records_are_what_was_told() {
        let spectrum = Profile { name: "spectrum".into(), payload: Payload::Series { x: vec![0.0], y: vec![0.25] } };
        let measured = Record { profiles: vec![spectrum.clone()], ..record(2, &[("knn_accuracy", 0.5)]) };
        let records = vec![
            record(0, &[("knn_accuracy", 0.1)]),
            record(1, &[("attract", -1.0), ("loss", 5.0)]),
            changed(1, "method.temperature", 0.25),
            record(2, &[("attract", -1.5), ("loss", 4.5)]),
            measured,
        ];
        let (lines, read) = up_to(&text(&records), 2, &[]);
        assert_eq!((lines, &read), (text(&records), &records), "a change before the last step is not doubted");
        let told = Told::of(read);
        assert_eq!(told.history.series("loss"), [(1, 5.0), (2, 4.5)]);
        assert_eq!(told.history.series("knn_accuracy"), [(0, 0.1), (2, 0.5)]);
        assert_eq!(told.parts, ["attract"]);
        assert_eq!(told.profiles["spectrum"], (2, Arc::new(spectrum.payload)));
        assert_eq!(told.changes, [Change { at: 1, path: "method.temperature".into(), value: 0.25.into() }]);
    }

    /// A process that was killed has written numbers for which there is no checkpoint, and perhaps half a line.
    #[test]
    fn what_was_written_after_the_checkpoint_is_left_out() {
        let made = Change { at: 2, path: "method.temperature".into(), value: 0.25.into() };
        let records = [record(1, &[("loss", 5.0)]), changed(2, "method.temperature", 0.25), record(2, &[("loss", 4.0)])];
        let after = [changed(2, "method.temperature", 0.75), record(3, &[("loss", 3.0)])];
        let whole = format!("{}{}{{\"step\":4,\"lo", text(&records), text(&after));
        let (lines, read) = up_to(&whole, 2, &[made]);
        assert_eq!((lines, read.as_slice()), (text(&records), &records[..]));
    }

    #[test]
    fn a_glance_reads_what_the_records_say() {
        let confusion =
            Profile { name: "confusion".into(), payload: Payload::Matrix { rows: 1, columns: 2, values: vec![1.0, 0.0] } };
        let records = [
            record(0, &[("alignment", 1.5), ("knn_accuracy", 0.125)]),
            record(1, &[("loss", 5.0)]),
            record(20, &[("knn_accuracy", 0.25), ("uniformity", -2.0)]),
            Record { profiles: vec![confusion], ..record(20, &[("knn_accuracy", 0.375)]) },
            record(40, &[("knn_accuracy", f32::NAN)]),
        ];
        assert_eq!(glance(&text(&records), "knn_accuracy"), [(0, 0.125), (20, 0.375)]);
        assert_eq!(glance(&text(&records), "uniformity"), [(20, -2.0)]);
        assert!(glance("", "loss").is_empty() && glance("{\"loss\":", "loss").is_empty());
    }
}
