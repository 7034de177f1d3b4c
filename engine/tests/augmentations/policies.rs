//! Do policies make the same views on host and device, in any order?

use super::*;

#[test]
fn host_and_device_make_the_same_views() {
    let (mean, deviation) = ([0.49, 0.48, 0.45], [0.25, 0.24, 0.26]);
    let mut policies: Vec<(String, Policy)> = cards()
        .into_iter()
        .map(|card| (card.name.clone(), Policy::new(&[choice(&card.name, &[("probability", 0.8)])])))
        .collect();
    policies.push(("all".into(), everything()));
    policies.push(("defaults".into(), Policy::new(&cards().iter().map(|card| choice(&card.name, &[])).collect::<Vec<_>>())));
    for side in [8, 13, 32] {
        let images = random_images(side, 5);
        let rows: Vec<usize> = (0..96).map(|at| at % 5).collect();
        for (name, policy) in &policies {
            let draws = draws(policy, side, rows.len());
            let host = policy.views(&images, &rows, &draws, mean, deviation);
            let device = download(policy.views_on_device(on_device(&images, &rows), &draws, mean, deviation));
            // Normalisation divides by about a quarter: 1e-5 on pixels is 4e-5 here.
            near(&device, &host, 4e-5, &format!("{name} at {side} pixels"));
            assert!(
                host.iter().zip(policy.views(&images, &rows, &draws, mean, deviation)).all(|(a, b)| *a == b),
                "same draws, same views"
            );
        }
    }
}

#[test]
fn views_keep_shape_and_range() {
    let images = random_images(32, 4);
    let rows = [0, 1, 2, 3].repeat(32);
    let policy = everything();
    let draws = draws(&policy, 32, rows.len());
    let host = policy.views(&images, &rows, &draws, [0.0; 3], [1.0; 3]);
    assert_eq!(host.len(), rows.len() * 32 * 32 * 3);
    assert!(host.iter().all(|value| (0.0..=1.0).contains(value)), "host values in [0, 1]");
    let device = policy.views_on_device(on_device(&images, &rows), &draws, [0.0; 3], [1.0; 3]);
    assert_eq!(device.dims(), [rows.len(), 32, 32, 3]);
    // Averages of values up to 1 may exceed it by a rounding.
    assert!(download(device).iter().all(|value| (-1e-6..=1.0 + 1e-6).contains(value)), "device values in [0, 1]");
}

#[test]
fn normalisation_comes_last() {
    let images = Images::new(1, vec![51, 102, 255], vec![0]);
    let policy = Policy::new(&[choice("grayscale", &[("probability", 1.0)])]);
    let draws = draws(&policy, 1, 1);
    let gray = 0.2989 * 0.2 + 0.587 * 0.4 + 0.114;
    let expected = [(gray - 0.5) / 0.25, (gray - 0.4) / 0.5, gray / 0.1];
    near(&policy.views(&images, &[0], &draws, [0.5, 0.4, 0.0], [0.25, 0.5, 0.1]), &expected, 1e-5, "gray, then normalised");
}

#[test]
fn the_same_seed_draws_the_same_and_knobs_do_not_disturb_the_others() {
    let all = |settings: &[(&str, f64)]| {
        let of = |card: &augsphere_spec::Card| choice(&card.name, if card.name == "flip" { settings } else { &[] });
        Policy::new(&cards().iter().map(of).collect::<Vec<_>>())
    };
    let (usual, never) = (draws(&all(&[]), 32, 500), draws(&all(&[("probability", 0.0)]), 32, 500));
    assert_eq!(usual, draws(&all(&[]), 32, 500));
    let without = Policy::new(&[choice("crop", &[]), choice("jitter", &[])]);
    for ((usual, never), two) in usual.iter().zip(&never).zip(draws(&without, 32, 500)) {
        assert_eq!(never[1], Params::Nothing);
        assert_eq!((usual[0], &usual[2..]), (never[0], &never[2..]), "no flip, same crop and colours");
        assert_eq!((usual[0], usual[2]), (two[0], two[1]), "a subset draws what the whole policy draws");
    }
    let policy = all(&[]);
    let mut source = stream(9, Purpose::Augmentations, 0);
    assert_ne!(policy.draw(&mut source, 32), policy.draw(&mut source, 32), "the two views of an image differ");
}

#[test]
fn every_knob_may_change_during_a_run_and_has_words() {
    assert_eq!(
        cards().iter().map(|card| card.name.as_str()).collect::<Vec<_>>(),
        ["crop", "flip", "jitter", "grayscale", "blur", "solarize", "rotation", "cutout", "shift", "noise"],
        "the place in the list is a random stream: new ones go last"
    );
    for card in cards() {
        assert!(!card.title.is_empty() && card.summary.ends_with('.'), "{} says what it is", card.name);
        for shared in ["probability", "strength", "order"] {
            assert!(card.knob(shared).is_some(), "{} has a {shared}", card.name);
        }
        assert!(card.knobs.iter().all(|knob| knob.live && knob.help.ends_with('.')), "{}", card.name);
    }
}

#[test]
fn the_order_changes_the_pixels_and_not_the_draws() {
    let images = random_images(16, 3);
    let rows = [0, 1, 2].repeat(4);
    let policy = |places: [f64; 3]| {
        let jitter = [("order", places[0]), ("probability", 1.0), ("brightness", 0.9)];
        Policy::new(&[
            choice("jitter", &jitter),
            choice("solarize", &[("order", places[1]), ("probability", 1.0)]),
            choice("crop", &[("order", places[2])]),
        ])
    };
    let views = |places| {
        let policy = policy(places);
        let draws = draws(&policy, 16, rows.len());
        let device = download(policy.views_on_device(on_device(&images, &rows), &draws, [0.0; 3], [1.0; 3]));
        (policy.views(&images, &rows, &draws, [0.0; 3], [1.0; 3]), device, draws)
    };
    let mut seen: Vec<Vec<f32>> = Vec::new();
    for places in [[1., 2., 3.], [1., 3., 2.], [2., 1., 3.], [3., 1., 2.], [2., 3., 1.], [3., 2., 1.]] {
        let (host, device, draws) = views(places);
        assert_eq!(draws, views([1., 2., 3.]).2, "draws do not depend on the order");
        // A value within a rounding of the threshold may fall on either side of it.
        let far = host.iter().zip(&device).filter(|(host, device)| (*host - *device).abs() > 1e-5).count();
        assert!(far * 10_000 <= host.len(), "host and device in the order {places:?}: {far} values differ");
        assert!(!seen.contains(&host), "{places:?} gives views of its own");
        seen.push(host);
    }
    // Equal places: in the order of the list, which is crop, jitter, solarize.
    assert_eq!(views([5., 5., 5.]).0, views([2., 3., 1.]).0);
}

#[test]
fn joined_launches_equal_single_ones() {
    let usual: [(&str, &[(&str, f64)]); 9] = [
        ("crop", &[]),
        ("flip", &[]),
        ("jitter", &[("brightness", 0.9), ("contrast", 1.2), ("hue", 0.5)]),
        ("grayscale", &[("probability", 0.3)]),
        ("solarize", &[("probability", 0.5)]),
        ("blur", &[("probability", 0.5)]),
        ("shift", &[("probability", 0.5)]),
        ("rotation", &[("probability", 0.5)]),
        ("cutout", &[("probability", 0.5), ("side", 5.0)]),
    ];
    // Places of crop, flip, jitter, grayscale, solarize, blur, shift, rotation, cutout. The solarize meets whole bytes.
    let orders =
        [[4, 5, 2, 3, 1, 6, 7, 8, 9], [5, 4, 2, 3, 1, 8, 7, 6, 9], [8, 7, 2, 6, 1, 5, 4, 9, 3], [7, 9, 3, 2, 1, 5, 6, 8, 4]];
    let images = random_images(13, 5);
    let rows: Vec<usize> = (0..40).map(|at| at % 5).collect();
    for (interpolation, order) in ["bilinear", "bicubic", "bilinear", "bicubic"].into_iter().zip(orders) {
        let mut choices: Vec<Choice> = usual.iter().map(|(kind, settings)| choice(kind, settings)).collect();
        choices.iter_mut().zip(order).for_each(|(choice, place)| choice.knobs.set("order", place));
        choices[0].knobs.set("interpolation", interpolation);
        let policy = Policy::new(&choices);
        let draws = draws(&policy, 13, rows.len());
        let joined = download(policy.views_on_device(on_device(&images, &rows), &draws, [0.0; 3], [1.0; 3]));
        let mut single = on_device(&images, &rows);
        for place in 1..=9 {
            let at = order.iter().position(|known| *known == place).expect("every place once");
            let own: Vec<Vec<Params>> = draws.iter().map(|draws| vec![draws[at]]).collect();
            single = Policy::new(&choices[at..=at]).views_on_device(single, &own, [0.0; 3], [1.0; 3]);
        }
        near(&joined, &download(single), 1e-5, &format!("order {order:?}"));
        let host = policy.views(&images, &rows, &draws, [0.0; 3], [1.0; 3]);
        near(&joined, &host, 2e-5, &format!("host, order {order:?}"));
    }
}

#[test]
fn variants_are_all_combinations_without_numbers() {
    let none: &[(&str, f64)] = &[];
    let names = |choices: &[Choice]| {
        let policy = Policy::new(choices);
        policy.variants().iter().map(|draws| policy.words(draws)).collect::<Vec<_>>()
    };
    let default: Vec<Choice> = cards().iter().map(|card| choice(&card.name, none)).collect();
    assert_eq!(names(&default), ["mirrored", "gray", "mirrored; gray"]);
    let fixed = [("probability", 0.1), ("sigma_min", 1.0), ("sigma_max", 1.0)];
    let more = [choice("flip", none), choice("solarize", &[("probability", 0.2)]), choice("blur", &fixed)];
    assert_eq!(
        names(&more),
        [
            "mirrored",
            "solarized",
            "mirrored; solarized",
            "blur 1.0 px",
            "mirrored; blur 1.0 px",
            "blur 1.0 px; solarized",
            "mirrored; blur 1.0 px; solarized"
        ]
    );
    assert_eq!(names(&[choice("flip", &[("probability", 0.0)]), choice("crop", none)]), [""; 0]);
    assert_eq!(names(&[]), [""; 0]);
    // A policy can draw each of its variants but for the share of the others.
    let policy = Policy::new(&default[1..4]);
    assert!(policy.variants().iter().all(|variant| variant.len() == 3));
    assert_eq!(policy.original(), vec![Params::Nothing; 3]);
}

#[test]
fn packed_bytes_become_the_rows_that_are_asked_for() {
    let images = random_images(4, 5);
    // Pixels interleaved, four bytes to a word, the lowest first.
    let bytes: Vec<u8> = (0..5)
        .flat_map(|image| (0..48).map(move |at| (image, at)))
        .map(|(image, at)| images.image(image)[at % 3 * 16 + at / 3])
        .collect();
    let words: Vec<i32> = bytes.chunks_exact(4).map(|four| i32::from_le_bytes(four.try_into().expect("four"))).collect();
    let packed: Tensor<2, Int> = Tensor::from_data(TensorData::new(words, [5, 12]), &device());
    let rows = [4, 0, 4, 2, 3, 1, 0];
    near(&download(unpack(packed, &rows, 4)), &download(on_device(&images, &rows)), 1e-7, "unpacked");
}

#[test]
fn the_smallest_images_are_changed_too() {
    for side in [1, 2, 3] {
        let images = random_images(side, 4);
        let rows = [0, 1, 2, 3].repeat(8);
        for strength in [1.0, 2.0] {
            // Without solarize, which takes a rounding across its threshold.
            let mut choices: Vec<Choice> = cards()
                .iter()
                .filter(|card| card.name != "solarize")
                .map(|card| choice(&card.name, &[("probability", 0.7), ("strength", strength)]))
                .collect();
            let blur = choices.iter_mut().find(|choice| choice.kind == "blur").expect("the list has a blur");
            blur.knobs.set("kernel", 9_i64);
            let policy = Policy::new(&choices);
            let draws = draws(&policy, side, rows.len());
            let host = policy.views(&images, &rows, &draws, [0.0; 3], [1.0; 3]);
            let device = policy.views_on_device(on_device(&images, &rows), &draws, [0.0; 3], [1.0; 3]);
            near(&download(device), &host, 2e-5, &format!("side {side}, strength {strength}"));
            assert!(host.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}
