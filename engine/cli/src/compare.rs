//! Runs beside each other: in what they differ, and their last measures.

use crate::arguments::CompareArguments;
use crate::failure::Failure;
use crate::kept::KeptRun;
use crate::outcome::finite;
use crate::runs::{in_json, lineage, told};
use crate::table::Table;
use crate::{engine, output};
use augsphere_spec::{Catalogue, Difference, differences};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Compares runs with the first of them, in words or as JSON.
///
/// # Errors
/// Folders that are no run folders; standard output that cannot be written.
pub fn compare(arguments: &CompareArguments) -> Result<(), Failure> {
    let catalogue = engine::catalogue();
    let runs = arguments.runs.iter().map(|path| KeptRun::read(&catalogue, path)).collect::<Result<Vec<_>, _>>()?;
    let Some((first, others)) = runs.split_first() else { return Ok(()) };
    let differs: Vec<Vec<Difference>> =
        others.iter().map(|run| differences(&catalogue, &first.experiment, &run.experiment)).collect();
    if arguments.json {
        let line = json!({
            "runs": runs.iter().map(|run| in_json(&catalogue, run)).collect::<Json>(),
            "differences": differs.iter().map(|differs| told(differs)).collect::<Json>(),
        });
        return output::result(&line.to_string());
    }
    let mut lines = Vec::new();
    for (run, differs) in others.iter().zip(&differs) {
        lines.extend(in_words(first, run, differs));
    }
    lines.extend(measures(&catalogue, &runs));
    output::result(&lines.join("\n"))
}

/// In what a run differs from the first one.
fn in_words(first: &KeptRun, run: &KeptRun, differs: &[Difference]) -> Vec<String> {
    let mut lines = vec![if differs.is_empty() {
        format!("{} is the same experiment as {}", run.name, first.name)
    } else {
        format!("from {} to {}:", first.name, run.name)
    }];
    lines.extend(differs.iter().map(|one| format!("  {}", one.words)));
    lines.extend(lineage(run).map(|words| format!("  ({} {words})", run.name)));
    let device = |run: &KeptRun| run.header.device.as_ref().map(|device| device.name.clone());
    if let (Some(one), Some(other)) = (device(first), device(run))
        && one != other
    {
        lines.push(format!("  (on {one} and on {other}: their last digits may differ)"));
    }
    lines.push(String::new());
    lines
}

/// The last measures of each run, a column a run.
fn measures(catalogue: &Catalogue, runs: &[KeptRun]) -> Vec<String> {
    let cards = catalogue.section("measures").map_or(&[][..], |section| &section.cards);
    let told: Vec<(&str, &str)> =
        cards.iter().flat_map(|card| &card.tells).map(|told| (told.name.as_str(), told.title.as_str())).collect();
    let there: BTreeSet<&str> = runs.iter().flat_map(|run| run.outcome.measures.keys()).map(String::as_str).collect();
    // In the order of the catalogue, then those that it does not know.
    let known = told.iter().copied().filter(|(name, _)| there.contains(name));
    let others = there.iter().copied().filter(|name| told.iter().all(|(known, _)| known != name)).map(|name| (name, name));
    let mut table = Table::new(["last measures"].into_iter().map(str::to_owned).chain(runs.iter().map(|run| run.name.clone())));
    let row = |title: String, value: &dyn Fn(&KeptRun) -> Option<String>| {
        [title].into_iter().chain(runs.iter().map(|run| value(run).unwrap_or_else(|| "-".into()))).collect::<Vec<_>>()
    };
    table.row(row("state".into(), &|run| Some(run.state.word().into())));
    table.row(row("steps".into(), &|run| Some(run.outcome.step.to_string())));
    table.row(row("measured after".into(), &|run| run.outcome.measured_at.map(|step| step.to_string())));
    let number = |value: f32| finite(value).map(|value| format!("{value:.4}"));
    table.row(row("loss of the last step".into(), &|run| run.outcome.loss.and_then(number)));
    for (name, title) in known.chain(others) {
        let title = if title.is_empty() { name } else { title };
        table.row(row(format!("{title} ({name})"), &|run| run.outcome.measures.get(name).copied().and_then(number)));
    }
    table.lines()
}
