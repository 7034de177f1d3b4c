//! LARS (You, Gitman, Ginsburg 2017): each weight matrix moves in proportion to its own length.
//!
//! For a matrix `w` with gradient `g`: `u = g + wd w`, trust ratio `eta |w| / |u|`, `v = mu v + ratio lr u`, `w -= v`.
//! Biases and normalisation weights are excluded from both adaptation and weight decay, as SimCLR does.

use super::{Optimiser, keep_velocity, learning_rate, matrix_mask, momentum, weight_decay};
use crate::nn::{Layout, Slot};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Fault, Knob, Knobs};
use burn::tensor::{Device, Tensor};

/// The card.
pub fn card() -> Card {
    Card::new(
        "lars",
        "LARS",
        "SGD in which each weight matrix takes steps in proportion to its own length; for very large batches.",
        "You, Gitman, Ginsburg, 2017, arXiv 1708.03888",
    )
    .knobs([
        learning_rate(1.0),
        momentum(),
        weight_decay(1e-4),
        Knob::float(
            "trust",
            "Trust coefficient",
            0.001,
            1e-5,
            1.0,
            "Length of a step relative to the length of the weight (eta).",
        )
        .logarithmic()
        .live(),
    ])
}

struct Lars {
    slots: Vec<Slot>,
    mask: Tensor<1>,
    velocity: Option<Tensor<1>>,
}

/// The optimiser.
pub fn build(layout: &Layout, device: &Device) -> Box<dyn Optimiser> {
    Box::new(Lars { slots: layout.slots().to_vec(), mask: matrix_mask(layout, device), velocity: None })
}

impl Lars {
    /// The trust ratio of every weight, flat; 1 on what is excluded and where a norm is zero.
    fn ratios(&self, theta: &Tensor<1>, update: &Tensor<1>, trust: f64) -> Tensor<1> {
        let ratio = |slot: &Slot| {
            if !slot.is_matrix() {
                return Tensor::ones([slot.len()], &theta.device());
            }
            let norm = |flat: &Tensor<1>| flat.clone().narrow(0, slot.offset, slot.len()).square().sum().sqrt();
            let (weight, step) = (norm(theta), norm(update));
            let known = (weight.clone() * step.clone()).greater_elem(0.0).float();
            let ratio = weight * trust / step.clamp_min(1e-12);
            (ratio * known.clone() + (known * -1.0 + 1.0)).expand([slot.len()])
        };
        Tensor::cat(self.slots.iter().map(ratio).collect(), 0)
    }
}

impl Optimiser for Lars {
    fn step(&mut self, theta: Tensor<1>, gradient: Tensor<1>, learning_rate: f64, knobs: &Knobs) -> Tensor<1> {
        let update = gradient + theta.clone() * self.mask.clone() * knobs.float("weight_decay");
        let step = self.ratios(&theta, &update, knobs.float("trust")) * update * learning_rate;
        let velocity = match self.velocity.take() {
            Some(velocity) => velocity * knobs.float("momentum") + step,
            None => step,
        };
        self.velocity = Some(velocity.clone());
        theta - velocity
    }

    fn state(&self, state: &mut State) {
        keep_velocity(self.velocity.as_ref(), state);
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        self.velocity = stored.weights("optimiser.velocity.")?;
        Ok(())
    }
}
