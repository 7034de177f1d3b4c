//! Which round numbers belong on an axis?

/// At most about `wanted` round numbers inside `low..=high`, in steps of 1, 2 or 5 times a power of ten.
pub fn ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let span = high - low;
    if span <= 0.0 || !span.is_finite() || wanted == 0 {
        return Vec::new();
    }
    let raw = span / wanted as f64;
    let power = 10f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|&step| step >= raw * 0.999).unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|index| index as f64 * step).collect()
}

/// `value` as an axis writes it: as many decimals as a step of `spacing` needs; thousands as `12k`.
pub fn label(value: f64, spacing: f64, percent: bool) -> String {
    if percent {
        let decimals = usize::from(spacing < 0.0099);
        return format!("{:.decimals$}%", value * 100.0);
    }
    if spacing >= 1000.0 {
        return if spacing.rem_euclid(1000.0) == 0.0 {
            format!("{:.0}k", value / 1000.0)
        } else {
            format!("{:.1}k", value / 1000.0)
        };
    }
    let decimals = if spacing >= 1.0 { 0 } else { (-spacing.log10().floor()).min(6.0) as usize };
    let text = format!("{value:.decimals$}");
    if text.trim_start_matches(['-', '0', '.']).is_empty() {
        text.trim_start_matches('-').to_owned()
    } else {
        text.replace('-', "\u{2212}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        let low = ticks(-3.9, -0.2, 4);
        assert_eq!(low, [-3.0, -2.0, -1.0]);
        assert!(ticks(1.0, 1.0, 4).is_empty());
        assert!(ticks(f64::NAN, 1.0, 4).is_empty());
    }

    #[test]
    fn labels_have_the_decimals_they_need() {
        assert_eq!(label(0.25, 0.05, false), "0.25");
        assert_eq!(label(-2.0, 1.0, false), "\u{2212}2");
        assert_eq!(label(0.4, 0.1, true), "40%");
        assert_eq!(label(12000.0, 2000.0, false), "12k");
        assert_eq!(label(-0.0, 0.5, false), "0.0");
    }
}
