//! Benchmarks for the page: see [`crate::bench`].

use super::{Job, Session};
use crate::bench::{Scope, every_device};
use crate::pace::Task;
use augsphere_spec::{BenchQuestion, Event};
use std::time::Duration;

impl Session {
    /// Takes a benchmark in; it goes on with [`Session::advance`]. The run is paused: it would be measured, too.
    pub(super) fn bench(&mut self, question: BenchQuestion) -> Vec<Event> {
        let paused = self.pause();
        self.bench = Some(Task::eager(move |pace| every_device(Scope::tab(question.quick), pace)));
        self.asked(Job::Bench);
        paused
    }

    /// Goes on with the benchmark for about `budget`.
    pub(super) async fn go_on_measuring(&mut self, budget: Duration) -> Vec<Event> {
        let Some(task) = &mut self.bench else { return Vec::new() };
        let done = task.advance(budget).await.is_some();
        let events = task.events();
        if done {
            self.bench = None;
        }
        events
    }
}
