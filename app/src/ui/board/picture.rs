//! One picture on the board.

mod drawing;
mod shown;

use super::controls::control;
use super::studies;
use crate::model::BoardMsg;
use crate::page::Page;
use crate::ui::figures::{Format, hand_over};
use crate::ui::icons::Icon;
use crate::wire::browser;
use augsphere_charts::plots;
use drawing::Drawing;
use leptos::{ev, prelude::*};
use shown::Shown;

/// Knobs that are to be seen at once; a single one more is, too.
const FEW: usize = 4;
/// Size of a saved picture, CSS pixels across.
const SAVED: f64 = 960.0;

/// The picture that is being dragged to another place.
#[derive(Clone, Copy)]
pub struct Carried(pub RwSignal<Option<&'static str>>);

/// A picture with its knobs, its words and its files.
#[component]
pub fn PictureCard(
    /// Its name.
    name: String,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let Some(plot) = plots::plot(&name) else { return ().into_any() };
    let shown = Shown { page, plot };
    let name = plot.name();
    let (large, choosing, choosable) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let summary = RwSignal::new(String::new());
    let (mut knobs, mut more) = (plot.knobs(), Vec::new());
    if knobs.len() > FEW + 1 {
        more = knobs.split_off(FEW);
    }
    let control = move |knob| control(page, name, knob);
    let more = (!more.is_empty()).then(|| {
        view! {
            <details class="picture-more">
                <summary>{format!("{} more to turn", more.len())}</summary>
                <div class="picture-knobs">{more.into_iter().map(control).collect_view()}</div>
            </details>
        }
    });
    let knobs = knobs.into_iter().map(control).collect_view();
    let study = plot.study().then(|| studies::controls(page));
    let source = (!plot.source().is_empty()).then(|| view! { <small>" "{plot.source()}</small> });
    let testid = format!("picture-{name}");
    let summary_id = format!("{testid}-summary");
    let carried = expect_context::<Carried>().0;
    let over = RwSignal::new(false);
    let lifted = move |event: ev::DragEvent| {
        carried.set(Some(name));
        if let Some(transfer) = event.data_transfer() {
            // Some browsers drag nothing that has no data. Refused only after the event.
            let _ = transfer.set_data("text/plain", plot.title());
        }
    };
    let foreign = move || carried.get_untracked().filter(|carried| *carried != name);
    let hovered = move |event: ev::DragEvent| {
        if foreign().is_some() {
            // What is dragged is a picture: it may be put down here.
            event.prevent_default();
            event.stop_propagation();
            over.set(true);
        }
    };
    let dropped = move |event: ev::DragEvent| {
        over.set(false);
        let Some(other) = foreign() else { return };
        event.prevent_default();
        event.stop_propagation();
        carried.set(None);
        let place =
            |wanted: &str| page.model.with_untracked(|model| model.board.placed.iter().position(|placed| placed.name == wanted));
        if let (Some(from), Some(to)) = (place(other), place(name)) {
            page.board(BoardMsg::Move(other.into(), to as isize - from as isize));
        }
    };
    let choose = move || {
        choosable.get().then(|| {
            view! {
                <button
                    type="button" class="icon" aria-pressed=move || choosing.get().to_string() title="Choose images: draw a loop around them (or hold Shift and draw)"
                    aria-label=format!("Choose images in {} with a loop", plot.title()) on:click=move |_| choosing.update(|on| *on = !*on)
                >{Icon::Loop.view()}</button>
            }
        })
    };
    view! {
        <article
            class="board-picture" class:large=move || large.get() class:target=move || over.get() data-testid=testid.clone()
            on:dragover=hovered on:dragleave=move |_| over.set(false) on:drop=dropped
        >
            <header draggable="true" title="Drag to another place" on:dragstart=lifted on:dragend=move |_| carried.set(None)>
                <h3>{plot.title()}</h3>
                {choose}
                <button type="button" class="icon" aria-label=format!("Move {} forward", plot.title()) on:click=move |_| page.board(BoardMsg::Move(name.into(), -1))>{Icon::Before.view()}</button>
                <button type="button" class="icon" aria-label=format!("Move {} back", plot.title()) on:click=move |_| page.board(BoardMsg::Move(name.into(), 1))>{Icon::Next.view()}</button>
                <button type="button" class="icon" aria-pressed=move || large.get().to_string() aria-label=format!("Enlarge {}", plot.title()) on:click=move |_| large.update(|large| *large = !*large)>{Icon::Enlarge.view()}</button>
                <button type="button" class="icon" aria-label=format!("Take {} away", plot.title()) on:click=move |_| page.board(BoardMsg::Remove(name.into()))>{Icon::Close.view()}</button>
            </header>
            <p class="picture-sentence">{plot.sentence()}{source}</p>
            <Drawing shown large choosing choosable summary described_by=summary_id.clone() />
            <div class="picture-knobs">{knobs}</div>
            {more}
            {study}
            <p class="reading" id=summary_id.clone() data-testid=summary_id>{move || summary.get()}</p>
            {files(shown)}
        </article>
    }
    .into_any()
}

/// The picture and its numbers as files.
fn files(shown: Shown) -> impl IntoView {
    let Shown { page, plot } = shown;
    let name = plot.name();
    let save = move |format: Format| hand_over(page, name, &shown.scene(SAVED), format);
    let numbers = move |_| browser::download(&format!("{name}.csv"), "text/csv", shown.table().csv().as_bytes());
    view! {
        <p class="picture-files" data-testid=format!("picture-{name}-save")>
            <span>"Save as"</span>
            <button type="button" class="small" on:click=move |_| save(Format::Png)>"PNG"</button>
            <button type="button" class="small" on:click=move |_| save(Format::Svg)>"SVG"</button>
            <button type="button" class="small" on:click=numbers>"CSV"</button>
        </p>
    }
}
