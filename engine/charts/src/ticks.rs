//! Which round numbers belong on an axis?

/// About `wanted` round numbers inside `low..=high`, in steps of 1, 2, 2.5 or 5 times a power of ten.
pub fn ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let span = high - low;
    if span <= 0.0 || !span.is_finite() || wanted == 0 {
        return Vec::new();
    }
    let raw = span / wanted as f64;
    let power = 10f64.powf(raw.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0].into_iter().map(|factor| factor * power);
    let step = steps.into_iter().find(|&step| step >= raw * 0.999).unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|index| index as f64 * step).collect()
}

/// `value` as an axis writes it: as many decimals as a step of `spacing` needs; thousands as `12k`.
pub fn label(value: f64, spacing: f64, percent: bool) -> String {
    let (value, spacing, unit) = match percent {
        true => (100.0 * value, 100.0 * spacing, "%"),
        false if spacing >= 250.0 && value.abs() >= 1000.0 => (value / 1000.0, spacing / 1000.0, "k"),
        false => (value, spacing, ""),
    };
    let whole = |decimals: &usize| {
        let scaled = spacing * 10f64.powi(*decimals as i32);
        scaled > 0.5 && (scaled - scaled.round()).abs() < 1e-6 * scaled
    };
    let decimals = (0..7).find(whole).unwrap_or(6);
    let text = format!("{value:.decimals$}");
    // No "-0.0"; a true minus sign elsewhere.
    let zero = text.trim_start_matches(['-', '0', '.']).is_empty();
    format!("{}{unit}", if zero { text.replace('-', "") } else { text.replace('-', "\u{2212}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        let low = ticks(-3.9, -0.2, 4);
        assert_eq!(low, [-3.0, -2.0, -1.0]);
        assert_eq!(ticks(0.0, 0.9, 4), [0.0, 0.25, 0.5, 0.75]);
        assert!(ticks(1.0, 1.0, 4).is_empty());
        assert!(ticks(f64::NAN, 1.0, 4).is_empty());
    }

    #[test]
    fn labels_have_the_decimals_they_need() {
        assert_eq!(label(0.25, 0.05, false), "0.25");
        assert_eq!(label(-2.0, 1.0, false), "\u{2212}2");
        assert_eq!(label(0.4, 0.1, true), "40%");
        assert_eq!(label(12000.0, 2000.0, false), "12k");
        assert_eq!(label(1500.0, 500.0, false), "1.5k");
        assert_eq!(label(500.0, 500.0, false), "500");
        assert_eq!(label(-0.0, 0.5, false), "0.0");
        assert_eq!(label(0.75, 0.25, false), "0.75");
        assert_eq!(label(0.025, 0.025, true), "2.5%");
    }
}
