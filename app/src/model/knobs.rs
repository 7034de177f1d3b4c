//! Where does a slider stand for a value, and which value does a slider mean?

use augsphere_spec::{Knob, KnobKind, Value};

/// Positions of a slider: 0 to this.
pub const NOTCHES: f64 = 1000.0;

/// The bounds of a knob that a slider can turn, and whether its scale is logarithmic.
pub fn span(knob: &Knob) -> Option<(f64, f64, bool)> {
    match knob.kind {
        KnobKind::Float { min, max, log } => Some((min, max, log)),
        // Counts over several powers of ten would leave no room for the small ones on a linear slider.
        KnobKind::Int { min, max } if max <= 1_000_000 => Some((min as f64, max as f64, min >= 0 && max > 100 * (min + 1))),
        KnobKind::Int { .. } | KnobKind::Bool | KnobKind::Choice { .. } | KnobKind::Text => None,
    }
}

/// The slider's position for `value`, 0 to [`NOTCHES`].
pub fn notch(knob: &Knob, value: f64) -> f64 {
    let Some((min, max, log)) = span(knob) else { return 0.0 };
    let share = if log {
        let floor = floor(knob, min, max);
        (value.max(floor) / floor).ln() / (max / floor).ln()
    } else {
        (value - min) / (max - min)
    };
    if value <= min { 0.0 } else { (share.clamp(0.0, 1.0) * NOTCHES).round() }
}

/// The value at a slider's position, rounded to what a person would write.
pub fn value(knob: &Knob, notch: f64) -> Value {
    let (min, max, log) = span(knob).unwrap_or((0.0, 1.0, false));
    let share = (notch / NOTCHES).clamp(0.0, 1.0);
    // Both ends are exact; between them values are rounded to what a person would write.
    if share == 0.0 || share == 1.0 {
        let end = if share == 0.0 { min } else { max };
        return if matches!(knob.kind, KnobKind::Int { .. }) { Value::Int(end as i64) } else { Value::Float(end) };
    }
    let floor = floor(knob, min, max);
    let raw = if log { floor * (share * (max / floor).ln()).exp() } else { min + share * (max - min) };
    match knob.kind {
        KnobKind::Int { .. } => Value::Int(significant(raw, 2).round().clamp(min, max) as i64),
        _ if log => Value::Float(significant(raw, 2).clamp(min, max)),
        _ => Value::Float(to_step(raw, (max - min) / 100.0).clamp(min, max)),
    }
}

/// A value as a text box shows it.
pub fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Float(number) => {
            let rounded = significant(*number, 6);
            if rounded != 0.0 && rounded.abs() < 1e-3 { format!("{rounded:e}") } else { rounded.to_string() }
        }
        other => other.to_string(),
    }
}

/// The lowest value of a logarithmic slider's moving part; 0 itself stands at its left end.
fn floor(knob: &Knob, min: f64, max: f64) -> f64 {
    match knob.kind {
        _ if min > 0.0 => min,
        // There is nothing between 0 and 1.
        KnobKind::Int { .. } => 1.0,
        _ => (max * 1e-5).min(1.0),
    }
}

fn significant(value: f64, digits: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let exponent = digits - 1 - value.abs().log10().floor() as i32;
    // Dividing by a power of ten is exact where multiplying by its inverse is not: 0.3, not 0.30000000000000004.
    let power = 10f64.powi(exponent.abs());
    if exponent >= 0 { (value * power).round() / power } else { (value / power).round() * power }
}

/// Rounds to a power of ten that is at most `step`.
fn to_step(value: f64, step: f64) -> f64 {
    let exponent = (-step.log10().floor()).max(0.0) as i32;
    let power = 10f64.powi(exponent);
    (value * power).round() / power
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn knobs() -> Vec<Knob> {
        let catalogue: augsphere_spec::Catalogue = serde_json::from_str(crate::CATALOGUE).unwrap();
        catalogue.sections.into_iter().flat_map(|section| section.cards).flat_map(|card| card.knobs).collect()
    }

    #[test]
    fn every_slider_reaches_both_ends_and_stays_inside() {
        for knob in knobs() {
            let Some((min, max, _)) = span(&knob) else { continue };
            assert_eq!(value(&knob, 0.0).as_float(), Some(min), "{}", knob.name);
            assert_eq!(value(&knob, NOTCHES).as_float(), Some(max), "{}", knob.name);
            for notch in 0..=1000 {
                let there = value(&knob, f64::from(notch)).as_float().unwrap();
                assert!((min..=max).contains(&there), "{} at {notch}: {there}", knob.name);
            }
        }
    }

    #[test]
    fn a_slider_stands_where_its_value_is() {
        for knob in knobs() {
            let Some((min, max, log)) = span(&knob) else { continue };
            for at in [0.25, 0.5, 0.75] {
                let there = value(&knob, at * NOTCHES).as_float().unwrap();
                let back = notch(&knob, there) / NOTCHES;
                // A whole number may be half of one away.
                let coarse = if matches!(knob.kind, KnobKind::Int { .. }) { 0.5 / (max - min) } else { 0.0 };
                assert!((back - at).abs() < 0.06 + coarse, "{} {at} {there} {back} {log}", knob.name);
            }
        }
    }

    #[test]
    fn values_are_written_as_people_write_them() {
        assert_eq!(text(&Value::Float(0.3)), "0.3");
        assert_eq!(text(&Value::Float(0.0005)), "5e-4");
        assert_eq!(text(&Value::Float(4.0 / 3.0)), "1.33333");
        assert_eq!(text(&Value::Int(2000)), "2000");
        assert_eq!(text(&Value::Float(1.0)), "1");
        let temperature = Knob::float("t", "T", 0.5, 0.01, 2.0, "").logarithmic();
        assert_eq!(value(&temperature, notch(&temperature, 0.5)), Value::Float(0.5));
    }
}
