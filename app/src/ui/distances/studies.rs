//! Do the three experiments of Huang et al. come out in small as they did in large?

use super::Scope;
use super::markup::escape;
use crate::model::DistanceMsg;
use crate::model::distances::study::{correlation, error, mean, published, spread, verdict};
use crate::model::distances::{Study, sigma};
use crate::text::statistics::Estimate;
use crate::wire::browser;
use augsphere_spec::{Interval, StudyKind, StudyRow};
use leptos::prelude::*;

const KINDS: [(StudyKind, &str, &str); 3] = [
    (StudyKind::Richness, "richness", "Richness: more and more augmentations"),
    (StudyKind::Strength, "strength", "Strength: weaker and weaker colours"),
    (StudyKind::Pairs, "pairs", "Pairs: every two of five"),
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
            <summary><h3>"The three experiments, in small"</h3></summary>
            <p class="reading">
                "Huang et al. trained with different sets of augmentations and found that the error follows 1 \u{2212} \u{3c3}. The letters: a "
                "crop, b blur, c grayscale, d colour jitter, e flip. Here an encoder is trained for a short while with each set, "
                "from the same starts: every set has the same seeds. Your own training is paused meanwhile."
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
        <div class="scroll" tabindex="0" role="region" aria-label="Policies of the experiment"><table class="theorem" data-testid="study-rows" inner_html=table(study)></table></div>
        <div class="scatters" inner_html=scatters(rows)></div>
        <p class="reading strong" data-testid="study-verdict">{verdict}</p>
        <p class="reading">{published}" "{caveat}</p>
    }
    .into_any()
}

fn table(study: &Study) -> String {
    let deltas = study.rows.first().map(|row| row.deltas.clone()).unwrap_or_default();
    let heads: String =
        deltas.iter().map(|delta| format!("<th scope=\"col\">1 \u{2212} \u{3c3}, \u{3b4} = {delta:.1}</th>")).collect();
    let row = |row: &StudyRow| {
        let spreads: String = row.spread.iter().map(|&spread| format!("<td>{}</td>", sigma::share(spread))).collect();
        let percent = |share: Option<f64>| share.map_or_else(|| "\u{2013}".to_owned(), |share| format!("{:.1} %", 100.0 * share));
        let end = ended(row, study.steps);
        format!(
            "<tr><th scope=\"row\">{}<small>{}</small></th>{spreads}<td>{}</td><td>{end}</td></tr>",
            escape(&row.letters),
            escape(&row.words),
            percent(mean(&row.untrained))
        )
    };
    let rows: String = study.rows.iter().map(row).collect();
    format!(
        "<thead><tr><th scope=\"col\">policy</th>{heads}<th scope=\"col\">error untrained</th><th scope=\"col\">error trained</th></tr></thead><tbody>{rows}</tbody>"
    )
}

/// The mean error over the seeds that are done with its 95 % interval, and how far the others are.
fn ended(row: &StudyRow, steps: u64) -> String {
    let done = error(row).map(|mean| match Estimate::of(&row.errors) {
        Some(estimate) => format!("{:.1} \u{b1} {:.1} %", 100.0 * mean, 100.0 * (estimate.upper - mean)),
        None => format!("{:.1} %", 100.0 * mean),
    });
    let left = (row.errors.len() < row.seeds.max(1)).then(|| {
        let steps = steps.max(1);
        let all = steps * row.seeds.max(1) as u64;
        format!("<progress max=\"{all}\" value=\"{}\"></progress>", row.errors.len() as u64 * steps + row.step % steps)
    });
    done.into_iter().chain(left).collect::<Vec<_>>().join(" ")
}

/// Error against `1 - sigma`, one picture a threshold.
fn scatters(rows: &[StudyRow]) -> String {
    let count = rows.first().map_or(0, |row| row.deltas.len());
    (0..count).map(|which| scatter(rows, which)).collect()
}

fn scatter(rows: &[StudyRow], which: usize) -> String {
    let done: Vec<(&StudyRow, f64, Interval, f64)> =
        rows.iter().filter_map(|row| Some((row, spread(row, which)?, *row.spread.get(which)?, error(row)?))).collect();
    if done.len() < 2 {
        return String::new();
    }
    let span = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let slack = (0.12 * (high - low)).max(0.01);
        (low - slack, high + slack)
    };
    let across = span(&mut done.iter().flat_map(|point| [point.2.lower, point.2.upper]));
    let up = span(&mut done.iter().map(|point| point.3));
    let x = |value: f64| 40.0 + 245.0 * (value - across.0) / (across.1 - across.0);
    let y = |value: f64| 150.0 - 135.0 * (value - up.0) / (up.1 - up.0);
    let point = |(row, middle, spread, error): &(&StudyRow, f64, Interval, f64)| {
        format!(
            "<path d=\"M{:.1} {y:.1}H{:.1}\"/><circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x(spread.lower),
            x(spread.upper),
            x(*middle),
            x(*middle) + 6.0,
            y(*error) - 5.0,
            escape(&label(row, rows)),
            y = y(*error)
        )
    };
    let points: String = done.iter().map(point).collect();
    let delta = rows[0].deltas[which];
    let rank = correlation(rows, which)
        .map_or_else(|| "no rank correlation yet".to_owned(), |rank| format!("rank correlation {rank:.2}"));
    let tick = |share: f64| format!("{:.0} %", 100.0 * share);
    format!(
        "<figure><svg viewBox=\"0 0 300 178\" role=\"img\" aria-label=\"Error against 1 minus sigma at delta {delta:.1}\"><path class=\"axes\" d=\"M40 10V150H290\"/>{points}\
         <text class=\"tick\" x=\"36\" y=\"22\" text-anchor=\"end\">{}</text><text class=\"tick\" x=\"36\" y=\"150\" text-anchor=\"end\">{}</text>\
         <text class=\"tick\" x=\"40\" y=\"164\">{:.2}</text><text class=\"tick\" x=\"290\" y=\"164\" text-anchor=\"end\">{:.2}</text>\
         <text class=\"tick\" x=\"165\" y=\"175\" text-anchor=\"middle\">1 \u{2212} \u{3c3} at \u{3b4} = {delta:.1}</text><text class=\"tick\" x=\"44\" y=\"14\">error</text></svg>\
         <figcaption>{rank} (Spearman), {} policies</figcaption></figure>",
        tick(up.1),
        tick(up.0),
        across.0,
        across.1,
        done.len()
    )
}

/// What a point is called: its letters, or its words where all have the same letters.
fn label(row: &StudyRow, rows: &[StudyRow]) -> String {
    let same = rows.iter().filter(|other| other.letters == row.letters).count() > 1;
    if same { row.words.clone() } else { crate::model::distances::study::letters(row) }
}
