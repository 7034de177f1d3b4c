//! The picture of embeddings on a circle or a sphere: as they are in two or three dimensions, projected otherwise.

mod chosen;
mod closest;
mod forces;
mod lens;
mod shading;
mod steady;
mod trails;

use super::circle::series;
use super::density::{PARTS, angle, von_mises};
use super::{KeptMoment, Making, Picture, RunSource, Source, Trouble, nothing};
use crate::metrics::scatter::scatter;
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part, Payload};
use lens::{Lens, Wanted};

/// Parts, of every picture:
///
/// - `points`: three coordinates of each of the first validation images, of length 1 (0 in the middle of a collapsed projection),
///   not numbers where the embedding is none;
/// - `projection`: one word, how they got there: `circle`, `sphere`, `principal`, `axes`;
/// - `explained`: the share of the variance of the embeddings along what is shown, 0 to 1;
/// - `dimension`: that of the embedding;
/// - `spread`: how far the embeddings lie from their mean, root of the mean square, 0 (all on one point) to 1.
///
/// What else there is is seen along the same axes:
///
/// - on a circle `density`: the density of the angles ([`von_mises`]), and `class_densities`: a row of the same for each of the
///   `density_classes`;
/// - with the knob `density`, not on a circle, `shading`: the density of the points on the sphere, per steradian
///   ([`shading::von_mises_fisher`]), on [`shading::grid`];
/// - of the image of the knob `image`: `neighbours`, the numbers and the cosines of the six nearest; of the present with the knob `views`
///   also `views`, two points, `view_cosine`, that of their embeddings, and `view_images`;
/// - of the present with the knob `closest`: `closest_pair`, the numbers of the images `image` and `other`, or of those that are found where
///   they are negative, as in the picture `closest`; `closest_views`, two points, where the network puts their closest views;
///   `closest_cosine`, that of these embeddings, and `pair_cosine`, that of the images' own; `closest_distance` and `pair_distance`, of the
///   pixels of either; or `closest_unknown`, a sentence that says why there are none;
/// - with the knob `trails`: `trail_steps`, the steps of up to [`super::TRAIL`] moments up to this one; `trail`, the points of the chosen image
///   then; `trail_centres`, a row for each of the `trail_classes`: the mean point of its images at each moment;
/// - of the present, `prototypes`: a point for each class, not numbers for one without, if the method keeps them;
/// - of the present with the knob `forces`: `force_points`, the two views of some validation images one after the other, as they are in a
///   batch; `force_images`, the number of the image of each; `force_cosine`, that of the first two there; `pull` and `push`: how fast each point moves by either; or
///   `forces_unknown`, a sentence that says why there are none.
pub struct SpherePicture;

impl Picture for SpherePicture {
    fn name(&self) -> &'static str {
        "sphere"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let run = source.run()?;
            let moment = &run.moment;
            if moment.count() == 0 {
                return nothing("There are no validation images whose embeddings could be shown.");
            }
            let lens = Lens::of(&moment.embedding, moment.dimension, Wanted::of(knobs), pace).await;
            let xyz: Vec<f32> = moment.rows().flat_map(|row| lens.place(row)).collect();
            let mut parts = vec![
                Part::new("points", Payload::points(3, &xyz)),
                Part::new("projection", Payload::Words(vec![lens.how.into()])),
                Part::number("explained", lens.explained),
                Part::number("dimension", moment.dimension as f32),
                Part::number("spread", spread(&moment.embedding, moment.dimension) as f32),
            ];
            let kappa = knobs.float("concentration").clamp(0.0, 200.0);
            if moment.dimension == 2 {
                parts.extend(around(moment, run.labels(), kappa, pace).await);
            } else if knobs.switch("density") {
                let (rows, data) = (shading::rows(kappa), shading::directions(&xyz));
                let density = shading::von_mises_fisher(&data, shading::grid(rows), kappa, pace).await;
                let values = density.map(|density| density.into_iter().map(|value| value as f32).collect());
                parts.extend(values.map(|values| Part::matrix("shading", 2 * rows, values)));
            }
            let image = chosen::image(knobs, moment.count());
            if let Some(image) = image {
                parts.extend(chosen::neighbours(run, image));
                if knobs.switch("views") {
                    parts.extend(chosen::views(run, &lens, image, pace).await?);
                }
            }
            if knobs.switch("closest") {
                parts.extend(closest::parts(run, &lens, knobs, pace).await?);
            }
            if knobs.switch("trails") {
                parts.extend(trails::parts(run, &lens, image, pace).await);
            }
            parts.extend(prototypes(run, &lens).await?);
            if knobs.switch("forces") {
                parts.extend(forces::parts(run, &lens, image).await?);
            }
            Ok(parts)
        })
    }
}

/// Densities on the circle: of all and of each class with images.
async fn around(moment: &KeptMoment, labels: &[u8], kappa: f64, pace: &Pace) -> Vec<Part> {
    let angles: Vec<Option<f64>> = moment.rows().map(angle).collect();
    let all: Vec<f64> = angles.iter().flatten().copied().collect();
    let mut parts: Vec<Part> =
        von_mises(&all, kappa, pace).await.map(|density| series("density", &density)).into_iter().collect();
    let (mut classes, mut values): (Vec<f32>, Vec<f32>) = (Vec::new(), Vec::new());
    for class in 0..=labels.iter().copied().max().unwrap_or(0) {
        let own: Vec<f64> =
            angles.iter().zip(labels).filter(|(_, label)| **label == class).filter_map(|(angle, _)| *angle).collect();
        if let Some(density) = von_mises(&own, kappa, pace).await {
            classes.push(f32::from(class));
            values.extend(density.iter().map(|value| *value as f32));
        }
    }
    parts.push(Part::series("density_classes", classes.clone(), classes));
    parts.push(Part::matrix("class_densities", PARTS + 1, values));
    parts
}

/// The prototypes of the method, where the network is there.
async fn prototypes(run: &RunSource, lens: &Lens) -> Result<Option<Part>, Trouble> {
    let Some(network) = &run.checkpoint else { return Ok(None) };
    let Some(rows) = network.prototypes().await? else { return Ok(None) };
    // One that was not met yet is zero.
    let place = |row: &[f32]| if row.iter().any(|value| *value != 0.0) { lens.place(row) } else { [f32::NAN; 3] };
    let points: Vec<f32> = rows.chunks_exact(run.moment.dimension.max(1)).flat_map(place).collect();
    Ok(Some(Part::new("prototypes", Payload::points(3, &points))))
}

/// The root of the mean squared distance of rows `[n, d]` from their mean; rows with a number that is none are left out, 0
/// without rows.
fn spread(rows: &[f32], d: usize) -> f64 {
    let labels = vec![0; rows.len() / d.max(1)];
    scatter(rows, d, &labels).map_or(0.0, |scatter| scatter.within.sqrt())
}

#[cfg(test)]
mod tests;
