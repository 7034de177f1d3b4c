//! How is one of many cards chosen, when they come in families?

use super::choice::conflicts;
use super::icons::Icon;
use crate::model::choices::{families, uses_labels};
use crate::page::Page;
use augsphere_spec::{Card, Section, Value};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

#[derive(Clone, Copy)]
struct Menu {
    page: Page,
    /// The section's name.
    name: StoredValue<String>,
    /// All cards in the order in which they are shown.
    cards: StoredValue<Vec<Card>>,
    kind: Memo<String>,
    open: RwSignal<bool>,
    /// The card that the keyboard is on.
    active: RwSignal<usize>,
    conflicts: Memo<std::collections::BTreeMap<String, String>>,
    list: NodeRef<html::Div>,
    button: NodeRef<html::Button>,
}

/// A button that shows what is chosen and unfolds all cards, family by family.
#[component]
pub fn CardMenu(section: Section, kind: Memo<String>) -> impl IntoView {
    let page = expect_context::<Page>();
    let families = families(&section);
    let cards: Vec<Card> = families.iter().flat_map(|(_, cards)| cards.clone()).collect();
    let menu = Menu {
        page,
        name: StoredValue::new(section.name.clone()),
        cards: StoredValue::new(cards),
        kind,
        open: RwSignal::new(false),
        active: RwSignal::new(0),
        conflicts: conflicts(page, section.clone()),
        list: NodeRef::new(),
        button: NodeRef::new(),
    };
    let families = StoredValue::new(families);
    let chosen = move || {
        menu.cards.with_value(|cards| {
            let card = cards.iter().find(|card| card.name == kind.get())?;
            Some(view! { <strong>{card.title.clone()}</strong><span class="family">{card.family.clone()}</span> })
        })
    };
    let (name, live) = (section.name, section.live);
    let title = StoredValue::new(section.title);
    view! {
        <div class="picker">
            <button
                type="button" class="picked" node_ref=menu.button data-testid=format!("{name}-menu") aria-haspopup="listbox"
                aria-expanded=move || menu.open.get().to_string() aria-controls=format!("{name}-list") on:click=move |_| menu.toggle()
            >
                <span class="unseen">{title.get_value()}": "</span>{chosen}
                <Show when=move || live && page.under_way()><span class="live" title="Can be changed during training; the encoder stays">"live"</span></Show>
                {Icon::Unfold.view()}
            </button>
            <Show when=move || menu.open.get()>{move || listing(menu, title.get_value(), families.get_value())}</Show>
        </div>
    }
}

/// All cards, family by family.
fn listing(menu: Menu, title: String, families: Vec<(String, Vec<Card>)>) -> impl IntoView {
    let name = menu.name.get_value();
    let mut count = 0;
    let groups = families
        .into_iter()
        .map(|(family, cards)| {
            let heading = format!("{name}-family-{count}");
            let from = count;
            count += cards.len();
            let options =
                cards.into_iter().enumerate().map(|(place, card)| option(menu, &name, from + place, card)).collect_view();
            let family = if family.is_empty() { "others".to_owned() } else { family };
            view! {
                <div role="group" aria-labelledby=heading.clone()>
                    <div class="family-title" id=heading.clone()>{family}</div>
                    {options}
                </div>
            }
        })
        .collect_view();
    let active = format!("{name}-option-");
    view! {
        <div
            class="cards" role="listbox" tabindex="0" node_ref=menu.list id=format!("{name}-list") data-testid=format!("{name}-list")
            aria-label=title aria-activedescendant=move || format!("{active}{}", menu.active.get()) on:keydown=move |event| menu.key(&event)
        >{groups}</div>
    }
}

fn option(menu: Menu, section: &str, index: usize, card: Card) -> impl IntoView + use<> {
    let names = StoredValue::new(card.name.clone());
    let selected = move || names.with_value(|name| menu.kind.with(|kind| kind == name));
    let why = Memo::new(move |_| names.with_value(|name| menu.conflicts.with(|conflicts| conflicts.get(name).cloned())));
    view! {
        <div
            class="option" role="option" id=format!("{section}-option-{index}") data-testid=format!("{section}-{}", card.name)
            class:active=move || menu.active.get() == index aria-selected=move || selected().to_string()
            aria-disabled=move || why.get().is_some().to_string()
            on:click=move |_| menu.choose(index) on:pointermove=move |_| if menu.active.get_untracked() != index { menu.active.set(index) }
        >
            <span class="option-head">
                <strong>{card.title.clone()}</strong>
                {uses_labels(&card).then(|| view! { <span class="chip">"uses labels"</span> })}
                <Show when=selected><span class="chip own">"chosen"</span></Show>
            </span>
            <span class="line">{card.summary.clone()}</span>
            {(!card.paper.is_empty()).then(|| view! { <span class="source">{card.paper.clone()}</span> })}
            {move || why.get().map(|why| view! { <span class="why">"Not now: "{why}"."</span> })}
        </div>
    }
}

impl Menu {
    fn toggle(self) {
        if self.open.get_untracked() {
            self.close();
            return;
        }
        let kind = self.kind.get_untracked();
        self.active.set(self.cards.with_value(|cards| cards.iter().position(|card| card.name == kind)).unwrap_or_default());
        self.open.set(true);
        request_animation_frame(move || {
            if let Some(list) = self.list.try_get_untracked().flatten() {
                // A list that is not there any more needs no focus.
                let _ = list.focus();
            }
            self.reveal();
        });
    }

    fn close(self) {
        self.open.set(false);
        if let Some(button) = self.button.get_untracked() {
            // As above.
            let _ = button.focus();
        }
    }

    fn choose(self, index: usize) {
        let Some(name) = self.cards.with_value(|cards| cards.get(index).map(|card| card.name.clone())) else { return };
        if self.conflicts.with_untracked(|conflicts| conflicts.contains_key(&name)) {
            self.active.set(index);
            return;
        }
        self.close();
        self.page.turn(&self.name.with_value(|section| format!("{section}.kind")), Value::Text(name));
    }

    fn key(self, event: &ev::KeyboardEvent) {
        let last = self.cards.with_value(Vec::len).saturating_sub(1);
        let active = self.active.get_untracked();
        let to = match event.key().as_str() {
            "ArrowDown" => (active + 1).min(last),
            "ArrowUp" => active.saturating_sub(1),
            "Home" => 0,
            "End" => last,
            "Enter" | " " => {
                self.choose(active);
                active
            }
            "Escape" => {
                self.close();
                active
            }
            letter if letter.chars().count() == 1 && !event.ctrl_key() && !event.meta_key() && !event.alt_key() => {
                self.beginning(letter, active)
            }
            _ => return,
        };
        // The keys of the page, such as Space for play, are not meant here.
        event.prevent_default();
        event.stop_propagation();
        self.active.set(to);
        self.reveal();
    }

    /// The next card whose title begins with `letter`.
    fn beginning(self, letter: &str, active: usize) -> usize {
        let letter = letter.to_lowercase();
        self.cards.with_value(|cards| {
            let order = (active + 1..cards.len()).chain(0..=active.min(cards.len().saturating_sub(1)));
            order.into_iter().find(|&index| cards[index].title.to_lowercase().starts_with(&letter)).unwrap_or(active)
        })
    }

    /// Scrolls the list, and only the list, so far that the active card is seen.
    fn reveal(self) {
        let Some(list) = self.list.try_get_untracked().flatten() else { return };
        let selector = format!("#{}", list.id().replace("-list", &format!("-option-{}", self.active.get_untracked())));
        let option = list.query_selector(&selector).ok().flatten().and_then(|option| option.dyn_into::<HtmlElement>().ok());
        let Some(option) = option else { return };
        let (top, bottom) = (option.offset_top(), option.offset_top() + option.offset_height());
        if top < list.scroll_top() + 30 {
            list.set_scroll_top(top - 30);
        } else if bottom > list.scroll_top() + list.client_height() {
            list.set_scroll_top(bottom - list.client_height() + 6);
        }
    }
}
