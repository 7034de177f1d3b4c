//! What does the gradient on the current batch consist of, and would other methods ask for the same?

use super::chart_card::ChartCard;
use crate::page::Page;
use crate::text::ANATOMY;
use augsphere_spec::Anatomy;
use leptos::{html, prelude::*};
use std::sync::Arc;

/// The gradient, laid open; only looked at while the card is open.
#[component]
pub fn AnatomyCard() -> impl IntoView {
    let page = expect_context::<Page>();
    let details = NodeRef::<html::Details>::new();
    let toggled = move |_| {
        if let Some(details) = details.get_untracked() {
            page.watch_gradient(details.open());
        }
    };
    view! {
        <details class="card anatomy" data-testid="anatomy" node_ref=details on:toggle=toggled>
            <summary><span class="title">"Gradient anatomy"</span><span class="brief">"what pulls, what pushes"</span></summary>
            <Show when=move || page.gradient_watched.get()>
                <div class="body">
                    <Matrix />
                    {ANATOMY.into_iter().map(|measure| view! { <ChartCard measure /> }).collect_view()}
                </div>
            </Show>
        </details>
    }
}

/// The cosines between what the methods ask for.
#[component]
fn Matrix() -> impl IntoView {
    let page = expect_context::<Page>();
    let anatomy = Memo::new(move |_| page.state.with(|state| state.anatomy.clone()));
    let table = move || match anatomy.get() {
        None => view! { <p class="reading">"Comes with the next step."</p> }.into_any(),
        Some(anatomy) => table(&anatomy).into_any(),
    };
    view! {
        <div class="matrix-box">
            <h3>"Do other methods ask for the same?"</h3>
            {table}
            <p class="reading">
                "1: both methods would move every embedding of this batch in the same direction; 0: the directions have nothing in "
                "common; \u{2212}1: they are opposite. All are computed on the same batch and the same encoder."
            </p>
        </div>
    }
}

fn table(anatomy: &Arc<Anatomy>) -> impl IntoView + use<> {
    let count = anatomy.methods.len();
    let head = anatomy.methods.iter().map(|name| view! { <th scope="col"><span>{name.clone()}</span></th> }).collect_view();
    let row = |(index, name): (usize, &String)| {
        let from = (index * count).min(anatomy.cosines.len());
        let to = (from + count).min(anatomy.cosines.len());
        let cells = anatomy.cosines[from..to].iter().map(|&cosine| cell(cosine)).collect_view();
        view! { <tr><th scope="row">{name.clone()}{(index == 0).then(|| view! { <em>" trains"</em> })}</th>{cells}</tr> }
    };
    let rows = anatomy.methods.iter().enumerate().map(row).collect_view();
    view! {
        <div class="matrix" role="region" tabindex="0" aria-label="Cosine between the gradients of the methods">
            <table data-testid="cosines">
                <caption>{format!("Cosine between the gradients, after step {}", anatomy.step)}</caption>
                <thead><tr><td></td>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// One cosine: its number, and a colour that is orange below zero and blue above.
fn cell(cosine: f32) -> impl IntoView {
    let side = if cosine < 0.0 { "against" } else { "with" };
    let share = format!("{:.0}%", 100.0 * cosine.abs().min(1.0));
    let text = if cosine.is_finite() { format!("{cosine:.2}").replace('-', "\u{2212}") } else { "\u{2013}".to_owned() };
    let text = if text == "\u{2212}0.00" { "0.00".to_owned() } else { text };
    view! { <td class=side style:--share=share>{text}</td> }
}
