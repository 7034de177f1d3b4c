//! How do the tests put numbers on a device, read them back and compare them?

// Every test file that includes this module uses a part of it.
#![allow(dead_code, reason = "each test binary uses its own part")]

use augsphere_engine::device::{ComputeDevice, DeviceKind, list, open};
use augsphere_engine::{block_on, readback::read_one};
use augsphere_spec::DeviceChoice;
use burn::tensor::{Device, Tensor, TensorData};
use std::io::Write;
use std::sync::OnceLock;

/// A device, its class, and how far its numbers may lie from the exact ones, as a share of the largest of them.
pub struct Place {
    pub device: Device,
    pub kind: DeviceKind,
    pub tolerance: f64,
}

/// The CPU (32-bit sums of a few terms: 1e-5) and, where there is an adapter, the GPU (its `exp` and `log` are only
/// required to be good to about 1e-4, and its sums come in another order: 1e-3).
pub fn places() -> &'static [Place] {
    static PLACES: OnceLock<Vec<Place>> = OnceLock::new();
    PLACES.get_or_init(|| {
        let cpu = block_on(open(DeviceChoice::Cpu, None)).expect("there always is a CPU");
        let mut places = vec![Place { device: cpu.device, kind: cpu.kind, tolerance: 1e-5 }];
        places.extend(gpu().map(|gpu| Place { device: gpu.device, kind: gpu.kind, tolerance: 1e-3 }));
        places
    })
}

/// The GPU; nothing only where there is no adapter. One that is there and cannot be used, as one whose numbers are wrong, is a failure: were it
/// passed over, no test would see a broken kernel.
pub fn gpu() -> Option<ComputeDevice> {
    let there = block_on(list()).iter().any(|info| info.device == DeviceChoice::Gpu);
    match block_on(open(DeviceChoice::Gpu, None)) {
        Ok(gpu) => Some(gpu),
        Err(fault) if there => panic!("{}", fault.what),
        Err(fault) => {
            say(&format!("SKIPPED ON THE GPU: {}", fault.what));
            None
        }
    }
}

/// A line on stderr even if the test passes: the test runner hides what the macros print.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A tensor of these numbers.
pub fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// The same with gradients.
pub fn tracked<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    tensor(values, shape, device).autodiff().require_grad()
}

/// The numbers of a tensor.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let tensor = if tensor.is_autodiff() { tensor.inner() } else { tensor };
    block_on(read_one(tensor)).expect("the device answers")
}

/// `count` numbers in -1 to 1 without a pattern that symmetry could hide behind; the same on every machine.
pub fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    std::iter::repeat_with(next).skip(8).take(count).collect()
}

/// Fails unless every number is within `tolerance` times the largest expected size (at least `floor`) of the expected one.
#[track_caller]
pub fn near(found: &[f32], expected: &[f64], tolerance: f64, floor: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: count of numbers");
    let size = expected.iter().fold(floor, |size, value| size.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let gap = (f64::from(*found) - expected).abs();
        assert!(
            gap <= tolerance * size,
            "{what}, number {index}: expected {expected}, found {found}, {:.1e} of {size}",
            gap / size
        );
    }
}

/// Single to double precision.
pub fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}
