//! Where do large results live, so that a training step does not fault in fresh pages for each of them?
//!
//! A step makes the same few large arrays again and again. Fresh memory for them costs more than the arithmetic of a
//! thin layer, so the operations of this crate take their results from a store of used ones, and whoever has finished
//! with a result may hand it back here. Not handing back is only slower.

use std::sync::{Mutex, PoisonError};

/// Shorter arrays are not worth keeping.
const SHORTEST: usize = 4096;
/// Floats kept at most: 512 MiB, or 128 MiB where the whole memory is small.
const KEPT: usize = if cfg!(target_pointer_width = "64") { 128 << 20 } else { 32 << 20 };

static STORE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// An array of `len` floats with **any** contents: a used one where one fits, else a new one.
pub fn take(len: usize) -> Vec<f32> {
    let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
    let fitting = |kept: &Vec<f32>| kept.len() >= len && kept.len() <= len.saturating_mul(2);
    let best = (0..store.len()).filter(|&i| fitting(&store[i])).min_by_key(|&i| store[i].len());
    let found = best.map(|index| store.swap_remove(index));
    drop(store);
    match found {
        Some(mut used) => {
            used.truncate(len);
            used
        }
        None => vec![0.0; len],
    }
}

/// Keeps an array whose contents are no longer needed for a later [`take`].
pub fn give_back(used: Vec<f32>) {
    if used.len() < SHORTEST {
        return;
    }
    let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
    store.push(used);
    let mut kept: usize = store.iter().map(Vec::capacity).sum();
    while kept > KEPT {
        kept -= store.remove(0).capacity();
    }
}

/// Frees every array that is kept.
pub fn clear() {
    STORE.lock().unwrap_or_else(PoisonError::into_inner).clear();
}
