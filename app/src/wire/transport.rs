//! The line to the worker: its thread, the messages both ways, and what became of it.
//!
//! Whatever is sent waits until the worker listens. Whatever goes wrong, from a missing file to an exhausted memory, arrives as one
//! [`Incoming::Failed`]; after it the worker says nothing more.

use super::browser::document;
use super::diagnosis::{self, Death, Probe};
use augsphere_spec::{WorkerCommand, WorkerEvent, decode, encode};
use js_sys::{Array, Object, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, OffscreenCanvas, RequestInit, Response, Worker, WorkerOptions, WorkerType};

pub use super::diagnosis::Failure;

/// Where the worker's loader is if the page does not say.
const LOADER: &str = "./augsphere-worker_loader.js";

/// What comes over the line.
pub enum Incoming {
    /// What the worker tells, in order.
    Events(Vec<WorkerEvent>),
    /// There is no worker, or none any more.
    Failed(Failure),
}

/// The line to one worker. Dropping it ends the worker; nothing is heard after that.
pub struct Transport {
    line: Rc<Line>,
    /// What the browser calls. They go with the line.
    _closures: Vec<Closure<dyn FnMut(JsValue)>>,
}

struct Line {
    worker: Option<Worker>,
    loader: String,
    /// What is to be sent as soon as the worker listens: a message and what is handed over with it.
    waiting: RefCell<Option<Vec<(JsValue, Array)>>>,
    /// Whether a failure is being told.
    failed: Cell<bool>,
    /// What a content security policy has forbidden since the line was opened.
    forbidden: RefCell<Option<String>>,
    hear: Box<dyn Fn(Incoming)>,
}

impl Transport {
    /// Starts a worker; `hear` gets everything that comes from it, never before this returns.
    pub fn open(hear: impl Fn(Incoming) + 'static) -> Self {
        let loader = loader();
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&loader, &options);
        let line = Rc::new(Line {
            worker: worker.as_ref().ok().cloned(),
            loader,
            waiting: RefCell::new(Some(Vec::new())),
            failed: Cell::new(false),
            forbidden: RefCell::new(None),
            hear: Box::new(hear),
        });
        let message = line.closure(|line, event: MessageEvent| line.message(&event.data()));
        let unreadable = line.closure(|line, _: JsValue| line.fail(Death::Unreadable));
        let error = line.closure(|line, event: web_sys::Event| {
            event.prevent_default();
            // An error that kept the worker's program from loading is a plain event without a message.
            let text = Reflect::get(&event, &"message".into()).ok().and_then(|text| text.as_string()).unwrap_or_default();
            line.fail(Death::Load { text, probes: Vec::new() });
        });
        let forbidden = line.closure(|line, event: JsValue| {
            let text = |key: &str| Reflect::get(&event, &key.into()).ok().and_then(|text| text.as_string()).unwrap_or_default();
            let directive = text("effectiveDirective");
            // Something else on the page may be forbidden, too.
            if ["worker-src", "child-src"].contains(&directive.as_str()) || text("blockedURI").contains("augsphere-worker") {
                line.forbidden.replace(Some(directive));
            }
        });
        match worker {
            Ok(worker) => {
                worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
                worker.set_onerror(Some(error.as_ref().unchecked_ref()));
                // web-sys has no setter for this one; setting a property of a worker does not fail.
                let _ = Reflect::set(&worker, &"onmessageerror".into(), unreadable.as_ref());
            }
            Err(error) => line.fail(Death::Load { text: said(&error), probes: Vec::new() }),
        }
        // Refused never: the document is there and the name is known.
        let _ = document().add_event_listener_with_callback(POLICY, forbidden.as_ref().unchecked_ref());
        Self { line, _closures: vec![message, unreadable, error, forbidden] }
    }

    /// Sends a message, as soon as the worker listens.
    pub fn send(&self, command: &WorkerCommand) {
        // Commands can always be encoded.
        if let Ok(bytes) = encode(command) {
            let bytes = Uint8Array::from(bytes.as_slice());
            self.line.post(bytes.clone().into(), &Array::of1(&bytes.buffer()));
        }
    }

    /// Hands over a canvas for the worker to draw the sphere on.
    pub fn send_canvas(&self, canvas: &OffscreenCanvas) {
        self.line.post(object(&[("canvas", canvas)]), &Array::of1(canvas));
    }

    /// Offers files, each with its path below the folder that was dropped. The worker reads them; none passes through the page's memory.
    pub fn send_files(&self, files: &[(web_sys::File, String)]) {
        let list: Array = files.iter().map(|(file, _)| JsValue::from(file.clone())).collect();
        let paths: Array = files.iter().map(|(_, path)| JsValue::from_str(path)).collect();
        self.line.post(object(&[("files", &list), ("paths", &paths)]), &Array::new());
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        if let Some(worker) = &self.line.worker {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            let _ = Reflect::set(worker, &"onmessageerror".into(), &JsValue::NULL);
            worker.terminate();
        }
        if let Some(forbidden) = self._closures.last() {
            let _ = document().remove_event_listener_with_callback(POLICY, forbidden.as_ref().unchecked_ref());
        }
    }
}

/// The event by which a document learns that its policy has forbidden something.
const POLICY: &str = "securitypolicyviolation";

impl Line {
    /// A function for the browser to call as long as the line is there.
    fn closure<E: JsCast>(self: &Rc<Self>, react: impl Fn(&Rc<Self>, E) + 'static) -> Closure<dyn FnMut(JsValue)> {
        let line: Weak<Self> = Rc::downgrade(self);
        Closure::new(move |event: JsValue| {
            if let Some(line) = line.upgrade() {
                react(&line, event.unchecked_into());
            }
        })
    }

    fn post(&self, message: JsValue, transfer: &Array) {
        match (self.waiting.borrow_mut().as_mut(), &self.worker) {
            (Some(waiting), _) => waiting.push((message, transfer.clone())),
            // Fails only if the worker is gone, which it has told already.
            (None, Some(worker)) => drop(worker.post_message_with_transfer(&message, transfer)),
            (None, None) => {}
        }
    }

    fn message(self: &Rc<Self>, data: &JsValue) {
        if self.failed.get() {
            return;
        }
        if let Some(bytes) = data.dyn_ref::<Uint8Array>() {
            match decode::<Vec<WorkerEvent>>(&bytes.to_vec()) {
                Err(fault) => self.fail(Death::Misread(fault)),
                Ok(events) => {
                    if events.contains(&WorkerEvent::Ready) {
                        self.release();
                    }
                    (self.hear)(Incoming::Events(events));
                }
            }
        } else if let Ok(told) = Reflect::get(data, &"failed".into())
            && told.is_object()
        {
            self.fail(death(&told));
        }
    }

    /// Sends what has waited.
    fn release(&self) {
        let waiting = self.waiting.borrow_mut().take();
        for (message, transfer) in waiting.into_iter().flatten() {
            self.post(message, &transfer);
        }
    }

    /// Finds out what happened and tells it, once.
    fn fail(self: &Rc<Self>, death: Death) {
        if self.failed.replace(true) {
            return;
        }
        let (line, address) = (Rc::downgrade(self), self.loader.clone());
        spawn_local(async move {
            let death = match death {
                Death::Load { text, probes } if probes.is_empty() => Death::Load { text, probes: vec![probe(address).await] },
                death => death,
            };
            if let Some(line) = line.upgrade() {
                let failure = diagnosis::failure(&death, line.forbidden.borrow().as_deref());
                (line.hear)(Incoming::Failed(failure));
            }
        });
    }
}

/// The address of the worker's loader.
fn loader() -> String {
    let meta = document().query_selector("meta[name=augsphere-worker]").ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_else(|| LOADER.to_owned())
}

fn object(entries: &[(&str, &JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        // Setting a key on a fresh object does not fail.
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object.into()
}

/// What the worker's loader or its panic hook says of its end: `{ stage, text, memory, probes: [{ file, status, kind }] }`.
fn death(told: &JsValue) -> Death {
    let text = |object: &JsValue, key: &str| {
        Reflect::get(object, &key.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
    };
    let number = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).ok().and_then(|value| value.as_f64());
    let said = text(told, "text");
    match text(told, "stage").as_str() {
        "load" => {
            let probes = Reflect::get(told, &"probes".into())
                .ok()
                .filter(Array::is_array)
                .map(|list| Array::from(&list))
                .unwrap_or_default();
            let probes = probes.iter().map(|probe| Probe {
                file: text(&probe, "file"),
                status: number(&probe, "status").unwrap_or_default() as u16,
                kind: text(&probe, "kind"),
            });
            Death::Load { text: said, probes: probes.collect() }
        }
        "panic" => Death::Panic { text: said },
        _ => Death::Trap { text: said, memory: number(told, "memory").unwrap_or_default() as u64 },
    }
}

/// What the site answers for `file`.
async fn probe(file: String) -> Probe {
    let options = RequestInit::new();
    options.set_method("HEAD");
    let answer = JsFuture::from(super::browser::window().fetch_with_str_and_init(&file, &options)).await;
    match answer.map(JsCast::unchecked_into::<Response>) {
        Ok(answer) => {
            let kind = answer.headers().get("Content-Type").ok().flatten().unwrap_or_default();
            Probe { file, status: answer.status(), kind }
        }
        Err(_) => Probe { file, status: 0, kind: String::new() },
    }
}

/// An exception in words.
fn said(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
