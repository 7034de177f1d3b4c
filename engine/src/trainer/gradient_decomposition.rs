//! The gradient on a batch in its two parts, and the gradients of other methods and of the families' formulas on the same embeddings.
//!
//! The unified form of Tao et al. 2022 (METHODS.md 6.1): `dL/du = -positive + balance * negative` for an embedding `u`. The two
//! parts are the derivatives of the two terms that every loss here has. They are taken with respect to the raw embedding `z`, and
//! each becomes `|z| (I - u u^T) dL/dz` with `u = z / |z|`: the part along the tangent of the unit sphere at `u`, which is all that
//! moves the point. Norms, angles, balance and cosines are of these, for every method: a radial part only changes the length.
//!
//! A method that is defined on unit rows (its card implies `projector.l2`) is compared on `u`, however long `z` is.

use super::batch_norm::{BatchNorm, grouped};
use super::decomposition::Decomposition;
use super::families::{Formula, formulas};
use super::objective::Objective;
use super::step::{encode_targets, encode_views, twice};
use super::{Checkpoint, Outputs, Split, Trainer};
use crate::augmentations::Policy;
use crate::heads::{Direct, Predictor};
use crate::losses::{Terms, Views, halves, normalise};
use crate::methods::target::Target;
use crate::methods::{self, Branches, Labels, Method, Needs};
use crate::nn::{Mode, Weights};
use crate::readback::read;
use augsphere_spec::{Card, Fault, Knobs, Scalar};
use burn::tensor::Tensor;

/// The images whose gradient is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Batch {
    /// Those of the next step.
    Next,
    /// The first validation images, as many as a step has if pictures are of so many, in the views of the pair measures: the same at every step.
    Validation,
}

/// What is asked for beside the two parts of the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing.
    Parts,
    /// The gradients of other methods, and those of the families' formulas.
    Families,
}

/// One batch, encoded once; embeddings are leaves of their own from here on.
struct Encoded {
    /// `[2N, d]`: the first views of `N` images, then their second ones.
    embedding: Tensor<2>,
    features: Tensor<2>,
    target_embedding: Option<Tensor<2>>,
    mean_view: Option<Tensor<2>>,
    /// Place of each image in its split.
    rows: Vec<usize>,
    split: Split,
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
    /// What is measured of the gradient on the next batch: lengths of its two parts, their balance, and the angle between their arrows.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn gradient_scalars(&self) -> Result<Vec<Scalar>, Fault> {
        let found = self.checkpoint().decomposed(&self.objective(), Batch::Next, Wanted::Parts).await?;
        Ok(found.scalars())
    }
}

impl Checkpoint {
    /// The gradient on the first validation images in its two parts, and what is `wanted` beside; or why it is not known: a sentence.
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) async fn decomposition(&self, wanted: Wanted) -> Result<Result<Decomposition, &'static str>, Fault> {
        match self.objective() {
            Ok(objective) => self.decomposed(objective, Batch::Validation, wanted).await.map(Ok),
            Err(why) => Ok(Err(why)),
        }
    }

    /// The gradient on a batch in its two parts, and what is `wanted` beside.
    ///
    /// # Errors
    /// When the device failed.
    pub(super) async fn decomposed(&self, objective: &Objective, batch: Batch, wanted: Wanted) -> Result<Decomposition, Fault> {
        let batch = self.encoded(objective, batch);
        let [attract, repel] = self.own_gradients(objective, &batch);
        let mut tensors = vec![batch.embedding.clone(), attract, repel];
        let current = self.experiment.choice("method").map(|choice| choice.kind.clone()).unwrap_or_default();
        let title = methods::cards().into_iter().find(|card| card.name == current).map(|card| card.title);
        let mut titles = vec![title.unwrap_or_else(|| current.clone())];
        let mut forms = Vec::new();
        if wanted != Wanted::Parts {
            let surrogate = self.surrogate_predictor(&batch).await.map_err(|error| self.device_fault(&error))?;
            let mut comparable = methods::comparable(self.experiment.seed, self.network.dimension);
            for (card, knobs, method) in comparable.iter().filter(|(card, ..)| card.name != current) {
                let predictor = Some(if predicts(card) { &surrogate } else { &Predictor::None });
                let (needs, unit) = (method.needs(), on_unit_rows(card));
                let other = Asked { method: method.as_ref(), knobs, needs, predictor, unit };
                tensors.push(self.gradient(objective, &other, &batch, |terms| terms.total()));
                titles.push(card.title.clone());
            }
            // The method that trains is taken as it is.
            comparable.iter_mut().filter(|(card, ..)| card.name == current).for_each(|all| all.1 = objective.live.method.clone());
            let knobs = |kind: &str| {
                comparable.iter().find(|(card, ..)| card.name == kind).map(|(_, knobs, _)| knobs.clone()).unwrap_or_default()
            };
            let plain = Weights::plain(&self.network.layout, &self.theta);
            let own = matches!(objective.predictor, Predictor::Direct(_)).then(|| objective.predictor.matrix(&plain)).flatten();
            let predictor = own.or_else(|| surrogate.matrix(&plain));
            let own = &batch.embedding;
            let target = batch.target_embedding.as_ref().unwrap_or(own);
            let others = if objective.live.target == Target::Momentum { target } else { own };
            let moments = objective.method.moments(&halves(others), &objective.live.method);
            forms = formulas([halves(own), halves(target)], knobs, predictor, moments);
        }
        let scales = forms.iter().map(Formula::scale).collect();
        tensors.extend(forms.into_iter().flat_map(|form| [form.positive, form.negative]));
        let [count, dimension] = batch.embedding.dims();
        let flat = tensors.into_iter().map(|tensor| tensor.reshape([count * dimension])).collect();
        let values = read(flat).await.map_err(|error| self.device_fault(&error))?;
        Ok(Decomposition::of(titles, &current, values, dimension, scales))
    }

    /// A batch through the network as it is.
    fn encoded(&self, objective: &Objective, batch: Batch) -> Encoded {
        let (split, rows, views) = match batch {
            Batch::Next => (Split::Train, self.loader.rows(self.step), self.loader.views(self.step, &self.policies)),
            Batch::Validation => {
                let rows: Vec<usize> = (0..objective.live.train.count("batch").clamp(2, self.shown().max(2))).collect();
                let view = |(number, policy): (u64, &Policy)| self.view(Split::Validation, &rows, (policy, number));
                let views = (0..).zip([self.policies.first(), self.policies.second()]).map(view).collect();
                (Split::Validation, rows, Tensor::cat(views, 0))
            }
        };
        let plain = Weights::plain(&self.network.layout, &self.theta);
        let norm = batch_norm(objective);
        let Outputs { features, embedding } = encode_views(&self.network, norm, &plain, views.clone());
        let target = objective.target.as_ref();
        let targets = |theta| encode_targets(&self.network, norm, theta, views, [self.experiment.seed, self.step]);
        let target_embedding = target.map(targets);
        let mean_view = objective.needs.mean_view.map(|count| {
            let images = self.loader.mean_view_of(split, &rows, self.step, &self.policies, count);
            self.network.forward(&plain, images, &mut Mode::Train(&mut Vec::new())).embedding
        });
        Encoded { embedding, features, target_embedding, mean_view, rows, split }
    }

    fn own_gradients(&self, objective: &Objective, batch: &Encoded) -> [Tensor<2>; 2] {
        let Objective { method, live, needs, .. } = objective;
        let trained = Asked { method: method.as_ref(), knobs: &live.method, needs: *needs, predictor: None, unit: false };
        let own = |term: fn(Terms) -> Tensor<1>| self.gradient(objective, &trained, batch, term);
        [own(|terms| terms.attract), own(|terms| terms.repel)]
    }

    /// A predictor for methods that need one while another is trained, in closed form from this batch.
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
    fn gradient(&self, objective: &Objective, asked: &Asked<'_>, batch: &Encoded, term: fn(Terms) -> Tensor<1>) -> Tensor<2> {
        let weights = Weights::constant(&self.network.layout, &self.theta);
        let sized = |rows: Tensor<2>| if asked.unit { normalise(rows) } else { rows };
        let constant = |plain: &Tensor<2>| sized(plain.clone()).autodiff();
        let raw = batch.embedding.clone().autodiff().require_grad();
        let leaf = sized(raw.clone());
        let predictor = asked.predictor.unwrap_or(&objective.predictor);
        let groups = batch_norm(objective).groups(leaf.dims()[0]);
        let ([prediction], _) =
            grouped(leaf.clone(), &groups, |part, observed| [predictor.forward(&weights, part, &mut Mode::Train(observed))]);
        let projection = Views::new(leaf.clone());
        let online = if predictor.is_none() { projection.clone() } else { Views::new(prediction) };
        let stopped = || Views::new(constant(&batch.embedding));
        let (target, negatives) = match (objective.live.target, &batch.target_embedding) {
            (Target::Momentum, Some(target_embedding)) => twice(Views::new(constant(target_embedding))),
            (Target::MomentumPositive, Some(target_embedding)) => (Views::new(constant(target_embedding)), stopped()),
            (Target::Shared, _) => twice(projection.clone()),
            _ => twice(stopped()),
        };
        let outputs = Outputs { features: batch.features.clone().autodiff(), embedding: leaf.clone() };
        let logits = asked.needs.classifier.and_then(|_| self.network.classify(&weights, &outputs));
        let train = &objective.live.train;
        let branches = Branches {
            online,
            target,
            negatives,
            projection,
            mean_view: batch.mean_view.as_ref().map(constant),
            labels: logits.is_some().then(|| self.labels(batch)),
            logits: logits.as_ref().map(halves),
            progress: self.step as f64 / train.count("steps").max(1) as f64,
            epoch: self.step as usize * train.count("batch") / self.loader.data().train.len().max(1),
        };
        let gradients = term(asked.method.loss(&branches, asked.knobs).terms).backward();
        raw.grad(&gradients).unwrap_or_else(|| batch.embedding.zeros_like())
    }

    /// The classes of a batch.
    fn labels(&self, batch: &Encoded) -> Labels {
        let labels = &self.loader.images(batch.split).labels;
        let classes = batch.rows.iter().map(|&row| usize::from(labels[row])).collect();
        Labels { rows: batch.rows.clone(), classes, count: self.loader.data().classes.len() }
    }
}

/// Which rows of a batch share statistics of normalisation.
fn batch_norm(objective: &Objective) -> BatchNorm {
    BatchNorm::named(objective.live.train.text("batch_norm"))
}

/// Whether a method brings a predictor along.
fn predicts(card: &Card) -> bool {
    card.implies.iter().any(|(path, value)| path == "predictor.kind" && value.as_text() != Some("none"))
}

/// Whether a method is defined on embeddings of unit length.
fn on_unit_rows(card: &Card) -> bool {
    card.implies.iter().any(|(path, value)| path == "projector.l2" && value.as_bool() == Some(true))
}

#[cfg(test)]
mod tests;
