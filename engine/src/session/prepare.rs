//! A run on its way: device, data, network and the untrained encoder's measures, piece by piece, while what ran before waits.

use super::checkpoint::GoOn;
use super::estimate::{self, Rates};
use super::run::Run;
use super::{Job, Session, refused};
use crate::datasets::{self, Dataset, DroppedArchives};
use crate::device;
use crate::memory::{self, Counts, Room};
use crate::metrics::Found;
use crate::pace::{Pace, Task};
use crate::pictures::KeptMoment;
use crate::trainer::{Split, Trainer};
use augsphere_spec::{Choice, DeviceChoice, Event, Experiment, Fault, Request, RunId, Thumbnails};
use std::rc::Rc;
use std::time::Duration;
use web_time::Instant;

/// A data set with what it was made of.
#[derive(Clone)]
pub(super) struct KnownData {
    choice: Choice,
    seed: u64,
    pub data: Rc<Dataset>,
}

impl KnownData {
    /// Whether these are the images that an experiment asks for. Files may have changed, drawn images have not.
    fn fits(&self, choice: &Choice, seed: u64) -> bool {
        self.choice == *choice && self.seed == seed && !datasets::is_read(choice)
    }
}

/// What was asked for.
#[derive(Clone)]
pub(super) struct Asked {
    pub run: RunId,
    /// As it begins, or began.
    pub experiment: Experiment,
    pub device: DeviceChoice,
    pub start: Start,
}

/// What a run begins with.
#[derive(Clone)]
pub(super) enum Start {
    /// Random weights.
    Random,
    /// The encoder of a file.
    Encoder(Rc<[u8]>),
    /// Where another one stood.
    GoOn(GoOn),
}

/// A run that is being prepared.
pub(super) struct Preparation {
    pub asked: Asked,
    /// Begun at the first piece: files that were handed over before come first.
    task: Option<Task<Result<Prepared, Fault>>>,
}

impl Preparation {
    pub fn new(asked: Asked) -> Self {
        Self { asked, task: None }
    }
}

/// A run that is ready, and what is told of it.
struct Prepared {
    trainer: Trainer,
    known: KnownData,
    /// What was measured before the first step; nothing of a run that goes on.
    untrained: Option<Untrained>,
    /// Moments that can be gone back to.
    kept: Vec<KeptMoment>,
}

/// What was measured before the first step.
struct Untrained {
    found: Found,
    /// Multiplications a second in the measures.
    rate: f64,
}

/// What the work needs of the session.
struct Means {
    /// Which GPU, where one was named.
    adapter: Option<String>,
    kept: DroppedArchives,
    known: Option<KnownData>,
    rates: Rates,
}

/// The data that an experiment asks for.
pub(super) async fn data(
    experiment: &Experiment,
    known: Option<&KnownData>,
    kept: &DroppedArchives,
    pace: &Pace,
) -> Result<KnownData, Fault> {
    let choice = experiment.choice("data").cloned().unwrap_or_default();
    if let Some(known) = known.filter(|known| known.fits(&choice, experiment.seed)) {
        return Ok(known.clone());
    }
    let data = Rc::new(datasets::load_in_pieces(&choice, experiment.seed, kept, pace).await?);
    Ok(KnownData { choice, seed: experiment.seed, data })
}

async fn prepare(asked: Asked, means: Means, pace: Pace) -> Result<Prepared, Fault> {
    pace.stage("Opening the device", 0);
    pace.turn().await;
    let opened = device::open(asked.device, means.adapter.as_deref()).await?;
    pace.tell(Event::Device(opened.report.clone()));
    let start = match &asked.start {
        Start::GoOn(go_on) => go_on.at.experiment.clone(),
        Start::Random | Start::Encoder(_) => Experiment { changes: Vec::new(), ..asked.experiment },
    };
    let speed = estimate::speed(&opened, &means.rates).await.map_err(|error| Fault {
        what: format!("The device {} failed: {error}", opened.report.name),
        location: "device".into(),
        remedy: "Choose the CPU, or `auto` to let the engine choose.".into(),
        recoverable: true,
        settings: Vec::new(),
    })?;
    pace.tell(Event::Estimate(estimate::estimate(asked.run, &start, &opened, &speed)));
    let room = Room::on(&opened);
    if start.choice("data").is_some_and(|choice| !datasets::is_read(choice)) {
        // Before they are drawn; of files there may be fewer images than are asked for.
        memory::check(&start, Counts::asked(&start), room)?;
    }
    pace.turn().await;
    let known = data(&start, means.known.as_ref(), &means.kept, &pace).await?;
    memory::check(&start, Counts::of(&known.data), room)?;
    pace.stage("Setting up the network", 0);
    pace.turn().await;
    let mut trainer = Trainer::new(start, Rc::clone(&known.data), &opened)?;
    pace.turn().await;
    let what = match asked.start {
        Start::Random => "Measuring the untrained encoder",
        Start::Encoder(file) => {
            trainer.begin_with(&file)?;
            "Measuring the encoder to begin with"
        }
        Start::GoOn(go_on) => {
            let kept = trainer.restore(&go_on.file, go_on.at.step)?;
            return Ok(Prepared { trainer, known, untrained: None, kept });
        }
    };
    let (untrained, moment) = measure(&trainer, what, &pace).await?;
    Ok(Prepared { trainer, known, untrained: Some(untrained), kept: vec![moment] })
}

/// Measures before the first step.
async fn measure(trainer: &Trainer, what: &str, pace: &Pace) -> Result<(Untrained, KeptMoment), Fault> {
    let checkpoint = trainer.checkpoint();
    let begun = Instant::now();
    let (mut found, moment) = checkpoint.measure_and_keep(what, pace).await?;
    let rate = checkpoint.multiply_adds() as f64 / begun.elapsed().as_secs_f64().max(1e-6);
    found.scalars.extend(trainer.gradient_scalars().await?);
    if let Some(broken) = found.scalars.iter().find(|scalar| !scalar.value.is_finite()) {
        return Err(Fault {
            what: format!("The untrained encoder's {} is {}.", broken.name.replace('_', " "), broken.value),
            location: "step 0".into(),
            remedy: "Choose another seed, another device, or a larger embedding.".into(),
            recoverable: true,
            settings: Vec::new(),
        });
    }
    Ok((Untrained { found, rate }, moment))
}

impl Session {
    /// Takes a run in; it is prepared by [`Session::advance`].
    pub(super) fn begin(&mut self, asked: Asked) -> Vec<Event> {
        let superseded = self.withdraw_preparation();
        self.asked(Job::Run);
        self.preparation = Some(Preparation::new(asked));
        superseded
    }

    /// Gives up what is being prepared.
    pub(super) fn withdraw_preparation(&mut self) -> Vec<Event> {
        let withdrawn = self.preparation.take();
        let told = withdrawn.map(|preparation| Event::Refused { request: Request::Run(preparation.asked.run), fault: None });
        let device = told.as_ref().and_then(|_| self.device_again());
        told.into_iter().chain(device).collect()
    }

    /// The device of the run that goes on: another one may have been told meanwhile.
    fn device_again(&self) -> Option<Event> {
        self.run.as_ref().map(|run| Event::Device(run.trainer.opened().report.clone()))
    }

    /// Goes on with what is being prepared.
    pub(super) async fn prepare(&mut self, budget: Duration) -> Vec<Event> {
        let Some(preparation) = &mut self.preparation else { return Vec::new() };
        let asked = &preparation.asked;
        let task = preparation.task.get_or_insert_with(|| {
            let means = Means {
                adapter: self.adapter.clone(),
                kept: self.kept.clone(),
                known: self.known.clone(),
                rates: self.rates.clone(),
            };
            let asked = asked.clone();
            Task::eager(|pace| prepare(asked, means, pace))
        });
        let result = task.advance(budget).await;
        let mut events = task.events();
        let Some(result) = result else { return events };
        let Some(Preparation { asked, .. }) = self.preparation.take() else { return events };
        match result {
            Ok(prepared) => events.extend(self.install(asked, prepared)),
            Err(fault) => {
                let fault = Fault { recoverable: true, ..fault };
                events.push(refused(Request::Run(asked.run), fault));
                events.extend(self.device_again());
            }
        }
        events
    }

    /// Makes what was prepared the current run.
    fn install(&mut self, asked: Asked, prepared: Prepared) -> Vec<Event> {
        let Prepared { trainer, known, untrained, kept } = prepared;
        self.known = Some(known);
        let mut events = vec![began(&asked, &trainer)];
        if let Some(Untrained { found: Found { scalars, profiles }, rate }) = untrained {
            self.rates.evaluated(trainer.opened().kind, rate);
            events.push(Event::Measures { step: 0, scalars, profiles });
        }
        self.keep_previous(&trainer);
        let changes = if let Start::GoOn(go_on) = &asked.start { go_on.changes.clone() } else { Vec::new() };
        let run = self.run.insert(Run::new(asked, trainer));
        // Pictures count on as many images as there are.
        for moment in kept.into_iter().filter(|moment| moment.count() == run.trainer.shown()) {
            run.kept.keep(Rc::new(moment));
        }
        events.push(Event::Phase(run.phase()));
        self.desk.owe_all();
        events.extend(self.change_there(changes));
        events
    }
}

fn began(asked: &Asked, trainer: &Trainer) -> Event {
    let shown = trainer.shown();
    let validation = trainer.loader().images(Split::Validation);
    let mut rgba = Vec::with_capacity(shown * validation.side * validation.side * 4);
    (0..shown).for_each(|index| validation.rgba(index, &mut rgba));
    let network = trainer.network();
    Event::Began {
        run: asked.run,
        experiment: asked.experiment.clone(),
        data: trainer.loader().data().report(),
        encoder_weights: network.encoder_weights,
        projector_weights: network.projector_weights,
        labels: validation.labels[..shown].to_vec(),
        images: Thumbnails { side: validation.side, rgba },
        levels: trainer.levels(),
        resumed: if let Start::GoOn(go_on) = &asked.start { Some(Box::new(go_on.at.clone())) } else { None },
    }
}
