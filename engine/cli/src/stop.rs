//! Has the person asked to stop?

use crate::failure::Failure;
use crate::output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A wish to stop, raised by Ctrl-C or a termination signal.
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens from now on: the first signal is a wish, the second ends the program at once with exit code 130.
    ///
    /// # Errors
    /// If the system refuses the handler.
    pub fn listen() -> Result<Self, Failure> {
        let wish = Arc::new(AtomicBool::new(false));
        let raised = Arc::clone(&wish);
        let handler = move || {
            if raised.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
            output::tell("\nStopping after this step and writing everything; once more ends at once.");
        };
        ctrlc::set_handler(handler).map_err(|error| Failure::Failed(format!("could not listen for Ctrl-C: {error}")))?;
        Ok(Self(wish))
    }

    /// Whether a stop was asked for.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
