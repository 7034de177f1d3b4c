//! How large a part of a class is pairwise near, for which threshold and policy; and what do more views change?

use super::Scope;
use super::markup::{class_css, css, slide};
use crate::model::DistanceMsg;
use crate::ui::drawn::plotted;
use crate::ui::icons::Icon;
use crate::wire::browser;
use crate::{model::distances::sigma, text::distances as say};
use leptos::{ev, prelude::*};

/// The curves with their threshold, those that were kept, and the bias in the number of views.
pub fn part(scope: Scope) -> AnyView {
    let page = scope.page;
    let pinned = Memo::new(move |_| page.distances.with(|distances| distances.controls.kept.clone()));
    let curves = move || {
        let answer = scope.answer.get();
        pinned.with(|kept| sigma::chart(answer.as_deref(), kept))
    };
    let (canvas, shown) = plotted(curves);
    // Where the threshold is on the chart; counted anew whenever it is drawn.
    let size = RwSignal::new((0.0, 0.0));
    canvas.on_load(move |canvas| {
        let seen = canvas.clone();
        browser::on_resize(&canvas, move || {
            size.try_set((f64::from(seen.client_width()), f64::from(seen.client_height())));
        });
    });
    let line = move || {
        let (width, height) = size.get();
        let x = shown.with(|chart| chart.frame(width, height).x(page.delta()));
        view! { <i class="cross mark" style:left=format!("{x:.1}px")></i> }
    };
    let grid = Memo::new(move |_| {
        scope
            .answer
            .with(|answer| {
                answer.as_ref().map(|answer| answer.data.deltas.get(..=sigma::end(answer)).unwrap_or_default().to_vec())
            })
            .unwrap_or_default()
    });
    let drag = move |event: ev::PointerEvent| {
        if event.buttons() & 1 == 1 {
            let (width, height) = size.get_untracked();
            let delta = shown.with_untracked(|chart| chart.frame(width, height).step(f64::from(event.offset_x())));
            page.set_distances(DistanceMsg::Delta(grid.with_untracked(|grid| sigma::nearest(grid, delta))));
        }
    };
    let slider = move || {
        let (end, step) = grid.with(|grid| (grid.last().copied().unwrap_or(1.0), grid.get(1).copied().unwrap_or(0.1)));
        slide(
            "distances-delta",
            "Threshold \u{3b4}",
            "Up to this distance two images count as close.",
            (0.0, end, step),
            Signal::derive(move || page.delta()),
            Signal::derive(move || format!("{:.1}", page.delta())),
            |page, delta| page.set_distances(DistanceMsg::Delta(delta)),
        )
    };
    let text = move || scope.answer.get().map(|answer| scope.names.with(|names| sigma::reading(&answer, page.delta(), names)));
    let legend = move || {
        scope.answer.get().map(|answer| {
            // Set as a property: a style in the markup is what a strict policy forbids.
            let swatch = |(colour, name): (String, String)| view! { <span><i style:border-color=colour></i>{name}</span> };
            let classes = answer.blocks().into_iter().map(|(class, _, _)| (class_css(class, page.dark.get()), scope.name(class)));
            let all = std::iter::once(("var(--accent)".to_owned(), "smallest of all: \u{3c3}".to_owned()));
            view! { <p class="swatches">{classes.chain(all).map(swatch).collect_view()}</p> }
        })
    };
    view! {
        <section class="distances-part">
            <h3>"How much of a class is pairwise near: \u{3c3}(\u{3b4})"</h3>
            {legend}
            <div class="plot tall" on:pointerdown=drag on:pointermove=drag><canvas node_ref=canvas role="img" data-testid="distances-sigma" aria-label="Share of each class that is pairwise within delta, over delta"></canvas>{line}</div>
            <p class="axis">"\u{3b4}: largest augmented distance that counts as near \u{2192}"</p>
            {slider}
            <p class="reading" data-testid="distances-reading">{text}</p>
            <p class="reading">
                "Sharp concentration: the curve climbs early, because a small \u{3b4} already holds most of a class together. Blunt: it "
                "climbs late. \u{3c3} is the largest group in which every two images are within \u{3b4}; where it is not known for sure, a "
                "pale second line shows how large it may be at most."
            </p>
            {kept(scope)}
            {views(scope)}
        </section>
    }
    .into_any()
}

/// The curves that were kept, each with its colour, its number of views and a button that removes it.
fn kept(scope: Scope) -> AnyView {
    let page = scope.page;
    let pinned = Memo::new(move |_| page.distances.with(|distances| distances.controls.kept.clone()));
    let views = Memo::new(move |_| scope.answer.with(|answer| answer.as_ref().map(|answer| answer.data.views)));
    let item = move |kept: sigma::PinnedCurve| {
        let colour = css(sigma::colour(&kept).rgb(page.dark.get()));
        let other = views.get().is_some_and(|views| views != kept.views);
        let words = format!("{} views{}", kept.views, if other { ", not comparable with the present ones" } else { "" });
        let at = sigma::share(sigma::at(&kept.deltas, &kept.sigma, page.delta()));
        let colour_number = kept.colour;
        let remove = move |_| page.set_distances(DistanceMsg::Unpin(colour_number));
        view! {
            <li class:other=other>
                <i class="dash" style:border-color=colour></i><span><strong>{kept.name.clone()}</strong>" "<small>{words}</small></span>
                <output>{format!("\u{3c3} = {at}")}</output>
                <button type="button" class="undo" aria-label=format!("Remove {}", kept.name) on:click=remove>{Icon::Close.view()}</button>
            </li>
        }
    };
    view! {
        <button type="button" class="small" data-testid="distances-keep" on:click=move |_| page.set_distances(DistanceMsg::Pin)>{Icon::Save.view()}"Keep this curve"</button>
        <ul class="kept" data-testid="distances-kept">{move || pinned.get().into_iter().map(item).collect_view()}</ul>
    }
    .into_any()
}

/// How the distances fall with more views.
fn views(scope: Scope) -> AnyView {
    let rows = Memo::new(move |_| {
        scope.answer.with(|answer| answer.as_ref().map(|answer| answer.data.by_views.clone()).unwrap_or_default())
    });
    let (canvas, _) = plotted(move || rows.with(|rows| sigma::views_chart(rows)));
    view! {
        <div class:none=move || rows.with(|rows| rows.len() < 2)>
            <h4>"More views, smaller distances"</h4>
            <p class="lines"><span class="first">"within classes"</span><span class="second">"between classes"</span></p>
            <div class="plot"><canvas node_ref=canvas role="img" aria-label="Mean augmented distance over the number of views"></canvas></div>
            <p class="axis">"views of each image \u{2192}"</p>
            <p class="reading" data-testid="distances-bias">{move || rows.with(|rows| say::bias(rows))}</p>
        </div>
    }
    .into_any()
}
