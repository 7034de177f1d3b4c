//! What may be typed after `augsphere`.

mod kept;
mod machine;
mod run;

pub use kept::{
    CompareArguments, EmbedArguments, EvalArguments, ExportArguments, FigureArguments, ImportArguments, RunsArguments,
};
pub use machine::{BenchArguments, DevicesArguments};
pub use run::{Origin, ResumeArguments, RunArguments};

use crate::engine::DeviceRequest;
use augsphere_spec::{DeviceChoice, ToyVariant};
use clap::{Args, Parser, Subcommand, ValueEnum};

const AFTER: &str = "\
Exit codes: 0 done (also after a clean stop by Ctrl-C), 1 failed, 2 bad usage or a mistake in the experiment,
130 stopped before the first step, or by a second Ctrl-C.

Examples:
  augsphere run shapes-simclr
  augsphere run cifar10-simclr --set data.path=cifar-10-binary.tar.gz --set train.steps=2000
  augsphere run mine.toml --set method.temperature=0.2 --set seed=3 --out runs/cold-3 --json
  augsphere run shapes-byol --policy asymmetric.yaml
  augsphere resume runs/cold-3
  augsphere run --from runs/cold-3@200 --set method.temperature=0.1 --out runs/colder
  augsphere runs --sort knn_accuracy
  augsphere eval runs/cold-3 --data cifar10 --set data.path=cifar-10-binary.tar.gz
  augsphere distance cifar10-simclr --set data.path=cifar-10-binary.tar.gz --policy huang_ad --views 16
  augsphere presets shapes-simclr > mine.toml
  augsphere devices
  augsphere bench --device all > this-machine.md";

/// Train an encoder without labels and watch its embeddings on the hypersphere.
#[derive(Debug, Parser)]
#[command(name = "augsphere", version, after_help = AFTER)]
pub struct Arguments {
    /// What is to be done.
    #[command(subcommand)]
    pub task: Task,
}

/// The tasks.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Run one experiment and keep everything about it in a folder.
    #[command(after_help = AFTER)]
    Run(RunArguments),
    /// Go on with a run that was stopped or cut off, at the exact step of its newest checkpoint.
    Resume(ResumeArguments),
    /// List run folders, and in what they differ.
    Runs(RunsArguments),
    /// Say in what runs differ, and put their last measures beside each other.
    Compare(CompareArguments),
    /// Take all measures of a run's encoder, on its own data or on others.
    Eval(EvalArguments),
    /// Write what a run's encoder makes of images: embeddings, features and labels.
    Embed(EmbedArguments),
    /// Pack run folders into one .zip file, for the page or another machine.
    Export(ExportArguments),
    /// Make run folders of a .zip file of runs, or of an encoder that was trained elsewhere.
    Import(ImportArguments),
    /// Measure what this machine's devices do: matrix products, memory, training steps, views, distances, neighbours.
    Bench(BenchArguments),
    /// List what can be chosen (data, augmentations, encoders, methods, optimisers, measures) and every knob.
    Catalogue {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Compute augmented distances between images, and how many of a class fall together at each threshold; trains nothing.
    Distance(DistanceArguments),
    /// List the devices that can compute, each with a numeric self-test beside the CPU.
    Devices(DevicesArguments),
    /// Draw a picture of a run folder as .svg, .png or .csv, or list all pictures.
    Figure(FigureArguments),
    /// List the recipes of augmentations that --policy knows.
    Policies,
    /// List the presets, or print one as TOML to start your own from.
    Presets {
        /// The preset to print.
        name: Option<String>,
    },
    /// Follow the scalar toy of asymmetric methods: a predictor and an encoder of one number each.
    Toy(ToyArguments),
}

/// What `augsphere distance` needs to know.
#[derive(Debug, Args)]
pub struct DistanceArguments {
    /// A .toml or .json file, a run folder, or the name of a preset: its data, seed and augmentations count.
    pub experiment: String,
    /// Change one knob, by its dotted path; may be given many times: --set augment.crop.scale_min=0.5.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Take all augmentations from a recipe (see `augsphere policies`) or from a .yaml file of solo-learn's; --set comes on top.
    #[arg(long, value_name = "NAME|FILE")]
    pub policy: Option<String>,
    /// Views of each image, the image itself included.
    #[arg(long, value_name = "K", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub views: u16,
    /// Images of each class, the first ones of the training set.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub per_class: u32,
    /// Only these classes, as numbers from 0 [default: all].
    #[arg(long, value_name = "A,B,...", value_delimiter = ',')]
    pub classes: Vec<usize>,
    /// Thresholds at which sigma is told [default: nine quantiles of the distances within classes].
    #[arg(long, value_name = "D,...", value_delimiter = ',')]
    pub deltas: Vec<f64>,
    /// Compare the images of different classes, too; takes as many times as long as there are classes.
    #[arg(long)]
    pub between: bool,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = Device::Cpu)]
    pub device: Device,
    /// Which GPU, by its number in `augsphere devices` or a part of its name.
    #[arg(long, value_name = "NAME|INDEX")]
    pub adapter: Option<String>,
    /// One line of JSON on standard output instead of a table.
    #[arg(long)]
    pub json: bool,
}

impl DistanceArguments {
    /// Where to compute.
    pub fn device(&self) -> DeviceRequest {
        request(self.device, self.adapter.as_deref())
    }
}

/// What `augsphere toy` needs to know.
#[derive(Debug, Args)]
pub struct ToyArguments {
    /// Which part of the gradient the encoder follows.
    #[arg(long, value_enum, default_value_t = Variant::StopGradient)]
    pub variant: Variant,
    /// The predictor at the start.
    #[arg(long, default_value_t = 0.6, allow_negative_numbers = true)]
    pub phi: f64,
    /// The encoder at the start.
    #[arg(long, default_value_t = 0.1, allow_negative_numbers = true)]
    pub theta: f64,
    /// A momentum target that follows the encoder at this rate per unit of time.
    #[arg(long, value_name = "RATE")]
    pub momentum: Option<f64>,
    /// Weight decay of both.
    #[arg(long, default_value_t = 0.0)]
    pub weight_decay: f64,
    /// How long to follow, in units of time: learning rate times steps.
    #[arg(long, default_value_t = 50.0)]
    pub time: f64,
    /// Plain gradient descent with this learning rate instead of the continuous flow.
    #[arg(long, value_name = "RATE")]
    pub step: Option<f64>,
    /// One line of JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// The variants of the toy, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Variant {
    /// What comes through the prediction; the target is a constant.
    StopGradient,
    /// The whole gradient.
    NoStopGradient,
    /// What comes through the target only.
    TargetOnly,
}

impl From<Variant> for ToyVariant {
    fn from(variant: Variant) -> Self {
        match variant {
            Variant::StopGradient => Self::StopGradient,
            Variant::NoStopGradient => Self::NoStopGradient,
            Variant::TargetOnly => Self::TargetOnly,
        }
    }
}

/// One `--set`.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Dotted path of a knob.
    pub path: String,
    /// The value as it was typed.
    pub value: String,
}

/// One `--change`.
#[derive(Clone, Debug)]
pub struct Planned {
    /// After this many steps.
    pub at: u64,
    /// What changes then.
    pub setting: Setting,
}

fn change(typed: &str) -> Result<Planned, String> {
    let expected = "expected STEP:PATH=VALUE, for example 300:method.temperature=0.1";
    let (at, rest) = typed.split_once(':').ok_or(expected)?;
    Ok(Planned { at: at.trim().parse().map_err(|_| expected)?, setting: setting(rest)? })
}

fn setting(typed: &str) -> Result<Setting, String> {
    let (path, value) = typed.split_once('=').ok_or("expected PATH=VALUE, for example train.steps=2000")?;
    let path = path.trim();
    if path.is_empty() || path.split('.').any(str::is_empty) {
        return Err("the path before `=` must be words joined by dots, for example augment.crop.scale_min".into());
    }
    Ok(Setting { path: path.to_owned(), value: value.trim().to_owned() })
}

/// The devices, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Device {
    /// A GPU if it passes the self-test, otherwise the CPU.
    Auto,
    /// The CPU: same seed, same curve, bit for bit.
    Cpu,
    /// Any adapter of Vulkan, Metal or DX12.
    Gpu,
    /// NVIDIA's own stack; needs a build with `--features cuda`.
    Cuda,
}

/// Where to compute, as typed.
#[derive(Debug, Args)]
pub struct DeviceArguments {
    /// Where to compute: auto takes a GPU that passes a numeric self-test, otherwise the CPU.
    #[arg(long, value_enum, default_value_t = Device::Auto)]
    device: Device,
    /// Which GPU, by its number in `augsphere devices` or a part of its name.
    #[arg(long, value_name = "NAME|INDEX")]
    adapter: Option<String>,
}

impl DeviceArguments {
    /// What is asked of the engine.
    pub fn request(&self) -> DeviceRequest {
        request(self.device, self.adapter.as_deref())
    }
}

/// An adapter that is named is what is wanted, where only the default speaks of the CPU.
fn request(device: Device, adapter: Option<&str>) -> DeviceRequest {
    let choice = if adapter.is_some() && device == Device::Cpu { DeviceChoice::Auto } else { device.into() };
    DeviceRequest { choice, adapter: adapter.map(str::to_owned) }
}

impl From<Device> for DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Auto => Self::Auto,
            Device::Cpu => Self::Cpu,
            Device::Gpu => Self::Gpu,
            Device::Cuda => Self::Cuda,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_setting_keeps_everything_after_the_first_equals_sign() {
        let setting = setting("data.path=a=b.tar").expect("a path and a value");
        assert_eq!((setting.path.as_str(), setting.value.as_str()), ("data.path", "a=b.tar"));
    }

    #[test]
    fn a_change_has_a_step_a_path_and_a_value() {
        let planned = change("300:method.kind=byol").expect("a step, a path and a value");
        assert_eq!((planned.at, planned.setting.path.as_str(), planned.setting.value.as_str()), (300, "method.kind", "byol"));
        for typed in ["method.kind=byol", "x:method.kind=byol", "-1:method.kind=byol", "3:byol"] {
            assert!(change(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_setting_without_a_path_is_refused() {
        for typed in ["steps", "=3", "train..steps=3", ".steps=3"] {
            assert!(setting(typed).is_err(), "{typed}");
        }
    }
}
