//! How similar images of one class are, images of different classes, and two views of one image: histograms of cosines.

use super::similarity::cosine_table;
use super::{Making, Picture, Source, nothing};
use crate::metrics::cosines::mean_cosines;
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part, Payload};

/// Most images that are compared with each other: 130,816 pairs.
const IMAGES: usize = 512;
/// Most images of which two views are made.
const VIEWS: usize = 256;

/// The picture `cosines`, of the first 512 kept validation images as they are, and of two views each of the first 256. Its parts, each where
/// there are such pairs, NAME being `same` (two images of one class), `different` (of two classes) and `positive` (two views of one image, of
/// the present only):
///
/// - `NAME`, a histogram: the share of these pairs in each of `bins` equal bins of the cosine, -1 to 1;
/// - `NAME_mean`, their mean cosine, and `NAME_pairs`, their number.
pub struct CosinesPicture;

impl Picture for CosinesPicture {
    fn name(&self) -> &'static str {
        "cosines"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let (run, bins) = (source.run()?, knobs.count("bins").max(1));
            let images: Vec<usize> = (0..run.moment.count().min(IMAGES)).collect();
            let table = cosine_table(&run.moment, &images, pace).await;
            let [same, different] = kinds(&table, images.len(), run.labels());
            let mut parts = [same.parts("same", bins), different.parts("different", bins)].concat();
            if let Some(network) = &run.checkpoint {
                let ([first, second], d) = network.view_embeddings(VIEWS, pace).await?;
                parts.extend(positive([&first, &second], d).parts("positive", bins));
            }
            if parts.is_empty() {
                nothing("Two images are needed to compare them, and fewer were kept at this step.")
            } else {
                Ok(parts)
            }
        })
    }
}

/// Cosines of one kind of pairs, and their mean.
#[derive(Default)]
struct Pairs {
    cosines: Vec<f32>,
    mean: f64,
}

impl Pairs {
    fn of(cosines: Vec<f32>) -> Self {
        let mean = cosines.iter().map(|cosine| f64::from(*cosine)).sum::<f64>() / cosines.len().max(1) as f64;
        Self { cosines, mean }
    }

    fn parts(&self, name: &str, bins: usize) -> Vec<Part> {
        if self.cosines.is_empty() {
            return Vec::new();
        }
        let counts = histogram(&self.cosines, bins);
        vec![
            Part::new(name, Payload::Histogram { from: -1.0, to: 1.0, counts }),
            Part::number(&format!("{name}_mean"), self.mean as f32),
            Part::number(&format!("{name}_pairs"), self.cosines.len() as f32),
        ]
    }
}

/// Pairs of different images of one class, and of different classes; each two images once. Those whose cosine is no number are left out.
fn kinds(table: &[f32], images: usize, labels: &[u8]) -> [Pairs; 2] {
    let mut kinds = [Vec::new(), Vec::new()];
    for (image, row) in table.chunks_exact(images.max(1)).enumerate() {
        for (other, cosine) in row.iter().enumerate().skip(image + 1).filter(|(_, cosine)| cosine.is_finite()) {
            kinds[usize::from(labels.get(image) != labels.get(other))].push(*cosine);
        }
    }
    kinds.map(Pairs::of)
}

/// Pairs of two views `[n, d]` of one image; their mean is that of the measure.
fn positive(views: [&[f32]; 2], d: usize) -> Pairs {
    let rows = |view: usize| views[view].chunks_exact(d.max(1));
    let cosines = rows(0).zip(rows(1)).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>().clamp(-1.0, 1.0));
    let cosines = cosines.filter(|cosine| cosine.is_finite()).collect();
    Pairs { cosines, mean: mean_cosines(views, d)[0].unwrap_or(f64::NAN) }
}

/// Shares of equal bins from -1 to 1; a bin holds its lower end, the last one 1 as well.
fn histogram(cosines: &[f32], bins: usize) -> Vec<f32> {
    let mut counts = vec![0u32; bins];
    for cosine in cosines {
        let bin = (0.5 * (f64::from(*cosine) + 1.0) * bins as f64).max(0.0) as usize;
        counts[bin.min(bins - 1)] += 1;
    }
    counts.into_iter().map(|count| (f64::from(count) / cosines.len().max(1) as f64) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;
    use crate::pictures::KeptMoment;
    use crate::pictures::testing::{ask, present, source};

    /// Batch E2 of METHODS.md 0.2 as four images of two classes: cosines 0.8 and 0.8 within them, 0, 0.6, 0.6 and 0.96 between.
    #[test]
    fn pairs_are_of_one_class_or_of_two() {
        let embedding = vec![1.0, 0.0, 0.0, 1.0, 0.8, 0.6, 0.6, 0.8];
        let moment = KeptMoment { step: 0, embedding, dimension: 2 };
        let table = at_once(cosine_table(&moment, &[0, 1, 2, 3], &Pace::default()));
        let [same, different] = kinds(&table, 4, &[0, 1, 0, 1]);
        assert_eq!((same.cosines.len(), different.cosines.len()), (2, 4));
        assert!((same.mean - 0.8).abs() < 1e-6 && (different.mean - 0.54).abs() < 1e-6);
        assert_eq!(histogram(&different.cosines, 4), [0.0, 0.0, 0.25, 0.75]);
        let positive = positive([&[1.0, 0.0, 0.0, 1.0], &[0.8, 0.6, 0.6, 0.8]], 2);
        assert!((positive.mean - 0.8).abs() < 1e-6 && positive.cosines.len() == 2);
    }

    #[test]
    fn the_ends_lie_in_the_outer_bins() {
        assert_eq!(histogram(&[-1.0, 1.0, 0.0, 0.999], 2), [0.25, 0.75]);
        assert_eq!(histogram(&[], 3), [0.0; 3]);
    }

    #[test]
    fn only_the_present_has_views() {
        let mut knobs = Knobs::default();
        knobs.set("bins", 20i64);
        let mut embedding = [1.0, 0.0].repeat(40);
        embedding[0] = f32::NAN;
        let past = ask(&CosinesPicture, &source(embedding, 2), &knobs).expect("forty images");
        let names = |parts: &[Part]| parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&past), ["same", "same_mean", "same_pairs", "different", "different_mean", "different_pairs"]);
        let pairs = |at: usize| if let Payload::Series { y, .. } = &past[at].payload { y[0] } else { f32::NAN };
        assert_eq!(pairs(2) + pairs(5), 39.0 * 38.0 / 2.0, "without the broken one");
        let now = ask(&CosinesPicture, &present(), &knobs).expect("a network");
        assert_eq!(names(&now)[6..], ["positive", "positive_mean", "positive_pairs"]);
        assert!(ask(&CosinesPicture, &source(vec![1.0, 0.0], 2), &knobs).is_err_and(|why| why.contains("Two images")));
        assert!(ask(&CosinesPicture, &Source::default(), &knobs).is_err());
    }
}
