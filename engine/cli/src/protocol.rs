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
        "knn_accuracy_test": "as knn_accuracy, on test images",
        "knn10_accuracy": "the ten nearest by cosine vote, one vote each; ties go to the nearest",
        "pixel_knn_accuracy": "as knn_accuracy, on normalised pixels scaled to unit length instead of features",
        "nearest_centre_accuracy": "mean unit-length features of the bank's classes; the nearest by Euclidean distance",
        "probe_accuracy": {
            "model": "multinomial logistic regression with L2, by L-BFGS to convergence, on standardised features before the projector, no augmentation",
            "train": data.map(|data| data.train.min(knobs("probe").count("images"))),
            "penalty": "of a grid, the best on validation images",
            "images": data.map(|data| data.validation),
        },
        "probe_accuracy_test": { "images": data.map(|data| data.test), "of": "the same probe, on test images: the number to report" },
        "probe_accuracy_untrained": "a probe of the encoder before its first step, on validation images",
        "embedding_probe_accuracy": "a probe of unit-length embeddings, on validation images",
        "factor": "R^2 on test images of ridge regression from features (of cosine and sine for circular factors), or accuracy; penalty by validation images",
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
        "r_epsilon": {
            "epsilon": knobs("spread").float("epsilon"),
            "of": "the pairs of alignment: a lower bound of Huang's R_epsilon, of which two views an image are drawn here",
        },
        "contrastive_limit": {
            "temperature": knobs("limit").float("temperature"),
            "images": data.map(|data| data.validation.min(knobs("cadence").count("images")).min(knobs("limit").count("images"))),
            "negatives": "views of other images, with replacement; exact means over all draws",
        },
        "queue_staleness": "1 - cosine between queued keys and what the key encoder makes of the same views now, mean over five ages",
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
