//! How alike the gradients of methods are, and the formulas of their families with the numbers of a batch in them.

use super::{Making, Picture, Source, nothing};
use crate::pace::Pace;
use crate::trainer::Wanted;
use augsphere_spec::{Knobs, Part, Payload};

/// The picture `families`, of the present network on two views each of the first validation images: those of the picture `forces`. Its parts:
///
/// - `methods`, words: the titles of the methods, the one that trains first;
/// - `cosines`, a matrix with a row and a column for each of them: the cosine between the gradients that they ask for on these embeddings, along
///   the tangent of the unit sphere, -1 to 1; 0 where one asks for nothing. The others are taken at their defaults, with the predictor of
///   DirectPred made from this batch where they need one;
/// - `forms`, a matrix with a row for each family: contrastive, asymmetric, Barlow Twins, VICReg and UniGrad (METHODS.md 6.2; the formulas of
///   `gradients.rs`, the other view a constant). Its columns: mean length of the pull; the balance
///   factor, not a number where there is none or one for each image; mean length of the push, the factor included; mean angle between the
///   arrows of the two in degrees, 0 to 180; and the cosine with what the method that trains asks for;
/// - `measured`, a series: of the method that trains mean length of the pull, mean length of the push, and mean angle between their arrows in
///   degrees;
/// - `family`, its place among the families, if it has the form of one.
pub struct FamiliesPicture;

impl Picture for FamiliesPicture {
    fn name(&self) -> &'static str {
        "families"
    }

    fn make<'a>(&'a self, source: &'a Source, _knobs: &'a Knobs, _pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let found = match source.run()?.network()?.decomposition(Wanted::Families).await? {
                Ok(found) => found,
                Err(why) => return nothing(why),
            };
            let form = |form: &crate::trainer::Form| [form.pull, form.balance, form.push, form.angle, form.cosine];
            let forms = found.forms.iter().flat_map(form).map(|value| value as f32).collect();
            let column = |place: usize| {
                let values = found.arrows().map(|arrows| arrows[place]).filter(|value| value.is_finite());
                let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
                (sum / count) as f32
            };
            let measured = vec![column(0), column(1), column(2)];
            let mut parts = vec![
                Part::matrix("cosines", found.methods.len(), found.cosines()),
                Part::matrix("forms", 5, forms),
                Part::series("measured", vec![0.0, 1.0, 2.0], measured),
            ];
            parts.extend(found.family.map(|place| Part::number("family", place as f32)));
            parts.push(Part::new("methods", Payload::Words(found.methods)));
            Ok(parts)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::testing::{ask, present, source};
    use augsphere_spec::{Answer, AskId};

    /// With shared weights and unit rows, the formula of one half of SimCLR's gradient is what SimCLR does but for what comes back through the
    /// targets (Tao et al. 2022 drop it), and its pull is half of SimCLR's.
    #[test]
    fn the_formula_of_the_family_is_what_trains() {
        let parts = ask(&FamiliesPicture, &present(), &Knobs::default()).expect("a network");
        let answer = Answer { id: AskId(0), run: None, step: 0, parts: Ok(parts) };
        let Some(Payload::Words(methods)) = answer.part("methods") else { panic!("{answer:?}") };
        let Some(Payload::Matrix { rows, columns, values: cosines }) = answer.part("cosines") else { panic!("{answer:?}") };
        assert!(methods[0] == "SimCLR" && methods.len() > 10 && *rows == methods.len() && rows == columns);
        assert!(cosines.iter().all(|cosine| (-1.001..=1.001).contains(cosine)));
        let Some(Payload::Matrix { rows: 5, columns: 5, values: forms }) = answer.part("forms") else { panic!("{answer:?}") };
        let Some(Payload::Series { y: measured, .. }) = answer.part("measured") else { panic!("{answer:?}") };
        let Some(Payload::Series { y: family, .. }) = answer.part("family") else { panic!("{answer:?}") };
        assert_eq!(family, &[0.0]);
        let contrastive = &forms[..5];
        assert!((2.0 * contrastive[0] - measured[0]).abs() < 1e-3 * measured[0], "{contrastive:?} and {measured:?}");
        assert!(contrastive[1].is_nan() && contrastive[4] > 0.9, "{contrastive:?}");
        // The balance factors of Barlow Twins and of UniGrad, the latter for 256 dimensions at its default of 12.
        assert!((forms[11] - 0.005).abs() < 1e-6 && forms[21] > 0.0 && forms[21] <= 12.0, "{forms:?}");
        for row in forms.chunks_exact(5) {
            assert!(row[0] > 0.0 && row[2] > 0.0 && (0.0..=180.0).contains(&row[3]) && row[4].abs() <= 1.001, "{row:?}");
        }
    }

    #[test]
    fn a_past_step_has_no_gradient() {
        assert!(ask(&FamiliesPicture, &source(vec![1.0, 0.0], 2), &Knobs::default()).is_err_and(|why| why.contains("present")));
        assert!(ask(&FamiliesPicture, &Source::default(), &Knobs::default()).is_err());
    }
}
