//! Scenes on a canvas.

use crate::wire::browser;
use augsphere_charts::scene::Scene;
use augsphere_charts::{FINE, images, paint, svg};
use augsphere_spec::Thumbnails;
use plotters_canvas::CanvasBackend;
use wasm_bindgen::Clamped;
use web_sys::{CanvasRenderingContext2d as Context, HtmlCanvasElement, ImageData};

/// Paints `scene` over the whole of `canvas`, at `ratio` of its pixels to a CSS pixel; on its own background where that is asked for.
pub fn put(canvas: &HtmlCanvasElement, scene: &Scene, dark: bool, ratio: f64, background: bool) {
    let (width, height) = ((scene.width * ratio).round() as u32, (scene.height * ratio).round() as u32);
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let Some(context) = browser::context(canvas) else { return };
    // Fails only for numbers that are none, here and below.
    let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    if background {
        let [red, green, blue] = augsphere_charts::scene::Ink::Paper.rgb(dark);
        context.set_fill_style_str(&format!("rgb({red},{green},{blue})"));
        context.fill_rect(0.0, 0.0, f64::from(width), f64::from(height));
    }
    put_images(&context, scene, ratio);
    let scale = ratio / FINE;
    let _ = context.set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0);
    context.set_line_join("round");
    if let Some(mut surface) = CanvasBackend::with_canvas_object(canvas.clone()) {
        // A canvas reports an error only if it is gone.
        let _ = paint(&mut surface, scene, dark);
    }
    let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
}

/// The scene as an SVG file.
pub fn shapes(scene: &Scene, dark: bool) -> String {
    // A canvas without pixels has no address; there are none such in a scene.
    svg(scene, dark, &|image| sheet(image).and_then(|sheet| sheet.to_data_url().ok()).unwrap_or_default())
}

/// An image on a canvas of its own.
fn sheet(image: &Thumbnails) -> Option<HtmlCanvasElement> {
    let side = image.side as u32;
    let sheet = browser::canvas(side, side)?;
    let pixels = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&image.rgba), side, side).ok()?;
    browser::context(&sheet)?.put_image_data(&pixels, 0.0, 0.0).ok()?;
    Some(sheet)
}

/// The images, their pixels as squares.
fn put_images(context: &Context, scene: &Scene, ratio: f64) {
    context.set_image_smoothing_enabled(false);
    for (image, area) in images(scene) {
        if let Some(sheet) = sheet(image) {
            let [left, upper, width, height] = area.map(|value| value * ratio);
            // Fails only for a canvas without pixels.
            let _ = context.draw_image_with_html_canvas_element_and_dw_and_dh(&sheet, left, upper, width, height);
        }
    }
}
