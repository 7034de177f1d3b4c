//! Do the augmentations draw what they say they draw?
//!
//! Seeds are fixed, so a test passes or fails for good. The level says how likely a right generator would have failed it.

use super::*;

/// Mean and standard deviation of 60,000 draws.
fn moments(value: impl Fn(u64) -> f64) -> (f64, f64) {
    let values: Vec<f64> = (0..60_000).map(value).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, square.sqrt())
}

/// A mean of 60,000 draws may be 4.4 standard errors off: a right generator fails one seed in 100,000.
#[track_caller]
fn level(mean: f64, expected: f64, deviation: f64, what: &str) {
    let error = deviation / 60_000.0_f64.sqrt();
    assert!((mean - expected).abs() < 4.4 * error, "{what}: {mean}, not {expected} (standard error {error})");
}

#[test]
fn crops_have_torchvisions_areas() {
    for (scale_min, area, deviation) in [(0.08, 0.490_39, 0.240_50), (0.2, 0.550_93, 0.206_79), (0.5, 0.703_65, 0.124_62)] {
        let crop = Crop::new(&knobs("crop", &[("scale_min", scale_min)]));
        // Top, left, height and width of a crop, and its share of the image.
        let draws = |index| match crop.draw(&mut stream(1, Purpose::Augmentations, index), 32) {
            Params::Crop { top, left, height, width, area } => ([top, left, height, width].map(f64::from), f64::from(area)),
            other => panic!("{other:?} is no crop"),
        };
        let (mean, spread) = moments(|index| draws(index).1);
        level(mean, area, deviation, "mean area");
        assert!((spread / deviation - 1.0).abs() < 0.02, "deviation of the area: {spread}, not {deviation}");
        if scale_min == 0.08 {
            let (height, spread) = moments(|index| draws(index).0[2]);
            // The reference has two decimals.
            assert!((height - 21.69).abs() < 0.005 + 4.4 * spread / 245.0, "mean height {height}");
            let (full, _) = moments(|index| f64::from(u8::from(draws(index).1 == 1.0)));
            level(full, 0.0021, 0.0021_f64.sqrt(), "share of full images");
            let inside =
                |[top, left, height, width]: [f64; 4]| top + height <= 32.0 && left + width <= 32.0 && height * width > 0.0;
            assert!((0..60_000).all(|index| inside(draws(index).0)), "a crop lies in the image");
            for (place, length) in [(0, 2), (1, 3)] {
                let (offset, spread) = moments(|index| draws(index).0[place] - (32.0 - draws(index).0[length]) / 2.0);
                level(offset, 0.0, spread, "crops are centred on average");
            }
        }
    }
}

#[test]
fn each_applies_as_often_as_its_knob_says() {
    for card in cards() {
        for probability in [0.0, 0.3, 0.8, 1.0] {
            let policy = Policy::new(&[choice(&card.name, &[("probability", probability)])]);
            let applied = |index| policy.draw(&mut stream(3, Purpose::Augmentations, index), 32)[0] != Params::Nothing;
            let (mean, _) = moments(|index| f64::from(u8::from(applied(index))));
            if probability == 0.0 || probability == 1.0 {
                assert_eq!(mean, probability, "{} at {probability}", card.name);
            } else {
                level(mean, probability, (probability * (1.0 - probability)).sqrt(), &card.name);
            }
        }
    }
}

#[test]
fn one_augmentation_tells_nothing_of_another() {
    let half = |kind| choice(kind, &[("probability", 0.5)]);
    let policy = Policy::new(&[half("flip"), half("grayscale"), half("blur")]);
    let draws = draws(&policy, 32, 60_000);
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let applies = |index: u64, which: usize| draws[index as usize][which] != Params::Nothing;
        let (both, _) = moments(|index| f64::from(u8::from(applies(index, one) && applies(index, other))));
        level(both, 0.25, (0.25_f64 * 0.75).sqrt(), "both apply");
    }
}

#[test]
fn factors_are_uniform_and_orders_equally_likely() {
    let strong = jitter(&[("probability", 1.0), ("brightness", 1.5), ("hue", 0.5)]);
    let draw = |index| match strong.draw(&mut stream(4, Purpose::Augmentations, index), 32) {
        Params::Jitter { brightness, contrast, saturation, hue, turns } => ([brightness, contrast, saturation, hue], turns),
        other => panic!("{other:?} is no jitter"),
    };
    let draws: Vec<([f32; 4], [u8; 4])> = (0..60_000).map(draw).collect();
    // Brightness in 0..2.5, contrast in 0.6..1.4, hue in -0.5..0.5: mean and width over the square root of 12.
    for (place, low, high) in [(0, -1.0, 1.5), (1, -0.4, 0.4), (2, -0.4, 0.4), (3, -0.5, 0.5)] {
        let (mean, _) = moments(|index| f64::from(draws[index as usize].0[place]));
        level(mean, (low + high) / 2.0, (high - low) / 12.0_f64.sqrt(), &format!("factor {place}"));
        assert!(draws.iter().all(|(changes, _)| (low - 1e-6..=high + 1e-6).contains(&f64::from(changes[place]))));
    }
    let mut counts = std::collections::BTreeMap::new();
    for (_, turns) in &draws {
        *counts.entry(*turns).or_insert(0.0) += 1.0;
    }
    assert_eq!(counts.len(), 24, "all orders occur");
    // Chi-squared with 23 degrees of freedom exceeds 65 once in 100,000.
    let chi: f64 = counts.values().map(|count: &f64| (count - 2500.0).powi(2) / 2500.0).sum();
    assert!(chi < 65.0, "orders are equally likely: chi-squared {chi}");
}

#[test]
fn sigma_is_uniform() {
    let blur = Blur::new(&knobs("blur", &[("probability", 1.0)]));
    let (mean, _) = moments(|index| match blur.draw(&mut stream(6, Purpose::Augmentations, index), 32) {
        Params::Blur { sigma } => f64::from(sigma),
        other => panic!("{other:?} is no blur"),
    });
    level(mean, 1.05, 1.9 / 12.0_f64.sqrt(), "sigma");
}

#[test]
fn angles_places_and_offsets_are_uniform() {
    // An angle, or two whole numbers.
    let numbers = |params| match params {
        Params::Rotation { degrees } => [f64::from(degrees), 0.0],
        Params::Shift { down, right } => [f64::from(down), f64::from(right)],
        Params::Cutout { row, column, .. } => [f64::from(row), f64::from(column)],
        other => panic!("{other:?} was not asked for"),
    };
    let draws = |augmentation: &dyn Augmentation| {
        let draw = |index| numbers(augmentation.draw(&mut stream(10, Purpose::Augmentations, index), 32));
        (0..60_000).map(draw).collect::<Vec<_>>()
    };
    let rotations = draws(&Rotation::new(&knobs("rotation", &[("probability", 1.0), ("degrees", 30.0)])));
    let (mean, spread) = moments(|index| rotations[index as usize][0]);
    level(mean, 0.0, 60.0 / 12.0_f64.sqrt(), "angle");
    assert!((spread * 12.0_f64.sqrt() / 60.0 - 1.0).abs() < 0.02, "deviation of the angle {spread}");
    assert!(rotations.iter().all(|draw| draw[0].abs() <= 30.0));
    let shifts = draws(&Shift::new(&knobs("shift", &[("probability", 1.0)])));
    let squares = draws(&Cutout::new(&knobs("cutout", &[("probability", 1.0)])));
    // Chi-squared with 8 degrees of freedom exceeds 43 once in a million, with 31 it exceeds 92.
    for (draws, place, first, count, most) in
        [(&shifts, 0, -4, 9, 43.0), (&shifts, 1, -4, 9, 43.0), (&squares, 0, 0, 32, 92.0), (&squares, 1, 0, 32, 92.0)]
    {
        let mut counts = vec![0.0_f64; count];
        for draw in draws {
            counts[(draw[place] as i32 - first) as usize] += 1.0;
        }
        let expected = 60_000.0 / count as f64;
        let chi: f64 = counts.iter().map(|found| (found - expected).powi(2) / expected).sum();
        assert!(chi < most, "place {place} of {count}: chi-squared {chi}");
    }
}
