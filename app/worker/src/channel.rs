//! How do messages get in and out of this thread?

use augsphere_spec::{Command, Event, Fault, decode, encode};
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, OffscreenCanvas};

/// What the page sends.
pub enum Letter {
    /// Something to do.
    Command(Command),
    /// The canvas to draw on.
    Canvas(OffscreenCanvas),
    /// Bytes that make no sense.
    Broken(Fault),
}

/// Letters that have arrived, and who waits for them.
pub struct Channel {
    letters: Rc<RefCell<VecDeque<Letter>>>,
    waiting: Rc<RefCell<Option<Function>>>,
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Tells the page. Events are plain data, so packing them does not fail.
pub fn post(events: &[Event]) {
    let Ok(bytes) = encode(&events) else { return };
    let bytes = Uint8Array::from(bytes.as_slice());
    let transfer = Array::of1(&bytes.buffer());
    if scope().post_message_with_transfer(&bytes, &transfer).is_err() {
        // Nobody listens any more: the page is gone and this thread goes with it.
    }
}

/// Lets the browser deliver messages before going on.
pub async fn breathe() {
    pause(0).await;
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
    /// Starts to listen.
    pub fn open() -> Self {
        let channel = Self { letters: Rc::default(), waiting: Rc::default() };
        let (letters, waiting) = (Rc::clone(&channel.letters), Rc::clone(&channel.waiting));
        let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            letters.borrow_mut().push_back(open(&message.data()));
            if let Some(resolve) = waiting.borrow_mut().take() {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
        // The listener lives as long as the thread.
        listen.forget();
        channel
    }

    /// The oldest letter, if there is one.
    pub fn next(&self) -> Option<Letter> {
        self.letters.borrow_mut().pop_front()
    }

    /// Waits until there is a letter.
    pub async fn wait(&self) {
        if !self.letters.borrow().is_empty() {
            return;
        }
        let promise = Promise::new(&mut |resolve, _| {
            self.waiting.replace(Some(resolve));
        });
        let _ = JsFuture::from(promise).await;
    }
}

fn open(data: &JsValue) -> Letter {
    if let Some(bytes) = data.dyn_ref::<Uint8Array>() {
        return match decode::<Command>(&bytes.to_vec()) {
            Ok(command) => Letter::Command(command),
            Err(fault) => Letter::Broken(fault),
        };
    }
    match Reflect::get(data, &"canvas".into()).map(JsCast::dyn_into::<OffscreenCanvas>) {
        Ok(Ok(canvas)) => Letter::Canvas(canvas),
        _ => Letter::Broken(Fault {
            what: "The page sent something that is neither a command nor a canvas.".into(),
            location: "worker".into(),
            remedy: "Reload the page.".into(),
            recoverable: true,
        }),
    }
}
