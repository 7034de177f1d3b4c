//! The board: which pictures are laid out, what is asked of the engine for them, and the moment that they show.

use super::state::Drawer;
use super::{Effect, Model};
use augsphere_charts::plots::{self, Plot};
use augsphere_spec::{Answer, Ask, AskId, Command, Knobs, Moment, PRESETS, Points, Preset, RunId, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Arrangements with a name: what is laid out for whom.
pub const ARRANGEMENTS: [(&str, &[&str]); 5] = [
    ("A first look", &["plane", "cosines", "neighbours", "spectrum"]),
    ("Collapse", &["spectrum", "similarity", "cosines", "curves"]),
    ("Wang and Isola", &["plane", "limit", "cosines", "curves"]),
    ("Huang and others", &["distances", "sigma", "closest", "theorem", "conditions", "factors", "studies"]),
    ("UniGrad and dynamics", &["families", "forces", "curves", "correlation", "toy", "expansions"]),
];

/// Where the worker draws the large sphere, the page needs its points for pointing only: it asks for the next ones after so many milliseconds.
const LEISURE: u32 = 400;

/// What stands in links for the run before beside the present one.
const BESIDE: &str = "beside";

/// A picture on the board.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Its name.
    pub name: String,
    /// Its knobs, all of them.
    pub knobs: Knobs,
}

impl Placed {
    fn plot(&self) -> Option<&'static dyn Plot> {
        plots::plot(&self.name)
    }
}

/// An answer, and the knobs that it was asked with.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The numbers.
    pub answer: Arc<Answer>,
    /// What they were asked with.
    pub knobs: Knobs,
}

/// What happens on the board.
#[derive(Clone, Debug, PartialEq)]
pub enum BoardMsg {
    /// Lay out what fits the experiment and the screen, if nothing is laid out.
    Begin,
    /// Lay exactly these out, by their names.
    Arrange(Vec<String>),
    /// Add a picture at the end, or bring it back.
    Add(String),
    /// Take a picture away.
    Remove(String),
    /// Move a picture so many places towards the end; towards the beginning if negative.
    Move(String, isize),
    /// Turn a knob of a picture.
    Turn {
        /// The picture.
        picture: String,
        /// The knob.
        knob: String,
        /// Its value.
        value: Value,
    },
    /// A picture has come into view, or has gone out of it.
    Seen(String, bool),
    /// Look at a step that was kept, or at the present.
    Look(Option<u64>),
    /// An image is pointed at on the large sphere, whose neighbours are wanted; nothing: none.
    Point(Option<usize>),
    /// Show the run before beside the present one, or no longer.
    Beside(bool),
}

/// The board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    /// The pictures, in order.
    pub placed: Vec<Placed>,
    /// Steps of the run that can be gone back to.
    pub kept: Vec<u64>,
    /// The step that is looked at; nothing: the present.
    pub step: Option<u64>,
    /// The image that is pointed at on the large sphere.
    pointed: Option<usize>,
    /// The image whose two views are on the large sphere.
    pub pair: Option<usize>,
    /// Whether the run before is shown beside the present one.
    pub beside: bool,
    /// What is laid out, as it stands in links.
    link: String,
    /// By picture, and whether it is of the run before.
    answers: BTreeMap<(String, bool), Answered>,
    seen: BTreeSet<String>,
    /// What is asked of the engine, as it was told last.
    asked: Vec<Ask>,
    ids: u64,
}

impl Board {
    /// What a picture is drawn from: the newest answer of this run, or of none.
    pub fn answer(&self, picture: &str, run: Option<RunId>) -> Option<&Answered> {
        let found = self.answers.get(&(picture.to_owned(), false));
        found.filter(|answered| answered.answer.run == run || answered.answer.run.is_none())
    }

    /// The same picture of the run before, at the step of the present one or where it ended earlier.
    pub fn answer_before(&self, picture: &str, run: RunId) -> Option<&Answered> {
        self.answers.get(&(picture.to_owned(), true)).filter(|answered| self.beside && answered.answer.run == Some(run))
    }

    /// The knobs that a picture is set to.
    pub fn knobs(&self, picture: &str) -> Option<&Knobs> {
        self.placed.iter().find(|placed| placed.name == picture).map(|placed| &placed.knobs)
    }

    /// What is laid out, as it stands in links: `beside,plane,limit~temperature:0.1`; only knobs that are not at their defaults.
    pub fn link(&self) -> &str {
        &self.link
    }

    fn write_link(&mut self) {
        let one = |placed: &Placed| {
            let usual = placed.plot().map(plots::defaults).unwrap_or_default();
            let knobs = placed.knobs.0.iter().filter(|(name, value)| usual.0.get(*name) != Some(value));
            let knobs: String = knobs.map(|(name, value)| format!("~{name}:{value}")).collect();
            format!("{}{knobs}", placed.name)
        };
        let beside = (self.beside && !self.placed.is_empty()).then(|| BESIDE.to_owned());
        self.link = beside.into_iter().chain(self.placed.iter().map(one)).collect::<Vec<_>>().join(",");
    }

    /// Lays out what a link says; pictures and values that there are not are left out.
    pub(super) fn read_link(&mut self, text: &str) {
        self.placed.clear();
        self.beside = text.split(',').any(|one| one == BESIDE);
        for one in text.split(',') {
            let mut words = one.split('~');
            let Some(plot) = words.next().and_then(plots::plot) else { continue };
            self.add(plot);
            for (name, value) in words.filter_map(|word| word.split_once(':')) {
                self.turn(plot.name(), name, Value::parse(value));
            }
        }
        self.write_link();
    }

    fn add(&mut self, plot: &'static dyn Plot) {
        if self.placed.iter().all(|placed| placed.name != plot.name()) {
            self.placed.push(Placed { name: plot.name().into(), knobs: plots::defaults(plot) });
        }
    }

    /// Sets a knob to a value that it can have.
    fn turn(&mut self, picture: &str, knob: &str, value: Value) {
        let Some(placed) = self.placed.iter_mut().find(|placed| placed.name == picture) else { return };
        let known = placed.plot().and_then(|plot| plot.knobs().into_iter().find(|known| known.name == knob));
        if let Some(value) = known.and_then(|known| known.fitting(&value)) {
            placed.knobs.0.insert(knob.to_owned(), value);
        }
    }

    fn arrange(&mut self, names: &[String]) {
        let before = std::mem::take(&mut self.placed);
        for plot in names.iter().filter_map(|name| plots::plot(name)) {
            match before.iter().find(|placed| placed.name == plot.name()) {
                Some(placed) if self.placed.iter().all(|known| known.name != placed.name) => self.placed.push(placed.clone()),
                _ => self.add(plot),
            }
        }
    }

    fn shift(&mut self, name: &str, places: isize) {
        let Some(from) = self.placed.iter().position(|placed| placed.name == name) else { return };
        let to = from.saturating_add_signed(places).min(self.placed.len() - 1);
        let placed = self.placed.remove(from);
        self.placed.insert(to, placed);
    }

    /// What is to be asked of the engine: what is in view and needs it, of the run that is shown, and of the one before if that is to be seen
    /// beside it. A question that stays the same keeps its name.
    fn wanted(&mut self, shown: Option<RunId>, before: Option<RunId>) -> Vec<Ask> {
        let at = self.step.map_or(Moment::Latest, Moment::Step);
        let needed = self.placed.iter().filter(|placed| self.seen.contains(&placed.name));
        let needed: Vec<&Placed> = needed.filter(|placed| placed.plot().is_some_and(Plot::asks)).collect();
        let stage = shown.and_then(|_| self.on_stage(at));
        let mut asks: Vec<(String, Knobs, Moment, Option<RunId>)> =
            needed.iter().map(|placed| (placed.name.clone(), placed.knobs.clone(), at, None)).collect();
        if let (Some(before), true) = (before, self.beside) {
            for placed in needed {
                // The step at which the present run was drawn last; what is of no run has none beside it.
                let answered = self.answer(&placed.name, shown).map(|answered| &answered.answer);
                if let Some(step) = answered.filter(|answer| answer.run.is_some()).map(|answer| answer.step) {
                    asks.push((placed.name.clone(), placed.knobs.clone(), Moment::Step(step), Some(before)));
                }
            }
        }
        let (ids, asked) = (&mut self.ids, &self.asked);
        let ask = |(picture, knobs, at, run): (String, Knobs, Moment, Option<RunId>)| {
            let same = |ask: &&Ask| ask.picture == picture && ask.knobs == knobs && ask.at == at && ask.run == run;
            asked.iter().find(same).cloned().unwrap_or_else(|| {
                *ids += 1;
                Ask { id: AskId(*ids), picture, knobs, at, run }
            })
        };
        stage.into_iter().chain(asks.into_iter().map(ask)).collect()
    }

    /// The question about the large sphere.
    fn on_stage(&self, at: Moment) -> Option<Ask> {
        let mut knobs = plots::plot("sphere").map(plots::defaults)?;
        let image = self.pair.or(self.pointed).and_then(|image| i64::try_from(image).ok()).unwrap_or(-1);
        knobs.0.insert("image".into(), Value::Int(image));
        // A past step has no network that views could go through.
        let pair = self.pair.is_some() && at == Moment::Latest;
        knobs.0.extend(["views", "forces"].map(|knob| (knob.to_owned(), Value::Bool(pair))));
        Some(Ask { id: AskId::STAGE, picture: "sphere".into(), knobs, at, run: None })
    }

    /// Whether what is asked about the large sphere is its present.
    fn present_on_stage(&self) -> bool {
        self.asked.iter().any(|ask| ask.id == AskId::STAGE && ask.at == Moment::Latest)
    }

    /// Takes in an answer to what is asked now; one to anything else is late.
    pub(super) fn take(&mut self, answer: Answer) {
        if let Some(ask) = self.asked.iter().find(|ask| ask.id == answer.id) {
            let answered = Answered { knobs: ask.knobs.clone(), answer: Arc::new(answer) };
            self.answers.insert((ask.picture.clone(), ask.run.is_some()), answered);
        }
    }

    /// Another run is shown: nothing of it was kept yet.
    pub(super) fn another_run(&mut self) {
        (self.kept, self.step, self.pointed) = (Vec::new(), None, None);
    }

    /// The worker is gone, and with it what it was asked.
    pub(super) fn lose_worker(&mut self) {
        self.asked.clear();
    }
}

impl Model {
    /// The pictures to begin with: those of the preset that the experiment comes from, or a first look; on a phone fewer.
    fn first_pictures(&self) -> Vec<String> {
        let preset = self.name().preset.and_then(|place| PRESETS.get(place));
        let own = preset.map(Preset::pictures).filter(|names| !names.is_empty());
        let names = own.unwrap_or_else(|| ARRANGEMENTS[0].1.to_vec());
        let most = if self.narrow { 2 } else { names.len() };
        names.into_iter().take(most).map(str::to_owned).collect()
    }

    pub(super) fn board_msg(&mut self, msg: BoardMsg) {
        let first = if msg == BoardMsg::Begin { self.first_pictures() } else { Vec::new() };
        let board = &mut self.board;
        match msg {
            BoardMsg::Begin if board.placed.is_empty() => board.arrange(&first),
            BoardMsg::Begin => {}
            BoardMsg::Arrange(names) => board.arrange(&names),
            BoardMsg::Add(name) => plots::plot(&name).into_iter().for_each(|plot| board.add(plot)),
            BoardMsg::Remove(name) => board.placed.retain(|placed| placed.name != name),
            BoardMsg::Move(name, places) => board.shift(&name, places),
            BoardMsg::Turn { picture, knob, value } => board.turn(&picture, &knob, value),
            BoardMsg::Seen(name, true) => drop(board.seen.insert(name)),
            BoardMsg::Seen(name, false) => drop(board.seen.remove(&name)),
            BoardMsg::Beside(beside) => board.beside = beside,
            BoardMsg::Point(image) => board.pointed = image,
            BoardMsg::Look(step) => board.step = step.filter(|step| board.kept.last().is_some_and(|last| step < last)),
        }
        board.write_link();
    }

    /// Tells the engine what is looked at, if that is something else than it was told.
    pub(super) fn ask_pictures(&mut self, effects: &mut Vec<Effect>) {
        if !self.life.is_up() {
            return;
        }
        let shown = self.state.run.as_ref().map(|run| run.id);
        let before = self.state.former.as_ref().filter(|run| !run.ended).map(|run| run.id);
        let wanted = self.board.wanted(shown, before);
        if wanted != self.board.asked {
            self.board.asked.clone_from(&wanted);
            effects.push(Effect::session(Command::Ask(wanted)));
        }
    }

    /// An answer has come; it is acknowledged because it came, whatever is on it.
    pub(super) fn answered_picture(&mut self, answer: Answer, effects: &mut Vec<Effect>) {
        let stage = answer.id == AskId::STAGE;
        let elsewhere = stage && self.state.drawer == Some(Drawer::Worker);
        effects.push(Effect::Drawn { id: answer.id, after: if elsewhere { LEISURE } else { 0 } });
        if !stage {
            self.board.take(answer);
        } else if answer.run.is_some()
            && answer.run == self.state.run.as_ref().map(|run| run.id)
            && let Some(points) = Points::of(&answer)
        {
            self.state.show(points, self.board.present_on_stage());
        }
    }

    /// These steps of a run can be gone back to.
    pub(super) fn kept_steps(&mut self, run: RunId, steps: Vec<u64>) {
        if self.state.run.as_ref().is_some_and(|shown| shown.id == run) {
            self.board.kept = steps;
        }
    }
}
