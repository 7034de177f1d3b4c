//! Which images are used, and how does a person bring their own?

use super::icons::Icon;
use super::thumbnail::mosaic;
use crate::page::Page;
use leptos::{ev, html, prelude::*};

/// Images of every class and the name of the data set.
#[component]
pub fn DataShown() -> impl IntoView {
    let page = expect_context::<Page>();
    let name = Memo::new(move |_| page.state.with(|state| state.run.as_ref().map(|run| run.data.title.clone())));
    let facts = Memo::new(move |_| {
        page.state.with(|state| {
            let data = &state.run.as_ref()?.data;
            Some(format!("{} classes, {}\u{d7}{} pixels", data.classes.names.len(), data.side, data.side))
        })
    });
    view! {
        <Samples />
        <p class="data-name"><strong data-testid="data-name">{move || name.get().unwrap_or_else(|| "\u{2026}".into())}</strong><br />{facts}</p>
    }
}

/// A few validation images of every class, one class a column.
#[component]
fn Samples() -> impl IntoView {
    let page = expect_context::<Page>();
    let canvas = NodeRef::<html::Canvas>::new();
    let runs = Memo::new(move |_| page.state.with(|state| state.runs));
    Effect::new(move |_| {
        let _ = runs.get();
        let Some(canvas) = canvas.get() else { return };
        page.state.with_untracked(|state| {
            let Some(run) = &state.run else { return };
            let kinds = run.data.classes.names.len().clamp(1, 10);
            let of_class = |class: usize| {
                run.labels.iter().enumerate().filter(move |&(_, &label)| usize::from(label) == class).map(|(index, _)| index)
            };
            let rows = 3;
            let chosen: Vec<usize> =
                (0..rows).flat_map(|row| (0..kinds).filter_map(move |class| of_class(class).nth(row))).collect();
            mosaic(&canvas, &run.images, &chosen, kinds);
        });
    });
    view! { <canvas class="samples" role="img" aria-label="Validation images, one class in each column" node_ref=canvas width="320" height="96"></canvas> }
}

/// Says where images come from that are not here, and takes a file from the disk or from the pointer.
#[component]
pub fn DataDrop() -> impl IntoView {
    let page = expect_context::<Page>();
    let lacking = Memo::new(move |_| page.model.with(|model| model.lacks_data(&model.draft)));
    let reading = Memo::new(move |_| page.model.with(|model| model.archives.reading()));
    let chosen = move |event: ev::Event| page.take_chosen(&event);
    view! {
        <Show when=move || lacking.get()>
            <p class="note">
                "These images are not here yet. Get the "<em>"binary version"</em>" of the archive from "
                <a href="https://www.cs.toronto.edu/~kriz/cifar.html" target="_blank" rel="noreferrer">"its authors' site"</a>
                " and drop it below. It stays on your machine."
            </p>
        </Show>
        <div class="drop" data-testid="data-drop" class:over=page.dragging>
            <label>
                {Icon::Save.view()}
                <span>
                    {move || match reading.get() {
                        Some(name) => format!("Reading {name}\u{2026}"),
                        None => "Drop a CIFAR-10 or CIFAR-100 archive, or its files or folder, anywhere; or choose files".to_owned(),
                    }}
                    <small>"binary version; it never leaves this machine"</small>
                </span>
                <input type="file" multiple accept=".gz,.tgz,.tar,.bin,.txt" on:change=chosen />
            </label>
        </div>
    }
}
