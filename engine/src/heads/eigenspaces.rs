//! Do a linear predictor and the correlation matrix of the embeddings have the same eigenspaces?

use crate::eigen::symmetric_eigen;

/// Directions in which the embeddings vary less than this share of the most are rounding: their eigenvectors are arbitrary.
const DEAD: f64 = 1e-6;

/// How far the eigenspaces of a predictor `w` and of a correlation matrix `f` are the same, 0 to 1.
///
/// With `F = sum_j s_j u_j u_j^T` it is the mean over `j` of `|cos(u_j, W_p u_j)|`: an eigenvector of `F` that the predictor only
/// stretches counts 1, one that it turns by a right angle 0. It is 1 if all eigenvectors of `F` are eigenvectors of `W_p`, about
/// `sqrt(2 / (pi d))` for a random `W_p` of `d` dimensions. Tian, Chen & Ganguli 2021 (arXiv 2102.06810) show for a linear network with
/// a symmetric predictor that both align while it trains; a predictor in closed form is aligned with the `F` it was set from
/// (METHODS.md 4.3).
///
/// Both are row-major `d * d`, `p = W_p f` for a column `f`; `f` is made symmetric first. Directions with `s_j` below a millionth of the
/// largest do not count, and a direction that `W_p` takes to nothing is one of its eigenvectors. `None` if all are dead or a number is
/// not finite.
pub fn eigenspace_alignment(f: &[f64], w: &[f64], d: usize) -> Option<f64> {
    if !f.iter().chain(w).all(|value| value.is_finite()) {
        return None;
    }
    let symmetric: Vec<f64> = (0..d * d).map(|at| (f[at] + f[at % d * d + at / d]) / 2.0).collect();
    let (values, vectors) = symmetric_eigen(&symmetric, d);
    let largest = values.iter().fold(0.0f64, |largest, &value| largest.max(value));
    let alive = values.iter().zip(vectors.chunks_exact(d)).filter(|(value, _)| **value > DEAD * largest);
    let cosines: Vec<f64> = alive
        .map(|(_, u)| {
            let image: Vec<f64> = w.chunks_exact(d).map(|row| dot(row, u)).collect();
            let length = dot(&image, &image).sqrt();
            if length > f64::MIN_POSITIVE { (dot(u, &image) / length).abs().min(1.0) } else { 1.0 }
        })
        .collect();
    (!cosines.is_empty()).then(|| cosines.iter().sum::<f64>() / cosines.len() as f64)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64) {
        let found = found.expect("an alignment");
        assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
    }

    /// `F` with eigenvectors along the axes, turned by an angle: worked out by hand.
    #[test]
    fn turned_eigenspaces_have_the_cosine_of_the_turn() {
        let f = [2.0, 0.0, 0.0, 1.0];
        near(eigenspace_alignment(&f, &[0.5, 0.0, 0.0, -3.0], 2), 1.0);
        // A rotation turns every direction by its angle.
        let (sin, cos) = 0.3f64.sin_cos();
        near(eigenspace_alignment(&f, &[cos, -sin, sin, cos], 2), cos);
        near(eigenspace_alignment(&f, &[0.0, -1.0, 1.0, 0.0], 2), 0.0);
        // A shear keeps the first axis and takes the second to (1, 1).
        near(eigenspace_alignment(&f, &[1.0, 1.0, 0.0, 1.0], 2), (1.0 + 0.5f64.sqrt()) / 2.0);
        // Eigenvectors along the diagonals: those of a matrix that is symmetric with equal diagonal.
        near(eigenspace_alignment(&[2.0, 1.0, 1.0, 2.0], &[0.3, 0.7, 0.7, 0.3], 2), 1.0);
        // An eigenvector of F at 45 degrees to those of W = diag(1, 0): W u is half of u and half across.
        near(eigenspace_alignment(&[2.0, 1.0, 1.0, 2.0], &[1.0, 0.0, 0.0, 0.0], 2), 0.5f64.sqrt());
    }

    #[test]
    fn dead_directions_and_numbers_that_are_none() {
        // The second axis is dead in F: how W turns it does not count.
        near(eigenspace_alignment(&[1.0, 0.0, 0.0, 1e-9], &[2.0, 5.0, 0.0, 1.0], 2), 1.0);
        near(eigenspace_alignment(&[1.0, 0.0, 0.0, 2.0], &[0.0; 4], 2), 1.0);
        assert_eq!(eigenspace_alignment(&[0.0; 4], &[1.0; 4], 2), None);
        assert_eq!(eigenspace_alignment(&[f64::NAN; 4], &[1.0; 4], 2), None);
    }
}
