//! Who draws the sphere, and from what.
//!
//! Where the engine computes with WebGPU, this thread draws on the canvas that the page handed over, with the same device.
//! Otherwise, and when that fails, the page draws the same points on a 2D canvas.

use crate::channel::report_loss;
use crate::sphere::{Sphere, probe_canvas};
use augsphere_engine::device::{ComputeDevice, WgpuSetup};
use augsphere_spec::{AskId, Event, Points, RunId, SphereState, WorkerEvent};
use web_sys::OffscreenCanvas;

/// The canvas and what was last to be seen on it.
#[derive(Default)]
pub struct Canvas {
    /// The GPU that computes, with a number of its own.
    gpu: Option<(WgpuSetup, u64)>,
    /// How many GPUs there have been.
    gpus: u64,
    /// The number of a GPU that is gone.
    lost: Option<u64>,
    sphere: Option<Sphere>,
    state: Option<SphereState>,
    /// The classes of the current run's images.
    labels: (RunId, Vec<u8>),
    /// Those of the run before, which may return.
    before: (RunId, Vec<u8>),
    points: Option<Points>,
    /// What the page was told last: whether this thread draws.
    announced: Option<bool>,
    /// Whether a frame could be drawn on a device that nothing depended on; not known before it was tried.
    shows: Option<bool>,
}

impl Canvas {
    /// Finds out, once, whether this thread can draw with WebGPU without losing the device: some browsers end every
    /// device of a page at its first frame where there is no screen driver.
    pub async fn probe(&mut self) {
        if self.shows.is_none() {
            self.shows = Some(probe_canvas().await.is_ok());
        }
    }

    /// Draws on `canvas` from now on; tells the page to draw itself if that cannot be.
    pub fn take(&mut self, canvas: OffscreenCanvas) -> Vec<WorkerEvent> {
        self.sphere = match (&self.gpu, self.shows) {
            (Some((setup, number)), Some(true)) if self.lost != Some(*number) => Sphere::new(setup, canvas).ok(),
            _ => None,
        };
        if self.sphere.is_none() {
            // Whatever the page believed: the canvas that it gave is of no use, it needs one of its own.
            self.announced = Some(false);
            return vec![WorkerEvent::Canvas { worker: false }];
        }
        self.show();
        Vec::new()
    }

    /// The sphere is seen in another way.
    pub fn turn(&mut self, state: SphereState) {
        self.state = Some(state);
        self.draw();
    }

    /// Takes from an event what the picture needs.
    pub fn watch(&mut self, event: &Event) {
        match event {
            Event::Began { run, labels, .. } => {
                self.before = std::mem::replace(&mut self.labels, (*run, labels.clone()));
            }
            Event::Returned { run } if self.before.0 == *run => std::mem::swap(&mut self.labels, &mut self.before),
            Event::Answer(answer) if answer.id == AskId::STAGE => {
                if let Some(points) = Points::of(answer) {
                    self.points = Some(points);
                    self.show();
                }
            }
            _ => {}
        }
    }

    /// Draws with the device that computes, if it can; what the page is to know about it. A canvas belongs to the GPU that it was
    /// first drawn with: for another GPU the page is asked for another canvas.
    pub fn follow(&mut self, opened: Option<&ComputeDevice>) -> Vec<WorkerEvent> {
        let Some(opened) = opened else { return Vec::new() };
        let mut events = Vec::new();
        if self.gpu.as_ref().map(|(setup, _)| &setup.device) != opened.setup.as_ref().map(|setup| &setup.device) {
            self.sphere = None;
            self.gpu = opened.setup.clone().map(|setup| (setup, self.gpus));
            if let Some((setup, number)) = &self.gpu {
                report_loss(&setup.device, *number);
                self.gpus += 1;
                if self.announced == Some(true) {
                    events.extend(self.announce(false));
                }
            }
        }
        let alive = self.gpu.as_ref().is_some_and(|(_, number)| self.lost != Some(*number));
        events.extend(self.announce(alive && self.shows == Some(true)));
        events
    }

    /// The GPU with this number is gone. What the page is to know, if it is the one that computes.
    pub fn lose(&mut self, number: u64) -> Option<Vec<WorkerEvent>> {
        self.gpu.as_ref().filter(|(_, current)| *current == number)?;
        self.lost = Some(number);
        self.sphere = None;
        Some(self.announce(false).into_iter().collect())
    }

    fn announce(&mut self, worker: bool) -> Option<WorkerEvent> {
        if !worker {
            self.sphere = None;
        }
        (self.announced.replace(worker) != Some(worker)).then_some(WorkerEvent::Canvas { worker })
    }

    fn show(&mut self) {
        if let (Some(sphere), Some(points)) = (&mut self.sphere, &self.points) {
            sphere.show(points, &self.labels.1);
        }
        self.draw();
    }

    fn draw(&mut self) {
        if let (Some(sphere), Some(state)) = (&mut self.sphere, &self.state) {
            sphere.draw(state);
        }
    }
}
