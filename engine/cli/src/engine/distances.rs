//! Augmented distances as the terminal asks for them.

use super::DeviceRequest;
use augsphere_engine::augmentations::Pair;
use augsphere_engine::augmented_distance::{DistanceJob, DistanceMatrix, Distances, LIMIT, Sample, Subset, choose};
use augsphere_engine::concentration::{BUDGET, sigma_curve, thresholds};
use augsphere_engine::datasets::{self, DroppedArchives};
use augsphere_engine::{block_on, device};
use augsphere_spec::{Experiment, Fault, Interval, Progress};

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
