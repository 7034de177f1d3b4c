//! The file of a trained network, and the file that a run goes on from.
//!
//! Both are safetensors files: every weight under its dotted name in PyTorch's shape, the running statistics as `*.running_mean` and
//! `*.running_var`, and notes in the header. The second one has everything else that the run remembers, too (docs/run-format.md).

use super::{Checkpoint, Trainer};
use crate::nn::upload;
use crate::pictures::KeptMoment;
use crate::state::{Counts, State};
use augsphere_spec::Fault;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What the names of kept moments begin with; their steps follow.
pub(super) const KEPT: &str = "kept.";

/// Where the whole numbers of a checkpoint stand among its notes.
pub const STATE: &str = "state";

impl Checkpoint {
    /// The weights and running statistics as a safetensors file; `experiment` is kept in its header.
    ///
    /// # Errors
    /// When the device failed, or the file could not be put together.
    pub async fn save(&self, experiment: String) -> Result<Vec<u8>, Fault> {
        let mut state = State::new(&self.network.layout);
        state.weights("", &self.theta);
        state.statistics(&self.statistics);
        let file = state.tensors().await.map_err(|error| self.device_fault(&error))?;
        with_notes(&file, &BTreeMap::from([("experiment", experiment), ("steps", self.step.to_string())]))
    }
}

impl Trainer {
    /// Everything that the run goes on from as a safetensors file, with notes in its header beside the whole numbers. The losses of all steps
    /// must have been read. `kept` are moments of the past that can then be gone back to.
    ///
    /// # Errors
    /// When the device failed, or the file could not be put together.
    pub async fn save(
        &self,
        kept: &[Rc<KeptMoment>],
        notes: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Vec<u8>, Fault> {
        let mut state = self.state();
        for moment in kept {
            state.rows(&format!("{KEPT}{}", moment.step), moment.dimension, &moment.embedding);
        }
        let counts = serde_json::to_string(state.counts()).map_err(|error| file_fault(&error))?;
        let file = state.tensors().await.map_err(|error| self.device_fault(&error))?;
        let notes = notes.into_iter().chain([(STATE, counts), ("steps", self.step.to_string())]);
        with_notes(&file, &notes.collect())
    }

    /// Everything that the run goes on from.
    fn state(&self) -> State {
        let mut state = State::new(&self.network.layout);
        state.weights("", &self.theta);
        state.statistics(&self.statistics);
        self.target.iter().for_each(|target| state.weights("target.", target));
        self.predictor.state(&mut state);
        self.method.state(&mut state);
        self.optimiser.state(&mut state);
        for baseline in self.baselines.get().into_iter().flatten() {
            state.tensor(&format!("baseline.{}", baseline.name), &upload(vec![baseline.value], &self.opened.device));
        }
        state.count("views_since", [self.views_since]);
        state
    }
}

/// The notes in the header of a safetensors file, and the whole numbers among them.
///
/// # Errors
/// If it is no such file.
pub fn notes(file: &[u8]) -> Result<(BTreeMap<String, String>, Counts), String> {
    let (_, metadata) = safetensors::SafeTensors::read_metadata(file).map_err(|error| error.to_string())?;
    let notes: BTreeMap<String, String> =
        metadata.metadata().iter().flatten().map(|(name, note)| (name.clone(), note.clone())).collect();
    let counts = notes.get(STATE).map(|counts| serde_json::from_str(counts).map_err(|error| error.to_string())).transpose()?;
    Ok((notes, counts.unwrap_or_default()))
}

/// The file with notes in its header, always in the same order: the library takes a map that has none.
fn with_notes(file: &[u8], notes: &BTreeMap<&str, String>) -> Result<Vec<u8>, Fault> {
    let strange = || file_fault(&"its header has an unknown form");
    let (length, rest) = file.split_first_chunk().ok_or_else(strange)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|error| file_fault(&error))?;
    let (header, contents) = rest.split_at_checked(length).ok_or_else(strange)?;
    let tensors = header.strip_prefix(b"{").ok_or_else(strange)?.trim_ascii_end();
    let notes = serde_json::to_string(notes).map_err(|error| file_fault(&error))?;
    let comma = if tensors == b"}" { "" } else { "," };
    let mut header = format!("{{\"__metadata__\":{notes}{comma}").into_bytes();
    header.extend_from_slice(tensors);
    // The contents begin at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    Ok([&(header.len() as u64).to_le_bytes()[..], &header, contents].concat())
}

fn file_fault(error: &dyn std::fmt::Display) -> Fault {
    Fault {
        what: format!("The weights could not be written as safetensors: {error}"),
        location: "encoder.safetensors".into(),
        remedy: "Please report this with the experiment: it should not happen.".into(),
        recoverable: true,
        settings: Vec::new(),
    }
}
