//! The end of the continuous flow, and whether it is a collapse.
//!
//! METHODS 4.4. Without weight decay the loss stands still only where `theta = 0` (collapse) or `phi = 1`, and the
//! invariant says which point of these two lines it is. `theta` never changes its sign.

use super::{Point, Toy, Variant};

/// An end of the flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The predictor.
    pub phi: f64,
    /// The encoder; 0 is collapse.
    pub theta: f64,
    /// Which condition on the start decided: a sentence.
    pub why: &'static str,
}

/// Invariants nearer than this to an edge between two ends count as on it: they are differences of rounded numbers.
const EDGE: f64 = 1e-14;

impl Limit {
    fn collapse(phi: f64, why: &'static str) -> Self {
        Self { phi, theta: 0.0, why }
    }

    /// At `phi = 1`, on the side of `theta` where `start` is.
    fn sound(start: Point, squared: f64, why: &'static str) -> Self {
        Self { phi: 1.0, theta: squared.sqrt().copysign(start.theta), why }
    }
}

impl Toy {
    /// Where the flow from `start` ends, in closed form. `None` where none is known: a target that never moves or does not
    /// start at the encoder, and weight decay of at most 1/4 with stop-gradient for most starts (see
    /// [`Self::fixed_points`]).
    pub fn limit(&self, start: Point) -> Option<Limit> {
        if self.momentum.is_some_and(|rate| rate <= 0.0 || start.target != start.theta) {
            return None;
        }
        if self.weight_decay > 0.0 {
            return self.decayed(start);
        }
        if start.theta == 0.0 {
            return Some(Limit::collapse(start.phi, "An encoder at 0 receives no gradient."));
        }
        let conserved = self.invariant(start);
        match self.variant {
            Variant::StopGradient => Some(stop_gradient(start, conserved)),
            // A momentum target has no gradient to be let through.
            _ if self.momentum.is_some() => None,
            Variant::NoStopGradient => Some(no_stop_gradient(start, conserved)),
            Variant::TargetOnly => Some(target_only(start, conserved)),
        }
    }

    /// With stop-gradient and weight decay `eta` up to 1/4: the two places with `phi = |theta|`, apart from 0, where nothing
    /// moves, `(1 -+ sqrt(1 - 4 eta)) / 2`. The lower is the watershed between collapse and the upper, which is stable.
    pub fn fixed_points(&self) -> Option<[f64; 2]> {
        let discriminant = 1.0 - 4.0 * self.weight_decay;
        let root = (self.variant == Variant::StopGradient && discriminant >= 0.0).then(|| discriminant.sqrt())?;
        Some([(1.0 - root) / 2.0, (1.0 + root) / 2.0])
    }

    /// With weight decay.
    fn decayed(&self, start: Point) -> Option<Limit> {
        if self.variant != Variant::StopGradient {
            let why = "Without stop-gradient nothing holds the encoder against weight decay.";
            return self.momentum.is_none().then_some(Limit::collapse(0.0, why));
        }
        let Some([watershed, stable]) = self.fixed_points() else {
            return Some(Limit::collapse(0.0, "Weight decay above 1/4 always collapses."));
        };
        if start.theta == 0.0 || self.lost(start, watershed) {
            return Some(Limit::collapse(0.0, "So near to 0, weight decay is stronger than the gradient."));
        }
        // Where phi = theta it stays so, and one number is left: d theta/dt = theta ((1 - theta) theta - eta).
        let diagonal = self.momentum.is_none() && start.phi.abs() == start.theta.abs();
        let why = "Where phi = |theta| it stays so, and the start is on this side of the unstable fixed point.";
        match start.phi {
            phi if diagonal && phi > watershed => Some(Limit { phi: stable, theta: stable.copysign(start.theta), why }),
            phi if diagonal && phi < 0.0 => Some(Limit::collapse(0.0, "Where phi = -|theta| both can only fall to 0.")),
            _ => None,
        }
    }

    /// Whether this is a point from which all further movement is towards 0.
    fn lost(&self, at: Point, watershed: f64) -> bool {
        // With a momentum target an encoder may change its sign, so that a very negative predictor can swing it up.
        let low = if self.momentum.is_some() { at.phi.abs().max(at.target.abs()) } else { at.phi };
        low < watershed && at.theta.abs() < watershed
    }

    /// Where the flow ends that has come to `at`, if with weight decay it is clearly on one side of the watershed.
    pub(super) fn nearing(&self, at: Point) -> Option<Limit> {
        let [watershed, stable] = self.fixed_points().filter(|_| self.momentum != Some(0.0) && self.weight_decay > 0.0)?;
        if self.lost(at, watershed) {
            return Some(Limit::collapse(0.0, "It has come below the unstable fixed point."));
        }
        let gaps = [at.phi - stable, at.theta.abs() - stable, self.target(at).abs() - stable];
        let arrived = gaps.iter().all(|gap| gap.abs() < (stable - watershed) / 8.0);
        let why = "It has come near the stable fixed point.";
        arrived.then(|| Limit { phi: stable, theta: stable.copysign(at.theta), why })
    }
}

/// Moves on the hyperbola `theta^2 - phi^2 = conserved`, towards `phi = 1` if that branch leads there without `theta = 0`.
fn stop_gradient(start: Point, conserved: f64) -> Limit {
    if start.phi < 0.0 && conserved <= EDGE {
        let why = "The predictor starts negative and not smaller than the encoder: it cannot rise past 0.";
        return Limit::collapse(-(-conserved).max(0.0).sqrt(), why);
    }
    if conserved <= EDGE - 1.0 {
        let why = "The predictor starts above sqrt(1 + theta^2): the encoder is used up before it has come down to 1.";
        return Limit::collapse((-conserved).sqrt(), why);
    }
    Limit::sound(
        start,
        1.0 + conserved,
        "With stop-gradient a predictor that is not too negative finds 1 before the encoder dies.",
    )
}

/// Moves on the hyperbola `(1 - phi)^2 - theta^2 = conserved`, always towards smaller `|theta|`.
fn no_stop_gradient(start: Point, conserved: f64) -> Limit {
    if start.phi == 1.0 || conserved < -EDGE {
        return Limit::sound(start, -conserved, "The encoder starts above |1 - phi|: the predictor finds 1 before it dies.");
    }
    let phi = 1.0 - conserved.max(0.0).sqrt().copysign(1.0 - start.phi);
    Limit::collapse(phi, "Without stop-gradient an encoder that starts at or below |1 - phi| falls to 0.")
}

/// Moves on the parabola `phi + theta^2 / 2 = conserved`.
fn target_only(start: Point, conserved: f64) -> Limit {
    if start.phi == 1.0 || conserved > 1.0 + EDGE {
        let why = "The encoder's square starts above 2 (1 - phi): the predictor finds 1 before it dies.";
        return Limit::sound(start, 2.0 * (conserved - 1.0), why);
    }
    Limit::collapse(conserved, "Along the target's gradient an encoder whose square starts at or below 2 (1 - phi) falls to 0.")
}
