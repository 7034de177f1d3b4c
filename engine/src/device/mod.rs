//! The devices that compute: what there is, which one a run takes, and whether its numbers can be trusted.

mod adapters;
mod cases;
#[cfg(feature = "gpu")]
mod graphics;
#[cfg(feature = "gpu")]
mod launches;
#[cfg(feature = "gpu")]
mod nudge;
mod self_test;

/// The handles of a wgpu device, to draw with what computes.
#[cfg(feature = "gpu")]
pub use burn::tensor::wgpu::WgpuSetup;

pub use adapters::{AdapterInfo, AdapterKind};
#[cfg(feature = "gpu")]
pub(crate) use graphics::names_software;
#[cfg(feature = "gpu")]
pub use launches::{LaunchCounter, Launches};
#[cfg(feature = "gpu")]
pub(crate) use nudge::nudged;
#[cfg(feature = "gpu")]
pub use nudge::{Pause, nudge_after};
pub use self_test::{Check, self_test};

use crate::readback::read;
use adapters::{Row, Source};
use augsphere_spec::{DeviceChoice, DeviceReport, Fault};
use burn::tensor::{Device, Tensor, TensorData};
use std::sync::{Arc, Mutex, PoisonError};
use web_time::Instant;

/// What kind of device: runs are reproducible within a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// The CPU, in plain Rust.
    Cpu,
    /// A GPU through wgpu.
    Gpu,
    /// A GPU through CUDA.
    Cuda,
}

/// A device that is ready.
#[derive(Clone)]
pub struct ComputeDevice {
    /// The device, without autodiff.
    pub device: Device,
    /// Its kind.
    pub kind: DeviceKind,
    /// What to tell people.
    pub report: DeviceReport,
    /// Whether it computes on the CPU pretending to be a GPU.
    pub software: bool,
    /// Most bytes of one tensor: a kernel can bind no more.
    pub max_binding: u64,
    /// Seconds that it takes to read one number back; browsers may let one wait for 100 ms.
    pub read_back: f32,
    /// What the self-test found.
    pub checks: Arc<[Check]>,
    /// The adapter it was opened on; nothing on the CPU.
    pub adapter: Option<AdapterInfo>,
    /// The wgpu handles, to draw with on the same device.
    #[cfg(feature = "gpu")]
    pub setup: Option<WgpuSetup>,
}

impl ComputeDevice {
    /// A device as it is: not tested, and without limits.
    pub fn untested(device: Device, kind: DeviceKind, report: DeviceReport) -> Self {
        Self {
            device,
            kind,
            report,
            software: false,
            max_binding: u64::MAX,
            read_back: 0.0,
            checks: Arc::new([]),
            adapter: None,
            #[cfg(feature = "gpu")]
            setup: None,
        }
    }

    /// Steps to queue before their losses are read: more where a read-back takes longer than a few steps. On the CPU a step is done
    /// when it returns.
    pub fn in_flight(&self) -> usize {
        match self.kind {
            DeviceKind::Cpu => 1,
            _ if self.read_back > 0.03 => 16,
            _ => 4,
        }
    }
}

/// Every adapter of this machine, the preferred ones first, and the CPU at last. In a browser there is one adapter at most.
pub async fn list() -> Vec<AdapterInfo> {
    adapters::rows().await.into_iter().map(|row| row.info).collect()
}

/// Opens the device that was asked for; `adapter` is its number in [`list`], or a part of its name that fits no other.
///
/// `Auto` takes a hardware GPU that passes the self-test (a discrete one before an integrated one), and otherwise the CPU, and
/// says why. A device that was lost since it was opened is opened anew.
///
/// # Errors
/// When a GPU or an adapter was asked for by name and cannot be had or computes wrongly.
pub async fn open(choice: DeviceChoice, adapter: Option<&str>) -> Result<ComputeDevice, Fault> {
    if adapter.is_none() && choice == DeviceChoice::Cpu {
        return Ok(cpu("chosen by hand"));
    }
    let rows = adapters::rows().await;
    if let Some(adapter) = adapter {
        let row = adapters::choose(rows, choice, adapter)?;
        let asked = row.info.name.clone();
        return trusted(row, "chosen by hand").await.map_err(|why| fault(&asked, why));
    }
    let mut fitting = rows.into_iter().filter(|row| adapters::fits(choice, &row.info));
    match choice {
        DeviceChoice::Auto => Ok(automatic(fitting.next()).await),
        DeviceChoice::Cpu => Ok(cpu("chosen by hand")),
        DeviceChoice::Gpu | DeviceChoice::Cuda => {
            let asked = if choice == DeviceChoice::Gpu { "gpu" } else { "cuda" };
            let row = fitting.next().ok_or_else(|| fault(asked, missing(choice).into()))?;
            trusted(row, "chosen by hand").await.map_err(|why| fault(asked, why))
        }
    }
}

/// The device that a run was on, opened anew if it was lost.
///
/// # Errors
/// When it cannot be had any more.
pub async fn renew(before: &ComputeDevice) -> Result<ComputeDevice, Fault> {
    let Some(info) = &before.adapter else { return Ok(before.clone()) };
    if alive(before).await {
        return Ok(before.clone());
    }
    mark_lost(before);
    let row = adapters::rows().await.into_iter().find(|row| row.info.is_the_adapter(info));
    let row = row.ok_or_else(|| fault(&info.name, "it is not there any more".into()))?;
    trusted(row, &before.report.reason).await.map_err(|why| fault(&info.name, why))
}

/// Opens an adapter of [`list`] and gives what the self-test finds, whether it passes or not.
///
/// # Errors
/// When it cannot be opened, or fails in the middle of the test.
pub async fn examine(info: &AdapterInfo) -> Result<ComputeDevice, Fault> {
    let row = adapters::rows().await.into_iter().find(|row| row.info.is_the_adapter(info));
    let row = row.ok_or_else(|| fault(&info.name, "it is not there any more".into()))?;
    opened(row).await.map_err(|why| fault(&info.name, why))
}

/// Opens an adapter with no more than what WebGPU guarantees everywhere: workgroups of 256 invocations, bindings of 128 MiB, neither
/// timestamps nor 16-bit floats. What is right there is right on the weakest adapter that a browser offers.
///
/// # Errors
/// When it is no adapter of wgpu, or cannot be opened.
#[cfg(feature = "gpu")]
pub async fn open_least(info: &AdapterInfo) -> Result<ComputeDevice, Fault> {
    let row = adapters::rows().await.into_iter().find(|row| row.info.is_the_adapter(info));
    match row.map(|row| (row.source, row.info)) {
        Some((Source::Graphics(found), info)) => {
            let name = info.name.clone();
            graphics::open_least(*found, info).await.map_err(|why| fault(&name, why))
        }
        _ => Err(fault(&info.name, "it is no adapter of wgpu".into())),
    }
}

/// Says that a device was lost: the next [`open`] does not hand it out again.
pub fn mark_lost(lost: &ComputeDevice) {
    ready().retain(|known| known.device != lost.device);
    #[cfg(feature = "gpu")]
    graphics::forget();
}

fn missing(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Cuda if !cfg!(feature = "cuda") => "this build has no CUDA support (build it with `--features cuda`)",
        DeviceChoice::Cuda => "no CUDA device could be found",
        _ if !cfg!(feature = "gpu") => "this build has no GPU support (feature `gpu`)",
        _ => "no GPU adapter could be found",
    }
}

/// The preferred adapter if it is hardware and computes rightly, else the CPU.
async fn automatic(row: Option<Row>) -> ComputeDevice {
    let Some(row) = row else { return cpu(missing(DeviceChoice::Gpu)) };
    let name = row.info.name.clone();
    if row.info.kind == AdapterKind::Software {
        return cpu(&format!("the only GPU adapter is a software one, and the CPU is faster directly: {name}"));
    }
    match trusted(row, "it gives the same numbers as the CPU in the self-test").await {
        Ok(opened) => opened,
        Err(why) => cpu(&format!("{name} cannot be used: {why}")),
    }
}

fn fault(asked: &str, why: String) -> Fault {
    Fault {
        what: format!("The device `{asked}` was asked for, but {why}."),
        location: "device".into(),
        remedy: "Choose the CPU, or `auto` to let the engine choose.".into(),
        recoverable: true,
        settings: Vec::new(),
    }
}

fn cpu(reason: &str) -> ComputeDevice {
    let name = if cfg!(target_family = "wasm") { "CPU (WebAssembly, SIMD)" } else { "CPU" };
    let report = DeviceReport { kind: "cpu".into(), name: name.into(), reason: reason.into() };
    ComputeDevice::untested(Device::flex(), DeviceKind::Cpu, report)
}

/// The devices that were opened. burn keeps each of them for as long as the process lives: they are handed out again.
fn ready() -> std::sync::MutexGuard<'static, Vec<ComputeDevice>> {
    static READY: Mutex<Vec<ComputeDevice>> = Mutex::new(Vec::new());
    READY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens an adapter, or says what its self-test found wrong.
async fn trusted(row: Row, reason: &str) -> Result<ComputeDevice, String> {
    let mut opened = opened(row).await?;
    if let Some(wrong) = self_test::verdict(&opened.checks) {
        return Err(format!("{} failed the self-test: {wrong}", opened.report.name));
    }
    opened.report.reason = reason.into();
    Ok(opened)
}

/// Opens and tests an adapter, once: the next time it is only asked whether it is still there.
async fn opened(row: Row) -> Result<ComputeDevice, String> {
    if row.info.device == DeviceChoice::Cpu {
        return Ok(cpu("chosen by hand"));
    }
    let known = ready().iter().find(|known| known.adapter.as_ref().is_some_and(|info| info.is_the_adapter(&row.info))).cloned();
    if let Some(known) = known {
        if alive(&known).await {
            return Ok(known);
        }
        mark_lost(&known);
    }
    let mut opened = fresh(row).await?;
    opened.checks = self_test(&opened.device, opened.software).await?.into();
    opened.device.memory_cleanup();
    let begun = Instant::now();
    if !alive(&opened).await {
        return Err("it was lost again at once".into());
    }
    opened.read_back = begun.elapsed().as_secs_f32();
    ready().push(opened.clone());
    Ok(opened)
}

/// A device on an adapter, not yet tested.
async fn fresh(row: Row) -> Result<ComputeDevice, String> {
    match row.source {
        Source::Cpu => Ok(cpu("chosen by hand")),
        #[cfg(feature = "gpu")]
        Source::Graphics(found) => graphics::open(*found, row.info).await,
        #[cfg(feature = "cuda")]
        Source::Cuda(device) => {
            let report = row.info.report("cuda");
            Ok(ComputeDevice { adapter: Some(row.info), ..ComputeDevice::untested(device, DeviceKind::Cuda, report) })
        }
    }
}

/// Whether a device still computes.
pub(crate) async fn alive(opened: &ComputeDevice) -> bool {
    let numbers: Tensor<1> = Tensor::from_data(TensorData::new(vec![1.0f32, 2.0, 3.0], [3]), &opened.device);
    read(vec![numbers * 2.0]).await.is_ok_and(|found| found == [[2.0, 4.0, 6.0]])
}
