//! A store of used arrays, so that a training step does not fault in fresh pages for each of its large results.
//!
//! A step makes the same few large arrays again and again. Fresh memory for them costs more than the arithmetic of a
//! thin layer, so the operations of this crate take their results from here, and whoever has finished with a result may
//! hand it back. Not handing back is only slower.
//!
//! The store holds what a step needs, however large its batch, and no more: of each size at most as many arrays as a whole
//! step took of it (results of other crates end here, too, and are not wanted), and none that lay there during the whole of a
//! step (a batch may have become smaller, and most arrays are taken several times a step). See [`end_step`].

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shorter arrays are not worth keeping.
const SHORTEST: usize = 4096;
/// Floats kept at most, whatever a step needs: 128 MiB in a browser, whose memory is small and never shrinks.
pub(crate) const MOST: usize = if cfg!(target_pointer_width = "64") { usize::MAX } else { 32 << 20 };

struct Store {
    /// In the order in which they were handed back, each with the step in which that was.
    arrays: Vec<(u64, Vec<f32>)>,
    step: u64,
    /// How many arrays of each length were taken during the last whole step, and during this one.
    taken: [BTreeMap<usize, usize>; 2],
}

static STORE: Mutex<Store> = Mutex::new(Store { arrays: Vec::new(), step: 0, taken: [BTreeMap::new(), BTreeMap::new()] });

fn store() -> MutexGuard<'static, Store> {
    STORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether arrays of these lengths are of one size: little of the longer is left over where it serves for the shorter.
fn alike(a: usize, b: usize) -> bool {
    let least = a.min(b);
    a.max(b) <= least + least / 4
}

/// An array of `len` floats with **any** contents: a used one where one fits, else a new one.
///
/// Of those that fit best the one handed back last is taken: it is the likeliest to be in a cache, and what a step does not
/// need stays at the bottom and is freed.
pub fn take(len: usize) -> Vec<f32> {
    let used = if len < SHORTEST { None } else { store().take(len) };
    match used {
        Some(mut used) => {
            used.resize(len, 0.0);
            used
        }
        None => vec![0.0; len],
    }
}

/// Keeps an array whose contents are no longer needed for a later [`take`], if steps take arrays like it.
pub fn give_back(used: Vec<f32>) {
    if used.len() >= SHORTEST {
        // Bound to a name so that memory is freed when others may use the store again.
        let _freed = store().give_back(used);
    }
}

/// Says that a training step, or a batch of a measurement, is over: arrays that nobody took during the whole of it are freed.
pub fn end_step() {
    let _freed = store().end_step();
}

/// Frees every array that is kept, and forgets what steps took.
pub fn clear() {
    let mut store = store();
    store.arrays.clear();
    store.taken.iter_mut().for_each(BTreeMap::clear);
}

/// Bytes that are kept.
pub fn held() -> usize {
    store().floats() * size_of::<f32>()
}

impl Store {
    fn take(&mut self, len: usize) -> Option<Vec<f32>> {
        *self.taken[1].entry(len).or_default() += 1;
        let fits = |room: usize| room >= len && alike(room, len);
        let fitting = self.arrays.iter().enumerate().filter(|(_, (_, array))| fits(array.capacity()));
        // The last of the smallest.
        let best = fitting.rev().min_by_key(|(_, (_, array))| array.capacity()).map(|(index, _)| index);
        best.map(|index| self.arrays.remove(index).1)
    }

    /// Keeps the array where it is wanted, and returns what is not kept.
    fn give_back(&mut self, used: Vec<f32>) -> Vec<Vec<f32>> {
        let room = used.capacity();
        let takes = |taken: &BTreeMap<usize, usize>| -> usize {
            taken.iter().filter(|(len, _)| alike(**len, room)).map(|(_, count)| count).sum()
        };
        let wanted = self.taken.iter().map(takes).max().unwrap_or(0);
        if self.arrays.iter().filter(|(_, kept)| alike(kept.capacity(), room)).count() >= wanted {
            return vec![used];
        }
        self.arrays.push((self.step, used));
        let mut over = self.floats().saturating_sub(MOST);
        let oldest = self.arrays.iter().take_while(|(_, array)| {
            let goes = over > 0;
            over = over.saturating_sub(array.capacity());
            goes
        });
        let count = oldest.count();
        self.arrays.drain(..count).map(|(_, array)| array).collect()
    }

    /// Begins the next step, and returns what lay here during the whole of the last.
    fn end_step(&mut self) -> Vec<(u64, Vec<f32>)> {
        let ended = self.step;
        self.step += 1;
        self.taken.swap(0, 1);
        self.taken[1].clear();
        self.arrays.extract_if(.., |(given, _)| *given < ended).collect()
    }

    fn floats(&self) -> usize {
        self.arrays.iter().map(|(_, array)| array.capacity()).sum()
    }
}
