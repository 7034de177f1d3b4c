//! Stochastic gradient descent with momentum, as PyTorch defines it: `v = mu v + (g + wd theta)`, `theta -= lr v`.

use super::{Optimiser, keep_velocity, learning_rate, momentum, weight_decay};
use crate::nn::{self, Layout, SgdStep};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Fault, Knobs};
use burn::tensor::{Device, Tensor};

/// The card.
pub fn card() -> Card {
    Card::new(
        "sgd",
        "SGD with momentum",
        "Follow a running mean of gradients. Weight decay applies to every weight, as in most published CIFAR recipes.",
        "",
    )
    .knobs([learning_rate(0.12), momentum(), weight_decay(5e-4)])
}

struct Sgd {
    velocity: Option<Tensor<1>>,
}

/// The optimiser.
pub fn build(_layout: &Layout, _device: &Device) -> Box<dyn Optimiser> {
    Box::new(Sgd { velocity: None })
}

impl Optimiser for Sgd {
    fn step(&mut self, theta: Tensor<1>, gradient: Tensor<1>, learning_rate: f64, knobs: &Knobs) -> Tensor<1> {
        let velocity = self.velocity.take().unwrap_or_else(|| gradient.zeros_like());
        let step = SgdStep {
            rate: learning_rate as f32,
            momentum: knobs.float("momentum") as f32,
            decay: knobs.float("weight_decay") as f32,
        };
        let (theta, velocity) = nn::sgd(theta, gradient, velocity, step);
        self.velocity = Some(velocity);
        theta
    }

    fn state(&self, state: &mut State) {
        keep_velocity(self.velocity.as_ref(), state);
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        self.velocity = stored.weights("optimiser.velocity.")?;
        Ok(())
    }
}
