//! The real program and its promises: exit codes, the JSON line, the run folder, signals and pipes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod benchmark;
mod branch;
mod compare;
mod data;
mod devices;
mod disk;
mod embed;
mod ending;
mod eval;
mod figure;
mod files;
mod folder;
mod golden;
mod import;
mod import_pytorch;
mod mistakes;
mod pack;
mod policies;
mod preparing;
mod resume;
mod runs;
mod solo_learn;
mod words;
