//! How near do every two images come?

use super::Scope;
use super::markup::gradient;
use crate::model::DistanceMsg;
use crate::model::distances::Answer;
use crate::text::distances as say;
use crate::ui::drawn::drawn;
use augsphere_charts::along;
use augsphere_charts::plots::distances::{DistanceTable, Marks, heat_map};
use augsphere_charts::scene::{Item, Scene};
use leptos::{ev, prelude::*};

/// The distances of every two images of `answer`, `side` CSS pixels wide and high, without augmentations if `plain`; pairs are those of its
/// places.
fn scene(answer: &Answer, plain: bool, marks: Marks, side: f64, name: &dyn Fn(usize) -> String) -> Scene {
    let mut scene = Scene::new((side, side));
    let images: Vec<usize> = (0..answer.count()).collect();
    let values = if plain { &answer.plain } else { &answer.near }.values();
    // Both tables have one scale.
    let table = DistanceTable { images: &images, classes: &answer.data.classes, values, largest: answer.plain.largest() };
    heat_map(&mut scene, &table, marks, [0.0, 0.0, side, side], name);
    scene
}

/// The heat map, its scale, and what it says.
pub fn part(scope: Scope) -> AnyView {
    let page = scope.page;
    let plain = RwSignal::new(false);
    let hovered = RwSignal::new(None::<(usize, usize)>);
    let (canvas, shown) = drawn(move |(width, _)| {
        let marks = Marks { pair: scope.pair.get(), delta: page.delta() };
        scope.names.track();
        let answer = scope.answer.get();
        answer.map_or_else(Scene::default, |answer| scene(&answer, plain.get(), marks, width, &|class| scope.name(class)))
    });
    let under = move |event: &ev::PointerEvent| match shown
        .with_value(|scene| scene.hit((f64::from(event.offset_x()), f64::from(event.offset_y()))))
    {
        Some(Item::Pair(one, other)) => Some((one, other)),
        _ => None,
    };
    let choose = move |event: ev::PointerEvent| {
        if let Some((one, other)) = under(&event) {
            page.set_distances(DistanceMsg::Pair(one, other));
        }
    };
    let press = move |event: ev::KeyboardEvent| {
        let (Some(answer), Some((one, other))) = (scope.answer.get_untracked(), scope.pair.get_untracked()) else { return };
        let last = answer.count().saturating_sub(1);
        let moved = match event.key().as_str() {
            "ArrowRight" => (one, (other + 1).min(last)),
            "ArrowLeft" => (one, other.saturating_sub(1)),
            "ArrowDown" => ((one + 1).min(last), other),
            "ArrowUp" => (one.saturating_sub(1), other),
            _ => return,
        };
        event.prevent_default();
        page.set_distances(DistanceMsg::Pair(moved.0, moved.1));
    };
    let text = move || {
        let (Some(answer), Some((one, other))) = (scope.answer.get(), hovered.get().or_else(|| scope.pair.get())) else {
            return String::new();
        };
        let (near, before) = (answer.near.at(one, other), answer.plain.at(one, other));
        format!(
            "{} and {}: {} ({} without augmentations)",
            scope.image(&answer, one),
            scope.image(&answer, other),
            say::distance(near),
            say::distance(before)
        )
    };
    let largest = Memo::new(move |_| scope.answer.with(|answer| answer.as_ref().map_or(1.0, |answer| answer.plain.largest())));
    let scale = move || {
        let at = 100.0 * along(page.delta() / largest.get().max(1e-9));
        view! {
            <div class="heat-scale">
                <div style:background=gradient(page.dark.get())><i style:left=format!("{at:.1}%")></i></div>
                <p><span>"0, the same"</span><span>{format!("{} far apart", say::distance(largest.get()))}</span></p>
            </div>
        }
    };
    let means = move || {
        scope.answer.get().map(|answer| {
            let (near, plain) = (answer.means(&answer.near), answer.means(&answer.plain));
            let cell = |value: Option<f64>| value.map_or_else(|| "\u{2013}".to_owned(), say::distance);
            view! {
                <table class="means">
                    <thead><tr><td></td><th scope="col">"without"</th><th scope="col">"with augmentations"</th></tr></thead>
                    <tbody>
                        <tr><th scope="row">"within classes"</th><td data-testid="distances-plain-within">{cell(plain.within)}</td><td data-testid="distances-within">{cell(near.within)}</td></tr>
                        <tr><th scope="row">"between classes"</th><td data-testid="distances-plain-between">{cell(plain.between)}</td><td data-testid="distances-between">{cell(near.between)}</td></tr>
                    </tbody>
                </table>
                <p class="reading">{say::heat(near, plain)}</p>
            }
        })
    };
    view! {
        <section class="distances-part">
            <h3>"How near every two images come"</h3>
            <div class="heat-box">
                <canvas
                    class="heat" data-testid="distances-heat" node_ref=canvas role="img" tabindex="0"
                    aria-label="Distances of every two images, class by class; arrow keys choose a pair"
                    on:pointermove=move |event| hovered.set(under(&event)) on:pointerleave=move |_| hovered.set(None)
                    on:pointerup=choose on:keydown=press
                ></canvas>
                <div class="heat-side">
                    <p class="heat-said" data-testid="distances-cell" aria-live="polite">{text}</p>
                    {scale}
                    <p class="protocol">"The mark on the scale is \u{3b4}; a dot says that two images of a class are within it. Point at a cell to read it, press to choose the pair below."</p>
                    <label class="switch-line">
                        <input class="switch" type="checkbox" role="switch" data-testid="distances-plain" prop:checked=move || plain.get() on:change=move |event| plain.set(event_target_checked(&event)) />
                        "Without augmentations"
                    </label>
                </div>
            </div>
            {means}
        </section>
    }
    .into_any()
}
