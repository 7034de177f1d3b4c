//! The figures of a benchmark: what a machine and its devices do in a second, as plain data for a table, a page or another program.
//!
//! A figure that was not taken is nothing, and [`DeviceBench::left_out`] says why. Rates are medians after a warm-up.

use serde::{Deserialize, Serialize};

/// A benchmark of a machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// Whether it was the short one.
    pub quick: bool,
    /// Whether it was stopped by hand before its end.
    pub stopped: bool,
    /// What it ran on.
    pub machine: MachineFacts,
    /// Device by device.
    pub devices: Vec<DeviceBench>,
}

/// A wish for a benchmark of the CPU and of the GPU, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchQuestion {
    /// Whether a first look will do.
    pub quick: bool,
}

/// What has been measured of a device so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchAnswer {
    /// Its number among those that are measured.
    pub index: usize,
    /// How many are measured.
    pub total: usize,
    /// The figures so far.
    pub found: DeviceBench,
    /// Whether that is all of it.
    pub done: bool,
}

/// What is known of a machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MachineFacts {
    /// The processor's name; empty where nobody says.
    pub cpu: String,
    /// Its cores, all sockets together.
    pub cores: Option<usize>,
    /// Threads that the program computes with.
    pub threads: usize,
    /// Bytes of memory of the machine.
    pub memory_bytes: Option<u64>,
    /// Most bytes that the program has taken, up to the end of the benchmark.
    pub peak_memory_bytes: Option<u64>,
    /// The browser that the page ran in; nothing for the terminal's program.
    pub browser: Option<String>,
    /// Operating system and its version.
    pub system: String,
    /// Version of the program.
    pub version: String,
    /// When it began, UTC.
    pub date: String,
    /// Programs that wanted to compute in the minute before it began; above 0 the figures are those of a machine at work.
    pub load: Option<f64>,
}

/// What one device does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeviceBench {
    /// Its name.
    pub name: String,
    /// `cpu`, `gpu` or `cuda`.
    pub kind: String,
    /// What it is made of: `discrete`, `integrated`, `virtual`, `other`, `software`, `cpu`.
    pub hardware: String,
    /// Whether it is a program that pretends to be a GPU.
    pub software: bool,
    /// `Vulkan`, `Metal`, `Dx12`, `WebGPU`, `CUDA`, `CPU`.
    pub backend: String,
    /// Driver and its version; empty if it does not say.
    pub driver: String,
    /// Whether its numbers are right.
    pub self_test: SelfTestResult,
    /// Seconds that one number takes to come back from it.
    pub read_back_seconds: Option<f64>,
    /// Products of two square matrices of [`DeviceBench::gemm_side`] in 32 bits, 10^9 additions and multiplications a second.
    pub gemm_gflops: Option<f64>,
    /// Rows of those matrices.
    pub gemm_side: usize,
    /// 10^9 bytes a second, read and written, of a sum of two arrays that no cache holds.
    pub memory_gb_per_s: Option<f64>,
    /// Training steps.
    pub rows: Vec<StepBench>,
    /// Seconds from setting up the first of the networks until the loss of its first step is there.
    pub first_step_seconds: Option<f64>,
    /// Views of 32 x 32 by SimCLR's five augmentations, drawing included.
    pub views_per_second: Option<f64>,
    /// Their bytes, each read and written once, as a share of the memory rate.
    pub views_share_of_memory: Option<f64>,
    /// Images whose augmented distances were measured, all with each other.
    pub distance_images: usize,
    /// Views of each.
    pub distance_views: usize,
    /// Seconds that took.
    pub distance_seconds: Option<f64>,
    /// Pairs of images a second.
    pub distance_pairs_per_second: Option<f64>,
    /// 10^9 additions and multiplications of their inner products a second.
    pub distance_gflops: Option<f64>,
    /// That as a share of the matrix multiplication.
    pub distance_share_of_gemm: Option<f64>,
    /// Rows of the bank in which nearest neighbours were looked for; of an adapter in software on the host.
    pub knn_bank: usize,
    /// Numbers of a row.
    pub knn_width: usize,
    /// Queries.
    pub knn_queries: usize,
    /// Seconds for all of them.
    pub knn_seconds: Option<f64>,
    /// 10^9 additions and multiplications of their inner products a second.
    pub knn_gflops: Option<f64>,
    /// That as a share of the matrix multiplication, where both are of the same device.
    pub knn_share_of_gemm: Option<f64>,
    /// Seconds that the device was measured for.
    pub seconds: f64,
    /// What was not measured, and why.
    pub left_out: Vec<LeftOut>,
}

/// A device beside the CPU, in short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SelfTestResult {
    /// Whether all is right; true of the CPU, which the others are compared with.
    pub passed: bool,
    /// Operations that were compared.
    pub compared: usize,
    /// Those that differ by more than they may.
    pub failed: Vec<String>,
    /// Why it cannot be used at all.
    pub error: Option<String>,
}

/// A training step of SimCLR: both views forward, NT-Xent, backward, SGD, on random images of 32 x 32 that are already on the device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepBench {
    /// The encoder.
    pub encoder: String,
    /// Images (not views) a step.
    pub batch: usize,
    /// Median milliseconds a step, the loss read back after each.
    pub ms: f64,
    /// The shortest step, milliseconds.
    pub ms_least: f64,
    /// Steps that were timed.
    pub steps: usize,
    /// Images a second.
    pub images_per_second: f64,
    /// 10^9 additions and multiplications of the network a second, backwards counted twice.
    pub gflops: f64,
    /// That as a share of the device's matrix multiplication.
    pub share_of_gemm: Option<f64>,
    /// Kernels launched a step; nothing on the CPU. This and the two after it are those of a run, which reads several losses at once.
    pub dispatches: Option<f64>,
    /// Submissions to the queue a step, where they can be counted.
    pub submits: Option<f64>,
    /// Times that numbers are read back, a step; nothing on the CPU.
    pub read_backs: Option<f64>,
    /// Seconds from setting up the network until the loss of its first step is there.
    pub first_step_seconds: f64,
    /// Bytes that the step takes by the engine's own reckoning: weights and what belongs to them, and what a step keeps.
    pub memory_bytes: u64,
}

/// Something that was not measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// What.
    pub what: String,
    /// Why.
    pub reason: String,
}
