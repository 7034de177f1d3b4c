//! What is told to a worker that draws, and what is drawn where the page does?

use super::{DEAR, GLIDE, View};
use crate::draw::picking::between;
use crate::draw::sphere::{Dots, Scene, paint};
use crate::model::state::State;
use crate::page::Page;
use crate::wire::browser;
use augsphere_charts::Camera;
use augsphere_spec::SphereState;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

/// Tells the worker how to draw, if that has changed.
pub(super) fn tell(page: Page, view: &mut View, (width, height): (u32, u32)) {
    let Camera { yaw, pitch, zoom } = view.seen();
    let focus = page.focus.get_untracked();
    let sphere = SphereState {
        yaw,
        pitch,
        zoom,
        width,
        height,
        ratio: browser::pixel_ratio() as f32,
        dark: page.dark.get_untracked(),
        classes: page.classes.get_untracked(),
        highlighted: page.highlighted.get_untracked(),
        focus,
        neighbours: page.state.with_untracked(|state| neighbours(state, focus)),
    };
    if view.told.as_ref() != Some(&sphere) {
        page.show_sphere(sphere.clone());
        view.told = Some(sphere);
    }
}

/// The images nearest to the one pointed at, if they are known.
fn neighbours(state: &State, focus: Option<usize>) -> Vec<usize> {
    let pick = state.pick.as_ref().filter(|pick| Some(pick.index) == focus);
    pick.map(|pick| pick.neighbours.iter().take(6).map(|neighbour| neighbour.0).collect()).unwrap_or_default()
}

/// Draws on the page's own canvas; `true` while points still glide.
pub(super) fn draw(
    page: Page,
    view: &mut View,
    canvas: &HtmlCanvasElement,
    (width, height): (u32, u32),
    ratio: f64,
    time: f64,
) -> bool {
    if view.context.is_none() {
        return false;
    }
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let dark = page.dark.get_untracked();
    if !view.dots.as_ref().is_some_and(|dots| dots.fits(dark)) {
        view.dots = Dots::new(dark);
    }
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
    let (Some(context), Some(dots)) = (&view.context, &view.dots) else { return false };
    page.state.with_untracked(|state| {
        let focus = page.focus.get_untracked();
        let neighbours = neighbours(state, focus);
        let scene = Scene {
            points,
            labels: state.run.as_ref().map_or(&[], |run| run.labels.as_slice()),
            projection: view.projection,
            camera: view.seen(),
            dark,
            classes: &page.classes.get_untracked(),
            highlighted: page.highlighted.get_untracked(),
            focus,
            neighbours: &neighbours,
            width: f64::from(width),
            height: f64::from(height),
            ratio,
        };
        paint(context, dots, &scene);
    });
    gliding
}
