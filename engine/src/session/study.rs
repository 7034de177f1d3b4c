//! Studies: which of several policies lets an encoder learn most, and did the augmented distances say so before?
//!
//! The three experiments of Huang et al., section 5, in small: for each policy the share of a class that does not come together
//! is computed first, then an encoder is trained and its error measured, seed by seed: one seed cannot tell a policy from its luck.

use super::prepare::{self, KnownData};
use super::{Job, Session};
use crate::augmentations::{Pair, recipes};
use crate::augmented_distance::{DistanceJob, DistanceMatrix, LIMIT, Sample, choose};
use crate::catalogue::catalogue;
use crate::concentration::{BUDGET, sigma_curve, within_classes};
use crate::datasets::{Dataset, DroppedArchives};
use crate::device::{self, ComputeDevice};
use crate::metrics::Found;
use crate::pace::{Pace, Task};
use crate::trainer::Trainer;
use augsphere_spec::{DeviceChoice, Event, Experiment, Fault, Interval, Recipe, StudyKind, StudyQuestion, StudyRow};
use std::rc::Rc;
use std::time::Duration;
use web_time::Instant;

/// Shares of all distances within classes, over all policies of a study, at which its two thresholds lie.
const SHARES: [f64; 2] = [0.35, 0.65];

/// Most seeds of a study.
const MOST_SEEDS: usize = 20;

/// Shortest time between two words on how far a policy's training is.
const ROW_EVERY: Duration = Duration::from_millis(200);

/// The recipes of an experiment, in the order of the paper; none where augmentations stay as they are.
pub(super) fn policies(kind: StudyKind) -> Vec<Recipe> {
    let names: Vec<String> = match kind {
        StudyKind::Targets => Vec::new(),
        StudyKind::Richness => ["a", "ab", "abc", "abcd", "abcde"].map(|letters| format!("huang_{letters}")).to_vec(),
        StudyKind::Strength => [1, 2, 4, 8].map(|divisor| format!("huang_strength_{divisor}")).to_vec(),
        StudyKind::Pairs => {
            ["ab", "ac", "ad", "ae", "bc", "bd", "be", "cd", "ce", "de"].map(|letters| format!("huang_{letters}")).to_vec()
        }
    };
    let mut known = recipes();
    known.retain(|recipe| names.contains(&recipe.name));
    known.sort_by_key(|recipe| names.iter().position(|name| *name == recipe.name));
    known
}

/// What is trained, and what it is called: `(a, b): crop, blur`.
struct Policy {
    title: String,
    experiment: Experiment,
}

/// One method of each family, as in table 2 of Tao et al.; asymmetric methods have nothing but positives.
const FAMILIES: [(&str, &str); 3] = [("contrastive", "simclr"), ("asymmetric", "byol"), ("decorrelation", "barlow_twins")];
/// Target branches, each with its name.
const TARGETS: [(&str, &str); 3] =
    [("stop_gradient", "stop-gradient"), ("momentum", "momentum"), ("momentum_positive", "momentum in the positive only")];

/// Every family with every target branch that it can have.
fn targets(experiment: &Experiment) -> Vec<Policy> {
    let catalogue = catalogue();
    let policy = |(family, method): (&str, &str), (target, name): (&str, &str)| {
        let changes = [("method.kind", method), ("target.kind", target)].map(|(path, value)| (path.to_owned(), value.into()));
        let experiment = catalogue.with(experiment, &changes).ok()?;
        Some(Policy { title: format!("{family}: {name}"), experiment })
    };
    FAMILIES.iter().flat_map(|family| TARGETS.iter().filter_map(|target| policy(*family, *target))).collect()
}

/// A study under way.
struct Study {
    question: StudyQuestion,
    data: Rc<Dataset>,
    opened: ComputeDevice,
    policies: Vec<Policy>,
    /// Augmented distances within the classes, policy by policy, as far as they are known.
    within: Vec<Vec<DistanceMatrix>>,
    deltas: Vec<f64>,
    /// Errors after training and before it, of each policy the seeds that are done.
    errors: Vec<Vec<f64>>,
    untrained: Vec<Vec<f64>>,
}

/// What the work needs of the session.
struct Means {
    /// The run's data, if they are the ones.
    data: Option<Rc<Dataset>>,
    known: Option<KnownData>,
    kept: DroppedArchives,
    opened: Option<ComputeDevice>,
}

/// The whole study: distances of every policy, then an encoder trained with each.
async fn conduct(question: StudyQuestion, policies: Vec<Policy>, means: Means, pace: Pace) -> Result<(), Fault> {
    let data = match means.data {
        Some(data) => data,
        None => prepare::data(&question.experiment, means.known.as_ref(), &means.kept, &pace).await?.data,
    };
    let opened = match means.opened {
        Some(opened) => opened,
        None => device::open(DeviceChoice::Cpu, None).await?,
    };
    let count = policies.len();
    let none = vec![Vec::new(); count];
    let (within, deltas) = (Vec::new(), Vec::new());
    let mut study = Study { question, data, opened, policies, within, deltas, errors: none.clone(), untrained: none };
    if study.question.kind != StudyKind::Targets {
        for _ in 0..count {
            study.concentrate(&pace).await?;
        }
        study.choose_thresholds();
    }
    for index in 0..count {
        pace.tell(Event::Study(study.row(index, 0)?));
    }
    // Seed by seed, so that a study that is stopped has compared as many policies as it could.
    for seed in 0..study.question.seeds {
        for index in 0..count {
            study.train(index, seed, &pace).await?;
        }
    }
    Ok(())
}

impl Study {
    /// Distances of the next policy.
    async fn concentrate(&mut self, pace: &Pace) -> Result<(), Fault> {
        let StudyQuestion { classes, per_class, views, .. } = &self.question;
        let chosen = choose(&self.data.train, classes, *per_class, 0)?;
        let pair = Pair::of(&self.policies[self.within.len()].experiment);
        // The same seed for every policy: what they share, they draw alike.
        let sample = Sample::of(&self.data.train, &chosen.rows, *views, 0, &pair)?;
        let mut job = DistanceJob::on_host(sample.layout(), LIMIT);
        pace.stage(
            format!("Comparing views of policy {} of {}", self.within.len() + 1, self.policies.len()),
            job.pieces() as u64,
        );
        while job.advance(&mut |views| sample.pixels(views)).await? {
            pace.done(1).await;
        }
        if let Some(distances) = job.finish() {
            self.within.push(within_classes(distances.table(), &chosen.members)?);
        }
        pace.turn().await;
        Ok(())
    }

    /// The two thresholds, once all distances are known.
    fn choose_thresholds(&mut self) {
        let mut all: Vec<f32> = self.within.iter().flatten().flat_map(|class| class.off_diagonal().iter().copied()).collect();
        all.sort_by(f32::total_cmp);
        let at = |share: f64| all.get((share * all.len() as f64) as usize).map_or(0.0, |delta| f64::from(*delta));
        self.deltas = SHARES.map(at).to_vec();
    }

    fn row(&self, index: usize, step: u64) -> Result<StudyRow, Fault> {
        let sigmas = match self.within.get(index) {
            Some(within) => sigma_curve(within, &self.deltas, BUDGET)?,
            None => Vec::new(),
        };
        let spread = sigmas.iter().map(|sigma| sigma.least());
        let title = &self.policies[index].title;
        let (letters, words) = title.split_once(": ").or_else(|| title.split_once(" with ")).unwrap_or((title, ""));
        Ok(StudyRow {
            tag: self.question.tag,
            index,
            total: self.policies.len(),
            letters: letters.to_owned(),
            words: words.to_owned(),
            spread: spread.map(|sigma| Interval { lower: 1.0 - sigma.upper, upper: 1.0 - sigma.lower }).collect(),
            deltas: self.deltas.clone(),
            seeds: self.question.seeds,
            errors: self.errors[index].clone(),
            untrained: self.untrained[index].clone(),
            images: self.data.validation.len(),
            step,
        })
    }

    /// Trains a policy's encoder from one seed and measures it before and after.
    async fn train(&mut self, index: usize, seed: usize, pace: &Pace) -> Result<(), Fault> {
        let seeds = self.question.seeds;
        let which = if seeds == 1 { String::new() } else { format!(", seed {} of {seeds}", seed + 1) };
        let policy = format!("policy {} of {}{which}", index + 1, self.policies.len());
        let mut experiment = self.policies[index].experiment.clone();
        experiment.seed = experiment.seed.wrapping_add(seed as u64);
        let mut trainer = Trainer::new(experiment, Rc::clone(&self.data), &self.opened)?;
        let what = format!("Measuring the untrained encoder of {policy}");
        let untrained = error(&trainer.checkpoint().measure(&what, pace).await?);
        self.untrained[index].extend(untrained);
        pace.stage(format!("Training with {policy}"), self.question.steps);
        let mut told = Instant::now();
        while !trainer.finished() {
            trainer.step();
            if trainer.finished() || trainer.should_sync() {
                let (_, failure) = trainer.read_losses().await;
                failure.map_or(Ok(()), |failure| Err(failure.fault()))?;
            }
            if told.elapsed() >= ROW_EVERY {
                pace.tell(Event::Study(self.row(index, trainer.steps())?));
                told = Instant::now();
            }
            pace.done(1).await;
        }
        let what = format!("Measuring the encoder of {policy}");
        let trained = error(&trainer.checkpoint().measure(&what, pace).await?);
        self.errors[index].extend(trained);
        pace.tell(Event::Study(self.row(index, trainer.steps())?));
        Ok(())
    }
}

/// The share of validation images that the weighted kNN gets wrong.
fn error(measures: &Found) -> Option<f64> {
    measures.scalars.iter().find(|scalar| scalar.name == "knn_accuracy").map(|scalar| 1.0 - f64::from(scalar.value))
}

impl Session {
    /// Takes a study in; it goes on with [`Session::advance`].
    pub(super) fn study(&mut self, question: StudyQuestion) -> Result<Vec<Event>, Fault> {
        self.study = None;
        if question.steps == 0 {
            return Ok(Vec::new());
        }
        if !(1..=MOST_SEEDS).contains(&question.seeds) {
            return Err(Fault {
                what: format!("{} seeds were asked for; 1 to {MOST_SEEDS} can be had.", question.seeds),
                location: "study, seeds".into(),
                remedy: "Choose another number of seeds.".into(),
                recoverable: true,
                settings: Vec::new(),
            });
        }
        let paused = self.pause();
        let catalogue = catalogue();
        let steps = [("train.steps".to_owned(), (question.steps as i64).into())];
        let faulty = |mistakes: augsphere_spec::Mistakes| Fault {
            what: mistakes.to_string(),
            location: "study".into(),
            remedy: "Mend the experiment first.".into(),
            recoverable: true,
            settings: Vec::new(),
        };
        let base = catalogue.with(&question.experiment, &steps).map_err(faulty)?;
        let mut all = if question.kind == StudyKind::Targets { targets(&base) } else { Vec::new() };
        for recipe in policies(question.kind) {
            let experiment = catalogue.apply_recipe(&base, "augment", &recipe).map_err(faulty)?;
            all.push(Policy { title: recipe.title, experiment });
        }
        let means = Means {
            data: self.data_of_run(&question.experiment),
            known: self.known.clone(),
            kept: self.kept.clone(),
            opened: self.opened().cloned(),
        };
        self.study = Some(Task::new(|pace| conduct(question, all, means, pace)));
        self.asked(Job::Study);
        Ok(paused)
    }

    /// Goes on with the study for about `budget`.
    pub(super) async fn go_on_studying(&mut self, budget: Duration) -> Vec<Event> {
        let Some(task) = &mut self.study else { return Vec::new() };
        let result = task.advance(budget).await;
        let mut events = task.events();
        if let Some(result) = result {
            self.study = None;
            events.extend(result.err().map(|fault| Event::Fault(Fault { recoverable: true, ..fault })));
        }
        events
    }
}
