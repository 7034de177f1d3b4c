//! The losses split as Huang et al. split them: METHODS.md 3.3.
//!
//! Its numbers for the cross-correlation come from a random batch that is not given; the identities they stand for hold for
//! any batch, and are tested with one here.

use super::numbers::{near, noise, places, tensor, tracked, values};
use augsphere_engine::losses::{
    Standardise, barlow_terms, cross_correlation, cross_correlation_parts, infonce_parts, nt_xent_terms,
};

#[test]
fn infonce_with_one_negative_gives_its_numbers() {
    for place in places() {
        let row = |values: [f32; 2]| tensor(&values, [1, 2], &place.device);
        let parts = infonce_parts(row([1.0, 0.0]), row([0.8, 0.6]), row([0.0, 1.0]));
        let (alignment, divergence) = (values(parts.alignment)[0], values(parts.divergence)[0]);
        near(&[alignment, divergence], &[-0.8, 1.171_100_665_948], place.tolerance, 1.0, "L1 and L2");
        near(&[alignment + divergence], &[0.371_100_665_948], place.tolerance, 1.0, "L");
        // Large dot products are no trouble, for rows are scaled first.
        let long = infonce_parts(row([100.0, 0.0]), row([80.0, 60.0]), row([0.0, 300.0]));
        near(&[values(long.divergence)[0]], &[1.171_100_665_948], place.tolerance, 1.0, "scaled");
    }
}

/// At temperature 1, `-f1 . f2` is `|f1 - f2|^2 / 2 - 1` for rows of unit length.
#[test]
fn alignment_is_what_nt_xent_attracts_by() {
    for place in places() {
        let (a, b) = (noise(24, 1), noise(24, 2));
        let both = || [tensor(&a, [6, 4], &place.device), tensor(&b, [6, 4], &place.device)];
        let [first, second] = both();
        let alignment = values(infonce_parts(first, second.clone(), second).alignment);
        let attract = values(nt_xent_terms(both(), both(), both(), 1.0).attract);
        near(&alignment, &[f64::from(attract[0])], place.tolerance, 1.0, "L1");
    }
}

#[test]
fn the_cross_correlation_loss_is_its_two_parts() {
    let (n, d, lambda) = (6, 2, 0.005);
    let a = noise(n * d, 3);
    let b: Vec<f32> = a.iter().zip(noise(n * d, 4)).map(|(a, noise)| a + 0.2 * noise).collect();
    for place in places() {
        let of = |values: &[f32]| tensor(values, [n, d], &place.device);
        let correlation = cross_correlation(of(&a), of(&b), Standardise::Biased);
        let c = values(correlation.clone());
        let parts = cross_correlation_parts(correlation);
        let (l1, l2) = (f64::from(values(parts.alignment)[0]), f64::from(values(parts.divergence)[0]));
        let by_hand = |i: usize, j: usize| (f64::from(c[i * d + j]) - if i == j { 1.0 } else { 0.0 }).powi(2);
        near(
            &[l1 as f32, l2 as f32],
            &[by_hand(0, 0) + by_hand(1, 1), by_hand(0, 0) + by_hand(1, 1) + by_hand(0, 1) + by_hand(1, 0)],
            place.tolerance,
            1e-2,
            "parts",
        );
        let loss = values(barlow_terms(of(&a), of(&b), 1.0, lambda, Standardise::Biased).total())[0];
        near(&[loss], &[(1.0 - lambda) * l1 + lambda * l2], 10.0 * place.tolerance, 1e-2, "(1 - lambda) L1 + lambda L2");
        // Lemma 4.1: the alignment 2 sum (1 - C_ii) is at most 2 sqrt(d L1).
        let alignment = 2.0 * (0..d).map(|i| 1.0 - f64::from(c[i * d + i])).sum::<f64>();
        assert!(alignment > 0.0 && alignment <= 2.0 * (d as f64 * l1).sqrt() + 1e-6);
    }
}

#[test]
fn the_parts_have_gradients() {
    let place = &places()[0];
    let (a, b, c) = (noise(12, 5), noise(12, 6), noise(12, 7));
    let value = |a: &[f32]| -> f64 {
        let of = |values: &[f32]| tensor(values, [3, 4], &place.device);
        let parts = infonce_parts(of(a), of(&b), of(&c));
        let correlation = cross_correlation_parts(cross_correlation(of(a), of(&b), Standardise::BatchNorm));
        let all = parts.alignment + parts.divergence + correlation.alignment + correlation.divergence;
        f64::from(values(all)[0])
    };
    let of = |values: &[f32]| tracked(values, [3, 4], &place.device);
    let x = of(&a);
    let parts = infonce_parts(x.clone(), of(&b), of(&c));
    let correlation = cross_correlation_parts(cross_correlation(x.clone(), of(&b), Standardise::BatchNorm));
    let gradients = (parts.alignment + parts.divergence + correlation.alignment + correlation.divergence).backward();
    let found = values(x.grad(&gradients).expect("a gradient"));
    let expected: Vec<f64> = (0..12)
        .map(|at| {
            let moved =
                |by: f32| value(&a.iter().enumerate().map(|(i, v)| if i == at { v + by } else { *v }).collect::<Vec<_>>());
            (moved(1e-2) - moved(-1e-2)) / 2e-2
        })
        .collect();
    near(&found, &expected, 5e-3, 0.0, "finite differences");
}
