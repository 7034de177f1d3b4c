//! The camera: where on the screen a point of the unit sphere lands, and from where a cloud of points is best seen.

/// A camera that looks at the unit sphere from the front and turns the sphere, not itself.
///
/// The page and the worker draw with the same camera, so that a point is picked where it is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Rotation about the vertical axis, radians.
    pub yaw: f32,
    /// Rotation about the horizontal axis, radians, applied after `yaw`.
    pub pitch: f32,
    /// Magnification; 1 shows the whole sphere.
    pub zoom: f32,
}

/// A point as the camera sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projected {
    /// Pixels from the left edge.
    pub x: f32,
    /// Pixels from the upper edge.
    pub y: f32,
    /// Towards the viewer: 1 is the nearest point of the sphere, -1 the farthest.
    pub depth: f32,
    /// Magnification by perspective, 1 at the centre of the sphere.
    pub scale: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self { yaw: 0.5, pitch: 0.35, zoom: 1.0 }
    }
}

impl Camera {
    /// Distance of the eye from the centre, in radii.
    pub const DISTANCE: f32 = 4.0;
    /// Radius of the sphere as a share of the shorter side of the canvas at zoom 1.
    pub const RADIUS: f32 = 0.46;
    /// Smallest and largest magnification.
    pub const ZOOM: (f32, f32) = (0.6, 12.0);
    /// How far the sphere turns to each side by itself, radians.
    pub const SWAY: f32 = 0.3;
    /// From this length on, the mean of unit vectors says where they are; shorter ones are those of a cloud all around the centre.
    const GATHERED: f64 = 0.25;

    /// The camera for a circle: seen straight from the front.
    pub fn front(zoom: f32) -> Self {
        Self { yaw: 0.0, pitch: 0.0, zoom }
    }

    /// Radius in pixels, without perspective, of the unit sphere on a canvas of this size.
    pub fn radius(&self, width: f32, height: f32) -> f32 {
        Self::RADIUS * width.min(height) * self.zoom
    }

    /// This camera, turned so that the middle of the cloud is nearest to the viewer and not at the rim: the mean direction of `points`, or,
    /// where they are spread so evenly that they have none, the end of their principal direction with more points. Points that are no
    /// directions (not finite, or at the centre) say nothing; without any others the camera stays as it is.
    pub fn facing(self, points: &[[f32; 3]]) -> Self {
        let Some([x, y, z]) = middle(points) else { return self };
        let level = x.hypot(z);
        // Straight above or below there is no yaw to be told.
        let yaw = if level > 1e-4 { -x.atan2(z) } else { self.yaw };
        Self { yaw, pitch: y.atan2(level), ..self }
    }

    /// A `share` of the way from this camera to `other`, 0 to 1, turning the shorter way round.
    pub fn towards(self, other: Self, share: f32) -> Self {
        let turn = std::f32::consts::TAU;
        let around = (other.yaw - self.yaw + 0.5 * turn).rem_euclid(turn) - 0.5 * turn;
        let mixed = |from: f32, to: f32| from + share * (to - from);
        Self { yaw: self.yaw + share * around, pitch: mixed(self.pitch, other.pitch), zoom: mixed(self.zoom, other.zoom) }
    }

    /// The angle in radians between what this camera and `other` have in front.
    pub fn apart(self, other: Self) -> f32 {
        // What is in front of a camera, in the coordinates of the points.
        let front = |camera: Self| {
            let (sin_yaw, cos_yaw) = camera.yaw.sin_cos();
            let (sin_pitch, cos_pitch) = camera.pitch.sin_cos();
            [-sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch]
        };
        let (one, two) = (front(self), front(other));
        one.iter().zip(two).map(|(a, b)| a * b).sum::<f32>().clamp(-1.0, 1.0).acos()
    }

    /// The camera a little to the side of this one: to and fro once in `2 pi / rate` seconds, never so far that what it faces is hidden.
    pub fn swaying(self, seconds: f32, rate: f32) -> Self {
        Self { yaw: self.yaw + Self::SWAY * (seconds * rate).sin(), ..self }
    }

    /// `point` after the sphere was turned: x to the right, y up, z towards the viewer.
    pub fn turn(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let (sin_yaw, cos_yaw) = self.yaw.sin_cos();
        let (sin_pitch, cos_pitch) = self.pitch.sin_cos();
        let (x, z) = (x * cos_yaw + z * sin_yaw, z * cos_yaw - x * sin_yaw);
        let (y, z) = (y * cos_pitch - z * sin_pitch, y * sin_pitch + z * cos_pitch);
        [x, y, z]
    }

    /// Where `point` lands on a canvas of `width` by `height` pixels.
    pub fn project(&self, point: [f32; 3], width: f32, height: f32) -> Projected {
        self.projector(width, height)(point)
    }

    /// The same for many points: what does not depend on them is worked out once.
    pub fn projector(&self, width: f32, height: f32) -> impl Fn([f32; 3]) -> Projected + use<> {
        // Where the three axes go when the sphere is turned.
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|axis| self.turn(axis));
        let radius = self.radius(width, height);
        move |point| {
            let [x, y, z] = [0, 1, 2].map(|row| axes[0][row] * point[0] + axes[1][row] * point[1] + axes[2][row] * point[2]);
            let scale = Self::DISTANCE / (Self::DISTANCE - z);
            let radius = radius * scale;
            Projected { x: 0.5 * width + radius * x, y: 0.5 * height - radius * y, depth: z, scale }
        }
    }

    /// The sphere's outline is a little larger than its radius, because the eye is near.
    pub fn outline(&self, width: f32, height: f32) -> f32 {
        self.radius(width, height) * Self::DISTANCE / (Self::DISTANCE * Self::DISTANCE - 1.0).sqrt()
    }

    /// The camera after a drag of `dx`, `dy` pixels: the surface follows the finger.
    pub fn dragged(self, dx: f32, dy: f32, width: f32, height: f32) -> Self {
        let radius = self.radius(width, height).max(1.0);
        let limit = std::f32::consts::FRAC_PI_2;
        Self { yaw: self.yaw + dx / radius, pitch: (self.pitch + dy / radius).clamp(-limit, limit), ..self }
    }

    /// The camera after a magnification by `factor`.
    pub fn zoomed(self, factor: f32) -> Self {
        Self { zoom: (self.zoom * factor).clamp(Self::ZOOM.0, Self::ZOOM.1), ..self }
    }
}

/// The direction of the middle of a cloud; `None` if there is none.
fn middle(points: &[[f32; 3]]) -> Option<[f32; 3]> {
    let unit = |point: &[f32; 3]| {
        let point = point.map(f64::from);
        let length = point.iter().map(|value| value * value).sum::<f64>().sqrt();
        (length.is_finite() && length > 1e-6).then(|| point.map(|value| value / length))
    };
    let directions: Vec<[f64; 3]> = points.iter().filter_map(unit).collect();
    let count = directions.len().max(1) as f64;
    let mean = directions.iter().fold([0.0; 3], |sum, point| [0, 1, 2].map(|axis| sum[axis] + point[axis] / count));
    let length = dot(&mean, &mean).sqrt();
    let found = if length > Camera::GATHERED { mean.map(|value| value / length) } else { principal(&directions)? };
    // On which end of an axis more points are is what their mean says, however short it is.
    let side = if dot(&mean, &found) < 0.0 { -1.0 } else { 1.0 };
    Some(found.map(|value| (side * value) as f32))
}

/// The axis along which most of the points lie, by power iteration on the sum of their outer products.
fn principal(directions: &[[f64; 3]]) -> Option<[f64; 3]> {
    let mut moments = [[0.0; 3]; 3];
    for point in directions {
        for (row, a) in moments.iter_mut().zip(point) {
            row.iter_mut().zip(point).for_each(|(cell, b)| *cell += a * b);
        }
    }
    // The longest row is not orthogonal to the axis that is looked for.
    let mut axis = moments.into_iter().max_by(|a, b| dot(a, a).total_cmp(&dot(b, b)))?;
    for _ in 0..64 {
        let next = moments.map(|row| dot(&row, &axis));
        let length = dot(&next, &next).sqrt();
        if length.is_nan() || length < 1e-12 {
            return None;
        }
        axis = next.map(|value| value / length);
    }
    Some(axis)
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_keeps_lengths_and_the_front_camera_keeps_points() {
        let camera = Camera { yaw: 0.7, pitch: -0.4, zoom: 2.0 };
        let [x, y, z] = camera.turn([0.6, 0.0, 0.8]);
        assert!((x * x + y * y + z * z - 1.0).abs() < 1e-6);
        assert_eq!(Camera::front(1.0).turn([0.1, 0.2, 0.3]), [0.1, 0.2, 0.3]);
    }

    #[test]
    fn a_quarter_turn_brings_the_front_to_the_right() {
        let camera = Camera { yaw: std::f32::consts::FRAC_PI_2, pitch: 0.0, zoom: 1.0 };
        let [x, y, z] = camera.turn([0.0, 0.0, 1.0]);
        assert!((x - 1.0).abs() < 1e-6 && y.abs() < 1e-6 && z.abs() < 1e-6);
    }

    #[test]
    fn dragging_moves_the_nearest_point_with_the_finger() {
        let (width, height) = (500.0, 400.0);
        let before = Camera::front(1.0);
        let after = before.dragged(10.0, 6.0, width, height);
        let seen = after.project([0.0, 0.0, 1.0], width, height);
        assert!(seen.x > 250.0 + 8.0 && seen.y > 200.0 + 4.0, "{seen:?}");
    }

    #[test]
    fn nothing_leaves_the_outline() {
        let camera = Camera::default();
        let outline = camera.outline(300.0, 300.0);
        for step in 0..200 {
            let angle = step as f32 * 0.37;
            let height = (step as f32 / 100.0 - 0.995).clamp(-1.0, 1.0);
            let ring = (1.0 - height * height).sqrt();
            let seen = camera.project([ring * angle.cos(), height, ring * angle.sin()], 300.0, 300.0);
            assert!((seen.x - 150.0).hypot(seen.y - 150.0) <= outline + 1e-3);
        }
    }

    /// Points around `centre`, up to about `spread` away from it.
    fn cloud(centre: [f32; 3], spread: f32) -> Vec<[f32; 3]> {
        let around = |step: u8| {
            let angle = f32::from(step) * 2.4;
            let away = spread * (f32::from(step) / 60.0).sqrt();
            let point = [centre[0] + away * angle.cos(), centre[1] + away * angle.sin(), centre[2] + away * (1.7 * angle).sin()];
            let length = point.iter().map(|value| value * value).sum::<f32>().sqrt();
            point.map(|value| value / length)
        };
        (0..60).map(around).collect()
    }

    fn depth(camera: &Camera, points: &[[f32; 3]]) -> f32 {
        points.iter().map(|&point| camera.turn(point)[2]).sum::<f32>() / points.len() as f32
    }

    /// A cloud at the rim, behind, above or below comes to the front; the idle turn keeps it there.
    #[test]
    fn the_camera_faces_the_cloud_wherever_it_is_and_while_it_sways() {
        for centre in [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.1, -1.0, 0.0], [-0.6, 0.5, -0.6]] {
            let points = cloud(centre, 0.3);
            let camera = Camera::default().facing(&points);
            assert!(depth(&camera, &points) > 0.9, "{centre:?}: {camera:?}");
            assert!((camera.zoom - Camera::default().zoom).abs() < 1e-6 && camera.pitch.abs() <= std::f32::consts::FRAC_PI_2);
            for second in 0..60u8 {
                assert!(depth(&camera.swaying(f32::from(second), 0.4), &points) > 0.8, "hidden after {second} s");
            }
        }
    }

    /// Two opposite groups have no mean direction: the axis between them faces the viewer, the fuller end in front.
    #[test]
    fn a_cloud_all_around_is_faced_along_its_principal_direction() {
        let (more, fewer) = (cloud([0.7, 0.0, -0.7], 0.2), cloud([-0.7, 0.0, 0.7], 0.2));
        let points: Vec<[f32; 3]> = more.iter().chain(&fewer[..50]).copied().collect();
        let camera = Camera::default().facing(&points);
        assert!(depth(&camera, &more) > 0.9 && depth(&camera, &fewer) < -0.9);
    }

    #[test]
    fn turning_towards_another_camera_takes_the_shorter_way() {
        let camera = |yaw, pitch| Camera { yaw, pitch, zoom: 1.0 };
        let half = camera(3.0, 0.2).towards(camera(-3.0, 0.4), 0.5);
        assert!((half.yaw - std::f32::consts::PI).abs() < 1e-4 && (half.pitch - 0.3).abs() < 1e-6, "{half:?}");
        let (one, other) = (camera(0.3, 0.2), camera(1.1, -0.5));
        assert!(one.towards(other, 1.0).apart(other) < 1e-3 && one.apart(one) < 1e-3);
        assert!((camera(0.0, 0.0).apart(camera(0.7, 0.0)) - 0.7).abs() < 1e-4);
        for point in [[0.0, 0.0, 1.0], [0.6, 0.64, 0.48], [-0.8, 0.0, -0.6]] {
            let faced = one.facing(&[point; 3]);
            assert!((faced.turn(point)[2] - faced.apart(faced).cos()).abs() < 1e-3);
            assert!((one.turn(point)[2] - one.apart(faced).cos()).abs() < 1e-3, "how far a camera is from facing a point");
        }
    }

    /// Nothing to face: broken numbers, the centre, no points at all.
    #[test]
    fn a_cloud_without_directions_leaves_the_camera_alone() {
        let camera = Camera { yaw: 0.3, pitch: -0.2, zoom: 1.5 };
        for points in [vec![], vec![[f32::NAN; 3]; 4], vec![[0.0; 3]; 4], vec![[f32::INFINITY, 0.0, 0.0]]] {
            assert_eq!(camera.facing(&points), camera);
        }
        let one = [[f32::NAN; 3], [0.0, 0.0, -1.0]];
        assert!(camera.facing(&one).turn(one[1])[2] > 0.999, "a broken point does not hide a good one");
    }
}
