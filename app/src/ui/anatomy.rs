//! The measures of the gradient on the current batch, and the way to its pictures.

use super::chart_card::ChartCard;
use super::disclosure::Disclosure;
use crate::model::BoardMsg;
use crate::page::Page;
use crate::text::ANATOMY;
use crate::wire::browser;
use leptos::prelude::*;

/// The pictures that lay the gradient open: the arrows on each image, and what other methods would ask for.
const PICTURES: [&str; 2] = ["forces", "families"];

/// The gradient in numbers.
#[component]
pub fn AnatomyCard() -> impl IntoView {
    let page = expect_context::<Page>();
    let open = RwSignal::new(false);
    let lay = move |_| {
        PICTURES.iter().for_each(|name| page.board(BoardMsg::Add((*name).into())));
        browser::unfold("board-box");
        // The board is there with the next frame, its picture with the one after.
        let show = || browser::named("picture-forces").iter().for_each(browser::bring_into_view);
        request_animation_frame(move || request_animation_frame(show));
    };
    let inside = move || {
        view! {
            <p class="reading">
                "The arrows on each image, and whether other methods would ask for the same, are two pictures of the board. "
                <button type="button" class="small" data-testid="anatomy-board" on:click=lay>"Lay them out"</button>
            </p>
            {ANATOMY.into_iter().map(|measure| view! { <ChartCard measure /> }).collect_view()}
        }
    };
    view! {
        <Disclosure
            title="Gradient anatomy" brief="what pulls, what pushes" class="card anatomy" testid="anatomy"
            on_toggle=Callback::new(move |now| open.set(now))
        >
            <Show when=move || open.get()>{inside}</Show>
        </Disclosure>
    }
}
