//! Changes of a run under way, and how they are noted.

use super::{Run, Session};
use crate::catalogue::catalogue;
use augsphere_spec::{Change, ChangeId, Event, Fault, Value};

impl Session {
    /// Makes the planned changes that are due.
    pub(super) fn planned_changes(&mut self) -> Result<Vec<Event>, Fault> {
        let mut events = Vec::new();
        while self.run()?.change_due() {
            let Some(change) = self.run()?.planned.pop_front() else { break };
            events.push(self.change(None, &change.path, change.value)?);
        }
        Ok(events)
    }

    pub(super) fn change(&mut self, asked: Option<ChangeId>, path: &str, value: Value) -> Result<Event, Fault> {
        let run = self.run()?;
        run.check()?;
        let catalogue = catalogue();
        let now = run.trainer.experiment();
        let refuse = |what: String, remedy: &str| Fault {
            what,
            location: path.to_owned(),
            remedy: remedy.into(),
            recoverable: true,
            settings: Vec::new(),
        };
        if !catalogue.changeable(now, path) {
            return Err(refuse("This cannot change while a run is under way.".into(), "Apply it to begin again at step 0."));
        }
        if run.trainer.finished() {
            return Err(refuse(
                "The run has come to its last step: nothing would happen any more.".into(),
                "Apply it to begin again at step 0.",
            ));
        }
        let mut experiment = catalogue
            .with(now, &[(path.to_owned(), value.clone())])
            .map_err(|mistakes| refuse(mistakes.to_string(), "Choose a value that the control offers."))?;
        let step = run.trainer.steps();
        experiment.changes.clone_from(&now.changes);
        let change = Change { at: step, path: path.to_owned(), value: value.clone() };
        // A slider that is drawn along says many values before the next step: the last one is what is trained with.
        let live = catalogue.knob(now, path).is_some_and(|knob| knob.live);
        let replaced = |last: &&mut Change| last.at == step && last.path == path && live;
        match experiment.changes.last_mut().filter(replaced) {
            Some(last) => *last = change,
            None => experiment.changes.push(change),
        }
        run.trainer.change(experiment.clone(), &catalogue);
        if !live {
            // Another projector puts the points elsewhere.
            run.kept.forget(step);
        }
        let levels = run.trainer.levels();
        Ok(Event::Changed { change: asked, step, path: path.to_owned(), value, experiment, levels })
    }
}

impl Run {
    /// Whether a planned change comes before the next step.
    pub(super) fn change_due(&self) -> bool {
        self.planned.front().is_some_and(|change| change.at <= self.trainer.steps())
    }
}
