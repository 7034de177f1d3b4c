//! The small picture of a run: its sphere as it is at first sight.

use super::scenes;
use crate::wire::browser;
use augsphere_charts::{Camera, Globe};
use augsphere_spec::{Points, Projection, SphereState};
use web_sys::HtmlCanvasElement;

/// Side of the picture, pixels.
const SIDE: u32 = 96;

/// A sphere with these embeddings, `labels` being their classes, on a canvas that is not on the page.
pub fn sphere_picture(points: &Points, labels: &[u8]) -> Option<HtmlCanvasElement> {
    let Camera { yaw, pitch, zoom } = Camera::default();
    let seen = SphereState {
        yaw,
        pitch,
        zoom,
        width: SIDE,
        height: SIDE,
        ratio: 1.0,
        dark: false,
        classes: Vec::new(),
        highlighted: None,
        focus: None,
        neighbours: Vec::new(),
    };
    let canvas = browser::canvas(SIDE, SIDE)?;
    let scene = Globe::seen(&points.xyz, labels, points.projection == Projection::Circle, &seen).scene();
    scenes::put(&canvas, &scene, false, 1.0, false);
    Some(canvas)
}
