//! The studies that were begun: which of several policies lets an encoder learn most.

use super::{Effect, Model};
use augsphere_charts::plots::studies::{Study, chosen};
use augsphere_charts::plots::{Plot, defaults, studies};
use augsphere_spec::{Command, StudyQuestion, StudyRow};

/// What a person does beside the picture of the studies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StudyMsg {
    /// Runs the study that the knobs of the picture name.
    Start,
    /// Stops the one that is under way.
    Stop,
}

/// The newest study of each kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Studies {
    /// The newest tag that was given to any question.
    tags: u64,
    /// The question that was asked last.
    asked: Option<StudyQuestion>,
    /// One of each kind at most.
    begun: Vec<Study>,
}

impl Studies {
    /// All that were begun, one of each kind at most.
    pub fn begun(&self) -> &[Study] {
        &self.begun
    }

    /// The one that is under way.
    pub fn running(&self) -> Option<&Study> {
        self.begun.iter().find(|study| study.running())
    }

    /// Begins a study in place of the former one of its kind; one that is under way ends. The question with its own tag.
    fn begin(&mut self, question: StudyQuestion) -> StudyQuestion {
        self.give_up();
        self.tags += 1;
        let question = StudyQuestion { tag: self.tags, ..question };
        self.begun.retain(|study| study.kind != question.kind);
        self.begun.push(Study::new(question.tag, question.kind, question.steps));
        self.asked = Some(question.clone());
        question
    }

    /// Takes in a row; one of a study that has ended is late.
    fn take(&mut self, row: StudyRow) {
        if let Some(study) = self.begun.iter_mut().find(|study| study.running()) {
            study.take(row);
        }
    }

    /// Something went wrong, or the worker is gone: nothing is waited for any more.
    pub(super) fn give_up(&mut self) {
        self.begun.iter_mut().filter(|study| study.running()).for_each(|study| study.ended = true);
    }
}

impl Model {
    /// Starts a study, or stops it.
    pub(super) fn studies_msg(&mut self, msg: StudyMsg, effects: &mut Vec<Effect>) {
        match msg {
            StudyMsg::Start => self.start_study(effects),
            StudyMsg::Stop => self.stop_study(effects),
        }
    }

    /// How the study stands that the picture shows, or the one that is under way, in a sentence; nothing before it was begun.
    pub fn study_state(&self) -> String {
        let shown = self.board.knobs(studies::Studies.name()).map(chosen);
        match (self.studies.running(), shown) {
            (Some(study), shown) if shown != Some(study.kind) => {
                format!("{} is under way: {}", studies::title(study.kind), study.state())
            }
            (_, shown) => {
                let begun = self.studies.begun.iter().find(|study| Some(study.kind) == shown);
                begun.map(Study::state).unwrap_or_default()
            }
        }
    }

    /// Asks for the study that the knobs of the picture name, of the experiment that the controls show, on the images that are here.
    fn start_study(&mut self, effects: &mut Vec<Effect>) {
        let Some(mut experiment) = self.posed() else { return };
        for (section, choices) in self.draft.sections.iter().filter(|(section, _)| *section != "data") {
            experiment.sections.insert(section.clone(), choices.clone());
        }
        (self.play_requested, self.told_to_play) = (false, false);
        let plot = studies::Studies;
        let knobs = self.board.knobs(plot.name()).cloned().unwrap_or_else(|| defaults(&plot));
        let known = self.state.run.as_ref().map_or(0, |run| run.data.classes.names.len());
        let question = self.studies.begin(StudyQuestion {
            tag: 0,
            experiment,
            kind: chosen(&knobs),
            steps: knobs.count("steps") as u64,
            seeds: knobs.count("seeds"),
            classes: (0..knobs.count("classes").min(known).max(1)).collect(),
            per_class: knobs.count("images"),
            views: knobs.count("views"),
        });
        effects.push(Effect::session(Command::Study(question)));
    }

    /// Ends the study that is under way: the same question without steps.
    fn stop_study(&mut self, effects: &mut Vec<Effect>) {
        if self.studies.running().is_none() {
            return;
        }
        self.studies.give_up();
        self.state.progress = None;
        if let Some(question) = self.studies.asked.clone().filter(|_| self.life.is_up()) {
            effects.push(Effect::session(Command::Study(StudyQuestion { steps: 0, ..question })));
        }
    }

    /// A row came. With the last one the study is over.
    pub(super) fn studied(&mut self, row: StudyRow) {
        self.studies.take(row);
        if self.studies.running().is_none() {
            self.state.progress = None;
        }
    }
}
