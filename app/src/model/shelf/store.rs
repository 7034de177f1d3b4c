//! What is asked of the place where runs are kept, and what it answers.
//!
//! Commands are carried out one after the other, and answered in their order.

use augsphere_spec::archive::RunFiles;
use augsphere_spec::{Fault, Points, RunHeader, RunId};
use std::sync::Arc;

/// Something for the store.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreCommand {
    /// Say what there is ([`Stored::Opened`]).
    Open,
    /// Read what the shelf shows of these runs ([`Stored::Found`] or [`Stored::Unreadable`] for each, in this order).
    Look(Vec<String>),
    /// Hold a run for this tab, so that no other one writes it ([`Stored::Claimed`]).
    Claim {
        /// The run.
        id: String,
        /// How long to wait for whoever holds it, milliseconds.
        wait: u32,
    },
    /// Hold a run no longer.
    Release(String),
    /// Remember which run this tab has, so that it comes back; nothing: none.
    Remember(Option<String>),
    /// Write a run that this tab holds ([`Stored::Put`]).
    Put(Box<Put>),
    /// Write what people said of a run ([`Stored::Done`]).
    Header(Box<RunHeader>),
    /// Read a run to go on with ([`Stored::Fetched`]).
    Fetch {
        /// The run.
        id: String,
        /// The name under which it will run: it comes back with the answer.
        run: RunId,
    },
    /// Read the encoder of a run ([`Stored::Encoder`]).
    Encoder {
        /// The run.
        id: String,
        /// The name of the run that is to begin with it: it comes back with the answer.
        run: RunId,
    },
    /// Read the records and the sphere of a run ([`Stored::Records`]).
    Records(String),
    /// Write a run that came in a file, under a name that no run has ([`Stored::Found`], or [`Stored::Done`] if it cannot be written).
    Add {
        /// The run.
        id: String,
        /// Its files.
        files: Arc<RunFiles>,
    },
    /// Pack runs into one file ([`Stored::Packed`]).
    Pack(Vec<String>),
    /// Delete the checkpoint of a run; its numbers stay ([`Stored::Done`]).
    GiveUp(String),
    /// Delete a run ([`Stored::Done`]).
    Delete(String),
}

/// A run as it is to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    /// `run.json`.
    pub header: RunHeader,
    /// `experiment.toml`.
    pub experiment: String,
    /// `metrics.jsonl`.
    pub records: Arc<String>,
    /// `checkpoint.safetensors`; nothing: the one that is there stays.
    pub checkpoint: Option<Arc<Vec<u8>>>,
    /// The embeddings that are `sphere.npy` and that `thumbnail.png` is drawn from, and the class of each; nothing: those that are there stay.
    pub picture: Option<(Arc<Points>, Arc<Vec<u8>>)>,
    /// How far this is: it comes back with the answer.
    pub written: Written,
}

/// How far a run is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Steps of the checkpoint.
    pub step: u64,
    /// Changes that were made by then.
    pub changed: u64,
    /// Bytes of records.
    pub bytes: usize,
}

/// What the store tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// Where runs are kept and what there is.
    Opened(Opened),
    /// What the shelf shows of a run.
    Found(Box<Found>),
    /// A run that cannot be read.
    Unreadable {
        /// The run.
        id: String,
    },
    /// Whether this tab holds a run now.
    Claimed {
        /// The run.
        id: String,
        /// If not, another tab does.
        ours: bool,
    },
    /// A run was written, or was not.
    Put {
        /// The run.
        id: String,
        /// How far.
        written: Written,
        /// How much room is taken now, or why it was not written.
        result: Result<Usage, Refusal>,
        /// Milliseconds since the page was opened.
        now: f64,
    },
    /// A run to go on with.
    Fetched {
        /// The run.
        id: String,
        /// The name under which it will run.
        run: RunId,
        /// Its checkpoint and its records, or why they cannot be read.
        result: Result<(Vec<u8>, String), String>,
    },
    /// The encoder of a run.
    Encoder {
        /// The run.
        id: String,
        /// The name of the run that is to begin with it.
        run: RunId,
        /// Its checkpoint, or `encoder.safetensors` where it has none, or why neither can be read.
        result: Result<Vec<u8>, String>,
    },
    /// The records of a run, empty if they cannot be read, and its sphere, if it has one.
    Records {
        /// The run.
        id: String,
        /// The text of `metrics.jsonl`.
        text: String,
        /// The bytes of `sphere.npy`.
        sphere: Option<Vec<u8>>,
    },
    /// Runs were packed into one file, or could not be.
    Packed {
        /// The runs.
        ids: Vec<String>,
        /// The file.
        result: Result<Arc<Vec<u8>>, Fault>,
    },
    /// A header was written, a checkpoint given up or a run deleted, or was not.
    Done {
        /// The run.
        id: String,
        /// How much room is taken now, or why it was not done.
        result: Result<Usage, Refusal>,
    },
}

/// Where runs are kept and what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// Where they are kept.
    pub place: Place,
    /// The runs that are there.
    pub present: Vec<Present>,
    /// The run that this tab had, if it remembers one.
    pub mine: Option<String>,
    /// How much room is taken.
    pub usage: Usage,
}

/// Where runs are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// In files that the browser keeps for this site.
    #[default]
    Disk,
    /// In the page's memory, as long as it is open.
    Memory(Why),
}

/// Why runs are not kept in files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The browser offers none to this page.
    Missing,
    /// The browser lets pages read them, not write.
    ReadOnly,
    /// The browser refused: in its words.
    Refused(String),
}

/// A run that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    /// Its name for good.
    pub id: String,
    /// When it was written last, milliseconds since 1970.
    pub written: f64,
    /// Whether some tab holds it.
    pub held: bool,
    /// Whether it is, or was, the run on the page of some tab: if nobody holds it, that tab is gone.
    pub left: bool,
}

/// How much room is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes that this site takes.
    pub used: u64,
    /// Bytes that the browser allows it; 0 if nobody knows.
    pub allowed: u64,
}

/// What the shelf shows of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Its name for good: that of its folder.
    pub id: String,
    /// The text of `run.json`.
    pub header: String,
    /// The text of `experiment.toml`.
    pub experiment: String,
    /// Its kNN accuracy over the steps.
    pub accuracy: Vec<(u64, f32)>,
    /// Bytes of its checkpoint, if it has one.
    pub checkpoint: Option<u64>,
    /// Whether it has the file of an encoder beside.
    pub encoder: bool,
    /// When it was written last, milliseconds since 1970.
    pub written: f64,
}

/// Why something was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no room.
    Full,
    /// Another tab holds this run.
    Elsewhere,
    /// Something else, in the browser's words.
    Failed(String),
}
