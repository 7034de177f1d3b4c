//! The desk: which pictures are looked at, and what each of them is still owed.

use super::{Run, Session};
use crate::catalogue::catalogue;
use crate::pace::Task;
use crate::pictures::{self, Follows, KeptMoment, Picture, RunSource, Source, Trouble};
use crate::trainer::Failure;
use augsphere_spec::{Answer, Ask, AskId, Change, Event, Experiment, Moment, Part, RunId};
use std::rc::Rc;
use std::time::Duration;
use web_time::Instant;

/// Share of the time that the large sphere may take while a run goes on, and the same for all other pictures together.
const SHARE: f64 = 0.05;
/// While a run goes on, a picture of the present is made at most this often.
const EVERY: Duration = Duration::from_millis(250);
/// How long to work on a picture between two looks at the messages.
const PIECE: Duration = Duration::from_millis(30);

/// What was found, with the moment of the run that it was found at if that is a new one.
type Found = (Option<Rc<KeptMoment>>, u64, Result<Vec<Part>, Trouble>);

/// How many changes an experiment has seen, and the last of them: another number or another last one, and it is another experiment.
type Changes = (usize, Option<Change>);

/// A picture that is looked at.
struct Asked {
    ask: Ask,
    /// The step that was answered last, if any was.
    answered: Option<u64>,
    /// The changes that the experiment had seen then.
    under: Changes,
    /// Whether that answer was drawn.
    drawn: bool,
    /// When that was.
    made: Option<Instant>,
    /// What it changes with.
    follows: Follows,
}

impl Asked {
    /// A picture that was not looked at before.
    fn new(ask: Ask) -> Self {
        let follows = picture(&ask).filter(|_| ask.at == Moment::Latest).map_or(Follows::Nothing, Picture::follows);
        Self { ask, answered: None, under: Changes::default(), drawn: true, made: None, follows }
    }

    /// Whether this is the large sphere, which has a share of the time to itself.
    fn on_stage(&self) -> bool {
        self.ask.id == AskId::STAGE
    }

    /// Whether the present of the run is another than the one that was answered.
    fn stale(&self, run: &Run) -> bool {
        let changes = &run.trainer.experiment().changes;
        let changed = (changes.len(), changes.last()) != (self.under.0, self.under.1.as_ref());
        match self.follows {
            Follows::Nothing => false,
            Follows::Views => changed,
            // What is changed where a run stands still is shown at once, too.
            Follows::Steps => changed || self.answered != Some(run.trainer.steps()),
        }
    }
}

/// An answer on its way.
struct Making {
    ask: Ask,
    run: Option<RunId>,
    under: Changes,
    task: Task<Found>,
    spent: Duration,
}

impl Making {
    fn of(ask: Ask, run: Option<RunId>, task: Task<Found>) -> Self {
        Self { ask, run, under: Changes::default(), task, spent: Duration::ZERO }
    }
}

/// What is looked at. One picture is made at a time.
#[derive(Default)]
pub(super) struct Desk {
    asked: Vec<Asked>,
    making: Option<Making>,
    /// While a run goes on, the other pictures are not made before the first of these, the large sphere not before the second.
    rest: [Option<Instant>; 2],
    /// How many kept steps were told.
    told: Option<(RunId, u64)>,
}

impl Desk {
    /// Exactly these are looked at from now on. One that was looked at before, in the same way, is owed no more than it was.
    pub fn look(&mut self, asks: Vec<Ask>) {
        let mut before = std::mem::take(&mut self.asked);
        let known = |ask: &Ask, before: &mut Vec<Asked>| {
            let place = before.iter().position(|known| known.ask == *ask)?;
            Some(before.swap_remove(place))
        };
        self.asked = asks.into_iter().map(|ask| known(&ask, &mut before).unwrap_or_else(|| Asked::new(ask))).collect();
        let asked = &self.asked;
        self.making.take_if(|making| asked.iter().all(|known| known.ask != making.ask));
    }

    /// An answer was drawn.
    pub fn drawn(&mut self, id: AskId) {
        self.asked.iter_mut().filter(|asked| asked.ask.id == id).for_each(|asked| asked.drawn = true);
    }

    /// Another run, or the run at a step that it has left: everything is answered afresh.
    pub fn owe_all(&mut self) {
        (self.making, self.rest, self.told) = (None, [None; 2], None);
        self.asked.iter_mut().for_each(|asked| (asked.answered, asked.drawn) = (None, true));
    }

    /// What is to be answered next: what was never answered first, then what is of another step than the present and was answered longest ago.
    /// The run before, which is asked about for every answer of a run that goes on, keeps to its pace. Where the run stands still, its present is
    /// told whether or not the answer before was drawn.
    fn next(&self, run: Option<&Run>, running: bool) -> Option<&Ask> {
        let now = Instant::now();
        let rested = |asked: &Asked| !running || self.rest[usize::from(asked.on_stage())].is_none_or(|rest| now >= rest);
        let never = self.asked.iter().find(|asked| asked.answered.is_none() && (rested(asked) || asked.ask.run.is_none()));
        let due = |asked: &&Asked| {
            let ready = !running || (asked.drawn && asked.made.is_none_or(|made| now >= made + EVERY));
            ready && rested(asked) && run.is_some_and(|run| asked.stale(run))
        };
        never.or_else(|| self.asked.iter().filter(due).min_by_key(|asked| asked.made)).map(|asked| &asked.ask)
    }
}

/// The experiment of a run as it ran at a step that it has reached.
fn experiment_at(run: &Run, step: u64) -> Experiment {
    let now = run.trainer.experiment();
    if now.changes.iter().all(|change| change.at <= step) {
        return now.clone();
    }
    let catalogue = catalogue();
    let until = now.changes.iter().filter(|change| change.at <= step);
    // What was changed then was allowed then.
    until.fold(run.began.clone(), |before, Change { path, value, .. }| {
        catalogue.with(&before, &[(path.clone(), value.clone())]).unwrap_or(before)
    })
}

/// The picture that is asked for, if there is one of this name.
fn picture(ask: &Ask) -> Option<&'static dyn Picture> {
    pictures::LIST.iter().find(|picture| picture.name() == ask.picture).copied()
}

impl Session {
    /// The run that pictures of the present are of; nothing where it cannot go on.
    fn present(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.ended.is_none())
    }

    /// Whether an answer is on its way, or owed at once.
    pub(super) fn desk_busy(&self) -> bool {
        self.desk.making.is_some() || self.desk.next(self.present(), self.running()).is_some()
    }

    /// Goes on with what is looked at.
    pub(super) async fn answer_asks(&mut self) -> Vec<Event> {
        let mut events = self.answer_next().await;
        events.extend(self.tell_kept());
        events
    }

    async fn answer_next(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.desk.making.is_none() {
            let Some(ask) = self.desk.next(self.present(), self.running()).cloned() else { return events };
            self.desk.making = Some(self.begin_answer(ask));
        }
        let Some(making) = &mut self.desk.making else { return events };
        let begun = Instant::now();
        let result = making.task.advance(PIECE).await;
        making.spent += begun.elapsed();
        let Some((moment, step, parts)) = result else { return events };
        let Some(Making { ask, run, under, spent, .. }) = self.desk.making.take() else { return events };
        let now = Instant::now();
        self.desk.rest[usize::from(ask.id == AskId::STAGE)] = Some(now + spent.div_f64(SHARE));
        if let (Some(moment), Some(current)) = (moment, &mut self.run)
            && Some(current.name) == run
        {
            current.kept.keep(moment);
        }
        let parts = match parts {
            Ok(parts) => Ok(parts),
            Err(Trouble::Nothing(why)) => Err(why),
            Err(Trouble::Device(fault)) => {
                events.extend(self.end(&Failure::Device(fault.clone())));
                Err(fault.what)
            }
        };
        for asked in self.desk.asked.iter_mut().filter(|asked| asked.ask == ask) {
            (asked.answered, asked.drawn, asked.made, asked.under) = (Some(step), false, Some(now), under.clone());
        }
        events.push(Event::Answer(Box::new(Answer { id: ask.id, run, step, parts })));
        events
    }

    fn begin_answer(&self, ask: Ask) -> Making {
        let Some(picture) = picture(&ask) else {
            let why = format!("This engine has no picture called `{}`: reload the page.", ask.picture);
            let task = Task::new(async move |_| (None, 0, Err(Trouble::Nothing(why))));
            return Making::of(ask, None, task);
        };
        let knobs = ask.knobs.clone();
        let before = self.previous.as_ref().filter(|run| Some(run.name) == ask.run);
        if ask.run.is_some() && before.is_none() {
            let why = "The run before is no longer in memory: its curves are still there.";
            let (run, task) = (ask.run, Task::new(async move |_| (None, 0, pictures::nothing(why))));
            return Making::of(ask, run, task);
        }
        let Some(run) = before.or(self.run.as_ref()) else {
            let task = Task::new(async move |pace| (None, 0, picture.make(&Source::default(), &knobs, &pace).await));
            return Making::of(ask, None, task);
        };
        let step = run.trainer.steps();
        let data = run.trainer.loader().shared();
        let kept = match ask.at {
            // Where the run before has come to its end, it is as it was left.
            Moment::Step(asked) if before.is_none() || asked < step => run.kept.at(asked),
            _ => run.kept.last().filter(|moment| moment.step == step || run.ended.is_some()),
        };
        // A run that cannot go on has nothing but what was kept.
        let latest = ask.at == Moment::Latest || before.is_some_and(|_| kept.as_ref().is_none_or(|moment| moment.step == step));
        let alive = run.ended.is_none() && (latest || kept.is_none());
        let checkpoint = alive.then(|| run.trainer.checkpoint());
        let name = Some(run.name);
        let until = kept.as_ref().map_or(step, |moment| moment.step);
        let trail = run.kept.trail(until, pictures::TRAIL);
        let experiment = experiment_at(run, until);
        let changes = &run.trainer.experiment().changes;
        let under = (changes.len(), changes.last().cloned());
        let task = Task::new(async move |pace| {
            let (moment, new) = match (kept, &checkpoint) {
                (Some(moment), _) => (moment, false),
                (None, Some(checkpoint)) => match checkpoint.snapshot(&pace).await {
                    Ok(snapshot) => (Rc::new(KeptMoment::of(checkpoint.step(), &snapshot)), true),
                    Err(fault) => return (None, step, Err(fault.into())),
                },
                (None, None) => return (None, step, pictures::nothing("Nothing was kept of this run: reset begins it anew.")),
            };
            let step = moment.step;
            let source = Source { run: Some(RunSource { moment: Rc::clone(&moment), checkpoint, data, experiment, trail }) };
            let parts = picture.make(&source, &knobs, &pace).await;
            (new.then_some(moment), step, parts)
        });
        Making { under, ..Making::of(ask, name, task) }
    }

    /// Tells which steps can be gone back to, if there are others than were told.
    fn tell_kept(&mut self) -> Vec<Event> {
        let Some(run) = self.run.as_ref().filter(|_| !self.desk.asked.is_empty()) else { return Vec::new() };
        let Some(last) = run.kept.last().map(|moment| moment.step) else { return Vec::new() };
        if self.desk.told == Some((run.name, last)) {
            return Vec::new();
        }
        self.desk.told = Some((run.name, last));
        vec![Event::Kept { run: run.name, steps: run.kept.steps().collect() }]
    }
}
