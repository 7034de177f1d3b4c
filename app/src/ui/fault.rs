//! What stands in the way, what went wrong, and what can be done about it.

use super::icons::Icon;
use crate::model::notices::{Notice, Scope};
use crate::model::{Model, Offer};
use crate::page::Page;
use crate::text;
use crate::wire::browser;
use augsphere_spec::{Fault, Value};
use leptos::prelude::*;

/// Why what the controls show does not run, and below it the newest thing that went wrong, until it is over or dismissed.
#[component]
pub fn FaultBox() -> impl IntoView {
    let page = expect_context::<Page>();
    let way = Memo::new(move |_| page.model.with(|model| model.obstruction().map(|way| (way, model.insisted))));
    let newest = Memo::new(move |_| page.notices.with(|notices| notices.newest().cloned().map(|notice| (notice, notices.len()))));
    view! {
        {move || way.get().map(|((fault, offers), _)| obstruction(page, fault, offers))}
        {move || newest.get().map(|(notice, count)| trouble(page, notice, count))}
    }
}

/// Why what the controls show does not run, with the ways out of it. Made anew, and so read out again, when somebody insists.
fn obstruction(page: Page, fault: Fault, offers: Vec<Offer>) -> impl IntoView {
    let buttons = offers
        .into_iter()
        .enumerate()
        .map(|(place, offer)| {
            let words = page.model.with_untracked(|model| offer_words(model, &offer));
            let take = move |_| page.take(offer.clone());
            view! { <button type="button" class=if place == 0 { "primary" } else { "small" } on:click=take>{words}</button> }
        })
        .collect_view();
    view! {
        <div class="fault missing" data-testid="missing" role="alert">
            <div class="fault-text">
                <p class="what"><strong>{fault.what}</strong></p>
                <p><span class="remedy">{fault.remedy}</span></p>
            </div>
            <div class="fault-buttons">{buttons}</div>
        </div>
    }
}

fn offer_words(model: &Model, offer: &Offer) -> String {
    match offer {
        Offer::BackToRun => match &model.state.run {
            Some(run) => format!("Back to {}, step {}", run.data.kind, run.step),
            None => "Back".into(),
        },
        Offer::AnyDevice => "Let the page choose the device".into(),
        Offer::Cpu => "Compute on the CPU".into(),
        Offer::Set(settings) => match settings.as_slice() {
            [(path, Value::Int(batch))] if path == "train.batch" => format!("Batch {batch}"),
            [(path, Value::Int(images))] if path == "data.train" => format!("{images} training images"),
            _ => "A smaller encoder".into(),
        },
        Offer::RandomEncoder => "Begin with a random encoder".into(),
        Offer::FirstPreset => "Train on shapes, which need no file".into(),
        Offer::TryAgain => "Try again".into(),
        Offer::Resume(id) => text::shelf::go_on(model.shelf.entry(id)),
        Offer::ResumeOnCpu(id) => format!("{} on the CPU", text::shelf::go_on(model.shelf.entry(id))),
        Offer::Undelete(_) => "Undo".into(),
    }
}

/// The newest thing that went wrong. It blocks nothing.
fn trouble(page: Page, Notice { fault, scope, link, offer }: Notice, count: usize) -> impl IntoView {
    let fatal = !fault.recoverable;
    let fate = match scope {
        Scope::Run if fatal => "The run has ended.",
        Scope::Worker if fatal => "What was measured stays on the page.",
        Scope::Worker | Scope::Copy | Scope::Link | Scope::Shelf | Scope::Back => "",
        _ => "What was running goes on.",
    };
    let link = link.map(|link| {
        let address = browser::address_of(&link);
        view! { <input class="value link" type="text" readonly=true aria-label="Link to this experiment" data-testid="link" prop:value=address /> }
    });
    let offered = offer.map(|offer| {
        let words = page.model.with_untracked(|model| offer_words(model, &offer));
        let take = move |_| page.take(offer.clone());
        view! { <button type="button" class="primary" data-testid="offer" on:click=take>{words}</button> }
    });
    let restart = (scope == Scope::Worker).then(|| {
        view! { <button type="button" class="primary" data-testid="restart" on:click=move |_| page.restart()>"Restart the engine"</button> }
    });
    let reset = (scope == Scope::Run && fatal)
        .then(|| view! { <button type="button" class="primary" on:click=move |_| page.reset()>"Reset"</button> });
    view! {
        <div class="fault" class:fatal=fatal data-testid="fault" role="alert">
            <div class="fault-text">
                <p class="what"><strong>{fault.what}</strong></p>
                <p><span class="place">"Where: "{fault.location}". "</span><span class="remedy">{fault.remedy}</span>" "{fate}</p>
                {link}
            </div>
            <div class="fault-buttons">
                {offered}
                {restart}
                {reset}
                {(count > 1).then(|| view! { <span class="more">{format!("{} more", count - 1)}</span> })}
                <button type="button" class="small" aria-label="Dismiss" on:click=move |_| page.dismiss()>{Icon::Close.view()}</button>
            </div>
        </div>
    }
}
