//! Over how many directions the embeddings spread: the spectrum of their covariance (Jing et al. 2022, arXiv 2110.09348, section 3;
//! METHODS.md 8.4), and each channel's deviation.

use super::{Making, Picture, Source, nothing};
use crate::metrics::rank::{scalars, spectra, stable_rank};
use crate::metrics::std::channels;
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part};

/// The picture `spectrum`, of the kept validation images as they are (above 512 dimensions of the first 512 of them). Its parts:
///
/// - `eigenvalues`, of the covariance of the embeddings over their rank, from 1, largest first; 0 is what is rounding;
/// - `effective_rank`, `participation`, `rankme` and `stable_rank`, as the measure of the rank defines them;
/// - `std`, the standard deviation of each channel over its number, from 1;
/// - `dimension` of the embedding, and `images`, how many there are.
pub struct SpectrumPicture;

impl Picture for SpectrumPicture {
    fn name(&self) -> &'static str {
        "spectrum"
    }

    fn make<'a>(&'a self, source: &'a Source, _knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let moment = &source.run()?.moment;
            let spectra = spectra(&moment.embedding, moment.dimension, pace).await;
            if spectra.covariance.is_empty() {
                return nothing("No embedding that is a number was kept at this step.");
            }
            let numbered = |name: &str, values: &[f64]| {
                let places = (1..=values.len()).map(|place| place as f32).collect();
                Part::series(name, places, values.iter().map(|value| *value as f32).collect())
            };
            let mut parts = vec![
                numbered("eigenvalues", &spectra.covariance),
                numbered("std", &channels(&moment.embedding, moment.dimension)),
                Part::number("stable_rank", stable_rank(&spectra.moments) as f32),
                Part::number("dimension", moment.dimension as f32),
                Part::number("images", moment.count() as f32),
            ];
            parts.extend(scalars(&spectra).into_iter().map(|scalar| Part::number(&scalar.name, scalar.value)));
            Ok(parts)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::testing::{ask, source};
    use augsphere_spec::{Answer, AskId, Payload};

    fn answer(embedding: Vec<f32>, dimension: usize) -> Answer {
        Answer {
            id: AskId(0),
            run: None,
            step: 0,
            parts: ask(&SpectrumPicture, &source(embedding, dimension), &Knobs::default()),
        }
    }

    fn values(answer: &Answer, name: &str) -> Vec<f32> {
        let Some(Payload::Series { y, .. }) = answer.part(name) else { panic!("no {name} in {answer:?}") };
        y.clone()
    }

    /// The example of METHODS.md 8.4.
    #[test]
    fn the_ranks_are_those_of_methods() {
        let found = answer(vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.1, 2.0, 1.0, 0.0], 3);
        let near = |name: &str, expected: &[f64]| {
            let values = values(&found, name);
            assert_eq!(values.len(), expected.len());
            assert!(
                values.iter().zip(expected).all(|(found, value)| (f64::from(*found) - value).abs() < 1e-6),
                "{name}: {values:?}"
            );
        };
        near("eigenvalues", &[0.5, 0.187_710_199_7, 0.001_664_800_3]);
        near("stable_rank", &[1.146_818_714_1]);
        near("rankme", &[1.969_705_064_4]);
        near("effective_rank", &[1.969_704_565_7]);
        near("participation", &[1.666_110_661_5]);
        near("dimension", &[3.0]);
        near("images", &[4.0]);
        // Columns 1, 0, 1, 2 and 0, 1, 1, 1 and 0, 0, 0.1, 0 by hand.
        near("std", &[0.5f64.sqrt(), 0.1875f64.sqrt(), 0.001_875f64.sqrt()]);
    }

    #[test]
    fn a_collapse_to_one_point_has_no_spread() {
        let found = answer([0.6, 0.8].repeat(9), 2);
        assert_eq!(values(&found, "eigenvalues"), [0.0, 0.0]);
        assert_eq!((values(&found, "participation")[0], values(&found, "stable_rank")[0]), (0.0, 1.0));
        assert!(values(&found, "std").iter().all(|value| value.abs() < 1e-6));
    }

    #[test]
    fn without_numbers_it_says_why() {
        assert!(answer(vec![f32::NAN, 1.0], 2).parts.is_err_and(|why| why.contains("No embedding")));
        assert!(answer(Vec::new(), 2).parts.is_err());
        assert!(ask(&SpectrumPicture, &Source::default(), &Knobs::default()).is_err());
    }
}
