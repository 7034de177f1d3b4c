//! What holds while anything happens to the page, and once nothing happens any more.

use super::super::worker::Input;
use super::super::*;
use crate::model::changes::same;
use crate::model::life::Life;
use crate::model::names::presets;
use crate::model::notices::Scope;
use crate::model::{Standing, Timer};
use augsphere_spec::{AskId, ChangeId, DeviceChoice, Request, RunId, from_fragment};
use std::collections::BTreeMap;

/// Runs that were kept, and how far.
#[derive(Default)]
pub struct KeptRuns(BTreeMap<String, u64>);

impl KeptRuns {
    /// No run is lost, or thrown back, but by a person who deletes it.
    pub fn check(&mut self, world: &World) {
        let inner = world.store.0.borrow();
        for (id, step) in &self.0 {
            let now = inner.runs.get(id).map(|run| run.header.step);
            assert!(now >= Some(*step) || inner.deleted.contains(id), "{id} was kept at step {step}, and is at {now:?}");
        }
        self.0 = inner.runs.iter().map(|(id, run)| (id.clone(), run.header.step)).collect();
    }
}

/// What holds after each message.
pub fn check(world: &World) {
    let model = &world.model;
    for (path, slip) in model.fields.slips() {
        assert!(!slip.what.is_empty() && model.draft.get(path).is_some(), "the mistake at {path} is in no field or says nothing");
    }
    assert!(!(model.hindrance.is_some() && model.play_requested), "play waits for {:?}", model.hindrance);
    if model.life.is_up() && model.state.preparing.is_none() && model.needs_file(&model.draft).is_some() {
        assert!(model.hindrance.is_some(), "a file is missing and nobody says so");
    }
    let standing = model.standing();
    if matches!(standing, Standing::Same | Standing::Ended) {
        assert!(same(&model.draft, &model.state.run.as_ref().unwrap().experiment));
    }
    let begun = world.worker.as_ref().and_then(|worker| worker.run.as_ref());
    if let (Some(run), Some(begun)) = (&model.state.run, begun)
        && (run.id, run.step, begun.step) == (begun.id, 0, 0)
    {
        assert_eq!(run.encoder.is_some(), begun.encoder.is_some(), "it did not begin as the page says");
    }
    if standing == Standing::Hindered {
        assert!(model.obstruction().is_some_and(|(fault, offers)| !fault.what.is_empty() && !offers.is_empty()));
    }
    if model.state.run.as_ref().is_some_and(|run| !run.ended) {
        assert!(!model.notices.about(Scope::Run), "a run that is well has a fault");
    }
    if model.life.is_up() && model.life.silence(world.now).is_none() && model.notices.about(Scope::Worker) {
        panic!("a worker that answers has a fault");
    }
    let name = model.name();
    if let Some(preset) = name.preset.filter(|_| !name.edited && matches!(model.origin, Origin::Preset(_))) {
        assert!(same(&presets()[preset].experiment, &model.draft), "{} is the name of something else", name.text);
    }
    let lost = |run: &Option<state::Run>| run.as_ref().is_some_and(|run| run.step > 0 && !model.is_safe(run));
    assert_eq!(world.asks_before_leaving, lost(&model.state.run) || lost(&model.state.former));
    check_waiting(world);
}

/// Everything that is waited for has somebody who will answer, or a clock.
fn check_waiting(world: &World) {
    let model = &world.model;
    let Some(worker) = &world.worker else {
        assert!(model.state.preparing.is_none() && model.returning.is_none() && model.awaited.is_empty());
        return;
    };
    let asked = |test: &dyn Fn(&Command) -> bool| {
        worker.inbox.iter().any(|input| matches!(input, Input::Command(WorkerCommand::Session(command)) if test(command)))
    };
    let said = |test: &dyn Fn(&Event) -> bool| {
        worker.outbox.iter().any(|event| matches!(event, WorkerEvent::Session(event) if test(event)))
    };
    if let Some(preparing) = &model.state.preparing {
        let id: RunId = preparing.run;
        let begins = |command: &Command| matches!(command, Command::Begin { run, .. } | Command::Reset { run } | Command::Resume { run, .. } if *run == id);
        let comes = asked(&begins)
            || model.shelf.waits_to_read(id)
            || world.store.will_fetch(world.tab, id)
            || worker.preparing.as_ref().is_some_and(|preparing| preparing.run == id)
            || said(
                &|event| matches!(event, Event::Began { run, .. } | Event::Refused { request: Request::Run(run), .. } if *run == id),
            );
        assert!(comes, "nobody prepares {id:?}");
    }
    if model.returning.is_some() {
        let comes = asked(&|command| *command == Command::Return)
            || said(&|event| matches!(event, Event::Returned { .. } | Event::Refused { request: Request::Return, .. }));
        assert!(comes, "nobody goes back");
    }
    for id in model.awaited.overdue(f64::INFINITY, 0.0) {
        let id: ChangeId = id;
        let comes = asked(&|command| matches!(command, Command::Change { change, .. } if *change == id))
            || said(&|event| match event {
                Event::Changed { change, .. } => *change == Some(id),
                Event::Refused { request, .. } => *request == Request::Change(id),
                _ => false,
            });
        assert!(comes, "nobody makes {id:?}");
    }
    if let Some(turn) = model.soon {
        assert!(world.waits_for(&Timer::Begin(turn)), "no clock begins");
    }
    if let Some((path, _)) = &model.fields.sliding {
        assert!(world.waits_for(&Timer::Commit(model.slides)), "no clock takes {path}");
    }
    let owed = worker.asks.iter().any(|(ask, _, drawn)| ask.id == AskId::STAGE && !drawn) && worker.ready;
    let comes = asked(&|command| {
        matches!(
            command,
            Command::Drawn(AskId::STAGE)
                | Command::Ask(_)
                | Command::Begin { .. }
                | Command::Reset { .. }
                | Command::Resume { .. }
        )
    }) || said(&|event| matches!(event, Event::Answer(answer) if answer.id == AskId::STAGE))
        || world.drawn.contains(&AskId::STAGE);
    assert!(!owed || comes, "an answer came and was never said to be drawn");
}

/// The link is that of what is shown.
pub fn check_links(world: &World) {
    let model = &world.model;
    let lasting = model.lasting();
    let (read, extra) = from_fragment(&model.catalogue, &presets()[0].experiment, &model.link()).unwrap();
    let planned = |experiment: &Experiment| {
        let changes = experiment.changes.iter();
        changes.map(|change| (change.at, change.path.clone(), knobs::text(&change.value))).collect::<Vec<_>>()
    };
    assert!(same(&read, &lasting) && planned(&read) == planned(&lasting), "{}", model.link());
    assert_eq!(extra.iter().any(|(key, _)| key == "device"), model.device != DeviceChoice::Auto);
    assert_eq!((&world.address, &model.address), (&model.link(), &model.link()));
    if model.is_copied() {
        assert_eq!(model.copied.as_ref(), Some(&model.address));
    }
}

/// A worker that hangs was noticed by now.
pub fn check_silence(world: &World) {
    let hangs = world.worker.as_ref().is_some_and(|worker| worker.mood.deaf);
    assert_eq!(
        hangs && world.model.life != Life::Down,
        world.model.notices.about(Scope::Worker) && world.model.life != Life::Down
    );
}

/// Once nothing happens any more, nothing is waited for, and what is shown is what runs or says why not.
pub fn check_rest(world: &World) {
    let model = &world.model;
    if model.life == Life::Down {
        assert!(model.notices.about(Scope::Worker) || model.standing() == Standing::Down);
        return;
    }
    let worker = world.worker.as_ref().unwrap();
    assert!(model.state.preparing.is_none() && model.returning.is_none() && model.soon.is_none() && model.awaited.is_empty());
    assert_eq!(model.archives.reading(), None);
    assert!(!model.is_restoring());
    let standing = model.standing();
    match standing {
        Standing::Same => {
            let (run, shown) = (worker.run.as_ref().unwrap(), model.state.run.as_ref().unwrap());
            assert_eq!((run.id, run.step), (shown.id, shown.step));
            assert!(same(&run.now, &model.draft) && run.device == model.device, "something else runs");
            assert_eq!(worker.playing, model.play_requested, "what is asked for does not happen");
            check_pictures(world);
        }
        Standing::Hindered => assert!(!worker.playing, "something else trains under its name"),
        Standing::Ended | Standing::Edited => {}
        other => panic!("at rest, but {other:?}"),
    }
}

/// Once nothing happens any more, what was learnt is kept: of the run on the page, and, if the store was `well` all the time, of the one before
/// it.
pub fn check_kept(world: &World, well: bool) {
    let Some(worker) = &world.worker else { return };
    let model = &world.model;
    let on_page =
        worker.run.as_ref().filter(|run| !worker.playing && model.state.run.as_ref().is_some_and(|shown| shown.id == run.id));
    let before = worker.former.as_ref().filter(|_| well);
    for run in on_page.into_iter().chain(before).filter(|run| run.step > 0 && !run.lost) {
        let Some(shown) = model.state.find(run.id).filter(|shown| !shown.ended) else { continue };
        let id = model.shelf.id_of(run.id);
        // A run that was deleted, or that was resumed a second time, is kept again only once it is on the page.
        if id.is_none() && on_page.is_none_or(|on_page| on_page.id != run.id) {
            continue;
        }
        let kept = id.and_then(|id| world.store.run(id)).unwrap_or_else(|| panic!("step {} is not kept", run.step));
        assert_eq!((kept.header.step, shown.step), (run.step, run.step), "{:?} is not kept as it is", run.id);
        assert!(model.shelf.entry(&kept.header.id).is_some() || model.shelf.deleted.is_some(), "it is not on the shelf");
    }
    let inner = world.store.0.borrow();
    for (id, holder) in &inner.locks {
        let ours = *holder == world.tab;
        assert!(!ours || model.shelf.id_of_any(id), "{id} is held for nothing");
    }
}

/// The large sphere and every picture in view that asks are answered for this run, with the knobs that they are set to, and for the moment that
/// is looked at.
fn check_pictures(world: &World) {
    let (model, worker) = (&world.model, world.worker.as_ref().unwrap());
    let run = model.state.run.as_ref().map(|run| run.id);
    let now = worker.run.as_ref().map_or(0, |run| run.step);
    let looked_at = model.board.step.unwrap_or(now).min(now);
    for (ask, answered, _) in &worker.asks {
        if ask.id == AskId::STAGE {
            let points = model.state.points.as_ref().unwrap_or_else(|| panic!("the large sphere waits for ever"));
            assert_eq!(Some(points.step), *answered, "the large sphere");
            assert!(worker.playing || points.step == looked_at, "the large sphere is of another moment");
            continue;
        }
        let found = match ask.run {
            Some(before) => model.board.answer_before(&ask.picture, before),
            None => model.board.answer(&ask.picture, run),
        };
        let found = found.unwrap_or_else(|| panic!("{} waits for ever", ask.picture));
        assert_eq!(Some(&found.knobs), model.board.knobs(&ask.picture), "{}", ask.picture);
        assert_eq!(Some(found.answer.step), *answered);
        if !worker.playing && ask.run.is_none() {
            assert_eq!(found.answer.step, looked_at, "{} is of another moment", ask.picture);
        }
    }
}
