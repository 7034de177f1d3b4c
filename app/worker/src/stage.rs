//! Who draws the sphere, and from what?
//!
//! Where the engine computes with WebGPU, this thread draws on the canvas that the page handed over, with the same device.
//! Otherwise, and when that fails, the page draws the same points on a 2D canvas.

use crate::sphere::{Camera, Sphere, rehearse};
use augsphere_engine::device::ComputeDevice;
use augsphere_spec::{Event, Picture, Points};
use web_sys::OffscreenCanvas;

/// The canvas and what was last to be seen on it.
#[derive(Default)]
pub struct Stage {
    sphere: Option<Sphere>,
    camera: Option<Camera>,
    labels: Vec<u8>,
    points: Option<Points>,
    announced: Option<bool>,
    /// Whether a frame could be drawn on a device that nothing depended on; not known before it was tried.
    shows: Option<bool>,
}

impl Stage {
    /// Finds out, once, whether this thread can draw with WebGPU without losing the device: some browsers end every
    /// device of a page at its first frame where there is no screen driver.
    pub async fn rehearse(&mut self) {
        if self.shows.is_none() {
            self.shows = Some(rehearse().await.is_ok());
        }
    }

    /// Draws on `canvas` from now on; tells the page to draw itself if that cannot be.
    pub fn take(&mut self, canvas: OffscreenCanvas, opened: Option<&ComputeDevice>) -> Vec<Event> {
        let Some(setup) = opened.and_then(|opened| opened.setup.as_ref()) else {
            return self.decline();
        };
        match Sphere::new(setup, canvas) {
            Ok(sphere) => {
                self.sphere = Some(sphere);
                self.show();
                Vec::new()
            }
            Err(_) => self.decline(),
        }
    }

    fn decline(&mut self) -> Vec<Event> {
        self.sphere = None;
        self.announced = Some(false);
        vec![Event::Canvas { worker: false }]
    }

    /// Turns the sphere.
    pub fn turn(&mut self, camera: Camera) {
        self.camera = Some(camera);
        self.draw();
    }

    /// Takes from an event what it needs; returns what the page should know about the canvas.
    pub fn watch(&mut self, event: &Event) -> Option<Event> {
        match event {
            Event::Device(report) => {
                let worker = report.class == "gpu" && self.shows == Some(true);
                if !worker {
                    self.sphere = None;
                }
                (self.announced.replace(worker) != Some(worker)).then_some(Event::Canvas { worker })
            }
            Event::Began { labels, .. } => {
                self.labels.clone_from(labels);
                None
            }
            Event::Picture(Picture::Points(points)) => {
                self.points = Some(points.clone());
                self.show();
                None
            }
            _ => None,
        }
    }

    fn show(&mut self) {
        if let (Some(sphere), Some(points)) = (&mut self.sphere, &self.points) {
            let xyz: Vec<f32> =
                points.xyz.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect();
            sphere.set_points(&xyz, &self.labels, points.projection);
        }
        self.draw();
    }

    fn draw(&mut self) {
        if let (Some(sphere), Some(camera)) = (&mut self.sphere, &self.camera) {
            sphere.draw(camera);
        }
    }
}
