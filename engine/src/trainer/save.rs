//! The file of a trained network.
//!
//! As one safetensors file: every weight under its dotted name in PyTorch's shape, the running statistics as
//! `*.running_mean` and `*.running_var`, and the experiment in the header.

use super::Checkpoint;
use crate::readback::read;
use augsphere_spec::Fault;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;

impl Checkpoint {
    /// The weights and running statistics as a safetensors file; `experiment` is kept in its header.
    ///
    /// # Errors
    /// When the device failed, or the file could not be put together.
    pub async fn save(&self, experiment: String) -> Result<Vec<u8>, Fault> {
        let (mean, variance) = self.statistics.tensors(&self.network.layout);
        let values = read(vec![self.theta.clone(), mean, variance]).await.map_err(|error| self.device_fault(&error))?;
        let bytes: Vec<Vec<u8>> =
            values.iter().map(|values| values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
        let layout = &self.network.layout;
        let windows = layout.slots().iter().map(|slot| (slot.name.clone(), slot.shape.clone(), 0, slot.offset));
        let running = |kind: &'static str, source: usize| {
            layout.norms().iter().map(move |norm| (format!("{}.{kind}", norm.name), vec![norm.channels], source, norm.offset))
        };
        let mut views = Vec::new();
        for (name, shape, source, offset) in windows.chain(running("running_mean", 1)).chain(running("running_var", 2)) {
            let length: usize = shape.iter().product();
            let view = TensorView::new(Dtype::F32, shape, &bytes[source][4 * offset..4 * (offset + length)])
                .map_err(|error| file_fault(&error))?;
            views.push((name, view));
        }
        let file = safetensors::serialize(views, None).map_err(|error| file_fault(&error))?;
        let steps = self.step.to_string();
        with_notes(&file, &BTreeMap::from([("experiment", experiment.as_str()), ("steps", &steps)]))
    }
}

/// The file with notes in its header, always in the same order: the library takes a map that has none.
fn with_notes(file: &[u8], notes: &BTreeMap<&str, &str>) -> Result<Vec<u8>, Fault> {
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
