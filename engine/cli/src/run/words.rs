//! What a person is told of a run before and after it.

use crate::outcome::Outcome;
use crate::protocol::votes;
use augsphere_spec::{Estimate, Experiment, bytes, duration};
use std::path::Path;

/// The measures that are told in words, in the order of reading.
const TOLD: [&str; 13] = [
    "knn_accuracy",
    "knn_accuracy_test",
    "pixel_knn_accuracy",
    "probe_accuracy",
    "probe_accuracy_untrained",
    "probe_accuracy_test",
    "alignment",
    "alignment_fixed",
    "uniformity",
    "std",
    "effective_rank",
    "participation",
    "centre_product",
];

/// What is about to be prepared, in a sentence.
pub fn outline(experiment: &Experiment) -> String {
    let kind = |section: &str| experiment.choice(section).map_or("", |choice| choice.kind.as_str());
    let data = experiment.knobs("data");
    format!(
        "Preparing {} on {} (up to {} training, {} validation and {} test images) with {}",
        kind("method"),
        kind("data"),
        data.count("train"),
        data.count("validation"),
        data.count("test"),
        kind("encoder")
    )
}

/// What a run will cost that has some steps behind it, in a sentence.
pub fn estimated(experiment: &Experiment, behind: u64, estimate: &Estimate) -> String {
    let steps = (experiment.knobs("train").count("steps") as u64).saturating_sub(behind);
    let Estimate { prepare_seconds, step_seconds, memory, .. } = estimate;
    format!(
        "Estimate: {} to prepare, {} for {steps} steps ({} each, measures not counted), {} of memory",
        duration(*prepare_seconds),
        duration(step_seconds * steps as f32),
        duration(*step_seconds),
        bytes(*memory)
    )
}

/// What a run amounts to.
pub fn summary(outcome: &Outcome, experiment: &Experiment, over: bool, folder: &Path) -> String {
    let device = outcome.device.as_ref().map_or("", |device| device.name.as_str());
    let stopped = if over { "" } else { ", stopped early" };
    let batch = experiment.knobs("train").count("batch");
    let mut lines = vec![format!(
        "{} steps in {:.1} s ({:.0} images/s) on {device}{stopped}",
        outcome.step,
        outcome.seconds,
        outcome.images_per_second(batch).unwrap_or_default()
    )];
    lines.extend(outcome.loss.map(|loss| reading(outcome, experiment, "loss", loss)));
    lines.extend(TOLD.iter().filter_map(|name| Some(reading(outcome, experiment, name, *outcome.measures.get(*name)?))));
    lines.push(format!("kept in {}; every measure is in its summary.json", folder.display()));
    if !over {
        lines.push(format!("go on with: augsphere resume {}", folder.display()));
    }
    lines.join("\n")
}

/// A number, and those to read it by.
pub fn reading(outcome: &Outcome, experiment: &Experiment, name: &str, value: f32) -> String {
    let mut beside = Vec::new();
    if name != "loss" {
        let word = if outcome.began_trained { "at the start" } else { "untrained" };
        beside.extend(outcome.start.get(name).map(|start| format!("{word} {start:.4}")));
    }
    beside.extend(outcome.level(name).map(|(level, words)| format!("{level:.4} is {words}")));
    if let Some(knn) = experiment.card("measures", "knn").filter(|_| name == "knn_accuracy") {
        let k = votes(experiment, outcome.data.as_ref()).map_or(knn.knobs.count("k"), |votes| votes.used);
        beside.push(format!("k = {k}, T = {}", knn.knobs.float("temperature")));
    }
    format!("  {name:<24} {value:>8.4}   {}", beside.join("; ")).trim_end().to_owned()
}
