use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, lines, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::Part;

/// Images 0 and 2 of one class: 8 apart, 2 at their closest views; 12 values each.
fn pair(words: [&str; 2], ties: f32) -> World {
    let parts = vec![
        Part::series("pair", vec![0.0, 1.0], vec![0.0, 2.0]),
        Part::number("plain", 8.0),
        Part::number("near", 2.0),
        Part::number("dimension", 16.0),
        Part::number("ties", ties),
        Part::new("images", Payload::Images(Thumbnails { side: 2, rgba: (0..4 * 16).collect() })),
        Part::new("words", Payload::Words(words.map(String::from).to_vec())),
    ];
    World::new(&Closest, Ok(parts), &[1, 0, 1])
}

/// The images stand at the ends and the views between them; each can be pointed at, images as images and views as the pair.
#[test]
fn views_stand_between_their_images() {
    let mut world = pair(["crop 62 %, aspect 1.10; mirrored", ""], 1.0);
    for size in SIZES {
        let scene = Closest.scene(&world.inputs(), size);
        assert_inside(&scene);
        let image = |shape: &Shape| match shape {
            Shape::Image { image, area } => Some((image.rgba[0], area[0])),
            _ => None,
        };
        let placed: Vec<(u8, f64)> = scene.shapes.iter().filter_map(image).collect();
        assert_eq!(placed.iter().map(|image| image.0).collect::<Vec<_>>(), [0, 16, 32, 48]);
        assert!(placed.is_sorted_by(|a, b| a.1 < b.1), "{placed:?}");
        let items: Vec<Item> = scene.things.iter().map(|thing| thing.1).collect();
        assert_eq!(items, [Item::Image(0), Item::Pair(0, 2), Item::Pair(0, 2), Item::Image(2)]);
        let said = words(&scene);
        assert!(said.contains(&"as they are: 8.00") && said.contains(&"closest views: 2.00"), "{said:?}");
    }
    let frames = |world: &World| lines(&Closest.scene(&world.inputs(), SIZES[2]), Ink::Ink).len();
    let before = frames(&world);
    world.linked.selected.insert(2);
    assert_eq!(frames(&world), before + 1);
}

/// The bar of the closest views is a quarter of that of the images.
#[test]
fn bars_are_as_long_as_distances() {
    let scene = Closest.scene(&pair(["", ""], 1.0).inputs(), SIZES[2]);
    let long = |wanted: Ink| {
        let bar = |shape: &Shape| match shape {
            Shape::Area { points, ink, .. } if *ink == wanted => Some(points[1].0 - points[0].0),
            _ => None,
        };
        scene.shapes.iter().find_map(bar).expect("a bar")
    };
    assert!((long(Ink::Ink) - 4.0 * long(Ink::Second)).abs() < 1e-6);
}

#[test]
fn the_summary_and_the_table_say_what_is_drawn() {
    let world = pair(["crop 62 %, aspect 1.10; mirrored", ""], 3.0);
    assert_eq!(
        Closest.summary(&world.inputs()),
        "square 0 and square 2 are 8.00 apart as they are and 2.00 at the closest of 12 views each, root mean squares of 2.00 and 0.500 of \
         their values. Of square 0 it is crop 62 %, aspect 1.10; mirrored, of square 2 the image itself. 3 pairs of views are as close. The \
         augmentations let them nearly meet: an encoder that keeps the views of an image together must keep these two together, too."
    );
    assert_eq!(
        Closest.table(&world.inputs()).csv(),
        "image,class,closest_view,distance,distance_of_closest_views\n0,square,\"crop 62 %, aspect 1.10; mirrored\",8,2\n2,square,the \
         image itself,8,2\n"
    );
    assert!(
        meeting(8.0, 6.0).contains("nearer, but not")
            && meeting(8.0, 7.0).contains("hardly")
            && meeting(0.0, 0.0).contains("hardly")
    );
}

/// Two chosen images are the pair; one that is the image already stays it; anything else turns nothing.
#[test]
fn two_chosen_images_are_the_pair() {
    let mut knobs = crate::plots::defaults(&Closest);
    let chosen = |knobs: &Knobs, images: &[usize]| Closest.chosen(&images.iter().copied().collect(), knobs);
    assert_eq!(chosen(&knobs, &[8, 3]), [("image", 3.0), ("other", 8.0)]);
    assert!(chosen(&knobs, &[8]).is_empty() && chosen(&knobs, &[1, 2, 3]).is_empty());
    knobs.set("image", 8i64);
    assert_eq!(chosen(&knobs, &[8, 3]), [("other", 3.0)]);
    knobs.set("other", 3i64);
    assert!(chosen(&knobs, &[8, 3]).is_empty(), "they are the pair");
}

#[test]
fn nothing_and_much_to_say() {
    let none = World::new(&Closest, Err("Two images are needed.".into()), &[]);
    assert_eq!(Closest.summary(&none.inputs()), "Two images are needed.");
    assert_inside(&Closest.scene(&none.inputs(), SIZES[0]));
    let much =
        "crop 62 %, aspect 1.10; mirrored; brightness 0.62, contrast 1.38, saturation 0.7, hue 0.1; grey; blurred by 1.3 pixels";
    let mut world = pair([much, much], 12.0);
    world.classes = vec!["a class with a very long name".into(), "another class with a very long name".into()];
    for size in SIZES {
        assert_inside(&Closest.scene(&world.inputs(), size));
    }
    let equal = World { answer: pair(["", ""], 1.0).answer, ..pair(["", ""], 1.0) };
    assert!(!Closest.scene(&equal.inputs(), SIZES[1]).shapes.is_empty());
}
