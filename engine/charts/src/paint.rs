//! The painter of scenes, on any surface that plotters knows, and whole SVG files.

use crate::scene::{Anchor, Ink, Scene, Shape, Stroke};
use crate::{Rgb, Theme, class_colour, distance_colour, shade};
use augsphere_spec::Thumbnails;
use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, IntoFont, RGBColor, ShapeStyle, TextStyle};
use std::fmt::Write;

/// plotters rounds to whole units: it gets so many to a pixel, on a surface that is scaled down by as much.
pub const FINE: f64 = 8.0;

impl Ink {
    /// What the colour looks like.
    pub fn rgb(self, dark: bool) -> Rgb {
        let theme = Theme::of(dark);
        match self {
            Self::Ink => theme.ink,
            Self::Muted => theme.muted,
            Self::Grid => theme.grid,
            Self::Accent => theme.accent,
            Self::Second => theme.second,
            Self::Level => theme.level,
            Self::Paper => theme.paper,
            Self::Class(class) => class_colour(class, dark),
            Self::Amount(share) => between(theme.grid, theme.accent, share),
            Self::Distance(share) => distance_colour(share, dark),
            Self::Signed(share) if share < 0.0 => between(theme.grid, theme.level, -share),
            Self::Signed(share) => between(theme.grid, theme.accent, share),
        }
    }
}

fn between(from: Rgb, to: Rgb, share: f64) -> Rgb {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    std::array::from_fn(|at| (f64::from(from[at]) + share * (f64::from(to[at]) - f64::from(from[at]))).round() as u8)
}

/// Width of the rim of a dot, in radii of the dot.
pub const RIM: f64 = 0.208;
/// Opacity of the rim of a dot, in shares of the dot's.
pub const RIM_ALPHA: f64 = 0.88;

/// Paints all shapes of a scene but its images and balls on a surface with [`FINE`] units to the pixel. The surface may believe itself to
/// be smaller: nothing is cut off at its edges.
///
/// # Errors
/// What the backend reports, in words.
pub fn paint<DB: DrawingBackend>(surface: &mut DB, scene: &Scene, dark: bool) -> Result<(), String> {
    scene.shapes.iter().try_for_each(|shape| paint_shape(surface, shape, dark))
}

/// Paints one shape, unless it is an image or a ball: they lie below all others, and surfaces differ in how they take them.
///
/// # Errors
/// What the backend reports, in words.
pub fn paint_shape<DB: DrawingBackend>(surface: &mut DB, shape: &Shape, dark: bool) -> Result<(), String> {
    let colour = |ink: Ink, alpha: f64| {
        let [red, green, blue] = ink.rgb(dark);
        RGBColor(red, green, blue).mix(alpha.clamp(0.0, 1.0))
    };
    let place = |&(x, y): &(f64, f64)| ((x * FINE).round() as i32, (y * FINE).round() as i32);
    let filled = |ink: Ink, alpha: f64| ShapeStyle { color: colour(ink, alpha), filled: true, stroke_width: 0 };
    let mut disc = |at: &(f64, f64), radius: f64, ink: Ink, alpha: f64| {
        let radius = (radius * FINE).round() as u32;
        surface.draw_circle(place(at), radius, &filled(ink, alpha), true).map_err(|error| error.to_string())
    };
    match shape {
        Shape::Image { .. } | Shape::Ball { .. } => {}
        Shape::Disc { at, radius, ink, alpha } => disc(at, *radius, *ink, *alpha)?,
        Shape::Dot { at, radius, class, alpha } => {
            disc(at, radius * (1.0 + RIM), Ink::Paper, RIM_ALPHA * alpha)?;
            disc(at, *radius, Ink::Class(*class), *alpha)?;
        }
        Shape::Line { points, stroke: Stroke { ink, alpha, width, dashed } } => {
            let stroke_width = (width * FINE).round().max(1.0) as u32;
            let style = ShapeStyle { color: colour(*ink, *alpha), filled: false, stroke_width };
            let pieces = if *dashed { dashes(points, 5.0, 4.0) } else { vec![points.clone()] };
            for piece in pieces {
                surface.draw_path(piece.iter().map(place), &style).map_err(|error| error.to_string())?;
            }
        }
        Shape::Area { points, ink, alpha } => {
            surface.fill_polygon(points.iter().map(place), &filled(*ink, *alpha)).map_err(|error| error.to_string())?;
        }
        Shape::Words { text, at, size, ink, anchor } => {
            let horizontal = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let font = (FontFamily::Name("system-ui, sans-serif"), size * FINE).into_font();
            let color = colour(*ink, 1.0).to_backend_color();
            surface
                .draw_text(text, &TextStyle { font, color, pos: Pos::new(horizontal, VPos::Center) }, place(at))
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// A path cut into dashes, `dash` long and `gap` apart, that go on round its corners.
pub(crate) fn dashes(path: &[(f64, f64)], dash: f64, gap: f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<(f64, f64)> = path.first().copied().into_iter().collect();
    let (mut drawing, mut left) = (true, dash);
    for pair in path.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let share = done / length;
            let here = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            if drawing {
                piece.push(here);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![here];
            }
            drawing = !drawing;
            left = if drawing { dash } else { gap };
        }
        left -= length - done;
        if drawing {
            piece.push(to);
        }
    }
    if drawing && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}
/// The images of a scene and where they lie: left, upper, width, height in CSS pixels.
pub fn images(scene: &Scene) -> impl Iterator<Item = (&Thumbnails, [f64; 4])> {
    scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Image { image, area } => Some((image, *area)),
        _ => None,
    })
}

/// Centres and radii of the balls of a scene, CSS pixels.
pub fn balls(scene: &Scene) -> impl Iterator<Item = ((f64, f64), f64)> {
    scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Ball { at, radius } => Some((*at, *radius)),
        _ => None,
    })
}

/// The scene as a whole SVG file on its background. `address` makes an image the address of a PNG with it, as a browser or a library does.
pub fn svg(scene: &Scene, dark: bool, address: &dyn Fn(&Thumbnails) -> String) -> String {
    let (width, height) = (scene.width.ceil(), scene.height.ceil());
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, sans-serif\">\n"
    );
    let [red, green, blue] = Ink::Paper.rgb(dark);
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"#{red:02x}{green:02x}{blue:02x}\"/>");
    let gradient = shade(dark)
        .into_iter()
        .zip([0, 60, 100])
        .map(|([red, green, blue], at)| format!("<stop offset=\"{at}%\" stop-color=\"#{red:02x}{green:02x}{blue:02x}\"/>"));
    let gradient: String = gradient.collect();
    for (number, ((x, y), radius)) in balls(scene).enumerate() {
        let _ = writeln!(
            out,
            "<defs><radialGradient id=\"ball{number}\" fx=\"32%\" fy=\"27%\">{gradient}</radialGradient></defs>\n\
             <circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"url(#ball{number})\"/>"
        );
    }
    for (image, [left, upper, width, height]) in images(scene) {
        let address = address(image);
        let _ = writeln!(
            out,
            "<image x=\"{left:.2}\" y=\"{upper:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" preserveAspectRatio=\"none\" \
             style=\"image-rendering:pixelated\" href=\"{address}\"/>"
        );
    }
    let mut shapes = String::new();
    {
        let size = ((width * FINE) as u32, (height * FINE) as u32);
        let mut surface = SVGBackend::with_string(&mut shapes, size);
        let _ = paint(&mut surface, scene, dark);
        let _ = surface.present();
    }
    let _ = writeln!(out, "<g transform=\"scale({})\">\n{shapes}</g>\n</svg>", 1.0 / FINE);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> Scene {
        let mut scene = Scene::new((100.0, 60.0));
        scene.line(vec![(1.0, 2.0), (30.5, 2.25)], Stroke::new(Ink::Accent, 1.5));
        scene.line(vec![(0.0, 10.0), (100.0, 10.0)], Stroke::new(Ink::Level, 1.0).dashed());
        scene.area(vec![(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], Ink::Class(1), 0.5);
        scene.disc((50.0, 30.0), 3.0, Ink::Signed(-1.0), 1.0);
        scene.dot((60.0, 40.0), 4.0, 3, 1.0);
        scene.shapes.push(Shape::Ball { at: (50.0, 30.0), radius: 28.0 });
        scene.words("a < b & c", (10.0, 50.0), 11.0, Ink::Muted, Anchor::Start);
        scene.image(&Thumbnails { side: 1, rgba: vec![255, 0, 0, 255] }, 0, [70.0, 10.0, 20.0, 20.0]);
        scene
    }

    /// The SVG is well formed: every element that is opened is closed, and words are escaped.
    #[test]
    fn every_shape_is_in_the_file() {
        for dark in [false, true] {
            let text = svg(&scene(), dark, &|image| format!("data:,{}", image.side));
            for piece in ["<polyline", "<polygon", "<circle", "<text", "url(#ball0)", "href=\"data:,1\"", "a &lt; b &amp; c"] {
                assert!(text.contains(piece), "no {piece} in {text}");
            }
            assert_eq!(text.matches("<svg").count(), text.matches("</svg>").count());
            assert_eq!(text.matches("<g").count(), text.matches("</g>").count());
        }
    }

    #[test]
    fn amounts_go_from_the_background_to_the_accent_and_broken_ones_show_nothing() {
        let [none, some, all] = [0.0, 0.5, 1.0].map(|share| Ink::Amount(share).rgb(false));
        assert_eq!(all, Theme::LIGHT.accent);
        assert!(none[0] > some[0] && some[0] > all[0]);
        assert_eq!(Ink::Amount(f64::NAN).rgb(true), Ink::Amount(0.0).rgb(true));
        assert_eq!(Ink::Signed(-1.0).rgb(true), Theme::DARK.level);
    }

    #[test]
    fn dashes_go_round_corners_and_leave_gaps() {
        let pieces = dashes(&[(0.0, 0.0), (4.0, 0.0), (4.0, 10.0)], 6.0, 3.0);
        assert_eq!(pieces, [vec![(0.0, 0.0), (4.0, 0.0), (4.0, 2.0)], vec![(4.0, 5.0), (4.0, 10.0)]]);
        assert!(dashes(&[(1.0, 1.0)], 6.0, 3.0).is_empty());
        assert!(dashes(&[], 6.0, 3.0).is_empty());
    }
}
