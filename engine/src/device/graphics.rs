//! Adapters and devices of wgpu.
//!
//! burn sets its own wgpu runtime up once a process, and after a loss there is no other. So the handles are made here and given
//! to burn, which takes each as a new device.

use super::adapters::{Row, Source};
use super::{AdapterInfo, AdapterKind, ComputeDevice, DeviceKind};
use augsphere_spec::DeviceChoice;
use burn::tensor::Device;
use burn::tensor::wgpu::{WgpuSetup, wgpu};
use std::sync::{Mutex, PoisonError};
use wgpu::Features;

/// Launches that go to the queue together: a step of a small network in two submits, the first on its way while the second is written.
const TASKS: usize = 64;

/// An adapter and the instance that it came from.
pub(super) struct Found {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
}

/// The interfaces to look for adapters in, best first. OpenGL complains on machines without a screen, and is only asked where the
/// others have nothing.
#[cfg(not(target_family = "wasm"))]
const INTERFACES: [wgpu::Backends; 2] =
    [wgpu::Backends::VULKAN.union(wgpu::Backends::METAL).union(wgpu::Backends::DX12), wgpu::Backends::GL];

/// Names of adapters that compute on the CPU.
const SOFTWARE: [&str; 5] = ["swiftshader", "llvmpipe", "lavapipe", "software", "basic render"];

static INSTANCES: Mutex<Vec<(wgpu::Backends, wgpu::Instance)>> = Mutex::new(Vec::new());

/// The instance that adapters are looked for in: one, since loaders of Vulkan do not take it well when instances come and go.
fn instance(backends: wgpu::Backends) -> wgpu::Instance {
    let mut kept = INSTANCES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, instance)) = kept.iter().find(|(known, _)| *known == backends) {
        return instance.clone();
    }
    let descriptor = wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() };
    let instance = wgpu::Instance::new(descriptor);
    kept.push((backends, instance.clone()));
    instance
}

/// After a device was lost, the next one comes from a new instance.
pub(super) fn forget() {
    INSTANCES.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// Every adapter once, through the best interface that has it.
pub(super) async fn rows() -> Vec<Row> {
    let row = |(instance, adapter): (wgpu::Instance, wgpu::Adapter)| Row {
        info: describe(&adapter),
        source: Source::Graphics(Box::new(Found { instance, adapter })),
    };
    adapters().await.into_iter().map(row).collect()
}

/// A browser hands out one adapter, the fastest if it is asked for that.
#[cfg(target_family = "wasm")]
async fn adapters() -> Vec<(wgpu::Instance, wgpu::Adapter)> {
    let instance = instance(wgpu::Backends::BROWSER_WEBGPU);
    let power_preference = wgpu::PowerPreference::HighPerformance;
    let options = wgpu::RequestAdapterOptions { power_preference, ..wgpu::RequestAdapterOptions::default() };
    instance.request_adapter(&options).await.into_iter().map(|adapter| (instance.clone(), adapter)).collect()
}

#[cfg(not(target_family = "wasm"))]
async fn adapters() -> Vec<(wgpu::Instance, wgpu::Adapter)> {
    for interfaces in INTERFACES {
        let instance = instance(interfaces);
        let mut found: Vec<wgpu::Adapter> = Vec::new();
        for adapter in instance.enumerate_adapters(interfaces).await {
            // The same card through another interface is not one more; two equal cards are two.
            let info = adapter.get_info();
            let same = |known: &wgpu::Adapter| {
                let known = known.get_info();
                (known.vendor, known.device) == (info.vendor, info.device) && known.backend != info.backend
            };
            if !found.iter().any(same) {
                found.push(adapter);
            }
        }
        if !found.is_empty() {
            return found.into_iter().map(|adapter| (instance.clone(), adapter)).collect();
        }
    }
    Vec::new()
}

fn is_software(info: &wgpu::AdapterInfo) -> bool {
    info.device_type == wgpu::DeviceType::Cpu
        || [&info.name, &info.driver, &info.driver_info].into_iter().any(|word| names_software(word))
}

/// Whether a name is one of an adapter that computes on the CPU.
pub(crate) fn names_software(word: &str) -> bool {
    let word = word.to_lowercase();
    SOFTWARE.iter().any(|name| word.contains(name))
}

fn describe(adapter: &wgpu::Adapter) -> AdapterInfo {
    let (info, limits, features) = (adapter.get_info(), adapter.limits(), adapter.features());
    let kind = match info.device_type {
        _ if is_software(&info) => AdapterKind::Software,
        wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
        wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
        wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
        _ => AdapterKind::Other,
    };
    // Browsers hide the name from pages that have not asked for it.
    let unnamed = if kind == AdapterKind::Software { "a software adapter" } else { "a GPU that the browser does not name" };
    let words = [info.name.as_str(), info.driver.as_str(), info.driver_info.as_str()];
    AdapterInfo {
        index: 0,
        name: words.into_iter().find(|word| !word.is_empty()).unwrap_or(unnamed).to_owned(),
        device: DeviceChoice::Gpu,
        kind,
        backend: if cfg!(target_family = "wasm") { "WebGPU".into() } else { format!("{:?}", info.backend) },
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        max_binding: Some(limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)),
        max_invocations: Some(limits.max_compute_invocations_per_workgroup),
        f16: features.contains(Features::SHADER_F16),
        timestamps: features.contains(Features::TIMESTAMP_QUERY),
        subgroups: features.contains(Features::SUBGROUP),
    }
}

/// A new device on an adapter.
pub(super) async fn open(found: Found, info: AdapterInfo) -> Result<ComputeDevice, String> {
    Ok(described(handles(found).await?, info))
}

/// What an adapter may lack in a browser and have beside one. 64-bit integers and atomic floats are left: no browser has them, and burn
/// writes its shaders with them for every adapter that does.
const DISPENSABLE: Features = Features::SHADER_F16
    .union(Features::SUBGROUP)
    .union(Features::SUBGROUP_BARRIER)
    .union(Features::TIMESTAMP_QUERY)
    .union(Features::TIMESTAMP_QUERY_INSIDE_ENCODERS)
    .union(Features::TIMESTAMP_QUERY_INSIDE_PASSES);

/// A new device that has no more than what WebGPU guarantees, whatever its adapter has.
pub(super) async fn open_least(found: Found, info: AdapterInfo) -> Result<ComputeDevice, String> {
    let features = found.adapter.features().difference(DISPENSABLE.union(unwanted()));
    Ok(described(own_handles(found, features, wgpu::Limits::default()).await?, info))
}

fn unwanted() -> Features {
    Features::MAPPABLE_PRIMARY_BUFFERS.union(Features::all_experimental_mask())
}

fn described((device, setup): (Device, WgpuSetup), info: AdapterInfo) -> ComputeDevice {
    super::nudge::follow(&setup.queue);
    let limits = setup.device.limits();
    ComputeDevice {
        software: info.kind == AdapterKind::Software,
        max_binding: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
        setup: Some(setup),
        adapter: Some(info.clone()),
        ..ComputeDevice::untested(device, DeviceKind::Gpu, info.report("gpu"))
    }
}

/// In a browser the first device is burn's own, which asks for the same adapter: not every browser says of a device made elsewhere what
/// burn wants to know of it. Only the ones after a loss are given to it.
#[cfg(target_family = "wasm")]
async fn handles(found: Found) -> Result<(Device, WgpuSetup), String> {
    use std::sync::atomic::{AtomicBool, Ordering};
    static OPENED: AtomicBool = AtomicBool::new(false);
    if OPENED.swap(true, Ordering::Relaxed) {
        return whole_handles(found).await;
    }
    Device::wgpu_options().tasks_max(TASKS).init_with_setup_async().await.map_err(|error| format!("it gave no device: {error}"))
}

#[cfg(not(target_family = "wasm"))]
async fn handles(found: Found) -> Result<(Device, WgpuSetup), String> {
    whole_handles(found).await
}

/// A device with all that the adapter can do, given to burn.
async fn whole_handles(found: Found) -> Result<(Device, WgpuSetup), String> {
    let (features, limits) = (found.adapter.features().difference(unwanted()), found.adapter.limits());
    own_handles(found, features, limits).await
}

/// A device with these features and limits, given to burn.
async fn own_handles(
    Found { instance, adapter }: Found,
    required_features: Features,
    required_limits: wgpu::Limits,
) -> Result<(Device, WgpuSetup), String> {
    let descriptor = wgpu::DeviceDescriptor {
        required_features,
        required_limits,
        // burn batches its allocations itself.
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..wgpu::DeviceDescriptor::default()
    };
    let (device, queue) = adapter.request_device(&descriptor).await.map_err(|error| format!("it gave no device: {error}"))?;
    let setup = WgpuSetup { backend: adapter.get_info().backend, instance, adapter, device, queue };
    let device = Device::wgpu_options()
        .setup(setup.clone())
        .tasks_max(TASKS)
        .init()
        .map_err(|error| format!("burn did not take it: {error}"))?;
    Ok((device, setup))
}
