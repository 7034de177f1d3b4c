//! MoCo: negatives come from a queue of what a slowly following encoder said of former batches.

use super::knobs::{queue, queue_start, temperature};
use super::queue::{Queue, Ring};
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::{Terms, queue_chance, queue_terms};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Fault, Knob, Knobs};
use burn::tensor::Tensor;

fn knobs(tau: f64) -> [Knob; 4] {
    [
        temperature(tau),
        queue(4096),
        queue_start(),
        Knob::switch(
            "symmetric",
            "Both directions",
            true,
            "Each view is once the query and once the key; off: the first view asks, as published.",
        ),
    ]
}

/// MoCo's card, with the linear head of the first version.
pub fn card_v1() -> Card {
    Card::new(
        "moco_v1",
        "MoCo v1",
        "Each view must find its other view, seen by a momentum encoder, among a long queue of former embeddings. Linear head.",
        "He, Fan, Wu, Xie, Girshick, 2020, arXiv 1911.05722",
    )
    .family("contrastive")
    .knobs(knobs(0.07))
    .implies("target.kind", "momentum")
    .implies("train.batch_norm", "shuffled")
    .implies("projector.layers", 1i64)
}

/// The card of the second version, with its non-linear head.
pub fn card_v2() -> Card {
    Card::new(
        "moco_v2",
        "MoCo v2",
        "MoCo with a head of two layers and a higher temperature.",
        "Chen, Fan, Girshick, He, 2020, arXiv 2003.04297",
    )
    .family("contrastive")
    .knobs(knobs(0.2))
    .implies("target.kind", "momentum")
    .implies("train.batch_norm", "shuffled")
    .implies("projector.batch_norm", false)
}

#[derive(Clone)]
struct MoCo {
    queue: Queue,
}

/// Both versions differ in their defaults only.
pub fn build(setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(MoCo { queue: Queue::new(setup) })
}

impl Method for MoCo {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let ([q1, q2], [k1, k2]) = (branches.online.halves(), branches.target.halves());
        let tau = knobs.float("temperature");
        let (rows, counted) = self.queue.rows(&q1);
        let filled = self.queue.filled(&q1);
        let terms = queue_terms(q1, k2, rows.clone(), counted, tau);
        let terms = if knobs.switch("symmetric") {
            let other = queue_terms(q2, k1, rows, counted, tau);
            Terms { attract: (terms.attract + other.attract) / 2.0, repel: (terms.repel + other.repel) / 2.0 }
        } else {
            terms
        };
        Loss { terms, parts: vec![("queue_filled", filled)] }
    }

    fn remember(&mut self, branches: &Branches, knobs: &Knobs) {
        let [c1, c2] = branches.negatives.halves();
        self.queue.push(if knobs.switch("symmetric") { Tensor::cat(vec![c1, c2], 0) } else { c2 });
    }

    fn state(&self, state: &mut State) {
        self.queue.state(state);
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        self.queue.restore(stored)
    }

    fn remembered(&self) -> Option<Box<dyn Method>> {
        Some(Box::new(self.clone()))
    }

    fn ring(&self) -> Option<Ring> {
        Some(self.queue.ring())
    }

    fn queued_steps(&self) -> usize {
        self.queue.pushes()
    }

    fn queued(&self, age: usize) -> Option<Tensor<2>> {
        self.queue.pushed(age)
    }

    fn levels(&self, _images: usize, knobs: &Knobs) -> Vec<Level> {
        let length = knobs.count("queue");
        vec![Level { value: queue_chance(length), words: format!("chance with a full queue: log(1 + K) with K = {length}") }]
    }
}
