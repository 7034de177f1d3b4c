//! Imported encoders against PyTorch: the features of `golden/resnet18.safetensors`, which `tests/peers/pytorch/features.py` computed there in
//! 64 bits. Weights and images follow the same formula here as there.

use crate::bench::{bench, ended, err, out, run};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::fs;
use std::path::{Path, PathBuf};

/// The largest difference that is allowed, as a share of the largest feature. Between 32 and 64 bits PyTorch differs from itself by 4e-7; we, who
/// add up in another order and take Winograd's way through wide layers, by 1.3e-6 when this was written. Whatever part of the network is set
/// aside changes features by 1e-3 or more: the program that wrote the file checked that of all of them.
const TOLERANCE: f32 = 2e-5;

/// Fifty times as much: what an ignored part must be seen to change.
const FELT: f32 = 1e-3;

/// Where the images are.
const DATA: [&str; 4] = ["--set", "data.kind=cifar10", "--set", "data.path=data"];

/// What solo-learn does to its networks for CIFAR-10, and to their pixels.
const SOLO_LEARN: [&str; 4] = ["--set", "encoder.padding=2", "--set", "data.normalise=cifar10"];

/// FNV-1a of the name, then for each index the finaliser `lowbias32` of its sum with 0x9e3779b9 times that.
fn hashed(name: &str, count: u32) -> impl Iterator<Item = u32> + use<> {
    let seed = name.bytes().fold(0x811c_9dc5_u32, |seed, byte| (seed ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (0..count).map(move |index| {
        let x = index.wrapping_mul(0x9e37_79b9).wrapping_add(seed);
        let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
        x ^ (x >> 16)
    })
}

/// A named weight or statistic, in PyTorch's order.
#[derive(Clone)]
struct Weight {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Weight {
    fn new(name: String, shape: &[usize]) -> Self {
        let count = shape.iter().product::<usize>();
        // He's scale: uniform, with variance `2 / fan_in`.
        let bound = (6.0 / shape[1..].iter().product::<usize>() as f64).sqrt();
        let value = |(index, hash): (usize, u32)| {
            let share = f64::from(hash >> 8) / f64::from(1 << 24);
            let small = |factor: f64| if index.is_multiple_of(8) { factor } else { 1.0 };
            (match (shape.len(), name.rsplit('.').next()) {
                (4, _) => (2.0 * share - 1.0) * bound,
                (_, Some("running_var")) => small(1e-4) * (0.5 + share),
                (_, Some("weight")) => small(1e-2) * (0.5 + share),
                _ => 0.4 * share - 0.2,
            }) as f32
        };
        let values = hashed(&name, u32::try_from(count).unwrap()).enumerate().map(value).collect();
        Self { name, shape: shape.to_vec(), values }
    }
}

/// All weights and statistics of a ResNet-18 for small images under torchvision's names.
fn resnet18() -> Vec<Weight> {
    let mut all = Vec::new();
    let mut layer = |conv: String, norm: String, shape: [usize; 4]| {
        all.push(Weight::new(format!("{conv}.weight"), &shape));
        for part in ["weight", "bias", "running_mean", "running_var"] {
            all.push(Weight::new(format!("{norm}.{part}"), &shape[..1]));
        }
    };
    layer("conv1".into(), "bn1".into(), [64, 3, 3, 3]);
    let mut inputs = 64;
    for (group, outputs) in [(1, 64), (2, 128), (3, 256), (4, 512)] {
        for block in 0..2 {
            let name = |part: &str| format!("layer{group}.{block}.{part}");
            layer(name("conv1"), name("bn1"), [outputs, inputs, 3, 3]);
            layer(name("conv2"), name("bn2"), [outputs, outputs, 3, 3]);
            if inputs != outputs {
                layer(name("downsample.0"), name("downsample.1"), [outputs, inputs, 1, 1]);
            }
            inputs = outputs;
        }
    }
    all
}

fn write(file: &Path, weights: &[Weight]) {
    let bytes = |weight: &Weight| weight.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let all: Vec<Vec<u8>> = weights.iter().map(bytes).collect();
    let views = weights
        .iter()
        .zip(&all)
        .map(|(weight, bytes)| (&weight.name, TensorView::new(Dtype::F32, weight.shape.clone(), bytes).unwrap()));
    fs::write(file, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// The planes of an image: squares of 8 pixels, each of a colour of its own, with a little noise.
fn image(name: &str) -> Vec<u8> {
    let squares: Vec<u32> = hashed(name, 48).map(|hash| (hash >> 24) * 7 / 8).collect();
    let noise = hashed(&format!("{name}.noise"), 3072).map(|hash| hash >> 27);
    let square = |at: usize| squares[at / 1024 * 16 + at / 256 % 4 * 4 + at / 8 % 4];
    noise.enumerate().map(|(at, noise)| u8::try_from(square(at) + noise).unwrap()).collect()
}

/// A folder with a CIFAR-10 in `data`: twenty times the same image to train on, so that whichever are set aside its mean and deviation are those of the
/// data, and four images for the test.
fn folder(name: &str) -> PathBuf {
    let folder = bench(name);
    fs::create_dir(folder.join("data")).unwrap();
    let records = |names: Vec<String>| -> Vec<u8> {
        (0..10).cycle().zip(names).flat_map(|(label, name)| std::iter::once(label).chain(image(&name))).collect()
    };
    fs::write(folder.join("data/data_batch_1.bin"), records(vec!["train".into(); 20])).unwrap();
    fs::write(folder.join("data/test_batch.bin"), records((0..4).map(|index| format!("image{index}")).collect())).unwrap();
    folder
}

/// Imports weights, and says what was said.
fn imported(folder: &Path, weights: &[Weight], settings: &[&str]) -> String {
    write(&folder.join("theirs.safetensors"), weights);
    let _absent = fs::remove_dir_all(folder.join("imported"));
    let output = run(folder, &[&["import", "theirs.safetensors", "-o", "imported"][..], settings].concat());
    ended(&output, 0);
    fs::remove_file(folder.join("theirs.safetensors")).unwrap();
    out(&output)
}

/// The features of the four images, row by row.
fn embedded(folder: &Path, more: &[&str]) -> Vec<f32> {
    let embed = ["embed", "imported", "-o", "out.safetensors", "--split", "test", "--device", "cpu"];
    ended(&run(folder, &[&embed[..], more].concat()), 0);
    features(&folder.join("out.safetensors"), "features")
}

/// A tensor of four rows of 512 numbers.
fn features(file: &Path, name: &str) -> Vec<f32> {
    let bytes = fs::read(file).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = file.tensor(name).unwrap();
    assert_eq!(tensor.shape(), [4, 512], "{name}");
    let values: Vec<f32> = tensor.data().as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
    assert!(values.iter().all(|value| value.is_finite()), "{name}");
    values
}

fn golden(name: &str) -> Vec<f32> {
    features(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/resnet18.safetensors"), name)
}

/// The largest difference, as a share of the largest feature.
fn off(found: &[f32], expected: &[f32]) -> f32 {
    let largest = expected.iter().copied().fold(0.0, f32::max);
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest
}

#[test]
fn an_imported_encoder_has_pytorchs_features() {
    let (folder, expected) = (folder("import-pytorch"), golden("plain"));
    assert!(off(&expected[..512], &expected[512..1024]) > 0.01, "the images are told apart");
    let mut weights = resnet18();
    let said = imported(&folder, &weights, &DATA);
    assert!(said.contains("--set data.normalise=cifar10") && said.contains("--set encoder.padding=2"), "{said}");
    let difference = off(&embedded(&folder, &[]), &expected);
    assert!(difference < TOLERANCE, "{difference:e}");
    // The comparison sees a shortcut and a variance that are not PyTorch's.
    for (name, neutral) in [("layer3.0.downsample.0.weight", 0.0), ("layer4.1.bn2.running_var", 1.0)] {
        let at = weights.iter().position(|weight| weight.name == name).unwrap();
        let kept = std::mem::take(&mut weights[at].values);
        weights[at].values = vec![neutral; kept.len()];
        imported(&folder, &weights, &DATA);
        let difference = off(&embedded(&folder, &[]), &expected);
        assert!(difference > FELT, "{name}: {difference:e}");
        weights[at].values = kept;
    }
    fs::remove_dir_all(folder).unwrap();
}

/// With its prefix, its momentum copy and its classifier beside it.
#[test]
fn an_encoder_of_solo_learn_has_its_features_there() {
    let (folder, expected) = (folder("import-solo-learn"), golden("solo_learn"));
    let mut weights = resnet18();
    let momentum: Vec<Weight> = weights
        .iter()
        .map(|weight| Weight {
            name: format!("momentum_backbone.{}", weight.name),
            shape: weight.shape.clone(),
            values: weight.values.iter().rev().copied().collect(),
        })
        .collect();
    weights.iter_mut().for_each(|weight| weight.name.insert_str(0, "backbone."));
    weights.extend(momentum);
    weights.push(Weight::new("classifier.weight".into(), &[10, 512]));
    let said = imported(&folder, &weights, &[DATA, SOLO_LEARN].concat());
    assert!(said.contains("momentum_backbone.conv1.weight") && !said.contains("assumed"), "{said}");
    let difference = off(&embedded(&folder, &[]), &expected);
    assert!(difference < TOLERANCE, "{difference:e}");
    // What it was trained with goes with it to other data, unless something else is said.
    fs::rename(folder.join("data"), folder.join("moved")).unwrap();
    let difference = off(&embedded(&folder, &["--data", "moved"]), &expected);
    assert!(difference < TOLERANCE, "on other data: {difference:e}");
    let difference = off(&embedded(&folder, &["--data", "moved", "--set", "data.normalise="]), &expected);
    assert!(difference > FELT, "normalised by the training images: {difference:e}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn constants_that_cannot_be_are_refused_before_a_folder_is_made() {
    let folder = folder("import-constants");
    write(&folder.join("theirs.safetensors"), &resnet18());
    for by in ["data.normalise=CIFAR", "data.normalise=125.3 123.0 113.9 63.0 62.1 66.7"] {
        let arguments = [&["import", "theirs.safetensors", "-o", "imported", "--set", by][..], &DATA].concat();
        let output = run(&folder, &arguments);
        ended(&output, 2);
        let said = err(&output);
        assert!(said.contains("data.normalise") && said.contains("three means"), "{said}");
        assert!(!folder.join("imported").exists());
    }
    fs::remove_dir_all(folder).unwrap();
}
