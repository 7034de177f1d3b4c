//! A chart on a canvas of its own.

use super::chart_card::put;
use crate::draw::painter::Painter;
use crate::wire::browser;
use augsphere_charts::{Chart, Sample};
use leptos::{html, prelude::*};

/// A chart that is drawn again whenever what it is made of changes, and the chart as it was drawn last.
pub fn plotted(chart: impl Fn() -> Chart + 'static, dark: RwSignal<bool>) -> (NodeRef<html::Canvas>, RwSignal<Chart>) {
    let canvas = NodeRef::<html::Canvas>::new();
    let shown = RwSignal::new(Chart::default());
    let painter = StoredValue::new_local(Painter::new(move |_| {
        // It may have been taken off the page since it was asked for.
        if let (Some(Some(canvas)), Some(chart)) = (canvas.try_get_untracked(), shown.try_get_untracked()) {
            put(&canvas, &chart, dark.get_untracked());
        }
        false
    }));
    Effect::new(move |_| {
        let _ = dark.get();
        shown.set(chart());
        painter.with_value(Painter::request);
    });
    canvas.on_load(move |canvas| {
        browser::on_resize(&canvas, move || {
            painter.try_with_value(Painter::request);
        })
    });
    (canvas, shown)
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
