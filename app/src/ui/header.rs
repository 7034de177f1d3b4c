//! The name, the presets, and what can be taken home.

use super::icons::Icon;
use super::save::SaveMenu;
use crate::model::choices::chosen;
use crate::page::Page;
use crate::wire::browser;
use augsphere_spec::{Catalogue, PRESETS};
use leptos::prelude::*;

/// The top of the page.
#[component]
pub fn Header() -> impl IntoView {
    let page = expect_context::<Page>();
    let groups = page.catalogue.with_untracked(|catalogue| presets(catalogue));
    let groups = groups
        .into_iter()
        .map(|(family, members)| {
            let options =
                members.into_iter().map(|(index, name)| view! { <option value=index.to_string()>{name}</option> }).collect_view();
            view! { <optgroup label=family>{options}</optgroup> }
        })
        .collect_view();
    let choose = move |event: leptos::ev::Event| {
        let Some(preset) = event_target_value(&event).parse::<usize>().ok().and_then(|index| PRESETS.get(index)) else {
            return;
        };
        match page.catalogue.with_untracked(|catalogue| catalogue.read_toml(preset.toml)) {
            Ok(experiment) => page.replace(experiment),
            Err(mistakes) => {
                page.fault(mistakes.to_string(), "the preset", "Choose another preset; this one does not fit this build.")
            }
        }
    };
    let switch = move |_| {
        page.dark.update(|dark| *dark = !*dark);
        browser::keep("theme", if page.dark.get_untracked() { "dark" } else { "light" });
    };
    view! {
        <header class="top">
            <div class="brand">
                <svg viewBox="0 0 40 40" aria-hidden="true" class="logo">
                    <circle cx="20" cy="20" r="16" fill="none" stroke="currentColor" stroke-width="2" />
                    <path d="M4 20c5 5.500 27 5.500 32 0M20 4c-9 7-9 25 0 32" fill="none" stroke="currentColor" stroke-width="1.300" opacity=".5" />
                    <circle cx="14" cy="13" r="3.600" class="one" /><circle cx="22" cy="11" r="3.600" class="two" />
                    <circle cx="28" cy="27" r="3.600" class="three" />
                </svg>
                <div><h1>"Augsphere"</h1><p>"Watch an encoder learn from images without labels"</p></div>
            </div>
            <div class="top-tools">
                <label class="preset"><span>"Preset"</span><select data-testid="preset" on:change=choose>{groups}</select></label>
                <SaveMenu />
                <button type="button" class="round" on:click=switch
                    aria-label=move || if page.dark.get() { "Light page" } else { "Dark page" } title=move || if page.dark.get() { "Light page" } else { "Dark page" }>
                    {move || if page.dark.get() { Icon::Sun.view() } else { Icon::Moon.view() }}
                </button>
            </div>
        </header>
    }
}

/// The presets in the families of their methods: place in the list and name.
fn presets(catalogue: &Catalogue) -> Vec<(String, Vec<(usize, &'static str)>)> {
    let mut groups: Vec<(String, Vec<(usize, &'static str)>)> = Vec::new();
    for (index, preset) in PRESETS.iter().enumerate() {
        let name = preset.title();
        let family =
            catalogue.read_toml(preset.toml).ok().and_then(|preset| Some(chosen(catalogue, &preset, "method")?.family.clone()));
        let family = family.filter(|family| !family.is_empty()).unwrap_or_else(|| "others".into());
        match groups.iter_mut().find(|(known, _)| *known == family) {
            Some((_, members)) => members.push((index, name)),
            None => groups.push((family, vec![(index, name)])),
        }
    }
    groups
}
