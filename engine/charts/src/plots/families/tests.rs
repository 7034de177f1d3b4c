//! Is every pair of methods there once, and does each formula have the numbers of the batch?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, words};
use super::*;
use crate::scene::{Ink, Shape};
use augsphere_spec::Part;

fn world(names: &[&str], cosines: Vec<f32>, family: Option<f32>) -> World {
    let forms = [
        [0.9, f32::NAN, 0.8, 170.0, 0.98],
        [0.7, f32::NAN, 0.6, 160.0, 0.41],
        [2.0, 0.005, 0.5, 100.0, -0.3],
        [1.0, 0.04, 0.02, 90.0, 0.12],
        [0.5, 12.0, 0.6, 150.0, 0.77],
    ];
    let mut parts = vec![
        Part::new("methods", Payload::Words(names.iter().map(|&name| name.to_owned()).collect())),
        Part::matrix("cosines", names.len(), cosines),
        Part::matrix("forms", 5, forms.concat()),
        Part::series("measured", vec![0.0, 1.0, 2.0], vec![1.83, 1.66, 163.0]),
    ];
    parts.extend(family.map(|place| Part::number("family", place)));
    World::new(&Families, Ok(parts), &[])
}

fn five() -> World {
    let cosines = [
        [1.0, 0.9, 0.2, -0.1, -0.3],
        [0.9, 1.0, 0.3, 0.0, 0.0],
        [0.2, 0.3, 1.0, 0.1, 0.1],
        [-0.1, 0.0, 0.1, 1.0, 0.998],
        [-0.3, 0.0, 0.1, 0.998, 1.0],
    ];
    world(&["SimCLR", "DCL", "BYOL", "VICReg", "Margin"], cosines.concat(), Some(0.0))
}

/// Many methods with long names.
fn many() -> World {
    let names: Vec<String> = (0..16).map(|place| format!("Gradient of a method with number {place}, simplified")).collect();
    let cosines = (0..256u16).map(|at| if at % 17 == 0 { 1.0 } else { f32::from(at % 13) / 13.0 - 0.4 }).collect();
    world(&names.iter().map(String::as_str).collect::<Vec<_>>(), cosines, None)
}

#[test]
fn every_pair_is_there_once_and_every_method_is_named() {
    let scene = Families.scene(&five().inputs(), (600.0, 600.0));
    assert_inside(&scene);
    let said = words(&scene);
    for name in ["SimCLR (trains)", "DCL", "BYOL", "VICReg", "Margin"] {
        assert!(said.contains(&name), "no {name} in {said:?}");
    }
    // Half of the table and its diagonal, each cell with its number.
    for (number, times) in [("0.90", 1), ("\u{2212}0.30", 1), ("0.10", 2), ("0.00", 2), ("1", 7)] {
        assert_eq!(said.iter().filter(|text| **text == number).count(), times, "{number} in {said:?}");
    }
    let cells = |scene: &Scene| {
        let signed = |shape: &&Shape| matches!(shape, Shape::Area { ink: Ink::Signed(_), alpha, .. } if *alpha == 1.0);
        scene.shapes.iter().filter(signed).count()
    };
    assert_eq!(cells(&scene), 15 + 24, "and the scale of the colours");
    // Where cells have no room for numbers, the ones with the method that trains stand beside the names.
    let narrow = Families.scene(&many().inputs(), (280.0, 280.0));
    assert!(words(&narrow).iter().any(|text| text.starts_with("\u{2212}0.32  \u{2207}")), "{:?}", words(&narrow));
    assert_eq!(cells(&narrow) % 24, 136 % 24);
}

#[test]
fn formulas_have_the_lengths_of_the_batch() {
    for size in [(400.0, 500.0), (700.0, 700.0), (1200.0, 1200.0)] {
        let scene = Families.scene(&five().inputs(), size);
        assert_inside(&scene);
        let said = words(&scene).join("|");
        let expected = [
            "\u{2212}1.83 + 1.66",
            "\u{25b8} Contrastive",
            "(\u{2212}u\u{2032} + \u{3a3} s v) / \u{3c4}",
            "\u{2212}0.900 + 0.800",
        ];
        for expected in expected {
            assert!(said.contains(expected), "{size:?}: no {expected} in {said}");
        }
    }
    let said = words(&Families.scene(&five().inputs(), (1200.0, 1200.0))).join("|");
    // 0.005 times 100, 12 times 0.05; the angle, the ratio and the cosine with SimCLR.
    for expected in
        ["\u{2212}2.00 + 0.005 \u{d7} 100", "\u{2212}0.500 + 12.0 \u{d7} 0.050", "170\u{b0}", "1.20", "0.770", "temperature"]
    {
        assert!(said.contains(expected), "no {expected} in {said}");
    }
}

#[test]
fn the_summary_says_who_agrees_and_what_the_formula_gives() {
    let said = Families.summary(&five().inputs());
    let expected = "On these embeddings SimCLR agrees most with DCL (0.900) and least with Margin (\u{2212}0.300). VICReg and Margin would move them \
                    in the same direction. The formula of its family, (\u{2212}u\u{2032} + \u{3a3} s v) / \u{3c4}, is here \u{2212}0.900 + 0.800.";
    assert_eq!(said, expected);
    let one = world(&["Supervised control"], vec![1.0], None);
    assert_eq!(Families.summary(&one.inputs()), "No other method is compared with Supervised control.");
    let two = world(&["SimCLR", "DCL"], vec![1.0, 0.5, 0.5, 1.0], None);
    assert_eq!(Families.summary(&two.inputs()), "On these embeddings SimCLR and DCL have a cosine of 0.500.");
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Families, Err("Press play first.".into()), &[]);
    assert_eq!(words(&Families.scene(&none.inputs(), (400.0, 300.0))), ["Press play first."]);
    let one = world(&["SimCLR"], vec![1.0], Some(0.0));
    let broken = world(&["SimCLR", "DCL"], vec![f32::NAN; 4], Some(9.0));
    for world in [&one, &broken, &five(), &many()] {
        for size in SIZES {
            assert_inside(&Families.scene(&world.inputs(), size));
        }
        assert!(Families.summary(&world.inputs()).ends_with('.'));
    }
    let wrong = world(&["SimCLR"], vec![1.0, 2.0], None);
    assert_eq!(Families.summary(&wrong.inputs()), wrong.inputs().why_empty());
}

#[test]
fn the_table_is_what_is_drawn() {
    let csv = Families.table(&five().inputs()).csv();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!((rows.len(), rows[0]), (1 + 15 + 6, "of,with,cosine,pull,lambda,push,angle"));
    assert!(rows[2].starts_with("DCL,SimCLR,0.8999"), "{}", rows[2]);
    assert!(rows[16].starts_with("\"SimCLR, measured\",\u{2212}pull + push,1,1.83"), "{}", rows[16]);
    assert!(rows[21].starts_with("UniGrad,\u{2212}u\u{2032} + \u{3bb} F u,0.7") && rows[21].contains(",12,"), "{}", rows[21]);
}
