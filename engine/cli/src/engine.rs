//! The engine as the terminal drives it. Only this file and those below it name it.

mod bench;
mod distances;
mod encoder;
mod figure;
mod session;
mod weights;

pub use augsphere_engine::device::AdapterKind;
pub use augsphere_engine::trainer::Split;
pub use bench::{Amount, Measured as Benchmarked, benchmark, threads};
pub use distances::{Asked, Measured, Shares, distances};
pub use encoder::{Encoder, Outputs, forms, kept};
pub use figure::{Pictured, answer, follow_toy, pictured};
pub use session::Engine;
pub use weights::{CheckpointFile, WeightsFile, with_notes};

use crate::failure::Failure;
use augsphere_engine::block_on;
use augsphere_engine::device::{self, AdapterInfo, Check};
use augsphere_spec::{Catalogue, DeviceChoice, DeviceReport};

/// Everything that can be chosen.
pub fn catalogue() -> Catalogue {
    augsphere_engine::catalogue()
}

/// Where to compute.
#[derive(Clone, Debug)]
pub struct DeviceRequest {
    /// Which kind of device.
    pub choice: DeviceChoice,
    /// Which GPU, by its number or a part of its name.
    pub adapter: Option<String>,
}

impl DeviceRequest {
    /// The CPU.
    pub fn cpu() -> Self {
        Self { choice: DeviceChoice::Cpu, adapter: None }
    }
}

/// What the self-test of a device found.
pub enum Verdict {
    /// It is what the others are compared with.
    Reference,
    /// It could not be opened.
    Failed(String),
    /// Every operation beside the CPU.
    Tested(Vec<Check>),
}

/// A device, and what its self-test found.
pub struct Examined {
    /// The device.
    pub info: AdapterInfo,
    /// What its self-test found.
    pub verdict: Verdict,
}

/// Every device, or those that `wanted`, a number or a part of a name, fits.
///
/// # Errors
/// If it fits none.
fn listed(wanted: Option<&str>) -> Result<Vec<AdapterInfo>, Failure> {
    let all = block_on(device::list());
    let fits = |info: &AdapterInfo, wanted: &str| match wanted.parse::<usize>() {
        Ok(index) => info.index == index,
        Err(_) => info.name.to_lowercase().contains(&wanted.to_lowercase()),
    };
    let chosen: Vec<AdapterInfo> = all.iter().filter(|info| wanted.is_none_or(|wanted| fits(info, wanted))).cloned().collect();
    if chosen.is_empty() {
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        let wanted = wanted.unwrap_or_default();
        return Err(Failure::Usage(format!("no device has the number or name {wanted}; there are:\n  {}", names.join("\n  "))));
    }
    Ok(chosen)
}

/// Tests every device, or those that `wanted`, a number or a part of a name, fits; `begin` hears of each before its test.
///
/// # Errors
/// If it fits none.
pub fn examine(wanted: Option<&str>, begin: &mut dyn FnMut(&str)) -> Result<Vec<Examined>, Failure> {
    let mut verdict = |info: &AdapterInfo| match info.device {
        DeviceChoice::Cpu => Verdict::Reference,
        _ => {
            begin(&info.name);
            block_on(device::examine(info))
                .map_or_else(|fault| Verdict::Failed(fault.what), |opened| Verdict::Tested(opened.checks.to_vec()))
        }
    };
    Ok(listed(wanted)?.into_iter().map(|info| Examined { verdict: verdict(&info), info }).collect())
}

/// What `--device auto` takes.
pub fn automatic() -> Option<DeviceReport> {
    block_on(device::open(DeviceChoice::Auto, None)).ok().map(|opened| opened.report)
}
