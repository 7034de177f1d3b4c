//! Augmented distances of images, and how many of a class come together.

use crate::arguments::DistanceArguments;
use crate::engine::{self, Measured, Shares};
use crate::failure::{Failure, describe};
use crate::progress::Progress;
use crate::{experiment, output};
use serde::Serialize;
use std::time::Instant;

/// Thresholds when none are named.
const THRESHOLDS: usize = 9;

/// A number that lies between two, as `[at least, at most]`.
type Range = [f64; 2];

/// What is printed with `--json`.
#[derive(Serialize)]
struct Report {
    name: String,
    policy: Option<String>,
    seed: u64,
    views: usize,
    images: Vec<usize>,
    classes: Vec<String>,
    /// Mean distance within classes, of the images themselves and with all views; nothing if no class has two images.
    plain: Option<f64>,
    within: Option<f64>,
    /// Mean distance between classes, with all views; nothing where it was not asked for.
    between: Option<f64>,
    /// Values of an image: a distance over the root of this is per value.
    values: usize,
    thresholds: Vec<Threshold>,
    by_views: Vec<Level>,
    seconds: f64,
}

#[derive(Serialize)]
struct Threshold {
    delta: f64,
    per_value: f64,
    /// The smallest share over the classes, and their mean.
    sigma: Range,
    mean: Range,
    by_class: Vec<Range>,
    /// The share of pairs of images of different classes within the threshold; nothing where it was not asked for.
    between: Option<f64>,
}

#[derive(Serialize)]
struct Level {
    views: usize,
    within: Option<f64>,
    /// 1 - sigma at the middle threshold.
    spread: Range,
}

/// Computes the distances within each class and what follows from them.
///
/// # Errors
/// Mistakes in the experiment or the policy; data that cannot be read; classes that are not there.
pub fn distance(arguments: &DistanceArguments) -> Result<(), Failure> {
    let begun = Instant::now();
    if let Some(strange) = arguments.deltas.iter().find(|delta| !(delta.is_finite() && **delta >= 0.0)) {
        return Err(Failure::Usage(format!("--deltas must be numbers of at least 0, found {strange}")));
    }
    let catalogue = engine::catalogue();
    let policy = arguments.policy.as_deref();
    let request = experiment::read(&catalogue, &arguments.experiment, policy, &arguments.settings, &[])?;
    let asked = engine::Asked {
        experiment: &request.experiment,
        classes: &arguments.classes,
        per_class: arguments.per_class as usize,
        views: usize::from(arguments.views),
        between: arguments.between,
        device: arguments.device(),
    };
    let mut progress = Progress::new(0);
    let measured = engine::distances(&asked, &mut |done| progress.work(done));
    progress.finish();
    let measured = measured.map_err(|fault| Failure::Usage(describe(&fault)))?;
    let report = report(arguments, request.label, request.experiment.seed, &measured, begun)?;
    if arguments.json {
        let line = serde_json::to_string(&report);
        return output::result(&line.map_err(|error| Failure::Failed(format!("could not write the result as JSON: {error}")))?);
    }
    output::result(&in_words(&report))
}

fn report(
    arguments: &DistanceArguments,
    name: String,
    seed: u64,
    measured: &Measured,
    begun: Instant,
) -> Result<Report, Failure> {
    let deltas = if arguments.deltas.is_empty() { measured.thresholds(THRESHOLDS) } else { arguments.deltas.clone() };
    let failed = |fault| Failure::Failed(describe(&fault));
    let root = (measured.values as f64).sqrt();
    let sigmas = measured.sigma(&deltas).map_err(failed)?;
    let thresholds = sigmas.into_iter().map(|Shares { delta, least, mean, by_class }| Threshold {
        delta,
        per_value: delta / root,
        sigma: least,
        mean,
        by_class,
        between: measured.merged(delta),
    });
    let middle = deltas.get(deltas.len() / 2).copied().unwrap_or_default();
    let levels = measured.by_views(middle).map_err(failed)?;
    let by_views =
        levels.into_iter().map(|(views, within, [lower, upper])| Level { views, within, spread: [1.0 - upper, 1.0 - lower] });
    let by_views: Vec<Level> = by_views.collect();
    Ok(Report {
        name,
        policy: arguments.policy.clone(),
        seed,
        views: usize::from(arguments.views),
        images: measured.images.clone(),
        classes: measured.classes.clone(),
        plain: by_views.first().and_then(|level| level.within),
        within: by_views.last().and_then(|level| level.within),
        between: measured.between(),
        values: measured.values,
        thresholds: thresholds.collect(),
        by_views,
        seconds: begun.elapsed().as_secs_f64(),
    })
}

fn span([lower, upper]: Range) -> String {
    if lower == upper { format!("{lower:.3}") } else { format!("{lower:.3} to {upper:.3}") }
}

fn in_words(report: &Report) -> String {
    let images: usize = report.images.iter().sum();
    let mut lines = vec![
        format!(
            "{images} images of {} ({}), {} views each, in {:.1} s",
            count(report.classes.len(), "class", "classes"),
            report.classes.join(", "),
            report.views,
            report.seconds
        ),
        match report.plain.zip(report.within) {
            Some((plain, within)) => {
                format!("mean distance within classes: {plain:.3} of the images themselves, {within:.3} augmented")
            }
            None => "mean distance within classes: no pair, for no class has two images (see --per-class)".to_owned(),
        },
    ];
    lines.extend(report.between.map(|between| format!("mean distance between classes: {between:.3} augmented")));
    lines.push(String::new());
    let between = if report.between.is_some() { "   pairs of unlike classes within" } else { "" };
    lines.push(format!("     delta   per value   sigma (smallest class)   sigma (mean of classes){between}"));
    lines.extend(report.thresholds.iter().map(|at| {
        let between = at.between.map_or(String::new(), |share| format!("   {:.1} %", 100.0 * share));
        format!("{:>10.3}  {:>10.4}   {:<23}  {:<23}{between}", at.delta, at.per_value, span(at.sigma), span(at.mean))
            .trim_end()
            .to_owned()
    }));
    lines.push(String::new());
    lines.push("     views   mean distance   1 - sigma at the middle delta".to_owned());
    lines.extend(report.by_views.iter().map(|level| {
        let within = level.within.map_or("no pair".to_owned(), |within| format!("{within:.3}"));
        format!("{:>10}  {within:>14}   {}", level.views, span(level.spread))
    }));
    lines.push("With finitely many views distances are too large, and so is 1 - sigma: compare policies at equal views.".into());
    lines.join("\n")
}

fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
