//! The engine as the terminal drives it. Only this file and those below it name it.

mod bench;
mod figure;

pub use bench::{Amount, Measured as Benchmarked, benchmark, threads};
pub use figure::{Pictured, answer, follow_toy, pictured};

use crate::failure::Failure;
use augsphere_engine::augmentations::Pair;
use augsphere_engine::augmented_distance::{DistanceJob, DistanceMatrix, Distances, LIMIT, Sample, Subset, choose};
use augsphere_engine::concentration::{BUDGET, sigma_curve, thresholds};
use augsphere_engine::datasets::{self, DroppedArchives};
pub use augsphere_engine::device::AdapterKind;
use augsphere_engine::device::{self, AdapterInfo, Check};
use augsphere_engine::{Session, block_on};
use augsphere_spec::{Catalogue, Command, DeviceChoice, DeviceReport, Event, Experiment, Fault, Interval, Progress, RunId};
use std::time::Duration;

/// Everything that can be chosen.
pub fn catalogue() -> Catalogue {
    augsphere_engine::catalogue()
}

/// Where to compute.
#[derive(Clone, Debug)]
pub struct DeviceRequest {
    /// Which kind of device.
    pub choice: DeviceChoice,
    /// Which GPU, by its number or a part of its name.
    pub adapter: Option<String>,
}

/// What the self-test of a device found.
pub enum Verdict {
    /// It is what the others are compared with.
    Reference,
    /// It could not be opened.
    Failed(String),
    /// Every operation beside the CPU.
    Tested(Vec<Check>),
}

/// A device, and what its self-test found.
pub struct Examined {
    /// The device.
    pub info: AdapterInfo,
    /// What its self-test found.
    pub verdict: Verdict,
}

/// Every device, or those that `wanted`, a number or a part of a name, fits.
///
/// # Errors
/// If it fits none.
fn listed(wanted: Option<&str>) -> Result<Vec<AdapterInfo>, Failure> {
    let all = block_on(device::list());
    let fits = |info: &AdapterInfo, wanted: &str| match wanted.parse::<usize>() {
        Ok(index) => info.index == index,
        Err(_) => info.name.to_lowercase().contains(&wanted.to_lowercase()),
    };
    let chosen: Vec<AdapterInfo> = all.iter().filter(|info| wanted.is_none_or(|wanted| fits(info, wanted))).cloned().collect();
    if chosen.is_empty() {
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        let wanted = wanted.unwrap_or_default();
        return Err(Failure::Usage(format!("no device has the number or name {wanted}; there are:\n  {}", names.join("\n  "))));
    }
    Ok(chosen)
}

/// Tests every device, or those that `wanted`, a number or a part of a name, fits; `begin` hears of each before its test.
///
/// # Errors
/// If it fits none.
pub fn examine(wanted: Option<&str>, begin: &mut dyn FnMut(&str)) -> Result<Vec<Examined>, Failure> {
    let mut verdict = |info: &AdapterInfo| match info.device {
        DeviceChoice::Cpu => Verdict::Reference,
        _ => {
            begin(&info.name);
            block_on(device::examine(info))
                .map_or_else(|fault| Verdict::Failed(fault.what), |opened| Verdict::Tested(opened.checks.to_vec()))
        }
    };
    Ok(listed(wanted)?.into_iter().map(|info| Examined { verdict: verdict(&info), info }).collect())
}

/// What `--device auto` takes.
pub fn automatic() -> Option<DeviceReport> {
    block_on(device::open(DeviceChoice::Auto, None)).ok().map(|opened| opened.report)
}

/// One run, by a session that answers when it is asked.
pub struct Engine {
    session: Session,
    began: bool,
}

impl Engine {
    /// Begins to set up `experiment`; [`advance`](Self::advance) goes on with it until [`began`](Self::began), and then trains.
    pub fn begin(experiment: Experiment, device: DeviceRequest) -> (Self, Vec<Event>) {
        let mut engine = Self { session: Session::with_adapter(device.adapter), began: false };
        let events = block_on(engine.session.handle(Command::Begin { run: RunId(1), experiment, device: device.choice }));
        let events = engine.heard(events);
        (engine, events)
    }

    /// Withdraws what is being set up.
    pub fn cancel(&mut self) -> Vec<Event> {
        block_on(self.session.handle(Command::Cancel))
    }

    /// Whether the experiment is set up and trains.
    pub fn began(&self) -> bool {
        self.began
    }

    /// Whether [`advance`](Self::advance) has anything to do.
    pub fn busy(&self) -> bool {
        self.session.busy()
    }

    /// Goes on for about `budget`: sets up, or trains to the experiment's last step.
    pub fn advance(&mut self, budget: Duration) -> Vec<Event> {
        let events = block_on(self.session.advance(budget));
        self.heard(events)
    }

    fn heard(&mut self, mut events: Vec<Event>) -> Vec<Event> {
        if events.iter().any(|event| matches!(event, Event::Began { .. })) {
            self.began = true;
            events.extend(block_on(self.session.handle(Command::Play)));
        }
        events
    }

    /// The weights as a safetensors file; once the run has ended with a fault, those that were measured last.
    ///
    /// # Errors
    /// If the device has failed, or some weights are not finite.
    pub fn weights(&mut self) -> Result<WeightsFile, Failure> {
        for event in block_on(self.session.handle(Command::Save)) {
            match event {
                Event::Weights { bytes, .. } => return WeightsFile::new(bytes),
                Event::Fault(fault) => return Err((&fault).into()),
                _ => {}
            }
        }
        Err(Failure::Failed("the engine did not hand over the weights and did not say why".into()))
    }
}

/// A safetensors file of finite weights.
pub struct WeightsFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// After so many steps.
    pub step: u64,
}

impl WeightsFile {
    /// Looks at every weight (32-bit floats after a header that says how long it is).
    ///
    /// # Errors
    /// If one is not finite.
    fn new(bytes: Vec<u8>) -> Result<Self, Failure> {
        let parts = bytes.split_first_chunk().and_then(|(length, rest)| {
            let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
            rest.split_at_checked(length)
        });
        let (header, weights) = parts.ok_or_else(|| Failure::Failed("the weights are no safetensors file".into()))?;
        let header: serde_json::Value = serde_json::from_slice(header).unwrap_or_default();
        let step = header.pointer("/__metadata__/steps").and_then(|steps| steps.as_str()?.parse().ok()).unwrap_or_default();
        let (values, odd) = weights.as_chunks();
        if odd.is_empty() && values.iter().all(|value| f32::from_le_bytes(*value).is_finite()) {
            return Ok(Self { bytes, step });
        }
        Err(Failure::Failed(format!(
            "some weights are not finite any more after step {step}\n  next: lower the learning rate, raise the temperature, or set the \
             gradient guard (train.clip) to about 10"
        )))
    }
}

/// Which distances are wanted.
pub struct Asked<'a> {
    /// Whose data, seed and augmentations.
    pub experiment: &'a Experiment,
    /// Classes as numbers; none means all.
    pub classes: &'a [usize],
    /// Images of each class, the first ones.
    pub per_class: usize,
    /// Views of an image.
    pub views: usize,
    /// Whether images of different classes are compared, too.
    pub between: bool,
    /// Where to compute.
    pub device: DeviceRequest,
}

/// Augmented distances within each class, and between classes if they were asked for.
pub struct Measured {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Images of each.
    pub images: Vec<usize>,
    /// Values of an image.
    pub values: usize,
    distances: Vec<Distances>,
    /// Distances of every two images of different classes; empty if they were not asked for.
    between: Vec<f64>,
}

/// The distances within each class, class by class: what lies between classes does not matter for (sigma, delta), and is compared only if
/// that is asked for.
///
/// # Errors
/// Data that cannot be read, a class that is not there, a device that fails.
pub fn distances(asked: &Asked<'_>, progress: &mut dyn FnMut(&Progress)) -> Result<Measured, Fault> {
    let experiment = asked.experiment;
    let choice = experiment.choice("data").cloned().unwrap_or_default();
    let data = datasets::load(&choice, experiment.seed, &DroppedArchives::default())?;
    let all: Vec<usize> = (0..data.classes.len()).collect();
    let classes = if asked.classes.is_empty() { &all } else { asked.classes };
    if let Some(strange) = classes.iter().find(|class| **class >= all.len()) {
        return Err(Fault {
            what: format!("There is no class {strange}: these data have {}, from 0.", all.len()),
            location: "--classes".into(),
            remedy: "Name others.".into(),
            recoverable: true,
            settings: Vec::new(),
        });
    }
    let opened = block_on(device::open(asked.device.choice, asked.device.adapter.as_deref()))?;
    let pair = Pair::of(experiment);
    let mut measured = Measured {
        classes: classes.iter().map(|class| data.classes[*class].clone()).collect(),
        images: Vec::new(),
        values: data.train.stride(),
        distances: Vec::new(),
        between: Vec::new(),
    };
    let told = |share: f32, done: usize, what: &str| Progress {
        what: format!("Comparing the views of {what}"),
        done: ((done as f32 + share) * 100.0) as u64,
        total: 100 * classes.len() as u64,
        seconds_left: None,
    };
    let mut compare = |chosen: &Subset, done: usize, what: &str| -> Result<Option<Distances>, Fault> {
        let sample = Sample::of(&data.train, &chosen.rows, asked.views, experiment.seed, &pair)?;
        let mut job = DistanceJob::new(sample.layout(), &opened, LIMIT);
        while block_on(job.advance(&mut |views| sample.pixels(views)))? {
            progress(&told(job.share(), done, what));
        }
        Ok(job.finish())
    };
    for (done, class) in classes.iter().enumerate() {
        let chosen = choose(&data.train, &[*class], asked.per_class, 0)?;
        measured.distances.extend(compare(&chosen, done, &data.classes[*class])?);
        measured.images.push(chosen.rows.len());
    }
    if asked.between {
        let chosen = choose(&data.train, classes, asked.per_class, 0)?;
        let distances = compare(&chosen, classes.len() - 1, "all classes")?;
        let pairs = (0..chosen.rows.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        let unlike = pairs.filter(|(i, j)| chosen.classes[*i] != chosen.classes[*j]);
        measured.between = unlike.filter_map(|(i, j)| Some(f64::from(distances.as_ref()?.get(i, j)))).collect();
    }
    Ok(measured)
}

/// How much of each class comes together at one threshold; intervals are `[at least, at most]`.
pub struct Shares {
    /// The threshold.
    pub delta: f64,
    /// The smallest share over the classes.
    pub least: [f64; 2],
    /// Their mean.
    pub mean: [f64; 2],
    /// Class by class.
    pub by_class: Vec<[f64; 2]>,
}

/// An interval as `[at least, at most]`.
fn ends(Interval { lower, upper }: Interval) -> [f64; 2] {
    [lower, upper]
}

/// A number of views, the mean distance within classes, if there is a pair in any, and the ends of sigma.
type ByViews = (usize, Option<f64>, [f64; 2]);

impl Measured {
    fn tables(&self) -> Vec<DistanceMatrix> {
        self.distances.iter().map(|class| class.table().clone()).collect()
    }

    /// Distances worth asking about.
    pub fn thresholds(&self, count: usize) -> Vec<f64> {
        thresholds(&self.tables(), count)
    }

    /// Sigma at each delta.
    ///
    /// # Errors
    /// A delta below 0.
    pub fn sigma(&self, deltas: &[f64]) -> Result<Vec<Shares>, Fault> {
        let along = sigma_curve(&self.tables(), deltas, BUDGET)?;
        let classes = 0..self.images.len();
        let told = along.into_iter().map(|at| {
            let by_class = classes.clone().map(|class| ends(at.share(class))).collect();
            Shares { delta: at.delta, least: ends(at.least()), mean: ends(at.mean()), by_class }
        });
        Ok(told.collect())
    }

    /// The mean distance between classes; nothing where none was measured.
    pub fn between(&self) -> Option<f64> {
        (!self.between.is_empty()).then(|| self.between.iter().sum::<f64>() / self.between.len() as f64)
    }

    /// The share of pairs of images of different classes within `delta`, 0 to 1; nothing where none was measured.
    pub fn merged(&self, delta: f64) -> Option<f64> {
        let within = self.between.iter().filter(|distance| **distance <= delta).count();
        (!self.between.is_empty()).then(|| within as f64 / self.between.len() as f64)
    }

    /// With only so many views: the mean distance within classes, if there is a pair in any, and sigma at `delta`.
    ///
    /// # Errors
    /// A delta below 0.
    pub fn by_views(&self, delta: f64) -> Result<Vec<ByViews>, Fault> {
        let levels = self.distances.first().map_or(&[][..], Distances::levels);
        let told = levels.iter().map(|&views| {
            let tables: Vec<DistanceMatrix> = self.distances.iter().filter_map(|class| class.at_level(views)).cloned().collect();
            let all: Vec<f64> = tables.iter().flat_map(|table| table.off_diagonal()).map(|&one| f64::from(one)).collect();
            let mean = (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64);
            Ok((views, mean, ends(sigma_curve(&tables, &[delta], BUDGET)?[0].least())))
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_are_not_finite_are_refused() {
        let file = |values: &[f32]| {
            let header = br#"{"__metadata__":{"steps":"12"}}"#;
            let values = values.iter().flat_map(|value| value.to_le_bytes());
            (header.len() as u64).to_le_bytes().into_iter().chain(*header).chain(values).collect::<Vec<u8>>()
        };
        let sound = WeightsFile::new(file(&[0.0, -1.5, f32::MAX])).expect("finite");
        assert_eq!((sound.step, sound.bytes), (12, file(&[0.0, -1.5, f32::MAX])));
        let said = |bytes| WeightsFile::new(bytes).err().map(|failure| failure.to_string()).unwrap_or_default();
        for values in [[0.0, f32::NAN], [f32::INFINITY, 0.0]] {
            assert!(said(file(&values)).contains("after step 12"), "{values:?}");
        }
        assert!(said(vec![255; 12]).contains("no safetensors file"));
    }
}
