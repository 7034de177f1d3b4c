//! The moment that the pictures show: the present, or a step that was kept.

use crate::model::BoardMsg;
use crate::page::Page;
use crate::ui::icons::Icon;
use leptos::prelude::*;
use std::time::Duration;

/// How long each kept step is shown while the run is played back.
const FRAME: Duration = Duration::from_millis(120);

/// Positions of the slider, always as many: a browser cuts a value off at the largest that it knew before.
const NOTCHES: usize = 1000;

/// A slider over the kept steps; its right end is the present.
#[component]
pub fn TimeSlider() -> impl IntoView {
    let page = expect_context::<Page>();
    let kept = Memo::new(move |_| page.model.with(|model| model.board.kept.clone()));
    let step = Memo::new(move |_| page.model.with(|model| model.board.step));
    let last = move || kept.with(|kept| kept.len().saturating_sub(1));
    let place =
        move || kept.with(|kept| step.get().map_or(last(), |step| kept.partition_point(|kept| *kept <= step).saturating_sub(1)));
    let position = move || (place() * NOTCHES).checked_div(last()).unwrap_or(NOTCHES);
    let playing = RwSignal::new(false);
    let look = move |place: usize| {
        let step = kept.with_untracked(|kept| kept.get(place).copied().filter(|_| place + 1 < kept.len()));
        page.board(BoardMsg::Look(step));
    };
    let slide = move |event: leptos::ev::Event| {
        playing.set(false);
        if let Ok(position) = event_target_value(&event).parse::<usize>() {
            look((position * untrack(last) + NOTCHES / 2) / NOTCHES);
        }
    };
    let clock = set_interval_with_handle(
        move || {
            if playing.get_untracked() {
                let next = untrack(place) + 1;
                if next >= untrack(last) {
                    playing.set(false);
                }
                look(next);
            }
        },
        FRAME,
    );
    on_cleanup(move || clock.iter().for_each(IntervalHandle::clear));
    let back = move |_| {
        if untrack(move || step.get()).is_none() {
            look(0);
        }
        playing.update(|playing| *playing = !*playing);
    };
    let words = move || match step.get() {
        Some(step) => format!("step {step}"),
        None => "the present".to_owned(),
    };
    view! {
        <div class="time" class:none=move || kept.with(|kept| kept.len() < 2)>
            <button
                type="button" class="small" aria-pressed=move || playing.get().to_string() on:click=back data-testid="time-play"
                aria-label=move || if playing.get() { "Stop playing back" } else { "Play back" }
            >{move || if playing.get() { Icon::Pause.view() } else { Icon::Play.view() }}</button>
            <input
                type="range" min="0" max=NOTCHES.to_string() step="1" data-testid="time" aria-label="Moment of the run"
                aria-valuetext=words style:--part=move || format!("{:.1}%", 100.0 * position() as f64 / NOTCHES as f64)
                prop:value=move || position().to_string() on:input=slide
            />
            <output data-testid="time-step">{words}</output>
            <button
                type="button" class="small" class:none=move || step.get().is_none() on:click=move |_| page.board(BoardMsg::Look(None))
            >"Back to the present"</button>
        </div>
    }
}
