//! The state of a run as named tensors and counts: what a checkpoint file holds, and what parts of a run are restored from.
//!
//! Randomness is a function of seed, purpose and step, so there is no state of a generator.

use crate::nn::{Layout, Statistics, upload};
use crate::readback::read;
use augsphere_spec::Fault;
use burn::tensor::{Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::BTreeMap;

/// Whole numbers by name: counters, and where things stand in a ring.
pub type Counts = BTreeMap<String, Vec<u64>>;

/// Name, shape, and where its values stand: the number of a source and its first element there.
type Window = (String, Vec<usize>, usize, usize);

/// No count of a run comes near this one, and all that is done with counts fits into 32 bits below it.
pub const MOST: usize = 1 << 30;

/// A whole number of a file as a size; what no run has becomes [`MOST`].
pub fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(MOST).min(MOST)
}

/// The numbers of a tensor on the host, and its shape.
type Values = (Vec<f32>, Vec<usize>);

/// What parts of a run have kept. Tensors stay on their device until [`State::tensors`] reads all of them at once.
#[derive(Default)]
pub struct State {
    layout: Layout,
    sources: Vec<Tensor<1>>,
    windows: Vec<Window>,
    /// What is on the host already: names, shapes and values.
    host: Vec<(String, Vec<usize>, Vec<f32>)>,
    counts: Counts,
}

impl State {
    /// Nothing yet, of a network with this layout.
    pub fn new(layout: &Layout) -> Self {
        Self { layout: layout.clone(), ..Self::default() }
    }

    /// Keeps a tensor of any shape.
    pub fn tensor<const D: usize>(&mut self, name: &str, tensor: &Tensor<D>) {
        let (shape, length) = (tensor.dims().to_vec(), tensor.shape().num_elements());
        self.windows.push((name.to_owned(), shape, self.sources.len(), 0));
        self.sources.push(tensor.clone().reshape([length]));
    }

    /// Keeps a flat vector `[parameters]`, one tensor a weight: `prefix` and the weight's own name.
    pub fn weights(&mut self, prefix: &str, flat: &Tensor<1>) {
        let source = self.sources.len();
        let window = |slot: &crate::nn::Slot| (format!("{prefix}{}", slot.name), slot.shape.clone(), source, slot.offset);
        self.windows.extend(self.layout.slots().iter().map(window));
        self.sources.push(flat.clone());
    }

    /// Keeps a matrix that is on the host, row by row, with so many columns.
    pub fn rows(&mut self, name: &str, columns: usize, values: &[f32]) {
        self.host.push((name.to_owned(), vec![values.len() / columns.max(1), columns], values.to_vec()));
    }

    /// Keeps running means and variances under the names of their layers.
    pub fn statistics(&mut self, statistics: &Statistics) {
        let (mean, variance) = statistics.tensors(&self.layout);
        for (kind, flat) in [("running_mean", mean), ("running_var", variance)] {
            let source = self.sources.len();
            let window = |norm: &crate::nn::NormSlot| (format!("{}.{kind}", norm.name), vec![norm.channels], source, norm.offset);
            self.windows.extend(self.layout.norms().iter().map(window));
            self.sources.push(flat);
        }
    }

    /// Keeps whole numbers.
    pub fn count(&mut self, name: &str, values: impl IntoIterator<Item = u64>) {
        self.counts.insert(name.to_owned(), values.into_iter().collect());
    }

    /// The whole numbers.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The tensors as a safetensors file without notes.
    ///
    /// # Errors
    /// What the device says when it has failed, or the writer of such files.
    pub async fn tensors(self) -> Result<Vec<u8>, String> {
        let values = read(self.sources).await?;
        let little_endian = |values: &Vec<f32>| values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let mut windows = self.windows;
        let mut bytes: Vec<Vec<u8>> = values.iter().map(little_endian).collect();
        for (name, shape, values) in self.host {
            windows.push((name, shape, bytes.len(), 0));
            bytes.push(little_endian(&values));
        }
        let view = |(name, shape, source, offset): Window| {
            let length: usize = shape.iter().product();
            let view = TensorView::new(Dtype::F32, shape, &bytes[source][4 * offset..4 * (offset + length)]);
            view.map(|view| (name, view)).map_err(|error| error.to_string())
        };
        let views = windows.into_iter().map(view).collect::<Result<Vec<_>, _>>()?;
        safetensors::serialize(views, None).map_err(|error| error.to_string())
    }
}

/// The state in a file, to restore from.
pub struct Stored<'a> {
    tensors: SafeTensors<'a>,
    counts: Counts,
    layout: &'a Layout,
    device: &'a Device,
}

impl<'a> Stored<'a> {
    /// The state in a safetensors file, for a network with this layout on this device; `counts` are the whole numbers in its header.
    ///
    /// # Errors
    /// If it is no such file.
    pub fn read(file: &'a [u8], counts: Counts, layout: &'a Layout, device: &'a Device) -> Result<Self, Fault> {
        let tensors =
            SafeTensors::deserialize(file).map_err(|error| unfitting(&format!("it is no safetensors file: {error}")))?;
        Ok(Self { tensors, counts, layout, device })
    }

    /// Where its tensors go.
    pub fn device(&self) -> &Device {
        self.device
    }

    /// The values of a tensor with this shape, if it is there; every one of them is finite.
    fn values(&self, name: &str, shape: Option<&[usize]>) -> Result<Option<Values>, Fault> {
        let Ok(found) = self.tensors.tensor(name) else { return Ok(None) };
        if found.dtype() != Dtype::F32 || shape.is_some_and(|shape| found.shape() != shape) {
            let (kind, form, wanted) = (found.dtype(), found.shape(), shape.unwrap_or(found.shape()));
            return Err(unfitting(&format!("{name} is {kind:?} {form:?} there, and F32 {wanted:?} here")));
        }
        let values = found.data().as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four));
        let values: Vec<f32> = values.collect();
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(unfitting(&format!("number {index} of {name} is none"))),
            None => Ok(Some((values, found.shape().to_vec()))),
        }
    }

    /// A tensor with `D` axes, if it is there.
    ///
    /// # Errors
    /// If it has another number of axes, other than 32-bit floats, or numbers that are not finite.
    pub fn tensor<const D: usize>(&self, name: &str) -> Result<Option<Tensor<D>>, Fault> {
        let Some((values, shape)) = self.values(name, None)? else { return Ok(None) };
        match <[usize; D]>::try_from(shape) {
            Ok(shape) if !values.is_empty() => Ok(Some(upload(values, self.device).reshape(shape))),
            Ok(_) => Err(unfitting(&format!("{name} is empty"))),
            Err(shape) => Err(unfitting(&format!("{name} has {} axes there, and {D} here", shape.len()))),
        }
    }

    /// A matrix with so many columns, if it is there.
    ///
    /// # Errors
    /// As [`Stored::tensor`], or if it has other columns or, where that is said, other rows.
    pub fn matrix(&self, name: &str, rows: Option<usize>, columns: Option<usize>) -> Result<Option<Tensor<2>>, Fault> {
        let found = self.tensor::<2>(name)?;
        let dims = found.as_ref().map_or([0, 0], Tensor::dims);
        let fits = |wanted: Option<usize>, found: usize| wanted.is_none_or(|wanted| wanted == found);
        if found.is_some() && !(fits(rows, dims[0]) && fits(columns, dims[1])) {
            let wanted = |size: Option<usize>| size.map_or_else(|| "any".to_owned(), |size| size.to_string());
            return Err(unfitting(&format!("{name} is {dims:?} there, and [{}, {}] here", wanted(rows), wanted(columns))));
        }
        Ok(found)
    }

    /// A flat vector `[parameters]` that [`State::weights`] kept under this prefix, if its first weight is there.
    ///
    /// # Errors
    /// If another one of its weights is missing, has another shape, or holds what is not finite.
    pub fn weights(&self, prefix: &str) -> Result<Option<Tensor<1>>, Fault> {
        let named = |slot: &crate::nn::Slot| format!("{prefix}{}", slot.name);
        let there = self.layout.slots().first().is_some_and(|slot| self.tensors.tensor(&named(slot)).is_ok());
        if !there && !prefix.is_empty() {
            return Ok(None);
        }
        let mut flat = Vec::with_capacity(self.layout.len());
        for slot in self.layout.slots() {
            let name = named(slot);
            let found = self.values(&name, Some(&slot.shape))?;
            flat.extend(found.ok_or_else(|| unfitting(&format!("it has no {name}")))?.0);
        }
        Ok(Some(upload(flat, self.device)))
    }

    /// The weights of the network.
    ///
    /// # Errors
    /// As [`Stored::weights`].
    pub fn theta(&self) -> Result<Tensor<1>, Fault> {
        // Without a prefix what is missing is named.
        Ok(self.weights("")?.unwrap_or_else(|| upload(Vec::new(), self.device)))
    }

    /// Running statistics; nothing for a network that has none.
    ///
    /// # Errors
    /// If those of a layer are missing or have another shape.
    pub fn statistics(&self) -> Result<Option<Statistics>, Fault> {
        if self.layout.norms().is_empty() {
            return Ok(None);
        }
        let mut moments = [Vec::new(), Vec::new()];
        for norm in self.layout.norms() {
            for (kind, moments) in ["running_mean", "running_var"].iter().zip(&mut moments) {
                let name = format!("{}.{kind}", norm.name);
                let found = self.values(&name, Some(&[norm.channels]))?;
                moments.extend(found.ok_or_else(|| unfitting(&format!("it has no {name}")))?.0);
            }
        }
        let [mean, variance] = moments.map(|moments| upload(moments, self.device));
        Ok(Some(Statistics::from_tensors(self.layout, &mean, &variance)))
    }

    /// Matrices whose names are `prefix` and a number, on the host, the numbers rising: the number, the columns, and the values row by row.
    ///
    /// # Errors
    /// If one of them is no matrix of finite numbers.
    pub fn numbered(&self, prefix: &str) -> Result<Vec<(u64, usize, Vec<f32>)>, Fault> {
        let numbers = self.tensors.names().into_iter().filter_map(|name| name.strip_prefix(prefix)?.parse::<u64>().ok());
        let mut numbers: Vec<u64> = numbers.collect();
        numbers.sort_unstable();
        let read = |number: u64| {
            let name = format!("{prefix}{number}");
            let Some((values, shape)) = self.values(&name, None)? else { return Ok(None) };
            match shape[..] {
                [_, columns] if !values.is_empty() => Ok(Some((number, columns, values))),
                _ => Err(unfitting(&format!("{name} is no matrix"))),
            }
        };
        numbers.into_iter().filter_map(|number| read(number).transpose()).collect()
    }

    /// Whole numbers that [`State::count`] kept.
    pub fn counts(&self, name: &str) -> &[u64] {
        self.counts.get(name).map_or(&[], Vec::as_slice)
    }

    /// A whole number that [`State::count`] kept, at most [`MOST`]; 0 if it is not there.
    pub fn count(&self, name: &str) -> usize {
        self.counts(name).first().map_or(0, |&count| size(count))
    }

    /// Single numbers whose names begin with `prefix`, by the rest of their names.
    ///
    /// # Errors
    /// If one of them is not finite or no number.
    pub fn numbers(&self, prefix: &str) -> Result<Vec<(String, f32)>, Fault> {
        let names = self.tensors.names().into_iter().filter_map(|name| name.strip_prefix(prefix));
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        let number = |name: String| {
            let found = self.values(&format!("{prefix}{name}"), Some(&[1]))?;
            Ok(found.and_then(|(values, _)| values.first().copied()).map(|value| (name, value)))
        };
        names.into_iter().filter_map(|name| number(name).transpose()).collect()
    }
}

/// A file that does not fit the network, with the reason.
pub fn unfitting(why: &str) -> Fault {
    Fault {
        what: format!("The weights do not fit this network: {why}."),
        location: "weights".into(),
        remedy: "Take the weights and the experiment of one and the same run.".into(),
        recoverable: true,
        settings: Vec::new(),
    }
}
