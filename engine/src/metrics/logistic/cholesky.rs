//! Systems of equations with a symmetric positive definite matrix.

use crate::pace::Pace;

/// `L` of `A + shift I = L L^T` (Golub & Van Loan, Matrix Computations, section 4.2).
pub(in crate::metrics) struct Cholesky {
    /// Row-major; only the lower half counts.
    lower: Vec<f64>,
    n: usize,
}

impl Cholesky {
    /// Of a positive semidefinite `A`, row-major `n * n`, of which the lower half is read, plus a positive `shift` on the diagonal.
    /// Exact pivots are at least the shift, so one that rounding makes smaller becomes it: there always is a factor.
    pub async fn of(matrix: &[f64], n: usize, shift: f64, pace: &Pace) -> Self {
        let mut lower = vec![0.0; n * n];
        for (i, row) in matrix.chunks_exact(n.max(1)).enumerate() {
            let (above, own) = lower.split_at_mut(i * n);
            for (j, other) in above.chunks_exact(n).enumerate() {
                own[j] = (row[j] - dot(&own[..j], &other[..j])) / other[j];
            }
            own[i] = (row[i] + shift - dot(&own[..i], &own[..i])).max(shift).sqrt();
            pace.turn().await;
        }
        Self { lower, n }
    }

    /// `x` becomes `(A + shift I)^-1 x`.
    pub fn solve(&self, x: &mut [f64]) {
        let rows = || self.lower.chunks_exact(self.n.max(1)).enumerate();
        for (i, row) in rows() {
            x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
        }
        for (i, row) in rows().rev() {
            x[i] /= row[i];
            let value = x[i];
            x[..i].iter_mut().zip(row).for_each(|(x, factor)| *x -= value * factor);
        }
    }
}

/// In eight sums, which lie in wide registers.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;

    fn solved(matrix: &[f64], shift: f64, mut x: [f64; 3]) -> [f64; 3] {
        at_once(Cholesky::of(matrix, 3, shift, &Pace::default())).solve(&mut x);
        x
    }

    /// By hand: `L` = (2; 1, 3; -1, 2, 1), and `L L^T` takes (1, -1, 2) to (-2, 2, 5). The shift is taken off beforehand.
    #[test]
    fn a_system_of_three_by_hand() {
        let matrix = [4.0 - 0.5, 2.0, -2.0, 2.0, 10.0 - 0.5, 5.0, -2.0, 5.0, 6.0 - 0.5];
        let x = solved(&matrix, 0.5, [-2.0, 2.0, 5.0]);
        assert!(x.iter().zip([1.0, -1.0, 2.0]).all(|(x, expected)| (x - expected).abs() < 1e-12), "{x:?}");
    }

    /// Three equal columns, by rounding less than semidefinite: 3 (1, 1, 1) x = 3 asks for a sum of 1.
    #[test]
    fn a_singular_matrix_has_a_factor() {
        let mut matrix = [1.0; 9];
        matrix[8] -= 1e-5;
        let x = solved(&matrix, 1e-6, [1.0; 3]);
        assert!((x.iter().sum::<f64>() - 1.0).abs() < 1e-3, "{x:?}");
    }
}
