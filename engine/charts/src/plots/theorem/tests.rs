use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::Part;

/// Some quantities as the engine tells them.
fn told(product: Option<f32>, threshold: f32, [verdict, complete]: [f32; 2], said: &str) -> World {
    let mut rows: Vec<(String, f32, String)> = vec![
        ("sigma".into(), 0.75, "largest clique of each class at delta".into()),
        ("threshold".into(), threshold, "1 - rho_max - sqrt(2 rho_max) - Delta_mu / 2".into()),
    ];
    rows.extend(product.map(|product| ("max mu.mu".into(), product, "largest product of two class centres".into())));
    rows.extend([
        ("bound".into(), 0.5, "(1 - sigma) + R_epsilon".into()),
        ("error".into(), 0.25, "measured".into()),
        ("verdict".into(), verdict, said.into()),
    ]);
    let places = (0..rows.len()).map(|place| place as f32).collect();
    let parts = vec![
        Part::new("symbols", Payload::Words(rows.iter().map(|row| row.0.clone()).collect())),
        Part::series("values", places, rows.iter().map(|row| row.1).collect()),
        Part::new("whence", Payload::Words(rows.into_iter().map(|row| row.2).collect())),
        Part::number("complete", complete),
    ];
    World::new(&Theorem, Ok(parts), &[])
}

/// The bars of error and bound: length, and whether it is filled.
fn bars_of(scene: &Scene) -> Vec<(f64, f64)> {
    let bar = |shape: &Shape| match shape {
        Shape::Area { points, ink: Ink::Accent | Ink::Second, alpha } if points.len() == 4 => {
            Some((points[1].0 - points[0].0, *alpha))
        }
        _ => None,
    };
    scene.shapes.iter().filter_map(bar).collect()
}

/// The bound stands beside the error in one scale: an outline where it is not promised, filled where it is.
#[test]
fn the_bound_is_filled_where_it_is_promised() {
    let sentence = "The condition does not hold: the largest product of two class centres, 0.500, would have to be below -1.500.";
    let refuted = told(Some(0.5), -1.5, [0.0, 0.0], sentence);
    let open = told(Some(0.5), 0.75, [1.0, 0.0], "The condition is not refuted.");
    let holds = told(Some(0.5), 0.75, [1.0, 1.0], "The condition holds.");
    for size in SIZES {
        for (world, filled, said) in
            [(&refuted, 0.15, "does not hold"), (&open, 0.15, "not shown"), (&holds, 0.85, "condition holds")]
        {
            let scene = Theorem.scene(&world.inputs(), size);
            assert_inside(&scene);
            let bars = bars_of(&scene);
            assert!(bars.len() == 2 && (bars[1].0 - 2.0 * bars[0].0).abs() < 1e-6, "{bars:?}");
            assert_eq!((bars[0].1, bars[1].1), (0.85, filled));
            assert!(words(&scene).iter().any(|words| words.contains(said)), "{:?}", words(&scene));
        }
    }
    assert_eq!(Theorem.summary(&refuted.inputs()), sentence);
}

/// The product is right of the threshold where the condition is refuted, and left of it where it is not.
#[test]
fn the_condition_is_two_places_on_a_line() {
    let places = |product: f32, threshold: f32, verdict: f32| {
        let scene = Theorem.scene(&told(Some(product), threshold, [verdict, 0.0], "So.").inputs(), (600.0, 500.0));
        let disc = discs(&scene)[0];
        let thick = lines(&scene, Ink::Second)
            .into_iter()
            .find(|line| line.len() == 2 && line[0].1 == line[1].1)
            .expect("up to the threshold")[1]
            .0;
        (disc.0.0, thick, disc.2)
    };
    let (product, threshold, ink) = places(0.5, -1.5, 0.0);
    assert!(product > threshold + 100.0 && ink == Ink::Level);
    let (product, threshold, ink) = places(0.25, 0.75, 1.0);
    assert!(product < threshold && ink == Ink::Accent);
    assert!((threshold - product - 0.25 * 572.0).abs() < 1e-6, "half of a line from -1 to 1");
}

#[test]
fn quantities_are_written_with_their_letters_as_far_as_there_is_room() {
    let world = told(Some(0.5), -1.5, [0.0, 0.0], "The condition does not hold: sigma.");
    let scene = Theorem.scene(&world.inputs(), (600.0, 500.0));
    let said = words(&scene);
    assert!(said.contains(&"\u{3c3}") && said.contains(&"max \u{3bc}.\u{3bc}") && said.contains(&"\u{2212}1.500"), "{said:?}");
    assert!(!said.contains(&"verdict"));
    let short = words(&Theorem.scene(&world.inputs(), (600.0, 175.0))).iter().any(|words| words.contains("more in the CSV file"));
    assert!(short, "what has no room is counted");
    let csv = Theorem.table(&world.inputs()).csv();
    assert!(csv.starts_with("symbol,value,where_from\nsigma,0.75,largest clique"), "{csv}");
    assert!(csv.ends_with("error,0.25,measured\nverdict,0,The condition does not hold: \u{3c3}.\n"), "{csv}");
}

#[test]
fn nothing_one_class_and_what_is_no_number() {
    let none = World::new(&Theorem, Err("Go back to the present.".into()), &[]);
    assert_eq!(Theorem.summary(&none.inputs()), "Go back to the present.");
    assert_inside(&Theorem.scene(&none.inputs(), SIZES[0]));
    let one = told(None, 0.5, [1.0, 0.0], "With one class there is nothing to confuse; there are no held-out images.");
    for size in SIZES {
        let scene = Theorem.scene(&one.inputs(), size);
        assert_inside(&scene);
        assert!(discs(&scene).is_empty(), "there is no product");
    }
    assert!(words(&Theorem.scene(&one.inputs(), SIZES[2])).contains(&"With one class there is nothing to confuse."));
    for (product, threshold) in [(0.9, -4000.0), (f32::NAN, f32::NAN), (-0.5, f32::INFINITY), (5.0, 0.5)] {
        let world = told(Some(product), threshold, [0.0, 0.0], "No.");
        for size in SIZES {
            assert_inside(&Theorem.scene(&world.inputs(), size));
        }
    }
    let mut unknown = told(Some(0.5), 0.2, [0.0, 0.0], "No.");
    if let Ok(parts) = &mut unknown.answer.parts {
        parts[1] = Part::series("values", vec![0.0; 6], vec![f32::NAN; 6]);
    }
    let scene = Theorem.scene(&unknown.inputs(), SIZES[1]);
    assert_inside(&scene);
    assert!(words(&scene).contains(&"not known"));
}
