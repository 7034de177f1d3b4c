//! solo-learn's files of augmentations: a list with one entry for each kind of view
//! (<https://github.com/vturrisi/solo-learn>, `scripts/pretrain/*/augmentations/`), read as they are.

use super::yaml::truth;
use crate::failure::Failure;
use augsphere_spec::{Catalogue, Recipe, Value};
use serde_json::{Map, Value as Json};

type Table = Map<String, Json>;

/// What a pipeline may say, and what of it is read.
const TABLES: [(&str, &[&str]); 7] = [
    ("rrc", &["enabled", "crop_min_scale", "crop_max_scale"]),
    ("color_jitter", &["enabled", "prob", "brightness", "contrast", "saturation", "hue"]),
    ("grayscale", &["enabled", "prob"]),
    ("gaussian_blur", &["enabled", "prob"]),
    ("solarization", &["enabled", "prob"]),
    ("equalization", &["enabled", "prob"]),
    ("horizontal_flip", &["enabled", "prob"]),
];

/// What changes nothing here: a label, and what the data set decides.
const INERT: [&str; 4] = ["name", "crop_size", "mean", "std"];

/// Keys of a file that says how to train rather than how to augment.
const TRAINING: [&str; 13] = [
    "defaults",
    "method",
    "method_kwargs",
    "backbone",
    "backbone_kwargs",
    "optimizer",
    "scheduler",
    "max_epochs",
    "checkpoint",
    "wandb",
    "momentum",
    "precision",
    "data",
];

/// The recipe that a tree holds: a list of pipelines, each with the number of views that are made with it, or a single pipeline.
///
/// # Errors
/// All that has no counterpart here, each with its location.
pub fn recipe(catalogue: &Catalogue, source: &str, tree: &Json) -> Result<Recipe, Failure> {
    let tree = pipelines_of(source, tree)?;
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
    Ok(Recipe {
        name: source.to_owned(),
        title: source.to_owned(),
        summary: "From a file of solo-learn's.".into(),
        paper: "da Costa et al. 2022, JMLR 23".into(),
        values: values(catalogue, &first, &second),
    })
}

/// Dotted paths and values for both views; augmentations that are not spoken of are off.
fn values(catalogue: &Catalogue, first: &[(String, Value)], second: &[(String, Value)]) -> Vec<(String, Value)> {
    let cards = catalogue.section("augment").map_or(&[][..], |section| &section.cards);
    let mut values: Vec<(String, Value)> =
        cards.iter().map(|card| (format!("augment.{}.probability", card.name), Value::Float(0.0))).collect();
    values.retain(|(path, _)| first.iter().all(|(said, _)| *path != format!("augment.{said}")));
    values.extend(first.iter().map(|(path, value)| (format!("augment.{path}"), value.clone())));
    let differs = second.iter().filter(|pair| !first.contains(pair));
    values.extend(differs.map(|(path, value)| (format!("second.{path}"), value.clone())));
    values
}

/// The part of a file that holds the pipelines: all of it, or the `augmentations` of a file that says how to train.
fn pipelines_of<'a>(source: &str, tree: &'a Json) -> Result<&'a Json, Failure> {
    let Some(table) = tree.as_object() else { return Ok(tree) };
    let said: Vec<&str> = TRAINING.into_iter().filter(|key| table.contains_key(*key)).collect();
    if said.len() < 2 || TABLES.iter().any(|(name, _)| table.contains_key(*name)) {
        return Ok(tree);
    }
    if let Some(pipelines) = table.get("augmentations").filter(|inner| inner.is_array() || inner.is_object()) {
        return Ok(pipelines);
    }
    let defaults = table.get("defaults").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let named = defaults.iter().find_map(|entry| entry.get("augmentations")?.as_str());
    let file = named.map_or_else(
        || "the file of augmentations that belongs to it".to_owned(),
        |name| format!("the file of augmentations that it names, augmentations/{}.yaml", name.trim_end_matches(".yaml")),
    );
    Err(Failure::Usage(format!(
        "{source} says how to train (it speaks of {}), not how to augment: give {file}",
        said[..said.len().min(3)].join(", ")
    )))
}

struct Reading {
    location: String,
    mistakes: Vec<String>,
}

impl Reading {
    fn mistake(&mut self, key: &str, what: &str) {
        let dot = if key.is_empty() || self.location.is_empty() { "" } else { "." };
        self.mistakes.push(format!("{}{dot}{key} {what}", self.location));
    }

    /// The knobs below `augment.` and `second.` that one pipeline asks for.
    fn pipeline(&mut self, table: &Table) -> Vec<(String, Value)> {
        self.unknown(table);
        let mut values = Vec::new();
        let mut set = |path: &str, value: f64| values.push((path.to_owned(), Value::Float(value)));
        let nothing = Map::new();
        let part = |name: &str| table.get(name).and_then(Json::as_object).unwrap_or(&nothing);
        // solo-learn resizes with bicubic interpolation, and blurs with a kernel that knows no bounds.
        let crop = part("rrc");
        set("crop.probability", f64::from(u8::from(self.crops(crop))));
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

    /// What is neither read nor known to do nothing.
    fn unknown(&mut self, table: &Table) {
        for (key, value) in table {
            let known = TABLES.iter().find(|(name, _)| name == key);
            match (known, value.as_object()) {
                _ if key == "num_crops" || INERT.contains(&key.as_str()) || is_off(value) => {}
                (None, Some(_)) => self.mistake(key, "is not known; leave it out, or set its prob to 0"),
                (None, None) => self.mistake(key, "is not known; leave it out"),
                (Some(_), None) => self.mistake(key, "must be a table"),
                (Some((_, known)), Some(inner)) => {
                    for (name, value) in inner {
                        if !known.contains(&name.as_str()) && !INERT.contains(&name.as_str()) && !is_off(value) {
                            self.mistake(&format!("{key}.{name}"), "is not known; leave it out");
                        }
                    }
                }
            }
        }
    }

    /// A switch as the authors' reader takes it.
    fn switch(&mut self, path: &str, value: &Json) -> bool {
        truth(value).unwrap_or_else(|| {
            self.mistake(path, &format!("must be True or False, without quotes, found {value}"));
            false
        })
    }

    /// Whether there is a random resized crop: if its table is there and does not switch it off.
    fn crops(&mut self, table: &Table) -> bool {
        match table.get("enabled") {
            Some(enabled) => self.switch("rrc.enabled", enabled),
            None => !table.is_empty(),
        }
    }

    /// `prob`; 0 if it is not spoken of. Of these tables the authors' reader looks at nothing else, so a switch may not contradict it.
    fn probability(&mut self, table: &Table, name: &str) -> f64 {
        if table.is_empty() || table.get("prob").is_none() && is_off(&Json::Object(table.clone())) {
            return 0.0;
        }
        let share = self.number(table, name, "prob", None);
        let enabled = table.get("enabled").is_none_or(|enabled| self.switch(&format!("{name}.enabled"), enabled));
        if !enabled && share > 0.0 {
            let what =
                format!("is off while prob is {share}, and solo-learn looks at prob only: set prob to 0, or leave enabled out");
            self.mistake(&format!("{name}.enabled"), &what);
        }
        share
    }

    fn number(&mut self, table: &Table, part: &str, key: &str, default: Option<f64>) -> f64 {
        let path = if part.is_empty() { key.to_owned() } else { format!("{part}.{key}") };
        match (table.get(key), default) {
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

/// Whether a value switches something off, so that it does nothing whatever it is: `False`, 0, nothing, or a table whose `prob` or
/// `enabled` is.
fn is_off(value: &Json) -> bool {
    let off = |key: &str| value.get(key).is_some_and(|inner| truth(inner) == Some(false));
    truth(value) == Some(false) || off("prob") || (value.get("prob").is_none() && off("enabled"))
}
