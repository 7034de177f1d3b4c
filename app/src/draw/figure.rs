//! A figure as a bitmap: what stands in it is laid out by the charts, here it is painted on a canvas.

use super::sphere::{Dots, css, paint};
use crate::wire::browser;
use augsphere_charts::{Content, Figure, Note, Panel, Theme, Tone, class_colour, draw};
use plotters::prelude::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use std::f64::consts::TAU;
use web_sys::{CanvasRenderingContext2d as Context, HtmlCanvasElement};

/// Pixels of a saved bitmap to a point: enough for a slide and for print.
pub const FINE: f64 = 3.0;

/// `figure` on a new canvas; the marks of its sphere are for a surface of [`FINE`] times the panel's size. `None` where a canvas of this
/// size cannot be had.
pub fn bitmap(figure: &Figure, dark: bool) -> Option<HtmlCanvasElement> {
    let sheet = browser::canvas((figure.width * FINE).ceil() as u32, (figure.height * FINE).ceil() as u32)?;
    let context = browser::context(&sheet)?;
    let theme = Theme::of(dark).opaque();
    context.set_fill_style_str(&css(theme.background.unwrap_or_default(), 1.0));
    context.fill_rect(0.0, 0.0, f64::from(sheet.width()), f64::from(sheet.height()));
    let dots = Dots::new(dark)?;
    for panel in &figure.panels {
        put(&context, &dots, panel, &theme);
    }
    for note in &figure.notes {
        write(&context, note, &theme, dark);
    }
    Some(sheet)
}

/// One panel: on a canvas of its own first, because plotters fills the whole of one.
fn put(context: &Context, dots: &Dots, Panel { content, area: [left, upper, width, height] }: &Panel, theme: &Theme) {
    let Some(canvas) = browser::canvas((width * FINE) as u32, (height * FINE) as u32) else { return };
    let Some(inner) = browser::context(&canvas) else { return };
    match content {
        Content::Sphere(marks) => paint(&inner, dots, marks),
        Content::Chart(chart) => {
            inner.set_line_join("round");
            if let Some(backend) = CanvasBackend::with_canvas_object(canvas.clone()) {
                // A canvas reports an error only if it is gone.
                let _ = draw(&backend.into_drawing_area(), chart, &Theme { background: None, ..*theme }, FINE);
            }
        }
    }
    // Fails only for a canvas without pixels.
    let _ = context.draw_image_with_html_canvas_element(&canvas, left * FINE, upper * FINE);
}

fn write(context: &Context, note: &Note, theme: &Theme, dark: bool) {
    match note {
        Note::Swatch { at: (x, y), class } => {
            context.set_fill_style_str(&css(class_colour(*class, dark), 1.0));
            context.begin_path();
            if context.arc(x * FINE, y * FINE, 5.0 * FINE, 0.0, TAU).is_ok() {
                context.fill();
            }
        }
        Note::Words { text, at: (x, y), size, tone } => {
            let weight = if *tone == Tone::Title { 600 } else { 400 };
            context.set_font(&format!("{weight} {}px system-ui, sans-serif", size * FINE));
            context.set_fill_style_str(&css(Figure::colour(*tone, theme), 1.0));
            // Fails only for a canvas without pixels.
            let _ = context.fill_text(text, x * FINE, y * FINE);
        }
    }
}
