//! How does the terminal drive the engine? The only file here that names it.

use augsphere_engine::{Laboratory, block_on};
use augsphere_spec::{Catalogue, Command, DeviceChoice, Event, Experiment};
use std::time::Duration;

/// Everything that can be chosen.
pub fn catalogue() -> Catalogue {
    augsphere_engine::catalogue()
}

/// A laboratory that answers when it is done.
pub struct Lab(Laboratory);

impl Lab {
    /// A laboratory in which nothing runs yet.
    pub fn new() -> Self {
        Self(Laboratory::new())
    }

    /// Sets up `experiment` and measures the untrained encoder.
    pub fn begin(&mut self, experiment: Experiment, device: DeviceChoice) -> Vec<Event> {
        block_on(self.0.obey(Command::Begin { experiment, device }))
    }

    /// Trains for about `budget`, or to the experiment's last step.
    pub fn advance(&mut self, budget: Duration) -> Vec<Event> {
        block_on(self.0.advance(budget))
    }

    /// The weights as a safetensors file.
    pub fn save(&mut self) -> Vec<Event> {
        block_on(self.0.obey(Command::Save))
    }
}
