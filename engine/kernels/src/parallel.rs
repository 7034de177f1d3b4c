//! Independent pieces of work spread over threads, where there are threads.

/// How many threads share the work.
#[cfg(not(target_family = "wasm"))]
pub fn threads() -> usize {
    rayon::current_num_threads()
}

/// How many threads share the work: there is one.
#[cfg(target_family = "wasm")]
pub fn threads() -> usize {
    1
}

/// Calls `work` once for every job, in any order and on any thread.
#[cfg(not(target_family = "wasm"))]
pub fn for_each<Job: Send>(jobs: impl Iterator<Item = Job>, work: impl Fn(Job) + Sync + Send) {
    use rayon::prelude::*;
    let jobs: Vec<Job> = jobs.collect();
    jobs.into_par_iter().with_max_len(1).for_each(work);
}

/// Calls `work` once for every job, in order: there are no threads here.
#[cfg(target_family = "wasm")]
pub fn for_each<Job: Send>(jobs: impl Iterator<Item = Job>, work: impl Fn(Job) + Sync + Send) {
    jobs.for_each(work);
}
