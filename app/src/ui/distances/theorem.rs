//! What does Theorem 1 of Huang et al. say of the run's encoder on these images, or of a case in which its condition holds?

use super::Scope;
use super::markup::slide;
use crate::model::DistanceMsg;
use crate::text::distances::{greek, quantity};
use crate::text::theorem::{CASES, about, case_named, verdict};
use crate::ui::disclosure::Disclosure;
use crate::ui::icons::Icon;
use augsphere_spec::TheoremCase;
use leptos::prelude::*;

/// Every quantity with its value and where it came from; the last ones say whether the theorem holds.
pub fn part(scope: Scope) -> AnyView {
    let page = scope.page;
    let epsilon = Memo::new(move |_| page.distances.with(|distances| distances.controls.epsilon));
    let case = Memo::new(move |_| page.distances.with(|distances| distances.controls.theorem));
    let rows = Memo::new(move |_| {
        scope.answer.with(|answer| answer.as_ref().map(|answer| answer.data.theorem.clone()).unwrap_or_default())
    });
    let row = |told: augsphere_spec::Quantity| {
        view! { <tr><th scope="row">{greek(&told.symbol)}</th><td>{quantity(told.value)}</td><td>{greek(&told.words)}</td></tr> }
    };
    // The last one is the verdict, which is said below.
    let table = move || rows.with(|rows| rows[..rows.len().saturating_sub(1)].iter().cloned().map(row).collect_view());
    let said = move || rows.with(|rows| verdict(rows.last()));
    let choose =
        move |event: leptos::ev::Event| page.set_distances(DistanceMsg::Theorem(case_named(&event_target_value(&event))));
    let options = CASES
        .into_iter()
        .map(|(known, name, title)| view! { <option value=name prop:selected=move || case.get() == known>{title}</option> })
        .collect_view();
    view! {
        <Disclosure title="Theorem 1: what follows for the error" class="distances-part fold" testid="distances-theorem">
            <p class="reading">
                "Huang et al. bound the error of the classifier that assigns an image to the nearest class centre: at most (1 \u{2212} \u{3c3}) "
                "+ R, if a condition on the centres holds. Every quantity of it:"
            </p>
            <label class="steps">"Representation "<select data-testid="distances-theorem-case" on:change=choose>{options}</select></label>
            <p class="reading">{move || about(case.get())}</p>
            {move || (case.get() != TheoremCase::Constructed).then(|| slide("distances-epsilon", "\u{3b5}", "How far apart the features of an image's views may be.", (0.05, 2.0, 0.05),
                Signal::derive(move || epsilon.get()), Signal::derive(move || format!("{:.2}", epsilon.get())), |page, value| page.set_distances(DistanceMsg::Epsilon(value))))}
            <div class="scroll" tabindex="0" role="region" aria-label="Quantities of Theorem 1"><table class="theorem"><tbody>{table}</tbody></table></div>
            <p class="reading strong" data-testid="distances-verdict">{said}</p>
            <button type="button" class="small" on:click=move |_| page.set_distances(DistanceMsg::Again)>{Icon::Reset.view()}"Again with the encoder as it is now"</button>
        </Disclosure>
    }
    .into_any()
}
