//! Do eigenvalues, ranks and deviations stand where they belong?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::Part;

fn world(eigenvalues: &[f32], deviations: &[f32], ranks: [f32; 4]) -> World {
    let places = |count: usize| (1..=count).map(|place| place as f32).collect();
    let mut parts = vec![
        Part::series("eigenvalues", places(eigenvalues.len()), eigenvalues.to_vec()),
        Part::series("std", places(deviations.len()), deviations.to_vec()),
        Part::number("dimension", deviations.len() as f32),
        Part::number("images", 40.0),
    ];
    let names = ["effective_rank", "rankme", "participation", "stable_rank"];
    parts.extend(names.into_iter().zip(ranks).map(|(name, rank)| Part::number(name, rank)));
    World::new(&Spectrum, Ok(parts), &[])
}

fn four() -> World {
    world(&[0.1, 0.01, 0.001, 0.0], &[0.5, 0.25, 0.125, 0.0], [2.0, 2.0, 1.5, 1.2])
}

#[test]
fn eigenvalues_fall_evenly_on_a_scale_of_powers_and_ranks_are_marked() {
    for size in SIZES {
        let scene = Spectrum.scene(&four().inputs(), size);
        assert_inside(&scene);
        let curve = lines(&scene, Ink::Accent)[0];
        assert_eq!(curve.len(), 3, "0 has no place");
        assert!((curve[1].1 - curve[0].1 - (curve[2].1 - curve[1].1)).abs() < 1e-3);
        let marks = lines(&scene, Ink::Second);
        let effective = marks.iter().find(|line| line[0].0 > curve[1].0 - 1e-6 && line[0].0 < curve[1].0 + 1e-6);
        assert!(effective.is_some(), "at 2: {marks:?}");
        assert!(words(&scene).contains(&"1 of 4 are 0"));
    }
    let scene = Spectrum.scene(&four().inputs(), (900.0, 600.0));
    let said = words(&scene);
    for expected in
        ["effective rank, RankMe 2.00", "participation ratio 1.50", "stable rank 1.20", "dashed: 1/\u{221a}d, an even spread"]
    {
        assert!(said.contains(&expected), "no {expected} in {said:?}");
    }
    assert_eq!(discs(&scene).len(), 3);
    let bars: Vec<f64> = scene
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Area { points, ink: Ink::Accent, .. } => Some(points[0].1 - points[1].1),
            _ => None,
        })
        .collect();
    assert_eq!(bars.len(), 4);
    assert!((bars[0] - 2.0 * bars[1]).abs() < 1e-9 && (bars[1] - 2.0 * bars[2]).abs() < 1e-9 && bars[3] == 0.0);
}

#[test]
fn the_summary_and_the_table_are_what_is_drawn() {
    assert_eq!(
        Spectrum.summary(&four().inputs()),
        "The 40 embeddings in 4 dimensions have effective rank 2.00, participation ratio 1.50 and stable rank 1.20. One of 4 eigenvalues is \
         0. A channel's standard deviation is 0.219 on average, 0.500 if embeddings are spread evenly."
    );
    let csv = Spectrum.table(&four().inputs()).csv();
    assert_eq!(csv.lines().count(), 13);
    assert!(csv.contains("standard deviation of a channel,2,0.25\n") && csv.contains("stable rank,,1.2"));
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Spectrum, Err("No embedding was kept.".into()), &[]);
    assert_eq!(words(&Spectrum.scene(&none.inputs(), (400.0, 200.0))), ["No embedding was kept."]);
    assert_eq!(Spectrum.summary(&none.inputs()), "No embedding was kept.");
    let eigenvalues: Vec<f32> = (0..512).map(|rank| 0.3 * 0.95f32.powi(rank)).collect();
    let deviations = [0.04; 512];
    for world in [
        world(&[0.0], &[0.0], [1.0, 1.0, 0.0, 1.0]),
        world(&[f32::NAN, f32::INFINITY], &[f32::NAN, 0.5], [f32::NAN; 4]),
        world(&[0.2, 0.1], &[], [1.0; 4]),
        world(&eigenvalues, &deviations, [90.0, 91.0, 40.0, 3.0]),
    ] {
        for size in SIZES {
            assert_inside(&Spectrum.scene(&world.inputs(), size));
        }
        assert!(Spectrum.summary(&world.inputs()).ends_with('.'));
        assert!(!Spectrum.table(&world.inputs()).rows.is_empty());
    }
}
