//! Which images lie nearest to an image.

use super::{Making, Picture, Source, nothing};
use crate::metrics::knn;
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part};

/// The picture `neighbours`: some validation images, from number `from` on, `queries` of them, and of each the `neighbours` nearest others
/// among the kept ones by the cosine of the embedding. Its parts:
///
/// - `queries`, the number of the image in each row;
/// - `neighbours` and `cosines`, matrices with a row for each query and a column for each neighbour, nearest first: the number of the image,
///   and the cosine with it, -1 to 1. Where there is none, neither is a number.
pub struct NeighboursPicture;

impl Picture for NeighboursPicture {
    fn name(&self) -> &'static str {
        "neighbours"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let moment = &source.run()?.moment;
            let (count, wanted, k) = (moment.count(), knobs.count("queries"), knobs.count("neighbours"));
            if count < 2 || wanted == 0 || k == 0 {
                return nothing("Two images are needed for one to have a neighbour, and fewer were kept at this step.");
            }
            // The last ones, if there are not so many behind the first.
            let first = knobs.count("from").min(count.saturating_sub(wanted));
            let queries: Vec<usize> = (first..count.min(first + wanted)).collect();
            let (mut images, mut cosines) = (Vec::new(), Vec::new());
            for (row, &query) in (1..).zip(&queries) {
                let found = knn::neighbours(&moment.embedding, moment.dimension, query, k);
                images.extend(found.iter().map(|(image, _)| *image as f32));
                cosines.extend(found.iter().map(|(_, cosine)| *cosine));
                images.resize(row * k, f32::NAN);
                cosines.resize(row * k, f32::NAN);
                pace.turn().await;
            }
            let rows = (0..queries.len()).map(|row| row as f32).collect();
            Ok(vec![
                Part::series("queries", rows, queries.iter().map(|&query| query as f32).collect()),
                Part::matrix("neighbours", k, images),
                Part::matrix("cosines", k, cosines),
            ])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::testing::{ask, source};
    use augsphere_spec::Payload;

    fn knobs(queries: i64, neighbours: i64, from: i64) -> Knobs {
        let mut knobs = Knobs::default();
        [("queries", queries), ("neighbours", neighbours), ("from", from)]
            .into_iter()
            .for_each(|(name, value)| knobs.set(name, value));
        knobs
    }

    fn rows(payload: &Payload) -> Vec<f32> {
        match payload {
            Payload::Matrix { values, .. } => values.clone(),
            Payload::Series { y, .. } => y.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Batch E2 of METHODS.md 0.2: nearest to (0.8, 0.6) is (0.6, 0.8), then (1, 0).
    #[test]
    fn the_nearest_come_first_without_the_image_itself() {
        let e2 = source(vec![1.0, 0.0, 0.0, 1.0, 0.8, 0.6, 0.6, 0.8], 2);
        let parts = ask(&NeighboursPicture, &e2, &knobs(2, 2, 2)).expect("four images");
        assert_eq!(rows(&parts[0].payload), [2.0, 3.0]);
        assert_eq!(rows(&parts[1].payload), [3.0, 0.0, 2.0, 1.0]);
        let cosines = rows(&parts[2].payload);
        assert!(cosines.iter().zip([0.96, 0.8, 0.96, 0.8]).all(|(found, expected)| (found - expected).abs() < 1e-6));
    }

    #[test]
    fn where_there_are_too_few_there_is_no_number() {
        let mut embedding = [1.0, 0.0].repeat(3);
        embedding[2] = f32::NAN;
        let parts = ask(&NeighboursPicture, &source(embedding, 2), &knobs(6, 3, 50)).expect("three images");
        assert_eq!(rows(&parts[0].payload), [0.0, 1.0, 2.0]);
        let found: Vec<Option<f32>> =
            rows(&parts[1].payload).into_iter().map(|image| Some(image).filter(|image| image.is_finite())).collect();
        assert_eq!(found, [Some(2.0), None, None, None, None, None, Some(0.0), None, None]);
        assert!(
            ask(&NeighboursPicture, &source(vec![1.0, 0.0], 2), &knobs(3, 3, 0)).is_err_and(|why| why.contains("Two images"))
        );
        assert!(ask(&NeighboursPicture, &Source::default(), &knobs(3, 3, 0)).is_err());
    }
}
