//! What does the page know? One state, folded from the worker's events by one pure function.

use crate::model::changes::{Mark, add, planned, replay, words};
use crate::model::distances::Distances;
use crate::model::history::History;
use augsphere_spec::{
    Anatomy, Catalogue, DatasetReport, DeviceReport, Event, Experiment, Fault, Phase, Pick, Picture, Points, Thumbnails, Views,
};
use std::sync::Arc;

/// Who draws the sphere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawer {
    /// The page, on a 2D canvas.
    Page,
    /// The worker, on a canvas that was handed over.
    Worker,
}

/// A run as it was set up, and what it told since.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The experiment as it runs now: as it began, with the live changes made since.
    pub experiment: Experiment,
    /// The experiment as it began.
    pub began: Experiment,
    /// Its data.
    pub data: DatasetReport,
    /// Number of weights of the encoder.
    pub encoder_weights: usize,
    /// Number of weights of the projector.
    pub projector_weights: usize,
    /// Class of each held-out image.
    pub labels: Arc<Vec<u8>>,
    /// The held-out images.
    pub images: Arc<Thumbnails>,
    /// Reference levels: name of a scalar, the level, what it is.
    pub levels: Vec<(String, f32, String)>,
    /// Steps taken.
    pub step: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Images a second.
    pub images_per_second: f32,
    /// Every number told so far.
    pub history: History,
    /// Names of the numbers that came with the newest loss.
    pub parts: Vec<String>,
    /// What was changed during the run, by hand or as planned.
    pub marks: Vec<Mark>,
    /// Counts the changes.
    pub changed: u64,
    /// Whether something was changed that was not planned.
    pub by_hand: bool,
}

impl Run {
    /// The experiment that does again what this run did.
    pub fn replay(&self, catalogue: &Catalogue) -> Experiment {
        replay(catalogue, &self.began, &self.experiment, self.step)
    }
}

/// Everything the page knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Whether the worker listens.
    pub ready: bool,
    /// What can be chosen.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Something long that is going on, in words.
    pub progress: Option<String>,
    /// The device that was taken.
    pub device: Option<DeviceReport>,
    /// Who draws the sphere, once that is known.
    pub drawer: Option<Drawer>,
    /// Counts the canvases that were needed: a canvas that was handed over cannot be used again.
    pub canvas: u32,
    /// The run, once one was set up.
    pub run: Option<Run>,
    /// Counts the runs that were set up.
    pub runs: u64,
    /// Where the run stands.
    pub phase: Option<Phase>,
    /// Data sets that were dropped and kept.
    pub dropped: Vec<DatasetReport>,
    /// What went wrong and was not dismissed yet, oldest first.
    pub faults: Vec<Fault>,
    /// The newest embeddings.
    pub points: Option<Arc<Points>>,
    /// The newest views.
    pub views: Option<Arc<Views>>,
    /// The newest look at the gradient.
    pub anatomy: Option<Arc<Anatomy>>,
    /// The newest answer about neighbours.
    pub pick: Option<Arc<Pick>>,
    /// The newest file of weights, and how many came so far.
    pub weights: Option<(u32, String, Arc<Vec<u8>>)>,
    /// Grows with every number that could change a chart.
    pub numbers: u64,
    /// What was asked and answered about augmented distances.
    pub distances: Distances,
}

impl State {
    /// Takes in one event.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Ready => self.ready = true,
            Event::Progress { what } => self.progress = Some(what),
            Event::Device(report) => self.device = Some(report),
            Event::Canvas { worker } => self.draws(if worker { Drawer::Worker } else { Drawer::Page }),
            Event::Data(report) => {
                self.dropped.retain(|kept| kept.kind != report.kind);
                self.dropped.push(report);
                self.progress = None;
            }
            Event::Began { experiment, data, encoder_weights, projector_weights, labels, images, levels } => {
                self.runs += 1;
                self.numbers += 1;
                (self.points, self.views, self.pick, self.anatomy) = (None, None, None, None);
                let source = |experiment: &Experiment| (experiment.seed, experiment.choice("data").cloned());
                if self.run.as_ref().is_some_and(|run| source(&run.experiment) != source(&experiment)) {
                    self.distances.forget();
                }
                self.run = Some(Run {
                    began: experiment.clone(),
                    experiment,
                    data,
                    encoder_weights,
                    projector_weights,
                    labels: Arc::new(labels),
                    images: Arc::new(images),
                    levels,
                    step: 0,
                    seconds: 0.0,
                    images_per_second: 0.0,
                    history: History::default(),
                    parts: Vec::new(),
                    marks: Vec::new(),
                    changed: 0,
                    by_hand: false,
                });
            }
            Event::Phase(phase) => {
                self.phase = Some(phase);
                if phase != Phase::Preparing {
                    self.progress = None;
                }
            }
            Event::Pick(pick) => self.pick = Some(Arc::new(pick)),
            Event::Weights { name, bytes } => {
                let count = self.weights.as_ref().map_or(0, |weights| weights.0) + 1;
                self.weights = Some((count, name, Arc::new(bytes)));
            }
            Event::Picture(Picture::Points(points)) => self.points = Some(Arc::new(points)),
            Event::Picture(Picture::Views(views)) => self.views = Some(Arc::new(views)),
            Event::Picture(Picture::Anatomy(anatomy)) => self.anatomy = Some(Arc::new(anatomy)),
            // The page does not ask for it.
            Event::Toy(_) => {}
            Event::Distances(told) => {
                self.distances.hear(*told);
            }
            Event::Study(row) => self.distances.row(row),
            Event::Fault(fault) => self.fault(fault),
            Event::Steps { .. } | Event::Measures { .. } | Event::Changed { .. } => self.tell(event),
        }
    }

    /// News of the run; before one was set up there is nothing to tell it to.
    fn tell(&mut self, event: Event) {
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
            Event::Measures { step, scalars } => run.history.add(step, scalars),
            Event::Changed { step, path, value, experiment, levels } => {
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

    fn draws(&mut self, drawer: Drawer) {
        if drawer == Drawer::Worker || self.drawer == Some(Drawer::Worker) {
            self.canvas += 1;
        }
        self.drawer = Some(drawer);
    }

    /// Keeps a fault until it is dismissed; the same one is not shown twice.
    pub fn fault(&mut self, fault: Fault) {
        self.progress = None;
        self.distances.give_up();
        if !fault.recoverable && self.phase == Some(Phase::Running) {
            self.phase = Some(Phase::Paused);
        }
        self.faults.retain(|known| *known != fault);
        self.faults.push(fault);
    }

    /// The worker is gone and a new one is on its way: only what was measured stays on the page.
    pub fn restart(&mut self) {
        (self.ready, self.phase, self.progress, self.device, self.drawer) = (false, None, None, None, None);
        self.canvas += 1;
        self.dropped.clear();
        self.faults.clear();
    }

    /// Steps taken so far.
    pub fn step(&self) -> u64 {
        self.run.as_ref().map_or(0, |run| run.step)
    }

    /// The newest value called `name`.
    pub fn latest(&self, name: &str) -> Option<f32> {
        self.run.as_ref()?.history.latest(name)
    }

    /// Where things stand, in words.
    pub fn situation(&self) -> String {
        if let Some(what) = &self.progress {
            return format!("{}\u{2026}", what.trim_end_matches(['.', '\u{2026}']));
        }
        match self.phase {
            None if self.ready => "Setting up the experiment\u{2026}".into(),
            None => "Loading the laboratory\u{2026}".into(),
            Some(Phase::Preparing) => "Preparing\u{2026}".into(),
            Some(Phase::Paused) if self.step() == 0 => "Ready: press play".into(),
            Some(Phase::Paused) => "Paused".into(),
            Some(Phase::Running) => "Training".into(),
            Some(Phase::Finished) => "Finished".into(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#[path = "state_tests.rs"]
mod tests;
