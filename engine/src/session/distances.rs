//! Answers to questions about augmented distances: first roughly, with few views, then with as many as were asked for, piece by piece.

use super::prepare::{self, KnownData};
use super::views::colours;
use super::{Job, Session};
use crate::augmentations::Pair;
use crate::augmented_distance::{DistanceJob, DistanceMatrix, Distances, LIMIT, Sample, Subset, choose};
use crate::concentration::{BUDGET, Sigma, even_thresholds, sigma_curve, within_classes};
use crate::datasets::{Dataset, DroppedArchives};
use crate::device::{self, ComputeDevice};
use crate::pace::{Pace, Task};
use crate::trainer::Checkpoint;
use augsphere_spec::{
    DeviceChoice, DistanceAnswer, DistanceQuestion, Event, Experiment, Fault, Interval, SigmaCurve, Thumbnails,
};
use std::rc::Rc;
use std::time::Duration;
use web_time::Instant;

/// Views of an image at the first stage; each later stage has four times as many.
const ROUGH: usize = 4;

/// Thresholds in a curve.
const GRID: usize = 60;

/// Most draws of images and random numbers.
const MOST_DRAWS: usize = 64;

/// Most views of an image that can be asked for; a view's number fits into two bytes.
const MOST_VIEWS: usize = 1024;

/// Above this many views in all, a GPU compares them if there is one; below, the way there and back costs more.
const FEW: usize = 2048;

/// A question on its way to its answer.
pub(super) struct Inquiry {
    pub(super) question: DistanceQuestion,
    pub(super) data: Rc<Dataset>,
    pub(super) pair: Pair,
    pub(super) chosen: Subset,
    opened: ComputeDevice,
    /// Views of an image at this stage.
    pub(super) views: usize,
    /// The means of each draw so far, and the seed of the next one.
    draws: Vec<(f64, f64)>,
    seed: u64,
    begun: Instant,
}

/// How far an answer came.
pub(super) enum Stage {
    /// Everything but what asks for the encoder of the run.
    Bare(Box<(Inquiry, Distances, DistanceAnswer)>),
    /// All of it.
    Complete(Box<DistanceAnswer>),
}

/// What the work needs of the session.
struct Means {
    /// The run's data, if they are the ones.
    data: Option<Rc<Dataset>>,
    known: Option<KnownData>,
    kept: DroppedArchives,
    opened: Option<ComputeDevice>,
}

/// The answer but for what needs an encoder: first with few views, then with more.
async fn answer(question: DistanceQuestion, means: Means, pace: Pace) -> Result<Stage, Fault> {
    let data = match means.data {
        Some(data) => data,
        None => prepare::data(&question.experiment, means.known.as_ref(), &means.kept, &pace).await?.data,
    };
    check_classes(&question, &data)?;
    let opened = match means.opened {
        Some(opened) => opened,
        None => device::open(DeviceChoice::Cpu, None).await?,
    };
    let mut inquiry = Inquiry {
        seed: question.seed,
        chosen: choose(&data.train, &question.classes, question.per_class, question.seed)?,
        pair: Pair::of(&question.experiment),
        views: ROUGH.min(question.views),
        question,
        data,
        opened,
        draws: Vec::new(),
        begun: Instant::now(),
    };
    loop {
        let distances = inquiry.distances(&pace).await?;
        let answer = inquiry.answer(&distances, &pace).await?;
        if inquiry.complete() {
            return Ok(Stage::Bare(Box::new((inquiry, distances, answer))));
        }
        pace.tell(Event::Distances(Box::new(answer)));
        pace.turn().await;
        inquiry.views = (4 * inquiry.views).min(inquiry.question.views);
    }
}

/// The rest of the answer: Theorem 1, with the encoder at `checkpoint` where that is asked for, then the other draws.
async fn conclude(
    bare: (Inquiry, Distances, DistanceAnswer),
    checkpoint: Option<Checkpoint>,
    pace: Pace,
) -> Result<Stage, Fault> {
    let (mut inquiry, mut distances, mut answer) = bare;
    answer.theorem = inquiry.theorem(&distances, checkpoint.as_ref(), &pace).await?;
    while inquiry.draw_again(&distances)? {
        distances = inquiry.distances(&pace).await?;
    }
    (answer.draws, answer.seconds) = (inquiry.draws, inquiry.begun.elapsed().as_secs_f64());
    Ok(Stage::Complete(Box::new(answer)))
}

impl Inquiry {
    pub(super) fn sample(&self) -> Result<Sample<'_>, Fault> {
        Ok(Sample::of(&self.data.train, &self.chosen.rows, self.views, self.seed, &self.pair)?)
    }

    /// The distances with as many views as there are at this stage.
    async fn distances(&self, pace: &Pace) -> Result<Distances, Fault> {
        let sample = self.sample()?;
        let layout = sample.layout();
        let few = layout.views() <= FEW;
        let job = if few { DistanceJob::on_host(layout, LIMIT) } else { DistanceJob::new(layout, &self.opened, LIMIT) };
        let what = format!("Comparing {} views of each image", self.views);
        Ok(job.paced(what, &mut |views| sample.pixels(views), pace).await?)
    }

    fn complete(&self) -> bool {
        self.views >= self.question.views
    }

    /// Everything that can be said without an encoder.
    async fn answer(&self, distances: &Distances, pace: &Pace) -> Result<DistanceAnswer, Fault> {
        let sample = self.sample()?;
        let (images, side) = (self.chosen.rows.len(), self.data.train.side);
        let views = images * self.views;
        let (mut rgba, mut words) = (Vec::with_capacity(views * side * side * 4), Vec::with_capacity(views));
        for image in 0..images {
            rgba.extend(colours(&sample.pixels(image * self.views..(image + 1) * self.views)));
            words.extend((0..self.views).map(|view| sample.words(image, view)));
            pace.turn().await;
        }
        let plain = distances.plain();
        let bytes = |table: Vec<f32>| table.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
        let pairs = (0..images * images).map(|at| distances.closest(at / images, at % images));
        let closest = pairs.flat_map(|pair| [pair.first, pair.second]).flat_map(|view| (view as u16).to_le_bytes()).collect();
        let within = within_classes(distances.table(), &self.chosen.members)?;
        let deltas = even_thresholds(&within_classes(plain, &self.chosen.members)?, GRID);
        let along = sigma_curve(&within, &deltas, BUDGET)?;
        let curve = |class, of: &dyn Fn(&Sigma) -> Interval| SigmaCurve { class, sigma: along.iter().map(of).collect() };
        let mut curves: Vec<SigmaCurve> = (0..self.question.classes.len())
            .map(|index| curve(Some(self.question.classes[index]), &|sigma| sigma.share(index)))
            .collect();
        curves.push(curve(None, &Sigma::least));
        Ok(DistanceAnswer {
            tag: self.question.tag,
            views: self.views,
            complete: self.complete(),
            rows: self.chosen.rows.clone(),
            classes: self.chosen.classes.clone(),
            thumbnails: Thumbnails { side, rgba },
            words,
            distances: bytes(distances.table().matrix()),
            plain: bytes(plain.matrix()),
            closest,
            deltas,
            curves,
            by_views: self.by_views(distances),
            draws: Vec::new(),
            theorem: Vec::new(),
            seconds: self.begun.elapsed().as_secs_f64(),
        })
    }

    /// For each number of views the mean distance within and between classes.
    fn by_views(&self, distances: &Distances) -> Vec<(usize, f64, f64)> {
        let means = |views: usize| {
            let (within, between) = self.means(distances.at_level(views).unwrap_or_else(|| distances.table()));
            (views, within, between)
        };
        distances.levels().iter().map(|&views| means(views)).collect()
    }

    /// Mean distance within and between classes; not a number where there are no such pairs.
    fn means(&self, table: &DistanceMatrix) -> (f64, f64) {
        let classes = &self.chosen.classes;
        let mean = |same: bool| {
            let pairs = (0..classes.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
            let chosen: Vec<f64> =
                pairs.filter(|&(i, j)| (classes[i] == classes[j]) == same).map(|(i, j)| f64::from(table.get(i, j))).collect();
            if chosen.is_empty() { f64::NAN } else { chosen.iter().sum::<f64>() / chosen.len() as f64 }
        };
        (mean(true), mean(false))
    }

    /// Takes in the means of a draw and prepares the next one; `false` if that was the last.
    fn draw_again(&mut self, distances: &Distances) -> Result<bool, Fault> {
        self.draws.push(self.means(distances.table()));
        if self.draws.len() >= self.question.draws {
            return Ok(false);
        }
        self.seed = self.seed.wrapping_add(1);
        self.chosen = choose(&self.data.train, &self.question.classes, self.question.per_class, self.seed)?;
        Ok(true)
    }
}

impl Session {
    /// Takes a question in; it is answered by [`Session::advance`].
    pub(super) fn ask(&mut self, question: DistanceQuestion) -> Result<Vec<Event>, Fault> {
        self.distances = None;
        check(&question)?;
        let data = self.data_of_run(&question.experiment);
        if let Some(data) = &data {
            check_classes(&question, data)?;
        }
        let means = Means { data, known: self.known.clone(), kept: self.kept.clone(), opened: self.opened().cloned() };
        self.distances = Some(Task::new(|pace| answer(question, means, pace)));
        self.asked(Job::Distances);
        Ok(Vec::new())
    }

    /// Goes on with the question for about `budget`.
    pub(super) async fn answer_distances(&mut self, budget: Duration) -> Vec<Event> {
        let Some(task) = &mut self.distances else { return Vec::new() };
        let result = task.advance(budget).await;
        let mut events = task.events();
        let Some(result) = result else { return events };
        self.distances = None;
        match result {
            Ok(Stage::Bare(bare)) => {
                let run = self.run.as_ref().filter(|run| run.ended.is_none());
                let run = run.filter(|run| Rc::ptr_eq(&run.trainer.loader().shared(), &bare.0.data));
                let checkpoint = run.map(|run| run.trainer.checkpoint());
                self.distances = Some(Task::new(|pace| conclude(*bare, checkpoint, pace)));
            }
            Ok(Stage::Complete(answer)) => events.push(Event::Distances(answer)),
            Err(fault) => events.push(Event::Fault(Fault { recoverable: true, ..fault })),
        }
        events
    }

    /// The data of the run, if they are those that an experiment asks for.
    pub(super) fn data_of_run(&self, experiment: &Experiment) -> Option<Rc<Dataset>> {
        let trainer = &self.run.as_ref()?.trainer;
        let own = trainer.experiment();
        let same = own.choice("data") == experiment.choice("data") && own.seed == experiment.seed;
        same.then(|| trainer.loader().shared())
    }
}

/// What is wrong with the classes of a question, given the data.
fn check_classes(question: &DistanceQuestion, data: &Dataset) -> Result<(), Fault> {
    let named = data.classes.len();
    let strange = question.classes.iter().find(|class| **class >= named);
    strange.map_or(Ok(()), |strange| {
        let words = format!("There is no class {strange}: these data have {named}, from 0.");
        Err(refusal("classes", words, "Choose others."))
    })
}

fn refusal(what: &str, words: String, remedy: &str) -> Fault {
    Fault {
        what: words,
        location: format!("augmented distance, {what}"),
        remedy: remedy.into(),
        recoverable: true,
        settings: Vec::new(),
    }
}

/// What is wrong with a question, whatever the data.
fn check(question: &DistanceQuestion) -> Result<(), Fault> {
    let DistanceQuestion { classes, per_class, views, draws, delta, epsilon, .. } = question;
    if classes.is_empty() {
        return Err(refusal("classes", "No class was chosen.".into(), "Choose at least one class."));
    }
    if classes.iter().enumerate().any(|(index, class)| classes[..index].contains(class)) {
        return Err(refusal("classes", "A class was chosen twice.".into(), "Choose each class once."));
    }
    if *per_class == 0 {
        return Err(refusal("images", "No images were asked for.".into(), "Ask for at least one image of each class."));
    }
    if !(1..=MOST_VIEWS).contains(views) {
        let words = format!("{views} views of an image were asked for; 1 (the image itself) to {MOST_VIEWS} can be had.");
        return Err(refusal("views", words, "Choose another number of views."));
    }
    if !(1..=MOST_DRAWS).contains(draws) {
        let words = format!("{draws} draws of images were asked for; 1 to {MOST_DRAWS} can be had.");
        return Err(refusal("draws", words, "Choose another number of draws."));
    }
    for (name, value) in [("delta", delta), ("epsilon", epsilon)] {
        if !(value.is_finite() && *value >= 0.0) {
            return Err(refusal(name, format!("{name} must be a number of at least 0, found {value}."), "Choose another one."));
        }
    }
    Ok(())
}
