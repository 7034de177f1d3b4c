//! The lesson below the sphere: the idea in four steps, suggestions to try, and the words of the page.

use super::disclosure::Disclosure;
use crate::model::choices::chosen;
use crate::page::Page;
use crate::text::lesson::{STEPS, WORDS, mechanism};
use crate::text::suggestions::{SUGGESTIONS, Suggestion};
use crate::wire::browser;
use augsphere_spec::{Experiment, preset};
use leptos::prelude::*;

/// The idea, in four steps, with a list of words.
#[component]
pub fn Lesson() -> impl IntoView {
    let page = expect_context::<Page>();
    let last = Memo::new(move |_| {
        page.catalogue.with(|catalogue| {
            let of = |experiment: &Experiment| mechanism(chosen(catalogue, experiment, "method"));
            page.state.with(|state| match &state.run {
                Some(run) => of(&run.experiment),
                None => page.draft.with(of),
            })
        })
    });
    let tile = |picture: &'static str, title: AnyView, sentence: AnyView| {
        view! { <li><div class="picture" aria-hidden="true" inner_html=picture></div><h3>{title}</h3><p>{sentence}</p></li> }
    };
    let tiles = STEPS
        .into_iter()
        .zip([PICTURE_IMAGE, PICTURE_VIEWS, PICTURE_ENCODE])
        .map(|((title, sentence), picture)| tile(picture, title.into_any(), sentence.into_any()))
        .collect_view();
    let fourth = tile(PICTURE_PULL, (move || last.get().0).into_any(), (move || last.get().1).into_any());
    let words = WORDS.into_iter().map(|(word, meaning)| view! { <dt>{word}</dt><dd>{meaning}</dd> }).collect_view();
    // On a phone the charts are nearer when this is folded.
    let wide = browser::matches("(min-width: 760px)");
    view! {
        <Disclosure title="What is happening here" brief="the idea, and what to try" class="card lesson" open=wide>
            <ol class="tiles">{tiles}{fourth}</ol>
            <p class="moral">
                "If the views of an image end up together (alignment) and the images spread over the whole sphere (uniformity), "
                "images that share what the augmentations keep end up near each other. That is how classes appear that nobody named."
            </p>
            <Tries />
            <Disclosure title="The words used on this page" class="words"><dl>{words}</dl></Disclosure>
        </Disclosure>
    }
}

/// Changes to try, each one press away.
#[component]
fn Tries() -> impl IntoView {
    let page = expect_context::<Page>();
    let entry = |(place, suggestion): (usize, Suggestion)| {
        let begin = move |_| {
            page.try_suggestion(place);
            // What is tried is looked at.
            if let Some(sphere) = browser::sphere() {
                browser::bring_into_view(&sphere);
            }
        };
        let from = preset(suggestion.preset).map(|preset| format!(" From \u{201c}{}\u{201d}.", preset.title()));
        view! {
            <li><button type="button" class="small" on:click=begin>{suggestion.title}</button><span>{suggestion.question}{from}</span></li>
        }
    };
    view! {
        <h3 class="tries-title">"Try this"</h3>
        <p class="tries-note" data-testid="tries-note">
            "Each starts from the preset it names as that comes, sets a few of its knobs and begins at step 0; then press play. "
            "Undo brings back what was there before."
        </p>
        <ul class="tries">{SUGGESTIONS.into_iter().enumerate().map(entry).collect_view()}</ul>
    }
}

const PICTURE_IMAGE: &str = r##"<svg viewBox="0 0 120 64"><rect class="paper" x="38" y="10" width="44" height="44" rx="4"/><path class="a" d="M60 19l4 9 10 1-7.500 6.600 2.200 9.800L60 40.200l-8.700 5.200 2.200-9.800L46 29l10-1z"/></svg>"##;
const PICTURE_VIEWS: &str = r##"<svg viewBox="0 0 120 64"><rect class="paper" x="12" y="10" width="44" height="44" rx="4"/><g clip-path="inset(0)"><path class="b" d="M36 13l7 16 13 2v16l-8 7H22l6-12-14-12 15-2z"/></g><rect class="frame" x="12" y="10" width="44" height="44" rx="4"/><rect class="paper" x="64" y="10" width="44" height="44" rx="4"/><path class="c" d="M84 24l3.200 7 8 .8-6 5.300 1.800 7.800-7-4.200-7 4.200 1.800-7.800-6-5.300 8-.8z" transform="rotate(16 84 34)"/></svg>"##;
const PICTURE_ENCODE: &str = r##"<svg viewBox="0 0 120 64"><rect class="paper" x="4" y="6" width="22" height="22" rx="3"/><rect class="paper" x="4" y="36" width="22" height="22" rx="3"/><path class="b" d="M15 10l2 4.500 5 .5-3.800 3.300 1.100 4.900L15 20.600l-4.300 2.600 1.100-4.900L8 15l5-.5z"/><path class="c" d="M15 40l2 4.500 5 .5-3.800 3.300 1.100 4.900L15 50.600l-4.300 2.600 1.100-4.900L8 45l5-.5z"/><path class="net" d="M36 8l26 12v24L36 56z"/><path class="arrow" d="M27 17h7M27 47h7M64 27h8M64 37h8"/><circle class="globe" cx="95" cy="32" r="21"/><path class="grid" d="M74 32h42M95 11a26 26 0 0 1 0 42M95 11a26 26 0 0 0 0 42"/><circle class="b" cx="86" cy="22" r="3.500"/><circle class="c" cx="104" cy="42" r="3.500"/></svg>"##;
const PICTURE_PULL: &str = r##"<svg viewBox="0 0 120 64"><circle class="globe" cx="60" cy="32" r="29"/><path class="grid" d="M31 32h58M60 3a36 36 0 0 1 0 58M60 3a36 36 0 0 0 0 58"/><circle class="b" cx="48" cy="21" r="3.500"/><circle class="c" cx="64" cy="17" r="3.500"/><path class="pull" d="M51 20.300l3.500-.8M61 17.700l-3.500.8"/><circle class="d" cx="44" cy="46" r="3"/><circle class="d" cx="76" cy="43" r="3"/><circle class="d" cx="63" cy="52" r="3"/><path class="push" d="M50 27l-4 13M62 23l10 14M57 25l5 21"/></svg>"##;
