//! A whole experiment in a link.
//!
//! `#v=1&method.temperature=0.2&device=cpu`: dotted paths and values, only what differs from the defaults. A planned change is
//! `at.300.method.temperature=0.1`.

use crate::{Catalogue, Change, Experiment, Mistake, Mistakes, VERSION, Value};

/// Keys of a fragment that are not part of the experiment.
const ASIDE: [&str; 4] = ["board", "device", "entrance", "v"];

/// The fragment (without `#`) that restores `experiment`.
pub fn to_fragment(catalogue: &Catalogue, experiment: &Experiment) -> String {
    let mut pairs = vec![format!("v={VERSION}")];
    let planned = experiment.changes.iter().map(|change| (format!("at.{}.{}", change.at, change.path), change.value.clone()));
    for (path, value) in catalogue.difference(experiment).into_iter().chain(planned) {
        let value = match value {
            // Text that would be read as something else, such as a folder called 2024, is put in quotes.
            Value::Text(text) if Value::parse(&text) == Value::Text(text.clone()) => text,
            Value::Text(text) => format!("\"{text}\""),
            other => other.to_string(),
        };
        pairs.push(format!("{path}={}", escape(&value)));
    }
    pairs.join("&")
}

/// Reads a fragment (with or without `#`) on top of `base`; also returns the pairs that are not part of the
/// experiment, such as `device`.
///
/// # Errors
/// Every mistake with its path; a link from a newer build says so.
pub fn from_fragment(
    catalogue: &Catalogue,
    base: &Experiment,
    fragment: &str,
) -> Result<(Experiment, Vec<(String, String)>), Mistakes> {
    let mut changes = Vec::new();
    let mut planned = Vec::new();
    let mut aside = Vec::new();
    for pair in fragment.trim_start_matches('#').split('&').filter(|pair| !pair.is_empty()) {
        let (path, value) = pair.split_once('=').unwrap_or((pair, "true"));
        let value = unescape(value);
        if path == "v" && value.parse::<u32>().is_ok_and(|version| version > VERSION) {
            let what = format!("this link was made by a newer build (form {value}, this build reads {VERSION}); reload the page");
            return Err(Mistakes(vec![Mistake { path: "link".into(), what }]));
        }
        if ASIDE.contains(&path) {
            aside.push((path.to_owned(), value));
        } else if let Some((at, path)) = path.strip_prefix("at.").and_then(|rest| rest.split_once('.')) {
            let Ok(at) = at.parse() else {
                let what = format!("a change is written at.STEP.PATH=VALUE, found at.{at}.{path}");
                return Err(Mistakes(vec![Mistake { path: "link".into(), what }]));
            };
            planned.push(Change { at, path: path.to_owned(), value: Value::parse(&value) });
        } else {
            changes.push((path.to_owned(), Value::parse(&value)));
        }
    }
    // A link with a version says what differs from the catalogue's defaults, be it nothing; without an experiment, `base`
    // (the page's preset) stands.
    let said_nothing = changes.is_empty() && planned.is_empty() && aside.iter().all(|(key, _)| key != "v");
    let start = if said_nothing { base.clone() } else { catalogue.default_experiment() };
    let mut experiment = catalogue.with(&start, &changes)?;
    if !planned.is_empty() || said_nothing {
        experiment.changes = if said_nothing { start.changes } else { planned };
        experiment = catalogue.read(&catalogue.write(&experiment))?;
    }
    Ok((experiment, aside))
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
