//! The sphere of a kept run: the file that it is, and what is seen in it.

use augsphere_spec::{Points, npy};

/// Embeddings of a run in three dimensions, and their classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sphere {
    /// Points of the unit sphere or circle.
    pub points: Vec<[f32; 3]>,
    /// The class of each.
    pub labels: Vec<u8>,
}

impl Sphere {
    /// The sphere in `sphere.npy`; nothing if that is another file, or not all of its numbers are finite.
    pub fn read(file: &[u8]) -> Option<Self> {
        let rows = npy::rows::<4>(file)?;
        let sound = rows.iter().flatten().all(|number| number.is_finite());
        sound.then(|| Self {
            points: rows.iter().map(|&[x, y, z, _]| [x, y, z]).collect(),
            labels: rows.iter().map(|row| row[3] as u8).collect(),
        })
    }

    /// The sphere that the session has told; `labels` are the classes of these points and perhaps of more.
    pub fn of(points: &Points, labels: &[u8]) -> Self {
        let (points, labels): (Vec<_>, Vec<_>) = points.xyz.iter().zip(labels).unzip();
        Self { points, labels }
    }

    /// Whether it is a circle: nothing lies above or below it.
    pub fn is_circle(&self) -> bool {
        self.points.iter().all(|point| point[2] == 0.0)
    }
}

/// `sphere.npy`: `x, y, z` of each embedding, and the number of its class.
pub fn sphere_file(points: &Points, labels: &[u8]) -> Vec<u8> {
    let rows: Vec<[f32; 4]> = points.xyz.iter().zip(labels).map(|(&[x, y, z], &label)| [x, y, z, f32::from(label)]).collect();
    let numbers: Vec<u8> = rows.as_flattened().iter().flat_map(|value| value.to_le_bytes()).collect();
    npy::write("<f4", &[rows.len(), 4], &numbers)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use augsphere_spec::Projection;

    fn points(numbers: &[f32]) -> Points {
        let xyz = numbers.as_chunks::<3>().0.to_vec();
        Points { step: 1, projection: Projection::Sphere, dimension: 3, explained: 1.0, xyz, neighbours: None, pair: None }
    }

    #[test]
    fn a_sphere_comes_back_from_its_file() {
        let points = points(&[1.0, 0.0, 0.0, 0.0, 0.6, -0.8]);
        let sphere = Sphere::read(&sphere_file(&points, &[7, 255])).unwrap();
        assert_eq!(sphere, Sphere::of(&points, &[7, 255]));
        assert_eq!((sphere.points[1], sphere.labels[1], sphere.is_circle()), ([0.0, 0.6, -0.8], 255, false));
    }

    #[test]
    fn what_is_no_sphere_is_left_alone() {
        assert_eq!(Sphere::read(b"not an array"), None);
        assert_eq!(Sphere::read(&sphere_file(&points(&[f32::NAN, 0.0, 0.0]), &[1])), None);
    }
}
