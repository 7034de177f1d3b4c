//! How does the engine live in a browser thread of its own?
//!
//! The page sends one [`Command`] a message, this thread answers with lists of [`Event`]s. Between stretches of training it
//! returns to the browser, so that a pause arrives while it trains.

mod adapter;
mod channel;
mod sphere;
mod stage;

use augsphere_engine::Session;
use augsphere_spec::{Command, DeviceChoice, Event, Fault};
use channel::{Channel, Letter};
use js_sys::{Function, Reflect};
use stage::Stage;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// How long to train before looking for commands again. A step that takes longer is not cut short.
const STRETCH: Duration = Duration::from_millis(90);

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
        channel::post(&[Event::Fault(Fault {
            what: format!("The engine stopped: {panic}"),
            location: "worker".into(),
            remedy: "Start it again; if it happens with the same experiment, choose the CPU or a smaller batch.".into(),
            recoverable: false,
        })]);
    }));
    wasm_bindgen_futures::spawn_local(work(Channel::open()));
}

async fn work(channel: Channel) {
    let mut laboratory = Session::new();
    let mut stage = Stage::default();
    channel::post(&[Event::Ready]);
    loop {
        // Of many turns of the sphere that arrived during a stretch of training, only the last is to be seen.
        let mut turned = None;
        while let Some(letter) = channel.next() {
            match letter {
                Letter::Canvas(canvas) => channel::post(&stage.take(canvas, laboratory.opened())),
                Letter::Command(Command::Camera { yaw, pitch, zoom, width, height, dark, classes, focus }) => {
                    turned = Some(sphere::Camera { yaw, pitch, zoom, width, height, dark, classes, focus });
                }
                Letter::Command(command) => {
                    if let Command::Begin { device, .. } = &command {
                        channel::post(&[Event::Progress { what: "Preparing data and device".into() }]);
                        channel::breathe().await;
                        if *device == DeviceChoice::Gpu {
                            adapter::wait().await;
                        }
                        if *device != DeviceChoice::Cpu {
                            stage.rehearse().await;
                        }
                    }
                    let events = laboratory.handle(command).await;
                    publish(events, &mut stage);
                }
                Letter::Broken(fault) => channel::post(&[Event::Fault(fault)]),
            }
        }
        if let Some(camera) = turned {
            stage.turn(camera);
        }
        if laboratory.busy() {
            let events = laboratory.advance(STRETCH).await;
            publish(events, &mut stage);
            channel::breathe().await;
        } else {
            channel.wait().await;
        }
    }
}

/// Shows the stage what concerns it, then tells the page everything.
fn publish(mut events: Vec<Event>, stage: &mut Stage) {
    let more: Vec<Event> = events.iter().filter_map(|event| stage.watch(event)).collect();
    events.extend(more);
    if !events.is_empty() {
        channel::post(&events);
    }
}
