use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::*;
use augsphere_spec::Part;

/// Classes 0 and 3 over four thresholds; at 2, which is looked at, half and all of them are close.
fn two(more: Vec<Part>) -> World {
    let deltas = vec![0.0, 1.0, 2.0, 4.0];
    let over = |name: &str, values: [f32; 4]| Part::series(name, deltas.clone(), values.to_vec());
    let mut parts = vec![
        Part::series("classes", vec![0.0, 1.0], vec![0.0, 3.0]),
        Part::series("sizes", vec![0.0, 1.0], vec![4.0, 4.0]),
        Part::matrix("lower", 4, vec![0.25, 0.25, 0.5, 1.0, 0.25, 0.5, 1.0, 1.0]),
        Part::matrix("upper", 4, vec![0.25, 0.5, 0.75, 1.0, 0.25, 0.5, 1.0, 1.0]),
        over("least", [0.25, 0.25, 0.5, 1.0]),
        over("least_upper", [0.25, 0.5, 0.75, 1.0]),
        over("plain", [0.25, 0.25, 0.25, 1.0]),
        over("pairs_within", [0.0, 0.25, 0.75, 1.0]),
        over("pairs_between", [0.0, 0.0, 0.125, 0.5]),
        Part::number("delta", 2.0),
        Part::number("views", 6.0),
    ];
    parts.extend(more);
    World::new(&SigmaCurves, Ok(parts), &[0, 3])
}

/// Each class and each comparison has its stairs, from threshold to threshold; the interval of a class that is not certain has two.
#[test]
fn curves_are_stairs_and_intervals_have_both_ends() {
    let world = two(Vec::new());
    for size in SIZES {
        let scene = SigmaCurves.scene(&world.inputs(), size);
        assert_inside(&scene);
        let of = |ink| lines(&scene, ink).into_iter().filter(|line| line.len() == 7).count();
        assert_eq!((of(Ink::Class(0)), of(Ink::Class(3))), (2, 1), "class 3 is certain");
        assert_eq!((of(Ink::Accent), of(Ink::Level)), (3, 2), "sigma, its upper end, and plain; both kinds of pairs");
        let least = lines(&scene, Ink::Accent).into_iter().find(|line| line.len() == 7).expect("a curve");
        assert!(least.windows(2).all(|ends| ends[0].0 == ends[1].0 || ends[0].1 == ends[1].1), "{least:?}");
        assert!(words(&scene).contains(&"\u{3b4} = 2.00"), "{:?}", words(&scene));
    }
}

/// At the threshold each class is marked, can be pointed at there and by its name, and a hidden class is not.
#[test]
fn classes_are_named_by_how_much_of_them_is_close() {
    let mut world = two(Vec::new());
    let marked = |world: &World, size| {
        let scene = SigmaCurves.scene(&world.inputs(), size);
        let classes: Vec<Item> = scene.things.iter().map(|thing| thing.1).collect();
        let named: Vec<String> = words(&scene).into_iter().filter(|words| words.contains("% ")).map(str::to_owned).collect();
        (classes, named)
    };
    let (classes, named) = marked(&world, SIZES[2]);
    assert_eq!(classes, [Item::Class(0), Item::Class(3), Item::Class(3), Item::Class(0)]);
    assert_eq!(named, ["100.0% star", "50.0% circle"]);
    assert_eq!(marked(&world, SIZES[0]).0.len(), 2, "no names where there is no room");
    world.linked.hovered = Some(Item::Class(3));
    let scene = SigmaCurves.scene(&world.inputs(), SIZES[0]);
    assert_inside(&scene);
    assert!(words(&scene).contains(&"star 100.0%"), "{:?}", words(&scene));
    assert_eq!(discs(&scene).iter().filter(|disc| disc.1 == 3.0).count(), 2);
    world.linked.classes = vec![true, true, true, false];
    assert_eq!(marked(&world, SIZES[2]).0, [Item::Class(0); 2]);
}

#[test]
fn the_summary_and_the_table_say_what_is_drawn() {
    let said = SigmaCurves.summary(&two(Vec::new()).inputs());
    assert_eq!(
        said,
        "At \u{3b4} = 2.00 the concentration \u{3c3} is 50.0% to 75.0%: so large a part of each of 2 classes lies pairwise within it, at \
         the closest of 6 views of each image; as the images are, it is 25.0%. The same \u{3b4} holds 75.0% of the pairs of one class and \
         12.5% of the pairs of two classes."
    );
    let policies = ["first", "second"].map(|name| Part::series(name, vec![0.0, 1.0, 2.0, 4.0], vec![0.25, 0.5, 0.5, 1.0]));
    let world = two(policies.to_vec());
    let said = SigmaCurves.summary(&world.inputs());
    assert!(said.contains("With the first view's policy alone it is 50.0%, with the second's 50.0%."), "{said}");
    assert_inside(&SigmaCurves.scene(&world.inputs(), SIZES[0]));
    let csv = SigmaCurves.table(&world.inputs()).csv();
    assert_eq!(csv.lines().count(), 1 + 4 * (2 + 6));
    assert!(csv.starts_with("curve,delta,share,share_at_most\ncircle,0,0.25,0.25\ncircle,1,0.25,0.5\n"), "{csv}");
    assert!(csv.contains("\nleast,2,0.5,0.75\n") && csv.contains("\npairs_between,2,0.125,0.125\n"), "{csv}");
}

/// One class has no pairs of two: their share is no number, and neither drawn nor said.
#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&SigmaCurves, Err("Nothing was kept.".into()), &[]);
    assert_eq!(SigmaCurves.summary(&none.inputs()), "Nothing was kept.");
    assert_inside(&SigmaCurves.scene(&none.inputs(), SIZES[0]));
    let one = |between: f32| {
        let over = |name: &str, value: f32| Part::series(name, vec![0.5], vec![value]);
        let parts = vec![
            over("classes", 1.0),
            Part::matrix("lower", 1, vec![1.0]),
            Part::matrix("upper", 1, vec![1.0]),
            over("least", 1.0),
            over("least_upper", 1.0),
            over("plain", 1.0),
            over("pairs_within", 1.0),
            over("pairs_between", between),
            Part::number("delta", 0.5),
            Part::number("views", 1.0),
        ];
        World::new(&SigmaCurves, Ok(parts), &[1])
    };
    let alone = one(f32::NAN);
    for size in SIZES {
        assert_inside(&SigmaCurves.scene(&alone.inputs(), size));
    }
    let said = SigmaCurves.summary(&alone.inputs());
    assert!(said.contains("each of 1 class ") && said.contains("1 view of") && !said.contains("pairs of two"), "{said}");
    assert!(!SigmaCurves.table(&alone.inputs()).csv().contains("pairs_between"));
    assert!(SigmaCurves.summary(&one(0.5).inputs()).contains("50.0% of the pairs of two classes"));
    let many: Vec<f32> = (0..61u8).map(|at| f32::from(at) / 3.0).collect();
    let rising: Vec<f32> = (0..61u8).map(|at| f32::from(at) / 60.0).collect();
    let over = |name: &str| Part::series(name, many.clone(), rising.clone());
    let names = ["least", "least_upper", "plain", "first", "second", "pairs_within", "pairs_between"];
    let mut parts: Vec<Part> = names.map(over).into();
    parts.push(Part::series("classes", vec![0.0; 20], (0..20u8).map(f32::from).collect()));
    parts.extend(["lower", "upper"].map(|name| Part::matrix(name, 61, rising.repeat(20))));
    parts.extend([Part::number("delta", 4.0), Part::number("views", 32.0)]);
    let world = World::new(&SigmaCurves, Ok(parts), &[]);
    for size in SIZES {
        assert_inside(&SigmaCurves.scene(&world.inputs(), size));
    }
}
