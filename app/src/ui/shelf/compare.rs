//! Kept runs side by side: their curves in one picture, their paths in the plane of alignment and uniformity, and a table.

use crate::draw::painter::Painter;
use crate::draw::scenes;
use crate::model::Model;
use crate::model::history::History;
use crate::model::shelf::Entry;
use crate::model::state::Run;
use crate::page::Page;
use crate::text::compare::{Compared, Comparison};
use crate::ui::figures::{Format, hand_over};
use crate::wire::browser;
use augsphere_charts::plots::{self, Inputs, Linked, Plot, RunCurves};
use augsphere_charts::scene::{Item, Scene};
use augsphere_spec::{KnobKind, Knobs, Value};
use leptos::{ev, html, prelude::*};
use wasm_bindgen_futures::spawn_local;

/// What the shelf shows, and the run on the page: whoever reads it is woken when either changes.
pub type Version = Memo<(u64, Option<String>)>;

/// Pictures follow a run that trains this often, milliseconds.
const PAUSE: f64 = 500.0;
/// Size of a saved picture, CSS pixels across.
const SAVED: f64 = 960.0;

/// The runs that are chosen, side by side.
#[component]
pub fn Compare(version: Version) -> impl IntoView {
    let pictures = ["curves", "plane"].into_iter().filter_map(plots::plot);
    let pictures = pictures.map(|plot| view! { <Picture plot version /> }).collect_view();
    view! {
        <section class="compare" data-testid="compare" aria-label="Chosen runs side by side">
            <super::spheres::Spheres version />
            <div class="compare-pictures">{pictures}</div>
            <Table version />
        </section>
    }
}

/// A chosen run as far as the page knows it: while it is on the page, as it is at the moment.
struct Chosen<'a> {
    name: &'a str,
    history: &'a History,
    changes: Vec<u64>,
    live: Option<&'a Run>,
}

fn chosen(model: &Model) -> Vec<Chosen<'_>> {
    let entries = model.shelf.chosen.iter().filter_map(|id| model.shelf.entry(id));
    let found = entries.filter_map(|entry| {
        let live = live(model, &entry.header.id);
        let changes = match (live, &entry.told) {
            (Some(run), _) => run.marks.iter().map(|mark| mark.step).collect(),
            (None, Some(told)) => told.changes.iter().map(|change| change.at).collect(),
            (None, None) => Vec::new(),
        };
        let history = live.map(|run| &run.history).or_else(|| entry.told.as_ref().map(|told| &told.history))?;
        Some(Chosen { name: &entry.header.name, history, changes, live })
    });
    found.collect()
}

/// The run on the page, if it is this one.
pub fn live<'a>(model: &'a Model, id: &str) -> Option<&'a Run> {
    model.state.run.as_ref().filter(|run| model.shelf.id_of(run.id) == Some(id))
}

/// The same for the table.
fn compared<'a>(model: &'a Model, Entry { header, experiment, told, .. }: &'a Entry) -> Compared<'a> {
    let live = live(model, &header.id);
    let history = live.map(|run| &run.history).or_else(|| told.as_ref().map(|told| &told.history));
    let step = live.map_or(header.step, |run| run.step);
    Compared { name: &header.name, step, experiment: experiment.as_deref(), history }
}

/// What is done with everything that a picture of the chosen runs is drawn from.
fn with_inputs<R>(page: Page, knobs: &Knobs, act: impl FnOnce(&Inputs<'_>) -> R) -> R {
    let linked = Linked { hovered: page.hovered_step.get_untracked().map(Item::Step), ..Linked::default() };
    page.model.with_untracked(|model| {
        let chosen = chosen(model);
        let curves =
            |run: &Chosen<'_>| -> Vec<(String, f32, String)> { run.live.map(|run| run.levels.clone()).unwrap_or_default() };
        let levels: Vec<Vec<(String, f32, String)>> = chosen.iter().map(curves).collect();
        let runs: Vec<RunCurves<'_>> = chosen
            .iter()
            .zip(&levels)
            .map(|(run, levels)| RunCurves {
                name: run.name,
                curves: run.history,
                changes: &run.changes,
                levels,
                dimension: None,
            })
            .collect();
        act(&Inputs { runs: &runs, ..Inputs::nothing(&linked, knobs) })
    })
}

/// A picture of the curves of the chosen runs.
#[component]
fn Picture(plot: &'static dyn Plot, version: Version) -> impl IntoView {
    let page = expect_context::<Page>();
    let knobs = RwSignal::new(plots::defaults(plot));
    let canvas = NodeRef::<html::Canvas>::new();
    let drawn = StoredValue::new_local(Scene::default());
    let summary = RwSignal::new(String::new());
    let scene = move |width: f64| {
        knobs.with_untracked(|knobs| {
            with_inputs(page, knobs, |inputs| plot.scene(inputs, (width, (width * plot.aspect()).round())))
        })
    };
    let painter = StoredValue::new_local(Painter::new(move |_| {
        if let Some(canvas) = canvas.try_get_untracked().flatten() {
            let scene = scene(f64::from(canvas.client_width()).max(160.0));
            scenes::put(&canvas, &scene, page.dark.get_untracked(), browser::pixel_ratio(), false);
            drawn.set_value(scene);
            let words = knobs.with_untracked(|knobs| with_inputs(page, knobs, |inputs| plot.summary(inputs)));
            if summary.with_untracked(|known| *known != words) {
                summary.set(words);
            }
        }
        false
    }));
    let redraw = move || {
        let _ = painter.try_with_value(|painter| painter.request_slowly(PAUSE));
    };
    // The run on the page may be one of them.
    let numbers = Memo::new(move |_| page.state.with(|state| state.numbers));
    Effect::new(move |_| {
        let _ = (version.with(|version| version.0), numbers.get(), page.dark.get(), knobs.with(|_| ()));
        redraw();
    });
    Effect::new(move |_| {
        let _ = page.hovered_step.get();
        let _ = painter.try_with_value(Painter::request);
    });
    canvas.on_load(move |canvas| browser::on_resize(&canvas, redraw));
    let look_at = move |step: Option<u64>| {
        if page.hovered_step.get_untracked() != step {
            page.hovered_step.set(step);
        }
    };
    let point = move |event: ev::PointerEvent| {
        let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        look_at(match drawn.with_value(|scene| scene.hit(at)) {
            Some(Item::Step(step)) => Some(step),
            _ => None,
        });
    };
    let measures = plot.knobs().into_iter().find_map(|knob| match knob.kind {
        KnobKind::Choice { options } => Some((knob.name, options)),
        _ => None,
    });
    let menu = measures.map(|(knob, options)| {
        let name = knob.clone();
        let shown = move || knobs.with(|knobs| knobs.text(&name).to_owned());
        let choose = move |event| knobs.update(|knobs| knobs.set(&knob, Value::Text(event_target_value(&event))));
        let option = |option: &String| view! { <option value=option.clone()>{option.replace('_', " ")}</option> };
        let options = options.iter().map(option).collect_view();
        view! { <label class="compare-menu"><span>"Measure"</span><select data-testid="compare-measure" prop:value=shown on:change=choose>{options}</select></label> }
    });
    let save = move |format: Format| {
        let save = move |_| hand_over(page, &format!("compare-{}", plot.name()), &scene(SAVED), format);
        view! { <button type="button" class="small" on:click=save>{format.name()}</button> }
    };
    let id = format!("compare-{}", plot.name());
    view! {
        <figure class="compare-picture" data-testid=id.clone()>
            <figcaption><h3>{plot.title()}</h3>{menu}</figcaption>
            <div class="picture-plot" style:aspect-ratio=format!("{:.4}", 1.0 / plot.aspect())>
                <canvas
                    role="img" aria-label=plot.title() aria-describedby=format!("{id}-summary") node_ref=canvas on:pointermove=point
                    on:pointerleave=move |_| look_at(None)
                ></canvas>
            </div>
            <p class="reading" id=format!("{id}-summary")>{summary}</p>
            <p class="picture-files"><span>"Save as"</span>{save(Format::Png)}{save(Format::Svg)}</p>
        </figure>
    }
}

/// The table of differences and last measures.
#[component]
fn Table(version: Version) -> impl IntoView {
    let page = expect_context::<Page>();
    let table = Memo::new(move |_| {
        version.get();
        page.model.with_untracked(|model| {
            let entries = model.shelf.chosen.iter().filter_map(|id| model.shelf.entry(id));
            Comparison::of(&model.catalogue, &entries.map(|entry| compared(model, entry)).collect::<Vec<_>>())
        })
    });
    // What was copied last, or what could not be.
    let copied = RwSignal::new(None::<(&'static str, Option<String>)>);
    let copy = move |form: &'static str, written: fn(&Comparison) -> String| {
        let act = move |_| {
            let text = table.with_untracked(written);
            spawn_local(async move {
                let done = browser::copy(&text).await;
                copied.set(Some((form, (!done).then_some(text))));
            });
        };
        let words = move || match copied.get() {
            Some((known, None)) if known == form => format!("{form}: copied"),
            _ => format!("Copy as {form}"),
        };
        view! { <button type="button" class="small" data-testid=format!("compare-{}", form.to_lowercase()) on:click=act>{words}</button> }
    };
    let by_hand = move || {
        let text = copied.get().and_then(|(_, text)| text)?;
        Some(
            view! { <textarea class="bench-text" readonly=true aria-label="The table, to be copied by hand" data-testid="compare-text" prop:value=text></textarea> },
        )
    };
    let inside = move || {
        table.with(|table| {
            let head = table.head().iter().map(|title| view! { <th scope="col">{title.clone()}</th> }).collect_view();
            let row = |row: Vec<String>| {
                let mut cells = row.into_iter();
                let name = cells.next().unwrap_or_default();
                view! { <tr><th scope="row">{name}</th>{cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> }
            };
            view! { <table class="figures"><thead><tr>{head}</tr></thead><tbody>{table.rows().into_iter().map(row).collect_view()}</tbody></table> }
        })
    };
    view! {
        <div class="wide-table" tabindex="0" role="region" aria-label="Differences and last measures" data-testid="compare-table">{inside}</div>
        <p class="picture-files">
            {copy("CSV", Comparison::csv)}
            {copy("LaTeX", Comparison::latex)}
            {copy("Markdown", Comparison::markdown)}
        </p>
        {by_hand}
    }
}
