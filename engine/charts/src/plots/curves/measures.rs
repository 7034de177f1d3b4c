//! The measures that have a curve.

/// A scalar that may be drawn over the steps.
pub(in crate::plots) struct Measure {
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The same where there is little room.
    pub short: &'static str,
    /// Whether it is a share, written in percent.
    pub percent: bool,
    /// When it is measured.
    pub when: When,
}

/// When something is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::plots) enum When {
    /// At every step, or with the other measures on the way.
    Always,
    /// Where a run stands still.
    AtRest,
    /// By some methods, or with some of the experiment's measures, only.
    Sometimes,
}

impl Measure {
    const fn new(name: &'static str, title: &'static str, short: &'static str) -> Self {
        Self { name, title, short, percent: false, when: When::Always }
    }

    const fn percent(self) -> Self {
        Self { percent: true, ..self }
    }

    const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }

    /// Why there may be nothing of it, in a sentence.
    pub fn missing(&self) -> String {
        let title = super::super::runs::capital(self.title);
        match self.when {
            When::Always => format!("{title}: nothing was measured yet."),
            When::AtRest => format!("{title}: it is measured where a run stands still, so pause it, or let it come to its end."),
            When::Sometimes => {
                format!("{title}: nothing was measured; not every method has it, and not every experiment asks for it.")
            }
        }
    }
}

/// All of them; the names are those of the scalars that the engine tells.
pub(in crate::plots) const MEASURES: [Measure; 34] = [
    Measure::new("loss", "loss", "loss"),
    Measure::new("knn_accuracy", "images that neighbours name right", "kNN accuracy").percent(),
    Measure::new("alignment", "alignment: squared distance of two views", "alignment"),
    Measure::new("uniformity", "uniformity: lower is more even", "uniformity"),
    Measure::new("std", "standard deviation of a channel", "deviation"),
    Measure::new("effective_rank", "effective rank", "effective rank"),
    Measure::new("rankme", "RankMe", "RankMe"),
    Measure::new("participation", "participation ratio", "participation"),
    Measure::new("positive_cosine", "cosine of views of one image", "positive cosine"),
    Measure::new("negative_cosine", "cosine of views of two images", "negative cosine"),
    Measure::new("centre_product", "largest product of class centres", "centre product"),
    Measure::new("nearest_centre_accuracy", "images nearest to their class centre", "nearest centre").percent(),
    Measure::new("within_scatter", "scatter within classes", "within"),
    Measure::new("between_scatter", "scatter between classes", "between"),
    Measure::new("scatter_ratio", "scatter within over between classes", "within / between"),
    Measure::new("r_epsilon", "images with views farther apart than epsilon", "R_epsilon").percent(),
    Measure::new("gradient_positive", "pull of the positive", "pull"),
    Measure::new("gradient_negative", "push of the rest", "push"),
    Measure::new("gradient_balance", "push over pull", "push / pull"),
    Measure::new("gradient_angle", "angle between pull and push, degrees", "angle"),
    Measure::new("knn10_accuracy", "images that 10 neighbours name right", "10-NN accuracy").percent(),
    Measure::new("knn_accuracy_test", "test images that neighbours name right", "kNN, test").percent().when(When::AtRest),
    Measure::new("probe_accuracy", "images that a linear probe names right", "probe").percent().when(When::AtRest),
    Measure::new("probe_accuracy_test", "test images that a linear probe names right", "probe, test")
        .percent()
        .when(When::AtRest),
    Measure::new("embedding_probe_accuracy", "images that a probe of the embedding names right", "embedding probe")
        .percent()
        .when(When::AtRest),
    Measure::new("contrastive_limit", "contrastive loss, limit of many negatives", "limit").when(When::AtRest),
    Measure::new("contrastive_single_negative", "contrastive loss with one negative", "one negative").when(When::AtRest),
    Measure::new("alignment_fixed", "alignment under a fixed policy", "fixed alignment").when(When::Sometimes),
    Measure::new("eigenspace_alignment", "alignment of predictor and correlation", "eigenspaces").when(When::Sometimes),
    Measure::new("queue_staleness", "staleness of the queue", "staleness").when(When::Sometimes),
    Measure::new("alignment_term", "alignment term of the loss", "alignment term").when(When::Sometimes),
    Measure::new("log_sum_exp_term", "log-sum-exp term of the loss", "log-sum-exp").when(When::Sometimes),
    Measure::new("invariance", "invariance term of the loss", "invariance").when(When::Sometimes),
    Measure::new("variance", "variance term of the loss", "variance").when(When::Sometimes),
];
