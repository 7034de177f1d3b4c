//! Do the augmentations compute what torchvision computes, draw what they say they draw, and agree between host and device?
//!
//! Reference values: METHODS.md section 9 (torchvision's float semantics).

use augsphere_engine::augmentations::{Augmentation, Blur, Crop, Draw, Flip, Grayscale, Jitter, NOTHING, Pixels, Policy, cards};
use augsphere_engine::datasets::Images;
use augsphere_engine::random::{Draw as _, Purpose, stream};
use augsphere_spec::{Choice, KnobKind, Knobs};
use burn::tensor::{Device, Tensor, TensorData};

/// The test image of METHODS.md 9.2: 2 x 2 pixels, red, green, blue.
const IMAGE: [[f32; 4]; 3] = [[0.2, 0.4, 0.6, 0.8], [0.1, 0.5, 0.9, 0.3], [0.7, 0.0, 0.5, 1.0]];

fn knobs(kind: &str, settings: &[(&str, f64)]) -> Knobs {
    let card = cards().into_iter().find(|card| card.name == kind).expect("a card of the list");
    let mut knobs = card.defaults();
    for &(name, value) in settings {
        assert!(card.knob(name).is_some(), "{kind} has no knob {name}");
        match card.knob(name).expect("a knob of the card").kind {
            KnobKind::Int { .. } => knobs.set(name, value as i64),
            _ => knobs.set(name, value),
        }
    }
    knobs
}

fn choice(kind: &str, settings: &[(&str, f64)]) -> Choice {
    Choice { kind: kind.into(), knobs: knobs(kind, settings) }
}

fn pixels(side: usize, planes: &[f32]) -> Pixels {
    let mut pixels = Pixels::new(side);
    pixels.values_mut().copy_from_slice(planes);
    pixels
}

/// The planes of one image after an augmentation, on the host and on the device.
fn both(augmentation: &dyn Augmentation, draw: Draw, side: usize, planes: &[f32]) -> [Vec<f32>; 2] {
    let mut host = pixels(side, planes);
    augmentation.apply(&draw, &mut host);
    // On the device in a batch of three, between an image that is left alone and a copy.
    let batch = [interleave(planes), interleave(planes), interleave(planes)].concat();
    let batch = upload(batch, [3, side, side, 3]);
    let result = download(augmentation.apply_batch(&[NOTHING, draw, draw], batch));
    let images: Vec<_> = result.chunks_exact(planes.len()).map(planar).collect();
    near(&images[0], planes, 0.0, "an image without a draw");
    near(&images[1], &images[2], 0.0, "two images with the same draw");
    [host.values().to_vec(), images[1].clone()]
}

/// The CPU, or the GPU if `AUGSPHERE_TEST_DEVICE=gpu` is in the environment: the same tests hold on both.
fn device() -> Device {
    #[cfg(feature = "gpu")]
    if std::env::var("AUGSPHERE_TEST_DEVICE").is_ok_and(|device| device == "gpu") {
        return Device::wgpu(burn::tensor::DeviceKind::DefaultDevice);
    }
    Device::flex()
}

fn upload(values: Vec<f32>, shape: [usize; 4]) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, shape), &device())
}

fn download(tensor: Tensor<4>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("floats")
}

fn interleave(planes: &[f32]) -> Vec<f32> {
    let area = planes.len() / 3;
    (0..planes.len()).map(|at| planes[at % 3 * area + at / 3]).collect()
}

fn planar(pixels: &[f32]) -> Vec<f32> {
    let area = pixels.len() / 3;
    (0..pixels.len()).map(|at| pixels[at % area * 3 + at / area]).collect()
}

#[track_caller]
fn near(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: length");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance, "{what}: value {at} is {found}, not {expected}");
    }
}

/// Checks host and device against red, green and blue.
#[track_caller]
fn colours(augmentation: &dyn Augmentation, draw: Draw, expected: [[f32; 4]; 3], tolerance: f32, what: &str) {
    for (found, place) in both(augmentation, draw, 2, &IMAGE.concat()).iter().zip(["host", "device"]) {
        near(found, &expected.concat(), tolerance, &format!("{what} on the {place}"));
    }
}

fn jitter(settings: &[(&str, f64)]) -> Jitter {
    Jitter::new(&knobs("jitter", settings))
}

const BRIGHTNESS_FIRST: [u8; 4] = [0, 1, 2, 3];
const CONTRAST_FIRST: [u8; 4] = [1, 0, 3, 2];

#[test]
fn grayscale_has_torchvisions_weights() {
    let gray = [0.198_28, 0.413_06, 0.764_64, 0.529_22];
    let grayscale = Grayscale::new(&knobs("grayscale", &[("probability", 1.0)]));
    let draw = grayscale.draw(&mut stream(0, Purpose::Augmentations, 0), 2);
    colours(&grayscale, draw, [gray; 3], 1e-6, "gray");
}

#[test]
fn brightness_scales_and_clamps() {
    let draw = Jitter::factors(1.5, 1.0, 1.0, 0.0, BRIGHTNESS_FIRST);
    colours(&jitter(&[]), draw, [[0.3, 0.6, 0.9, 1.0], [0.15, 0.75, 1.0, 0.45], [1.0, 0.0, 0.75, 1.0]], 1e-6, "brightness 1.5");
}

#[test]
fn contrast_blends_with_the_mean_gray() {
    let expected =
        [[0.33815, 0.43815, 0.53815, 0.63815], [0.28815, 0.48815, 0.68815, 0.38815], [0.58815, 0.23815, 0.48815, 0.73815]];
    for turns in [BRIGHTNESS_FIRST, CONTRAST_FIRST] {
        colours(&jitter(&[]), Jitter::factors(1.0, 0.5, 1.0, 0.0, turns), expected, 1e-6, "contrast .5");
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
    colours(&jitter(&[]), Jitter::factors(1.0, 1.0, 0.25, 0.0, BRIGHTNESS_FIRST), weak, 1e-6, "saturation .25");
    colours(&jitter(&[]), Jitter::factors(1.0, 1.0, 1.8, 0.0, BRIGHTNESS_FIRST), strong, 1e-6, "saturation 1.8");
}

#[test]
fn hue_turns_by_a_share_of_the_circle() {
    let forwards = [[0.56, 0.1, 0.5, 1.0], [0.1, 0.5, 0.9, 0.3], [0.7, 0.0, 0.64, 0.78]];
    let backwards = [[0.1, 0.5, 0.9, 0.3], [0.7, 0.0, 0.72, 0.64], [0.68, 0.0, 0.5, 1.0]];
    for turns in [BRIGHTNESS_FIRST, CONTRAST_FIRST, [1, 2, 3, 0]] {
        colours(&jitter(&[]), Jitter::factors(1.0, 1.0, 1.0, 0.1, turns), forwards, 2e-6, "hue +.1");
        colours(&jitter(&[]), Jitter::factors(1.0, 1.0, 1.0, -0.2, turns), backwards, 2e-6, "hue -.2");
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
    colours(&jitter(&[]), Jitter::factors(1.2, 0.7, 1.0, 0.0, BRIGHTNESS_FIRST), brightness_first, 2e-6, "brightness, contrast");
    colours(&jitter(&[]), Jitter::factors(1.2, 0.7, 1.0, 0.0, CONTRAST_FIRST), contrast_first, 2e-6, "contrast, brightness");
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
fn a_crop_is_resized_with_half_pixel_centres() {
    let crop = Crop::new(&knobs("crop", &[]));
    // 2 x 2 to 4 x 4, from the lower right corner, so that neighbours outside the window would show.
    let (mut planes, side) = (vec![-7.0; 3 * 16], 4);
    for (plane, values) in planes.chunks_exact_mut(16).enumerate() {
        (values[10], values[11], values[14], values[15]) = (0.0, 1.0, 2.0 + plane as f32, 3.0 + plane as f32);
    }
    for found in both(&crop, Crop::window(2, 2, 2, 2, side), side, &planes) {
        near(&found[..8], &[0.0, 0.25, 0.75, 1.0, 0.5, 0.75, 1.25, 1.5], 1e-6, "2 x 2 to 4 x 4");
        near(&found[28..32], &[3.0, 3.25, 3.75, 4.0], 1e-6, "last row of the second plane");
    }
    let mut planes = vec![9.0; 3 * 25];
    for at in 0..9 {
        planes[at / 3 * 5 + 5 + at % 3] = at as f32;
    }
    for found in both(&crop, Crop::window(1, 0, 3, 3, 5), 5, &planes) {
        near(&found[..10], &[0.0, 0.4, 1.0, 1.6, 2.0, 1.2, 1.6, 2.2, 2.8, 3.2], 2e-6, "3 x 3 to 5 x 5");
    }
}

#[test]
fn a_flip_reverses_the_columns() {
    let flip = Flip::new(&knobs("flip", &[("probability", 1.0)]));
    let draw = flip.draw(&mut stream(0, Purpose::Augmentations, 0), 2);
    colours(&flip, draw, IMAGE.map(|[a, b, c, d]| [b, a, d, c]), 0.0, "flip");
}

#[test]
fn the_blur_kernel_is_gaussian() {
    let three = Blur::new(&knobs("blur", &[("kernel", 3.0)]));
    for (sigma, side, centre) in
        [(0.5, 0.106_506_98, 0.786_986_04), (1.0, 0.274_068_62, 0.451_862_76), (2.0, 0.319_167_77, 0.361_664_46), (0.1, 0.0, 1.0)]
    {
        near(&three.kernel(sigma), &[centre, side], 1e-7, &format!("3 taps, sigma {sigma}"));
    }
    let five = Blur::new(&knobs("blur", &[("kernel", 5.0)]));
    near(&five.kernel(1.0), &[0.402_619_95, 0.244_201_34, 0.054_488_685], 1e-7, "5 taps");
}

#[test]
fn the_blur_reflects_at_the_border() {
    let ramp: Vec<f32> = (0..27).map(|at| (at % 9) as f32 / 8.0).collect();
    let expected =
        [0.274_068_62, 0.330_551_46, 0.387_034_3, 0.443_517_15, 0.5, 0.556_482_85, 0.612_965_7, 0.669_448_54, 0.725_931_4];
    let blur = Blur::new(&knobs("blur", &[]));
    for found in both(&blur, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 3, &ramp) {
        near(&found, &expected.repeat(3), 1e-6, "blurred ramp");
    }
}

#[test]
fn a_wide_blur_equals_the_plain_sum() {
    let blur = Blur::new(&knobs("blur", &[("kernel", 9.0)]));
    let (side, sigma) = (8, 1.7_f32);
    let image = random_planes(side, 3);
    let reflected = |at: i32| {
        (if at < 0 {
            -at
        } else if at > 7 {
            14 - at
        } else {
            at
        }) as usize
    };
    let weight = |by: i32| (-0.5 * (f64::from(by) / f64::from(sigma)).powi(2)).exp();
    let total: f64 = (-4..=4).map(weight).sum();
    let expected: Vec<f32> = (0..3 * 64)
        .map(|at| {
            let (plane, y, x) = (at / 64, (at / 8 % 8) as i32, (at % 8) as i32);
            let value = |dy, dx| f64::from(image[plane * 64 + reflected(y + dy) * 8 + reflected(x + dx)]);
            let sum: f64 = (-4..=4)
                .flat_map(|dy| (-4..=4).map(move |dx| (dy, dx)))
                .map(|(dy, dx)| weight(dy) * weight(dx) * value(dy, dx))
                .sum();
            (sum / total / total) as f32
        })
        .collect();
    for found in both(&blur, [sigma, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], side, &image) {
        near(&found, &expected, 2e-6, "9 taps");
    }
}

fn random_planes(side: usize, seed: u64) -> Vec<f32> {
    let mut source = stream(seed, Purpose::Shapes, 0);
    (0..3 * side * side).map(|_| source.below(256) as f32 / 255.0).collect()
}

fn random_images(side: usize, count: usize) -> Images {
    let mut source = stream(5, Purpose::Shapes, 1);
    let byte = |_| if source.chance(0.1) { 255 * source.below(2) as u8 } else { source.below(256) as u8 };
    Images { side, pixels: (0..count * 3 * side * side).map(byte).collect(), labels: vec![0; count] }
}

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
        let draws = |index| crop.draw(&mut stream(1, Purpose::Augmentations, index), 32);
        let (mean, spread) = moments(|index| f64::from(draws(index)[4]));
        level(mean, area, deviation, "mean area");
        assert!((spread / deviation - 1.0).abs() < 0.02, "deviation of the area: {spread}, not {deviation}");
        if scale_min == 0.08 {
            let (height, spread) = moments(|index| f64::from(draws(index)[2]));
            // The reference has two decimals.
            assert!((height - 21.69).abs() < 0.005 + 4.4 * spread / 245.0, "mean height {height}");
            let (full, _) = moments(|index| f64::from(u8::from(draws(index)[4] == 1.0)));
            level(full, 0.0021, 0.0021_f64.sqrt(), "share of full images");
            let inside =
                |[top, left, height, width, ..]: Draw| top + height <= 32.0 && left + width <= 32.0 && height * width > 0.0;
            assert!((0..60_000).all(|index| inside(draws(index))), "a crop lies in the image");
            for (place, length) in [(0, 2), (1, 3)] {
                let (offset, spread) = moments(|index| f64::from(draws(index)[place] - (32.0 - draws(index)[length]) / 2.0));
                level(offset, 0.0, spread, "crops are centred on average");
            }
        }
    }
}

#[test]
fn whole_and_impossible_crops_fall_back_to_what_fits() {
    let whole = Crop::new(&knobs("crop", &[("scale_min", 1.0)]));
    let draws =
        |crop: &Crop| (0..200).map(|index| crop.draw(&mut stream(2, Purpose::Augmentations, index), 32)).collect::<Vec<_>>();
    assert!(draws(&whole).iter().all(|draw| *draw == Crop::window(0, 0, 32, 32, 32)));
    let wide = Crop::new(&knobs("crop", &[("scale_min", 1.0), ("ratio_min", 2.0), ("ratio_max", 3.0)]));
    assert!(draws(&wide).iter().all(|draw| *draw == Crop::window(8, 0, 16, 32, 32)));
}

#[test]
fn sides_are_rounded_half_to_even() {
    // An area of 6.25 pixels and a square shape give sides of 2.5, which Python rounds to 2; 12.25 give 3.5, rounded to 4.
    for (share, side) in [(6.25 / 25.0, 2.0), (12.25 / 25.0, 4.0)] {
        let settings = [("scale_min", share), ("scale_max", share), ("ratio_min", 1.0), ("ratio_max", 1.0)];
        let draw = Crop::new(&knobs("crop", &settings)).draw(&mut stream(0, Purpose::Augmentations, 0), 5);
        assert_eq!(draw[2..4], [side, side], "a share of {share} of 5 x 5 pixels");
    }
}

#[test]
fn each_applies_as_often_as_its_knob_says() {
    for card in cards() {
        for probability in [0.0, 0.3, 0.8, 1.0] {
            let policy = Policy::new(&[choice(&card.name, &[("probability", probability)])]);
            let applied = |index| policy.draw(&mut stream(3, Purpose::Augmentations, index), 32)[0] != NOTHING;
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
        let (both, _) = moments(|index| {
            f64::from(u8::from(draws[index as usize][one] != NOTHING && draws[index as usize][other] != NOTHING))
        });
        level(both, 0.25, (0.25_f64 * 0.75).sqrt(), "both apply");
    }
}

#[test]
fn factors_are_uniform_and_orders_equally_likely() {
    let strong = jitter(&[("probability", 1.0), ("brightness", 1.5), ("hue", 0.5)]);
    let draws: Vec<Draw> = (0..60_000).map(|index| strong.draw(&mut stream(4, Purpose::Augmentations, index), 32)).collect();
    // Brightness in 0..2.5, contrast in 0.6..1.4, hue in -0.5..0.5: mean and width over the square root of 12.
    for (place, low, high) in [(0, -1.0, 1.5), (1, -0.4, 0.4), (2, -0.4, 0.4), (3, -0.5, 0.5)] {
        let (mean, _) = moments(|index| f64::from(draws[index as usize][place]));
        level(mean, (low + high) / 2.0, (high - low) / 12.0_f64.sqrt(), &format!("factor {place}"));
        assert!(draws.iter().all(|draw| f64::from(draw[place]) >= low - 1e-6 && f64::from(draw[place]) <= high + 1e-6));
    }
    let mut counts = std::collections::BTreeMap::new();
    for draw in &draws {
        *counts.entry(draw[4..].iter().map(|&turn| turn as u8).collect::<Vec<_>>()).or_insert(0.0) += 1.0;
    }
    assert_eq!(counts.len(), 24, "all orders occur");
    // Chi-squared with 23 degrees of freedom exceeds 65 once in 100,000.
    let chi: f64 = counts.values().map(|count: &f64| (count - 2500.0).powi(2) / 2500.0).sum();
    assert!(chi < 65.0, "orders are equally likely: chi-squared {chi}");
}

#[test]
fn sigma_is_uniform() {
    let blur = Blur::new(&knobs("blur", &[("probability", 1.0)]));
    let (mean, _) = moments(|index| f64::from(blur.draw(&mut stream(6, Purpose::Augmentations, index), 32)[0]));
    level(mean, 1.05, 1.9 / 12.0_f64.sqrt(), "sigma");
}

/// A policy of all augmentations that changes every image in every way.
fn everything() -> Policy {
    let settings: [(&str, &[(&str, f64)]); 5] = [
        ("crop", &[]),
        ("flip", &[]),
        ("jitter", &[("brightness", 0.9), ("contrast", 1.2), ("saturation", 1.8), ("hue", 0.5)]),
        ("grayscale", &[]),
        ("blur", &[("probability", 0.5), ("kernel", 5.0)]),
    ];
    Policy::new(&settings.map(|(kind, settings)| choice(kind, settings)))
}

fn draws(policy: &Policy, side: usize, count: usize) -> Vec<Vec<Draw>> {
    (0..count as u64).map(|index| policy.draw(&mut stream(7, Purpose::Augmentations, index), side)).collect()
}

/// The images as the device path wants them.
fn on_device(images: &Images, rows: &[usize]) -> Tensor<4> {
    let values = rows.iter().flat_map(|&row| interleave(Pixels::from_bytes(images.side, images.image(row)).values()));
    upload(values.collect(), [rows.len(), images.side, images.side, 3])
}

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
fn normalisation_comes_last() {
    let images = Images { side: 1, pixels: vec![51, 102, 255], labels: vec![0] };
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
        assert_eq!(never[1], NOTHING);
        assert_eq!((usual[0], &usual[2..]), (never[0], &never[2..]), "no flip, same crop and colours");
        assert_eq!((usual[0], usual[2]), (two[0], two[1]), "a subset draws what the whole policy draws");
    }
    let policy = all(&[]);
    let mut source = stream(9, Purpose::Augmentations, 0);
    assert_ne!(policy.draw(&mut source, 32), policy.draw(&mut source, 32), "the two views of an image differ");
}

#[test]
fn draws_have_these_very_bits() {
    // The same on every platform: the test suite runs natively and in browsers.
    let policy = everything();
    let draws = draws(&policy, 32, 3);
    let bits = draws
        .iter()
        .flatten()
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, value| (hash ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3));
    assert_eq!(bits, 9_323_054_940_662_836_670, "draws: {draws:?}");
}

#[test]
fn draws_can_be_said_in_words() {
    let policy = Policy::new(&cards().iter().map(|card| choice(&card.name, &[])).collect::<Vec<_>>());
    let mut one = NOTHING;
    one[0] = 1.0;
    let draws = [Crop::window(3, 2, 24, 26, 32), one, Jitter::factors(1.21, 1.0, 0.7, -0.04, BRIGHTNESS_FIRST), one, one];
    assert_eq!(
        policy.words(&draws),
        "crop 61 %, aspect 1.08; mirrored; brightness 1.21, saturation 0.70, hue -0.04; gray; blur 1.0 px"
    );
    assert_eq!(policy.words(&[NOTHING; 5]), "");
    let gentle = Policy::new(&[choice("jitter", &[])]);
    assert_eq!(gentle.words(&[Jitter::factors(1.0, 1.0, 1.0, 0.04, BRIGHTNESS_FIRST)]), "hue +0.04");
}

#[test]
fn every_knob_may_change_during_a_run_and_has_words() {
    assert_eq!(
        cards().iter().map(|card| card.name.as_str()).collect::<Vec<_>>(),
        ["crop", "flip", "jitter", "grayscale", "blur"]
    );
    for card in cards() {
        assert!(!card.title.is_empty() && card.summary.ends_with('.'), "{} says what it is", card.name);
        assert!(card.knob("probability").is_some(), "{} has a probability", card.name);
        assert!(card.knobs.iter().all(|knob| knob.live && knob.help.ends_with('.')), "{}", card.name);
    }
}

#[test]
fn ranges_given_upside_down_are_turned_round() {
    let crop = Crop::new(&knobs("crop", &[("scale_min", 0.9), ("scale_max", 0.5), ("ratio_min", 1.2), ("ratio_max", 0.9)]));
    for index in 0..500 {
        let draw = crop.draw(&mut stream(8, Purpose::Augmentations, index), 32);
        assert!((0.45..0.95).contains(&draw[4]), "{draw:?}");
    }
}
