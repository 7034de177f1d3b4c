//! The chart of a measure of a run.

use crate::model::state::Run;
use crate::text::Measure;
use augsphere_charts::{Chart, Level, Line, Place, Sample, Weight, smooth};
use augsphere_spec::Experiment;

/// Over how many steps to each side the bold line of a noisy measure is averaged.
const MEMORY: f64 = 12.0;

/// The chart of `measure` as far as `run` has told it; behind it, what the run before told, if one is kept and the two can be compared.
pub fn chart(measure: &Measure, run: &Run, former: Option<&Run>) -> Chart {
    let series = |name: &str| -> Vec<(f64, f64)> {
        run.history.series(name).iter().map(|&(step, value)| (step as f64, f64::from(value))).collect()
    };
    let points = series(measure.name);
    let line = |points, weight, dots, place| Line { points, weight, dots, place };
    let (mut lines, before) = former.map_or_else(Default::default, |former| ghost(measure, run, former));
    lines.extend(measure.beside.iter().map(|beside| line(series(beside.name), Weight::Strong, true, Place::Second)));
    if measure.noisy && points.len() > 8 {
        let mean = mean(&points, run);
        lines.push(line(points, Weight::Faint, false, Place::First));
        lines.push(line(mean, Weight::Strong, false, Place::First));
    } else {
        lines.push(line(points, Weight::Strong, true, Place::First));
    }
    let mut chart = Chart {
        lines,
        levels: levels(measure, run),
        marks: run.marks.iter().map(|mark| mark.step as f64).collect(),
        percent: measure.percent,
        ..Chart::default()
    };
    chart.key = key(measure, &chart, before);
    chart
}

/// The lines of the run before, of a noisy measure its running mean only, and what is said of them; none where the two cannot be compared.
fn ghost(measure: &Measure, run: &Run, former: &Run) -> (Vec<Line>, Option<&'static str>) {
    let lines = chart(measure, former, None).lines;
    let strong = lines.into_iter().filter(|line| line.weight == Weight::Strong);
    let lines: Vec<Line> = strong.map(|line| Line { weight: Weight::Former, dots: false, ..line }).collect();
    match lines.iter().any(|line| !line.points.is_empty()) {
        false => (Vec::new(), None),
        true if measure.name == "loss" && !same_loss(&run.experiment, &former.experiment) => {
            (Vec::new(), Some("the run before had another loss: not drawn"))
        }
        true => (lines, Some("the run before")),
    }
}

/// Whether the losses of two experiments are numbers of the same kind: of one method with the same knobs, on as many images in as many
/// dimensions.
fn same_loss(one: &Experiment, other: &Experiment) -> bool {
    let sections = ["method", "predictor", "target"];
    let numbers = ["train.batch", "projector.dimension"];
    sections.iter().all(|section| one.choices(section) == other.choices(section))
        && numbers.iter().all(|number| one.get(number) == other.get(number))
}

/// What lines and levels are, in the order of reading.
fn key(measure: &Measure, chart: &Chart, before: Option<&str>) -> Vec<(Sample, String)> {
    let beside = measure.beside.iter();
    let mut key: Vec<(Sample, String)> = beside
        .flat_map(|beside| [(Sample::First, beside.first.to_owned()), (Sample::Second, beside.second.to_owned())])
        .collect();
    key.extend(chart.levels.iter().map(|level| (Sample::Level, format!("{} \u{b7} {}", chart.height_of(level), level.label))));
    key.extend(before.map(|before| (Sample::Former, before.to_owned())));
    key
}

/// The running mean, which does not mix the losses of two methods.
fn mean(points: &[(f64, f64)], run: &Run) -> Vec<(f64, f64)> {
    let exchanged = run.marks.iter().filter(|mark| mark.path == "method.kind");
    let mut starts: Vec<usize> =
        exchanged.map(|mark| points.partition_point(|point| point.0 <= mark.step as f64)).filter(|&start| start > 0).collect();
    starts.push(points.len());
    let mut from = 0;
    let mut mean = Vec::with_capacity(points.len());
    for to in starts {
        mean.extend(smooth(&points[from..to], MEMORY.min((to - from) as f64 / 8.0)));
        from = to;
    }
    mean
}

/// What the worker calls the encoder at step 0, which may be one that was trained before.
const UNTRAINED: &str = "untrained encoder";

/// The references the worker gave, and the encoder at step 0 where it gave none.
fn levels(measure: &Measure, run: &Run) -> Vec<Level> {
    let mut levels: Vec<Level> = run
        .levels
        .iter()
        .filter(|level| level.0 == measure.name)
        .map(|(_, value, words)| Level { value: f64::from(*value), label: words.replace(UNTRAINED, run.beginning()) })
        .collect();
    let said = run.levels.iter().any(|level| level.0 == measure.name && level.2.contains(UNTRAINED));
    if measure.percent
        && !said
        && let Some(value) = run.history.untrained(measure.name)
    {
        levels.push(Level { value: f64::from(value), label: run.beginning().into() });
    }
    levels
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::state::State;
    use crate::text::{ANATOMY, MEASURES};
    use augsphere_spec::{Catalogue, ClassTable, DatasetReport, Event, Scalar, Thumbnails};

    fn run() -> Run {
        let catalogue: Catalogue = serde_json::from_str(crate::CATALOGUE).unwrap();
        let data = DatasetReport {
            kind: "shapes".into(),
            title: String::new(),
            classes: ClassTable::default(),
            train: 1,
            validation: 1,
            test: 1,
            side: 1,
        };
        let mut state = State::default();
        state.apply(Event::Began {
            run: augsphere_spec::RunId(1),
            experiment: catalogue.default_experiment(),
            data,
            encoder_weights: 1,
            projector_weights: 1,
            labels: vec![0],
            images: Thumbnails { side: 1, rgba: vec![0; 4] },
            levels: vec![("loss".into(), 5.54, "chance".into()), ("knn_accuracy".into(), 0.1, "chance".into())],
            resumed: None,
        });
        let scalar = |name: &str, value| vec![Scalar { name: name.into(), value }];
        state.apply(Event::Measures { step: 0, scalars: scalar("knn_accuracy", 0.31), profiles: Vec::new() });
        let halves = vec![
            Scalar { name: "gradient_positive".into(), value: 1.0 },
            Scalar { name: "gradient_negative".into(), value: 0.5 },
        ];
        state.apply(Event::Measures { step: 0, scalars: halves, profiles: Vec::new() });
        let losses = (1..=20).map(|step| (step, scalar("loss", 5.5 - step as f32 * 0.1))).collect();
        state.apply(Event::Steps { step: 20, seconds: 1.0, images_per_second: 1.0, losses });
        state.run.unwrap()
    }

    fn of(name: &str) -> Chart {
        let measure = MEASURES.iter().chain(&ANATOMY).find(|measure| measure.name == name).unwrap();
        chart(measure, &run(), None)
    }

    #[test]
    fn the_loss_keeps_every_step_behind_its_mean_and_shows_chance() {
        let loss = of("loss");
        assert_eq!(loss.lines.len(), 2);
        assert_eq!(loss.lines[0].points.len(), 20);
        assert_eq!(loss.levels.len(), 1);
        assert_eq!(loss.key, [(Sample::Level, "5.54 \u{b7} chance".to_owned())]);
    }

    #[test]
    fn accuracy_is_compared_with_chance_and_with_the_untrained_encoder() {
        let knn = of("knn_accuracy");
        assert_eq!(
            knn.key.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>(),
            ["10.0% \u{b7} chance", "31.0% \u{b7} untrained encoder"]
        );
    }

    #[test]
    fn the_push_stands_beside_the_pull_and_is_told_apart() {
        let gradient = of("gradient_positive");
        let places: Vec<(Place, f64)> = gradient.lines.iter().map(|line| (line.place, line.points[0].1)).collect();
        assert_eq!(places, [(Place::Second, 0.5), (Place::First, 1.0)]);
        assert_eq!(gradient.near(0.0), Some((0.0, 1.0)), "the first line is the one that is read off");
    }

    #[test]
    fn the_mean_does_not_mix_two_methods() {
        let mut state = State { run: Some(run()), ..State::default() };
        let (path, value) = ("method.kind".to_owned(), augsphere_spec::Value::from("byol"));
        let experiment = state.run.as_ref().unwrap().experiment.clone();
        state.apply(Event::Changed { change: None, step: 20, path, value, experiment, levels: Vec::new() });
        let losses = (21..=40).map(|step| (step, vec![Scalar { name: "loss".into(), value: -1.0 }])).collect();
        state.apply(Event::Steps { step: 40, seconds: 1.0, images_per_second: 1.0, losses });
        let loss = chart(&MEASURES[0], state.run.as_ref().unwrap(), None);
        let mean = &loss.lines[1].points;
        assert_eq!(mean.len(), 40);
        assert!(mean[..20].iter().all(|point| point.1 > 3.0) && mean[20..].iter().all(|point| (point.1 + 1.0).abs() < 1e-6));
    }

    #[test]
    fn every_change_is_marked_on_every_curve() {
        let mut state = State { run: Some(run()), ..State::default() };
        let (path, value) = ("method.temperature".to_owned(), augsphere_spec::Value::Float(0.1));
        let experiment = state.run.as_ref().unwrap().experiment.clone();
        state.apply(Event::Changed { change: None, step: 20, path, value, experiment, levels: Vec::new() });
        let run = state.run.unwrap();
        assert!(MEASURES.iter().all(|measure| chart(measure, &run, None).marks == [20.0]));
    }

    #[test]
    fn a_measure_without_numbers_is_an_empty_chart() {
        assert_eq!(of("alignment").lines[0].points, []);
    }

    /// After a reset the curves of the run before stay, as ghosts behind the new ones.
    #[test]
    fn the_run_before_stays_as_a_ghost() {
        let (now, former) = (State { run: Some(run()), ..State::default() }.run.unwrap(), run());
        let loss = chart(&MEASURES[0], &now, Some(&former));
        let weights: Vec<Weight> = loss.lines.iter().map(|line| line.weight).collect();
        assert_eq!(weights, [Weight::Former, Weight::Faint, Weight::Strong]);
        assert_eq!(loss.key.last(), Some(&(Sample::Former, "the run before".to_owned())));
        assert_eq!(loss.lines[0].points.len(), 20);
    }

    /// The losses of two methods are not one axis; their accuracies are.
    #[test]
    fn another_loss_is_not_drawn_behind_this_one() {
        let (now, mut former) = (run(), run());
        let catalogue: Catalogue = serde_json::from_str(crate::CATALOGUE).unwrap();
        former.experiment = catalogue.with(&former.experiment, &[("method.kind".into(), "barlow_twins".into())]).unwrap();
        let of = |name: &str| {
            let measure = MEASURES.iter().find(|measure| measure.name == name).unwrap();
            let chart = chart(measure, &now, Some(&former));
            (chart.lines.iter().filter(|line| line.weight == Weight::Former).count(), chart.key.last().unwrap().1.clone())
        };
        assert_eq!(of("loss"), (0, "the run before had another loss: not drawn".to_owned()));
        assert_eq!(of("knn_accuracy"), (1, "the run before".to_owned()));
    }
}
