use super::super::runs::testing::{Series, assert_inside, discs, inputs, lines, run, series, turned, words};
use super::super::{Linked, defaults};
use super::*;
use crate::scene::Item;

const SIZES: [(f64, f64); 3] = [(280.0, 185.0), (600.0, 400.0), (1200.0, 790.0)];

fn accuracies() -> Series {
    series(&[("knn_accuracy", &[(0, 0.12), (10, 0.2), (20, 0.44)]), ("loss", &[(1, 5.0), (2, 4.0)])])
}

/// Raw lines go through the values where the axes put them; a level lies near enough to be drawn, and a change is numbered.
#[test]
fn known_values_levels_and_changes_stand_in_their_places() {
    let (curves, linked) = (accuracies(), Linked::default());
    let mut knobs = turned(&Curves, "measure", "knn_accuracy");
    knobs.set("smoothing", 0i64);
    let levels = vec![("knn_accuracy".into(), 0.1, "chance, 1 in 10".into()), ("knn_accuracy".into(), 9.0, "far away".into())];
    let runs = [RunCurves { levels: &levels, changes: &[5, 99], ..run("SimCLR", &curves) }];
    let inputs = inputs(&runs, &linked, &knobs);
    for size in SIZES {
        let scene = Curves.scene(&inputs, size);
        assert_inside(&scene);
        let curve = lines(&scene, Ink::Accent);
        let [from, middle, to] = curve[0] else { panic!("{curve:?}") };
        assert!((middle.0 - from.0 - (to.0 - middle.0)).abs() < 1e-9, "steps stand evenly");
        assert!(((from.1 - middle.1) / (from.1 - to.1) - 0.25).abs() < 1e-6, "0.08 of 0.32 upwards");
        let said = words(&scene);
        assert!(said.contains(&"chance, 1 in 10") && said.contains(&"1") && said.contains(&"44.0%"), "{said:?}");
        assert!(!said.contains(&"far away") && !said.contains(&"2"), "{said:?}");
        assert_eq!(scene.things.len(), 3);
    }
    let said = "Images that neighbours name right: 44.0% at step 20 of SimCLR (at step 0: 12.0%).";
    assert_eq!(Curves.summary(&inputs), said);
}

/// The strong line is the running mean, the raw one stays visible.
#[test]
fn smoothing_keeps_what_was_measured_visible() {
    let noisy: Series = [("loss".into(), (0..200u16).map(|x| (u64::from(x), f32::from(x % 2))).collect())].into();
    let (linked, knobs) = (Linked::default(), turned(&Curves, "smoothing", 20i64));
    let runs = [run("SimCLR", &noisy)];
    let inputs = inputs(&runs, &linked, &knobs);
    let scene = Curves.scene(&inputs, SIZES[1]);
    assert_inside(&scene);
    let height = |line: &[(f64, f64)]| {
        // At its ends a running mean has little to go by.
        let line = &line[line.len() / 4..3 * line.len() / 4];
        let (low, high) = line.iter().fold((f64::INFINITY, 0.0f64), |(low, high), at| (low.min(at.1), high.max(at.1)));
        high - low
    };
    let found = lines(&scene, Ink::Accent);
    assert_eq!(found.len(), 2);
    assert!(height(found[1]) < 0.2 * height(found[0]), "{} of {}", height(found[1]), height(found[0]));
    assert_eq!(Curves.table(&inputs).rows.len(), 200);
}

/// A step that is looked at shows the value of every run, and nothing where there is none yet.
#[test]
fn the_cursor_reads_every_run() {
    let (one, other) = (accuracies(), series(&[("knn_accuracy", &[(15, 0.3), (30, 0.31)])]));
    let knobs = turned(&Curves, "measure", "knn_accuracy");
    let runs = [run("SimCLR", &one), run("BYOL, momentum 0.99", &other)];
    for hovered in [None, Some(Item::Step(12))] {
        let linked = Linked { step: Some(17), hovered, ..Linked::default() };
        let inputs = inputs(&runs, &linked, &knobs);
        for size in SIZES {
            let scene = Curves.scene(&inputs, size);
            assert_inside(&scene);
            let said = words(&scene);
            assert!(said.iter().any(|words| words.starts_with("20.0%  SimCLR")), "{said:?}");
            let wanted = if hovered.is_some() { ("\u{2013}  BYOL", "step 12") } else { ("30.0%  BYOL", "step 17") };
            assert!(said.iter().any(|words| words.starts_with(wanted.0)) && said.contains(&wanted.1), "{said:?}");
            let marked = discs(&scene).iter().filter(|(_, radius, ink)| *radius == 3.4 && *ink != Ink::Paper).count();
            assert_eq!(marked, if hovered.is_some() { 1 } else { 2 });
        }
    }
    let linked = Linked { step: Some(17), ..Linked::default() };
    let said = Curves.summary(&inputs(&runs, &linked, &knobs));
    assert!(said.contains("20.0% at step 10 of SimCLR") && said.contains("30.0% at step 15 of BYOL"), "{said}");
}

#[test]
fn the_csv_is_what_is_drawn() {
    let (curves, linked, knobs) = (accuracies(), Linked::default(), turned(&Curves, "smoothing", 0i64));
    let runs = [run("SimCLR", &curves)];
    assert_eq!(Curves.table(&inputs(&runs, &linked, &knobs)).csv(), "run,step,loss,smoothed\nSimCLR,1,5,5\nSimCLR,2,4,4\n");
}

#[test]
fn nothing_one_point_and_no_number_are_drawn_as_what_they_are() {
    let one = series(&[("loss", &[(0, f32::NAN), (1, 2.0), (2, f32::INFINITY)])]);
    let linked = Linked { step: Some(0), ..Linked::default() };
    let runs = [run("SimCLR", &one)];
    let knobs = defaults(&Curves);
    let inputs = inputs(&runs, &linked, &knobs);
    let scene = Curves.scene(&inputs, SIZES[0]);
    assert_inside(&scene);
    assert_eq!((scene.things.len(), discs(&scene).len()), (1, 1));
    assert_eq!(Curves.summary(&inputs), "Nothing of this was measured up to step 0.");
    let knobs = turned(&Curves, "measure", "probe_accuracy");
    let inputs = Inputs { knobs: &knobs, ..inputs };
    assert!(Curves.summary(&inputs).contains("pause it"), "{}", Curves.summary(&inputs));
    assert!(words(&Curves.scene(&inputs, SIZES[0])).join(" ").contains("pause it"));
}

#[test]
fn many_steps_and_runs_stay_few_shapes_inside() {
    let long: Series = [("loss".into(), (0..10_000u16).map(|x| (u64::from(x), (f32::from(x) * 0.01).sin())).collect())].into();
    let names: Vec<String> = (0..40).map(|at| format!("run {at} with a long name that says everything")).collect();
    let runs: Vec<RunCurves<'_>> = names.iter().map(|name| run(name, &long)).collect();
    let (linked, knobs) = (Linked::default(), defaults(&Curves));
    let inputs = inputs(&runs, &linked, &knobs);
    for size in SIZES {
        let scene = Curves.scene(&inputs, size);
        assert_inside(&scene);
        let points: usize = lines(&scene, Ink::Accent).iter().map(|line| line.len()).sum();
        assert!(points < 10_000 && scene.things.len() < 500, "{points}");
    }
}

/// Every measure is in the catalogue or among the few that the engine tells besides.
#[test]
fn every_measure_has_the_name_that_the_engine_tells() {
    let catalogue = include_str!("../../../../../assets/catalogue.json");
    let besides = ["loss", "gradient_positive", "gradient_negative", "gradient_balance", "gradient_angle", "queue_staleness"];
    let terms = ["eigenspace_alignment", "alignment_term", "log_sum_exp_term", "invariance", "variance"];
    for measure in &MEASURES {
        let told = catalogue.contains(&format!("\"name\":\"{}\"", measure.name))
            || catalogue.contains(&format!("\"name\": \"{}\"", measure.name));
        assert!(told || besides.contains(&measure.name) || terms.contains(&measure.name), "{}", measure.name);
    }
}
