//! How is something drawn at most once a frame, and only when it changed?

use crate::wire::browser::{Life, now};
use leptos::prelude::{request_animation_frame, set_timeout};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// A picture that is drawn on request. Requests between two frames become one.
#[derive(Clone)]
pub struct Painter(Rc<Inner>);

struct Inner {
    life: Life,
    waiting: Cell<bool>,
    last: Cell<f64>,
    job: RefCell<Box<dyn FnMut(f64) -> bool>>,
}

impl Painter {
    /// A painter that calls `job` with the time in milliseconds; while `job` returns `true` it is called every frame. Once what it was
    /// made in is gone from the page, it calls it no more: the signals that `job` reads are gone, too.
    pub fn new(job: impl FnMut(f64) -> bool + 'static) -> Self {
        Self(Rc::new(Inner {
            life: Life::of_owner(),
            waiting: Cell::new(false),
            last: Cell::new(f64::NEG_INFINITY),
            job: RefCell::new(Box::new(job)),
        }))
    }

    /// Draws in the next frame.
    pub fn request(&self) {
        if !self.0.waiting.replace(true) {
            self.soon();
        }
    }

    /// Draws once `pause` milliseconds have passed since the last time, and not in the same frame as other slow
    /// pictures: for charts, which need not follow every step, and which together would hold up the page.
    pub fn request_slowly(&self, pause: f64) {
        if self.0.waiting.replace(true) {
            return;
        }
        let wait = self.0.last.get() + pause - now();
        let painter = self.clone();
        if wait <= 0.0 {
            line_up(painter);
        } else {
            set_timeout(move || line_up(painter), Duration::from_millis(wait as u64));
        }
    }

    fn soon(&self) {
        let painter = self.clone();
        request_animation_frame(move || painter.paint());
    }

    fn paint(&self) {
        self.0.waiting.set(false);
        let time = now();
        self.0.last.set(time);
        // A job that asks for its own next frame while it runs must not meet itself.
        let again = self.0.life.lasts() && self.0.job.try_borrow_mut().is_ok_and(|mut job| job(time));
        if again {
            self.request();
        }
    }
}

thread_local! {
    /// Slow pictures that wait for their frame.
    static LINE: RefCell<VecDeque<Painter>> = const { RefCell::new(VecDeque::new()) };
}

fn line_up(painter: Painter) {
    let first = LINE.with_borrow_mut(|line| {
        line.push_back(painter);
        line.len() == 1
    });
    if first {
        request_animation_frame(next_in_line);
    }
}

/// Draws one slow picture a frame.
fn next_in_line() {
    // It stays in line while it is drawn, so that nobody else believes to be the first.
    let painter = LINE.with_borrow(|line| line.front().cloned());
    if let Some(painter) = painter {
        painter.paint();
    }
    let more = LINE.with_borrow_mut(|line| {
        line.pop_front();
        !line.is_empty()
    });
    if more {
        request_animation_frame(next_in_line);
    }
}
