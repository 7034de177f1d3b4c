//! How long do the augmented distances of a class take here? `distance --images 500 --views 16 --device cpu`
//!
//! Random views of 32x32x3 that are in memory before; beside them, in turn in the same process, what this device's own
//! matrix multiplication takes for products of the same count. The last line of stdout is JSON.

use augsphere_engine::bench::{Limits, VALUES, distances, product, random_distance_views};
use augsphere_engine::pace::Pace;
use augsphere_engine::{block_on, device};
use augsphere_spec::DeviceChoice;
use std::io::Write;

/// Views on a side of a matrix product that is timed beside.
const SIDE: usize = 1024;

struct Given {
    images: usize,
    views: usize,
    rounds: usize,
    device: DeviceChoice,
}

impl Given {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut given = Self { images: 500, views: 16, rounds: 3, device: DeviceChoice::Cpu };
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            let number = || value.parse::<usize>().map_err(|_| format!("{word} needs a number, found {value}"));
            match (word.as_str(), value.as_str()) {
                ("--images", _) => given.images = number()?,
                ("--views", _) => given.views = number()?,
                ("--rounds", _) => given.rounds = number()?.max(1),
                ("--device", "cpu") => given.device = DeviceChoice::Cpu,
                ("--device", "gpu") => given.device = DeviceChoice::Gpu,
                ("--device", "cuda") => given.device = DeviceChoice::Cuda,
                _ => {
                    return Err(format!(
                        "{word} {value} is not known; use --images N --views K --rounds R --device cpu|gpu|cuda"
                    ));
                }
            }
        }
        Ok(given)
    }
}

/// How often the device's own product of two matrices of `SIDE` rows is timed beside.
const OWN: Limits = Limits { warmup: 1, least: 5, most: usize::MAX, seconds: 0.5 };

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> Result<(), String> {
    let given = Given::read(std::env::args().skip(1))?;
    let opened = block_on(device::open(given.device, None)).map_err(|fault| fault.what)?;
    let values = random_distance_views(given.images * given.views);
    let pace = Pace::default();
    let (mut seconds, mut own, mut work, mut peak) = (Vec::new(), Vec::new(), 0, 0);
    for _ in 0..given.rounds {
        let (taken, distances) = block_on(distances(&opened, [given.images, given.views], &values, &pace))?;
        seconds.push(taken);
        (work, peak) = (distances.multiply_adds(), distances.peak());
        own.push(block_on(product(&opened, [SIDE, VALUES, SIDE], 1, OWN, &pace))?.median());
    }
    let matmul: Vec<f64> = own.iter().map(|seconds| 2.0 * (SIDE * SIDE * VALUES) as f64 / seconds / 1e9).collect();
    let rate: Vec<f64> = seconds.iter().map(|seconds| 2.0 * work as f64 / seconds / 1e9).collect();
    let ratio = median(rate.iter().zip(&matmul).map(|(rate, matmul)| rate / matmul).collect());
    let line = serde_json::json!({
        "name": "Augsphere",
        "device": opened.report.name,
        "images": given.images,
        "views": given.views,
        "median_ms": median(seconds.iter().map(|seconds| seconds * 1e3).collect()),
        "steps": seconds.len(),
        "gflops": median(rate),
        "matmul_gflops": median(matmul),
        "of_matmul": ratio,
        "products": work,
        "peak_bytes": peak,
    });
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}
