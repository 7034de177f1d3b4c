//! How is a small image shown?

use crate::wire::browser;
use augsphere_spec::Thumbnails;
use leptos::{html, prelude::*};
use std::sync::Arc;
use wasm_bindgen::Clamped;
use web_sys::{HtmlCanvasElement, ImageData};

/// One image of a pack, as large as its style says.
#[component]
pub fn Thumbnail(
    /// The pack.
    pack: Arc<Thumbnails>,
    /// Which image of the pack.
    index: usize,
    /// What it shows, for those who cannot see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    canvas.on_load(move |canvas| mosaic(&canvas, &pack, &[index], 1));
    view! { <canvas class="thumbnail" role="img" aria-label=label node_ref=canvas></canvas> }
}

/// Draws images of a pack side by side, `columns` in a row, at their own resolution.
pub fn mosaic(canvas: &HtmlCanvasElement, pack: &Thumbnails, chosen: &[usize], columns: usize) {
    let side = pack.side;
    let bytes = side * side * 4;
    let rows = chosen.len().div_ceil(columns.max(1));
    if bytes == 0 || chosen.is_empty() {
        return;
    }
    canvas.set_width((columns * side) as u32);
    canvas.set_height((rows * side) as u32);
    let Some(context) = browser::context(canvas) else { return };
    for (place, &index) in chosen.iter().enumerate() {
        let Some(pixels) = pack.rgba.get(index * bytes..(index + 1) * bytes) else { continue };
        if let Ok(image) = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), side as u32, side as u32) {
            let (x, y) = ((place % columns * side) as f64, (place / columns * side) as f64);
            // Fails only for numbers that are not finite.
            let _ = context.put_image_data(&image, x, y);
        }
    }
}
