//! Eigenvalues and eigenvectors of symmetric matrices: what was asked for, orthonormal, whatever the matrix.

use super::dot;
use super::numbers::{noise, wide};
use augsphere_engine::eigen::symmetric_eigen;

/// Fails unless `A = sum_j s_j u_j u_j^T` and the `u_j` are orthonormal.
#[track_caller]
fn check(matrix: &[f64], n: usize, what: &str) -> Vec<f64> {
    let (eigenvalues, rows) = symmetric_eigen(matrix, n);
    let size = matrix.iter().fold(1e-300f64, |size, value| size.max(value.abs()));
    for i in 0..n {
        for j in 0..n {
            let (a, b) = (&rows[i * n..(i + 1) * n], &rows[j * n..(j + 1) * n]);
            let orthonormal = dot(a, b) - f64::from(u8::from(i == j));
            assert!(orthonormal.abs() < 1e-12, "{what}: vectors {i} and {j}: {orthonormal:e}");
            let sum: f64 = (0..n).map(|k| eigenvalues[k] * rows[k * n + i] * rows[k * n + j]).sum();
            assert!((sum - matrix[i * n + j]).abs() < 1e-12 * n as f64 * size, "{what}: cell {i}, {j}: {sum}");
        }
    }
    eigenvalues
}

#[test]
fn matrices_of_all_sizes_and_ranks_are_taken_apart() {
    for n in [0, 1, 2, 3, 8, 33, 96] {
        let mut matrix = wide(&noise(n * n, 21));
        (0..n * n).for_each(|at| matrix[at] = matrix[at % n * n + at / n]);
        check(&matrix, n, &format!("noise of size {n}"));
        for rank in [0, 1, n / 2] {
            let rows = wide(&noise(rank * n, 22));
            let moments: Vec<f64> =
                (0..n * n).map(|at| rows.chunks(n.max(1)).map(|row| row[at / n] * row[at % n]).sum()).collect();
            let eigenvalues = check(&moments, n, &format!("size {n}, rank {rank}"));
            let alive = eigenvalues.iter().filter(|value| value.abs() > 1e-10).count();
            assert_eq!(alive, rank.min(n), "rank of size {n}");
        }
    }
}

#[test]
fn matrices_that_are_already_simple_are_taken_apart() {
    let mut diagonal = check(&[3.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 3.0], 3, "diagonal");
    diagonal.sort_by(f64::total_cmp);
    assert_eq!(diagonal, [-1.0, 3.0, 3.0]);
    let mut swap = check(&[0.0, 1.0, 1.0, 0.0], 2, "an exchange");
    swap.sort_by(f64::total_cmp);
    assert!((swap[0] + 1.0).abs() < 1e-15 && (swap[1] - 1.0).abs() < 1e-15, "{swap:?}");
    check(&[1e-30, 2e-30, 2e-30, 1e-30], 2, "small numbers");
    check(&[1e30, 0.0, 1e20, 0.0, 1e-10, 0.0, 1e20, 0.0, 1.0], 3, "numbers of many sizes");
    // A chain: 2 - 2 cos(k pi / (n + 1)).
    let n = 12usize;
    let chain: Vec<f64> = (0..n * n).map(|at| [2.0, -1.0, 0.0][(at / n).abs_diff(at % n).min(2)]).collect();
    let mut found = check(&chain, n, "a chain");
    found.sort_by(f64::total_cmp);
    for (k, value) in found.iter().enumerate() {
        let expected = 2.0 - 2.0 * (std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64).cos();
        assert!((value - expected).abs() < 1e-13, "{value} for {expected}");
    }
}
