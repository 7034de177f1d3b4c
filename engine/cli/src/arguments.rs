//! What may be typed after `augsphere`.

use crate::engine::{Amount, Benchmarked, DeviceRequest};
use augsphere_spec::{DeviceChoice, ToyVariant};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const AFTER: &str = "\
Exit codes: 0 done (also after a clean stop by Ctrl-C), 1 failed, 2 bad usage or a mistake in the experiment,
130 stopped before the first step, or by a second Ctrl-C.

Examples:
  augsphere run shapes-simclr
  augsphere run cifar10-simclr --set data.path=cifar-10-binary.tar.gz --set train.steps=2000
  augsphere run mine.toml --set method.temperature=0.2 --set seed=3 --out runs/cold-3 --json
  augsphere run shapes-byol --policy asymmetric.yaml
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

/// What `augsphere run` needs to know.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// A .toml or .json file (- for standard input), a run folder to repeat, or the name of a preset.
    pub experiment: String,
    /// Change one knob, by its dotted path; may be given many times: --set train.steps=2000.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Take all augmentations from a recipe (see `augsphere policies`) or from a .yaml file of solo-learn's; --set comes on top.
    #[arg(long, value_name = "NAME|FILE")]
    pub policy: Option<String>,
    /// Change one value on the way, after STEP steps, keeping the encoder: --change 300:method.kind=byol. May be given many times.
    #[arg(long = "change", value_name = "STEP:PATH=VALUE", value_parser = change)]
    pub changes: Vec<Planned>,
    /// Where to compute: auto takes a GPU that passes a numeric self-test, otherwise the CPU.
    #[arg(long, value_enum, default_value_t = Device::Auto)]
    pub device: Device,
    /// Which GPU, by its number in `augsphere devices` or a part of its name.
    #[arg(long, value_name = "NAME|INDEX")]
    pub adapter: Option<String>,
    /// The run folder; must be new or empty [default: runs/NAME-SEED-TIME].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// End with one line of JSON on standard output instead of a summary in words.
    #[arg(long)]
    pub json: bool,
}

impl RunArguments {
    /// Where to compute.
    pub fn device(&self) -> DeviceRequest {
        request(self.device, self.adapter.as_deref())
    }
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

/// What `augsphere figure` needs to know.
#[derive(Debug, Args)]
pub struct FigureArguments {
    /// A run folder.
    pub run: Option<String>,
    /// The name of a picture; --list names them.
    pub picture: Option<String>,
    /// The file to write; its name ends in .svg, .png or .csv.
    #[arg(short, long, value_name = "FILE", default_value = "figure.svg")]
    pub out: PathBuf,
    /// Another run folder whose curves are drawn beside; may be given many times.
    #[arg(long, value_name = "DIR")]
    pub with: Vec<String>,
    /// Another run folder whose picture is drawn below, under its name; may be given many times.
    #[arg(long, value_name = "DIR")]
    pub beside: Vec<String>,
    /// Turn a knob of the picture; may be given many times: --set temperature=0.1.
    #[arg(long = "set", value_name = "KNOB=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Its width in points; its height follows.
    #[arg(long, value_name = "POINTS", default_value_t = 960, value_parser = clap::value_parser!(u16).range(200..=4000))]
    pub width: u16,
    /// On a dark background.
    #[arg(long)]
    pub dark: bool,
    /// List the pictures instead.
    #[arg(long)]
    pub list: bool,
    /// With --list: as one line of JSON.
    #[arg(long, requires = "list")]
    pub json: bool,
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

/// What `augsphere devices` needs to know.
#[derive(Debug, Args)]
pub struct DevicesArguments {
    /// Only this GPU, by its number or a part of its name.
    #[arg(long, value_name = "NAME|INDEX")]
    pub adapter: Option<String>,
    /// One line of JSON instead of a list.
    #[arg(long)]
    pub json: bool,
}

/// What `augsphere bench` needs to know.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// What is measured: the device that a run would take, one of a kind, or every adapter and then the CPU.
    #[arg(long, value_enum, default_value_t = BenchDevice::Auto)]
    pub device: BenchDevice,
    /// Which GPU, by its number in `augsphere devices` or a part of its name.
    #[arg(long, value_name = "NAME|INDEX")]
    pub adapter: Option<String>,
    /// A first look: fewer and smaller rows.
    #[arg(long)]
    pub quick: bool,
    /// About how long each device is measured; what takes longer is left out [default: 100, with --quick 20].
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub seconds: Option<u16>,
    /// End with one line of JSON on standard output instead of tables in Markdown.
    #[arg(long)]
    pub json: bool,
}

impl BenchArguments {
    /// What is measured.
    pub fn devices(&self) -> Benchmarked {
        let one = |device| Benchmarked::One(request(device, self.adapter.as_deref()));
        match self.device {
            BenchDevice::Auto => one(Device::Auto),
            BenchDevice::Cpu => one(Device::Cpu),
            BenchDevice::Gpu => one(Device::Gpu),
            BenchDevice::Cuda => one(Device::Cuda),
            BenchDevice::All => Benchmarked::All(self.adapter.clone()),
        }
    }

    /// How much of it.
    pub fn amount(&self) -> Amount {
        Amount { quick: self.quick, seconds: self.seconds.map(f64::from) }
    }
}

/// The devices of a benchmark, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BenchDevice {
    /// A GPU if it passes the self-test, otherwise the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// Any adapter of Vulkan, Metal or DX12.
    Gpu,
    /// NVIDIA's own stack; needs a build with `--features cuda`.
    Cuda,
    /// Every adapter, adapters in software too, then the CPU.
    All,
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
