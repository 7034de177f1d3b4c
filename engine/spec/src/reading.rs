//! The reading of experiments from text, with every mistake named at once.

use crate::mistake::nearest;
use crate::{Card, Catalogue, Change, Choice, Experiment, Knob, KnobKind, Knobs, Mistake, Mistakes, Section, VERSION, Value};
use serde_json::{Map, Value as Json};

impl Catalogue {
    /// Reads an experiment from TOML. Absent keys take their defaults.
    ///
    /// # Errors
    /// Every mistake with its path: syntax, unknown keys (with the nearest known name), wrong types, values out of range.
    pub fn read_toml(&self, text: &str) -> Result<Experiment, Mistakes> {
        self.read(&read_toml_tree(text).map_err(|error| syntax("TOML", &error))?)
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
}

/// The tree of values that a TOML text holds, as JSON has it. Numbers that JSON has no form for (`nan`, `inf`) and dates become text.
///
/// # Errors
/// The first mistake of syntax, with its line.
pub fn read_toml_tree(text: &str) -> Result<Json, toml::de::Error> {
    fn tree(value: toml::Value) -> Json {
        match value {
            toml::Value::Boolean(value) => value.into(),
            toml::Value::Integer(value) => value.into(),
            toml::Value::Float(value) => Value::Float(value).into(),
            toml::Value::String(value) => value.into(),
            toml::Value::Datetime(value) => value.to_string().into(),
            toml::Value::Array(values) => values.into_iter().map(tree).collect(),
            toml::Value::Table(table) => Json::Object(table.into_iter().map(|(key, value)| (key, tree(value))).collect()),
        }
    }
    toml::from_str::<toml::Table>(text).map(|table| tree(toml::Value::Table(table)))
}

fn syntax(form: &str, error: &dyn std::fmt::Display) -> Mistakes {
    Mistakes(vec![Mistake { path: form.to_owned(), what: format!("could not be read: {error}") }])
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

/// What a value is where a number is wanted.
fn describe_number(value: &Json) -> String {
    match value.as_str().map(|text| text.trim_start_matches(['+', '-']).to_lowercase()).as_deref() {
        Some("nan" | "inf" | "infinity") => format!("{}, which is no finite number", value.as_str().unwrap_or_default()),
        _ => describe(value),
    }
}

/// A whole number, be it written `1000`, `1e3` or `1000.0`.
fn whole(value: &Json) -> Option<i64> {
    let real = || value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15);
    value.as_i64().or_else(|| real().map(|number| number as i64))
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
        let Some(table) = value.as_object() else {
            self.mistake("experiment", format!("must be a table, found {}", describe(value)));
            return catalogue.default_experiment();
        };
        let chosen = catalogue.sections.iter().filter(|section| !section.all).map(|section| section.name.as_str());
        let kinds: Vec<(&str, &str)> = chosen.filter_map(|name| Some((name, table.get(name)?.get("kind")?.as_str()?))).collect();
        let mut experiment = catalogue.base(&kinds);
        let mut following = Vec::new();
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
                "seed" => match whole(value).and_then(|seed| u64::try_from(seed).ok()) {
                    Some(seed) => experiment.seed = seed,
                    None => {
                        let found = describe_number(value);
                        self.mistake("seed", format!("must be a whole number from 0 to {}, found {found}", i64::MAX));
                    }
                },
                // What a preset is called and what it shows: for those who read the file.
                "title" | "summary" | "pictures" => {
                    if !value.is_string() {
                        self.mistake(key, format!("must be text, found {}", describe(value)));
                    }
                }
                "changes" => {}
                name => match catalogue.section(name) {
                    Some(section) if section.follows.is_some() => following.push((section, value)),
                    Some(section) => {
                        let chosen = self.section(section, experiment.choices(name), value);
                        experiment.sections.insert(section.name.clone(), chosen);
                    }
                    None => {
                        let known = ["version", "name", "title", "summary", "pictures", "seed", "changes"]
                            .into_iter()
                            .chain(catalogue.sections.iter().map(|section| section.name.as_str()));
                        self.unknown(name.to_owned(), name, known);
                    }
                },
            }
        }
        self.following(catalogue, &mut experiment, &following);
        self.combinations(catalogue, &experiment);
        if let Some(planned) = table.get("changes")
            && self.mistakes.is_empty()
        {
            experiment.changes = self.changes(catalogue, &experiment, planned);
        }
        experiment
    }

    /// Sections that follow others, once those are known.
    fn following(&mut self, catalogue: &Catalogue, experiment: &mut Experiment, said: &[(&Section, &Json)]) {
        let empty = Json::Object(Map::new());
        for section in &catalogue.sections {
            let Some(leader) = &section.follows else { continue };
            let value = said.iter().find(|(follower, _)| follower.name == section.name).map_or(&empty, |(_, value)| *value);
            let chosen = self.section(section, experiment.choices(leader), value);
            experiment.sections.insert(section.name.clone(), chosen);
        }
    }

    /// What does not go together.
    fn combinations(&mut self, catalogue: &Catalogue, experiment: &Experiment) {
        let chosen = catalogue.sections.iter().filter(|section| !section.all);
        let cards = chosen.filter_map(|section| section.card(&experiment.choice(&section.name)?.kind));
        for conflict in cards.flat_map(|card| &card.conflicts) {
            if experiment.get(&conflict.path).as_ref() == Some(&conflict.value)
                && let Some(why) = catalogue.conflict(experiment, &conflict.path, &conflict.value)
            {
                self.mistake(&conflict.path, format!("{} {why}", conflict.value));
            }
        }
    }

    /// The planned changes, each tried on what the ones before it have made.
    fn changes(&mut self, catalogue: &Catalogue, experiment: &Experiment, value: &Json) -> Vec<Change> {
        let Some(list) = value.as_array() else {
            self.mistake("changes", format!("must be a list of tables with at, path and value, found {}", describe(value)));
            return Vec::new();
        };
        let mut planned: Vec<(String, Change)> = Vec::new();
        for (index, entry) in list.iter().enumerate() {
            let here = format!("changes[{index}]");
            let at = entry.get("at").and_then(Json::as_u64);
            let path = entry.get("path").and_then(Json::as_str);
            let value = entry.get("value").and_then(|value| serde_json::from_value::<Value>(value.clone()).ok());
            let strange =
                entry.as_object().and_then(|table| table.keys().find(|key| !["at", "path", "value"].contains(&key.as_str())));
            if let Some(key) = strange {
                self.unknown(format!("{here}.{key}"), key, ["at", "path", "value"].into_iter());
            } else if let (Some(at), Some(path), Some(value)) = (at, path, value) {
                planned.push((here, Change { at, path: catalogue.present_path(path), value }));
            } else {
                self.mistake(here, "must be a table with at (a step), path (such as method.temperature) and value");
            }
        }
        let steps = experiment.knobs("train").count("steps") as u64;
        for (here, Change { at, .. }) in planned.iter().filter(|(_, change)| change.at >= steps) {
            self.mistake(
                format!("{here}.at"),
                format!("must be below train.steps = {steps}, after which nothing happens, found {at}"),
            );
        }
        planned.sort_by_key(|(_, change)| change.at);
        let mut now = experiment.clone();
        for (here, Change { path, value, .. }) in &planned {
            if !catalogue.changeable(&now, path) {
                self.mistake(format!("{here}.path"), format!("{path} cannot change while a run is under way"));
                continue;
            }
            match catalogue.with(&now, &[(path.clone(), value.clone())]) {
                Ok(changed) => now = changed,
                Err(Mistakes(more)) => {
                    more.into_iter().for_each(|mistake| self.mistake(format!("{here}: {}", mistake.path), mistake.what));
                }
            }
        }
        planned.into_iter().map(|(_, change)| change).collect()
    }

    /// What `value` says of `section`; the rest is as in `defaults`.
    fn section(&mut self, section: &Section, defaults: &[Choice], value: &Json) -> Vec<Choice> {
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
                    let path = format!("{}.{}", section.name, card.name);
                    let defaults = defaults.iter().find(|choice| choice.kind == card.name);
                    let knobs = defaults.map_or_else(|| card.defaults(), |choice| choice.knobs.clone());
                    self.card(&path, card, knobs, table.get(&card.name).unwrap_or(&empty), false)
                })
                .collect();
        }
        let defaults = defaults.first().and_then(|choice| Some((section.card(&choice.kind)?, choice.knobs.clone())));
        let Some((first, first_knobs)) = defaults else { return Vec::new() };
        let card = match table.get("kind") {
            None => first,
            Some(Json::String(kind)) => match section.card_by_any_name(kind) {
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
        let knobs = if card.name == first.name { first_knobs } else { card.defaults() };
        vec![self.card(&section.name, card, knobs, value, true)]
    }

    fn card(&mut self, path: &str, card: &Card, mut knobs: Knobs, value: &Json, has_kind: bool) -> Choice {
        match value.as_object() {
            None => self.mistake(path, format!("must be a table, found {}", describe(value))),
            Some(table) => {
                for (key, value) in table.iter().filter(|(key, _)| !(has_kind && *key == "kind")) {
                    let here = format!("{path}.{key}");
                    match card.knob_by_any_name(key) {
                        Some(knob) if knob.name != *key && table.contains_key(&knob.name) => {
                            self.mistake(
                                here,
                                format!("is the former name of {}, which is set, too: leave one of them out", knob.name),
                            );
                        }
                        Some(knob) => {
                            if let Some(value) = self.knob(&here, knob, value) {
                                knobs.set(&knob.name, value);
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
                if let Some(number) = whole(value).filter(|number| (*min..=*max).contains(number)) {
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
        let number = matches!(knob.kind, KnobKind::Float { .. } | KnobKind::Int { .. });
        let found = if number { describe_number(value) } else { describe(value) };
        self.mistake(path, format!("must be {expected}, found {found}"));
        None
    }
}
