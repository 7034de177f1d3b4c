//! A probe for each known factor of a drawn data set: which information survived in the features.
//!
//! Colour, place and angle of a drawn shape are known ([`crate::datasets::Factor`]). What was made invariant can no longer be read
//! off linearly (von Kügelgen et al., 2021, arXiv 2106.04619, section 5, measure it alike: `R^2` where a factor is a number, accuracy
//! where it is a category).

mod ridge;

use super::{Found, RestOutputs, Rows, probe, scalar};
use crate::datasets::{Factor, Scale};
use crate::pace::Pace;
use augsphere_spec::{Card, Choice, Knob};
use ridge::Target;

/// The penalties tried for factors that are numbers, largest first: scikit-learn's `alpha` over the number of rows.
pub const PENALTIES: [f64; 8] = [1e1, 1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

/// The card.
pub fn card() -> Card {
    Card::new(
        "factors",
        "Known factors",
        "What a linear map can still read off the frozen features about each known factor of a drawn data set: colour, texture, size, place, angle. R^2 on test images for numbers (1: all of it, 0: no better than the mean; for hue and phase of cosine and sine together), accuracy for categories. The penalty is chosen on validation images.",
        "von Kügelgen et al., 2021, arXiv 2106.04619, section 5",
    )
    .knobs([Knob::int(
        "images",
        "Images",
        4_000,
        0,
        50_000,
        "At most this many training images (the first ones) are fitted; 0 leaves the measure out.",
    )])
}

/// A number for each factor that can be measured, by [`survived`], on test images: `factor_foreground_hue` is an `R^2`, and
/// `factor_background_texture_accuracy` an accuracy. Nothing for 0 images or of images of which nothing is known.
pub(super) async fn measure(rest: &RestOutputs<'_>, choice: &Choice, pace: &Pace) -> Found {
    let train = rest.train.first(choice.knobs.count("images"));
    let rows = [train, rest.validation, rest.test];
    let [on_train, on_validation, on_test] = rows.map(|rows| rows.features);
    let features = Sets { train: on_train, validation: on_validation, test: on_test };
    let of = |factor: &'_ Factor| -> [usize; 3] {
        let known = [&factor.train, &factor.validation, &factor.test];
        std::array::from_fn(|split| known[split].len().min(rows[split].labels.len()))
    };
    let known = rest.factors.iter().map(|factor| (factor, of(factor)));
    let factors: Vec<(Scale, Sets<'_>)> = known
        .map(|(Factor { scale, train, validation, test, .. }, [a, b, c])| {
            (*scale, Sets { train: &train[..a], validation: &validation[..b], test: &test[..c] })
        })
        .collect();
    let found = survived(features, rest.train.width, &factors, pace).await;
    let named = rest.factors.iter().zip(found).filter_map(|(factor, value)| Some(scalar(&scalar_name(factor), value?)));
    named.collect::<Vec<_>>().into()
}

/// The name of a factor's number: `factor_foreground_hue`, `factor_background_texture_accuracy`.
fn scalar_name(factor: &Factor) -> String {
    let what = if matches!(factor.scale, Scale::Categories(_)) { "_accuracy" } else { "" };
    format!("factor_{}{what}", factor.name.replace(' ', "_"))
}

/// One thing about the images of three sets.
#[derive(Clone, Copy, Debug)]
pub struct Sets<'a> {
    /// What is fitted on.
    pub train: &'a [f32],
    /// What the penalty is chosen on.
    pub validation: &'a [f32],
    /// What is reported on.
    pub test: &'a [f32],
}

impl<'a> Sets<'a> {
    fn each(&self) -> [&'a [f32]; 3] {
        [self.train, self.validation, self.test]
    }
}

/// How much of each factor survived, from features of `width` numbers an image and one value of a factor an image, in the order of
/// `factors`:
///
/// - on a line: `R^2 = 1 - sum |y - prediction|^2 / sum |y - mean|^2` over the test images, with the mean of the training images, by
///   ridge regression; at most 1, below 0 if the predictions are worse than that mean;
/// - on a circle: the same of `y = (cos, sin) 2 pi value`, both together;
/// - categories: accuracy on the test images of the linear probe ([`probe::fit`]), 0 to 1.
///
/// None for a factor that is constant over the training images or (but for categories) the test images, that has not one finite
/// value (or one of its categories, 256 at most) for each image, or if there are no test images. A training image whose features are
/// not finite is left out; a test image is predicted to be the mean, or counts as wrong.
pub async fn survived(features: Sets<'_>, width: usize, factors: &[(Scale, Sets<'_>)], pace: &Pace) -> Vec<Option<f64>> {
    let rows = features.each().map(|features| features.len() / width.max(1));
    let targets: Vec<Option<Target>> = factors.iter().map(|(scale, values)| Target::new(*scale, *values, rows)).collect();
    let present: Vec<&Target> = targets.iter().flatten().collect();
    let mut explained = ridge::explained(features, width, &present, pace).await.into_iter();
    let mut survived = Vec::with_capacity(factors.len());
    for ((scale, values), target) in factors.iter().zip(&targets) {
        survived.push(match (scale, target) {
            (Scale::Categories(classes), _) => told(features, width, *values, *classes, pace).await,
            (_, Some(_)) => explained.next().flatten(),
            (_, None) => None,
        });
    }
    survived
}

/// Accuracy of a linear probe for categories.
async fn told(features: Sets<'_>, width: usize, values: Sets<'_>, classes: usize, pace: &Pace) -> Option<f64> {
    let category = |value: &f32| value.fract() == 0.0 && (0.0..classes.min(256) as f32).contains(value);
    let complete = |(features, values): (&[f32], &[f32])| values.len() == features.len() / width && values.iter().all(category);
    let constant = values.train.iter().all(|value| Some(value) == values.train.first());
    if width == 0 || constant || values.test.is_empty() || !features.each().into_iter().zip(values.each()).all(complete) {
        return None;
    }
    let labels = values.each().map(|values| values.iter().map(|value| *value as u8).collect::<Vec<u8>>());
    let rows = |set: usize| Rows { features: features.each()[set], width, labels: &labels[set] };
    let probe = probe::fit(rows(0), rows(1), classes, pace).await?;
    Some(probe.model.accuracy(rows(2), pace).await)
}
