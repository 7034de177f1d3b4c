//! What does a step of each method cost beside SimCLR's? `methods --encoder small --images 128`
//!
//! All methods take turns on the CPU, each with its own heads and target branch, on random images that are already on the
//! device. The last line of stdout is JSON: a list with the median of each and, taken round by round, its ratio to SimCLR's.

use augsphere_engine::datasets::{self, DroppedArchives};
use augsphere_engine::methods::target::Target;
use augsphere_engine::random::{Purpose, RngExt as _, stream};
use augsphere_engine::trainer::Trainer;
use augsphere_engine::{block_on, catalogue, device};
use augsphere_spec::{DeviceChoice, Value};
use burn::tensor::{Tensor, TensorData};
use std::io::Write;
use std::rc::Rc;
use std::time::Instant;

/// Turns before the clock counts, and those that count.
const WARMUP: usize = 2;
const ROUNDS: usize = 9;

/// Side of the images in pixels.
const SIDE: usize = 32;

struct Contestant {
    name: String,
    momentum: bool,
    trainer: Trainer,
    times: Vec<f64>,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn argument(name: &str, default: &str) -> String {
    let words: Vec<String> = std::env::args().collect();
    words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned().unwrap_or_else(|| default.into())
}

fn contestants(encoder: &str, images: i64) -> Result<Vec<Contestant>, String> {
    let catalogue = catalogue();
    let opened = block_on(device::open(DeviceChoice::Cpu, None)).map_err(|fault| fault.what)?;
    let methods = catalogue.section("method").ok_or("there are methods")?;
    let make = |name: &str| {
        let changes = [
            ("method.kind", Value::from(name)),
            ("data.train", Value::Int(images.max(16))),
            ("data.validation", Value::Int(16)),
            ("data.test", Value::Int(16)),
            ("data.side", Value::Int(SIDE as i64)),
            ("encoder.size", Value::from(encoder)),
            ("train.batch", Value::Int(images)),
            ("train.schedule", Value::from("constant")),
            ("optimiser.kind", Value::from("sgd")),
            ("optimiser.learning_rate", Value::Float(1e-3)),
        ]
        .map(|(path, value)| (path.to_owned(), value));
        let experiment = catalogue.with(&catalogue.default_experiment(), &changes).map_err(|mistakes| mistakes.to_string())?;
        let momentum = Target::of(experiment.choice("target")).has_momentum();
        let choice = experiment.choice("data").ok_or("an experiment has data")?;
        let data = Rc::new(datasets::load(choice, 0, &DroppedArchives::default()).map_err(|error| error.to_string())?);
        let trainer = Trainer::new(experiment, data, &opened).map_err(|fault| fault.what)?;
        Ok(Contestant { name: name.into(), momentum, trainer, times: Vec::new() })
    };
    methods.cards.iter().map(|card| make(&card.name)).collect()
}

fn main() -> Result<(), String> {
    let (encoder, images) = (argument("--encoder", "small"), argument("--images", "64"));
    let images: i64 = images.parse().map_err(|_| format!("--images needs a number, found {images}"))?;
    let mut all = contestants(&encoder, images)?;
    let mut rng = stream(0, Purpose::SelfTest, 0);
    let shape = [2 * images as usize, SIDE, SIDE, 3];
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal()).collect();
    let device = all[0].trainer.opened().device.clone();
    let views: Tensor<4> = Tensor::from_data(TensorData::new(values, shape), &device);
    for round in 0..WARMUP + ROUNDS {
        for one in &mut all {
            let start = Instant::now();
            one.trainer.step_on(views.clone());
            if let (_, Some(failure)) = block_on(one.trainer.read_losses()) {
                return Err(format!("{}: {}", one.name, failure.fault().what));
            }
            if round >= WARMUP {
                one.times.push(start.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    let first = all.iter().find(|one| one.name == "simclr").ok_or("SimCLR is in the list")?.times.clone();
    let rows: Vec<serde_json::Value> = all
        .into_iter()
        .map(|one| {
            let ratio = median(one.times.iter().zip(&first).map(|(time, simclr)| time / simclr).collect());
            let round = |value: f64| (value * 1e3).round() / 1e3;
            serde_json::json!({ "method": one.name, "momentum": one.momentum, "median_ms": round(median(one.times)), "ratio": round(ratio) })
        })
        .collect();
    let line = serde_json::json!({ "encoder": encoder, "images": images, "rounds": ROUNDS, "methods": rows });
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}
