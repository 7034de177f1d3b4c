//! Changes during a run: how they are said, which experiment makes them again, and which are still to be confirmed.

use crate::model::knobs::text;
use augsphere_spec::{Catalogue, Change, ChangeId, Experiment, Value};

/// Changes of one thing that are fewer steps apart than this are one turn of a slider.
const BREATH: u64 = 25;

/// A change on the way, as the curves carry it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The step after which the first of a quick series took effect.
    pub since: u64,
    /// The step after which it took effect as it is now.
    pub step: u64,
    /// What was changed: a dotted path.
    pub path: String,
    /// The value from then on.
    pub value: Value,
    /// What was changed, in words: `Temperature 0.1`.
    pub words: String,
}

impl Mark {
    /// The mark and its step in words.
    pub fn sentence(&self) -> String {
        let steps = if self.since == self.step {
            format!("Step {}", self.step)
        } else {
            format!("Steps {} to {}", self.since, self.step)
        };
        format!("{steps}: {}", self.words)
    }
}

/// Adds a change; a quick series of changes of the same thing, or of many augmentations at once, becomes one mark.
pub fn add(marks: &mut Vec<Mark>, mark: Mark) {
    let policy = |mark: &Mark| mark.path.starts_with("augment.") || mark.path.starts_with("second.");
    match marks.last_mut().filter(|last| mark.step.saturating_sub(last.step) < BREATH) {
        Some(last) if last.path == mark.path => *last = Mark { since: last.since, ..mark },
        // A recipe turns many knobs at once.
        Some(last) if policy(last) && policy(&mark) && mark.step < last.step + 2 => {
            *last = Mark { since: last.since, words: "Augmentations: several settings".into(), ..mark };
        }
        _ => marks.push(mark),
    }
}

/// What a change is called: `Temperature 0.1`, `Method: BYOL`. `experiment` is the one after the change.
pub fn words(catalogue: &Catalogue, experiment: &Experiment, path: &str, value: &Value) -> String {
    let section = path.split_once('.').and_then(|(section, rest)| Some((catalogue.section(section)?, rest)));
    let Some((section, rest)) = section else { return format!("{path} {}", text(value)) };
    if rest == "kind" {
        let title = value.as_text().and_then(|kind| section.card(kind)).map_or_else(|| text(value), |card| card.title.clone());
        return format!("{}: {title}", section.title);
    }
    let card =
        rest.split_once('.').and_then(|(card, _)| section.card(card)).map(|card| format!("{}: ", card.title.to_lowercase()));
    let title = catalogue.knob(experiment, path).map_or_else(|| rest.to_owned(), |knob| knob.title.clone());
    let value = match value {
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        other => text(other),
    };
    format!("{}{title} {value}", card.unwrap_or_default())
}

/// Whether two experiments ask for the same, planned changes and names apart.
pub fn same(one: &Experiment, other: &Experiment) -> bool {
    one.seed == other.seed && one.sections == other.sections
}

/// The experiment that does what this run did: as it `began`, with the changes that led to what it is `now` and with those
/// that are still planned at `step`. What was changed before the first step is part of the beginning.
pub fn replay(catalogue: &Catalogue, began: &Experiment, now: &Experiment, step: u64) -> Experiment {
    let mut changes = now.changes.clone();
    changes.extend(began.changes.iter().filter(|change| change.at >= step && !now.changes.contains(change)).cloned());
    let mut beginning = Experiment { changes: Vec::new(), ..began.clone() };
    for change in changes.iter().filter(|change| change.at == 0) {
        if let Ok(changed) = catalogue.with(&beginning, &[(change.path.clone(), change.value.clone())]) {
            beginning = changed;
        }
    }
    changes.retain(|change| change.at > 0);
    changes.sort_by_key(|change| change.at);
    let whole = Experiment { changes, ..beginning };
    if whole.changes.is_empty() || catalogue.read(&catalogue.write(&whole)).is_ok() {
        return whole;
    }
    // What was planned does not go with what was changed by hand before it.
    let made = now.changes.iter().filter(|change| change.at > 0).cloned().collect();
    Experiment { changes: made, ..whole }
}

/// Whether a change was planned when the run began.
pub fn planned(began: &Experiment, at: u64, path: &str, value: &Value) -> bool {
    began.changes.contains(&Change { at, path: path.to_owned(), value: value.clone() })
}

/// `edited` with the plan of `former`, where that still makes sense.
pub fn keep_plan(catalogue: &Catalogue, former: &Experiment, edited: Experiment) -> Experiment {
    if former.changes.is_empty() {
        return edited;
    }
    let planned = Experiment { changes: former.changes.clone(), ..edited.clone() };
    catalogue.read(&catalogue.write(&planned)).unwrap_or(edited)
}

/// A change that was asked of a run and is not confirmed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    id: ChangeId,
    /// Dotted path.
    pub path: String,
    /// The value that was asked for.
    pub value: Value,
    since: f64,
}

/// What was asked of a run and is not confirmed yet, in the order in which it was asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Awaited(Vec<Asked>);

impl Awaited {
    /// A change was asked for at `now` milliseconds.
    pub fn ask(&mut self, id: ChangeId, path: &str, value: &Value, now: f64) {
        self.0.push(Asked { id, path: path.to_owned(), value: value.clone(), since: now });
    }

    /// A change was made or refused: it is not awaited any more.
    pub fn settle(&mut self, id: ChangeId) -> Option<Asked> {
        let place = self.0.iter().position(|asked| asked.id == id)?;
        Some(self.0.remove(place))
    }

    /// Changes that were asked for more than `patience` milliseconds ago.
    pub fn overdue(&self, now: f64, patience: f64) -> Vec<ChangeId> {
        self.0.iter().filter(|asked| now - asked.since > patience).map(|asked| asked.id).collect()
    }

    /// Whether nothing is awaited.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What `now` will be once everything asked for is done.
    pub fn foresee(&self, catalogue: &Catalogue, now: &Experiment) -> Experiment {
        self.0
            .iter()
            .fold(now.clone(), |now, asked| catalogue.with(&now, &[(asked.path.clone(), asked.value.clone())]).unwrap_or(now))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::test_catalogue::catalogue;

    fn mark(step: u64, path: &str, value: f64) -> Mark {
        Mark { since: step, step, path: path.into(), value: value.into(), words: format!("{path} {value}") }
    }

    fn change(at: u64, path: &str, value: impl Into<Value>) -> Change {
        Change { at, path: path.into(), value: value.into() }
    }

    #[test]
    fn a_turn_of_a_slider_is_one_mark() {
        let mut marks = Vec::new();
        for (step, path, value) in
            [(10, "a", 1.0), (12, "a", 2.0), (30, "a", 3.0), (31, "b", 1.0), (32, "a", 4.0), (90, "a", 5.0)]
        {
            add(&mut marks, mark(step, path, value));
        }
        let said: Vec<String> = marks.iter().map(Mark::sentence).collect();
        assert_eq!(said, ["Steps 10 to 30: a 3", "Step 31: b 1", "Step 32: a 4", "Step 90: a 5"]);
    }

    #[test]
    fn a_recipe_is_one_mark() {
        let mut marks = Vec::new();
        for (step, path) in [(10, "augment.blur.probability"), (10, "second.blur.probability"), (11, "augment.crop.strength")] {
            add(&mut marks, mark(step, path, 1.0));
        }
        add(&mut marks, mark(11, "method.temperature", 1.0));
        let said: Vec<String> = marks.iter().map(Mark::sentence).collect();
        assert_eq!(said, ["Steps 10 to 11: Augmentations: several settings", "Step 11: method.temperature 1"]);
    }

    #[test]
    fn a_change_has_the_names_of_its_controls() {
        let catalogue = catalogue();
        let now = catalogue.default_experiment();
        let said = |path: &str, value: Value| words(&catalogue, &now, path, &value);
        assert_eq!(said("method.kind", "byol".into()), "Method: BYOL");
        assert_eq!(said("method.temperature", 0.1.into()), "Temperature 0.1");
        assert_eq!(said("augment.flip.probability", 0.0.into()), "horizontal flip: Probability 0");
        assert_eq!(said("nowhere", true.into()), "nowhere true");
    }

    #[test]
    fn a_run_that_was_changed_by_hand_can_be_run_again() {
        let catalogue = catalogue();
        let began = catalogue.default_experiment();
        let changes = vec![change(0, "method.temperature", 0.4), change(7, "method.kind", "byol")];
        let now = catalogue.after(&Experiment { changes: changes.clone(), ..began.clone() }, 7);
        let again = replay(&catalogue, &began, &now, 9);
        assert_eq!(again.get("method.temperature"), Some(0.4.into()), "what was set before the first step is how it begins");
        assert_eq!(again.changes, changes[1..]);
        assert_eq!(catalogue.after(&again, 7).sections, now.sections);
        assert_eq!(catalogue.read(&catalogue.write(&again)).unwrap(), again);
    }

    #[test]
    fn what_is_planned_for_later_is_not_lost() {
        let catalogue = catalogue();
        let plan = vec![change(5, "method.temperature", 0.3), change(50, "method.temperature", 0.2)];
        let began = Experiment { changes: plan.clone(), ..catalogue.default_experiment() };
        let now = catalogue.after(&began, 5);
        assert_eq!(replay(&catalogue, &began, &now, 6).changes, plan);
        assert_eq!(replay(&catalogue, &began, &catalogue.after(&began, 4), 5).changes, plan, "due, but not made yet");
        assert_eq!(replay(&catalogue, &began, &began, 0).changes, plan);
        assert!(planned(&began, 5, "method.temperature", &0.3.into()) && !planned(&began, 6, "method.temperature", &0.3.into()));
    }

    #[test]
    fn a_plan_stays_as_long_as_it_makes_sense() {
        let catalogue = catalogue();
        let plan = Experiment { changes: vec![change(5, "method.temperature", 0.3)], ..catalogue.default_experiment() };
        let edited =
            |path: &str, value: Value| keep_plan(&catalogue, &plan, catalogue.with(&plan, &[(path.into(), value)]).unwrap());
        assert_eq!(edited("train.steps", 7.into()).changes.len(), 1);
        assert_eq!(edited("method.kind", "byol".into()).changes.len(), 0, "it has no temperature");
    }

    #[test]
    fn what_is_awaited_is_foreseen_until_it_is_settled() {
        let catalogue = catalogue();
        let now = catalogue.default_experiment();
        let mut awaited = Awaited::default();
        for (id, value) in [(1, 0.3), (2, 0.2), (3, 0.1)] {
            awaited.ask(ChangeId(id), "method.temperature", &value.into(), 1000.0 * id as f64);
        }
        let foreseen = |awaited: &Awaited| awaited.foresee(&catalogue, &now).get("method.temperature");
        assert_eq!(foreseen(&awaited), Some(0.1.into()));
        assert_eq!(awaited.settle(ChangeId(3)).map(|asked| asked.value), Some(0.1.into()));
        assert_eq!(foreseen(&awaited), Some(0.2.into()), "the ones before it are still to come");
        assert_eq!(awaited.overdue(4500.0, 3000.0), [ChangeId(1)]);
        assert_eq!(awaited.settle(ChangeId(7)), None);
        awaited.settle(ChangeId(1));
        awaited.settle(ChangeId(2));
        assert!(awaited.is_empty() && awaited.foresee(&catalogue, &now) == now);
    }
}
