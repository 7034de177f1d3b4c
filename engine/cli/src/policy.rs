//! Which augmentations does a person mean: a recipe of the catalogue, or a file of solo-learn's?
//!
//! solo-learn keeps augmentations in YAML files of their own: a list with one entry for each kind of view
//! (<https://github.com/vturrisi/solo-learn>, `scripts/pretrain/*/augmentations/`). They are read as they are.

use crate::failure::Failure;
use augsphere_spec::{Catalogue, Recipe, Value};
use serde_json::{Map, Value as Json};
use std::path::Path;

/// The recipe called `source`, or the one that the YAML file of this name holds.
///
/// # Errors
/// No such recipe or file; what the file says that has no counterpart here, each with its location.
pub fn read(catalogue: &Catalogue, source: &str) -> Result<Recipe, Failure> {
    let recipes = catalogue.section("augment").map_or(&[][..], |section| &section.recipes);
    if let Some(recipe) = recipes.iter().find(|recipe| recipe.name == source) {
        return Ok(recipe.clone());
    }
    let path = Path::new(source);
    if !path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
        let names: Vec<&str> = recipes.iter().map(|recipe| recipe.name.as_str()).collect();
        return Err(Failure::Usage(format!(
            "{source} is neither a recipe nor a .yaml file of augmentations; the recipes are {}",
            names.join(", ")
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| Failure::Usage(format!("could not read {source}: {error}")))?;
    let tree: Json =
        serde_yaml_ng::from_str(&text).map_err(|error| Failure::Usage(format!("{source} could not be read as YAML: {error}")))?;
    solo_learn(catalogue, source, &tree)
}

/// A list of pipelines, each with the number of views that are made with it.
fn solo_learn(catalogue: &Catalogue, source: &str, tree: &Json) -> Result<Recipe, Failure> {
    let mut reading = Reading { location: String::new(), mistakes: Vec::new() };
    let pipelines = tree.as_array().map_or_else(|| std::slice::from_ref(tree), Vec::as_slice);
    let mut views: Vec<Vec<(String, Value)>> = Vec::new();
    for (index, pipeline) in pipelines.iter().enumerate() {
        reading.location = format!("[{index}]");
        let Some(table) = pipeline.as_object() else {
            reading.mistake("", "must be a table with rrc, color_jitter and so on");
            continue;
        };
        let crops = reading.number(table, "", "num_crops", Some(1.0)) as usize;
        let values = reading.pipeline(table);
        views.extend(std::iter::repeat_n(values, crops.min(3)));
    }
    if reading.mistakes.is_empty() && views.len() > 2 {
        reading.location.clear();
        reading.mistake("num_crops", "asks for more than two views of an image; multi-crop is not to be had here");
    }
    if !reading.mistakes.is_empty() {
        return Err(Failure::Usage(format!("{source}:\n  {}", reading.mistakes.join("\n  "))));
    }
    let mut views = views.into_iter();
    let Some(first) = views.next() else {
        return Err(Failure::Usage(format!("{source} holds no augmentations; expected a list of tables")));
    };
    let second = views.next().unwrap_or_else(|| first.clone());
    let off = catalogue.section("augment").map_or(&[][..], |section| &section.cards).iter();
    let mut values: Vec<(String, Value)> =
        off.map(|card| (format!("augment.{}.probability", card.name), Value::Float(0.0))).collect();
    values.retain(|(path, _)| first.iter().all(|(said, _)| *path != format!("augment.{said}")));
    let differs =
        second.iter().filter(|pair| !first.contains(pair)).cloned().map(|(path, value)| (format!("second.{path}"), value));
    values.extend(first.iter().cloned().map(|(path, value)| (format!("augment.{path}"), value)).chain(differs));
    Ok(Recipe {
        name: source.to_owned(),
        title: source.to_owned(),
        summary: "From a file of solo-learn's.".into(),
        paper: "da Costa et al. 2022, JMLR 23".into(),
        values,
    })
}

struct Reading {
    location: String,
    mistakes: Vec<String>,
}

/// What a pipeline may say.
const TABLES: [(&str, &[&str]); 7] = [
    ("rrc", &["enabled", "crop_min_scale", "crop_max_scale"]),
    ("color_jitter", &["enabled", "prob", "brightness", "contrast", "saturation", "hue"]),
    ("grayscale", &["enabled", "prob"]),
    ("gaussian_blur", &["enabled", "prob"]),
    ("solarization", &["enabled", "prob"]),
    ("equalization", &["enabled", "prob"]),
    ("horizontal_flip", &["enabled", "prob"]),
];

impl Reading {
    fn mistake(&mut self, key: &str, what: &str) {
        let dot = if key.is_empty() || self.location.is_empty() { "" } else { "." };
        self.mistakes.push(format!("{}{dot}{key} {what}", self.location));
    }

    /// The knobs below `augment.` and `second.` that one pipeline asks for.
    fn pipeline(&mut self, table: &Map<String, Json>) -> Vec<(String, Value)> {
        self.unknown(table);
        let mut values = Vec::new();
        let mut set = |path: &str, value: f64| values.push((path.to_owned(), Value::Float(value)));
        let nothing = Map::new();
        let part = |name: &str| table.get(name).and_then(Json::as_object).unwrap_or(&nothing);
        // solo-learn resizes with bicubic interpolation, and blurs with a kernel that knows no bounds.
        let crop = part("rrc");
        set("crop.probability", f64::from(u8::from(crop.get("enabled").and_then(Json::as_bool) == Some(true))));
        set("crop.scale_min", self.number(crop, "rrc", "crop_min_scale", Some(0.08)));
        set("crop.scale_max", self.number(crop, "rrc", "crop_max_scale", Some(1.0)));
        let jitter = part("color_jitter");
        let share = self.probability(jitter, "color_jitter");
        set("jitter.probability", share);
        for name in ["brightness", "contrast", "saturation", "hue"] {
            if share > 0.0 {
                set(&format!("jitter.{name}"), self.number(jitter, "color_jitter", name, None));
            }
        }
        let chances =
            [("grayscale", "grayscale"), ("gaussian_blur", "blur"), ("solarization", "solarize"), ("horizontal_flip", "flip")];
        for (name, card) in chances {
            set(&format!("{card}.probability"), self.probability(part(name), name));
        }
        if self.probability(part("equalization"), "equalization") > 0.0 {
            self.mistake("equalization.prob", "must be 0: there is no histogram equalisation here");
        }
        values.push(("crop.interpolation".into(), "bicubic".into()));
        values.push(("blur.kernel".into(), Value::Int(9)));
        values
    }

    fn unknown(&mut self, table: &Map<String, Json>) {
        for (key, value) in table {
            if ["crop_size", "num_crops", "mean", "std"].contains(&key.as_str()) {
                // Images have the size of the data set here, and are normalised by it.
                continue;
            }
            match TABLES.iter().find(|(name, _)| name == key) {
                None => self.mistake(key, "is not known"),
                Some((_, known)) => match value.as_object() {
                    None => self.mistake(key, "must be a table"),
                    Some(inner) => {
                        let strange: Vec<&String> = inner.keys().filter(|name| !known.contains(&name.as_str())).collect();
                        strange.into_iter().for_each(|name| self.mistake(&format!("{key}.{name}"), "is not known"));
                    }
                },
            }
        }
    }

    /// `prob`, or 0 if it is switched off or not spoken of.
    fn probability(&mut self, table: &Map<String, Json>, name: &str) -> f64 {
        let off = table.is_empty() || table.get("enabled").and_then(Json::as_bool) == Some(false);
        if off { 0.0 } else { self.number(table, name, "prob", None) }
    }

    fn number(&mut self, table: &Map<String, Json>, part: &str, key: &str, unsaid: Option<f64>) -> f64 {
        let path = if part.is_empty() { key.to_owned() } else { format!("{part}.{key}") };
        match (table.get(key), unsaid) {
            (None, Some(value)) => value,
            (None, None) => {
                self.mistake(&path, "is missing");
                0.0
            }
            (Some(value), _) => value.as_f64().unwrap_or_else(|| {
                self.mistake(&path, &format!("must be a number, found {value}"));
                0.0
            }),
        }
    }
}
