//! All measures of a run's encoder, on the data of the run or on others.

use crate::arguments::EvalArguments;
use crate::failure::Failure;
use crate::outcome::{Outcome, finite};
use crate::progress::Progress;
use crate::protocol::protocol;
use crate::run::reading;
use crate::source::Source;
use crate::{engine, output};
use augsphere_spec::{Event, Experiment, numbers};
use serde_json::{Map, Value as Json, json};
use std::time::Instant;

/// What may be set: not what the encoder was trained with.
const SECTIONS: [&str; 2] = ["data", "measures"];

/// Measures the encoder of a run folder and prints what was found, in words or as JSON.
///
/// # Errors
/// A folder without weights; data that cannot be read; a device that fails.
pub fn eval(arguments: &EvalArguments) -> Result<(), Failure> {
    let begun = Instant::now();
    let catalogue = engine::catalogue();
    let source = Source::of(&catalogue, &arguments.run, arguments.data.as_deref(), &arguments.settings, &SECTIONS)?;
    let mut progress = Progress::new(0);
    let (encoder, experiment) = source.load(&arguments.device.request())?;
    progress.say(&format!("Measuring the encoder after {} steps on {}", encoder.step(), encoder.data().title));
    let found = encoder.measure(&mut |work| progress.work(work));
    progress.finish();
    let found = found?;
    let mut outcome =
        Outcome { device: Some(encoder.device().clone()), data: Some(encoder.data()), began_trained: true, ..Outcome::default() };
    outcome.apply(&Event::Measures { step: encoder.step(), scalars: found.scalars, profiles: found.profiles });
    let by = experiment.knobs("data").text("normalise").trim().to_owned();
    let protocol = of_eval(protocol(&experiment, outcome.data.as_ref()), &outcome, &by);
    if arguments.json {
        let measures: Map<String, Json> =
            outcome.measures.iter().map(|(name, value)| (name.clone(), json!(finite(*value)))).collect();
        let profiles: Map<String, Json> =
            outcome.profiles.iter().map(|(name, payload)| (name.clone(), numbers(payload))).collect();
        let line = json!({
            "run": source.path.display().to_string(),
            "step": encoder.step(),
            "data": outcome.data,
            "device": encoder.device().kind,
            "device_name": encoder.device().name,
            "seconds": begun.elapsed().as_secs_f64(),
            "measures": measures,
            "profiles": profiles,
            "protocol": protocol,
        });
        return output::result(&line.to_string());
    }
    output::result(&in_words(&outcome, &experiment, &protocol))
}

/// The protocol of those measures that were taken, and of what is true of all of them; `by` is `data.normalise`.
fn of_eval(protocol: Json, outcome: &Outcome, by: &str) -> Json {
    let Json::Object(protocol) = protocol else { return protocol };
    let taken = |name: &String| outcome.measures.keys().any(|measure| measure.starts_with(name.as_str()));
    let mut kept: Map<String, Json> = protocol.into_iter().filter(|(name, _)| taken(name)).collect();
    kept.insert("encoder".into(), "in evaluation mode, not trained any further".into());
    let pixels = match by {
        "" => "normalised with the mean and deviation of each channel over the training images of these data".into(),
        constants => format!("normalised with the constants {constants} (data.normalise)"),
    };
    kept.insert("pixels".into(), pixels.into());
    Json::Object(kept)
}

fn in_words(outcome: &Outcome, experiment: &Experiment, protocol: &Json) -> String {
    let mut lines: Vec<String> =
        outcome.measures.iter().map(|(name, value)| reading(outcome, experiment, name, *value)).collect();
    lines.insert(0, format!("after {} steps", outcome.measured_at.unwrap_or_default()));
    lines.push("protocol:".into());
    for (name, what) in protocol.as_object().into_iter().flatten() {
        lines.push(format!("  {name}: {}", plain(what)));
    }
    lines.join("\n")
}

/// A part of the protocol in a line.
fn plain(what: &Json) -> String {
    match what {
        Json::Object(parts) => parts.iter().map(|(name, part)| format!("{name} {}", plain(part))).collect::<Vec<_>>().join("; "),
        Json::String(words) => words.clone(),
        other => other.to_string(),
    }
}
