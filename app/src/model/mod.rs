//! What the page knows and decides: a plain [`Model`], and [`update`], which answers each [`Msg`] with [`Effect`]s.
//!
//! Nothing here needs a browser, a clock or chance. What a person asked for, what was sent, what runs and what is shown are all in the
//! model, so that they can be compared: [`Model::standing`] says how what is shown and what runs go together.

mod address;
pub mod bench;
pub mod board;
pub mod changes;
pub mod choices;
pub mod cloud;
pub mod distances;
mod edit;
pub mod entrance;
mod events;
pub mod fields;
mod files;
pub mod history;
pub mod knobs;
pub mod life;
mod msg;
pub mod names;
pub mod notices;
mod requests;
mod run;
pub mod shelf;
mod standing;
pub mod state;
pub mod studies;
#[cfg(test)]
pub mod test_catalogue;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
mod update;

pub use board::BoardMsg;
pub use msg::{DistanceMsg, Effect, Msg, Offer, Timer};
pub use shelf::ShelfMsg;
pub use standing::{Hindrance, Standing};
pub use studies::StudyMsg;
pub use update::update;

use augsphere_spec::{Catalogue, ChangeId, DeviceChoice, Experiment, Parent, RunId};
use board::Board;
use changes::Awaited;
use distances::Distances;
use entrance::Entrance;
use fields::Fields;
use files::Archives;
use life::Life;
use names::Origin;
use notices::Notices;
use shelf::Shelf;
use state::State;
use std::sync::Arc;

/// What the page finds around it when it is opened.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The part of the address after `#`.
    pub fragment: String,
    /// Whether the page came over a secure connection; without one there is neither WebGPU nor, often, a clipboard.
    pub secure: bool,
    /// Whether its screen is a phone's.
    pub narrow: bool,
    /// How the page was entered last.
    pub remembered: Option<Entrance>,
    /// When it is opened, seconds since 1970.
    pub opened: f64,
    /// Random bits.
    pub chance: u64,
}

/// What a worker has died of.
#[derive(Clone, Debug, PartialEq)]
struct Suspect {
    experiment: Experiment,
    device: DeviceChoice,
    memory: bool,
}

/// What the address was made of: while this is the same, so is the link.
#[derive(Clone, Debug, PartialEq)]
struct LinkedTo {
    draft: Experiment,
    entrance: Entrance,
    origin: Origin,
    device: DeviceChoice,
    /// What is laid out.
    board: String,
    /// The run that the controls show, and how often it was changed.
    run: Option<(RunId, u64)>,
}

/// Everything the page knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What can be chosen.
    pub catalogue: Arc<Catalogue>,
    /// What the session told.
    pub state: State,
    /// How the page is entered.
    pub entrance: Entrance,
    /// The experiment as the controls show it; with planned changes as long as nobody has turned anything against them.
    pub draft: Experiment,
    /// Fields that show something else: mistakes, and a slider that is being dragged.
    pub fields: Fields,
    /// What the controls were set from.
    pub origin: Origin,
    /// The device that was asked for.
    pub device: DeviceChoice,
    /// The kept run with whose encoder a run is to begin; nothing: with a random one.
    pub encoder: Option<Arc<Parent>>,
    /// Whether the person wants the run to go on.
    pub play_requested: bool,
    /// Why what the controls show cannot be set up.
    pub hindrance: Option<Hindrance>,
    /// Counts how often something was asked for that cannot be: the reason is to be seen again.
    pub insisted: u64,
    /// What went wrong and is not over.
    pub notices: Notices,
    /// Image and draw in the strip of views.
    pub viewed: (usize, u64),
    /// The pictures that are laid out.
    pub board: Board,
    /// What is asked and answered about augmented distances.
    pub distances: Distances,
    /// The studies that were begun.
    pub studies: studies::Studies,
    /// Files that were given.
    pub archives: Archives,
    /// The runs that are kept.
    pub shelf: Shelf,
    /// The part of the address after `#`, as the page set it.
    pub address: String,
    /// The link that was copied last.
    pub copied: Option<String>,
    /// Whether the page came over a secure connection.
    pub secure: bool,
    /// Whether its screen is a phone's.
    pub narrow: bool,
    /// How the worker is.
    pub life: Life,
    /// Grows with everything that may be shown.
    pub revision: u64,
    /// Whether the run was told to play and has not been told otherwise since, whatever it has answered so far.
    told_to_play: bool,
    /// Live changes that were sent and are not confirmed yet.
    awaited: Awaited,
    /// The pause after which what the controls show is set up, while one is waited for.
    soon: Option<u64>,
    /// When the session was asked to go back to the run before, until it answers.
    returning: Option<f64>,
    /// What a worker has died of.
    suspect: Option<Suspect>,
    /// What the address was made of last.
    linked: Option<LinkedTo>,
    /// Whether leaving the page is asked for.
    guarded: bool,
    now: f64,
    runs: RunId,
    changes: ChangeId,
    turns: u64,
    slides: u64,
}

impl Model {
    /// The page as its address asks for it, before there is a worker.
    pub fn open(surroundings: Surroundings) -> Self {
        let catalogue = names::catalogue();
        let state = State { catalogue: Some(Arc::clone(&catalogue)), ..State::default() };
        let mut model = Self {
            entrance: Entrance::Lab,
            draft: names::presets()[0].experiment.clone(),
            catalogue,
            state,
            fields: Fields::default(),
            origin: Origin::Preset(0),
            device: DeviceChoice::Auto,
            encoder: None,
            play_requested: false,
            hindrance: None,
            insisted: 0,
            notices: Notices::default(),
            viewed: (0, 0),
            board: Board::default(),
            distances: Distances::default(),
            studies: studies::Studies::default(),
            archives: Archives::default(),
            shelf: Shelf::new(surroundings.fragment.contains('='), surroundings.opened, surroundings.chance),
            address: surroundings.fragment.trim_start_matches('#').to_owned(),
            copied: None,
            secure: surroundings.secure,
            narrow: surroundings.narrow,
            life: Life::Down,
            revision: 0,
            told_to_play: false,
            awaited: Awaited::default(),
            soon: None,
            returning: None,
            suspect: None,
            linked: None,
            guarded: false,
            now: 0.0,
            runs: RunId(0),
            changes: ChangeId(0),
            turns: 0,
            slides: 0,
        };
        model.read_link(&surroundings.fragment);
        model.enter(Entrance::at(&surroundings.fragment, surroundings.remembered));
        model
    }
}
