//! Are the same parameters drawn everywhere, do they say what they do, and does an augmentation heed its own only?

use super::*;

/// The numbers of one augmentation in the order of their names, filled up with zeros to eight: what the hash below is taken of.
fn numbers(params: &Params) -> [f32; 8] {
    let mut numbers = [0.0; 8];
    let own = match *params {
        Params::Nothing => vec![],
        Params::Crop { top, left, height, width, area } => vec![top as f32, left as f32, height as f32, width as f32, area],
        Params::Flip | Params::Grayscale => vec![1.0],
        Params::Jitter { brightness, contrast, saturation, hue, turns } => {
            [[brightness, contrast, saturation, hue], turns.map(f32::from)].concat()
        }
        Params::Blur { sigma } => vec![sigma],
        other => panic!("{other:?} is not drawn here"),
    };
    numbers[..own.len()].copy_from_slice(&own);
    numbers
}

#[test]
fn draws_have_these_very_bits() {
    // The same on every platform: the test suite runs natively and in browsers.
    let policy = everything();
    let draws = draws(&policy, 32, 3);
    let bits = draws
        .iter()
        .flatten()
        .flat_map(numbers)
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, value| (hash ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3));
    assert_eq!(bits, 9_323_054_940_662_836_670, "draws: {draws:?}");
}

#[test]
fn draws_can_be_said_in_words() {
    let policy = Policy::new(&cards().iter().map(|card| choice(&card.name, &[])).collect::<Vec<_>>());
    let mut draws = vec![
        Crop::window(3, 2, 24, 26, 32),
        Params::Flip,
        Jitter::factors(1.21, 1.0, 0.7, -0.04, BRIGHTNESS_FIRST),
        Params::Grayscale,
        Params::Blur { sigma: 1.0 },
    ];
    let usual = "mirrored; brightness 1.21, saturation 0.70, hue -0.04; gray; blur 1.0 px";
    assert_eq!(policy.words(&draws), format!("crop 61 %, aspect 1.08; {usual}"));
    draws.extend([
        Params::Solarize { threshold: 0.5 },
        Params::Rotation { degrees: 12.4 },
        Params::Cutout { side: 16, row: 3, column: 4, fill: 0.47 },
        Params::Shift { down: -3, right: 2 },
        Params::Noise { deviation: 0.05, seed: [7, 8] },
    ]);
    assert_eq!(
        policy.words(&draws),
        format!(
            "crop 61 %, aspect 1.08; moved 3 px down and 2 px left; rotated +12°; {usual}; solarized; noise 0.05; cut out 16 px"
        )
    );
    assert_eq!(policy.words(&policy.original()), "");
    assert_eq!(Policy::new(&[choice("shift", &[])]).words(&[Params::Shift { down: 0, right: 0 }]), "", "not moved at all");
    let gentle = Policy::new(&[choice("jitter", &[])]);
    assert_eq!(gentle.words(&[Jitter::factors(1.0, 1.0, 1.0, 0.04, BRIGHTNESS_FIRST)]), "hue +0.04");
}

/// Whatever a person hands over: what is meant for another augmentation changes nothing, on the host, on the device, in words.
#[test]
fn parameters_of_another_augmentation_are_nothing() {
    let all = [
        Crop::window(1, 1, 3, 2, 5),
        Params::Flip,
        Jitter::factors(1.5, 0.5, 0.25, 0.2, CONTRAST_FIRST),
        Params::Grayscale,
        Params::Blur { sigma: 1.0 },
        Params::Solarize { threshold: 0.5 },
        Params::Rotation { degrees: 90.0 },
        Params::Cutout { side: 3, row: 2, column: 2, fill: 0.47 },
        Params::Shift { down: 1, right: 2 },
        Params::Noise { deviation: 0.2, seed: [7, 8] },
    ];
    let planes = random_planes(5, 11);
    let none = knobs("flip", &[]);
    let each: [Box<dyn Augmentation>; 10] = [
        Box::new(Crop::new(&knobs("crop", &[]))),
        Box::new(Flip::new(&none)),
        Box::new(jitter(&[])),
        Box::new(Grayscale::new(&none)),
        Box::new(Blur::new(&knobs("blur", &[]))),
        Box::new(Solarize::new(&knobs("solarize", &[]))),
        Box::new(Rotation::new(&knobs("rotation", &[]))),
        Box::new(Cutout::new(&knobs("cutout", &[]))),
        Box::new(Shift::new(&knobs("shift", &[]))),
        Box::new(Noise::new(&knobs("noise", &[]))),
    ];
    for (own, (augmentation, card)) in each.iter().zip(cards()).enumerate() {
        for (kind, &params) in all.iter().enumerate() {
            let what = format!("{} with {params:?}", card.name);
            let changed = both(augmentation.as_ref(), params, 5, &planes).map(|found| found != planes);
            assert_eq!(changed, [kind == own; 2], "{what}: changed on host and device");
            assert_eq!(augmentation.words(&params).is_some(), kind == own, "{what}: words");
            let launch = augmentation.launch(&params, 5);
            let idle = launch == Launch::Own || launch == augmentation.launch(&Params::Nothing, 5);
            assert!(kind == own || idle, "{what}: {launch:?}");
        }
    }
}
