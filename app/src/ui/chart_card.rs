//! The right column: every measure with its number, its chart, how to read it and how it was computed.

use super::anatomy::AnatomyCard;
use super::canvas::Pose;
use super::changes::ChangeList;
use super::disclosure::Disclosure;
use super::drawn::legend_entry;
use super::evaluation::EvaluationCard;
use super::figures::{Format, Subject, save};
use super::measure_cards::MoreMeasures;
use crate::draw::painter::Painter;
use crate::draw::{plots, scenes};
use crate::model::state::Run;
use crate::page::Page;
use crate::text::{MEASURES, Measure, Moment, number, protocol, reading};
use crate::wire::browser;
use augsphere_charts::{Chart, Sample};
use augsphere_spec::Phase;
use leptos::{ev, html, prelude::*};
use web_sys::HtmlCanvasElement;

/// Charts follow a running experiment this often, milliseconds.
const PAUSE: f64 = 250.0;
/// How near to a mark a pointer means it, pixels.
const REACH: f64 = 7.0;

/// All measures.
#[component]
pub fn MeasureColumn() -> impl IntoView {
    let (loss, others) = (MEASURES[0], &MEASURES[1..]);
    let cards = others.iter().map(|&measure| view! { <ChartCard measure /> }).collect_view();
    view! {
        <section class="column measures" aria-labelledby="measures-title" tabindex="0">
            <h2 id="measures-title">"Measures"</h2>
            <div class="charts" role="group" aria-label="Charts" tabindex="0"><ChartCard measure=loss />{cards}</div>
            <ChangeList />
            <AnatomyCard />
            <EvaluationCard />
            <MoreMeasures />
        </section>
    }
}

/// The small numbers below a chart: names in events and for people.
fn parts(measure: &Measure, run: &Run) -> Vec<(String, String)> {
    match measure.name {
        "loss" => run.parts.iter().map(|name| (name.clone(), name.replace('_', " "))).collect(),
        "gradient_positive" => vec![("gradient_balance".to_owned(), "push over pull".to_owned())],
        _ => Vec::new(),
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Probe {
    x: f64,
    y: f64,
    step: f64,
    value: f64,
}

/// A measure with its number, its chart, how to read it and how it was computed.
#[component]
pub fn ChartCard(measure: Measure) -> impl IntoView {
    let (page, pose) = (expect_context::<Page>(), expect_context::<Pose>());
    let canvas = NodeRef::<html::Canvas>::new();
    let shown = StoredValue::new_local(Chart::default());
    let probe = RwSignal::new(None::<Probe>);
    // The mark that the pointer is on, and where.
    let pointed = RwSignal::new(None::<(usize, f64)>);
    let measured = Memo::new(move |_| page.state.with(|state| state.measured(measure.name)));
    let latest =
        Memo::new(move |_| measured.get().map_or_else(|| "\u{2013}".to_owned(), |(_, value)| number(value, measure.percent)));
    let at = move || measured.get().map_or_else(|| "\u{a0}".to_owned(), |(step, _)| format!("at step {step}"));
    let said = Memo::new(move |_| {
        page.catalogue.with(|catalogue| {
            page.state.with(|state| match &state.run {
                Some(run) => protocol(measure.name, catalogue, &run.experiment, run.data.train, run.data.validation),
                None => page.draft.with(|draft| {
                    let data = draft.knobs("data");
                    protocol(measure.name, catalogue, draft, data.count("train"), data.count("validation"))
                }),
            })
        })
    });
    let read = Memo::new(move |_| {
        page.catalogue.with(|catalogue| {
            page.state.with(|state| match &state.run {
                Some(run) => {
                    let dimension = run.experiment.knobs("projector").count("dimension");
                    reading(&measure, catalogue, &run.experiment, &Moment::of(&run.history, dimension, run.data.validation))
                }
                None => page.draft.with(|draft| reading(&measure, catalogue, draft, &Moment::default())),
            })
        })
    });
    let small = Memo::new(move |_| {
        page.state.with(|state| {
            let run = state.run.as_ref()?;
            let told = parts(&measure, run).into_iter();
            let told = told.filter_map(|(name, title)| Some((title, number(run.history.latest(&name)?, false))));
            Some(told.collect::<Vec<_>>()).filter(|told| !told.is_empty())
        })
    });
    // Counts the drawings, because a chart that grows moves its marks.
    let drawn = RwSignal::new(0u32);
    let key = RwSignal::new(Vec::<(Sample, String)>::new());
    let painter = Painter::new(move |_| {
        // The card may have been closed since this was asked for.
        if let Some(Some(canvas)) = canvas.try_get_untracked() {
            let chart = page.state.with_untracked(|state| {
                state.run.as_ref().map(|run| plots::chart(&measure, run, state.former.as_ref())).unwrap_or_default()
            });
            put(&canvas, &chart, page.dark.get_untracked());
            if key.with_untracked(|key| *key != chart.key) {
                key.set(chart.key.clone());
            }
            shown.set_value(chart);
            drawn.update(|drawn| *drawn = drawn.wrapping_add(1));
        }
        false
    });
    let painter = StoredValue::new_local(painter);
    // Only what is on this chart wakes it up.
    let news = Memo::new(move |_| {
        page.state.with(|state| {
            state
                .run
                .as_ref()
                .map(|run| (state.runs, run.history.series(measure.name).len(), run.history.untrained(measure.name), run.changed))
        })
    });
    Effect::new(move |_| {
        // Reading, not tracking: a memo that nobody has read yet does not know what it depends on.
        let _ = (news.get(), page.dark.get());
        let running = page.state.with_untracked(|state| state.phase == Some(Phase::Running));
        painter.with_value(|painter| painter.request_slowly(if running { PAUSE } else { 0.0 }));
    });
    canvas.on_load(move |canvas| {
        browser::on_resize(&canvas, move || {
            painter.try_with_value(Painter::request);
        })
    });
    // What is pointed at in one chart or picture is read off in all.
    let look_at = move |step: Option<u64>| {
        if page.hovered_step.get_untracked() != step {
            page.hovered_step.set(step);
        }
    };
    let elsewhere = move || {
        let (step, canvas) = (page.hovered_step.get()?, canvas.get_untracked()?);
        drawn.track();
        let (width, height) = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
        shown.with_value(|chart| {
            let (frame, (step, value)) = (chart.frame(width, height), chart.near(step as f64)?);
            (step <= frame.steps.1).then(|| Probe { x: frame.x(step), y: frame.y(value), step, value })
        })
    };
    let point = move |event: ev::PointerEvent| {
        let Some(canvas) = canvas.get_untracked() else { return };
        let (found, mark) = shown.with_value(|chart| {
            let frame = chart.frame(f64::from(canvas.client_width()), f64::from(canvas.client_height()));
            let x = f64::from(event.offset_x());
            let mark = chart.mark_near(&frame, x, REACH).map(|index| (index, frame.x(chart.marks[index])));
            let near = chart.near(frame.step(x));
            (near.map(|(step, value)| Probe { x: frame.x(step), y: frame.y(value), step, value }), mark)
        });
        probe.set(found);
        pointed.set(mark);
        look_at(found.map(|found| found.step as u64));
    };
    let leave = move |_| {
        probe.set(None);
        pointed.set(None);
        look_at(None);
    };
    // A change that is pointed at here, or in the list of changes.
    let mark = move || {
        let listed = || {
            let (index, canvas) = (page.marked.get()?, canvas.get_untracked()?);
            drawn.track();
            let (width, height) = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
            let x = shown.with_value(|chart| chart.marks.get(index).map(|&step| chart.frame(width, height).x(step)))?;
            Some((index, x))
        };
        let (index, x) = pointed.get().or_else(listed)?;
        let words =
            page.state.with_untracked(|state| state.run.as_ref().and_then(|run| Some(run.marks.get(index)?.sentence())))?;
        Some(view! {
            <i class="cross mark" style:left=format!("{x:.1}px")></i>
            <output class=format!("probe low {}", side(x)) style:left=format!("{x:.1}px")>{words}</output>
        })
    };
    let cross = move || {
        probe.get().or_else(elsewhere).map(|Probe { x, y, step, value }| {
            let text = format!("step {step:.0}: {}", number(value as f32, measure.percent));
            view! {
                <i class="cross" style:left=format!("{x:.1}px")></i>
                <i class="spot" style:left=format!("{x:.1}px") style:top=format!("{y:.1}px")></i>
                <output class=format!("probe {}", side(x)) style:left=format!("{x:.1}px")>{text}</output>
            }
        })
    };
    let legend = move || key.get().into_iter().map(legend_entry).collect_view();
    let small = move || match small.get() {
        Some(small) => {
            let small =
                small.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view();
            Some(view! { <dl class="parts" data-testid=format!("{}-parts", measure.testid)>{small}</dl> }.into_any())
        }
        // The loss has parts from the first step on: their line is kept free, so that nothing moves then.
        None => (measure.testid == "loss").then(|| view! { <div class="parts"></div> }.into_any()),
    };
    let file = move |format: Format| {
        let name = format.name();
        view! {
            <button
                type="button" class="small" aria-label=format!("Save the chart of {} as {name}", measure.title.to_lowercase())
                on:click=move |_| save(page, pose, Subject::Chart(measure), format)
            >{name}</button>
        }
    };
    let label = move || format!("{} over steps; latest {}", measure.title, latest.get());
    view! {
        <article class="card chart">
            <header>
                <h3>{measure.title}<small class="space">{measure.space}</small></h3>
                <span class="now">
                    <strong class="latest" data-testid=measure.testid>{latest}</strong>
                    <span class="at" data-testid=format!("{}-step", measure.testid)>{at}</span>
                </span>
            </header>
            <p class="lines">{legend}</p>
            <div class="plot" on:pointermove=point on:pointerleave=leave>
                <canvas node_ref=canvas role="img" aria-label=label></canvas>
                {cross}
                {mark}
            </div>
            {small}
            <p class="reading">{read}</p>
            <Disclosure title="How it was computed; the chart as a file" class="how plain">
                <p class="protocol">{said}</p>
                {file(Format::Png)} {file(Format::Svg)}
            </Disclosure>
        </article>
    }
}

/// On which side of a line at `x` there is room for words.
fn side(x: f64) -> &'static str {
    if x > 190.0 { "before" } else { "after" }
}

/// Draws `chart` over the whole of `canvas`.
pub fn put(canvas: &HtmlCanvasElement, chart: &Chart, dark: bool) {
    let size = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
    if size.0 > 0.0 && size.1 > 0.0 {
        scenes::put(canvas, &chart.scene(size), dark, browser::pixel_ratio(), false);
    }
}
