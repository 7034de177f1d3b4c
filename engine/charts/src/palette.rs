//! The colours of classes, and of charts by day and by night.

/// Red, green, blue; 0 to 255.
pub type Rgb = [u8; 3];

/// Ten class colours for light backgrounds: Okabe and Ito's eight, moved so far that all ten stay apart for
/// people with protanopia, deuteranopia and tritanopia (the test below measures it).
pub const PALETTE_LIGHT: [Rgb; 10] = [
    [0x06, 0x79, 0xB8],
    [0xE9, 0x9B, 0x23],
    [0x00, 0x9D, 0x66],
    [0xC9, 0x80, 0xA0],
    [0x56, 0xB4, 0xE9],
    [0xD2, 0x43, 0x12],
    [0xA5, 0x91, 0x00],
    [0x3B, 0x3B, 0x46],
    [0x7A, 0x3E, 0x9D],
    [0x7D, 0x78, 0x8C],
];

/// The same ten for dark backgrounds.
pub const PALETTE_DARK: [Rgb; 10] = [
    [0x77, 0xB4, 0xEB],
    [0xFF, 0x95, 0x31],
    [0x15, 0xB4, 0x73],
    [0xE0, 0x8F, 0xC0],
    [0x89, 0xE6, 0xF9],
    [0xD3, 0x6F, 0x25],
    [0xF0, 0xE4, 0x42],
    [0xEE, 0xFD, 0xF2],
    [0x82, 0x5E, 0xE3],
    [0x8C, 0x8F, 0x99],
];

/// The colour of a class. With more than ten classes the colours come round again.
pub fn class_colour(class: usize, dark: bool) -> Rgb {
    let palette = if dark { &PALETTE_DARK } else { &PALETTE_LIGHT };
    palette[class % palette.len()]
}

/// Colours of everything on a chart that is not a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Behind everything.
    pub paper: Rgb,
    /// Titles.
    pub ink: Rgb,
    /// Numbers on the axes.
    pub muted: Rgb,
    /// Grid lines.
    pub grid: Rgb,
    /// The measured line.
    pub accent: Rgb,
    /// A second line that it is compared with.
    pub second: Rgb,
    /// Reference levels.
    pub level: Rgb,
}

impl Theme {
    /// By day.
    pub const LIGHT: Self = Self {
        paper: [0xFF, 0xFF, 0xFF],
        ink: [0x1D, 0x1F, 0x2B],
        muted: [0x5D, 0x61, 0x73],
        grid: [0xEC, 0xEC, 0xF1],
        accent: [0x4B, 0x46, 0xC4],
        second: [0x0A, 0x7A, 0x6A],
        level: [0x97, 0x41, 0x10],
    };

    /// By night.
    pub const DARK: Self = Self {
        paper: [0x14, 0x17, 0x20],
        ink: [0xEC, 0xEE, 0xF6],
        muted: [0xA3, 0xAA, 0xBD],
        grid: [0x26, 0x2B, 0x39],
        accent: [0xA5, 0xA1, 0xFF],
        second: [0x4F, 0xD0, 0xB5],
        level: [0xF2, 0xA6, 0x5E],
    };

    /// The theme for a dark or a light page.
    pub fn of(dark: bool) -> Self {
        if dark { Self::DARK } else { Self::LIGHT }
    }
}

/// Colours of distances from near to far, by day and by night: what is near stands out.
pub const DISTANCES: [[Rgb; 4]; 2] = [
    [[0x1F, 0x14, 0x6E], [0x5B, 0x4F, 0xC8], [0xB3, 0xA6, 0xE6], [0xF6, 0xF1, 0xE6]],
    [[0xFF, 0xE9, 0xA8], [0xC9, 0x84, 0xB8], [0x5A, 0x4A, 0x9E], [0x1A, 0x1E, 0x2E]],
];

/// Where on the scale of [`DISTANCES`], from 0 to 1, a distance is that is `share` of the largest: augmented distances are small, so that
/// the lower ones have more room.
pub fn along(share: f64) -> f64 {
    share.clamp(0.0, 1.0).powf(0.65)
}

/// The colour of a distance that is `share` of the largest, 0 to 1.
pub fn distance_colour(share: f64, dark: bool) -> Rgb {
    let scale = &DISTANCES[usize::from(dark)];
    let place = along(share) * (scale.len() - 1) as f64;
    let from = (place as usize).min(scale.len() - 2);
    let part = place - from as f64;
    std::array::from_fn(|value| {
        let (a, b) = (f64::from(scale[from][value]), f64::from(scale[from + 1][value]));
        (a + part * (b - a)).round() as u8
    })
}

/// Colours of the ball from its light to its rim, at 0, 0.6 and 1 of its radius.
pub fn shade(dark: bool) -> [Rgb; 3] {
    if dark {
        [[0x23, 0x2A, 0x3D], [0x19, 0x1E, 0x2C], [0x13, 0x17, 0x22]]
    } else {
        [[0xFF, 0xFF, 0xFF], [0xF6, 0xF6, 0xFB], [0xE6, 0xE6, 0xF1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB: full sight, protanopia, deuteranopia, tritanopia.
    const SIGHT: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ];

    fn times(matrix: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
        [0, 1, 2].map(|row| (0..3).map(|column| matrix[row][column] * v[column]).sum())
    }

    fn linear(rgb: Rgb) -> [f64; 3] {
        rgb.map(|byte| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// Ottosson's Oklab, in which equal distances look equally different.
    fn oklab(linear: [f64; 3]) -> [f64; 3] {
        let cones = [
            [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
            [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
            [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
        ];
        let lab = [
            [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
            [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
            [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
        ];
        times(&lab, times(&cones, linear).map(|value| value.max(0.0).cbrt()))
    }

    #[test]
    fn near_and_far_have_the_ends_of_the_scale() {
        for dark in [false, true] {
            let scale = DISTANCES[usize::from(dark)];
            assert_eq!((distance_colour(0.0, dark), distance_colour(1.0, dark)), (scale[0], scale[3]));
            assert_eq!((distance_colour(-1.0, dark), distance_colour(f64::INFINITY, dark)), (scale[0], scale[3]));
            assert_eq!(distance_colour((1.0f64 / 3.0).powf(1.0 / 0.65), dark), scale[1]);
            assert!(along(0.25) > 0.4 && along(2.0) == 1.0);
        }
    }

    #[test]
    fn classes_stay_apart_for_every_kind_of_sight() {
        for palette in [PALETTE_LIGHT, PALETTE_DARK] {
            for sight in &SIGHT {
                let seen: Vec<[f64; 3]> =
                    palette.iter().map(|&rgb| oklab(times(sight, linear(rgb)).map(|v| v.clamp(0.0, 1.0)))).collect();
                for (i, a) in seen.iter().enumerate() {
                    for (j, b) in seen.iter().enumerate().skip(i + 1) {
                        let distance = (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
                        assert!(distance > 0.05, "classes {i} and {j} are only {distance:.3} apart");
                    }
                }
            }
        }
    }

    #[test]
    fn words_on_charts_can_be_read() {
        let light =
            |rgb: Rgb| linear(rgb).iter().zip([0.2126, 0.7152, 0.0722]).map(|(value, weight)| value * weight).sum::<f64>();
        for theme in [Theme::LIGHT, Theme::DARK] {
            let behind = light(theme.paper);
            for words in [theme.ink, theme.muted, theme.level, theme.accent, theme.second] {
                let front = light(words);
                let contrast = (front.max(behind) + 0.05) / (front.min(behind) + 0.05);
                assert!(contrast >= 4.5, "{words:?} has a contrast of only {contrast:.2}");
            }
        }
    }
}
