//! The entrance for someone who knows nothing: one image, its two views, the sphere with these two, and one slider.

use super::canvas::Sphere;
use super::chart_card::ChartCard;
use super::choice::ChoiceBox;
use super::disclosure::Disclosure;
use super::icons::Icon;
use super::legend::Legend;
use super::thumbnail::Thumbnail;
use crate::model::Model;
use crate::model::entrance::{Entrance, strength};
use crate::model::knobs::text as knob_text;
use crate::page::Page;
use crate::text::{MEASURES, explore as words};
use augsphere_spec::Phase;
use leptos::prelude::*;
use std::sync::Arc;

/// Steps of the slider.
const NOTCH: &str = "0.05";
/// The largest strength.
const MOST: f64 = 2.0;

/// Explore: everything on one screen.
#[component]
pub fn Explore() -> impl IntoView {
    view! {
        <main class="explore">
            <Pair />
            <section class="explore-stage" id="stage" aria-label="Sphere"><div class="sphere-box"><Sphere /></div><Key /></section>
            <Play />
        </main>
    }
}

/// The switch between the entrances.
#[component]
pub fn EntranceSwitch() -> impl IntoView {
    let page = expect_context::<Page>();
    let now = Memo::new(move |_| page.model.with(|model| model.entrance));
    let button = move |entrance: Entrance, title: &'static str, hint: &'static str| {
        view! {
            <button
                type="button" data-testid=format!("entrance-{}", entrance.name()) title=hint aria-pressed=move || (now.get() == entrance).to_string()
                on:click=move |_| page.enter(entrance)
            >{title}</button>
        }
    };
    view! {
        <div class="entrance" role="group" aria-label="Entrance" data-testid="entrance">
            {button(Entrance::Explore, "Explore", "One image, one slider, one number")}
            {button(Entrance::Lab, "Lab", "Every method, control and picture")}
        </div>
    }
}

/// An image and its two views.
#[component]
fn Pair() -> impl IntoView {
    let page = expect_context::<Page>();
    let pack = Memo::new(move |_| page.state.with(|state| state.run.as_ref().map(|run| Arc::clone(&run.images))));
    let image = Memo::new(move |_| page.model.with(|model| model.board.pair.unwrap_or(0)));
    let pair = Memo::new(move |_| page.state.with(|state| state.points.as_ref().and_then(|points| points.pair.clone())));
    let views =
        Memo::new(move |_| pair.with(|pair| pair.as_ref().and_then(|pair| Some((pair.image, Arc::new(pair.images.clone()?))))));
    let class = Memo::new(move |_| {
        page.state.with(|state| {
            let run = state.run.as_ref()?;
            run.data.classes.names.get(usize::from(*run.labels.get(image.get())?)).cloned()
        })
    });
    let name = move || class.get().map_or_else(|| "an image".to_owned(), |class| format!("an image: {class}"));
    let original = move || pack.get().map(|pack| view! { <Thumbnail pack index=image.get() label=name() /> });
    let view = move |place: usize, words: &'static str| {
        move || views.get().map(|(_, pack)| view! { <Thumbnail pack index=place label=words /> })
    };
    let cosine = move || pair.with(|pair| pair.as_ref().map(|pair| words::views(pair.cosine)));
    view! {
        <section class="explore-pair" aria-label="One image and its two views">
            <div class="explore-images">
                <figure><div class="explore-frame">{original}</div><figcaption>{name}</figcaption></figure>
                <span class="becomes" aria-hidden="true">"\u{2192}"</span>
                <figure class="framed"><div class="explore-frame">{view(0, "first view")}</div><figcaption>"view 1"</figcaption></figure>
                <figure class="framed"><div class="explore-frame">{view(1, "second view")}</div><figcaption>"view 2"</figcaption></figure>
            </div>
            <p class="reading" data-testid="explore-views">{cosine}</p>
            <button type="button" class="small" data-testid="next-pair" on:click=move |_| page.next_pair()>{Icon::Next.view()}<span>"Another image"</span></button>
            <div class="explore-classes"><Legend /></div>
        </section>
    }
}

/// What the marks on the sphere are.
#[component]
fn Key() -> impl IntoView {
    let page = expect_context::<Page>();
    let blank = Memo::new(move |_| page.state.with(|state| state.cloud.sentence()));
    view! {
        <p class="explore-key">
            <span class="dot" aria-hidden="true"></span>"an image, its colour the shape it shows "
            <span class="two" aria-hidden="true"></span>"the two views "
            <span class="pull" aria-hidden="true"></span>"pull "
            <span class="push" aria-hidden="true"></span>"push"
            {move || blank.get().map(|sentence| view! { <strong data-testid="cloud">" "{sentence}</strong> })}
        </p>
    }
}

/// Play, the slider, the number and the sentences.
#[component]
fn Play() -> impl IntoView {
    let page = expect_context::<Page>();
    let phase = Memo::new(move |_| page.state.with(|state| state.phase));
    let steps = Memo::new(move |_| page.state.with(|state| state.step()));
    let going = Memo::new(move |_| page.play_requested.get() || phase.get() == Some(Phase::Running));
    let finished = move || phase.get() == Some(Phase::Finished);
    let headline = Memo::new(move |_| page.state.with(words::headline));
    let moment = Memo::new(move |_| page.state.with(words::moment));
    let situation = Memo::new(move |_| page.model.with(Model::situation));
    let busy = Memo::new(move |_| page.state.with(|state| state.preparing.is_some() || state.run.is_none()));
    let beside = Memo::new(move |_| {
        page.catalogue.with(|catalogue| {
            page.state
                .with(|state| words::beside(catalogue, state.run.as_ref()?, state.former.as_ref().filter(|run| run.step > 0)?))
        })
    });
    let method = move || {
        page.catalogue.with(|catalogue| catalogue.section("method").cloned()).map(|section| view! { <ChoiceBox section /> })
    };
    view! {
        <section class="explore-play" aria-labelledby="explore-title">
            <h2 id="explore-title" class="unseen">"How well it sees"</h2>
            <p class="explore-headline" aria-live="polite">
                <strong data-testid="headline">{move || headline.get().0}</strong>
                <span>{move || headline.get().1}</span>
            </p>
            <div class="transport" role="group" aria-label="Play, pause, begin again">
                <button type="button" class="play" data-testid="play" title="Play (Space)" class:none=move || going.get() aria-disabled=move || finished().to_string()
                    on:click=move |_| if !finished() { page.play() }>{Icon::Play.view()}<span>"Play"</span></button>
                <button type="button" class="play" data-testid="pause" title="Pause (Space)" class:none=move || !going.get()
                    on:click=move |_| page.pause()>{Icon::Pause.view()}<span>"Pause"</span></button>
                <button type="button" data-testid="reset" title="Begin again at step 0 (R)" on:click=move |_| page.reset()>{Icon::Reset.view()}<span>"Begin again"</span></button>
                <span class="count-line"><span class="unit">"step"</span><strong data-testid="steps">{move || steps.get().to_string()}</strong></span>
            </div>
            <Strength />
            <p class="explore-moment" data-testid="moment">{move || if busy.get() { situation.get() } else { moment.get() }}</p>
            {move || beside.get().map(|sentence| view! { <p class="explore-beside" data-testid="beside">{sentence}</p> })}
            <div class="explore-chart">{MEASURES.iter().find(|measure| measure.name == "knn_accuracy").map(|measure| view! { <ChartCard measure=*measure /> })}</div>
            <Disclosure title="More to turn" brief="method and temperature" class="plain" testid="more">{method}</Disclosure>
            <button type="button" class="small" data-testid="all-controls" on:click=move |_| page.enter(Entrance::Lab)>"All controls"</button>
        </section>
    }
}

/// The one slider: how strongly all augmentations change an image.
#[component]
fn Strength() -> impl IntoView {
    let page = expect_context::<Page>();
    let now = Memo::new(move |_| page.draft.with(strength));
    // What stands below the thumb while it is dragged.
    let dragged = RwSignal::new(None::<f64>);
    let value = move || dragged.get().or(now.get()).unwrap_or(0.0);
    let read = |event: &leptos::ev::Event| event_target_value(event).parse::<f64>().ok();
    let said = move || match value() {
        ..0.01 => "not at all",
        ..0.5 => "a little",
        ..1.3 => "clearly",
        _ => "strongly",
    };
    view! {
        <label class="strength" class:none=move || now.get().is_none()>
            <span>"How much views are changed"</span>
            <input
                type="range" min="0" max=MOST.to_string() step=NOTCH data-testid="strength"
                style:--part=move || format!("{:.1}%", 100.0 * value() / MOST) prop:value=move || value().to_string()
                aria-valuetext=move || format!("{}: {}", knob_text(&value().into()), said())
                on:input=move |event| dragged.set(read(&event))
                on:change=move |event| {
                    dragged.set(None);
                    read(&event).into_iter().for_each(|strength| page.choose_strength(strength));
                }
            />
            <output>{move || format!("{} \u{b7} {}", knob_text(&value().into()), said())}</output>
        </label>
    }
}
