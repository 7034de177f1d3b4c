//! Files of weights and checkpoints: whether they are whole, of which step and experiment they are.

use augsphere_engine::trainer::notes;
use augsphere_spec::{Catalogue, Change, Experiment, RUN_FORMAT, Value};
use safetensors::SafeTensors;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A safetensors file of weights: of an encoder, or a checkpoint.
pub struct WeightsFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// After so many steps.
    pub step: u64,
    notes: BTreeMap<String, String>,
}

impl WeightsFile {
    /// Looks at the whole file: its header, and that every number (they are 32-bit floats) is finite.
    ///
    /// # Errors
    /// Why it cannot be used, the end of a sentence that begins with the name of the file.
    pub fn read(bytes: Vec<u8>) -> Result<Self, String> {
        let broken = |error: &dyn std::fmt::Display| format!("is no whole safetensors file: {error}");
        let tensors = SafeTensors::deserialize(&bytes).map_err(|error| broken(&error))?;
        let (notes, _) = notes(&bytes).map_err(|error| broken(&error))?;
        if let Some(format) = notes.get("format").and_then(|format| format.parse::<u32>().ok()).filter(|&it| it > RUN_FORMAT) {
            return Err(format!("was written by a newer version (format {format}, this one reads up to {RUN_FORMAT}): update"));
        }
        let step = notes.get("steps").and_then(|steps| steps.parse().ok()).unwrap_or_default();
        for (name, tensor) in tensors.iter() {
            let (values, odd) = tensor.data().as_chunks();
            if tensor.dtype() == safetensors::Dtype::F32
                && (!odd.is_empty() || values.iter().any(|value| !f32::from_le_bytes(*value).is_finite()))
            {
                return Err(format!("holds numbers in {name} that are not finite, after step {step}"));
            }
        }
        Ok(Self { bytes, step, notes })
    }

    /// Whether a tensor of this name is in it.
    pub fn has(&self, name: &str) -> bool {
        SafeTensors::deserialize(&self.bytes).is_ok_and(|tensors| tensors.tensor(name).is_ok())
    }

    /// The experiment as it was at its step, if it says so.
    pub fn experiment(&self, catalogue: &Catalogue) -> Option<Experiment> {
        // A checkpoint says it outright; an encoder keeps the beginning and the changes since.
        if let Some(now) = self.notes.get("now") {
            return catalogue.read_toml(now).ok();
        }
        let began = self.notes.get("experiment")?;
        let began = catalogue.read_json(began).or_else(|_| catalogue.read_toml(began)).ok()?;
        Some(Experiment { changes: Vec::new(), ..catalogue.after(&began, self.step) })
    }
}

/// A file that a run goes on from.
pub struct CheckpointFile {
    /// The file.
    pub weights: WeightsFile,
    /// The experiment as it began, with what was planned.
    pub began: Experiment,
    /// Changes that had been made.
    pub changes: Vec<Change>,
    /// Whether the measures of its step had been taken.
    pub measured: bool,
}

impl CheckpointFile {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// As [`WeightsFile::read`], or if it is no checkpoint.
    pub fn read(catalogue: &Catalogue, bytes: Vec<u8>) -> Result<Self, String> {
        let weights = WeightsFile::read(bytes)?;
        let note = |name: &str| weights.notes.get(name).ok_or_else(|| format!("has no {name} in its header"));
        if note("kind").is_ok_and(|kind| kind != "checkpoint") || note("kind").is_err() {
            return Err("is no checkpoint but only weights, which a new run can begin with".into());
        }
        let began = catalogue.read_toml(note("experiment")?).map_err(|mistakes| format!("has {mistakes}"))?;
        let changes = serde_json::from_str(note("changes")?).map_err(|error| format!("has unreadable changes: {error}"))?;
        let measured = note("measured")? != "nothing";
        Ok(Self { began, changes, measured, weights })
    }

    /// After so many steps.
    pub fn step(&self) -> u64 {
        self.weights.step
    }

    /// The experiment as it is there, with the changes that led there.
    ///
    /// # Errors
    /// If its header does not say.
    pub fn now(&self, catalogue: &Catalogue) -> Result<Experiment, String> {
        let now = self.weights.experiment(catalogue).ok_or("has no experiment in its header that this version reads")?;
        Ok(Experiment { changes: self.changes.clone(), ..now })
    }

    /// The same with its images at another path: they are the same ones, moved.
    ///
    /// # Errors
    /// If its data are not read from a path.
    pub fn with_data_at(self, catalogue: &Catalogue, path: &str) -> Result<Self, String> {
        let moved = |name: &str| -> Result<String, String> {
            let text = self.weights.notes.get(name).map_or("", String::as_str);
            let experiment = catalogue.read_toml(text).map_err(|mistakes| mistakes.to_string())?;
            let change = [("data.path".to_owned(), Value::Text(path.to_owned()))];
            let with = catalogue.with(&experiment, &change).map_err(|mistakes| mistakes.to_string())?;
            Ok(catalogue.write_toml(&Experiment { changes: experiment.changes, ..with }))
        };
        let moved = vec![("experiment", moved("experiment")?), ("now", moved("now")?)];
        let bytes = with_notes(&self.weights.bytes, moved).ok_or("has a header of an unknown form")?;
        Self::read(catalogue, bytes)
    }
}

/// A safetensors file with some notes in its header added or replaced; nothing if it is none.
pub fn with_notes(file: &[u8], replaced: Vec<(&str, String)>) -> Option<Vec<u8>> {
    let (length, rest) = file.split_first_chunk()?;
    let (header, contents) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let mut header: Json = serde_json::from_slice(header).ok()?;
    for (name, note) in replaced {
        header["__metadata__"][name] = note.into();
    }
    let mut header = header.to_string().into_bytes();
    // The contents begin at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    Some([&(header.len() as u64).to_le_bytes()[..], &header, contents].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;
    use std::collections::HashMap;

    /// A file of one tensor with these numbers and notes.
    fn file(values: &[f32], notes: &[(&str, &str)]) -> Vec<u8> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let tensor = TensorView::new(safetensors::Dtype::F32, vec![values.len()], &bytes).expect("a tensor");
        let notes: HashMap<String, String> = notes.iter().map(|(name, note)| ((*name).into(), (*note).into())).collect();
        safetensors::serialize([("encoder.a", tensor)], Some(notes)).expect("a file")
    }

    fn why(bytes: Vec<u8>) -> String {
        WeightsFile::read(bytes).err().unwrap_or_default()
    }

    #[test]
    fn weights_that_are_not_finite_are_refused() {
        let sound = WeightsFile::read(file(&[0.0, -1.5, f32::MAX], &[("steps", "12")])).expect("finite");
        assert_eq!(sound.step, 12);
        assert!(sound.has("encoder.a") && !sound.has("encoder.b"));
        for values in [[0.0, f32::NAN], [f32::INFINITY, 0.0]] {
            let why = why(file(&values, &[("steps", "12")]));
            assert!(why.contains("encoder.a") && why.contains("after step 12"), "{why}");
        }
    }

    #[test]
    fn damaged_foreign_and_newer_files_are_refused() {
        let sound = file(&[0.0, 1.0], &[]);
        for bytes in [vec![255; 12], Vec::new(), sound[..sound.len() - 1].to_vec(), b"a text".to_vec()] {
            assert!(why(bytes).contains("no whole safetensors file"));
        }
        assert!(why(file(&[0.0], &[("format", "2")])).contains("newer version (format 2"));
        let catalogue = augsphere_engine::catalogue();
        let no_checkpoint = CheckpointFile::read(&catalogue, sound).err().unwrap_or_default();
        assert!(no_checkpoint.contains("no checkpoint"), "{no_checkpoint}");
    }

    #[test]
    fn data_may_have_moved() {
        let catalogue = augsphere_engine::catalogue();
        let experiment = "[data]\nkind = \"cifar10\"\npath = \"old.tar\"\n[method]\ntemperature = 0.2\n";
        let notes =
            [("kind", "checkpoint"), ("experiment", experiment), ("now", experiment), ("changes", "[]"), ("measured", "routine")];
        let read = CheckpointFile::read(&catalogue, file(&[1.0, 2.0], &notes)).expect("a checkpoint");
        let moved = read.with_data_at(&catalogue, "new.tar").expect("data with a path");
        for experiment in [moved.now(&catalogue).expect("an experiment"), moved.began] {
            assert_eq!(experiment.get("data.path"), Some("new.tar".into()));
            assert_eq!(experiment.get("method.temperature"), Some(Value::Float(0.2)));
        }
    }
}
