//! What an experiment will cost, worked out before it is prepared: from the shapes of its network, the number of its images, and how fast
//! this device was when it was last looked at.

use crate::device::{ComputeDevice, DeviceKind};
use crate::memory::{self, Counts};
use crate::methods;
use crate::nn::{Geometry, conv_norm_fixed};
use crate::readback::read_one;
use crate::trainer::{Network, measured, step_multiply_adds};
use augsphere_spec::{Estimate, Experiment, RunId};
use burn::tensor::Tensor;
use web_time::Instant;

/// Images drawn a second, and comparisons of validation images with the bank: a browser's, to be on the safe side.
const DRAWN_A_SECOND: f32 = 12_000.0;
const COMPARED_A_SECOND: f64 = 4e8;

/// Shape of the convolution that a device is timed with: images, their side, channels.
const PROBE: [usize; 3] = [8, 16, 64];

/// Multiplications a second, as they were last measured on each kind of device.
#[derive(Clone, Default)]
pub(super) struct Rates {
    /// In the measures.
    evaluated: [Option<f64>; 3],
    /// In training.
    trained: [Option<f64>; 3],
}

/// Multiplications a second that may be expected.
pub(super) struct Speed {
    evaluating: f64,
    training: f64,
}

fn place(kind: DeviceKind) -> usize {
    match kind {
        DeviceKind::Cpu => 0,
        DeviceKind::Gpu => 1,
        DeviceKind::Cuda => 2,
    }
}

impl Rates {
    /// Notes how fast measures were.
    pub fn evaluated(&mut self, kind: DeviceKind, rate: f64) {
        self.evaluated[place(kind)] = Some(rate).filter(|rate| rate.is_finite() && *rate > 0.0);
    }

    /// Notes how fast training was.
    pub fn trained(&mut self, kind: DeviceKind, rate: f64) {
        self.trained[place(kind)] = Some(rate).filter(|rate| rate.is_finite() && *rate > 0.0);
    }
}

/// How fast a device is: as it was last, or as fast as one convolution takes.
///
/// # Errors
/// What the device says if it fails.
pub(super) async fn speed(opened: &ComputeDevice, rates: &Rates) -> Result<Speed, String> {
    let (evaluated, trained) = (rates.evaluated[place(opened.kind)], rates.trained[place(opened.kind)]);
    let guess = match (evaluated, trained) {
        (Some(_), Some(_)) => 0.0,
        (Some(rate), None) | (None, Some(rate)) => rate,
        (None, None) => probe(opened).await?,
    };
    Ok(Speed { evaluating: evaluated.unwrap_or(guess), training: trained.unwrap_or(guess) })
}

/// Multiplications a second in one convolution, the second time it runs: the first time may compile it.
async fn probe(opened: &ComputeDevice) -> Result<f64, String> {
    let [images, side, channels] = PROBE;
    let device = &opened.device;
    let (ones, zeros) = (Tensor::<1>::ones([channels], device), Tensor::<1>::zeros([channels], device));
    let x = Tensor::<4>::ones([images, side, side, channels], device);
    let weight = Tensor::<4>::ones([channels, channels, 3, 3], device);
    let moments = Tensor::cat(vec![zeros.clone(), ones.clone()], 0);
    let mut seconds = 1.0;
    for _ in 0..2 {
        let begun = Instant::now();
        let geometry = Geometry { stride: 1, relu: true };
        let out = conv_norm_fixed(x.clone(), weight.clone(), ones.clone(), zeros.clone(), moments.clone(), geometry);
        read_one(out.sum()).await?;
        seconds = begun.elapsed().as_secs_f64();
    }
    Ok((images * side * side * channels * channels * 9) as f64 / seconds.max(1e-6))
}

/// The cost of an experiment that is at step 0.
pub(super) fn estimate(run: RunId, experiment: &Experiment, opened: &ComputeDevice, speed: &Speed) -> Estimate {
    let counts = Counts::asked(experiment);
    let Counts { train, validation, test, side, .. } = counts;
    let choice = experiment.choice("method").cloned().unwrap_or_default();
    let method = methods::build(&choice, experiment.seed, train);
    let (network, _) = Network::new(experiment, method.needs(), 10, &opened.device);
    let cost = network.cost(side);
    let step = step_multiply_adds(experiment, cost) as f64;
    let images = measured(experiment, counts);
    let drawn =
        if experiment.choice("data").is_some_and(|choice| choice.kind == "shapes") { train + validation + test } else { 0 };
    let bank = images.saturating_sub(validation as u64) as f64;
    let compared = validation as f64 * bank * network.width() as f64;
    let measures = (images * cost.multiply_adds) as f64 / speed.evaluating;
    // The gradient's anatomy takes one way forward with the batch.
    let anatomy = step / 3.0 / speed.training;
    Estimate {
        run,
        prepare_seconds: drawn as f32 / DRAWN_A_SECOND + (measures + anatomy + compared / COMPARED_A_SECOND) as f32,
        step_seconds: (step / speed.training) as f32,
        memory: memory::estimate(experiment, counts).on_host(opened.kind),
    }
}
