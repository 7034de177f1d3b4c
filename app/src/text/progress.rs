//! How far something long has come, and how long it takes.

use super::count;
use augsphere_spec::Progress;

/// A duration as people say it: `8 s`, `3 min`, `2 h`.
pub fn duration(seconds: f32) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "an unknown time".into();
    }
    match seconds {
        ..1.0 => "a second".into(),
        ..90.0 => format!("{seconds:.0} s"),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// What is going on, how much of it is done and how long it takes: `Measuring the untrained encoder, 512 of 8 068, 12 s left…`.
pub fn progress(progress: &Progress) -> String {
    let mut words = progress.what.trim_end_matches(['.', '\u{2026}']).to_owned();
    if progress.total > 1 {
        words.push_str(&format!(", {} of {}", count(progress.done as usize), count(progress.total as usize)));
    }
    if let Some(seconds) = progress.seconds_left.filter(|seconds| *seconds >= 1.0) {
        words.push_str(&format!(", {} left", duration(seconds)));
    }
    format!("{words}\u{2026}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_what_is_known() {
        let told =
            |done, total, seconds_left| progress(&Progress { what: "Measuring the encoder.".into(), done, total, seconds_left });
        assert_eq!(told(0, 0, None), "Measuring the encoder\u{2026}");
        assert_eq!(told(512, 8068, Some(12.4)), "Measuring the encoder, 512 of 8\u{202f}068, 12 s left\u{2026}");
        assert_eq!(told(512, 512, Some(0.2)), "Measuring the encoder, 512 of 512\u{2026}");
        assert_eq!([0.2, 30.0, 600.0, 9000.0].map(duration), ["a second", "30 s", "10 min", "2.5 h"]);
        assert_eq!(duration(f32::NAN), "an unknown time");
    }
}
