//! The target branch: where the embeddings come from that the trained branch is compared with.
//!
//! Three kinds in the words of Tao et al. 2022 (table 2): shared weights with gradient, shared weights with stop-gradient, a
//! momentum encoder; and momentum in the positive term only.

use augsphere_spec::{Card, Choice, Knob, Knobs};

/// The cards of all target branches.
pub fn cards() -> Vec<Card> {
    let momentum = || {
        [
            Knob::float("momentum", "Momentum", 0.99, 0.0, 0.99999, "Share of the old target that is kept at each step.").live(),
            Knob::choice(
                "schedule",
                "Schedule",
                &["constant", "cosine"],
                "cosine: the momentum rises to 1 at the last step, as in BYOL.",
            ),
        ]
    };
    vec![
        Card::new("shared", "Shared weights", "Both views pass through the same encoder, and gradients flow through both.", ""),
        Card::new(
            "stop_gradient",
            "Stop-gradient",
            "Both views pass through the same encoder, but the one that is compared with counts as a constant.",
            "Chen, He, 2021, arXiv 2011.10566",
        ),
        Card::new(
            "momentum",
            "Momentum encoder",
            "A copy of the encoder that follows slowly makes what is compared with; no gradient reaches it.",
            "He et al., 2020, arXiv 1911.05722",
        )
        .knobs(momentum()),
        Card::new(
            "momentum_positive",
            "Momentum in the positive term",
            "The momentum encoder makes only the positive; other images are compared with the encoder itself, stopped.",
            "Tao et al., 2022, arXiv 2112.05141",
        )
        .knobs(momentum()),
    ]
}

/// How the target branch is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Shared weights, gradient through both branches.
    Shared,
    /// Shared weights, no gradient through the target.
    StopGradient,
    /// A momentum encoder for everything.
    Momentum,
    /// A momentum encoder for the positive only.
    MomentumPositive,
}

impl Target {
    /// The chosen kind.
    pub fn of(choice: Option<&Choice>) -> Self {
        match choice.map(|choice| choice.kind.as_str()) {
            Some("stop_gradient") => Self::StopGradient,
            Some("momentum") => Self::Momentum,
            Some("momentum_positive") => Self::MomentumPositive,
            _ => Self::Shared,
        }
    }

    /// Whether a momentum encoder runs.
    pub fn has_momentum(self) -> bool {
        matches!(self, Self::Momentum | Self::MomentumPositive)
    }
}

/// The momentum at a point of the run (`progress` 0 to 1): constant, or `1 - (1 - m)(cos(pi p) + 1)/2` (Grill et al. 2020).
pub fn momentum(knobs: &Knobs, progress: f64) -> f64 {
    let base = knobs.float("momentum");
    if knobs.text("schedule") == "cosine" {
        1.0 - (1.0 - base) * ((std::f64::consts::PI * progress.clamp(0.0, 1.0)).cos() + 1.0) / 2.0
    } else {
        base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// METHODS 4.1.
    #[test]
    fn the_cosine_schedule_ends_at_one() {
        let mut knobs = Knobs::default();
        knobs.set("momentum", 0.996);
        knobs.set("schedule", "cosine");
        for (progress, expected) in [(0.0, 0.996), (0.25, 0.996_585_786_4), (0.5, 0.998), (1.0, 1.0), (1.5, 1.0)] {
            assert!((momentum(&knobs, progress) - expected).abs() < 1e-10, "{progress}: {}", momentum(&knobs, progress));
        }
        knobs.set("schedule", "constant");
        assert!((momentum(&knobs, 0.7) - 0.996).abs() < 1e-12);
    }
}
