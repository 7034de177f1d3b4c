//! The shelf: the runs that are kept in this browser, what can be done with each, and several side by side.

mod compare;
mod row;
mod spheres;

use super::disclosure::Disclosure;
use crate::model::shelf::Shelf;
use crate::model::{Model, ShelfMsg};
use crate::page::Page;
use crate::text::shelf as words;
use compare::Compare;
use leptos::prelude::*;
use row::{Row, RunRow};

/// The kept runs, folded up until somebody wants them.
#[component]
pub fn ShelfCard() -> impl IntoView {
    let page = expect_context::<Page>();
    let open = RwSignal::new(false);
    let count = Memo::new(move |_| page.shelf.with(Shelf::count));
    let toggled = move |now: bool| {
        open.set(now);
        if now {
            page.shelve(ShelfMsg::Look);
        }
    };
    view! {
        <Disclosure
            title="Kept runs" brief=Signal::derive(move || words::count(count.get())) brief_testid="shelf-count" class="card shelf" testid="shelf"
            on_toggle=Callback::new(toggled)
        >
            <Show when=move || open.get()><Runs /></Show>
        </Disclosure>
    }
}

#[component]
fn Runs() -> impl IntoView {
    let page = expect_context::<Page>();
    let storage = Memo::new(move |_| {
        let secure = page.model.with_untracked(|model| model.secure);
        page.shelf.with(|shelf| words::storage(shelf.place.as_ref(), shelf.usage, secure))
    });
    // Numbers of the run on the page come many times a second: the rows wait for what changes the shelf.
    let version = Memo::new(move |_| page.model.with(|model| (model.shelf.revision, model.current().map(str::to_owned))));
    let rows = Memo::new(move |_| {
        // Read, not only tracked: what nobody reads is never worked out.
        version.get();
        page.model.with_untracked(rows)
    });
    let ids = Memo::new(move |_| rows.with(|rows| rows.iter().map(|row| row.id.clone()).collect::<Vec<String>>()));
    let filter = move || page.shelf.with(|shelf| shelf.filter.clone());
    let some = Memo::new(move |_| page.shelf.with(Shelf::count) > 0);
    let chosen = Memo::new(move |_| page.shelf.with(|shelf| shelf.chosen.len()));
    view! {
        <p class="storage" data-testid="storage">{storage}</p>
        <p class="storage" data-testid="memory">{move || page.model.with(|model| model.memory().map(words::memory))}</p>
        <div class="shelf-tools">
            <Show when=move || some.get()>
                <button
                    type="button" class="small" data-testid="export" title="As one .zip file, which the terminal reads, too"
                    on:click=move |_| page.shelve(ShelfMsg::Export(None))
                >{move || words::export(chosen.get())}</button>
            </Show>
            <label class="file">
                <span>"Take in runs from a .zip file"</span>
                <input type="file" accept=".zip" multiple data-testid="import" on:change=move |event| page.take_chosen(&event) />
            </label>
            <Show when=move || some.get()>
                <label>
                    <span>"Find"</span>
                    <input
                        type="search" data-testid="shelf-filter" placeholder="name, note, method" prop:value=filter
                        on:input=move |event| page.shelve(ShelfMsg::Filter(event_target_value(&event)))
                    />
                </label>
            </Show>
        </div>
        <ul class="runs">
            <For each=move || ids.get() key=String::clone let:id>
                <RunRow row=Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.id == id).cloned().unwrap_or_default())) />
            </For>
        </ul>
        <Show when=move || some.get() && ids.with(Vec::is_empty)><p class="reading">"No run says this."</p></Show>
        <Show when=move || { some.get() && chosen.get() < 2 }>
            <p class="reading">"Tick two runs or more to see them side by side."</p>
        </Show>
        <Show when=move || { chosen.get() > 1 }><Compare version /></Show>
    }
}

/// What is shown of each run.
fn rows(model: &Model) -> Vec<Row> {
    let current = model.current();
    model.shelf.leaves().iter().map(|leaf| Row::of(leaf, current, &model.shelf.chosen)).collect()
}
