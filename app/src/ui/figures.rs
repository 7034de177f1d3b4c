//! Figures to take home: the sphere, a chart, or everything, with the lines that say what they show.

use super::canvas::Pose;
use crate::draw::{plots, scenes};
use crate::model::Model;
use crate::model::state::State;
use crate::page::Page;
use crate::text::{MEASURES, Measure, caption};
use crate::wire::browser;
use augsphere_charts::scene::Scene;
use augsphere_charts::{Camera, Chart, Globe};
use augsphere_spec::{Projection, SphereState};
use leptos::prelude::*;

/// Side of the sphere in a figure, CSS pixels.
const SPHERE: u32 = 560;
/// A chart beside the sphere, CSS pixels.
const SMALL: (f64, f64) = (400.0, 186.0);
/// A chart of its own, CSS pixels.
const LARGE: (f64, f64) = (640.0, 360.0);

/// What a figure shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Subject {
    /// The sphere and all charts.
    Everything,
    /// The sphere.
    Sphere,
    /// One chart.
    Chart(Measure),
}

/// As what a figure is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A bitmap.
    Png,
    /// Shapes and words.
    Svg,
}

impl Format {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Svg => "SVG",
        }
    }
}

/// Hands a figure to the person; nothing before there is a run.
pub fn save(page: Page, pose: Pose, subject: Subject, format: Format) {
    let link = browser::address_of(&page.model.with_untracked(Model::link));
    let camera = pose.0.get_untracked();
    let Some(figure) = page.state.with_untracked(|state| figure(page, state, camera, subject, link)) else { return };
    let name = match subject {
        Subject::Everything => "figure".to_owned(),
        Subject::Sphere => "sphere".to_owned(),
        Subject::Chart(measure) => measure.testid.to_owned(),
    };
    hand_over(page, &name, &figure, format);
}

/// Hands a picture to the person as a file of this name.
pub fn hand_over(page: Page, name: &str, scene: &Scene, format: Format) {
    /// Pixels of a saved bitmap to a CSS pixel: enough for a slide and for print.
    const FINE: f64 = 3.0;
    let dark = page.dark.get_untracked();
    match (format, browser::canvas(1, 1)) {
        (Format::Svg, _) => {
            browser::download(&format!("{name}.svg"), "image/svg+xml", scenes::shapes(scene, dark).as_bytes());
        }
        (Format::Png, Some(canvas)) => {
            scenes::put(&canvas, scene, dark, FINE, true);
            browser::download_picture(format!("{name}.png"), &canvas);
        }
        (Format::Png, None) => {
            page.fault("The browser has no room for a picture of this size.", "the picture", "Save it as SVG instead.");
        }
    }
}

fn figure(page: Page, state: &State, camera: Camera, subject: Subject, link: String) -> Option<Scene> {
    let run = state.run.as_ref()?;
    let chart = |measure: &Measure, size: (f64, f64)| {
        let chart = plots::chart(measure, run, state.former.as_ref());
        Chart { title: measure.title.to_owned(), legend: true, ..chart }.scene(size)
    };
    let sphere = || {
        let points = state.points.as_ref().map(|points| points.xyz.clone()).unwrap_or_default();
        let flat = state.points.as_ref().is_some_and(|points| points.projection == Projection::Circle);
        let seen = SphereState {
            yaw: camera.yaw,
            pitch: camera.pitch,
            zoom: camera.zoom,
            width: SPHERE,
            height: SPHERE,
            ratio: 1.0,
            dark: page.dark.get_untracked(),
            classes: page.classes.get_untracked(),
            highlighted: None,
            focus: page.focus.get_untracked(),
            neighbours: Vec::new(),
        };
        Globe::seen(&points, &run.labels, flat, &seen).scene()
    };
    let pictures = match subject {
        Subject::Everything => std::iter::once(sphere()).chain(MEASURES.iter().map(|measure| chart(measure, SMALL))).collect(),
        Subject::Sphere => vec![sphere()],
        Subject::Chart(measure) => vec![chart(&measure, LARGE)],
    };
    let mut words = page.catalogue.with_untracked(|catalogue| caption::of_run(catalogue, run, state.points.as_deref(), link));
    if matches!(subject, Subject::Chart(_)) {
        words.classes.clear();
    }
    Some(augsphere_charts::figure(pictures, &words))
}
