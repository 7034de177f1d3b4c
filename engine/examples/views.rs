//! How long do the views of a batch take, and which share of a training step is that? `views --images 128 --encoder small`
//!
//! Both views of every image under SimCLR's five augmentations (crop, flip, jitter, grayscale, blur at one half), 32 x 32,
//! drawing included, on the CPU; in turn with SimCLR's step on as many views. The last line of stdout is JSON: medians, the
//! median of the shares taken round by round, and what the views cost without each augmentation.

use augsphere_engine::augmentations::{Params, Policy};
use augsphere_engine::datasets::{self, DroppedArchives, Images};
use augsphere_engine::random::{Purpose, RngExt as _, stream};
use augsphere_engine::trainer::Trainer;
use augsphere_engine::{block_on, catalogue, device};
use augsphere_spec::{Choice, DeviceChoice, Value};
use burn::tensor::{Tensor, TensorData};
use std::io::Write;
use std::rc::Rc;
use std::time::Instant;

/// Turns before the clock counts, and those that count.
const WARMUP: usize = 3;
const ROUNDS: usize = 21;

/// Side of the images in pixels.
const SIDE: usize = 32;

/// SimCLR's augmentations, the blur as often as in its paper.
const POLICY: [&str; 5] = ["crop", "flip", "jitter", "grayscale", "blur"];

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn argument(name: &str, default: &str) -> String {
    let words: Vec<String> = std::env::args().collect();
    words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned().unwrap_or_else(|| default.into())
}

fn trainer(encoder: &str, images: i64) -> Result<Trainer, String> {
    let catalogue = catalogue();
    let opened = block_on(device::open(DeviceChoice::Cpu, None)).map_err(|fault| fault.what)?;
    let changes = [
        ("method.kind", Value::from("simclr")),
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
    let choice = experiment.choice("data").ok_or("an experiment has data")?;
    let data = Rc::new(datasets::load(choice, 0, &DroppedArchives::default()).map_err(|error| error.to_string())?);
    Trainer::new(experiment, data, &opened).map_err(|fault| fault.what)
}

/// SimCLR's policy without one of its augmentations, or with all.
fn policy(without: Option<&str>) -> Result<Policy, String> {
    let catalogue = catalogue();
    let section = catalogue.section("augment").ok_or("there are augmentations")?;
    let choice = |name: &&str| {
        let card = section.card(name)?;
        let mut knobs = card.defaults();
        if *name == "blur" {
            knobs.set("probability", 0.5);
        }
        Some(Choice { kind: card.name.clone(), knobs })
    };
    Ok(Policy::new(&POLICY.iter().filter(|name| Some(**name) != without).filter_map(choice).collect::<Vec<_>>()))
}

/// Milliseconds for one batch of views, drawing included.
fn time(policy: &Policy, images: &Images, rows: &[usize], round: usize) -> f64 {
    let start = Instant::now();
    let mut rng = stream(0, Purpose::Augmentations, round as u64);
    let draws: Vec<Vec<Params>> = rows.iter().map(|_| policy.draw(&mut rng, SIDE)).collect();
    std::hint::black_box(policy.views(images, rows, &draws, [0.5; 3], [0.25; 3]));
    start.elapsed().as_secs_f64() * 1e3
}

fn main() -> Result<(), String> {
    let (encoder, count) = (argument("--encoder", "small"), argument("--images", "128"));
    let count: usize = count.parse().map_err(|_| format!("--images needs a number, found {count}"))?;
    let mut rng = stream(0, Purpose::SelfTest, 0);
    let pixels = (0..count * 3 * SIDE * SIDE).map(|_| rng.below(256) as u8).collect();
    let images = Images::new(SIDE, pixels, vec![0; count]);
    let rows: Vec<usize> = (0..2 * count).map(|view| view % count).collect();
    let whole = policy(None)?;
    let less = POLICY.iter().map(|name| Ok((*name, policy(Some(name))?, Vec::new()))).collect::<Result<Vec<_>, String>>();
    let (mut less, mut views, mut steps) = (less?, Vec::new(), Vec::new());
    let mut trainer = trainer(&encoder, i64::try_from(count).map_err(|error| error.to_string())?)?;
    let shape = [2 * count, SIDE, SIDE, 3];
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal()).collect();
    let batch: Tensor<4> = Tensor::from_data(TensorData::new(values, shape), &trainer.opened().device.clone());
    for round in 0..WARMUP + ROUNDS {
        let own = time(&whole, &images, &rows, round);
        let start = Instant::now();
        trainer.step_on(batch.clone());
        if let (_, Some(failure)) = block_on(trainer.read_losses()) {
            return Err(failure.fault().what);
        }
        let step = start.elapsed().as_secs_f64() * 1e3;
        let rest: Vec<f64> = less.iter().map(|(_, policy, _)| time(policy, &images, &rows, round)).collect();
        if round >= WARMUP {
            views.push(own);
            steps.push(step);
            less.iter_mut().zip(rest).for_each(|((.., times), time)| times.push(own - time));
        }
    }
    let round = |value: f64| (value * 1e4).round() / 1e4;
    let share = median(views.iter().zip(&steps).map(|(views, step)| views / step).collect());
    let own = median(views);
    let costs: serde_json::Map<String, serde_json::Value> =
        less.into_iter().map(|(name, _, times)| (name.to_owned(), round(median(times)).into())).collect();
    let line = serde_json::json!({
        "encoder": encoder, "views": rows.len(), "steps": ROUNDS, "median_ms": round(own),
        "images_per_second": (rows.len() as f64 / own * 1e3).round(), "step_ms": round(median(steps)), "share": round(share),
        "costs_ms": costs,
    });
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}
