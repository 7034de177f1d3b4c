//! How embeddings get onto the sphere: the same way for all that a picture shows.

use super::steady;
use crate::pace::Pace;
use crate::projection::Projector3;
use crate::random::{Purpose, RngExt, stream};
use augsphere_spec::{Knobs, Projection};

/// Which three axes of more than three are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted {
    /// Those of the largest variance.
    Principal,
    /// The first three coordinates.
    First,
    /// The first three of a permutation that this number seeds.
    Random(u64),
    /// These coordinates, counted from 0; the last one for those that are not there.
    Chosen([usize; 3]),
}

impl Wanted {
    /// What the knobs say.
    pub fn of(knobs: &Knobs) -> Self {
        match knobs.text("axes") {
            "first" => Self::First,
            "random" => Self::Random(knobs.count("draw") as u64),
            "chosen" => Self::Chosen(["axis_1", "axis_2", "axis_3"].map(|knob| knobs.count(knob).saturating_sub(1))),
            _ => Self::Principal,
        }
    }
}

/// Three axes of the space of embeddings, and where their origin is.
pub(super) struct Lens {
    /// One word: `circle`, `sphere`, `principal`, `axes`.
    pub how: &'static str,
    /// Share of the variance of the embeddings along the axes, 0 to 1.
    pub explained: f32,
    /// Subtracted from each embedding before.
    origin: Vec<f64>,
    /// The axes, one row a dimension.
    axes: Vec<[f64; 3]>,
    /// Whether what is projected is moved out to length 1.
    unit: bool,
}

impl Lens {
    /// The axes for rows `[n, d]` of unit length; those with a number that is none do not count.
    pub async fn of(rows: &[f32], d: usize, wanted: Wanted, pace: &Pace) -> Self {
        let d = d.max(1);
        let finite = |row: &&[f32]| row.iter().all(|value| value.is_finite());
        let sound: Vec<f32> = rows.chunks_exact(d).filter(finite).flatten().copied().collect();
        match (d, wanted) {
            (2 | 3, _) => Self {
                how: if d == 2 { "circle" } else { "sphere" },
                explained: 1.0,
                origin: vec![0.0; d],
                axes: columns(&[0, 1, 2], d),
                unit: false,
            },
            (4.., Wanted::Principal) => Self::principal(&sound, d, pace).await,
            (_, Wanted::Random(seed)) => Self::along(&sound, d, &drawn(seed, d)),
            (_, Wanted::Chosen(axes)) => Self::along(&sound, d, &axes.map(|axis| axis.min(d - 1))),
            _ => Self::along(&sound, d, &(0..d.min(3)).collect::<Vec<_>>()),
        }
    }

    /// The first three principal axes, turned so that pictures of different steps are alike.
    async fn principal(rows: &[f32], d: usize, pace: &Pace) -> Self {
        let mut projector = Projector3::default();
        let mut found = projector.project(rows, d);
        debug_assert_eq!(found.projection, Projection::Principal);
        // Each goes on from the axes of the one before, here without a picture before.
        for _ in 0..2 {
            pace.turn().await;
            found = projector.project(rows, d);
        }
        let mut axes = projector.directions().map_or_else(|| columns(&[0, 1, 2], d), <[_]>::to_vec);
        if let Some(turn) = steady::turn(&found.xyz, rows, d) {
            for row in &mut axes {
                *row = [0, 1, 2].map(|axis| (0..3).map(|from| row[from] * turn[from][axis]).sum());
            }
        }
        Self { how: "principal", explained: found.explained, origin: steady::mean(rows, d), axes, unit: true }
    }

    /// Some of the coordinates.
    fn along(rows: &[f32], d: usize, axes: &[usize]) -> Self {
        let count = (rows.len() / d).max(1) as f64;
        let variance = |axis: usize| {
            let values = || rows.iter().skip(axis).step_by(d).map(|value| f64::from(*value));
            let mean = values().sum::<f64>() / count;
            values().map(|value| (value - mean).powi(2)).sum::<f64>()
        };
        let all: f64 = (0..d).map(variance).sum();
        let seen: f64 = (0..d).filter(|axis| axes.contains(axis)).map(variance).sum();
        let explained = if all > 0.0 { (seen / all).clamp(0.0, 1.0) } else { 0.0 };
        Self { how: "axes", explained: explained as f32, origin: vec![0.0; d], axes: columns(axes, d), unit: true }
    }

    /// Coordinates of a vector along the axes.
    fn coordinates(&self, vector: impl Iterator<Item = f64>) -> [f64; 3] {
        let mut sums = [0.0; 3];
        for (value, axes) in vector.zip(&self.axes) {
            (0..3).for_each(|axis| sums[axis] += axes[axis] * value);
        }
        sums
    }

    fn projected(&self, row: &[f32]) -> [f64; 3] {
        self.coordinates(row.iter().zip(&self.origin).map(|(value, origin)| f64::from(*value) - origin))
    }

    /// Where an embedding is seen; no numbers if it has one that is none.
    pub fn place(&self, row: &[f32]) -> [f32; 3] {
        if row.len() != self.axes.len() || !row.iter().all(|value| value.is_finite()) {
            return [f32::NAN; 3];
        }
        let point = self.projected(row);
        let length = if self.unit { length(point).max(TINY) } else { 1.0 };
        point.map(|value| (value / length) as f32)
    }

    /// How fast what is seen of an embedding moves when the embedding moves `along` a direction: the derivative of [`Lens::place`].
    ///
    /// With `p` the place and `l` the length before it was moved out, `(I - p p^T) A^T v / l`; 0 in the middle of a projection.
    pub fn moved(&self, row: &[f32], along: &[f32]) -> [f32; 3] {
        let step = self.coordinates(along.iter().map(|value| f64::from(*value)));
        if !self.unit {
            return step.map(|value| value as f32);
        }
        let point = self.projected(row);
        let length = length(point);
        if length.is_nan() || length < MIDDLE {
            return [0.0; 3];
        }
        let radial = point.iter().zip(&step).map(|(point, step)| point * step).sum::<f64>() / (length * length);
        [0, 1, 2].map(|axis| ((step[axis] - radial * point[axis]) / length) as f32)
    }
}

/// Below this length a direction is not divided by its length but by this.
const TINY: f64 = 1e-12;
/// Nearer to the middle of a projection than this, which way a point moves is rounding.
const MIDDLE: f64 = 1e-6;

fn length(point: [f64; 3]) -> f64 {
    point.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// Axes along some coordinates, none for those that are not there.
fn columns(coordinates: &[usize], d: usize) -> Vec<[f64; 3]> {
    let row = |at: usize| [0, 1, 2].map(|axis| f64::from(u8::from(coordinates.get(axis) == Some(&at))));
    (0..d).map(row).collect()
}

/// Three coordinates of `d` or fewer, in the order of a permutation.
pub(super) fn drawn(seed: u64, d: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..d).collect();
    stream(seed, Purpose::Projection, 0).shuffle(&mut order);
    order.truncate(3);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;

    fn lens(rows: &[f32], d: usize, wanted: Wanted) -> Lens {
        at_once(Lens::of(rows, d, wanted, &Pace::default()))
    }

    /// The derivative is that of the place, by differences.
    #[test]
    fn what_moves_an_embedding_moves_what_is_seen_of_it() {
        let mut rng = stream(3, Purpose::SelfTest, 0);
        let unit = |row: Vec<f32>| {
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            row.into_iter().map(move |value| value / length).collect::<Vec<f32>>()
        };
        for d in [2, 3, 5] {
            let rows: Vec<f32> = (0..30).flat_map(|_| unit((0..d).map(|_| rng.normal()).collect())).collect();
            for wanted in [Wanted::Principal, Wanted::Chosen([d - 1, 0, 1]), Wanted::Random(4)] {
                let lens = lens(&rows, d, wanted);
                let (row, along) = (&rows[..d], &rows[d..2 * d]);
                let shifted = |share: f32| {
                    let moved: Vec<f32> = row.iter().zip(along).map(|(row, along)| row + share * along).collect();
                    lens.place(&moved)
                };
                let (found, one, other) = (lens.moved(row, along), shifted(1e-3), shifted(-1e-3));
                for axis in 0..3 {
                    let expected = (one[axis] - other[axis]) / 2e-3;
                    assert!((found[axis] - expected).abs() < 2e-3 * (1.0 + expected.abs()), "{d}: {} {expected}", found[axis]);
                }
            }
        }
    }

    /// Coordinates that are chosen are seen in their order; the variance of one that is chosen twice counts once.
    #[test]
    fn chosen_axes_are_seen_in_their_order() {
        let rows = [0.6, 0.0, 0.0, 0.8, -0.6, 0.0, 0.0, -0.8];
        let lens = lens(&rows, 4, Wanted::Chosen([3, 0, 1]));
        let place = lens.place(&rows[..4]);
        assert!(place.iter().zip([0.8, 0.6, 0.0]).all(|(found, expected)| (found - expected).abs() < 1e-6), "{place:?}");
        assert!((lens.explained - 1.0).abs() < 1e-6);
        let twice = at_once(Lens::of(&rows, 4, Wanted::Chosen([0, 0, 99]), &Pace::default()));
        assert!((twice.explained - 1.0).abs() < 1e-6, "the last one for one that is not there");
        let once = at_once(Lens::of(&rows, 4, Wanted::Chosen([0, 0, 1]), &Pace::default()));
        assert!((once.explained - 0.36).abs() < 1e-6, "{}", once.explained);
    }

    #[test]
    fn the_middle_of_a_projection_and_broken_rows_go_nowhere() {
        let rows = [0.5f32; 8];
        let lens = lens(&rows, 4, Wanted::Principal);
        assert_eq!(lens.moved(&rows[..4], &[1.0, 0.0, 0.0, 0.0]), [0.0; 3]);
        assert!(lens.place(&rows[..4]).iter().all(|value| value.is_finite()));
        assert!(lens.place(&[0.0, f32::NAN, 0.0, 0.0]).iter().chain(&lens.place(&[1.0])).all(|value| value.is_nan()));
    }
}
