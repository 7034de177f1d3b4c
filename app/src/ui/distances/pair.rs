//! Which views of two images are closest, and where do they agree?

use super::Scope;
use super::markup::put_pixels;
use crate::{model::distances::pairs, text::distances as say};
use leptos::{html, prelude::*};

/// Two views side by side, and the pixels that they agree on.
pub fn part(scope: Scope) -> AnyView {
    let canvases: [NodeRef<html::Canvas>; 5] = std::array::from_fn(|_| NodeRef::new());
    let looked = Memo::new(move |_| {
        let (answer, (one, other)) = (scope.answer.get()?, scope.pair.get()?);
        let (a, b) = answer.closest(one, other);
        Some((answer, [(one, 0), (one, a), (other, b), (other, 0)]))
    });
    let agreed = Memo::new(move |_| {
        let (answer, views) = looked.get()?;
        let pixels = |(image, view): (usize, usize)| answer.pixels(answer.view(image, view).0);
        Some(pairs::agreement(pixels(views[1]), pixels(views[2])))
    });
    Effect::new(move |_| {
        let (Some((answer, views)), Some((pixels, _))) = (looked.get(), agreed.get()) else { return };
        for (canvas, (image, view)) in canvases.iter().zip(views) {
            if let Some(canvas) = canvas.get() {
                put_pixels(&canvas, answer.pack.side, answer.pixels(answer.view(image, view).0));
            }
        }
        if let Some(canvas) = canvases[4].get() {
            put_pixels(&canvas, answer.pack.side, &pixels);
        }
    });
    let words = move |which: usize| {
        move || {
            looked.get().map(|(answer, views)| {
                let (image, view) = views[which];
                scope.view(&answer, image, view)
            })
        }
    };
    let share = move || agreed.with(|agreed| agreed.as_ref().map_or(0.0, |agreed| agreed.1));
    let text = move || {
        looked.get().map(|(answer, views)| scope.names.with(|names| say::pair(&answer, views[1].0, views[2].0, share(), names)))
    };
    let figure = move |which: usize, class: &'static str, words: Signal<Option<String>>| {
        view! {
            <figure class=class><canvas class="thumbnail" node_ref=canvases[which] role="img" aria-label=move || words.get()></canvas><figcaption>{words}</figcaption></figure>
        }
        .into_any()
    };
    let own = move |which: usize| {
        figure(which, if which.is_multiple_of(3) { "pair-image" } else { "pair-view" }, Signal::derive(words(which)))
    };
    let agree =
        Signal::derive(move || Some(format!("They agree on {:.0} % of the pixels; the rest is veiled.", 100.0 * share())));
    view! {
        <section class="distances-part" data-testid="distances-pair">
            <h3>"The closest views of two images"</h3>
            <div class="pair">{own(0)}{own(1)}{own(2)}{own(3)}{figure(4, "pair-agreed", agree)}</div>
            <p class="reading" data-testid="distances-pair-words">{text}</p>
            <p class="protocol">{format!("Two pixels agree if the root mean square of their differences in red, green and blue is at most {} (from 0 to 1).", pairs::ALIKE)}</p>
        </section>
    }
    .into_any()
}
