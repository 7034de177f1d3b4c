//! What the encoder's features know, in rows and sentences: beside pixels and the untrained encoder, on validation and on test images.

use super::number;
use crate::model::history::History;
use crate::model::state::Run;
use augsphere_charts::statistics::share_error;
use augsphere_spec::Payload;

/// A row of the table: what is asked, and what neighbours and a probe make of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What tests hold on to.
    pub testid: &'static str,
    /// What is asked.
    pub name: &'static str,
    /// The share of images that their nearest neighbours name right.
    pub knn: Option<f32>,
    /// The share that a linear probe names right.
    pub probe: Option<f32>,
    /// Images that were asked: what the standard error follows from.
    pub images: usize,
}

/// The table, from the least to the most that is known; rows without a number are left out.
pub fn rows(run: &Run) -> Vec<Row> {
    let history = &run.history;
    let (latest, untrained) = (|name: &str| history.latest(name), |name: &str| history.untrained(name));
    let (validation, test) = (run.data.validation, run.data.test);
    let row = |testid, name, knn, probe, images| Row { testid, name, knn, probe, images };
    let all = [
        row("evaluation-pixels", "the pixels themselves", latest("pixel_knn_accuracy"), None, validation),
        row(
            "evaluation-untrained",
            if run.encoder.is_some() { "the encoder that it began with" } else { "the untrained encoder" },
            untrained("knn_accuracy"),
            latest("probe_accuracy_untrained"),
            validation,
        ),
        row("evaluation-validation", "this encoder", latest("knn_accuracy"), latest("probe_accuracy"), validation),
        row("evaluation-embedding", "its embedding", None, latest("embedding_probe_accuracy"), validation),
        row("evaluation-test", "this encoder, test images", latest("knn_accuracy_test"), latest("probe_accuracy_test"), test),
    ];
    all.into_iter().filter(|row| row.knn.is_some() || row.probe.is_some()).collect()
}

/// A share in percent with its standard error: `63.2 ± 1.5 %`.
pub fn share(share: Option<f32>, images: usize) -> String {
    match share {
        None => "\u{2013}".into(),
        Some(share) if !share.is_finite() => number(share, true),
        Some(share) => format!("{:.1} \u{b1} {:.1} %", 100.0 * share, 100.0 * share_error(f64::from(share), images)),
    }
}

/// When the numbers of a run at rest were taken, and how to get them.
pub fn whence(history: &History) -> String {
    match history.newest("probe_accuracy_test").or_else(|| history.newest("knn_accuracy_test")) {
        None => "Taken when the run stands still: pause it, or let it reach its last step.".into(),
        Some((step, _)) => format!(
            "Taken after step {step}, when the run stood still. \u{b1}: one standard error, from the number of images alone; another seed \
             would change more."
        ),
    }
}

/// Whether neighbours by pixels name more images right than neighbours by features.
pub fn pixels_win(history: &History) -> bool {
    let [pixels, features] = ["pixel_knn_accuracy", "knn_accuracy"].map(|name| history.latest(name));
    pixels.zip(features).is_some_and(|(pixels, features)| pixels > features)
}

/// How much a probe reads of what was drawn: the factor, the share, and whether that is of images (an accuracy) or of variation (R²).
pub fn factors(history: &History) -> Vec<(String, f32, bool)> {
    let named = history.names().filter_map(|name| Some((name, name.strip_prefix("factor_")?)));
    let told = named.filter_map(|(name, factor)| {
        let (factor, accuracy) = factor.strip_suffix("_accuracy").map_or((factor, false), |factor| (factor, true));
        Some((factor.replace('_', " "), history.latest(name)?, accuracy))
    });
    told.collect()
}

/// Which two classes are taken for each other most often, in a sentence; nothing without a mistake.
pub fn confused(confusion: &Payload, classes: &[String]) -> Option<String> {
    let Payload::Matrix { rows, columns, values } = confusion else { return None };
    let at = |row: usize, column: usize| values.get(row * columns + column).copied().unwrap_or(0.0);
    let pairs = (0..*rows).flat_map(|row| (0..*columns).map(move |column| (row, column)));
    let wrong = pairs.filter(|(row, column)| row != column && at(*row, *column) > 0.0);
    let (row, column) = wrong.reduce(|best, pair| if at(pair.0, pair.1) > at(best.0, best.1) { pair } else { best })?;
    let of: f32 = (0..*columns).map(|column| at(row, column)).sum();
    let name = |class: usize| classes.get(class).map_or("?", String::as_str);
    Some(format!("Most often, {} is taken for {}: {:.0} of {of:.0}.", name(row), name(column), at(row, column)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use augsphere_spec::Scalar;

    fn history(step: u64, numbers: &[(&str, f32)]) -> History {
        let mut history = History::default();
        history.add(0, vec![Scalar { name: "knn_accuracy".into(), value: 0.3 }]);
        history.add(step, numbers.iter().map(|(name, value)| Scalar { name: (*name).into(), value: *value }).collect());
        history
    }

    #[test]
    fn a_share_has_its_standard_error() {
        assert_eq!(share(Some(0.5), 1000), "50.0 \u{b1} 1.6 %");
        assert_eq!(share(None, 1000), "\u{2013}");
        assert_eq!(share(Some(f32::NAN), 1000), "not a number");
    }

    #[test]
    fn numbers_at_rest_say_their_step_or_how_to_get_them() {
        assert!(whence(&history(7, &[("loss", 1.0)])).contains("pause"));
        assert!(whence(&history(7, &[("probe_accuracy_test", 0.5)])).contains("after step 7"));
    }

    #[test]
    fn a_factor_is_an_accuracy_or_a_share_of_variation() {
        let told = factors(&history(7, &[("factor_size", 0.5), ("factor_background_texture_accuracy", 0.9)]));
        assert_eq!(told, [("background texture".to_owned(), 0.9, true), ("size".to_owned(), 0.5, false)]);
    }

    #[test]
    fn the_most_frequent_mistake_is_named() {
        let classes = ["star", "cross", "ring"].map(str::to_owned);
        let of = |values: Vec<f32>| confused(&Payload::Matrix { rows: 3, columns: 3, values }, &classes);
        let words = of(vec![8.0, 2.0, 0.0, 1.0, 6.0, 3.0, 0.0, 0.0, 10.0]).unwrap();
        assert_eq!(words, "Most often, cross is taken for ring: 3 of 10.");
        assert_eq!(of(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]), None);
    }
}
