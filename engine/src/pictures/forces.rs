//! What pulls and what pushes each embedding of a batch.

use super::{Making, Picture, Source, nothing};
use crate::pace::Pace;
use crate::trainer::Wanted;
use augsphere_spec::{Knobs, Part, Payload};

/// The picture `forces`, of the present network and the method that trains it, on two views each of the first `N` validation images, `N` being
/// the images of a training batch where pictures are of so many; the images and views are the same at every step. Its parts:
///
/// - `method`, words: the title of the method;
/// - `forces`, a matrix with a row for each image: of its first view the length of the pull (minus the gradient of the attracting term of the
///   loss), that of the push (minus the gradient of the repelling one), and the angle between the two arrows in degrees, 0 to 180; then the same
///   of its second view. Both are per image and along the tangent of the unit sphere at the embedding (Tao et al. 2022, METHODS.md 6.1). The
///   angle is not a number where one of them is 0.
pub struct ForcesPicture;

impl Picture for ForcesPicture {
    fn name(&self) -> &'static str {
        "forces"
    }

    fn make<'a>(&'a self, source: &'a Source, _knobs: &'a Knobs, _pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let found = match source.run()?.network()?.decomposition(Wanted::Parts).await? {
                Ok(found) => found,
                Err(why) => return nothing(why),
            };
            let rows: Vec<[f64; 3]> = found.arrows().collect();
            let (first, second) = rows.split_at(rows.len() / 2);
            let values = first.iter().zip(second).flat_map(|(first, second)| [first, second]).flatten();
            Ok(vec![
                Part::new("method", Payload::Words(found.methods)),
                Part::matrix("forces", 6, values.map(|value| *value as f32).collect()),
            ])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::{Terms, nt_xent_terms};
    use crate::pictures::testing::{ask, present, source};
    use burn::tensor::{Tensor, TensorData};

    fn matrix(parts: &[Part]) -> Vec<f32> {
        match &parts[1].payload {
            Payload::Matrix { columns: 6, values, .. } => values.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// SimCLR at temperature 0.5 pulls an embedding of unit length as both anchor and positive: `2 / tau |u' - (u u') u|`, which is `4 sin` of
    /// the angle between the views; and it does so for the same images at every call.
    #[test]
    fn the_pull_of_simclr_is_that_of_its_formula() {
        let present = present();
        let parts = ask(&ForcesPicture, &present, &Knobs::default()).expect("a network");
        assert_eq!(parts[0].payload, Payload::Words(vec!["SimCLR".into()]));
        let found = matrix(&parts);
        assert_eq!(found.len(), 16 * 6, "as many as a batch has");
        for row in found.chunks_exact(6) {
            // Both views are pulled alike, and less than two thirds of a circle apart in an untrained network.
            assert!((row[0] - row[3]).abs() < 1e-3 * row[0] && row[0] > 0.0 && row[0] <= 4.0, "{row:?}");
            assert!(row[1] > 0.0 && (0.0..=180.0).contains(&row[2]) && (0.0..=180.0).contains(&row[5]), "{row:?}");
        }
        assert_eq!(matrix(&ask(&ForcesPicture, &present, &Knobs::default()).expect("a network")), found);
    }

    /// Batch E2 of METHODS.md 1.1 at temperature 1: the sum of the two parts there is the gradient of the table, `(0, 0.0422)` for `(1, 0)`. The
    /// pull of that embedding is twice `(0.8, 0.6) / 4` along the sphere, `(0, 0.3)`, so the push is `(0, 0.3422)`: straight against it.
    #[test]
    fn the_parts_of_e2_are_those_of_methods() {
        let device = burn::tensor::Device::default().autodiff();
        let rows = |values: [f32; 4]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), [2, 2]), &device).require_grad();
        let (first, second) = (rows([1.0, 0.0, 0.0, 1.0]), rows([0.8, 0.6, 0.6, 0.8]));
        let part = |term: fn(Terms) -> Tensor<1>| {
            let views = crate::losses::Views::from([first.clone(), second.clone()]);
            let gradients = term(nt_xent_terms(views.clone(), views.clone(), views, 1.0)).backward();
            first.grad(&gradients).expect("a gradient").into_data().iter::<f32>().take(2).collect::<Vec<f32>>()
        };
        let (attract, repel) = (part(|terms| terms.attract), part(|terms| terms.repel));
        assert!(attract[0].abs() < 1e-6 && (attract[1] + 0.3).abs() < 1e-6, "{attract:?}");
        assert!(repel[0].abs() < 1e-6 && (repel[1] - 0.342_241_4).abs() < 1e-6, "{repel:?}");
    }

    #[test]
    fn a_past_step_has_no_gradient() {
        assert!(ask(&ForcesPicture, &source(vec![1.0, 0.0], 2), &Knobs::default()).is_err_and(|why| why.contains("present")));
        assert!(ask(&ForcesPicture, &Source::default(), &Knobs::default()).is_err());
    }
}
