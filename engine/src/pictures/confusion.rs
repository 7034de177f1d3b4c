//! Which class is taken for which.

use super::{Making, Picture, Source, nothing};
use crate::metrics::confusion::confusion;
use crate::metrics::knn::{Bank, leave_one_out};
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part};

/// The picture `confusion`: each kept validation image is named by the vote of its `k` nearest others among them, each with the
/// weight `exp(cosine / temperature)` of its embedding, as the measure `knn` votes (Wu et al. 2018, section 3.4). Its parts:
///
/// - `counts`, a matrix `[classes, classes]`: how many images of the class of the row are named as the class of the column;
/// - `votes`, for each image the class that it is named as; no number where its embedding is none;
/// - `voters`, how many others vote on an image.
pub struct ConfusionPicture;

impl Picture for ConfusionPicture {
    fn name(&self) -> &'static str {
        "confusion"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let run = source.run()?;
            let (labels, classes, width) = (run.labels(), run.data.classes.len(), run.moment.dimension.max(1));
            if labels.len() < 2 {
                return nothing("Two images are needed for one to vote on the other, and fewer were kept at this step.");
            }
            let bank = Bank { rows: &run.moment.embedding[..labels.len() * width], labels, width, classes };
            let k = knobs.count("k").clamp(1, labels.len() - 1);
            let mut votes = leave_one_out(&bank, k, knobs.float("temperature").max(0.01), pace).await;
            // On a broken embedding nobody votes.
            let broken = |row: &[f32]| row.iter().any(|value| !value.is_finite());
            votes.iter_mut().zip(run.moment.rows()).filter(|(_, row)| broken(row)).for_each(|(vote, _)| *vote = u8::MAX);
            let counts = confusion(labels, &votes, classes).into_iter().map(|count| count as f32).collect();
            let number = |vote: &u8| if usize::from(*vote) < classes { f32::from(*vote) } else { f32::NAN };
            let images = (0..labels.len()).map(|image| image as f32).collect();
            Ok(vec![
                Part::matrix("counts", classes, counts),
                Part::series("votes", images, votes.iter().map(number).collect()),
                Part::number("voters", k as f32),
            ])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::testing::{ask, source};
    use augsphere_spec::Payload;

    fn knobs(k: i64) -> Knobs {
        let mut knobs = Knobs::default();
        knobs.set("k", k);
        knobs.set("temperature", 0.1);
        knobs
    }

    /// The first images, each in the direction of its class, but for the first, which lies where class 0 or 1 does, and one that
    /// is no number. Labels, counts and votes.
    fn asked(k: i64) -> (Vec<u8>, usize, Vec<f32>, Vec<f32>) {
        let probe = source(vec![0.0; 16], 1);
        let run = probe.run.as_ref().expect("a run");
        let (labels, classes) = (run.labels().to_vec(), run.data.classes.len());
        let mut embedding = vec![0.0; labels.len() * classes];
        for (image, row) in embedding.chunks_exact_mut(classes).enumerate() {
            row[usize::from(if image == 0 { other(labels[0]) } else { labels[image] })] = 2.0;
        }
        embedding[15 * classes] = f32::NAN;
        let parts = ask(&ConfusionPicture, &source(embedding, classes), &knobs(k)).expect("sixteen images");
        let (Payload::Matrix { values: counts, .. }, Payload::Series { y: votes, .. }) = (&parts[0].payload, &parts[1].payload)
        else {
            panic!("{parts:?}")
        };
        (labels, classes, counts.clone(), votes.clone())
    }

    fn other(label: u8) -> u8 {
        u8::from(label == 0)
    }

    #[test]
    fn rows_are_true_classes_and_an_image_among_others_is_taken_for_one_of_them() {
        let (labels, classes, counts, votes) = asked(1);
        assert_eq!(counts.iter().sum::<f32>(), 15.0, "one is no number");
        assert!(votes[15].is_nan());
        assert_eq!(votes[0], f32::from(other(labels[0])));
        assert_eq!(counts[usize::from(labels[0]) * classes + usize::from(other(labels[0]))], 1.0);
        let accompanied = |image: &usize| labels[1..15].iter().filter(|label| **label == labels[*image]).count() > 1;
        for image in (1..15).filter(accompanied) {
            assert_eq!(votes[image], f32::from(labels[image]), "image {image} of {labels:?}");
        }
    }

    /// With as many voters as there are others, those at cosine 1 still outweigh those at 0: exp(10) to 1.
    #[test]
    fn far_voters_have_little_weight() {
        assert_eq!(asked(200).3[0], asked(1).3[0]);
    }

    #[test]
    fn past_steps_are_shown_and_nothing_says_why() {
        let parts = ask(&ConfusionPicture, &source(vec![1.0, 0.0, 1.0, 0.0], 2), &knobs(200)).expect("two images");
        assert_eq!(parts[2], Part::number("voters", 1.0));
        assert!(ask(&ConfusionPicture, &source(vec![1.0, 0.0], 2), &knobs(5)).is_err_and(|why| why.contains("Two images")));
        assert!(ask(&ConfusionPicture, &Source::default(), &knobs(5)).is_err_and(|why| why.contains("no run")));
    }
}
