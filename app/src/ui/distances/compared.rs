//! Why does it help to drop colour? The same distances without an augmentation and with it.

use super::Scope;
use super::markup::put_pixels;
use crate::model::distances::{ABLATIONS, Ablation, Answer, Comparison, Shared};
use crate::text::{comparison, distances as say};
use leptos::{html, prelude::*};

/// The buttons, and what came out.
pub fn part(scope: Scope) -> AnyView {
    let page = scope.page;
    let comparison = Memo::new(move |_| page.distances.with(|distances| distances.comparison.clone()));
    let begun = Memo::new(move |_| page.state.with(|state| state.run.is_some()));
    let known = page.catalogue.with_untracked(|catalogue| {
        let section = catalogue.section("augment");
        ABLATIONS
            .into_iter()
            .filter(|ablation| section.is_some_and(|section| section.card(ablation.layer).is_some()))
            .collect::<Vec<_>>()
    });
    let buttons = known
        .into_iter()
        .map(|ablation| {
            view! {
                <button type="button" class="small" class:primary=ablation.layer == "grayscale" data-testid=format!("distances-try-{}", ablation.layer) prop:disabled=move || !begun.get() on:click=move |_| page.compare(ablation)>{ablation.button}</button>
            }
        })
        .collect_view();
    let result = move || {
        comparison.get().map(|comparison| {
            let Comparison { ablation, answers, .. } = comparison;
            match answers {
                [Some(without), Some(with)] => finished(scope, ablation, without, with),
                [Some(_), None] => view! { <p class="reading">{format!("Now with {}\u{2026}", ablation.about)}</p> }.into_any(),
                _ => view! { <p class="reading">{format!("Without {}\u{2026}", ablation.about)}</p> }.into_any(),
            }
        })
    };
    view! {
        <section class="distances-part tried">
            <h3>"Why does an augmentation help?"</h3>
            <p class="reading">"The same images and the same random numbers twice, in several draws of both: once without an augmentation, once with it. Everything else stays as you have set it."</p>
            <div class="distances-buttons">{buttons}</div>
            <div data-testid="distances-comparison" aria-live="polite">{result}</div>
        </section>
    }
    .into_any()
}

/// The sentences, and the pair that moved most with its closest views before and after.
fn finished(scope: Scope, ablation: Ablation, without: Shared<Answer>, with: Shared<Answer>) -> AnyView {
    let delta = Memo::new(move |_| scope.page.delta());
    let (left, right) = (without.clone(), with.clone());
    let text = move || {
        comparison::comparison(ablation, &left, &right, delta.get())
            .into_iter()
            .map(|sentence| view! { <li>{sentence}</li> })
            .collect_view()
    };
    let picture = |answer: &Shared<Answer>, image: usize, view: usize| {
        let canvas = NodeRef::<html::Canvas>::new();
        let label = scope.view(answer, image, view);
        let answer = answer.clone();
        canvas.on_load(move |canvas| put_pixels(&canvas, answer.pack.side, answer.pixels(answer.view(image, view).0)));
        view! { <canvas class="thumbnail" node_ref=canvas role="img" title=label.clone() aria-label=label></canvas> }.into_any()
    };
    let moved = comparison::moved(ablation, &without, &with).map(|((one, other), sentence)| {
        let side = |answer: &Shared<Answer>, words: &str| {
            let (a, b) = answer.closest(one, other);
            let caption = format!("{words}: {} apart", say::distance(answer.near.at(one, other)));
            view! { <figure><div>{picture(answer, one, a)}{picture(answer, other, b)}</div><figcaption>{caption}</figcaption></figure> }
        };
        let about = ablation.about;
        view! {
            <p class="reading">{sentence}</p>
            <div class="moved">{side(&without, &format!("without {about}"))}<span aria-hidden="true">"\u{2192}"</span>{side(&with, &format!("with {about}"))}</div>
        }
    });
    view! {
        <ul class="sentences">{text}</ul>
        {moved}
        <p class="protocol">"Both curves are kept below, in \u{3c3}(\u{3b4})."</p>
    }
    .into_any()
}
