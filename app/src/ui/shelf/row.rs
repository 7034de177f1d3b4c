//! A kept run on the shelf.

use crate::model::ShelfMsg;
use crate::model::shelf::Leaf;
use crate::page::Page;
use crate::text::shelf as words;
use crate::ui::group::{rove, settle, stop};
use crate::wire::script::draw_file;
use augsphere_charts::decimate;
use augsphere_spec::Experiment;
use leptos::{html, prelude::*};
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

/// Side of a small picture, pixels.
const SIDE: &str = "96";
/// Width and height of the small curve, in its own units.
const SPARK: (f64, f64) = (96.0, 28.0);
/// Branches that stand under branches are moved in no more often than this: there is little room on a phone.
const DEEPEST: usize = 4;

/// What is shown of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub id: String,
    name: String,
    note: String,
    pinned: bool,
    current: bool,
    chosen: bool,
    depth: usize,
    lineage: Option<String>,
    standing: String,
    device: String,
    /// Why it cannot go on, if it cannot.
    obstacle: Option<&'static str>,
    /// Whether another run can begin with its encoder.
    encoder: bool,
    elsewhere: bool,
    picture: u64,
    curve: Vec<(f64, f64)>,
    experiment: Option<Arc<Experiment>>,
    /// The experiment that it is compared with in words.
    beside: Option<Arc<Experiment>>,
}

impl Row {
    /// What is shown of `leaf`; `current` is the run on the page, `chosen` are those that are compared.
    pub fn of(leaf: &Leaf<'_>, current: Option<&str>, chosen: &[String]) -> Self {
        let entry = leaf.entry;
        let header = &entry.header;
        let curve: Vec<(f64, f64)> = entry.accuracy.iter().map(|&(step, value)| (step as f64, f64::from(value))).collect();
        Self {
            id: header.id.clone(),
            name: header.name.clone(),
            note: header.note.clone(),
            pinned: header.pinned,
            current: current == Some(header.id.as_str()),
            chosen: chosen.contains(&header.id),
            depth: leaf.depth.min(DEEPEST),
            lineage: words::lineage(entry),
            standing: words::standing(entry),
            device: header.device.as_ref().map(|device| device.name.clone()).unwrap_or_default(),
            obstacle: words::obstacle(entry),
            encoder: entry.has_encoder() && entry.experiment.is_some(),
            elsewhere: entry.elsewhere,
            picture: entry.picture,
            curve: decimate(&curve, SPARK.0 as usize / 2),
            experiment: entry.experiment.clone(),
            beside: leaf.beside.and_then(|beside| beside.experiment.clone()),
        }
    }

    /// The small curve as the points of a line, from the lowest to the highest value.
    fn spark(&self) -> String {
        let (width, height) = SPARK;
        let (low, high) = self
            .curve
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| (low.min(point.1), high.max(point.1)));
        let (first, last) = match (self.curve.first(), self.curve.last()) {
            (Some(first), Some(last)) if last.0 > first.0 => (first.0, last.0),
            _ => return String::new(),
        };
        let at = |&(x, y): &(f64, f64)| {
            let y = if high > low { (high - y) / (high - low) } else { 0.5 };
            format!("{:.1},{:.1}", width * (x - first) / (last - first), 2.0 + (height - 4.0) * y)
        };
        self.curve.iter().map(at).collect::<Vec<_>>().join(" ")
    }
}

/// A run: its picture, what it is, its curve, and what can be done with it.
#[component]
pub fn RunRow(row: Memo<Row>) -> impl IntoView {
    let page = expect_context::<Page>();
    let id = StoredValue::new(row.with_untracked(|row| row.id.clone()));
    let part = move |part: fn(&Row) -> String| Memo::new(move |_| row.with(part));
    let flag = move |flag: fn(&Row) -> bool| Memo::new(move |_| row.with(flag));
    let (name, note, standing, device) = (
        part(|row| row.name.clone()),
        part(|row| row.note.clone()),
        part(|row| row.standing.clone()),
        part(|row| row.device.clone()),
    );
    let (current, pinned, chosen, elsewhere) =
        (flag(|row| row.current), flag(|row| row.pinned), flag(|row| row.chosen), flag(|row| row.elsewhere));
    let lineage = Memo::new(move |_| row.with(|row| row.lineage.clone()));
    let spark = part(Row::spark);
    // Worked out anew only for other experiments, not with every number.
    let pair = Memo::new(move |_| row.with(|row| (row.experiment.clone(), row.beside.clone())));
    let differs = Memo::new(move |_| {
        pair.with(|(own, beside)| {
            let (Some(own), Some(beside)) = (own, beside) else { return String::new() };
            page.catalogue.with_untracked(|catalogue| words::differs(catalogue, own, beside))
        })
    });
    let shelve = move |msg: fn(String) -> ShelfMsg| page.shelve(msg(id.get_value()));
    let choose = move |event| page.shelve(ShelfMsg::Choose(id.get_value(), event_target_checked(&event)));
    let editing = RwSignal::new(false);
    view! {
        <li
            class="run" class:current=current data-testid=format!("run-{}", id.get_value())
            style:--depth=move || row.with(|row| row.depth.to_string())
        >
            <label class="run-choice" title="Compare">
                <input type="checkbox" data-testid="run-select" aria-label=move || format!("Compare {}", name.get()) prop:checked=chosen on:change=choose />
            </label>
            {picture(page, id.get_value(), Memo::new(move |_| row.with(|row| row.picture)))}
            <div class="run-words">
                <p class="run-name">
                    <strong data-testid="run-name">{name}</strong>
                    <Show when=move || current.get()><span class="badge">"on the page"</span></Show>
                    <Show when=move || pinned.get()><span class="badge">"kept for good"</span></Show>
                    <Show when=move || elsewhere.get()><span class="badge">"open in another tab"</span></Show>
                </p>
                {move || lineage.get().map(|words| view! { <p class="run-from" data-testid="run-from">{words}</p> })}
                <Show when=move || differs.with(|words| !words.is_empty())><p class="run-differs" data-testid="differs">{differs}</p></Show>
                <p class="run-standing"><span data-testid="run-standing">{standing}</span><span class="run-device">{device}</span></p>
                <Show when=move || note.with(|note| !note.is_empty())><p class="run-note">{note}</p></Show>
            </div>
            <svg class="spark" viewBox=format!("0 0 {} {}", SPARK.0, SPARK.1) preserveAspectRatio="none" aria-hidden="true">
                <polyline points=spark fill="none" stroke="currentColor" stroke-width="1.5" vector-effect="non-scaling-stroke" />
            </svg>
            {buttons(row, editing, name, shelve)}
            <Show when=move || editing.get()>{move || fields(page, id.get_value(), name, note, editing)}</Show>
        </li>
    }
}

/// What can be done with a run: one stop of the Tab key. Where something cannot be, pressing it says why.
fn buttons(
    row: Memo<Row>,
    editing: RwSignal<bool>,
    name: Memo<String>,
    shelve: impl Fn(fn(String) -> ShelfMsg) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let pinned = Memo::new(move |_| row.with(|row| row.pinned));
    let obstacle = Memo::new(move |_| row.with(|row| row.obstacle));
    let begins = Memo::new(move |_| row.with(|row| row.encoder));
    let off = move || obstacle.get().is_some().to_string();
    let pin = move |_| shelve(if pinned.get_untracked() { |id| ShelfMsg::Pin(id, false) } else { |id| ShelfMsg::Pin(id, true) });
    view! {
        <div class="run-buttons" role="group" aria-label=move || format!("What to do with {}", name.get()) on:keydown=|event| rove(&event) on:focusin=|event| settle(&event)>
            <button
                type="button" class="small" data-testid="run-resume" tabindex=stop(0) aria-disabled=off
                title=move || obstacle.get().unwrap_or("This run becomes the one on the page, where it was left") on:click=move |_| shelve(ShelfMsg::Resume)
            >"Resume"</button>
            <button
                type="button" class="small" data-testid="run-branch" tabindex=stop(1) aria-disabled=off
                title=move || obstacle.get().unwrap_or("A new run goes on from here with what the controls show") on:click=move |_| shelve(ShelfMsg::Branch)
            >"Branch"</button>
            <button
                type="button" class="small" data-testid="run-begin" tabindex=stop(2) aria-disabled=move || (!begins.get()).to_string()
                title="A new run begins at step 0 with the encoder of this one and what else the controls show: fine-tuning, by any method"
                on:click=move |_| shelve(ShelfMsg::BeginFrom)
            >"Begin from"</button>
            <button
                type="button" class="small" data-testid="run-keep" tabindex=stop(3) aria-pressed=move || pinned.get().to_string()
                title="Never give up its checkpoint to make room" on:click=pin
            >"Keep"</button>
            <button
                type="button" class="small" data-testid="run-rename" tabindex=stop(4) aria-expanded=move || editing.get().to_string()
                title="Another name, and a note" on:click=move |_| editing.update(|editing| *editing = !*editing)
            >"Rename"</button>
            <button type="button" class="small" data-testid="run-delete" tabindex=stop(5) title="You can have it back for some seconds" on:click=move |_| shelve(ShelfMsg::Delete)>"Delete"</button>
        </div>
    }
}

/// The fields of name and note.
fn fields(page: Page, id: String, name: Memo<String>, note: Memo<String>, editing: RwSignal<bool>) -> impl IntoView {
    let (named, noted) = (id.clone(), id);
    let rename = move |event| page.shelve(ShelfMsg::Rename(named.clone(), event_target_value(&event)));
    let write = move |event| page.shelve(ShelfMsg::Note(noted.clone(), event_target_value(&event)));
    let done = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            editing.set(false);
        }
    };
    view! {
        <div class="run-fields" on:keydown=done>
            <label><span>"Name"</span><input class="value" type="text" maxlength="80" data-testid="run-name-field" prop:value=name on:change=rename /></label>
            <label><span>"Note"</span><input class="value" type="text" maxlength="400" data-testid="run-note" prop:value=note on:change=write /></label>
        </div>
    }
}

/// The picture of a run, read anew whenever it was made anew.
fn picture(page: Page, id: String, count: Memo<u64>) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let (Some(canvas), _) = (canvas.get(), count.get()) else { return };
        let (store, id) = (page.store(), id.clone());
        spawn_local(async move {
            if let Some(store) = store
                && let Some(file) = store.picture(&id).await
            {
                draw_file(&canvas, &file).await;
            }
        });
    });
    view! { <canvas class="run-picture" width=SIDE height=SIDE aria-hidden="true" node_ref=canvas></canvas> }
}
