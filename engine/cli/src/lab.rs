//! How does the terminal drive the engine? The only file here that names it.

use augsphere_engine::augmentations::Pair;
use augsphere_engine::concentration::{BUDGET, Distances, LIMIT, Measuring, Sample, Symmetric, choose, sigma_curve, thresholds};
use augsphere_engine::datasets::{self, Kept};
use augsphere_engine::{Session, block_on, device};
use augsphere_spec::{Catalogue, Command, DeviceChoice, Event, Experiment, Fault, Interval};
use std::time::Duration;

/// Everything that can be chosen.
pub fn catalogue() -> Catalogue {
    augsphere_engine::catalogue()
}

/// A laboratory that answers when it is done.
pub struct Lab(Session);

impl Lab {
    /// A laboratory in which nothing runs yet.
    pub fn new() -> Self {
        Self(Session::new())
    }

    /// Sets up `experiment`, measures the untrained encoder and is then ready to [`advance`](Self::advance).
    pub fn begin(&mut self, experiment: Experiment, device: DeviceChoice) -> Vec<Event> {
        let mut events = block_on(self.0.handle(Command::Begin { experiment, device }));
        if events.iter().any(|event| matches!(event, Event::Began { .. })) {
            events.extend(block_on(self.0.handle(Command::Play)));
        }
        events
    }

    /// Trains for about `budget`, or to the experiment's last step.
    pub fn advance(&mut self, budget: Duration) -> Vec<Event> {
        block_on(self.0.advance(budget))
    }

    /// The weights as a safetensors file.
    pub fn save(&mut self) -> Vec<Event> {
        block_on(self.0.handle(Command::Save))
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
    /// Where to compute.
    pub device: DeviceChoice,
}

/// Augmented distances within each class.
pub struct Measured {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Images of each.
    pub images: Vec<usize>,
    /// Values of an image.
    pub values: usize,
    distances: Vec<Distances>,
}

/// The distances within each class, class by class: what lies between classes does not matter for (sigma, delta).
///
/// # Errors
/// Data that cannot be read, a class that is not there, a device that fails.
pub fn concentration(asked: &Asked<'_>) -> Result<Measured, Fault> {
    let experiment = asked.experiment;
    let choice = experiment.choice("data").cloned().unwrap_or_default();
    let data = datasets::load(&choice, experiment.seed, &Kept::default())?;
    let all: Vec<usize> = (0..data.classes.len()).collect();
    let classes = if asked.classes.is_empty() { &all } else { asked.classes };
    if let Some(strange) = classes.iter().find(|class| **class >= all.len()) {
        return Err(Fault {
            what: format!("There is no class {strange}: these data have {}, from 0.", all.len()),
            location: "--classes".into(),
            remedy: "Name others.".into(),
            recoverable: true,
        });
    }
    let opened = block_on(device::open(asked.device))?;
    let pair = Pair::of(experiment);
    let mut measured = Measured {
        classes: classes.iter().map(|class| data.classes[*class].clone()).collect(),
        images: Vec::new(),
        values: data.train.stride(),
        distances: Vec::new(),
    };
    for class in classes {
        let chosen = choose(&data.train, &[*class], asked.per_class, 0)?;
        let sample = Sample::of(&data.train, &chosen.rows, asked.views, experiment.seed, &pair)?;
        let mut measuring = Measuring::new(sample.bundle(), &opened, LIMIT);
        while block_on(measuring.advance(&mut |views| sample.pixels(views)))? {}
        measured.images.push(chosen.rows.len());
        measured.distances.extend(measuring.finish());
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

impl Measured {
    fn tables(&self) -> Vec<Symmetric> {
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

    /// With only so many views: the mean distance within classes, and sigma at `delta`.
    ///
    /// # Errors
    /// A delta below 0.
    pub fn by_views(&self, delta: f64) -> Result<Vec<(usize, f64, [f64; 2])>, Fault> {
        let levels = self.distances.first().map_or(&[][..], Distances::levels);
        let told = levels.iter().map(|&views| {
            let tables: Vec<Symmetric> = self.distances.iter().filter_map(|class| class.at_level(views)).cloned().collect();
            let all: Vec<f64> = tables.iter().flat_map(|table| table.off_diagonal()).map(|&one| f64::from(one)).collect();
            let mean = if all.is_empty() { 0.0 } else { all.iter().sum::<f64>() / all.len() as f64 };
            Ok((views, mean, ends(sigma_curve(&tables, &[delta], BUDGET)?[0].least())))
        });
        told.collect()
    }
}
