//! The kNN classifiers in feature space: a weighted vote and a plain one, of one search.

mod on_device;
mod search;
#[cfg(test)]
mod tests;

use super::confusion::confusion;
use super::{EvalOutputs, Found, Reference, RestOutputs, Shape, profile, scalar};
use crate::device::ComputeDevice;
use crate::pace::{Pace, at_once};
use augsphere_spec::{Card, Choice, Knob, Payload, Scalar, Told};
pub use on_device::searches;
pub(super) use search::Directions;
use search::{Features, Neighbour, nearest, unit_rows_into};

/// How many neighbours have a plain vote.
const PLAIN: usize = 10;

/// The card.
pub fn card() -> Card {
    Card::new(
        "knn",
        "kNN accuracy",
        "Share of validation images whose class is the weighted vote of their nearest training images in feature space (before the projector); beside it that of the plain vote of the 10 nearest.",
        "Wu, Xiong, Yu, Lin, 2018, arXiv 1805.01978; the exact protocol is in docs/protocol.md",
    )
    .tells([
        Told::share("knn_accuracy", "weighted vote"),
        Told::share("knn10_accuracy", "plain vote of the 10 nearest"),
        Told::share("knn_accuracy_test", "weighted vote, test images"),
        Told::profile("confusion", "true and named classes"),
    ])
    .knobs([
        Knob::int("k", "k", 200, 1, 1000, "How many neighbours vote."),
        Knob::float("temperature", "T", 0.1, 0.01, 10.0, "A neighbour at cosine s votes with weight exp(s / T).").logarithmic(),
        Knob::int("bank", "Bank", 10_000, 16, 50_000, "At most this many training images (the first ones) are the neighbours to choose from."),
    ])
}

/// Top-1 accuracies, 0 to 1: `knn_accuracy` of the weighted vote, `knn10_accuracy` of the plain one; and the `confusion` of the weighted one.
/// Nothing without validation images.
pub(super) async fn measure(held: &EvalOutputs<'_>, choice: &Choice, pace: &Pace) -> Found {
    let bank = Bank::of(held);
    let queries = Features::new(held.features, held.width);
    let votes = votes(&bank.features(), &bank.voters(), &queries, choice, held.device, pace).await;
    let counts = confusion(held.labels, &votes.weighted, held.classes).into_iter().map(|count| count as f32).collect();
    let table = Payload::Matrix { rows: held.classes, columns: held.classes, values: counts };
    Found { scalars: scalars(&votes, held.labels), profiles: vec![profile("confusion", table)] }
}

/// `knn_accuracy_test`, 0 to 1: of the weighted vote on test images. Nothing without any.
pub(super) async fn measure_test(rest: &RestOutputs<'_>, choice: &Choice, pace: &Pace) -> Found {
    let bank = rest.train.first(rest.bank);
    let (voters, queries) = (Voters { labels: bank.labels, classes: rest.classes }, rest.test);
    let queries = Features::new(queries.features, queries.width);
    let votes = votes(&Features::new(bank.features, bank.width), &voters, &queries, choice, rest.device, pace).await;
    let share = accuracy(&votes.weighted, rest.test.labels).map(|share| scalar("knn_accuracy_test", share));
    share.into_iter().collect::<Vec<_>>().into()
}

/// The votes on queries, as the card's knobs say; with a device the search is done there where that is quicker.
pub(super) async fn votes(
    bank: &impl Directions,
    voters: &Voters<'_>,
    queries: &impl Directions,
    choice: &Choice,
    device: Option<&ComputeDevice>,
    pace: &Pace,
) -> Votes {
    let device = device.filter(|device| on_device::worthwhile(device, bank, queries));
    vote(bank, voters, queries, (choice.knobs.count("k"), choice.knobs.float("temperature")), device, pace).await
}

/// The numbers of [`measure`] from votes and the true classes.
pub fn scalars(votes: &Votes, labels: &[u8]) -> Vec<Scalar> {
    let of = |name, predicted| accuracy(predicted, labels).map(|share| scalar(name, share));
    [of("knn_accuracy", &votes.weighted), of("knn10_accuracy", &votes.plain)].into_iter().flatten().collect()
}

/// The share of predictions that are the true class; `None` without any.
pub(super) fn accuracy(predicted: &[u8], labels: &[u8]) -> Option<f64> {
    let right = predicted.iter().zip(labels).filter(|(predicted, label)| predicted == label).count();
    (!labels.is_empty()).then(|| right as f64 / labels.len() as f64)
}

/// Guessing gets one in as many as there are classes.
pub fn levels(_choice: &Choice, Shape { classes, .. }: Shape) -> Vec<Reference> {
    let level = |name: &str| (name.to_owned(), 1.0 / classes.max(1) as f32, format!("chance, 1 in {classes}"));
    vec![level("knn_accuracy"), level("knn10_accuracy")]
}

/// Images whose classes are known.
#[derive(Clone, Copy, Debug)]
pub struct Bank<'a> {
    /// Features, pixels or what else is to be compared, `[labels.len(), width]`, scaled to any length.
    pub rows: &'a [f32],
    /// The class of each; one that is not below `classes` has no vote.
    pub labels: &'a [u8],
    /// Width of a row.
    pub width: usize,
    /// Number of classes.
    pub classes: usize,
}

impl<'a> Bank<'a> {
    /// The features of the bank.
    pub fn of(held: &EvalOutputs<'a>) -> Self {
        Self { rows: held.bank, labels: held.bank_labels, width: held.width, classes: held.classes }
    }

    fn features(&self) -> Features<'a> {
        Features::new(self.rows, self.width)
    }

    fn voters(&self) -> Voters<'a> {
        Voters { labels: self.labels, classes: self.classes }
    }
}

/// The classes of the rows that vote.
pub(super) struct Voters<'a> {
    /// The class of each; one that is not below `classes` has no vote.
    pub labels: &'a [u8],
    /// Number of classes.
    pub classes: usize,
}

impl Voters<'_> {
    /// A class of a row, if it has one.
    fn class(&self, neighbour: &Neighbour) -> Option<usize> {
        self.labels.get(neighbour.1 as usize).map(|label| usize::from(*label)).filter(|class| *class < self.classes)
    }

    /// For each class the sum of `exp(cosine / T)` over its members among the neighbours.
    fn scores(&self, neighbours: &[Neighbour], temperature: f64) -> Vec<f64> {
        let mut scores = vec![0.0; self.classes.max(1)];
        for neighbour in neighbours {
            if let Some(class) = self.class(neighbour) {
                scores[class] += (f64::from(neighbour.0) / temperature).exp();
            }
        }
        scores
    }

    /// The class with the most members among the neighbours; of several the one whose nearest member is nearest.
    fn most(&self, neighbours: &[Neighbour]) -> usize {
        let mut counts = vec![0usize; self.classes.max(1)];
        let classes = || neighbours.iter().filter_map(|neighbour| self.class(neighbour));
        classes().for_each(|class| counts[class] += 1);
        let most = counts.iter().copied().max();
        classes().find(|class| Some(counts[*class]) == most).unwrap_or(0)
    }
}

/// The class of each query by two votes; 0 where nobody votes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Votes {
    /// By the `k` nearest, each with the weight `exp(cosine / T)`; the lowest class wins ties.
    pub weighted: Vec<u8>,
    /// By the ten nearest, one vote each. Of classes with as many votes that one wins whose nearest member is nearest.
    pub plain: Vec<u8>,
}

/// The classes of queries `[.., width]` by the vote of the rows of the bank that are most similar by cosine, equal cosines in the order of
/// the bank; a bank with fewer rows votes as a whole (Wu et al. 2018, section 3.4; METHODS.md 8.1). `k` from 1, temperature above 0.
///
/// Rows with a number that is none have no vote, and nobody votes on such a query.
pub async fn classify(bank: &Bank<'_>, queries: &[f32], k: usize, temperature: f64, pace: &Pace) -> Votes {
    vote(&bank.features(), &bank.voters(), &Features::new(queries, bank.width), (k, temperature), None, pace).await
}

/// The class of each row of the bank by the weighted vote of its `k` nearest others, as in [`classify`]: no row votes on itself.
pub async fn leave_one_out(bank: &Bank<'_>, k: usize, temperature: f64, pace: &Pace) -> Vec<u8> {
    let (rows, voters) = (bank.features(), bank.voters());
    let mut votes = Vec::new();
    let take = |found: &[Neighbour]| {
        let itself = votes.len();
        let others: Vec<Neighbour> = found.iter().copied().filter(|(_, row)| *row as usize != itself).take(k).collect();
        votes.push(byte(highest(&voters.scores(&others, temperature))));
    };
    nearest(&rows, &rows, k.saturating_add(1), pace, take).await;
    votes
}

/// The same with the search on a device, whatever its size and kind; on the host where the device fails or a number is none.
pub async fn classify_on(
    device: &ComputeDevice,
    bank: &Bank<'_>,
    queries: &[f32],
    k: usize,
    temperature: f64,
    pace: &Pace,
) -> Votes {
    let queries = Features::new(queries, bank.width);
    vote(&bank.features(), &bank.voters(), &queries, (k, temperature), Some(device), pace).await
}

async fn vote(
    bank: &impl Directions,
    voters: &Voters<'_>,
    queries: &impl Directions,
    (k, temperature): (usize, f64),
    device: Option<&ComputeDevice>,
    pace: &Pace,
) -> Votes {
    let mut votes = Votes::default();
    let mut take = |found: &[Neighbour]| {
        let first = |count: usize| &found[..count.min(found.len())];
        votes.weighted.push(byte(highest(&voters.scores(first(k), temperature))));
        votes.plain.push(byte(voters.most(first(PLAIN))));
    };
    let most = k.max(PLAIN);
    let found = match device {
        Some(device) => on_device::nearest(device, bank, queries, most, pace).await,
        None => None,
    };
    match found {
        Some(found) => found.iter().for_each(|found| take(found)),
        None => nearest(bank, queries, most, pace, take).await,
    }
    votes
}

/// The votes for every class, `[images, classes]`: the sum of `exp(cosine / T)` over the class's `k` nearest neighbours.
pub fn scores(held: &EvalOutputs<'_>, k: usize, temperature: f64) -> Vec<f64> {
    let bank = Bank::of(held);
    let mut scores = Vec::with_capacity(held.classes.max(1) * held.labels.len());
    let take = |found: &[Neighbour]| scores.extend(bank.voters().scores(found, temperature));
    at_once(nearest(&bank.features(), &Features::new(held.features, held.width), k, &Pace::default(), take));
    scores
}

/// The class of every validation image by weighted vote; the lowest class wins ties.
pub fn predict(held: &EvalOutputs<'_>, k: usize, temperature: f64) -> Vec<u8> {
    at_once(classify(&Bank::of(held), held.features, k, temperature, &Pace::default())).weighted
}

/// The lowest class with the highest score.
fn highest(scores: &[f64]) -> usize {
    (0..scores.len()).fold(0, |best, class| if scores[class] > scores[best] { class } else { best })
}

/// A class as a label.
fn byte(class: usize) -> u8 {
    u8::try_from(class).unwrap_or(u8::MAX)
}

/// The `k` rows most similar to row `index` by cosine, nearest first, without itself.
pub fn neighbours(features: &[f32], width: usize, index: usize, k: usize) -> Vec<(usize, f32)> {
    let Some(query) = features.chunks_exact(width.max(1)).nth(index) else { return Vec::new() };
    let mut similar = Vec::new();
    let take = |found: &[Neighbour]| similar.extend_from_slice(found);
    let (all, query) = (Features::new(features, width), Features::new(query, width));
    at_once(nearest(&all, &query, k.saturating_add(1), &Pace::default(), take));
    let others = similar.into_iter().map(|(cosine, other)| (other as usize, cosine)).filter(|(other, _)| *other != index);
    others.take(k).collect()
}

/// Rows scaled to unit length.
pub fn unit_rows(values: &[f32], width: usize) -> Vec<f32> {
    let mut out = values.to_vec();
    unit_rows_into(values, width.max(1), &mut out, width.max(1));
    out
}
