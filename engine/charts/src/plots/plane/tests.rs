use super::super::runs::testing::{Series, assert_inside, discs, inputs, run, series, turned, words};
use super::super::{Linked, defaults};
use super::*;

const SIZES: [(f64, f64); 3] = [(280.0, 185.0), (600.0, 400.0), (1200.0, 790.0)];

fn short() -> Series {
    series(&[
        ("alignment", &[(0, 1.0), (10, 0.5), (15, 0.4), (20, 0.25)]),
        ("uniformity", &[(0, -0.5), (10, -1.5), (20, -3.0)]),
        ("knn_accuracy", &[(0, 0.12), (20, 0.48)]),
    ])
}

fn level() -> Vec<(String, f32, String)> {
    vec![("loss".into(), 1.0, "chance".into()), ("uniformity".into(), -3.875, "perfectly uniform in 64 dimensions".into())]
}

/// A stop is where both were measured; they stand where the axes say, coloured from 10 to 50 percent.
#[test]
fn known_values_stand_in_their_places() {
    let (curves, levels, linked, knobs) = (short(), level(), Linked::default(), defaults(&Plane));
    let runs = [RunCurves { levels: &levels, ..run("SimCLR", &curves) }];
    let inputs = inputs(&runs, &linked, &knobs);
    for size in SIZES {
        let scene = Plane.scene(&inputs, size);
        assert_inside(&scene);
        let steps: Vec<u64> = scene.things.iter().map(|thing| if let Item::Step(step) = thing.1 { step } else { 0 }).collect();
        assert_eq!(steps, [0, 10, 20]);
        let axes = axes(&scene, &paths(&inputs), optimum(&runs[0], false), false);
        let found = discs(&scene);
        let colour = |x, y| {
            let wanted = axes.at(x, y);
            found.iter().rev().find(|(at, ..)| (at.0 - wanted.0).hypot(at.1 - wanted.1) < 1e-9).map(|(.., ink)| *ink)
        };
        let Some(Ink::Amount(start)) = colour(1.0, -0.5) else { panic!("{:?}", colour(1.0, -0.5)) };
        let Some(Ink::Amount(newest)) = colour(0.25, -3.0) else { panic!("{:?}", colour(0.25, -3.0)) };
        assert!((start - 0.05).abs() < 1e-6 && (newest - 0.95).abs() < 1e-6, "{start} {newest}");
        assert_eq!(colour(0.5, -1.5), Some(Ink::Paper), "no accuracy was measured there");
        assert_eq!(colour(0.0, -3.875), Some(Ink::Level), "the optimum");
        assert!(words(&scene).contains(&"step 20"), "{:?}", words(&scene));
    }
    assert_eq!(
        Plane.summary(&inputs),
        "At step 20 of SimCLR alignment is 0.250 and uniformity is \u{2212}3.00 (at best about \u{2212}3.88), and neighbours \
         name 48.0% of the images right; at step 0 they were 1.00 and \u{2212}0.500."
    );
}

#[test]
fn exponentials_are_those_of_the_numbers() {
    let (curves, levels, linked) = (short(), level(), Linked::default());
    let knobs = turned(&Plane, "exponentiated", true);
    let runs = [RunCurves { levels: &levels, ..run("SimCLR", &curves) }];
    let inputs = inputs(&runs, &linked, &knobs);
    assert_inside(&Plane.scene(&inputs, SIZES[1]));
    let table = Plane.table(&inputs);
    assert_eq!(table.columns[2], "exp_alignment");
    let Cell::Number(value) = table.rows[0][2] else { panic!("{:?}", table.rows[0]) };
    assert!((value - std::f64::consts::E).abs() < 1e-6);
    assert!(Plane.summary(&inputs).contains("exp(uniformity) is 0.050 (at best about 0.021)"), "{}", Plane.summary(&inputs));
}

#[test]
fn the_csv_is_what_is_drawn() {
    let (curves, linked, knobs) = (short(), Linked::default(), defaults(&Plane));
    let runs = [run("SimCLR, temperature 0.5", &curves)];
    let csv = Plane.table(&inputs(&runs, &linked, &knobs)).csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "run,step,alignment,uniformity,knn_accuracy");
    assert_eq!(lines[2], "\"SimCLR, temperature 0.5\",10,0.5,-1.5,");
    assert_eq!(lines.len(), 4);
}

/// Another run is pale and named; a step marks a stop of each.
#[test]
fn runs_are_named_and_a_step_is_marked_in_each() {
    let (curves, other) = (short(), series(&[("alignment", &[(5, 0.8), (15, 0.1)]), ("uniformity", &[(5, -0.2), (15, -0.1)])]));
    let linked = Linked { step: Some(12), ..Linked::default() };
    let knobs = defaults(&Plane);
    let runs = [run("SimCLR", &curves), run("Margin loss", &other)];
    let inputs = inputs(&runs, &linked, &knobs);
    for size in SIZES {
        let scene = Plane.scene(&inputs, size);
        assert_inside(&scene);
        for name in ["SimCLR", "Margin loss", "step 10"] {
            assert!(words(&scene).contains(&name), "{name} at {size:?}: {:?}", words(&scene));
        }
    }
    assert!(Plane.summary(&inputs).starts_with("At step 10 of SimCLR"));
    assert!(Plane.summary(&inputs).ends_with("Another run is drawn beside it."));
}

#[test]
fn nothing_one_point_and_no_number_are_drawn_as_what_they_are() {
    let (linked, knobs) = (Linked::default(), defaults(&Plane));
    let empty = series(&[("loss", &[(1, 2.0)])]);
    let runs = [run("SimCLR", &empty)];
    assert!(Plane.summary(&inputs(&runs, &linked, &knobs)).contains("not measured yet"));
    let one = series(&[("alignment", &[(0, 1.0), (5, f32::NAN)]), ("uniformity", &[(0, -1.0), (5, -2.0)])]);
    let runs = [run("SimCLR", &one)];
    let inputs = inputs(&runs, &linked, &knobs);
    let scene = Plane.scene(&inputs, SIZES[0]);
    assert_inside(&scene);
    assert_eq!(scene.things.len(), 1);
    assert_eq!(Plane.table(&inputs).rows.len(), 1);
    assert_eq!(Plane.summary(&inputs), "At step 0 of SimCLR alignment is 1.00 and uniformity is \u{2212}1.00.");
}

#[test]
fn many_points_stay_few_dots() {
    let path = |from: f32, to: f32| (0..10_000u16).map(|at| (u64::from(at), from + (to - from) * f32::from(at) / 1e4)).collect();
    let curves: Series = [("alignment".into(), path(1.5, 0.1)), ("uniformity".into(), path(0.0, -3.5))].into();
    let (linked, knobs) = (Linked::default(), defaults(&Plane));
    let runs = [run("SimCLR", &curves)];
    let inputs = inputs(&runs, &linked, &knobs);
    let scene = Plane.scene(&inputs, SIZES[2]);
    assert_inside(&scene);
    assert!((50..400).contains(&scene.things.len()), "{}", scene.things.len());
    assert_eq!(scene.things.last().map(|thing| thing.1), Some(Item::Step(9_999)));
    assert_eq!(Plane.table(&inputs).rows.len(), 10_000);
}
