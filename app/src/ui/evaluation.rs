//! What the encoder knows: its accuracies beside what there is without training, what it knows of each factor, and what it mistakes.

use super::disclosure::Disclosure;
use crate::model::state::Run;
use crate::page::Page;
use crate::text::evaluation::{confused, factors, pixels_win, rows, share, whence};
use crate::text::number;
use augsphere_charts::distance_colour;
use augsphere_spec::Payload;
use leptos::prelude::*;

/// More classes than this make a table of words too small to read.
const MOST_NAMED: usize = 20;

/// The evaluation, worked out while it is open.
#[component]
pub fn EvaluationCard() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <Disclosure
            title="What the encoder knows" brief="probe, baselines, test images" class="card evaluation" testid="evaluation"
            on_toggle=Callback::new(move |now| open.set(now))
        >
            <Show when=move || open.get()><Evaluation /></Show>
        </Disclosure>
    }
}

#[component]
fn Evaluation() -> impl IntoView {
    let page = expect_context::<Page>();
    let of_run = move |told: fn(&Run) -> AnyView| {
        move || {
            let _ = page.state.with(|state| state.numbers);
            page.state.with(|state| state.run.as_ref().map(told))
        }
    };
    let confusion = move || {
        let dark = page.dark.get();
        page.state.with(|state| state.run.as_ref().and_then(|run| confusion(run, dark)))
    };
    view! {
        <p class="question">
            "Two questions to the features: do an image's "<em>"nearest neighbours"</em>" share its class, and can a "<em>"linear probe"</em>
            ", a classifier with nothing but one weight for each feature and class, read it off them?"
        </p>
        {of_run(table)}
        {of_run(known)}
        {confusion}
    }
}

/// Accuracies, row by row.
fn table(run: &Run) -> AnyView {
    let row = |row: crate::text::evaluation::Row| {
        view! {
            <tr>
                <th scope="row">{row.name}</th>
                <td data-testid=format!("{}-knn", row.testid)>{share(row.knn, row.images)}</td>
                <td data-testid=format!("{}-probe", row.testid)>{share(row.probe, row.images)}</td>
            </tr>
        }
    };
    view! {
        <table class="means" data-testid="evaluation-table">
            <thead><tr><td></td><th scope="col">"neighbours"</th><th scope="col">"linear probe"</th></tr></thead>
            <tbody>{rows(run).into_iter().map(row).collect_view()}</tbody>
        </table>
        {pixels_win(&run.history).then(|| view! {
            <p class="reading">
                "Neighbours by pixels are better here: these images are alike pixel by pixel, and what helps there, place and brightness, is \
                 what the views teach the encoder to overlook."
            </p>
        })}
        <p class="protocol" data-testid="evaluation-when">{whence(&run.history)}</p>
    }
    .into_any()
}

/// What of the drawn factors can be read off the features; nothing for images of which nothing is known.
fn known(run: &Run) -> AnyView {
    let told = factors(&run.history);
    if told.is_empty() {
        return ().into_any();
    }
    let line = |(name, value, accuracy): (String, f32, bool)| {
        // Adding nothing makes a zero of a "-0.00".
        let words = if accuracy { number(value, true) } else { format!("{:.2}", (100.0 * value).round() / 100.0 + 0.0) };
        view! {
            <div>
                <dt>{name.clone()}</dt>
                <dd data-testid=format!("factor-{}", name.replace(' ', "-"))>
                    <i style:width=format!("{:.1}%", 100.0 * value.clamp(0.0, 1.0))></i>
                    <span>{words}{accuracy.then_some(" right")}</span>
                </dd>
            </div>
        }
    };
    view! {
        <h3>"Which information is still there"</h3>
        <dl class="factors" data-testid="factors">{told.into_iter().map(line).collect_view()}</dl>
        <p class="reading">
            "The share of a factor's variation that a linear probe reads off the features of test images (R\u{b2}): 1 is all of it, 0 none. What \
             the augmentations change is what the encoder is taught to forget."
        </p>
    }
    .into_any()
}

/// Which class is taken for which by the nearest neighbours.
fn confusion(run: &Run, dark: bool) -> Option<AnyView> {
    let (step, payload) = run.profiles.get("confusion")?;
    let Payload::Matrix { columns, values, .. } = &**payload else { return None };
    let names = &run.data.classes.names;
    let head = || {
        let named = names.len() <= MOST_NAMED;
        named.then(|| names.iter().map(|name| view! { <th scope="col"><span>{name.clone()}</span></th> }).collect_view())
    };
    let body = values.chunks((*columns).max(1)).enumerate().map(|(class, row)| {
        let of = row.iter().sum::<f32>().max(1.0);
        let name = names.get(class).cloned().unwrap_or_default();
        let cells = row.iter().enumerate().map(|(other, &count)| {
            let [red, green, blue] = distance_colour(1.0 - f64::from(count / of), dark);
            let words = format!("{count:.0} of {of:.0} {name} named {}", names.get(other).map_or("?", String::as_str));
            view! { <td title=words style:background=format!("rgb({red} {green} {blue})")><span class="unseen">{format!("{count:.0}")}</span></td> }
        });
        view! { <tr><th scope="row">{name.clone()}</th>{cells.collect_view()}</tr> }
    });
    Some(
        view! {
            <h3>"What is taken for what"</h3>
            <table class="confusion" data-testid="confusion">
                <thead><tr><td></td>{head()}</tr></thead>
                <tbody>{body.collect_view()}</tbody>
            </table>
            <p class="reading">{confused(payload, names).unwrap_or_else(|| "Every validation image is named right.".into())}</p>
            <p class="protocol">{format!("Rows: the true class. Columns: the class that the nearest neighbours vote for. Validation images, step {step}.")}</p>
        }
        .into_any(),
    )
}
