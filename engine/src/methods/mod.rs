//! The methods: losses over the outputs of the branches.
//!
//! Adding one: a file with a card and a [`Method`], and a line in [`LIST`]. A method is a loss over [`Branches`]; who
//! computes the target branch and how (weight sharing, stop-gradient, momentum) is an axis of its own, see [`target`].

mod alignment_uniformity;
mod asymmetric;
mod barlow;
mod byol;
mod dcl;
mod direct_pred;
mod infonce;
mod knobs;
mod linear;
mod margin;
mod mean_view;
mod moco;
mod pico;
mod queue;
mod random;
mod simclr;
mod simsiam;
mod spectral;
mod supervised;
pub mod target;
mod unigrad;
mod unigrad_gradients;
mod vicreg;

pub use mean_view::mean_views;
pub use queue::Ring;
pub(crate) use vicreg::settings as vicreg_settings;

use crate::losses::{Terms, Views};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Choice, Fault, Knobs};
use burn::tensor::Tensor;

/// What a method needs beside embeddings of two views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// A linear classifier, and on what. Methods that ask see [`Labels`].
    pub classifier: Option<Classify>,
    /// The embedding of the pixel mean of so many views of each image, drawn apart from the two that are compared with it.
    pub mean_view: Option<usize>,
    /// Nothing is to be trained.
    pub frozen: bool,
}

/// What a classifier reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classify {
    /// The features before the projector.
    Features,
    /// The embedding after it, scaled to unit length.
    Embedding,
}

/// The classes of a batch. Only methods with a classifier get them.
#[derive(Clone, Debug)]
pub struct Labels {
    /// Place of each image in the training set.
    pub rows: Vec<usize>,
    /// Class of each image.
    pub classes: Vec<usize>,
    /// How many classes there are.
    pub count: usize,
}

/// The outputs of one batch of `N` images, all raw (not normalised), each for both views. Branches that are the same are clones of each other.
#[derive(Clone)]
pub struct Branches {
    /// What the trained branch says: after the predictor if there is one.
    pub online: Views,
    /// What a view of the same image is pulled towards: projections of the target branch.
    pub target: Views,
    /// What other images are pushed away from: as a rule the target branch, too.
    pub negatives: Views,
    /// Projections of the trained branch before the predictor.
    pub projection: Views,
    /// Embedding of the pixel mean of other views of the same images, `[N, d]`, if the method needs it.
    pub mean_view: Option<Tensor<2>>,
    /// Outputs of the classifier, `[N, C]`, if the method needs one.
    pub logits: Option<[Tensor<2>; 2]>,
    /// The classes, if the method needs a classifier.
    pub labels: Option<Labels>,
    /// How far the run is, 0 to 1.
    pub progress: f64,
    /// Passes over the training images so far.
    pub epoch: usize,
}

impl Branches {
    /// The same outputs, through which no gradient flows.
    pub fn detached(&self) -> Self {
        let plain = |z: &Tensor<2>| if z.is_autodiff() { z.clone().inner() } else { z.clone() };
        let both = |views: &[Tensor<2>; 2]| [plain(&views[0]), plain(&views[1])];
        Self {
            online: self.online.detached(),
            target: self.target.detached(),
            negatives: self.negatives.detached(),
            projection: self.projection.detached(),
            mean_view: self.mean_view.as_ref().map(plain),
            logits: self.logits.as_ref().map(both),
            ..self.clone()
        }
    }

    /// Embeddings of one batch under shared weights: every branch is the same.
    pub fn shared(views: impl Into<Views>) -> Self {
        let views = views.into();
        Self {
            online: views.clone(),
            target: views.clone(),
            negatives: views.clone(),
            projection: views,
            mean_view: None,
            logits: None,
            labels: None,
            progress: 0.0,
            epoch: 0,
        }
    }
}

/// A loss with named parts, still on the device.
pub struct Loss {
    /// What is minimised, in its two parts.
    pub terms: Terms,
    /// Named parts worth a curve of their own, one element each.
    pub parts: Vec<(&'static str, Tensor<1>)>,
}

impl Loss {
    /// The two parts of a contrastive loss as Huang et al. take them apart (section 4.1): `L1` is what aligns the views (at
    /// temperature 1 half their mean squared distance minus 1), `L2` what drives the centres of the classes apart; `L = L1 + L2`.
    pub fn decomposed(terms: Terms) -> Self {
        let parts = vec![("alignment_term", terms.attract.clone()), ("log_sum_exp_term", terms.repel.clone())];
        Self { terms, parts }
    }
}

impl From<Terms> for Loss {
    fn from(terms: Terms) -> Self {
        Self { terms, parts: Vec::new() }
    }
}

/// A reference level of the loss: what a number means.
pub struct Level {
    /// The value.
    pub value: f64,
    /// In words: `chance, log(2N - 1)`.
    pub words: String,
}

/// What a method is built from.
pub struct Setup<'a> {
    /// Its knobs.
    pub knobs: &'a Knobs,
    /// The seed of the experiment.
    pub seed: u64,
    /// Training images.
    pub images: usize,
}

/// An objective.
pub trait Method {
    /// What it needs beside embeddings of two views.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// The loss of one batch under the current values of the live knobs. Nothing is remembered: asking twice gives the
    /// same loss.
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss;

    /// Where the keys of its queue stand, if it has one.
    fn ring(&self) -> Option<Ring> {
        None
    }

    /// How many of the last steps a queue still holds all keys of.
    fn queued_steps(&self) -> usize {
        0
    }

    /// The keys that the step so many steps ago (1 is the last one) put into the queue, `[N, d]` of unit length: those of the second views, or of
    /// both, first views first.
    fn queued(&self, _age: usize) -> Option<Tensor<2>> {
        None
    }

    /// A point of unit length for each class that it keeps, `[C, d]`, if it keeps such; zeros for a class without one yet.
    fn prototypes(&self) -> Option<Tensor<2>> {
        None
    }

    /// Second moments `[d, d]` of embeddings of past batches, those of `views` folded in, if it keeps such.
    fn moments(&self, _views: &[Tensor<2>; 2], _knobs: &Knobs) -> Option<Tensor<2>> {
        None
    }

    /// Takes in what the batch has shown (a queue, a moving average), after [`Method::loss`]; no gradient flows.
    fn remember(&mut self, _branches: &Branches, _knobs: &Knobs) {}

    /// Adds what it remembers to a checkpoint, under names that begin with `method.`.
    fn state(&self, _state: &mut State) {}

    /// Goes on from what [`Method::state`] has added.
    ///
    /// # Errors
    /// If something there does not fit.
    fn restore(&mut self, _stored: &Stored<'_>) -> Result<(), Fault> {
        Ok(())
    }

    /// The same method with a memory of its own, if [`Method::remember`] keeps anything: what it is asked does not change while the run goes on.
    fn remembered(&self) -> Option<Box<dyn Method>> {
        None
    }

    /// Levels to draw in the loss chart for batches of `images`.
    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        Vec::new()
    }
}

/// One line of [`LIST`].
struct Entry {
    card: fn() -> Card,
    build: fn(&Setup<'_>) -> Box<dyn Method>,
    /// Whether its gradient stands in comparisons on a single batch: it keeps no queue, needs no labels, and says something
    /// that no other method of the list says there.
    comparable: bool,
}

/// A method whose gradient can be compared on a single batch.
const fn entry(card: fn() -> Card, build: fn(&Setup<'_>) -> Box<dyn Method>) -> Entry {
    Entry { card, build, comparable: true }
}

/// A method that needs more than one batch and its images, or asks the same of one batch as another one.
const fn not_comparable(card: fn() -> Card, build: fn(&Setup<'_>) -> Box<dyn Method>) -> Entry {
    Entry { card, build, comparable: false }
}

/// Every method, family by family.
const LIST: [Entry; 24] = [
    entry(simclr::card, simclr::build),
    entry(infonce::card, infonce::build),
    entry(dcl::card, dcl::build),
    not_comparable(moco::card_v1, moco::build),
    not_comparable(moco::card_v2, moco::build),
    entry(margin::card, margin::build),
    entry(linear::card, linear::build),
    entry(spectral::card, spectral::build),
    entry(alignment_uniformity::card, alignment_uniformity::build),
    not_comparable(alignment_uniformity::card_queue, alignment_uniformity::build_queue),
    entry(byol::card, byol::build),
    not_comparable(simsiam::card, simsiam::build),
    not_comparable(direct_pred::card, direct_pred::build),
    entry(barlow::card, barlow::build),
    entry(vicreg::card, vicreg::build),
    entry(unigrad::card, unigrad::build),
    entry(unigrad_gradients::card_b, unigrad_gradients::build_b),
    entry(unigrad_gradients::card_g, unigrad_gradients::build_g),
    entry(unigrad_gradients::card_h, unigrad_gradients::build_h),
    entry(unigrad_gradients::card_j, unigrad_gradients::build_j),
    not_comparable(supervised::card, supervised::build),
    not_comparable(pico::card, pico::build),
    not_comparable(random::card, random::build),
    not_comparable(mean_view::card, mean_view::build),
];

/// The cards of all methods.
pub fn cards() -> Vec<Card> {
    LIST.iter().map(|entry| (entry.card)()).collect()
}

/// The chosen method; the first of the list if the name is not known (reading an experiment refuses those).
pub fn build(choice: &Choice, seed: u64, images: usize) -> Box<dyn Method> {
    let found = LIST.iter().find(|entry| (entry.card)().name == choice.kind);
    (found.unwrap_or(&LIST[0]).build)(&Setup { knobs: &choice.knobs, seed, images })
}

/// Methods whose gradients on one batch of `[N, dimension]` can be compared, at their defaults: card, knobs and the method.
/// The balance of second moments of unit rows against a positive counts a dimension, so it is taken as much a dimension as by default.
pub fn comparable(seed: u64, dimension: usize) -> Vec<(Card, Knobs, Box<dyn Method>)> {
    let listed = LIST.iter().filter(|entry| entry.comparable);
    listed
        .map(|entry| {
            let card = (entry.card)();
            let mut knobs = card.defaults();
            let suited =
                card.implies.iter().find(|(path, _)| path == "projector.dimension").and_then(|(_, value)| value.as_float());
            let counts = card.family == unigrad::FAMILY && card.name != unigrad_gradients::GRADIENT_G;
            if let (true, Some(suited)) = (counts, suited) {
                knobs.set("lambda", knobs.float("lambda") * dimension as f64 / suited);
            }
            let method = (entry.build)(&Setup { knobs: &knobs, seed, images: 0 });
            (card, knobs, method)
        })
        .collect()
}
