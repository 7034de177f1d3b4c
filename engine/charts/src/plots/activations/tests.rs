//! Is every map and every crop drawn where it belongs, and is what is said of them true?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, lines, words};
use super::*;
use crate::scene::Shape;
use augsphere_spec::Part;

/// Maps of a side, one for each channel; of four crops of image 2 the cosines, and each shows a quarter of the image less than
/// the one before.
fn world(side: usize, maps: Vec<f32>, cosines: [f32; 4]) -> World {
    let count = maps.len() / (side * side);
    let places = |count: usize| (1..=count).map(|place| place as f32).collect::<Vec<f32>>();
    let windows = [1.0, 0.75, 0.5, 0.25].iter().flat_map(|size| [0.0, 1.0 - size, *size, *size]).collect();
    let views = Thumbnails { side: 2, rgba: (0..5u8).flat_map(|view| [50 * view, 90, 90, 255].repeat(4)).collect() };
    let parts = vec![
        Part::number("image", 2.0),
        Part::number("layer", 1.0),
        Part::number("layers", 3.0),
        Part::number("all_channels", 40.0),
        Part::series("channels", places(count), places(count).iter().map(|place| 10.0 * place).collect()),
        Part::matrix("maps", side * side, maps),
        Part::new("views", Payload::Images(views)),
        Part::matrix("windows", 4, windows),
        Part::series("cosines", places(4), cosines.to_vec()),
    ];
    World::new(&Activations, Ok(parts), &[0, 1, 2, 3, 4, 0, 1])
}

/// Two channels of 2 by 2, the second silent.
fn two() -> World {
    world(2, vec![0.0, 1.0, 2.0, 4.0, 0.0, 0.0, 0.0, 0.0], [0.9, 0.95, -0.25, 0.5])
}

fn images(scene: &Scene) -> Vec<(&Thumbnails, [f64; 4])> {
    let image = |shape: &'_ Shape| matches!(shape, Shape::Image { .. });
    let found = scene.shapes.iter().filter(|shape| image(shape));
    found.filter_map(|shape| if let Shape::Image { image, area } = shape { Some((image, *area)) } else { None }).collect()
}

#[test]
fn crops_come_nearest_first_with_bars_as_long_as_their_cosines() {
    let world = two();
    for size in SIZES {
        let scene = Activations.scene(&world.inputs(), size);
        assert_inside(&scene);
        let crops: Vec<(u8, [f64; 4])> = images(&scene)[1..5].iter().map(|(image, area)| (image.rgba[0] / 50, *area)).collect();
        assert_eq!(crops.iter().map(|crop| crop.0).collect::<Vec<_>>(), [2, 1, 4, 3]);
        let bars = |ink| lines(&scene, ink).into_iter().filter(|line| line.len() == 2).map(|bar| bar[1].0 - bar[0].0);
        let (right, wrong): (Vec<f64>, Vec<f64>) = (bars(Ink::Accent).collect(), bars(Ink::Level).collect());
        let side = crops[0].1[2];
        assert!(right.iter().zip([0.95, 0.9, 0.5]).all(|(found, share)| (found - share * side).abs() < 1e-5), "{right:?}");
        assert!(wrong.len() == 1 && (wrong[0] - 0.25 * side).abs() < 1e-5, "{wrong:?}");
    }
}

#[test]
fn maps_share_one_scale_from_dark_to_bright() {
    let scene = Activations.scene(&two().inputs(), SIZES[2]);
    let found = images(&scene);
    // The image, four crops, the scale, two maps, seven images to choose from.
    assert_eq!(found.len(), 1 + 4 + 1 + 2 + 7);
    let (first, second) = (found[6], found[7]);
    assert_eq!(first.0.rgba[12..], heat(1.0), "the largest");
    assert_eq!(first.0.rgba[8..12], heat(0.5));
    assert_eq!(second.0.rgba, heat(0.0).repeat(4));
    assert!(second.1[0] >= first.1[0] + first.1[2] || second.1[1] >= first.1[1] + first.1[3], "apart");
    assert!(words(&scene).contains(&"10") && words(&scene).contains(&"4.00"), "{:?}", words(&scene));
    let light = |[red, green, blue, _]: [u8; 4]| 0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue);
    let steps: Vec<f64> = (0..=20).map(|step| light(heat(f64::from(step) / 20.0))).collect();
    assert!(steps.is_sorted(), "told apart without hue: {steps:?}");
}

#[test]
fn a_click_on_an_image_chooses_it() {
    let world = two();
    let scene = Activations.scene(&world.inputs(), SIZES[2]);
    let (_, whole) = images(&scene)[0];
    assert_eq!(scene.hit((whole[0] + 5.0, whole[1] + 5.0)), Some(Item::Image(2)));
    let (_, last) = images(&scene)[14];
    let hit = scene.hit((last[0] + 5.0, last[1] + 5.0));
    assert_eq!(hit, Some(Item::Image(6)));
    assert_eq!(Activations.pressed(Item::Image(6)), [("image", 6.0)]);
    assert_eq!(Activations.pressed(Item::Class(1)), []);
}

#[test]
fn what_is_pointed_at_stands_out() {
    let mut world = two();
    let plain = lines(&Activations.scene(&world.inputs(), SIZES[2]), Ink::Ink).len();
    world.linked.hovered = Some(Item::Image(2));
    assert_eq!(lines(&Activations.scene(&world.inputs(), SIZES[2]), Ink::Ink).len(), plain + 1);
    world.linked.hovered = Some(Item::Class(0));
    assert_eq!(lines(&Activations.scene(&world.inputs(), SIZES[2]), Ink::Ink).len(), plain + 2, "images 0 and 5 of the strip");
}

#[test]
fn the_summary_and_the_table_are_what_is_drawn() {
    assert_eq!(
        Activations.summary(&two().inputs()),
        "Image 2, triangle: of 4 crops the embeddings have cosines from \u{2212}0.250 (a crop of 25% of the area) to 0.950 (of \
         56%) with that of the whole image. Layer 1 of 3 has 40 channels of 2 by 2; channel 10 responds most, 1.75 on average, and 1 \
         of those shown does not respond at all."
    );
    let csv = Activations.table(&two().inputs()).csv();
    assert_eq!(csv.lines().count(), 1 + 2 * 4 + 2 * 4);
    assert_eq!(csv.lines().nth(1), Some("crop cosine,2,,,0.949999988079071"));
    assert_eq!(csv.lines().nth(2), Some("crop area,2,,,0.5625"));
    assert_eq!(csv.lines().nth(12), Some("channel,10,2,2,4"));
}

#[test]
fn nothing_one_many_and_what_is_no_number() {
    let none = World::new(&Activations, Err("Go back to the present.".into()), &[]);
    assert_eq!(words(&Activations.scene(&none.inputs(), (400.0, 200.0))), ["Go back to the present."]);
    assert_eq!(Activations.summary(&none.inputs()), "Go back to the present.");
    let many: Vec<f32> = (0..32 * 256u32).map(|at| (at % 77) as f32).collect();
    for (side, maps) in [(1, vec![0.5]), (1, vec![f32::NAN; 3]), (16, many), (8, vec![0.0; 64 * 7])] {
        let mut world = world(side, maps, [f32::NAN, 1.0, f32::NAN, 0.0]);
        for size in SIZES {
            assert_inside(&Activations.scene(&world.inputs(), size));
        }
        assert!(Activations.summary(&world.inputs()).ends_with('.'));
        world.images = None;
        world.labels = Vec::new();
        assert_inside(&Activations.scene(&world.inputs(), SIZES[2]));
    }
    let broken = world(1, vec![1.0], [f32::NAN; 4]);
    assert!(Activations.summary(&broken.inputs()).contains("no crop can be compared with it"));
    assert_eq!(Activations.summary(&world(3, Vec::new(), [0.0; 4]).inputs()).matches("responds").count(), 0);
    assert_eq!(heat(f64::NAN), [128, 128, 128, 255]);
}
