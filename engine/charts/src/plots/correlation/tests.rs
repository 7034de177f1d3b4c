//! Are correlations and sums shown as they are?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::Part;

/// The example of METHODS.md 5.1 with labels 0, 0, 1, 1, as far as it is told.
fn world(columns: usize, values: Vec<f32>, classes: bool) -> World {
    let mut parts = vec![Part::matrix("correlations", columns, values)];
    let numbers = [
        ("dimension", 2.0),
        ("images", 4.0),
        ("classes", 2.0),
        ("loss", 0.024_395),
        ("diagonal", 0.016_010_7),
        ("off_diagonal", 1.676_955),
        ("identity", 1.692_966),
        ("alignment", 0.339_055),
        ("alignment_bound", 0.357_9),
        ("centres", 1.5),
        ("spread", 1.25),
    ];
    parts.extend(numbers.map(|(name, value)| Part::number(name, value)));
    if classes {
        parts.extend([Part::number("product", -0.5), Part::number("bound", 5.05)]);
    }
    World::new(&Correlation, Ok(parts), &[])
}

fn example() -> World {
    world(2, vec![0.943_879_8, -0.886_592_6, -0.943_879_8, 0.886_592_6], true)
}

#[test]
fn the_matrix_has_its_cells_and_numbers_their_lines() {
    for size in SIZES {
        let scene = Correlation.scene(&example().inputs(), size);
        assert_inside(&scene);
        let cells = scene.shapes.iter().filter(|shape| matches!(shape, Shape::Area { ink: Ink::Signed(_), .. })).count();
        assert_eq!(cells, 4 + 24, "cells and the scale");
        let said = words(&scene);
        assert!(said.contains(&"0.016") && said.contains(&"1.68") && said.contains(&"0.024"), "{said:?}");
        assert!(said.contains(&"2 channels") || size.0 < 300.0, "{said:?}");
    }
    let scene = Correlation.scene(&example().inputs(), (1200.0, 800.0));
    assert!(words(&scene).contains(&"5.05") && words(&scene).contains(&"loss, \u{3bb} = 0.005"));
}

#[test]
fn the_summary_and_the_table_are_what_is_drawn() {
    assert_eq!(
        Correlation.summary(&example().inputs()),
        "Over 4 images and 2 channels the diagonal is 0.016 away from 1 (sum of squares), the squares off it add up to 1.68, and the loss is \
         0.024. The largest product of two of the 2 class centres is \u{2212}0.500, and the trace argument allows 5.05."
    );
    let csv = Correlation.table(&example().inputs()).csv();
    assert_eq!(csv.lines().count(), 1 + 4 + 13);
    assert!(csv.contains("correlation,1,2,-0.886592") && csv.contains("diagonal,,,0.01601"));
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Correlation, Err("Go back to the present.".into()), &[]);
    assert_eq!(words(&Correlation.scene(&none.inputs(), (400.0, 200.0))), ["Go back to the present."]);
    assert_eq!(Correlation.summary(&none.inputs()), "Go back to the present.");
    let many = (0..64 * 64).map(|at| if at % 65 == 0 { 1.0 } else { ((at % 17) as f32 - 8.0) / 20.0 }).collect();
    for world in [world(1, vec![1.0], false), world(2, vec![f32::NAN; 4], true), world(64, many, true)] {
        for size in SIZES {
            assert_inside(&Correlation.scene(&world.inputs(), size));
        }
        assert!(Correlation.summary(&world.inputs()).ends_with('.'));
        assert!(!Correlation.table(&world.inputs()).rows.is_empty());
    }
}
