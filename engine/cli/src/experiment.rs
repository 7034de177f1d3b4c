//! The experiment that a person means by what was typed.

use crate::arguments::{Planned, Setting};
use crate::failure::Failure;
use crate::{policy, presets, text};
use augsphere_spec::{Catalogue, Experiment, KnobKind, Mistake, Mistakes, Recipe, Value, insert_at, read_toml_tree};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::path::Path;

/// An experiment and what to call its folder.
pub struct Request {
    /// The experiment, checked and complete.
    pub experiment: Experiment,
    /// Its name; that of its file or preset if it has none.
    pub label: String,
}

/// Reads the experiment called `source` (a file, a run folder or a preset), takes its augmentations from `policy` if one is named, and
/// puts `settings` on top; `changes` come on the way, beside those that it plans itself.
///
/// # Errors
/// Every mistake at once, those of the file and those of the settings, each with its path.
pub fn read(
    catalogue: &Catalogue,
    source: &str,
    policy: Option<&str>,
    settings: &[Setting],
    changes: &[Planned],
) -> Result<Request, Failure> {
    let (mut tree, stem) = tree(source)?;
    rename(catalogue, &mut tree);
    if let Some(policy) = policy {
        take(&mut tree, policy::read(catalogue, policy)?);
    }
    // Kinds first: they decide which knobs there are.
    let (kinds, knobs): (Vec<_>, Vec<_>) = settings.iter().partition(|setting| setting.path.ends_with(".kind"));
    for setting in kinds.into_iter().chain(knobs) {
        change(catalogue, &mut tree, setting);
    }
    for planned in changes {
        plan(catalogue, &mut tree, planned);
    }
    if let Some(path) = tree.pointer_mut("/data/path")
        && let Some(typed) = path.as_str()
    {
        *path = text::home(Path::new(typed)).display().to_string().into();
    }
    let experiment = catalogue.read(&tree)?;
    check_data(catalogue, &experiment)?;
    let label = if experiment.name.is_empty() { stem } else { experiment.name.clone() };
    Ok(Request { experiment, label })
}

/// What `settings` set in `experiment`: dotted paths and values of the types that its knobs ask for.
pub fn values(catalogue: &Catalogue, experiment: &Experiment, settings: &[&Setting]) -> Vec<(String, Value)> {
    let tree = catalogue.write(experiment);
    let value = |setting: &Setting| match setting.path.as_str() {
        "data.path" => Value::Text(text::home(Path::new(&setting.value)).display().to_string()),
        _ => Value::deserialize(typed(catalogue, &tree, setting)).unwrap_or(Value::parse(&setting.value)),
    };
    settings.iter().map(|setting| (catalogue.present_path(&setting.path), value(setting))).collect()
}

/// Whether the data of an experiment are there.
///
/// # Errors
/// If they are read from a file that is not, or none is named.
pub fn check_data(catalogue: &Catalogue, experiment: &Experiment) -> Result<(), Failure> {
    missing_data(catalogue, experiment).map_or(Ok(()), |mistake| Err(Mistakes(vec![mistake]).into()))
}

/// The text behind `source` as a tree of values, and the name to use if it has none.
fn tree(source: &str) -> Result<(Json, String), Failure> {
    let mut path = text::home(Path::new(source));
    if path.is_dir() {
        path.push("experiment.toml");
        if !path.exists() {
            return Err(Failure::Usage(format!("{source} is a folder, but no run folder: it holds no experiment.toml")));
        }
    }
    if text::ends_in(&path, &["yaml", "yml"]) {
        let what = "is YAML, and experiments are TOML or JSON; a file of augmentations is given with --policy";
        return Err(Failure::Usage(format!("{source} {what}")));
    }
    if !text::readable(&path) && !text::ends_in(&path, &["toml", "json"]) {
        let preset = presets::find(source).ok_or_else(|| {
            Failure::Usage(format!(
                "{source} is neither a file, nor a run folder, nor a preset; the presets are {}",
                presets::names()
            ))
        })?;
        return Ok((parse(Path::new("preset.toml"), preset.toml)?, preset.name.to_owned()));
    }
    let tree = parse(&path, &text::read(&path)?)?;
    // A pipe has a number for a name.
    let stem = path.file_stem().filter(|_| path.is_file()).map_or_else(|| "experiment".into(), |stem| stem.to_string_lossy());
    Ok((tree, stem.into_owned()))
}

/// TOML or JSON, as the name says or, where it says nothing, as the text begins.
fn parse(path: &Path, text: &str) -> Result<Json, Failure> {
    let named = text::ends_in(path, &["toml", "json"]);
    let json = if named { text::ends_in(path, &["json"]) } else { text.trim_start().starts_with('{') };
    let parsed = if json {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        read_toml_tree(text).map_err(|error| error.to_string())
    };
    parsed.map_err(|error| Failure::Usage(format!("{} could not be read: {error}", path.display())))
}

/// Gives knobs of older files the names that they have now, so that settings come on top of them.
fn rename(catalogue: &Catalogue, tree: &mut Json) {
    fn names(catalogue: &Catalogue, prefix: &str, table: &mut Map<String, Json>) {
        for key in table.keys().cloned().collect::<Vec<_>>() {
            let path = format!("{prefix}{key}");
            let present = catalogue.present_path(&path);
            let name = present.rsplit('.').next().unwrap_or_default();
            if present != path && !table.contains_key(name) {
                let value = table.remove(&key).unwrap_or_default();
                table.insert(name.to_owned(), value);
            } else if let Some(inner) = table.get_mut(&key).and_then(Json::as_object_mut) {
                names(catalogue, &format!("{path}."), inner);
            }
        }
    }
    if let Some(root) = tree.as_object_mut() {
        names(catalogue, "", root);
    }
}

/// All augmentations as the recipe has them.
fn take(tree: &mut Json, recipe: Recipe) {
    if let Some(table) = tree.as_object_mut() {
        ["augment", "second"].iter().for_each(|section| drop(table.remove(*section)));
    }
    for (path, value) in recipe.values {
        insert_at(tree, &path, value.into());
    }
}

/// Puts one setting into the tree, as the type that its knob asks for.
fn change(catalogue: &Catalogue, tree: &mut Json, setting: &Setting) {
    let value = typed(catalogue, tree, setting);
    let mut slot = tree;
    let path = catalogue.present_path(&setting.path);
    let keys: Vec<&str> = path.split('.').collect();
    for (depth, key) in keys.iter().enumerate() {
        if !slot.is_object() {
            *slot = Json::Object(Map::new());
        }
        let Json::Object(table) = slot else { return };
        // Knobs of the former card mean nothing to another one.
        if depth == 1 && *key == "kind" && keys.len() == 2 && table.get("kind") != Some(&value) {
            let first = catalogue.section(keys[0]).and_then(|section| section.cards.first());
            if table.contains_key("kind") || first.is_none_or(|card| value != card.name.as_str()) {
                table.clear();
            }
        }
        slot = table.entry(*key).or_insert(Json::Null);
    }
    *slot = value;
}

/// Adds one planned change to the tree.
fn plan(catalogue: &Catalogue, tree: &mut Json, planned: &Planned) {
    let value = typed(catalogue, tree, &planned.setting);
    let change = serde_json::json!({ "at": planned.at, "path": planned.setting.path, "value": value });
    if let Some(table) = tree.as_object_mut()
        && let Some(list) = table.entry("changes").or_insert_with(|| Json::Array(Vec::new())).as_array_mut()
    {
        list.push(change);
    }
}

/// The typed value: text where the knob wants text (a folder may be called `2000`), otherwise what it looks like.
fn typed(catalogue: &Catalogue, tree: &Json, setting: &Setting) -> Json {
    let keys: Vec<&str> = setting.path.split('.').collect();
    let wants_text = match keys[..] {
        ["name"] | [_, "kind"] => true,
        [section, knob] => catalogue.section(section).filter(|section| !section.all).is_some_and(|section| {
            let kind = tree.get(&section.name).and_then(|table| table.get("kind")).and_then(Json::as_str);
            let card = kind.map_or(section.cards.first(), |kind| section.card_by_any_name(kind));
            card.and_then(|card| card.knob(knob)).is_some_and(|knob| wants_text(&knob.kind))
        }),
        [section, card, knob] => {
            let knob = catalogue.section(section).and_then(|section| section.card(card)?.knob(knob));
            knob.is_some_and(|knob| wants_text(&knob.kind))
        }
        _ => false,
    };
    if wants_text {
        return setting.value.trim_matches('"').into();
    }
    Value::parse(&setting.value).into()
}

fn wants_text(kind: &KnobKind) -> bool {
    matches!(kind, KnobKind::Text | KnobKind::Choice { .. })
}

/// A data set that comes from a file needs one that is there. Relative paths start at the current directory.
fn missing_data(catalogue: &Catalogue, experiment: &Experiment) -> Option<Mistake> {
    let data = experiment.choice("data")?;
    catalogue.section("data")?.card(&data.kind)?.knob("path")?;
    let path = data.knobs.text("path");
    let what = if path.is_empty() {
        format!("{} is read from a file: give its archive or folder with --set data.path=FILE", data.kind)
    } else if !Path::new(path).exists() {
        let here = std::env::current_dir().map_or_else(|_| "the current directory".into(), |here| here.display().to_string());
        let user = if path.starts_with('~') { "; ~ by itself is the home folder, ~NAME is not known" } else { "" };
        format!("there is no {path} (relative paths start at {here}{user})")
    } else {
        return None;
    };
    Some(Mistake { path: "data.path".into(), what })
}
