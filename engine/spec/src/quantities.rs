//! Times and sizes as people say them.

/// A rough time for people: `0.4 s`, `12 s`, `3 min`, `2.5 h`.
pub fn duration(seconds: f32) -> String {
    match seconds {
        ..10.0 => format!("{seconds:.1} s"),
        10.0..100.0 => format!("{seconds:.0} s"),
        100.0..6000.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// Bytes for people: `240 MB`, `1.5 GB`.
pub fn bytes(count: u64) -> String {
    let megabytes = count as f64 / 1e6;
    if megabytes < 950.0 { format!("{:.0} MB", megabytes.max(1.0)) } else { format!("{:.1} GB", megabytes / 1e3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_round() {
        assert_eq!([0.42, 12.3, 150.0, 9000.0].map(duration), ["0.4 s", "12 s", "2 min", "2.5 h"]);
        assert_eq!([1, 240_000_000, 1_500_000_000].map(bytes), ["1 MB", "240 MB", "1.5 GB"]);
    }
}
