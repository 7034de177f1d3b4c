//! The board: pictures as a person lays them out, and the moment of the run that they show.

mod controls;
mod picture;
mod time;

use super::disclosure::Disclosure;
use crate::model::BoardMsg;
use crate::model::board::ARRANGEMENTS;
use crate::page::Page;
use augsphere_charts::plots;
use leptos::prelude::*;
use picture::PictureCard;
use time::TimeSlider;

/// The board, folded up until somebody wants it, or a link brings one along.
#[component]
pub fn BoardCard() -> impl IntoView {
    let page = expect_context::<Page>();
    let laid_out = page.model.with_untracked(|model| !model.board.placed.is_empty());
    let open = RwSignal::new(laid_out);
    let toggled = move |now: bool| {
        open.set(now);
        if now && page.model.with_untracked(|model| model.board.placed.is_empty()) {
            page.board(BoardMsg::Arrange(arrangement(0)));
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

#[component]
fn Laid() -> impl IntoView {
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
        <TimeSlider />
        <div class="board" data-testid="board">
            <For each=move || names.get() key=String::clone let:name><PictureCard name /></For>
        </div>
        <Show when=move || names.with(Vec::is_empty)>
            <p class="reading">"Nothing is laid out: choose an arrangement, or add a picture."</p>
        </Show>
    }
}
