//! How is one card of a section chosen, and what is said of the others?

use super::experiment::Knobs;
use super::menu::CardMenu;
use super::paper::paper;
use crate::model::choices::{brings, combination, conflict, uses_labels};
use crate::page::Page;
use crate::wire::browser;
use augsphere_spec::{Card, Section, Value};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Why some cards of `section` cannot be taken now, by name.
pub fn conflicts(page: Page, section: Section) -> Memo<BTreeMap<String, String>> {
    let relevant = Memo::new(move |_| page.catalogue.with(|catalogue| page.draft.with(|draft| combination(catalogue, draft))));
    Memo::new(move |_| {
        // Reading, not tracking: a memo that nobody has read yet does not know what it depends on.
        let _ = relevant.get();
        let path = format!("{}.kind", section.name);
        page.catalogue.with_untracked(|catalogue| {
            page.draft.with_untracked(|draft| {
                let names = section.cards.iter().map(|card| &card.name);
                names
                    .filter_map(|name| Some((name.clone(), conflict(catalogue, draft, &path, &Value::Text(name.clone()))?)))
                    .collect()
            })
        })
    })
}

/// A section of which one card is chosen.
#[component]
pub fn ChoiceBox(section: Section) -> impl IntoView {
    let page = expect_context::<Page>();
    let prefix = if section.all {
        section.cards.first().map_or_else(String::new, |card| format!("{}.{}", section.name, card.name))
    } else {
        section.name.clone()
    };
    let prefix = StoredValue::new(prefix);
    let stored = StoredValue::new(section.clone());
    let kind = Memo::new(move |_| {
        stored.with_value(|section| {
            page.draft.with(|draft| draft.choice(&section.name).map(|choice| choice.kind.clone())).unwrap_or_default()
        })
    });
    let menu = (section.cards.len() > 1).then(|| {
        if section.cards.iter().any(|card| !card.family.is_empty()) {
            view! { <CardMenu section=section.clone() kind /> }.into_any()
        } else {
            view! { <CardSelect section=section.clone() kind /> }.into_any()
        }
    });
    let path = format!("{}.kind", section.name);
    let mistake = Memo::new(move |_| page.mistake(&path));
    let card = move || {
        let card = stored.with_value(|section| section.card(&kind.get()).cloned())?;
        Some(view! {
            <CardWords card=card.clone() />
            <Knobs section=stored.with_value(|section| section.name.clone()) prefix=prefix.get_value() card />
        })
    };
    view! {
        {menu}
        <Show when=move || mistake.get().is_some()><p class="mistake" role="alert">{move || mistake.get()}</p></Show>
        {card}
    }
}

/// What a card is, where it comes from, and what it brings along.
#[component]
fn CardWords(card: Card) -> impl IntoView {
    let page = expect_context::<Page>();
    let along = page.catalogue.with_untracked(|catalogue| brings(catalogue, &card));
    let labels = uses_labels(&card);
    view! {
        <p class="summary">{card.summary.clone()}" "{paper(&card.paper)}</p>
        {labels.then(|| view! { <p class="note labels" data-testid="uses-labels"><strong>"Uses labels."</strong>" The encoder is told something of what its images show; with the other methods it is not."</p> })}
        {(!along.is_empty()).then(|| view! { <p class="along">"Brings along, unless you say otherwise: "{along.join("; ")}"."</p> })}
    }
}

/// Few cards: a list that the browser unfolds; what cannot be taken is said below.
#[component]
fn CardSelect(section: Section, kind: Memo<String>) -> impl IntoView {
    let page = expect_context::<Page>();
    let conflicts = conflicts(page, section.clone());
    let path = format!("{}.kind", section.name);
    let options = section
        .cards
        .iter()
        .map(|card| {
            let (own, name) = (card.name.clone(), card.name.clone());
            let selected = move || kind.get() == own;
            let disabled = move || conflicts.with(|conflicts| conflicts.contains_key(&name));
            view! { <option value=card.name.clone() prop:selected=selected prop:disabled=disabled>{card.title.clone()}</option> }
        })
        .collect_view();
    let cards = StoredValue::new(section.cards.clone());
    let choose = move |event: leptos::ev::Event| {
        page.turn(&path, Value::Text(event_target_value(&event)));
        // What cannot be taken is not shown as if it were.
        browser::choose(&event, &kind.get_untracked());
    };
    let testid = format!("{}-kind", section.name);
    let title = section.title.clone();
    let refused = move || {
        let refused: Vec<(String, String)> = conflicts.with(|conflicts| {
            cards.with_value(|cards| {
                cards.iter().filter_map(|card| Some((card.title.clone(), conflicts.get(&card.name)?.clone()))).collect()
            })
        });
        (!refused.is_empty()).then(|| {
            let items =
                refused.into_iter().map(|(title, why)| view! { <li><strong>{title}</strong>" "{why}"."</li> }).collect_view();
            view! { <ul class="refused" data-testid=format!("{}-refused", section.name)>{items}</ul> }
        })
    };
    view! {
        <select class="kind" data-testid=testid aria-label=title
            on:change=choose>{options}</select>
        {refused}
    }
}
