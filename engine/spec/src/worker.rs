//! Messages between the page and its worker, and their bytes.
//!
//! Each message is the worker's own business (the sphere it draws, a sign of life) or something for the session that it keeps. The bytes
//! begin with [`PROTOCOL`], so that a page and a worker of different builds notice it instead of misreading each other.

use crate::{Command, Event, Fault};
use serde::{Deserialize, Serialize};

/// A fingerprint of these messages: pages and workers with the same one understand each other. Made by `build.rs` from the sources of this
/// crate.
pub const PROTOCOL: u64 = include!(concat!(env!("OUT_DIR"), "/protocol.rs"));

/// What the page asks of the worker. Files (`{ files: [File], paths: [string] }`) and the canvas (`{ canvas: OffscreenCanvas }`) are sent beside these,
/// as objects of the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WorkerCommand {
    /// Something for the session.
    Session(Command),
    /// How the sphere is seen that the worker draws, where it does: see [`WorkerEvent::Canvas`].
    Sphere(SphereState),
    /// Answer with [`WorkerEvent::Pong`] and this number.
    Ping(u32),
}

/// What the worker tells the page.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::large_enum_variant, reason = "nearly all are events of the session, and they are packed at once")
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WorkerEvent {
    /// The worker listens; nothing is running yet.
    Ready,
    /// Something that the session told.
    Session(Event),
    /// Whether the worker draws the sphere itself; if not, the page draws [`crate::Points`] on a 2D canvas.
    Canvas {
        /// `true` if the worker draws.
        worker: bool,
    },
    /// Answer to [`WorkerCommand::Ping`].
    Pong {
        /// The number that was asked with.
        ping: u32,
        /// Memory that the worker holds, bytes: WebAssembly gives none back.
        memory: u64,
    },
    /// The next stretch of work may take this many seconds, in which no message is read: a step of a large network, say.
    Busy {
        /// Seconds.
        seconds: f32,
    },
}

/// From where the sphere is seen, and what of it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SphereState {
    /// Rotation about the vertical axis, radians.
    pub yaw: f32,
    /// Rotation about the horizontal axis, radians.
    pub pitch: f32,
    /// Magnification, 1 shows the whole sphere.
    pub zoom: f32,
    /// Canvas size in device pixels.
    pub width: u32,
    /// Canvas size in device pixels.
    pub height: u32,
    /// Device pixels to a CSS pixel.
    pub ratio: f32,
    /// Whether the page is dark.
    pub dark: bool,
    /// Whether each class is shown; classes beyond the end are.
    pub classes: Vec<bool>,
    /// The class pointed at in the legend, if any: the others are faded.
    pub highlighted: Option<usize>,
    /// The image pointed at, if any.
    pub focus: Option<usize>,
    /// Neighbours of that image, nearest first.
    pub neighbours: Vec<usize>,
}

/// Packs a message for the other side.
///
/// # Errors
/// Never for the messages of this crate; the type says so only because the format can fail on foreign types.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, Fault> {
    postcard::to_extend(message, PROTOCOL.to_le_bytes().to_vec()).map_err(|error| broken("packed", &error))
}

/// Unpacks a message from the other side.
///
/// # Errors
/// A fault that says what is wrong with the bytes: page and worker come from different builds.
pub fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, Fault> {
    match bytes.split_first_chunk() {
        Some((protocol, message)) if u64::from_le_bytes(*protocol) == PROTOCOL => {
            postcard::from_bytes(message).map_err(|error| broken("unpacked", &error))
        }
        _ => Err(broken("unpacked", &"it was made by another version")),
    }
}

fn broken(verb: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault {
        what: format!("A message could not be {verb}: {error}."),
        location: "between page and worker".into(),
        remedy: "The program has probably been updated since the page was opened: reload the page. If it happens again, run `make build`."
            .into(),
        recoverable: false,
        settings: Vec::new(),
    }
}
