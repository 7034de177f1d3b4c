//! Do the experiments of Huang et al. and of Tao et al. come out in small as they did in large?

use super::Scope;
use crate::model::DistanceMsg;
use crate::model::distances::study::{correlation, error, heading, mean, published, spread, verdict};
use crate::model::distances::{Study, sigma};
use crate::text::statistics::Estimate;
use crate::ui::drawn::drawn;
use crate::wire::browser;
use augsphere_charts::plots::axes::{Axes, Axis, SMALL};
use augsphere_charts::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::{Interval, StudyKind, StudyRow};
use leptos::prelude::*;

const KINDS: [(StudyKind, &str, &str); 4] = [
    (StudyKind::Richness, "richness", "Richness: more and more augmentations"),
    (StudyKind::Strength, "strength", "Strength: weaker and weaker colours"),
    (StudyKind::Pairs, "pairs", "Pairs: every two of five"),
    (StudyKind::Targets, "targets", "Targets: stop-gradient or momentum"),
];

/// The buttons, the table that grows, the scatter, and whether the order is the published one.
pub fn part(scope: Scope) -> AnyView {
    let page = scope.page;
    let steps = Memo::new(move |_| page.distances.with(|distances| distances.controls.steps));
    let study = Memo::new(move |_| page.distances.with(|distances| distances.study.clone()));
    let seeds = Memo::new(move |_| page.distances.with(|distances| distances.controls.seeds));
    let running = Memo::new(move |_| study.with(|study| study.as_ref().is_some_and(Study::running)));
    let begun = Memo::new(move |_| page.state.with(|state| state.run.is_some()));
    let buttons = KINDS
        .into_iter()
        .map(|(kind, key, words)| {
            view! {
                <button type="button" class="small" data-testid=format!("study-{key}") prop:disabled=move || running.get() || !begun.get() on:click=move |_| page.study(kind)>{words}</button>
            }
        })
        .collect_view();
    let set_steps = move |event: leptos::ev::Event| {
        if let Ok(steps) = event_target_value(&event).trim().parse() {
            page.set_distances(DistanceMsg::Steps(steps));
        }
        // The field shows what counts, whatever was typed.
        browser::write(&event, &steps.get_untracked().to_string());
    };
    let set_seeds = move |event: leptos::ev::Event| {
        if let Ok(seeds) = event_target_value(&event).trim().parse() {
            page.set_distances(DistanceMsg::Seeds(seeds));
        }
        browser::write(&event, &seeds.get_untracked().to_string());
    };
    let result = move || study.get().map(|study| told(&study));
    view! {
        <details class="distances-part fold" data-testid="distances-studies">
            <summary><h3>"Experiments of the papers, in small"</h3></summary>
            <p class="reading">
                "Huang et al. trained with different sets of augmentations and found that the error follows 1 \u{2212} \u{3c3}. The letters: a "
                "crop, b blur, c grayscale, d colour jitter, e flip. Here an encoder is trained for a short while with each set, "
                "from the same starts: every set has the same seeds. The fourth experiment is Tao et al.'s: which target branch, in three "
                "families of methods, everything else alike. Your own training is paused meanwhile."
            </p>
            <div class="distances-buttons">
                {buttons}
                <label class="steps">"Steps each "<input class="value" type="text" inputmode="numeric" data-testid="study-steps" prop:value=move || steps.get().to_string() on:change=set_steps /></label>
                <label class="steps">"Seeds each "<input class="value" type="text" inputmode="numeric" data-testid="study-seeds" prop:value=move || seeds.get().to_string() on:change=set_seeds /></label>
                <Show when=move || running.get()>
                    <button type="button" class="small" data-testid="study-stop" on:click=move |_| page.set_distances(DistanceMsg::Stop)>"Stop"</button>
                </Show>
            </div>
            {result}
        </details>
    }
    .into_any()
}

fn told(study: &Study) -> AnyView {
    let rows = &study.rows;
    let state = match rows.iter().filter(|row| row.errors.len() >= row.seeds.max(1)).count() {
        _ if study.ended && !study.complete() => "Stopped.".to_owned(),
        done if study.complete() => format!("All {done} policies are done."),
        done => match rows.first() {
            Some(first) => format!("{done} of {} policies are done\u{2026}", first.total),
            None => "Computing the distances\u{2026}".to_owned(),
        },
    };
    let verdict = verdict(study.kind, rows);
    let published = format!("Published: {}.", published(study.kind));
    let caveat = "Two policies count as different only if the 95 % interval of their difference over the seeds leaves out 0 and the \
                  difference is at least two standard errors of the validation images. Each two are judged by themselves: of twenty \
                  that are alike, one may still seem to differ. Few steps: longer training may order them otherwise.";
    view! {
        <p class="distances-state" class:busy=study.running() role="status" data-testid="study-state">{state}</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Policies of the experiment"><table class="theorem" data-testid="study-rows">{table(study)}</table></div>
        <div class="scatters">{scatters(rows)}</div>
        <p class="reading strong" data-testid="study-verdict">{verdict}</p>
        <p class="reading">{published}" "{caveat}</p>
    }
    .into_any()
}

fn table(study: &Study) -> AnyView {
    let deltas = study.rows.first().map(|row| row.deltas.clone()).unwrap_or_default();
    let head = |delta: f64| view! { <th scope="col">{format!("1 \u{2212} \u{3c3}, \u{3b4} = {delta:.1}")}</th> };
    let row = |row: &StudyRow| {
        let spreads = row.spread.iter().map(|&spread| view! { <td>{sigma::share(spread)}</td> }).collect_view();
        let untrained = mean(&row.untrained).map_or_else(|| "\u{2013}".to_owned(), |share| format!("{:.1} %", 100.0 * share));
        view! {
            <tr>
                <th scope="row">{row.letters.clone()}<small>{row.words.clone()}</small></th>
                {spreads}<td>{untrained}</td><td>{ended(row, study.steps)}</td>
            </tr>
        }
    };
    view! {
        <thead><tr><th scope="col">{heading(study.kind)}</th>{deltas.into_iter().map(head).collect_view()}<th scope="col">"error untrained"</th><th scope="col">"error trained"</th></tr></thead>
        <tbody>{study.rows.iter().map(row).collect_view()}</tbody>
    }
    .into_any()
}

/// The mean error over the seeds that are done with its 95 % interval, and how far the others are.
fn ended(row: &StudyRow, steps: u64) -> AnyView {
    let done = error(row).map(|mean| match Estimate::of(&row.errors) {
        Some(estimate) => format!("{:.1} \u{b1} {:.1} % ", 100.0 * mean, 100.0 * (estimate.upper - mean)),
        None => format!("{:.1} % ", 100.0 * mean),
    });
    let left = (row.errors.len() < row.seeds.max(1)).then(|| {
        let steps = steps.max(1);
        let all = steps * row.seeds.max(1) as u64;
        let at = row.errors.len() as u64 * steps + row.step % steps;
        view! { <progress max=all.to_string() value=at.to_string()></progress> }
    });
    view! { {done}{left} }.into_any()
}

/// Error against `1 - sigma`, one picture a threshold.
fn scatters(rows: &[StudyRow]) -> AnyView {
    let count = rows.first().map_or(0, |row| row.deltas.len());
    (0..count).filter_map(|which| scatter(rows, which)).collect_view().into_any()
}

/// A policy in a scatter: its name, `1 - sigma` in the middle of what is known and its interval, and its error.
struct Point {
    name: String,
    middle: f64,
    spread: Interval,
    error: f64,
}

fn scatter(rows: &[StudyRow], which: usize) -> Option<AnyView> {
    let point = |row: &StudyRow| {
        Some(Point { name: label(row, rows), middle: spread(row, which)?, spread: *row.spread.get(which)?, error: error(row)? })
    };
    let done: Vec<Point> = rows.iter().filter_map(point).collect();
    if done.len() < 2 {
        return None;
    }
    let (delta, count) = (rows[0].deltas[which], done.len());
    let rank = correlation(rows, which)
        .map_or_else(|| "no rank correlation yet".to_owned(), |rank| format!("rank correlation {rank:.2}"));
    let (canvas, _) = drawn(move |size| scattered(&done, delta, size));
    Some(
        view! {
            <figure>
                <canvas node_ref=canvas role="img" aria-label=format!("Error against 1 minus sigma at delta {delta:.1}")></canvas>
                <figcaption>{format!("{rank} (Spearman), {count} policies")}</figcaption>
            </figure>
        }
        .into_any(),
    )
}

fn scattered(points: &[Point], delta: f64, size: (f64, f64)) -> Scene {
    let mut scene = Scene::new(size);
    let across = Axis::around(
        &format!("1 \u{2212} \u{3c3} at \u{3b4} = {delta:.1}"),
        points.iter().flat_map(|point| [point.spread.lower, point.spread.upper]),
    );
    let axes = Axes::whole(&scene, across, Axis::around("error", points.iter().map(|point| point.error)).percent());
    axes.draw(&mut scene);
    for Point { name, middle, spread, error } in points {
        let ends = [spread.lower, spread.upper].map(|share| axes.at(share, *error));
        scene.line(ends.to_vec(), Stroke::new(Ink::Accent, 1.25).alpha(0.6));
        let at = axes.at(*middle, *error);
        scene.disc(at, 4.0, Ink::Accent, 1.0);
        let (x, anchor) = if at.0 > 0.7 * size.0 { (at.0 - 7.0, Anchor::End) } else { (at.0 + 7.0, Anchor::Start) };
        scene.words(name, (x, at.1 - 8.0), SMALL, Ink::Ink, anchor);
    }
    scene
}

/// What a point is called: its letters, or its words where all have the same letters.
fn label(row: &StudyRow, rows: &[StudyRow]) -> String {
    let same = rows.iter().filter(|other| other.letters == row.letters).count() > 1;
    if same { row.words.clone() } else { crate::model::distances::study::letters(row) }
}
