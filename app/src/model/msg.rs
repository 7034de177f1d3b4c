//! What happens to the page, and what it does about it.

use super::board::BoardMsg;
use super::distances::Ablation;
use super::entrance::Entrance;
use super::shelf::ShelfMsg;
use super::shelf::store::{StoreCommand, Stored};
use super::studies::StudyMsg;
use augsphere_spec::{AskId, Command, DeviceChoice, Fault, TheoremCase, Value, WorkerCommand, WorkerEvent};
use std::sync::Arc;

/// Something that happened: a person did something, the worker told something, the address changed, time passed.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// A knob or a card was turned to a value.
    Turn {
        /// Dotted path.
        path: String,
        /// The value.
        value: Value,
    },
    /// Several knobs were turned at once; what cannot be turned before another one is tried again after it.
    TurnAll(Vec<(String, Value)>),
    /// Something was typed into the field of a knob.
    Typed {
        /// Dotted path.
        path: String,
        /// What stands in the field.
        text: String,
    },
    /// A slider is being dragged: its field shows the value, nothing else happens yet.
    Slide {
        /// Dotted path.
        path: String,
        /// The value under the thumb.
        value: Value,
    },
    /// The slider was let go.
    Release,
    /// Go on.
    Play,
    /// Stop after the current step.
    Pause,
    /// One step, then stop.
    Step,
    /// Back to step 0 of what the controls show.
    Reset,
    /// Set up what the controls show.
    Apply,
    /// Let the controls show again what runs.
    Revert,
    /// Bring back the run before.
    Undo,
    /// Stop preparing.
    Cancel,
    /// Another preset, by its place in the list.
    Preset(usize),
    /// A suggestion, by its place in the list.
    Suggestion(usize),
    /// Another device.
    Device(DeviceChoice),
    /// One of the ways out of what stands in the way.
    Take(Offer),
    /// The part of the address after `#` has changed, not by the page.
    Address(String),
    /// Copy the link.
    CopyLink,
    /// The browser has copied the link that was asked for, or has not.
    Copied(bool),
    /// Take the newest notice away.
    Dismiss,
    /// A fault of the page itself.
    Trouble(Fault),
    /// Files were given, wherever on the page; the shell keeps them under this number.
    Files {
        /// Counts what was given.
        batch: u64,
        /// How they are called in a sentence.
        name: String,
    },
    /// The page is there: start a worker.
    Open,
    /// Discard the worker and start another.
    Restart,
    /// Enter the page the other way.
    Enter(Entrance),
    /// Another of the images that Explore looks at.
    NextPair,
    /// Begin anew with this strength of all augmentations.
    Strength(f64),
    /// Views of the next image, or fresh ones of the same.
    NextViews {
        /// Whether of another image.
        image: bool,
    },
    /// Something on the board.
    Board(BoardMsg),
    /// Something about augmented distances.
    Distances(DistanceMsg),
    /// Something about studies.
    Studies(StudyMsg),
    /// Something on the shelf.
    Shelf(ShelfMsg),
    /// The store told something.
    Stored(Stored),
    /// Something for the session that the page keeps no account of: neighbours, weights.
    Ask(Command),
    /// The worker told something.
    Worker(WorkerEvent),
    /// There is no worker, or none any more.
    WorkerFailed {
        /// What happened and what to do next.
        fault: Fault,
        /// If it probably ran out of memory: the bytes that it had.
        memory: Option<u64>,
    },
    /// Time passed.
    Tick {
        /// Milliseconds since the page was opened.
        now: f64,
    },
    /// A pause is over.
    Rang(Timer),
}

/// What a person does in the card of augmented distances.
#[derive(Clone, Debug, PartialEq)]
pub enum DistanceMsg {
    /// Looks, or no longer.
    Open(bool),
    /// Takes images of these classes.
    Classes(Vec<usize>),
    /// Takes this many images of each.
    PerClass(usize),
    /// Takes this many views of each.
    Views(usize),
    /// Draws again.
    Redraw,
    /// Moves the threshold.
    Delta(f64),
    /// Says how far apart the features of an image's views may be.
    Epsilon(f64),
    /// Says what Theorem 1 is asked of.
    Theorem(TheoremCase),
    /// Chooses a pair of images.
    Pair(usize, usize),
    /// Keeps the curve of the present answer.
    Pin,
    /// Removes the kept curve with this colour.
    Unpin(usize),
    /// Asks for the same without an augmentation and with it.
    Compare(Ablation),
    /// Asks the newest question once more.
    Again,
}

/// Something that happens later, unless something else comes first.
#[derive(Clone, Debug, PartialEq)]
pub enum Timer {
    /// Set up what the controls show, if nothing was turned since.
    Begin(u64),
    /// Take the value of a slider that has come to rest.
    Commit(u64),
    /// Ask about distances, if nothing was turned since.
    Ask(u64),
    /// Delete the run that was taken off the shelf, if no other was since.
    Delete(u64),
}

/// What the page does.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Sends something to the worker.
    Send(WorkerCommand),
    /// Sends the files that are kept under this number.
    SendFiles(u64),
    /// Lets go of the files that are kept under this number.
    ForgetFiles(u64),
    /// Tells the session that an answer was drawn: once it was, at the earliest after so many milliseconds.
    Drawn {
        /// The answer to what.
        id: AskId,
        /// Milliseconds.
        after: u32,
    },
    /// Asks something of the store.
    Store(StoreCommand),
    /// Starts a worker, in place of one that there may be.
    OpenWorker,
    /// Ends the worker.
    CloseWorker,
    /// Puts this fragment into the address.
    SetAddress(String),
    /// Opens the page anew at another fragment: the page of the benchmark.
    OpenAt(&'static str),
    /// Copies the link with this fragment, and says [`Msg::Copied`].
    Copy(String),
    /// Hands a file to the person.
    Download {
        /// Its name.
        name: String,
        /// What is in it.
        bytes: Arc<Vec<u8>>,
    },
    /// Comes back after so many milliseconds.
    After {
        /// Milliseconds.
        ms: u32,
        /// With what.
        timer: Timer,
    },
    /// Asks, or no longer, before the page is left.
    AskBeforeLeaving(bool),
    /// Another run is shown: nothing is pointed at, and all of its classes are shown if there are others than before.
    ShowRun {
        /// How many classes it has.
        classes: usize,
    },
}

/// A way out of what stands in the way of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub enum Offer {
    /// Back to the run that is set up.
    BackToRun,
    /// Let the page choose the device.
    AnyDevice,
    /// Compute on the CPU.
    Cpu,
    /// Settings, as dotted paths and values, with which it would work.
    Set(Vec<(String, Value)>),
    /// A random encoder, in place of the kept one.
    RandomEncoder,
    /// The page's first preset, which needs no file.
    FirstPreset,
    /// The same once more.
    TryAgain,
    /// On with a kept run from where it was written last.
    Resume(String),
    /// The same, computed on the CPU from now on.
    ResumeOnCpu(String),
    /// The run that was deleted is wanted after all.
    Undelete(String),
}

impl Effect {
    /// Something for the session.
    pub fn session(command: Command) -> Self {
        Self::Send(WorkerCommand::Session(command))
    }
}
