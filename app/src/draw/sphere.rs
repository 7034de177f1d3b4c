//! How does the page draw the sphere itself, where the worker cannot?

use crate::wire::browser;
use augsphere_charts::{Camera, Projected, Rgb, class_colour};
use augsphere_spec::Projection;
use std::f64::consts::TAU;
use web_sys::{CanvasRenderingContext2d as Context, HtmlCanvasElement};

/// What is to be drawn.
pub struct Scene<'a> {
    /// Points of the unit sphere.
    pub points: &'a [[f32; 3]],
    /// Their classes.
    pub labels: &'a [u8],
    /// How they came into three dimensions.
    pub projection: Projection,
    /// From where they are seen.
    pub camera: Camera,
    /// Whether the page is dark.
    pub dark: bool,
    /// Which classes are shown; absent ones are.
    pub classes: &'a [bool],
    /// The one class that is to stand out.
    pub highlighted: Option<usize>,
    /// The point that is pointed at.
    pub focus: Option<usize>,
    /// Its nearest neighbours.
    pub neighbours: &'a [usize],
    /// Device pixels.
    pub width: f64,
    /// Device pixels.
    pub height: f64,
    /// Device pixels to a CSS pixel.
    pub ratio: f64,
}

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

    fn stamp(&self, context: &Context, class: usize, x: f64, y: f64, radius: f64) {
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

/// Draws `scene`.
pub fn paint(context: &Context, dots: &Dots, scene: &Scene) {
    context.clear_rect(0.0, 0.0, scene.width, scene.height);
    context.set_global_alpha(1.0);
    match scene.projection {
        Projection::Circle => circle(context, scene),
        Projection::Sphere | Projection::Principal => globe(context, scene),
    }
    stamp_points(context, dots, scene);
    neighbours(context, dots, scene);
    context.set_global_alpha(1.0);
}

impl Scene<'_> {
    fn project(&self, point: [f32; 3]) -> Projected {
        self.camera.project(point, self.width as f32, self.height as f32)
    }

    fn class(&self, index: usize) -> usize {
        usize::from(self.labels.get(index).copied().unwrap_or_default())
    }

    fn shown(&self, index: usize) -> bool {
        self.classes.get(self.class(index)).copied().unwrap_or(true)
    }

    /// Radius of a dot at the centre's depth: smaller where there are many.
    fn dot(&self) -> f64 {
        let zoom = f64::from(self.camera.zoom).powf(0.4);
        // On a small sphere dots are smaller, on a large one larger, but both less than in proportion.
        let room = (self.width.min(self.height) / (520.0 * self.ratio)).clamp(0.4, 2.0).sqrt();
        (130.0 / (self.points.len() as f64).max(1.0).sqrt()).clamp(1.9, 4.6) * self.ratio * zoom * room
    }

    fn ink(&self, alpha: f64) -> String {
        if self.dark { format!("rgba(190,196,225,{alpha})") } else { format!("rgba(60,62,95,{alpha})") }
    }
}

fn stamp_points(context: &Context, dots: &Dots, scene: &Scene) {
    let mut placed: Vec<(Projected, usize)> = scene
        .points
        .iter()
        .enumerate()
        .filter(|&(index, _)| scene.shown(index))
        .map(|(index, &point)| (scene.project(point), index))
        .collect();
    placed.sort_unstable_by(|a, b| a.0.depth.total_cmp(&b.0.depth));
    let flat = scene.projection == Projection::Circle;
    let size = scene.dot();
    let mut last = f64::NAN;
    for (at, index) in placed {
        let class = scene.class(index);
        let near = if flat { 1.0 } else { f64::from(0.5 * (at.depth + 1.0)) };
        let mut alpha = if flat { 0.6 } else { 0.2 + 0.8 * near * near * (3.0 - 2.0 * near) };
        if scene.highlighted.is_some_and(|highlighted| highlighted != class) {
            alpha *= 0.12;
        }
        // Few different values, because telling the context each one costs more than the dot.
        let alpha = (alpha * 24.0).ceil() / 24.0;
        if alpha != last {
            context.set_global_alpha(alpha);
            last = alpha;
        }
        dots.stamp(context, class, f64::from(at.x), f64::from(at.y), size * f64::from(at.scale) * (0.8 + 0.2 * near));
    }
    context.set_global_alpha(1.0);
}

fn neighbours(context: &Context, dots: &Dots, scene: &Scene) {
    let Some(focus) = scene.focus.and_then(|index| scene.points.get(index).map(|&point| (scene.project(point), index))) else {
        return;
    };
    let radius = scene.dot();
    context.set_line_width(1.5 * scene.ratio);
    context.set_stroke_style_str(&scene.ink(0.55));
    let near: Vec<(Projected, usize)> = scene
        .neighbours
        .iter()
        .filter_map(|&index| scene.points.get(index).map(|&point| (scene.project(point), index)))
        .collect();
    for (at, _) in &near {
        context.begin_path();
        context.move_to(f64::from(focus.0.x), f64::from(focus.0.y));
        context.line_to(f64::from(at.x), f64::from(at.y));
        context.stroke();
    }
    for (at, index) in &near {
        dots.stamp(context, scene.class(*index), f64::from(at.x), f64::from(at.y), 1.25 * radius);
    }
    dots.stamp(context, scene.class(focus.1), f64::from(focus.0.x), f64::from(focus.0.y), 1.7 * radius);
    context.set_stroke_style_str(&scene.ink(1.0));
    context.set_line_width(2.0 * scene.ratio);
    context.begin_path();
    if context.arc(f64::from(focus.0.x), f64::from(focus.0.y), 2.6 * radius, 0.0, TAU).is_ok() {
        context.stroke();
    }
}

fn globe(context: &Context, scene: &Scene) {
    let (x, y) = (0.5 * scene.width, 0.5 * scene.height);
    let radius = f64::from(scene.camera.outline(scene.width as f32, scene.height as f32));
    if let Ok(shade) = context.create_radial_gradient(x - 0.35 * radius, y - 0.45 * radius, 0.1 * radius, x, y, radius) {
        let stops = if scene.dark { ["#232a3d", "#191e2c", "#131722"] } else { ["#ffffff", "#f6f6fb", "#e6e6f1"] };
        for (place, colour) in [0.0, 0.6, 1.0].into_iter().zip(stops) {
            // The stops are inside 0 to 1 and their colours are well formed.
            let _ = shade.add_color_stop(place, colour);
        }
        context.set_fill_style_canvas_gradient(&shade);
    }
    context.begin_path();
    if context.arc(x, y, radius, 0.0, TAU).is_ok() {
        context.fill();
        context.set_stroke_style_str(&scene.ink(0.3));
        context.set_line_width(1.2 * scene.ratio);
        context.stroke();
    }
    context.set_line_width(scene.ratio);
    for front in [false, true] {
        context.set_stroke_style_str(&scene.ink(if front { 0.17 } else { 0.06 }));
        context.begin_path();
        graticule(context, scene, front);
        context.stroke();
    }
}

/// Meridians and parallels every 30 degrees, the front or the back half.
fn graticule(context: &Context, scene: &Scene, front: bool) {
    let line = |point: &dyn Fn(f32) -> [f32; 3]| {
        let mut drawing = false;
        for part in 0..=60 {
            let placed = scene.project(point(part as f32 / 60.0));
            // The rim of the visible half lies a little in front of the centre, because the eye is near.
            if (placed.depth > 1.0 / Camera::DISTANCE) != front {
                drawing = false;
            } else if drawing {
                context.line_to(f64::from(placed.x), f64::from(placed.y));
            } else {
                context.move_to(f64::from(placed.x), f64::from(placed.y));
                drawing = true;
            }
        }
    };
    let turn = std::f32::consts::TAU;
    for meridian in 0..6 {
        let (sin, cos) = (turn * meridian as f32 / 12.0).sin_cos();
        line(&|share| [(turn * share).cos() * cos, (turn * share).sin(), (turn * share).cos() * sin]);
    }
    for parallel in -2i8..=2 {
        let (height, ring) = (f32::from(parallel) * turn / 12.0).sin_cos();
        line(&|share| [ring * (turn * share).cos(), height, ring * (turn * share).sin()]);
    }
}

fn circle(context: &Context, scene: &Scene) {
    let (x, y) = (0.5 * scene.width, 0.5 * scene.height);
    let radius = f64::from(scene.camera.radius(scene.width as f32, scene.height as f32));
    context.set_stroke_style_str(&scene.ink(0.35));
    context.set_line_width(1.2 * scene.ratio);
    context.begin_path();
    if context.arc(x, y, radius, 0.0, TAU).is_ok() {
        context.stroke();
    }
    histogram(context, scene, x, y, radius);
}

/// Around the circle: how many images point each way, classes stacked outwards.
fn histogram(context: &Context, scene: &Scene, x: f64, y: f64, radius: f64) {
    const BINS: usize = 90;
    let kinds = scene.labels.iter().map(|&label| usize::from(label) + 1).max().unwrap_or(1);
    let mut counts = vec![0u32; BINS * kinds];
    for (index, point) in scene.points.iter().enumerate().filter(|&(index, _)| scene.shown(index)) {
        let angle = f64::from(point[1].atan2(point[0])).rem_euclid(TAU);
        let bin = ((angle / TAU * BINS as f64) as usize).min(BINS - 1);
        counts[bin * kinds + scene.class(index)] += 1;
    }
    let highest = counts.chunks(kinds).map(|bin| bin.iter().sum::<u32>()).max().unwrap_or(0).max(1);
    let (inner, reach) = (radius * 1.045, radius * 0.19);
    for (bin, stack) in counts.chunks(kinds).enumerate() {
        let (from, to) = (TAU * bin as f64 / BINS as f64, TAU * (bin as f64 + 0.9) / BINS as f64);
        let mut below = 0;
        for (class, &count) in stack.iter().enumerate().filter(|&(_, &count)| count > 0) {
            let low = inner + reach * f64::from(below) / f64::from(highest);
            below += count;
            let high = inner + reach * f64::from(below) / f64::from(highest);
            let dimmed = scene.highlighted.is_some_and(|highlighted| highlighted != class);
            context.set_fill_style_str(&css(class_colour(class, scene.dark), if dimmed { 0.15 } else { 0.9 }));
            context.begin_path();
            // The screen's y points down, the circle's up.
            if context.arc_with_anticlockwise(x, y, low, -from, -to, true).is_ok() && context.arc(x, y, high, -to, -from).is_ok()
            {
                context.close_path();
                context.fill();
            }
        }
    }
}

fn css([red, green, blue]: Rgb, alpha: f64) -> String {
    format!("rgba({red},{green},{blue},{alpha})")
}
