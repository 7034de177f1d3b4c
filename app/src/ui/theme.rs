//! The light and the dark page.

use super::icons::Icon;
use crate::wire::browser;
use leptos::prelude::*;

/// Whether the page is dark: as it was left, otherwise as the system has it. The document follows.
pub fn dark() -> RwSignal<bool> {
    let dark = browser::kept("theme").map_or_else(|| browser::matches("(prefers-color-scheme: dark)"), |theme| theme == "dark");
    let dark = RwSignal::new(dark);
    Effect::new(move |_| {
        let theme = if dark.get() { "dark" } else { "light" };
        if let Some(root) = browser::document().document_element() {
            // A fixed, well-formed attribute name.
            let _ = root.set_attribute("data-theme", theme);
        }
    });
    dark
}

/// The button between the two.
#[component]
pub fn ThemeButton(dark: RwSignal<bool>) -> impl IntoView {
    let switch = move |_| {
        dark.update(|dark| *dark = !*dark);
        browser::keep("theme", if dark.get_untracked() { "dark" } else { "light" });
    };
    let words = move || if dark.get() { "Light page" } else { "Dark page" };
    view! {
        <button type="button" class="round" on:click=switch aria-label=words title=words>
            {move || if dark.get() { Icon::Sun.view() } else { Icon::Moon.view() }}
        </button>
    }
}
