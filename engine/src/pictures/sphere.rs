//! The picture of embeddings on a circle or a sphere: as they are in two or three dimensions, projected otherwise.

mod steady;

use super::circle::series;
use super::density::{angle, von_mises};
use super::{Making, Picture, Source, nothing};
use crate::metrics::scatter::scatter;
use crate::pace::Pace;
use crate::projection::Projector3;
use crate::random::{Purpose, RngExt, stream};
use augsphere_spec::{Knobs, Part, Payload, Projection};

/// Parts:
///
/// - `points`: three coordinates of each of the first validation images, of length 1 (0 in the middle of a collapsed projection),
///   not numbers where the embedding is none;
/// - `projection`: one word, how they got there: `circle`, `sphere`, `principal`, `axes`;
/// - `explained`: the share of the variance of the embeddings along what is shown, 0 to 1;
/// - `dimension`: that of the embedding;
/// - `spread`: how far the embeddings lie from their mean, root of the mean square, 0 (all on one point) to 1;
/// - `density`, on a circle: the density of the angles ([`von_mises`]).
pub struct SpherePicture;

impl Picture for SpherePicture {
    fn name(&self) -> &'static str {
        "sphere"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let moment = &source.run()?.moment;
            if moment.count() == 0 {
                return nothing("There are no validation images whose embeddings could be shown.");
            }
            let wanted = Wanted::of(knobs);
            let Placed { xyz, projection, explained } = place(&moment.embedding, moment.dimension, wanted, pace).await;
            let mut parts = vec![
                Part::new("points", Payload::points(3, &xyz)),
                Part::new("projection", Payload::Words(vec![projection.into()])),
                Part::number("explained", explained),
                Part::number("dimension", moment.dimension as f32),
                Part::number("spread", spread(&moment.embedding, moment.dimension) as f32),
            ];
            if moment.dimension == 2 {
                let angles: Vec<f64> = moment.rows().filter_map(angle).collect();
                let kappa = knobs.float("concentration").clamp(0.0, 200.0);
                parts.extend(von_mises(&angles, kappa, pace).await.map(|density| series("density", &density)));
            }
            Ok(parts)
        })
    }
}

/// Which three axes of more than three are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted {
    /// Those of the largest variance.
    Principal,
    /// The first three coordinates.
    First,
    /// The first three of a permutation that this number seeds.
    Random(u64),
}

impl Wanted {
    fn of(knobs: &Knobs) -> Self {
        match knobs.text("axes") {
            "first" => Self::First,
            "random" => Self::Random(knobs.count("draw") as u64),
            _ => Self::Principal,
        }
    }
}

/// Points of the unit sphere.
struct Placed {
    /// `x, y, z` a row.
    xyz: Vec<f32>,
    projection: &'static str,
    explained: f32,
}

/// Puts rows `[n, d]` of unit length on a circle or sphere.
async fn place(rows: &[f32], d: usize, wanted: Wanted, pace: &Pace) -> Placed {
    let d = d.max(1);
    let finite: Vec<bool> = rows.chunks_exact(d).map(|row| row.iter().all(|value| value.is_finite())).collect();
    let sound: Vec<f32> =
        rows.chunks_exact(d).zip(&finite).filter(|(_, finite)| **finite).flat_map(|(row, _)| row).copied().collect();
    let Placed { xyz, projection, explained } = match (d, wanted) {
        (2 | 3, _) | (4.., Wanted::Principal) => projected(&sound, d, pace).await,
        (_, Wanted::Random(seed)) => along(&sound, d, &drawn(seed, d)),
        _ => along(&sound, d, &(0..d.min(3)).collect::<Vec<_>>()),
    };
    let mut placed = xyz.chunks_exact(3);
    let row = |finite: &bool| -> [f32; 3] {
        let next = if *finite { placed.next() } else { None };
        next.and_then(|row| row.try_into().ok()).unwrap_or([f32::NAN; 3])
    };
    Placed { xyz: finite.iter().flat_map(row).collect(), projection, explained }
}

/// Rows as they are on circle and sphere, else their first three principal components, each row moved out to length 1, turned so
/// that pictures of different steps are alike.
async fn projected(rows: &[f32], d: usize, pace: &Pace) -> Placed {
    let mut projector = Projector3::default();
    let mut found = projector.project(rows, d);
    let projection = match found.projection {
        Projection::Circle => "circle",
        Projection::Sphere => "sphere",
        Projection::Principal => "principal",
    };
    if projection == "principal" {
        // Each goes on from the axes of the one before, here without a picture before.
        for _ in 0..2 {
            pace.turn().await;
            found = projector.project(rows, d);
        }
        steady::turn(&mut found.xyz, rows, d);
    }
    Placed { xyz: found.xyz, projection, explained: found.explained }
}

/// Three coordinates of `d` or fewer, in the order of a permutation.
fn drawn(seed: u64, d: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..d).collect();
    stream(seed, Purpose::Projection, 0).shuffle(&mut order);
    order.truncate(3);
    order
}

/// The root of the mean squared distance of rows `[n, d]` from their mean; rows with a number that is none are left out, 0
/// without rows.
fn spread(rows: &[f32], d: usize) -> f64 {
    let labels = vec![0; rows.len() / d.max(1)];
    scatter(rows, d, &labels).map_or(0.0, |scatter| scatter.within.sqrt())
}

/// Rows along some of their coordinates, each moved out to length 1.
fn along(rows: &[f32], d: usize, axes: &[usize]) -> Placed {
    let unit = |row: &[f32]| -> [f32; 3] {
        let mut point = [0.0f64; 3];
        point.iter_mut().zip(axes).for_each(|(value, axis)| *value = f64::from(row[*axis]));
        let length = point.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
        point.map(|value| (value / length) as f32)
    };
    let xyz = rows.chunks_exact(d).flat_map(unit).collect();
    let count = (rows.len() / d).max(1) as f64;
    let variance = |axis: usize| {
        let values = || rows.iter().skip(axis).step_by(d).map(|value| f64::from(*value));
        let mean = values().sum::<f64>() / count;
        values().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    let all: f64 = (0..d).map(variance).sum();
    let seen: f64 = axes.iter().copied().map(variance).sum();
    let explained = if all > 0.0 { (seen / all).clamp(0.0, 1.0) } else { 0.0 };
    Placed { xyz, projection: "axes", explained: explained as f32 }
}

#[cfg(test)]
mod tests;
