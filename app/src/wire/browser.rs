//! The few calls that need a window or a document.

use augsphere_spec::MachineFacts;
use leptos::prelude::on_cleanup;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// The time, seconds since 1970, and 53 random bits.
pub fn time_and_chance() -> (f64, u64) {
    (js_sys::Date::now() / 1000.0, (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64)
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

/// Opens the page anew at another part after `#`.
pub fn open_at(fragment: &str) {
    set_fragment(fragment);
    // Refused nowhere that shows pages.
    let _ = window().location().reload();
}

/// What the browser tells of the machine; the engine computes with one thread here.
pub fn machine() -> MachineFacts {
    let navigator = window().navigator();
    let now = js_sys::Date::new_0().to_iso_string().as_string().unwrap_or_default();
    let seconds = now.split('.').next().unwrap_or_default();
    MachineFacts {
        cores: Some(navigator.hardware_concurrency() as usize).filter(|cores| *cores > 0),
        threads: 1,
        browser: Some(navigator.user_agent().unwrap_or_default()),
        system: navigator.platform().unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION").into(),
        date: format!("{}Z", seconds.replace(['-', ':'], "")),
        ..MachineFacts::default()
    }
}

/// The whole address with another part after `#`.
pub fn address_of(fragment: &str) -> String {
    let address = window().location().href().unwrap_or_default();
    let before = address.split('#').next().unwrap_or_default();
    format!("{before}#{fragment}")
}

/// Copies text; `false` where the browser has no clipboard for this page, or refuses.
pub async fn copy(text: &str) -> bool {
    // Pages that came over plain http have none.
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
    let Some(clipboard) = clipboard.ok().filter(|clipboard| clipboard.is_object()) else { return false };
    let clipboard: web_sys::Clipboard = clipboard.unchecked_into();
    wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// As long as it is there, the browser asks before the page is left.
pub struct LeavingGuard {
    _ask: Closure<dyn FnMut(web_sys::Event)>,
}

impl LeavingGuard {
    /// Asks from now on.
    pub fn new() -> Self {
        let ask = Closure::<dyn FnMut(web_sys::Event)>::new(|event: web_sys::Event| {
            event.prevent_default();
            // What older browsers look at; setting it does not fail.
            let _ = js_sys::Reflect::set(&event, &"returnValue".into(), &"a run would be lost".into());
        });
        window().set_onbeforeunload(Some(ask.as_ref().unchecked_ref()));
        Self { _ask: ask }
    }
}

impl Drop for LeavingGuard {
    fn drop(&mut self) {
        window().set_onbeforeunload(None);
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
pub fn download_picture(name: String, canvas: &HtmlCanvasElement) {
    let ready = Closure::once_into_js(move |blob: Option<web_sys::Blob>| blob.iter().for_each(|blob| download_blob(&name, blob)));
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

/// Puts `text` into the field that an event came from.
pub fn write(event: &web_sys::Event, text: &str) {
    if let Some(field) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()) {
        field.set_value(text);
    }
}

/// Lets the menu that an event came from show the option with this value.
pub fn choose(event: &web_sys::Event, value: &str) {
    if let Some(menu) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlSelectElement>().ok()) {
        menu.set_value(value);
    }
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

/// How long something is on the page. What the browser calls later, in a frame, after a pause, when a size has changed, must not touch
/// the signals of what has gone meanwhile.
#[derive(Clone)]
pub struct Life(Arc<AtomicBool>);

impl Life {
    /// The life of what is being put on the page now.
    pub fn of_owner() -> Self {
        let lasts = Arc::new(AtomicBool::new(true));
        let ends = Arc::clone(&lasts);
        on_cleanup(move || ends.store(false, Ordering::Relaxed));
        Self(lasts)
    }

    /// Whether it is still there.
    pub fn lasts(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Calls `react` whenever `element` changes its size, for as long as what asks for it is on the page.
pub fn on_resize(element: &Element, mut react: impl FnMut() + 'static) {
    let life = Life::of_owner();
    let closure = Closure::<dyn FnMut(js_sys::Array)>::new(move |_| {
        // An element is told its last size when it is taken off the page.
        if life.lasts() {
            react();
        }
    });
    if let Ok(observer) = web_sys::ResizeObserver::new(closure.as_ref().unchecked_ref()) {
        observer.observe(element);
    }
    // The browser holds the observer as long as it observes the element; the closure has to live as long.
    closure.forget();
}

/// Calls `react` whenever `element` comes into the window or goes out of it, for as long as what asks for it is on the page.
pub fn on_sight(element: &Element, mut react: impl FnMut(bool) + 'static) {
    let life = Life::of_owner();
    let closure = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        // The newest counts.
        let newest = entries.iter().last().and_then(|entry| entry.dyn_into::<web_sys::IntersectionObserverEntry>().ok());
        if let Some(newest) = newest.filter(|_| life.lasts()) {
            react(newest.is_intersecting());
        }
    });
    if let Ok(observer) = web_sys::IntersectionObserver::new(closure.as_ref().unchecked_ref()) {
        observer.observe(element);
    }
    // As with sizes: the browser holds the observer, the closure has to live as long.
    closure.forget();
}

/// The sphere of the stage, while it is on the page.
pub fn sphere() -> Option<HtmlElement> {
    document().query_selector("#stage canvas").ok().flatten()?.dyn_into().ok()
}

/// The first element that tests and the page itself call by this name.
pub fn named(name: &str) -> Option<Element> {
    document().query_selector(&format!("[data-testid={name}]")).ok().flatten()
}

/// Unfolds what is called by this name.
pub fn unfold(name: &str) {
    let details = named(name).and_then(|element| element.dyn_into::<web_sys::HtmlDetailsElement>().ok());
    details.iter().for_each(|details| details.set_open(true));
}

/// Scrolls no further than it takes to see the whole of `element`.
pub fn bring_into_view(element: &Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Whether a key pressed on `target` belongs to it, because it is typed into or pressed itself.
pub fn takes_keys(target: &web_sys::EventTarget) -> bool {
    let Some(element) = target.dyn_ref::<HtmlElement>() else { return false };
    matches!(element.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA" | "BUTTON" | "SUMMARY" | "A")
}
