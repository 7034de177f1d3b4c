//! Scenes on a canvas.

use crate::wire::browser;
use augsphere_charts::scene::{Ink, Scene, Shape};
use augsphere_charts::{FINE, PALETTE_LIGHT, RIM, RIM_ALPHA, Rgb, balls, images, paint_shape, shade, svg};
use augsphere_spec::Thumbnails;
use plotters_canvas::CanvasBackend;
use std::cell::RefCell;
use std::f64::consts::TAU;
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
        context.set_fill_style_str(&css(Ink::Paper.rgb(dark)));
        context.fill_rect(0.0, 0.0, f64::from(width), f64::from(height));
    }
    let scale = ratio / FINE;
    let _ = context.set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0);
    balls(scene).for_each(|(at, radius)| ball(&context, at, radius, dark));
    put_images(&context, scene);
    context.set_line_join("round");
    let dots = scene.shapes.iter().any(|shape| matches!(shape, Shape::Dot { .. })).then(|| Dots::of(dark)).flatten();
    if let Some(mut surface) = CanvasBackend::with_canvas_object(canvas.clone()) {
        let mut opaque = 1.0;
        for shape in &scene.shapes {
            // Few different values, because telling a canvas each one costs more than the dot.
            let alpha = if let Shape::Dot { alpha, .. } = shape { (alpha * 24.0).ceil() / 24.0 } else { 1.0 };
            if alpha != opaque {
                context.set_global_alpha(alpha);
                opaque = alpha;
            }
            match (shape, &dots) {
                (Shape::Dot { at, radius, class, .. }, Some(dots)) => dots.stamp(&context, *class, *at, *radius),
                // A canvas reports an error only if it is gone.
                _ => drop(paint_shape(&mut surface, shape, dark)),
            }
        }
        context.set_global_alpha(1.0);
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
fn put_images(context: &Context, scene: &Scene) {
    context.set_image_smoothing_enabled(false);
    for (image, area) in images(scene) {
        if let Some(sheet) = sheet(image) {
            let [left, upper, width, height] = area.map(|value| value * FINE);
            // Fails only for a canvas without pixels.
            let _ = context.draw_image_with_html_canvas_element_and_dw_and_dh(&sheet, left, upper, width, height);
        }
    }
    context.set_image_smoothing_enabled(true);
}

fn css([red, green, blue]: Rgb) -> String {
    format!("rgb({red},{green},{blue})")
}

fn ball(context: &Context, (x, y): (f64, f64), radius: f64, dark: bool) {
    let [x, y, radius] = [x, y, radius].map(|value| value * FINE);
    if let Ok(gradient) = context.create_radial_gradient(x - 0.35 * radius, y - 0.45 * radius, 0.1 * radius, x, y, radius) {
        for (place, rgb) in [0.0, 0.6, 1.0].into_iter().zip(shade(dark)) {
            // The stops are inside 0 to 1 and their colours are well formed.
            let _ = gradient.add_color_stop(place, &css(rgb));
        }
        context.set_fill_style_canvas_gradient(&gradient);
    }
    context.begin_path();
    if context.arc(x, y, radius, 0.0, TAU).is_ok() {
        context.fill();
    }
}

/// Ready-made dots, one a class: copying them is many times faster than drawing circles.
#[derive(Clone)]
struct Dots {
    sheet: HtmlCanvasElement,
    dark: bool,
}

/// Side of one ready-made dot: its radius is [`DOT`], around it are the rim and a pixel of nothing.
const CELL: f64 = 64.0;
const DOT: f64 = 25.0;
/// Kinds of dots.
const COLOURS: usize = PALETTE_LIGHT.len();

thread_local! {
    static DOTS: RefCell<Option<Dots>> = const { RefCell::new(None) };
}

impl Dots {
    /// Dots for a dark or a light page.
    fn of(dark: bool) -> Option<Self> {
        DOTS.with_borrow_mut(|known| {
            if known.as_ref().is_none_or(|dots| dots.dark != dark) {
                *known = Self::drawn(dark);
            }
            known.clone()
        })
    }

    fn drawn(dark: bool) -> Option<Self> {
        let sheet = browser::canvas((CELL * COLOURS as f64) as u32, CELL as u32)?;
        let context = browser::context(&sheet)?;
        for class in 0..COLOURS {
            let centre = CELL * (class as f64 + 0.5);
            let disc = |radius: f64, ink: Ink, alpha: f64| {
                context.set_global_alpha(alpha);
                context.set_fill_style_str(&css(ink.rgb(dark)));
                context.begin_path();
                if context.arc(centre, 0.5 * CELL, radius, 0.0, TAU).is_ok() {
                    context.fill();
                }
            };
            disc(DOT * (1.0 + RIM), Ink::Paper, RIM_ALPHA);
            disc(DOT, Ink::Class(class), 1.0);
        }
        Some(Self { sheet, dark })
    }

    fn stamp(&self, context: &Context, class: usize, (x, y): (f64, f64), radius: f64) {
        let (side, from) = (FINE * radius * CELL / DOT, CELL * (class % COLOURS) as f64);
        let (left, upper) = (FINE * x - 0.5 * side, FINE * y - 0.5 * side);
        // Fails only for a canvas without pixels.
        let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &self.sheet,
            from,
            0.0,
            CELL,
            CELL,
            left,
            upper,
            side,
            side,
        );
    }
}
