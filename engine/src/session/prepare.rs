//! A run on its way: device, data, network and the untrained encoder's measures, piece by piece, while what ran before waits.

use super::estimate::{self, Rates};
use super::run::Run;
use super::{Job, Session, refused};
use crate::datasets::{self, Dataset, DroppedArchives};
use crate::device;
use crate::memory::{self, Counts, Room};
use crate::metrics::Found;
use crate::pace::{Pace, Task};
use crate::trainer::{Split, Trainer};
use augsphere_spec::{
    Anatomy, Choice, DeviceChoice, Event, Experiment, Fault, Phase, Picture, Request, RunId, Thumbnails, Topic,
};
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
    pub experiment: Experiment,
    pub device: DeviceChoice,
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
    found: Found,
    anatomy: Anatomy,
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
    /// Whether the gradient is compared with those of other methods.
    compare: bool,
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
    let start = Experiment { changes: Vec::new(), ..asked.experiment };
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
    let trainer = Trainer::new(start, Rc::clone(&known.data), &opened)?;
    pace.turn().await;
    let checkpoint = trainer.checkpoint();
    let begun = Instant::now();
    let mut found = checkpoint.measure("Measuring the untrained encoder", &pace).await?;
    let rate = checkpoint.multiply_adds() as f64 / begun.elapsed().as_secs_f64().max(1e-6);
    let anatomy = trainer.anatomy(means.compare).await?;
    found.scalars.extend(anatomy.scalars.iter().cloned());
    if let Some(broken) = found.scalars.iter().find(|scalar| !scalar.value.is_finite()) {
        return Err(Fault {
            what: format!("The untrained encoder's {} is {}.", broken.name.replace('_', " "), broken.value),
            location: "step 0".into(),
            remedy: "Choose another seed, another device, or a larger embedding.".into(),
            recoverable: true,
            settings: Vec::new(),
        });
    }
    Ok(Prepared { trainer, known, found, anatomy, rate })
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
                compare: self.pictures.watches(Topic::Anatomy),
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
        let Prepared { trainer, known, found: Found { scalars, profiles }, anatomy, rate } = prepared;
        self.rates.evaluated(trainer.opened().kind, rate);
        self.known = Some(known);
        let mut events = vec![
            began(asked.run, &asked.experiment, &trainer),
            Event::Measures { step: 0, scalars, profiles },
            Event::Phase(Phase::Paused),
        ];
        self.keep_previous(&trainer);
        self.run = Some(Run::new(asked, trainer));
        self.pictures.owe_all();
        self.desk.owe_all();
        if self.pictures.watches(Topic::Anatomy) {
            events.insert(2, Event::Picture(Picture::Anatomy(anatomy)));
            self.pictures.sent(Topic::Anatomy);
        }
        events
    }
}

fn began(run: RunId, experiment: &Experiment, trainer: &Trainer) -> Event {
    let shown = trainer.shown();
    let validation = trainer.loader().images(Split::Validation);
    let mut rgba = Vec::with_capacity(shown * validation.side * validation.side * 4);
    (0..shown).for_each(|index| validation.rgba(index, &mut rgba));
    let network = trainer.network();
    Event::Began {
        run,
        experiment: experiment.clone(),
        data: trainer.loader().data().report(),
        encoder_weights: network.encoder_weights,
        projector_weights: network.projector_weights,
        labels: validation.labels[..shown].to_vec(),
        images: Thumbnails { side: validation.side, rgba },
        levels: trainer.levels(),
    }
}
