//! Training steps of SimCLR on random images that are already on the device.
//!
//! Both views forward as one batch of `2N`, NT-Xent, backward, SGD; the loss is read back after every step, as in
//! `tests/peers/pytorch/step.py`.

use super::counted::Counted;
use super::{Limits, SIDE, Scope, Times, leave_out, release, share, significant};
use crate::catalogue;
use crate::datasets::{self, DroppedArchives};
use crate::device::{ComputeDevice, DeviceKind};
use crate::memory::{self, Counts, Room};
use crate::methods;
use crate::pace::Pace;
use crate::random::{Purpose, RngExt as _, stream};
use crate::trainer::{Network, Trainer, step_multiply_adds};
use augsphere_spec::{DeviceBench, Experiment, StepBench, Value};
use burn::tensor::{Device, Tensor, TensorData};
use std::cell::RefCell;
use std::rc::Rc;
use web_time::Instant;

/// Steps of fewer seconds are warmed up and timed many times; of longer ones a few say as much.
const SHORT: f64 = 0.1;
const MANY: usize = 40;
const FEW: usize = 10;

/// A step is not begun if so many do not fit into the time that is left.
const WORTH: f64 = 3.0;

/// The share of the matrix multiplication that a step is thought to reach before one has been measured.
const SHARE: f64 = 0.01;

/// The experiment of a row: `tiny`, `small`, `base` or `resnet18` with so many images a step.
fn experiment(encoder: &str, images: usize) -> Result<Experiment, String> {
    let catalogue = catalogue();
    let images = i64::try_from(images).map_err(|error| error.to_string())?;
    let encoder = match encoder {
        "resnet18" => ("encoder.kind", Value::from("resnet18")),
        size => ("encoder.size", Value::from(size)),
    };
    let changes = [
        encoder,
        ("data.train", Value::Int(images.max(16))),
        ("data.validation", Value::Int(16)),
        ("data.test", Value::Int(16)),
        ("data.side", Value::Int(SIDE as i64)),
        ("projector.hidden", Value::Int(128)),
        ("projector.dimension", Value::Int(64)),
        ("method.kind", Value::from("simclr")),
        ("method.temperature", Value::Float(0.5)),
        ("optimiser.kind", Value::from("sgd")),
        ("optimiser.learning_rate", Value::Float(0.05)),
        ("optimiser.momentum", Value::Float(0.9)),
        ("optimiser.weight_decay", Value::Float(5e-4)),
        ("train.batch", Value::Int(images)),
        ("train.warmup", Value::Int(0)),
        ("train.schedule", Value::from("constant")),
    ]
    .map(|(path, value)| (path.to_owned(), value));
    catalogue.with(&catalogue.default_experiment(), &changes).map_err(|mistakes| mistakes.to_string())
}

/// SimCLR with an encoder (`tiny`, `small`, `base` or `resnet18`) and so many images of 32 x 32 a step.
///
/// # Errors
/// An encoder that is not there, or a batch that does not fit.
pub fn trainer(encoder: &str, images: usize, opened: &ComputeDevice) -> Result<Trainer, String> {
    let experiment = experiment(encoder, images)?;
    let choice = experiment.choice("data").cloned().unwrap_or_default();
    let data = datasets::load(&choice, 0, &DroppedArchives::default()).map_err(|error| error.to_string())?;
    Trainer::new(experiment, Rc::new(data), opened).map_err(|fault| fault.what)
}

/// Both views of `images` images, of random numbers: `[2 images, 32, 32, 3]`.
pub fn random_views(images: usize, opened: &ComputeDevice) -> Tensor<4> {
    let mut rng = stream(0, Purpose::SelfTest, 0);
    let shape = [2 * images, SIDE, SIDE, 3];
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal()).collect();
    Tensor::from_data(TensorData::new(values, shape), &opened.device)
}

/// Seconds of steps on the same views, the loss of each read back.
///
/// # Errors
/// What the device says, or a loss that is no number.
pub async fn steps(trainer: &mut Trainer, views: &Tensor<4>, limits: Limits, pace: &Pace) -> Result<Times, String> {
    Times::of(limits, pace, async || step(trainer, views).await).await
}

async fn step(trainer: &mut Trainer, views: &Tensor<4>) -> Result<(), String> {
    trainer.step_on(views.clone());
    match trainer.read_losses().await {
        (_, Some(failure)) => Err(failure.fault().what),
        _ => Ok(()),
    }
}

/// A row that is to be measured.
struct Plan {
    encoder: String,
    batch: usize,
    /// Additions and multiplications of a step.
    operations: f64,
    /// Bytes of it, or why it does not fit.
    memory: Result<u64, String>,
}

impl Plan {
    fn new(encoder: &str, batch: usize, opened: &ComputeDevice) -> Result<Self, String> {
        let experiment = experiment(encoder, batch)?;
        let counts = Counts::asked(&experiment);
        let memory = memory::check(&experiment, counts, Room::on(opened));
        let memory = memory.map(|estimate| estimate.weights + estimate.activations + estimate.data).map_err(|fault| fault.what);
        let method = methods::build(&experiment.choice("method").cloned().unwrap_or_default(), 0, counts.train);
        let (network, _) = Network::new(&experiment, method.needs(), counts.classes, &Device::flex());
        let operations = 2.0 * step_multiply_adds(&experiment, network.cost(SIDE)) as f64;
        Ok(Self { encoder: encoder.to_owned(), batch, operations, memory })
    }
}

fn words(encoder: &str, batch: usize) -> String {
    format!("a step of {encoder}, {batch} images")
}

/// Takes the rows of a scope, the cheapest first, as far as the time allows.
pub(super) async fn rows(
    opened: &ComputeDevice,
    scope: &Scope,
    seconds: f64,
    found: &RefCell<DeviceBench>,
    pace: &Pace,
) -> Result<(), String> {
    let begun = Instant::now();
    let mut plans = Vec::new();
    for (encoder, batch) in &scope.steps {
        match Plan::new(encoder, *batch, opened) {
            Ok(plan) => plans.push(plan),
            Err(reason) => leave_out(found, &words(encoder, *batch), &reason),
        }
    }
    plans.sort_by(|a, b| a.operations.total_cmp(&b.operations));
    let gemm = found.borrow().gemm_gflops;
    let mut reached = SHARE;
    let count = plans.len();
    for (at, plan) in plans.into_iter().enumerate() {
        let what = words(&plan.encoder, plan.batch);
        let left = seconds - begun.elapsed().as_secs_f64();
        let likely = gemm.map_or(0.0, |gemm| plan.operations / (reached * gemm * 1e9));
        if at > 0 && WORTH * likely > left {
            leave_out(found, &what, &too_long("a step would take about", likely, left));
            continue;
        }
        pace.stage(format!("Taking {what}"), 0);
        // The first one, which is the cheapest, is taken in any case.
        let most = if at == 0 { f64::INFINITY } else { left };
        match row(opened, &plan, gemm, (most, left / (count - at) as f64), pace).await {
            Ok(row) => {
                reached = row.share_of_gemm.unwrap_or(reached);
                let mut found = found.borrow_mut();
                found.first_step_seconds = found.first_step_seconds.or(Some(row.first_step_seconds));
                found.rows.push(row);
            }
            Err(reason) => leave_out(found, &what, &reason),
        }
        release(opened);
        pace.turn().await;
    }
    let place = |row: &StepBench| scope.steps.iter().position(|(encoder, batch)| (encoder, *batch) == (&row.encoder, row.batch));
    found.borrow_mut().rows.sort_by_key(place);
    Ok(())
}

fn too_long(what: &str, step: f64, left: f64) -> String {
    let digits = usize::from(step < 10.0);
    format!("{what} {step:.digits$} s, and {:.0} s were left for steps", left.max(0.0))
}

/// Measures a row in about `wanted` seconds, and in no more than `left` if steps allow that.
async fn row(
    opened: &ComputeDevice,
    plan: &Plan,
    gemm: Option<f64>,
    (left, wanted): (f64, f64),
    pace: &Pace,
) -> Result<StepBench, String> {
    let memory_bytes = plan.memory.clone()?;
    let begun = Instant::now();
    let mut trainer = trainer(&plan.encoder, plan.batch, opened)?;
    let views = random_views(plan.batch, opened);
    step(&mut trainer, &views).await?;
    let first_step_seconds = begun.elapsed().as_secs_f64();
    pace.turn().await;
    // The first step of a kind compiles its kernels: the second one says how long a step takes.
    if opened.kind == DeviceKind::Cpu && first_step_seconds > left {
        return Err(too_long("the first step took", first_step_seconds, left));
    }
    let start = Instant::now();
    step(&mut trainer, &views).await?;
    let second = start.elapsed().as_secs_f64();
    pace.turn().await;
    let remaining = |seconds: f64| seconds - begun.elapsed().as_secs_f64();
    let counting = if opened.kind == DeviceKind::Cpu { 0.0 } else { opened.in_flight() as f64 * second };
    let times = if 3.0 * second > remaining(left) {
        Times::single(second)
    } else {
        let (warmup, most) = if second < SHORT { (3, MANY) } else { (0, FEW) };
        let limits = Limits { warmup, least: 3, most, seconds: remaining(wanted) - counting };
        steps(&mut trainer, &views, limits, pace).await?
    };
    let counted = if opened.kind == DeviceKind::Cpu || counting > remaining(left) / 2.0 {
        Counted::default()
    } else {
        Counted::of(&mut trainer, &views, opened).await?
    };
    let rate = plan.operations / times.median() / 1e9;
    Ok(StepBench {
        encoder: plan.encoder.clone(),
        batch: plan.batch,
        ms: significant(1e3 * times.median()),
        ms_least: significant(1e3 * times.least()),
        steps: times.count(),
        images_per_second: significant(plan.batch as f64 / times.median()),
        gflops: significant(rate),
        share_of_gemm: share(rate, gemm),
        dispatches: counted.dispatches,
        submits: counted.submits,
        read_backs: counted.read_backs,
        first_step_seconds: significant(first_step_seconds),
        memory_bytes,
    })
}
