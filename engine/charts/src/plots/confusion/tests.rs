//! Does every cell stand in its row and column, and is what it says what was counted?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::Part;

/// Of three classes, counts row by row; image `i` is of class `labels[i]`, named as `votes[i]`.
fn world(counts: Vec<f32>, labels: &[u8], votes: Vec<f32>) -> World {
    let classes = counts.len().isqrt();
    let images = (0..votes.len()).map(|image| image as f32).collect();
    let parts = vec![Part::matrix("counts", classes, counts), Part::series("votes", images, votes), Part::number("voters", 7.0)];
    World::new(&Confusion, Ok(parts), labels)
}

/// 4 of 5 circles and 2 of 4 squares are right, 2 squares are taken for triangles and a circle for a square; no triangle is
/// there.
fn three() -> World {
    world(vec![4.0, 1.0, 0.0, 0.0, 2.0, 2.0, 0.0, 0.0, 0.0], &[0, 1, 1, 0], vec![0.0, 2.0, 1.0, f32::NAN])
}

fn blocks(scene: &Scene) -> Vec<([f64; 4], f64)> {
    let block = |shape: &Shape| match shape {
        Shape::Area { points, ink: Ink::Signed(shade), .. } => {
            Some(([points[0].0, points[0].1, points[2].0 - points[0].0, points[2].1 - points[0].1], *shade))
        }
        _ => None,
    };
    scene.shapes.iter().filter_map(block).collect()
}

#[test]
fn rows_are_true_classes_and_right_ones_differ_in_sign_and_frame() {
    let world = three();
    for size in SIZES {
        let scene = Confusion.scene(&world.inputs(), size);
        assert_inside(&scene);
        let cells = blocks(&scene);
        let shades: Vec<f64> = cells.iter().take(9).map(|cell| cell.1).collect();
        let expected = [0.8f64.sqrt(), -0.2f64.sqrt(), 0.0, 0.0, 0.5f64.sqrt(), -0.5f64.sqrt(), 0.0, 0.0, 0.0];
        assert!(shades.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-9), "{shades:?}");
        assert!(cells[0].0[1] < cells[3].0[1] && cells[0].0[0] < cells[1].0[0], "row by row");
        // Three frames on the diagonal, one in the scale.
        assert_eq!(lines(&scene, Ink::Ink).len(), 4);
        let [left, upper, wide, high] = cells[5].0;
        assert_eq!(scene.hit((left + 0.5 * wide, upper + 0.5 * high)), Some(Item::Class(1)), "a cell is its row's class");
        assert_eq!(scene.hit((left + 0.5 * wide, 28.0)), Some(Item::Class(2)), "a head is its column's class");
    }
}

#[test]
fn counts_and_shares_stand_in_the_cells() {
    let (world, size) = (three(), SIZES[2]);
    let scene = Confusion.scene(&world.inputs(), size);
    let found = words(&scene);
    for expected in ["4", "80%", "1", "20%", "50%", "circle", "square", "triangle"] {
        assert!(found.contains(&expected), "no {expected} in {found:?}");
    }
    assert!(!found.contains(&"0"), "empty cells stay empty");
    let small = Confusion.scene(&world.inputs(), SIZES[0]);
    assert!(words(&small).contains(&"4"), "{:?}", words(&small));
}

#[test]
fn many_classes_have_numbers_where_names_have_no_room() {
    let mut counts = vec![1.0; 100];
    (0..10).for_each(|class| counts[11 * class] = 30.0);
    let world = world(counts, &[], Vec::new());
    let scene = Confusion.scene(&world.inputs(), SIZES[1]);
    assert_inside(&scene);
    let found = words(&scene);
    assert!(found.contains(&"0 circle") && found.contains(&"7"), "{found:?}");
    assert_eq!(blocks(&scene).len(), 100 + 24);
}

#[test]
fn what_is_pointed_at_and_chosen_stands_out() {
    let mut world = three();
    let plain = Confusion.scene(&world.inputs(), SIZES[2]);
    world.linked.hovered = Some(Item::Class(1));
    let class = Confusion.scene(&world.inputs(), SIZES[2]);
    assert_eq!(lines(&class, Ink::Ink).len(), lines(&plain, Ink::Ink).len() + 2);
    assert!(Confusion.summary(&world.inputs()).ends_with("Square: 2 of 4 right, 50.0%."));
    world.linked.hovered = Some(Item::Image(1));
    let image = Confusion.scene(&world.inputs(), SIZES[2]);
    let cell = blocks(&plain)[5].0;
    let frames = lines(&image, Ink::Ink);
    assert!(frames.iter().any(|frame| frame[0] == (cell[0], cell[1])), "image 1 is a square that is taken for a triangle");
    assert!(words(&image).contains(&"image 1, square, is taken for triangle"));
    world.linked.hovered = None;
    world.linked.selected.extend([1, 2, 3]);
    assert_eq!(discs(&Confusion.scene(&world.inputs(), SIZES[2])).len(), 4, "a dot and its rim in two cells");
}

#[test]
fn hidden_classes_have_no_row() {
    let mut world = three();
    world.linked.classes = vec![true, false];
    assert_eq!(blocks(&Confusion.scene(&world.inputs(), SIZES[2])).len(), 6 + 24);
    assert!(Confusion.summary(&world.inputs()).starts_with("4 of 5 validation images"));
    world.linked.classes = vec![false; 3];
    assert_eq!(Confusion.summary(&world.inputs()), "All classes of these images are hidden.");
}

#[test]
fn the_summary_and_the_table_are_what_is_drawn() {
    assert_eq!(
        Confusion.summary(&three().inputs()),
        "6 of 9 validation images are named right by the vote of their 7 nearest others: 66.7%. \
         The most frequent mistake is triangle for square: 2 of 4."
    );
    let csv = Confusion.table(&three().inputs()).csv();
    assert_eq!(csv.lines().count(), 10);
    assert_eq!(csv.lines().nth(1), Some("circle,circle,4,0.8"));
    assert_eq!(csv.lines().nth(6), Some("square,triangle,2,0.5"));
    assert_eq!(csv.lines().nth(9), Some("triangle,triangle,0,"), "no image of a class has no share");
}

#[test]
fn nothing_one_and_what_is_no_number() {
    let none = World::new(&Confusion, Err("Two images are needed.".into()), &[]);
    assert_eq!(words(&Confusion.scene(&none.inputs(), (400.0, 200.0))), ["Two images are needed."]);
    assert_eq!(Confusion.summary(&none.inputs()), "Two images are needed.");
    for counts in [vec![1.0], vec![f32::NAN; 9], vec![0.0; 9], vec![2.0; 100 * 100]] {
        let world = world(counts, &[0, 9], vec![200.0, f32::NAN]);
        for size in SIZES {
            assert_inside(&Confusion.scene(&world.inputs(), size));
        }
        assert!(Confusion.summary(&world.inputs()).ends_with('.'));
    }
    let perfect = world(vec![1.0], &[0], vec![0.0]);
    assert!(Confusion.summary(&perfect.inputs()).ends_with("100.0%. No image is taken for one of another class."));
    assert_eq!(Confusion.summary(&world(Vec::new(), &[], Vec::new()).inputs()), "There is no run yet.");
}
