use super::super::runs::testing::{Series, assert_inside, discs, inputs, lines, run, series, words};
use super::super::{Linked, defaults};
use super::*;
use crate::scene::Item;

const SIZES: [(f64, f64); 3] = [(280.0, 238.0), (600.0, 510.0), (1200.0, 1020.0)];

fn short() -> Series {
    series(&[
        ("alignment", &[(0, 0.8), (10, 0.6), (20, 0.2)]),
        ("centre_product", &[(0, 0.9), (10, 0.5), (20, 0.4)]),
        ("nearest_centre_accuracy", &[(0, 0.2), (20, 0.6)]),
        ("r_epsilon", &[(0, 0.9), (20, 0.3)]),
    ])
}

/// Each condition has a panel of its own, below the one before, and steps stand at one place in all of them. The error is 1 -
/// accuracy.
#[test]
fn three_panels_share_their_steps() {
    let (curves, linked, knobs) = (short(), Linked::default(), defaults(&Conditions));
    let levels = vec![("nearest_centre_accuracy".into(), 0.1, "chance, 1 in 10".into())];
    let runs = [RunCurves { levels: &levels, changes: &[10], ..run("SimCLR", &curves) }];
    let inputs = inputs(&runs, &linked, &knobs);
    for size in SIZES {
        let scene = Conditions.scene(&inputs, size);
        assert_inside(&scene);
        let found = lines(&scene, Ink::Accent);
        let [alignment, product, spread, error] = found[..] else { panic!("{} lines", found.len()) };
        assert!((alignment[0].0 - product[0].0).abs() < 1e-9 && (alignment[2].0 - error[1].0).abs() < 1e-9);
        assert!(alignment[0].1 < product[0].1 && product[0].1 < error[0].1, "one below the other");
        assert!(((alignment[1].1 - alignment[0].1) / (alignment[2].1 - alignment[0].1) - 1.0 / 3.0).abs() < 1e-5, "0.2 of 0.6");
        // Errors 80 and 40 percent, R_epsilon 90 and 30: of their common axis.
        assert!((2.0 * (error[1].1 - error[0].1) - 4.0 / 3.0 * (spread[1].1 - spread[0].1)).abs() < 1e-3);
        assert!(words(&scene).iter().any(|words| words.contains("chance")), "{:?}", words(&scene));
        assert!(words(&scene).iter().any(|words| words.contains("augmented distances")), "{:?}", words(&scene));
    }
    let said = Conditions.summary(&inputs);
    assert!(said.contains("distance of 0.200 (at step 0: 0.800)") && said.contains("names wrongly 40.0%"), "{said}");
    let csv = Conditions.table(&inputs).csv();
    assert_eq!(csv.lines().count(), 11);
    assert!(csv.starts_with("run,measure,step,value\nSimCLR,alignment,0,"), "{csv}");
    assert!(csv.contains("SimCLR,error,20,0.39999") || csv.contains("SimCLR,error,20,0.4"), "{csv}");
}

#[test]
fn what_is_not_measured_says_what_it_takes() {
    let (curves, linked) = (series(&[("alignment", &[(0, 0.8), (5, f32::NAN)])]), Linked::default());
    let knobs = defaults(&Conditions);
    let runs = [run("SimCLR", &curves)];
    let one = inputs(&runs, &linked, &knobs);
    for size in SIZES {
        let scene = Conditions.scene(&one, size);
        assert_inside(&scene);
        assert_eq!((scene.things.len(), discs(&scene).len()), (1, 1));
    }
    assert!(words(&Conditions.scene(&one, SIZES[2])).iter().any(|words| words.contains("take two classes")));
    let empty = series(&[("loss", &[(1, 1.0)])]);
    let runs = [run("SimCLR", &empty)];
    let none = inputs(&runs, &linked, &knobs);
    assert_eq!(Conditions.summary(&none), "None of the three was measured yet.");
    assert_inside(&Conditions.scene(&none, SIZES[0]));
}

/// The step that is looked at is marked in each panel, for every run, and pointed at in each.
#[test]
fn a_step_is_marked_in_every_panel() {
    let (curves, other) = (short(), series(&[("alignment", &[(0, 0.5), (30, 0.4)])]));
    let linked = Linked { hovered: Some(Item::Step(12)), ..Linked::default() };
    let knobs = defaults(&Conditions);
    let runs = [run("SimCLR", &curves), run("BYOL", &other)];
    let inputs = inputs(&runs, &linked, &knobs);
    for size in SIZES {
        let scene = Conditions.scene(&inputs, size);
        assert_inside(&scene);
        assert_eq!(discs(&scene).iter().filter(|disc| disc.1 == 3.2).count(), 5, "four of the one run, one of the other");
        assert_eq!(scene.things.len(), 3 + 3 + 2);
    }
    assert!(Conditions.summary(&inputs).contains("names wrongly 80.0%"), "{}", Conditions.summary(&inputs));
}

#[test]
fn ten_thousand_steps_stay_few_shapes() {
    let long: Vec<(u64, f32)> = (0..10_000u16).map(|at| (u64::from(at), (f32::from(at) * 0.01).cos())).collect();
    let curves: Series = ["alignment", "centre_product"].map(|name| (name.to_owned(), long.clone())).into();
    let (linked, knobs) = (Linked::default(), defaults(&Conditions));
    let runs = [run("SimCLR", &curves)];
    let scene = Conditions.scene(&inputs(&runs, &linked, &knobs), SIZES[1]);
    assert_inside(&scene);
    assert!(lines(&scene, Ink::Accent).iter().all(|line| line.len() < 3_000));
}
