//! The memory that an experiment needs, worked out from its shapes, how much there is, and what would fit.
//!
//! On the CPU everything lies in one memory. On a GPU only the images and what the measures gather are the host's; of the GPU's own
//! memory nobody says how much there is, but how large a single table may be.

use crate::datasets::Dataset;
use crate::device::{ComputeDevice, DeviceKind};
use crate::methods::{self, target::Target};
use crate::metrics;
use crate::trainer::Network;
use augsphere_spec::{Experiment, Fault, Value};
use burn::tensor::Device;

/// The program with its threads, before an experiment.
const PROGRAM: u64 = 28 << 20;
/// Most rows in a forward pass of the measures.
const MEASURED_ROWS: u64 = 256;
/// Copies of the flat weights at the end of a step: themselves, their windows, the gradient and its parts, and three on the way to the
/// next ones.
const WEIGHT_COPIES: u64 = 7;
/// Copies of a table of all views by all views in a loss and its way back.
const TABLES: u64 = 8;
/// Pieces that the weight gradient of a layer is summed from.
const PIECES: u64 = 16;

/// How many images there are, and of which size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Training images.
    pub train: usize,
    /// Validation images.
    pub validation: usize,
    /// Test images.
    pub test: usize,
    /// Their side in pixels.
    pub side: usize,
    /// Classes.
    pub classes: usize,
}

impl Counts {
    /// As an experiment asks for them; of files there may turn out to be fewer.
    pub fn asked(experiment: &Experiment) -> Self {
        let data = experiment.knobs("data");
        let side = if data.count("side") > 0 { data.count("side") } else { 32 };
        let [train, validation, test] = ["train", "validation", "test"].map(|split| data.count(split));
        Self { train, validation, test, side, classes: 100 }
    }

    /// As they are.
    pub fn of(data: &Dataset) -> Self {
        Self {
            train: data.train.len(),
            validation: data.validation.len(),
            test: data.test.len(),
            side: data.train.side,
            classes: data.classes.len(),
        }
    }

    /// All images.
    fn images(&self) -> usize {
        self.train + self.validation + self.test
    }
}

/// Bytes that an experiment takes at its largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Weights, their gradient, the optimiser's memory, a momentum encoder.
    pub weights: u64,
    /// What a training step keeps for its way back, and what is on the way.
    pub activations: u64,
    /// The images.
    pub data: u64,
    /// What a measurement computes and gathers.
    pub measures: u64,
    /// The largest single tensor on the device.
    pub largest: u64,
}

impl Estimate {
    /// All of it on the CPU. A step and a measurement do not happen at once.
    pub fn total(&self) -> u64 {
        PROGRAM + self.weights + self.data + self.activations.max(self.measures)
    }

    /// What the host needs of it beside a device of this kind.
    pub fn on_host(&self, kind: DeviceKind) -> u64 {
        if kind == DeviceKind::Cpu { self.total() } else { PROGRAM + self.data + self.measures }
    }
}

/// What an experiment will take.
pub fn estimate(experiment: &Experiment, counts: Counts) -> Estimate {
    let choice = experiment.choice("method").cloned().unwrap_or_default();
    let needs = methods::build(&choice, experiment.seed, counts.train).needs();
    let (network, _) = Network::new(experiment, needs, counts.classes, &Device::flex());
    let cost = network.cost(counts.side);
    let (batch, image) = (experiment.knobs("train").count("batch") as u64, (3 * counts.side * counts.side) as u64);
    let views = 2 * batch;

    let states = match experiment.choice("optimiser").map(|choice| choice.kind.as_str()) {
        Some("adam" | "adamw") => 2,
        _ => 1,
    };
    let momentum = u64::from(Target::of(experiment.choice("target")).has_momentum());
    let weights = network.layout.len() as u64 * (WEIGHT_COPIES + states + momentum);

    // The mean of the views goes through the network, too; one more view and their sum are on the way to it.
    let means = if needs.mean_view.is_some() { batch } else { 0 };
    let kept = 2 * cost.outputs * (views + means);
    let moving = (2 + momentum) * cost.largest * views + image * (views + 2 * means);
    let queue = experiment.knobs("method").count("queue") as u64;
    let tables = TABLES * views * views + TABLES / 2 * views * queue;
    let pieces = PIECES * network.layout.slots().iter().map(|slot| slot.len() as u64).max().unwrap_or(0);

    let rows = MEASURED_ROWS.min((counts.images() as u64).next_multiple_of(16));
    let bank = experiment.card("measures", "knn").map_or(0, |choice| choice.knobs.count("bank")).clamp(1, counts.train.max(1));
    let features = 1 + 2 * u64::from(needs.mean_view.is_some());
    let (width, dimension) = (network.width() as u64, network.dimension as u64);
    let routine = features * (bank + counts.validation) as u64 * width + 3 * counts.validation as u64 * dimension;
    let probed = metrics::training_images(experiment.choices("measures")).clamp(1, counts.train.max(1));
    let at_rest = (bank.max(probed) + counts.validation + counts.test) as u64 * (width + dimension);
    let gathered = routine.max(at_rest);
    let passing = rows * (3 * cost.largest + 2 * image);

    Estimate {
        weights: 4 * weights,
        activations: 4 * (kept + moving + tables + pieces),
        data: counts.images() as u64 * image,
        measures: 4 * (2 * gathered + passing),
        largest: 4 * [cost.largest * views.max(rows), views * views, views * queue].into_iter().fold(0, u64::max),
    }
}

/// What there is to fit into.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Where it computes.
    pub kind: DeviceKind,
    /// Bytes that this program can have in all, if anybody says.
    pub memory: Option<u64>,
    /// Most bytes of one tensor on the device.
    pub largest: u64,
}

impl Room {
    /// What there is now, on a device.
    pub fn on(opened: &ComputeDevice) -> Self {
        Self { kind: opened.kind, memory: limit(), largest: opened.max_binding }
    }

    fn holds(&self, estimate: &Estimate) -> bool {
        self.memory.is_none_or(|memory| estimate.on_host(self.kind) <= memory) && estimate.largest <= self.largest
    }
}

/// What an experiment will take, if it fits.
///
/// # Errors
/// If it does not; the remedy names what would.
pub fn check(experiment: &Experiment, counts: Counts, room: Room) -> Result<Estimate, Fault> {
    let estimate = estimate(experiment, counts);
    if room.holds(&estimate) {
        return Ok(estimate);
    }
    let settings = what_would_fit(experiment, counts, room);
    let what = match room.memory {
        Some(memory) if estimate.on_host(room.kind) > memory => {
            let whose = if cfg!(target_family = "wasm") { "this tab" } else { "this program" };
            format!("This needs about {}, and {whose} can have {}.", size(estimate.on_host(room.kind)), size(memory))
        }
        _ => format!(
            "One table of this experiment takes {}, and the adapter takes {} at once.",
            size(estimate.largest),
            size(room.largest)
        ),
    };
    Err(refusal(what, settings))
}

/// The largest batch below the one asked for that fits, if one of at least 8 images does.
pub fn would_fit(experiment: &Experiment, counts: Counts, room: Room) -> Option<usize> {
    let asked = experiment.knobs("train").count("batch");
    // Powers of two and what lies half-way between them.
    let batches = (3..=12).rev().flat_map(|power: u32| [(1usize << power) + (1 << (power - 1)), 1 << power]);
    batches.filter(|batch| *batch < asked).find(|&batch| room.holds(&estimate(&with_batch(experiment, batch), counts)))
}

/// Settings with which it fits: a smaller batch, else fewer images, else a smaller encoder as well.
fn what_would_fit(experiment: &Experiment, counts: Counts, room: Room) -> Vec<(String, Value)> {
    let setting = |path: &str, value: usize| (path.to_owned(), Value::Int(value as i64));
    if let Some(batch) = would_fit(experiment, counts, room) {
        return vec![setting("train.batch", batch)];
    }
    let batch = experiment.knobs("train").count("batch");
    let fewer =
        std::iter::successors(Some(counts.train / 2), |train| Some(train / 2)).take_while(|&train| train >= batch.max(16));
    for train in fewer {
        if room.holds(&estimate(experiment, Counts { train, ..counts })) {
            return vec![setting("data.train", train)];
        }
    }
    for size in ["small", "tiny"] {
        let mut smaller = experiment.clone();
        if let Some(encoder) = smaller.sections.get_mut("encoder").and_then(|choices| choices.first_mut()) {
            encoder.kind = "conv".into();
            encoder.knobs.set("size", size);
        }
        let mut settings =
            vec![("encoder.kind".to_owned(), Value::Text("conv".into())), ("encoder.size".to_owned(), Value::Text(size.into()))];
        if room.holds(&estimate(&smaller, counts)) {
            return settings;
        }
        if let Some(batch) = would_fit(&smaller, counts, room) {
            settings.push(setting("train.batch", batch));
            return settings;
        }
    }
    Vec::new()
}

fn with_batch(experiment: &Experiment, batch: usize) -> Experiment {
    let mut other = experiment.clone();
    if let Some(train) = other.sections.get_mut("train").and_then(|choices| choices.first_mut()) {
        train.knobs.set("batch", batch as i64);
    }
    other
}

fn refusal(what: String, settings: Vec<(String, Value)>) -> Fault {
    let fits = match settings.as_slice() {
        [(path, Value::Int(batch))] if path == "train.batch" => format!(" A batch of {batch} would fit."),
        [(path, Value::Int(train))] if path == "data.train" => format!(" It would fit with {train} training images."),
        [] => String::new(),
        _ => " A smaller encoder would fit.".into(),
    };
    let remedy = match settings.as_slice() {
        [] => "Close other programs, choose fewer images (data.train, data.test), or a machine with more memory.".into(),
        some => {
            let all: Vec<String> = some.iter().map(|(path, value)| format!("{path} to {value}")).collect();
            format!("Set {}.", all.join(" and "))
        }
    };
    Fault {
        what: what + &fits,
        location: settings.first().map_or_else(|| "memory".to_owned(), |(path, _)| path.clone()),
        remedy,
        recoverable: true,
        settings,
    }
}

/// `5.1 GB`, `134 MB`.
pub fn size(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 950.0 { format!("{megabytes:.0} MB") } else { format!("{:.1} GB", megabytes / 1e3) }
}

/// Bytes that this program can have in all: what the address space of a browser tab allows, or the least of what the machine has
/// left, what its control group allows and what its own limit allows. Nothing where nobody says.
pub fn limit() -> Option<u64> {
    host::limit()
}

#[cfg(target_family = "wasm")]
mod host {
    /// What a tab cannot use of its 4 GiB: gaps between arrays, and the program's own tables.
    const RESERVE: u64 = 384 << 20;

    /// See [`super::limit`].
    pub fn limit() -> Option<u64> {
        Some((4 << 30) - RESERVE)
    }
}

#[cfg(not(target_family = "wasm"))]
mod host {
    use std::fs::read_to_string;

    /// See [`super::limit`].
    pub fn limit() -> Option<u64> {
        let status = read_to_string("/proc/self/status").unwrap_or_default();
        let own = kibibytes(&status, "VmRSS:").unwrap_or(0);
        let left = read_to_string("/proc/meminfo").ok().and_then(|text| kibibytes(&text, "MemAvailable:")).map(|left| left + own);
        let space = read_to_string("/proc/self/limits").ok().and_then(|text| address_space(&text)).map(|space| {
            let reserved = kibibytes(&status, "VmSize:").unwrap_or(0).saturating_sub(own);
            space.saturating_sub(reserved)
        });
        [left, space, group(own)].into_iter().flatten().min()
    }

    /// `MemAvailable:   123 kB`, in bytes.
    pub fn kibibytes(text: &str, name: &str) -> Option<u64> {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
    }

    /// The soft limit of the line `Max address space   1048576   unlimited   bytes`.
    pub fn address_space(text: &str) -> Option<u64> {
        let rest = text.lines().find_map(|line| line.strip_prefix("Max address space"))?;
        rest.split_whitespace().next()?.parse().ok()
    }

    /// What the control groups that the process is in leave it, of either version.
    fn group(own: u64) -> Option<u64> {
        let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
        let second = groups.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
        let first = groups.lines().find_map(|line| line.split_once(":memory:").map(|(_, path)| path)).unwrap_or("/");
        let ways = [
            ("/sys/fs/cgroup", second, "memory.max", "memory.current"),
            ("/sys/fs/cgroup/memory", first, "memory.limit_in_bytes", "memory.usage_in_bytes"),
        ];
        let levels = ways.into_iter().flat_map(|(root, path, most, used)| {
            std::path::Path::new(path.trim_start_matches('/')).ancestors().map(move |level| {
                let folder = std::path::Path::new(root).join(level);
                let number = |name: &str| read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
                // Files that are kept in memory make room when it is needed.
                let stat = read_to_string(folder.join("memory.stat")).unwrap_or_default();
                let files = stat.lines().find_map(|line| line.strip_prefix("file ")).and_then(|bytes| bytes.trim().parse().ok());
                let others = number(used).unwrap_or(0).saturating_sub(own).saturating_sub(files.unwrap_or(0));
                number(most).map(|most| most.saturating_sub(others))
            })
        });
        levels.flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An experiment on shapes with this encoder and batch.
    fn experiment(encoder: &str, batch: usize) -> Experiment {
        let catalogue = crate::catalogue();
        let text = format!("[data]\nkind = \"shapes\"\n{encoder}\n[train]\nbatch = {batch}\n");
        catalogue.read_toml(&text).expect("an experiment without mistakes")
    }

    const ENCODERS: [&str; 4] = [
        "[encoder]\nkind = \"conv\"\nsize = \"tiny\"",
        "[encoder]\nkind = \"conv\"\nsize = \"small\"",
        "[encoder]\nkind = \"conv\"\nsize = \"base\"",
        "[encoder]\nkind = \"resnet18\"",
    ];

    const COUNTS: Counts = Counts { train: 4000, validation: 1000, test: 1000, side: 32, classes: 10 };

    fn room(memory: u64, largest: u64) -> Room {
        Room { kind: DeviceKind::Cpu, memory: Some(memory), largest }
    }

    #[test]
    fn more_of_anything_takes_more() {
        for encoder in ENCODERS {
            let of = |batch, counts| estimate(&experiment(encoder, batch), counts);
            for batch in [8, 64, 512, 2048] {
                // A small step takes less than a measurement, which does not depend on the batch.
                assert!(of(2 * batch, COUNTS).activations > of(batch, COUNTS).activations);
                assert!(of(2 * batch, COUNTS).total() >= of(batch, COUNTS).total());
                assert!(of(batch, Counts { train: 50_000, ..COUNTS }).total() > of(batch, COUNTS).total());
                assert!(of(batch, Counts { side: 64, ..COUNTS }).total() > of(batch, COUNTS).total());
            }
        }
        let by_size = ENCODERS.map(|encoder| estimate(&experiment(encoder, 128), COUNTS).total());
        assert!(by_size.is_sorted(), "{by_size:?}");
    }

    /// Peaks of the resident memory of three or four steps on the CPU, as the system told them.
    #[test]
    fn the_estimate_is_near_what_was_measured() {
        let counts = Counts { train: 2048, validation: 256, test: 256, ..COUNTS };
        let few = Counts { train: 256, validation: 32, test: 32, ..COUNTS };
        let measured =
            [(0, 512, counts, 158), (1, 128, counts, 247), (1, 512, counts, 805), (2, 256, counts, 894), (3, 32, few, 870)];
        for (encoder, batch, counts, megabytes) in measured {
            let estimated = estimate(&experiment(ENCODERS[encoder], batch), counts).total() as f64 / 1e6;
            let share = estimated / f64::from(megabytes);
            assert!((0.8..1.35).contains(&share), "{} with {batch}: {estimated:.0} MB, measured {megabytes}", ENCODERS[encoder]);
        }
    }

    /// What is proposed passes the same check, whatever is asked for and however little there is.
    #[test]
    fn what_is_proposed_fits() {
        let catalogue = crate::catalogue();
        let (mut proposed, mut hopeless) = (0, 0);
        for encoder in ENCODERS {
            for batch in [16, 100, 256, 1000, 4096] {
                for memory in [60 << 20, 100 << 20, 300 << 20, 1 << 30, 4 << 30] {
                    for largest in [16 << 20, 128 << 20, u64::MAX] {
                        for counts in [COUNTS, Counts { train: 50_000, validation: 5_000, test: 10_000, ..COUNTS }] {
                            let asked = experiment(encoder, batch);
                            let room = room(memory, largest);
                            let Err(fault) = check(&asked, counts, room) else { continue };
                            let settings = what_would_fit(&asked, counts, room);
                            if settings.is_empty() {
                                hopeless += 1;
                                assert!(memory <= 300 << 20 || largest <= 16 << 20, "{fault:?}");
                                continue;
                            }
                            proposed += 1;
                            let mended = catalogue.with(&asked, &settings).expect("settings that the catalogue takes");
                            let train = mended.knobs("data").count("train");
                            let fewer = settings.iter().any(|(path, _)| path == "data.train");
                            let counts = if fewer { Counts { train, ..counts } } else { counts };
                            check(&mended, counts, room).expect("what was proposed fits");
                            let value = &settings[0].1;
                            assert!(fault.remedy.contains(&value.to_string()), "{fault:?}");
                        }
                    }
                }
            }
        }
        assert!(proposed > 100 && hopeless < proposed, "{proposed} proposed, {hopeless} hopeless");
    }

    #[test]
    fn a_refusal_says_what_it_needs_and_what_would_fit() {
        let fault = check(&experiment(ENCODERS[1], 4096), COUNTS, room(1 << 30, u64::MAX)).expect_err("too large");
        assert!(fault.what.starts_with("This needs about ") && fault.what.contains("can have 1.1 GB. A batch of "), "{fault:?}");
        assert_eq!(fault.location, "train.batch");
        let fault = check(&experiment(ENCODERS[3], 256), COUNTS, room(1 << 40, 64 << 20)).expect_err("too large a table");
        assert!(fault.what.contains("takes 134 MB, and the adapter takes 67 MB at once. A batch of "), "{fault:?}");
        assert!(fault.remedy.starts_with("Set train.batch to "), "{fault:?}");
    }

    #[test]
    fn what_the_system_says_is_read() {
        assert_eq!(host::kibibytes("MemFree: 1 kB\nMemAvailable:   20 kB\n", "MemAvailable:"), Some(20 * 1024));
        assert_eq!(host::kibibytes("MemFree: 1 kB\n", "MemAvailable:"), None);
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax address space         4294967296           unlimited            bytes\n";
        assert_eq!(host::address_space(limits), Some(4 << 30));
        assert_eq!(host::address_space(&limits.replace("4294967296", "unlimited ")), None);
        if cfg!(target_os = "linux") {
            assert!(limit().is_some_and(|bytes| bytes > 64 << 20), "{:?}", limit());
        }
    }
}
