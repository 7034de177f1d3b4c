use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::*;
use crate::scene::{Reach, Shape};
use augsphere_spec::Part;

/// Images 1 and 3 of class 0, 0 and 2 of class 1: 2 and 4 within, 3 to 6 between; twice as far apart as they are.
fn four(delta: f32) -> World {
    let near = [0.0, 2.0, 3.0, 5.0, 2.0, 0.0, 6.0, 4.0, 3.0, 6.0, 0.0, 4.0, 5.0, 4.0, 4.0, 0.0];
    world(&[1.0, 3.0, 0.0, 2.0], &near, delta, &[1, 0, 1, 0])
}

fn world(order: &[f32], near: &[f32], delta: f32, labels: &[u8]) -> World {
    let places = (0..order.len()).map(|place| place as f32).collect();
    let parts = vec![
        Part::series("order", places, order.to_vec()),
        Part::matrix("distances", order.len(), near.to_vec()),
        Part::matrix("plain", order.len(), near.iter().map(|value| 2.0 * value).collect()),
        Part::number("delta", delta),
        Part::number("views", 8.0),
    ];
    World::new(&Distances, Ok(parts), labels)
}

fn dots(scene: &Scene) -> usize {
    let dot = |shape: &&Shape| matches!(shape, Shape::Area { ink: Ink::Paper | Ink::Ink, alpha, .. } if *alpha == 0.85);
    scene.shapes.iter().filter(dot).count()
}

/// Cells are pairs at their places, diagonals images, bars classes; near pairs of one class have dots while views are shown.
#[test]
fn every_cell_is_a_pair_and_near_ones_have_dots() {
    let mut world = four(2.5);
    for size in SIZES {
        let scene = Distances.scene(&world.inputs(), size);
        assert_inside(&scene);
        assert_eq!((scene.things.len(), dots(&scene)), (16 + 4, 2), "at {size:?}");
        let boxes =
            scene.things.iter().filter_map(|thing| if let Reach::Box(place) = thing.0 { Some((place, thing.1)) } else { None });
        for ([left, upper, wide, high], item) in boxes {
            assert_eq!(scene.hit((left + 0.5 * wide, upper + 0.5 * high)), Some(item));
        }
        assert_eq!((scene.things[0].1, scene.things[1].1), (Item::Image(1), Item::Pair(1, 3)));
        assert!(words(&scene).contains(&"circle") && words(&scene).contains(&"\u{3b4} = 2.50"));
    }
    world.knobs.set("augmentations", false);
    assert_eq!(dots(&Distances.scene(&world.inputs(), SIZES[2])), 0, "images as they are have no views that are near");
    assert_eq!(dots(&Distances.scene(&four(4.0).inputs(), SIZES[2])), 4, "3 of two classes has none");
}

#[test]
fn the_switch_changes_cells_and_keeps_their_scale() {
    let mut world = four(2.5);
    let shades = |world: &World| {
        let scene = Distances.scene(&world.inputs(), (400.0, 420.0));
        let shade = |shape: &Shape| match shape {
            Shape::Area { ink: Ink::Distance(share), .. } => Some(*share),
            _ => None,
        };
        scene.shapes.iter().filter_map(shade).take(12).collect::<Vec<f64>>()
    };
    let near = shades(&world);
    world.knobs.set("augmentations", false);
    let plain = shades(&world);
    assert_eq!(near.len(), 12);
    assert!(near.iter().zip(&plain).all(|(near, plain)| (2.0 * near - plain).abs() < 0.02), "{near:?} {plain:?}");
}

#[test]
fn what_is_pointed_at_and_chosen_stands_out() {
    let mut world = four(2.5);
    let frames = |world: &World, ink: Ink| {
        let scene = Distances.scene(&world.inputs(), (400.0, 420.0));
        assert_inside(&scene);
        lines(&scene, ink).len()
    };
    let before = frames(&world, Ink::Level);
    assert_eq!(frames(&world, Ink::Ink), 0);
    world.linked.hovered = Some(Item::Pair(3, 0));
    assert_eq!(frames(&world, Ink::Ink), 3);
    assert!(Distances.summary(&world.inputs()).ends_with("Pointed at: 6.00 (12.0 as they are), circle 3 and square 0."));
    world.linked.hovered = Some(Item::Class(1));
    assert_eq!(frames(&world, Ink::Ink), 2);
    world.linked.hovered = Some(Item::Image(9));
    assert_eq!(frames(&world, Ink::Ink), 0, "it is not here");
    world.linked.selected = [2].into();
    let scene = Distances.scene(&world.inputs(), (400.0, 420.0));
    assert_eq!((discs(&scene).len(), frames(&world, Ink::Level)), (4, before), "one is no pair");
    world.linked.selected = [2, 3].into();
    assert_eq!(frames(&world, Ink::Level), before + 2);
    world.linked.selected = [2, 9].into();
    assert_eq!(frames(&world, Ink::Level), before, "the other is not here");
}

#[test]
fn the_summary_and_the_table_say_what_is_drawn() {
    let mut world = four(3.5);
    assert_eq!(
        Distances.summary(&world.inputs()),
        "Of 4 images of 2 classes, two of one class are 3.00 apart at the closest of 8 views each, 6.00 as they are; two of different \
         classes are 4.50 apart at the closest of 8 views each, 9.00 as they are. Within 3.50 are 1 of 2 pairs of one class and 1 of 4 \
         pairs of different classes."
    );
    let csv = Distances.table(&world.inputs()).csv();
    assert_eq!(csv.lines().count(), 17);
    assert_eq!(csv.lines().next(), Some("image,class,other_image,other_class,distance,without_augmentations"));
    assert_eq!(csv.lines().nth(3), Some("1,circle,0,square,3,6"));
    world.linked.classes = vec![true, false];
    let said = Distances.summary(&world.inputs());
    assert!(said.starts_with("Of 2 images of 1 class, two of one class are 2.00 apart") && !said.contains("different"), "{said}");
    world.linked.classes = vec![false, false];
    assert_eq!(Distances.summary(&world.inputs()), "All classes of these images are hidden.");
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Distances, Err("Nothing was kept.".into()), &[]);
    assert_eq!(words(&Distances.scene(&none.inputs(), (280.0, 280.0))), ["Nothing was kept."]);
    assert_eq!(Distances.summary(&none.inputs()), "Nothing was kept.");
    let one = world(&[0.0], &[0.0], 0.0, &[2]);
    for size in SIZES {
        assert_inside(&Distances.scene(&one.inputs(), size));
    }
    assert!(Distances.summary(&one.inputs()).contains("no two can be compared"));
    let labels: Vec<u8> = (0..240).map(|image| image / 24).collect();
    let order: Vec<f32> = (0..240u8).map(f32::from).collect();
    let values: Vec<f32> = (0..240 * 240).map(|at| (at % 100) as f32 / 10.0).collect();
    let many = world(&order, &values, 1.0, &labels);
    for size in SIZES {
        let scene = Distances.scene(&many.inputs(), size);
        assert_inside(&scene);
        assert_eq!(scene.things.len(), 240 * 240 + 20);
    }
    let broken = world(&[0.0, 1.0], &[f32::NAN; 4], f32::NAN, &[0, 0]);
    assert_inside(&Distances.scene(&broken.inputs(), (280.0, 280.0)));
    assert!(Distances.summary(&broken.inputs()).contains("no two can be compared"));
    let torn = world(&[0.0, 1.0], &[0.0; 2], 1.0, &[0, 0]);
    assert!(!Distances.scene(&torn.inputs(), (280.0, 280.0)).shapes.is_empty());
}
