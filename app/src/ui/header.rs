//! The name, the presets, and what can be taken home.

use super::explore::EntranceSwitch;
use super::save::SaveMenu;
use super::theme::ThemeButton;
use crate::model::Model;
use crate::model::choices::chosen;
use crate::model::entrance::Entrance;
use crate::model::names::{Name, presets};
use crate::page::Page;
use augsphere_spec::Catalogue;
use leptos::prelude::*;

/// The top of the page.
#[component]
pub fn Header() -> impl IntoView {
    let page = expect_context::<Page>();
    let name = Memo::new(move |_| page.model.with(Model::name));
    let groups = page.catalogue.with_untracked(|catalogue| families(catalogue));
    let groups = groups
        .into_iter()
        .map(|(family, members)| {
            let options = members
                .into_iter()
                .map(|(index, title)| {
                    let selected = move || name.with(Name::listed) == Some(index);
                    view! { <option value=index.to_string() prop:selected=selected>{title}</option> }
                })
                .collect_view();
            view! { <optgroup label=family>{options}</optgroup> }
        })
        .collect_view();
    // The menu shows a preset's name only while the controls show that preset.
    let other = move || {
        name.with(Name::listed)
            .is_none()
            .then(|| view! { <option value="" disabled=true prop:selected=true>{name.get().text}</option> })
    };
    let choose = move |event: leptos::ev::Event| {
        if let Ok(place) = event_target_value(&event).parse() {
            page.choose_preset(place);
        }
    };
    let entrance = Memo::new(move |_| page.model.with(|model| model.entrance));
    let explores = move || entrance.get() == Entrance::Explore;
    view! {
        <header class="top">
            <Brand words="Watch an encoder learn from images without labels" />
            <div class="top-tools">
                <EntranceSwitch />
                <label class="preset" hidden=explores><span>"Preset"</span><select data-testid="preset" on:change=choose>{other}{groups}</select></label>
                <span hidden=explores><SaveMenu /></span>
                <ThemeButton dark=page.dark />
            </div>
        </header>
    }
}

/// The name of the page, and what it is for.
#[component]
pub fn Brand(words: &'static str) -> impl IntoView {
    view! {
        <div class="brand">
            <svg viewBox="0 0 40 40" aria-hidden="true" class="logo">
                <circle cx="20" cy="20" r="16" fill="none" stroke="currentColor" stroke-width="2" />
                <path d="M4 20c5 5.500 27 5.500 32 0M20 4c-9 7-9 25 0 32" fill="none" stroke="currentColor" stroke-width="1.300" opacity=".5" />
                <circle cx="14" cy="13" r="3.600" class="one" /><circle cx="22" cy="11" r="3.600" class="two" />
                <circle cx="28" cy="27" r="3.600" class="three" />
            </svg>
            <div><h1>"Augsphere"</h1><p>{words}</p></div>
        </div>
    }
}

/// The presets in the families of their methods: place in the list and title.
fn families(catalogue: &Catalogue) -> Vec<(String, Vec<(usize, &'static str)>)> {
    let mut groups: Vec<(String, Vec<(usize, &'static str)>)> = Vec::new();
    for (index, preset) in presets().iter().enumerate() {
        let family = chosen(catalogue, &preset.experiment, "method").map(|method| method.family.clone());
        let family = family.filter(|family| !family.is_empty()).unwrap_or_else(|| "others".into());
        match groups.iter_mut().find(|(known, _)| *known == family) {
            Some((_, members)) => members.push((index, preset.title)),
            None => groups.push((family, vec![(index, preset.title)])),
        }
    }
    groups
}
