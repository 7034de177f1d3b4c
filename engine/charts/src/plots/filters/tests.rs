//! Is every filter drawn, and its bar as long as it is?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, lines, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::Part;

fn world(side: usize, weights: Vec<f32>) -> World {
    let columns = 3 * side * side;
    let rgba = vec![128; weights.len() / columns * side * side * 4];
    let parts = vec![Part::new("filters", Payload::Images(Thumbnails { side, rgba })), Part::matrix("weights", columns, weights)];
    World::new(&Filters, Ok(parts), &[])
}

fn images(scene: &Scene) -> Vec<[f64; 4]> {
    scene.shapes.iter().filter_map(|shape| if let Shape::Image { area, .. } = shape { Some(*area) } else { None }).collect()
}

/// Filters of one pixel, of lengths 5, 10 and 0.
fn three() -> World {
    world(1, vec![3.0, 4.0, 0.0, 6.0, 8.0, 0.0, 0.0, 0.0, 0.0])
}

#[test]
fn every_filter_is_drawn_with_its_length() {
    for size in SIZES {
        let scene = Filters.scene(&three().inputs(), size);
        assert_inside(&scene);
        let areas = images(&scene);
        assert_eq!(areas.len(), 3);
        assert!(areas[1][0] > areas[0][0] + areas[0][2], "beside each other");
        let bars: Vec<f64> = lines(&scene, Ink::Accent).iter().map(|bar| bar[1].0 - bar[0].0).collect();
        assert!((bars[1] - areas[1][2]).abs() < 1e-9 && (bars[0] - 0.5 * bars[1]).abs() < 1e-9 && bars[2] == 0.0);
    }
}

#[test]
fn a_grid_is_as_large_as_it_can_be() {
    assert_eq!(grid(16, 406.0, 430.0).0, 4);
    assert_eq!(grid(64, 900.0, 300.0).0, 16);
    assert_eq!(grid(1, 50.0, 50.0).0, 1);
    assert!(grid(100, 10.0, 10.0).1 >= 1.0);
}

#[test]
fn the_summary_and_the_table_are_what_is_drawn() {
    assert_eq!(
        Filters.summary(&three().inputs()),
        "The first layer has 3 filters of 1 by 1 pixels, of lengths from 0.000 to 10.0. One of them is shorter than a tenth of the longest."
    );
    let csv = Filters.table(&three().inputs()).csv();
    assert_eq!(csv.lines().nth(2), Some("1,green,1,1,4"));
    assert_eq!(csv.lines().count(), 10);
    let larger = world(2, (0..12u8).map(f32::from).collect());
    assert_eq!(Filters.table(&larger.inputs()).csv().lines().nth(8), Some("1,green,2,2,7"));
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Filters, Err("Go back to the present.".into()), &[]);
    assert_eq!(words(&Filters.scene(&none.inputs(), (400.0, 200.0))), ["Go back to the present."]);
    assert_eq!(Filters.summary(&none.inputs()), "Go back to the present.");
    for world in [world(3, vec![0.1; 27]), world(1, vec![f32::NAN; 3]), world(3, vec![0.25; 27 * 128])] {
        for size in SIZES {
            assert_inside(&Filters.scene(&world.inputs(), size));
        }
        assert!(Filters.summary(&world.inputs()).ends_with('.'));
    }
    let empty = world(3, Vec::new());
    assert_eq!(Filters.summary(&empty.inputs()), "There is no run yet.");
}
