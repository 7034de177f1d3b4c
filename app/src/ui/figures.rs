//! Figures to take home: the sphere, a chart, or everything, with the lines that say what they show.

use super::canvas::Pose;
use crate::draw::figure::{FINE, bitmap};
use crate::draw::picking::unpack;
use crate::draw::plots;
use crate::model::Model;
use crate::model::state::State;
use crate::page::Page;
use crate::text::{MEASURES, Measure, caption};
use crate::wire::browser;
use augsphere_charts::{Camera, Chart, Content, Figure, Globe};
use augsphere_spec::Projection;
use leptos::prelude::*;

/// Side of the sphere in a figure, points.
const SPHERE: f64 = 560.0;
/// A chart beside the sphere, points.
const SMALL: (f64, f64) = (400.0, 186.0);
/// A chart of its own, points.
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
    let dark = page.dark.get_untracked();
    // A bitmap's dots are copied, which knows no units: its marks are made for its own pixels.
    let fine = if format == Format::Png { FINE } else { 1.0 };
    let link = browser::address_of(&page.model.with_untracked(Model::link));
    let camera = pose.0.get_untracked();
    let Some(figure) = page.state.with_untracked(|state| figure(page, state, camera, subject, fine, link)) else { return };
    let name = match subject {
        Subject::Everything => "figure".to_owned(),
        Subject::Sphere => "sphere".to_owned(),
        Subject::Chart(measure) => measure.testid.to_owned(),
    };
    match format {
        Format::Svg => browser::download(&format!("{name}.svg"), "image/svg+xml", figure.svg(dark).as_bytes()),
        Format::Png => match bitmap(&figure, dark) {
            Some(canvas) => browser::download_picture(format!("{name}.png"), &canvas),
            None => page.fault("The browser has no room for a picture of this size.", "the figure", "Save it as SVG instead."),
        },
    }
}

fn figure(page: Page, state: &State, camera: Camera, subject: Subject, fine: f64, link: String) -> Option<Figure> {
    let run = state.run.as_ref()?;
    let chart = |measure: &Measure, (width, height): (f64, f64)| {
        let chart = plots::chart(measure, run, state.former.as_ref());
        (Content::Chart(Chart { title: measure.title.to_owned(), legend: true, ..chart }), width, height)
    };
    let classes = page.classes.get_untracked();
    let sphere = || {
        let points = state.points.as_ref().map(|points| unpack(&points.xyz)).unwrap_or_default();
        let globe = Globe {
            points: &points,
            labels: &run.labels,
            flat: state.points.as_ref().is_some_and(|points| points.projection == Projection::Circle),
            camera,
            classes: &classes,
            bright: None,
            focus: page.focus.get_untracked(),
            neighbours: &[],
            width: SPHERE * fine,
            height: SPHERE * fine,
            ratio: fine,
        };
        (Content::Sphere(globe.marks()), SPHERE, SPHERE)
    };
    let contents = match subject {
        Subject::Everything => std::iter::once(sphere()).chain(MEASURES.iter().map(|measure| chart(measure, SMALL))).collect(),
        Subject::Sphere => vec![sphere()],
        Subject::Chart(measure) => vec![chart(&measure, LARGE)],
    };
    let mut words = page.catalogue.with_untracked(|catalogue| caption::of_run(catalogue, run, state.points.as_deref(), link));
    if matches!(subject, Subject::Chart(_)) {
        words.classes.clear();
    }
    Some(Figure::new(contents, &words))
}
