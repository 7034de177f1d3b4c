//! How do page and worker talk? Bytes both ways; commands wait until the worker listens.

use crate::wire::browser::document;
use augsphere_spec::{Command, Event, Fault, decode, encode};
use js_sys::{Array, Object, Reflect, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, OffscreenCanvas, Worker, WorkerOptions, WorkerType};

/// Where the worker's loader is if the page does not say.
const LOADER: &str = "./augsphere-worker_loader.js";

/// The line to one worker. Dropping it ends the worker.
pub struct Connection {
    worker: Worker,
    waiting: Rc<RefCell<Option<Vec<Uint8Array>>>>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Connection {
    /// Starts a worker; `hear` gets every batch of its events, and a fault if it cannot start or dies.
    ///
    /// # Errors
    /// A fault if the browser has no module workers.
    pub fn open(hear: impl Fn(Vec<Event>) + 'static) -> Result<Self, Fault> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let address = document()
            .query_selector("meta[name=augsphere-worker]")
            .ok()
            .flatten()
            .and_then(|meta| meta.get_attribute("content"));
        let worker = Worker::new_with_options(address.as_deref().unwrap_or(LOADER), &options)
            .map_err(|error| crash(&format!("the browser could not start the worker ({error:?})")))?;
        let hear = Rc::new(hear);
        let waiting = Rc::new(RefCell::new(Some(Vec::new())));
        let message = listen(worker.clone(), Rc::clone(&waiting), Rc::clone(&hear));
        let error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            let what = event.message();
            let what = if what.is_empty() { "its program could not be loaded".to_owned() } else { what };
            hear(vec![Event::Fault(crash(&what))]);
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        Ok(Self { worker, waiting, _message: message, _error: error })
    }

    /// Sends a command, as soon as the worker listens.
    pub fn send(&self, command: &Command) {
        // Commands can always be encoded.
        if let Ok(bytes) = encode(command) {
            self.post(Uint8Array::from(bytes.as_slice()));
        }
    }

    /// Sends bytes that already are an encoded command.
    pub fn post(&self, bytes: Uint8Array) {
        match self.waiting.borrow_mut().as_mut() {
            Some(waiting) => waiting.push(bytes),
            None => transfer(&self.worker, &bytes),
        }
    }

    /// Hands over a canvas for the worker to draw the sphere on.
    pub fn hand_over(&self, canvas: &OffscreenCanvas) {
        let message = Object::new();
        // Setting a key on a fresh object and posting a transferable cannot fail.
        let _ = Reflect::set(&message, &"canvas".into(), canvas);
        let _ = self.worker.post_message_with_transfer(&message, &Array::of1(canvas));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn listen(
    worker: Worker,
    waiting: Rc<RefCell<Option<Vec<Uint8Array>>>>,
    hear: Rc<impl Fn(Vec<Event>) + 'static>,
) -> Closure<dyn FnMut(MessageEvent)> {
    Closure::new(move |message: MessageEvent| {
        let Ok(bytes) = message.data().dyn_into::<Uint8Array>() else { return };
        match decode::<Vec<Event>>(&bytes.to_vec()) {
            Err(fault) => hear(vec![Event::Fault(fault)]),
            Ok(events) => {
                let ready = events.iter().any(|event| matches!(event, Event::Ready));
                if ready && let Some(commands) = waiting.borrow_mut().take() {
                    commands.iter().for_each(|command| transfer(&worker, command));
                }
                hear(events);
            }
        }
    })
}

fn transfer(worker: &Worker, bytes: &Uint8Array) {
    // Fails only if the worker is gone, which its error event has said already.
    let _ = worker.post_message_with_transfer(bytes, &Array::of1(&bytes.buffer()));
}

fn crash(what: &str) -> Fault {
    Fault {
        what: format!("The laboratory stopped: {what}."),
        location: "the worker".into(),
        remedy: "Restart it below; if it stops again, choose the CPU, a smaller batch or a smaller encoder.".into(),
        recoverable: false,
    }
}
