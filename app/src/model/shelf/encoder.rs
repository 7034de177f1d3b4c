//! Runs that begin with the encoder of a kept one: fine-tuning, by any method.

use super::store::StoreCommand;
use super::{Effect, Model};
use crate::model::notices::Scope;
use crate::text::shelf as words;
use augsphere_spec::{Command, Parent, RunHeader, RunId};
use std::sync::Arc;

/// The kept run with whose encoder a run began, if it did.
pub(super) fn encoder_of(header: &RunHeader) -> Option<Arc<Parent>> {
    header.parent.clone().filter(|parent| parent.encoder_only).map(Arc::new)
}

impl Model {
    /// Begins what the controls show with the encoder of a kept run. The controls show the form of that encoder.
    pub(super) fn begin_from(&mut self, id: &str, effects: &mut Vec<Effect>) {
        self.notices.end(Scope::Shelf);
        let Some(entry) = self.shelf.entry(id) else { return };
        let (name, step) = (entry.header.name.clone(), entry.header.step);
        let form = entry.experiment.as_ref().and_then(|experiment| experiment.sections.get("encoder").cloned());
        let Some(form) = form.filter(|_| entry.has_encoder()) else {
            return self.say(words::no_encoder(&name), None);
        };
        let mut shown = self.draft.clone();
        shown.sections.insert("encoder".into(), form);
        self.show(shown);
        let parent = Parent { run: id.to_owned(), name, step, changed: Vec::new(), encoder_only: true };
        self.encoder = Some(Arc::new(parent));
        self.play_requested = false;
        self.begins_anew();
        self.begin(effects);
    }

    /// `run` begins with the encoder of a kept run, which is read.
    pub(in crate::model) fn fetch_encoder(&mut self, run: RunId, parent: Arc<Parent>, effects: &mut Vec<Effect>) {
        effects.push(Effect::Store(StoreCommand::Encoder { id: parent.run.clone(), run }));
        self.shelf.beginning.insert(run, parent);
    }

    /// The encoder to begin with was read, or cannot be.
    pub(super) fn encoder_fetched(&mut self, id: &str, run: RunId, result: Result<Vec<u8>, String>, effects: &mut Vec<Effect>) {
        let asked = self.state.preparing.as_ref().filter(|preparing| preparing.run == run && self.life.is_up());
        let Some((experiment, device)) = asked.map(|asked| (asked.experiment.clone(), asked.device)) else {
            return self.not_begun(run);
        };
        match result {
            Ok(file) => effects.push(Effect::session(Command::Begin { run, experiment, device, encoder: Some(file) })),
            Err(why) => {
                self.not_begun(run);
                self.encoder = None;
                self.begin_without(words::not_begun(self.called(id), &why), effects);
            }
        }
    }

    /// A run has begun: with the encoder that it was asked for with.
    pub(in crate::model) fn began_with(&mut self, id: RunId) {
        let Some(parent) = self.shelf.beginning.remove(&id) else { return };
        if let Some(run) = self.state.run.as_mut().filter(|run| run.id == id) {
            run.encoder = Some(parent);
        }
    }

    /// A run will not begin.
    pub(in crate::model) fn not_begun(&mut self, run: RunId) {
        self.shelf.beginning.remove(&run);
    }
}
