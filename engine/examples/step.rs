//! How long does one training step take here? `step --encoder small --images 128 --device cpu`
//!
//! Forward of both views as one batch of `2N`, NT-Xent, backward, SGD, on random images that are already on the device:
//! what `tests/peers/pytorch/step.py` times in PyTorch. The last line of stdout is JSON.

use augsphere_engine::datasets::{self, DroppedArchives};
use augsphere_engine::random::{Purpose, RngExt as _, stream};
use augsphere_engine::trainer::Trainer;
use augsphere_engine::{block_on, catalogue, device};
use augsphere_spec::{DeviceChoice, Experiment, Value};
use burn::tensor::{Tensor, TensorData};
use std::io::Write;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Steps before the clock counts.
const WARMUP: usize = 5;

/// At most this many steps count, and at least three.
const STEPS: usize = 40;

/// No more steps after this long.
const CAP: Duration = Duration::from_secs(20);

/// Side of the images in pixels.
const SIDE: usize = 32;

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
                ("--device", "cpu") => given.device = DeviceChoice::Cpu,
                ("--device", "gpu") => given.device = DeviceChoice::Gpu,
                ("--device", "cuda") => given.device = DeviceChoice::Cuda,
                _ => {
                    return Err(format!(
                        "{word} {value} is not known; use --encoder tiny|small|base|resnet18 --images N --device cpu|gpu|cuda"
                    ));
                }
            }
        }
        Ok(given)
    }

    fn experiment(&self) -> Result<Experiment, String> {
        let catalogue = catalogue();
        let images = i64::try_from(self.images).map_err(|error| error.to_string())?;
        let encoder = match self.encoder.as_str() {
            "resnet18" => ("encoder.kind", Value::from("resnet18")),
            size => ("encoder.size", Value::from(size)),
        };
        let changes = [
            encoder,
            ("data.train", Value::Int(images.max(16))),
            ("data.validation", Value::Int(16)),
            ("data.test", Value::Int(16)),
            ("data.side", Value::Int(SIDE as i64)),
            ("projector.hidden", Value::Int(128)),
            ("projector.dimension", Value::Int(64)),
            ("method.temperature", Value::Float(0.5)),
            ("optimiser.kind", Value::from("sgd")),
            ("optimiser.learning_rate", Value::Float(0.05)),
            ("optimiser.momentum", Value::Float(0.9)),
            ("optimiser.weight_decay", Value::Float(5e-4)),
            ("train.batch", Value::Int(images)),
            ("train.warmup", Value::Int(0)),
            ("train.schedule", Value::from("constant")),
        ]
        .map(|(path, value)| (path.to_owned(), value));
        catalogue.with(&catalogue.default_experiment(), &changes).map_err(|mistakes| mistakes.to_string())
    }
}

/// Milliseconds of each step that counts, in order of length.
fn measure(trainer: &mut Trainer, views: &Tensor<4>) -> Result<Vec<f64>, String> {
    let mut times = Vec::new();
    let begun = Instant::now();
    for step in 0..WARMUP + STEPS {
        let start = Instant::now();
        trainer.step_on(views.clone());
        // The loss is read after every step, as in the peer's loop.
        if let (_, Some(failure)) = block_on(trainer.read_losses()) {
            return Err(failure.fault().what);
        }
        if step >= WARMUP {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        if times.len() >= 3 && begun.elapsed() > CAP {
            break;
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

fn main() -> Result<(), String> {
    let given = Given::read(std::env::args().skip(1))?;
    let experiment = given.experiment()?;
    let choice = experiment.choice("data").ok_or("an experiment has data")?;
    let data = Rc::new(datasets::load(choice, 0, &DroppedArchives::default()).map_err(|error| error.to_string())?);
    let opened = block_on(device::open(given.device, None)).map_err(|fault| fault.what)?;
    let mut trainer = Trainer::new(experiment, data, &opened).map_err(|fault| fault.what)?;
    let mut rng = stream(0, Purpose::SelfTest, 0);
    let shape = [2 * given.images, SIDE, SIDE, 3];
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal()).collect();
    let views: Tensor<4> = Tensor::from_data(TensorData::new(values, shape), &opened.device);

    let times = measure(&mut trainer, &views)?;
    let round = |milliseconds: f64| (milliseconds * 1e3).round() / 1e3;
    let line = serde_json::json!({
        "name": "Augsphere",
        "device": opened.report.name,
        "encoder": given.encoder,
        "images": given.images,
        "views": 2 * given.images,
        "median_ms": round((times[(times.len() - 1) / 2] + times[times.len() / 2]) / 2.0),
        "min_ms": round(times[0]),
        "p95_ms": round(times[(times.len() * 95 / 100).min(times.len() - 1)]),
        "steps": times.len(),
    });
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}
