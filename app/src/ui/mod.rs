//! What is on the page, and where?

mod anatomy;
mod bench;
mod board;
mod canvas;
mod changes;
mod chart_card;
mod choice;
mod data;
mod disclosure;
mod distances;
mod drawn;
mod evaluation;
mod experiment;
mod explore;
mod fault;
mod figures;
mod group;
mod header;
mod icons;
mod inspect;
mod knob;
mod legend;
mod lesson;
mod measure_cards;
mod menu;
mod paper;
mod policy;
mod save;
mod shelf;
mod stage;
mod theme;
mod thumbnail;
mod toolbar;
mod views;

pub use bench::BenchView;

use crate::model::entrance::Entrance;
use crate::page::Page;
use crate::wire::browser;
use leptos::{ev, prelude::*};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let page = Page::open(theme::dark());
    provide_context(page);
    provide_context(canvas::Pose::default());
    // The worker's program is large: the page is shown first.
    request_animation_frame(move || set_timeout(move || page.connect(), std::time::Duration::ZERO));
    let keys = window_event_listener(ev::keydown, move |event| shortcut(page, &event));
    on_cleanup(move || keys.remove());
    // The address says which experiment this is: following the link must not change it.
    let skip = move |event: ev::MouseEvent| {
        event.prevent_default();
        if let Some(sphere) = browser::sphere() {
            // A canvas that is gone needs no focus.
            let _ = sphere.focus();
        }
    };
    let entrance = Memo::new(move |_| page.model.with(|model| model.entrance));
    view! {
        <a class="skip" href="#stage" on:click=skip>"Skip to the sphere"</a>
        <header::Header />
        <fault::FaultBox />
        {move || match entrance.get() {
            Entrance::Explore => view! { <explore::Explore /> }.into_any(),
            Entrance::Lab => view! { <Lab /> }.into_any(),
        }}
    }
}

/// Everything, side by side.
#[component]
fn Lab() -> impl IntoView {
    view! {
        <toolbar::RunBar />
        <main class="desk">
            <experiment::ExperimentColumn />
            <stage::Stage />
            <chart_card::MeasureColumn />
        </main>
    }
}

/// Space plays and pauses, a full stop steps, R resets; not while something else takes the keys.
fn shortcut(page: Page, event: &web_sys::KeyboardEvent) {
    let typing = event.target().is_some_and(|target| browser::takes_keys(&target));
    if typing || event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat() {
        return;
    }
    match event.key().as_str() {
        " " if page.play_requested.get_untracked() => page.pause(),
        " " => page.play(),
        "." => page.step(),
        "r" | "R" => page.reset(),
        _ => return,
    }
    event.prevent_default();
}
