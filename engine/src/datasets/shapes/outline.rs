//! The outlines of the shapes: how far a point is from an edge.
//!
//! Signed distances, negative inside, in units of the shape's radius; x to the right, y down. Only arithmetic and square
//! roots, which every platform rounds alike.

/// A class of shapes.
pub(super) struct Outline {
    /// The class's name.
    pub(super) name: &'static str,
    /// Signed distance of a point from the edge.
    pub(super) distance: fn(f32, f32) -> f32,
}

/// The ten classes. All fit into a disc of radius [`REACH`].
pub(super) const OUTLINES: [Outline; 10] = [
    Outline { name: "disc", distance: |x, y| length(x, y) - 0.85 },
    Outline { name: "square", distance: |x, y| rectangle(x, y, 0.74, 0.74) },
    Outline { name: "triangle", distance: |x, y| polygon(&TRIANGLE, x, y) },
    Outline { name: "star", distance: |x, y| polygon(&STAR, x, y) },
    Outline { name: "cross", distance: |x, y| rectangle(x, y, 0.92, 0.27).min(rectangle(x, y, 0.27, 0.92)) },
    Outline { name: "ring", distance: |x, y| (length(x, y) - 0.68).abs() - 0.22 },
    Outline { name: "crescent", distance: |x, y| (length(x, y) - 0.95).max(0.76 - length(x - 0.46, y)) },
    Outline { name: "heart", distance: heart },
    Outline { name: "hourglass", distance: |x, y| polygon(&HOURGLASS, x, y) },
    Outline { name: "arrow", distance: |x, y| polygon(&ARROW, x, y) },
];

/// No shape reaches further from its centre.
pub(super) const REACH: f32 = 1.12;

const TRIANGLE: [[f32; 2]; 3] = [[0.0, -1.0], [0.866, 0.5], [-0.866, 0.5]];

/// Five points at radius 1.05, five notches at radius 0.44.
const STAR: [[f32; 2]; 10] = [
    [0.0, -1.05],
    [0.2586, -0.3560],
    [0.9986, -0.3245],
    [0.4185, 0.1360],
    [0.6172, 0.8495],
    [0.0, 0.44],
    [-0.6172, 0.8495],
    [-0.4185, 0.1360],
    [-0.9986, -0.3245],
    [-0.2586, -0.3560],
];

const HOURGLASS: [[f32; 2]; 6] = [[-0.7, -0.85], [0.7, -0.85], [0.12, 0.0], [0.7, 0.85], [-0.7, 0.85], [-0.12, 0.0]];

const ARROW: [[f32; 2]; 7] =
    [[-0.98, -0.22], [0.05, -0.22], [0.05, -0.68], [0.98, 0.0], [0.05, 0.68], [0.05, 0.22], [-0.98, 0.22]];

/// The part of the heart below its two discs: tangent points, tip, and the notch where the discs meet.
const HEART: [[f32; 2]; 4] = [[-0.7892, -0.0006], [0.0, 0.92], [0.7892, -0.0006], [0.0, -0.434]];

fn heart(x: f32, y: f32) -> f32 {
    (length(x.abs() - 0.44, y + 0.3) - 0.46).min(polygon(&HEART, x, y))
}

fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

/// A rectangle of the given half width and half height.
fn rectangle(x: f32, y: f32, width: f32, height: f32) -> f32 {
    let (x, y) = (x.abs() - width, y.abs() - height);
    length(x.max(0.0), y.max(0.0)) + x.max(y).min(0.0)
}

/// Any polygon: distance from the nearest edge, inside if a ray crosses the edges an odd number of times.
fn polygon(corners: &[[f32; 2]], x: f32, y: f32) -> f32 {
    let mut nearest = f32::INFINITY;
    let mut inside = false;
    let mut from = corners[corners.len() - 1];
    for &to in corners {
        let edge = [to[0] - from[0], to[1] - from[1]];
        let point = [x - from[0], y - from[1]];
        let along = (point[0] * edge[0] + point[1] * edge[1]) / (edge[0] * edge[0] + edge[1] * edge[1]);
        let along = along.clamp(0.0, 1.0);
        let apart = [point[0] - edge[0] * along, point[1] - edge[1] * along];
        nearest = nearest.min(apart[0] * apart[0] + apart[1] * apart[1]);
        let spans = (from[1] > y) != (to[1] > y);
        let left = point[0] * edge[1] < point[1] * edge[0];
        inside ^= spans && (left == (edge[1] > 0.0));
        from = to;
    }
    if inside { -nearest.sqrt() } else { nearest.sqrt() }
}
