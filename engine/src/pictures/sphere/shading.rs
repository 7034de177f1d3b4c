//! The density of points of the sphere.

use crate::losses::uniformity_optimum;
use crate::pace::Pace;
use std::f64::consts::PI;

/// Kernels between two turns: some hundredths of a second in a browser.
const PIECE: usize = 1 << 20;

/// Places on the sphere at which a density is told: from the upper pole to the lower one `rows` equal steps, and around the upright axis
/// twice as many, so that each is as long. Narrow kernels need shorter ones.
pub(super) fn rows(kappa: f64) -> usize {
    if kappa <= 50.0 { 36 } else { 72 }
}

/// The places, `[rows + 1, 2 rows]`, from the upper pole on; around it they begin at x and go on towards z.
pub(super) fn grid(rows: usize) -> impl Iterator<Item = [f64; 3]> {
    let angle = move |part: usize| PI * part as f64 / rows as f64;
    (0..=rows).flat_map(move |row| {
        let (ring, height) = angle(row).sin_cos();
        (0..2 * rows).map(move |column| {
            let (sin, cos) = angle(column).sin_cos();
            [ring * cos, height, ring * sin]
        })
    })
}

/// The kernel estimate of a density on the sphere, per steradian, at each of `places`; an even spread has 1/(4 pi). Nothing without data.
///
/// `p(x) = 1/N sum_i exp(kappa (x . x_i - 1)) / (4 pi exp(-kappa) sinh(kappa) / kappa)` with the von Mises-Fisher density of
/// concentration `kappa`, 0 to 200, as kernel: on the sphere what METHODS.md 2.4 has for the circle. Its norm is that of proposition 3 of
/// Wang and Isola 2020 in three dimensions: the least uniformity there is `-2t + log(sinh(2t) / (2t))` (METHODS.md 2.2), here with
/// `t = kappa / 2`.
pub(super) async fn von_mises_fisher(
    data: &[[f64; 3]],
    places: impl Iterator<Item = [f64; 3]>,
    kappa: f64,
    pace: &Pace,
) -> Option<Vec<f64>> {
    let norm = 4.0 * PI * uniformity_optimum(3, kappa / 2.0).exp() * data.len() as f64;
    let mut density = Vec::new();
    let mut kernels = 0;
    for [x, y, z] in places {
        let kernel = |point: &[f64; 3]| (kappa * (x * point[0] + y * point[1] + z * point[2] - 1.0)).exp();
        density.push(data.iter().map(kernel).sum::<f64>() / norm);
        kernels += data.len();
        if kernels > PIECE {
            kernels = 0;
            pace.turn().await;
        }
    }
    (!data.is_empty()).then_some(density)
}

/// Points `x, y, z` that are on the sphere, not in its middle or nowhere.
pub(super) fn directions(xyz: &[f32]) -> Vec<[f64; 3]> {
    let point = |point: &[f32; 3]| {
        let point = point.map(f64::from);
        let length = point.iter().map(|value| value * value).sum::<f64>().sqrt();
        (length.is_finite() && length > 0.5).then(|| point.map(|value| value / length))
    };
    xyz.as_chunks::<3>().0.iter().filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;

    fn density(data: &[[f64; 3]], places: impl Iterator<Item = [f64; 3]>, kappa: f64) -> Option<Vec<f64>> {
        at_once(von_mises_fisher(data, places, kappa, &Pace::default()))
    }

    /// By hand for one point and a concentration of 4: `4 / (2 pi (1 - exp(-8)))` there, `exp(-4)` of it a quarter turn away, `exp(-8)`
    /// on the other side.
    #[test]
    fn the_density_is_that_of_von_mises_and_fisher() {
        let places = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]];
        let found = density(&[[0.0, 0.0, 1.0]], places.into_iter(), 4.0).expect("data");
        let top = 0.636_833_406_175_553;
        for (found, expected) in found.iter().zip([top, top * (-4.0f64).exp(), top * (-8.0f64).exp()]) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        assert_eq!(density(&[], places.into_iter(), 4.0), None);
        let even = density(&places, places.into_iter(), 0.0).expect("data");
        assert!(even.iter().all(|value| (value - 0.25 / PI).abs() < 1e-12), "no concentration: even");
    }

    /// The whole is 1 for any concentration: on 20,000 places that share the sphere equally (Fibonacci's lattice).
    #[test]
    fn the_whole_is_one() {
        let count = 20_000;
        let lattice = |at: u32| {
            let height = 1.0 - (2.0 * f64::from(at) + 1.0) / f64::from(count);
            let (sin, cos) = (f64::from(at) * PI * (3.0 - 5.0f64.sqrt())).sin_cos();
            let ring = (1.0 - height * height).sqrt();
            [ring * cos, height, ring * sin]
        };
        for kappa in [0.0, 0.5, 20.0, 200.0] {
            let found = density(&[[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]], (0..count).map(lattice), kappa).expect("data");
            let whole = 4.0 * PI * found.iter().sum::<f64>() / f64::from(count);
            assert!((whole - 1.0).abs() < 2e-4, "{whole} at {kappa}");
        }
    }

    #[test]
    fn the_grid_goes_from_pole_to_pole_and_broken_points_have_no_direction() {
        let places: Vec<[f64; 3]> = grid(4).collect();
        let near = |a: &[f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert_eq!(places.len(), 5 * 8);
        assert!(near(&places[0], [0.0, 1.0, 0.0]) && near(&places[39], [0.0, -1.0, 0.0]));
        assert!(near(&places[16], [1.0, 0.0, 0.0]) && near(&places[18], [0.0, 0.0, 1.0]));
        let found = directions(&[0.0, 0.0, 0.0, f32::NAN, 0.0, 1.0, 0.0, 2.0, 0.0]);
        assert_eq!(found, [[0.0, 1.0, 0.0]]);
    }
}
