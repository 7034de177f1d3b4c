//! Readings of the measures: what a number means for this method at this moment.

use super::{Measure, number};
use crate::model::choices::{chosen, uses_labels};
use crate::model::history::History;
use augsphere_charts::statistics::{standard_error, too_close};
use augsphere_spec::{Catalogue, Experiment};

/// Below this share of an even spread an untrained embedding counts as narrow.
const NARROW: f32 = 0.5;
/// Below this share of an even spread the images lie together, whatever they did before.
const TOGETHER: f32 = 0.1;
/// Below this share of its own largest value a spread has fallen, and a rank has.
const FALLEN: f32 = 0.5;

/// Whether the embeddings lie apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was measured yet.
    #[default]
    Unmeasured,
    /// Before the first step.
    Untrained,
    /// The images lie apart.
    Apart,
    /// All images lie nearly on one point.
    Collapsed,
}

/// What the reading of a number depends on beside the experiment: the newest measures, and what they were.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moment {
    /// Whether the embeddings lie apart.
    pub standing: Standing,
    /// Mean standard deviation of the channels as a share of that of an even spread, 0 to about 1.
    pub spread: Option<f32>,
    /// The effective rank now, its largest value so far, and the step of that.
    pub rank: Option<(f32, f32, u64)>,
    /// The kNN accuracy now and before training, 0 to 1.
    pub accuracy: Option<(f32, f32)>,
    /// Validation images: what the standard error of an accuracy follows from.
    pub images: usize,
}

impl Moment {
    /// The moment of a run with this history, an embedding of `dimension` and so many validation images.
    pub fn of(history: &History, dimension: usize, images: usize) -> Self {
        let even = (dimension.max(1) as f32).sqrt();
        let stds = history.series("std");
        let largest = |series: &[(u64, f32)]| {
            let finite = series.iter().copied().filter(|point| point.1.is_finite());
            finite.fold(
                None::<(u64, f32)>,
                |best, point| if best.is_some_and(|best| best.1 >= point.1) { best } else { Some(point) },
            )
        };
        let spread = history.latest("std").map(|std| std * even);
        let peak = largest(stds).map_or(0.0, |point| point.1 * even);
        let standing = match (stds.last(), spread) {
            (Some((0, _)), _) => Standing::Untrained,
            (_, Some(spread)) if spread < TOGETHER || spread < NARROW && spread < FALLEN * peak => Standing::Collapsed,
            (_, Some(_)) => Standing::Apart,
            _ => Standing::Unmeasured,
        };
        let rank = history.latest("effective_rank").zip(largest(history.series("effective_rank")));
        Self {
            standing,
            spread,
            rank: rank.map(|(now, (step, most))| (now, most, step)),
            accuracy: history.latest("knn_accuracy").zip(history.untrained("knn_accuracy")),
            images,
        }
    }

    /// Whether the embeddings are narrow because the normalisation layers still have the statistics they start with.
    fn narrow_start(&self) -> bool {
        self.standing == Standing::Untrained && self.spread.is_some_and(|spread| spread < NARROW)
    }
}

/// How to read a measure of `experiment` at this moment.
pub fn reading(measure: &Measure, catalogue: &Catalogue, experiment: &Experiment, moment: &Moment) -> String {
    let more = match measure.name {
        "loss" => return loss(measure, catalogue, experiment, moment),
        "knn_accuracy" => accuracy(catalogue, experiment, moment),
        "alignment" => alignment(experiment, moment),
        "uniformity" if moment.standing == Standing::Collapsed => {
            "It is near 0 now because the images have come together.".into()
        }
        "std" => spread(moment),
        "effective_rank" => rank(moment),
        _ => String::new(),
    };
    format!("{} {more}", measure.reading).trim_end().to_owned()
}

/// What a low loss means for the method that is trained.
fn loss(measure: &Measure, catalogue: &Catalogue, experiment: &Experiment, moment: &Moment) -> String {
    let Some(method) = chosen(catalogue, experiment, "method") else { return measure.reading.to_owned() };
    let collapsed = moment.standing == Standing::Collapsed;
    let said = match lowest(&method.name, &method.family, experiment) {
        Lowest::Nothing => "Nothing is trained here, so it stays 0.",
        Lowest::Surrogate => {
            "The curve is a surrogate that has the right gradient; its height means nothing by itself. Of the numbers below it, \
             \u{201c}meant\u{201d} is the one to read."
        }
        Lowest::Collapse if collapsed => {
            "It is low here because all images have come together: a collapse has the lowest loss of all, and nothing was learned by it."
        }
        Lowest::Collapse => {
            "It is lowest when all images lie on one point, so a low value alone says nothing: read it beside the standard deviation."
        }
        Lowest::Scattered => {
            "It is lowest when all images lie evenly apart, the views of one image, too: a low value alone says nothing of what was \
             learned."
        }
        Lowest::Learned => measure.reading,
    };
    format!("{} {said}", method.summary)
}

/// What the lowest possible loss of a method belongs to.
enum Lowest {
    /// What the method is meant to learn.
    Learned,
    /// All images on one point, too.
    Collapse,
    /// All images apart, whatever they show.
    Scattered,
    /// The number that is drawn is not the one that is meant.
    Surrogate,
    /// Nothing is trained.
    Nothing,
}

fn lowest(method: &str, family: &str, experiment: &Experiment) -> Lowest {
    let weight = |knob: &str| experiment.knobs("method").0.get(knob).and_then(|value| value.as_float());
    let off = |knob: &str| weight(knob) == Some(0.0);
    match family {
        "asymmetric" => Lowest::Collapse,
        "unified" => Lowest::Surrogate,
        "no training" if method == "random" => Lowest::Nothing,
        "no training" => Lowest::Collapse,
        "alignment and uniformity" if off("uniform") => Lowest::Collapse,
        "alignment and uniformity" if off("align") => Lowest::Scattered,
        "decorrelation" if off("variance") => Lowest::Collapse,
        _ => Lowest::Learned,
    }
}

fn accuracy(catalogue: &Catalogue, experiment: &Experiment, moment: &Moment) -> String {
    let mut said = match chosen(catalogue, experiment, "method") {
        Some(method) if uses_labels(method) => {
            format!("{} has seen labels of the training images in training, too.", method.title)
        }
        _ => "Labels are used here only, never to train.".to_owned(),
    };
    if let Some((now, before)) = moment.accuracy.filter(|_| moment.standing != Standing::Untrained && moment.images > 1) {
        let (one, other) = (f64::from(now), f64::from(before));
        let error = standard_error(one, other, moment.images);
        let verdict = match () {
            () if too_close(one, other, moment.images) => "too close to it to tell",
            () if one > other => "above it by more than chance explains",
            () => "below it by more than chance explains",
        };
        said += &format!(
            " Before the first step it was {}; this is {verdict} (two standard errors: {:.1} points).",
            number(before, true),
            200.0 * error
        );
    }
    said
}

fn alignment(experiment: &Experiment, moment: &Moment) -> String {
    if views_are_equal(experiment) {
        return "Now both views of an image are the image itself, so it is 0 whatever was learned.".into();
    }
    match moment.standing {
        Standing::Collapsed => "It is low now because all images have come together, not because of what was learned.".into(),
        _ if moment.narrow_start() => {
            "Before the first step it is low, because the normalisation layers have not seen a batch yet.".into()
        }
        _ => String::new(),
    }
}

/// Whether no augmentation ever acts on either view.
fn views_are_equal(experiment: &Experiment) -> bool {
    let mut choices = experiment.choices("augment").iter().chain(experiment.choices("second"));
    !experiment.choices("augment").is_empty() && choices.all(|choice| choice.knobs.float("probability") == 0.0)
}

fn spread(moment: &Moment) -> String {
    let share = moment.spread.map(|spread| format!("{:.0} % of an even spread", 100.0 * spread)).unwrap_or_default();
    match moment.standing {
        Standing::Collapsed => format!("Now it is {share}: the images have come together. That is a collapse."),
        _ if moment.narrow_start() => {
            format!(
                "Before the first step it is {share}, because the normalisation layers have not seen a batch yet. A start, not a collapse."
            )
        }
        _ => String::new(),
    }
}

fn rank(moment: &Moment) -> String {
    match moment.rank {
        Some((now, most, step)) if now < FALLEN * most && moment.standing != Standing::Untrained => format!(
            "It was {most:.1} at step {step} and is {now:.1} now: the embeddings use fewer directions than they did (a dimensional \
             collapse), which the standard deviation need not show."
        ),
        _ => String::new(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::text::MEASURES;
    use augsphere_spec::{Scalar, Value};

    fn catalogue() -> Catalogue {
        serde_json::from_str(crate::CATALOGUE).unwrap()
    }

    fn with(changes: &[(&str, Value)]) -> Experiment {
        let catalogue = catalogue();
        let changes: Vec<(String, Value)> = changes.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
        catalogue.with(&catalogue.default_experiment(), &changes).unwrap()
    }

    /// The moment after these values of one measure, in three dimensions and with 1000 validation images.
    fn after(name: &str, values: &[(u64, f32)]) -> Moment {
        let mut history = History::default();
        values.iter().for_each(|&(step, value)| history.add(step, vec![Scalar { name: name.into(), value }]));
        Moment::of(&history, 3, 1000)
    }

    fn read(name: &str, experiment: &Experiment, moment: &Moment) -> String {
        let measure = MEASURES.iter().find(|measure| measure.name == name).unwrap();
        reading(measure, &catalogue(), experiment, moment)
    }

    #[test]
    fn a_fall_of_the_spread_is_a_collapse_and_a_narrow_start_is_not() {
        let standing = |values: &[(u64, f32)]| after("std", values).standing;
        assert_eq!(Moment::default().standing, Standing::Unmeasured);
        assert_eq!(standing(&[(0, 0.07)]), Standing::Untrained);
        assert_eq!(standing(&[(0, 0.07), (20, 0.3)]), Standing::Apart);
        assert_eq!(standing(&[(0, 0.07), (150, 0.5), (300, 0.12)]), Standing::Collapsed, "a quarter of what it was");
        assert_eq!(standing(&[(0, 0.07), (20, 0.007)]), Standing::Collapsed, "on one point, never having been apart");
        assert_eq!(standing(&[(0, 0.07), (20, 0.1)]), Standing::Apart, "narrow still, but it rises");
        let experiment = with(&[]);
        assert!(read("std", &experiment, &after("std", &[(0, 0.07)])).contains("12 % of an even spread"));
        assert!(read("std", &experiment, &after("std", &[(0, 0.07)])).ends_with("A start, not a collapse."));
        let fallen = after("std", &[(0, 0.07), (150, 0.5), (300, 0.12)]);
        assert!(read("std", &experiment, &fallen).contains("21 % of an even spread: the images have come together"));
        assert!(read("alignment", &experiment, &fallen).contains("not because of what was learned"));
        assert!(read("uniformity", &experiment, &fallen).contains("near 0 now"));
    }

    /// At alignment alone the loss is 0.000 at collapse: lower is not better there.
    #[test]
    fn no_loss_is_called_better_when_lower_where_a_collapse_has_the_lowest() {
        let fallen = after("std", &[(0, 0.07), (20, 0.007)]);
        let better = |changes: &[(&str, Value)], moment: &Moment| {
            let said = read("loss", &with(changes), moment);
            assert!(said.len() > 40, "{said}");
            said.contains("Lower is better")
        };
        let weights = |align: f64, uniform: f64| {
            [("method.kind", "alignment_uniformity".into()), ("method.align", align.into()), ("method.uniform", uniform.into())]
        };
        assert!(better(&[], &Moment::default()));
        assert!(better(&weights(1.0, 1.0), &Moment::default()));
        assert!(!better(&weights(1.0, 0.0), &Moment::default()) && !better(&weights(0.0, 1.0), &Moment::default()));
        assert!(read("loss", &with(&weights(1.0, 0.0)), &fallen).contains("nothing was learned by it"));
        for method in ["byol", "simsiam", "direct_pred", "unigrad", "gradient_b", "random", "mean_view"] {
            assert!(!better(&[("method.kind", method.into())], &Moment::default()), "{method}");
        }
        let vicreg = |variance: f64| [("method.kind", Value::from("vicreg")), ("method.variance", variance.into())];
        assert!(better(&vicreg(25.0), &Moment::default()) && !better(&vicreg(0.0), &Moment::default()));
    }

    #[test]
    fn an_accuracy_stands_beside_the_untrained_one_with_its_error() {
        let accuracy = |now: f32| Moment { accuracy: Some((now, 0.38)), images: 1000, ..Moment::default() };
        let said = |now: f32| read("knn_accuracy", &with(&[]), &Moment { standing: Standing::Apart, ..accuracy(now) });
        assert!(said(0.40).contains("too close to it to tell (two standard errors: 4.4 points)"), "{}", said(0.40));
        assert!(said(0.50).contains("above it by more") && said(0.30).contains("below it by more"));
        let start = Moment { standing: Standing::Untrained, ..accuracy(0.38) };
        assert!(!read("knn_accuracy", &with(&[]), &start).contains("Before the first step"), "it is that encoder");
    }

    #[test]
    fn a_rank_that_fell_says_from_where() {
        let experiment = with(&[]);
        let moment = after("effective_rank", &[(0, 20.0), (100, 63.0), (200, 12.0)]);
        let said = read("effective_rank", &experiment, &Moment { standing: Standing::Apart, ..moment });
        assert!(said.contains("It was 63.0 at step 100 and is 12.0 now") && said.contains("dimensional collapse"), "{said}");
        let moment = after("effective_rank", &[(0, 20.0), (100, 63.0), (200, 50.0)]);
        assert!(!read("effective_rank", &experiment, &moment).contains("It was"));
    }

    #[test]
    fn equal_views_make_an_alignment_of_nothing() {
        let catalogue = catalogue();
        let cards = &catalogue.section("augment").unwrap().cards;
        let off: Vec<(String, Value)> =
            cards.iter().map(|card| (format!("augment.{}.probability", card.name), 0.0.into())).collect();
        let equal = catalogue.with(&catalogue.default_experiment(), &off).unwrap();
        assert!(read("alignment", &equal, &Moment::default()).contains("0 whatever was learned"));
        assert!(!read("alignment", &with(&[]), &Moment::default()).contains("whatever"));
    }

    #[test]
    fn no_measure_denies_that_a_method_sees_labels() {
        let said = read("knn_accuracy", &with(&[]), &Moment::default());
        assert!(said.contains("never to train"), "{said}");
        let said = read("knn_accuracy", &with(&[("method.kind", "supervised".into())]), &Moment::default());
        assert!(said.contains("has seen labels") && !said.contains("never to train"), "{said}");
    }
}
