//! The knobs that several methods share.

use augsphere_spec::Knob;

/// Temperature of a softmax over cosines.
pub(super) fn temperature(default: f64) -> Knob {
    Knob::float(
        "temperature",
        "Temperature",
        default,
        0.01,
        10.0,
        "Low: the hardest negatives decide. High: all negatives weigh the same and only the mean is pushed to zero.",
    )
    .logarithmic()
    .live()
}

/// Weight of one term.
pub(super) fn weight(name: &str, title: &str, default: f64, max: f64, help: &str) -> Knob {
    Knob::float(name, title, default, 0.0, max, help).live()
}

/// Length of a queue.
pub(super) fn queue(default: i64) -> Knob {
    Knob::int("queue", "Queue", default, 2, 65_536, "Embeddings of former batches that are kept as negatives.")
}

/// What stands in a queue before it is full.
pub(super) fn queue_start() -> Knob {
    Knob::choice(
        "queue_start",
        "Queue at the start",
        &["random", "empty"],
        "random: unit vectors drawn at random until real ones replace them, as MoCo does. empty: only real ones count.",
    )
}
