//! Every measure that has no chart of its own: its numbers, what is more than one number as a chart, and what it is.

use super::disclosure::Disclosure;
use super::drawn::{legend_entry, plotted};
use crate::draw::profiles::{axes, chart, level_of};
use crate::model::state::Run;
use crate::page::Page;
use crate::text::{MEASURES, count, number};
use augsphere_charts::{Chart, Level};
use augsphere_spec::{Card, Form, Payload, Told};
use leptos::prelude::*;
use std::sync::Arc;

/// All further measures, worked out while they are looked at.
#[component]
pub fn MoreMeasures() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <Disclosure
            title="More measures" brief="cosines, spectrum, scatter, limits" class="card more" testid="more-measures"
            on_toggle=Callback::new(move |now| open.set(now))
        >
            <Show when=move || open.get()><Cards /></Show>
        </Disclosure>
    }
}

#[component]
fn Cards() -> impl IntoView {
    let page = expect_context::<Page>();
    let cards = Memo::new(move |_| {
        let shown = |told: &Told| !MEASURES.iter().any(|measure| measure.name == told.name) && told.name != "confusion";
        page.catalogue.with(|catalogue| {
            let all = catalogue.section("measures").map(|section| section.cards.clone()).unwrap_or_default();
            let some = all.into_iter().map(|card| Card { tells: card.tells.into_iter().filter(shown).collect(), ..card });
            // What the evaluation shows has its place there.
            some.filter(|card| !card.tells.is_empty() && !["probe", "factors", "pixels"].contains(&card.name.as_str()))
                .collect::<Vec<_>>()
        })
    });
    let others = move || {
        let _ = page.state.with(|state| state.numbers);
        let cards = cards.get();
        page.state.with(|state| state.run.as_ref().map(|run| others(run, &cards)))
    };
    view! {
        {move || cards.get().into_iter().map(|card| view! { <MeasureCard card /> }).collect_view()}
        {others}
    }
}

/// Numbers that no measure's card names: those of the method, the size of the network.
fn others(run: &Run, cards: &[Card]) -> AnyView {
    let known = |name: &str| {
        let of_card = cards.iter().flat_map(|card| &card.tells).any(|told| told.name == name);
        let elsewhere = ["gradient_", "factor_", "probe_", "pixel_", "embedding_probe", "knn_accuracy_test"];
        of_card
            || elsewhere.iter().any(|start| name.starts_with(start))
            || MEASURES.iter().any(|measure| measure.name == name)
            || run.parts.iter().any(|part| part == name)
    };
    let weights = [("weights of the encoder", run.encoder_weights), ("weights of the projector", run.projector_weights)];
    let weights = weights.map(|(name, weights)| (name.to_owned(), count(weights)));
    let names = run.history.names().filter(|name| !known(name));
    let others = names.filter_map(|name| Some((name.replace('_', " "), number(run.history.latest(name)?, false))));
    let all = weights.into_iter().chain(others).map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> });
    view! { <section class="measure"><h3>"The run"</h3><dl>{all.collect_view()}</dl></section> }.into_any()
}

/// A measure with its numbers, its chart and what it is.
#[component]
fn MeasureCard(card: Card) -> impl IntoView {
    let page = expect_context::<Page>();
    let (profiles, numbers): (Vec<Told>, Vec<Told>) = card.tells.into_iter().partition(|told| told.form == Form::Profile);
    let told = move |told: &Told| {
        let (name, share) = (told.name.clone(), told.form == Form::Share);
        let value = move || {
            let _ = page.state.with(|state| state.numbers);
            let newest = page.state.with(|state| state.measured(&name));
            newest.map_or_else(|| "\u{2013}".to_owned(), |(_, value)| number(value, share))
        };
        view! { <dt>{told.title.clone()}</dt><dd data-testid=format!("measure-{}", told.name)>{value}</dd> }
    };
    let numbers = numbers.iter().map(told).collect_view();
    view! {
        <section class="measure">
            <h3>{card.title}</h3>
            <dl>{numbers}</dl>
            {(!profiles.is_empty()).then(|| view! { <ProfileChart profiles /> })}
            <p class="reading">{card.summary}</p>
        </section>
    }
}

/// What of a measure is more than one number, on one chart.
#[component]
fn ProfileChart(profiles: Vec<Told>) -> impl IntoView {
    let page = expect_context::<Page>();
    let names: Vec<String> = profiles.iter().map(|told| told.name.clone()).collect();
    let found = Memo::new(move |_| {
        page.state.with(|state| {
            let run = state.run.as_ref();
            let of = |name: &String| run?.profiles.get(name).map(|(_, payload)| Arc::clone(payload));
            names.iter().map(of).collect::<Option<Vec<Arc<Payload>>>>()
        })
    });
    let words = profiles.first().map_or("", |told| axes(&told.name).words);
    let label = profiles.iter().map(|told| told.title.as_str()).collect::<Vec<_>>().join("; ");
    let level = profiles.first().and_then(|told| level_of(&told.name));
    let limit = Memo::new(move |_| {
        let _ = page.state.with(|state| state.numbers);
        level.and_then(|(name, _)| page.state.with(|state| state.measured(name))).map(|(_, value)| f64::from(value))
    });
    let levels = move || {
        let level = limit.get().zip(level).map(|(value, (_, words))| Level { value, label: words.to_owned() });
        level.into_iter().collect()
    };
    let drawn = move || match found.get() {
        None => Chart::default(),
        Some(found) => {
            let all: Vec<_> = profiles
                .iter()
                .zip(&found)
                .map(|(told, payload)| (told.name.as_str(), told.title.as_str(), &**payload))
                .collect();
            chart(&all, levels())
        }
    };
    let (canvas, shown) = plotted(drawn);
    let key = move || shown.with(|chart| chart.key.clone()).into_iter().map(legend_entry).collect_view();
    view! {
        <p class="lines">{key}</p>
        <div class="plot"><canvas role="img" aria-label=label node_ref=canvas></canvas></div>
        <p class="protocol">{words}</p>
    }
}
