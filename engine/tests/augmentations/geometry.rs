//! Do crop, flip, rotation, shift and cutout put every pixel where torchvision puts it?

use super::*;

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
    agree(&flip, draw, IMAGE.map(|[a, b, c, d]| [b, a, d, c]), 0.0, "flip");
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
    for (share, side) in [(6.25 / 25.0, 2), (12.25 / 25.0, 4)] {
        let settings = [("scale_min", share), ("scale_max", share), ("ratio_min", 1.0), ("ratio_max", 1.0)];
        let draw = Crop::new(&knobs("crop", &settings)).draw(&mut stream(0, Purpose::Augmentations, 0), 5);
        let sides = |params| if let Params::Crop { height, width, .. } = params { [height, width] } else { [0; 2] };
        assert_eq!(sides(draw), [side, side], "a share of {share} of 5 x 5 pixels");
    }
}

#[test]
fn ranges_given_upside_down_are_turned_round() {
    let crop = Crop::new(&knobs("crop", &[("scale_min", 0.9), ("scale_max", 0.5), ("ratio_min", 1.2), ("ratio_max", 0.9)]));
    for index in 0..500 {
        let draw = crop.draw(&mut stream(8, Purpose::Augmentations, index), 32);
        assert!(matches!(draw, Params::Crop { area: 0.45..0.95, .. }), "{draw:?}");
    }
}

/// `1, 2, .. side * side`, divided by their number: planes all alike, no value twice, none 0.
fn numbered(side: usize) -> Vec<f32> {
    (0..3 * side * side).map(|at| (at % (side * side) + 1) as f32 / (side * side) as f32).collect()
}

/// torchvision's `rotate` of such images, as the numbers of the pixels; 0 is black.
#[test]
fn a_rotation_takes_torchvisions_pixels() {
    let rotation = Rotation::new(&knobs("rotation", &[]));
    let cases: [(f32, usize, &[u8]); 7] = [
        (90.0, 5, &[5, 10, 15, 20, 25, 4, 9, 14, 19, 24, 3, 8, 13, 18, 23, 2, 7, 12, 17, 22, 1, 6, 11, 16, 21]),
        (-90.0, 5, &[21, 16, 11, 6, 1, 22, 17, 12, 7, 2, 23, 18, 13, 8, 3, 24, 19, 14, 9, 4, 25, 20, 15, 10, 5]),
        (17.0, 5, &[2, 3, 4, 5, 10, 1, 7, 8, 9, 15, 6, 12, 13, 14, 20, 11, 17, 18, 19, 25, 16, 21, 22, 23, 24]),
        (-33.5, 5, &[0, 6, 2, 3, 0, 11, 12, 7, 8, 4, 16, 17, 13, 9, 10, 22, 18, 19, 14, 15, 0, 23, 24, 20, 0]),
        (145.25, 5, &[0, 20, 24, 23, 0, 15, 14, 19, 18, 22, 10, 9, 13, 17, 16, 4, 8, 7, 12, 11, 0, 3, 2, 6, 0]),
        (
            20.0,
            6,
            &[
                0, 3, 4, 5, 12, 0, 2, 9, 10, 10, 17, 18, 7, 14, 15, 16, 23, 24, 13, 14, 21, 22, 23, 30, 19, 20, 27, 27, 28, 35,
                0, 25, 32, 33, 34, 0,
            ],
        ),
        (
            -90.0,
            6,
            &[
                31, 25, 19, 13, 7, 1, 32, 26, 20, 14, 8, 2, 33, 27, 21, 15, 9, 3, 34, 28, 22, 16, 10, 4, 35, 29, 23, 17, 11, 5,
                36, 30, 24, 18, 12, 6,
            ],
        ),
    ];
    for (degrees, side, expected) in cases {
        let expected: Vec<f32> = expected.iter().map(|&number| f32::from(number) / (side * side) as f32).collect();
        for found in both(&rotation, Params::Rotation { degrees }, side, &numbered(side)) {
            near(&found, &expected.repeat(3), 0.0, &format!("{degrees} degrees"));
        }
    }
}

#[test]
fn a_shift_moves_the_window_and_fills_with_black() {
    let shift = Shift::new(&knobs("shift", &[]));
    for (down, right, expected) in [
        (1, 0, [4, 5, 6, 7, 8, 9, 0, 0, 0]),
        (-1, 1, [0, 0, 0, 2, 3, 0, 5, 6, 0]),
        (0, -2, [0, 0, 1, 0, 0, 4, 0, 0, 7]),
        (3, 0, [0; 9]),
    ] {
        let expected = expected.map(|number| number as f32 / 9.0);
        for found in both(&shift, Params::Shift { down, right }, 3, &numbered(3)) {
            near(&found, &expected.repeat(3), 0.0, &format!("{down} down, {right} right"));
        }
    }
}

#[test]
fn cutout_covers_a_square_and_stops_at_the_border() {
    let cutout = Cutout::new(&knobs("cutout", &[]));
    // Rows and columns that are covered: the centre is the pixel after the middle of an even side.
    for (side, row, column, rows, columns) in
        [(2, 2, 3, 1..3, 2..4), (3, 0, 4, 0..2, 3..5), (1, 4, 0, 4..5, 0..1), (16, 2, 2, 0..5, 0..5), (4, 4, 1, 2..5, 0..3)]
    {
        let covered = |at: usize| rows.contains(&(at / 5)) && columns.contains(&(at % 5));
        let value = |at: usize| if covered(at) { 0.47 } else { (at + 1) as f32 / 25.0 };
        let expected: Vec<f32> = (0..25).map(value).collect();
        for found in both(&cutout, Params::Cutout { side, row, column, fill: 0.47 }, 5, &numbered(5)) {
            near(&found, &expected.repeat(3), 0.0, &format!("a square of {side} at {row}, {column}"));
        }
    }
}

#[test]
fn filters_have_torchvisions_weights() {
    let ramp: Vec<f32> = (0..9).map(|at| at as f32).collect();
    let row = |to, filter| resize(&ramp, 3, to, filter);
    near(&resize(&ramp, 3, 5, Filter::Linear)[..5], &[0.0, 0.4, 1.0, 1.6, 2.0], 1e-6, "linear");
    near(
        &resize(&[0.0, 1.0, 2.0, 3.0], 2, 4, Filter::Linear)[..8],
        &[0.0, 0.25, 0.75, 1.0, 0.5, 0.75, 1.25, 1.5],
        1e-6,
        "2 to 4",
    );
    let smooth = [-0.301_886_8, 0.079_555_05, 0.773_584_9, 1.467_614_8, 1.849_056_6];
    near(&row(5, Filter::SmoothCubic)[..5], &smooth, 1e-6, "a = -.5");
    near(&row(5, Filter::Cubic)[..5], &[-0.384, 0.028, 0.712, 1.396, 1.808], 1e-6, "a = -.75");
    near(&row(2, Filter::SmoothLinear), &[1.5, 2.75, 5.25, 6.5], 1e-6, "down, as wide as the step");
    near(&row(2, Filter::Linear), &[1.0, 2.5, 5.5, 7.0], 1e-6, "down, two neighbours");
    near(&row(3, Filter::SmoothCubic), &ramp, 0.0, "the same size");
}

#[test]
fn a_bicubic_crop_is_filtered_and_clamped() {
    let mut settings = knobs("crop", &[]);
    settings.set("interpolation", "bicubic");
    let crop = Crop::new(&settings);
    // 3 x 3 values out of 5 x 5, far from 0 and 1 first, then so that the filter overshoots 0.
    for (scale, offset, what) in [(0.05, 0.3, "in range"), (0.1, 0.0, "clamped")] {
        let mut planes = vec![0.9; 3 * 25];
        for (plane, at) in (0..3).flat_map(|plane| (0..9).map(move |at| (plane, at))) {
            planes[plane * 25 + at / 3 * 5 + 6 + at % 3] = at as f32 * scale + offset;
        }
        let ramp: Vec<f32> = (0..9).map(|at| at as f32).collect();
        let expected: Vec<f32> =
            resize(&ramp, 3, 5, Filter::SmoothCubic).iter().map(|value| (value * scale + offset).clamp(0.0, 1.0)).collect();
        assert_eq!(expected[0] == 0.0, what == "clamped");
        for found in both(&crop, Crop::window(1, 1, 3, 3, 5), 5, &planes) {
            near(&found, &expected.repeat(3), 2e-6, what);
        }
    }
}
