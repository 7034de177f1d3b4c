//! Working memory that is found without asking the system for fresh pages each time.

use crate::buffers::{give_back, take};
use std::cell::RefCell;

thread_local! {
    static SHELF: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Arrays kept per thread; one call uses at most four at a time.
const KEPT: usize = 4;
/// Floats of the longest array that a thread keeps, 1 MiB. Longer ones are in no cache anyway, and threads may be many: they
/// come from the store that all share, which frees them when steps no longer need them.
const LONGEST: usize = 1 << 18;

/// Working memory that returns to its thread's shelf, or to the store, when dropped.
pub(crate) struct Scratch {
    /// At least as long as asked for.
    memory: Vec<f32>,
    len: usize,
}

impl Scratch {
    /// `len` floats with any contents.
    pub(crate) fn any(len: usize) -> Self {
        let memory = if len > LONGEST { take(len) } else { shelved(len) };
        Self { memory, len }
    }

    /// `len` zeros.
    pub(crate) fn zeroed(len: usize) -> Self {
        let mut scratch = Self::any(len);
        scratch.fill(0.0);
        scratch
    }
}

/// The shortest array of the shelf that is long enough, else the longest made longer.
fn shelved(len: usize) -> Vec<f32> {
    let found = SHELF.with_borrow_mut(|shelf| {
        let arrays = || shelf.iter().enumerate();
        let enough = arrays().filter(|(_, memory)| memory.len() >= len).min_by_key(|(_, memory)| memory.len());
        let best = enough.or_else(|| arrays().max_by_key(|(_, memory)| memory.len()));
        best.map(|(index, _)| index).map(|index| shelf.swap_remove(index))
    });
    let mut memory = found.unwrap_or_default();
    if memory.len() < len {
        memory.resize(len, 0.0);
    }
    memory
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        if self.len > LONGEST {
            give_back(memory);
            return;
        }
        SHELF.with_borrow_mut(|shelf| {
            if shelf.len() < KEPT {
                shelf.push(memory);
            }
        });
    }
}

impl std::ops::Deref for Scratch {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.memory[..self.len]
    }
}

impl std::ops::DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[..self.len]
    }
}
