//! What do the augmentations do to an image, right now?

use super::group::{rove, settle, stop};
use super::icons::Icon;
use super::thumbnail::Thumbnail;
use crate::page::Page;
use augsphere_spec::Views;
use leptos::prelude::*;
use std::sync::Arc;

/// The strip: an image of the training set, and the views that the encoder would get to see.
#[component]
pub fn ViewStrip() -> impl IntoView {
    let page = expect_context::<Page>();
    let views = Memo::new(move |_| page.state.with(|state| state.views.clone()));
    let another = move |_| page.next_views(true);
    let again = move |_| page.next_views(false);
    // The view that is pointed at.
    let pointed = RwSignal::new(None::<usize>);
    let words = move |views: &Views, index: usize| {
        let class = || {
            let name = |run: &crate::model::state::Run| run.data.classes.names.get(views.class).cloned();
            page.state.with_untracked(|state| state.run.as_ref().and_then(name)).unwrap_or_default()
        };
        match (index, views.words.get(index)) {
            (0, _) => format!("The image itself: {}", class()),
            (_, Some(words)) if !words.is_empty() => format!("View {index}: {words}"),
            _ => format!("View {index}"),
        }
    };
    let strip = move || match views.get() {
        None => (0..7).map(|_| view! { <span class="thumbnail empty"></span> }).collect_view().into_any(),
        Some(views) => {
            let count = views.thumbnails.rgba.len() / (views.thumbnails.side * views.thumbnails.side * 4).max(1);
            let pack = Arc::new(views.thumbnails.clone());
            (0..count)
                .map(|index| {
                    let label = words(&views, index);
                    let point = move |here: bool| pointed.set(here.then_some(index));
                    view! {
                        <button
                            type="button" class="view" tabindex=stop(index) on:pointerenter=move |_| point(true) on:pointerleave=move |_| point(false)
                            on:focus=move |_| point(true) on:blur=move |_| point(false) on:click=move |_| point(true)
                        ><Thumbnail pack=pack.clone() index=index label=label /></button>
                    }
                })
                .collect_view()
                .into_any()
        }
    };
    let said = move || match (pointed.get(), views.get()) {
        (Some(index), Some(views)) => words(&views, index),
        _ => "Point at a view or tap it to read what was done to it.".to_owned(),
    };
    view! {
        <div class="views-box">
            <div
                class="views" data-testid="views" role="group" aria-label="An image and views of it under these augmentations"
                on:keydown=move |event| rove(&event) on:focusin=move |event| settle(&event)
            >{strip}</div>
            <p class="view-words" data-testid="view-words" aria-live="polite">{said}</p>
            <div class="views-foot">
                <span>"The framed image and views of it. Two views of one image are a "<em>"positive pair"</em>": the encoder learns to bring them together."</span>
                <span class="views-buttons">
                    <button type="button" class="small" on:click=again>{Icon::Shuffle.view()}"Draw again"</button>
                    <button type="button" class="small" on:click=another>{Icon::Next.view()}"Next image"</button>
                </span>
            </div>
        </div>
    }
}
