//! Are images where they belong, and is a wrong one seen without colours?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, lines, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::Part;

fn world(queries: &[f32], k: usize, images: Vec<f32>, cosines: Vec<f32>, labels: &[u8]) -> World {
    let places = (0..queries.len()).map(|place| place as f32).collect();
    let parts = vec![
        Part::series("queries", places, queries.to_vec()),
        Part::matrix("neighbours", k, images),
        Part::matrix("cosines", k, cosines),
    ];
    World::new(&Neighbours, Ok(parts), labels)
}

/// Image 0 with one right neighbour of two, image 1 with two.
fn two() -> World {
    world(&[0.0, 1.0], 2, vec![2.0, 1.0, 3.0, 4.0], vec![0.9, 0.8, 0.7, 0.6], &[0, 1, 0, 1, 1])
}

fn dashed(scene: &Scene) -> usize {
    scene
        .shapes
        .iter()
        .filter(|shape| matches!(shape, Shape::Line { stroke, .. } if stroke.dashed && stroke.ink == Ink::Level))
        .count()
}

#[test]
fn every_image_is_drawn_once_a_place_and_wrong_ones_are_crossed() {
    for size in SIZES {
        let scene = Neighbours.scene(&two().inputs(), size);
        assert_inside(&scene);
        assert_eq!(scene.shapes.iter().filter(|shape| matches!(shape, Shape::Image { .. })).count(), 6);
        let items: Vec<Item> = scene.things.iter().map(|thing| thing.1).collect();
        assert_eq!(items, [0, 2, 1, 1, 3, 4].map(Item::Image));
        assert_eq!(dashed(&scene), 1);
        assert_eq!(lines(&scene, Ink::Level).len(), 3, "a frame and a cross");
        assert_eq!(lines(&scene, Ink::Class(0)).len(), 2);
        assert_eq!(lines(&scene, Ink::Class(1)).len(), 3);
    }
    let scene = Neighbours.scene(&two().inputs(), (600.0, 500.0));
    assert!(words(&scene).contains(&"circle 0.900") && words(&scene).contains(&"square 0.800"), "{:?}", words(&scene));
}

#[test]
fn what_is_pointed_at_stands_out() {
    let mut world = two();
    world.linked.hovered = Some(Item::Image(1));
    assert_eq!(lines(&Neighbours.scene(&world.inputs(), (400.0, 400.0)), Ink::Ink).len(), 2, "twice on the picture");
    world.linked.selected.insert(4);
    assert_eq!(lines(&Neighbours.scene(&world.inputs(), (400.0, 400.0)), Ink::Ink).len(), 3);
}

#[test]
fn the_summary_and_the_table_are_what_is_drawn() {
    let said = Neighbours.summary(&two().inputs());
    assert_eq!(said, "Of the 4 nearest neighbours of 2 images 3 are of the class of their image: 75.0%.");
    let csv = Neighbours.table(&two().inputs()).csv();
    assert!(csv.starts_with("image,class,place,neighbour,neighbour_class,cosine\n0,circle,1,2,circle,0.8999"), "{csv}");
    assert_eq!(csv.lines().count(), 5);
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Neighbours, Err("Two images are needed.".into()), &[]);
    assert_eq!(words(&Neighbours.scene(&none.inputs(), (400.0, 200.0))), ["Two images are needed."]);
    assert_eq!(Neighbours.summary(&none.inputs()), "Two images are needed.");
    let broken = world(&[0.0], 3, vec![f32::NAN; 3], vec![f32::NAN; 3], &[0]);
    assert_inside(&Neighbours.scene(&broken.inputs(), (280.0, 185.0)));
    assert!(Neighbours.summary(&broken.inputs()).contains("None of these"));
    assert!(Neighbours.table(&broken.inputs()).rows.is_empty());
    let labels: Vec<u8> = (0..120u8).map(|image| image % 5).collect();
    let queries: Vec<f32> = (0..12u8).map(f32::from).collect();
    let mut many = world(&queries, 8, (12..108u8).map(f32::from).collect(), vec![0.5; 96], &labels);
    for images in [true, false] {
        if !images {
            many.images = None;
        }
        for size in SIZES {
            let scene = Neighbours.scene(&many.inputs(), size);
            assert_inside(&scene);
            assert_eq!(scene.things.len(), 12 * 9);
        }
    }
}
