//! What is answered when someone asks for augmented distances?
//!
//! First roughly, with few views, then with as many as were asked for: each stage is a piece of work between two looks at the
//! messages.

use super::Session;
use super::answers::colours;
use crate::augmentations::Pair;
use crate::concentration::{
    BUDGET, Chosen, Diagnostic, Distances, Features, LIMIT, Measuring, Sample, Sigma, Symmetric, choose, sigma, sigma_curve,
    within_classes,
};
use crate::datasets::Dataset;
use crate::device::{self, ComputeDevice};
use augsphere_spec::{
    DeviceChoice, DistanceAnswer, DistanceQuestion, Event, Experiment, Fault, Interval, Quantity, SigmaCurve, Thumbnails,
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
    question: DistanceQuestion,
    data: Rc<Dataset>,
    pair: Pair,
    chosen: Chosen,
    opened: ComputeDevice,
    /// Views of an image at this stage.
    views: usize,
    /// The means of each draw so far, and the seed of the next one.
    draws: Vec<(f64, f64)>,
    seed: u64,
    /// The complete answer, held back until every draw is done.
    answer: Option<Box<DistanceAnswer>>,
    measuring: Option<Measuring>,
    begun: Instant,
}

impl Inquiry {
    fn sample(&self) -> Result<Sample<'_>, Fault> {
        Ok(Sample::of(&self.data.train, &self.chosen.rows, self.views, self.seed, &self.pair)?)
    }

    /// Goes on for about `budget`; the distances once the stage is done.
    async fn advance(&mut self, budget: Duration) -> Result<Option<Distances>, Fault> {
        let begun = Instant::now();
        let mut measuring = match self.measuring.take() {
            Some(measuring) => measuring,
            None => {
                let bundle = self.sample()?.bundle();
                let few = bundle.views() <= FEW;
                if few { Measuring::on_host(bundle, LIMIT) } else { Measuring::new(bundle, &self.opened, LIMIT) }
            }
        };
        loop {
            let sample = self.sample()?;
            let more = measuring.advance(&mut |views| sample.pixels(views)).await?;
            if !more {
                return Ok(measuring.finish());
            }
            if begun.elapsed() >= budget {
                self.measuring = Some(measuring);
                return Ok(None);
            }
        }
    }

    fn complete(&self) -> bool {
        self.views >= self.question.views
    }

    /// Everything that can be said without an encoder.
    fn answer(&self, distances: &Distances) -> Result<DistanceAnswer, Fault> {
        let sample = self.sample()?;
        let (images, side) = (self.chosen.rows.len(), self.data.train.side);
        let views = images * self.views;
        let rgba = colours(&sample.pixels(0..views)).collect();
        let words = (0..views).map(|view| sample.words(view / self.views, view % self.views)).collect();
        let plain = distances.at_level(1).unwrap_or_else(|| distances.table());
        let bytes = |table: Vec<f32>| table.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
        let pairs = (0..images * images).map(|at| distances.closest(at / images, at % images));
        let closest = pairs.flat_map(|pair| [pair.first, pair.second]).flat_map(|view| (view as u16).to_le_bytes()).collect();
        let within = within_classes(distances.table(), &self.chosen.members)?;
        let farthest = within_classes(plain, &self.chosen.members)?
            .iter()
            .flat_map(|class| class.off_diagonal().iter().copied())
            .fold(0.0_f32, f32::max);
        let step = (f64::from(farthest) * 1.02).max(1e-3) / (GRID - 1) as f64;
        let deltas: Vec<f64> = (0..GRID).map(|place| place as f64 * step).collect();
        let along = sigma_curve(&within, &deltas, BUDGET)?;
        let curve = |class, of: &dyn Fn(&Sigma) -> Interval| SigmaCurve { class, sigma: along.iter().map(of).collect() };
        let mut curves: Vec<SigmaCurve> = (0..self.question.classes.len())
            .map(|place| curve(Some(self.question.classes[place]), &|sigma| sigma.share(place)))
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
    fn means(&self, table: &Symmetric) -> (f64, f64) {
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
    pub(super) async fn ask(&mut self, question: DistanceQuestion) -> Result<Vec<Event>, Fault> {
        self.inquiry = None;
        check(&question)?;
        let data = self.data_of(&question.experiment)?;
        let named = data.classes.len();
        if let Some(strange) = question.classes.iter().find(|class| **class >= named) {
            return Err(refusal(
                "classes",
                format!("There is no class {strange}: these data have {named}, from 0."),
                "Choose others.",
            ));
        }
        let chosen = choose(&data.train, &question.classes, question.per_class, question.seed)?;
        let opened = match self.opened() {
            Some(opened) => opened.clone(),
            None => device::open(DeviceChoice::Cpu).await?,
        };
        let views = ROUGH.min(question.views);
        let pair = Pair::of(&question.experiment);
        self.inquiry = Some(Inquiry {
            seed: question.seed,
            question,
            data,
            pair,
            chosen,
            opened,
            views,
            draws: Vec::new(),
            answer: None,
            measuring: None,
            begun: Instant::now(),
        });
        Ok(Vec::new())
    }

    /// Goes on with the question for about `budget`; an answer if a stage was done.
    pub(super) async fn inquire(&mut self, budget: Duration) -> Result<Vec<Event>, Fault> {
        let Some(mut inquiry) = self.inquiry.take() else { return Ok(Vec::new()) };
        let Some(distances) = inquiry.advance(budget).await? else {
            self.inquiry = Some(inquiry);
            return Ok(Vec::new());
        };
        if !inquiry.complete() {
            let rough = inquiry.answer(&distances)?;
            inquiry.views = (4 * inquiry.views).min(inquiry.question.views);
            self.inquiry = Some(inquiry);
            return Ok(vec![Event::Distances(Box::new(rough))]);
        }
        let mut answer = match inquiry.answer.take() {
            Some(answer) => answer,
            None => {
                let mut answer = Box::new(inquiry.answer(&distances)?);
                answer.theorem = self.theorem(&inquiry, &distances).await?;
                answer
            }
        };
        if inquiry.draw_again(&distances)? {
            inquiry.answer = Some(answer);
            self.inquiry = Some(inquiry);
            return Ok(Vec::new());
        }
        (answer.draws, answer.seconds) = (inquiry.draws, inquiry.begun.elapsed().as_secs_f64());
        Ok(vec![Event::Distances(answer)])
    }

    /// The data that an experiment asks for; those of the run if they are the same.
    pub(super) fn data_of(&mut self, experiment: &Experiment) -> Result<Rc<Dataset>, Fault> {
        if let Some(run) = &self.run {
            let own = run.trainer.experiment();
            if own.choice("data") == experiment.choice("data") && own.seed == experiment.seed {
                return Ok(run.trainer.feed().shared());
            }
        }
        self.data(experiment)
    }

    /// Theorem 1 with the encoder of the run, if there is one for these images.
    async fn theorem(&self, inquiry: &Inquiry, distances: &Distances) -> Result<Vec<Quantity>, Fault> {
        let Some(run) = self.run.as_ref().filter(|run| Rc::ptr_eq(&run.trainer.feed().shared(), &inquiry.data)) else {
            return Ok(Vec::new());
        };
        let sample = inquiry.sample()?;
        let (images, values) = (inquiry.chosen.rows.len(), inquiry.data.train.stride());
        let pixels = sample.pixels(0..images * inquiry.views);
        let features = run.trainer.embed(&pixels).await?;
        let place = |class: &usize| inquiry.question.classes.iter().position(|known| known == class).unwrap_or_default();
        let labels: Vec<usize> = inquiry.chosen.classes.iter().map(place).collect();
        let of = Features {
            features: &features,
            dimension: features.len() / (images * inquiry.views),
            pixels: &pixels,
            values,
            views: &vec![inquiry.views; images],
            listed: sample.listed(),
            labels: &labels,
            classes: inquiry.question.classes.len(),
        };
        let within = within_classes(distances.table(), &inquiry.chosen.members)?;
        let concentrated = sigma(&within, inquiry.question.delta, BUDGET)?.least();
        let diagnostic = Diagnostic::measure(&of, concentrated, inquiry.question.delta, inquiry.question.epsilon);
        let verdict =
            Quantity { symbol: "verdict".into(), value: f64::from(u8::from(diagnostic.holds)), words: diagnostic.verdict() };
        let told = diagnostic.quantities.into_iter();
        let told = told.map(|one| Quantity { symbol: one.symbol.into(), value: one.value, words: one.whence });
        Ok(told.chain([verdict]).collect())
    }
}

fn refusal(what: &str, words: String, remedy: &str) -> Fault {
    Fault { what: words, location: format!("augmented distance, {what}"), remedy: remedy.into(), recoverable: true }
}

/// What is wrong with a question, whatever the data.
fn check(question: &DistanceQuestion) -> Result<(), Fault> {
    let DistanceQuestion { classes, per_class, views, draws, delta, epsilon, .. } = question;
    if classes.is_empty() {
        return Err(refusal("classes", "No class was chosen.".into(), "Choose at least one class."));
    }
    if classes.iter().enumerate().any(|(place, class)| classes[..place].contains(class)) {
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
