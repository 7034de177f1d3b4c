//! Which device does the work, and can its numbers be trusted?

/// The handles of a wgpu device, to draw with what computes.
#[cfg(feature = "gpu")]
pub use burn::tensor::wgpu::WgpuSetup;

use crate::readback::read;
use augsphere_spec::{DeviceChoice, DeviceReport, Fault};
use burn::tensor::activation::softmax;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// What kind of device: runs are reproducible within a class.
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
    /// Its class.
    pub kind: DeviceKind,
    /// What to tell people.
    pub report: DeviceReport,
    /// Whether it computes on the CPU pretending to be a GPU.
    pub software: bool,
    /// The wgpu handles, to draw with on the same device.
    #[cfg(feature = "gpu")]
    pub setup: Option<WgpuSetup>,
}

/// Opens the device that was asked for.
///
/// `Auto` takes a hardware GPU that passes the self-test, and otherwise the CPU, and says why.
///
/// # Errors
/// When a GPU was asked for by name and cannot be had or computes wrongly.
pub async fn open(choice: DeviceChoice) -> Result<ComputeDevice, Fault> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu("chosen by hand")),
        DeviceChoice::Gpu => gpu().await.map_err(|why| fault("gpu", why)),
        DeviceChoice::Cuda => cuda().await.map_err(|why| fault("cuda", why)),
        DeviceChoice::Auto => Ok(match gpu().await {
            Ok(opened) if opened.software => {
                cpu(&format!("the only GPU adapter is a software one, and the CPU is faster directly: {}", opened.report.name))
            }
            Ok(opened) => opened,
            Err(why) => cpu(&why),
        }),
    }
}

fn fault(asked: &str, why: String) -> Fault {
    Fault {
        what: format!("The device `{asked}` was asked for, but {why}."),
        location: "device".into(),
        remedy: "Choose the CPU, or `auto` to let the engine choose.".into(),
        recoverable: true,
    }
}

/// Names of adapters that compute on the CPU.
#[cfg(feature = "gpu")]
fn is_software(name: &str) -> bool {
    let name = name.to_lowercase();
    ["swiftshader", "llvmpipe", "lavapipe", "software", "basic render"].iter().any(|word| name.contains(word))
}

fn cpu(reason: &str) -> ComputeDevice {
    let name = if cfg!(target_family = "wasm") { "CPU (WebAssembly, SIMD)" } else { "CPU" };
    ComputeDevice {
        device: Device::flex(),
        kind: DeviceKind::Cpu,
        report: DeviceReport { kind: "cpu".into(), name: name.into(), reason: reason.into() },
        software: false,
        #[cfg(feature = "gpu")]
        setup: None,
    }
}

#[cfg(not(feature = "gpu"))]
async fn gpu() -> Result<ComputeDevice, String> {
    Err("this build has no GPU support (feature `gpu`)".into())
}

/// The GPU that was opened, if there is one.
#[cfg(feature = "gpu")]
fn ready() -> std::sync::MutexGuard<'static, Option<ComputeDevice>> {
    static READY: std::sync::Mutex<Option<ComputeDevice>> = std::sync::Mutex::new(None);
    READY.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A wgpu runtime can be set up once a process: later experiments reuse it.
#[cfg(feature = "gpu")]
async fn gpu() -> Result<ComputeDevice, String> {
    if let Some(opened) = ready().clone() {
        return Ok(opened);
    }
    let (device, setup) =
        Device::wgpu_options().init_with_setup_async().await.map_err(|error| format!("no GPU adapter could be had: {error}"))?;
    let info = setup.adapter.get_info();
    let words = [info.name.as_str(), info.driver.as_str(), info.driver_info.as_str()];
    let software = info.device_type == burn::tensor::wgpu::wgpu::DeviceType::Cpu || words.iter().any(|word| is_software(word));
    // Browsers hide the name from pages that have not asked for it.
    let unnamed = if software { "a software adapter" } else { "a GPU that the browser does not name" };
    let name = words.into_iter().find(|word| !word.is_empty()).unwrap_or(unnamed);
    let report = DeviceReport {
        kind: "gpu".into(),
        name: format!(
            "{}: {name}",
            if cfg!(target_family = "wasm") { "WebGPU".to_owned() } else { format!("{:?}", setup.backend) }
        ),
        reason: "it gives the same numbers as the CPU in the self-test".into(),
    };
    self_test(&device).await.map_err(|why| format!("{} failed the self-test: {why}", report.name))?;
    let opened = ComputeDevice { device, kind: DeviceKind::Gpu, report, software, setup: Some(setup) };
    *ready() = Some(opened.clone());
    Ok(opened)
}

/// Says that a device was lost: the next [`open`] does not hand it out again.
pub fn mark_lost(lost: &ComputeDevice) {
    #[cfg(feature = "gpu")]
    ready().take_if(|known| known.device == lost.device);
    #[cfg(not(feature = "gpu"))]
    let _ = lost;
}

#[cfg(not(feature = "cuda"))]
async fn cuda() -> Result<ComputeDevice, String> {
    Err("this build has no CUDA support (build it with `--features cuda`)".into())
}

#[cfg(feature = "cuda")]
async fn cuda() -> Result<ComputeDevice, String> {
    let device = Device::cuda(0usize);
    self_test(&device).await.map_err(|why| format!("it failed the self-test: {why}"))?;
    let report = DeviceReport { kind: "cuda".into(), name: "CUDA device 0".into(), reason: "chosen by hand".into() };
    Ok(ComputeDevice { device, kind: DeviceKind::Cuda, report, software: false, setup: None })
}

/// Compares softmax, max, convolution forward and backward, matrix product and gather with the CPU.
///
/// A shader that fails validation is only logged by browsers, and stale or zero data comes back: so the numbers are asked.
///
/// # Errors
/// Which operation differs, and by how much.
pub async fn self_test(device: &Device) -> Result<(), String> {
    let (names, ours) = probe(device);
    let (_, reference) = probe(&Device::flex());
    let ours = read(ours).await?;
    let reference = read(reference).await?;
    for ((name, ours), reference) in names.iter().zip(&ours).zip(&reference) {
        let scale = reference.iter().fold(1e-3f32, |scale, value| scale.max(value.abs()));
        let worst = ours
            .iter()
            .zip(reference)
            .map(|(a, b)| (a - b).abs() / scale)
            .fold(0.0f32, |worst, gap| if gap.is_nan() { f32::INFINITY } else { worst.max(gap) });
        if ours.len() != reference.len() || worst > 2e-3 {
            return Err(format!("{name} differs from the CPU by {worst:.1e} of its range"));
        }
    }
    Ok(())
}

/// The operations on fixed numbers.
fn probe(device: &Device) -> (Vec<&'static str>, Vec<Tensor<1>>) {
    let numbers =
        |count: usize, seed: usize| (0..count).map(|i| ((i * 37 + seed * 11) % 101) as f32 / 50.0 - 1.0).collect::<Vec<f32>>();
    let image: Tensor<4> = Tensor::from_data(TensorData::new(numbers(2 * 3 * 8 * 8, 1), [2, 3, 8, 8]), device);
    let kernel: Tensor<4> = Tensor::from_data(TensorData::new(numbers(4 * 3 * 3 * 3, 2), [4, 3, 3, 3]), device);
    let matrix: Tensor<2> = Tensor::from_data(TensorData::new(numbers(16 * 24, 3), [16, 24]), device);
    let index: Tensor<1, Int> = Tensor::from_data(TensorData::new(vec![3i32, 0, 15, 3], [4]), device);

    let (image, kernel) = (image.autodiff().require_grad(), kernel.autodiff().require_grad());
    let options = ConvOptions::new([2, 2], [1, 1], [1, 1], 1);
    let convolved = conv2d(image.clone(), kernel.clone(), None, options);
    let gradients = convolved.clone().square().sum().backward();
    let flat = |tensor: Tensor<4>| {
        let length = tensor.shape().num_elements();
        tensor.reshape([length])
    };
    let gradient = |tensor: &Tensor<4>| flat(tensor.grad(&gradients).unwrap_or_else(|| tensor.clone().inner().zeros_like()));
    let flat2 = |tensor: Tensor<2>| {
        let length = tensor.shape().num_elements();
        tensor.reshape([length])
    };
    let results = [
        ("softmax", flat2(softmax(matrix.clone() * 4.0, 1))),
        ("max", flat2(matrix.clone().max_dim(1))),
        ("convolution", flat(convolved.inner())),
        ("convolution backward (input)", gradient(&image)),
        ("convolution backward (weight)", gradient(&kernel)),
        ("matrix product", flat2(matrix.clone().matmul(matrix.clone().transpose()))),
        ("gather", flat2(matrix.select(0, index))),
    ];
    results.into_iter().unzip()
}
