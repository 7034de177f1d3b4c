//! How is a run steered, and what of it do controls, links and files show?

use super::Page;
use crate::model::changes::{Awaited, same};
use augsphere_spec::{Command, DeviceChoice, Experiment, Phase};
use leptos::prelude::*;

impl Page {
    /// Go on.
    pub fn play(self) {
        let finished = self.state.with_untracked(|state| state.phase == Some(Phase::Finished));
        if !finished {
            self.play_requested.set(true);
            self.send(&Command::Play);
        }
    }

    /// Stop after the current step.
    pub fn pause(self) {
        self.play_requested.set(false);
        self.send(&Command::Pause);
    }

    /// One step, then stop.
    pub fn step(self) {
        self.play_requested.set(false);
        self.send(&Command::Step);
    }

    /// Back to step 0 of the experiment that the controls show; if that came with a plan, to the beginning of the plan.
    pub fn reset(self) {
        self.play_requested.set(false);
        let plan = self.state.with_untracked(|state| {
            let began = &state.run.as_ref()?.began;
            self.draft.with_untracked(|draft| !draft.changes.is_empty() && draft.changes == began.changes).then(|| began.clone())
        });
        if let Some(plan) = plan {
            self.draft.set(plan);
        }
        let same = self.state.with_untracked(|state| {
            state.run.as_ref().is_some_and(|run| !run.by_hand && self.draft.with_untracked(|draft| *draft == run.began))
        });
        if same && self.asked.with_untracked(Option::is_none) {
            self.awaited.set(Awaited::default());
            self.send(&Command::Reset);
        } else {
            self.begin();
        }
    }

    /// Asks for another device; the run starts again on it.
    pub fn choose_device(self, device: DeviceChoice) {
        self.device.set(device);
        self.play_requested.set(false);
        self.begin();
    }

    /// Whether a change can be taken in by what runs now: it has begun, has not ended, and nothing else was asked for.
    pub fn under_way(self) -> bool {
        self.asked.with(Option::is_none)
            && self.state.with(|state| state.run.is_some() && state.step() > 0 && state.phase != Some(Phase::Finished))
    }

    /// Whether the controls show something that what runs is not and will not be by itself.
    pub fn edited(self) -> bool {
        self.draft.with(|draft| {
            self.asked.with(|asked| match asked {
                Some(asked) => !same(draft, asked),
                None => self.state.with(|state| {
                    let Some(run) = &state.run else { return false };
                    let soon = || {
                        self.catalogue.with(|catalogue| self.awaited.with(|awaited| awaited.foresee(catalogue, &run.experiment)))
                    };
                    !same(draft, &run.experiment) && !same(draft, &soon())
                }),
            })
        })
    }

    /// Back to what runs.
    pub fn undo(self) {
        let shown = self.state.with_untracked(|state| {
            let run = state.run.as_ref()?;
            let changes = if run.by_hand { Vec::new() } else { run.began.changes.clone() };
            Some(Experiment { changes, ..run.experiment.clone() })
        });
        if let Some(experiment) = shown {
            self.mistakes.set(Vec::new());
            self.draft.set(experiment);
        }
    }

    /// What links and files keep: while the controls show what runs, the experiment that does again what the run did,
    /// otherwise what the controls show.
    pub fn lasting(self) -> Experiment {
        // Reading, not tracking: a memo that nobody has read yet does not know what it depends on.
        let _ = self.epoch.get();
        let asked = self.asked.with(Option::is_some);
        self.draft.with(|draft| {
            self.catalogue.with(|catalogue| {
                self.state.with_untracked(|state| match &state.run {
                    Some(run) if !asked && same(draft, &run.experiment) => run.replay(catalogue),
                    _ => draft.clone(),
                })
            })
        })
    }
}
