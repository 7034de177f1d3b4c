//! The contrastive loss with ever more negatives, and what it tends to: Theorems 1 and 2 of Wang and Isola on the present embeddings.
//!
//! # How the expectation is computed
//!
//! Nothing is sampled. With `c = e^{(p - 1) / tau}` for the cosine `p` of an anchor with its positive, and `X_j = e^{(s_j - 1) / tau}` for
//! those with `M` negatives, the loss minus `log M` is `E log z - (p - 1) / tau` with `z = (c + X_1 + ... + X_M) / M`. For every `z > 0`
//!
//! `log z = integral_0^inf (e^{-t} - e^{-t z}) dt / t = log 2 sum_j (e^{-2^j} - e^{-2^j z})`, `j` over all integers,
//!
//! the first by Frullani, the second but for 2e-6: the integrand is analytic in `log t`, so the trapezoid rule converges exponentially.
//! Negatives that are drawn independently make the expectation a product, `E e^{-t z} = e^{-t c / M} phi(t / M)^M` with `phi(t)` the mean
//! of `e^{-t X}` over the anchor's negatives; and where `M` is a power of two, `phi` is needed at the same powers of two again. `phi` is
//! taken from a histogram of the cosines with linear weights at the edges of its bins, which makes a mean of `X` too large by at most the
//! share `(width / tau)^2 / 8`: 3e-5, and 3e-4 at temperature 0.01.

use super::cosines::Embeddings;
use super::{Found, Reference, RestOutputs, Shape, scalar};
use crate::losses::uniformity_optimum;
use crate::pace::Pace;
use augsphere_kernels::{ROW, products};
use augsphere_spec::{Card, Choice, Knob, Payload, Profile, Told};
use std::f64::consts::{LN_2, PI};
use std::ops::Range;

/// Negatives are 1, 2, 4, ..., 4,096.
const COUNTS: usize = 13;

/// The sum over `j` begins here: what is left out is below 2^-23.
const LOWEST: i32 = -24;

/// The lowest temperature.
const COLDEST: f64 = 0.01;

/// The card.
pub fn card() -> Card {
    Card::new(
        "limit",
        "Contrastive loss with many negatives",
        "The contrastive loss of the present embeddings with M = 1, 2, 4 to 4,096 negatives, minus log M, and what that tends to as M grows. The limit is least if views coincide and embeddings are spread evenly over the sphere, and so is the loss with one negative. Negatives are views of other images, drawn with replacement; the numbers are exact means over all draws. 0 images: not measured.",
        "Wang, Isola, 2020, arXiv 2005.10242, section 4.2, theorems 1 and 2",
    )
    .tells([
        Told::number("contrastive_limit", "limit of many negatives"),
        Told::number("contrastive_single_negative", "loss with one negative"),
        Told::profile("contrastive_minus_log_m", "loss minus log M"),
    ])
    .knobs([
        Knob::float("temperature", "Temperature", 0.5, COLDEST, 10.0, "The loss's temperature, whatever the run trains with.").logarithmic(),
        Knob::int(
            "images",
            "Images",
            512,
            0,
            10_000,
            "Validation images, two views each: the first ones, at most those of the other pair measures; 0 leaves the measure out. Best 256 or more; the time grows with the square.",
        ),
    ])
}

/// The curve `contrastive_minus_log_m` over `M`, `contrastive_limit`, and `contrastive_single_negative`, its value at `M = 1`: of
/// [`contrastive`] on the first so many images. Nothing with fewer than two.
pub async fn measure(rest: &RestOutputs<'_>, choice: &Choice, pace: &Pace) -> Found {
    let (most, tau) = (choice.knobs.count("images"), choice.knobs.float("temperature"));
    let embeddings = Embeddings::new(rest.views, rest.train_embedding.width, most);
    let Some(found) = of(&embeddings, tau, pace).await else {
        return Found { scalars: Vec::new(), profiles: Vec::new() };
    };
    let single = scalar("contrastive_single_negative", found.minus_log_m[0]);
    let (x, y) = (0..).zip(found.minus_log_m).map(|(power, value)| (2f32.powi(power), value as f32)).unzip();
    let curve = Profile { name: "contrastive_minus_log_m".into(), payload: Payload::Series { x, y } };
    Found { scalars: vec![scalar("contrastive_limit", found.limit), single], profiles: vec![curve] }
}

/// Where views coincide and embeddings are spread evenly over the sphere: the least limit, and the least loss with one negative.
pub fn levels(choice: &Choice, Shape { dimension, .. }: Shape) -> Vec<Reference> {
    let (images, tau) = (choice.knobs.count("images"), choice.knobs.float("temperature"));
    let known = images > 0 && tau >= COLDEST && dimension > 1;
    let least = || {
        [
            ("contrastive_limit", uniformity_optimum(dimension, 0.5 / tau)),
            ("contrastive_single_negative", single_negative_optimum(dimension, tau)),
        ]
    };
    let words = format!("aligned and uniform in {dimension} dimensions");
    let level = |(name, value): (&str, f64)| (name.into(), value as f32, words.clone());
    known.then(least).into_iter().flatten().map(level).collect()
}

/// The least contrastive loss with one negative on the unit sphere in `d` dimensions, 2 or more (Wang & Isola 2020, theorem 2):
/// `E log(1 + e^{(s - 1) / tau})` with `s` the cosine of two independent directions, whose angle has the density `sin^{d - 2}`.
pub fn single_negative_optimum(d: usize, tau: f64) -> f64 {
    const NODES: u32 = 4096;
    let (mut sum, mut weights) = (0.0, 0.0);
    for node in 0..NODES {
        let angle = PI * (f64::from(node) + 0.5) / f64::from(NODES);
        let weight = angle.sin().powf(d.saturating_sub(2) as f64);
        sum += weight * ((angle.cos() - 1.0) / tau).exp().ln_1p();
        weights += weight;
    }
    sum / weights
}

/// The contrastive loss of embeddings.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrastive {
    /// With `M` = 1, 2, 4, ..., 4,096 negatives, minus `log M`.
    pub minus_log_m: Vec<f64>,
    /// What that tends to as `M` grows.
    pub limit: f64,
}

/// The contrastive loss of the unit rows `[n, d]` and `[n, d]`, the first and the second views of `n` images, at temperature `tau` of 0.01 or
/// more (Wang & Isola 2020, theorem 1; METHODS.md 2.3). Each of the `2n` rows `u` is an anchor, its positive `u'` the other view of its
/// image, and its negatives `u-_j` are drawn independently and with replacement from the `2n - 2` rows of the other images:
///
/// - `E -log(e^{u.u'/tau} / (e^{u.u'/tau} + sum_{j <= M} e^{u.u-_j/tau})) - log M`,
/// - its limit `-(1/tau) E u.u' + E_u log E_{u-} e^{u.u-/tau}`.
///
/// The image itself is no negative: two independent images never are the same one, and its `e^{1/tau} / n` would hide the others at low
/// temperatures. As with uniformity without self-pairs, `n` points that are spread evenly can therefore lie a little below the population's
/// optimum, by about `(e^{1/tau} / E e^{s/tau} - 1) / n`.
///
/// Both are exact but for 1e-4, below temperature 0.03 for 5e-4: there is no standard error, because nothing is drawn. Images with a number
/// that is none are left out; nothing with fewer than two.
pub async fn contrastive(views: [&[f32]; 2], d: usize, tau: f64, pace: &Pace) -> Option<Contrastive> {
    of(&Embeddings::new(views, d, usize::MAX), tau, pace).await
}

async fn of(embeddings: &Embeddings, tau: f64, pace: &Pace) -> Option<Contrastive> {
    let images = embeddings.images();
    let defined = images > 1 && tau >= COLDEST;
    if !defined {
        return None;
    }
    let laplace = Laplace::new(tau);
    let blocks = embeddings.in_blocks(pace, |block| laplace.sums(embeddings, &block)).await;
    let mut sums = [0.0; COUNTS + 1];
    blocks.iter().for_each(|block| sums.iter_mut().zip(block).for_each(|(sum, value)| *sum += value));
    let [losses @ .., limit] = sums.map(|sum| sum / (2 * images) as f64);
    // A loss is not negative, however small.
    let minus_log_m = (0..).zip(losses).map(|(power, loss)| loss.max(-LN_2 * f64::from(power))).collect();
    Some(Contrastive { minus_log_m, limit })
}

/// The Laplace transform of `X`, what a negative adds, from a histogram of an anchor's cosines with its negatives.
struct Laplace {
    tau: f64,
    /// `X` at each edge of the bins, cosines from -1 to 1.
    values: Vec<f64>,
    /// `1 - e^{-2^j X}` for each `j` from [`LOWEST`] less 12 on, edge by edge. Not `e^{-2^j X}`: near 1 it would keep too few digits to be
    /// raised to the power of `M`.
    nodes: Vec<f32>,
}

impl Laplace {
    fn new(tau: f64) -> Self {
        let edges = ((128.0 / tau) as usize).clamp(2 * ROW, 4096).next_multiple_of(ROW);
        let value = |edge: usize| ((2.0 * edge as f64 / (edges - 1) as f64 - 2.0) / tau).exp();
        let values: Vec<f64> = (0..edges).map(value).collect();
        // Above, `e^{-2^j z}` is below 1e-9 for the smallest `z`, `e^{-2 / tau}`.
        let highest = (2.0 / tau / LN_2 + 4.5).ceil() as i32;
        let powers = (LOWEST + 1 - COUNTS as i32..=highest).map(|j| 2f64.powi(j));
        let nodes = powers.flat_map(|t| values.iter().map(move |x| -(-t * x).exp_m1() as f32)).collect();
        Self { tau, values, nodes }
    }

    /// The loss minus `log M` with each number of negatives, and its limit, summed over the rows of some images.
    fn sums(&self, embeddings: &Embeddings, images: &Range<usize>) -> [f64; COUNTS + 1] {
        let edges = self.values.len();
        let shares = self.histograms(embeddings, images);
        let narrow: Vec<f32> = shares.iter().map(|share| *share as f32).collect();
        let nodes = self.nodes.len() / edges;
        let mut lost = vec![0.0; 2 * images.len() * nodes];
        products(&narrow, &self.nodes, edges, &mut lost);
        let mut sums = [0.0; COUNTS + 1];
        for ((row, shares), lost) in (2 * images.start..).zip(shares.chunks_exact(edges)).zip(lost.chunks_exact(nodes)) {
            let gap = (embeddings.positive(row / 2).clamp(-1.0, 1.0) - 1.0) / self.tau;
            let mean: f64 = shares.iter().zip(&self.values).map(|(share, value)| share * value).sum();
            let logs = logs(gap.exp(), lost).into_iter().chain([mean.ln()]);
            sums.iter_mut().zip(logs).for_each(|(sum, log)| *sum += log - gap);
        }
        sums
    }

    /// For each row of some images the share of its cosines with the rows of the others at each edge: one between two edges counts for
    /// both, the more the nearer.
    fn histograms(&self, embeddings: &Embeddings, images: &Range<usize>) -> Vec<f64> {
        let edges = self.values.len();
        let mut shares = vec![0.0; 2 * images.len() * edges];
        let one = 1.0 / (2 * embeddings.images() - 2) as f64;
        let scale = (edges - 1) as f32 / 2.0;
        embeddings.products(images, 0..embeddings.images(), |row, first, cosines| {
            let shares = &mut shares[(row - 2 * images.start) * edges..][..edges];
            let before = (2 * (row / 2)).saturating_sub(first).min(cosines.len());
            let after = (2 * (row / 2 + 1)).saturating_sub(first).min(cosines.len());
            for cosine in cosines[..before].iter().chain(&cosines[after..]) {
                let place = (cosine.clamp(-1.0, 1.0) + 1.0) * scale;
                let edge = (place as usize).min(edges - 2);
                let above = f64::from(place - edge as f32) * one;
                shares[edge] += one - above;
                shares[edge + 1] += above;
            }
        });
        shares
    }
}

/// `E log((c + X_1 + ... + X_M) / M)` for each number of negatives, from `1 - phi` at each node.
fn logs(c: f64, lost: &[f32]) -> [f64; COUNTS] {
    let log_phi: Vec<f64> = lost.iter().map(|lost| (-f64::from(lost.min(1.0))).ln_1p()).collect();
    std::array::from_fn(|power| {
        let m = 2f64.powi(power as i32);
        let nodes = &log_phi[COUNTS - 1 - power..log_phi.len() - power];
        let terms = (LOWEST..).map(|j| 2f64.powi(j)).zip(nodes).map(|(t, log_phi)| (-t).exp() - (m * log_phi - t * c / m).exp());
        LN_2 * terms.sum::<f64>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;

    fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
        assert!((found - expected).abs() <= tolerance, "{what}: expected {expected}, found {found}");
    }

    /// `log(1 + 1/M)` and 0.
    #[test]
    fn a_collapsed_encoder() {
        let point = [0.6, 0.0, -0.8].repeat(40);
        for tau in [COLDEST, 0.5, 10.0] {
            let found = at_once(contrastive([&point, &point], 3, tau, &Pace::default())).expect("images");
            near(found.limit, 0.0, 1e-5, "limit");
            for (power, value) in (0..).zip(&found.minus_log_m) {
                near(*value, 2f64.powi(-power).ln_1p(), 1e-5, &format!("2^{power} negatives, temperature {tau}"));
            }
        }
    }

    /// Three points at right angles, views alike. By hand at temperature 1 with one negative: anchors 1 and 3 have cosines 0 and -1, so
    /// `(log(1 + 1/e) + log(1 + 1/e^2)) / 2` = 0.2200949, and anchor 2 has 0 twice, 0.3132617. With more, a binomial sum.
    #[test]
    fn three_points() {
        let points: [f32; 6] = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0];
        let found = at_once(contrastive([&points, &points], 2, 1.0, &Pace::default())).expect("images");
        near(found.minus_log_m[0], (2.0 * 0.220_094_9 + 0.313_261_7) / 3.0, 5e-5, "one negative");
        near(found.limit, -1.253_257_0, 5e-5, "limit");
        for (power, found) in found.minus_log_m.iter().enumerate() {
            let m = 2f64.powi(power as i32);
            let mut log_weight = -m * LN_2;
            let mut mixed = 0.0;
            for k in 0..=m as u32 {
                let k = f64::from(k);
                mixed += log_weight.exp() * ((1f64.exp() + k + (m - k) * (-1f64).exp()) / m).ln();
                log_weight += ((m - k) / (k + 1.0)).ln();
            }
            let expected = (2.0 * mixed + ((1f64.exp() + m) / m).ln()) / 3.0 - 1.0;
            near(*found, expected, 5e-5, &format!("{m} negatives"));
        }
    }

    /// METHODS.md 2.3 on the circle; between the poles of the sphere cosines are uniform.
    #[test]
    fn the_least_loss_with_one_negative() {
        near(single_negative_optimum(2, 0.5), 0.239_367_962_4, 1e-9, "circle, temperature 0.5");
        near(single_negative_optimum(2, 1.0), 0.361_844_068_6, 1e-9, "circle, temperature 1");
        let cosine = |at: u32| (f64::from(at) + 0.5) / 50_000.0 - 1.0;
        let mean = (0..100_000).map(|at| (cosine(at) - 1.0).exp().ln_1p()).sum::<f64>() / 1e5;
        near(single_negative_optimum(3, 1.0), mean, 1e-6, "sphere, temperature 1");
    }
}
