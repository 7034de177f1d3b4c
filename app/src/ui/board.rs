//! The board: pictures as a person lays them out, and the moment of the run that they show.

mod controls;
mod picture;
mod studies;
mod time;

use super::disclosure::Disclosure;
use crate::model::BoardMsg;
use crate::model::board::ARRANGEMENTS;
use crate::page::Page;
use augsphere_charts::plots;
use leptos::prelude::*;
use picture::{Carried, PictureCard};
use std::collections::BTreeSet;
use time::TimeSlider;

/// The board, folded up until somebody wants it, or a link brings one along.
#[component]
pub fn BoardCard() -> impl IntoView {
    let page = expect_context::<Page>();
    let laid_out = page.model.with_untracked(|model| !model.board.placed.is_empty());
    let open = RwSignal::new(laid_out);
    let toggled = move |now: bool| {
        open.set(now);
        if now {
            page.board(BoardMsg::Begin);
        }
    };
    view! {
        <Disclosure
            title="Pictures" brief="lay out what you want to see, and go back in time" class="card board-card" testid="board-box"
            open=laid_out on_toggle=Callback::new(toggled)
        >
            <Show when=move || open.get()><Laid /></Show>
        </Disclosure>
    }
}

fn arrangement(place: usize) -> Vec<String> {
    ARRANGEMENTS.get(place).map(|(_, names)| names.iter().map(|&name| name.to_owned()).collect()).unwrap_or_default()
}

fn chosen_words(count: usize) -> String {
    if count == 1 { "1 image is chosen".into() } else { format!("{count} images are chosen") }
}

#[component]
fn Laid() -> impl IntoView {
    provide_context(Carried(RwSignal::new(None)));
    let page = expect_context::<Page>();
    let names = Memo::new(move |_| {
        page.model.with(|model| model.board.placed.iter().map(|placed| placed.name.clone()).collect::<Vec<String>>())
    });
    let arranged = Memo::new(move |_| names.with(|names| (0..ARRANGEMENTS.len()).find(|&place| arrangement(place) == *names)));
    let arrange = move |event: leptos::ev::Event| {
        if let Ok(place) = event_target_value(&event).parse::<usize>() {
            page.board(BoardMsg::Arrange(arrangement(place)));
        }
    };
    let add = move |event: leptos::ev::Event| {
        page.board(BoardMsg::Add(event_target_value(&event)));
        crate::wire::browser::choose(&event, "");
    };
    let beside = Memo::new(move |_| page.model.with(|model| model.board.beside));
    let before = Memo::new(move |_| page.state.with(|state| state.former.as_ref().filter(|run| !run.ended).map(|run| run.id)));
    let chosen = Memo::new(move |_| page.selected.with(BTreeSet::len));
    let arrangements = ARRANGEMENTS.iter().enumerate().map(|(place, (title, _))| {
        view! { <option value=place.to_string() prop:selected=move || arranged.get() == Some(place)>{*title}</option> }
    });
    let offered = move || {
        let absent = |plot: &&&dyn plots::Plot| names.with(|names| names.iter().all(|name| name != plot.name()));
        let offer = |plot: &&dyn plots::Plot| view! { <option value=plot.name()>{format!("{}: {}", plot.title(), plot.sentence())}</option> };
        plots::LIST.iter().filter(absent).map(offer).collect_view()
    };
    view! {
        <div class="board-tools">
            <label>
                "Arrangement"
                <select data-testid="board-arrangement" on:change=arrange>
                    <option value="" prop:selected=move || arranged.get().is_none()>"your own"</option>
                    {arrangements.collect_view()}
                </select>
            </label>
            <label>
                "Add a picture"
                <select data-testid="board-add" on:change=add>
                    <option value="">"choose \u{2026}"</option>
                    {offered}
                </select>
            </label>
        </div>
        <div class="board-state">
            <label class="switch-line">
                <input class="switch" type="checkbox" role="switch" data-testid="board-beside" prop:checked=move || beside.get() on:change=move |event| page.board(BoardMsg::Beside(event_target_checked(&event))) />
                "The run before beside this one"
            </label>
            <Show when=move || beside.get() && before.get().is_none()><span class="reading">"There is none yet: train, then reset or try something else."</span></Show>
            <Show when=move || chosen.get() != 0>
                <span class="chosen" data-testid="board-chosen">{move || chosen_words(chosen.get())}</span>
                <button type="button" class="small" on:click=move |_| page.selected.set(BTreeSet::new())>"Let go"</button>
            </Show>
        </div>
        <TimeSlider />
        <div class="board" data-testid="board">
            <For each=move || names.get() key=String::clone let:name><PictureCard name /></For>
        </div>
        <Show when=move || names.with(Vec::is_empty)>
            <p class="reading">"Nothing is laid out: choose an arrangement, or add a picture."</p>
        </Show>
    }
}
