//! Which image is this point, and which images does the encoder find most like it?

use super::thumbnail::Thumbnail;
use crate::page::Page;
use augsphere_charts::class_colour;
use augsphere_spec::Command;
use leptos::prelude::*;

/// How many neighbours are shown.
const SHOWN: usize = 6;

/// The image pointed at, its class, and its nearest neighbours.
#[component]
pub fn Inspect() -> impl IntoView {
    let page = expect_context::<Page>();
    let points = Memo::new(move |_| page.state.with(|state| state.points.as_ref().map(|points| points.step)));
    // Asked again whenever the points have moved: neighbours change while the encoder learns.
    Effect::new(move |_| {
        let _ = points.get();
        if let Some(index) = page.focus.get() {
            page.ask(Command::Pick { index });
        }
    });
    let neighbours = Memo::new(move |_| {
        let focus = page.focus.get()?;
        page.state.with(|state| {
            state
                .pick
                .as_ref()
                .filter(|pick| pick.index == focus)
                .map(|pick| pick.neighbours.iter().take(SHOWN).copied().collect::<Vec<_>>())
        })
    });
    let pack = Memo::new(move |_| page.state.with(|state| state.run.as_ref().map(|run| run.images.clone())));
    let class = move |index: usize| {
        page.state
            .with_untracked(|state| state.run.as_ref().and_then(|run| run.labels.get(index).map(|&label| usize::from(label))))
            .unwrap_or_default()
    };
    let name = move |class: usize| {
        page.state
            .with_untracked(|state| state.run.as_ref().and_then(|run| run.data.classes.names.get(class).cloned()))
            .unwrap_or_default()
    };
    let colour = move |class: usize| {
        let [red, green, blue] = class_colour(class, page.dark.get());
        format!("rgb({red} {green} {blue})")
    };
    let own = move || {
        let (focus, pack) = (page.focus.get()?, pack.get()?);
        let kind = class(focus);
        Some(view! {
            <figure class="own" style:--class-colour=move || colour(kind)>
                <Thumbnail pack=pack index=focus label=format!("Held-out image {focus}: {}", name(kind)) />
                <figcaption><strong>{name(kind)}</strong><span>{format!("held-out image {focus}")}</span></figcaption>
            </figure>
        })
    };
    let others = move || {
        let (focus, pack, near) = (page.focus.get()?, pack.get()?, neighbours.get()?);
        let same = near.iter().filter(|(index, _)| class(*index) == class(focus)).count();
        let verdict = format!("{same} of its {} nearest neighbours share its class", near.len());
        let images = near
            .into_iter()
            .map(|(index, cosine)| {
                let kind = class(index);
                view! {
                    <figure style:--class-colour=move || colour(kind)>
                        <Thumbnail pack=pack.clone() index=index label=name(kind) />
                        <figcaption>{format!("{cosine:.2}")}</figcaption>
                    </figure>
                }
            })
            .collect_view();
        Some(
            view! { <div class="near"><div class="others">{images}</div><p>{verdict}". Below each: the cosine of the encoder's features, which can differ from closeness on the sphere."</p></div> },
        )
    };
    view! {
        <div class="inspect" class:some=move || page.focus.get().is_some()>
            {own}
            {others}
            <Show when=move || page.focus.get().is_none()>
                <p class="invitation">"Point at a dot or tap it: its image and the images most like it appear here."</p>
            </Show>
        </div>
    }
}
