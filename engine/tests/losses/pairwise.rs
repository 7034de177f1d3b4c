//! The margin, linear and spectral losses: published examples, hand-checked gradients, and where they have none.

use super::numbers::{near, places, tensor, values};
use super::{Z1, Z2, both, shared};
use augsphere_engine::eigen::symmetric_eigen;
use augsphere_engine::losses::{linear_terms, margin_pair, margin_terms, spectral_terms, uniformity};
use burn::tensor::Tensor;

fn margin(margin: f64) -> impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1> {
    shared(move |online, positive, negatives| margin_terms(online, positive, negatives, margin).total())
}

fn linear(weight: f64) -> impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1> {
    shared(move |online, positive, negatives| linear_terms(online, positive, negatives, weight).total())
}

fn spectral(mu: f64) -> impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1> {
    shared(move |online, positive, negatives| spectral_terms(online, positive, negatives, mu).total())
}

/// The example of one pair: similar, dissimilar, and the distance squared inside the root, not outside, which would give 0.3
/// [0.3, 1.4].
#[test]
fn the_margin_of_a_pair_has_the_values_and_gradients_of_the_example() {
    for place in places() {
        for (dissimilar, expected, grad) in
            [(false, 0.2, [0.2, -0.6]), (true, 0.067_544_467_966, [-0.116_227_766_0, 0.348_683_298_1])]
        {
            let what = format!("{:?}, dissimilar {dissimilar}", place.kind);
            let pair = |a, b| margin_pair(a, b, dissimilar, 1.0);
            let (loss, grad_a, grad_b) = both(&[1.0, 0.0], &[0.8, 0.6], 2, &place.device, pair);
            near(&[loss], &[expected], place.tolerance, 0.0, &what);
            near(&grad_a, &grad, place.tolerance, 0.0, &what);
            near(&grad_b, &grad.map(|value| -value), place.tolerance, 0.0, &what);
        }
    }
}

/// E2 by hand: D^2 = 0.4 for both positives and 0.8 for both negatives, so 0.2 + (1 - sqrt 0.8)^2 / 2 [1.4].
#[test]
fn the_margin_of_a_batch_is_that_of_its_pairs() {
    // (1 - D) / D / 2 for a negative pair at D = sqrt 0.8, times its difference (0.4, -0.8).
    let push = [0.023_606_797_7, 0.047_213_595_5];
    for place in places() {
        let what = format!("{:?}", place.kind);
        let (loss, grad1, grad2) = both(&Z1, &Z2, 2, &place.device, margin(1.0));
        near(&[loss], &[0.205_572_809_0], place.tolerance, 0.0, &what);
        let expected1 = [0.1 - push[0], -0.3 + push[1], -0.3 + push[1], 0.1 - push[0]];
        let expected2 = [-0.1 - push[1], 0.3 + push[0], 0.3 + push[0], -0.1 - push[1]];
        near(&grad1, &expected1, place.tolerance, 0.0, &what);
        near(&grad2, &expected2, place.tolerance, 0.0, &what);
    }
}

/// Pairs beyond the margin are dead; pairs that coincide cost half the squared margin and have no direction to part in [1.4].
#[test]
fn the_margin_has_no_gradient_beyond_it_nor_at_zero() {
    let rows = [0.6, 0.0, -0.8].repeat(8);
    for place in places() {
        let repel = |m: f64| shared(move |online, positive, negatives| margin_terms(online, positive, negatives, m).repel);
        let (loss, grad1, grad2) = both(&Z1, &Z2, 2, &place.device, repel(0.5));
        assert_eq!((loss, grad1, grad2), (0.0, vec![0.0; 4], vec![0.0; 4]), "farther than the margin");
        let (loss, grad1, grad2) = both(&rows, &rows, 3, &place.device, margin(2.0));
        // The rounding of 1 + 1 - 2 is a distance of a few 1e-4.
        near(&[loss], &[2.0], 1e-3, 0.0, "collapse");
        near(&[grad1, grad2].concat(), &[0.0; 48], 1e-3, 1.0, "collapse, gradient");
        let (loss, grad, _) = both(&rows, &rows, 3, &place.device, |a, b| margin_pair(a, b, true, 2.0));
        near(&[loss], &[2.0], place.tolerance, 0.0, "one pair");
        assert_eq!(grad, vec![0.0; 24], "one pair, gradient");
    }
}

/// The value and gradients on E2 [1.5].
#[test]
fn the_linear_loss_has_the_values_and_gradients_of_the_example() {
    for place in places() {
        let (loss, grad1, grad2) = both(&Z1, &Z2, 2, &place.device, linear(1.0));
        near(&[loss], &[-0.26], place.tolerance, 0.0, "loss");
        let expected = [0.0, 0.15, 0.15, 0.0, -0.342, 0.456, 0.456, -0.342];
        near(&[grad1, grad2].concat(), &expected, place.tolerance, 0.0, "gradient");
        let (loss, _, _) = both(&Z1, &Z2, 2, &place.device, linear(0.0));
        near(&[loss], &[-0.8], place.tolerance, 0.0, "the weight takes the negatives away");
    }
}

/// A line and a square cost the same, and as little as any configuration can: nothing keeps the rank up. With the pairs of an
/// image counted among the candidates, as the population form does, both are at -1. Uniformity tells them apart [1.5].
#[test]
fn the_linear_loss_cannot_tell_a_line_from_a_square() {
    let line = [1.0, 0.0, 1.0, 0.0, -1.0, 0.0, -1.0, 0.0];
    let square = [1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0];
    for place in places() {
        for (rows, spread) in [(line, -1.097_941_588_4), (square, -4.396_348_967_2)] {
            let z = || tensor(&rows, [4, 2], &place.device);
            let views = || [z(), z()];
            let terms = linear_terms(views(), views(), views(), 1.0);
            let (attract, repel) = (values(terms.attract)[0], values(terms.repel)[0]);
            // 6 of 8 candidates are of other images; the other two have cosine 1.
            near(&[attract + (6.0 * repel + 2.0) / 8.0], &[-1.0], place.tolerance, 0.0, "population");
            near(&[repel], &[-1.0 / 3.0], place.tolerance, 0.0, "no mean of 4 images is lower than -1 / 3");
            near(&values(uniformity(z(), 2.0)), &[spread], place.tolerance, 0.0, "uniformity");
            let (_, grad1, grad2) = both(&rows, &rows, 2, &place.device, linear(1.0));
            near(&[grad1, grad2].concat(), &[0.0; 16], place.tolerance, 1.0, "both are stationary");
        }
    }
}

/// The value and gradients on E2 without a ball, and scaled by one that is too large to cut [1.7].
#[test]
fn the_spectral_loss_has_the_values_and_gradients_of_the_example() {
    let expected = [-0.44, -0.12, -0.12, -0.44, -1.0, 0.6, 0.6, -1.0];
    for place in places() {
        for (mu, scale) in [(f64::INFINITY, 1.0), (0.0, 1.0), (10.0, 0.1)] {
            let (loss, grad1, grad2) = both(&Z1, &Z2, 2, &place.device, spectral(mu));
            near(&[loss], &[-1.24 * scale], place.tolerance, 0.0, &format!("mu {mu}"));
            near(&[grad1, grad2].concat(), &expected.map(|value| value * scale), place.tolerance, 0.0, &format!("mu {mu}"));
        }
    }
}

/// Rows outside the ball are cut to its surface, rows inside stay: parts -1.2 and 0.225 [1.7]. A cut row only turns.
#[test]
fn the_spectral_loss_cuts_rows_to_the_ball() {
    let z1 = [2.0, 0.0, 0.0, 0.5];
    for place in places() {
        let views = || [tensor(&z1, [2, 2], &place.device), tensor(&Z2, [2, 2], &place.device)];
        let terms = spectral_terms(views(), views(), views(), 1.0);
        near(&values(terms.attract), &[-1.2], place.tolerance, 0.0, "attracts");
        near(&values(terms.repel), &[0.225], place.tolerance, 0.0, "repels");
        let (loss, grad1, _) = both(&z1, &Z2, 2, &place.device, spectral(1.0));
        near(&[loss], &[-0.975], place.tolerance, 0.0, "loss");
        near(&grad1[..1], &[0.0], place.tolerance, 1.0, "no gradient along the row that was cut");
        // -2 (0.8, 0.6)_2 / 2 + 2 * 0.6 * 0.8 / 2 for the second coordinate, through the cut from length 2 to 1.
        near(&grad1[1..2], &[(-0.6 + 0.48) / 2.0], place.tolerance, 1.0, "across it");
        // And the row inside is free: -0.8 + 0.5 * 0.6^2.
        near(&grad1[3..], &[-0.8 + 0.18], place.tolerance, 0.0, "the row inside");
    }
}

/// Two images with four views: the 32 equally likely positive pairs, and how likely each view is [1.7].
fn augmentation_graph() -> (Vec<(usize, usize)>, [f64; 4]) {
    let augment = [[0.5, 0.5, 0.0, 0.0], [0.0, 0.25, 0.25, 0.5]];
    let mut pairs = Vec::new();
    let mut likely = [0.0; 4];
    for x in 0..4 {
        for y in 0..4 {
            let joint: f64 = augment.iter().map(|image| image[x] * image[y] / 2.0).sum();
            likely[x] += joint;
            pairs.extend(std::iter::repeat_n((x, y), (32.0 * joint) as usize));
        }
    }
    (pairs, likely)
}

/// The embedding by the top eigenvectors of the augmentation graph is the optimum: -1 with one direction, -13/9 with two; and
/// the eigenvalues are 1, 2/3, 0, 0 [1.7, 10.8].
#[test]
fn the_spectral_loss_of_an_augmentation_graph_is_minus_its_squared_eigenvalues() {
    let (pairs, likely) = augmentation_graph();
    assert_eq!(pairs.len(), 32);
    let mut adjacency = vec![0.0; 16];
    for &(x, y) in &pairs {
        adjacency[4 * x + y] += 1.0 / 32.0 / (likely[x] * likely[y]).sqrt();
    }
    let (eigenvalues, vectors) = symmetric_eigen(&adjacency, 4);
    let mut order = [0, 1, 2, 3];
    order.sort_by(|&a, &b| eigenvalues[b].total_cmp(&eigenvalues[a]));
    for (&at, expected) in order.iter().zip([1.0, 2.0 / 3.0, 0.0, 0.0]) {
        assert!((eigenvalues[at] - expected).abs() < 1e-12, "{eigenvalues:?}");
    }
    let (eigenvalues, vectors, likely) = (&eigenvalues, &vectors, &likely);
    let row = |x: usize, k: usize| {
        let coordinate = move |&at: &usize| (eigenvalues[at].max(0.0) / likely[x]).sqrt() * vectors[4 * at + x];
        order[..k].iter().map(coordinate).map(|value| value as f32).collect::<Vec<f32>>()
    };
    for place in places() {
        for (k, expected) in [(1, -1.0), (2, -13.0 / 9.0)] {
            let rows =
                |view: fn(&(usize, usize)) -> usize| pairs.iter().flat_map(|pair| row(view(pair), k)).collect::<Vec<f32>>();
            let (rows1, rows2) = (rows(|pair| pair.0), rows(|pair| pair.1));
            let views = || [tensor(&rows1, [32, k], &place.device), tensor(&rows2, [32, k], &place.device)];
            let terms = spectral_terms(views(), views(), views(), f64::INFINITY);
            // A batch leaves out the pairs i = j, the population does not: put them back.
            let dot = |(a, b): (&[f32], &[f32])| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            let own: f32 = rows1.chunks(k).zip(rows2.chunks(k)).map(|rows| dot(rows).powi(2)).sum();
            let repel = (values(terms.repel)[0] * 32.0 * 31.0 + own) / (32.0 * 32.0);
            let loss = values(terms.attract)[0] + repel;
            near(&[loss], &[expected], place.tolerance, 0.0, &format!("{:?}, {k} directions", place.kind));
        }
    }
}

/// One image has no negatives: what repels is zero, with a gradient of zero.
#[test]
fn one_image_alone_is_not_repelled() {
    let views = |z1: Tensor<2>, z2: Tensor<2>| [z1, z2];
    for place in places() {
        let repel = |which: usize| {
            move |z1: Tensor<2>, z2: Tensor<2>| {
                let v = || views(z1.clone(), z2.clone());
                match which {
                    0 => margin_terms(v(), v(), v(), 1.0).repel,
                    1 => linear_terms(v(), v(), v(), 1.0).repel,
                    _ => spectral_terms(v(), v(), v(), 1.0).repel,
                }
            }
        };
        for which in 0..3 {
            let found = both(&[1.0, 0.0], &[0.8, 0.6], 2, &place.device, repel(which));
            assert_eq!(found, (0.0, vec![0.0; 2], vec![0.0; 2]), "loss {which}");
        }
    }
}
