//! The formulas of Theorem 1 of Huang et al., one function each (METHODS.md 3.2).

/// What Theorem 1 asks of the data, the augmentations and the encoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Given {
    /// Share of each class within its main part, in (0, 1].
    pub sigma: f64,
    /// Largest augmented distance within a main part, in the unit of the pixels, at least 0.
    pub delta: f64,
    /// How far features of views of one image may lie apart, above 0.
    pub epsilon: f64,
    /// Share of images with views farther apart than that, `R_epsilon`, 0 to 1.
    pub spread: f64,
    /// The smallest share of a class among the images, `min p_k`, above 0.
    pub rarest: f64,
    /// Lipschitz constant of the encoder: feature distance over pixel distance.
    pub lipschitz: f64,
    /// Length of the features, `r`, above 0.
    pub radius: f64,
}

impl Given {
    /// `rho_max = 2 (1 - sigma) + R / min p + sigma (L delta + 2 epsilon) / r`.
    pub fn rho_max(&self) -> f64 {
        let reach = (self.lipschitz * self.delta + 2.0 * self.epsilon) / self.radius;
        2.0 * (1.0 - self.sigma) + self.spread / self.rarest + self.sigma * reach
    }

    /// What the error is at most where the condition holds: `(1 - sigma) + R`.
    pub fn bound(&self) -> f64 {
        (1.0 - self.sigma) + self.spread
    }
}

/// What the products of class centres must stay below, over `r^2`: `1 - rho - sqrt(2 rho) - deficit / 2`.
pub fn threshold(rho: f64, deficit: f64) -> f64 {
    1.0 - rho - (2.0 * rho).sqrt() - deficit / 2.0
}

/// `eta(epsilon)` of Theorem 2 in closed form: `R^2 <= eta^2 L_align`, for `discrete` transforms (half of the mass) and
/// others that vary in `parameters` dimensions with Lipschitz constant `smoothness`.
///
/// Grows with `lipschitz` and `smoothness`, so lower bounds of them give one of `eta`. Infinite for `epsilon` of 0.
pub fn eta(epsilon: f64, discrete: f64, parameters: i32, lipschitz: f64, smoothness: f64) -> f64 {
    if parameters == 0 {
        // Nothing varies continuously: `h^0` is 1 and there is no slope.
        return 4.0 * (discrete * discrete).max(1.0) / epsilon;
    }
    let n = f64::from(parameters);
    let slope = 2.0 * n.sqrt() * lipschitz * smoothness;
    let step = (2.0 * n * epsilon / ((2.0 * n + 1.0) * slope)).min(discrete.powf(-1.0 / n));
    4.0 * step.powi(-2 * parameters).max(discrete * discrete) / (epsilon - slope * step)
}

/// What Theorem 2 bounds `R_epsilon` by: `eta(epsilon) sqrt(L_align)`. 0 under perfect alignment.
pub fn spread_bound(eta: f64, alignment: f64) -> f64 {
    if alignment > 0.0 { eta * alignment.sqrt() } else { 0.0 }
}

/// Class centres, and the classifier that goes by the nearest of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Centres {
    dimension: usize,
    /// Row by row, one for each class.
    rows: Vec<f64>,
}

impl Centres {
    /// From centres row by row.
    ///
    /// # Panics
    /// If they are no whole rows.
    pub fn new(dimension: usize, rows: Vec<f64>) -> Self {
        assert!(dimension > 0 && rows.len().is_multiple_of(dimension), "whole rows");
        Self { dimension, rows }
    }

    /// The mean feature of each class: `features` row by row, `labels[i]` the class of row `i`, below `classes`.
    /// The centre of a class without rows is 0.
    ///
    /// # Panics
    /// If a label is not below `classes`, or there are not as many as rows.
    pub fn of(features: &[f32], dimension: usize, labels: &[usize], classes: usize) -> Self {
        assert_eq!(features.len(), labels.len() * dimension, "one label a row");
        let (mut rows, mut counts) = (vec![0.0; classes * dimension], vec![0usize; classes]);
        for (feature, &label) in features.chunks_exact(dimension).zip(labels) {
            counts[label] += 1;
            rows[label * dimension..][..dimension].iter_mut().zip(feature).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        for (row, count) in rows.chunks_exact_mut(dimension).zip(counts) {
            row.iter_mut().for_each(|sum| *sum /= count.max(1) as f64);
        }
        Self::new(dimension, rows)
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.rows.len() / self.dimension
    }

    /// The centre of a class.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn centre(&self, class: usize) -> &[f64] {
        &self.rows[class * self.dimension..][..self.dimension]
    }

    /// Inner products of all centres, row by row.
    pub fn products(&self) -> Vec<f64> {
        let all = 0..self.classes();
        all.clone().flat_map(|i| all.clone().map(move |j| (i, j))).map(|(i, j)| dot(self.centre(i), self.centre(j))).collect()
    }

    /// The largest product of two different centres; `None` of one class.
    pub fn largest_product(&self) -> Option<f64> {
        let classes = self.classes();
        let apart = self.products().into_iter().enumerate().filter(|(at, _)| at / classes != at % classes);
        apart.map(|(_, product)| product).reduce(f64::max)
    }

    /// `Delta_mu = 1 - min |mu_k|^2 / r^2`: how much shorter than a feature the shortest centre is.
    pub fn deficit(&self, radius: f64) -> f64 {
        let shortest = (0..self.classes()).map(|class| dot(self.centre(class), self.centre(class))).fold(f64::INFINITY, f64::min);
        1.0 - shortest / (radius * radius)
    }

    /// Squared distance of a feature to each centre.
    pub fn squared_distances(&self, feature: &[f32]) -> Vec<f64> {
        let to = |centre: &[f64]| feature.iter().zip(centre).map(|(value, centre)| (f64::from(*value) - centre).powi(2)).sum();
        self.rows.chunks_exact(self.dimension).map(to).collect()
    }

    /// The scores of the same classifier written as a linear one: `mu_k . f - |mu_k|^2 / 2`.
    pub fn scores(&self, feature: &[f32]) -> Vec<f64> {
        let wide: Vec<f64> = feature.iter().map(|value| f64::from(*value)).collect();
        self.rows.chunks_exact(self.dimension).map(|centre| dot(centre, &wide) - dot(centre, centre) / 2.0).collect()
    }

    /// The class whose centre is nearest; of equally near ones the lowest.
    pub fn classify(&self, feature: &[f32]) -> usize {
        let distances = self.squared_distances(feature);
        (0..distances.len()).min_by(|a, b| distances[*a].total_cmp(&distances[*b])).unwrap_or(0)
    }

    /// The share of features (row by row) that are nearest to the centre of another class.
    pub fn error(&self, features: &[f32], labels: &[usize]) -> f64 {
        let wrong =
            features.chunks_exact(self.dimension).zip(labels).filter(|(feature, label)| self.classify(feature) != **label);
        wrong.count() as f64 / labels.len().max(1) as f64
    }
}

/// `R_epsilon`: the share of images with two views whose features lie more than `epsilon` apart. Too small, because other
/// views may lie farther apart. `views[i]` rows of `features` belong to image `i`, in order.
pub fn spread(features: &[f32], dimension: usize, views: &[usize], epsilon: f64) -> f64 {
    let mut left = features;
    let wide = views.iter().filter(|views| {
        let (own, rest) = left.split_at(**views * dimension);
        left = rest;
        diameter(own, dimension) > epsilon
    });
    wide.count() as f64 / views.len().max(1) as f64
}

/// `L_align = E_x E_{x1, x2} |f(x1) - f(x2)|^2` of Theorem 2: the mean squared distance of the features of two views of an image, over
/// images with at least two; 0 without any. `views[i]` rows of `features` belong to image `i`, in order; those of an image without its
/// first `listed` ones are taken, because these were not drawn at random, unless fewer than two are left.
pub fn alignment(features: &[f32], dimension: usize, views: &[usize], listed: usize) -> f64 {
    let mut left = features;
    let mut means = Vec::with_capacity(views.len());
    for views in views {
        let (own, rest) = left.split_at(views * dimension);
        left = rest;
        let drawn = if *views >= listed + 2 { &own[listed * dimension..] } else { own };
        let squares: Vec<f64> = pairs(drawn.len() / dimension).map(|(i, j)| gap(drawn, dimension, i, j).powi(2)).collect();
        if !squares.is_empty() {
            means.push(squares.iter().sum::<f64>() / squares.len() as f64);
        }
    }
    means.iter().sum::<f64>() / means.len().max(1) as f64
}

/// The largest distance of two rows.
pub fn diameter(rows: &[f32], dimension: usize) -> f64 {
    pairs(rows.len() / dimension).map(|(i, j)| gap(rows, dimension, i, j)).fold(0.0, f64::max)
}

/// A lower bound of the Lipschitz constant: the largest feature distance over pixel distance of two rows. Rows with the same
/// pixels say nothing; without two different rows it is 0.
pub fn lipschitz(pixels: &[f32], values: usize, features: &[f32], dimension: usize) -> f64 {
    steepest(pixels, values, features, dimension, pairs(features.len() / dimension))
}

/// The same over some pairs of rows only: a lower bound too, and a lower one.
pub fn steepest(
    pixels: &[f32],
    values: usize,
    features: &[f32],
    dimension: usize,
    pairs: impl Iterator<Item = (usize, usize)>,
) -> f64 {
    let slopes = pairs.map(|(i, j)| (gap(features, dimension, i, j), gap(pixels, values, i, j)));
    slopes.filter(|(_, apart)| *apart > 0.0).map(|(feature, apart)| feature / apart).fold(0.0, f64::max)
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |i| (i + 1..count).map(move |j| (i, j)))
}

fn gap(rows: &[f32], dimension: usize, i: usize, j: usize) -> f64 {
    augsphere_kernels::squared_gap(&rows[i * dimension..][..dimension], &rows[j * dimension..][..dimension]).sqrt()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
