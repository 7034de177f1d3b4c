//! The marks of the sphere as a GPU reads them: the same [`Globe`] that the page paints, in discs and bars.
//!
//! Marks are in pixels from the upper left corner, so a point is picked exactly where it is drawn.

use crate::{Camera, Globe, Mark, Rgb, class_colour, ink, shade};
use augsphere_spec::{Projection, SphereState};

/// Red, green, blue, opacity; 0 to 255, in that order in memory.
type Ink = [u8; 4];
/// A disc as the GPU reads it: x, y, radius, half the width of its stroke (0 fills it), colour.
pub type Disc = [u32; 5];
/// A line that may grow wider, as the GPU reads it: x, y of both ends, half its width at both, colour.
pub type Bar = [u32; 7];

/// What is to be seen, from wherever.
pub struct SpherePoints {
    /// Points of the unit sphere or circle.
    pub positions: Vec<[f32; 3]>,
    /// Their classes, one each.
    pub labels: Vec<u8>,
    /// How they came into three dimensions.
    pub projection: Projection,
}

/// What is to be drawn.
pub struct SphereMarks {
    /// Numbers that all marks share, laid out as `Look` in the worker's `marks.wgsl`.
    pub look: [f32; 24],
    /// What lies behind the points, in the order of drawing, then the links.
    pub bars: Vec<Bar>,
    /// How many of the last bars are links: lines before the points, from the image pointed at to its neighbours.
    pub links: usize,
    /// The points, far ones first, then the picked ones.
    pub discs: Vec<Disc>,
    /// How many of the last discs are picked: before the links, the neighbours, the image and the ring around it.
    pub picked: usize,
}

impl SphereMarks {
    /// The marks for `points` as they are seen in `state`.
    pub fn new(points: &SpherePoints, state: &SphereState) -> Self {
        let globe = Globe {
            points: &points.positions,
            labels: &points.labels,
            flat: points.projection == Projection::Circle,
            camera: Camera { yaw: state.yaw, pitch: state.pitch, zoom: state.zoom },
            classes: &state.classes,
            bright: state.highlighted,
            focus: state.focus,
            neighbours: &state.neighbours,
            width: f64::from(state.width),
            height: f64::from(state.height),
            // Device pixels to a CSS pixel, which is what a thin line is wide.
            ratio: f64::from(state.ratio.clamp(0.5, 4.0)),
        };
        let (ground, pointed) = (globe.ground(), globe.pointed());
        let mut marks =
            Self { look: look(&globe, &ground, state.dark), bars: Vec::new(), links: 0, discs: Vec::new(), picked: 0 };
        // The ball and its outline are in the look.
        let behind = ground.iter().filter(|mark| !matches!(mark, Mark::Ball { .. } | Mark::Ring { .. }));
        behind.chain(&globe.dots()).for_each(|mark| marks.add(mark, state.dark));
        let (bars, discs) = (marks.bars.len(), marks.discs.len());
        pointed.iter().for_each(|mark| marks.add(mark, state.dark));
        (marks.links, marks.picked) = (marks.bars.len() - bars, marks.discs.len() - discs);
        marks
    }

    fn add(&mut self, mark: &Mark, dark: bool) {
        let class_ink = |class: usize, alpha: f64| tint(class_colour(class, dark), alpha);
        match mark {
            Mark::Ball { .. } => {}
            Mark::Strokes { paths, width, alpha } => {
                let colour = tint(ink(dark), *alpha);
                let pairs = paths.iter().flat_map(|path| path.windows(2));
                self.bars.extend(pairs.map(|ends| bar([ends[0], ends[1]], [0.5 * width; 2], colour)));
            }
            Mark::Ring { at, radius, width, alpha } => self.discs.push(disc(*at, *radius, 0.5 * width, tint(ink(dark), *alpha))),
            Mark::Dot { at, radius, class, alpha } => self.discs.push(disc(*at, *radius, 0.0, class_ink(*class, *alpha))),
            Mark::Sector { at: (x, y), radii, angles: (from, to), class, alpha } => {
                let (sin, cos) = (0.5 * (from + to)).sin_cos();
                let spread = (0.5 * (to - from)).tan();
                let (low, high) = *radii;
                let at = |radius: f64| (x + radius * cos, y - radius * sin);
                self.bars.push(bar([at(low), at(high)], [low * spread, high * spread], class_ink(*class, *alpha)));
            }
        }
    }
}

/// What all marks share: the canvas, the outline, and the colours of rim, outline and ball.
fn look(globe: &Globe, ground: &[Mark], dark: bool) -> [f32; 24] {
    let rim = if dark { tint([13, 15, 22], 0.85) } else { tint([255, 255, 255], 0.9) };
    let outline = ground.iter().find_map(|mark| match mark {
        Mark::Ring { radius, width, alpha, .. } => Some((*radius, 0.5 * width, tint(ink(dark), *alpha))),
        _ => None,
    });
    let (radius, half, outline) = outline.unwrap_or_default();
    let fill = if globe.flat { 0.0 } else { 1.0 };
    let mut look = [0.0; 24];
    look[..4].copy_from_slice(&[globe.width, globe.height, radius, half].map(|value| value as f32));
    let [light, middle, edge] = shade(dark).map(|stop| tint(stop, fill));
    for (place, ink) in look[4..].chunks_exact_mut(4).zip([rim, outline, light, middle, edge]) {
        place.copy_from_slice(&ink.map(|byte| f32::from(byte) / 255.0));
    }
    look
}

fn tint([red, green, blue]: Rgb, alpha: f64) -> Ink {
    [red, green, blue, (alpha * 255.0).round() as u8]
}

fn disc((x, y): (f64, f64), radius: f64, stroke: f64, colour: Ink) -> Disc {
    let [x, y, radius, stroke] = [x, y, radius, stroke].map(|value| (value as f32).to_bits());
    [x, y, radius, stroke, u32::from_ne_bytes(colour)]
}

fn bar([from, to]: [(f64, f64); 2], [start, end]: [f64; 2], colour: Ink) -> Bar {
    let ends = [from.0, from.1, to.0, to.1, start, end].map(|value| (value as f32).to_bits());
    [ends[0], ends[1], ends[2], ends[3], ends[4], ends[5], u32::from_ne_bytes(colour)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::globe::FADED;

    const CAMERA: Camera = Camera { yaw: 0.7, pitch: -0.4, zoom: 1.5 };

    fn state() -> SphereState {
        SphereState {
            yaw: CAMERA.yaw,
            pitch: CAMERA.pitch,
            zoom: CAMERA.zoom,
            width: 800,
            height: 600,
            ratio: 1.0,
            dark: true,
            classes: vec![true; 10],
            highlighted: None,
            focus: None,
            neighbours: Vec::new(),
        }
    }

    /// Points all over the sphere, with classes 0 to 9 in turn.
    fn many(count: u8) -> SpherePoints {
        let position = |index: u8| {
            let height = 2.0 * (f32::from(index) + 0.5) / f32::from(count) - 1.0;
            let (sin, cos) = (f32::from(index) * 2.399_963).sin_cos();
            let ring = (1.0 - height * height).sqrt();
            [ring * cos, height, ring * sin]
        };
        let labels = (0..count).map(|index| index % 10).collect();
        SpherePoints { positions: (0..count).map(position).collect(), labels, projection: Projection::Sphere }
    }

    fn float(bits: u32) -> f32 {
        f32::from_bits(bits)
    }

    #[test]
    fn points_are_drawn_where_the_page_picks_them() {
        let (state, points) = (state(), many(200));
        let discs = SphereMarks::new(&points, &state).discs;
        assert_eq!(discs.len(), 200);
        for &point in &points.positions {
            let theirs = CAMERA.project(point, 800.0, 600.0);
            assert!(discs.iter().any(|disc| (float(disc[0]) - theirs.x).hypot(float(disc[1]) - theirs.y) < 1e-2));
        }
    }

    #[test]
    fn near_points_cover_far_ones_and_are_stronger() {
        let discs = SphereMarks::new(&many(200), &state()).discs;
        let alphas: Vec<u8> = discs.iter().map(|disc| disc[4].to_ne_bytes()[3]).collect();
        assert!(alphas.windows(2).all(|pair| pair[0] <= pair[1].saturating_add(1)), "{alphas:?}");
        assert!(alphas[0] < 60 && alphas[199] > 250);
        assert!(float(discs[0][2]) < float(discs[199][2]));
    }

    #[test]
    fn hidden_classes_and_broken_points_are_left_out() {
        let mut points = many(100);
        points.positions[0] = [f32::NAN; 3];
        let classes = (0..10).map(|class| class != 3).collect();
        let discs = SphereMarks::new(&points, &SphereState { classes, ..state() }).discs;
        assert_eq!(discs.len(), 100 - 10 - 1);
        let hidden = class_colour(3, true);
        assert!(discs.iter().all(|disc| disc[4].to_ne_bytes()[..3] != hidden));
    }

    #[test]
    fn the_focus_is_drawn_last_with_a_ring() {
        let points = many(50);
        let discs = SphereMarks::new(&points, &SphereState { focus: Some(7), ..state() }).discs;
        assert_eq!(discs.len(), 52);
        let at = CAMERA.project(points.positions[7], 800.0, 600.0);
        for (disc, filled) in discs[50..].iter().zip([true, false]) {
            assert!((float(disc[0]) - at.x).abs() < 1e-2 && (float(disc[1]) - at.y).abs() < 1e-2);
            assert_eq!(float(disc[3]) == 0.0, filled);
        }
        assert_eq!(SphereMarks::new(&points, &SphereState { focus: Some(50), ..state() }).discs.len(), 50);
    }

    /// A class pointed at in the legend stands out of the others, which stay where they are, as on the page's own canvas.
    #[test]
    fn a_highlighted_class_fades_the_others() {
        let alphas = |highlighted| -> Vec<([u8; 3], u8)> {
            let discs = SphereMarks::new(&many(100), &SphereState { highlighted, ..state() }).discs;
            let parts = |disc: &Disc| {
                let [red, green, blue, alpha] = disc[4].to_ne_bytes();
                ([red, green, blue], alpha)
            };
            discs.iter().map(parts).collect()
        };
        let (plain, highlighted) = (alphas(None), alphas(Some(4)));
        assert_eq!(plain.len(), highlighted.len(), "no point is left out");
        for ((colour, before), (_, after)) in plain.iter().zip(&highlighted) {
            let kept = if *colour == class_colour(4, true) { 1.0 } else { FADED as f32 };
            assert!((f32::from(*before) * kept - f32::from(*after)).abs() <= 1.0, "{colour:?}: {before} {after}");
        }
    }

    /// The neighbours of the image pointed at are larger, before everything else, and joined with it.
    #[test]
    fn neighbours_are_joined_with_the_image() {
        let points = many(50);
        let plain = SphereMarks::new(&points, &SphereState { focus: Some(7), ..state() });
        let scene = SphereMarks::new(&points, &SphereState { focus: Some(7), neighbours: vec![3, 12, 99], ..state() });
        assert_eq!((scene.links, scene.picked), (2, 4), "one that is not there is passed over");
        assert_eq!((scene.bars.len(), scene.discs.len()), (plain.bars.len() + 2, plain.discs.len() + 2));
        let at = |index: usize| CAMERA.project(points.positions[index], 800.0, 600.0);
        for (bar, end) in scene.bars[plain.bars.len()..].iter().zip([3, 12]) {
            assert!((float(bar[0]) - at(7).x).abs() < 1e-2 && (float(bar[2]) - at(end).x).abs() < 1e-2);
        }
        assert!((float(scene.discs[50][0]) - at(3).x).abs() < 1e-2);
        assert!(float(scene.discs[50][2]) < float(scene.discs[52][2]), "the image itself is the largest");
    }

    /// On a screen of twice the density everything is twice as large in device pixels, as on the page's own canvas.
    #[test]
    fn a_dense_screen_gets_larger_marks() {
        let once = SphereMarks::new(&many(50), &state());
        let twice = SphereMarks::new(&many(50), &SphereState { width: 1600, height: 1200, ratio: 2.0, ..state() });
        for (small, large) in once.discs.iter().zip(&twice.discs) {
            assert!((2.0 * float(small[2]) / float(large[2]) - 1.0).abs() < 1e-3);
        }
        assert_eq!(2.0 * float(once.bars[0][4]), float(twice.bars[0][4]));
    }

    #[test]
    fn the_histogram_counts_every_shown_point_once() {
        let position = |index: u8| {
            let (sin, cos) = (0.1 * f32::from(index)).sin_cos();
            [cos, sin, 0.0]
        };
        let points =
            SpherePoints { positions: (0..60).map(position).collect(), labels: vec![2; 60], projection: Projection::Circle };
        let scene = SphereMarks::new(&points, &SphereState { yaw: 0.0, pitch: 0.0, zoom: 1.0, ..state() });
        let length = |bar: &Bar| (float(bar[2]) - float(bar[0])).hypot(float(bar[3]) - float(bar[1]));
        let highest = scene.bars.iter().map(&length).fold(0.0f32, f32::max);
        let reach = 0.19 * Camera::front(1.0).radius(800.0, 600.0);
        assert!((highest - reach).abs() < 0.05);
        // The highest of these bins holds two points, because 0.1 is less than two bins of 0.07 and more than one.
        let counted: f32 = scene.bars.iter().map(|bar| length(bar) / highest).sum();
        let fullest = 60.0 / counted;
        assert!((fullest - fullest.round()).abs() < 1e-2, "{fullest}");
        // The first point lies on the right of the circle, so its bar stands to the right of it.
        let first = scene.bars[0];
        assert!(float(first[0]) > 400.0 + reach && float(first[2]) > float(first[0]));
    }

    #[test]
    fn the_graticule_shows_a_weak_back_and_a_stronger_front() {
        let bars = SphereMarks::new(&many(1), &state()).bars;
        let alphas: Vec<u8> = bars.iter().map(|bar| bar[6].to_ne_bytes()[3]).collect();
        assert!(alphas.windows(2).all(|pair| pair[0] <= pair[1]), "the back half comes first");
        assert!(alphas[0] < alphas[alphas.len() - 1]);
        let outline = CAMERA.outline(800.0, 600.0);
        assert!(bars.iter().all(|bar| (float(bar[0]) - 400.0).hypot(float(bar[1]) - 300.0) <= outline + 1e-2));
    }
}
