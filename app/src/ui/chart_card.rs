//! The right column: every measure with its number, its chart, how to read it and how it was computed.

use crate::browser;
use crate::page::Page;
use crate::painter::Painter;
use crate::plots;
use crate::words::{MEASURES, Measure, count, number, protocol};
use augsphere_charts::{Chart, Theme, draw};
use augsphere_spec::Phase;
use leptos::{ev, html, prelude::*};
use plotters::prelude::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use web_sys::HtmlCanvasElement;

/// Charts follow a running experiment this often, milliseconds.
const PAUSE: f64 = 250.0;

/// All measures.
#[component]
pub fn MeasureColumn() -> impl IntoView {
    let page = expect_context::<Page>();
    let cards = MEASURES.into_iter().map(|measure| view! { <ChartCard measure /> }).collect_view();
    let more = Memo::new(move |_| {
        page.state.with(|state| {
            let Some(run) = &state.run else { return Vec::new() };
            let weights = [("weights of the encoder", run.encoder_weights), ("weights of the projector", run.projector_weights)];
            let weights = weights.map(|(name, weights)| (name.to_owned(), count(weights)));
            let names = run.history.names().filter(|name| MEASURES.iter().all(|measure| measure.name != *name));
            let others = names.filter_map(|name| Some((name.replace('_', " "), number(run.history.latest(name)?, false))));
            weights.into_iter().chain(others).collect::<Vec<_>>()
        })
    });
    view! {
        <section class="column measures" aria-labelledby="measures-title" tabindex="0">
            <h2 id="measures-title">"Measures"</h2>
            {cards}
            <Show when=move || !more.with(Vec::is_empty)>
                <div class="card more">
                    <h3>"More numbers"</h3>
                    <dl>{move || more.get().into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()}</dl>
                </div>
            </Show>
        </section>
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Probe {
    x: f64,
    y: f64,
    step: f64,
    value: f64,
}

#[component]
fn ChartCard(measure: Measure) -> impl IntoView {
    let page = expect_context::<Page>();
    let canvas = NodeRef::<html::Canvas>::new();
    let shown = StoredValue::new_local(Chart::default());
    let probe = RwSignal::new(None::<Probe>);
    let latest = Memo::new(move |_| {
        page.state.with(|state| {
            state.latest(measure.name).map_or_else(|| "\u{2013}".to_owned(), |value| number(value, measure.percent))
        })
    });
    let said = Memo::new(move |_| {
        page.state.with(|state| match &state.run {
            Some(run) => protocol(measure.name, &run.experiment, run.data.train, run.data.test),
            None => page.draft.with(|draft| {
                let data = draft.knobs("data");
                protocol(measure.name, draft, data.count("train"), data.count("test"))
            }),
        })
    });
    let painter = Painter::new(move |_| {
        if let Some(canvas) = canvas.get_untracked() {
            let chart =
                page.state.with_untracked(|state| state.run.as_ref().map(|run| plots::chart(&measure, run))).unwrap_or_default();
            put(&canvas, &chart, page.dark.get_untracked());
            shown.set_value(chart);
        }
        false
    });
    let painter = StoredValue::new_local(painter);
    // Only what is on this chart wakes it up.
    let news = Memo::new(move |_| {
        page.state.with(|state| {
            state.run.as_ref().map(|run| {
                (state.runs, run.history.series(measure.name).len(), run.history.untrained(measure.name), run.changes.len())
            })
        })
    });
    Effect::new(move |_| {
        // Reading, not tracking: a memo that nobody has read yet does not know what it depends on.
        let _ = (news.get(), page.dark.get());
        let running = page.state.with_untracked(|state| state.phase == Some(Phase::Running));
        painter.with_value(|painter| painter.request_slowly(if running { PAUSE } else { 0.0 }));
    });
    canvas.on_load(move |canvas| browser::on_resize(&canvas, move || painter.with_value(Painter::request)));
    let point = move |event: ev::PointerEvent| {
        let Some(canvas) = canvas.get_untracked() else { return };
        let found = shown.with_value(|chart| {
            let frame = chart.frame(f64::from(canvas.client_width()), f64::from(canvas.client_height()), 1.0);
            let (step, value) = chart.near(frame.step(f64::from(event.offset_x())))?;
            Some(Probe { x: frame.x(step), y: frame.y(value), step, value })
        });
        probe.set(found);
    };
    let cross = move || {
        probe.get().map(|Probe { x, y, step, value }| {
            let text = format!("step {step:.0}: {}", number(value as f32, measure.percent));
            let side = if x > 190.0 { "before" } else { "after" };
            view! {
                <i class="cross" style:left=format!("{x:.1}px")></i>
                <i class="spot" style:left=format!("{x:.1}px") style:top=format!("{y:.1}px")></i>
                <output class=format!("probe {side}") style:left=format!("{x:.1}px")>{text}</output>
            }
        })
    };
    let label = move || format!("{} over steps; latest {}", measure.title, latest.get());
    view! {
        <article class="card chart">
            <header><h3>{measure.title}</h3><strong class="latest" data-testid=measure.testid>{latest}</strong></header>
            <div class="plot" on:pointermove=point on:pointerleave=move |_| probe.set(None)>
                <canvas node_ref=canvas role="img" aria-label=label></canvas>
                {cross}
            </div>
            <p class="reading">{measure.reading}</p>
            <p class="protocol">{said}</p>
        </article>
    }
}

/// Draws `chart` over the whole of `canvas`, at twice its resolution at least, because plotters rounds to pixels.
fn put(canvas: &HtmlCanvasElement, chart: &Chart, dark: bool) {
    let scale = browser::pixel_ratio().max(2.0);
    let size = [canvas.client_width(), canvas.client_height()].map(|side| (f64::from(side) * scale) as u32);
    if size.contains(&0) {
        return;
    }
    canvas.set_width(size[0]);
    canvas.set_height(size[1]);
    put_scaled(canvas, chart, &Theme::of(dark), scale);
}

/// Draws `chart` over the whole of `canvas` at its present resolution.
pub fn put_scaled(canvas: &HtmlCanvasElement, chart: &Chart, theme: &Theme, scale: f64) {
    if let Some(context) = browser::context(canvas) {
        context.set_line_join("round");
    }
    if let Some(backend) = CanvasBackend::with_canvas_object(canvas.clone()) {
        // A canvas reports an error only if it is gone, and then nobody looks at it.
        let _ = draw(&backend.into_drawing_area(), chart, theme, scale);
    }
}
