//! Does every key stand in its place, shaded by its age, and is what is said of the ring true?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::{Part, Payload};

/// A ring: length, next, real, random; first place and number of the keys of each step; ages and drifts. It is of step 5.
fn world(ring: [f32; 4], steps: Vec<f32>, drift: &[(f32, f32)]) -> World {
    let [length, next, real, random] = ring;
    let (x, y) = drift.iter().copied().unzip();
    let parts = vec![
        Part::number("length", length),
        Part::number("next", next),
        Part::number("real", real),
        Part::number("random", random),
        Part::matrix("steps", 2, steps),
        Part::new("drift", Payload::Series { x, y }),
    ];
    World::new(&Queue, Ok(parts), &[])
}

/// 40 places, all full: steps of 16 keys at 32 (round the end) and at 16; 8 keys of the one before are left.
fn full() -> World {
    world([40.0, 8.0, 40.0, 1.0], vec![32.0, 16.0, 16.0, 16.0], &[(1.0, 0.01), (2.0, 0.04)])
}

fn pieces(scene: &Scene) -> Vec<(&[(f64, f64)], f64)> {
    let piece = |shape: &'_ Shape| matches!(shape, Shape::Area { ink: Ink::Amount(_), points, .. } if points.len() > 4);
    let found = scene.shapes.iter().filter(|shape| piece(shape));
    found
        .filter_map(|shape| match shape {
            Shape::Area { points, ink: Ink::Amount(shade), .. } => Some((points.as_slice(), *shade)),
            _ => None,
        })
        .collect()
}

#[test]
fn keys_stand_in_their_places_the_newer_the_stronger() {
    let world = full();
    for size in SIZES {
        let scene = Queue.scene(&world.inputs(), size);
        assert_inside(&scene);
        let found = pieces(&scene);
        assert_eq!(found.len(), 3);
        assert!(found[0].1 == 1.0 && found[1].1 < 0.9 && found[2].1 < found[1].1 && found[2].1 > 0.1);
        // The first corner of the newest is at place 32 of 40: 72 degrees before the top.
        let radius = |(x, y): (f64, f64), centre: (f64, f64)| (x - centre.0).hypot(y - centre.1);
        let [newest, second, left] = [0, 1, 2].map(|piece| found[piece].0[0]);
        let centre = (0.5 * areas(size)[0][2], 0.5 * (areas(size)[0][3] - 22.0));
        let outer = radius(newest, centre);
        assert!((radius(second, centre) - outer).abs() < 1e-6 && (radius(left, centre) - outer).abs() < 1e-6);
        let (sin, cos) = (72f64.to_radians()).sin_cos();
        assert!((newest.0 - centre.0 + outer * sin).abs() < 1e-6 && (newest.1 - centre.1 + outer * cos).abs() < 1e-6);
        assert!((left.0 - centre.0 - outer * sin).abs() < 1e-6, "the rest of a step is at the next place, 8");
        let hit = scene.things.iter().filter(|thing| matches!(thing.1, Item::Step(_))).count();
        assert_eq!(hit, 3 + 2, "pieces and points of the curve");
    }
}

#[test]
fn the_next_place_has_an_arrow_and_the_middle_says_how_many() {
    let scene = Queue.scene(&full().inputs(), SIZES[2]);
    let found = words(&scene);
    for expected in ["next", "40 keys", "of 2 steps", "1 step old", "3"] {
        assert!(found.contains(&expected), "no {expected} in {found:?}");
    }
    let heads =
        scene.shapes.iter().filter(|shape| matches!(shape, Shape::Area { ink: Ink::Ink, points, .. } if points.len() == 3));
    assert_eq!(heads.count(), 1);
}

#[test]
fn a_ring_that_is_not_full_says_what_fills_it() {
    let started = |random| world([100.0, 32.0, 32.0, random], vec![16.0, 16.0, 0.0, 16.0], &[(1.0, 0.5)]);
    assert_eq!(
        Queue.summary(&started(1.0).inputs()),
        "32 of 100 places hold the keys of the last 2 steps, random directions stand in the others; the next goes to place 32. \
         Between a key and what the key encoder makes of the same view now, 1 \u{2212} cosine is 0.500 after 1 step."
    );
    assert!(Queue.summary(&started(0.0).inputs()).contains("nothing stands in the others"));
    let scene = Queue.scene(&started(1.0).inputs(), SIZES[2]);
    assert_eq!(pieces(&scene).len(), 2);
    assert!(words(&scene).contains(&"rest: random directions"));
    let none = world([8.0, 0.0, 0.0, 1.0], Vec::new(), &[]);
    assert!(Queue.summary(&none.inputs()).starts_with("None of the 8 places holds a key yet"));
    for size in SIZES {
        assert_inside(&Queue.scene(&none.inputs(), size));
    }
}

#[test]
fn the_curve_begins_at_nothing_and_points_stand_at_their_ages() {
    let scene = Queue.scene(&full().inputs(), SIZES[2]);
    let line = lines(&scene, Ink::Accent)[0];
    assert_eq!(line.len(), 3);
    // 0, 0.01 and 0.04 at ages 0, 1 and 2.
    let [a, b, c] = [line[0], line[1], line[2]];
    assert!((b.0 - a.0 - (c.0 - b.0)).abs() < 1e-6 && (4.0 * (a.1 - b.1) - (a.1 - c.1)).abs() < 1e-6, "{line:?}");
    let rings: Vec<(f64, f64)> = discs(&scene).iter().filter(|disc| disc.2 == Ink::Accent).map(|disc| disc.0).collect();
    assert_eq!(rings, [b, c]);
    assert_eq!(scene.hit(b), Some(Item::Step(5)), "keys that are one step old are of the last step");
}

#[test]
fn the_step_that_is_pointed_at_stands_out_in_both_panels() {
    let mut world = full();
    let plain = lines(&Queue.scene(&world.inputs(), SIZES[2]), Ink::Ink).len();
    world.linked.hovered = Some(Item::Step(4));
    let scene = Queue.scene(&world.inputs(), SIZES[2]);
    assert_eq!(lines(&scene, Ink::Ink).len(), plain + 2, "an outline and a cursor");
    let found = words(&scene);
    assert!(found.contains(&"step 4") && found.contains(&"2 steps old") && found.contains(&"16 keys"), "{found:?}");
}

#[test]
fn the_summary_and_the_table_are_what_is_drawn() {
    assert_eq!(
        Queue.summary(&full().inputs()),
        "All 40 places hold keys, whole those of the last 2 steps; the next goes to place 8. Between a key and \
         what the key encoder makes of the same view now, 1 \u{2212} cosine is 0.010 after 1 step and 0.040 after 2 steps."
    );
    let csv = Queue.table(&full().inputs()).csv();
    assert_eq!(csv.lines().count(), 4);
    assert_eq!(csv.lines().nth(1), Some("1,5,32,16,0.009999999776482582"));
    assert_eq!(csv.lines().nth(3), Some("3,3,8,8,"), "what is left of a step");
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Queue, Err("SimCLR has no queue.".into()), &[]);
    assert_eq!(words(&Queue.scene(&none.inputs(), (400.0, 200.0))), ["SimCLR has no queue."]);
    assert_eq!(Queue.summary(&none.inputs()), "SimCLR has no queue.");
    let many: Vec<f32> = (0..4096u32).rev().flat_map(|step| [16.0 * step as f32, 16.0]).collect();
    let one = world([2.0, 0.0, 2.0, 0.0], vec![0.0, 2.0], &[(1.0, f32::NAN)]);
    let negative = world([4.0, 3.0, 4.0, 0.0], vec![3.0, 4.0], &[(1.0, -1e-7)]);
    for world in [one, negative, world([65_536.0, 0.0, 65_536.0, 0.0], many, &[(1.0, 0.0), (4096.0, 2.0)])] {
        for size in SIZES {
            let scene = Queue.scene(&world.inputs(), size);
            assert_inside(&scene);
            assert!(pieces(&scene).len() <= 360 && !pieces(&scene).is_empty());
        }
        assert!(Queue.summary(&world.inputs()).ends_with('.'));
    }
    for broken in [[f32::NAN, 0.0, 0.0, 0.0], [4.0, f32::NAN, 4.0, 0.0], [0.0; 4], [4.0, 0.0, 4.0, 0.0]] {
        let broken = world(broken, vec![0.0, 3.0, 3.0, 3.0], &[]);
        assert_eq!(Queue.summary(&broken.inputs()), "There is no run yet.");
    }
}
