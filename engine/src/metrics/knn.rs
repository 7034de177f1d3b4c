//! The weighted kNN classifier in feature space.

use super::{EvalOutputs, Reference, scalar};
use crate::pace::{Pace, at_once};
use augsphere_spec::{Card, Choice, Knob, Scalar};

/// The card.
pub fn card() -> Card {
    Card::new(
        "knn",
        "kNN accuracy",
        "Share of held-out images whose class is the weighted vote of their nearest training images in feature space (before the projector).",
        "Wu, Xiong, Yu, Lin, 2018, arXiv 1805.01978; the exact protocol is in docs/protocol.md",
    )
    .knobs([
        Knob::int("k", "k", 200, 1, 1000, "How many neighbours vote."),
        Knob::float("temperature", "T", 0.1, 0.01, 10.0, "A neighbour at cosine s votes with weight exp(s / T).").logarithmic(),
        Knob::int("bank", "Bank", 10_000, 16, 50_000, "At most this many training images (the first ones) are the neighbours to choose from."),
    ])
}

/// Top-1 accuracy, 0 to 1.
pub async fn measure(held: &EvalOutputs<'_>, choice: &Choice, pace: &Pace) -> Vec<Scalar> {
    let (k, temperature) = (choice.knobs.count("k"), choice.knobs.float("temperature"));
    let votes = votes(&scores_in_pieces(held, k, temperature, pace).await, held.classes);
    let right = votes.iter().zip(held.labels).filter(|(vote, label)| vote == label).count();
    vec![scalar("knn_accuracy", right as f64 / held.labels.len().max(1) as f64)]
}

/// Guessing gets one in as many as there are classes.
pub fn levels(_choice: &Choice, _dimension: usize, classes: usize) -> Vec<Reference> {
    vec![("knn_accuracy".into(), 1.0 / classes.max(1) as f32, format!("chance, 1 in {classes}"))]
}

/// Rows scaled to unit length.
pub fn unit_rows(values: &[f32], width: usize) -> Vec<f32> {
    let mut out = values.to_vec();
    for row in out.chunks_exact_mut(width.max(1)) {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
        row.iter_mut().for_each(|value| *value /= length);
    }
    out
}

/// Cosines of one unit row with every unit row of a bank.
fn cosines(query: &[f32], bank: &[f32], into: &mut Vec<(f32, u32)>) {
    into.clear();
    into.extend(bank.chunks_exact(query.len()).zip(0u32..).map(|(row, index)| {
        // Eight partial sums: one instruction on machines with wide registers, the same order of additions everywhere.
        let mut sums = [0.0f32; 8];
        let (a, b) = (query.chunks_exact(8), row.chunks_exact(8));
        let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
        for (x, y) in a.zip(b) {
            for lane in 0..8 {
                sums[lane] += x[lane] * y[lane];
            }
        }
        (sums.iter().sum::<f32>() + rest, index)
    }));
}

/// The `k` most similar, most similar first; equal cosines in the order of the bank.
fn nearest(cosines: &mut Vec<(f32, u32)>, k: usize) {
    let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if k < cosines.len() {
        cosines.select_nth_unstable_by(k, order);
        cosines.truncate(k);
    }
    cosines.sort_unstable_by(order);
}

/// The votes for every class, `[images, classes]`: the sum of `exp(cosine / T)` over the class's `k` nearest neighbours.
pub fn scores(held: &EvalOutputs<'_>, k: usize, temperature: f64) -> Vec<f64> {
    at_once(scores_in_pieces(held, k, temperature, &Pace::default()))
}

async fn scores_in_pieces(held: &EvalOutputs<'_>, k: usize, temperature: f64, pace: &Pace) -> Vec<f64> {
    pace.stage("Comparing held-out images with the bank", held.labels.len() as u64);
    let bank = unit_rows(held.bank, held.width);
    let queries = unit_rows(held.features, held.width);
    let classes = held.classes.max(1);
    let mut scores = Vec::with_capacity(classes * held.labels.len());
    let mut similar = Vec::new();
    for query in queries.chunks_exact(held.width.max(1)) {
        cosines(query, &bank, &mut similar);
        nearest(&mut similar, k);
        let first = scores.len();
        scores.resize(first + classes, 0.0);
        for &(cosine, index) in &similar {
            let class = usize::from(held.bank_labels[index as usize]);
            if let Some(score) = scores.get_mut(first + class).filter(|_| class < classes) {
                *score += (f64::from(cosine) / temperature).exp();
            }
        }
        pace.done(1).await;
    }
    scores
}

/// The class of every held-out image by weighted vote; the lowest class wins ties.
pub fn predict(held: &EvalOutputs<'_>, k: usize, temperature: f64) -> Vec<u8> {
    votes(&scores(held, k, temperature), held.classes)
}

fn votes(scores: &[f64], classes: usize) -> Vec<u8> {
    let best = |scores: &[f64]| (0..scores.len()).fold(0, |best, class| if scores[class] > scores[best] { class } else { best });
    scores.chunks_exact(classes.max(1)).map(|scores| u8::try_from(best(scores)).unwrap_or(u8::MAX)).collect()
}

/// The `k` rows most similar to row `index` by cosine, nearest first, without itself.
pub fn neighbours(features: &[f32], width: usize, index: usize, k: usize) -> Vec<(usize, f32)> {
    let rows = unit_rows(features, width);
    let Some(query) = rows.chunks_exact(width.max(1)).nth(index) else { return Vec::new() };
    let mut similar = Vec::new();
    cosines(query, &rows, &mut similar);
    similar.retain(|(_, other)| *other as usize != index);
    nearest(&mut similar, k);
    similar.into_iter().map(|(cosine, other)| (other as usize, cosine)).collect()
}
