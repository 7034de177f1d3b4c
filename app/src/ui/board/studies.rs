//! What begins and ends a study, beside its picture.

use crate::model::StudyMsg;
use crate::page::Page;
use leptos::prelude::*;

/// Start and stop, and how far the study is.
pub fn controls(page: Page) -> AnyView {
    let running = Memo::new(move |_| page.model.with(|model| model.studies.running().is_some()));
    let begun = Memo::new(move |_| page.state.with(|state| state.run.is_some()));
    let state = Memo::new(move |_| page.model.with(|model| model.study_state()));
    view! {
        <p class="distances-buttons">
            <button
                type="button" class="small primary" data-testid="study-start" prop:disabled=move || running.get() || !begun.get()
                title="Trains an encoder with each policy; your own run is paused meanwhile." on:click=move |_| page.study(StudyMsg::Start)
            >"Start"</button>
            <Show when=move || running.get()>
                <button type="button" class="small" data-testid="study-stop" on:click=move |_| page.study(StudyMsg::Stop)>"Stop"</button>
            </Show>
            <span class="distances-state" class:busy=move || running.get() role="status" data-testid="study-state">{move || state.get()}</span>
        </p>
    }
    .into_any()
}
