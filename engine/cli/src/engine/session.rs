//! One run, by a session that answers when it is asked.

use super::{DeviceRequest, WeightsFile};
use crate::failure::Failure;
use augsphere_engine::{Session, block_on};
use augsphere_spec::{Command, Event, Experiment, RunId, Value};
use std::time::Duration;

/// The one run of a session.
const RUN: RunId = RunId(1);

/// One run, by a session that answers when it is asked.
pub struct Engine {
    session: Session,
    began: bool,
}

impl Engine {
    /// Begins to set up `experiment` with random weights, or with the encoder of a file; [`advance`](Self::advance) goes on with it until
    /// [`began`](Self::began), and then trains.
    pub fn begin(experiment: Experiment, encoder: Option<Vec<u8>>, device: DeviceRequest) -> (Self, Vec<Event>) {
        Self::set_up(Command::Begin { run: RUN, experiment, device: device.choice, encoder }, device.adapter)
    }

    /// Begins to set up a run that goes on from a checkpoint, with some values changed there.
    pub fn resume(file: Vec<u8>, changes: Vec<(String, Value)>, device: DeviceRequest) -> (Self, Vec<Event>) {
        Self::set_up(Command::Resume { run: RUN, file, device: device.choice, changes }, device.adapter)
    }

    fn set_up(command: Command, adapter: Option<String>) -> (Self, Vec<Event>) {
        let mut engine = Self { session: Session::with_adapter(adapter), began: false };
        let events = block_on(engine.session.handle(command));
        let events = engine.heard(events);
        (engine, events)
    }

    /// Withdraws what is being set up.
    pub fn cancel(&mut self) -> Vec<Event> {
        block_on(self.session.handle(Command::Cancel))
    }

    /// Whether the experiment is set up and trains.
    pub fn began(&self) -> bool {
        self.began
    }

    /// Whether [`advance`](Self::advance) has anything to do.
    pub fn busy(&self) -> bool {
        self.session.busy()
    }

    /// Whether training waits for measures that are due.
    pub fn measuring(&self) -> bool {
        self.session.measuring()
    }

    /// Goes on for about `budget`: sets up, or trains to the experiment's last step.
    pub fn advance(&mut self, budget: Duration) -> Vec<Event> {
        let events = block_on(self.session.advance(budget));
        self.heard(events)
    }

    fn heard(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        if events.iter().any(|event| matches!(event, Event::Began { .. })) {
            self.began = true;
            events.extend(block_on(self.session.handle(Command::Play)));
        }
        events
    }

    /// The weights as a safetensors file; once the run has ended with a fault, those that were measured last.
    ///
    /// # Errors
    /// If the device has failed, or some weights are not finite.
    pub fn weights(&mut self) -> Result<WeightsFile, Failure> {
        self.file(Command::Save)
    }

    /// Everything that the run goes on from as a safetensors file.
    ///
    /// # Errors
    /// If the device has failed, the run has ended with a fault, or some numbers are not finite.
    pub fn checkpoint(&mut self) -> Result<WeightsFile, Failure> {
        self.file(Command::Checkpoint)
    }

    fn file(&mut self, command: Command) -> Result<WeightsFile, Failure> {
        for event in block_on(self.session.handle(command)) {
            match event {
                Event::Weights { bytes, .. } | Event::Checkpoint { file: bytes, .. } => {
                    return WeightsFile::read(bytes).map_err(|why| {
                        Failure::Failed(format!(
                            "what the run would keep {why}\n  next: lower the learning rate, raise the temperature, or set the gradient \
                             guard (train.clip) to about 10"
                        ))
                    });
                }
                Event::Fault(fault) => return Err((&fault).into()),
                _ => {}
            }
        }
        Err(Failure::Failed("the engine did not hand over the weights and did not say why".into()))
    }
}
