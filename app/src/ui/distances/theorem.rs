//! What does Theorem 1 of Huang et al. say of the run's encoder on these images?

use super::Scope;
use super::markup::{escape, slide};
use crate::model::DistanceMsg;
use crate::text::distances::{greek, quantity};
use crate::ui::disclosure::Disclosure;
use crate::ui::icons::Icon;
use leptos::prelude::*;

/// Every quantity with its value and where it came from; the last ones say whether the theorem holds.
pub fn part(scope: Scope) -> AnyView {
    let page = scope.page;
    let epsilon = Memo::new(move |_| page.distances.with(|distances| distances.controls.epsilon));
    let rows = Memo::new(move |_| {
        scope.answer.with(|answer| answer.as_ref().map(|answer| answer.data.theorem.clone()).unwrap_or_default())
    });
    let table = move || {
        let row = |quantity_told: &augsphere_spec::Quantity| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
                escape(&greek(&quantity_told.symbol)),
                quantity(quantity_told.value),
                escape(&greek(&quantity_told.words))
            )
        };
        // The last one is the verdict, which is said below.
        rows.with(|rows| {
            format!("<tbody>{}</tbody>", rows.iter().take(rows.len().saturating_sub(1)).map(row).collect::<String>())
        })
    };
    let verdict = move || {
        rows.with(|rows| match rows.last() {
            Some(last) => format!(
                "Does it hold here? {} It rarely does with real networks: their Lipschitz constant in pixels is large.",
                last.words
            ),
            None => "Comes with the complete answer.".to_owned(),
        })
    };
    view! {
        <Disclosure title="Theorem 1: what follows for the error" class="distances-part fold" testid="distances-theorem">
            <p class="reading">
                "Huang et al. bound the error of the classifier that assigns an image to the nearest class centre: at most (1 \u{2212} \u{3c3}) "
                "+ R, if a condition on the centres holds. Every quantity of it, measured on these images with the run's encoder:"
            </p>
            {move || slide("distances-epsilon", "\u{3b5}", "How far apart the features of an image's views may be.", (0.05, 2.0, 0.05),
                Signal::derive(move || epsilon.get()), Signal::derive(move || format!("{:.2}", epsilon.get())), |page, value| page.set_distances(DistanceMsg::Epsilon(value)))}
            <div class="scroll" tabindex="0" role="region" aria-label="Quantities of Theorem 1"><table class="theorem" inner_html=table></table></div>
            <p class="reading strong" data-testid="distances-verdict">{verdict}</p>
            <button type="button" class="small" on:click=move |_| page.set_distances(DistanceMsg::Again)>{Icon::Reset.view()}"Again with the encoder as it is now"</button>
        </Disclosure>
    }
    .into_any()
}
