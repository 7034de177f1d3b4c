//! How long does one training step take here? `step --encoder small --images 128 --device cpu`; on a GPU `--tiles never` convolves wide layers
//! without tiles, to compare.
//!
//! Forward of both views as one batch of `2N`, NT-Xent, backward, SGD, on random images that are already on the device:
//! what `tests/peers/pytorch/step.py` times in PyTorch. The last line of stdout is JSON.

use augsphere_engine::bench::{Limits, random_views, steps, trainer};
#[cfg(feature = "gpu")]
use augsphere_engine::nn;
use augsphere_engine::pace::Pace;
use augsphere_engine::{block_on, device};
use augsphere_spec::DeviceChoice;
use std::io::Write;

/// Steps before the clock counts; at least three that count, and at most forty; no more of them after 20 seconds.
const LIMITS: Limits = Limits { warmup: 5, least: 3, most: 40, seconds: 20.0 };

struct Given {
    encoder: String,
    images: usize,
    device: DeviceChoice,
}

impl Given {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut given = Self { encoder: "small".into(), images: 128, device: DeviceChoice::Cpu };
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match (word.as_str(), value.as_str()) {
                ("--encoder", "tiny" | "small" | "base" | "resnet18") => given.encoder = value,
                ("--images", number) => {
                    given.images = number.parse().map_err(|_| format!("--images needs a number, found {number}"))?
                }
                #[cfg(feature = "gpu")]
                ("--tiles", "always") => nn::set_tiles(nn::Tiles::Always),
                #[cfg(feature = "gpu")]
                ("--tiles", "never") => nn::set_tiles(nn::Tiles::Never),
                ("--device", "cpu") => given.device = DeviceChoice::Cpu,
                ("--device", "gpu") => given.device = DeviceChoice::Gpu,
                ("--device", "cuda") => given.device = DeviceChoice::Cuda,
                _ => {
                    return Err(format!(
                        "{word} {value} is not known; use --encoder tiny|small|base|resnet18 --images N --device cpu|gpu|cuda \
                         --tiles always|never"
                    ));
                }
            }
        }
        Ok(given)
    }
}

fn main() -> Result<(), String> {
    let given = Given::read(std::env::args().skip(1))?;
    let opened = block_on(device::open(given.device, None)).map_err(|fault| fault.what)?;
    let mut trainer = trainer(&given.encoder, given.images, &opened)?;
    let views = random_views(given.images, &opened);
    let times = block_on(steps(&mut trainer, &views, LIMITS, &Pace::default()))?;
    let milliseconds = |seconds: f64| (seconds * 1e6).round() / 1e3;
    let line = serde_json::json!({
        "name": "Augsphere",
        "device": opened.report.name,
        "encoder": given.encoder,
        "images": given.images,
        "views": 2 * given.images,
        "median_ms": milliseconds(times.median()),
        "min_ms": milliseconds(times.least()),
        "p95_ms": milliseconds(times.most_of_them()),
        "steps": times.count(),
    });
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}
