//! What a run amounts to, folded from its events.

use crate::protocol::protocol;
use augsphere_spec::{DatasetReport, DeviceReport, Event, Experiment, Fault, Payload, Phase, Scalar};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Everything that was told so far.
#[derive(Default)]
pub struct Record {
    /// Steps taken.
    pub step: u64,
    /// Seconds of training, without measures.
    pub seconds: f64,
    /// Images (not views) a second, lately.
    pub pace: f32,
    /// The loss of the last reported step.
    pub loss: Option<f32>,
    /// The newest measures, and the step they were taken at.
    pub measures: BTreeMap<String, f32>,
    /// The step of the newest measures.
    pub measured_at: Option<u64>,
    /// The newest measures that are more than one number.
    pub profiles: BTreeMap<String, Payload>,
    /// The measures of the untrained encoder.
    pub untrained: BTreeMap<String, f32>,
    /// The device that was taken.
    pub device: Option<DeviceReport>,
    /// The data that was loaded.
    pub data: Option<DatasetReport>,
    /// Weights of the encoder and of the projector.
    pub weights: (usize, usize),
    /// Reference levels: scalar, value, words.
    pub levels: Vec<(String, f32, String)>,
    /// Whether the last step is done.
    pub finished: bool,
    /// What ended the run.
    pub fault: Option<Fault>,
}

impl Record {
    /// Takes in one event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Device(report) => self.device = Some(report.clone()),
            Event::Began { data, encoder_weights, projector_weights, levels, .. } => {
                self.data = Some(data.clone());
                self.weights = (*encoder_weights, *projector_weights);
                self.levels.clone_from(levels);
            }
            Event::Steps { step, seconds, images_per_second, losses } => {
                self.step = *step;
                self.seconds = *seconds;
                self.pace = *images_per_second;
                let last = losses.iter().rev().find_map(|(_, parts)| parts.iter().find(|scalar| scalar.name == "loss"));
                self.loss = last.map_or(self.loss, |scalar| Some(scalar.value));
            }
            Event::Measures { step, scalars, profiles } => {
                if self.measured_at.replace(*step) != Some(*step) {
                    self.measures.clear();
                    self.profiles.clear();
                }
                self.measures.extend(scalars.iter().map(|scalar| (scalar.name.clone(), scalar.value)));
                self.profiles.extend(profiles.iter().map(|profile| (profile.name.clone(), profile.payload.clone())));
                if *step == 0 {
                    self.untrained.clone_from(&self.measures);
                }
            }
            Event::Phase(phase) => self.finished = *phase == Phase::Finished,
            Event::Fault(fault) if !fault.recoverable => self.fault = Some(fault.clone()),
            _ => {}
        }
    }

    /// The level to compare `scalar` with, and its words.
    pub fn level(&self, scalar: &str) -> Option<(f32, &str)> {
        self.levels.iter().find(|(name, ..)| name == scalar).map(|(_, value, words)| (*value, words.as_str()))
    }

    /// Images (not views) a second over all steps.
    pub fn images_per_second(&self, batch: usize) -> Option<f64> {
        (self.seconds > 0.0).then(|| round(self.step as f64 * batch as f64 / self.seconds))
    }

    /// The line that `--json` ends with.
    pub fn line(&self, batch: usize) -> Line<'_> {
        let measure = |name: &str| self.measures.get(name).copied().and_then(finite);
        Line {
            steps: self.step,
            loss: self.loss.and_then(finite),
            alignment: measure("alignment"),
            uniformity: measure("uniformity"),
            knn_accuracy: measure("knn_accuracy"),
            knn_accuracy_untrained: self.untrained.get("knn_accuracy").copied().and_then(finite),
            knn_accuracy_test: measure("knn_accuracy_test"),
            pixel_knn_accuracy: measure("pixel_knn_accuracy"),
            probe_accuracy: measure("probe_accuracy"),
            probe_accuracy_untrained: measure("probe_accuracy_untrained"),
            probe_accuracy_test: measure("probe_accuracy_test"),
            std: measure("std"),
            effective_rank: measure("effective_rank"),
            participation: measure("participation"),
            centre_product: measure("centre_product"),
            seconds: round(self.seconds),
            images_per_second: self.images_per_second(batch),
            device: self.device.as_ref().map_or("", |device| device.kind.as_str()),
        }
    }

    /// What `summary.json` holds.
    pub fn summary<'a>(&'a self, experiment: &'a Experiment, ending: &'a Ending) -> Summary<'a> {
        let device = self.device.as_ref();
        let levels =
            self.levels.iter().map(|(name, value, words)| json!({"scalar": name, "value": finite(*value), "meaning": words}));
        Summary {
            line: self.line(experiment.knobs("train").count("batch")),
            stopped: ending.stopped,
            weights_at_step: ending.weights_at_step,
            fault: ending.fault.as_deref(),
            measured_at_step: self.measured_at,
            wall_seconds: round(ending.wall_seconds),
            name: &experiment.name,
            seed: experiment.seed,
            version: env!("CARGO_PKG_VERSION"),
            device_name: device.map_or("", |device| device.name.as_str()),
            device_reason: device.map_or("", |device| device.reason.as_str()),
            data: self.data.as_ref().map(|data| {
                json!({"kind": data.kind, "title": data.title, "train": data.train, "validation": data.validation, "test": data.test, "side": data.side, "classes": data.classes.names})
            }),
            encoder_weights: self.weights.0,
            projector_weights: self.weights.1,
            measures: self.measures.iter().map(|(name, value)| (name.as_str(), finite(*value))).collect(),
            profiles: self.profiles.iter().map(|(name, payload)| (name.as_str(), numbers(payload))).collect(),
            levels: levels.collect(),
            protocol: protocol(experiment, self.data.as_ref()),
        }
    }
}

/// How a run came to its end.
pub struct Ending {
    /// By a wish to stop, before its last step.
    pub stopped: bool,
    /// The step whose weights are kept.
    pub weights_at_step: u64,
    /// By something that went wrong, in words.
    pub fault: Option<String>,
    /// Seconds from the start of the program's work to its end, everything included.
    pub wall_seconds: f64,
}

/// The numbers and words of `--json`. Numbers that are missing or not finite are `null`.
#[derive(Serialize)]
pub struct Line<'a> {
    steps: u64,
    loss: Option<f64>,
    alignment: Option<f64>,
    uniformity: Option<f64>,
    knn_accuracy: Option<f64>,
    knn_accuracy_untrained: Option<f64>,
    knn_accuracy_test: Option<f64>,
    pixel_knn_accuracy: Option<f64>,
    probe_accuracy: Option<f64>,
    probe_accuracy_untrained: Option<f64>,
    probe_accuracy_test: Option<f64>,
    std: Option<f64>,
    effective_rank: Option<f64>,
    participation: Option<f64>,
    centre_product: Option<f64>,
    seconds: f64,
    images_per_second: Option<f64>,
    device: &'a str,
}

/// The same and everything needed to read it.
#[derive(Serialize)]
pub struct Summary<'a> {
    #[serde(flatten)]
    line: Line<'a>,
    stopped: bool,
    weights_at_step: u64,
    fault: Option<&'a str>,
    measured_at_step: Option<u64>,
    wall_seconds: f64,
    name: &'a str,
    seed: u64,
    version: &'static str,
    device_name: &'a str,
    device_reason: &'a str,
    data: Option<Json>,
    encoder_weights: usize,
    projector_weights: usize,
    /// Every number that was measured last.
    measures: BTreeMap<&'a str, Option<f64>>,
    /// What was measured last and is more than one number.
    profiles: BTreeMap<&'a str, Json>,
    levels: Vec<Json>,
    protocol: Json,
}

/// A line of `metrics.jsonl`.
#[derive(Serialize)]
pub struct Row<'a> {
    step: u64,
    /// What changed after this step: a path and a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<Json>,
    #[serde(flatten)]
    scalars: BTreeMap<&'a str, Option<f64>>,
    /// What is more than one number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    profiles: BTreeMap<&'a str, Json>,
}

/// The lines that an event adds to `metrics.jsonl`.
pub fn rows(event: &Event) -> Vec<Row<'_>> {
    fn row(step: u64, scalars: &[Scalar]) -> Row<'_> {
        let scalars = scalars.iter().map(|scalar| (scalar.name.as_str(), finite(scalar.value)));
        Row { step, changed: None, scalars: scalars.collect(), profiles: BTreeMap::new() }
    }
    match event {
        Event::Steps { losses, .. } => losses.iter().map(|(step, parts)| row(*step, parts)).collect(),
        Event::Measures { step, scalars, profiles } => {
            let profiles = profiles.iter().map(|profile| (profile.name.as_str(), numbers(&profile.payload)));
            vec![Row { profiles: profiles.collect(), ..row(*step, scalars) }]
        }
        Event::Changed { step, path, value, .. } => {
            vec![Row { changed: Some(json!({ "path": path, "value": value })), ..row(*step, &[]) }]
        }
        _ => Vec::new(),
    }
}

/// A list of `[place, value]` for a series, an object with `from`, `to` and `shares` for a histogram, a list of rows for a matrix.
fn numbers(payload: &Payload) -> Json {
    let list = |values: &[f32]| values.iter().map(|value| json!(finite(*value))).collect::<Vec<Json>>();
    match payload {
        Payload::Series { x, y } => x.iter().zip(y).map(|(x, y)| json!([finite(*x), finite(*y)])).collect(),
        Payload::Histogram { from, to, counts } => json!({"from": finite(*from), "to": finite(*to), "shares": list(counts)}),
        Payload::Matrix { columns, values, .. } => values.chunks((*columns).max(1)).map(list).collect(),
        Payload::Words(words) => json!(words),
        // No measure tells points or images.
        Payload::Points { .. } | Payload::Images(_) => Json::Null,
    }
}

/// The shortest decimal that reads back as the same `f32`; `None` for what JSON cannot hold.
fn finite(value: f32) -> Option<f64> {
    if value.is_finite() { value.to_string().parse().ok() } else { None }
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    use augsphere_spec::Profile;

    fn scalar(name: &str, value: f32) -> Scalar {
        Scalar { name: name.into(), value }
    }

    fn told() -> Record {
        let mut record = Record::default();
        record.apply(&Event::Measures {
            step: 0,
            scalars: vec![scalar("knn_accuracy", 0.25), scalar("std", 0.5)],
            profiles: Vec::new(),
        });
        let losses = vec![(1, vec![scalar("loss", 3.5)]), (2, vec![scalar("part", 1.0), scalar("loss", 3.1)])];
        record.apply(&Event::Steps { step: 2, seconds: 0.5, images_per_second: 60.0, losses });
        let spectrum = Payload::Series { x: vec![1.0, 2.0], y: vec![0.5, f32::NAN] };
        record.apply(&Event::Measures {
            step: 2,
            scalars: vec![scalar("knn_accuracy", 0.375), scalar("uniformity", f32::NAN)],
            profiles: vec![Profile { name: "spectrum".into(), payload: spectrum }],
        });
        record.apply(&Event::Measures { step: 2, scalars: vec![scalar("probe_accuracy", 0.5)], profiles: Vec::new() });
        record
    }

    #[test]
    fn the_line_keeps_the_last_numbers_and_the_untrained_accuracy() {
        let line = serde_json::to_string(&told().line(16)).expect("plain numbers");
        let expected = r#"{"steps":2,"loss":3.1,"alignment":null,"uniformity":null,"knn_accuracy":0.375,"knn_accuracy_untrained":0.25,"knn_accuracy_test":null,"pixel_knn_accuracy":null,"probe_accuracy":0.5,"probe_accuracy_untrained":null,"probe_accuracy_test":null,"std":null,"effective_rank":null,"participation":null,"centre_product":null,"seconds":0.5,"images_per_second":64.0,"device":""}"#;
        assert_eq!(line, expected);
    }

    #[test]
    fn what_is_more_than_one_number_is_a_list() {
        let spectrum = vec![1.0, 2.0];
        let profile = |name: &str, payload| Profile { name: name.into(), payload };
        let event = Event::Measures {
            step: 3,
            scalars: vec![scalar("std", 0.5)],
            profiles: vec![
                profile("a", Payload::Series { x: spectrum.clone(), y: vec![0.5, f32::INFINITY] }),
                profile("b", Payload::Histogram { from: 0.0, to: 2.0, counts: vec![0.25, 0.75] }),
                profile("c", Payload::Matrix { rows: 2, columns: 2, values: vec![3.0, 0.0, 1.0, 2.0] }),
            ],
        };
        let line = serde_json::to_string(&rows(&event)[0]).expect("plain numbers");
        let lists = r#""a":[[1.0,0.5],[2.0,null]],"b":{"from":0.0,"shares":[0.25,0.75],"to":2.0},"c":[[3.0,0.0],[1.0,2.0]]"#;
        assert_eq!(line, format!(r#"{{"step":3,"std":0.5,"profiles":{{{lists}}}}}"#));
    }

    #[test]
    fn a_step_without_a_reported_loss_keeps_the_one_before() {
        let mut record = told();
        record.apply(&Event::Steps { step: 3, seconds: 0.6, images_per_second: 60.0, losses: Vec::new() });
        assert_eq!((record.step, record.loss), (3, Some(3.1)));
    }

    #[test]
    fn every_reported_step_becomes_a_line_and_nothing_is_not_a_number() {
        let losses = vec![(1, vec![scalar("loss", 0.1)]), (2, vec![scalar("loss", f32::INFINITY)])];
        let event = Event::Steps { step: 2, seconds: 0.1, images_per_second: 1.0, losses };
        let lines: Vec<String> = rows(&event).iter().map(|row| serde_json::to_string(row).expect("plain numbers")).collect();
        assert_eq!(lines, [r#"{"step":1,"loss":0.1}"#, r#"{"step":2,"loss":null}"#]);
    }

    #[test]
    fn only_a_fault_that_ends_the_run_is_kept() {
        let fault = |recoverable| Fault {
            what: "x".into(),
            location: String::new(),
            remedy: String::new(),
            recoverable,
            settings: Vec::new(),
        };
        let mut record = told();
        record.apply(&Event::Fault(fault(true)));
        assert!(record.fault.is_none());
        record.apply(&Event::Fault(fault(false)));
        assert!(record.fault.is_some());
    }
}
