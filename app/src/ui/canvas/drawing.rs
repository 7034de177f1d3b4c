//! What is told to a worker that draws the sphere, and what is drawn where the page does.

use super::{DEAR, GLIDE, View};
use crate::draw::scenes;
use crate::page::Page;
use augsphere_charts::{Camera, Globe, between};
use augsphere_spec::{Pair, Projection, SphereState};
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

/// How the sphere is to be seen on a canvas of this size in its own pixels, `ratio` of them to a CSS pixel.
pub(super) fn state(page: Page, Camera { yaw, pitch, zoom }: Camera, (width, height): (u32, u32), ratio: f64) -> SphereState {
    SphereState {
        yaw,
        pitch,
        zoom,
        width,
        height,
        ratio: ratio as f32,
        dark: page.dark.get_untracked(),
        classes: page.classes.get_untracked(),
        highlighted: page.highlighted.get_untracked(),
        focus: page.focus.get_untracked(),
        neighbours: neighbours(page),
    }
}

/// Tells the worker how to draw, if that has changed.
pub(super) fn tell(page: Page, view: &mut View, state: SphereState) {
    if view.told.as_ref() != Some(&state) {
        page.show_sphere(state.clone());
        view.told = Some(state);
    }
}

/// The neighbours of the image pointed at, as far as they are known, nearest first.
fn neighbours(page: Page) -> Vec<usize> {
    let focus = page.focus.get_untracked();
    page.state.with_untracked(|state| {
        let near = state.points.as_ref().and_then(|points| points.neighbours.as_ref()).filter(|(image, _)| Some(*image) == focus);
        near.map(|(_, near)| near.iter().map(|(image, _)| *image).collect()).unwrap_or_default()
    })
}

/// Draws on the page's own canvas; `true` while points still glide.
pub(super) fn draw(page: Page, view: &View, canvas: &HtmlCanvasElement, state: &SphereState, time: f64) -> bool {
    let share = ((time - view.since) / GLIDE).clamp(0.0, 1.0) as f32;
    let gliding =
        share < 1.0 && !view.still && view.cost < DEAR && view.former.len() == view.points.len() && !view.points.is_empty();
    let eased = share * share * (3.0 - 2.0 * share);
    let glided: Vec<[f32; 3]>;
    let points = if gliding {
        glided = view.former.iter().zip(&view.points).map(|(&from, &to)| between(from, to, eased)).collect();
        &glided
    } else {
        &view.points
    };
    let pair = match (&view.former_pair, &view.pair) {
        (Some(from), Some(to)) if gliding && from.image == to.image => {
            Some(Pair { points: [0, 1].map(|place| between(from.points[place], to.points[place], eased)), ..to.clone() })
        }
        (_, pair) => pair.clone(),
    };
    let scene = page.state.with_untracked(|shown| {
        let labels = shown.run.as_ref().map_or(&[][..], |run| run.labels.as_slice());
        let globe = Globe::seen(points, labels, view.projection == Projection::Circle, state);
        pair.as_ref().map_or_else(|| globe.scene(), |pair| globe.scene_of_pair(pair))
    });
    scenes::put(canvas, &scene, state.dark, f64::from(state.ratio), false);
    gliding
}
