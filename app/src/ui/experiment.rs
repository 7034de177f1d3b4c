//! The left column: what is to be done, section by section, drawn from the catalogue.

use super::changes::Changed;
use super::choice::ChoiceBox;
use super::data::{DataDrop, DataShown};
use super::disclosure::Disclosure;
use super::icons::Icon;
use super::knob::{KnobControl, applies};
use super::policy::{LayerBox, Policy, has_order};
use super::views::ViewStrip;
use crate::model::Offer;
use crate::model::distances::policy::ORDER;
use crate::model::knobs::text;
use crate::page::Page;
use crate::text::shelf;
use crate::wire::browser;
use augsphere_spec::{Card, Choice, KnobKind, Section, Value};
use leptos::prelude::*;

/// All sections, the seed, and the bar that applies what was edited.
#[component]
pub fn ExperimentColumn() -> impl IntoView {
    let page = expect_context::<Page>();
    let sections = move || {
        page.catalogue
            .get()
            .sections
            .clone()
            .into_iter()
            // What follows another section is shown inside it.
            .filter(|section| section.follows.is_none())
            .enumerate()
            .map(|(number, section)| view! { <SectionBox section number=number + 1 /> })
            .collect_view()
    };
    let encoder = Memo::new(move |_| page.model.with(|model| model.encoder.as_deref().map(shelf::begins_with)));
    view! {
        <section class="column experiment" aria-labelledby="experiment-title">
            <h2 id="experiment-title">"Experiment"</h2>
            {move || encoder.get().map(|words| begins_with(page, words))}
            {sections}
            <Seed />
            <ApplyBar />
        </section>
    }
}

/// With what a run begins, where that is no random encoder, and the way back to one.
fn begins_with(page: Page, words: String) -> impl IntoView {
    view! {
        <div class="card begins-with" data-testid="encoder-from">
            <p>{words}</p>
            <button type="button" class="small" data-testid="encoder-random" on:click=move |_| page.take(Offer::RandomEncoder)>"Begin with a random one"</button>
        </div>
    }
}

#[component]
fn SectionBox(section: Section, number: usize) -> impl IntoView {
    let page = expect_context::<Page>();
    let wide = browser::matches("(min-width: 1240px)");
    let open = wide && matches!(section.name.as_str(), "data" | "augment" | "method");
    let name = StoredValue::new(section.name.clone());
    let stored = StoredValue::new(section.clone());
    let summary = move || name.with_value(|name| page.draft.with(|draft| brief(&stored.get_value(), draft.choices(name))));
    let body = match (section.all, section.cards.len()) {
        (true, 2..) if has_order(&section) => view! { <Policy section=section.clone() /> }.into_any(),
        (true, 2..) => section
            .cards
            .iter()
            .map(|card| view! { <LayerBox card=card.clone() section=section.name.clone() /> })
            .collect_view()
            .into_any(),
        _ => view! { <ChoiceBox section=section.clone() /> }.into_any(),
    };
    let (data, augment) = (section.name == "data", section.name == "augment");
    let changed = section.name.clone();
    view! {
        <Disclosure title=section.title.clone() brief=Signal::derive(summary) number class="card" open>
            <p class="question">{section.help.clone()}</p>
            {data.then(|| view! { <DataShown /> })}
            {augment.then(|| view! { <ViewStrip /> })}
            {body}
            <Changed section=changed />
            {data.then(|| view! { <DataDrop /> })}
        </Disclosure>
    }
}

/// What a closed section says of itself.
fn brief(section: &Section, choices: &[Choice]) -> String {
    if section.all && section.cards.len() > 1 {
        if section.cards.iter().any(|card| card.knob("probability").is_none()) {
            return String::new();
        }
        let on = choices.iter().filter(|choice| choice.knobs.0.get("probability").and_then(Value::as_float) != Some(0.0)).count();
        return format!("{on} of {} on", section.cards.len());
    }
    let Some((choice, card)) = choices.first().and_then(|choice| Some((choice, section.card(&choice.kind)?))) else {
        return String::new();
    };
    // The first thing to turn says most: a size, a number of steps.
    let first = card
        .knobs
        .iter()
        .find(|knob| !matches!(knob.kind, KnobKind::Text))
        .and_then(|knob| Some((knob, choice.knobs.0.get(&knob.name)?)));
    match first {
        Some((_, value @ Value::Text(_))) => format!("{} \u{b7} {}", text(value), card.title),
        Some((knob, value)) if section.cards.len() == 1 => format!("{} {}", text(value), knob.title.to_lowercase()),
        _ => card.title.clone(),
    }
}

/// The knobs of one card, those that have a meaning now.
#[component]
pub fn Knobs(section: String, prefix: String, card: Card) -> impl IntoView {
    let page = expect_context::<Page>();
    let stored = StoredValue::new((section, card.clone()));
    card.knobs
        .iter()
        // Archives are dropped on the page; paths are for the terminal.
        .filter(|knob| !matches!(knob.kind, KnobKind::Text))
        // The order of augmentations is changed with buttons.
        .filter(|knob| knob.name != ORDER)
        .map(|knob| {
            let own = StoredValue::new(knob.clone());
            let shown = Memo::new(move |_| {
                stored.with_value(|(section, card)| {
                    page.draft.with(|draft| {
                        draft
                            .card(section, &card.name)
                            .is_none_or(|choice| own.with_value(|knob| applies(card, &choice.knobs, knob)))
                    })
                })
            });
            let path = StoredValue::new(format!("{prefix}.{}", knob.name));
            view! { <Show when=move || shown.get()><KnobControl knob=own.get_value() path=path.get_value() /></Show> }
        })
        .collect_view()
}

#[component]
fn Seed() -> impl IntoView {
    let page = expect_context::<Page>();
    let seed = Memo::new(move |_| page.draft.with(|draft| draft.seed));
    let mistake = Memo::new(move |_| page.mistake("seed"));
    let shown = move || {
        page.fields.with(|fields| fields.slip("seed").map(|slip| slip.text.clone())).unwrap_or_else(|| seed.get().to_string())
    };
    let dice = move |_| page.turn("seed", Value::Int((js_sys::Math::random() * 10_000.0) as i64));
    view! {
        <div class="card seed">
            <label for="seed">"Seed"</label>
            <input id="seed" class="value" type="text" inputmode="numeric" autocomplete="off" aria-describedby="seed-help"
                prop:value=shown on:change=move |event| {
                    page.type_text("seed", event_target_value(&event));
                    browser::write(&event, &untrack(shown));
                } />
            <button type="button" class="small" on:click=dice>{Icon::Dice.view()}"Another"</button>
            <p class="help" id="seed-help">"Fixes every random draw: the same seed on the same device gives the same curve."</p>
            <Show when=move || mistake.get().is_some()><p class="mistake" role="alert">{move || mistake.get()}</p></Show>
        </div>
    }
}

/// Says that the controls show something else than what runs, and offers to begin it.
#[component]
fn ApplyBar() -> impl IntoView {
    let page = expect_context::<Page>();
    let edited = Memo::new(move |_| page.edited());
    view! {
        <Show when=move || edited.get()>
            <div class="apply" role="status">
                <span>"Edited: these changes need a new run."</span>
                <button type="button" class="small" on:click=move |_| page.revert()>"Back to what runs"</button>
                <button type="button" class="primary" on:click=move |_| page.apply()>"Apply (starts again at step 0)"</button>
            </div>
        </Show>
    }
}
