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
    let pairs = data.map(|data| data.test.min(knobs("cadence").count("images")));
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
            "queries": data.map(|data| data.test),
        },
        "alignment": {
            "alpha": 2,
            "images": pairs,
            "pairs": "two augmented views of each held-out image by the run's own augmentations, the same ones at every step",
        },
        "alignment_fixed": {
            "alpha": 2,
            "images": data.map(|data| data.test.min(knobs("alignment_fixed").count("images"))),
            "pairs": "two views of each held-out image by SimCLR's policy for CIFAR-10, whatever the run trains with; not measured for 0 images",
        },
        "centre_product": {
            "of": "the largest inner product of the mean features of two classes",
            "features": "of all held-out images, before the projector, scaled to unit length, no augmentation",
        },
        "uniformity": {
            "t": knobs("uniformity").float("t"),
            "images": pairs,
            "estimator": "log of the mean over unordered pairs without self-pairs, averaged over both views",
        },
        "std": { "images": pairs, "of": "unit-length embeddings of the first view, mean over channels" },
        "effective_rank": { "images": pairs, "of": "unit-length embeddings of the first view, not centred; exp of the entropy of the singular values" },
        "participation": { "images": pairs, "of": "the eigenvalues of their covariance: (sum)^2 / sum of squares" },
        "gradient": {
            "of": "the two terms of the loss with respect to the embeddings of the next training batch, times their length, projected on the tangent of the sphere at each embedding, mean over rows",
            "angle": "degrees between the pull of the positive and the push of everything else",
        },
    })
}
