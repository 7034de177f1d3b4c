//! The optimisers: how gradients move the weights.
//!
//! An optimiser is algebra on flat vectors (see [`crate::nn::Layout`]). Adding one: a file with a card and an
//! [`Optimiser`], and a line in [`LIST`].

mod adam;
mod lars;
mod schedule;
mod sgd;

pub use schedule::Schedule;

use crate::nn::{Layout, length, upload};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Choice, Fault, Knob, Knobs};
use burn::tensor::{Device, Tensor};

/// A rule that moves flat weights against a flat gradient.
pub trait Optimiser {
    /// The next weights from the weights, their gradient and this step's learning rate.
    fn step(&mut self, theta: Tensor<1>, gradient: Tensor<1>, learning_rate: f64, knobs: &Knobs) -> Tensor<1>;

    /// Adds what it remembers to a checkpoint, under names that begin with `optimiser.`.
    fn state(&self, state: &mut State);

    /// Goes on from what [`Optimiser::state`] has added.
    ///
    /// # Errors
    /// If something there does not fit.
    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault>;
}

type Build = fn(&Layout, &Device) -> Box<dyn Optimiser>;

/// Every optimiser: its card and how it is built.
const LIST: [(fn() -> Card, Build); 4] = [
    (sgd::card, sgd::build),
    (adam::card, adam::build),
    (adam::decoupled_card, adam::build_decoupled),
    (lars::card, lars::build),
];

/// The cards of all optimisers.
pub fn cards() -> Vec<Card> {
    LIST.iter().map(|(card, _)| card()).collect()
}

/// The chosen optimiser; the first of the list if the name is not known (reading an experiment refuses those).
pub fn build(choice: &Choice, layout: &Layout, device: &Device) -> Box<dyn Optimiser> {
    let found = LIST.iter().find(|(card, _)| card().name == choice.kind);
    found.unwrap_or(&LIST[0]).1(layout, device)
}

/// Keeps the velocity of an optimiser with momentum.
fn keep_velocity(velocity: Option<&Tensor<1>>, state: &mut State) {
    velocity.into_iter().for_each(|velocity| state.weights("optimiser.velocity.", velocity));
}

fn learning_rate(default: f64) -> Knob {
    Knob::float(
        "learning_rate",
        "Learning rate",
        default,
        0.0,
        100.0,
        "Size of a step after the warm-up, before the schedule lowers it.",
    )
    .logarithmic()
    .live()
}

fn weight_decay(default: f64) -> Knob {
    Knob::float(
        "weight_decay",
        "Weight decay",
        default,
        0.0,
        1.0,
        "Pull of the weight matrices towards zero; biases and normalisation are left alone by LARS and AdamW.",
    )
    .logarithmic()
    .live()
}

fn momentum() -> Knob {
    Knob::float("momentum", "Momentum", 0.9, 0.0, 0.999, "Share of the last step's direction that is kept.").live()
}

/// 1 where weight decay applies under exclusions, 0 on biases and normalisation weights.
fn matrix_mask(layout: &Layout, device: &Device) -> Tensor<1> {
    let values = layout.slots().iter().flat_map(|slot| std::iter::repeat_n(f32::from(u8::from(slot.is_matrix())), slot.len()));
    upload(values.collect(), device)
}

/// Scales `gradient` down to norm `limit` if it is longer (limit 0: never). Also returns the norm it had.
pub fn clip_grad_norm(gradient: Tensor<1>, limit: f64) -> (Tensor<1>, Tensor<1>) {
    let norm = length(gradient.clone());
    if limit <= 0.0 {
        return (gradient, norm);
    }
    let scale = (norm.clone().clamp_min(1e-12).recip() * limit).clamp_max(1.0);
    (gradient * scale, norm)
}
