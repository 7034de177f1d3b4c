//! The turn that makes projections of different steps alike.

use crate::eigen::symmetric_eigen;
use crate::random::{Purpose, RngExt, stream};

/// Smallest share of the largest stretch at which a direction still counts.
const FLAT: f64 = 1e-6;

/// The turn of points `x, y, z` of rows `[n, d]`, all together, to where they are nearest to three fixed directions of the `d`
/// dimensions: a point `p` becomes `p^T turn`.
///
/// Principal axes may change their signs and their order from one step to the next, though what is seen does not. With `P` the
/// points, `Q` the centred rows along the fixed directions, and `M = P^T Q`, the orthogonal matrix nearest to turning `P` into
/// `Q` is `M (M^T M)^(-1/2)` (orthogonal Procrustes: Golub & Van Loan, Matrix Computations, section 6.4.1): it depends on what is
/// seen, not on the axes in which it was found. Points in fewer than three dimensions stay as they are: there is none.
pub(super) fn turn(xyz: &[f32], rows: &[f32], d: usize) -> Option<[[f64; 3]; 3]> {
    let (directions, mean) = (directions(d), mean(rows, d));
    let mut moments = [[0.0f64; 3]; 3];
    for (point, row) in xyz.chunks_exact(3).zip(rows.chunks_exact(d.max(1))) {
        let mut wanted = [0.0f64; 3];
        for ((value, mean), direction) in row.iter().zip(&mean).zip(&directions) {
            (0..3).for_each(|axis| wanted[axis] += (f64::from(*value) - mean) * direction[axis]);
        }
        for (moments, value) in moments.iter_mut().zip(point) {
            (0..3).for_each(|axis| moments[axis] += f64::from(*value) * wanted[axis]);
        }
    }
    nearest_orthogonal(&moments)
}

/// The mean of rows `[n, d]`.
pub(super) fn mean(rows: &[f32], d: usize) -> Vec<f64> {
    let count = (rows.len() / d.max(1)).max(1) as f64;
    let mut mean = vec![0.0f64; d];
    for row in rows.chunks_exact(d.max(1)) {
        mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += f64::from(*value) / count);
    }
    mean
}

/// Three directions of `d` dimensions, the same for every step and every run.
fn directions(d: usize) -> Vec<[f64; 3]> {
    let mut rng = stream(0, Purpose::Projection, 1);
    (0..d).map(|_| [(); 3].map(|()| f64::from(rng.normal()))).collect()
}

/// `M (M^T M)^(-1/2)`; nothing if `M` flattens a direction or is not finite.
fn nearest_orthogonal(m: &[[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let square = |i: usize, j: usize| m.iter().map(|row| row[i] * row[j]).sum::<f64>();
    let flat: Vec<f64> = (0..9).map(|at| square(at / 3, at % 3)).collect();
    let (values, vectors) = symmetric_eigen(&flat, 3);
    let most = values.iter().copied().fold(0.0, f64::max);
    if !values.iter().all(|value| *value > FLAT * FLAT * most && value.is_finite()) {
        return None;
    }
    let vectors: Vec<&[f64]> = vectors.chunks_exact(3).collect();
    let root = |i: usize, j: usize| values.iter().zip(&vectors).map(|(value, v)| v[i] * v[j] / value.sqrt()).sum::<f64>();
    Some([0, 1, 2].map(|i| [0, 1, 2].map(|j| (0..3).map(|k| m[i][k] * root(k, j)).sum())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A turn that was stretched is found again, and what is turned keeps its lengths.
    #[test]
    fn the_nearest_turn_of_a_stretched_turn_is_the_turn() {
        let (sin, cos) = 0.7f64.sin_cos();
        let turned = [[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, -1.0]];
        // The stretch is symmetric: M = R S.
        let stretch = [[2.0, 0.3, 0.0], [0.3, 0.5, 0.1], [0.0, 0.1, 3.0]];
        let product = [0, 1, 2].map(|i| [0, 1, 2].map(|j| (0..3).map(|k| turned[i][k] * stretch[k][j]).sum::<f64>()));
        let found = nearest_orthogonal(&product).expect("a turn");
        for (found, expected) in found.iter().flatten().zip(turned.iter().flatten()) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        assert_eq!(nearest_orthogonal(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0; 3]]), None);
        assert_eq!(nearest_orthogonal(&[[f64::NAN; 3]; 3]), None);
    }
}
