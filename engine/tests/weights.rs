//! Can the saved weights be read by others, and do they compute the same features there?

mod numbers;
mod tiny;

use augsphere_engine::datasets::{self, DroppedArchives};
use augsphere_engine::pace::Pace;
use augsphere_engine::trainer::{Split, Trainer};
use augsphere_engine::{block_on, device};
use augsphere_spec::{DeviceChoice, Experiment, Value};
use numbers::{near, say, values, wide};
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use tiny::tiny;

/// A few steps of an experiment, so that running statistics and scales are no longer at their start.
fn trained(experiment: Experiment) -> Trainer {
    let data = datasets::load(experiment.choice("data").expect("data"), experiment.seed, &DroppedArchives::default())
        .expect("shapes need no file");
    let opened = block_on(device::open(DeviceChoice::Cpu, None)).expect("there always is a CPU");
    let mut trainer = Trainer::new(experiment, Rc::new(data), &opened).expect("the experiment fits its data");
    (0..3).for_each(|_| trainer.step());
    assert!(block_on(trainer.read_losses()).1.is_none());
    trainer
}

fn saved(trainer: &Trainer) -> Vec<u8> {
    block_on(trainer.checkpoint().save("{\"seed\":0}".into())).expect("the weights are written")
}

#[test]
fn the_file_holds_every_weight_under_its_name_and_shape() {
    let trainer = trained(tiny(&[]));
    let bytes = saved(&trainer);
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let found: BTreeMap<String, Vec<usize>> =
        file.tensors().into_iter().map(|(name, view)| (name, view.shape().to_vec())).collect();
    let mut expected = BTreeMap::new();
    let mut expect = |name: &str, shape: &[usize]| expected.insert(name.to_owned(), shape.to_vec());
    let layers: [(&str, [usize; 4]); 4] = [
        ("encoder.stage1", [16, 3, 3, 3]),
        ("encoder.stage2", [32, 16, 3, 3]),
        ("encoder.stage3", [64, 32, 3, 3]),
        ("projector.layer1", [16, 64, 1, 1]),
    ];
    for (layer, shape) in layers {
        expect(&format!("{layer}.conv.weight"), &shape);
        for part in ["weight", "bias", "running_mean", "running_var"] {
            expect(&format!("{layer}.norm.{part}"), &shape[..1]);
        }
    }
    expect("projector.last.weight", &[3, 16]);
    expect("projector.last.bias", &[3]);
    assert_eq!(found, expected);

    let (_, header) = SafeTensors::read_metadata(&bytes).expect("a header");
    let notes = header.metadata().clone().expect("notes in the header");
    assert_eq!((notes["experiment"].as_str(), notes["steps"].as_str()), ("{\"seed\":0}", "3"));

    let numbers = |name: &str| -> Vec<f32> {
        let view = file.tensor(name).expect("a tensor of the file");
        view.data().chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
    };
    assert!(found.keys().all(|name| numbers(name).iter().all(|value| value.is_finite())));
    let variance = numbers("encoder.stage1.norm.running_var");
    assert!(
        variance.iter().all(|value| *value > 0.0) && variance.iter().any(|value| (value - 1.0).abs() > 1e-3),
        "no longer where it began"
    );
    assert!(numbers("encoder.stage1.norm.running_mean").iter().any(|value| value.abs() > 1e-4));
}

/// Rebuilds an encoder from the names and shapes alone, in evaluation mode, and prints its features as JSON.
const PYTORCH: &str = r#"
import json, sys
import torch
from torch import nn
from safetensors.torch import load_file

def conv_norm(inputs, outputs, kernel, stride):
    block = nn.Module()
    block.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    block.norm = nn.BatchNorm2d(outputs)
    return block

def run(block, x):
    return block.norm(block.conv(x))

class Conv(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.names, inputs = [], 3
        for index, (outputs, stride) in enumerate(sizes):
            self.names.append(f"stage{index + 1}")
            self.add_module(self.names[-1], conv_norm(inputs, outputs, 3, stride))
            inputs = outputs

    def forward(self, x):
        for name in self.names:
            x = run(getattr(self, name), x).relu()
        return x.mean((2, 3))

class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first, self.second = conv_norm(inputs, outputs, 3, stride), conv_norm(outputs, outputs, 3, 1)
        self.shortcut = conv_norm(inputs, outputs, 1, stride) if stride != 1 or inputs != outputs else None

    def forward(self, x):
        skip = x if self.shortcut is None else run(self.shortcut, x)
        return (run(self.second, run(self.first, x).relu()) + skip).relu()

class ResNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.stem, inputs = conv_norm(3, width, 3, 1), width
        for group in range(4):
            blocks = []
            for index in range(2):
                outputs = width << group
                blocks.append(Block(inputs, outputs, 2 if index == 0 and group > 0 else 1))
                inputs = outputs
            self.add_module(f"layer{group + 1}", nn.Sequential(*blocks))

    def forward(self, x):
        x = run(self.stem, x).relu()
        for group in range(4):
            x = getattr(self, f"layer{group + 1}")(x)
        return x.mean((2, 3))

kind, weights, images = sys.argv[1:]
encoder = {"tiny": lambda: Conv([(16, 2), (32, 2), (64, 2)]), "resnet18": lambda: ResNet(8)}[kind]()
weights = load_file(weights)
encoder.load_state_dict({name.removeprefix("encoder."): value for name, value in weights.items() if name.startswith("encoder.")})
given = json.load(open(images))
x = torch.tensor(given["values"]).reshape(given["shape"]).permute(0, 3, 1, 2)
with torch.no_grad():
    print(json.dumps(encoder.eval()(x).flatten().tolist()))
"#;

/// A Python with PyTorch and safetensors: `AUGSPHERE_PYTHON`, or where `scripts/bench.sh` installs it.
fn python() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = folder("AUGSPHERE_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("augsphere")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/augsphere")));
    let python = folder("AUGSPHERE_PYTHON").or_else(|| cache.map(|cache| cache.join("venv/bin/python")))?;
    let works =
        Command::new(&python).args(["-c", "import torch, safetensors.torch"]).output().is_ok_and(|done| done.status.success());
    works.then_some(python)
}

fn compare(kind: &str, python: &PathBuf, experiment: Experiment) {
    let trainer = trained(experiment);
    let snapshot = block_on(trainer.checkpoint().snapshot(&Pace::default())).expect("the device answers");
    let rows = [0, 1, 2, 3];
    let images = trainer.loader().plain(Split::Validation, &rows);
    let folder = std::env::temp_dir().join(format!("augsphere-weights-{kind}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the files");
    let (weights, batch) = (folder.join("encoder.safetensors"), folder.join("images.json"));
    std::fs::write(&weights, saved(&trainer)).expect("the weights are written");
    let shape = images.dims();
    let json = serde_json::json!({ "shape": shape, "values": values(images) });
    std::fs::write(&batch, json.to_string()).expect("the images are written");
    let done = Command::new(python).args(["-c", PYTORCH, kind]).arg(&weights).arg(&batch).output().expect("python runs");
    std::fs::remove_dir_all(&folder).expect("the files are removed");
    assert!(done.status.success(), "{kind}: {}", String::from_utf8_lossy(&done.stderr));
    let features: Vec<f32> = serde_json::from_slice(&done.stdout).expect("a list of numbers");
    assert_eq!(features.len(), rows.len() * snapshot.width);
    near(&snapshot.features[..features.len()], &wide(&features), 1e-4, 0.0, kind);
}

#[test]
fn pytorch_computes_the_same_features() {
    let Some(python) = python() else {
        return say(
            "SKIPPED: no Python with torch and safetensors (AUGSPHERE_PYTHON, or `make bench` installs one), so loading weights in PyTorch was not tested",
        );
    };
    compare("tiny", &python, tiny(&[("data.side", Value::Int(16))]));
    compare("resnet18", &python, tiny(&[("encoder.kind", "resnet18".into()), ("encoder.width", Value::Int(8))]));
}
