//! The picture of embeddings of two dimensions on their circle, as the papers draw it: distances of positive pairs, density, and
//! angles of two classes beside all.

use super::density::{self, RINGS, SECTORS, angle, angles, gaussian_map, radii, von_mises};
use super::{Making, Picture, Source, nothing};
use crate::metrics::cosines::positive_distances;
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part, Payload};

/// Parts:
///
/// - `points`: embeddings of the first validation images, two coordinates each, of length 1;
/// - `density`: the density of their angles, per radian, over angles from -pi to pi ([`von_mises`]), of all of them, and
///   `density_a` and `density_b` of the two classes of the knobs where they have images;
/// - `map`: the same around the circle ([`gaussian_map`]), `[RINGS, SECTORS]`, and `rings`: the radius of each of its rings;
/// - of the present only `distances`, shares of pairs by the distance of the embeddings of their two views, 0 to 2, and
///   `mean_distance` (Wang and Isola 2020, figure 3).
pub struct CirclePicture;

impl Picture for CirclePicture {
    fn name(&self) -> &'static str {
        "circle"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let run = source.run()?;
            let moment = &run.moment;
            if moment.dimension != 2 {
                return nothing(&format!(
                    "On a circle are embeddings of 2 dimensions, and these have {}: set the dimension of the projector to 2 \
                     (projector.dimension = 2) and begin a new run.",
                    moment.dimension
                ));
            }
            let kappa = knobs.float("concentration").clamp(0.0, 200.0);
            let all: Vec<f64> = moment.rows().filter_map(angle).collect();
            let mut parts = vec![
                Part::new("points", Payload::points(2, &moment.embedding)),
                Part::matrix("map", SECTORS, gaussian_map(&all, kappa, pace).await),
                Part::series(
                    "rings",
                    (0..RINGS).map(|ring| ring as f32).collect(),
                    radii().map(|radius| radius as f32).collect(),
                ),
            ];
            let of = |class: usize| -> Vec<f64> {
                let own = moment.rows().zip(run.labels()).filter(|(_, label)| usize::from(**label) == class);
                own.filter_map(|(row, _)| angle(row)).collect()
            };
            let [a, b] = ["class_a", "class_b"].map(|knob| of(knobs.count(knob)));
            for (name, data) in [("density", all), ("density_a", a), ("density_b", b)] {
                parts.extend(von_mises(&data, kappa, pace).await.map(|density| series(name, &density)));
            }
            if let Some(checkpoint) = &run.checkpoint {
                let ([first, second], dimension) = checkpoint.view_embeddings(moment.count(), pace).await?;
                let views = [first.as_slice(), second.as_slice()];
                let histogram = |counts| Payload::Histogram { from: 0.0, to: 2.0, counts };
                parts.extend(positive_distances(views, dimension).map(|counts| Part::new("distances", histogram(counts))));
                parts.extend(mean_distance(views, dimension).map(|mean| Part::number("mean_distance", mean as f32)));
            }
            Ok(parts)
        })
    }
}

/// A density at each of [`angles`].
pub(super) fn series(name: &str, density: &[f64]) -> Part {
    debug_assert_eq!(density.len(), density::PARTS + 1);
    Part::series(name, angles().iter().map(|angle| *angle as f32).collect(), density.iter().map(|value| *value as f32).collect())
}

/// The mean distance `|x_i - y_i|` of unit rows `[n, d]` and `[n, d]`, 0 to 2; rows with a number that is none are left out, and
/// nothing without rows.
fn mean_distance([x, y]: [&[f32]; 2], d: usize) -> Option<f64> {
    let d = d.max(1);
    let distance = |(x, y): (&[f32], &[f32])| x.iter().zip(y).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>().sqrt();
    let distances: Vec<f64> = x.chunks_exact(d).zip(y.chunks_exact(d)).map(distance).filter(|value| value.is_finite()).collect();
    (!distances.is_empty()).then(|| distances.iter().sum::<f64>() / distances.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ask, present, source};
    use super::*;

    fn knobs() -> Knobs {
        let mut knobs = Knobs::default();
        knobs.set("concentration", 4.0);
        knobs.set("class_a", 0i64);
        knobs.set("class_b", 77i64);
        knobs
    }

    fn values(parts: &[Part], wanted: &str) -> Option<Vec<f32>> {
        parts.iter().find(|part| part.name == wanted).and_then(|part| match &part.payload {
            Payload::Series { y, .. } => Some(y.clone()),
            Payload::Matrix { values, .. } => Some(values.clone()),
            _ => None,
        })
    }

    /// The three angles of the reference, METHODS.md 2.4; of a past step there are no pairs, and no class 77.
    #[test]
    fn a_past_step_has_densities_and_no_pairs() {
        let parts = ask(&CirclePicture, &source(vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0], 2), &knobs()).expect("parts");
        let density = values(&parts, "density").expect("a density");
        assert_eq!(density.len(), density::PARTS + 1);
        assert!((density[density::PARTS / 2] - 0.261_065_8).abs() < 1e-6, "{}", density[density::PARTS / 2]);
        assert_eq!(values(&parts, "map").map(|map| map.len()), Some(RINGS * SECTORS));
        assert!(parts.iter().all(|part| !["density_b", "distances", "mean_distance"].contains(&part.name.as_str())));
        let points = parts.iter().find(|part| part.name == "points").and_then(|part| part.payload.as_points());
        assert_eq!(points, Some((2, vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0])));
    }

    #[test]
    fn other_dimensions_are_told_what_helps() {
        let why = ask(&CirclePicture, &present(), &knobs()).expect_err("not two");
        assert!(why.contains("projector.dimension = 2"), "{why}");
        let why = ask(&CirclePicture, &Source::default(), &knobs()).expect_err("no run");
        assert!(why.contains("no run"), "{why}");
    }

    /// Distances of E2 (METHODS.md 0.2): sqrt(0.4) twice; a broken row does not count.
    #[test]
    fn the_mean_distance_is_that_of_whole_pairs() {
        let (x, y) = ([1.0, 0.0, 0.0, 1.0, f32::NAN, 0.0], [0.8, 0.6, 0.6, 0.8, 1.0, 0.0]);
        assert!((mean_distance([&x, &y], 2).expect("pairs") - 0.4f64.sqrt()).abs() < 1e-6);
        assert_eq!(mean_distance([&[], &[]], 2), None);
    }
}
