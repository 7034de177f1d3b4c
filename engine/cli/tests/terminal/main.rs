//! Does the real program keep its promises: exit codes, the JSON line, the run folder, signals and pipes?
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod ending;
mod folder;
mod mistakes;
mod policies;
mod words;
