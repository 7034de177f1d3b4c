//! Zeroed working memory that a thread finds without asking the system for fresh pages each time.

use std::cell::RefCell;

thread_local! {
    static SHELF: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Arrays kept per thread; one call uses at most three at a time.
const KEPT: usize = 4;

/// Working memory that returns to its thread's shelf when dropped.
pub(crate) struct Scratch(Vec<f32>);

impl Scratch {
    /// `len` zeros.
    pub(crate) fn zeroed(len: usize) -> Self {
        let mut memory = SHELF.with_borrow_mut(Vec::pop).unwrap_or_default();
        memory.clear();
        memory.resize(len, 0.0);
        Self(memory)
    }

    /// `len` floats with any contents.
    pub(crate) fn any(len: usize) -> Self {
        let mut memory = SHELF.with_borrow_mut(Vec::pop).unwrap_or_default();
        memory.resize(len, 0.0);
        Self(memory)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.0);
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
        &self.0
    }
}

impl std::ops::DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}
