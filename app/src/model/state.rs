//! What the session told, folded from its events.

use super::changes::{Mark, add, planned, words};
use super::cloud::Cloud;
use super::history::History;
use super::names::Origin;
pub use super::run::{Preparing, Run};
use augsphere_spec::{Catalogue, DatasetReport, DeviceChoice, DeviceReport, Event, Fault, Phase, Points, Progress, RunId, Views};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who draws the sphere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawer {
    /// The page, on a 2D canvas.
    Page,
    /// The worker, on a canvas that was handed over.
    Worker,
}

/// What the session told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Whether the worker listens.
    pub ready: bool,
    /// What can be chosen.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Something long that is going on beside a run that is being prepared.
    pub progress: Option<Progress>,
    /// The run that was asked for and has not begun yet.
    pub preparing: Option<Preparing>,
    /// The device that was taken.
    pub device: Option<DeviceReport>,
    /// Who draws the sphere, once that is known.
    pub drawer: Option<Drawer>,
    /// Counts the canvases that were needed: a canvas that was handed over cannot be used again.
    pub canvas: u32,
    /// The run, once one was set up.
    pub run: Option<Run>,
    /// The run before, which stays for comparison.
    pub former: Option<Run>,
    /// The run that was replaced last, if it never took a step and [`State::former`] did. The session returns to it only where it had no
    /// memory to keep that one.
    pub untrained: Option<Run>,
    /// Counts the runs that were shown.
    pub runs: u64,
    /// Where the run stands.
    pub phase: Option<Phase>,
    /// Data sets that were dropped and kept.
    pub dropped: Vec<DatasetReport>,
    /// The embeddings that are shown: of the present, or of a step that is looked back at.
    pub points: Option<Arc<Points>>,
    /// The newest embeddings of the present.
    pub present: Option<Arc<Points>>,
    /// Whether the embeddings that are shown can be drawn.
    pub cloud: Cloud,
    /// The newest views.
    pub views: Option<Arc<Views>>,
    /// Grows with every number that could change a chart.
    pub numbers: u64,
}

impl State {
    /// Takes in one event.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Progress(progress) => match &mut self.preparing {
                Some(preparing) => preparing.progress = Some(progress),
                None => self.progress = Some(progress),
            },
            Event::Estimate(estimate) => {
                if let Some(preparing) = self.preparing.as_mut().filter(|preparing| preparing.run == estimate.run) {
                    preparing.estimate = Some(estimate);
                }
            }
            Event::Device(report) => self.device = Some(report),
            Event::Data(report) => {
                self.dropped.retain(|kept| kept.kind != report.kind);
                self.dropped.push(report);
                self.progress = None;
            }
            Event::Began { .. } => self.begin(event),
            Event::Returned { run } => self.swap(run),
            Event::Phase(phase) => {
                self.phase = Some(phase);
                if phase != Phase::Preparing {
                    self.progress = None;
                }
            }
            Event::Views(views) => self.views = Some(Arc::new(views)),
            Event::Steps { .. } | Event::Measures { .. } | Event::Changed { .. } => self.fold(event),
            Event::Fault(fault) => self.fault(&fault),
            Event::Distances(_) | Event::Study(_) | Event::Refused { .. } => self.progress = None,
            // Handed on, or never asked for here: the benchmark has a page of its own.
            Event::Toy(_)
            | Event::Weights { .. }
            | Event::Checkpoint { .. }
            | Event::Bench(_)
            | Event::Answer(_)
            | Event::Kept { .. } => {}
        }
    }

    /// These embeddings are shown from now on; `present` says whether they are not of a step that is looked back at.
    pub fn show(&mut self, points: Points, present: bool) {
        self.cloud = Cloud::of(&points);
        let points = Arc::new(points);
        if present {
            self.present = Some(Arc::clone(&points));
        }
        self.points = Some(points);
    }

    /// A run was set up; the one that it replaces is kept.
    fn begin(&mut self, event: Event) {
        let Event::Began { run, experiment, data, encoder_weights, projector_weights, labels, images, levels, resumed } = event
        else {
            return;
        };
        // Where a run goes on, its experiment has changed since it began.
        let (step, seconds) = resumed.as_ref().map_or_else(Default::default, |resumed| (resumed.step, resumed.seconds));
        let now = resumed.map_or_else(|| experiment.clone(), |resumed| resumed.experiment);
        let asked = self.preparing.take_if(|preparing| preparing.run == run);
        self.shelve();
        self.progress = None;
        self.run = Some(Run {
            id: run,
            device: asked.as_ref().map_or(DeviceChoice::Auto, |asked| asked.device),
            taken: self.device.clone(),
            encoder: None,
            origin: Origin::default(),
            began: experiment,
            experiment: now,
            data,
            encoder_weights,
            projector_weights,
            labels: Arc::new(labels),
            images: Arc::new(images),
            levels,
            step,
            seconds,
            images_per_second: 0.0,
            history: History::default(),
            profiles: BTreeMap::new(),
            parts: Vec::new(),
            marks: Vec::new(),
            changed: 0,
            by_hand: false,
            ended: false,
            left: None,
            points: None,
        });
    }

    /// Puts the run away. One that never took a step does not push out one that did.
    fn shelve(&mut self) {
        self.runs += 1;
        self.numbers += 1;
        (self.views, self.points, self.cloud) = (None, None, Cloud::default());
        let points = self.present.take();
        let Some(run) = self.run.take() else { return };
        let run = Run { left: self.phase, points, ..run };
        if run.step == 0 && self.former.as_ref().is_some_and(|former| former.step > 0 && !former.ended) {
            self.untrained = Some(run);
        } else {
            (self.former, self.untrained) = (Some(run), None);
        }
    }

    /// The run that the session would return to, if it had the memory to keep it.
    pub fn returnable(&self) -> Option<&Run> {
        self.former.iter().chain(&self.untrained).find(|run| !run.ended)
    }

    /// A run that the session has in memory, as far as the page knows.
    pub fn find(&self, id: RunId) -> Option<&Run> {
        [&self.run, &self.former, &self.untrained].into_iter().flatten().find(|run| run.id == id)
    }

    /// The session has gone back to a run that was replaced.
    fn swap(&mut self, id: RunId) {
        let is = |run: &Option<Run>| run.as_ref().is_some_and(|run| run.id == id);
        let back = if is(&self.untrained) {
            self.untrained.take()
        } else if is(&self.former) {
            self.former.take()
        } else {
            None
        };
        let Some(mut back) = back else { return };
        self.shelve();
        self.present = back.points.take();
        self.points.clone_from(&self.present);
        self.cloud = self.points.as_ref().map(|points| Cloud::of(points)).unwrap_or_default();
        self.phase = back.left.take();
        self.device.clone_from(&back.taken);
        self.run = Some(back);
    }

    /// News of the run; before one was set up there is nothing to add them to.
    fn fold(&mut self, event: Event) {
        let Some(run) = &mut self.run else { return };
        self.numbers += 1;
        match event {
            Event::Steps { step, seconds, images_per_second, losses } => {
                (run.step, run.seconds, run.images_per_second) = (step, seconds, images_per_second);
                self.progress = None;
                if let Some((_, newest)) = losses.last() {
                    run.parts = newest.iter().map(|scalar| scalar.name.clone()).filter(|name| name != "loss").collect();
                }
                for (step, scalars) in losses {
                    run.history.add(step, scalars);
                }
            }
            Event::Measures { step, scalars, profiles } => {
                self.progress = None;
                run.history.add(step, scalars);
                for profile in profiles {
                    run.profiles.insert(profile.name, (step, Arc::new(profile.payload)));
                }
            }
            Event::Changed { step, path, value, experiment, levels, .. } => {
                (run.experiment, run.levels) = (experiment, levels);
                run.changed += 1;
                run.by_hand |= !planned(&run.began, step, &path, &value);
                let words = match &self.catalogue {
                    Some(catalogue) => words(catalogue, &run.experiment, &path, &value),
                    None => path.clone(),
                };
                // What is set before the first step is how the run begins.
                if step > 0 {
                    add(&mut run.marks, Mark { since: step, step, path, value, words });
                }
            }
            _ => {}
        }
    }

    /// A fault that ends the run stops it.
    fn fault(&mut self, fault: &Fault) {
        self.progress = None;
        if !fault.recoverable {
            if let Some(run) = &mut self.run {
                run.ended = true;
            }
            self.phase = self.phase.map(|_| Phase::Paused);
        }
    }

    /// Who draws the sphere from now on.
    pub fn draws(&mut self, drawer: Drawer) {
        if drawer == Drawer::Worker || self.drawer == Some(Drawer::Worker) {
            self.canvas += 1;
        }
        self.drawer = Some(drawer);
    }

    /// The worker is gone: what was measured stays on the page, nothing of it can go on.
    pub fn lose_worker(&mut self) {
        (self.ready, self.phase, self.progress, self.preparing) = (false, None, None, None);
        self.dropped.clear();
        for run in [&mut self.run, &mut self.former, &mut self.untrained].into_iter().flatten() {
            run.ended = true;
        }
    }

    /// A new worker is on its way.
    pub fn restart(&mut self) {
        self.lose_worker();
        (self.device, self.drawer) = (None, None);
        self.canvas += 1;
    }

    /// Steps taken so far.
    pub fn step(&self) -> u64 {
        self.run.as_ref().map_or(0, |run| run.step)
    }

    /// The newest value called `name`.
    pub fn latest(&self, name: &str) -> Option<f32> {
        self.measured(name).map(|(_, value)| value)
    }

    /// The newest value called `name`, and the step at which it was measured.
    pub fn measured(&self, name: &str) -> Option<(u64, f32)> {
        self.run.as_ref()?.history.newest(name)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#[path = "state_tests.rs"]
mod tests;
