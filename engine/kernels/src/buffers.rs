//! A store of used arrays, so that a training step does not fault in fresh pages for each of its large results.
//!
//! A step makes the same few large arrays again and again. Fresh memory for them costs more than the arithmetic of a
//! thin layer, so the operations of this crate take their results from here, and whoever has finished with a result may
//! hand it back. Not handing back is only slower. What is handed back and never taken (results of other crates end here,
//! too; a batch may have become smaller) is freed after two steps: see [`end_step`].

use std::sync::{Mutex, PoisonError};

/// Shorter arrays are not worth keeping.
const SHORTEST: usize = 4096;
/// Floats kept at most, whatever a step needs: 512 MiB, or 128 MiB where the whole memory is small.
const MOST: usize = if cfg!(target_pointer_width = "64") { 128 << 20 } else { 32 << 20 };

struct Store {
    /// In the order in which they were handed back, each with the step in which that was.
    arrays: Vec<(u64, Vec<f32>)>,
    step: u64,
}

static STORE: Mutex<Store> = Mutex::new(Store { arrays: Vec::new(), step: 0 });

fn store() -> std::sync::MutexGuard<'static, Store> {
    STORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An array of `len` floats with **any** contents: a used one where one fits, else a new one.
///
/// Of those that fit best the one handed back last is taken: it is the likeliest to be in a cache, and what a step does not
/// need stays at the bottom and is freed.
pub fn take(len: usize) -> Vec<f32> {
    let mut store = store();
    let mut best: Option<(usize, usize)> = None;
    for (index, (_, array)) in store.arrays.iter().enumerate() {
        let room = array.capacity();
        if room >= len && room <= len + len / 4 && best.is_none_or(|(least, _)| room <= least) {
            best = Some((room, index));
        }
    }
    let found = best.map(|(_, index)| store.arrays.remove(index).1);
    drop(store);
    match found {
        Some(mut used) => {
            used.resize(len, 0.0);
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
    let mut store = store();
    let step = store.step;
    store.arrays.push((step, used));
    let mut kept = store.floats();
    while kept > MOST {
        kept -= store.arrays.remove(0).1.capacity();
    }
}

/// Says that a training step, or a batch of a measurement, is over: arrays that nobody took during the whole of the last one
/// are freed.
pub fn end_step() {
    let mut store = store();
    let last = store.step;
    store.step += 1;
    store.arrays.retain(|(given, _)| *given >= last);
}

/// Frees every array that is kept.
pub fn clear() {
    store().arrays.clear();
}

/// Bytes that are kept.
pub fn held() -> usize {
    store().floats() * size_of::<f32>()
}

impl Store {
    fn floats(&self) -> usize {
        self.arrays.iter().map(|(_, array)| array.capacity()).sum()
    }
}
