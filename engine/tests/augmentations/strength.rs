//! Does the strength scale what the papers scale, and is nothing left of an augmentation at 0?

use super::*;

/// One of the numbers that were drawn.
type Number<'a> = &'a dyn Fn(&Params) -> f32;

#[test]
fn strength_zero_and_probability_zero_are_the_identity() {
    let images = random_images(9, 3);
    let rows = [2, 0, 1];
    let original = download(on_device(&images, &rows));
    let gentle = [
        choice("crop", &[("scale_min", 1.0)]),
        choice("flip", &[("probability", 0.0)]),
        choice("jitter", &[("probability", 1.0), ("brightness", 0.0), ("contrast", 0.0), ("saturation", 0.0), ("hue", 0.0)]),
        choice("grayscale", &[("probability", 0.0)]),
        choice("blur", &[("probability", 1.0), ("sigma_min", 0.05), ("sigma_max", 0.05)]),
    ];
    let never: Vec<Choice> = cards().iter().map(|card| choice(&card.name, &[("probability", 0.0)])).collect();
    for choices in [&gentle[..], &never, &[]] {
        let policy = Policy::new(choices);
        let draws = draws(&policy, 9, 3);
        near(&policy.views(&images, &rows, &draws, [0.0; 3], [1.0; 3]), &original, 0.0, "host");
        near(&download(policy.views_on_device(on_device(&images, &rows), &draws, [0.0; 3], [1.0; 3])), &original, 0.0, "device");
    }
}

#[test]
fn nothing_is_changed_at_strength_zero() {
    // White and black too: an inverted threshold of 1 would still meet white.
    let mut bytes: Vec<u8> = random_images(12, 6).iter().flatten().copied().collect();
    bytes[..3].copy_from_slice(&[255, 0, 128]);
    let images = Images::new(12, bytes, vec![0; 6]);
    let rows: Vec<usize> = (0..60).map(|at| at % 6).collect();
    let original = download(on_device(&images, &rows));
    for card in cards() {
        let policy = Policy::new(&[choice(&card.name, &[("probability", 1.0), ("strength", 0.0)])]);
        let draws = draws(&policy, 12, rows.len());
        near(&policy.views(&images, &rows, &draws, [0.0; 3], [1.0; 3]), &original, 0.0, &card.name);
        let device = policy.views_on_device(on_device(&images, &rows), &draws, [0.0; 3], [1.0; 3]);
        near(&download(device), &original, 0.0, &format!("{} on the device", card.name));
        assert_eq!(policy.variants().len(), 0, "{} has no variants at strength 0", card.name);
        assert_eq!(policy.words(&policy.original()), "");
    }
}

#[test]
fn the_strength_scales_what_the_papers_scale() {
    let at = |kind: &str, strength: f64, settings: &[(&str, f64)]| {
        let policy = Policy::new(&[choice(kind, &[&[("probability", 1.0), ("strength", strength)], settings].concat())]);
        draws(&policy, 32, 4000).into_iter().map(|draws| draws[0]).collect::<Vec<Params>>()
    };
    // The number that the strength scales.
    let brightness = |params: &Params| if let Params::Jitter { brightness, .. } = *params { brightness } else { f32::NAN };
    let hue = |params: &Params| if let Params::Jitter { hue, .. } = *params { hue } else { f32::NAN };
    let number = |params: &Params| match *params {
        Params::Rotation { degrees } => degrees,
        Params::Shift { down, .. } => down as f32,
        Params::Blur { sigma } => sigma,
        Params::Crop { area, .. } => area,
        _ => f32::NAN,
    };
    let ends = |draws: &[Params], number: Number| {
        let numbers: Vec<f32> = draws.iter().map(number).collect();
        assert!(numbers.iter().all(|number| !number.is_nan()), "{draws:?}");
        numbers.into_iter().fold((f32::MAX, f32::MIN), |(low, high), number| (low.min(number), high.max(number)))
    };
    // Factors and angles: the same random numbers, scaled.
    let scaled: [(&str, Number, f32, f32); 4] = [
        ("jitter", &brightness, 0.2, 0.4),
        ("jitter", &hue, 0.05, 0.1),
        ("rotation", &number, 45.0, 90.0),
        ("shift", &number, 2.0, 4.0),
    ];
    for (kind, number, half, full) in scaled {
        for (strength, most) in [(0.5, half), (1.0, full)] {
            let (low, high) = ends(&at(kind, strength, &[]), number);
            assert!(high <= most && high > 0.99 * most && low >= -most && low < -0.99 * most, "{kind} {strength}: {low} {high}");
        }
    }
    assert!(ends(&at("jitter", 2.0, &[("hue", 0.4)]), &hue).1 <= 0.5, "hue stays within half a circle");
    let (low, high) = ends(&at("blur", 0.5, &[]), &number);
    assert!((0.05..0.06).contains(&low) && high <= 1.0 && high > 0.99, "sigma: {low} to {high}");
    assert!(at("noise", 0.5, &[]).iter().all(|params| matches!(params, Params::Noise { deviation: 0.025, .. })));
    assert!(at("cutout", 0.5, &[]).iter().all(|params| matches!(params, Params::Cutout { side: 8, .. })));
    // Areas from 1 - .5 (1 - .08) = .54 on; sides are rounded to whole pixels.
    let (low, _) = ends(&at("crop", 0.5, &[]), &number);
    assert!((0.5..0.56).contains(&low), "smallest area {low}");
    let shape = |params: &Params| match *params {
        Params::Crop { height, width, .. } => width as f32 / height as f32,
        _ => f32::NAN,
    };
    let (_, widest) = ends(&at("crop", 0.5, &[]), &shape);
    assert!((1.1..1.2).contains(&widest), "widest shape {widest}, the square root of 4/3 but for rounding");
    for kind in ["flip", "grayscale"] {
        let often = |strength: f64, probability: f64| {
            let draws = at(kind, strength, &[("probability", probability)]);
            draws.iter().filter(|params| **params != Params::Nothing).count()
        };
        assert_eq!((often(2.0, 0.6), often(1.0, 0.0)), (4000, 0), "{kind}: the probability stops at 1");
        // 4000 draws at .3: a right generator is 145 off once in a million.
        assert!(often(0.5, 0.6).abs_diff(1200) < 145, "{kind}: the probability is scaled");
    }
}
