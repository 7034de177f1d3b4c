//! What do the augmentations do to an image, right now?

use super::icons::Icon;
use super::thumbnail::Thumbnail;
use crate::page::Page;
use augsphere_spec::{Command, Topic};
use leptos::prelude::*;

/// The strip: an image of the training set, and the views that the encoder would get to see.
#[component]
pub fn ViewStrip() -> impl IntoView {
    let page = expect_context::<Page>();
    let views = Memo::new(move |_| page.state.with(|state| state.views.clone()));
    // The next strip is made only after this one was shown.
    Effect::new(move |_| {
        if views.get().is_some() {
            request_animation_frame(move || page.send(&Command::Acknowledge(Topic::Views)));
        }
    });
    let another = move |_| {
        page.viewed.update(|(image, draw)| (*image, *draw) = (*image + 1, 0));
        page.look();
    };
    let again = move |_| {
        page.viewed.update(|(_, draw)| *draw += 1);
        page.look();
    };
    let class = move |class: usize| {
        page.state.with(|state| state.run.as_ref().and_then(|run| run.data.classes.names.get(class).cloned())).unwrap_or_default()
    };
    let strip = move || match views.get() {
        None => (0..7).map(|_| view! { <span class="thumbnail empty"></span> }).collect_view().into_any(),
        Some(views) => {
            let count = views.thumbnails.rgba.len() / (views.thumbnails.side * views.thumbnails.side * 4).max(1);
            let pack = std::sync::Arc::new(views.thumbnails.clone());
            (0..count)
                .map(|index| {
                    let label =
                        if index == 0 { format!("The image itself: {}", class(views.class)) } else { format!("View {index}") };
                    view! { <Thumbnail pack=pack.clone() index=index label=label /> }
                })
                .collect_view()
                .into_any()
        }
    };
    view! {
        <div class="views-box">
            <div class="views" data-testid="views" role="group" aria-label="An image and views of it under these augmentations">{strip}</div>
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
