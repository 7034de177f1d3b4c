//! Eigenvalues and eigenvectors of symmetric matrices, on the host, in double precision.
//!
//! Householder reflections to a tridiagonal matrix, then implicit QR steps with Wilkinson's shift
//! (Golub & Van Loan, Matrix Computations, sections 8.3.1 to 8.3.3).

use crate::pace::{Pace, at_once};

/// The eigenvalues of a symmetric matrix, in no order, and its orthonormal eigenvectors as the rows of the second (row-major
/// `n * n`): row `j` belongs to eigenvalue `j`.
///
/// `matrix` is row-major `n * n`; both halves are to be the same. About `9 n^3` operations. A matrix that is not finite
/// gives values and vectors that are not numbers.
///
/// # Panics
/// If `matrix` has not `n * n` numbers.
pub fn symmetric_eigen(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    at_once(solve(matrix, n, n, &Pace::default()))
}

/// The eigenvalues alone, in no order: about `4 n^3 / 3` operations, `4 n^2` of them between two turns. Otherwise as [`symmetric_eigen`].
///
/// # Panics
/// As there.
pub async fn symmetric_eigenvalues(matrix: &[f64], n: usize, pace: &Pace) -> Vec<f64> {
    solve(matrix, n, 0, pace).await.0
}

/// The eigenvalues, and the first `width` components of each eigenvector as rows.
async fn solve(matrix: &[f64], n: usize, width: usize, pace: &Pace) -> (Vec<f64>, Vec<f64>) {
    assert_eq!(matrix.len(), n * n, "a square matrix");
    if !matrix.iter().all(|value| value.is_finite()) {
        return (vec![f64::NAN; n], vec![f64::NAN; n * width]);
    }
    let (mut diagonal, mut beside, mut rows) = tridiagonal(matrix.to_vec(), n, width, pace).await;
    let size = diagonal.iter().chain(&beside).fold(0.0f64, |size, value| size.max(value.abs()));
    let mut end = n.saturating_sub(1);
    // Two or three steps an eigenvalue are usual; the bound only keeps a surprise from going on for ever.
    for _ in 0..30 * n {
        for value in &mut beside[..end] {
            if value.abs() <= f64::EPSILON * size {
                *value = 0.0;
            }
        }
        while end > 0 && beside[end - 1] == 0.0 {
            end -= 1;
        }
        if end == 0 {
            break;
        }
        let start = (0..end).rev().find(|&k| beside[k] == 0.0).map_or(0, |k| k + 1);
        qr_step(&mut diagonal, &mut beside, &mut rows, start, end);
        pace.turn().await;
    }
    (diagonal, rows)
}

/// The diagonal and what is beside it of `T = Z A Z^T`, and the orthogonal `Z` by rows.
/// Of `Z` only the first `width` columns are made.
async fn tridiagonal(mut a: Vec<f64>, n: usize, width: usize, pace: &Pace) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut rows = vec![0.0; n * width];
    (0..width).for_each(|k| rows[k * width + k] = 1.0);
    let mut beside = vec![0.0; n.saturating_sub(1)];
    for k in 0..n.saturating_sub(1) {
        let (first, tail) = (a[k * n + k + 1], &a[k * n + k + 2..(k + 1) * n]);
        if tail.iter().all(|&value| value == 0.0) {
            beside[k] = first;
            continue;
        }
        // The reflection that takes the row beside the diagonal to one number; the sign keeps `v` from cancelling.
        let mut v = a[k * n + k + 1..(k + 1) * n].to_vec();
        let length = dot(&v, &v).sqrt();
        beside[k] = -length.copysign(first);
        v[0] -= beside[k];
        let beta = 2.0 / dot(&v, &v);
        reflect_block(&mut a, n, k + 1, &v, beta);
        let mut sums = vec![0.0; width];
        for (row, &weight) in rows[(k + 1) * width..].chunks_exact(width.max(1)).zip(&v) {
            add(&mut sums, row, beta * weight);
        }
        for (row, &weight) in rows[(k + 1) * width..].chunks_exact_mut(width.max(1)).zip(&v) {
            add(row, &sums, -weight);
        }
        pace.turn().await;
    }
    ((0..n).map(|k| a[k * n + k]).collect(), beside, rows)
}

/// `B - v w^T - w v^T` for the block `B` of rows and columns from `from` on: both sides of the reflection at once.
fn reflect_block(a: &mut [f64], n: usize, from: usize, v: &[f64], beta: f64) {
    let mut w: Vec<f64> = a[from * n..].chunks_exact(n).map(|row| beta * dot(&row[from..], v)).collect();
    let shift = -beta / 2.0 * dot(&w, v);
    add(&mut w, v, shift);
    for (i, row) in a[from * n..].chunks_exact_mut(n).enumerate() {
        add(&mut row[from..], &w, -v[i]);
        add(&mut row[from..], v, -w[i]);
    }
}

/// One implicit QR step on the rows and columns `start..=end`, none of which stands alone.
fn qr_step(diagonal: &mut [f64], beside: &mut [f64], rows: &mut [f64], start: usize, end: usize) {
    let width = rows.len() / diagonal.len();
    let (half, last) = ((diagonal[end - 1] - diagonal[end]) / 2.0, beside[end - 1]);
    let shift = diagonal[end] - last * (last / (half + half.hypot(last).copysign(half)));
    let (mut x, mut z) = (diagonal[start] - shift, beside[start]);
    for k in start..end {
        let length = x.hypot(z);
        let (c, s) = if length > 0.0 { (x / length, z / length) } else { (1.0, 0.0) };
        if k > start {
            beside[k - 1] = length;
        }
        let (a, b, d) = (diagonal[k], beside[k], diagonal[k + 1]);
        diagonal[k] = c * c * a + 2.0 * c * s * b + s * s * d;
        diagonal[k + 1] = s * s * a - 2.0 * c * s * b + c * c * d;
        beside[k] = c * s * (d - a) + (c * c - s * s) * b;
        if k + 1 < end {
            (x, z) = (beside[k], s * beside[k + 1]);
            beside[k + 1] *= c;
        }
        let (upper, lower) = rows[k * width..(k + 2) * width].split_at_mut(width);
        for (p, q) in upper.iter_mut().zip(lower) {
            (*p, *q) = (c * *p + s * *q, c * *q - s * *p);
        }
    }
}

/// In lanes that the compiler makes vectors of.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| a * b);
    sums.into_iter().chain(rest).sum()
}

/// `to += factor * from`.
fn add(to: &mut [f64], from: &[f64], factor: f64) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}
