//! The log of a run: its header, and the records of everything that was measured and changed.
//!
//! A run folder, a run in a browser and a run in an archive are the same files: `run.json` holds the [`RunHeader`], `metrics.jsonl` a [`Record`]
//! a line (docs/run-format.md).

use crate::{Change, DatasetReport, DeviceReport, Event, Mistake, Payload, Profile, Scalar, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The version of the form in which runs are kept. Older ones are read; newer ones are refused.
pub const RUN_FORMAT: u32 = 1;

/// The number that every step tells, and no measure.
const LOSS: &str = "loss";

/// What is known of a run beside its experiment and its numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunHeader {
    /// The version of the form, [`RUN_FORMAT`].
    pub format: u32,
    /// Its name for good: lowercase letters, digits and hyphens.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What people wrote beside it.
    pub note: String,
    /// Whether it is never to be cleared away.
    pub pinned: bool,
    /// When it was begun, in seconds since 1970.
    pub created: u64,
    /// The version of the program.
    pub program: String,
    /// The device that it runs on.
    pub device: Option<DeviceReport>,
    /// Its data.
    pub data: Option<DatasetReport>,
    /// The run that it went on from, if it did.
    pub parent: Option<Parent>,
    /// Steps that were taken.
    pub step: u64,
    /// Seconds of training.
    pub seconds: f64,
}

/// Where a run branched off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// The run that it went on from.
    pub run: String,
    /// What people called that one.
    pub name: String,
    /// After so many steps.
    pub step: u64,
    /// What was changed there: dotted paths and values.
    pub changed: Vec<(String, Value)>,
    /// Whether it began at step 0 with nothing but that one's encoder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encoder_only: bool,
}

impl RunHeader {
    /// Reads a `run.json`.
    ///
    /// # Errors
    /// If it is none, or of a newer form than [`RUN_FORMAT`]; what to do next stands in it.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let mistake = |what: String| Mistake { path: "run.json".into(), what };
        let header: Json = serde_json::from_str(text).map_err(|error| mistake(format!("could not be read: {error}")))?;
        let format = header.get("format").and_then(Json::as_u64);
        match format {
            None => return Err(mistake("is no header of a run: it has no `format`".into())),
            Some(format) if format > u64::from(RUN_FORMAT) => {
                let what = format!("was written by a newer version (format {format}, this one reads up to {RUN_FORMAT}): update");
                return Err(mistake(what));
            }
            Some(_) => {}
        }
        Self::deserialize(header).map_err(|error| mistake(format!("could not be read: {error}")))
    }

    /// As `run.json` holds it.
    pub fn write(&self) -> String {
        // Plain data in memory always has such a form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// `name` as an id: lowercase letters, digits and single hyphens; `run` if nothing is left of it.
    pub fn id_of(name: &str) -> String {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        let words: String = name.chars().map(plain).collect();
        let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
        if words.is_empty() { "run".into() } else { words.join("-") }
    }
}

/// A line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// After so many steps.
    pub step: u64,
    /// What changed there: a path and a value.
    pub changed: Option<(String, Value)>,
    /// Numbers by name.
    pub scalars: Vec<Scalar>,
    /// What is more than one number.
    pub profiles: Vec<Profile>,
}

/// The form of a line.
#[derive(Serialize)]
struct Line<'a> {
    step: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<Json>,
    #[serde(flatten)]
    scalars: BTreeMap<&'a str, Json>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    profiles: BTreeMap<&'a str, Json>,
}

impl Record {
    /// What an event adds to the log.
    pub fn of(event: &Event) -> Vec<Self> {
        let record =
            |step: u64, scalars: &[Scalar]| Self { step, changed: None, scalars: scalars.to_vec(), profiles: Vec::new() };
        match event {
            Event::Steps { losses, .. } => losses.iter().map(|(step, parts)| record(*step, parts)).collect(),
            Event::Measures { step, scalars, profiles } => vec![Self { profiles: profiles.clone(), ..record(*step, scalars) }],
            Event::Changed { step, path, value, .. } => {
                vec![Self { changed: Some((path.clone(), value.clone())), ..record(*step, &[]) }]
            }
            _ => Vec::new(),
        }
    }

    /// One line of JSON, without its end. What is not a finite number is `null`.
    pub fn line(&self) -> String {
        let line = Line {
            step: self.step,
            changed: self.changed.as_ref().map(|(path, value)| json!({ "path": path, "value": value })),
            scalars: self.scalars.iter().map(|scalar| (scalar.name.as_str(), finite(scalar.value))).collect(),
            profiles: self.profiles.iter().map(|profile| (profile.name.as_str(), numbers(&profile.payload))).collect(),
        };
        // Writing plain numbers and words to memory cannot fail.
        serde_json::to_string(&line).unwrap_or_default()
    }

    /// The record of a line; nothing for one that is none, such as a last line that was cut short.
    pub fn read(line: &str) -> Option<Self> {
        let Json::Object(mut line) = serde_json::from_str(line).ok()? else { return None };
        let step = line.remove("step")?.as_u64()?;
        let changed = line.remove("changed").and_then(|mut changed| {
            let value = Value::deserialize(changed.get_mut("value")?.take()).ok()?;
            Some((changed.get("path")?.as_str()?.to_owned(), value))
        });
        let profiles =
            line.remove("profiles").and_then(|profiles| if let Json::Object(map) = profiles { Some(map) } else { None });
        let profiles = profiles.into_iter().flatten();
        let profiles = profiles.filter_map(|(name, numbers)| Some(Profile { name, payload: payload(&numbers)? })).collect();
        let scalars = line.into_iter().filter_map(|(name, value)| match value {
            Json::Null => Some(Scalar { name, value: f32::NAN }),
            value => Some(Scalar { name, value: value.as_f64()? as f32 }),
        });
        Some(Self { step, changed, scalars: scalars.collect(), profiles })
    }

    /// Whether a run that goes on from a checkpoint has this behind it: it would come again otherwise. `changes` are those that had been made
    /// when the checkpoint of `step` was taken; `measured` says whether the measures of that step had been.
    pub fn is_behind(&self, step: u64, changes: &[Change], measured: bool) -> bool {
        match (self.step.cmp(&step), &self.changed) {
            (Ordering::Less, _) => true,
            (Ordering::Greater, _) => false,
            (Ordering::Equal, Some((path, value))) => {
                changes.iter().any(|change| change.at == step && change.path == *path && change.value == *value)
            }
            (Ordering::Equal, None) => measured || self.scalars.iter().any(|scalar| scalar.name == LOSS),
        }
    }

    /// The records of a whole `metrics.jsonl`, up to and with `step`; lines that are none are left out.
    pub fn read_all(text: &str, step: u64) -> Vec<Self> {
        text.lines().filter_map(Self::read).filter(|record| record.step <= step).collect()
    }
}

/// Numbers that belong together as JSON: a list of `[place, value]` for a series, an object with `from`, `to` and `shares` for a histogram, an
/// object with `rows` for a matrix, a list of words. What is not a finite number is `null`.
pub fn numbers(payload: &Payload) -> Json {
    let list = |values: &[f32]| values.iter().map(|value| finite(*value)).collect::<Vec<Json>>();
    match payload {
        Payload::Series { x, y } => x.iter().zip(y).map(|(x, y)| json!([finite(*x), finite(*y)])).collect(),
        Payload::Histogram { from, to, counts } => json!({"from": finite(*from), "to": finite(*to), "shares": list(counts)}),
        Payload::Matrix { columns, values, .. } => {
            json!({ "rows": values.chunks((*columns).max(1)).map(list).collect::<Vec<_>>() })
        }
        Payload::Words(words) => json!(words),
        // No measure tells points or images.
        Payload::Points { .. } | Payload::Images(_) => Json::Null,
    }
}

/// What [`numbers`] was made of.
fn payload(numbers: &Json) -> Option<Payload> {
    let value = |json: &Json| if json.is_null() { Some(f32::NAN) } else { json.as_f64().map(|value| value as f32) };
    let values = |list: &Json| list.as_array()?.iter().map(value).collect::<Option<Vec<f32>>>();
    match numbers {
        Json::Object(map) if map.contains_key("rows") => {
            let rows = map.get("rows")?.as_array()?.iter().map(values).collect::<Option<Vec<Vec<f32>>>>()?;
            let columns = rows.first().map_or(0, Vec::len);
            let whole = rows.iter().all(|row| row.len() == columns);
            whole.then(|| Payload::Matrix { rows: rows.len(), columns, values: rows.concat() })
        }
        Json::Object(map) => {
            let (from, to) = (value(map.get("from")?)?, value(map.get("to")?)?);
            Some(Payload::Histogram { from, to, counts: values(map.get("shares")?)? })
        }
        Json::Array(list) if list.iter().any(Json::is_string) => {
            Some(Payload::Words(list.iter().map(|word| word.as_str().map(str::to_owned)).collect::<Option<_>>()?))
        }
        Json::Array(list) => {
            let pairs = list.iter().map(values).collect::<Option<Vec<Vec<f32>>>>()?;
            let pair = |pair: &Vec<f32>| if let [x, y] = pair[..] { Some((x, y)) } else { None };
            let (x, y) = pairs.iter().map(pair).collect::<Option<Vec<(f32, f32)>>>()?.into_iter().unzip();
            Some(Payload::Series { x, y })
        }
        _ => None,
    }
}

/// The shortest decimal that reads back as the same `f32`; `null` for what JSON cannot hold.
fn finite(value: f32) -> Json {
    if value.is_finite() { value.to_string().parse::<f64>().map_or(Json::Null, Json::from) } else { Json::Null }
}
