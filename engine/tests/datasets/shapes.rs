//! Are the drawn images reproducible, balanced, varied as their factors say, and visible?

use super::{checksum, choice, load_with, pixels};
use augsphere_engine::datasets::{Dataset, DroppedArchives, Images, Scale, load};
use augsphere_spec::Value;

fn shapes(count: i64, more: &[(&str, Value)], seed: u64) -> Dataset {
    let mut knobs = vec![("train", Value::Int(count)), ("validation", Value::Int(50)), ("test", Value::Int(100))];
    knobs.extend_from_slice(more);
    load_with("shapes", &knobs, seed)
}

fn values<'a>(dataset: &'a Dataset, name: &str) -> [&'a [f32]; 3] {
    let factor = dataset.factors.iter().find(|factor| factor.name == name).expect("a factor of this name");
    [&factor.train, &factor.validation, &factor.test]
}

/// How far apart two hues are, in turns.
fn apart(one: f32, other: f32) -> f32 {
    let distance = (one - other).abs();
    distance.min(1.0 - distance)
}

fn lumas(image: &[u8]) -> Vec<f32> {
    let area = image.len() / 3;
    let luma = |pixel| {
        0.299 * f32::from(image[pixel]) + 0.587 * f32::from(image[area + pixel]) + 0.114 * f32::from(image[2 * area + pixel])
    };
    (0..area).map(|pixel| luma(pixel) / 255.0).collect()
}

#[test]
fn a_seed_means_the_same_bytes_on_every_platform() {
    let first = shapes(500, &[], 0);
    // Computed once, natively; the same in wasm. A change means that every seed means other images.
    assert_eq!(checksum(&pixels(&first.train)), 0x767f3c0ef0efc587);
    assert_eq!(checksum(&first.train.labels), 0x6ef53ee9387d7f47);
    assert_eq!(checksum(&pixels(&first.test)), 0xc3f2e40afbfb39a1);
    assert_eq!(first, shapes(500, &[], 0));
    assert_ne!(first.train, shapes(500, &[], 1).train);
}

#[test]
fn images_do_not_depend_on_how_many_there_are() {
    let (few, many) = (shapes(37, &[], 7), shapes(230, &[], 7));
    assert_eq!(pixels(&few.train), pixels(&many.train)[..37 * 3072]);
    assert_eq!(few.train.labels, many.train.labels[..37]);
    assert_eq!(few.test, many.test);
}

#[test]
fn no_image_is_in_two_splits_and_classes_are_balanced() {
    let dataset = shapes(400, &[("validation", Value::Int(100))], 0);
    let splits = [&dataset.train, &dataset.validation, &dataset.test];
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        assert!(splits[one].iter().all(|image| splits[other].iter().all(|other| other != image)), "{one} and {other}");
    }
    let count = |images: &Images, class| images.labels.iter().filter(|&&label| label == class).count();
    for class in 0..10 {
        assert_eq!(splits.map(|images| count(images, class)), [40, 10, 10]);
    }
    // No stride through the images picks out a class.
    assert!(
        (0..10).all(|start| dataset
            .train
            .labels
            .iter()
            .skip(start)
            .step_by(10)
            .any(|&label| label != dataset.train.labels[start]))
    );
    assert_eq!(dataset.classes.len(), 10);
}

#[test]
fn the_shortcut_ties_colour_to_shape_in_all_splits() {
    for (shortcut, low, high) in [(0.0, 0.0, 0.12), (0.5, 0.42, 0.65), (1.0, 1.0, 1.0)] {
        let dataset = shapes(1000, &[("shortcut", Value::Float(shortcut)), ("validation", Value::Int(1000))], 3);
        for (hues, images) in
            values(&dataset, "foreground hue").into_iter().zip([&dataset.train, &dataset.validation, &dataset.test])
        {
            let own =
                hues.iter().zip(&images.labels).filter(|(hue, label)| apart(**hue, f32::from(**label) / 10.0) <= 0.0301).count();
            let share = own as f32 / hues.len() as f32;
            assert!((low..=high).contains(&share), "{share} of the hues with a shortcut of {shortcut}");
        }
    }
}

#[test]
fn without_nuisance_only_the_class_differs() {
    let dataset = shapes(100, &[("nuisance", Value::Float(0.0))], 5);
    let of_class = |class: u8| {
        (0..100).filter(|&index| dataset.train.labels[index] == class).map(|index| dataset.train.image(index)).collect::<Vec<_>>()
    };
    for class in 0..10 {
        let images = of_class(class);
        assert!(images.iter().all(|image| *image == images[0]));
        for other in 0..class {
            let differing = images[0].iter().zip(of_class(other)[0]).filter(|(one, other)| one.abs_diff(**other) > 60).count();
            assert!(differing > 60, "classes {class} and {other} differ in {differing} bytes only");
        }
    }
    for factor in &dataset.factors {
        assert!(
            factor.train.iter().chain(&factor.validation).chain(&factor.test).all(|value| *value == factor.train[0]),
            "{} varies",
            factor.name
        );
    }
}

#[test]
fn factors_cover_their_ranges_and_do_not_give_the_class_away() {
    let dataset = shapes(2000, &[], 11);
    assert!(dataset.factors.len() >= 7);
    for factor in &dataset.factors {
        assert_eq!((factor.train.len(), factor.validation.len(), factor.test.len()), (2000, 50, 100));
        let (low, high) = factor.train.iter().fold((f32::MAX, f32::MIN), |(low, high), &value| (low.min(value), high.max(value)));
        match factor.scale {
            Scale::Circular => assert!(low >= 0.0 && high <= 1.0 && low < 0.02 && high > 0.98, "{}: {low} {high}", factor.name),
            Scale::Categories(count) => {
                assert!((0..count).all(|category| factor.train.iter().filter(|&&value| value == category as f32).count() > 400));
            }
            Scale::Linear => assert!(high - low > 0.1, "{}: {low} {high}", factor.name),
        }
        let all = factor.train.iter().sum::<f32>() / 2000.0;
        for class in 0..10 {
            let of_class = factor.train.iter().zip(&dataset.train.labels).filter(|(_, label)| **label == class);
            let mean = of_class.map(|(value, _)| value).sum::<f32>() / 200.0;
            // At most four and a half standard errors of a mean of 200.
            assert!(
                (mean - all).abs() < 4.5 * (high - low) / 2.5 / 200f32.sqrt(),
                "{} of class {class}: {mean}, all {all}",
                factor.name
            );
        }
    }
}

#[test]
fn shapes_stand_out_where_and_as_their_factors_say() {
    let dataset = shapes(2000, &[], 2);
    let [lightness, across, down, size] =
        ["foreground lightness", "horizontal position", "vertical position", "size"].map(|name| values(&dataset, name)[0]);
    for index in (0..2000).filter(|&index| dataset.train.labels[index] == 0) {
        let lumas = lumas(dataset.train.image(index));
        let centre = |shift: f32| ((shift + 0.5) * 32.0) as usize;
        let middle = lumas[centre(down[index]) * 32 + centre(across[index])];
        assert!((middle - lightness[index]).abs() < 0.2, "image {index}: luma {middle}, factor {}", lightness[index]);
        // Every pixel well inside the disc is lighter, or every one darker, than every pixel well outside.
        let distance = |pixel: usize| {
            let [x, y] = [pixel % 32, pixel / 32].map(|index| (index as f32 + 0.5) / 32.0 - 0.5);
            ((x - across[index]).powi(2) + (y - down[index]).powi(2)).sqrt() - 0.85 * size[index]
        };
        let (inside, outside): (Vec<_>, Vec<_>) =
            (0..1024).filter(|&pixel| distance(pixel).abs() > 1.0 / 32.0).partition(|&pixel| distance(pixel) < 0.0);
        let range = |pixels: &[usize]| {
            pixels.iter().fold((1f32, 0f32), |(low, high), &pixel| (low.min(lumas[pixel]), high.max(lumas[pixel])))
        };
        let (inside, outside) = (range(&inside), range(&outside));
        assert!(inside.0 > outside.1 + 0.05 || inside.1 < outside.0 - 0.05, "image {index}: {inside:?} on {outside:?}");
    }
}

#[test]
fn every_side_that_is_a_multiple_of_four_works() {
    for side in 8..=64 {
        let drawn = load(
            &choice("shapes", &[("side", Value::Int(side)), ("train", Value::Int(16)), ("test", Value::Int(16))]),
            0,
            &DroppedArchives::default(),
        );
        assert_eq!(drawn.is_ok(), side % 4 == 0, "side {side}");
        let Ok(dataset) = drawn else { continue };
        assert_eq!(pixels(&dataset.train).len(), 16 * dataset.train.stride());
        assert_eq!(dataset.report().side, side as usize);
    }
}

#[test]
fn statistics_are_those_of_the_training_images() {
    let dataset = shapes(120, &[], 9);
    for channel in 0..3 {
        let pixels: Vec<f64> = (0..120)
            .flat_map(|index| {
                dataset.train.image(index)[channel * 1024..(channel + 1) * 1024].iter().map(|&pixel| f64::from(pixel) / 255.0)
            })
            .collect();
        let mean = pixels.iter().sum::<f64>() / pixels.len() as f64;
        let deviation = (pixels.iter().map(|pixel| (pixel - mean).powi(2)).sum::<f64>() / pixels.len() as f64).sqrt();
        assert!(
            (mean - f64::from(dataset.mean[channel])).abs() < 1e-6
                && (deviation - f64::from(dataset.deviation[channel])).abs() < 1e-6
        );
    }
}

#[test]
fn thumbnails_interleave_the_planes() {
    let images = Images::new(2, (0..24).collect(), vec![0, 1]);
    let mut rgba = vec![9];
    images.rgba(1, &mut rgba);
    assert_eq!(rgba, [9, 12, 16, 20, 255, 13, 17, 21, 255, 14, 18, 22, 255, 15, 19, 23, 255]);
}
