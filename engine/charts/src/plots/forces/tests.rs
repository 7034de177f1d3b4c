//! Do the arrows have the lengths and the angle that were measured, and do the words say what is drawn?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{Series, assert_inside, discs, lines, run, series, words};
use super::*;
use crate::plots::{Linked, RunCurves, defaults};
use crate::scene::{Ink, Reach, Shape};
use augsphere_spec::Part;

const SIMCLR: &str = "SimCLR";

fn world(forces: Vec<f32>, labels: &[u8]) -> World {
    let parts = vec![Part::new("method", Payload::Words(vec![SIMCLR.into()])), Part::matrix("forces", 6, forces)];
    World::new(&Forces, Ok(parts), labels)
}

/// A pull of 4 and a push of 3 at a right angle; a pull of 2 and a push of 2 against it.
fn two() -> World {
    world(vec![4.0, 3.0, 90.0, 1.0, 0.0, f32::NAN, 2.0, 2.0, 180.0, 1.0, 1.0, 0.0], &[0, 1])
}

/// The measures of three steps.
fn measured() -> Series {
    series(&[
        ("gradient_positive", &[(0, 2.0), (10, 1.5), (20, 1.0)]),
        ("gradient_negative", &[(0, 2.2), (10, 1.2), (20, 0.9)]),
        ("gradient_balance", &[(0, 1.1), (10, 0.8), (20, 0.9)]),
        ("gradient_angle", &[(0, 170.0), (10, 150.0), (20, 160.0)]),
    ])
}

fn with<'a>(world: &'a World, runs: &'a [RunCurves<'a>]) -> Inputs<'a> {
    Inputs { runs, ..world.inputs() }
}

#[test]
fn arrows_keep_lengths_and_angles() {
    let force = Force::of(0, &[4.0, 3.0, 90.0]).expect("numbers");
    let [pull, push, sum] = force.ends();
    assert_eq!(pull, (4.0, 0.0));
    assert!(push.0.abs() < 1e-9 && (push.1 - 3.0).abs() < 1e-9);
    assert!((sum.0 - 4.0).abs() < 1e-9 && (force.together() - 5.0).abs() < 1e-9);
    assert_eq!(mean(&[force, Force { pull: 2.0, push: 1.0, ..force }])[0], (3.0, 0.0));
    // On the picture: the dots of both images, the pull at the right of the centre, the push straight above it, five thirds as long as three.
    for size in SIZES {
        let scene = Forces.scene(&two().inputs(), size);
        assert_inside(&scene);
        let dots: Vec<(f64, f64)> =
            scene.things.iter().map(|thing| if let Reach::Point(x, y) = thing.0 { (x, y) } else { panic!() }).collect();
        assert_eq!(dots.len(), 6, "three ends of two images");
        let centre = discs(&scene).iter().rev().find(|disc| disc.1 == 3.5).expect("a centre").0;
        let away = |dot: (f64, f64)| ((dot.0 - centre.0), (centre.1 - dot.1));
        let [pull, push, sum] = [away(dots[0]), away(dots[1]), away(dots[2])];
        assert!((3.0 * pull.0 - 4.0 * push.1).abs() < 1e-6 && pull.1.abs() < 1e-9 && push.0.abs() < 1e-6);
        assert!((sum.0 - pull.0).abs() < 1e-6 && (sum.1 - push.1).abs() < 1e-6);
    }
}

#[test]
fn the_chosen_image_is_named_and_a_click_chooses_another() {
    let mut world = two();
    let said = words(&Forces.scene(&world.inputs(), (600.0, 600.0))).join("|");
    for expected in
        ["pull 4.00", "push 3.00", "together 5.00", "90\u{b0}", "SimCLR: image 0, circle, first view", "pale: all 2 images"]
    {
        assert!(said.contains(expected), "no {expected} in {said}");
    }
    assert_eq!(Forces.pressed(Item::Image(1)), [("image", 1.0)]);
    assert_eq!(Forces.pressed(Item::Class(1)), []);
    world.knobs.set("image", 1i64);
    world.knobs.set("view", "second");
    let said = words(&Forces.scene(&world.inputs(), (600.0, 600.0))).join("|");
    assert!(said.contains("image 1, square, second view") && said.contains("together 2.00"), "{said}");
    world.knobs.set("image", 7i64);
    assert!(words(&Forces.scene(&world.inputs(), (600.0, 600.0))).iter().any(|said| said.contains("no image 7 here")));
}

#[test]
fn what_is_pointed_at_stands_out_and_hidden_classes_are_left_out() {
    let mut world = two();
    let rings = |world: &World| lines(&Forces.scene(&world.inputs(), (600.0, 600.0)), Ink::Ink).len();
    let before = rings(&world);
    world.linked.hovered = Some(Item::Image(1));
    assert_eq!(rings(&world), before + 4, "a ring at each end, and one more line from the centre");
    world.linked.classes = vec![true, false];
    assert_eq!(Forces.scene(&world.inputs(), (600.0, 600.0)).things.len(), 3);
    world.linked.classes = vec![false, false];
    assert!(Forces.summary(&world.inputs()).contains("hidden"));
}

#[test]
fn the_curves_stand_beside_or_below() {
    let (world, curves) = (two(), measured());
    let runs = [run("SimCLR", &curves)];
    for (size, steps) in [((280.0, 280.0), 6), ((600.0, 600.0), 9), ((1200.0, 700.0), 9)] {
        let scene = Forces.scene(&with(&world, &runs), size);
        assert_inside(&scene);
        let targets = scene.things.iter().filter(|thing| matches!(thing.1, Item::Step(_))).count();
        assert_eq!(targets, steps, "{size:?}: three steps in each panel");
        assert!(words(&scene).contains(&"pull 1.00") && words(&scene).contains(&"push 0.900"), "{:?}", words(&scene));
        assert!(words(&scene).contains(&"160"), "{:?}", words(&scene));
    }
    // Where there are only curves, they are drawn, and why there are no arrows is said.
    let past = World::new(&Forces, Err("Go back to the present.".into()), &[]);
    let scene = Forces.scene(&with(&past, &runs), (600.0, 600.0));
    assert!(words(&scene).contains(&"Go back to the present.") && words(&scene).contains(&"pull 1.00"));
    let linked = Linked { step: Some(10), ..Linked::default() };
    let scene = Forces.scene(&Inputs { linked: &linked, ..with(&past, &runs) }, (600.0, 600.0));
    assert!(words(&scene).contains(&"pull 1.50"), "{:?}", words(&scene));
}

#[test]
fn the_summary_says_what_moves_the_chosen_image() {
    let said = Forces.summary(&two().inputs());
    assert!(
        said.starts_with("SimCLR pulls 2 images by 3.00 and pushes by 2.50 on average, 135\u{b0} apart; 2.50 is left of both."),
        "{said}"
    );
    assert!(said.contains("Of image 0, circle, pull and push go different ways, 90\u{b0} apart, and 125.0%"), "{said}");
    let alone = |forces: [f32; 3]| Force::of(0, &forces).expect("numbers").sentence();
    assert!(alone([1.0, 0.0, f32::NAN]).contains("nothing pushes"));
    assert!(alone([0.0, 1.0, f32::NAN]).contains("nothing pulls"));
    assert!(alone([0.0, 0.0, f32::NAN]).contains("nothing moves it"));
    assert!(alone([3.0, 2.0, 180.0]).contains("against each other, 180\u{b0} apart, and 33.3%"));
    assert!(alone([3.0, 2.0, 10.0]).contains("almost the same way"));
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Forces, Err("Press play first.".into()), &[]);
    assert_eq!(words(&Forces.scene(&none.inputs(), (400.0, 300.0))), ["Press play first."]);
    assert_eq!(Forces.summary(&none.inputs()), "Press play first.");
    let broken = world(vec![f32::NAN; 12], &[0, 1]);
    assert!(Forces.summary(&broken.inputs()).contains("no number"));
    let flat = world(vec![0.0, 0.0, f32::NAN, 0.0, 0.0, f32::NAN], &[0]);
    let labels: Vec<u8> = (0..500u32).map(|image| (image % 5) as u8).collect();
    let row = |image: u32| {
        let share = (image % 37) as f32 / 37.0;
        [1.0 + share, 2.0 - share, 120.0 + 60.0 * share, 1.0, 1.0, 170.0]
    };
    let many = world((0..500).flat_map(row).collect(), &labels);
    for world in [&broken, &flat, &two(), &many] {
        for size in SIZES {
            assert_inside(&Forces.scene(&world.inputs(), size));
        }
    }
    assert_eq!(Forces.scene(&many.inputs(), (600.0, 600.0)).things.len(), 1500);
    // Images alone: those of the picture lie inside it, too.
    let images = |world: &World| {
        let scene = Forces.scene(&world.inputs(), (600.0, 600.0));
        scene.shapes.iter().filter(|shape| matches!(shape, Shape::Image { .. })).count()
    };
    assert_eq!([images(&many), images(&broken)], [1, 0]);
}

#[test]
fn the_table_is_what_is_drawn() {
    let (world, curves) = (two(), measured());
    let runs = [run("SimCLR", &curves)];
    let csv = Forces.table(&with(&world, &runs)).csv();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows[0], "of,number,class,pull,push,together,push_over_pull,angle");
    assert!(rows[1].starts_with("image,0,circle,4,3,5,0.75,90"), "{}", rows[1]);
    assert!(rows[2].starts_with("image,1,square,2,2,"), "{}", rows[2]);
    assert_eq!(rows.len(), 6);
    assert!(rows[3].starts_with("step,0,,2,2.2") && rows[3].ends_with(",170"), "{}", rows[3]);
    assert_eq!(Forces.table(&Inputs { knobs: &defaults(&Forces), ..world.inputs() }).rows.len(), 2);
}
