//! What may be typed about runs that are kept.

use super::{DeviceArguments, Setting, setting};
use crate::engine::Split;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

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

/// What `augsphere runs` needs to know.
#[derive(Debug, Args)]
pub struct RunsArguments {
    /// Run folders, or folders with such in them.
    #[arg(default_value = "runs")]
    pub folders: Vec<PathBuf>,
    /// By which column: name, created, state, step, seconds, any measure (knn_accuracy), or any value of the experiment (method.temperature);
    /// what is no column yet becomes one.
    #[arg(long, value_name = "COLUMN", default_value = "created")]
    pub sort: String,
    /// The largest, or last, first.
    #[arg(long)]
    pub reverse: bool,
    /// One line of JSON on standard output instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What `augsphere compare` needs to know.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// Run folders: each is compared with the first.
    #[arg(required = true, num_args = 2..)]
    pub runs: Vec<PathBuf>,
    /// One line of JSON on standard output instead of words.
    #[arg(long)]
    pub json: bool,
}

/// What `augsphere eval` needs to know.
#[derive(Debug, Args)]
pub struct EvalArguments {
    /// The run folder.
    pub run: PathBuf,
    /// Other data than those of the run: a kind (see `augsphere catalogue`), or an archive or folder of CIFAR-10 or CIFAR-100.
    #[arg(long, value_name = "KIND|PATH")]
    pub data: Option<String>,
    /// Change a knob of the data or of a measure; may be given many times: --set data.train=5000 --set measures.knn.k=20.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Where to compute.
    #[command(flatten)]
    pub device: DeviceArguments,
    /// One line of JSON on standard output instead of words.
    #[arg(long)]
    pub json: bool,
}

/// What `augsphere embed` needs to know.
#[derive(Debug, Args)]
pub struct EmbedArguments {
    /// The run folder.
    pub run: PathBuf,
    /// The file to write: x.npy (and x-features.npy and x-labels.npy beside it), x.csv or x.safetensors.
    #[arg(short, long, value_name = "FILE")]
    pub out: PathBuf,
    /// Which images.
    #[arg(long, value_enum, default_value_t = Part::Validation)]
    pub split: Part,
    /// Other data than those of the run: a kind, or an archive or folder of CIFAR-10 or CIFAR-100.
    #[arg(long, value_name = "KIND|PATH")]
    pub data: Option<String>,
    /// Change a knob of the data; may be given many times: --set data.train=5000.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Where to compute.
    #[command(flatten)]
    pub device: DeviceArguments,
}

/// The splits, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// What the encoder learnt from.
    Train,
    /// What measures on the way are taken on.
    Validation,
    /// What is held out.
    Test,
}

impl Part {
    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl From<Part> for Split {
    fn from(part: Part) -> Self {
        match part {
            Part::Train => Self::Train,
            Part::Validation => Self::Validation,
            Part::Test => Self::Test,
        }
    }
}

/// What `augsphere export` needs to know.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The run folders.
    #[arg(required = true)]
    pub runs: Vec<PathBuf>,
    /// The file to write.
    #[arg(short, long, value_name = "FILE", default_value = "runs.zip")]
    pub out: PathBuf,
}

/// What `augsphere import` needs to know.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// A .zip file of runs, from the page or from `augsphere export`; or a safetensors file with the weights of an encoder
    /// (scripts/to_safetensors.py makes one of a PyTorch or solo-learn checkpoint).
    pub file: PathBuf,
    /// Of an encoder: the run folder to make, which must be new or empty. Of a .zip file: where to make run folders [default: runs].
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Which encoder it is (see `augsphere catalogue`).
    #[arg(long, value_name = "KIND", default_value = "resnet18")]
    pub encoder: String,
    /// Change a knob of the encoder, or say which data it is measured on: --set data.kind=cifar10 --set data.path=FILE. For a network that solo-learn
    /// trained on CIFAR-10: --set encoder.padding=2 --set data.normalise=cifar10.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// What to call it [default: the name of the file].
    #[arg(long)]
    pub name: Option<String>,
}
