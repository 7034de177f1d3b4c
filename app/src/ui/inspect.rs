//! The image of a point, and the images that the encoder finds most like it.

use super::thumbnail::Thumbnail;
use crate::model::BoardMsg;
use crate::page::Page;
use augsphere_charts::class_colour;
use leptos::prelude::*;
use std::time::Duration;

/// How long a pointer rests on a dot before its card is shown, milliseconds: a pointer on its way passes over many.
const REST: u64 = 125;

/// The image pointed at, its class, and its nearest neighbours.
#[component]
pub fn Inspect() -> impl IntoView {
    let page = expect_context::<Page>();
    let focus = settled(page.focus);
    // Told again and again with the points: neighbours change while the encoder learns.
    Effect::new(move |_| page.board(BoardMsg::Point(focus.get())));
    let neighbours = Memo::new(move |_| {
        let focus = focus.get()?;
        page.state.with(|state| {
            let (image, near) = state.points.as_ref()?.neighbours.as_ref()?;
            (*image == focus).then(|| near.clone())
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
        let (focus, pack) = (focus.get()?, pack.get()?);
        let kind = class(focus);
        Some(view! {
            <figure class="own" style:--class-colour=move || colour(kind)>
                <Thumbnail pack=pack index=focus label=format!("Validation image {focus}: {}", name(kind)) />
                <figcaption><strong>{name(kind)}</strong><span>{format!("validation image {focus}")}</span></figcaption>
            </figure>
        })
    };
    let others = move || {
        let (focus, pack, near) = (focus.get()?, pack.get()?, neighbours.get()?);
        let same = near.iter().filter(|(index, _)| class(*index) == class(focus)).count();
        let verdict = format!("{same} of its {} nearest share its class", near.len());
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
            view! { <div class="near"><div class="others" title="Below each: the cosine of the two embeddings">{images}</div><p>{verdict}<small>"numbers: cosine"</small></p></div> },
        )
    };
    view! {
        <div class="inspect" class:some=move || focus.get().is_some()>
            {own}
            {others}
            <Show when=move || focus.get().is_none()>
                <p class="invitation">"Point at a dot or tap it: its image and the images most like it appear here."</p>
            </Show>
        </div>
    }
}

/// The value of a signal once it has stayed the same for a moment.
fn settled(signal: RwSignal<Option<usize>>) -> RwSignal<Option<usize>> {
    let (settled, turns) = (RwSignal::new(signal.get_untracked()), StoredValue::new(0u64));
    Effect::new(move |_| {
        let now = signal.get();
        turns.update_value(|turns| *turns += 1);
        let turn = turns.get_value();
        let later = move || {
            if turns.try_get_value() == Some(turn) && settled.try_get_untracked().is_some_and(|known| known != now) {
                settled.set(now);
            }
        };
        set_timeout(later, Duration::from_millis(REST));
    });
    settled
}
