//! The middle: the sphere, what it shows, and the idea behind it.

use super::board::BoardCard;
use super::canvas::Sphere;
use super::distances::DistanceCard;
use super::inspect::Inspect;
use super::legend::Legend;
use super::lesson::Lesson;
use super::shelf::ShelfCard;
use crate::model::choices::chosen;
use crate::page::Page;
use crate::text;
use augsphere_spec::Experiment;
use leptos::prelude::*;

/// Sphere, legend and lesson.
#[component]
pub fn Stage() -> impl IntoView {
    let page = expect_context::<Page>();
    let told = Memo::new(move |_| page.state.with(|state| state.points.as_ref().map(|points| text::projection(points))));
    let warning = Memo::new(move |_| page.state.with(|state| state.cloud.sentence()));
    let labels = Memo::new(move |_| {
        page.catalogue.with(|catalogue| {
            let said = |experiment: &Experiment| chosen(catalogue, experiment, "method").map(text::labels).unwrap_or_default();
            page.state.with(|state| match &state.run {
                Some(run) => said(&run.experiment),
                None => page.draft.with(said),
            })
        })
    });
    view! {
        <section class="column stage" id="stage" aria-label="Sphere">
            <div class="panel">
                <div class="sphere-box"><Sphere /><Inspect /></div>
                <p class="caption">
                    {move || match (warning.get(), told.get()) {
                        (Some(warning), _) => view! { <strong data-testid="cloud">{warning}</strong> }.into_any(),
                        (None, Some((title, sentence))) => view! { <strong>{title}</strong>" "{sentence} }.into_any(),
                        (None, None) => view! { "Each dot will be a validation image, placed by the encoder." }.into_any(),
                    }}
                </p>
                <Legend />
                <p class="foot" data-testid="labels">"Each dot is an image the encoder was never trained on. "{labels}</p>
            </div>
            <BoardCard />
            <ShelfCard />
            <DistanceCard />
            <Lesson />
        </section>
    }
}
