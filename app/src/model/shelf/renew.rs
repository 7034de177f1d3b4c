//! How a worker that holds far more memory than its run needs gets a successor, in which the run goes on: WebAssembly gives no memory back.

use super::{Effect, Model};

/// From how many bytes on it matters.
const LARGE: u64 = 1 << 30;
/// How many times what its run needs a worker may hold.
const GROWN: u64 = 2;
/// How long the only run of a worker trains and is measured before it is known what it needs, milliseconds.
const SETTLING: f64 = 300_000.0;

/// The memory of a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Memory {
    /// What it holds, bytes; 0 as long as it has not said so.
    held: u64,
    /// How many runs it has had.
    runs: u32,
    /// When it got the last of them.
    since: f64,
    /// The most that it has held while that one settled, bytes.
    needed: u64,
}

impl Memory {
    /// Whether a successor would hold much less. After several runs nobody knows what the last one needs, and a successor finds out.
    fn is_worth_a_successor(self, now: f64) -> bool {
        let grown = now - self.since >= SETTLING && self.held / GROWN >= self.needed;
        self.held >= LARGE && (self.runs > 1 || grown)
    }
}

impl Model {
    /// Memory that the worker holds, bytes; nothing as long as it has not said so.
    pub fn memory(&self) -> Option<u64> {
        Some(self.shelf.memory.held).filter(|held| *held > 0)
    }

    /// The worker said how much memory it holds.
    pub(in crate::model) fn holds(&mut self, bytes: u64, effects: &mut Vec<Effect>) {
        let memory = &mut self.shelf.memory;
        memory.held = bytes;
        if self.now - memory.since < SETTLING {
            memory.needed = memory.needed.max(bytes);
        }
        // What goes on is written again soon, and the moment after that is a better one.
        if !self.play_requested {
            self.renew(effects);
        }
    }

    /// The worker has another run.
    pub(in crate::model) fn takes_room(&mut self) {
        let Memory { held, runs, .. } = self.shelf.memory;
        self.shelf.memory = Memory { held, runs: runs.saturating_add(1), since: self.now, needed: 0 };
    }

    /// The worker is gone, and its memory with it.
    pub(in crate::model) fn lose_memory(&mut self) {
        self.shelf.memory = Memory::default();
    }

    /// Goes on in a new worker if this one holds too much, nothing else is under way, and all but the newest steps of the run are written.
    pub(super) fn renew(&mut self, effects: &mut Vec<Effect>) {
        let idle = self.state.preparing.is_none() && self.returning.is_none() && self.studies.running().is_none();
        let idle = idle && self.life.is_up() && self.soon.is_none() && self.shelf.branching.is_none();
        let written = self.state.run.as_ref().filter(|run| !run.ended).and_then(|run| self.shelf.keeps.get(&run.id));
        let ready = written.is_some_and(|keep| keep.written.is_some() && !keep.busy() && !keep.trouble);
        if !idle || !ready || !self.shelf.memory.is_worth_a_successor(self.now) {
            return;
        }
        let playing = self.play_requested;
        if self.go_on_from_last() {
            self.restart(effects);
            self.play_requested = playing;
        }
    }
}
