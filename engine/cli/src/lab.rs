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

    /// Sets up `experiment`, measures the untrained encoder and is then ready to [`advance`](Self::advance).
    pub fn begin(&mut self, experiment: Experiment, device: DeviceChoice) -> Vec<Event> {
        let mut events = block_on(self.0.obey(Command::Begin { experiment, device }));
        if events.iter().any(|event| matches!(event, Event::Began { .. })) {
            events.extend(block_on(self.0.obey(Command::Play)));
        }
        events
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
