//! The two expansions of Su (spaces.ac.cn/archives/7980, equations 8 and 9; METHODS.md 4.5), measured over the strength of the augmentations.

use super::{Making, Picture, RunSource, Source, Trouble, nothing};
use crate::augmentations::Policy;
use crate::pace::Pace;
use crate::random::{Purpose, stream};
use augsphere_spec::{Knobs, Part, TheoremCase};

/// Shares of the strength that every augmentation of the run has.
const SHARES: [f64; 5] = [0.0625, 0.125, 0.25, 0.5, 1.0];
/// Step of the derivative, as a share of the way from an image to its view.
const STEP: f32 = 1.0 / 64.0;
/// Views that are made at a time.
const PIECE: usize = 256;
/// Fewest views of an image.
const FEWEST: usize = 4;
/// Streams of an image.
const MOST: usize = 1024;

/// The picture `expansions`, on the first `images` validation images, `views` views of each by the policy of the first view, the same random
/// numbers at every strength and every step. `F` is the embedding, scaled to unit length; nothing is trained here. Its parts:
///
/// - `expansions`, a matrix of squared distances on the unit sphere, one row a strength, with the columns
///   0 the share of the run's strength;
///   1 `E |F(T x) - E_T F(T x)|^2`, the loss whose mean view is known, and 2 what it is to first order, equation 8:
///   `E |J (T x - x-bar)|^2` with the pixel mean `x-bar` of the views;
///   3 `E |F(T1 x) - F(T2 x)|^2`, the loss of two views, and 4 what it is to first order, equation 9: `E |J (T2 x - T1 x)|^2`;
///   5 to 8 the variance of what one draw gives for 1 to 4.
/// - `images` and `views`, of how many.
///
/// `J` is the derivative of `F` at `x`, applied to each `T x - x` as a central difference; it is linear, so that `J (T x - x-bar)` and
/// `J (T2 x - T1 x)` are differences of these. The mean of an image's views stands in for the expectation, with the factor `K / (K - 1)`
/// for `K` views that makes its squares right on average. With it the means of 3 and 4 are twice those of 1 and 2, as their expectations are
/// (METHODS.md 4.5, answer 1).
///
/// The knob `strength` says what a share is. `augmentations`: each augmentation at this share of its strength; one that only happens or does
/// not, like a flip, becomes rarer, not smaller, and first order need not hold however little there is of it. `fading`: views of full
/// strength faded into their image, `x + share (T x - x)`, which are near it where the share is small, as the expansions assume.
pub struct ExpansionsPicture;

impl Picture for ExpansionsPicture {
    fn name(&self) -> &'static str {
        "expansions"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move { parts(source.run()?, knobs, pace).await })
    }
}

async fn parts(run: &RunSource, knobs: &Knobs, pace: &Pace) -> Result<Vec<Part>, Trouble> {
    let network = run.network()?;
    let images = &run.data.validation;
    let count = knobs.count("images").min(images.len());
    let views = knobs.count("views").clamp(FEWEST, MOST);
    if count == 0 {
        return nothing("There is no validation image: take one or more.");
    }
    let experiment = network.experiment();
    let rows: Vec<usize> = (0..count).flat_map(|image| std::iter::repeat_n(image, views)).collect();
    pace.stage("Measuring the expansions", (3 * rows.len() * SHARES.len()) as u64);
    let plain = Policy::new(&[]).views(images, &(0..count).collect::<Vec<_>>(), &vec![Vec::new(); count], [0.0; 3], [1.0; 3]);
    let mut values = Vec::new();
    let fading = knobs.text("strength") == "fading";
    for share in SHARES {
        let mut choices = experiment.choices("augment").to_vec();
        for choice in choices.iter_mut().filter(|_| !fading) {
            let strength = choice.knobs.float("strength");
            choice.knobs.set("strength", share * strength);
        }
        let policy = Policy::new(&choices);
        let reach = if fading { share as f32 } else { 1.0 };
        // Odd numbers of this purpose are those of images that are not trained on.
        let number = |place: usize| (2 * (place / views * MOST + place % views) + 1) as u64;
        let draw = |place: usize| policy.draw(&mut stream(experiment.seed, Purpose::MeasuredMeans, number(place)), images.side);
        let [mut there, mut ahead, mut back] = [const { Vec::<f32>::new() }; 3];
        for start in (0..rows.len()).step_by(PIECE) {
            let places = start..(start + PIECE).min(rows.len());
            let params: Vec<_> = places.clone().map(draw).collect();
            let drawn = policy.views(images, &rows[places.clone()], &params, [0.0; 3], [1.0; 3]);
            // On the way from each image to its view, and beyond the image on the other side.
            let towards = |step: f32| -> Vec<f32> {
                let pairs = places.clone().zip(drawn.chunks_exact(images.stride()));
                let view = |(place, view): (usize, &[f32])| {
                    let image = &plain[rows[place] * images.stride()..][..images.stride()];
                    image.iter().zip(view).map(|(from, to)| from + step * (to - from)).collect::<Vec<f32>>()
                };
                pairs.flat_map(view).collect()
            };
            for (points, step) in [(&mut there, reach), (&mut ahead, reach * STEP), (&mut back, -reach * STEP)] {
                points.extend(network.represent(&towards(step), TheoremCase::Embedding, pace).await?);
            }
        }
        let slopes: Vec<f32> = ahead.iter().zip(&back).map(|(ahead, back)| (ahead - back) / (2.0 * STEP)).collect();
        let dimension = there.len() / rows.len();
        let [exact, first_order] = [&there, &slopes].map(|points| Draws::of(points, views, dimension));
        values.push(share as f32);
        for pick in [|moments: Moments| moments.mean, |moments: Moments| moments.variance] {
            let found = [exact.mean_view, first_order.mean_view, exact.two_views, first_order.two_views];
            values.extend(found.map(|moments| pick(moments) as f32));
        }
    }
    // Equal points have a mean that may be off by a rounding.
    if values.chunks_exact(9).all(|row| row[1] <= 1e-12) {
        return nothing("Every view is the image itself: switch on an augmentation.");
    }
    Ok(vec![Part::matrix("expansions", 9, values), Part::number("images", count as f32), Part::number("views", views as f32)])
}

/// Mean and variance of some numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Moments {
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(values: &[f64]) -> Self {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        Self { mean, variance: values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count }
    }
}

/// What single draws of both losses give.
struct Draws {
    /// The squared distance of a view from the mean of its image's views, in expectation over all images and views.
    mean_view: Moments,
    /// That of two views of an image, over all images and pairs.
    two_views: Moments,
}

impl Draws {
    /// Of `views` points each of some images, `[images * views, dimension]`, those of an image in a row.
    fn of(points: &[f32], views: usize, dimension: usize) -> Self {
        let (mut singles, mut pairs) = (Vec::new(), Vec::new());
        let unbiased = views as f64 / (views as f64 - 1.0);
        for image in points.chunks_exact((views * dimension).max(1)) {
            let rows: Vec<&[f32]> = image.chunks_exact(dimension).collect();
            let mean: Vec<f64> =
                (0..dimension).map(|at| rows.iter().map(|row| f64::from(row[at])).sum::<f64>() / views as f64).collect();
            let off = |row: &&[f32]| row.iter().zip(&mean).map(|(value, mean)| (f64::from(*value) - mean).powi(2)).sum::<f64>();
            singles.extend(rows.iter().map(|row| unbiased * off(row)));
            for (place, one) in rows.iter().enumerate() {
                let apart = |other: &&[f32]| one.iter().zip(*other).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
                pairs.extend(rows[place + 1..].iter().map(apart));
            }
        }
        Self { mean_view: Moments::of(&singles), two_views: Moments::of(&pairs) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ask, present, source};
    use super::*;
    use augsphere_spec::Payload;

    fn knobs(strength: &str, images: i64, views: i64) -> Knobs {
        let mut knobs = Knobs::default();
        knobs.set("strength", strength);
        knobs.set("images", images);
        knobs.set("views", views);
        knobs
    }

    /// METHODS.md 4.5, answer 1: with `T` in {-1, 1} the one form is 1, the other 2. By hand for 4 views, -1, -1, 1, 1: singles 4/3 each, so
    /// variance 0; four of six pairs are 4, two are 0: mean 8/3, variance 64/6 - 64/9, which is 32/9.
    #[test]
    fn one_form_is_twice_the_other() {
        let draws = Draws::of(&[-1.0, -1.0, 1.0, 1.0], 4, 1);
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found}, not {wanted}");
        near(draws.mean_view.mean, 4.0 / 3.0);
        near(draws.mean_view.variance, 0.0);
        near(draws.two_views.mean, 8.0 / 3.0);
        near(draws.two_views.variance, 32.0 / 9.0);
        let many: Vec<f32> = (0..2000).map(|at| if at % 2 == 0 { -1.0 } else { 1.0 }).collect();
        let draws = Draws::of(&many, 2000, 1);
        assert!((draws.mean_view.mean - 1.0).abs() < 1e-3 && (draws.two_views.mean - 2.0).abs() < 2e-3);
    }

    /// The two losses are in the proportion of their formulas and grow with the strength; where views fade into their image, first order is
    /// right at last, and grows with the square of the share.
    #[test]
    fn the_expansion_holds_for_small_changes_alone() {
        for strength in ["augmentations", "fading"] {
            let found = ask(&ExpansionsPicture, &present(), &knobs(strength, 12, 6)).expect("numbers");
            let Payload::Matrix { columns: 9, values, .. } = &found[0].payload else { panic!("{found:?}") };
            let rows: Vec<&[f32]> = values.chunks_exact(9).collect();
            assert_eq!(rows.len(), SHARES.len());
            for row in &rows {
                assert!(row.iter().all(|value| value.is_finite() && *value >= 0.0), "{row:?}");
                assert!((row[3] / row[1] - 2.0).abs() < 1e-3 && (row[4] / row[2] - 2.0).abs() < 1e-3, "{row:?}");
            }
            assert!(rows.windows(2).all(|pair| pair[1][2] > pair[0][2]), "{strength}: {rows:?}");
            if strength == "fading" {
                let off = |row: &[f32]| (row[1] / row[2]).ln().abs();
                assert!(off(rows[0]) < 0.1 && off(rows[0]) < off(rows[4]), "{rows:?}");
                assert!((rows[4][2] / rows[0][2] / 256.0).ln().abs() < 0.1, "{rows:?}");
            }
        }
    }

    #[test]
    fn where_it_cannot_be_measured_it_says_why() {
        assert!(
            ask(&ExpansionsPicture, &source(vec![1.0, 0.0], 2), &knobs("augmentations", 12, 6))
                .is_err_and(|why| why.contains("present"))
        );
        assert!(ask(&ExpansionsPicture, &present(), &knobs("augmentations", 0, 6)).is_err_and(|why| why.contains("image")));
        assert!(
            ask(&ExpansionsPicture, &Source::default(), &knobs("augmentations", 12, 6)).is_err_and(|why| why.contains("no run"))
        );
    }
}
