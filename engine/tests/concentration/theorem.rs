//! Theorem 1 and 2 and the class-centre classifier: the check values of METHODS.md 3.1 and 3.2.

use super::numbers::noise;
use augsphere_engine::block_on;
use augsphere_engine::concentration::theorem::{
    Centres, Given, alignment, diameter, eta, lipschitz, spread, spread_bound, threshold,
};
use augsphere_engine::concentration::{Diagnostic, Features, Interval, Transforms, constructed};

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "expected {expected}, found {found}");
}

fn given(sigma: f64, delta: f64, epsilon: f64, spread: f64) -> Given {
    Given { sigma, delta, epsilon, spread, rarest: 0.1, lipschitz: 1.0, radius: 1.0 }
}

#[test]
fn rho_and_the_threshold_are_those_of_the_tables() {
    let sharp = given(0.99, 0.02, 0.01, 0.001);
    close(sharp.rho_max(), 0.0696, 1e-12);
    close(threshold(sharp.rho_max(), 0.02), 0.547_304_837_9, 1e-10);
    close(sharp.bound(), 0.011, 1e-12);
    let blunt = given(0.95, 0.1, 0.05, 0.02);
    close(blunt.rho_max(), 0.49, 1e-12);
    close(threshold(blunt.rho_max(), 0.1), -0.529_949_493_7, 1e-10);
    close(blunt.bound(), 0.07, 1e-12);
    // Where nothing is left of it: at 2 - sqrt 3, and for ten centres of a simplex.
    close(threshold(0.267_949_192_4, 0.0), 0.0, 1e-9);
    close(threshold(0.316_056_175_4, 0.0), -1.0 / 9.0, 1e-9);
}

#[test]
fn the_ideal_case_asks_for_different_centres_only() {
    let ideal = given(1.0, 0.0, 0.0, 0.0);
    assert_eq!((ideal.rho_max(), ideal.bound(), threshold(0.0, 0.0)), (0.0, 0.0, 1.0));
    // Twice the radius and twice everything else of a length is the same.
    let long = Given { epsilon: 0.1, lipschitz: 2.0, radius: 2.0, ..given(0.95, 0.1, 0.05, 0.02) };
    close(long.rho_max(), 0.49, 1e-12);
}

#[test]
fn eta_is_that_of_theorem_2() {
    for (epsilon, expected) in
        [(0.1, 108_000.0), (0.5, 864.0), (1.0, 128.0), (2.0, 42.666_666_7), (4.0, 18.285_714_3), (8.0, 8.533_333_3)]
    {
        close(eta(epsilon, 4.0, 1, 1.0, 1.0) / expected, 1.0, 1e-8);
    }
    // The closed form is the infimum over h.
    for (epsilon, m, n, l) in [(0.3, 2.0, 1, 0.7), (1.5, 3.0, 2, 0.5), (0.8, 5.0, 3, 0.2)] {
        let slope = 2.0 * f64::from(n).sqrt() * l;
        let steps = (1..200_000).map(|step| f64::from(step) / 200_000.0 * epsilon / slope);
        let value = |h: f64| 4.0 * f64::max(1.0, m * m * h.powi(2 * n)) / (h.powi(2 * n) * (epsilon - slope * h));
        let least = steps.map(value).fold(f64::INFINITY, f64::min);
        let found = eta(epsilon, m, n, l, 1.0);
        assert!(found <= least && found > 0.9999 * least, "{found} and {least}");
    }
}

#[test]
fn without_random_numbers_eta_has_no_slope() {
    // 4 max(1, m^2) / epsilon, whatever the encoder's constants.
    close(eta(0.5, 3.0, 0, 7.0, 9.0), 72.0, 1e-9);
    close(eta(0.5, 0.0, 0, 7.0, 9.0), 8.0, 1e-9);
    assert_eq!((spread_bound(72.0, 0.25), spread_bound(f64::INFINITY, 0.0)), (36.0, 0.0));
}

/// Two images: drawn views at 3, 7 and 8 of the first (squares 16, 25 and 1), two at 0 and 2 of the second.
#[test]
fn alignment_is_that_of_drawn_views() {
    close(alignment(&[90.0, 3.0, 7.0, 8.0, 0.0, 2.0], 1, &[4, 2], 1), (14.0 + 4.0) / 2.0, 1e-6);
    close(alignment(&[90.0, 3.0, 7.0], 1, &[3], 1), 16.0, 1e-6);
    assert_eq!(alignment(&[1.0, 2.0], 1, &[1, 1], 1), 0.0, "no image has two views");
}

const MU: [f64; 6] = [1.0, 0.0, 0.0, 1.0, -0.6, -0.8];
const FEATURES: [f32; 6] = [0.8, 0.6, 0.28, 0.96, -0.8, 0.6];

#[test]
fn the_class_centre_classifier_is_linear() {
    let centres = Centres::new(2, MU.to_vec());
    let distances = [[0.4, 0.8, 3.92], [1.44, 0.08, 3.872], [3.6, 0.8, 2.0]];
    let scores = [[0.3, 0.1, -1.46], [-0.22, 0.46, -1.436], [-1.3, 0.1, -0.5]];
    for (row, feature) in FEATURES.chunks_exact(2).enumerate() {
        for class in 0..3 {
            close(centres.squared_distances(feature)[class], distances[row][class], 1e-6);
            close(centres.scores(feature)[class], scores[row][class], 1e-6);
        }
        let best = (0..3).max_by(|a, b| centres.scores(feature)[*a].total_cmp(&centres.scores(feature)[*b]));
        assert_eq!(Some(centres.classify(feature)), best);
    }
    let predicted: Vec<usize> = FEATURES.chunks_exact(2).map(|feature| centres.classify(feature)).collect();
    assert_eq!(predicted, [0, 1, 1]);
    close(centres.error(&FEATURES, &[0, 1, 2]), 1.0 / 3.0, 1e-12);
    close(centres.largest_product().expect("three classes"), 0.0, 1e-12);
    close(centres.products()[2], -0.6, 1e-12);
    close(centres.deficit(1.0), 0.0, 1e-12);
    close(Centres::new(2, vec![0.5, 0.0, 0.0, 1.0]).deficit(1.0), 0.75, 1e-12);
    close(Centres::new(2, vec![0.5, 0.0, 0.0, 1.0]).deficit(2.0), 1.0 - 0.0625, 1e-12);
    assert_eq!(Centres::new(2, vec![1.0, 0.0]).largest_product(), None);
}

#[test]
fn centres_are_means() {
    let centres = Centres::of(&[1.0, 0.0, 0.0, 1.0, 3.0, 4.0], 2, &[1, 1, 0], 3);
    assert_eq!((centres.centre(0), centres.centre(1), centres.centre(2)), (&[3.0, 4.0][..], &[0.5, 0.5][..], &[0.0, 0.0][..]));
}

#[test]
fn spread_counts_images_with_distant_views() {
    // Diameters 5, 0 and 1.
    let features = [0.0, 0.0, 3.0, 4.0, 3.0, 0.0, 7.0, 7.0, 0.0, 1.0, 0.0, 2.0];
    let views = [3, 1, 2];
    for (epsilon, expected) in [(0.0, 2.0), (0.9, 2.0), (1.0, 1.0), (4.9, 1.0), (5.0, 0.0)] {
        close(spread(&features, 2, &views, epsilon), expected / 3.0, 1e-12);
    }
    close(diameter(&features, 2), 98f64.sqrt(), 1e-6);
}

#[test]
fn the_steepest_pair_bounds_the_lipschitz_constant() {
    close(lipschitz(&[0.0, 1.0, 3.0], 1, &[0.0, 0.0, 1.0, 0.0, 1.0, 6.0], 2), 3.0, 1e-6);
    assert_eq!(lipschitz(&[1.0, 1.0], 1, &[0.0, 1.0], 1), 0.0, "the same pixels say nothing");
    // A linear map: never more than its largest stretch, 3.
    let pixels = noise(80, 3);
    let features: Vec<f32> = pixels.chunks_exact(2).flat_map(|row| [3.0 * row[0], 0.5 * row[1]]).collect();
    let found = lipschitz(&pixels, 2, &features, 2);
    assert!(found > 2.5 && found <= 3.0 + 1e-5, "{found}");
}

/// What a test says nothing else of: no held-out images, two classes alike, nothing random, views that are not all.
const NOTHING_ELSE: Features<'static> = Features {
    features: &[],
    dimension: 2,
    pixels: &[],
    values: 1,
    views: &[],
    listed: 0,
    labels: &[],
    classes: 2,
    name: "the features of a test",
    held_out: &[],
    held_out_labels: &[],
    shares: &[0.5, 0.5],
    transforms: Transforms { discrete: 1, continuous: 1 },
    complete: false,
};

/// Four images of two classes with three views each; `gap` is how far the views of an image stray.
fn diagnosed(gap: f32, delta: f64) -> Diagnostic {
    let angles = [0.0, 0.1, 1.6, 1.5].map(|angle: f32| [angle, angle + gap, angle - gap]);
    let features: Vec<f32> = angles.iter().flatten().flat_map(|angle| [5.0 * angle.cos(), 5.0 * angle.sin()]).collect();
    let pixels: Vec<f32> = angles.iter().flatten().copied().collect();
    let of = Features {
        features: &features,
        pixels: &pixels,
        views: &[3; 4],
        listed: 1,
        labels: &[0, 0, 1, 1],
        held_out: &[2.0, 0.1, 0.1, 2.0],
        held_out_labels: &[0, 1],
        ..NOTHING_ELSE
    };
    Diagnostic::measure(&of, Interval { lower: 1.0, upper: 1.0 }, delta, 0.01)
}

#[test]
fn of_many_views_some_pairs_still_bound_the_lipschitz_constant() {
    let pixels = noise(2 * 700, 8);
    let features: Vec<f32> = pixels.chunks_exact(2).flat_map(|row| [row[0].cos(), row[0].sin()]).collect();
    let of = Features {
        features: &features,
        pixels: &pixels,
        values: 2,
        views: &[7; 100],
        labels: &(0..100).map(|image| image % 2).collect::<Vec<_>>(),
        ..NOTHING_ELSE
    };
    let found = Diagnostic::measure(&of, Interval { lower: 0.5, upper: 0.5 }, 0.1, 0.1).given.lipschitz;
    let all = lipschitz(&pixels, 2, &features, 2);
    assert!(found > 0.9 && found <= all && all <= 1.0 + 1e-4, "{found} of {all}");
}

#[test]
fn the_diagnostic_is_not_refuted_in_an_easy_case_and_says_so_otherwise() {
    let easy = diagnosed(0.001, 0.1);
    close(easy.given.lipschitz, 1.0, 1e-3);
    assert_eq!((easy.given.spread, easy.given.rarest, easy.error), (0.0, 0.5, Some(0.0)));
    close(easy.rho_max, easy.given.rho_max(), 1e-12);
    close(easy.rho_max, 0.12, 1e-3);
    close(easy.deficit, 1.0 - (0.05f64).cos().powi(2), 1e-4);
    close(easy.product.expect("two classes"), 0.05f64.cos().powi(2) * 1.5f64.cos(), 1e-3);
    close(easy.threshold, threshold(easy.rho_max, easy.deficit), 1e-12);
    // Two drawn views of an image lie an angle of 0.002 apart, and so do the pixels that made them.
    close(easy.alignment, 4e-6, 1e-8);
    close(easy.eta / eta(0.01, 1.0, 1, easy.given.lipschitz, 0.002), 1.0, 1e-3);
    close(easy.spread_bound, easy.eta * easy.alignment.sqrt(), 1e-12);
    let hard = diagnosed(0.3, 0.1);
    assert_eq!(hard.given.spread, 1.0);
    assert!(hard.refuted && hard.verdict().starts_with("The condition does not hold"), "{}", hard.verdict());
    assert!(hard.spread_bound >= hard.given.spread, "Theorem 2");
    assert!(hard.quantities.iter().all(|quantity| !quantity.whence.is_empty()));
    let symbols: Vec<&str> = hard.quantities.iter().map(|quantity| quantity.symbol).collect();
    assert_eq!(
        symbols,
        [
            "r",
            "delta",
            "sigma",
            "epsilon",
            "R_epsilon",
            "min p",
            "L",
            "rho_max",
            "Delta_mu",
            "threshold",
            "max mu.mu",
            "bound",
            "error",
            "L_align",
            "eta",
            "eta sqrt(L_align)"
        ]
    );
}

/// `L`, `R_epsilon` and `rho_max` are lower bounds: what they leave standing is not shown.
#[test]
fn a_condition_that_seems_to_hold_is_not_refuted_and_promises_nothing() {
    let easy = diagnosed(0.001, 0.1);
    let said = easy.verdict();
    assert!(!easy.refuted && said.starts_with("The condition is not refuted"), "{said}");
    assert!(!said.contains("holds") && !said.contains("error is at most"), "{said}");
    for symbol in ["R_epsilon", "L", "rho_max", "threshold", "sigma"] {
        let of = easy.quantities.iter().find(|quantity| quantity.symbol == symbol).expect("it is listed");
        let (low, bound) = (of.whence.contains("too low"), of.whence.contains("bound"));
        assert!(low || bound, "{symbol}: {}", of.whence);
    }
}

/// Class centres fit the images they are the means of: features of pure noise would seem to know their classes.
#[test]
fn noise_errs_on_half_of_the_held_out_images() {
    let (images, views, d) = (24, 16, 64);
    // An image's own noise, and its views about it.
    let (own, about) = (noise(images * d, 5), noise(images * views * d, 6));
    let value = |at: usize| own[at / (views * d) * d + at % d] + 0.3 * about[at];
    let features: Vec<f32> = (0..images * views * d).map(value).collect();
    let labels: Vec<usize> = (0..images).map(|image| image / 12).collect();
    let held_out = noise(400 * d, 7);
    let of = Features {
        features: &features,
        dimension: d,
        pixels: &vec![0.0; images * views],
        views: &[16; 24],
        listed: 1,
        labels: &labels,
        held_out: &held_out,
        held_out_labels: &(0..400).map(|image| image % 2).collect::<Vec<_>>(),
        ..NOTHING_ELSE
    };
    let found = Diagnostic::measure(&of, Interval { lower: 1.0, upper: 1.0 }, 0.1, 0.1);
    // Four standard errors of 2.5 points.
    close(found.error.expect("held-out images"), 0.5, 0.1);
    let images_themselves: Vec<f32> = features.chunks_exact(views * d).flat_map(|image| image[..d].to_vec()).collect();
    let centres = Centres::of(&features, d, &labels.iter().flat_map(|label| [*label; 16]).collect::<Vec<_>>(), 2);
    assert!(centres.error(&images_themselves, &labels) < 0.2, "what it would say of the images it is made of");
}

/// `min p` is a share of the data, not of the handful of images that are looked at.
#[test]
fn class_shares_are_those_of_the_data() {
    let of = Features {
        features: &[1.0, 0.0, 0.0, 1.0],
        pixels: &[0.0, 1.0],
        views: &[1; 2],
        labels: &[0, 1],
        shares: &[0.9, 0.1],
        ..NOTHING_ELSE
    };
    let found = Diagnostic::measure(&of, Interval { lower: 1.0, upper: 1.0 }, 0.1, 0.1);
    close(found.given.rarest, 0.1, 1e-12);
    assert!(found.error.is_none() && found.verdict().contains("no held-out images"), "{}", found.verdict());
}

/// A shared augmented image in each class, and an encoder for which all views of an image coincide.
#[test]
fn in_the_constructed_case_the_condition_holds() {
    for (classes, each) in [(2, 1), (3, 12), (1, 4)] {
        let found = block_on(constructed(classes, each)).expect("a case");
        let given = &found.given;
        assert_eq!((given.sigma, given.delta, given.spread, found.alignment), (1.0, 0.0, 0.0, 0.0));
        assert_eq!((found.product, found.bound, found.error, found.spread_bound), (Some(0.0), 0.0, Some(0.0), 0.0));
        close(found.deficit, 0.0, 1e-12);
        close(found.threshold, 1.0 - 0.02 - 0.04f64.sqrt(), 1e-9);
        close(given.rarest, 1.0 / classes.max(2) as f64, 1e-12);
        assert!(!found.refuted && found.verdict().starts_with("The condition holds"), "{}", found.verdict());
        assert!(found.quantities.iter().all(|one| !one.whence.contains("too low") && one.value.is_finite()), "{found:?}");
    }
}
