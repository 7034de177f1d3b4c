//! Stochastic gradient descent with momentum, as PyTorch defines it: `v = mu v + (g + wd theta)`, `theta -= lr v`.

use super::{Optimiser, learning_rate, momentum, weight_decay};
use crate::nn::Layout;
use augsphere_spec::{Card, Knobs};
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
        let gradient = gradient + theta.clone() * knobs.float("weight_decay");
        let velocity = match self.velocity.take() {
            Some(velocity) => velocity * knobs.float("momentum") + gradient,
            None => gradient,
        };
        self.velocity = Some(velocity.clone());
        theta - velocity * learning_rate
    }
}
