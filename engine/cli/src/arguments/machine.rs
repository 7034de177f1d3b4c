//! What may be typed about this machine's devices.

use super::{Device, request};
use crate::engine::{Amount, Benchmarked};
use clap::{Args, ValueEnum};

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
