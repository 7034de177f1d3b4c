//! The losses split as Huang et al. split them: METHODS.md 3.3.
//!
//! Its numbers for the cross-correlation come from a random batch that is not given; the identities they stand for hold for
//! any batch, and are tested with one here.

use super::numbers::{near, noise, places, tensor, values};
use augsphere_engine::losses::{Correlations, Standardise, barlow_terms, cross_correlation, nt_xent_terms, queue_terms};

#[test]
fn infonce_with_one_negative_gives_its_numbers() {
    for place in places() {
        let row = |values: [f32; 2]| tensor(&values, [1, 2], &place.device);
        // Large dot products are no trouble, for rows are scaled first.
        for length in [1.0, 100.0] {
            let (f1, f2) = (row([length, 0.0]), row([0.8 * length, 0.6 * length]));
            let parts = queue_terms(f1, f2, row([0.0, 1.0]), 1, 1.0);
            let (l1, l2) = (values(parts.attract)[0], values(parts.repel)[0]);
            near(&[l1, l2], &[-0.8, 1.171_100_665_948], place.tolerance, 1.0, "L1 and L2");
            near(&[l1 + l2], &[0.371_100_665_948], place.tolerance, 1.0, "L");
        }
    }
}

/// At temperature 1 the part that attracts is `|f1 - f2|^2 / 2 - 1` for rows of unit length.
#[test]
fn what_attracts_is_the_alignment() {
    for place in places() {
        let (a, b) = (noise(24, 1), noise(24, 2));
        let unit = |rows: &[f32]| -> Vec<f32> {
            let lengths = rows.chunks_exact(4).map(|row| row.iter().map(|value| value * value).sum::<f32>().sqrt());
            rows.chunks_exact(4).zip(lengths).flat_map(|(row, length)| row.iter().map(move |value| value / length)).collect()
        };
        let apart: f32 = unit(&a).iter().zip(unit(&b)).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / 6.0;
        let both = || [tensor(&a, [6, 4], &place.device), tensor(&b, [6, 4], &place.device)];
        let attract = values(nt_xent_terms(both(), both(), both(), 1.0).attract);
        near(&attract, &[f64::from(apart) / 2.0 - 1.0], place.tolerance, 1.0, "L1");
    }
}

#[test]
fn the_cross_correlation_loss_is_its_two_parts() {
    let (n, d, lambda) = (6, 2, 0.005);
    let a = noise(n * d, 3);
    let b: Vec<f32> = a.iter().zip(noise(n * d, 4)).map(|(a, noise)| a + 0.2 * noise).collect();
    for place in places() {
        let of = |values: &[f32]| tensor(values, [n, d], &place.device);
        let c = values(cross_correlation(of(&a), of(&b), Standardise::Biased));
        let Correlations { short, square } = Correlations::of_same(of(&a), of(&b), Standardise::Biased);
        let all = Correlations::of_all(of(&a), of(&b), Standardise::Biased);
        let (l1, l2) = (values(short.clone())[0], values(short + all - square)[0]);
        let by_hand = |i: usize, j: usize| (f64::from(c[i * d + j]) - if i == j { 1.0 } else { 0.0 }).powi(2);
        let diagonal = by_hand(0, 0) + by_hand(1, 1);
        near(&[l1, l2], &[diagonal, diagonal + by_hand(0, 1) + by_hand(1, 0)], place.tolerance, 1.0, "L1 and L2");
        let (l1, l2) = (f64::from(l1), f64::from(l2));
        let loss = values(barlow_terms(of(&a), of(&b), 1.0, lambda, Standardise::Biased).total())[0];
        near(&[loss], &[(1.0 - lambda) * l1 + lambda * l2], 10.0 * place.tolerance, 1e-2, "(1 - lambda) L1 + lambda L2");
        // Lemma 4.1: the alignment 2 sum (1 - C_ii) is at most 2 sqrt(d L1).
        let alignment = 2.0 * (0..d).map(|i| 1.0 - f64::from(c[i * d + i])).sum::<f64>();
        assert!(alignment > 0.0 && alignment <= 2.0 * (d as f64 * l1).sqrt() + 1e-6);
    }
}
