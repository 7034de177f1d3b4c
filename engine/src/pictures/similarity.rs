//! The cosines of images with each other, in the order of their classes.

use super::{KeptMoment, Making, Picture, Source, nothing};
use crate::pace::Pace;
use augsphere_kernels::{ROW, products};
use augsphere_spec::{Knobs, Part};

/// Rows whose cosines with all others are taken between two turns.
const BLOCK: usize = 32;

/// The picture `similarity`: the first `images` kept validation images, class after class, within a class as they come. Its parts:
///
/// - `order`, the number of the image in each place;
/// - `cosines`, a matrix `[n, n]`: the cosine of the embeddings in two places, -1 to 1. One that is no number stands for an embedding that is
///   none.
pub struct SimilarityPicture;

impl Picture for SimilarityPicture {
    fn name(&self) -> &'static str {
        "similarity"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let run = source.run()?;
            let order = by_class(run.moment.count().min(knobs.count("images")), run.labels());
            if order.is_empty() {
                return nothing("No embedding of a validation image was kept at this step.");
            }
            let cosines = cosine_table(&run.moment, &order, pace).await;
            let places = (0..order.len()).map(|place| place as f32).collect();
            let numbers = order.iter().map(|&image| image as f32).collect();
            Ok(vec![Part::series("order", places, numbers), Part::matrix("cosines", order.len(), cosines)])
        })
    }
}

/// The first images in the order of their classes; those of a class stay in their order.
fn by_class(images: usize, labels: &[u8]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..images).collect();
    order.sort_by_key(|image| labels.get(*image));
    order
}

/// Cosines of the embeddings of some images with each other, `[n, n]` in their order, -1 to 1; not a number where an embedding is none.
///
/// # Panics
/// If there is no such image.
pub(super) async fn cosine_table(moment: &KeptMoment, images: &[usize], pace: &Pace) -> Vec<f32> {
    let (d, depth) = (moment.dimension.max(1), moment.dimension.max(1).next_multiple_of(ROW));
    let mut rows = vec![0.0; images.len() * depth];
    for (row, image) in rows.chunks_exact_mut(depth).zip(images) {
        row[..d].copy_from_slice(&moment.embedding[image * d..(image + 1) * d]);
    }
    let mut table = vec![0.0; images.len() * images.len()];
    for (out, block) in table.chunks_mut(BLOCK * images.len().max(1)).zip(rows.chunks(BLOCK * depth)) {
        products(block, &rows, depth, out);
        pace.turn().await;
    }
    table.iter_mut().for_each(|cosine| *cosine = cosine.clamp(-1.0, 1.0));
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;
    use crate::pictures::testing::{ask, source};
    use augsphere_spec::Payload;

    #[test]
    fn images_of_a_class_stand_together_in_their_order() {
        assert_eq!(by_class(5, &[2, 0, 1, 0, 2]), [1, 3, 2, 0, 4]);
        assert_eq!(by_class(3, &[0, 0, 0]), [0, 1, 2]);
        assert!(by_class(0, &[]).is_empty());
    }

    /// The four vectors of batch E2 of METHODS.md 0.2: cosines 0.8, 0, 0.96 and 0.6.
    #[test]
    fn cosines_are_those_of_the_batch_in_methods() {
        let embedding = vec![1.0, 0.0, 0.0, 1.0, 0.8, 0.6, 0.6, 0.8];
        let moment = KeptMoment { step: 0, embedding, dimension: 2 };
        let table = at_once(cosine_table(&moment, &[0, 2, 1, 3], &Pace::default()));
        let expected = [[1.0, 0.8, 0.0, 0.6], [0.8, 1.0, 0.6, 0.96], [0.0, 0.6, 1.0, 0.8], [0.6, 0.96, 0.8, 1.0]];
        assert!(table.iter().zip(expected.as_flattened()).all(|(found, expected): (&f32, &f32)| (found - expected).abs() < 1e-6));
    }

    /// Many rows go through in blocks; one that is no number spoils its own row and column only.
    #[test]
    fn a_broken_embedding_is_alone_in_being_broken() {
        let mut embedding = [0.6, 0.8, 0.0].repeat(70);
        embedding[3 * 40] = f32::NAN;
        let all: Vec<usize> = (0..70).collect();
        let table = at_once(cosine_table(&KeptMoment { step: 0, embedding, dimension: 3 }, &all, &Pace::default()));
        for (at, cosine) in table.iter().enumerate() {
            let broken = at / 70 == 40 || at % 70 == 40;
            assert!(if broken { cosine.is_nan() } else { (cosine - 1.0).abs() < 1e-6 }, "{cosine} at {at}");
        }
    }

    #[test]
    fn past_steps_are_shown_and_nothing_says_why() {
        let mut knobs = Knobs::default();
        knobs.set("images", 8i64);
        let past = source([1.0, 0.0].repeat(12), 2);
        let parts = ask(&SimilarityPicture, &past, &knobs).expect("twelve images");
        assert!(
            matches!(&parts[1].payload, Payload::Matrix { rows: 8, columns: 8, values } if values.iter().all(|value| *value == 1.0))
        );
        assert!(ask(&SimilarityPicture, &source(Vec::new(), 2), &knobs).is_err_and(|why| why.contains("No embedding")));
        assert!(ask(&SimilarityPicture, &Source::default(), &knobs).is_err_and(|why| why.contains("no run")));
    }
}
