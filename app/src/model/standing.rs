//! How what the controls show and what runs go together.

use super::changes::same;
use super::state::Run;
use super::{Model, Offer};
use crate::text;
use augsphere_spec::{DeviceChoice, Experiment, Fault, Phase, Value};

/// Why an experiment cannot be set up.
#[derive(Clone, Debug, PartialEq)]
pub enum Hindrance {
    /// Its images are not here.
    NeedsFile {
        /// The data set, as a card's name.
        kind: String,
        /// The data set, for people.
        title: String,
    },
    /// The session said why.
    Refused(Fault),
    /// The engine ended on it before.
    Crashed {
        /// Whether it ran out of memory.
        memory: bool,
    },
    /// Setting it up was stopped.
    Withdrawn,
}

/// How what the controls show and what runs go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no worker.
    Down,
    /// The worker is on its way.
    Loading,
    /// What the controls show cannot be set up; [`Model::hindrance`] says why.
    Hindered,
    /// What the controls show is being set up.
    Preparing,
    /// The session goes back to the run before.
    Returning,
    /// What was turned last will be set up in a moment.
    Soon,
    /// The run has been told what was turned and has not confirmed it.
    Changing,
    /// The controls show something that needs a new run.
    Edited,
    /// The controls show a run that cannot go on.
    Ended,
    /// The controls show what runs.
    Same,
}

impl Model {
    /// How what the controls show and what runs go together.
    pub fn standing(&self) -> Standing {
        if let Some(standing) = self.standing_of_worker() {
            return standing;
        }
        if self.state.preparing.as_ref().is_some_and(|preparing| same(&preparing.experiment, &self.draft)) {
            return Standing::Preparing;
        }
        let Some(run) = &self.state.run else { return Standing::Soon };
        if same(&self.draft, &run.experiment) && self.is_set_up(run) && self.state.preparing.is_none() {
            return if run.ended { Standing::Ended } else { Standing::Same };
        }
        if self.state.step() == 0 || self.state.preparing.is_some() {
            let changing = self.state.preparing.is_none() && same(&self.draft, &self.foreseen(&run.experiment));
            return if changing { Standing::Changing } else { Standing::Soon };
        }
        if same(&self.draft, &self.foreseen(&run.experiment)) { Standing::Changing } else { Standing::Edited }
    }

    fn standing_of_worker(&self) -> Option<Standing> {
        Some(match self.life {
            super::life::Life::Down => Standing::Down,
            super::life::Life::Opening { .. } => Standing::Loading,
            _ if self.hindrance.is_some() => Standing::Hindered,
            _ if self.returning.is_some() => Standing::Returning,
            _ => return None,
        })
    }

    /// Whether a run has the device and the encoder to begin with that are asked for.
    pub(super) fn is_set_up(&self, run: &Run) -> bool {
        run.device == self.device && run.encoder == self.encoder
    }

    /// What `now` will be once every change that was asked for is made.
    pub(super) fn foreseen(&self, now: &Experiment) -> Experiment {
        self.awaited.foresee(&self.catalogue, now)
    }

    /// Whether a change can be taken in by what runs now: it has begun, has not ended, and nothing else was asked for.
    pub fn under_way(&self) -> bool {
        let going = self.state.run.as_ref().is_some_and(|run| run.step > 0 && !run.ended);
        going && self.can_be_told() && self.state.phase != Some(Phase::Finished)
    }

    /// Whether what runs is what the controls are about.
    pub(super) fn can_be_told(&self) -> bool {
        self.life.is_up() && self.state.preparing.is_none() && self.hindrance.is_none() && self.returning.is_none()
    }

    /// Whether the controls show something that needs a new run, which nobody has asked for.
    pub fn edited(&self) -> bool {
        self.standing() == Standing::Edited
    }

    /// Where things stand, in words.
    pub fn situation(&self) -> String {
        // What does not come is not waited for as if it did.
        if self.life.silence(self.now).is_some() {
            return if self.life.is_up() { "The engine does not answer" } else { "The engine has not started" }.into();
        }
        match self.standing() {
            Standing::Down => "The engine has stopped".into(),
            Standing::Loading => "Loading the engine\u{2026}".into(),
            Standing::Hindered => match &self.hindrance {
                Some(Hindrance::NeedsFile { title, .. }) => format!("{title} needs a file"),
                Some(Hindrance::Withdrawn) => "Not set up".into(),
                _ => "Cannot be set up".into(),
            },
            Standing::Returning => "Going back to the run before\u{2026}".into(),
            Standing::Preparing => self.preparing_words(),
            Standing::Soon => "Setting up the experiment\u{2026}".into(),
            Standing::Ended => "The run has ended".into(),
            Standing::Same | Standing::Changing | Standing::Edited => self.running_words(),
        }
    }

    fn preparing_words(&self) -> String {
        let Some(preparing) = &self.state.preparing else { return String::new() };
        let quiet = (self.now - preparing.heard) / 1000.0;
        if quiet >= 30.0 {
            return format!("Preparing; no news since {quiet:.0} s");
        }
        match (&preparing.progress, &preparing.estimate) {
            (Some(progress), _) => text::progress(progress),
            (None, Some(estimate)) => format!("Preparing, about {}\u{2026}", text::duration(estimate.prepare_seconds)),
            (None, None) if self.is_resuming(preparing.run) => "Bringing back the run\u{2026}".into(),
            (None, None) => "Setting up the experiment\u{2026}".into(),
        }
    }

    fn running_words(&self) -> String {
        if let Some(progress) = &self.state.progress {
            return text::progress(progress);
        }
        match self.state.phase {
            None | Some(Phase::Preparing) => "Preparing\u{2026}".into(),
            Some(Phase::Paused) if self.state.step() == 0 => "Ready: press play".into(),
            Some(Phase::Paused) => "Paused".into(),
            Some(Phase::Running) => "Training".into(),
            Some(Phase::Finished) => "Finished".into(),
        }
    }

    /// Why what the controls show does not run, as a fault with the ways out of it.
    pub fn obstruction(&self) -> Option<(Fault, Vec<Offer>)> {
        let hindrance = self.hindrance.as_ref()?;
        let fault = |what: String, remedy: &str| Fault {
            what,
            location: "the experiment".into(),
            remedy: remedy.into(),
            recoverable: true,
            settings: Vec::new(),
        };
        Some(match hindrance {
            Hindrance::NeedsFile { title, .. } => {
                let reading = self.archives.reading();
                let what = match &reading {
                    Some(name) => format!("This experiment needs {title}; reading {name}\u{2026}"),
                    None => format!("This experiment needs the images of {title}, which are not here yet."),
                };
                (
                    fault(what, "Drop the archive (binary version, .tar.gz) anywhere on this page. It stays on your machine."),
                    self.ways_out(None),
                )
            }
            Hindrance::Refused(fault) => (fault.clone(), self.ways_out(Some(&fault.settings))),
            Hindrance::Crashed { memory } => {
                let what = if *memory {
                    "The engine ran out of memory on this experiment."
                } else {
                    "The engine stopped on this experiment."
                };
                (fault(what.into(), "Choose something smaller, or try it again."), self.ways_out(Some(&[])))
            }
            Hindrance::Withdrawn => {
                (fault("Setting up was stopped.".into(), "Set it up again, or choose something else."), self.ways_out(None))
            }
        })
    }

    /// What would help: `changes` says whether other knobs would.
    /// `settings`, where something can be changed about it: those that would help as far as the engine knows them.
    fn ways_out(&self, settings: Option<&[(String, Value)]>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if self.state.run.as_ref().is_some_and(|run| !run.ended) {
            offers.push(Offer::BackToRun);
        } else if let Some((id, _)) = self.last_written() {
            offers.push(Offer::Resume(id.to_owned()));
        }
        if self.encoder.is_some() {
            offers.push(Offer::RandomEncoder);
        }
        if let Some(settings) = settings {
            match self.device {
                DeviceChoice::Gpu | DeviceChoice::Cuda => offers.push(Offer::AnyDevice),
                DeviceChoice::Auto if self.state.device.as_ref().is_some_and(|device| device.kind != "cpu") => {
                    offers.push(Offer::Cpu)
                }
                _ => {}
            }
            let known = Some(settings.to_vec()).filter(|settings| !settings.is_empty());
            let smaller = || Some(vec![("train.batch".to_owned(), self.smaller_batch()?.into())]);
            offers.extend(known.or_else(smaller).map(Offer::Set));
        }
        if !matches!(self.hindrance, Some(Hindrance::NeedsFile { .. })) {
            offers.push(Offer::TryAgain);
        }
        if self.needs_file(&self.draft).is_some() || super::names::preset_of(&self.draft) != Some(0) {
            offers.push(Offer::FirstPreset);
        }
        offers
    }

    /// A smaller batch that fits the data: a power of two.
    fn smaller_batch(&self) -> Option<i64> {
        let batch = self.draft.get("train.batch").and_then(|value: Value| value.as_int())?;
        let images = self.draft.get("data.train").and_then(|value| value.as_int()).filter(|&images| images > 0);
        let most = (batch / 2).min(images.unwrap_or(i64::MAX));
        let power = u32::try_from(most).ok()?.checked_ilog2().map(|power| 1i64 << power)?;
        (power >= 2).then_some(power)
    }

    /// The data set that `experiment` needs a file for that was not read yet: name and title.
    pub fn needs_file(&self, experiment: &Experiment) -> Option<(String, String)> {
        let choice = experiment.choice("data")?;
        let card = self.catalogue.section("data")?.card(&choice.kind)?;
        let here = self.state.dropped.iter().any(|kept| kept.kind == choice.kind);
        (card.knob("path").is_some() && !here).then(|| (card.name.clone(), card.title.clone()))
    }

    /// Whether `experiment` needs a file that was not read yet.
    pub fn lacks_data(&self, experiment: &Experiment) -> bool {
        self.needs_file(experiment).is_some()
    }

    /// Why there is no GPU, where the reason is the way the page came here.
    pub fn insecure_note(&self) -> Option<&'static str> {
        let cpu = self.state.device.as_ref().is_some_and(|device| device.kind == "cpu");
        (!self.secure && cpu && self.device != DeviceChoice::Cpu).then_some(
            "Browsers offer WebGPU only to pages that come over https or from localhost; this one came over plain http.",
        )
    }
}
