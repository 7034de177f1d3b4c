//! Alignment and uniformity as what is trained, not only what is measured: in the batch, or against a queue.

use super::knobs::{queue, queue_start, weight};
use super::queue::{Queue, Ring};
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::{Terms, alignment, uniformity, uniformity_against, uniformity_with_self};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Fault, Knob, Knobs};
use burn::tensor::Tensor;

const WHY: &str = "its second term looks at the trained branch alone, so this would be the momentum encoder";

fn shared_knobs() -> [Knob; 4] {
    [
        weight(
            "align",
            "Weight of alignment",
            1.0,
            10.0,
            "How much views of one image are pulled together; 0 leaves uniformity alone.",
        ),
        weight(
            "uniform",
            "Weight of uniformity",
            1.0,
            10.0,
            "How much all images are spread over the sphere; at 0 everything collapses.",
        ),
        Knob::float("alpha", "Alpha", 2.0, 0.5, 4.0, "Exponent of the distance between two views.").live(),
        Knob::float("t", "t", 2.0, 0.1, 10.0, "Sharpness of the repulsion: high values see near neighbours only.").live(),
    ]
}

/// The card of the form within the batch.
pub fn card() -> Card {
    Card::new(
        "alignment_uniformity",
        "Alignment and uniformity",
        "The two properties that contrastive learning ends up with, trained directly.",
        "Wang, Isola, 2020, arXiv 2005.10242, figure 6",
    )
    .family("alignment and uniformity")
    .knobs(shared_knobs())
    .knobs([Knob::choice(
        "estimator",
        "Estimator",
        &["pairs", "with_self"],
        "pairs: over different images, as the authors' code has it; can fall below the optimum. with_self: each image is also its own neighbour, and the bound holds.",
    )
    .live()])
    .conflicts_with("target.kind", "momentum_positive", WHY)
}

/// The card of the form with a queue.
pub fn card_queue() -> Card {
    Card::new(
        "alignment_uniformity_queue",
        "Alignment and uniformity with a queue",
        "Alignment to a momentum encoder, uniformity against a queue of its former embeddings.",
        "Wang, Isola, 2020, arXiv 2005.10242, appendix B.2",
    )
    .family("alignment and uniformity")
    .knobs(shared_knobs())
    .knobs([queue(4096), queue_start()])
    .implies("target.kind", "momentum")
}

#[derive(Clone)]
struct AlignmentUniformity {
    queue: Option<Queue>,
}

/// Within the batch.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(AlignmentUniformity { queue: None })
}

/// With a queue.
pub fn build_queue(setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(AlignmentUniformity { queue: Some(Queue::new(setup)) })
}

impl Method for AlignmentUniformity {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let online = branches.online.unit_halves();
        let target = branches.target.unit_halves();
        let alpha = knobs.float("alpha");
        let [o1, o2] = online.clone();
        let [t1, t2] = target;
        let align = (alignment(o1, t2, alpha) + alignment(o2, t1, alpha)) / 2.0;
        let t = knobs.float("t");
        let of = |x: Tensor<2>| match &self.queue {
            Some(queue) => {
                let (rows, counted) = queue.rows(&x);
                uniformity_against(x, rows, counted, t)
            }
            None if knobs.text("estimator") == "with_self" => uniformity_with_self(x, t),
            None => uniformity(x, t),
        };
        let [o1, o2] = online;
        let filled = self.queue.as_ref().map(|queue| ("queue_filled", queue.filled(&o1)));
        let uniform = (of(o1) + of(o2)) / 2.0;
        let mut parts = vec![("align", align.clone()), ("uniform", uniform.clone())];
        parts.extend(filled);
        Loss { terms: Terms { attract: align * knobs.float("align"), repel: uniform * knobs.float("uniform") }, parts }
    }

    fn remember(&mut self, branches: &Branches, _knobs: &Knobs) {
        if let Some(queue) = &mut self.queue {
            queue.push(branches.negatives.rows());
        }
    }

    fn state(&self, state: &mut State) {
        self.queue.iter().for_each(|queue| queue.state(state));
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        self.queue.iter_mut().try_for_each(|queue| queue.restore(stored))
    }

    fn remembered(&self) -> Option<Box<dyn Method>> {
        self.queue.is_some().then(|| Box::new(self.clone()) as Box<dyn Method>)
    }

    fn ring(&self) -> Option<Ring> {
        self.queue.as_ref().map(Queue::ring)
    }

    fn queued_steps(&self) -> usize {
        self.queue.as_ref().map_or(0, Queue::pushes)
    }

    fn queued(&self, age: usize) -> Option<Tensor<2>> {
        self.queue.as_ref()?.pushed(age)
    }

    fn levels(&self, _images: usize, knobs: &Knobs) -> Vec<Level> {
        let words = if self.queue.is_some() { "all embeddings equal, and those of the queue" } else { "all embeddings equal" };
        // Without uniformity nothing is lower: the loss is best at collapse.
        let least = if knobs.float("uniform") == 0.0 { "the least there is: " } else { "" };
        vec![Level { value: 0.0, words: format!("{least}{words}") }]
    }
}
