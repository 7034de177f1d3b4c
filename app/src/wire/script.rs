//! Interfaces of the browser called by their names: those of files and locks, of which a page needs a handful of calls and must do
//! without where they are missing.

use super::browser::{context, window};
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlCanvasElement};

/// A property; `undefined` where there is none, or where reading it is forbidden.
pub fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// An object with these properties.
pub fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in properties {
        // Fails only for objects that are frozen.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

/// Calls a method.
///
/// # Errors
/// What it throws, or that there is none.
pub fn call(of: &JsValue, method: &str, values: &[JsValue]) -> Result<JsValue, JsValue> {
    let function = get(of, method).dyn_into::<Function>().map_err(|_| JsValue::from(format!("there is no {method}")))?;
    function.apply(of, &values.iter().collect::<Array>())
}

/// Calls a method and waits for what it promises.
///
/// # Errors
/// What it throws, why it breaks its promise, or that there is none.
pub async fn ask(of: &JsValue, method: &str, values: &[JsValue]) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&call(of, method, values)?)).await
}

/// Draws a picture file over the whole of `canvas`. The browser unpacks it apart from the page's own thread; nothing is fetched, so that no
/// policy of a site forbids it.
pub async fn draw_file(canvas: &HtmlCanvasElement, file: &Blob) {
    let Ok(bitmap) = ask(&window(), "createImageBitmap", &[file.into()]).await else { return };
    let Some(context) = context(canvas) else { return };
    let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
    context.clear_rect(0.0, 0.0, width, height);
    // Fails only for a picture without pixels.
    let _ = call(&context, "drawImage", &[bitmap, 0.into(), 0.into(), width.into(), height.into()]);
}

/// An error in the browser's words.
pub fn words(error: &JsValue) -> String {
    error.as_string().unwrap_or_else(|| {
        let part = |name: &str| get(error, name).as_string().unwrap_or_default();
        format!("{}: {}", part("name"), part("message"))
    })
}
