//! The engine in a thread of the browser.
//!
//! The page sends one [`WorkerCommand`](augsphere_spec::WorkerCommand) a message, this thread answers with lists of [`WorkerEvent`]s. It
//! works in stretches of at most [`STRETCH`] and reads its messages in between, so that a pause, a cancellation or another experiment
//! arrives whatever is going on; before a stretch that cannot be that short it says so.

mod adapter;
mod canvas;
mod channel;
mod files;
mod sphere;

use augsphere_engine::Session;
use augsphere_spec::{Command, DeviceChoice, Event, Progress, WorkerEvent};
use canvas::Canvas;
use channel::{Channel, Incoming};
use js_sys::{Function, Reflect};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_time::Instant;

/// How long to work before looking for messages again. A step that takes longer is not cut short.
const STRETCH: Duration = Duration::from_millis(80);
/// Milliseconds after which a read-back is looked after: the shortest that browsers give a timer.
const NUDGE: i32 = 4;
/// A stretch that is expected to take longer than this many seconds is announced.
const ANNOUNCED: f32 = 1.0;

/// Runs what registers itself at start-up (the shader compiler's operations), once. See `build.rs`: left to the linker, this
/// ran at every call from JavaScript and took most of each step on WebGPU.
fn construct() {
    Reflect::get(&wasm_bindgen::exports(), &"__wasm_call_ctors".into())
        .and_then(|function| function.dyn_into::<Function>())
        .and_then(|function| function.call0(&JsValue::UNDEFINED))
        .expect("build.rs exports it");
}

fn main() {
    construct();
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        channel::post_panic(&panic.to_string());
    }));
    augsphere_engine::device::nudge_after(|| Box::pin(channel::pause(NUDGE)));
    let channel = Channel::open();
    wasm_bindgen_futures::spawn_local(Worker::new(channel).work());
}

/// The engine, the canvas that it draws on, and how long a piece of its work takes.
struct Worker {
    channel: Channel,
    session: Session,
    canvas: Canvas,
    /// Seconds that the shortest stretch of a running experiment takes: a step's estimate, then the time of the last one.
    step: f32,
    /// Why the browser has no WebGPU, if that is known and the device was not chosen by hand.
    no_gpu: Option<adapter::Missing>,
}

impl Worker {
    fn new(channel: Channel) -> Self {
        Self { channel, canvas: Canvas::default(), session: Session::new(), step: 0.0, no_gpu: None }
    }

    async fn work(mut self) {
        channel::post(&[WorkerEvent::Ready]);
        loop {
            self.read().await;
            if !self.session.busy() {
                self.channel.wait().await;
                continue;
            }
            if self.step > ANNOUNCED {
                channel::post(&[WorkerEvent::Busy { seconds: self.step }]);
            }
            let begun = Instant::now();
            let events = self.session.advance(STRETCH).await;
            if self.session.running() {
                self.step = begun.elapsed().as_secs_f32();
            }
            self.publish(events);
            channel::yield_now().await;
        }
    }

    /// Does what the messages that have arrived ask for.
    async fn read(&mut self) {
        // Of many turns of the sphere that arrived during a stretch of work, only the last is to be seen.
        let mut seen = None;
        while let Some(incoming) = self.channel.next() {
            match incoming {
                Incoming::Session(command) => self.command(command).await,
                Incoming::Sphere(sphere) => seen = Some(sphere),
                Incoming::Canvas(canvas) => {
                    let events = self.canvas.take(canvas);
                    channel::post(&events);
                }
                Incoming::Files(files) => self.session.offer(files::offered(files)),
                Incoming::DeviceLost(number, reason) => self.lose(number, &reason),
                Incoming::Broken(fault) => channel::post(&[WorkerEvent::Session(Event::Fault(fault))]),
            }
        }
        if let Some(sphere) = seen {
            self.canvas.turn(sphere);
        }
    }

    async fn command(&mut self, command: Command) {
        if let Command::Begin { device, .. } | Command::Resume { device, .. } = &command {
            let what = "Preparing data and device".into();
            self.publish(vec![Event::Progress(Progress { what, done: 0, total: 0, seconds_left: None })]);
            self.no_gpu = if *device == DeviceChoice::Cpu { None } else { adapter::missing() };
            self.step = 0.0;
            if *device != DeviceChoice::Cpu && self.no_gpu.is_none() {
                if *device == DeviceChoice::Gpu {
                    adapter::wait().await;
                }
                self.canvas.probe().await;
            }
        }
        if matches!(command, Command::Bench(_)) {
            self.step = 0.0;
            if adapter::missing().is_none() {
                adapter::wait().await;
            }
        }
        let events = self.session.handle(command).await;
        self.publish(events);
    }

    /// A GPU is gone, and with it what was computed on it; the page draws the sphere until there is another one.
    fn lose(&mut self, number: u64, reason: &str) {
        let Some(events) = self.canvas.lose(number) else { return };
        channel::post(&events);
        let reason = reason.trim().trim_end_matches('.');
        let events = self.session.device_lost(if reason.is_empty() { "the browser does not say why" } else { reason });
        self.publish(events);
    }

    /// Shows the canvas what concerns it, tells the page everything, then lets the canvas follow the device that computes.
    fn publish(&mut self, events: Vec<Event>) {
        let events: Vec<Event> = events.into_iter().map(|event| adapter::explain(event, self.no_gpu)).collect();
        for event in &events {
            if let Event::Estimate(estimate) = event {
                self.step = estimate.step_seconds;
            }
            self.canvas.watch(event);
        }
        let mut events: Vec<WorkerEvent> = events.into_iter().map(WorkerEvent::Session).collect();
        events.extend(self.canvas.follow(self.session.opened()));
        if !events.is_empty() {
            channel::post(&events);
        }
    }
}
