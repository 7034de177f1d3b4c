//! The browser's GPU adapter: whether there is one yet, and why there may be none.

use crate::channel;
use augsphere_spec::{DeviceReport, Event, Fault};
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// How often to look, and how long to wait in between, milliseconds.
const TRIES: u32 = 5;
const PAUSE: i32 = 400;

/// Why this page gets no GPU, and what to do about it.
#[derive(Clone, Copy)]
pub struct Missing {
    why: &'static str,
    remedy: &'static str,
}

/// Why this page gets no GPU; nothing if it may.
pub fn missing() -> Option<Missing> {
    if gpu().is_some() {
        return None;
    }
    let secure = Reflect::get(&js_sys::global(), &"isSecureContext".into()).ok().and_then(|secure| secure.as_bool());
    Some(if secure == Some(false) {
        Missing {
            why: "browsers offer WebGPU only to pages that come over https or from this machine itself, and this page came over plain http",
            remedy: "Open the page over https, or choose the CPU.",
        }
    } else {
        Missing {
            why: "this browser offers no WebGPU here",
            remedy: "Use a recent Chrome, Edge, Safari or Firefox on a machine with a GPU, or choose the CPU.",
        }
    })
}

/// An event about a device, with the reason why the browser has none instead of the engine's guess.
pub fn explain(event: Event, missing: Option<Missing>) -> Event {
    match (event, missing) {
        (Event::Device(report), Some(missing)) if report.kind == "cpu" => {
            Event::Device(DeviceReport { reason: missing.why.into(), ..report })
        }
        (Event::Refused { request, fault: Some(fault) }, Some(Missing { why, remedy })) if fault.location == "device" => {
            let fault = Fault { what: format!("There is no GPU for this page: {why}."), remedy: remedy.into(), ..fault };
            Event::Refused { request, fault: Some(fault) }
        }
        (event, _) => event,
    }
}

/// Waits until there is an adapter, two seconds at most: while its GPU process starts, a browser may say for a moment that there is none.
/// For those who asked for a GPU; whoever left the choice open should not wait for one.
pub async fn wait() {
    for _ in 0..TRIES {
        if request().await.is_none_or(|adapter| !adapter.is_null()) {
            return;
        }
        channel::pause(PAUSE).await;
    }
}

/// The browser's entrance to WebGPU.
fn gpu() -> Option<JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    Reflect::get(&navigator, &"gpu".into()).ok().filter(|gpu| gpu.is_object())
}

/// What the browser answers; nothing if it cannot be asked.
async fn request() -> Option<JsValue> {
    let gpu = gpu()?;
    let request: Function = Reflect::get(&gpu, &"requestAdapter".into()).ok()?.dyn_into().ok()?;
    let promise: Promise = request.call0(&gpu).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}
