//! The shared markup of the augmented distances.

use crate::wire::browser;
use augsphere_charts::{DISTANCES, Rgb, class_colour};
use leptos::prelude::*;
use wasm_bindgen::Clamped;
use web_sys::{HtmlCanvasElement, ImageData};

/// A colour as a style.
pub fn css([red, green, blue]: Rgb) -> String {
    format!("rgb({red} {green} {blue})")
}

/// The colour of a class as a style.
pub fn class_css(class: usize, dark: bool) -> String {
    css(class_colour(class, dark))
}

/// The scale of distances as the background of an element.
pub fn gradient(dark: bool) -> String {
    let stops = DISTANCES[usize::from(dark)].map(css);
    format!("linear-gradient(to right, {})", stops.join(", "))
}

/// A slider between two whole or broken numbers, with its value in words.
pub fn slide(
    name: &'static str,
    title: &'static str,
    help: &'static str,
    (low, high, step): (f64, f64, f64),
    value: Signal<f64>,
    shown: Signal<String>,
    set: fn(crate::page::Page, f64),
) -> AnyView {
    let page = expect_context::<crate::page::Page>();
    let slid = move |event: leptos::ev::Event| {
        if let Ok(value) = event_target_value(&event).parse() {
            set(page, value);
        }
    };
    let part = move || format!("{:.1}%", 100.0 * (value.get() - low) / (high - low).max(1e-9));
    view! {
        <label class="slide" title=help>
            <span>{title}<output>{move || shown.get()}</output></span>
            <input
                type="range" data-testid=name min=low.to_string() max=high.to_string() step=step.to_string() style:--part=part
                prop:value=move || value.get().to_string() aria-valuetext=move || shown.get() on:input=slid
            />
        </label>
    }
    .into_any()
}

/// Puts RGBA pixels of a square picture on a canvas, at their own resolution.
pub fn put_pixels(canvas: &HtmlCanvasElement, side: usize, pixels: &[u8]) {
    if side == 0 {
        return;
    }
    canvas.set_width(side as u32);
    canvas.set_height(side as u32);
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), side as u32, side as u32);
    if let (Some(context), Ok(image)) = (browser::context(canvas), image) {
        // Fails only for numbers that are not finite.
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}
