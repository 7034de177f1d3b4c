//! The marks of the sphere on a 2D canvas: the live one where the worker cannot draw, and every bitmap that is saved.

use crate::wire::browser;
use augsphere_charts::{Mark, Rgb, class_colour, ink, shade};
use std::f64::consts::TAU;
use web_sys::{CanvasRenderingContext2d as Context, HtmlCanvasElement};

/// Ready-made dots, one a class: copying them is many times faster than drawing circles.
pub struct Dots {
    sheet: HtmlCanvasElement,
    dark: bool,
}

/// Side of one ready-made dot.
const CELL: f64 = 32.0;
/// Kinds of dots.
const COLOURS: usize = 10;

impl Dots {
    /// Dots for a dark or a light page.
    pub fn new(dark: bool) -> Option<Self> {
        let sheet = browser::canvas((CELL * COLOURS as f64) as u32, CELL as u32)?;
        let context = browser::context(&sheet)?;
        for class in 0..COLOURS {
            let centre = CELL * (class as f64 + 0.5);
            let disc = |radius: f64, colour: &str| {
                context.set_fill_style_str(colour);
                context.begin_path();
                if context.arc(centre, 0.5 * CELL, radius, 0.0, TAU).is_ok() {
                    context.fill();
                }
            };
            // A thin rim in the background's colour keeps overlapping dots apart.
            disc(14.5, if dark { "rgba(13,15,22,0.85)" } else { "rgba(255,255,255,0.9)" });
            disc(12.0, &css(class_colour(class, dark), 1.0));
        }
        Some(Self { sheet, dark })
    }

    /// Whether these dots fit the page's theme.
    pub fn fits(&self, dark: bool) -> bool {
        self.dark == dark
    }

    fn stamp(&self, context: &Context, class: usize, (x, y): (f64, f64), radius: f64) {
        let side = 2.0 * radius * CELL / 24.0;
        let from = CELL * (class % COLOURS) as f64;
        // Fails only for a canvas without pixels.
        let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &self.sheet,
            from,
            0.0,
            CELL,
            CELL,
            x - 0.5 * side,
            y - 0.5 * side,
            side,
            side,
        );
    }
}

/// Paints `marks` over what is there.
pub fn paint(context: &Context, dots: &Dots, marks: &[Mark]) {
    let mut last = 1.0;
    context.set_global_alpha(last);
    for mark in marks {
        // Few different values, because telling a canvas each one costs more than the dot.
        let alpha = if let Mark::Dot { alpha, .. } = mark { (alpha * 24.0).ceil() / 24.0 } else { 1.0 };
        if alpha != last {
            context.set_global_alpha(alpha);
            last = alpha;
        }
        match mark {
            Mark::Dot { at, radius, class, .. } => dots.stamp(context, *class, *at, *radius),
            Mark::Ball { at, radius } => ball(context, *at, *radius, dots.dark),
            Mark::Ring { at: (x, y), radius, width, alpha } => {
                stroke(context, dots.dark, *width, *alpha);
                context.begin_path();
                if context.arc(*x, *y, *radius, 0.0, TAU).is_ok() {
                    context.stroke();
                }
            }
            Mark::Strokes { paths, width, alpha } => {
                stroke(context, dots.dark, *width, *alpha);
                context.begin_path();
                for path in paths {
                    for (index, (x, y)) in path.iter().enumerate() {
                        if index == 0 { context.move_to(*x, *y) } else { context.line_to(*x, *y) }
                    }
                }
                context.stroke();
            }
            Mark::Sector { at: (x, y), radii: (inner, outer), angles: (from, to), class, alpha } => {
                context.set_fill_style_str(&css(class_colour(*class, dots.dark), *alpha));
                context.begin_path();
                // The screen's y points down, the circle's up.
                if context.arc_with_anticlockwise(*x, *y, *inner, -from, -to, true).is_ok()
                    && context.arc(*x, *y, *outer, -to, -from).is_ok()
                {
                    context.close_path();
                    context.fill();
                }
            }
        }
    }
    context.set_global_alpha(1.0);
}

fn stroke(context: &Context, dark: bool, width: f64, alpha: f64) {
    context.set_stroke_style_str(&css(ink(dark), alpha));
    context.set_line_width(width);
}

fn ball(context: &Context, (x, y): (f64, f64), radius: f64, dark: bool) {
    if let Ok(gradient) = context.create_radial_gradient(x - 0.35 * radius, y - 0.45 * radius, 0.1 * radius, x, y, radius) {
        for (place, rgb) in [0.0, 0.6, 1.0].into_iter().zip(shade(dark)) {
            // The stops are inside 0 to 1 and their colours are well formed.
            let _ = gradient.add_color_stop(place, &css(rgb, 1.0));
        }
        context.set_fill_style_canvas_gradient(&gradient);
    }
    context.begin_path();
    if context.arc(x, y, radius, 0.0, TAU).is_ok() {
        context.fill();
    }
}

/// A colour as CSS writes it.
pub fn css([red, green, blue]: Rgb, alpha: f64) -> String {
    format!("rgba({red},{green},{blue},{alpha})")
}
