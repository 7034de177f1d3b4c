//! PiCO: learning from labels that are only narrowed down to a few candidates.
//!
//! Every image has a set of candidates: its class and, each by chance, other classes. A classifier learns from a soft target
//! over the candidates, which prototypes of the embeddings disambiguate; the contrastive part pulls together what seems to be of
//! one class. The paper's first view is drawn from weak augmentations and its second from strong ones: the recipe `pico`.

use super::knobs::{queue, queue_start, temperature, weight};
use super::queue::{Queue, Ring};
use super::{Branches, Classify, Labels, Loss, Method, Needs, Setup};
use crate::losses::Terms;
use crate::losses::{classification, confidence_after, partial_contrast, prototypes_after, pseudo_labels, queue_terms};
use crate::nn::product;
use crate::random::{Purpose, RngExt as _, stream};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Fault, Knob, Knobs};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};

const NO_SHARED: &str = "its keys are those of a momentum encoder, which no gradient reaches";
const ONE_POOL: &str = "its positives are found in the same pool as its negatives";

/// The card.
pub fn card() -> Card {
    Card::new(
        "pico",
        "PiCO",
        "Sees labels, but ambiguous ones: a set of candidates for each image, cleared up by prototypes of the embeddings.",
        "Wang et al., 2022, arXiv 2201.08984",
    )
    .family("labels allowed")
    .knobs([
        Knob::float(
            "ambiguity",
            "Ambiguity",
            0.3,
            0.0,
            1.0,
            "Chance of every wrong class to stand among the candidates of an image (q).",
        ),
        weight("contrast", "Weight of contrast", 0.5, 10.0, "How much the contrastive part counts beside the classifier."),
        temperature(0.07),
        queue(2048),
        queue_start(),
        Knob::float(
            "gamma",
            "Memory of prototypes",
            0.99,
            0.0,
            0.9999,
            "Share of a prototype that is kept at each image of its class.",
        )
        .live(),
        Knob::float(
            "phi_start",
            "Trust at the start",
            0.95,
            0.0,
            1.0,
            "Share of the old soft target that is kept at each visit, at first.",
        )
        .live(),
        Knob::float("phi_end", "Trust at the end", 0.8, 0.0, 1.0, "The same at the end of the run.").live(),
        Knob::int("prototypes_from", "Prototypes from epoch", 1, 0, 1000, "Epochs before soft targets follow the prototypes.")
            .live(),
    ])
    .implies("target.kind", "momentum")
    .implies("train.batch_norm", "per_view")
    .conflicts_with("target.kind", "shared", NO_SHARED)
    .conflicts_with("target.kind", "momentum_positive", ONE_POOL)
}

#[derive(Clone)]
struct PiCo {
    seed: u64,
    images: usize,
    ambiguity: f32,
    queue: Queue,
    /// One-hot pseudo-labels of the queue's rows, in the same ring.
    queue_classes: Option<Tensor<2>>,
    /// Soft targets of all training images, `[images, C]`.
    confidence: Option<Tensor<2>>,
    /// `[C, d]`.
    prototypes: Option<Tensor<2>>,
}

/// The method.
pub fn build(setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(PiCo {
        seed: setup.seed,
        images: setup.images,
        ambiguity: setup.knobs.float("ambiguity") as f32,
        queue: Queue::new(setup),
        queue_classes: None,
        confidence: None,
        prototypes: None,
    })
}

/// What is known of a batch beside its embeddings.
struct Known {
    /// `[N, C]`: 1 where a class is a candidate.
    candidates: Tensor<2>,
    /// Soft targets `[N, C]`.
    targets: Tensor<2>,
    /// One-hot pseudo-labels `[N, C]`.
    pseudo: Tensor<2>,
    rows: Tensor<1, Int>,
}

impl PiCo {
    /// 1 for the class of an image and for each other class with the chance that the knob says, the same at every visit.
    fn candidates(&self, rows: &[usize], classes: &[usize], count: usize, device: &Device) -> Tensor<2> {
        let mut values = vec![0.0f32; rows.len() * count];
        for ((row, class), set) in rows.iter().zip(classes).zip(values.chunks_exact_mut(count)) {
            let mut rng = stream(self.seed, Purpose::Candidates, *row as u64);
            set.iter_mut().for_each(|value| *value = f32::from(u8::from(rng.chance(self.ambiguity))));
            set[*class] = 1.0;
        }
        Tensor::from_data(TensorData::new(values, [rows.len(), count]), device)
    }

    fn known(&self, branches: &Branches) -> (Known, [Tensor<2>; 2]) {
        let (Some(logits), Some(labels)) = (branches.logits.clone(), &branches.labels) else {
            unreachable!("a classifier was asked for");
        };
        let device = logits[0].device().without_autodiff();
        let candidates = self.candidates(&labels.rows, &labels.classes, labels.count, &device);
        let rows: Vec<i32> = labels.rows.iter().map(|&row| i32::try_from(row).unwrap_or(i32::MAX)).collect();
        let rows: Tensor<1, Int> = Tensor::from_data(TensorData::new(rows, [labels.rows.len()]), &device);
        let uniform = candidates.clone() / candidates.clone().sum_dim(1);
        let targets = match self.confidence.as_ref().filter(|table| table.dims()[1] == labels.count) {
            // Images that were not seen yet have a row of zeros.
            Some(table) => {
                let kept = table.clone().select(0, rows.clone());
                let fresh = kept.clone().sum_dim(1).lower_elem(0.5).float();
                kept + uniform * fresh
            }
            None => uniform,
        };
        let plain = if logits[0].is_autodiff() { logits[0].clone().inner() } else { logits[0].clone() };
        let pseudo = pseudo_labels(candidates.clone(), softmax(plain, 1));
        (Known { candidates, targets, pseudo, rows }, logits)
    }

    /// Whether soft targets and the contrastive part use what the classifier says by now.
    fn warm(branches: &Branches, knobs: &Knobs) -> bool {
        branches.epoch >= knobs.count("prototypes_from")
    }

    /// Pool of queries, keys and queue, and what each row of it is to each query (see [`partial_contrast`]). As in the official code
    /// the queries keep their gradient where they are candidates; keys and queue have none.
    fn pool(&self, query: &Tensor<2>, key: Tensor<2>, pseudo: &Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let [count, classes] = pseudo.dims();
        let device = pseudo.device();
        let (rows, counted) = self.queue.rows(&key);
        let constant = |plain: Tensor<2>| if query.is_autodiff() { plain.autodiff() } else { plain };
        let same_batch = product(pseudo.clone(), pseudo.clone().transpose());
        let eye: Tensor<2> = Tensor::eye(count, &device);
        let itself = same_batch.clone() * (eye.clone() * -1.0 + 1.0) - eye;
        let (mut pool, mut same) = (vec![query.clone(), constant(key)], vec![itself, same_batch]);
        if counted > 0 {
            let queued = self.queue_classes.clone().filter(|table| table.dims()[1] == classes);
            let queued = queued.unwrap_or_else(|| Tensor::zeros([rows.dims()[0], classes], &device));
            pool.push(constant(rows.narrow(0, 0, counted)));
            same.push(product(pseudo.clone(), queued.narrow(0, 0, counted).transpose()));
        }
        (Tensor::cat(pool, 0), Tensor::cat(same, 1))
    }

    /// Share of rows in which the largest of `scores` `[N, C]` is that of the class, as one element.
    fn accuracy(scores: Tensor<2>, labels: &Labels) -> Tensor<1> {
        let classes: Vec<i32> = labels.classes.iter().map(|&class| class as i32).collect();
        let [n, _] = scores.dims();
        let truth: Tensor<2, Int> = Tensor::from_data(TensorData::new(classes, [n, 1]), &scores.device());
        scores.argmax(1).equal(truth).float().mean()
    }
}

impl Method for PiCo {
    fn needs(&self) -> Needs {
        Needs { classifier: Some(Classify::Features), ..Needs::default() }
    }

    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let (known, [logits, _]) = self.known(branches);
        let plain = if logits.is_autodiff() { logits.clone().inner() } else { logits.clone() };
        let labels = branches.labels.as_ref();
        let accuracy = |scores: Tensor<2>| labels.map(|labels| Self::accuracy(scores, labels));
        let accuracies = [("classifier_accuracy", accuracy(plain)), ("pseudo_label_accuracy", accuracy(known.pseudo.clone()))];
        let tracked = logits.is_autodiff();
        let constant = |plain: Tensor<2>| if tracked { plain.autodiff() } else { plain };
        let class = classification(logits, constant(known.targets));
        let [query, _] = branches.online.halves();
        let seen = branches.detached();
        let ([_, key], tau) = (seen.target.halves(), knobs.float("temperature"));
        let contrast = if Self::warm(branches, knobs) {
            let (pool, same) = self.pool(&query, key, &known.pseudo);
            partial_contrast(query, pool, constant(same), tau)
        } else {
            let (rows, counted) = self.queue.rows(&query);
            queue_terms(query, constant(key), rows, counted, tau)
        };
        let share = knobs.float("contrast");
        let mut parts = vec![
            ("classification", class.clone()),
            ("contrast", contrast.total()),
            ("queue_filled", self.queue.filled(&class.clone().reshape([1, 1]))),
        ];
        parts.extend(accuracies.into_iter().filter_map(|(name, value)| Some((name, value?))));
        Loss { terms: Terms { attract: class + contrast.attract * share, repel: contrast.repel * share }, parts }
    }

    fn prototypes(&self) -> Option<Tensor<2>> {
        self.prototypes.clone()
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

    fn state(&self, state: &mut State) {
        self.queue.state(state);
        let tables = [("queue.classes", &self.queue_classes), ("confidence", &self.confidence), ("prototypes", &self.prototypes)];
        for (name, table) in tables {
            table.iter().for_each(|table| state.tensor(&format!("method.{name}"), table));
        }
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        self.queue.restore(stored)?;
        self.queue_classes = stored.matrix("method.queue.classes", Some(self.queue.length()), None)?;
        self.confidence = stored.matrix("method.confidence", Some(self.images), None)?;
        self.prototypes = stored.matrix("method.prototypes", None, None)?;
        Ok(())
    }

    fn remembered(&self) -> Option<Box<dyn Method>> {
        Some(Box::new(self.clone()))
    }

    fn remember(&mut self, branches: &Branches, knobs: &Knobs) {
        let (known, _) = self.known(branches);
        let [_, classes] = known.pseudo.dims();
        let [query, _] = branches.online.unit_halves();
        let [_, dimension] = query.dims();
        let device = query.device();
        let prototypes = self.prototypes.take().filter(|kept| kept.dims() == [classes, dimension]);
        let prototypes = prototypes.unwrap_or_else(|| Tensor::zeros([classes, dimension], &device));
        if Self::warm(branches, knobs) {
            let scores = product(query.clone(), prototypes.clone().transpose());
            let phi = knobs.float("phi_start") + branches.progress * (knobs.float("phi_end") - knobs.float("phi_start"));
            let next = confidence_after(known.targets.clone(), known.candidates.clone(), scores, phi);
            let table = self.confidence.take().filter(|table| table.dims()[1] == classes);
            let table = table.unwrap_or_else(|| Tensor::zeros([self.images, classes], &device));
            let before = table.clone().select(0, known.rows.clone());
            self.confidence = Some(table.select_assign(0, known.rows, next - before, burn::tensor::IndexingUpdateOp::Add));
        }
        self.prototypes = Some(prototypes_after(prototypes, query, known.pseudo.clone(), knobs.float("gamma")));
        let kept = self.queue.fit(dimension);
        let classes_of_queue = self
            .queue_classes
            .take()
            .filter(|table| kept && table.dims()[1] == classes)
            .unwrap_or_else(|| Tensor::zeros([self.queue.length(), classes], &device));
        self.queue_classes = Some(self.queue.over(classes_of_queue, known.pseudo));
        self.queue.push(branches.negatives.halves()[1].clone());
    }
}
