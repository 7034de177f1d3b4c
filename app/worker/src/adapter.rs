//! Does the browser have a GPU adapter yet?

use crate::channel;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// How often to look, and how long to wait in between, milliseconds.
const TRIES: u32 = 5;
const PAUSE: i32 = 400;

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

/// What the browser answers; nothing if it cannot be asked.
async fn request() -> Option<JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let gpu = Reflect::get(&navigator, &"gpu".into()).ok().filter(|gpu| gpu.is_object())?;
    let request: Function = Reflect::get(&gpu, &"requestAdapter".into()).ok()?.dyn_into().ok()?;
    let promise: Promise = request.call0(&gpu).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}
