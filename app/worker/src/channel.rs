//! Messages in and out of this thread, and the pauses in which the browser delivers them.

use crate::files::{self, File};
use augsphere_spec::{Fault, SphereState, WorkerCommand, WorkerEvent, decode, encode};
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, OffscreenCanvas};

/// What the page sends, and what the browser tells in between.
pub enum Incoming {
    /// Something for the session.
    Session(augsphere_spec::Command),
    /// How the sphere is seen.
    Sphere(SphereState),
    /// The canvas to draw on.
    Canvas(OffscreenCanvas),
    /// Files that were dropped.
    Files(Vec<File>),
    /// The browser has taken away the GPU with this number, for this reason.
    DeviceLost(u64, String),
    /// A message that makes no sense.
    Broken(Fault),
}

/// Messages that have arrived, and who waits for them. Clones are the same queue.
#[derive(Clone, Default)]
pub struct Channel {
    arrived: Rc<RefCell<VecDeque<Incoming>>>,
    waiting: Rc<RefCell<Option<Function>>>,
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Tells the page. Events are plain data, so packing them does not fail.
pub fn post(events: &[WorkerEvent]) {
    let Ok(bytes) = encode(&events) else { return };
    let bytes = Uint8Array::from(bytes.as_slice());
    let transfer = Array::of1(&bytes.buffer());
    // Fails only if nobody listens any more: the page is gone and this thread goes with it.
    let _ = scope().post_message_with_transfer(&bytes, &transfer);
}

/// Tells the page that this program has found a mistake in itself and is about to end; in the form of the loader's own reports.
pub fn post_panic(text: &str) {
    let (message, failed) = (js_sys::Object::new(), js_sys::Object::new());
    // Setting a key on a fresh object does not fail.
    let _ = Reflect::set(&failed, &"stage".into(), &"panic".into());
    let _ = Reflect::set(&failed, &"text".into(), &text.into());
    let _ = Reflect::set(&message, &"failed".into(), &failed);
    let _ = scope().post_message(&message);
}

/// A channel to this thread itself: what is sent through it arrives after the messages that have come before, without the four
/// milliseconds to which browsers stretch timers.
struct Echo {
    /// The browser's `MessagePort` to send to.
    port: JsValue,
    send: Function,
    resolve: Rc<RefCell<Option<Function>>>,
    _closure: Closure<dyn FnMut()>,
}

impl Echo {
    fn new() -> Option<Self> {
        let class: Function = Reflect::get(&js_sys::global(), &"MessageChannel".into()).ok()?.dyn_into().ok()?;
        let channel = Reflect::construct(&class, &Array::new()).ok()?;
        let port = |name: &str| Reflect::get(&channel, &name.into()).ok();
        let (receiver, port) = (port("port1")?, port("port2")?);
        let resolve: Rc<RefCell<Option<Function>>> = Rc::default();
        let heard = Rc::clone(&resolve);
        let closure = Closure::<dyn FnMut()>::new(move || {
            if let Some(resolve) = heard.take() {
                // Calling what resolves a promise does not fail.
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        Reflect::set(&receiver, &"onmessage".into(), closure.as_ref()).ok()?;
        let send = Reflect::get(&port, &"postMessage".into()).ok()?.dyn_into().ok()?;
        Some(Self { port, send, resolve, _closure: closure })
    }
}

thread_local! {
    static ECHO: Option<Echo> = Echo::new();
    /// The line of messages, for those who cannot hold on to it.
    static LINE: RefCell<Option<Channel>> = const { RefCell::new(None) };
}

/// Puts a message in line if the browser takes `device` away; it is known under this number.
pub fn report_loss(device: &wgpu::Device, number: u64) {
    device.set_device_lost_callback(move |_, reason| {
        LINE.with_borrow(|line| line.iter().for_each(|line| line.push(Incoming::DeviceLost(number, reason.clone()))));
    });
}

/// Lets the browser deliver messages before going on.
pub async fn yield_now() {
    let promise = ECHO.with(|echo| {
        let echo = echo.as_ref()?;
        let promise = Promise::new(&mut |resolve, _| {
            echo.resolve.replace(Some(resolve));
        });
        echo.send.call1(&echo.port, &JsValue::NULL).is_ok().then_some(promise)
    });
    match promise {
        Some(promise) => {
            let _ = JsFuture::from(promise).await;
        }
        None => pause(0).await,
    }
}

/// Does nothing for some milliseconds.
pub async fn pause(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        if scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds).is_err() {
            // Without timers there is nothing to wait for.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    let _ = JsFuture::from(promise).await;
}

impl Channel {
    /// Starts to listen. Signs of life are answered at once, whenever the browser delivers messages; all else waits in line.
    pub fn open() -> Self {
        let channel = Self::default();
        LINE.set(Some(channel.clone()));
        let listener = channel.clone();
        let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(incoming) = unpack(&message.data()) {
                listener.push(incoming);
            }
        });
        scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
        // The listener lives as long as the thread.
        listen.forget();
        channel
    }

    /// Puts a message in line.
    pub fn push(&self, incoming: Incoming) {
        self.arrived.borrow_mut().push_back(incoming);
        if let Some(resolve) = self.waiting.take() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }

    /// The oldest message, if there is one.
    pub fn next(&self) -> Option<Incoming> {
        self.arrived.borrow_mut().pop_front()
    }

    /// Waits until there is a message.
    pub async fn wait(&self) {
        if !self.arrived.borrow().is_empty() {
            return;
        }
        let promise = Promise::new(&mut |resolve, _| {
            self.waiting.replace(Some(resolve));
        });
        let _ = JsFuture::from(promise).await;
    }
}

/// The memory of this program, bytes.
fn memory() -> u64 {
    const PAGE: u64 = 1 << 16;
    core::arch::wasm32::memory_size::<0>() as u64 * PAGE
}

/// What a message is; nothing if it was answered here.
fn unpack(data: &JsValue) -> Option<Incoming> {
    if let Some(bytes) = data.dyn_ref::<Uint8Array>() {
        return match decode::<WorkerCommand>(&bytes.to_vec()) {
            Ok(WorkerCommand::Session(command)) => Some(Incoming::Session(command)),
            Ok(WorkerCommand::Sphere(sphere)) => Some(Incoming::Sphere(sphere)),
            Ok(WorkerCommand::Ping(ping)) => {
                post(&[WorkerEvent::Pong { ping, memory: memory() }]);
                None
            }
            Err(fault) => Some(Incoming::Broken(fault)),
        };
    }
    let canvas = Reflect::get(data, &"canvas".into()).unwrap_or(JsValue::UNDEFINED);
    if let Ok(canvas) = canvas.dyn_into::<OffscreenCanvas>() {
        return Some(Incoming::Canvas(canvas));
    }
    if let Some(files) = files::unpack(data) {
        return Some(Incoming::Files(files));
    }
    Some(Incoming::Broken(Fault {
        what: "The page sent something that is neither a command nor a canvas nor files.".into(),
        location: "worker".into(),
        remedy: "Reload the page.".into(),
        recoverable: true,
        settings: Vec::new(),
    }))
}
