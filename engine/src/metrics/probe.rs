//! The linear probe: how well one linear layer on the frozen features tells the classes.
//!
//! Logistic regression to convergence for a grid of penalties; which one is right is asked of validation images, so that neither the
//! penalty nor the weights have seen the test images (Kornblith, Shlens, Le, 2019, arXiv 1805.08974).

use super::logistic::{Linear, Problem, Solution};
use super::{Found, Reference, RestOutputs, Rows, Shape, scalar};
use crate::pace::Pace;
use augsphere_spec::{Card, Choice, Knob, Scalar, Told};

/// The penalties tried, largest first: scikit-learn's `C` from `10 / n` to `1e6 / n`. The largest holds back all but the strongest
/// directions of the features, the least hardly anything.
pub const PENALTIES: [f64; 6] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

/// Names of the numbers that are accuracies of a linear probe.
const NUMBERS: [&str; 4] = ["probe_accuracy", "probe_accuracy_test", "probe_accuracy_untrained", "embedding_probe_accuracy"];

/// The card.
pub fn card() -> Card {
    Card::new(
        "probe",
        "Linear probe",
        "Accuracy of logistic regression on the frozen features (before the projector), fitted to convergence on training images without augmentation. The L2 penalty is the one of 1e-1 to 1e-6 with the best accuracy on validation images; test images are left out of both.",
        "Alain, Bengio, 2016, arXiv 1610.01644; the penalty as in Kornblith, Shlens, Le, 2019, arXiv 1805.08974",
    )
    .tells([
        Told::share("probe_accuracy", "validation images"),
        Told::share("probe_accuracy_test", "test images"),
        Told::share("probe_accuracy_untrained", "untrained encoder"),
        Told::share("embedding_probe_accuracy", "of the embedding"),
    ])
    .knobs([Knob::int(
        "images",
        "Images",
        10_000,
        0,
        50_000,
        "At most this many training images (the first ones) are fitted; 0 leaves the probe out.",
    )])
}

/// Guessing gets one in as many as there are classes.
pub fn levels(choice: &Choice, Shape { classes, .. }: Shape) -> Vec<Reference> {
    let measured = choice.knobs.count("images") > 0;
    let level = |name: &&str| ((*name).into(), 1.0 / classes.max(1) as f32, format!("chance, 1 in {classes}"));
    NUMBERS.iter().filter(|_| measured).map(level).collect()
}

/// `probe_accuracy` on validation and `probe_accuracy_test` on test images by the features, `embedding_probe_accuracy` on validation images by the
/// embedding, 0 to 1. Nothing for 0 images.
pub(super) async fn measure(rest: &RestOutputs<'_>, choice: &Choice, pace: &Pace) -> Found {
    let images = choice.knobs.count("images");
    let mut scalars = Vec::new();
    if let Some(probe) = fit(rest.train.first(images), rest.validation, rest.classes, pace).await {
        scalars.push(scalar("probe_accuracy", probe.validation));
        scalars.push(scalar("probe_accuracy_test", probe.model.accuracy(rest.test, pace).await));
    }
    let embedding = fit(rest.train_embedding.first(images), rest.validation_embedding, rest.classes, pace).await;
    scalars.extend(embedding.map(|probe| scalar("embedding_probe_accuracy", probe.validation)));
    scalars.into()
}

/// `probe_accuracy_untrained`, 0 to 1: of the encoder before its first step, on validation images.
pub(super) async fn measure_untrained(
    [train, validation]: [Rows<'_>; 2],
    classes: usize,
    choice: &Choice,
    pace: &Pace,
) -> Option<Scalar> {
    let probe = fit(train.first(choice.knobs.count("images")), validation, classes, pace).await?;
    Some(scalar("probe_accuracy_untrained", probe.validation))
}

/// A fitted probe.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// From features as they are to scores of the classes, with predictions and accuracies of any other rows.
    pub model: Linear,
    /// The penalty chosen.
    pub penalty: f64,
    /// Accuracy on the validation rows, 0 to 1.
    pub validation: f64,
    /// Whether the fit with this penalty converged.
    pub converged: bool,
}

/// The probe with the best accuracy on the validation rows, of equally good ones that with the largest penalty. Training rows that
/// are not finite or of none of the classes are left out; without any other there is no probe. Each fit starts from the last one.
pub async fn fit(train: Rows<'_>, validation: Rows<'_>, classes: usize, pace: &Pace) -> Option<Probe> {
    let _stage = pace.within("Fitting the linear probe", PENALTIES.len() as u64);
    let problem = Problem::new(train, classes, pace).await?;
    let (mut best, mut last): (Option<Probe>, Option<Solution>) = (None, None);
    for penalty in PENALTIES {
        let solution = problem.solve(penalty, last.as_ref(), pace).await;
        let model = problem.model(&solution);
        let accuracy = model.accuracy(validation, pace).await;
        if best.as_ref().is_none_or(|best| accuracy > best.validation) {
            best = Some(Probe { model, penalty, validation: accuracy, converged: solution.converged });
        }
        last = Some(solution);
        pace.done(1).await;
    }
    best
}
