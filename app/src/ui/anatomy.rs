//! The gradient on the current batch: what pulls and pushes one embedding, and whether other methods would ask for the same.

use super::chart_card::ChartCard;
use super::disclosure::Disclosure;
use super::group::{rove, settle, stop};
use super::icons::Icon;
use crate::draw::forces::{Forces, alike, count, forces, telling};
use crate::draw::scenes;
use crate::page::Page;
use crate::text::ANATOMY;
use augsphere_spec::Anatomy;
use leptos::prelude::*;
use std::sync::Arc;

/// The gradient, laid open; only looked at while the card is open.
#[component]
pub fn AnatomyCard() -> impl IntoView {
    let page = expect_context::<Page>();
    let inside = move || {
        let anatomy = Memo::new(move |_| page.state.with(|state| state.anatomy.clone()));
        view! {
            <ForcesShown anatomy />
            <Matrix anatomy />
            {ANATOMY.into_iter().map(|measure| view! { <ChartCard measure /> }).collect_view()}
        }
    };
    view! {
        <Disclosure
            title="Gradient anatomy" brief="what pulls, what pushes" class="card anatomy" testid="anatomy"
            on_toggle=Callback::new(move |open| page.watch_gradient(open))
        >
            <Show when=move || page.gradient_watched.get()>{inside}</Show>
        </Disclosure>
    }
}

/// Pull, push and their sum on one embedding, as arrows on the sphere seen from above it.
#[component]
fn ForcesShown(anatomy: Memo<Option<Arc<Anatomy>>>) -> impl IntoView {
    let page = expect_context::<Page>();
    let row = RwSignal::new(0usize);
    let many = Memo::new(move |_| anatomy.with(|anatomy| anatomy.as_deref().map_or(0, count)));
    let found = Memo::new(move |_| anatomy.with(|anatomy| forces(anatomy.as_deref()?, row.get())));
    let go = move |by: usize| {
        let many = many.get_untracked().max(1);
        row.update(|row| *row = (*row + by) % many);
    };
    let shown = move || match found.get() {
        None => view! { <p class="reading">"Comes with the next step."</p> }.into_any(),
        Some(found) => arrows(found, page.dark.get()).into_any(),
    };
    view! {
        <div data-testid="forces">
            <h3>"What moves one image of the batch"</h3>
            {shown}
            <p class="distances-buttons">
                <button type="button" class="small" aria-label="The image before" on:click=move |_| go(many.get_untracked().max(1) - 1)>{Icon::Before.view()}</button>
                <span class="at">{move || format!("embedding {} of {}", row.get() + 1, many.get().max(1))}</span>
                <button type="button" class="small" aria-label="The next image" on:click=move |_| go(1)>{Icon::Next.view()}</button>
            </p>
        </div>
    }
}

/// The drawing and its numbers.
fn arrows(found: Forces, dark: bool) -> impl IntoView {
    let line = |class: &'static str, name: &'static str, length: f64, words: &'static str| {
        view! { <div><dt class=class>{format!("{name} {length:.2e}")}</dt><dd>{words}</dd></div> }
    };
    view! {
        <div class="arrows">
            <div class="drawing" role="img" aria-label=found.sentence() inner_html=scenes::shapes(&found.scene(), dark)></div>
            <dl>
                {line("pull", "Pull", found.pull, "towards the image's other view")}
                {line("push", "Push", found.push, "away from everything else")}
                {line("sum", "Together", found.sum, "the way the image goes")}
            </dl>
        </div>
        <p class="reading" data-testid="forces-said">{found.sentence()}" Seen from above the image's point on the sphere, in the plane of the two arrows."</p>
    }
}

/// The cosines between what the methods ask for: of three methods, and of more on request.
#[component]
fn Matrix(anatomy: Memo<Option<Arc<Anatomy>>>) -> impl IntoView {
    // What a person has chosen by name; before that, what says most.
    let picked = RwSignal::new(None::<Vec<usize>>);
    let names =
        Memo::new(move |_| anatomy.with(|anatomy| anatomy.as_ref().map(|anatomy| anatomy.methods.clone()).unwrap_or_default()));
    let first = StoredValue::new(None::<(Vec<String>, Vec<usize>)>);
    // The three stay the same while the methods do, although their cosines change with every step.
    let chosen = Memo::new(move |_| {
        if let Some(picked) = picked.get() {
            return picked;
        }
        let names = names.get();
        if let Some((_, chosen)) = first.get_value().filter(|(known, _)| *known == names) {
            return chosen;
        }
        let chosen = anatomy.with_untracked(|anatomy| anatomy.as_deref().map(telling).unwrap_or_default());
        first.set_value(Some((names, chosen.clone())));
        chosen
    });
    let toggle = move |index: usize| {
        let mut now = chosen.get_untracked();
        if now.contains(&index) {
            now.retain(|&other| other != index || index == 0);
        } else {
            now.push(index);
            now.sort_unstable();
        }
        picked.set(Some(now));
    };
    let chip = move |(index, name): (usize, String)| {
        view! {
            <button
                type="button" class="class" tabindex=stop(index) aria-pressed=move || chosen.with(|chosen| chosen.contains(&index)).to_string()
                on:click=move |_| toggle(index)
            >{name}</button>
        }
    };
    let shown = move || anatomy.get().map(|anatomy| table(&anatomy, &chosen.get()));
    let same = move || anatomy.with(|anatomy| chosen.with(|chosen| alike(anatomy.as_deref()?, chosen)));
    view! {
        <div class="matrix-box">
            <h3>"Do other methods ask for the same?"</h3>
            {shown}
            <p class="reading">
                "1: both methods would move every embedding of this batch in the same direction; 0: the directions have nothing in "
                "common; \u{2212}1: they are opposite. All are computed on the same batch and the same encoder."
            </p>
            <p class="reading" data-testid="alike">{same}</p>
            <Disclosure title="More methods" class="plain" testid="more-methods">
                <div
                    class="chooser" role="group" aria-label="Methods that are compared" on:keydown=move |event| rove(&event)
                    on:focusin=move |event| settle(&event)
                >{move || names.get().into_iter().enumerate().map(chip).collect_view()}</div>
            </Disclosure>
        </div>
    }
}

fn table(anatomy: &Anatomy, chosen: &[usize]) -> impl IntoView + use<> {
    let count = anatomy.methods.len();
    let name = |index: usize| anatomy.methods.get(index).cloned().unwrap_or_default();
    let head = chosen.iter().map(|&index| view! { <th scope="col">{name(index)}</th> }).collect_view();
    let row = |&index: &usize| {
        let cells = chosen
            .iter()
            .map(|&other| cell(anatomy.cosines.get(index * count + other).copied().unwrap_or(f32::NAN)))
            .collect_view();
        view! { <tr><th scope="row">{name(index)}{(index == 0).then(|| view! { <em>" trains"</em> })}</th>{cells}</tr> }
    };
    let rows = chosen.iter().map(row).collect_view();
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
