//! Do the linear probes find what scikit-learn finds, and do they survive whatever features they are given?
//!
//! `probe/reference.py` made the features, and the numbers that scikit-learn found on them.

#[path = "probe/factors.rs"]
mod factors;
#[path = "probe/stored.rs"]
mod stored;

use augsphere_engine::metrics::Shape;
use augsphere_engine::metrics::factors::survived;
use augsphere_engine::metrics::logistic::{Problem, Rows, Solution};
use augsphere_engine::metrics::probe::{PENALTIES, Probe, card, fit, levels};
use augsphere_engine::pace::{Pace, Task, at_once};
use augsphere_spec::Choice;
use std::time::Duration;
use stored::{CLASSES, WIDTH, all_near, near, number, numbers, stored};

fn problem(rows: Rows<'_>, classes: usize) -> Problem {
    at_once(Problem::new(rows, classes, &Pace::default())).expect("rows to fit")
}

fn solve(problem: &Problem, penalty: f64, from: Option<&Solution>) -> Solution {
    at_once(problem.solve(penalty, from, &Pace::default()))
}

fn objective(problem: &Problem, parameters: &[f64], penalty: f64) -> (f64, Vec<f64>) {
    let mut gradient = vec![0.0; parameters.len()];
    let value = at_once(problem.objective(parameters, penalty, &mut gradient, &Pace::default()));
    (value, gradient)
}

fn probe(train: Rows<'_>, validation: Rows<'_>, classes: usize) -> Option<Probe> {
    at_once(fit(train, validation, classes, &Pace::default()))
}

fn accuracy(probe: &Probe, rows: Rows<'_>) -> f64 {
    at_once(probe.model.accuracy(rows, &Pace::default()))
}

/// At every penalty, walking from the largest: the objective, the weights and the accuracies. 0.2 points are one row of 600.
#[test]
fn the_regression_is_scikit_learns() {
    let stored = stored();
    let [train, validation, test] = stored.rows();
    let problem = problem(train, CLASSES);
    let mut last: Option<Solution> = None;
    let expected = stored.reference["classes"].as_array().expect("penalties");
    assert_eq!(expected.len(), PENALTIES.len());
    for (penalty, expected) in PENALTIES.into_iter().zip(expected) {
        let what = format!("penalty {penalty}");
        assert_eq!(number(&expected["penalty"]), penalty);
        let found = solve(&problem, penalty, last.as_ref());
        assert!(found.converged && found.gradient < 1e-5, "{what}: {} after {} steps", found.gradient, found.steps);
        near(found.loss / number(&expected["loss"]), 1.0, 1e-6, &format!("{what}, loss"));
        let (weights, biases) = found.parameters.split_at(CLASSES * WIDTH);
        all_near(weights, &numbers(&expected["weights"]), 1e-2, &format!("{what}, weights"));
        all_near(biases, &numbers(&expected["biases"]), 1e-2, &format!("{what}, biases"));
        let model = problem.model(&found);
        for (rows, expected) in [validation, test].into_iter().zip(numbers(&expected["accuracy"])) {
            near(at_once(model.accuracy(rows, &Pace::default())), expected, 2e-3, &format!("{what}, accuracy"));
        }
        last = Some(found);
    }
}

/// The penalty, and both accuracies, of scikit-learn's best on the validation rows.
#[test]
fn the_probe_takes_the_penalty_that_is_best_on_validation_rows() {
    let stored = stored();
    let [train, validation, test] = stored.rows();
    let found = probe(train, validation, CLASSES).expect("a probe");
    let expected = stored.reference["classes"].as_array().expect("penalties");
    let best = expected.iter().max_by(|a, b| number(&a["accuracy"][0]).total_cmp(&number(&b["accuracy"][0]))).expect("a best");
    assert_eq!((found.penalty, found.converged), (number(&best["penalty"]), true));
    near(found.validation, number(&best["accuracy"][0]), 2e-3, "validation");
    near(accuracy(&found, validation), found.validation, 0.0, "the same rows again");
    near(accuracy(&found, test), number(&best["accuracy"][1]), 2e-3, "test");
}

/// At 0 all is even: loss log 2, gradient the mean of (p - y) x. At W = (-1, 1), p = 1 / (1 + e^2) of the wrong class:
/// loss log(1 + e^-2) + penalty, gradient p - penalty. The two meet where penalty = 1 / (1 + e^2): there is the minimum.
#[test]
fn two_rows_by_hand() {
    let problem = problem(Rows { features: &[-1.0, 1.0], width: 1, labels: &[0, 1] }, 2);
    let (value, gradient) = objective(&problem, &[0.0; 4], 0.3);
    near(value, std::f64::consts::LN_2, 1e-7, "loss at 0");
    all_near(&gradient, &[0.5, -0.5, 0.0, 0.0], 1e-7, "gradient at 0");
    let (value, gradient) = objective(&problem, &[-1.0, 1.0, 0.2, 0.2], 0.3);
    near(value, 0.126_928_011_0 + 0.3, 1e-7, "loss at 1");
    all_near(&gradient, &[0.119_202_922_0 - 0.3, 0.3 - 0.119_202_922_0, 0.0, 0.0], 1e-7, "gradient at 1");
    all_near(&solve(&problem, 0.119_202_922_0, None).parameters, &[-1.0, 1.0, 0.0, 0.0], 1e-4, "minimum");
}

#[test]
fn the_gradient_is_that_of_the_loss() {
    let stored = stored();
    let problem = problem(stored.rows()[0], CLASSES);
    let at: Vec<f64> = (0..problem.parameters()).map(|index| (index * 37 % 101) as f64 / 101.0 - 0.5).collect();
    let (_, gradient) = objective(&problem, &at, 0.1);
    for index in (0..at.len()).step_by(7) {
        let beside = |by: f64| {
            let mut at = at.clone();
            at[index] += by;
            objective(&problem, &at, 0.1).0
        };
        near(gradient[index], (beside(0.01) - beside(-0.01)) / 0.02, 1e-5, &format!("parameter {index}"));
    }
}

#[test]
fn a_warm_start_ends_where_a_cold_one_does() {
    let stored = stored();
    let problem = problem(stored.rows()[0], CLASSES);
    let cold = solve(&problem, 1e-3, None);
    for (start, most) in [(1e-2, cold.steps), (1e-6, cold.steps + 20)] {
        let warm = solve(&problem, 1e-3, Some(&solve(&problem, start, None)));
        near(warm.loss / cold.loss, 1.0, 1e-6, "loss");
        all_near(&warm.parameters, &cold.parameters, 1e-2, "parameters");
        assert!(warm.steps <= most, "from {start}: {} steps, from 0: {}", warm.steps, cold.steps);
    }
    let again = solve(&problem, 1e-3, Some(&cold));
    assert_eq!((again.steps, &again.parameters), (0, &cold.parameters), "nothing to do at the minimum");
}

/// To the bit, whatever the number of threads and however often it is interrupted.
#[test]
fn neither_threads_nor_interruptions_change_a_number() {
    let all = async |pace: &Pace| {
        let stored = stored();
        let [train, validation, test] = stored.rows();
        let found = fit(train, validation, CLASSES, pace).await.expect("a probe");
        let accuracy = found.model.accuracy(test, pace).await;
        (found, accuracy, survived(stored.sets(), WIDTH, &stored.factors(), pace).await)
    };
    let [one, three] = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| at_once(all(&Pace::default())))
    });
    assert_eq!(one, three);
    let mut task = Task::new(async move |pace| all(&pace).await);
    let mut pieces = 0;
    let found = loop {
        pieces += 1;
        if let Some(found) = at_once(task.advance(Duration::ZERO)) {
            break found;
        }
    };
    assert_eq!(found, one);
    assert!(pieces > 500, "{pieces} pieces");
}

#[test]
fn rows_that_are_no_rows_are_left_out_and_wrong() {
    let stored = stored();
    let [train, validation, test] = stored.rows();
    let clean = probe(train, validation, CLASSES).expect("a probe");
    let insert = |rows: Rows<'_>, value: f32, label: u8| {
        let (mut features, mut labels) = (rows.features.to_vec(), rows.labels.to_vec());
        for at in [0, 300, 600] {
            let row = (0..WIDTH).map(|column| if column == 5 { value } else { 1.0 });
            features.splice(at * WIDTH..at * WIDTH, row);
            labels.insert(at, label);
        }
        (features, labels)
    };
    for (value, label) in [(f32::NAN, 1), (f32::INFINITY, 1), (f32::NEG_INFINITY, 1), (0.0, 10), (0.0, 255)] {
        let (features, labels) = insert(train, value, label);
        let found = probe(Rows { features: &features, width: WIDTH, labels: &labels }, validation, CLASSES);
        assert_eq!(found.as_ref(), Some(&clean), "{value}, class {label}");
        let (features, labels) = insert(test, value, label);
        let rows = Rows { features: &features, width: WIDTH, labels: &labels };
        near(accuracy(&clean, rows), accuracy(&clean, test) * 600.0 / 603.0, 1e-12, &format!("{value}, class {label}: wrong"));
        let predicted = at_once(clean.model.predict(rows, &Pace::default()));
        assert_eq!(predicted[300].is_none(), !value.is_finite(), "{value}: no class");
    }
    let cut = Rows { features: &test.features[..300 * WIDTH], ..test };
    let half = Rows { labels: &test.labels[..300], ..cut };
    near(accuracy(&clean, cut), accuracy(&clean, half) / 2.0, 1e-12, "labels without features are wrong");
    for width in [0, 1, WIDTH / 2, WIDTH * 2] {
        near(accuracy(&clean, Rows { width, ..test }), 0.0, 0.0, "features of another width");
    }
}

/// Nothing to fit, nothing to choose by, one class, columns that say nothing, classes that a line separates.
#[test]
fn odd_data_has_an_answer() {
    let none = Rows { features: &[], width: 3, labels: &[] };
    let (features, labels) = ([-2.0, 0.1, -1.0, 0.1, 1.0, 0.1, 2.0, 0.1], [0, 0, 2, 2]);
    let rows = Rows { features: &features, width: 2, labels: &labels };
    assert_eq!(probe(none, rows, 3), None, "no rows");
    assert_eq!(probe(Rows { width: 0, ..rows }, rows, 3), None, "no width");
    assert_eq!(probe(rows, rows, 0), None, "no classes");
    let blind = probe(rows, none, 3).expect("a probe");
    assert_eq!((blind.penalty, blind.validation), (PENALTIES[0], 0.0), "no validation rows");

    let problem = problem(rows, 3);
    for penalty in [1e-1, 1e-6] {
        let found = solve(&problem, penalty, None);
        assert!(found.converged && found.parameters.iter().all(|value| value.is_finite()), "separable: {found:?}");
        assert_eq!([1, 3, 5].map(|weight| found.parameters[weight]), [0.0; 3], "of the constant column");
        near(at_once(problem.model(&found).accuracy(rows, &Pace::default())), 1.0, 0.0, "separable");
    }
    let elsewhere = [-2.0, 9e9, -1.0, -7.0, 1.0, 0.0, 2.0, 0.1];
    let found = probe(rows, rows, 3).expect("a probe");
    near(accuracy(&found, Rows { features: &elsewhere, ..rows }), 1.0, 0.0, "what was constant is not looked at");

    let [low, high] = [1e6, 1e6f32.next_up()];
    let rounded = Rows { features: &[-2.0, low, -1.0, low, 1.0, high, 2.0, high], ..rows };
    assert_eq!(solve(&self::problem(rounded, 3), 1e-3, None), solve(&problem, 1e-3, None), "rounding of a constant is none");
    let even = Solution { parameters: vec![0.0; 9], ..solve(&problem, 1e-3, None) };
    let tied = at_once(problem.model(&even).predict(rows, &Pace::default()));
    assert_eq!(tied, [Some(0); 4], "the lowest of equal classes");

    let single = Rows { labels: &[2; 4], ..rows };
    for classes in [3, 256] {
        let found = probe(single, single, classes).expect("a probe");
        assert!(found.converged && found.validation == 1.0, "one class of {classes}: {found:?}");
    }
    let constant = Rows { features: &[0.1; 8], ..rows };
    near(probe(constant, constant, 3).expect("a probe").validation, 0.5, 0.0, "constant features");
}

/// Powers of two round nothing: the same model to the bit.
#[test]
fn the_scale_of_the_features_does_not_matter() {
    let stored = stored();
    let [train, ..] = stored.rows();
    let expected = solve(&problem(train, CLASSES), 1e-3, None);
    for power in [-80, -20, 20, 80] {
        let features: Vec<f32> = train.features.iter().map(|value| value * 2f32.powi(power)).collect();
        let found = solve(&problem(Rows { features: &features, ..train }, CLASSES), 1e-3, None);
        assert_eq!(found, expected, "2^{power}");
    }
}

#[test]
fn the_card_and_its_levels() {
    const SHAPE: Shape = Shape { dimension: 3, classes: 10, images: 512 };
    let mut choice = Choice { kind: card().name.clone(), knobs: card().defaults() };
    assert_eq!((card().name.as_str(), choice.knobs.count("images")), ("probe", 10_000));
    let drawn = levels(&choice, SHAPE);
    assert_eq!((drawn.len(), drawn[0].0.as_str(), drawn[0].1), (4, "probe_accuracy", 0.1));
    choice.knobs.set("images", 0);
    assert_eq!(levels(&choice, SHAPE), [], "not measured");
}
