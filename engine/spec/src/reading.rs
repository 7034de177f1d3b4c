//! How does an experiment become text, and text an experiment, with every mistake named at once?

use crate::mistake::nearest;
use crate::{Card, Catalogue, Choice, Experiment, Knob, KnobKind, Knobs, Mistake, Mistakes, Section, VERSION, Value};
use serde_json::{Map, Value as Json};

impl Catalogue {
    /// Reads an experiment from TOML. Absent keys take their defaults.
    ///
    /// # Errors
    /// Every mistake with its path: syntax, unknown keys (with the nearest known name), wrong types, values out of range.
    pub fn read_toml(&self, text: &str) -> Result<Experiment, Mistakes> {
        let value: Json = toml::from_str(text).map_err(|error| syntax("TOML", &error))?;
        self.read(&value)
    }

    /// Reads an experiment from JSON. Errors as in [`Catalogue::read_toml`].
    pub fn read_json(&self, text: &str) -> Result<Experiment, Mistakes> {
        let value: Json = serde_json::from_str(text).map_err(|error| syntax("JSON", &error))?;
        self.read(&value)
    }

    /// Reads an experiment from a tree of values. Errors as in [`Catalogue::read_toml`].
    pub fn read(&self, value: &Json) -> Result<Experiment, Mistakes> {
        let mut reading = Reading { mistakes: Vec::new() };
        let experiment = reading.experiment(self, value);
        if reading.mistakes.is_empty() { Ok(experiment) } else { Err(Mistakes(reading.mistakes)) }
    }

    /// The same experiment with the values at some dotted paths replaced, checked as a whole.
    ///
    /// Choosing another `kind` drops the knobs that the new card does not have.
    ///
    /// # Errors
    /// As in [`Catalogue::read_toml`].
    pub fn with(&self, experiment: &Experiment, changes: &[(String, Value)]) -> Result<Experiment, Mistakes> {
        let mut tree = self.write(experiment);
        let (kinds, rest): (Vec<_>, Vec<_>) = changes.iter().partition(|(path, _)| path.ends_with(".kind"));
        for (path, value) in kinds {
            let section = path.trim_end_matches(".kind");
            // Knobs of the former card mean nothing to the new one.
            if experiment.get(path).as_ref() != Some(value)
                && let Some(table) = tree.get_mut(section).and_then(Json::as_object_mut)
            {
                table.clear();
            }
            place(&mut tree, path, json(value));
        }
        for (path, value) in rest {
            place(&mut tree, path, json(value));
        }
        self.read(&tree)
    }

    /// The experiment as a tree of values, every knob written.
    pub fn write(&self, experiment: &Experiment) -> Json {
        let mut tree = Map::new();
        tree.insert("version".into(), experiment.version.into());
        if !experiment.name.is_empty() {
            tree.insert("name".into(), experiment.name.clone().into());
        }
        tree.insert("seed".into(), experiment.seed.into());
        for section in &self.sections {
            let mut table = Map::new();
            for choice in experiment.choices(&section.name) {
                let knobs = choice.knobs.0.iter().map(|(name, value)| (name.clone(), json(value)));
                if section.all {
                    table.insert(choice.kind.clone(), Json::Object(knobs.collect()));
                } else {
                    if section.cards.len() > 1 {
                        table.insert("kind".into(), choice.kind.clone().into());
                    }
                    table.extend(knobs);
                }
            }
            tree.insert(section.name.clone(), Json::Object(table));
        }
        Json::Object(tree)
    }

    /// The experiment as TOML, every knob written: what a run folder keeps.
    pub fn write_toml(&self, experiment: &Experiment) -> String {
        // A tree of tables, numbers, strings and switches always has a TOML form.
        toml::to_string_pretty(&self.write(experiment)).unwrap_or_default()
    }

    /// Dotted paths and values in which `experiment` differs from the defaults of its own cards.
    pub fn difference(&self, experiment: &Experiment) -> Vec<(String, Value)> {
        let mut changes = Vec::new();
        if experiment.seed != 0 {
            changes.push(("seed".to_owned(), Value::Int(i64::try_from(experiment.seed).unwrap_or(i64::MAX))));
        }
        for section in &self.sections {
            for choice in experiment.choices(&section.name) {
                let Some(card) = section.card(&choice.kind) else { continue };
                let prefix = if section.all { format!("{}.{}", section.name, card.name) } else { section.name.clone() };
                if !section.all && section.cards.first().is_some_and(|first| first.name != card.name) {
                    changes.push((format!("{prefix}.kind"), Value::Text(card.name.clone())));
                }
                for knob in &card.knobs {
                    if let Some(value) = choice.knobs.0.get(&knob.name).filter(|&value| *value != knob.default) {
                        changes.push((format!("{prefix}.{}", knob.name), value.clone()));
                    }
                }
            }
        }
        changes
    }
}

fn syntax(form: &str, error: &dyn std::fmt::Display) -> Mistakes {
    Mistakes(vec![Mistake { path: form.to_owned(), what: format!("could not be read: {error}") }])
}

fn json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(value) => value.clone().into(),
    }
}

/// Puts `value` at a dotted path, making tables on the way.
fn place(tree: &mut Json, path: &str, value: Json) {
    let mut place = tree;
    for key in path.split('.') {
        if !place.is_object() {
            *place = Json::Object(Map::new());
        }
        let Json::Object(table) = place else { return };
        place = table.entry(key).or_insert(Json::Null);
    }
    *place = value;
}

/// What a value is, in words.
fn describe(value: &Json) -> String {
    match value {
        Json::Null => "nothing".into(),
        Json::Bool(value) => format!("the switch {value}"),
        Json::Number(value) => format!("the number {value}"),
        Json::String(value) => format!("the text {value:?}"),
        Json::Array(_) => "a list".into(),
        Json::Object(_) => "a table".into(),
    }
}

struct Reading {
    mistakes: Vec<Mistake>,
}

impl Reading {
    fn mistake(&mut self, path: impl Into<String>, what: impl Into<String>) {
        self.mistakes.push(Mistake { path: path.into(), what: what.into() });
    }

    fn unknown<'a>(&mut self, path: String, found: &str, known: impl Iterator<Item = &'a str> + Clone) {
        let hint = match nearest(found, known.clone()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("known here: {}", known.collect::<Vec<_>>().join(", ")),
        };
        self.mistake(path, format!("is not known; {hint}"));
    }

    fn experiment(&mut self, catalogue: &Catalogue, value: &Json) -> Experiment {
        let mut experiment = catalogue.default_experiment();
        let Some(table) = value.as_object() else {
            self.mistake("experiment", format!("must be a table, found {}", describe(value)));
            return experiment;
        };
        for (key, value) in table {
            match key.as_str() {
                "version" => match value.as_u64() {
                    Some(version) if (1..=u64::from(VERSION)).contains(&version) => {}
                    Some(version) => self
                        .mistake("version", format!("{version} is not one this build reads (1 to {VERSION}); use a newer build")),
                    None => self.mistake("version", format!("must be a whole number, found {}", describe(value))),
                },
                "name" => match value.as_str() {
                    Some(name) => experiment.name = name.to_owned(),
                    None => self.mistake("name", format!("must be text, found {}", describe(value))),
                },
                "seed" => match value.as_u64().filter(|&seed| i64::try_from(seed).is_ok()) {
                    Some(seed) => experiment.seed = seed,
                    None => {
                        self.mistake("seed", format!("must be a whole number from 0 to {}, found {}", i64::MAX, describe(value)))
                    }
                },
                name => match catalogue.section(name) {
                    Some(section) => {
                        let chosen = self.section(section, value);
                        experiment.sections.insert(section.name.clone(), chosen);
                    }
                    None => {
                        let known = ["version", "name", "seed"]
                            .into_iter()
                            .chain(catalogue.sections.iter().map(|section| section.name.as_str()));
                        self.unknown(name.to_owned(), name, known);
                    }
                },
            }
        }
        experiment
    }

    fn section(&mut self, section: &Section, value: &Json) -> Vec<Choice> {
        let Some(table) = value.as_object() else {
            self.mistake(&section.name, format!("must be a table, found {}", describe(value)));
            return Vec::new();
        };
        if section.all {
            for key in table.keys().filter(|key| section.card(key).is_none()) {
                self.unknown(format!("{}.{key}", section.name), key, section.cards.iter().map(|card| card.name.as_str()));
            }
            let empty = Json::Object(Map::new());
            let cards = section.cards.iter();
            return cards
                .map(|card| {
                    self.card(&format!("{}.{}", section.name, card.name), card, table.get(&card.name).unwrap_or(&empty), false)
                })
                .collect();
        }
        let Some(first) = section.cards.first() else { return Vec::new() };
        let card = match table.get("kind") {
            None => first,
            Some(Json::String(kind)) => match section.card(kind) {
                Some(card) => card,
                None => {
                    let names: Vec<&str> = section.cards.iter().map(|card| card.name.as_str()).collect();
                    let hint =
                        nearest(kind, names.iter().copied()).map_or(String::new(), |name| format!("; did you mean {name:?}?"));
                    self.mistake(
                        format!("{}.kind", section.name),
                        format!("must be one of {}, found {kind:?}{hint}", names.join(", ")),
                    );
                    return Vec::new();
                }
            },
            Some(other) => {
                self.mistake(format!("{}.kind", section.name), format!("must be text, found {}", describe(other)));
                return Vec::new();
            }
        };
        vec![self.card(&section.name, card, value, true)]
    }

    fn card(&mut self, path: &str, card: &Card, value: &Json, has_kind: bool) -> Choice {
        let mut knobs = card.defaults();
        match value.as_object() {
            None => self.mistake(path, format!("must be a table, found {}", describe(value))),
            Some(table) => {
                for (key, value) in table.iter().filter(|(key, _)| !(has_kind && *key == "kind")) {
                    let here = format!("{path}.{key}");
                    match card.knob(key) {
                        Some(knob) => {
                            if let Some(value) = self.knob(&here, knob, value) {
                                knobs.set(key, value);
                            }
                        }
                        None => self.unknown(here, key, card.knobs.iter().map(|knob| knob.name.as_str())),
                    }
                }
            }
        }
        self.order(path, card, &knobs);
        Choice { kind: card.name.clone(), knobs }
    }

    /// `x_min` may not exceed `x_max`.
    fn order(&mut self, path: &str, card: &Card, knobs: &Knobs) {
        for knob in &card.knobs {
            let Some(stem) = knob.name.strip_suffix("_min") else { continue };
            let upper = format!("{stem}_max");
            if card.knob(&upper).is_some() && knobs.float(&knob.name) > knobs.float(&upper) {
                self.mistake(
                    format!("{path}.{}", knob.name),
                    format!("must not exceed {upper} = {}, found {}", knobs.float(&upper), knobs.float(&knob.name)),
                );
            }
        }
    }

    fn knob(&mut self, path: &str, knob: &Knob, value: &Json) -> Option<Value> {
        let expected = match &knob.kind {
            KnobKind::Float { min, max, .. } => {
                if let Some(number) = value.as_f64().filter(|number| (*min..=*max).contains(number)) {
                    return Some(Value::Float(number));
                }
                format!("a number from {min} to {max}")
            }
            KnobKind::Int { min, max } => {
                let whole = value.as_i64().or_else(|| {
                    value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15).map(|number| number as i64)
                });
                if let Some(number) = whole.filter(|number| (*min..=*max).contains(number)) {
                    return Some(Value::Int(number));
                }
                format!("a whole number from {min} to {max}")
            }
            KnobKind::Bool => {
                if let Some(switch) = value.as_bool() {
                    return Some(Value::Bool(switch));
                }
                "true or false".to_owned()
            }
            KnobKind::Choice { options } => {
                if let Some(option) = value.as_str().filter(|found| options.iter().any(|option| option == found)) {
                    return Some(Value::Text(option.to_owned()));
                }
                let hint = value.as_str().and_then(|found| nearest(found, options.iter().map(String::as_str)));
                let hint = hint.map_or(String::new(), |name| format!(" (did you mean {name:?}?)"));
                format!("one of {}{hint}", options.join(", "))
            }
            KnobKind::Text => {
                if let Some(text) = value.as_str() {
                    return Some(Value::Text(text.to_owned()));
                }
                "text".to_owned()
            }
        };
        self.mistake(path, format!("must be {expected}, found {}", describe(value)));
        None
    }
}
