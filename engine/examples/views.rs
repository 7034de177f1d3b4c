//! How long do the views of a batch take, and which share of a training step is that? `views --images 128 --encoder small`
//!
//! Both views of every image under SimCLR's five augmentations (crop, flip, jitter, grayscale, blur at one half), 32 x 32,
//! drawing included, on the CPU; in turn with SimCLR's step on as many views. The last line of stdout is JSON: medians, the
//! median of the shares taken round by round, and what the views cost without each augmentation.

use augsphere_engine::augmentations::{Params, Policy};
use augsphere_engine::bench::{POLICY, SIDE, policy, random_images, random_views, trainer};
use augsphere_engine::datasets::Images;
use augsphere_engine::random::{Purpose, stream};
use augsphere_engine::{block_on, device};
use augsphere_spec::DeviceChoice;
use std::io::Write;
use std::time::Instant;

/// Turns before the clock counts, and those that count.
const WARMUP: usize = 3;
const ROUNDS: usize = 21;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn argument(name: &str, default: &str) -> String {
    let words: Vec<String> = std::env::args().collect();
    words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned().unwrap_or_else(|| default.into())
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
    let opened = block_on(device::open(DeviceChoice::Cpu, None)).map_err(|fault| fault.what)?;
    let images = random_images(count);
    let rows: Vec<usize> = (0..2 * count).map(|view| view % count).collect();
    let whole = policy(None);
    let mut less: Vec<(&str, Policy, Vec<f64>)> = POLICY.iter().map(|name| (*name, policy(Some(name)), Vec::new())).collect();
    let (mut views, mut steps) = (Vec::new(), Vec::new());
    let mut trainer = trainer(&encoder, count, &opened)?;
    let batch = random_views(count, &opened);
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
