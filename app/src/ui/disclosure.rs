//! Something that unfolds: a title, a few words about what is inside, and the inside.

use leptos::{html, prelude::*};

/// A title that unfolds what belongs to it. All that unfolds on the page looks and behaves like this.
#[component]
pub fn Disclosure(
    /// What is inside, in a few words.
    #[prop(into)]
    title: Signal<String>,
    /// More about it, to the right; may be cut off.
    #[prop(into, optional)]
    brief: Signal<String>,
    /// What tests hold on to in `brief`.
    #[prop(optional)]
    brief_testid: Option<&'static str>,
    /// A number before the title.
    #[prop(optional)]
    number: Option<usize>,
    /// More classes: `card` for one with a frame, `plain` for a quiet one.
    #[prop(optional)]
    class: &'static str,
    /// What tests hold on to.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// Whether it is unfolded at first.
    #[prop(optional)]
    open: bool,
    /// Called when it was unfolded or folded, with whether it is open now.
    #[prop(into, optional)]
    on_toggle: Option<Callback<bool>>,
    /// What is inside.
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let toggled = move |_| {
        if let (Some(on_toggle), Some(details)) = (on_toggle, details.get_untracked()) {
            on_toggle.run(details.open());
        }
    };
    view! {
        <details class=format!("disclosure {class}") data-testid=testid open=open node_ref=details on:toggle=toggled>
            <summary>
                {number.map(|number| view! { <span class="number" aria-hidden="true">{number}</span> })}
                <span class="title">{title}</span>
                <span class="brief" data-testid=brief_testid>{brief}</span>
            </summary>
            <div class="body">{children()}</div>
        </details>
    }
}
