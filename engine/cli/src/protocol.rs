//! What a number in a summary means exactly.

use augsphere_spec::{DatasetReport, Experiment};
use serde_json::{Value as Json, json};

/// Who votes in the kNN measure.
#[derive(Clone, Copy)]
pub struct Votes {
    /// Neighbours asked for.
    pub asked: usize,
    /// Training images to choose them from.
    pub bank: usize,
    /// Neighbours that vote: no more than there are.
    pub used: usize,
}

/// Who votes in the kNN measure, once the data are known.
pub fn votes(experiment: &Experiment, data: Option<&DatasetReport>) -> Option<Votes> {
    let knn = &experiment.card("measures", "knn")?.knobs;
    let (asked, bank) = (knn.count("k"), data?.train.min(knn.count("bank")));
    Some(Votes { asked, bank, used: asked.min(bank) })
}

/// What a number in a summary means exactly.
pub fn protocol(experiment: &Experiment, data: Option<&DatasetReport>) -> Json {
    let knobs = |measure: &str| experiment.card("measures", measure).map(|choice| choice.knobs.clone()).unwrap_or_default();
    let knn = knobs("knn");
    let votes = votes(experiment, data);
    let pairs = data.map(|data| data.validation.min(knobs("cadence").count("images")));
    json!({
        "seconds": "training only: no loading, no measures",
        "images_per_second": "images, not views, over all steps",
        "loss": "of the last step, one batch",
        "knn_accuracy": {
            "k": votes.map_or(knn.count("k"), |votes| votes.used),
            "k_asked_for": knn.count("k"),
            "temperature": knn.float("temperature"),
            "weights": "exp(cosine / temperature)",
            "features": "before the projector, scaled to unit length, encoder in evaluation mode, no augmentation",
            "bank": votes.map(|votes| votes.bank),
            "queries": data.map(|data| data.validation),
        },
        "alignment": {
            "alpha": 2,
            "images": pairs,
            "pairs": "two augmented views of each validation image by the run's own augmentations, the same ones at every step",
        },
        "alignment_fixed": {
            "alpha": 2,
            "images": data.map(|data| data.validation.min(knobs("alignment_fixed").count("images"))),
            "pairs": "two views of each validation image by SimCLR's policy for CIFAR-10, whatever the run trains with; not measured for 0 images",
        },
        "centre_product": {
            "of": "the largest inner product of the mean features of two classes",
            "features": "of all validation images, before the projector, scaled to unit length, no augmentation",
        },
        "uniformity": {
            "t": knobs("uniformity").float("t"),
            "images": pairs,
            "estimator": "log of the mean over unordered pairs without self-pairs, averaged over both views",
        },
        "std": { "images": pairs, "of": "unit-length embeddings of the first view, mean over channels" },
        "effective_rank": { "images": pairs, "of": "unit-length embeddings of the first view, not centred; exp of the entropy of the singular values" },
        "participation": { "images": pairs, "of": "the eigenvalues of their covariance: (sum)^2 / sum of squares" },
        "knn_mean_view": "knn_accuracy on the features of the pixel mean of as many views as method.views says, of the same images, in the bank and for validation",
        "knn_mean_feature": "knn_accuracy on the mean of the features of those views",
        "eigenspace_alignment": {
            "images": pairs,
            "of": "a linear predictor W that is learnt or set, and F = E[f f^T] of the embeddings f before it, not scaled, both views",
            "value": "mean over the eigenvectors u of F of |cos(u, W u)|: 1 if the eigenspaces are the same, about sqrt(2 / (pi d)) for a random W",
        },
        "gradient": {
            "of": "the two terms of the loss with respect to the embeddings of the next training batch, times their length, projected on the tangent of the sphere at each embedding, mean over rows",
            "angle": "degrees between the pull of the positive and the push of everything else",
        },
    })
}
