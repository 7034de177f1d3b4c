//! Mistakes in an experiment, with their paths.

use serde::{Deserialize, Serialize};

/// One thing that is wrong with an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// Where, as a dotted path: `method.temperature`.
    pub path: String,
    /// What was found and what was expected, and what to do next.
    pub what: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// Everything that is wrong with an experiment, found in one reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", list(.0))]
pub struct Mistakes(pub Vec<Mistake>);

fn list(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(|mistake| format!("  {mistake}")).collect();
    let noun = if mistakes.len() == 1 { "mistake" } else { "mistakes" };
    format!("{} {noun} in the experiment:\n{}", mistakes.len(), lines.join("\n"))
}

/// The known name nearest to `found`, if it is near enough to be worth suggesting.
pub(crate) fn nearest<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (strsim::jaro_winkler(found, name).max(strsim::normalized_damerau_levenshtein(found, name)), name))
        .filter(|(likeness, _)| *likeness > 0.65)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
