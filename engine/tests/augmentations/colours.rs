//! Do the colour operations compute what torchvision computes?

use super::*;

#[test]
fn grayscale_has_torchvisions_weights() {
    let gray = [0.198_28, 0.413_06, 0.764_64, 0.529_22];
    let grayscale = Grayscale::new(&knobs("grayscale", &[("probability", 1.0)]));
    let draw = grayscale.draw(&mut stream(0, Purpose::Augmentations, 0), 2);
    agree(&grayscale, draw, [gray; 3], 1e-6, "gray");
}

#[test]
fn brightness_scales_and_clamps() {
    let draw = Jitter::factors(1.5, 1.0, 1.0, 0.0, BRIGHTNESS_FIRST);
    agree(&jitter(&[]), draw, [[0.3, 0.6, 0.9, 1.0], [0.15, 0.75, 1.0, 0.45], [1.0, 0.0, 0.75, 1.0]], 1e-6, "brightness 1.5");
}

#[test]
fn contrast_blends_with_the_mean_gray() {
    let expected =
        [[0.33815, 0.43815, 0.53815, 0.63815], [0.28815, 0.48815, 0.68815, 0.38815], [0.58815, 0.23815, 0.48815, 0.73815]];
    for turns in [BRIGHTNESS_FIRST, CONTRAST_FIRST] {
        agree(&jitter(&[]), Jitter::factors(1.0, 0.5, 1.0, 0.0, turns), expected, 1e-6, "contrast .5");
    }
}

#[test]
fn saturation_blends_with_each_pixels_gray() {
    let weak = [
        [0.19871, 0.409_795, 0.72348, 0.596_915],
        [0.17371, 0.434_795, 0.79848, 0.471_915],
        [0.32371, 0.309_795, 0.69848, 0.646_915],
    ];
    let strong = [[0.201_376, 0.389_552, 0.468_288, 1.0], [0.021_376, 0.569_552, 1.0, 0.116_624], [1.0, 0.0, 0.288_288, 1.0]];
    agree(&jitter(&[]), Jitter::factors(1.0, 1.0, 0.25, 0.0, BRIGHTNESS_FIRST), weak, 1e-6, "saturation .25");
    agree(&jitter(&[]), Jitter::factors(1.0, 1.0, 1.8, 0.0, BRIGHTNESS_FIRST), strong, 1e-6, "saturation 1.8");
}

#[test]
fn hue_turns_by_a_share_of_the_circle() {
    let forwards = [[0.56, 0.1, 0.5, 1.0], [0.1, 0.5, 0.9, 0.3], [0.7, 0.0, 0.64, 0.78]];
    let backwards = [[0.1, 0.5, 0.9, 0.3], [0.7, 0.0, 0.72, 0.64], [0.68, 0.0, 0.5, 1.0]];
    for turns in [BRIGHTNESS_FIRST, CONTRAST_FIRST, [1, 2, 3, 0]] {
        agree(&jitter(&[]), Jitter::factors(1.0, 1.0, 1.0, 0.1, turns), forwards, 2e-6, "hue +.1");
        agree(&jitter(&[]), Jitter::factors(1.0, 1.0, 1.0, -0.2, turns), backwards, 2e-6, "hue -.2");
    }
}

#[test]
fn the_order_of_the_colour_operations_counts() {
    let brightness_first = [
        [0.334_236, 0.502_236, 0.670_236, 0.838_236],
        [0.250_236, 0.586_236, 0.866_236, 0.418_236],
        [0.754_236, 0.166_236, 0.586_236, 0.866_236],
    ];
    let contrast_first = [
        [0.339_468, 0.507_468, 0.675_468, 0.843_468],
        [0.255_468, 0.591_468, 0.927_468, 0.423_468],
        [0.759_468, 0.171_468, 0.591_468, 1.0],
    ];
    agree(&jitter(&[]), Jitter::factors(1.2, 0.7, 1.0, 0.0, BRIGHTNESS_FIRST), brightness_first, 2e-6, "brightness, contrast");
    agree(&jitter(&[]), Jitter::factors(1.2, 0.7, 1.0, 0.0, CONTRAST_FIRST), contrast_first, 2e-6, "contrast, brightness");
}

/// The textbook way, with its six cases, for one colour.
fn hue_reference([r, g, b]: [f64; 3], shift: f64) -> [f64; 3] {
    let max = r.max(g).max(b);
    let range = max - r.min(g).min(b);
    let saturation = if range == 0.0 { 0.0 } else { range / max };
    let [rc, gc, bc] = [r, g, b].map(|value| if range == 0.0 { 0.0 } else { (max - value) / range });
    let h = if max == r {
        bc - gc
    } else if max == g {
        2.0 + rc - bc
    } else {
        4.0 + gc - rc
    };
    let h = 6.0 * (h / 6.0 + shift).rem_euclid(1.0);
    let (i, f) = (h.floor(), h - h.floor());
    let (v, p, q, t) = (max, max * (1.0 - saturation), max * (1.0 - saturation * f), max * (1.0 - saturation * (1.0 - f)));
    [[v, t, p], [q, v, p], [p, v, t], [p, q, v], [t, p, v], [v, p, q]][i as usize % 6]
}

#[test]
fn hue_equals_the_textbook_on_every_kind_of_colour() {
    // Every colour of a coarse cube: black, white, grays, ties of two channels, pure colours.
    let levels = [0.0, 0.2, 0.5, 0.500_001, 1.0_f32];
    let mut colours: Vec<[f32; 3]> = (0..125).map(|at| [levels[at / 25], levels[at / 5 % 5], levels[at % 5]]).collect();
    colours.resize(144, [0.3, 0.6, 0.9]);
    let planes: Vec<f32> = (0..3).flat_map(|channel| colours.iter().map(move |colour| colour[channel])).collect();
    for shift in [-0.5, -0.31, -0.1, -1e-4, 1e-4, 0.1, 1.0 / 6.0, 0.25, 0.5_f32] {
        let expected: Vec<_> = colours.iter().map(|colour| hue_reference(colour.map(f64::from), f64::from(shift))).collect();
        let expected: Vec<f32> = (0..3).flat_map(|channel| expected.iter().map(move |colour| colour[channel] as f32)).collect();
        for found in both(&jitter(&[]), Jitter::factors(1.0, 1.0, 1.0, shift, BRIGHTNESS_FIRST), 12, &planes) {
            near(&found, &expected, 3e-6, &format!("hue {shift}"));
        }
    }
}

#[test]
fn solarize_inverts_what_is_not_below_the_threshold() {
    let solarize = Solarize::new(&knobs("solarize", &[("probability", 1.0)]));
    let draw = solarize.draw(&mut stream(0, Purpose::Augmentations, 0), 2);
    agree(&solarize, draw, [[0.2, 0.4, 0.4, 0.2], [0.1, 0.5, 0.1, 0.3], [0.3, 0.0, 0.5, 0.0]], 1e-6, "threshold .5");
    // At 0 everything is inverted, black too; a strength of 1.5 takes .5 to .25.
    for (settings, expected) in [
        ([("threshold", 0.0), ("strength", 1.0)], [[0.8, 0.6, 0.4, 0.2], [0.9, 0.5, 0.1, 0.7], [0.3, 1.0, 0.5, 0.0]]),
        ([("threshold", 0.5), ("strength", 1.5)], [[0.2, 0.6, 0.4, 0.2], [0.1, 0.5, 0.1, 0.7], [0.3, 0.0, 0.5, 0.0]]),
    ] {
        let solarize = Solarize::new(&knobs("solarize", &[&settings[..], &[("probability", 1.0)]].concat()));
        let draw = solarize.draw(&mut stream(0, Purpose::Augmentations, 0), 2);
        agree(&solarize, draw, expected, 1e-6, "another threshold");
    }
}

#[test]
fn noise_is_added_and_clamped_and_can_be_made_again() {
    let noise = Noise::new(&knobs("noise", &[("probability", 1.0), ("deviation", 0.25)]));
    let draw = noise.draw(&mut stream(0, Purpose::Augmentations, 0), 32);
    let gray = vec![0.5; 3 * 32 * 32];
    let [host, device] = both(&noise, draw, 32, &gray);
    near(&host, &device, 0.0, "host and device");
    near(&host, &both(&noise, draw, 32, &gray)[0], 0.0, "the same draw again");
    assert!(host.iter().all(|value| (0.0..=1.0).contains(value)));
    // 4.55 % of normal numbers lie two deviations off or more; 3072 of them, at 4.9 standard errors (one seed in a million).
    let ends = |end: f32| host.iter().filter(|value| **value == end).count() as f64 / host.len() as f64;
    let error = (0.02275_f64 * 0.97725 / 3072.0).sqrt();
    for end in [0.0, 1.0] {
        assert!((ends(end) - 0.02275).abs() < 4.9 * error, "{} of the values are {end}", ends(end));
    }
    let other = noise.draw(&mut stream(0, Purpose::Augmentations, 1), 32);
    assert_ne!(host, both(&noise, other, 32, &gray)[0], "another draw, another noise");
    // The bits of the first three values: the same on every platform.
    let dark = both(&noise, Params::Noise { deviation: 0.25, seed: [1, 2] }, 1, &[0.5; 3])[0].clone();
    assert_eq!(dark.iter().map(|value| value.to_bits()).collect::<Vec<_>>(), [1_057_109_208, 1_052_047_912, 1_055_122_840]);
}
