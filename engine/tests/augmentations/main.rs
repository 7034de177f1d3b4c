//! Do the augmentations compute what torchvision computes, draw what they say they draw, and agree between host and device?
//!
//! Reference values: METHODS.md section 9 (torchvision's float semantics).

mod blur;
mod colours;
mod geometry;
mod parameters;
mod policies;
mod statistics;
mod strength;

use augsphere_engine::augmentations::resize::{Filter, resize};
use augsphere_engine::augmentations::{
    Augmentation, Blur, Crop, Cutout, Flip, Grayscale, Jitter, Launch, Noise, Params, Pixels, Policy, Rotation, Shift, Solarize,
    cards, unpack,
};
use augsphere_engine::datasets::Images;
use augsphere_engine::random::{Purpose, RngExt as _, stream};
use augsphere_spec::{Choice, KnobKind, Knobs};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// The test image of METHODS.md 9.2: 2 x 2 pixels, red, green, blue.
const IMAGE: [[f32; 4]; 3] = [[0.2, 0.4, 0.6, 0.8], [0.1, 0.5, 0.9, 0.3], [0.7, 0.0, 0.5, 1.0]];

fn knobs(kind: &str, settings: &[(&str, f64)]) -> Knobs {
    let card = cards().into_iter().find(|card| card.name == kind).expect("a card of the list");
    let mut knobs = card.defaults();
    for &(name, value) in settings {
        assert!(card.knob(name).is_some(), "{kind} has no knob {name}");
        match card.knob(name).expect("a knob of the card").kind {
            KnobKind::Int { .. } => knobs.set(name, value as i64),
            _ => knobs.set(name, value),
        }
    }
    knobs
}

fn choice(kind: &str, settings: &[(&str, f64)]) -> Choice {
    Choice { kind: kind.into(), knobs: knobs(kind, settings) }
}

fn pixels(side: usize, planes: &[f32]) -> Pixels {
    let mut pixels = Pixels::new(side);
    pixels.values_mut().copy_from_slice(planes);
    pixels
}

/// The planes of one image after an augmentation, on the host and on the device.
fn both(augmentation: &dyn Augmentation, params: Params, side: usize, planes: &[f32]) -> [Vec<f32>; 2] {
    let mut host = pixels(side, planes);
    augmentation.apply(&params, &mut host);
    // On the device in a batch of three, between an image that is left alone and a copy.
    let batch = [interleave(planes), interleave(planes), interleave(planes)].concat();
    let batch = upload(batch, [3, side, side, 3]);
    let result = download(augmentation.apply_batch(&[Params::Nothing, params, params], batch));
    let images: Vec<_> = result.chunks_exact(planes.len()).map(planar).collect();
    near(&images[0], planes, 0.0, "an image that is left alone");
    near(&images[1], &images[2], 0.0, "two images with the same parameters");
    [host.values().to_vec(), images[1].clone()]
}

/// The CPU, or the GPU if `AUGSPHERE_TEST_DEVICE=gpu` is in the environment: the same tests hold on both.
fn device() -> Device {
    #[cfg(feature = "gpu")]
    if std::env::var("AUGSPHERE_TEST_DEVICE").is_ok_and(|device| device == "gpu") {
        return Device::wgpu(burn::tensor::DeviceKind::DefaultDevice);
    }
    Device::flex()
}

fn upload(values: Vec<f32>, shape: [usize; 4]) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, shape), &device())
}

fn download(tensor: Tensor<4>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("floats")
}

fn interleave(planes: &[f32]) -> Vec<f32> {
    let area = planes.len() / 3;
    (0..planes.len()).map(|at| planes[at % 3 * area + at / 3]).collect()
}

fn planar(pixels: &[f32]) -> Vec<f32> {
    let area = pixels.len() / 3;
    (0..pixels.len()).map(|at| pixels[at % area * 3 + at / area]).collect()
}

#[track_caller]
fn near(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: length");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance, "{what}: value {at} is {found}, not {expected}");
    }
}

/// Checks host and device against red, green and blue.
#[track_caller]
fn agree(augmentation: &dyn Augmentation, params: Params, expected: [[f32; 4]; 3], tolerance: f32, what: &str) {
    for (found, place) in both(augmentation, params, 2, &IMAGE.concat()).iter().zip(["host", "device"]) {
        near(found, &expected.concat(), tolerance, &format!("{what} on the {place}"));
    }
}

fn jitter(settings: &[(&str, f64)]) -> Jitter {
    Jitter::new(&knobs("jitter", settings))
}

const BRIGHTNESS_FIRST: [u8; 4] = [0, 1, 2, 3];
const CONTRAST_FIRST: [u8; 4] = [1, 0, 3, 2];

fn random_planes(side: usize, seed: u64) -> Vec<f32> {
    let mut source = stream(seed, Purpose::Shapes, 0);
    (0..3 * side * side).map(|_| source.below(256) as f32 / 255.0).collect()
}

fn random_images(side: usize, count: usize) -> Images {
    let mut source = stream(5, Purpose::Shapes, 1);
    let byte = |_| if source.chance(0.1) { 255 * source.below(2) as u8 } else { source.below(256) as u8 };
    Images::new(side, (0..count * 3 * side * side).map(byte).collect(), vec![0; count])
}

/// A policy of all augmentations that changes every image in every way.
fn everything() -> Policy {
    let settings: [(&str, &[(&str, f64)]); 5] = [
        ("crop", &[]),
        ("flip", &[]),
        ("jitter", &[("brightness", 0.9), ("contrast", 1.2), ("saturation", 1.8), ("hue", 0.5)]),
        ("grayscale", &[]),
        ("blur", &[("probability", 0.5), ("kernel", 5.0)]),
    ];
    Policy::new(&settings.map(|(kind, settings)| choice(kind, settings)))
}

fn draws(policy: &Policy, side: usize, count: usize) -> Vec<Vec<Params>> {
    (0..count as u64).map(|index| policy.draw(&mut stream(7, Purpose::Augmentations, index), side)).collect()
}

/// The images as the device path wants them.
fn on_device(images: &Images, rows: &[usize]) -> Tensor<4> {
    let values = rows.iter().flat_map(|&row| interleave(Pixels::from_bytes(images.side, images.image(row)).values()));
    upload(values.collect(), [rows.len(), images.side, images.side, 3])
}
