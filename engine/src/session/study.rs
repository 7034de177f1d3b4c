//! Which of several policies lets an encoder learn most, and did the augmented distances say so before?
//!
//! The three experiments of Huang et al., section 5, in small: for each policy the share of a class that does not come together
//! is computed first, then an encoder is trained and its error measured.

use super::Session;
use crate::augmentations::{Pair, recipes};
use crate::catalogue::catalogue;
use crate::concentration::{BUDGET, LIMIT, Measuring, Sample, Symmetric, choose, sigma_curve, within_classes};
use crate::datasets::Dataset;
use crate::device::{self, ComputeDevice};
use crate::trainer::Trainer;
use augsphere_spec::{DeviceChoice, Event, Experiment, Fault, Interval, Recipe, Scalar, StudyKind, StudyQuestion, StudyRow};
use std::rc::Rc;
use std::time::Duration;
use web_time::Instant;

/// Shares of all distances within classes, over all policies of a study, at which its two thresholds lie.
const SHARES: [f64; 2] = [0.35, 0.65];

/// The recipes of an experiment, in the order of the paper.
pub(super) fn policies(kind: StudyKind) -> Vec<Recipe> {
    let names: Vec<String> = match kind {
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

/// A study under way.
pub(super) struct Study {
    question: StudyQuestion,
    data: Rc<Dataset>,
    opened: ComputeDevice,
    policies: Vec<(Recipe, Experiment)>,
    /// Augmented distances within the classes, policy by policy, as far as they are known.
    within: Vec<Vec<Symmetric>>,
    deltas: Vec<f64>,
    /// The policy that is being trained.
    index: usize,
    trainer: Option<Trainer>,
    untrained: Option<f64>,
}

impl Study {
    /// Distances of the next policy.
    async fn concentrate(&mut self) -> Result<(), Fault> {
        let StudyQuestion { classes, per_class, views, .. } = &self.question;
        let chosen = choose(&self.data.train, classes, *per_class, 0)?;
        let pair = Pair::of(&self.policies[self.within.len()].1);
        // The same seed for every policy: what they share, they draw alike.
        let sample = Sample::of(&self.data.train, &chosen.rows, *views, 0, &pair)?;
        let mut measuring = Measuring::on_host(sample.bundle(), LIMIT);
        while measuring.advance(&mut |views| sample.pixels(views)).await? {}
        if let Some(distances) = measuring.finish() {
            self.within.push(within_classes(distances.table(), &chosen.members)?);
        }
        if self.within.len() == self.policies.len() {
            let mut all: Vec<f32> = self.within.iter().flatten().flat_map(|class| class.off_diagonal().iter().copied()).collect();
            all.sort_by(f32::total_cmp);
            let at = |share: f64| all.get((share * all.len() as f64) as usize).map_or(0.0, |delta| f64::from(*delta));
            self.deltas = SHARES.map(at).to_vec();
        }
        Ok(())
    }

    fn row(&self, index: usize, error: Option<f64>, step: u64) -> Result<StudyRow, Fault> {
        let sigmas = sigma_curve(&self.within[index], &self.deltas, BUDGET)?;
        let spread = sigmas.iter().map(|sigma| sigma.least());
        let recipe = &self.policies[index].0;
        let (letters, words) = recipe.title.split_once(": ").unwrap_or((&recipe.title, ""));
        Ok(StudyRow {
            tag: self.question.tag,
            index,
            total: self.policies.len(),
            letters: letters.to_owned(),
            words: words.to_owned(),
            spread: spread.map(|sigma| Interval { lower: 1.0 - sigma.upper, upper: 1.0 - sigma.lower }).collect(),
            deltas: self.deltas.clone(),
            error,
            untrained: self.untrained,
            held_out: self.data.test.len(),
            step,
        })
    }

    /// Trains the current policy's encoder for about `budget`, at least a step.
    async fn train(&mut self, budget: Duration) -> Result<StudyRow, Fault> {
        let begun = Instant::now();
        let mut trainer = match self.trainer.take() {
            Some(trainer) => trainer,
            None => {
                let trainer = Trainer::new(self.policies[self.index].1.clone(), Rc::clone(&self.data), &self.opened)?;
                self.untrained = error(&trainer.measure().await?);
                trainer
            }
        };
        while !trainer.finished() {
            trainer.step();
            let over = trainer.finished() || begun.elapsed() >= budget;
            if over || trainer.full() {
                let (_, fault) = trainer.harvest().await;
                fault.map_or(Ok(()), Err)?;
            }
            if over {
                break;
            }
        }
        let (step, finished) = (trainer.steps(), trainer.finished());
        let error = if finished { error(&trainer.measure().await?) } else { None };
        let row = self.row(self.index, error, step);
        if finished {
            self.index += 1;
        } else {
            self.trainer = Some(trainer);
        }
        row
    }
}

/// The share of held-out images that the weighted kNN gets wrong.
fn error(measures: &[Scalar]) -> Option<f64> {
    measures.iter().find(|scalar| scalar.name == "knn_accuracy").map(|scalar| 1.0 - f64::from(scalar.value))
}

impl Session {
    /// Takes a study in; it goes on with [`Session::advance`].
    pub(super) async fn study(&mut self, question: StudyQuestion) -> Result<Vec<Event>, Fault> {
        self.study = None;
        if question.steps == 0 {
            return Ok(Vec::new());
        }
        let paused = self.pause();
        let catalogue = catalogue();
        let steps = [("train.steps".to_owned(), (question.steps as i64).into())];
        let mut all = Vec::new();
        for recipe in policies(question.kind) {
            let cooked = catalogue.cook(&question.experiment, "augment", &recipe);
            let experiment = cooked.and_then(|cooked| catalogue.with(&cooked, &steps)).map_err(|mistakes| Fault {
                what: mistakes.to_string(),
                location: "study".into(),
                remedy: "Mend the experiment first.".into(),
                recoverable: true,
            })?;
            all.push((recipe, experiment));
        }
        let data = self.data_of(&question.experiment)?;
        let opened = match self.opened() {
            Some(opened) => opened.clone(),
            None => device::open(DeviceChoice::Cpu).await?,
        };
        self.study = Some(Study {
            question,
            data,
            opened,
            policies: all,
            within: Vec::new(),
            deltas: Vec::new(),
            index: 0,
            trainer: None,
            untrained: None,
        });
        Ok(paused)
    }

    /// Goes on with the study for about `budget`.
    pub(super) async fn go_on_studying(&mut self, budget: Duration) -> Result<Vec<Event>, Fault> {
        let Some(mut study) = self.study.take() else { return Ok(Vec::new()) };
        if study.within.len() < study.policies.len() {
            study.concentrate().await?;
            let mut rows = Vec::new();
            if study.within.len() == study.policies.len() {
                for index in 0..study.policies.len() {
                    rows.push(Event::Study(study.row(index, None, 0)?));
                }
            }
            self.study = Some(study);
            return Ok(rows);
        }
        let row = study.train(budget).await?;
        if study.index < study.policies.len() {
            self.study = Some(study);
        }
        Ok(vec![Event::Study(row)])
    }
}
