//! The condition of Theorem 1 for an encoder and its data: whether it is refuted, and where every number of it comes from.
//!
//! The Lipschitz constant, `R_epsilon` and so `rho_max` are measured on some views of some images. They are lower bounds, and the
//! threshold is an upper one: a condition that seems to hold is *not refuted*, and no bound of the error follows. Only where the views
//! are all there are (`constructed.rs`) does it hold. The error that stands beside it is that of held-out images: class centres fit
//! the images they are the means of, so these would flatter it, and the encoder itself has seen them in training, so leaving one out at a
//! time would still do.

use super::theorem::{Centres, Given, alignment, diameter, eta, lipschitz, spread, spread_bound, steepest, threshold};
use augsphere_spec::Interval;

/// Views of which all pairs are asked for the Lipschitz constant; of more, those of one image and the images themselves.
const ALL_PAIRS: usize = 600;

/// A number, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Its symbol in METHODS.md 3.2.
    pub symbol: &'static str,
    /// The number.
    pub value: f64,
    /// Where it comes from, and on which side of the truth it lies.
    pub whence: String,
}

/// Features and pixels of views, image by image, the image itself first.
pub struct Features<'a> {
    /// Features row by row; brought to length 1 here, so that `r` is 1.
    pub features: &'a [f32],
    /// Values of a feature.
    pub dimension: usize,
    /// Pixels of the same views, row by row, in [0, 1].
    pub pixels: &'a [f32],
    /// Values of a view.
    pub values: usize,
    /// Views of each image, the image itself included.
    pub views: &'a [usize],
    /// How many views at the head of each image were not drawn at random (the image itself and listed variants): class
    /// centres are means over the others, where there are any.
    pub listed: usize,
    /// The class of each image.
    pub labels: &'a [usize],
    /// How many classes.
    pub classes: usize,
    /// What the features are, for people: `the features before the projector`.
    pub name: &'a str,
    /// Features of held-out images as they are, row by row: what the error is measured on.
    pub held_out: &'a [f32],
    /// The class of each held-out image.
    pub held_out_labels: &'a [usize],
    /// The share of each class in the data, not among these images: one a class, together 1.
    pub shares: &'a [f64],
    /// How a view is made, as Theorem 2 takes it apart.
    pub transforms: Transforms,
    /// Whether these views are all there are, so that nothing measured on them is a lower bound only.
    pub complete: bool,
}

/// A policy as Theorem 2 takes it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transforms {
    /// Transforms without a random number, the identity included, `m`.
    pub discrete: usize,
    /// Random numbers of a view, `n`.
    pub continuous: usize,
}

/// Theorem 1 with all that goes into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// What the theorem is given.
    pub given: Given,
    /// Every number in the order of the argument.
    pub quantities: Vec<Quantity>,
    /// `rho_max`.
    pub rho_max: f64,
    /// `Delta_mu`.
    pub deficit: f64,
    /// What every product of two centres must stay below.
    pub threshold: f64,
    /// The largest product of two different centres; `None` of one class.
    pub product: Option<f64>,
    /// Inner products of all class centres, row by row.
    pub products: Vec<f64>,
    /// Whether the condition is refuted: the largest product does not lie below the threshold.
    pub refuted: bool,
    /// Whether the numbers are exact rather than bounds, so that a condition that is not refuted holds.
    pub complete: bool,
    /// `L_align`, 0 to 4.
    pub alignment: f64,
    /// `eta(epsilon)`, from the lower bounds of its constants.
    pub eta: f64,
    /// What Theorem 2 bounds `R_epsilon` by: `eta sqrt(L_align)`.
    pub spread_bound: f64,
    /// `(1 - sigma) + R_epsilon`: a bound of the error only if the condition holds.
    pub bound: f64,
    /// The share of held-out images that the class-centre classifier gets wrong; nothing without any.
    pub error: Option<f64>,
}

impl Diagnostic {
    /// From features of views, and (sigma, delta) with `sigma` taken from its certain side, the lower one.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn measure(of: &Features, sigma: Interval, delta: f64, epsilon: f64) -> Self {
        let total: usize = of.views.iter().sum();
        assert_eq!(of.features.len(), total * of.dimension, "one feature a view");
        assert_eq!(of.pixels.len(), total * of.values, "pixels of each view");
        assert_eq!(of.views.len(), of.labels.len(), "one label an image");
        assert_eq!(of.held_out.len(), of.held_out_labels.len() * of.dimension, "one label a held-out image");
        let features = unit(of.features, of.dimension);
        let centres = of.centres(&features);
        let given = Given {
            sigma: sigma.lower,
            delta,
            epsilon,
            spread: spread(&features, of.dimension, of.views, epsilon),
            rarest: of.shares.iter().copied().fold(1.0, f64::min),
            lipschitz: of.lipschitz(&features),
            radius: 1.0,
        };
        let (rho_max, deficit, product) = (given.rho_max(), centres.deficit(1.0), centres.largest_product());
        let threshold = threshold(rho_max, deficit);
        let known = !of.held_out_labels.is_empty();
        let alignment = alignment(&features, of.dimension, of.views, of.listed);
        let Transforms { discrete, continuous } = of.transforms;
        let parameters = i32::try_from(continuous).unwrap_or(i32::MAX);
        let eta = eta(epsilon, discrete as f64, parameters, given.lipschitz, of.smoothness());
        let mut diagnostic = Self {
            given,
            quantities: Vec::new(),
            rho_max,
            deficit,
            threshold,
            product,
            products: centres.products(),
            refuted: product.is_some_and(|product| product >= threshold),
            complete: of.complete,
            alignment,
            eta,
            spread_bound: spread_bound(eta, alignment),
            bound: given.bound(),
            error: known.then(|| centres.error(&unit(of.held_out, of.dimension), of.held_out_labels)),
        };
        diagnostic.quantities = super::quantities::listed(&diagnostic, of, sigma);
        diagnostic
    }

    /// What the condition comes to, in a sentence or two.
    pub fn verdict(&self) -> String {
        let error = match self.error {
            Some(error) => format!("the class-centre classifier errs on {:.1} % of the held-out images", 100.0 * error),
            None => "there are no held-out images to measure the error on".to_owned(),
        };
        let Some(product) = self.product else {
            return format!("With one class there is nothing to confuse; {error}.");
        };
        let below = format!("the largest product of two class centres, {product:.3}, is below {:.3}", self.threshold);
        let bound = format!("(1 - sigma) + R_epsilon = {:.1} %", 100.0 * self.bound);
        match (self.refuted, self.complete) {
            (false, true) => format!(
                "The condition holds: {below}, and every view there is was looked at. So the theorem bounds the error by {bound}, and {error}."
            ),
            (false, false) => format!(
                "The condition is not refuted: {below}. It is not shown to hold either, because L, R_epsilon and rho_max are lower bounds and \
                 the threshold is an upper one; the bound that it would give is {bound}, and {error}."
            ),
            (true, _) => format!(
                "The condition does not hold: the largest product of two class centres, {product:.3}, would have to be below \
                 {:.3}. So the theorem promises nothing here, and {error}.",
                self.threshold
            ),
        }
    }
}

impl Features<'_> {
    /// Class centres from drawn views, or from all where none was drawn.
    fn centres(&self, features: &[f32]) -> Centres {
        let (mut drawn, mut labels) = (Vec::new(), Vec::new());
        let mut left = features;
        for (&views, &label) in self.views.iter().zip(self.labels) {
            let (own, rest) = left.split_at(views * self.dimension);
            left = rest;
            let from = if views > self.listed { self.listed } else { 0 };
            drawn.extend_from_slice(&own[from * self.dimension..]);
            labels.extend(std::iter::repeat_n(label, views - from));
        }
        Centres::of(&drawn, self.dimension, &labels, self.classes)
    }

    /// A lower bound of `M` in Theorem 2, how far a view moves with its random numbers in `[0, 1]^n`: no two of these lie farther apart
    /// than `sqrt n`, so it is at least the largest pixel distance of two views of an image over that.
    pub(super) fn smoothness(&self) -> f64 {
        let mut left = self.pixels;
        let widest = self.views.iter().map(|views| {
            let (own, rest) = left.split_at(views * self.values);
            left = rest;
            diameter(own, self.values)
        });
        widest.fold(0.0, f64::max) / (self.transforms.continuous.max(1) as f64).sqrt()
    }

    /// A lower bound of the Lipschitz constant.
    fn lipschitz(&self, features: &[f32]) -> f64 {
        let starts: Vec<usize> = self.views.iter().scan(0, |next, views| Some(std::mem::replace(next, *next + views))).collect();
        if self.views.iter().sum::<usize>() <= ALL_PAIRS {
            return lipschitz(self.pixels, self.values, features, self.dimension);
        }
        let own = starts.iter().zip(self.views).flat_map(|(start, views)| {
            let all = *start..start + views;
            all.clone().flat_map(move |i| (i + 1..all.end).map(move |j| (i, j)))
        });
        let step = starts.len().div_ceil(ALL_PAIRS);
        let some: Vec<usize> = starts.iter().copied().step_by(step).collect();
        let images = (0..some.len()).flat_map(|i| (0..i).map(move |j| (j, i))).map(|(j, i)| (some[j], some[i]));
        steepest(self.pixels, self.values, features, self.dimension, own.chain(images))
    }
}

/// Rows of length 1; a row of zeros stays.
fn unit(rows: &[f32], dimension: usize) -> Vec<f32> {
    let mut rows = rows.to_vec();
    for row in rows.chunks_exact_mut(dimension) {
        let length = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        if length > 0.0 {
            row.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
        }
    }
    rows
}
