//! Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019).

use super::{Optimiser, learning_rate, matrix_mask, weight_decay};
use crate::nn::{self, AdamStep, Layout};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Fault, Knob, Knobs};
use burn::tensor::{Device, Tensor};

/// PyTorch's default.
const EPSILON: f32 = 1e-8;

fn betas() -> [Knob; 2] {
    [
        Knob::float("beta1", "Beta 1", 0.9, 0.0, 0.9999, "Memory of the mean gradient.").live(),
        Knob::float("beta2", "Beta 2", 0.999, 0.0, 0.99999, "Memory of the squared gradient.").live(),
    ]
}

/// Adam's card.
pub fn card() -> Card {
    Card::new(
        "adam",
        "Adam",
        "Steps scaled by each weight's own gradient history; weight decay is added to the gradient.",
        "Kingma, Ba, 2015, arXiv 1412.6980",
    )
    .knobs([learning_rate(1e-3)])
    .knobs(betas())
    .knobs([weight_decay(0.0)])
}

/// AdamW's card.
pub fn decoupled_card() -> Card {
    Card::new(
        "adamw",
        "AdamW",
        "Adam with weight decay apart from the gradient, on weight matrices only.",
        "Loshchilov, Hutter, 2019, arXiv 1711.05101",
    )
    .knobs([learning_rate(1e-3)])
    .knobs(betas())
    .knobs([weight_decay(0.01)])
}

struct Adam {
    moments: Option<[Tensor<1>; 2]>,
    count: i32,
    /// Where decoupled weight decay applies; `None` for plain Adam.
    decoupled: Option<Tensor<1>>,
}

/// Adam.
pub fn build(_layout: &Layout, _device: &Device) -> Box<dyn Optimiser> {
    Box::new(Adam { moments: None, count: 0, decoupled: None })
}

/// AdamW.
pub fn build_decoupled(layout: &Layout, device: &Device) -> Box<dyn Optimiser> {
    Box::new(Adam { moments: None, count: 0, decoupled: Some(matrix_mask(layout, device)) })
}

impl Optimiser for Adam {
    fn step(&mut self, theta: Tensor<1>, gradient: Tensor<1>, learning_rate: f64, knobs: &Knobs) -> Tensor<1> {
        let (beta1, beta2, decay) = (knobs.float("beta1"), knobs.float("beta2"), knobs.float("weight_decay"));
        let moments = self.moments.take().unwrap_or_else(|| [gradient.zeros_like(), gradient.zeros_like()]);
        self.count += 1;
        let step = AdamStep {
            rate: learning_rate as f32,
            beta1: beta1 as f32,
            beta2: beta2 as f32,
            unbias1: (1.0 - beta1.powi(self.count)) as f32,
            unbias2: (1.0 - beta2.powi(self.count)) as f32,
            epsilon: EPSILON,
            decay: decay as f32,
        };
        let (theta, moments) = nn::adam(theta, gradient, moments, self.decoupled.clone(), step);
        self.moments = Some(moments);
        theta
    }

    fn state(&self, state: &mut State) {
        if let Some([mean, square]) = &self.moments {
            state.weights("optimiser.mean.", mean);
            state.weights("optimiser.square.", square);
        }
        state.count("optimiser.count", [self.count.unsigned_abs().into()]);
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        self.moments = stored.weights("optimiser.mean.")?.zip(stored.weights("optimiser.square.")?).map(<[Tensor<1>; 2]>::from);
        self.count = i32::try_from(stored.count("optimiser.count")).unwrap_or(i32::MAX);
        Ok(())
    }
}
