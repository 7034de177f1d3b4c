//! The rates of the device itself, which all others are shares of: multiplying matrices, and reading and writing memory.

use super::{Limits, Scope, Times, significant};
use crate::device::{ComputeDevice, DeviceKind};
use crate::memory;
use crate::nn::product as multiply;
use crate::pace::Pace;
use crate::readback::read_one;
use augsphere_kernels::parallel;
use augsphere_spec::DeviceBench;
use burn::tensor::{Tensor, TensorData};
use std::cell::RefCell;
use web_time::Instant;

/// Rows of the smallest matrices.
const SMALLEST: usize = 64;

/// Seconds of work between two read-backs, so that the way there and back hardly counts.
const WORK: f64 = 0.05;

/// Most operations that are queued together.
const QUEUED: usize = 64;

/// Floats of an array that a thread adds at a time.
const CHUNK: usize = 1 << 16;

/// A product of two matrices.
type Multiply = fn(Tensor<2>, Tensor<2>) -> Tensor<2>;

/// The tensor library's, which may be quicker for large matrices; the page does without it.
#[cfg(not(target_family = "wasm"))]
const LIBRARY: Option<Multiply> = Some(Tensor::matmul);
#[cfg(target_family = "wasm")]
const LIBRARY: Option<Multiply> = None;

/// Takes the rate of products of square matrices, as large as the time allows: the engine's own, or the tensor library's if that is higher.
pub(super) async fn gemm(
    opened: &ComputeDevice,
    scope: &Scope,
    seconds: f64,
    found: &RefCell<DeviceBench>,
    pace: &Pace,
) -> Result<(), String> {
    pace.stage("Multiplying matrices", 0);
    let begun = Instant::now();
    let mut side = SMALLEST.min(scope.gemm_side);
    let one = loop {
        // The first one compiles the kernel.
        let limits = Limits { warmup: 1, least: 1, most: 1, seconds: 0.0 };
        let one = product(opened, [side; 3], 1, limits, pace).await?.median() - f64::from(opened.read_back);
        // The next larger ones take eight times as long, and there are to be six of them.
        let larger = 8.0 * 6.0 * one.max(0.0);
        if 2 * side > scope.gemm_side || larger > seconds - begun.elapsed().as_secs_f64() {
            break one;
        }
        side *= 2;
    };
    let queued = queued(opened, one);
    let limits = Limits { warmup: 1, least: 3, most: 15, seconds: seconds - begun.elapsed().as_secs_f64() };
    let mut seconds = product(opened, [side; 3], queued, limits, pace).await?.median();
    // On the CPU the engine's own is the library's.
    if let Some(library) = LIBRARY.filter(|_| opened.kind != DeviceKind::Cpu) {
        seconds = seconds.min(timed(opened, library, [side; 3], queued, limits, pace).await?.median());
    }
    let rate = significant(2.0 * (queued as f64) * (side as f64).powi(3) / seconds / 1e9);
    let mut found = found.borrow_mut();
    (found.gemm_side, found.gemm_gflops) = (side, Some(rate));
    Ok(())
}

/// How many operations of so many seconds are queued together. On the CPU each is done when it returns.
fn queued(opened: &ComputeDevice, one: f64) -> usize {
    if opened.kind == DeviceKind::Cpu {
        return 1;
    }
    let work = WORK.max(10.0 * f64::from(opened.read_back));
    ((work / one.max(1e-6)).ceil() as usize).clamp(1, QUEUED)
}

/// Seconds of `queued` of the engine's own products of a matrix `[rows, inner]` with one `[inner, columns]`, one number of the last read
/// back.
///
/// # Errors
/// What the device says.
pub async fn product(
    opened: &ComputeDevice,
    sizes: [usize; 3],
    queued: usize,
    limits: Limits,
    pace: &Pace,
) -> Result<Times, String> {
    timed(opened, multiply, sizes, queued, limits, pace).await
}

/// The same of either product.
async fn timed(
    opened: &ComputeDevice,
    multiply: Multiply,
    [rows, inner, columns]: [usize; 3],
    queued: usize,
    limits: Limits,
    pace: &Pace,
) -> Result<Times, String> {
    let matrix = |rows: usize, columns: usize| -> Tensor<2> {
        let values: Vec<f32> = (0..rows * columns).map(|at| ((at * 37) % 101) as f32 / 50.0 - 1.0).collect();
        Tensor::from_data(TensorData::new(values, [rows, columns]), &opened.device)
    };
    let (left, right) = (matrix(rows, inner), matrix(inner, columns));
    let once = async || {
        let mut answer = multiply(left.clone(), right.clone());
        for _ in 1..queued {
            answer = multiply(left.clone(), right.clone());
        }
        finite(&read_one(answer.narrow(0, 0, 1).narrow(1, 0, 1)).await?)
    };
    Times::of(limits, pace, once).await
}

/// Takes the rate at which two arrays are read and their sum is written.
pub(super) async fn memory(
    opened: &ComputeDevice,
    scope: &Scope,
    seconds: f64,
    found: &RefCell<DeviceBench>,
    pace: &Pace,
) -> Result<(), String> {
    pace.stage("Reading and writing memory", 0);
    // Three arrays, and no more than an eighth of what there is.
    let room = memory::limit().map_or(usize::MAX, |room| usize::try_from(room / 24).unwrap_or(usize::MAX));
    let bytes = scope.array_bytes.min(room).min(usize::try_from(opened.max_binding).unwrap_or(usize::MAX));
    let floats = (bytes / 4).max(CHUNK);
    let limits = Limits { warmup: 2, least: 3, most: 25, seconds };
    let (times, queued) = match opened.kind {
        DeviceKind::Cpu => (triad(floats, limits, pace).await?, 1),
        _ => sums(opened, floats, limits, pace).await?,
    };
    let rate = 12.0 * (floats * queued) as f64 / times.median() / 1e9;
    found.borrow_mut().memory_gb_per_s = Some(significant(rate));
    Ok(())
}

/// `a = b + 3 c` over all threads.
async fn triad(floats: usize, limits: Limits, pace: &Pace) -> Result<Times, String> {
    // Written once: memory that was never touched is not read from memory.
    let (mut a, b, c) = (vec![0.5f32; floats], vec![1.0f32; floats], vec![2.0f32; floats]);
    let once = async || {
        let parts = a.chunks_mut(CHUNK).zip(b.chunks(CHUNK)).zip(c.chunks(CHUNK));
        parallel::for_each(parts, |((a, b), c)| a.iter_mut().zip(b).zip(c).for_each(|((a, b), c)| *a = b + 3.0 * c));
        finite(&a[..1])
    };
    Times::of(limits, pace, once).await
}

/// Sums of two arrays on the device, and how many at a time.
async fn sums(opened: &ComputeDevice, floats: usize, limits: Limits, pace: &Pace) -> Result<(Times, usize), String> {
    let array = |value: f32| Tensor::<1>::full([floats], value, &opened.device);
    let (b, c) = (array(1.0), array(2.0));
    let add = async |queued: usize| {
        let mut sum = b.clone() + c.clone();
        for _ in 1..queued {
            sum = b.clone() + c.clone();
        }
        finite(&read_one(sum.narrow(0, 0, 1)).await?)
    };
    let trial = Limits { warmup: 1, least: 1, most: 1, seconds: 0.0 };
    let one = Times::of(trial, pace, async || add(1).await).await?.median() - f64::from(opened.read_back);
    let queued = queued(opened, one);
    Ok((Times::of(limits, pace, async || add(queued).await).await?, queued))
}

/// A number that came back is one.
fn finite(values: &[f32]) -> Result<(), String> {
    match values.first() {
        Some(value) if value.is_finite() => Ok(()),
        other => Err(format!("the device answered {other:?} where a number was expected")),
    }
}
