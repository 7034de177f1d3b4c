use super::super::runs::testing::{Series, assert_inside, discs, inputs, lines, run, series, words};
use super::super::{Linked, defaults};
use super::*;
use crate::scene::Shape;

const SIZES: [(f64, f64); 3] = [(280.0, 202.0), (600.0, 432.0), (1200.0, 864.0)];

fn short() -> Series {
    series(&[
        ("factor_foreground_hue", &[(0, 0.8), (100, 0.2), (200, 0.1)]),
        ("factor_background_texture_accuracy", &[(0, 0.5), (200, 0.75)]),
        ("factor_size", &[(100, f32::NAN), (200, -0.1)]),
    ])
}

/// The bars of a scene: left and right end.
fn blocks(scene: &Scene) -> Vec<(f64, f64)> {
    let bar = |shape: &Shape| match shape {
        Shape::Area { points, ink: Ink::Accent, .. } => Some((points[0].0, points[1].0)),
        _ => None,
    };
    scene.shapes.iter().filter_map(bar).collect()
}

/// Bars reach from 0 to their values; ticks stand at the untrained ones, dashes at chance.
#[test]
fn bars_ticks_and_chance_stand_in_their_places() {
    let (curves, linked, knobs) = (short(), Linked::default(), defaults(&Factors));
    let runs = [run("SimCLR", &curves)];
    let inputs = inputs(&runs, &linked, &knobs);
    for size in SIZES {
        let scene = Factors.scene(&inputs, size);
        assert_inside(&scene);
        let layout = Layout::of(size, &bars(&inputs, &runs[0]));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-5 * size.0;
        let found = blocks(&scene);
        for (bar, (from, to)) in found.iter().zip([(0.0, 0.1), (0.0, 0.75), (-0.1, 0.0)]) {
            assert!(near(bar.0, layout.x(from)) && near(bar.1, layout.x(to)), "{bar:?}: {from} to {to}");
        }
        assert_eq!(found.len(), 3);
        let ticks: Vec<f64> = lines(&scene, Ink::Ink).iter().map(|line| line[0].0).collect();
        assert!(near(ticks[0], layout.x(0.8)) && near(ticks[1], layout.x(0.5)), "{ticks:?}");
        assert!(near(lines(&scene, Ink::Level)[0][0].0, layout.x(0.25)));
        for wanted in ["foreground hue", "0.100", "75.0%", "\u{2212}0.100"] {
            assert!(words(&scene).contains(&wanted), "{wanted}: {:?}", words(&scene));
        }
    }
    let said =
        "At step 200 of SimCLR, most is left of background texture (75.0%, untrained 50.0%) and least of size (\u{2212}0.100).";
    assert_eq!(Factors.summary(&inputs), said);
}

#[test]
fn a_past_step_shows_what_was_known_then() {
    let (curves, knobs) = (short(), defaults(&Factors));
    let linked = Linked { step: Some(150), ..Linked::default() };
    let runs = [run("SimCLR", &curves), run("BYOL", &curves)];
    let past = inputs(&runs, &linked, &knobs);
    let scene = Factors.scene(&past, SIZES[1]);
    assert_inside(&scene);
    assert!(words(&scene).contains(&"0.200") && words(&scene).contains(&"BYOL"), "{:?}", words(&scene));
    assert_eq!(scene.things.len(), 5, "three points of the hue, two of the texture");
    let early = series(&[("factor_size", &[(200, 0.4)])]);
    let runs = [run("SimCLR", &early)];
    let early = inputs(&runs, &linked, &knobs);
    assert!(Factors.summary(&early).contains("look at a later one"));
}

#[test]
fn the_csv_is_what_is_drawn() {
    let (curves, linked, knobs) = (short(), Linked::default(), defaults(&Factors));
    let runs = [run("SimCLR", &curves)];
    let csv = Factors.table(&inputs(&runs, &linked, &knobs)).csv();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows[0], "run,factor,step,value,untrained,chance");
    assert!(rows[5].starts_with("SimCLR,background texture,200,0.75,0.5,0.25"), "{csv}");
    assert!(rows[6].starts_with("SimCLR,size,200,-0.1") && rows[6].ends_with(",,0"), "{csv}");
}

#[test]
fn nothing_and_many_points_are_drawn_as_what_they_are() {
    let (linked, knobs) = (Linked::default(), defaults(&Factors));
    let empty = Series::new();
    let runs = [run("SimCLR", &empty)];
    let none = inputs(&runs, &linked, &knobs);
    assert!(Factors.summary(&none).contains("pause it"));
    assert_inside(&Factors.scene(&none, SIZES[0]));
    let long: Vec<(u64, f32)> = (0..10_000u16).map(|at| (u64::from(at), (f32::from(at) * 0.01).cos())).collect();
    let curves: Series = FACTORS.iter().map(|factor| (factor.scalar.to_owned(), long.clone())).collect();
    let runs = [run("SimCLR", &curves)];
    let many = inputs(&runs, &linked, &knobs);
    for size in SIZES {
        let scene = Factors.scene(&many, size);
        assert_inside(&scene);
        assert!(scene.things.len() <= 9 * 41 && discs(&scene).len() < 300);
        assert!(FACTORS.iter().all(|factor| words(&scene).contains(&factor.name)), "{:?}", words(&scene));
    }
}

/// The factors are those of the data set, whose names the engine makes into those of its scalars.
#[test]
fn the_factors_are_those_of_the_shapes() {
    let shapes = include_str!("../../../../src/datasets/shapes.rs");
    for factor in &FACTORS {
        assert!(shapes.contains(&format!("(\"{}\", Scale::", factor.name)), "{}", factor.name);
        let scalar = format!("factor_{}{}", factor.name.replace(' ', "_"), if factor.share { "_accuracy" } else { "" });
        assert_eq!(factor.scalar, scalar);
    }
    assert!(include_str!("../../../../src/datasets/shapes/scene.rs").contains("const TEXTURES: usize = 4;"));
}
