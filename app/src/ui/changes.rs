//! What was changed on the way, in words?

use crate::model::changes::Mark;
use crate::page::Page;
use leptos::prelude::*;

/// Says in its section that the newest change was made there, and what it means for the run.
#[component]
pub fn Changed(section: String) -> impl IntoView {
    let page = expect_context::<Page>();
    let prefix = format!("{section}.");
    let step = Memo::new(move |_| {
        page.state.with(|state| {
            let newest = state.run.as_ref()?.marks.last()?;
            newest.path.starts_with(&prefix).then_some(newest.step)
        })
    });
    move || {
        step.get().map(|step| {
            view! {
                <p class="changed" role="status" data-testid="changed">
                    {format!("Changed at step {step}; the encoder was kept. Reset begins the whole experiment anew.")}
                </p>
            }
        })
    }
}

/// All changes of the run, numbered as on the curves. Pointing at one shows it there.
#[component]
pub fn ChangeList() -> impl IntoView {
    let page = expect_context::<Page>();
    let marks = Memo::new(move |_| page.state.with(|state| state.run.as_ref().map(|run| run.marks.clone()).unwrap_or_default()));
    let item = move |(index, mark): (usize, Mark)| {
        let point = move |here: bool| page.marked.set(here.then_some(index));
        view! {
            <li
                tabindex="0" class:pointed=move || page.marked.get() == Some(index) on:pointerenter=move |_| point(true)
                on:pointerleave=move |_| point(false) on:focus=move |_| point(true) on:blur=move |_| point(false)
            ><span class="dot" aria-hidden="true">{index + 1}</span><span>{mark.sentence()}</span></li>
        }
    };
    view! {
        <Show when=move || !marks.with(Vec::is_empty)>
            <div class="card more">
                <h3>"Changed on the way"</h3>
                <ol class="changes" data-testid="changes">{move || marks.get().into_iter().enumerate().map(item).collect_view()}</ol>
                <p class="protocol">"The numbers are those on the curves. Link and file keep the changes, so that the run can be repeated."</p>
            </div>
        </Show>
    }
}
