//! What can a person do on the page?

mod asking;
mod hearing;
mod running;
mod turning;

use crate::model::changes::Awaited;
use crate::model::state::State;
use crate::text;
use crate::wire::browser;
use crate::wire::transport::Connection;
use augsphere_spec::{Catalogue, Command, DeviceChoice, Experiment, Fault, Mistake, Mistakes, Topic, from_fragment, to_fragment};
use leptos::prelude::*;
use std::sync::Arc;

pub use asking::DistanceControls;

/// Everything the components share. Copies refer to the same page.
#[derive(Clone, Copy)]
pub struct Page {
    /// What can be chosen.
    pub catalogue: RwSignal<Arc<Catalogue>>,
    /// What the worker told.
    pub state: RwSignal<State>,
    /// The experiment as the controls show it; with planned changes as long as nobody has turned anything against them.
    pub draft: RwSignal<Experiment>,
    /// The same as if only its kinds had been said: what single knobs go back to.
    pub defaults: Memo<Experiment>,
    /// What is wrong with what was typed, by path.
    pub mistakes: RwSignal<Vec<Mistake>>,
    /// The device that was asked for.
    pub device: RwSignal<DeviceChoice>,
    /// Whether the person wants the run to go on.
    pub play_requested: RwSignal<bool>,
    /// Whether the page is dark.
    pub dark: RwSignal<bool>,
    /// Which classes are shown.
    pub classes: RwSignal<Vec<bool>>,
    /// The class pointed at in the legend.
    pub highlighted: RwSignal<Option<usize>>,
    /// The held-out image pointed at.
    pub focus: RwSignal<Option<usize>>,
    /// The change on the way that is pointed at, by its place in the list.
    pub marked: RwSignal<Option<usize>>,
    /// Whether the gradient is looked at.
    pub gradient_watched: RwSignal<bool>,
    /// The controls of the laboratory of augmented distances.
    pub distance_controls: DistanceControls,
    /// Image and draw shown in the strip of views.
    pub viewed: RwSignal<(usize, u64)>,
    /// What was sent to be set up and has not begun yet.
    asked: RwSignal<Option<Experiment>>,
    /// Live changes that were sent and are not confirmed yet.
    awaited: RwSignal<Awaited>,
    /// Grows with every run and with every change of one.
    epoch: Memo<(u64, u64)>,
    /// Counts changes, so that only the last of a quick series begins a run.
    turns: StoredValue<u64>,
    connection: StoredValue<Option<Connection>, LocalStorage>,
}

impl Page {
    /// The page as its address asks for it.
    pub fn open() -> Self {
        let catalogue: Catalogue = serde_json::from_str(crate::CATALOGUE).expect("a test reads this very catalogue");
        let preset = catalogue.read_toml(augsphere_spec::PRESETS[0].toml).unwrap_or_else(|_| catalogue.default_experiment());
        let fragment = browser::fragment();
        let (draft, extra, mistakes) = match from_fragment(&catalogue, &preset, &fragment) {
            Ok((draft, extra)) => (draft, extra, Vec::new()),
            Err(Mistakes(mistakes)) => (preset, Vec::new(), mistakes),
        };
        let asked_device =
            extra.iter().find(|(key, _)| key == "device").map_or(DeviceChoice::Auto, |(_, word)| text::read_device(word));
        let dark =
            browser::kept("theme").map_or_else(|| browser::matches("(prefers-color-scheme: dark)"), |theme| theme == "dark");
        let catalogue = Arc::new(catalogue);
        let state = RwSignal::new(State { catalogue: Some(Arc::clone(&catalogue)), ..State::default() });
        let catalogue = RwSignal::new(catalogue);
        let draft = RwSignal::new(draft);
        let page = Self {
            catalogue,
            state,
            draft,
            defaults: Memo::new(move |_| catalogue.with(|catalogue| draft.with(|draft| catalogue.base_of(draft)))),
            mistakes: RwSignal::new(Vec::new()),
            device: RwSignal::new(asked_device),
            play_requested: RwSignal::new(false),
            dark: RwSignal::new(dark),
            classes: RwSignal::new(Vec::new()),
            highlighted: RwSignal::new(None),
            focus: RwSignal::new(None),
            marked: RwSignal::new(None),
            gradient_watched: RwSignal::new(false),
            distance_controls: DistanceControls::default(),
            viewed: RwSignal::new((0, 0)),
            asked: RwSignal::new(None),
            awaited: RwSignal::new(Awaited::default()),
            epoch: Memo::new(move |_| state.with(|state| (state.runs, state.run.as_ref().map_or(0, |run| run.changed)))),
            turns: StoredValue::new(0),
            connection: StoredValue::new_local(None),
        };
        for Mistake { path, what } in mistakes {
            page.fault(
                format!("The link names {path}, which {what}."),
                "the link",
                "The page shows its preset instead; correct the link or go on from here.",
            );
        }
        page
    }

    /// Starts a worker and asks it for the experiment. What a former worker ran is gone.
    pub fn connect(self) {
        self.connection.set_value(None);
        match Connection::open(move |events| self.hear(events)) {
            Ok(connection) => {
                self.connection.set_value(Some(connection));
                self.watch();
                self.begin();
            }
            Err(fault) => self.state.update(|state| state.fault(fault)),
        }
    }

    /// Asks for the pictures that are looked at.
    fn watch(self) {
        let mut topics = vec![Topic::Points, Topic::Views];
        if self.gradient_watched.get_untracked() {
            topics.push(Topic::Anatomy);
        }
        self.send(&Command::Watch(topics));
    }

    /// Looks at the gradient from now on, or no longer.
    pub fn watch_gradient(self, scope: bool) {
        if self.gradient_watched.get_untracked() != look {
            self.gradient_watched.set(scope);
            self.watch();
        }
    }

    /// Discards the worker and starts another.
    pub fn restart(self) {
        self.play_requested.set(false);
        self.asked.set(None);
        self.state.update(State::restart);
        self.connect();
    }

    /// Sends a command.
    pub fn send(self, command: &Command) {
        self.connection.with_value(|connection| connection.iter().for_each(|connection| connection.send(command)));
    }

    /// Does something with the line to the worker.
    pub fn with_connection(self, act: impl FnOnce(&Connection)) {
        self.connection.with_value(|connection| connection.as_ref().map(act));
    }

    /// Shows something that went wrong on the page itself.
    pub fn fault(self, what: impl Into<String>, place: &str, remedy: &str) {
        let fault = Fault { what: what.into(), location: place.into(), remedy: remedy.into(), recoverable: true };
        self.state.update(|state| state.fault(fault));
    }

    /// Asks for the views of the image in the strip.
    pub fn look(self) {
        let count = self.state.with_untracked(|state| state.run.as_ref().map_or(0, |run| run.data.train));
        let (image, draw) = self.viewed.get_untracked();
        if count > 0 {
            self.send(&Command::Views { image: image % count, draw });
        }
    }

    /// Sets up the experiment that the controls show, at step 0. Goes on playing if it was.
    pub fn begin(self) {
        let experiment = self.draft.get_untracked();
        self.turns.update_value(|turns| *turns += 1);
        if self.lacks_data(&experiment) {
            return;
        }
        self.asked.set(Some(experiment.clone()));
        self.awaited.set(Awaited::default());
        self.send(&Command::Begin { experiment, device: self.device.get_untracked() });
        if self.play_requested.get_untracked() {
            self.send(&Command::Play);
        }
    }

    /// Whether `experiment` needs a file that was not dropped yet.
    pub fn lacks_data(self, experiment: &Experiment) -> bool {
        let Some(choice) = experiment.choice("data") else { return false };
        let needs_file = self.catalogue.with(|catalogue| {
            catalogue
                .section("data")
                .and_then(|section| section.card(&choice.kind))
                .is_some_and(|card| card.knob("path").is_some())
        });
        needs_file && !self.state.with(|state| state.dropped.iter().any(|kept| kept.kind == choice.kind))
    }

    /// Another experiment altogether.
    pub fn replace(self, experiment: Experiment) {
        self.mistakes.set(Vec::new());
        self.draft.set(experiment);
        self.play_requested.set(false);
        self.begin();
    }

    /// The fragment that restores this page.
    pub fn fragment(self) -> String {
        let lasting = self.lasting();
        let mut fragment = self.catalogue.with(|catalogue| to_fragment(catalogue, &lasting));
        let device = self.device.get();
        if device != DeviceChoice::Auto {
            fragment.push_str("&device=");
            fragment.push_str(text::device(device));
        }
        fragment
    }
}
