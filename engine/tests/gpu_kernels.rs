//! Do the kernels for GPUs compute what the CPU computes, whatever the sizes?
//!
//! Every case runs forwards, backwards and with given statistics on both devices; views are made on both too. On a machine without a GPU the adapter is
//! a software one; without any adapter there is nothing to compare.
#![cfg(feature = "gpu")]

mod numbers;

use augsphere_engine::augmentations::{Policy, cards};
use augsphere_engine::datasets::Images;
use augsphere_engine::nn::{Geometry, Tiles, conv_norm, conv_norm_fixed, set_tiles};
use augsphere_engine::random::{Purpose, stream};
use augsphere_spec::Choice;
use burn::tensor::{Device, Tensor, TensorData};
use numbers::gpu;

/// Batch, height, width, channels in and out, side of the kernel, stride, ReLU.
type Case = (usize, usize, usize, usize, usize, usize, usize, bool);

/// Sizes that networks use, sizes that no vector divides, pictures of odd sides, kernels larger than the picture,
/// batches that fill many workgroups, and wide layers, which are multiplied tile by tile.
const CASES: [Case; 24] = [
    (4, 8, 8, 3, 16, 3, 1, true),
    (4, 32, 32, 3, 16, 3, 2, true),
    (8, 16, 16, 16, 32, 3, 2, true),
    (2, 8, 8, 32, 64, 3, 2, true),
    (3, 7, 5, 5, 7, 3, 2, true),
    (3, 7, 5, 4, 8, 3, 2, true),
    (3, 5, 6, 17, 33, 3, 1, false),
    (2, 9, 9, 8, 12, 5, 2, true),
    (2, 9, 7, 6, 4, 7, 1, false),
    (4, 8, 8, 8, 16, 1, 2, false),
    (3, 5, 7, 12, 20, 1, 2, true),
    (5, 6, 6, 64, 16, 1, 1, true),
    (32, 1, 1, 24, 10, 1, 1, true),
    (64, 1, 1, 64, 128, 1, 1, true),
    (6, 2, 2, 3, 4, 3, 2, true),
    (1, 1, 3, 1, 1, 3, 1, false),
    (300, 8, 8, 4, 8, 3, 1, true),
    (3, 7, 5, 32, 48, 3, 1, true),
    (9, 8, 8, 64, 64, 3, 1, false),
    (2, 9, 9, 48, 80, 5, 2, true),
    (5, 4, 6, 32, 32, 1, 2, true),
    (130, 1, 1, 96, 160, 1, 1, true),
    (2, 3, 3, 32, 64, 7, 1, true),
    (20, 9, 9, 80, 32, 3, 2, false),
];

/// Numbers without a pattern, between -1 and 1, the same on every call.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec::<f32>().expect("f32 values")
}

/// Everything the operation computes, by name. Gamma and beta keep the ReLU's input away from zero, where the devices may
/// round to different sides.
fn compute(case: Case, device: &Device) -> Vec<(&'static str, Vec<f32>)> {
    let (batch, height, width, inputs, outputs, kernel, stride, relu) = case;
    let geometry = Geometry { stride, relu };
    let make = |shape: Vec<usize>, seed: u64, scale: f32, shift: f32| {
        let values = noise(shape.iter().product(), seed).into_iter().map(|value| value * scale + shift).collect::<Vec<f32>>();
        TensorData::new(values, shape)
    };
    let x: Tensor<4> = Tensor::from_data(make(vec![batch, height, width, inputs], 1, 1.0, 0.5), device);
    let weight: Tensor<4> = Tensor::from_data(make(vec![outputs, inputs, kernel, kernel], 2, 0.5, 0.1), device);
    let gamma: Tensor<1> = Tensor::from_data(make(vec![outputs], 3, 0.5, 1.0), device);
    let beta: Tensor<1> = Tensor::from_data(make(vec![outputs], 4, 0.5, 0.0), device);
    let fixed = vec![
        Tensor::from_data(make(vec![outputs], 5, 0.5, 0.0), device),
        Tensor::from_data(make(vec![outputs], 6, 0.5, 1.0), device),
    ];
    let fixed = Tensor::cat(fixed, 0);
    let evaluated = conv_norm_fixed(x.clone(), weight.clone(), gamma.clone(), beta.clone(), fixed, geometry);

    let (x, weight) = (x.autodiff().require_grad(), weight.autodiff().require_grad());
    let (gamma, beta) = (gamma.autodiff().require_grad(), beta.autodiff().require_grad());
    let (output, moments) = conv_norm(x.clone(), weight.clone(), gamma.clone(), beta.clone(), geometry);
    let shape = output.dims();
    let above: Tensor<4> = Tensor::from_data(make(shape.to_vec(), 7, 1.0, 0.2), device);
    let gradients = (output.clone() * Tensor::from_inner(above)).sum().backward();
    vec![
        ("evaluated", flat(evaluated)),
        ("output", flat(output.inner())),
        ("moments", flat(moments.inner())),
        ("gradient of x", flat(x.grad(&gradients).expect("a gradient"))),
        ("gradient of the weight", flat(weight.grad(&gradients).expect("a gradient"))),
        ("gradient of gamma", flat(gamma.grad(&gradients).expect("a gradient"))),
        ("gradient of beta", flat(beta.grad(&gradients).expect("a gradient"))),
    ]
}

/// Root mean square of the differences over that of the numbers.
fn distance(ours: &[f32], reference: &[f32]) -> f64 {
    assert_eq!(ours.len(), reference.len());
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let gap = square(&mut ours.iter().zip(reference).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    let size = square(&mut reference.iter().map(|value| f64::from(*value)));
    if gap.is_nan() { f64::INFINITY } else { (gap / size.max(1e-12)).sqrt() }
}

#[test]
fn the_gpu_agrees_with_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let mut wrong = Vec::new();
    for case in CASES {
        let reference = compute(case, &Device::flex());
        // Wide layers both ways, whatever this adapter is.
        for tiles in [Tiles::Never, Tiles::Always] {
            set_tiles(tiles);
            for ((name, ours), (_, reference)) in compute(case, &gpu.device).iter().zip(&reference) {
                let gap = distance(ours, reference);
                if gap > 1e-4 {
                    wrong.push(format!("{case:?}, tiles {tiles:?}: {name} differs by {gap:.1e}"));
                }
            }
        }
    }
    set_tiles(Tiles::default());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mean_far_from_zero_costs_no_digits_of_the_variance() {
    let Some(gpu) = gpu() else { return };
    let (rows, channels) = (4096, 8);
    let values = noise(rows * channels, 8).into_iter().map(|value| 1000.0 + value).collect::<Vec<f32>>();
    let expected = (0..channels).map(|channel| {
        let column = values.iter().skip(channel).step_by(channels).map(|value| f64::from(*value)).collect::<Vec<f64>>();
        let mean = column.iter().sum::<f64>() / rows as f64;
        column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / rows as f64
    });
    let expected = expected.map(|variance| variance as f32).collect::<Vec<f32>>();
    let identity =
        (0..channels * channels).map(|at| if at / channels == at % channels { 1.0 } else { 0.0 }).collect::<Vec<f32>>();
    let x: Tensor<4> = Tensor::from_data(TensorData::new(values, [rows, 1, 1, channels]), &gpu.device);
    let weight: Tensor<4> = Tensor::from_data(TensorData::new(identity, [channels, channels, 1, 1]), &gpu.device);
    let (gamma, beta) = (Tensor::ones([channels], &gpu.device), Tensor::zeros([channels], &gpu.device));
    let (_, moments) = conv_norm(x, weight, gamma, beta, Geometry { stride: 1, relu: false });
    let variance = moments.narrow(0, channels, channels);
    assert!(distance(&flat(variance), &expected) < 1e-4);
}

#[test]
fn views_made_on_the_gpu_are_those_made_on_the_host() {
    let Some(gpu) = gpu() else { return };
    let choices = cards().into_iter().map(|card| {
        let mut knobs = card.defaults();
        knobs.set("probability", 0.8);
        Choice { kind: card.name, knobs }
    });
    let policy = Policy::new(&choices.collect::<Vec<_>>());
    // A side that no workgroup divides.
    let (side, count) = (19, 70);
    let bytes = noise(5 * 3 * side * side, 9).into_iter().map(|value| (value * 127.0 + 128.0) as u8).collect::<Vec<u8>>();
    let rows = (0..count).map(|at| at % 5).collect::<Vec<usize>>();
    let draws = (0..count as u64).map(|at| policy.draw(&mut stream(3, Purpose::Augmentations, at), side)).collect::<Vec<_>>();
    let interleaved = rows.iter().flat_map(|row| {
        let image = &bytes[row * 3 * side * side..][..3 * side * side];
        (0..3 * side * side).map(move |at| f32::from(image[at % 3 * side * side + at / 3]) / 255.0)
    });
    let values = interleaved.collect::<Vec<f32>>();
    let images: Tensor<4> = Tensor::from_data(TensorData::new(values, [count, side, side, 3]), &gpu.device);
    let images = policy.views_on_device(images, &draws, [0.5; 3], [0.25; 3]);
    let host = policy.views(&Images::new(side, bytes, vec![0; 5]), &rows, &draws, [0.5; 3], [0.25; 3]);
    let worst = flat(images).iter().zip(&host).map(|(ours, host)| (ours - host).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4, "views differ by {worst:.1e}");
}
