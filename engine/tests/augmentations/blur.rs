//! Is the blur the Gaussian of torchvision?

use super::*;

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
    for found in both(&blur, Params::Blur { sigma: 1.0 }, 3, &ramp) {
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
    for found in both(&blur, Params::Blur { sigma }, side, &image) {
        near(&found, &expected, 2e-6, "9 taps");
    }
}
