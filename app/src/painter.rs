//! How is something drawn at most once a frame, and only when it changed?

use crate::browser::now;
use leptos::prelude::{request_animation_frame, set_timeout};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// A picture that is drawn on request. Requests between two frames become one.
#[derive(Clone)]
pub struct Painter(Rc<Inner>);

struct Inner {
    waiting: Cell<bool>,
    last: Cell<f64>,
    job: RefCell<Box<dyn FnMut(f64) -> bool>>,
}

impl Painter {
    /// A painter that calls `job` with the time in milliseconds; while `job` returns `true` it is called every frame.
    pub fn new(job: impl FnMut(f64) -> bool + 'static) -> Self {
        Self(Rc::new(Inner { waiting: Cell::new(false), last: Cell::new(f64::NEG_INFINITY), job: RefCell::new(Box::new(job)) }))
    }

    /// Draws in the next frame.
    pub fn request(&self) {
        if !self.0.waiting.replace(true) {
            self.soon();
        }
    }

    /// Draws once `pause` milliseconds have passed since the last time: for charts that need not follow every step.
    pub fn request_slowly(&self, pause: f64) {
        let wait = self.0.last.get() + pause - now();
        if wait <= 0.0 {
            return self.request();
        }
        if !self.0.waiting.replace(true) {
            let painter = self.clone();
            set_timeout(move || painter.soon(), Duration::from_millis(wait as u64));
        }
    }

    fn soon(&self) {
        let painter = self.clone();
        request_animation_frame(move || {
            painter.0.waiting.set(false);
            let time = now();
            painter.0.last.set(time);
            // A job that asks for its own next frame while it runs must not meet itself.
            let again = painter.0.job.try_borrow_mut().is_ok_and(|mut job| job(time));
            if again {
                painter.request();
            }
        });
    }
}
