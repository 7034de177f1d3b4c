//! Does the scalar toy move, conserve and end as the formulas say?
//!
//! Numbers: METHODS.md 4.4, integrated there by another method of eighth order.

use augsphere_engine::toy::{Conservation, Point, Toy, ToyGrid, ToyQuestion, Trajectory, Variant, answer};

const VARIANTS: [Variant; 3] = [Variant::StopGradient, Variant::NoStopGradient, Variant::TargetOnly];

/// The start of all tables.
fn start() -> Point {
    Point::new(0.6, 0.1)
}

/// With stop-gradient, a momentum target and weight decay.
fn stopped(momentum: Option<f64>, weight_decay: f64) -> Toy {
    Toy { variant: Variant::StopGradient, momentum, weight_decay }
}

fn follow(toy: &Toy, start: Point, times: &[f64]) -> Trajectory {
    toy.follow(start, times).expect("slow enough to follow")
}

/// Where the flow is after a time.
fn after(toy: &Toy, start: Point, time: f64) -> Point {
    follow(toy, start, &[time]).points[0]
}

/// Within half a unit of the last printed digit, and as much again for what was rounded before it was printed.
#[track_caller]
fn printed(found: f64, expected: f64, digits: i32, what: &str) {
    assert!((found - expected).abs() <= 10f64.powi(-digits), "{what}: expected {expected}, found {found}");
}

#[test]
fn the_flows_are_those_of_the_table() {
    const TIMES: [f64; 8] = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0];
    const TABLE: [[[f64; 2]; 8]; 3] = [
        [
            [0.605_099_410_5, 0.127_064_143_7],
            [0.613_184_800_1, 0.161_231_507_7],
            [0.673_666_731_3, 0.322_221_763_5],
            [0.922_422_440_7, 0.707_716_863_7],
            [0.996_121_606_9, 0.801_410_166_9],
            [0.999_847_875_1, 0.806_037_079_4],
            [0.999_999_771_2, 0.806_225_491_0],
            [1.0, 0.806_225_774_8],
        ],
        [
            [0.603_411_608_8, 0.085_336_697_9],
            [0.605_883_445_5, 0.072_992_181_2],
            [0.609_972_526_7, 0.046_058_983_3],
            [0.612_097_678_9, 0.021_638_176_8],
            [0.612_567_142_3, 0.010_208_780_7],
            [0.612_671_661_4, 0.004_820_985_6],
            [0.612_700_171_7, 0.001_075_628_1],
            [0.612_701_661_7, 0.000_053_552_2],
        ],
        [
            [0.602_746_356_3, 0.067_136_334_9],
            [0.603_980_372_7, 0.045_158_106_0],
            [0.604_904_907_0, 0.013_790_792_4],
            [0.604_998_169_4, 0.001_913_402_6],
            [0.604_999_964_8, 0.000_265_505_6],
            [0.604_999_999_3, 0.000_036_841_9],
            [0.605_000_000_0, 0.000_000_709_4],
            [0.605_000_000_0, 0.000_000_000_3],
        ],
    ];
    for (variant, rows) in VARIANTS.into_iter().zip(TABLE) {
        let trajectory = follow(&Toy::plain(variant), start(), &TIMES);
        assert_eq!(trajectory.times, TIMES);
        for ((time, point), row) in TIMES.iter().zip(&trajectory.points).zip(&rows) {
            printed(point.phi, row[0], 10, &format!("{variant:?}, time {time}, phi"));
            printed(point.theta, row[1], 10, &format!("{variant:?}, time {time}, theta"));
            assert_eq!(point.target, point.theta, "without momentum the target is the encoder");
        }
    }
}

/// The three columns of formulas, and that the predictor is not the fast variable at the start.
#[test]
fn the_field_is_the_formulas() {
    for (phi, theta) in [(0.6, 0.1), (-0.7, 1.3), (1.8, -0.4), (0.0, 0.5)] {
        let error: f64 = 1.0 - phi;
        let expected = [error * phi * theta, -error * error * theta, -error * theta];
        for (variant, dtheta) in VARIANTS.into_iter().zip(expected) {
            let flow = Toy::plain(variant).flow(Point::new(phi, theta));
            for (found, expected) in flow.into_iter().zip([error * theta * theta, dtheta, dtheta]) {
                printed(found, expected, 14, &format!("{variant:?} at {phi}, {theta}"));
            }
        }
    }
    for (variant, dtheta) in VARIANTS.into_iter().zip([0.024, -0.016, -0.04]) {
        let [dphi, found, _] = Toy::plain(variant).flow(start());
        printed(dphi, 0.004, 15, "dphi");
        printed(found, dtheta, 15, "dtheta");
    }
}

/// What the predictor follows, and the encoder without stop-gradient, is minus the slope of the loss; weight decay adds its own.
#[test]
fn the_whole_gradient_is_the_slope_of_the_loss() {
    let toy = Toy { weight_decay: 0.3, ..Toy::plain(Variant::NoStopGradient) };
    let objective = |phi: f64, theta: f64| toy.loss(Point::new(phi, theta)) + 0.15 * (phi * phi + theta * theta);
    for (phi, theta) in [(0.6, 0.1), (-0.7, 1.3), (1.8, -0.4)] {
        let [dphi, dtheta, _] = toy.flow(Point::new(phi, theta));
        let h = 1e-5;
        printed(dphi, (objective(phi - h, theta) - objective(phi + h, theta)) / (2.0 * h), 9, "phi");
        printed(dtheta, (objective(phi, theta - h) - objective(phi, theta + h)) / (2.0 * h), 9, "theta");
    }
    let [dphi, dtheta, dtarget] = stopped(Some(0.5), 0.1).flow(Point { phi: 0.5, theta: 2.0, target: 3.0 });
    // Error 1 - 3 = -2.
    printed(dphi, 4.0 - 0.05, 14, "phi, momentum");
    printed(dtheta, 1.0 - 0.2, 14, "theta, momentum");
    printed(dtarget, -0.5, 14, "target");
    printed(stopped(Some(0.5), 0.1).loss(Point { phi: 0.5, theta: 2.0, target: 3.0 }), 2.0, 14, "loss");
}

#[test]
fn gradient_descent_is_that_of_the_table() {
    const TABLE: [[([f64; 2], [i32; 2]); 3]; 3] = [
        [([0.6004, 0.1024], [14, 14]), ([0.920_668_794_4, 0.707_343_733_9], [10, 10]), ([1.0, 0.807_970_588_5], [10, 10])],
        [([0.6004, 0.0984], [14, 14]), ([0.612_204_463_1, 0.021_389_021_7], [10, 10]), ([0.612_799_234_5, 2.66e-8], [10, 10])],
        [([0.6004, 0.096], [14, 14]), ([0.605_099_811_3, 0.001_766_998_8], [10, 10]), ([0.605_101_403_9, 0.0], [10, 10])],
    ];
    for (variant, rows) in VARIANTS.into_iter().zip(TABLE) {
        for (steps, (expected, digits)) in [1, 100, 1000].into_iter().zip(rows) {
            let trajectory = Toy::plain(variant).descend(start(), 0.1, steps, 7, 1e3);
            let point = trajectory.points.last().expect("a last point");
            printed(*trajectory.times.last().expect("a last time"), 0.1 * steps as f64, 12, "time");
            printed(point.phi, expected[0], digits[0], &format!("{variant:?}, {steps} steps, phi"));
            printed(point.theta, expected[1], digits[1], &format!("{variant:?}, {steps} steps, theta"));
        }
    }
}

/// It starts at 8e-4 in all three; with stop-gradient it first rises, to 5.5e-3 at time 5.
#[test]
fn the_loss_of_stop_gradient_rises_first() {
    for variant in VARIANTS {
        let toy = Toy::plain(variant);
        let losses: Vec<f64> = follow(&toy, start(), &[0.0, 5.0, 50.0]).points.iter().map(|&point| toy.loss(point)).collect();
        printed(losses[0], 8e-4, 15, "loss at the start");
        if variant == Variant::StopGradient {
            printed(losses[1], 5.5e-3, 4, "loss at time 5");
        } else {
            assert!(losses[1] < losses[0]);
        }
        assert!(losses[2] < 1e-9);
    }
}

/// Constant along every path of the three variants, with or without momentum target; falling as exp(-2 eta t) with decay.
#[test]
fn invariants_do_not_vary() {
    let times: Vec<f64> = (0..40).map(|part| f64::from(part) * 0.7).collect();
    let momentum = stopped(Some(0.3), 0.0);
    for toy in VARIANTS.map(Toy::plain).into_iter().chain([momentum]) {
        assert_eq!(toy.conservation(), Conservation::Constant);
        for (phi, theta) in [(0.6, 0.1), (-0.6, 0.1), (-1.5, -2.0), (0.3, 2.5), (1.9, 0.4), (3.0, -1.0)] {
            let expected = toy.invariant(Point::new(phi, theta));
            for point in follow(&toy, Point::new(phi, theta), &times).points {
                printed(toy.invariant(point), expected, 10, &format!("{toy:?} from {phi}, {theta} at {point:?}"));
            }
        }
    }
    for (variant, expected) in VARIANTS.into_iter().zip([-0.35, 0.15, 0.605]) {
        printed(Toy::plain(variant).invariant(start()), expected, 14, "invariant");
    }
    for toy in [stopped(None, 0.05), stopped(Some(0.3), 0.05)] {
        assert_eq!(toy.conservation(), Conservation::Decays { rate: 0.1 });
        for (time, point) in times.iter().zip(follow(&toy, start(), &times).points) {
            printed(toy.invariant(point), -0.35 * (-0.1 * time).exp(), 10, "decaying invariant");
        }
    }
    let broken = Toy { weight_decay: 0.05, ..Toy::plain(Variant::TargetOnly) };
    assert_eq!(broken.conservation(), Conservation::Broken);
    assert!((broken.invariant(after(&broken, start(), 5.0)) - 0.605).abs() > 0.05);
}

#[track_caller]
fn ends(toy: &Toy, start: Point, expected: [f64; 2]) {
    let limit = toy.limit(start).expect("a closed form");
    printed(limit.phi, expected[0], 10, &format!("{toy:?} from {start:?}: phi"));
    printed(limit.theta, expected[1], 10, &format!("{toy:?} from {start:?}: theta"));
}

/// The ends that METHODS gives, and the exact edges between them.
#[test]
fn limits_are_the_closed_forms() {
    let [stop, none, target] = VARIANTS.map(Toy::plain);
    ends(&stop, start(), [1.0, 0.806_225_774_8]);
    ends(&stop, Point::new(0.6, -0.1), [1.0, -0.806_225_774_8]);
    ends(&stop, Point::new(-0.6, 0.1), [-0.591_607_978_3, 0.0]);
    ends(&stop, Point::new(-0.5, 0.5), [0.0, 0.0]);
    ends(&stop, Point::new(2.0, 1.0), [3f64.sqrt(), 0.0]);
    ends(&stop, Point::new(0.6, 0.0), [0.6, 0.0]);
    ends(&none, start(), [0.612_701_665_4, 0.0]);
    ends(&none, Point::new(0.6, 0.5), [1.0, 0.3]);
    ends(&none, Point::new(0.5, 0.5), [1.0, 0.0]);
    ends(&none, Point::new(0.07, 0.93), [1.0, 0.0]);
    ends(&none, Point::new(1.4, 0.1), [1.387_298_334_6, 0.0]);
    ends(&target, start(), [0.605, 0.0]);
    ends(&target, Point::new(0.68, 0.8), [1.0, 0.0]);
    ends(&target, Point::new(1.0, 0.7), [1.0, 0.7]);
    ends(&target, Point::new(0.6, 1.2), [1.0, 0.8]);
    ends(&target, Point::new(3.0, -0.5), [1.0, -4.25f64.sqrt()]);
    for rate in [0.1, 1.0, 7.0] {
        ends(&stopped(Some(rate), 0.0), start(), [1.0, 0.806_225_774_8]);
    }
    assert_eq!(stopped(Some(0.0), 0.0).limit(start()), None, "a target that never moves");
    assert_eq!(stopped(Some(1.0), 0.0).limit(Point { target: 0.3, ..start() }), None, "a target that starts elsewhere");
}

/// Starts on both sides of every edge, none of them on one (there the way is endless).
fn starts() -> Vec<Point> {
    let phis = [-2.03, -1.21, -0.61, -0.17, 0.07, 0.38, 0.83, 1.23, 1.87, 2.71];
    let thetas = [-2.313, -1.107, -0.319, 0.137, 0.571, 0.973, 1.597, 2.471];
    phis.iter().flat_map(|&phi| thetas.map(|theta| Point::new(phi, theta))).collect()
}

/// Does a long path come to its limit? In every basin, and each basin is visited.
#[test]
fn every_path_ends_at_its_limit() {
    let decay = |variant| Toy { weight_decay: 0.1, ..Toy::plain(variant) };
    let toys = VARIANTS.map(Toy::plain).into_iter().chain([0.1, 1.0, 10.0].map(|rate| stopped(Some(rate), 0.0))).chain([
        decay(Variant::NoStopGradient),
        decay(Variant::TargetOnly),
        stopped(None, 0.3),
        stopped(Some(0.2), 0.3),
        stopped(Some(5.0), 0.26),
    ]);
    for toy in toys {
        let mut collapsed = 0;
        for start in starts() {
            let limit = toy.limit(start).expect("a closed form");
            let end = after(&toy, start, 3000.0);
            let gap = (end.phi - limit.phi).abs().max((end.theta - limit.theta).abs()).max((end.target - limit.theta).abs());
            assert!(gap < 1e-6, "{toy:?} from {start:?}: expected {limit:?}, found {end:?}");
            collapsed += usize::from(limit.theta == 0.0);
        }
        let all = starts().len();
        let both = toy.weight_decay == 0.0;
        assert!(if both { (10..all - 10).contains(&collapsed) } else { collapsed == all }, "{toy:?}: {collapsed} of {all}");
    }
}

/// Slower with a slower target, at time 50 [4.4].
#[test]
fn momentum_targets_are_slower() {
    for (rate, expected) in [(0.1, [0.840_118_9, 0.596_489_5, 0.509_582_7]), (1.0, [0.999_990_4, 0.806_213_9, 0.806_209_4])] {
        let end = after(&stopped(Some(rate), 0.0), start(), 50.0);
        for (found, expected) in [end.phi, end.theta, end.target].into_iter().zip(expected) {
            printed(found, expected, 7, &format!("rate {rate}"));
        }
    }
    let still = after(&stopped(Some(0.0), 0.0), start(), 50.0);
    assert_eq!(still.target, 0.1);
    printed(still.phi * still.theta, 0.1, 6, "regression to a constant");
}

/// The fixed points stand still; the upper draws what is near, the lower lets go to either side; above 1/4 there is none.
#[test]
fn weight_decay_moves_the_end_and_then_takes_it() {
    for (decay, expected) in [(0.01, 0.989_897_948_6), (0.05, 0.947_213_595_5), (0.1, 0.887_298_334_6)] {
        let toy = stopped(None, decay);
        let [watershed, stable] = toy.fixed_points().expect("below 1/4");
        printed(stable, expected, 10, "fixed point");
        for at in [watershed, stable] {
            assert!(toy.flow(Point::new(at, at)).iter().all(|slope| slope.abs() < 1e-15));
        }
        let end = after(&toy, start(), 4000.0);
        printed(end.phi, expected, 10, "phi");
        printed(end.theta, expected, 10, "theta");
        ends(&toy, Point::new(watershed + 1e-3, -watershed - 1e-3), [stable, -stable]);
        ends(&toy, Point::new(watershed - 1e-3, watershed - 1e-3), [0.0, 0.0]);
        ends(&toy, Point::new(-3.0, watershed - 1e-3), [0.0, 0.0]);
        ends(&toy, Point::new(-0.8, 0.8), [0.0, 0.0]);
        assert_eq!(toy.limit(start()), None, "no closed form off the diagonal");
        printed(after(&toy, Point::new(-3.0, watershed - 1e-3), 4000.0).theta, 0.0, 10, "below the watershed");
    }
    assert_eq!(stopped(None, 0.26).fixed_points(), None);
    ends(&stopped(None, 0.26), Point::new(0.9, 0.9), [0.0, 0.0]);
    assert!(after(&stopped(None, 0.26), Point::new(0.9, 0.9), 400.0).theta < 1e-10);
}

/// Where no closed form is known but the path shows its end, the answer tells it, and is right.
#[test]
fn answers_know_the_end_of_a_path_that_has_come_near_it() {
    let mut known = [0, 0];
    for momentum in [None, Some(0.5)] {
        let toy = stopped(momentum, 0.12);
        for start in starts() {
            let question =
                ToyQuestion { phi: start.phi, theta: start.theta, momentum, weight_decay: 0.12, ..ToyQuestion::default() };
            let Some([phi, theta]) = answer(&question).expect("an answer").limit else { continue };
            let end = after(&toy, start, 3000.0);
            assert!(
                (end.phi - phi).abs() < 1e-6 && (end.theta - theta).abs() < 1e-6,
                "{start:?}: told {phi}, {theta}, found {end:?}"
            );
            known[usize::from(theta == 0.0)] += 1;
        }
    }
    assert!(known[0] > 40 && known[1] > 20, "{known:?} of {}", 2 * starts().len());
}

#[test]
fn the_default_answer_is_the_example() {
    let answer = answer(&ToyQuestion::default()).expect("an answer");
    assert_eq!(answer.trajectory.len(), 401);
    assert_eq!((answer.loss.len(), answer.invariant.len(), answer.field.len()), (401, 401, 0));
    assert_eq!(answer.trajectory[0], [0.0, 0.6, 0.1, 0.1]);
    let [time, phi, theta, _] = answer.trajectory[40];
    assert_eq!(time, 5.0);
    printed(phi, 0.673_666_731_3, 10, "phi");
    printed(theta, 0.322_221_763_5, 10, "theta");
    printed(answer.loss[0], 8e-4, 15, "loss");
    assert!(answer.invariant.iter().all(|value| (value + 0.35).abs() < 1e-10));
    let [phi, theta] = answer.limit.expect("a limit");
    printed(phi, 1.0, 10, "phi");
    printed(theta, 0.806_225_774_8, 10, "theta");
    assert!(answer.words.starts_with("Does not collapse: ends at phi = 1, theta = 0.8062."), "{}", answer.words);
    assert!(answer.words.contains("theta^2 - phi^2 = -0.35 stays"), "{}", answer.words);
}

#[test]
fn a_grid_is_a_phase_portrait() {
    let grid = ToyGrid { phi: [0.0, 1.0], theta: [-1.0, 1.0], columns: 3, rows: 5 };
    let question = ToyQuestion { variant: Variant::TargetOnly, grid: Some(grid), ..ToyQuestion::default() };
    let field = answer(&question).expect("an answer").field;
    assert_eq!(field.len(), 15);
    assert_eq!(field[0], [0.0, -1.0, 1.0, 1.0]);
    assert_eq!(field[13], [0.5, 1.0, 0.5, -0.5]);
    assert_eq!(field[14][..2], [1.0, 1.0]);
}

/// Gradient descent that runs away stops in time and says so; slow steps say that they conserve only nearly.
#[test]
fn steps_that_are_too_long_are_told() {
    let question = ToyQuestion { step: Some(0.1), time: 100.0, ..ToyQuestion::default() };
    let sound = answer(&question).expect("an answer");
    printed(sound.trajectory.last().expect("a point")[2], 0.807_970_588_5, 10, "theta");
    assert!(sound.words.contains("only nearly") && !sound.words.contains("too long"), "{}", sound.words);
    for (phi, step) in [(-10.0, 0.5), (9.0, 10.0), (3.0, 1.0)] {
        let away = answer(&ToyQuestion { phi, theta: 5.0, step: Some(step), ..question.clone() }).expect("an answer");
        assert!(away.words.contains("are too long"), "{}", away.words);
        assert!(away.trajectory.iter().flatten().chain(&away.loss).all(|value| value.is_finite()));
        assert!(away.trajectory.last().expect("a point")[0] < 100.0);
    }
}

/// At the edges of what is let in, every answer comes and is finite.
#[test]
fn extreme_questions_have_finite_answers() {
    let grid = Some(ToyGrid { phi: [-10.0, 10.0], theta: [-10.0, 10.0], columns: 101, rows: 2 });
    for variant in VARIANTS {
        for (phi, theta) in [(-10.0, 9.9), (10.0, -10.0), (-10.0, 1e-300)] {
            for weight_decay in [0.0, 10.0] {
                for (momentum, step, time) in
                    [(None, None, 1e4), (Some(10.0), None, 1e4), (None, Some(0.01), 1e4), (None, Some(10.0), 0.0)]
                {
                    let question = ToyQuestion { variant, phi, theta, momentum, weight_decay, time, step, grid };
                    if momentum.is_some() && variant != Variant::StopGradient {
                        continue;
                    }
                    let answer = answer(&question).unwrap_or_else(|fault| panic!("{question:?}: {fault:?}"));
                    let numbers =
                        answer.trajectory.iter().chain(&answer.field).flatten().chain(&answer.loss).chain(&answer.invariant);
                    assert!(numbers.chain(answer.limit.iter().flatten()).all(|value| value.is_finite()), "{question:?}");
                    assert!((1..=402).contains(&answer.trajectory.len()) && !answer.words.is_empty());
                }
            }
        }
    }
}

/// Every number that cannot be used is refused where it stands, with what to do.
#[test]
fn what_cannot_be_answered_is_refused() {
    let base = ToyQuestion::default;
    let grid = ToyGrid { phi: [0.0, 1.0], theta: [0.0, 1.0], columns: 5, rows: 5 };
    let on = |grid: ToyGrid| ToyQuestion { grid: Some(grid), ..base() };
    let questions = [
        (ToyQuestion { phi: f64::NAN, ..base() }, "toy.phi", "NaN"),
        (ToyQuestion { phi: 1e300, ..base() }, "toy.phi", "found 1e300"),
        (ToyQuestion { theta: f64::NEG_INFINITY, ..base() }, "toy.theta", "found -inf"),
        (ToyQuestion { theta: 10.5, ..base() }, "toy.theta", "from -10 to 10, found 10.5"),
        (ToyQuestion { weight_decay: -0.1, ..base() }, "toy.weight_decay", "from 0 to 10"),
        (ToyQuestion { time: -1.0, ..base() }, "toy.time", "from 0 to 10000, found -1"),
        (ToyQuestion { time: f64::INFINITY, ..base() }, "toy.time", "found inf"),
        (ToyQuestion { momentum: Some(-1.0), ..base() }, "toy.momentum", "found -1"),
        (ToyQuestion { momentum: Some(1.0), variant: Variant::NoStopGradient, ..base() }, "toy.momentum", "no gradient"),
        (ToyQuestion { momentum: Some(1.0), variant: Variant::TargetOnly, ..base() }, "toy.momentum", "no gradient"),
        (ToyQuestion { step: Some(0.0), ..base() }, "toy.step", "above 0"),
        (ToyQuestion { step: Some(f64::NAN), ..base() }, "toy.step", "found NaN"),
        (ToyQuestion { step: Some(1e-300), ..base() }, "toy.step", "more than 1000000 steps"),
        (on(ToyGrid { phi: [1.0, 0.0], ..grid }), "toy.grid.phi", "smaller number"),
        (on(ToyGrid { theta: [0.0, f64::NAN], ..grid }), "toy.grid.theta", "NaN"),
        (on(ToyGrid { columns: 1, ..grid }), "toy.grid.columns", "found 1"),
        (on(ToyGrid { rows: usize::MAX, ..grid }), "toy.grid.rows", "from 2 to 101"),
    ];
    for (question, place, words) in questions {
        let fault = answer(&question).expect_err(place);
        assert_eq!(fault.location, place);
        assert!(fault.what.contains(words), "{place}: {}", fault.what);
        assert!(fault.remedy.ends_with('.') && fault.recoverable, "{fault:?}");
    }
}

/// The words between page and worker, and the short form that a person writes.
#[test]
fn questions_and_answers_travel() {
    let question: ToyQuestion = serde_json::from_str(r#"{"variant": "no-stop-gradient", "theta": 0.5}"#).expect("a question");
    assert_eq!(question, ToyQuestion { variant: Variant::NoStopGradient, theta: 0.5, ..ToyQuestion::default() });
    let answer = answer(&question).expect("an answer");
    let bytes = augsphere_spec::encode(&answer).expect("it packs");
    assert_eq!(augsphere_spec::decode(&bytes), Ok(answer));
}
