//! What is read of the gradient on a batch, on the host: its two parts along the sphere, how long they are, how they lie to each other, and how
//! they lie to what other methods and formulas ask for.

use super::families;
use crate::metrics::knn::unit_rows;
use augsphere_spec::Scalar;

/// Smallest length that a cosine is taken of.
const TINY: f64 = 1e-20;

/// A tangent part below this share of its gradient is what rounding left of a radial one.
const ROUNDING: f64 = 1e-5;

/// The gradient on the embeddings of a batch of `N` images: rows of all first views, then of all second views, `2N` of `dimension`.
pub(crate) struct Decomposition {
    /// Dimension of the embedding.
    pub dimension: usize,
    /// Raw embeddings.
    embedding: Vec<f32>,
    /// The pull on each: minus the gradient of what attracts, per image instead of the batch's mean, along the tangent of the unit sphere.
    pub positive: Vec<f32>,
    /// The gradient of what repels, in the same form: what pushes is minus this.
    pub negative: Vec<f32>,
    /// Titles of the methods that are compared, the one that trains first.
    pub methods: Vec<String>,
    /// What each of them asks for, in the same form.
    totals: Vec<Vec<f32>>,
    /// Place of the family of the method that trains in [`families::FAMILIES`], if it has one.
    pub family: Option<usize>,
    /// What the families' formulas give, in the order of [`families::FAMILIES`]; none unless they were asked for.
    pub forms: Vec<Form>,
}

/// What the formula of a family gives on a batch: mean lengths over the embeddings, in the units of the formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Form {
    /// Length of the pull.
    pub pull: f64,
    /// The balance factor; not a number where the family has none of its own or one for each image.
    pub balance: f64,
    /// Length of the push, balance factor included.
    pub push: f64,
    /// Mean angle between the arrows of pull and push, degrees.
    pub angle: f64,
    /// Cosine between what the formula and the method that trains ask of the batch.
    pub cosine: f64,
}

/// How the numbers of a formula become those of a [`Form`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// Whether it is of raw embeddings instead of unit ones.
    pub raw: bool,
    /// Its balance factor; not a number where it is inside.
    pub balance: f64,
    /// What a mean over the batch is multiplied by to be per image.
    pub factor: f64,
}

impl Decomposition {
    /// Of what was read: embeddings, derivatives of what attracts and of what repels, gradients of the other methods, then positive and negative
    /// part of each formula of which there is a `scale`.
    pub(super) fn of(methods: Vec<String>, kind: &str, values: Vec<Vec<f32>>, dimension: usize, scales: Vec<Scale>) -> Self {
        let dimension = dimension.max(1);
        let mut values = values.into_iter();
        let mut next = || values.next().unwrap_or_default();
        let embedding = next();
        let count = (embedding.len() / dimension) as f64;
        let along = |gradient: &[f32], sign: f64| tangent(gradient, &embedding, dimension, sign * count);
        let (positive, negative) = (along(&next(), -1.0), along(&next(), 1.0));
        let own = negative.iter().zip(&positive).map(|(push, pull)| push - pull).collect();
        let mut totals: Vec<Vec<f32>> = vec![own];
        totals.extend((1..methods.len()).map(|_| along(&next(), 1.0)));
        let unit = unit_rows(&embedding, dimension);
        let form = |scale: Scale| {
            let rows = if scale.raw { &embedding } else { &unit };
            let [positive, negative] = [next(), next()].map(|part| tangent(&part, rows, dimension, scale.factor));
            let balance = if scale.balance.is_finite() { scale.balance as f32 } else { 1.0 };
            let negative: Vec<f32> = negative.iter().map(|value| balance * value).collect();
            let total: Vec<f32> = negative.iter().zip(&positive).map(|(push, pull)| push - pull).collect();
            let lengths = |part: &[f32]| mean(part.chunks_exact(dimension).map(norm));
            Form {
                pull: lengths(&positive),
                balance: scale.balance,
                push: lengths(&negative),
                angle: mean(arrows(&positive, &negative, dimension).map(|[_, _, angle]| angle).filter(|angle| angle.is_finite())),
                cosine: cosine(&total, &totals[0]),
            }
        };
        let forms = scales.into_iter().map(form).collect();
        Self {
            dimension,
            embedding: embedding.clone(),
            positive,
            negative,
            methods,
            family: families::family(kind),
            totals,
            forms,
        }
    }

    /// Length of the pull and of the push on each embedding, in the units of the loss, and the angle between their arrows in degrees, 0 to 180;
    /// not a number where there are not both.
    pub fn arrows(&self) -> impl Iterator<Item = [f64; 3]> {
        arrows(&self.positive, &self.negative, self.dimension)
    }

    /// Cosine between the gradients of each two of the methods, row by row.
    pub fn cosines(&self) -> Vec<f32> {
        self.totals.iter().flat_map(|a| self.totals.iter().map(|b| cosine(a, b) as f32)).collect()
    }

    /// The embeddings, scaled to unit length.
    pub fn unit(&self) -> Vec<f32> {
        unit_rows(&self.embedding, self.dimension)
    }

    /// Norms, angle of the arrows in degrees and balance over the batch.
    pub fn scalars(&self) -> Vec<Scalar> {
        let (pull, push) = (mean(self.arrows().map(|arrows| arrows[0])), mean(self.arrows().map(|arrows| arrows[1])));
        let mut scalars = vec![scalar("gradient_positive", pull), scalar("gradient_negative", push)];
        if pull > TINY {
            scalars.push(scalar("gradient_balance", push / pull));
        }
        let angle = mean(self.arrows().map(|arrows| arrows[2]).filter(|angle| angle.is_finite()));
        if angle.is_finite() {
            scalars.push(scalar("gradient_angle", angle));
        }
        scalars
    }
}

/// Pull, push and the angle of their arrows for each row of the two parts of a gradient.
fn arrows(positive: &[f32], negative: &[f32], dimension: usize) -> impl Iterator<Item = [f64; 3]> {
    positive.chunks_exact(dimension).zip(negative.chunks_exact(dimension)).map(|(pull, against)| {
        let lengths = [norm(pull), norm(against)];
        let both = lengths.iter().all(|length| *length > TINY);
        let angle = if both { (-cosine(pull, against)).clamp(-1.0, 1.0).acos().to_degrees() } else { f64::NAN };
        [lengths[0], lengths[1], angle]
    })
}

/// `factor |z| (I - u u^T) g` for each row `g` of a gradient and `z` of the embedding, `u = z / |z|`: the derivative by the
/// direction of `z`. Exactly zero where a row is radial but for rounding.
pub(super) fn tangent(gradient: &[f32], embedding: &[f32], dimension: usize, factor: f64) -> Vec<f32> {
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

/// The mean; not a number if there is nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn scalar(name: &str, value: f64) -> Scalar {
    Scalar { name: name.to_owned(), value: value as f32 }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two images in two dimensions, one view each on (1, 0) and (0, 2): a radial part moves nothing, and a longer embedding turns by as much
    /// more for the same gradient.
    #[test]
    fn parts_are_per_image_along_the_sphere() {
        let embedding = vec![1.0, 0.0, 0.0, 2.0];
        let attract = vec![5.0, -0.5, -0.25, 7.0];
        let repel = vec![0.0, 0.25, 0.5, 3.0];
        let other = vec![0.0, -1.0, 0.0, 0.0];
        let formula = [vec![0.0, 1.0, 0.5, 0.0], vec![0.0, 0.25, 0.25, 0.0]];
        let values = vec![embedding, attract, repel, other, formula[0].clone(), formula[1].clone()];
        let scales = vec![Scale { raw: false, balance: 2.0, factor: 1.0 }];
        let found = Decomposition::of(vec!["A".into(), "B".into()], "simclr", values, 2, scales);
        let arrows: Vec<[f64; 3]> = found.arrows().collect();
        // The pull on the first is (0, 0.5) times 2 rows, and the push (0, -0.25) times 2: against it.
        assert_eq!(arrows[0], [1.0, 0.5, 180.0]);
        // On the second, (0.25, 0) and (-0.5, 0) times 2 rows and the length 2.
        assert_eq!(arrows[1], [1.0, 2.0, 180.0]);
        assert_eq!(found.cosines()[..2], [1.0, (0.5 / (0.25f64 + 1.0).sqrt()) as f32]);
        let Form { pull, balance, push, angle, cosine } = found.forms[0];
        // |(0, 1)| and |(0.5, 0)|; twice |(0, 0.25)| and |(0.25, 0)|; opposite arrows.
        assert_eq!((pull, balance, push, angle), (0.75, 2.0, 0.5, 180.0));
        // The total of the formula is (0, -0.5) and (0, 0); of the method (0, -0.5) and (1, 0).
        assert!((cosine - 0.25 / (0.5 * 1.25f64.sqrt())).abs() < 1e-6, "{cosine}");
        assert_eq!(found.family, Some(0));
        let scalars: Vec<(String, f32)> = found.scalars().into_iter().map(|scalar| (scalar.name, scalar.value)).collect();
        let expected =
            [("gradient_positive", 1.0), ("gradient_negative", 1.25), ("gradient_balance", 1.25), ("gradient_angle", 180.0)];
        assert_eq!(scalars, expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn without_a_push_there_is_no_angle() {
        let found =
            Decomposition::of(vec!["A".into()], "none", vec![vec![1.0, 0.0], vec![0.0, 1.0], vec![0.0; 2]], 2, Vec::new());
        let arrows: Vec<[f64; 3]> = found.arrows().collect();
        assert!(arrows[0][..2] == [1.0, 0.0] && arrows[0][2].is_nan());
        assert_eq!(found.scalars().len(), 3);
        assert!(found.forms.is_empty() && found.family.is_none());
    }
}
