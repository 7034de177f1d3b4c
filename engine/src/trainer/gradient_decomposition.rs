//! The gradient on a batch in its two parts, and its cosines with the gradients of other methods.
//!
//! The unified form of Tao et al. 2022 (METHODS.md 6.1): `dL/du = -positive + balance * negative` for an embedding `u`. The two
//! parts are the derivatives of the two terms that every loss here has. They are taken with respect to the raw embedding `z`, and
//! each becomes `|z| (I - u u^T) dL/dz` with `u = z / |z|`: the part along the tangent of the unit sphere at `u`, which is all that
//! moves the point. Norms, angles, balance and cosines are of these, for every method: a radial part only changes the length.
//!
//! A method that is defined on unit rows (its card implies `projector.l2`) is compared on `u`, however long `z` is.

use super::batch_norm::grouped;
use super::step::twice;
use super::{Outputs, Trainer};
use crate::heads::{Direct, Predictor};
use crate::losses::{Terms, Views, halves, normalise};
use crate::methods::target::Target;
use crate::methods::{self, Branches, Method, Needs};
use crate::nn::{Mode, Weights};
use crate::readback::read;
use augsphere_spec::{Anatomy, Card, Fault, Knobs, Scalar};
use burn::tensor::Tensor;

/// Smallest length that a cosine is taken of.
const TINY: f64 = 1e-20;

/// A tangent part below this share of its gradient is what rounding left of a radial one.
const ROUNDING: f64 = 1e-5;

/// One batch, encoded once; embeddings are leaves of their own from here on.
struct Encoded {
    embedding: Tensor<2>,
    features: Tensor<2>,
    target_embedding: Option<Tensor<2>>,
    mean_view: Option<Tensor<2>>,
    rows: Vec<usize>,
}

/// Whose gradient is asked for.
struct Asked<'a> {
    method: &'a dyn Method,
    knobs: &'a Knobs,
    needs: Needs,
    /// Stands in for the network's own predictor.
    predictor: Option<&'a Predictor>,
    /// Whether the loss is taken of rows of unit length.
    unit: bool,
}

impl Trainer {
    /// The gradient on the next batch in its two parts; with `compare` also its cosine with those that other methods would give.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn anatomy(&self, compare: bool) -> Result<Anatomy, Fault> {
        let rows = self.loader.rows(self.step);
        let views = self.loader.views(self.step, &self.policies);
        let plain = Weights::plain(&self.network.layout, &self.theta);
        let Outputs { features, embedding } = self.encode_views(&plain, views.clone());
        let target_embedding = self.target.as_ref().map(|theta| self.target_embedding(theta, views.clone(), self.step, false));
        let mean_view = self.needs.mean_view.map(|count| {
            let images = self.loader.mean_view(self.step, &self.policies, count);
            self.network.forward(&plain, images, &mut Mode::Train(&mut Vec::new())).embedding
        });
        let batch = Encoded { embedding, features, target_embedding, mean_view, rows };

        let (method, knobs, needs) = (self.method.as_ref(), &self.live.method, self.needs);
        let trained = Asked { method, knobs, needs, predictor: None, unit: false };
        let own = |term: fn(Terms) -> Tensor<1>| self.gradient(&trained, &batch, term);
        let mut wanted = vec![batch.embedding.clone(), own(|terms| terms.attract), own(|terms| terms.repel)];
        let mut titles = vec![self.title()];
        if compare {
            let surrogate_predictor = self.surrogate_predictor(&batch).await.map_err(|error| self.device_fault(&error))?;
            let current = self.experiment.choice("method").map(|choice| choice.kind.clone()).unwrap_or_default();
            for (card, knobs, method) in methods::comparable(self.experiment.seed, self.network.dimension) {
                if card.name != current {
                    let predictor = Some(if predicts(&card) { &surrogate_predictor } else { &Predictor::None });
                    let (needs, unit) = (method.needs(), on_unit_rows(&card));
                    let other = Asked { method: method.as_ref(), knobs: &knobs, needs, predictor, unit };
                    wanted.push(self.gradient(&other, &batch, |terms| terms.total()));
                    titles.push(card.title);
                }
            }
        }
        let [count, dimension] = batch.embedding.dims();
        let flat = wanted.into_iter().map(|tensor| tensor.reshape([count * dimension])).collect();
        let values = read(flat).await.map_err(|error| self.device_fault(&error))?;
        Ok(self.told(titles, &values, dimension))
    }

    fn title(&self) -> String {
        let kind = self.experiment.choice("method").map(|choice| choice.kind.clone()).unwrap_or_default();
        methods::cards().into_iter().find(|card| card.name == kind).map_or(kind, |card| card.title)
    }

    /// A predictor for methods that need one while another is trained: the current one, or one in closed form from this batch.
    async fn surrogate_predictor(&self, batch: &Encoded) -> Result<Predictor, String> {
        let cards = crate::heads::predictor::cards();
        let knobs = cards.iter().find(|card| card.name == "direct").map(|card| card.defaults()).unwrap_or_default();
        let mut direct = Direct::new(self.network.dimension, &self.opened.device);
        direct.observe(batch.embedding.clone(), &knobs);
        direct.update(&knobs).await?;
        Ok(Predictor::Direct(Box::new(direct)))
    }

    /// The derivative of a term of a method's loss with respect to the embeddings of both views, `[2N, d]`, zero where none
    /// arrives.
    fn gradient(&self, asked: &Asked<'_>, batch: &Encoded, term: fn(Terms) -> Tensor<1>) -> Tensor<2> {
        let weights = Weights::constant(&self.network.layout, &self.theta);
        let sized = |rows: Tensor<2>| if asked.unit { normalise(rows) } else { rows };
        let constant = |plain: &Tensor<2>| sized(plain.clone()).autodiff();
        let raw = batch.embedding.clone().autodiff().require_grad();
        let leaf = sized(raw.clone());
        let predictor = asked.predictor.unwrap_or(&self.predictor);
        let groups = self.batch_norm().groups(leaf.dims()[0]);
        let ([prediction], _) =
            grouped(leaf.clone(), &groups, |part, observed| [predictor.forward(&weights, part, &mut Mode::Train(observed))]);
        let projection = Views::new(leaf.clone());
        let online = if predictor.is_none() { projection.clone() } else { Views::new(prediction) };
        let stopped = || Views::new(constant(&batch.embedding));
        let (target, negatives) = match (self.live.target, &batch.target_embedding) {
            (Target::Momentum, Some(target_embedding)) => twice(Views::new(constant(target_embedding))),
            (Target::MomentumPositive, Some(target_embedding)) => (Views::new(constant(target_embedding)), stopped()),
            (Target::Shared, _) => twice(projection.clone()),
            _ => twice(stopped()),
        };
        let outputs = Outputs { features: batch.features.clone().autodiff(), embedding: leaf.clone() };
        let logits = asked.needs.classifier.and_then(|_| self.network.classify(&weights, &outputs));
        let branches = Branches {
            online,
            target,
            negatives,
            projection,
            mean_view: batch.mean_view.as_ref().map(constant),
            labels: logits.is_some().then(|| self.labels(&batch.rows)),
            logits: logits.as_ref().map(halves),
            progress: self.progress(),
            epoch: self.epoch(),
        };
        let gradients = term(asked.method.loss(&branches, asked.knobs).terms).backward();
        raw.grad(&gradients).unwrap_or_else(|| batch.embedding.zeros_like())
    }

    /// Norms, angle, balance and cosines of what was read: embeddings, the pull, the push, then other methods' gradients.
    fn told(&self, methods: Vec<String>, values: &[Vec<f32>], dimension: usize) -> Anatomy {
        let count = values[0].len() / dimension;
        // Per image instead of the batch's mean.
        let along = |gradient: &[f32], sign: f64| tangent(gradient, &values[0], dimension, sign * count as f64);
        let positive = along(&values[1], -1.0);
        let negative = along(&values[2], 1.0);
        let own: Vec<f32> = negative.iter().zip(&positive).map(|(push, pull)| push - pull).collect();
        let all: Vec<Vec<f32>> = std::iter::once(own).chain(values[3..].iter().map(|gradient| along(gradient, 1.0))).collect();
        let cosines = all.iter().flat_map(|a| all.iter().map(|b| cosine(a, b) as f32)).collect();
        let mean = |values: &[f32]| values.chunks_exact(dimension).map(norm).sum::<f64>() / count as f64;
        let (pull, push) = (mean(&positive), mean(&negative));
        let pairs = positive.chunks_exact(dimension).zip(negative.chunks_exact(dimension));
        let angles: Vec<f64> = pairs
            .filter(|(pull, push)| norm(pull) > TINY && norm(push) > TINY)
            .map(|(pull, push)| cosine(pull, push).clamp(-1.0, 1.0).acos().to_degrees())
            .collect();
        let mut scalars = vec![scalar("gradient_positive", pull), scalar("gradient_negative", push)];
        if pull > TINY {
            scalars.push(scalar("gradient_balance", push / pull));
        }
        if !angles.is_empty() {
            scalars.push(scalar("gradient_angle", angles.iter().sum::<f64>() / angles.len() as f64));
        }
        let unit: Vec<f32> = values[0]
            .chunks_exact(dimension)
            .flat_map(|row| {
                let length = norm(row).max(1e-12);
                row.iter().map(move |value| (f64::from(*value) / length) as f32)
            })
            .collect();
        Anatomy {
            step: self.step,
            methods,
            cosines,
            dimension,
            positive: bytes(&positive),
            negative: bytes(&negative),
            embedding: bytes(&unit),
            scalars,
        }
    }
}

/// Whether a method brings a predictor along.
fn predicts(card: &Card) -> bool {
    card.implies.iter().any(|(path, value)| path == "predictor.kind" && value.as_text() != Some("none"))
}

/// Whether a method is defined on embeddings of unit length.
fn on_unit_rows(card: &Card) -> bool {
    card.implies.iter().any(|(path, value)| path == "projector.l2" && value.as_bool() == Some(true))
}

/// `factor |z| (I - u u^T) g` for each row `g` of a gradient and `z` of the embedding, `u = z / |z|`: the derivative by the
/// direction of `z`. Exactly zero where a row is radial but for rounding.
fn tangent(gradient: &[f32], embedding: &[f32], dimension: usize, factor: f64) -> Vec<f32> {
    let mut all = Vec::with_capacity(gradient.len());
    for (g, z) in gradient.chunks_exact(dimension).zip(embedding.chunks_exact(dimension)) {
        let length = norm(z);
        let radial = dot(g, z) / length.powi(2).max(TINY);
        let along: Vec<f64> = g.iter().zip(z).map(|(g, z)| f64::from(*g) - radial * f64::from(*z)).collect();
        let left = along.iter().map(|value| value * value).sum::<f64>().sqrt();
        let scale = if left > ROUNDING * norm(g) { factor * length } else { 0.0 };
        all.extend(along.into_iter().map(|value| (value * scale) as f32));
    }
    all
}

fn scalar(name: &str, value: f64) -> Scalar {
    Scalar { name: name.to_owned(), value: value as f32 }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn norm(row: &[f32]) -> f64 {
    row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    dot(a, b) / (norm(a) * norm(b)).max(TINY)
}
