//! What went wrong, where, and what can be done about it?

use super::icons::Icon;
use crate::page::Page;
use leptos::prelude::*;

/// The newest fault, until it is dismissed. It blocks nothing.
#[component]
pub fn FaultBox() -> impl IntoView {
    let page = expect_context::<Page>();
    let newest =
        Memo::new(move |_| page.state.with(|state| state.faults.last().cloned().map(|fault| (fault, state.faults.len()))));
    let dismiss = move |_| page.state.update(|state| drop(state.faults.pop()));
    move || {
        newest.get().map(|(fault, count)| {
            let fatal = !fault.recoverable;
            let fate = if fatal { "The run has ended." } else { "What was running goes on." };
            view! {
                <div class="fault" class:fatal=fatal data-testid="fault" role="alert">
                    <div class="fault-text">
                        <p class="what"><strong>{fault.what}</strong></p>
                        <p><span class="place">"Where: "{fault.location}". "</span><span class="remedy">{fault.remedy}</span>" "{fate}</p>
                    </div>
                    <div class="fault-buttons">
                        {fatal.then(|| view! { <button type="button" class="primary" on:click=move |_| page.restart()>"Restart the laboratory"</button> })}
                        {(count > 1).then(|| view! { <span class="more">{format!("{} more", count - 1)}</span> })}
                        <button type="button" class="small" aria-label="Dismiss" on:click=dismiss>{Icon::Close.view()}</button>
                    </div>
                </div>
            }
        })
    }
}
