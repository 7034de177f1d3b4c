//! A scene on a canvas of its own.

use crate::draw::painter::Painter;
use crate::draw::scenes;
use crate::page::Page;
use crate::wire::browser;
use augsphere_charts::scene::Scene;
use augsphere_charts::{Chart, Sample};
use leptos::{html, prelude::*};

/// A canvas whose scene is drawn again whenever what it is made of changes, or its size (width and height in CSS pixels), and the scene as
/// it was drawn last.
pub fn drawn(scene: impl Fn((f64, f64)) -> Scene + 'static) -> (NodeRef<html::Canvas>, StoredValue<Scene>) {
    let dark = expect_context::<Page>().dark;
    let canvas = NodeRef::<html::Canvas>::new();
    let shown = StoredValue::new(Scene::default());
    let size = RwSignal::new((0.0, 0.0));
    let painter = StoredValue::new_local(Painter::new(move |_| {
        // It may have been taken off the page since it was asked for.
        if let Some(Some(canvas)) = canvas.try_get_untracked() {
            shown.try_with_value(|scene| scenes::put(&canvas, scene, dark.get_untracked(), browser::pixel_ratio(), false));
        }
        false
    }));
    Effect::new(move |_| {
        let _ = dark.get();
        let size = size.get();
        if size.0 > 0.0 && size.1 > 0.0 {
            shown.set_value(scene(size));
            painter.with_value(Painter::request);
        }
    });
    canvas.on_load(move |canvas| {
        let seen = canvas.clone();
        browser::on_resize(&canvas, move || {
            size.try_set((f64::from(seen.client_width()), f64::from(seen.client_height())));
        });
    });
    (canvas, shown)
}

/// A chart that is drawn again whenever what it is made of changes, and the chart.
pub fn plotted(chart: impl Fn() -> Chart + Send + Sync + 'static) -> (NodeRef<html::Canvas>, Memo<Chart>) {
    let chart = Memo::new(move |_| chart());
    let (canvas, _) = drawn(move |size| chart.with(|chart| chart.scene(size)));
    (canvas, chart)
}

/// A line of a chart's key, beside a sample of what it names.
pub fn legend_entry((sample, words): (Sample, String)) -> impl IntoView {
    let class = match sample {
        Sample::First => "first",
        Sample::Second => "second",
        Sample::Level => "level",
        Sample::Former => "former",
    };
    view! { <span class=class>{words}</span> }
}
