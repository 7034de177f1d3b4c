//! The projection of embeddings into a picture.

use augsphere_spec::Projection;

/// Puts unit rows of any dimension into three, keeping one picture like the last.
#[derive(Default)]
pub struct Projector3 {
    /// Three orthonormal directions, warm-started from one picture to the next so that the picture does not jump.
    basis: Option<Vec<[f64; 3]>>,
}

/// Points in three dimensions, and how they got there.
pub struct Projected {
    /// How.
    pub projection: Projection,
    /// `x, y, z` a row.
    pub xyz: Vec<f32>,
    /// Share of the variance that is visible, 0 to 1; 1 where nothing was projected.
    pub explained: f32,
}

/// Sweeps of subspace iteration a picture; the warm start does the rest.
const SWEEPS: usize = 8;

impl Projector3 {
    /// Projects unit rows `[n, d]`: the circle for `d = 2`, the sphere for `d = 3`, otherwise the first three principal
    /// components (of the centred rows), each point scaled to unit length.
    pub fn project(&mut self, rows: &[f32], d: usize) -> Projected {
        match d {
            2 => Projected {
                projection: Projection::Circle,
                xyz: rows.chunks_exact(2).flat_map(|row| [row[0], row[1], 0.0]).collect(),
                explained: 1.0,
            },
            3 => Projected { projection: Projection::Sphere, xyz: rows.to_vec(), explained: 1.0 },
            _ => self.principal(rows, d.max(1)),
        }
    }

    /// The three directions of the last projection on principal axes, one row a dimension; nothing before there was one.
    pub(crate) fn directions(&self) -> Option<&[[f64; 3]]> {
        self.basis.as_deref()
    }

    fn principal(&mut self, rows: &[f32], d: usize) -> Projected {
        let n = (rows.len() / d).max(1) as f64;
        let mut mean = vec![0.0f64; d];
        for row in rows.chunks_exact(d) {
            mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += f64::from(*value) / n);
        }
        let centred = |row: &[f32]| row.iter().zip(&mean).map(|(value, mean)| f64::from(*value) - mean).collect::<Vec<f64>>();
        let centred: Vec<Vec<f64>> = rows.chunks_exact(d).map(centred).collect();
        let total: f64 = centred.iter().flatten().map(|value| value * value).sum();

        let mut basis = self.basis.take().filter(|basis| basis.len() == d).unwrap_or_else(|| start(d));
        let mut seen = [0.0; 3];
        for _ in 0..SWEEPS {
            // One step of subspace iteration: C B without ever forming C.
            let mut next = vec![[0.0f64; 3]; d];
            for row in &centred {
                let scores = coordinates(row, &basis);
                for (next, value) in next.iter_mut().zip(row) {
                    (0..3).for_each(|axis| next[axis] += scores[axis] * value);
                }
            }
            seen = orthonormalise(&mut next, &basis);
            basis = next;
        }
        let unit = |row: &Vec<f64>| {
            let point = coordinates(row, &basis);
            let length = point.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
            point.map(|value| (value / length) as f32)
        };
        let xyz = centred.iter().flat_map(unit).collect();
        self.basis = Some(basis);
        let explained = if total > 0.0 { (seen.iter().sum::<f64>() / total).clamp(0.0, 1.0) } else { 0.0 };
        Projected { projection: Projection::Principal, xyz, explained: explained as f32 }
    }
}

/// Three fixed directions that no symmetric data set is likely to be orthogonal to.
fn start(d: usize) -> Vec<[f64; 3]> {
    let value = |i: usize, axis: usize| ((i * 7 + axis * 13 + 3) * (i + axis * 5 + 1) % 29) as f64 / 29.0 - 0.5;
    (0..d).map(|i| [value(i, 0), value(i, 1), value(i, 2)]).collect()
}

fn coordinates(row: &[f64], basis: &[[f64; 3]]) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (value, direction) in row.iter().zip(basis) {
        (0..3).for_each(|axis| sums[axis] += value * direction[axis]);
    }
    sums
}

/// Gram and Schmidt, columns in order; a column that vanishes keeps its old direction. Returns the columns' lengths,
/// which converge to the eigenvalues.
fn orthonormalise(columns: &mut [[f64; 3]], old: &[[f64; 3]]) -> [f64; 3] {
    let mut lengths = [0.0; 3];
    for axis in 0..3 {
        for earlier in 0..axis {
            let dot: f64 = columns.iter().map(|row| row[axis] * row[earlier]).sum();
            columns.iter_mut().for_each(|row| row[axis] -= dot * row[earlier]);
        }
        let length = columns.iter().map(|row| row[axis] * row[axis]).sum::<f64>().sqrt();
        lengths[axis] = length;
        for (row, old) in columns.iter_mut().zip(old) {
            row[axis] = if length > 1e-12 { row[axis] / length } else { old[axis] };
        }
    }
    lengths
}
