//! The writing of experiments as trees of values: what of them was said rather than left to the defaults.

use crate::{Catalogue, Change, Experiment, Knobs, Mistakes, Recipe, Section, Value};
use serde_json::{Map, Value as Json};

impl Catalogue {
    /// The same experiment with the values at some dotted paths replaced, checked as a whole. Planned changes are left out.
    ///
    /// What was said stays said, what was left to the defaults follows them: another `kind` drops the knobs of the former
    /// card, and takes along what the new one suits elsewhere.
    ///
    /// # Errors
    /// As in [`Catalogue::read_toml`].
    pub fn with(&self, experiment: &Experiment, changes: &[(String, Value)]) -> Result<Experiment, Mistakes> {
        let exchanged = |section: &str| {
            let path = format!("{section}.kind");
            changes.iter().any(|(changed, value)| *changed == path && experiment.get(&path).as_ref() != Some(value))
        };
        let kept = self.difference(experiment).into_iter();
        let kept = kept.filter(|(path, _)| path.split_once('.').is_none_or(|(section, _)| !exchanged(section)));
        let mut tree = Json::Object(Map::new());
        insert_at(&mut tree, "name", experiment.name.clone().into());
        for (path, value) in kept.chain(changes.iter().map(|(path, value)| (self.present_path(path), value.clone()))) {
            insert_at(&mut tree, &path, value.into());
        }
        self.read(&tree)
    }

    /// The same experiment with a recipe: what was said in its section, and in those that follow it, gives way to the recipe's values.
    ///
    /// # Errors
    /// As in [`Catalogue::read_toml`], if the recipe names what this catalogue does not know.
    pub fn apply_recipe(&self, experiment: &Experiment, section: &str, recipe: &Recipe) -> Result<Experiment, Mistakes> {
        let belongs = |path: &str| {
            let owner = path.split_once('.').and_then(|(owner, _)| self.section(owner));
            owner.is_some_and(|owner| owner.name == section || owner.follows.as_deref() == Some(section))
        };
        let kept = self.difference(experiment).into_iter().filter(|(path, _)| !belongs(path));
        let mut tree = Json::Object(Map::new());
        insert_at(&mut tree, "name", experiment.name.clone().into());
        for (path, value) in kept.chain(recipe.values.iter().cloned()) {
            insert_at(&mut tree, &path, value.into());
        }
        self.read(&tree)
    }

    /// The recipe of `section` that `experiment` follows to the letter, if there is one.
    pub fn recipe(&self, experiment: &Experiment, section: &str) -> Option<&Recipe> {
        let followers = self.sections.iter().filter(|other| other.follows.as_deref() == Some(section));
        let names: Vec<&str> = std::iter::once(section).chain(followers.map(|other| other.name.as_str())).collect();
        self.section(section)?.recipes.iter().find(|recipe| {
            let applied = self.apply_recipe(experiment, section, recipe);
            applied.is_ok_and(|applied| names.iter().all(|name| applied.choices(name) == experiment.choices(name)))
        })
    }

    /// The experiment as it is after `step` steps: its planned changes up to then made, the later ones gone.
    pub fn after(&self, experiment: &Experiment, step: u64) -> Experiment {
        let mut now = Experiment { changes: Vec::new(), ..experiment.clone() };
        for change in experiment.changes.iter().filter(|change| change.at <= step) {
            // Reading the experiment has tried each of them.
            if let Ok(changed) = self.with(&now, &[(change.path.clone(), change.value.clone())]) {
                now = changed;
            }
        }
        now.changes = experiment.changes.iter().filter(|change| change.at <= step).cloned().collect();
        now
    }

    /// What the chosen kinds of `experiment` would be if nothing else had been said; a section that follows another one is then like
    /// that one in `experiment`. What single knobs go back to.
    pub fn base_of(&self, experiment: &Experiment) -> Experiment {
        let chosen = self.sections.iter().filter(|section| !section.all);
        let kinds: Vec<(&str, &str)> =
            chosen.filter_map(|section| Some((section.name.as_str(), experiment.choice(&section.name)?.kind.as_str()))).collect();
        let mut base = self.base(&kinds);
        for section in &self.sections {
            if let Some(leader) = &section.follows {
                base.sections.insert(section.name.clone(), experiment.choices(leader).to_vec());
            }
        }
        base
    }

    /// The kind that `section` has in `experiment` if none is said for it.
    pub(crate) fn default_kind(&self, experiment: &Experiment, section: &Section) -> Option<String> {
        let others = self.sections.iter().filter(|other| !other.all && other.name != section.name);
        let kinds: Vec<(&str, &str)> =
            others.filter_map(|other| Some((other.name.as_str(), experiment.choice(&other.name)?.kind.as_str()))).collect();
        self.base(&kinds).choice(&section.name).map(|choice| choice.kind.clone())
    }

    /// The experiment as a tree of values, every knob written; of a section that follows another one only what differs from it.
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
                let led = section.follows.as_ref().and_then(|leader| experiment.card(leader, &choice.kind));
                let said = choice.knobs.0.iter().filter(|(name, value)| led.is_none_or(|led| differs(&led.knobs, name, value)));
                let knobs = said.map(|(name, value)| (name.clone(), value.clone().into()));
                if section.all {
                    table.insert(choice.kind.clone(), Json::Object(knobs.collect()));
                } else {
                    if section.cards.len() > 1 {
                        table.insert("kind".into(), choice.kind.clone().into());
                    }
                    table.extend(knobs);
                }
            }
            if section.follows.is_some() {
                table.retain(|_, knobs| knobs.as_object().is_some_and(|knobs| !knobs.is_empty()));
            }
            if section.follows.is_none() || !table.is_empty() {
                tree.insert(section.name.clone(), Json::Object(table));
            }
        }
        if !experiment.changes.is_empty() {
            let planned = experiment.changes.iter().map(|Change { at, path, value }| {
                Json::Object(Map::from_iter([
                    ("at".into(), (*at).into()),
                    ("path".into(), path.clone().into()),
                    ("value".into(), value.clone().into()),
                ]))
            });
            tree.insert("changes".into(), planned.collect());
        }
        Json::Object(tree)
    }

    /// The experiment as TOML, every knob written: what a run folder keeps.
    pub fn write_toml(&self, experiment: &Experiment) -> String {
        // A tree of tables, numbers, strings and switches always has a TOML form.
        toml::to_string_pretty(&self.write(experiment)).unwrap_or_default()
    }

    /// Dotted paths and values in which `experiment` differs from what its own cards leave unsaid; planned changes apart.
    pub fn difference(&self, experiment: &Experiment) -> Vec<(String, Value)> {
        let mut changes = Vec::new();
        if experiment.seed != 0 {
            changes.push(("seed".to_owned(), Value::Int(i64::try_from(experiment.seed).unwrap_or(i64::MAX))));
        }
        let base = self.base_of(experiment);
        for section in &self.sections {
            for choice in experiment.choices(&section.name) {
                let Some(card) = section.card(&choice.kind) else { continue };
                let prefix = if section.all { format!("{}.{}", section.name, card.name) } else { section.name.clone() };
                if !section.all && self.default_kind(experiment, section).is_some_and(|kind| kind != card.name) {
                    changes.push((format!("{prefix}.kind"), Value::Text(card.name.clone())));
                }
                let defaults = base.card(&section.name, &card.name);
                for knob in &card.knobs {
                    let default = defaults.and_then(|choice| choice.knobs.0.get(&knob.name)).unwrap_or(&knob.default);
                    if let Some(value) = choice.knobs.0.get(&knob.name).filter(|&value| value != default) {
                        changes.push((format!("{prefix}.{}", knob.name), value.clone()));
                    }
                }
            }
        }
        changes
    }
}

/// Whether the knob called `name` has another value in `knobs`.
fn differs(knobs: &Knobs, name: &str, value: &Value) -> bool {
    knobs.0.get(name) != Some(value)
}

/// Puts `value` at a dotted path, making tables on the way.
pub fn insert_at(tree: &mut Json, path: &str, value: Json) {
    let mut slot = tree;
    for key in path.split('.') {
        if !slot.is_object() {
            *slot = Json::Object(Map::new());
        }
        let Json::Object(table) = slot else { return };
        slot = table.entry(key).or_insert(Json::Null);
    }
    *slot = value;
}
