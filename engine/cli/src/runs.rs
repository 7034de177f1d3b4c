//! The run folders that there are, as a table: how far each came, its last numbers, and in what it differs.

use crate::arguments::RunsArguments;
use crate::failure::Failure;
use crate::kept::{self, KeptRun, State};
use crate::outcome::finite;
use crate::table::Table;
use crate::{engine, output};
use augsphere_spec::{Catalogue, Difference, Value, differences};
use serde_json::{Map, Value as Json, json};
use std::cmp::Ordering;
use std::path::PathBuf;

/// The columns that are always there, before the differences.
const COLUMNS: [&str; 8] = ["name", "state", "step", "loss", "knn_accuracy", "alignment", "uniformity", "seconds"];

/// Lists run folders, in a table or as JSON.
///
/// # Errors
/// Folders that are not there; a column that no run has; standard output that cannot be written.
pub fn runs(arguments: &RunsArguments) -> Result<(), Failure> {
    let catalogue = engine::catalogue();
    let nothing_yet = arguments.folders == [PathBuf::from("runs")] && !arguments.folders[0].exists();
    let found = if nothing_yet { Vec::new() } else { kept::find(&arguments.folders)? };
    let mut runs = Vec::new();
    for path in found {
        match KeptRun::read(&catalogue, &path) {
            Ok(run) => runs.push(run),
            // One folder that cannot be read hides no other.
            Err(failure) => output::tell(&format!("warning: {failure}")),
        }
    }
    runs.sort_by(|one, other| (one.header.created, &one.name).cmp(&(other.header.created, &other.name)));
    let mut listed = listed(&catalogue, &runs);
    sort(&mut listed, &arguments.sort, arguments.reverse)?;
    if arguments.json {
        let runs: Vec<Json> = listed.iter().map(|listed| listed.in_json(&catalogue)).collect();
        return output::result(&Json::from(runs).to_string());
    }
    if listed.is_empty() {
        return output::result("there are no runs here yet: augsphere run shapes-simclr makes one");
    }
    output::result(&in_words(&listed, &arguments.sort))
}

/// A run, and in what it differs from the oldest of the list.
struct Listed<'a> {
    run: &'a KeptRun,
    /// Nothing for the oldest itself.
    differs: Option<Vec<Difference>>,
}

fn listed<'a>(catalogue: &Catalogue, runs: &'a [KeptRun]) -> Vec<Listed<'a>> {
    let oldest = runs.first();
    let differs = |run: &KeptRun| Some(differences(catalogue, &oldest?.experiment, &run.experiment));
    runs.iter().enumerate().map(|(index, run)| Listed { run, differs: if index == 0 { None } else { differs(run) } }).collect()
}

/// What stands in a column.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Number(f64),
    Text(String),
}

impl Cell {
    fn of(value: &Value) -> Self {
        value
            .as_float()
            .map_or_else(|| Self::Text(value.as_text().map_or_else(|| value.to_string(), str::to_owned)), Self::Number)
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// What a run has in a column, if it has it.
fn cell(run: &KeptRun, column: &str) -> Option<Cell> {
    let number = |value: f32| finite(value).map(Cell::Number);
    match column {
        "name" => Some(Cell::Text(run.name.clone())),
        "state" => Some(Cell::Text(run.state.word().into())),
        "created" => Some(Cell::Number(run.header.created as f64)),
        "step" => Some(Cell::Number(run.outcome.step as f64)),
        "seconds" => Some(Cell::Number(run.outcome.seconds)),
        "loss" => run.outcome.loss.and_then(number),
        _ => match run.outcome.measures.get(column) {
            Some(value) => number(*value),
            None => run.experiment.get(column).as_ref().map(Cell::of),
        },
    }
}

/// Sorts by a column; what a run does not have comes last, whichever way.
fn sort(listed: &mut [Listed<'_>], column: &str, reverse: bool) -> Result<(), Failure> {
    if !listed.is_empty() && listed.iter().all(|listed| cell(listed.run, column).is_none()) {
        let measures = listed.iter().flat_map(|listed| listed.run.outcome.measures.keys());
        let mut measures: Vec<&str> = measures.map(String::as_str).filter(|name| !COLUMNS.contains(name)).collect();
        measures.sort_unstable();
        measures.dedup();
        return Err(Failure::Usage(format!(
            "no run has a column called {column}; there are created, {}, {}, and whatever --set takes, such as method.temperature",
            COLUMNS.join(", "),
            measures.join(", ")
        )));
    }
    listed.sort_by(|one, other| match (cell(one.run, column), cell(other.run, column)) {
        (Some(one), Some(other)) if reverse => other.order(&one),
        (Some(one), Some(other)) => one.order(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
    Ok(())
}

fn in_words(listed: &[Listed<'_>], sorted_by: &str) -> String {
    let extra = (!COLUMNS.contains(&sorted_by) && sorted_by != "created").then_some(sorted_by);
    let columns: Vec<&str> = COLUMNS.into_iter().chain(extra).collect();
    let mut table = Table::new(columns.iter().copied().chain(["differs in"]));
    for Listed { run, differs } in listed {
        let cells = columns.iter().map(|column| match (cell(run, column), *column) {
            (None, _) => "-".to_owned(),
            (Some(Cell::Text(text)), _) => text,
            (Some(Cell::Number(number)), "step") => {
                format!("{number}/{}", run.experiment.knobs("train").count("steps"))
            }
            (Some(Cell::Number(number)), "seconds") => format!("{number:.1}"),
            (Some(Cell::Number(number)), column) if run.outcome.measures.contains_key(column) || column == "loss" => {
                format!("{number:.4}")
            }
            (Some(Cell::Number(number)), _) => number.to_string(),
        });
        let words = match differs {
            None => "(the others are compared with this one)".to_owned(),
            Some(differs) if differs.is_empty() => "nothing".to_owned(),
            Some(differs) => differs.iter().map(|one| one.words.as_str()).collect::<Vec<_>>().join(", "),
        };
        let words = [lineage(run), Some(words)].into_iter().flatten().collect::<Vec<_>>().join("; ");
        table.row(cells.chain([words]));
    }
    table.lines().join("\n")
}

/// Where a run comes from, in words.
pub fn lineage(run: &KeptRun) -> Option<String> {
    let parent = run.header.parent.as_ref()?;
    let from = if parent.name.is_empty() { &parent.run } else { &parent.name };
    Some(if parent.encoder_only {
        format!("began with the encoder of {from} after {} steps", parent.step)
    } else {
        format!("went on from {from} after {} steps", parent.step)
    })
}

impl Listed<'_> {
    fn in_json(&self, catalogue: &Catalogue) -> Json {
        let mut line = in_json(catalogue, self.run);
        line["differs"] = self.differs.as_ref().map_or(Json::Null, |differs| told(differs));
        line
    }
}

/// Differences as JSON.
pub fn told(differs: &[Difference]) -> Json {
    differs.iter().map(|one| json!({ "path": one.path, "words": one.words })).collect()
}

/// A run as tools see it.
pub fn in_json(catalogue: &Catalogue, run: &KeptRun) -> Json {
    let KeptRun { path, name, header, experiment, outcome, state } = run;
    let kind = |section: &str| experiment.choice(section).map(|choice| choice.kind.clone());
    let said: Map<String, Json> =
        catalogue.difference(experiment).into_iter().map(|(path, value)| (path, value.into())).collect();
    let measures: Map<String, Json> =
        outcome.measures.iter().map(|(name, value)| (name.clone(), json!(finite(*value)))).collect();
    json!({
        "path": path.display().to_string(),
        "name": name,
        "id": header.id,
        "title": run.title(),
        "note": header.note,
        "pinned": header.pinned,
        "created": header.created,
        "state": state.word(),
        "fault": if let State::Failed(fault) = state { Some(fault) } else { None },
        "step": outcome.step,
        "steps": experiment.knobs("train").count("steps"),
        "seconds": outcome.seconds,
        "device": header.device.as_ref().map(|device| &device.name),
        "data": kind("data"),
        "encoder": kind("encoder"),
        "method": kind("method"),
        "parent": header.parent,
        "experiment": said,
        "loss": outcome.loss.and_then(finite),
        "measured_at_step": outcome.measured_at,
        "measures": measures,
    })
}
