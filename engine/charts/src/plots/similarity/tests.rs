//! Are cells where they belong, and is what is pointed at seen?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, discs, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::Part;

fn world(order: &[f32], values: Vec<f32>, labels: &[u8]) -> World {
    let places = (0..order.len()).map(|place| place as f32).collect();
    let parts = vec![Part::series("order", places, order.to_vec()), Part::matrix("cosines", order.len(), values)];
    World::new(&Similarity, Ok(parts), labels)
}

/// Images 1 and 3 of class 0, 0 and 2 of class 1.
fn four() -> World {
    let values = vec![1.0, 0.5, -0.5, 0.0, 0.5, 1.0, 0.25, -0.25, -0.5, 0.25, 1.0, 0.75, 0.0, -0.25, 0.75, 1.0];
    world(&[1.0, 3.0, 0.0, 2.0], values, &[1, 0, 1, 0])
}

fn blocks(scene: &Scene, wanted: impl Fn(Ink) -> bool) -> usize {
    scene.shapes.iter().filter(|shape| matches!(shape, Shape::Area { ink, .. } if wanted(*ink))).count()
}

#[test]
fn every_cell_is_a_pair_at_its_place() {
    let world = four();
    for size in SIZES {
        let scene = Similarity.scene(&world.inputs(), size);
        assert_inside(&scene);
        let boxes: Vec<[f64; 4]> =
            scene.things.iter().filter_map(|thing| if let Reach::Box(place) = thing.0 { Some(place) } else { None }).collect();
        assert_eq!(boxes.len(), 16 + 4, "cells and bands");
        let at = |[left, upper, wide, high]: [f64; 4]| scene.hit((left + 0.5 * wide, upper + 0.5 * high));
        assert_eq!([at(boxes[0]), at(boxes[1]), at(boxes[4])], [Item::Image(1), Item::Pair(1, 3), Item::Pair(3, 1)].map(Some));
        assert_eq!([at(boxes[16]), at(boxes[19])], [Item::Class(0), Item::Class(1)].map(Some));
        assert!(boxes[5][0] > boxes[0][0] && boxes[5][1] > boxes[0][1] && boxes[0][2] == boxes[0][3]);
        assert!(words(&scene).contains(&"circle") && words(&scene).contains(&"cosine"));
    }
}

#[test]
fn what_is_pointed_at_and_chosen_stands_out() {
    let mut world = four();
    let frames = |world: &World| {
        let scene = Similarity.scene(&world.inputs(), (400.0, 400.0));
        assert_inside(&scene);
        scene.shapes.iter().filter(|shape| matches!(shape, Shape::Line { stroke, .. } if stroke.ink == Ink::Ink)).count()
    };
    assert_eq!(frames(&world), 0);
    world.linked.hovered = Some(Item::Pair(3, 0));
    assert_eq!(frames(&world), 3);
    assert!(Similarity.summary(&world.inputs()).ends_with("Pointed at: 0.250, circle 3 and square 0."));
    world.linked.hovered = Some(Item::Class(1));
    assert_eq!(frames(&world), 2);
    world.linked.hovered = Some(Item::Image(9));
    assert_eq!(frames(&world), 0, "it is not here");
    world.linked.selected.insert(2);
    assert_eq!(discs(&Similarity.scene(&world.inputs(), (400.0, 400.0))).len(), 4);
}

#[test]
fn hidden_classes_are_left_out() {
    let mut world = four();
    world.linked.classes = vec![true, false];
    assert_eq!(Similarity.table(&world.inputs()).rows.len(), 4);
    assert_eq!(
        Similarity.summary(&world.inputs()),
        "Of 2 images of 1 class, the mean cosine of two of them, all of one class, is 0.500."
    );
    world.linked.classes = vec![false, false];
    assert_eq!(Similarity.summary(&world.inputs()), "All classes of these images are hidden.");
    assert!(!Similarity.scene(&world.inputs(), (280.0, 280.0)).shapes.is_empty());
}

#[test]
fn the_summary_and_the_table_say_what_is_drawn() {
    let world = four();
    let said = Similarity.summary(&world.inputs());
    assert_eq!(
        said,
        "Of 4 images of 2 classes, the mean cosine of two images of one class is 0.625, that of two of different classes \u{2212}0.125."
    );
    let csv = Similarity.table(&world.inputs()).csv();
    assert_eq!(csv.lines().count(), 17);
    assert_eq!(csv.lines().nth(3), Some("1,circle,0,square,-0.5"));
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Similarity, Err("Nothing was kept.".into()), &[]);
    assert_eq!(words(&Similarity.scene(&none.inputs(), (280.0, 280.0))), ["Nothing was kept."]);
    assert_eq!(Similarity.summary(&none.inputs()), "Nothing was kept.");
    let one = world(&[0.0], vec![1.0], &[2]);
    assert_inside(&Similarity.scene(&one.inputs(), (280.0, 185.0)));
    assert!(Similarity.summary(&one.inputs()).contains("no two of them"));
    let labels: Vec<u8> = (0..192).map(|image| image / 20).collect();
    let order: Vec<f32> = (0..192u8).map(f32::from).collect();
    let mut many = world(&order, (0..192 * 192).map(|at| ((at % 100) as f32 / 50.0) - 1.0).collect(), &labels);
    for size in SIZES {
        let scene = Similarity.scene(&many.inputs(), size);
        assert_inside(&scene);
        assert_eq!(scene.things.len(), 192 * 192 + 20);
    }
    let Ok(parts) = &mut many.answer.parts else { panic!("there are parts") };
    parts[1] = Part::matrix("cosines", 192, vec![f32::NAN; 192 * 192]);
    let scene = Similarity.scene(&many.inputs(), (280.0, 280.0));
    assert_eq!(blocks(&scene, |ink| matches!(ink, Ink::Signed(_))), 24, "the scale alone");
    assert!(Similarity.summary(&many.inputs()).contains("no two"));
}
