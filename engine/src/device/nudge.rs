//! Empty submissions while a browser reads numbers back.
//!
//! Firefox looks for finished work when something is submitted, and otherwise ten times a second: a read-back that nothing follows takes
//! 100 ms there, however soon its numbers are ready.

use burn::tensor::wgpu::wgpu::Queue;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::Poll;

/// A wait of a few milliseconds, as whoever runs the engine has it.
pub type Pause = fn() -> Pin<Box<dyn Future<Output = ()>>>;

static PAUSE: OnceLock<Pause> = OnceLock::new();
static QUEUE: Mutex<Option<Queue>> = Mutex::new(None);

/// From now on, read-backs are followed by an empty submission after each such pause, until they are there. For browsers; native
/// drivers tell by themselves.
pub fn nudge_after(pause: Pause) {
    // Set once; a second wish is the same.
    let _ = PAUSE.set(pause);
}

/// The queue of the device that was opened last.
pub(super) fn follow(queue: &Queue) {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).replace(queue.clone());
}

/// What `work` gives, with empty submissions while it waits.
pub(crate) async fn nudged<T>(work: impl Future<Output = T>) -> T {
    let queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let (Some(pause), Some(queue)) = (PAUSE.get(), queue) else { return work.await };
    let mut work = pin!(work);
    let mut waiting = pause();
    poll_fn(|context| {
        if let Poll::Ready(value) = work.as_mut().poll(context) {
            return Poll::Ready(value);
        }
        while waiting.as_mut().poll(context).is_ready() {
            queue.submit([]);
            waiting = pause();
        }
        Poll::Pending
    })
    .await
}
