//! The real program and its promises: exit codes, the JSON line, the run folder, signals and pipes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod benchmark;
mod data;
mod devices;
mod disk;
mod ending;
mod figure;
mod files;
mod folder;
mod mistakes;
mod policies;
mod preparing;
mod solo_learn;
mod words;
