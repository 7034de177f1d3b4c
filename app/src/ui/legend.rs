//! Which colour is which class, and which classes are shown?

use super::group::{rove, settle, stop};
use crate::page::Page;
use augsphere_charts::class_colour;
use leptos::prelude::*;

/// One button a class: pressed means shown.
#[component]
pub fn Legend() -> impl IntoView {
    let page = expect_context::<Page>();
    let names = Memo::new(move |_| {
        page.state.with(|state| state.run.as_ref().map(|run| run.data.classes.names.clone()).unwrap_or_default())
    });
    let shown = move |class: usize| page.classes.with(|classes| classes.get(class).copied().unwrap_or(true));
    let toggle = move |class: usize| {
        page.classes.update(|classes| {
            if let Some(shown) = classes.get_mut(class) {
                *shown = !*shown
            }
        })
    };
    let set_all = move |value: bool| page.classes.update(|classes| classes.iter_mut().for_each(|shown| *shown = value));
    let entry = move |(class, name): (usize, String)| {
        let colour = move || {
            let [red, green, blue] = class_colour(class, page.dark.get());
            format!("rgb({red} {green} {blue})")
        };
        view! {
            <button
                type="button" class="class" tabindex=stop(class) aria-pressed=move || shown(class).to_string() style:--class-colour=colour
                on:click=move |_| toggle(class)
                on:pointerenter=move |_| page.highlighted.set(Some(class)) on:pointerleave=move |_| page.highlighted.set(None)
                on:focus=move |_| page.highlighted.set(Some(class)) on:blur=move |_| page.highlighted.set(None)
            ><i aria-hidden="true"></i>{name}</button>
        }
    };
    let some_hidden = Memo::new(move |_| page.classes.with(|classes| classes.iter().any(|shown| !shown)));
    view! {
        <div
            class="legend" role="group" aria-label="Classes shown on the sphere" on:keydown=move |event| rove(&event)
            on:focusin=move |event| settle(&event)
        >
            {move || names.get().into_iter().enumerate().map(entry).collect_view()}
            <Show when=move || !names.with(Vec::is_empty)>
                <button type="button" class="class all" tabindex="-1" on:click=move |_| set_all(some_hidden.get())>
                    {move || if some_hidden.get() { "Show all" } else { "Hide all" }}
                </button>
            </Show>
        </div>
    }
}
