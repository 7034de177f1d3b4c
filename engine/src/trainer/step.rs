//! One training step.

use super::batch_norm::{BatchNorm, grouped, reordered};
use super::{GRADIENT, Network, Outputs, Trainer};
use crate::heads::Predictor;
use crate::losses::{Views, halves};
use crate::methods::target::{self, Target};
use crate::methods::{Branches, Labels, Loss};
use crate::nn::{Mode, Observed, Weights, blend};
use crate::optimisers::clip_grad_norm;
use burn::tensor::Tensor;

/// The same for positives and for negatives.
pub(super) fn twice(views: Views) -> (Views, Views) {
    (views.clone(), views)
}

/// Features and projections of both views under the weights of one branch, with the batch's own statistics.
pub(super) fn encode_views(network: &Network, norm: BatchNorm, weights: &Weights, views: Tensor<4>) -> Outputs {
    let groups = norm.groups(views.dims()[0]);
    let ([features, embedding], _) = grouped(views, &groups, |part, observed| {
        let Outputs { features, embedding } = network.forward(weights, part, &mut Mode::Train(observed));
        [features, embedding]
    });
    Outputs { features, embedding }
}

/// Projections of the momentum encoder, with the batch's own statistics, in an order of their own (of the seed and the step) if keys are shuffled;
/// no gradient.
pub(super) fn encode_targets(
    network: &Network,
    norm: BatchNorm,
    theta: &Tensor<1>,
    views: Tensor<4>,
    [seed, step]: [u64; 2],
) -> Tensor<2> {
    let weights = Weights::plain(&network.layout, theta);
    match norm.shuffle(views.dims()[0], seed, step) {
        Some([order, back]) => reordered(encode_views(network, norm, &weights, reordered(views, &order)).embedding, &back),
        None => encode_views(network, norm, &weights, views).embedding,
    }
}

impl Trainer {
    /// Takes one step. Nothing is awaited: on a GPU the work is only queued.
    pub fn step(&mut self) {
        let views = self.loader.views(self.step, &self.policies);
        self.step_on(views);
    }

    /// Takes one step on given views, `[2N, S, S, 3]`: the first views of `N` images, then their second ones.
    pub fn step_on(&mut self, views: Tensor<4>) {
        let weights = Weights::tracked(&self.network.layout, &self.theta);
        let rows = if self.needs.classifier.is_some() { self.loader.rows(self.step) } else { Vec::new() };
        let (branches, observed) = self.branches(&weights, views, &rows);
        let Loss { terms, parts } = self.method.loss(&branches, &self.live.method);
        let total = terms.total();
        let mut named = vec![("loss", total.clone())];
        named.extend(parts);
        if self.needs.frozen {
            named.push((GRADIENT, total.clone() * 0.0));
        } else {
            let gradients = total.backward();
            let (gradient, norm) = clip_grad_norm(weights.gradient(&gradients), self.live.train.float("clip"));
            named.push((GRADIENT, norm));
            self.move_weights(gradient);
            observed.into_iter().for_each(|view| self.statistics.observe(view));
        }
        let seen = branches.detached();
        self.method.remember(&seen, &self.live.method);
        if let Predictor::Direct(direct) = &mut self.predictor {
            direct.observe(seen.projection.rows(), &self.live.predictor);
        }
        self.step += 1;
        let plain = |value: Tensor<1>| if value.is_autodiff() { value.inner() } else { value };
        augsphere_kernels::buffers::end_step();
        self.pending.push((self.step, named.into_iter().map(|(name, value)| (name, plain(value).reshape([1]))).collect()));
    }

    /// How far the run is, 0 to 1.
    pub(super) fn progress(&self) -> f64 {
        self.step as f64 / self.live.train.count("steps").max(1) as f64
    }

    /// Passes over the training images so far.
    pub(super) fn epoch(&self) -> usize {
        self.step as usize * self.batch() / self.loader.data().train.len().max(1)
    }

    /// All outputs that a method may ask for, of views of the training images `rows`; and what normalisation layers saw, once for each time
    /// that it moves the running statistics.
    fn branches(&self, weights: &Weights, views: Tensor<4>, rows: &[usize]) -> (Branches, Vec<Vec<Observed>>) {
        let ([features, embedding, prediction], observed) =
            grouped(views.clone(), &self.batch_norm().groups(views.dims()[0]), |part, observed| {
                let mut mode = Mode::Train(observed);
                let Outputs { features, embedding } = self.network.forward(weights, part, &mut mode);
                let prediction = self.predictor.forward(weights, embedding.clone(), &mut mode);
                [features, embedding, prediction]
            });
        let outputs = Outputs { features, embedding: embedding.clone() };
        let projection = Views::new(embedding.clone());
        let online = if self.predictor.is_none() { projection.clone() } else { Views::new(prediction) };
        let stopped = || Views::new(embedding.clone().detach());
        let momentum = |theta| Views::new(self.target_embedding(theta, views.clone(), self.step, embedding.is_autodiff()));
        let (target, negatives) = match (self.live.target, &self.target) {
            (Target::Momentum, Some(theta)) => twice(momentum(theta)),
            (Target::MomentumPositive, Some(theta)) => (momentum(theta), stopped()),
            (Target::StopGradient, _) => twice(stopped()),
            _ => twice(projection.clone()),
        };
        let mean_view = self.needs.mean_view.map(|count| self.mean_embedding(weights, count));
        let logits = self.network.classify(weights, &outputs).as_ref().map(halves);
        let labels = logits.is_some().then(|| self.labels(rows));
        let branches = Branches {
            online,
            target,
            negatives,
            projection,
            mean_view,
            logits,
            labels,
            progress: self.progress(),
            epoch: self.epoch(),
        };
        (branches, observed)
    }

    /// Which rows of a batch share statistics of normalisation.
    pub(super) fn batch_norm(&self) -> BatchNorm {
        BatchNorm::named(self.live.train.text("batch_norm"))
    }

    /// See [`encode_targets`]: of the views of a step.
    pub(super) fn target_embedding(&self, theta: &Tensor<1>, views: Tensor<4>, step: u64, tracked: bool) -> Tensor<2> {
        let embedding = encode_targets(&self.network, self.batch_norm(), theta, views, [self.experiment.seed, step]);
        if tracked { embedding.autodiff() } else { embedding }
    }

    /// The embedding of the pixel mean of `count` other views of the step's images; a stop-gradient target makes it a constant.
    fn mean_embedding(&self, weights: &Weights, count: usize) -> Tensor<2> {
        let images = self.loader.mean_view(self.step, &self.policies, count);
        let embedding = self.network.forward(weights, images, &mut Mode::Train(&mut Vec::new())).embedding;
        if self.live.target == Target::Shared { embedding } else { embedding.detach() }
    }

    /// The classes of training images.
    pub(super) fn labels(&self, rows: &[usize]) -> Labels {
        let data = self.loader.data();
        let classes = rows.iter().map(|&row| usize::from(data.train.labels[row])).collect();
        Labels { rows: rows.to_vec(), classes, count: data.classes.len() }
    }

    /// One step of the optimiser, of the predictor at a rate of its own, and of the momentum encoder after them.
    fn move_weights(&mut self, gradient: Tensor<1>) {
        let rate = self.live.optimiser.float("learning_rate");
        let factor = self.schedule.factor(self.step as usize);
        let own = self.predictor_factor(factor);
        self.theta = match self.predictor_mask.clone() {
            // The step is proportional to the rate: taken at the full one, and shortened where it is to be shorter.
            Some(mask) if (own - factor).abs() > 1e-12 => {
                let next = self.optimiser.step(self.theta.clone(), gradient, rate, &self.live.optimiser);
                self.theta.clone() + (next - self.theta.clone()) * (mask * (own - factor) + factor)
            }
            _ => self.optimiser.step(self.theta.clone(), gradient, rate * factor, &self.live.optimiser),
        };
        if let Some(target) = self.target.take() {
            let kept = target::momentum(&self.live.target_knobs, self.progress());
            self.target = Some(blend(target, self.theta.clone(), kept, 1.0 - kept));
        }
    }

    /// What the predictor's learning rate is multiplied by.
    fn predictor_factor(&self, factor: f64) -> f64 {
        match &self.predictor {
            Predictor::Layers { trained: true, .. } => {
                let warm = factor.min(1.0);
                let base =
                    if self.live.predictor.switch("constant_rate") { self.schedule.warm_up(self.step as usize) } else { warm };
                base * self.live.predictor.float("rate")
            }
            _ => 0.0,
        }
    }
}
