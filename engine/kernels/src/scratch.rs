//! Working memory that a thread finds without asking the system for fresh pages each time.

use std::cell::RefCell;

thread_local! {
    static SHELF: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Arrays kept per thread; one call uses at most four at a time.
const KEPT: usize = 4;

/// Working memory that returns to its thread's shelf when dropped.
pub(crate) struct Scratch {
    /// At least as long as asked for.
    memory: Vec<f32>,
    len: usize,
}

impl Scratch {
    /// `len` floats with any contents: the shortest array of the shelf that is long enough, else the longest made longer.
    pub(crate) fn any(len: usize) -> Self {
        let found = SHELF.with_borrow_mut(|shelf| {
            let enough = shelf.iter().enumerate().filter(|(_, memory)| memory.len() >= len);
            let best = enough.min_by_key(|(_, memory)| memory.len());
            let best = best.or_else(|| shelf.iter().enumerate().max_by_key(|(_, memory)| memory.len()));
            let index = best.map(|(index, _)| index);
            index.map(|index| shelf.swap_remove(index))
        });
        let mut memory = found.unwrap_or_default();
        if memory.len() < len {
            memory.resize(len, 0.0);
        }
        Self { memory, len }
    }

    /// `len` zeros.
    pub(crate) fn zeroed(len: usize) -> Self {
        let mut scratch = Self::any(len);
        scratch.fill(0.0);
        scratch
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
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
