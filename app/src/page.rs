//! The page as the components see it: the model, mirrored in signals, and a method for everything that a person can do.
//!
//! It decides nothing: every method is a message to [`model::update`], and what that answers is done by [`effects`].

mod effects;
mod mirror;

use crate::draw::sphere_picture;
use crate::model::distances::Ablation;
use crate::model::distances::policy::differences;
use crate::model::entrance::Entrance;
use crate::model::fields::Fields;
use crate::model::notices::Notices;
use crate::model::shelf::Shelf;
use crate::model::state::State;
use crate::model::{self, BoardMsg, DistanceMsg, Model, Msg, Offer, ShelfMsg, StudyMsg, Surroundings, distances};
use crate::wire::browser;
use crate::wire::files::{self, Gathered};
use crate::wire::runs;
use crate::wire::store::Store;
use crate::wire::transport::Transport;
use augsphere_spec::{Catalogue, Command, DeviceChoice, Experiment, Fault, SphereState, Value, WorkerCommand};
use effects::Held;
use leptos::{ev, prelude::*};
use mirror::Part;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, OffscreenCanvas};

/// How often the model is told the time.
const PULSE: Duration = Duration::from_secs(1);
/// Where the browser remembers how the page was entered last.
const ENTRANCE: &str = "entrance";

/// Everything the components share. Copies refer to the same page.
#[derive(Clone, Copy)]
pub struct Page {
    /// What can be chosen.
    pub catalogue: RwSignal<Arc<Catalogue>>,
    /// Everything the page knows; wakes its readers with every message that may have changed something.
    pub model: Part<Model>,
    /// What the session told.
    pub state: Part<State>,
    /// What is asked and answered about augmented distances.
    pub distances: Part<distances::Distances>,
    /// The runs that are kept.
    pub shelf: Part<Shelf>,
    /// The experiment as the controls show it.
    pub draft: RwSignal<Experiment>,
    /// The same as if only its kinds had been said: what single knobs go back to.
    pub defaults: Memo<Experiment>,
    /// The fields that show something else than the experiment.
    pub fields: RwSignal<Fields>,
    /// What went wrong and is not over.
    pub notices: RwSignal<Notices>,
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
    /// The validation image pointed at.
    pub focus: RwSignal<Option<usize>>,
    /// The validation images that are chosen; none is as good as all.
    pub selected: RwSignal<BTreeSet<usize>>,
    /// The step that is pointed at on a curve.
    pub hovered_step: RwSignal<Option<u64>>,
    /// The change on the way that is pointed at, by its place in the list.
    pub marked: RwSignal<Option<usize>>,
    /// Whether files are being dragged over the window.
    pub dragging: RwSignal<bool>,
    kept: StoredValue<Model>,
    news: RwSignal<u64>,
    queue: StoredValue<VecDeque<Msg>>,
    busy: StoredValue<bool>,
    transport: StoredValue<Option<Transport>, LocalStorage>,
    store: StoredValue<Option<Store>, LocalStorage>,
    held: StoredValue<Held, LocalStorage>,
}

impl Page {
    /// The page as its address asks for it.
    pub fn open(dark: RwSignal<bool>) -> Self {
        let secure = browser::window().is_secure_context();
        let narrow = browser::matches("(max-width: 700px)");
        let remembered = browser::kept(ENTRANCE).and_then(|name| Entrance::named(&name));
        let (opened, chance) = browser::time_and_chance();
        let model = Model::open(Surroundings { fragment: browser::fragment(), secure, narrow, remembered, opened, chance });
        let (catalogue, draft) = (RwSignal::new(Arc::clone(&model.catalogue)), RwSignal::new(model.draft.clone()));
        let (fields, notices) = (RwSignal::new(model.fields.clone()), RwSignal::new(model.notices.clone()));
        let device = RwSignal::new(model.device);
        let (kept, news) = (StoredValue::new(model), RwSignal::new(0));
        let page = Self {
            catalogue,
            model: Part::new(kept, news, |model| model),
            state: Part::new(kept, news, |model| &model.state),
            distances: Part::new(kept, news, |model| &model.distances),
            shelf: Part::new(kept, news, |model| &model.shelf),
            draft,
            defaults: Memo::new(move |_| catalogue.with(|catalogue| draft.with(|draft| catalogue.base_of(draft)))),
            fields,
            notices,
            device,
            play_requested: RwSignal::new(false),
            dark,
            classes: RwSignal::new(Vec::new()),
            highlighted: RwSignal::new(None),
            focus: RwSignal::new(None),
            selected: RwSignal::new(BTreeSet::new()),
            hovered_step: RwSignal::new(None),
            marked: RwSignal::new(None),
            dragging: RwSignal::new(false),
            kept,
            news,
            queue: StoredValue::new(VecDeque::new()),
            busy: StoredValue::new(false),
            transport: StoredValue::new_local(None),
            store: StoredValue::new_local(None),
            held: StoredValue::new_local(Held::default()),
        };
        page.store.set_value(Some(Store::new(sphere_picture, move |stored| page.dispatch(Msg::Stored(stored)))));
        page.listen();
        page
    }

    /// Hears the clock, the address, and files that are dropped anywhere.
    fn listen(self) {
        let tick = set_interval_with_handle(move || self.dispatch(Msg::Tick { now: browser::now() }), PULSE);
        let address = window_event_listener(ev::hashchange, move |_| self.dispatch(Msg::Address(browser::fragment())));
        files::listen(move |over| self.dragging.set(over), move |gathered| self.give(gathered));
        on_cleanup(move || {
            tick.iter().for_each(IntervalHandle::clear);
            address.remove();
        });
    }

    /// Hands a message to the model and does what it answers.
    pub fn dispatch(self, msg: Msg) {
        self.queue.update_value(|queue| queue.push_back(msg));
        // What an effect sets off is a message of its own, after those that are there.
        if self.busy.try_update_value(|busy| std::mem::replace(busy, true)) != Some(false) {
            return;
        }
        while let Some(msg) = self.queue.try_update_value(VecDeque::pop_front).flatten() {
            let taken = self.kept.try_update_value(|model| {
                let before = model.revision;
                let effects = model::update(model, msg);
                (model.revision != before, effects)
            });
            let (changed, effects) = taken.unwrap_or_default();
            if changed {
                self.mirror();
            }
            effects.into_iter().for_each(|effect| self.perform(effect));
        }
        self.busy.set_value(false);
    }

    /// Tells the signals what has changed.
    fn mirror(self) {
        fn reflect<T: Clone + PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, now: &T) {
            if signal.with_untracked(|known| known != now) {
                signal.set(now.clone());
            }
        }
        self.kept.with_value(|model| {
            reflect(self.draft, &model.draft);
            reflect(self.fields, &model.fields);
            reflect(self.notices, &model.notices);
            reflect(self.device, &model.device);
            reflect(self.play_requested, &model.play_requested);
        });
        self.news.update(|news| *news += 1);
    }

    /// Starts the worker.
    pub fn connect(self) {
        self.dispatch(Msg::Open);
    }

    /// Discards the worker and starts another.
    pub fn restart(self) {
        self.dispatch(Msg::Restart);
    }

    /// Goes on.
    pub fn play(self) {
        self.dispatch(Msg::Play);
    }

    /// Stops after the current step.
    pub fn pause(self) {
        self.dispatch(Msg::Pause);
    }

    /// Takes one step, then stops.
    pub fn step(self) {
        self.dispatch(Msg::Step);
    }

    /// Goes back to step 0 of what the controls show.
    pub fn reset(self) {
        self.dispatch(Msg::Reset);
    }

    /// Stops preparing.
    pub fn cancel(self) {
        self.dispatch(Msg::Cancel);
    }

    /// Sets up what the controls show.
    pub fn apply(self) {
        self.dispatch(Msg::Apply);
    }

    /// Lets the controls show again what runs.
    pub fn revert(self) {
        self.dispatch(Msg::Revert);
    }

    /// Brings back the run before.
    pub fn undo(self) {
        self.dispatch(Msg::Undo);
    }

    /// Takes one of the ways out of what stands in the way.
    pub fn take(self, offer: Offer) {
        self.dispatch(Msg::Take(offer));
    }

    /// Turns a knob or takes another card.
    pub fn turn(self, path: &str, value: Value) {
        self.dispatch(Msg::Turn { path: path.to_owned(), value });
    }

    /// Takes what was typed into the field of a knob.
    pub fn type_text(self, path: &str, text: String) {
        self.dispatch(Msg::Typed { path: path.to_owned(), text });
    }

    /// A slider is dragged.
    pub fn slide(self, path: &str, value: Value) {
        self.dispatch(Msg::Slide { path: path.to_owned(), value });
    }

    /// A slider was let go.
    pub fn release(self) {
        self.dispatch(Msg::Release);
    }

    /// Turns every knob of the augmentations until they are as in `wanted`.
    pub fn turn_to(self, wanted: &Experiment) {
        let changes = self.kept.with_value(|model| {
            let of = |section| differences(&model.catalogue, &model.draft, wanted, &[section]);
            ["augment", "second"].into_iter().flat_map(of).collect()
        });
        self.dispatch(Msg::TurnAll(changes));
    }

    /// What is wrong at `path`, if anything is; tracked.
    pub fn mistake(self, path: &str) -> Option<String> {
        self.fields.with(|fields| fields.mistake(path))
    }

    /// Takes another preset, by its place in the list.
    pub fn choose_preset(self, place: usize) {
        self.dispatch(Msg::Preset(place));
    }

    /// Tries a suggestion, by its place in the list.
    pub fn try_suggestion(self, place: usize) {
        self.dispatch(Msg::Suggestion(place));
    }

    /// Asks for another device.
    pub fn choose_device(self, device: DeviceChoice) {
        self.dispatch(Msg::Device(device));
    }

    /// Copies the link.
    pub fn copy_link(self) {
        self.dispatch(Msg::CopyLink);
    }

    /// Takes the newest notice away.
    pub fn dismiss(self) {
        self.dispatch(Msg::Dismiss);
    }

    /// Shows something that went wrong on the page itself.
    pub fn fault(self, what: impl Into<String>, place: &str, remedy: &str) {
        let fault =
            Fault { what: what.into(), location: place.into(), remedy: remedy.into(), recoverable: true, settings: Vec::new() };
        self.dispatch(Msg::Trouble(fault));
    }

    /// Asks for views of the next image, or for fresh ones of the same.
    pub fn next_views(self, image: bool) {
        self.dispatch(Msg::NextViews { image });
    }

    /// Enters the page the other way, now and the next time.
    pub fn enter(self, entrance: Entrance) {
        browser::keep(ENTRANCE, entrance.name());
        self.dispatch(Msg::Enter(entrance));
    }

    /// Looks at another of the images that Explore looks at.
    pub fn next_pair(self) {
        self.dispatch(Msg::NextPair);
    }

    /// Begins anew with this strength of all augmentations.
    pub fn choose_strength(self, strength: f64) {
        self.dispatch(Msg::Strength(strength));
    }

    /// Does something on the board.
    pub fn board(self, msg: BoardMsg) {
        self.dispatch(Msg::Board(msg));
    }

    /// Does something on the shelf.
    pub fn shelve(self, msg: ShelfMsg) {
        self.dispatch(Msg::Shelf(msg));
    }

    /// The store of runs.
    pub fn store(self) -> Option<Store> {
        self.store.with_value(Option::clone)
    }

    /// Does something in the card of augmented distances.
    pub fn set_distances(self, msg: DistanceMsg) {
        self.dispatch(Msg::Distances(msg));
    }

    /// Asks for the same distances without an augmentation and with it.
    pub fn compare(self, ablation: Ablation) {
        self.set_distances(DistanceMsg::Compare(ablation));
    }

    /// Starts the study that the knobs of its picture name, or stops it.
    pub fn study(self, msg: StudyMsg) {
        self.dispatch(Msg::Studies(msg));
    }

    /// The threshold of distances; tracked.
    pub fn delta(self) -> f64 {
        self.model.with(Model::delta)
    }

    /// The classes that distances are computed of; tracked.
    pub fn classes_asked(self) -> Vec<usize> {
        self.model.with(Model::classes_asked)
    }

    /// Asks the session for something that needs no account: neighbours, weights.
    pub fn ask(self, command: Command) {
        self.dispatch(Msg::Ask(command));
    }

    /// Tells a worker that draws the sphere how it is seen.
    pub fn show_sphere(self, sphere: SphereState) {
        self.with_transport(|transport| transport.send(&WorkerCommand::Sphere(sphere)));
    }

    /// Hands a canvas to the worker to draw the sphere on.
    pub fn hand_over(self, canvas: &OffscreenCanvas) {
        self.with_transport(|transport| transport.send_canvas(canvas));
    }

    fn with_transport(self, act: impl FnOnce(&Transport)) {
        self.transport.with_value(|transport| transport.as_ref().map(act));
    }

    /// Takes the files that were chosen in a field of the page.
    pub fn take_chosen(self, event: &leptos::ev::Event) {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(list) = input.files() {
            self.give(files::chosen(&list));
        }
        // The same file may be chosen again after it was mended.
        input.set_value("");
    }

    /// Takes files that were given, wherever on the page.
    pub fn give(self, gathered: Gathered) {
        if gathered.cut {
            self.fault(
                "There are more files in what was dropped than can be data.",
                &gathered.name(),
                "Drop the archive itself, or the folder with its batches.",
            );
        }
        if !gathered.unreadable.is_empty() {
            let what = format!("The browser could not read {}.", gathered.unreadable.join(", "));
            self.fault(what, "what was dropped", "Check that it still exists and that you may read it.");
        }
        if runs::holds(&gathered) {
            leptos::task::spawn_local(async move {
                self.shelve(ShelfMsg::Import(Box::new(runs::unpack(&gathered).await)));
            });
        } else if !gathered.files.is_empty() {
            let name = gathered.name();
            let batch = self.held.try_update_value(|held| held.keep(gathered)).unwrap_or_default();
            self.dispatch(Msg::Files { batch, name });
        }
    }

    /// Whether a change can be taken in by what runs now; tracked.
    pub fn under_way(self) -> bool {
        self.model.with(Model::under_way)
    }

    /// Whether the controls show something that needs a new run; tracked.
    pub fn edited(self) -> bool {
        self.model.with(Model::edited)
    }

    /// What links and files keep.
    pub fn lasting(self) -> Experiment {
        self.kept.with_value(Model::lasting)
    }
}
