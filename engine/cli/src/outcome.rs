//! What a run amounts to, folded from its events or from its records.

use crate::protocol::protocol;
use augsphere_spec::{DatasetReport, DeviceReport, Event, Experiment, Fault, Payload, Phase, Record, numbers};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Everything that was told so far.
#[derive(Default)]
pub struct Outcome {
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
    /// The measures before the first step: of the untrained encoder, or of the one that the run began with.
    pub start: BTreeMap<String, f32>,
    /// Whether it began with the encoder of another run.
    pub began_trained: bool,
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

impl Outcome {
    /// Takes in one event.
    pub fn apply(&mut self, event: &Event) {
        self.recall(&Record::of(event));
        match event {
            Event::Device(report) => self.device = Some(report.clone()),
            Event::Began { data, encoder_weights, projector_weights, levels, .. } => {
                self.data = Some(data.clone());
                self.weights = (*encoder_weights, *projector_weights);
                self.levels.clone_from(levels);
            }
            Event::Changed { levels, .. } => self.levels.clone_from(levels),
            Event::Steps { step, seconds, images_per_second, .. } => {
                self.step = *step;
                self.seconds = *seconds;
                self.pace = *images_per_second;
            }
            Event::Phase(phase) => self.finished = *phase == Phase::Finished,
            Event::Fault(fault) if !fault.recoverable => self.fault = Some(fault.clone()),
            _ => {}
        }
    }

    /// Takes in what was recorded of a run, in its order.
    pub fn recall(&mut self, records: &[Record]) {
        for Record { step, changed, scalars, profiles } in records {
            let loss = scalars.iter().find(|scalar| scalar.name == "loss");
            if let Some(loss) = loss {
                self.step = *step;
                self.loss = Some(loss.value);
            } else if changed.is_none() && !(scalars.is_empty() && profiles.is_empty()) {
                if self.measured_at.replace(*step) != Some(*step) {
                    self.measures.clear();
                    self.profiles.clear();
                }
                self.measures.extend(scalars.iter().map(|scalar| (scalar.name.clone(), scalar.value)));
                self.profiles.extend(profiles.iter().map(|profile| (profile.name.clone(), profile.payload.clone())));
                if *step == 0 {
                    self.start.clone_from(&self.measures);
                }
            }
        }
    }

    /// A number of the untrained encoder; nothing of a run that began with a trained one.
    pub fn untrained(&self, measure: &str) -> Option<f32> {
        self.start.get(measure).copied().filter(|_| !self.began_trained)
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
            knn_accuracy_untrained: self.untrained("knn_accuracy").and_then(finite),
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

/// The shortest decimal that reads back as the same `f32`; `None` for what JSON cannot hold.
pub fn finite(value: f32) -> Option<f64> {
    if value.is_finite() { value.to_string().parse().ok() } else { None }
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    use augsphere_spec::{Profile, Scalar};

    fn scalar(name: &str, value: f32) -> Scalar {
        Scalar { name: name.into(), value }
    }

    fn told() -> Outcome {
        let mut outcome = Outcome::default();
        outcome.apply(&Event::Measures {
            step: 0,
            scalars: vec![scalar("knn_accuracy", 0.25), scalar("std", 0.5)],
            profiles: Vec::new(),
        });
        let losses = vec![(1, vec![scalar("loss", 3.5)]), (2, vec![scalar("part", 1.0), scalar("loss", 3.1)])];
        outcome.apply(&Event::Steps { step: 2, seconds: 0.5, images_per_second: 60.0, losses });
        let spectrum = Payload::Series { x: vec![1.0, 2.0], y: vec![0.5, f32::NAN] };
        outcome.apply(&Event::Measures {
            step: 2,
            scalars: vec![scalar("knn_accuracy", 0.375), scalar("uniformity", f32::NAN)],
            profiles: vec![Profile { name: "spectrum".into(), payload: spectrum }],
        });
        outcome.apply(&Event::Measures { step: 2, scalars: vec![scalar("probe_accuracy", 0.5)], profiles: Vec::new() });
        outcome
    }

    #[test]
    fn the_line_keeps_the_last_numbers_and_the_untrained_accuracy() {
        let line = serde_json::to_string(&told().line(16)).expect("plain numbers");
        let expected = r#"{"steps":2,"loss":3.1,"alignment":null,"uniformity":null,"knn_accuracy":0.375,"knn_accuracy_untrained":0.25,"knn_accuracy_test":null,"pixel_knn_accuracy":null,"probe_accuracy":0.5,"probe_accuracy_untrained":null,"probe_accuracy_test":null,"std":null,"effective_rank":null,"participation":null,"centre_product":null,"seconds":0.5,"images_per_second":64.0,"device":""}"#;
        assert_eq!(line, expected);
    }

    #[test]
    fn a_step_without_a_reported_loss_keeps_the_one_before() {
        let mut outcome = told();
        outcome.apply(&Event::Steps { step: 3, seconds: 0.6, images_per_second: 60.0, losses: Vec::new() });
        assert_eq!((outcome.step, outcome.loss), (3, Some(3.1)));
    }

    /// What a folder's records say is what was told: a run that goes on knows what was measured before.
    #[test]
    fn records_amount_to_the_same_as_events() {
        let events = [
            Event::Measures { step: 0, scalars: vec![scalar("knn_accuracy", 0.25)], profiles: Vec::new() },
            Event::Steps {
                step: 2,
                seconds: 0.5,
                images_per_second: 60.0,
                losses: vec![(1, vec![scalar("loss", 3.5)]), (2, vec![scalar("loss", 3.0)])],
            },
            Event::Measures { step: 2, scalars: vec![scalar("knn_accuracy", 0.5)], profiles: Vec::new() },
        ];
        let (mut told, mut recalled) = (Outcome::default(), Outcome::default());
        events.iter().for_each(|event| told.apply(event));
        let lines: String = events.iter().flat_map(Record::of).map(|record| record.line() + "\n").collect();
        recalled.recall(&Record::read_all(&lines, u64::MAX));
        recalled.seconds = told.seconds;
        let line = |outcome: &Outcome| serde_json::to_string(&outcome.line(16)).expect("plain numbers");
        assert_eq!(line(&told), line(&recalled));
        assert_eq!((recalled.step, recalled.measured_at), (2, Some(2)));
    }

    #[test]
    fn a_run_that_began_trained_has_no_untrained_accuracy() {
        let begun = Outcome { began_trained: true, ..told() };
        assert_eq!((begun.untrained("knn_accuracy"), begun.start["knn_accuracy"]), (None, 0.25));
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
        let mut outcome = told();
        outcome.apply(&Event::Fault(fault(true)));
        assert!(outcome.fault.is_none());
        outcome.apply(&Event::Fault(fault(false)));
        assert!(outcome.fault.is_some());
    }
}
