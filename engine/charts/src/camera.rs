//! Where on the screen does a point of the unit sphere land?

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

    /// The camera for a circle: seen straight from the front.
    pub fn front(zoom: f32) -> Self {
        Self { yaw: 0.0, pitch: 0.0, zoom }
    }

    /// Radius in pixels, without perspective, of the unit sphere on a canvas of this size.
    pub fn radius(&self, width: f32, height: f32) -> f32 {
        Self::RADIUS * width.min(height) * self.zoom
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
        let [x, y, z] = self.turn(point);
        let scale = Self::DISTANCE / (Self::DISTANCE - z);
        let radius = self.radius(width, height) * scale;
        Projected { x: 0.5 * width + radius * x, y: 0.5 * height - radius * y, depth: z, scale }
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
}
