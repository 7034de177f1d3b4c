//! The condition of Theorem 1 for an encoder and its data: whether it holds, and where every number of it comes from.
//!
//! It rarely holds: real encoders have a large Lipschitz constant in pixels. So the bound stands beside the error that is
//! measured.

use super::theorem::{Centres, Given, lipschitz, spread, steepest, threshold};
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
    /// Whether the condition holds: the largest product lies below the threshold.
    pub holds: bool,
    /// `(1 - sigma) + R_epsilon`: a bound of the error only if the condition holds.
    pub bound: f64,
    /// The share of images that the class-centre classifier gets wrong.
    pub error: f64,
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
        let features = of.unit();
        let (centres, originals) = of.centres(&features);
        let given = Given {
            sigma: sigma.lower,
            delta,
            epsilon,
            spread: spread(&features, of.dimension, of.views, epsilon),
            rarest: of.rarest(),
            lipschitz: of.lipschitz(&features),
            radius: 1.0,
        };
        let (rho_max, deficit, product) = (given.rho_max(), centres.deficit(1.0), centres.largest_product());
        let threshold = threshold(rho_max, deficit);
        let error = centres.error(&originals, of.labels);
        let mut diagnostic = Self {
            given,
            quantities: Vec::new(),
            rho_max,
            deficit,
            threshold,
            product,
            products: centres.products(),
            holds: product.is_none_or(|product| product < threshold),
            bound: given.bound(),
            error,
        };
        diagnostic.quantities = diagnostic.listed(of, sigma);
        diagnostic
    }

    /// What the condition comes to, in a sentence.
    pub fn verdict(&self) -> String {
        let error = format!("the class-centre classifier errs on {:.1} %", 100.0 * self.error);
        match self.product {
            None => format!("With one class there is nothing to confuse; {error}."),
            Some(_) if self.holds => {
                format!("The condition holds: the error is at most {:.1} %, and {error}.", 100.0 * self.bound)
            }
            Some(product) => format!(
                "The condition does not hold: the largest product of two class centres, {product:.3}, would have to be below \
                 {:.3}. So the theorem promises nothing here, and {error}.",
                self.threshold
            ),
        }
    }

    fn listed(&self, of: &Features, sigma: Interval) -> Vec<Quantity> {
        let given = &self.given;
        let certain = if sigma.exact() { "exact for these views" } else { "the certain lower end of its interval" };
        let few = "too low: views that were not drawn may lie farther apart";
        let quantity = |symbol, value, whence: String| Quantity { symbol, value, whence };
        let mut all = vec![
            quantity("r", given.radius, "features are brought to length 1".into()),
            quantity("delta", given.delta, "chosen, in the unit of pixel distances".into()),
            quantity(
                "sigma",
                given.sigma,
                format!("largest clique of each class at delta, {certain}; too low, for sampled distances are too large"),
            ),
            quantity("epsilon", given.epsilon, "chosen".into()),
            quantity(
                "R_epsilon",
                given.spread,
                format!("share of {} images with two views farther apart than epsilon; {few}", of.views.len()),
            ),
            quantity("min p", given.rarest, "the rarest class among these images".into()),
            quantity("L", given.lipschitz, "steepest of pairs of these views; a lower bound of the Lipschitz constant".into()),
            quantity(
                "rho_max",
                self.rho_max,
                "2 (1 - sigma) + R_epsilon / min p + sigma (L delta + 2 epsilon) / r; too low where L and R_epsilon are".into(),
            ),
            quantity("Delta_mu", self.deficit, "1 - the squared length of the shortest class centre, from these views".into()),
            quantity(
                "threshold",
                self.threshold,
                "1 - rho_max - sqrt(2 rho_max) - Delta_mu / 2; too high where rho_max is too low".into(),
            ),
        ];
        all.extend(
            self.product
                .map(|product| quantity("max mu.mu", product, "largest product of two class centres, from these views".into())),
        );
        all.push(quantity("bound", self.bound, "(1 - sigma) + R_epsilon; says something only if the condition holds".into()));
        all.push(quantity("error", self.error, "measured: images, not changed, nearer to another class's centre".into()));
        all
    }
}

impl Features<'_> {
    /// Features of length 1; a feature of zeros stays.
    fn unit(&self) -> Vec<f32> {
        let mut features = self.features.to_vec();
        for row in features.chunks_exact_mut(self.dimension) {
            let length = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
            if length > 0.0 {
                row.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
            }
        }
        features
    }

    /// Class centres from drawn views, and the features of the images themselves.
    fn centres(&self, features: &[f32]) -> (Centres, Vec<f32>) {
        let (mut drawn, mut labels, mut originals) = (Vec::new(), Vec::new(), Vec::new());
        let mut left = features;
        for (&views, &label) in self.views.iter().zip(self.labels) {
            let (own, rest) = left.split_at(views * self.dimension);
            left = rest;
            originals.extend_from_slice(&own[..self.dimension]);
            let from = if views > self.listed { self.listed } else { 0 };
            drawn.extend_from_slice(&own[from * self.dimension..]);
            labels.extend(std::iter::repeat_n(label, views - from));
        }
        (Centres::of(&drawn, self.dimension, &labels, self.classes), originals)
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

    /// The smallest share of a class among the images.
    fn rarest(&self) -> f64 {
        let count = |class| self.labels.iter().filter(|label| **label == class).count();
        let fewest = (0..self.classes).map(count).min().unwrap_or(0);
        fewest as f64 / self.labels.len().max(1) as f64
    }
}
