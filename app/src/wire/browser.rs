//! What does the page ask of the browser? The few calls that need a window or a document.

use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, HtmlCanvasElement, HtmlElement, Window};

/// The window; the page runs nowhere else.
pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The document; the page runs nowhere else.
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Whether a media query holds.
pub fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Device pixels to a CSS pixel.
pub fn pixel_ratio() -> f64 {
    window().device_pixel_ratio().clamp(1.0, 3.0)
}

/// The part of the address after `#`.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Puts `fragment` into the address without a new entry in the history.
pub fn set_fragment(fragment: &str) {
    if let Ok(history) = window().history() {
        // Refused in some sandboxed frames; the page works without it.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("#{fragment}")));
    }
}

/// A value kept from an earlier visit.
pub fn kept(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a value for later visits, where the browser allows it.
pub fn keep(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Hands a file to the person.
pub fn download(name: &str, kind: &str, bytes: &[u8]) {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    if let Ok(blob) = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options) {
        download_blob(name, &blob);
    }
}

/// Hands a canvas to the person as a PNG, packed apart from the page's own thread.
pub fn download_picture(name: &'static str, canvas: &HtmlCanvasElement) {
    let ready = Closure::once_into_js(move |blob: Option<web_sys::Blob>| blob.iter().for_each(|blob| download_blob(name, blob)));
    // Fails only for a canvas with foreign pictures on it.
    let _ = canvas.to_blob(ready.unchecked_ref());
}

fn download_blob(name: &str, blob: &web_sys::Blob) {
    let Ok(address) = web_sys::Url::create_object_url_with_blob(blob) else { return };
    if let Some(anchor) =
        document().create_element("a").ok().and_then(|anchor| anchor.dyn_into::<web_sys::HtmlAnchorElement>().ok())
    {
        anchor.set_href(&address);
        anchor.set_download(name);
        anchor.click();
    }
    // The download has its own reference; the address may go.
    let _ = web_sys::Url::revoke_object_url(&address);
}

/// A canvas that is not on the page.
pub fn canvas(width: u32, height: u32) -> Option<HtmlCanvasElement> {
    let canvas = document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
    canvas.set_width(width);
    canvas.set_height(height);
    Some(canvas)
}

/// The 2D context of a canvas; `None` if the canvas was handed to a worker.
pub fn context(canvas: &HtmlCanvasElement) -> Option<web_sys::CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// Calls `react` whenever `element` changes its size, for as long as the element lives.
pub fn on_resize(element: &Element, mut react: impl FnMut() + 'static) {
    let closure = Closure::<dyn FnMut(js_sys::Array)>::new(move |_| react());
    if let Ok(observer) = web_sys::ResizeObserver::new(closure.as_ref().unchecked_ref()) {
        observer.observe(element);
    }
    // The browser holds the observer as long as it observes the element; the closure has to live as long.
    closure.forget();
}

/// Whether a key pressed on `target` belongs to it, because it is typed into or pressed itself.
pub fn takes_keys(target: &web_sys::EventTarget) -> bool {
    let Some(element) = target.dyn_ref::<HtmlElement>() else { return false };
    matches!(element.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA" | "BUTTON" | "SUMMARY" | "A")
}
