//! What may be typed to train.

use super::{Device, DeviceArguments, Planned, Setting, change, request, setting};
use crate::engine::DeviceRequest;
use clap::Args;
use std::path::{Path, PathBuf};

/// What `augsphere run` needs to know.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// A .toml or .json file (- for standard input), a run folder to repeat, or the name of a preset.
    #[arg(required_unless_present = "from")]
    pub experiment: Option<String>,
    /// Go on from a run's checkpoint in a new folder, with what --set says changed from there on; with an EXPERIMENT, begin that at step 0
    /// with the run's encoder.
    #[arg(long, value_name = "DIR[@STEP]", value_parser = origin)]
    pub from: Option<Origin>,
    /// Change one knob, by its dotted path; may be given many times: --set train.steps=2000.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Take all augmentations from a recipe (see `augsphere policies`) or from a .yaml file of solo-learn's; --set comes on top.
    #[arg(long, value_name = "NAME|FILE")]
    pub policy: Option<String>,
    /// Change one value on the way, after STEP steps, keeping the encoder: --change 300:method.kind=byol. May be given many times.
    #[arg(long = "change", value_name = "STEP:PATH=VALUE", value_parser = change)]
    pub changes: Vec<Planned>,
    /// Where to compute.
    #[command(flatten)]
    pub device: DeviceArguments,
    /// Write a checkpoint every N steps [default: after measures, at most so often that it takes 3 % of the time].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub checkpoint_every: Option<u64>,
    /// The run folder; must be new or empty [default: runs/NAME-SEED-TIME].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// End with one line of JSON on standard output instead of a summary in words.
    #[arg(long)]
    pub json: bool,
}

/// What `augsphere resume` needs to know.
#[derive(Debug, Args)]
pub struct ResumeArguments {
    /// The run folder.
    pub run: PathBuf,
    /// Where to compute [default: on a device of the kind that the run had].
    #[arg(long, value_enum)]
    pub device: Option<Device>,
    /// Which GPU, by its number in `augsphere devices` or a part of its name.
    #[arg(long, value_name = "NAME|INDEX")]
    pub adapter: Option<String>,
    /// Where the images are now, if they have moved: --set data.path=FILE. Nothing else of a run changes.
    #[arg(long = "set", value_name = "data.path=FILE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Write a checkpoint every N steps [default: after measures, at most so often that it takes 3 % of the time].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub checkpoint_every: Option<u64>,
    /// End with one line of JSON on standard output instead of a summary in words.
    #[arg(long)]
    pub json: bool,
}

impl ResumeArguments {
    /// Where to compute, for a run on a device of this kind.
    pub fn device(&self, kind: Option<&str>) -> DeviceRequest {
        let same = match kind {
            Some("cpu") => Device::Cpu,
            Some("gpu") => Device::Gpu,
            Some("cuda") => Device::Cuda,
            _ => Device::Auto,
        };
        request(self.device.unwrap_or(same), self.adapter.as_deref())
    }
}

/// A run folder, and perhaps one of its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The folder.
    pub folder: PathBuf,
    /// The step; the newest if none is named.
    pub step: Option<u64>,
}

fn origin(typed: &str) -> Result<Origin, String> {
    let plain = Origin { folder: typed.into(), step: None };
    if Path::new(typed).exists() {
        return Ok(plain);
    }
    match typed.rsplit_once('@') {
        None => Ok(plain),
        Some((folder, step)) => match step.parse() {
            Ok(step) if !folder.is_empty() => Ok(Origin { folder: folder.into(), step: Some(step) }),
            _ => Err("expected DIR or DIR@STEP, for example runs/mine@200".into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_folder_and_perhaps_a_step() {
        let of = |folder: &str, step| Ok(Origin { folder: folder.into(), step });
        assert_eq!(origin("runs/mine"), of("runs/mine", None));
        assert_eq!(origin("runs/mine@200"), of("runs/mine", Some(200)));
        assert_eq!(origin("runs/a@b@3"), of("runs/a@b", Some(3)));
        for typed in ["runs/mine@", "runs/mine@-1", "runs/mine@last", "@3"] {
            assert!(origin(typed).is_err(), "{typed}");
        }
    }
}
