//! The weights: one flat vector, and named windows into it.
//!
//! All weights of a branch are one flat vector `theta`. An optimiser step, an exponential moving average or a checkpoint
//! is then a line of algebra, and the layers see named, shaped windows into it. The [`Layout`] is the table of windows.

use super::flat::{joined, moved_moments};
use crate::random::{Purpose, RngExt as _, stream};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use rand::RngExt;

/// Which window of the flat vector a layer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotId(usize);

/// Which running statistics a normalisation layer keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NormId(usize);

/// How a weight starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Uniform in `-1/sqrt(fan_in) ..= 1/sqrt(fan_in)`, PyTorch's default for convolutions and linear layers.
    FanIn(usize),
    /// Normal with mean 0 and variance `2 / fan_out`, as torchvision's ResNets start their convolutions (He et al. 2015, equation 14).
    FanOut(usize),
    /// The same value everywhere.
    Constant(f32),
    /// The identity of this many rows.
    Identity(usize),
}

/// A named, shaped window into the flat vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// Dotted name as PyTorch would have it: `encoder.stage1.conv.weight`.
    pub name: String,
    /// Shape in PyTorch's order.
    pub shape: Vec<usize>,
    /// First element in the flat vector.
    pub offset: usize,
    /// How it starts.
    pub init: Init,
}

impl Slot {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the window is empty (it never is).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Weight decay and LARS adaptation leave biases and normalisation weights alone: everything with one dimension.
    pub fn is_matrix(&self) -> bool {
        self.shape.len() > 1
    }
}

/// Running statistics of one normalisation layer.
#[derive(Clone, Debug, PartialEq)]
pub struct NormSlot {
    /// Dotted prefix: `encoder.stage1.norm`.
    pub name: String,
    /// Number of channels.
    pub channels: usize,
    /// First channel in the flat statistics.
    pub offset: usize,
}

/// The table of windows, in the order in which the layers were declared.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    slots: Vec<Slot>,
    norms: Vec<NormSlot>,
}

impl Layout {
    /// Declares a weight.
    pub fn weight(&mut self, name: impl Into<String>, shape: impl Into<Vec<usize>>, init: Init) -> SlotId {
        let slot = Slot { name: name.into(), shape: shape.into(), offset: self.len(), init };
        self.slots.push(slot);
        SlotId(self.slots.len() - 1)
    }

    /// The windows whose names begin with `prefix`, moved together.
    pub fn only(&self, prefix: &str) -> Self {
        let mut layout = Self::default();
        for slot in self.slots.iter().filter(|slot| slot.name.starts_with(prefix)) {
            layout.weight(slot.name.clone(), slot.shape.clone(), slot.init);
        }
        for norm in self.norms.iter().filter(|norm| norm.name.starts_with(prefix)) {
            layout.norm(norm.name.clone(), norm.channels);
        }
        layout
    }

    /// Declares the running statistics of a normalisation layer.
    pub fn norm(&mut self, name: impl Into<String>, channels: usize) -> NormId {
        let offset = self.channels();
        self.norms.push(NormSlot { name: name.into(), channels, offset });
        NormId(self.norms.len() - 1)
    }

    /// The windows.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The window of a weight.
    pub fn slot(&self, id: SlotId) -> &Slot {
        &self.slots[id.0]
    }

    /// The normalisation layers.
    pub fn norms(&self) -> &[NormSlot] {
        &self.norms
    }

    /// Length of the flat vector.
    pub fn len(&self) -> usize {
        self.slots.last().map_or(0, |slot| slot.offset + slot.len())
    }

    /// Whether nothing was declared.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Number of normalised channels over all layers.
    pub fn channels(&self) -> usize {
        self.norms.last().map_or(0, |norm| norm.offset + norm.channels)
    }

    /// The flat vector a run starts from. Each weight has its own stream, so that adding a layer leaves the others alone.
    pub fn initial(&self, seed: u64) -> Vec<f32> {
        let mut flat = Vec::with_capacity(self.len());
        for (index, slot) in self.slots.iter().enumerate() {
            match slot.init {
                Init::Constant(value) => flat.extend(std::iter::repeat_n(value, slot.len())),
                Init::Identity(rows) => {
                    flat.extend((0..slot.len()).map(|at| f32::from(u8::from(at / rows == at % rows))));
                }
                Init::FanIn(fan_in) => {
                    let bound = 1.0 / (fan_in as f32).sqrt();
                    let mut rng = stream(seed, Purpose::Weights, index as u64);
                    flat.extend((0..slot.len()).map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound));
                }
                Init::FanOut(fan_out) => {
                    let deviation = (2.0 / fan_out as f32).sqrt();
                    let mut rng = stream(seed, Purpose::Weights, index as u64);
                    flat.extend((0..slot.len()).map(|_| rng.normal() * deviation));
                }
            }
        }
        flat
    }
}

/// The windows of one flat vector, ready for a forward pass.
pub struct Weights {
    leaves: Vec<Tensor<1>>,
    shapes: Vec<Vec<usize>>,
}

impl Weights {
    /// Windows into `flat` that gradients flow to.
    pub fn tracked(layout: &Layout, flat: &Tensor<1>) -> Self {
        Self::windows(layout, flat, |leaf| leaf.autodiff().require_grad())
    }

    /// Windows into `flat` that count as constants among tensors with gradients.
    pub fn constant(layout: &Layout, flat: &Tensor<1>) -> Self {
        Self::windows(layout, flat, |leaf| leaf.autodiff())
    }

    /// Windows into `flat` without gradients.
    pub fn plain(layout: &Layout, flat: &Tensor<1>) -> Self {
        Self::windows(layout, flat, |leaf| leaf)
    }

    fn windows(layout: &Layout, flat: &Tensor<1>, prepare: impl Fn(Tensor<1>) -> Tensor<1>) -> Self {
        let window = |slot: &Slot| prepare(flat.clone().narrow(0, slot.offset, slot.len()));
        Self {
            leaves: layout.slots.iter().map(window).collect(),
            shapes: layout.slots.iter().map(|slot| slot.shape.clone()).collect(),
        }
    }

    /// The weight in its own shape.
    pub fn get<const D: usize>(&self, slot: SlotId) -> Tensor<D> {
        let shape: [usize; D] = std::array::from_fn(|axis| self.shapes[slot.0][axis]);
        self.leaves[slot.0].clone().reshape(shape)
    }

    /// The gradient as one flat vector; zero where none arrived.
    pub fn gradient(&self, gradients: &Gradients) -> Tensor<1> {
        joined(self.leaves.iter().map(|leaf| leaf.grad(gradients).unwrap_or_else(|| leaf.clone().inner().zeros_like())).collect())
    }
}

/// Running means and variances of all normalisation layers.
#[derive(Clone)]
pub struct Statistics {
    /// Layer by layer: its means, then its variances.
    flat: Tensor<1>,
}

/// What one normalisation layer saw in one batch.
pub struct Observed {
    /// The batch's mean of each channel, then the biased variance of each.
    pub moments: Tensor<1>,
    /// Number of positions averaged over.
    pub count: usize,
}

impl Observed {
    /// What layers saw on average over several groups of one size: the mean of means, and of variances within groups.
    pub fn mean(groups: &[Vec<Self>]) -> Vec<Self> {
        let layers = groups.first().map_or(0, Vec::len);
        let layer = |index: usize| {
            let all = groups.iter().map(|group| group[index].moments.clone());
            let moments = all.reduce(|sum, next| sum + next)?;
            let moments = if groups.len() == 1 { moments } else { moments / groups.len() as f32 };
            Some(Self { moments, count: groups[0][index].count })
        };
        (0..layers).filter_map(layer).collect()
    }
}

/// Share of the newest batch in the running statistics, PyTorch's default.
const MOMENTUM: f32 = 0.1;

impl Statistics {
    /// Mean 0 and variance 1 everywhere.
    pub fn new(layout: &Layout, device: &Device) -> Self {
        let layer = |norm: &NormSlot| [vec![0.0; norm.channels], vec![1.0; norm.channels]].concat();
        Self { flat: upload(layout.norms.iter().flat_map(layer).collect(), device) }
    }

    /// The running moments of one layer: its means, then its variances.
    pub fn of(&self, layout: &Layout, norm: NormId) -> Tensor<1> {
        let slot = &layout.norms[norm.0];
        self.flat.clone().narrow(0, 2 * slot.offset, 2 * slot.channels)
    }

    /// Folds in what every layer saw, in layout order. The running variance is the unbiased one, as PyTorch keeps it.
    pub fn observe(&mut self, observed: Vec<Observed>) {
        let unbiased = |seen: &Observed| seen.count as f32 / (seen.count as f32 - 1.0).max(1.0);
        let seen = observed.into_iter().map(|seen| (unbiased(&seen), seen.moments)).collect();
        self.flat = moved_moments(self.flat.clone(), seen, MOMENTUM);
    }

    /// From flat means and variances in the order of a layout.
    pub fn from_tensors(layout: &Layout, mean: &Tensor<1>, variance: &Tensor<1>) -> Self {
        let layer = |norm: &NormSlot| [mean, variance].map(|flat| flat.clone().narrow(0, norm.offset, norm.channels));
        if layout.norms.is_empty() {
            Self { flat: mean.clone() }
        } else {
            Self { flat: joined(layout.norms.iter().flat_map(layer).collect()) }
        }
    }

    /// Mean and variance as flat tensors in the order of a layout, for saving.
    pub fn tensors(&self, layout: &Layout) -> (Tensor<1>, Tensor<1>) {
        let part = |second: usize| {
            let window = |norm: &NormSlot| self.flat.clone().narrow(0, 2 * norm.offset + second * norm.channels, norm.channels);
            if layout.norms.is_empty() { self.flat.clone() } else { joined(layout.norms.iter().map(window).collect()) }
        };
        (part(0), part(1))
    }
}

/// A flat vector on a device.
pub fn upload(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let length = values.len();
    Tensor::from_data(TensorData::new(values, [length]), device)
}
