//! What do the views of every image look like?

use super::Scope;
use super::markup::class_css;
use crate::model::distances::Answer;
use crate::wire::browser;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::Clamped;
use wasm_bindgen::JsValue;
use web_sys::{HtmlCanvasElement, ImageData};

/// CSS pixels of a view.
const SIZE: f64 = 34.0;

/// Where on the canvas is which view: a bar in the colour of the class, then views with a gap between them.
#[derive(Clone, Copy)]
struct Places {
    bar: usize,
    pitch: usize,
    rows: usize,
    columns: usize,
}

impl Places {
    fn of(answer: &Answer) -> Self {
        let side = answer.pack.side.max(1);
        let gap = (side / 16).max(1);
        Self { bar: 2 * gap, pitch: side + gap, rows: answer.count(), columns: answer.shown }
    }

    fn size(self) -> (usize, usize) {
        (self.bar + self.columns * self.pitch, self.rows * self.pitch)
    }
}

/// One row an image, the image itself first; words of the view that is pointed at.
pub fn part(scope: Scope) -> AnyView {
    let canvas = NodeRef::<html::Canvas>::new();
    let pointed = RwSignal::new(None::<(usize, usize)>);
    let dark = scope.page.dark;
    Effect::new(move |_| {
        let (Some(answer), Some(canvas), dark) = (scope.answer.get(), canvas.get(), dark.get()) else { return };
        draw(&canvas, &answer, dark);
    });
    let places = move || scope.answer.with(|answer| answer.as_ref().map(|answer| Places::of(answer)));
    let width = move || places().map(|places| format!("{:.0}px", SIZE * places.size().0 as f64 / places.pitch as f64));
    let point = move |event: ev::PointerEvent| {
        let (Some(places), Some(canvas)) = (places(), canvas.get_untracked()) else { return };
        let scale = places.size().0 as f64 / f64::from(canvas.client_width()).max(1.0) / places.pitch as f64;
        let column = f64::from(event.offset_x()) * scale - places.bar as f64 / places.pitch as f64;
        let row = f64::from(event.offset_y()) * scale;
        let inside = column >= 0.0 && (column as usize) < places.columns && row >= 0.0 && (row as usize) < places.rows;
        pointed.set(inside.then_some((row as usize, column as usize)));
    };
    // A finger leaves with every tap; what it tapped stays.
    let leave = move |event: ev::PointerEvent| {
        if event.pointer_type() == "mouse" {
            pointed.set(None);
        }
    };
    let press = move |event: ev::KeyboardEvent| {
        let Some(places) = places() else { return };
        let (row, column) = pointed.get_untracked().unwrap_or((0, 0));
        pointed.set(Some(match event.key().as_str() {
            "ArrowRight" => (row, (column + 1).min(places.columns.saturating_sub(1))),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowDown" => ((row + 1).min(places.rows.saturating_sub(1)), column),
            "ArrowUp" => (row.saturating_sub(1), column),
            _ => return,
        }));
        event.prevent_default();
    };
    let text = move || match (pointed.get(), scope.answer.get()) {
        (Some((row, column)), Some(answer)) => scope.view(&answer, row, column),
        _ => "Point at a view, or tap it, to read what was done to it.".to_owned(),
    };
    let frame = move || {
        let (places, (row, column)) = (places()?, pointed.get()?);
        let (width, height) = places.size();
        let share = |part: usize, whole: usize| format!("{:.3}%", 100.0 * part as f64 / whole.max(1) as f64);
        Some(view! {
            <i class="frame" style:left=share(places.bar + column * places.pitch, width) style:top=share(row * places.pitch, height)
                style:width=share(places.pitch, width) style:height=share(places.pitch, height)></i>
        })
    };
    view! {
        <section class="distances-part">
            <h3>"The views"</h3>
            <div class="strips" data-testid="distances-strips">
                <div class="strips-inner" style:width=width>
                    <canvas
                        node_ref=canvas role="img" tabindex="0" aria-label="Every image with its views, one image a row; arrow keys move"
                        on:pointermove=point on:pointerdown=point on:pointerleave=leave on:keydown=press
                        on:blur=move |_| pointed.set(None)
                    ></canvas>
                    {frame}
                </div>
            </div>
            <p class="view-words" data-testid="distances-words" aria-live="polite">{text}</p>
            <p class="reading">
                "One row an image, the image itself first; the bar has the colour of its class. The more the views of different rows "
                "look alike, the nearer the two images come."
            </p>
        </section>
    }
    .into_any()
}

fn draw(canvas: &HtmlCanvasElement, answer: &Answer, dark: bool) {
    let (places, side) = (Places::of(answer), answer.pack.side);
    let (width, height) = places.size();
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let Some(context) = browser::context(canvas) else { return };
    for row in 0..places.rows {
        context.set_fill_style_str(&class_css(answer.data.classes[row], dark));
        context.fill_rect(0.0, (row * places.pitch) as f64, places.bar as f64 / 2.0, side as f64);
        for column in 0..places.columns {
            let pixels = Clamped(answer.pixels(answer.view(row, column).0));
            let image: Result<ImageData, JsValue> = ImageData::new_with_u8_clamped_array_and_sh(pixels, side as u32, side as u32);
            if let Ok(image) = image {
                // Fails only for numbers that are not finite.
                let _ = context.put_image_data(&image, (places.bar + column * places.pitch) as f64, (row * places.pitch) as f64);
            }
        }
    }
}
