//! Long work in short pieces: a [`Task`] is a future that gives the thread back between its pieces, a [`Pace`] is how the work says
//! where it may be interrupted, how far it has come, and what it has found.

use augsphere_spec::{Event, Progress};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use web_time::Instant;

/// Shortest time between two words on how far something has come.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Below this many seconds nothing is said about the time that is left.
const TOO_SOON: f32 = 0.3;

/// Where the work stands: shared by a task and what it runs. The default belongs to no task: it never interrupts and tells nobody.
#[derive(Clone, Default)]
pub struct Pace(Option<Rc<Shared>>);

struct Shared {
    /// When the thread is to be given back.
    until: Cell<Instant>,
    /// Whether the work stands still because its time was up.
    resting: Cell<bool>,
    /// Whether every stage is told at its beginning.
    eager: bool,
    events: RefCell<Vec<Event>>,
    stage: RefCell<Option<Stage>>,
}

/// One long thing.
struct Stage {
    what: String,
    done: u64,
    total: u64,
    begun: Instant,
    told: (Instant, u64),
}

impl Stage {
    fn progress(&self) -> Event {
        let elapsed = self.begun.elapsed().as_secs_f32();
        let known = self.done > 0 && self.total > 0 && elapsed > TOO_SOON;
        let seconds_left = known.then(|| elapsed * self.total.saturating_sub(self.done) as f32 / self.done as f32);
        Event::Progress(Progress { what: self.what.clone(), done: self.done, total: self.total, seconds_left })
    }
}

impl Pace {
    /// Tells the session's listeners.
    pub fn tell(&self, event: Event) {
        if let Some(shared) = &self.0 {
            shared.events.borrow_mut().push(event);
        }
    }

    /// Something of `total` parts begins (0 if nobody knows how many); `what` names it for people.
    pub fn stage(&self, what: impl Into<String>, total: u64) {
        let Some(shared) = &self.0 else { return };
        let now = Instant::now();
        let stage = Stage { what: what.into(), done: 0, total, begun: now, told: (now, 0) };
        if shared.eager {
            self.tell(stage.progress());
        }
        shared.stage.replace(Some(stage));
    }

    /// The same inside of something else, which goes on where it was once the guard is dropped.
    #[must_use = "dropping it ends what has begun"]
    pub fn within(&self, what: impl Into<String>, total: u64) -> Within<'_> {
        let outer = self.0.as_ref().and_then(|shared| shared.stage.take());
        self.stage(what, total);
        Within { pace: self, outer }
    }

    /// So many more parts are done; gives the thread back if the time is up.
    pub async fn done(&self, parts: u64) {
        self.add(parts);
        self.turn().await;
    }

    /// So many more parts are done.
    pub fn add(&self, parts: u64) {
        if let Some(shared) = &self.0
            && let Some(stage) = shared.stage.borrow_mut().as_mut()
        {
            stage.done += parts;
        }
    }

    /// So many parts are done in all.
    pub fn reached(&self, parts: u64) {
        if let Some(shared) = &self.0
            && let Some(stage) = shared.stage.borrow_mut().as_mut()
        {
            stage.done = parts;
        }
    }

    /// Gives the thread back if the time is up.
    pub async fn turn(&self) {
        let Some(shared) = &self.0 else { return };
        if Instant::now() < shared.until.get() {
            return;
        }
        let mut rested = false;
        poll_fn(|_| {
            if rested {
                return Poll::Ready(());
            }
            rested = true;
            shared.resting.set(true);
            Poll::Pending
        })
        .await;
    }
}

/// Something that is going on inside of something else.
pub struct Within<'a> {
    pace: &'a Pace,
    outer: Option<Stage>,
}

impl Drop for Within<'_> {
    fn drop(&mut self) {
        if let Some(shared) = &self.pace.0 {
            shared.stage.replace(self.outer.take());
        }
    }
}

/// Work that is gone on with piece by piece. Dropping it withdraws it.
pub struct Task<T> {
    work: Pin<Box<dyn Future<Output = T>>>,
    shared: Rc<Shared>,
}

impl<T> Task<T> {
    /// Work that says how far it is once it has taken a while.
    pub fn new<F: Future<Output = T> + 'static>(work: impl FnOnce(Pace) -> F) -> Self {
        Self::prepared(false, work)
    }

    /// Work that says so at the beginning of every stage, too.
    pub fn eager<F: Future<Output = T> + 'static>(work: impl FnOnce(Pace) -> F) -> Self {
        Self::prepared(true, work)
    }

    fn prepared<F: Future<Output = T> + 'static>(eager: bool, work: impl FnOnce(Pace) -> F) -> Self {
        let shared = Rc::new(Shared {
            until: Cell::new(Instant::now()),
            resting: Cell::new(false),
            eager,
            events: RefCell::default(),
            stage: RefCell::default(),
        });
        Self { work: Box::pin(work(Pace(Some(Rc::clone(&shared))))), shared }
    }

    /// Goes on for about `budget`, at least one piece; the result once there is one. Not to be called again after that.
    pub async fn advance(&mut self, budget: Duration) -> Option<T> {
        self.shared.until.set(Instant::now() + budget);
        poll_fn(|context| match self.work.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending if self.shared.resting.take() => Poll::Ready(None),
            // The device has not answered yet.
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// What was told since the last call, and how far the work has come if there is news.
    pub fn events(&self) -> Vec<Event> {
        let mut events = self.shared.events.take();
        if let Some(stage) = self.shared.stage.borrow_mut().as_mut()
            && stage.told.0.elapsed() >= TELL_EVERY
            && stage.told.1 != stage.done
        {
            events.push(stage.progress());
            stage.told = (Instant::now(), stage.done);
        }
        events
    }
}

/// The result of work that waits for nothing but its [`Pace`], which is the default one.
///
/// # Panics
/// If it does wait for something else.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("the default pace never interrupts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(task: &mut Task<u64>, budget: Duration) -> (u64, u64, Vec<Event>) {
        let (mut calls, mut events) = (0, Vec::new());
        loop {
            calls += 1;
            let result = at_once(task.advance(budget));
            events.extend(task.events());
            if let Some(result) = result {
                return (result, calls, events);
            }
        }
    }

    async fn count(pace: Pace) -> u64 {
        pace.stage("Counting", 3);
        for _ in 0..3 {
            pace.done(1).await;
        }
        3
    }

    #[test]
    fn what_goes_on_inside_is_not_counted_outside() {
        let mut task = Task::new(async |pace: Pace| {
            pace.stage("Outside", 10);
            pace.add(4);
            {
                let _inside = pace.within("Inside", 2);
                pace.add(2);
            }
            pace.add(3);
            let shared = pace.0.as_ref().expect("a task has a clock");
            shared.stage.borrow().as_ref().map_or(0, |stage| stage.done)
        });
        assert_eq!(finish(&mut task, Duration::from_secs(60)).0, 7);
    }

    #[test]
    fn without_time_every_piece_is_a_call_and_with_time_all_are_one() {
        assert_eq!(finish(&mut Task::new(count), Duration::ZERO).1, 4);
        assert_eq!(finish(&mut Task::new(count), Duration::from_secs(60)).1, 1);
        assert_eq!(at_once(count(Pace::default())), 3, "nobody interrupts work that is no task");
    }

    #[test]
    fn an_eager_task_names_each_stage() {
        let told = |task: &mut Task<u64>| finish(task, Duration::from_secs(60)).2;
        let stage = Progress { what: "Counting".into(), done: 0, total: 3, seconds_left: None };
        assert_eq!(told(&mut Task::eager(count)), [Event::Progress(stage)]);
        assert_eq!(told(&mut Task::new(count)), []);
    }
}
