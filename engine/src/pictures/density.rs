//! Densities of directions on the circle, from the angles of embeddings of two dimensions.

use crate::losses::uniformity_optimum;
use crate::pace::Pace;
use std::f64::consts::{PI, TAU};

/// Equal parts of the circle at whose ends a density is told.
pub(super) const PARTS: usize = 240;

/// Kernels between two turns: some hundredths of a second in a browser.
const PIECE: usize = 1 << 20;

/// The angles at which densities are told, from -pi to pi, both included.
pub(super) fn angles() -> Vec<f64> {
    (0..=PARTS).map(|part| TAU * part as f64 / PARTS as f64 - PI).collect()
}

/// The angle of a row of two numbers, -pi to pi, counted from the right against the clock; nothing if it has none.
pub(super) fn angle(row: &[f32]) -> Option<f64> {
    let &[x, y] = row else { return None };
    ((x * x + y * y).is_finite() && (x, y) != (0.0, 0.0)).then(|| f64::from(y).atan2(f64::from(x)))
}

/// The kernel estimate of a density on the circle, per radian, at each of [`angles`]; an even spread has 1/(2 pi). Nothing
/// without data.
///
/// `p(theta) = 1/N sum_i exp(kappa (cos(theta - theta_i) - 1)) / (2 pi exp(-kappa) I0(kappa))` with the von Mises density of
/// concentration `kappa`, 0 to 200, as kernel: the plot of angles of Wang and Isola 2020, figures 3 and 4 (METHODS.md 2.4). Its
/// norm is that of their proposition 3 on the circle: the least uniformity there is `-2t + log I0(2t)`, here with `t = kappa /
/// 2`.
pub(super) async fn von_mises(data: &[f64], kappa: f64, pace: &Pace) -> Option<Vec<f64>> {
    let norm = TAU * uniformity_optimum(2, kappa / 2.0).exp() * data.len() as f64;
    let mut density = vec![0.0; PARTS + 1];
    let piece = PIECE / (PARTS + 1);
    for data in data.chunks(piece) {
        for (sum, at) in density.iter_mut().zip(angles()) {
            *sum += data.iter().map(|angle| (kappa * ((at - angle).cos() - 1.0)).exp() / norm).sum::<f64>();
        }
        pace.turn().await;
    }
    (!data.is_empty()).then_some(density)
}

/// Equal parts of the circle in a map.
pub(super) const SECTORS: usize = 96;
/// Rings of a map.
pub(super) const RINGS: usize = 17;
/// Radii of the middles of the first and the last ring.
const RADII: (f64, f64) = (0.4, 1.6);

/// The radii of the middles of the rings of a map, from the inside.
pub(super) fn radii() -> impl Iterator<Item = f64> {
    (0..RINGS).map(|ring| RADII.0 + (RADII.1 - RADII.0) * ring as f64 / (RINGS - 1) as f64)
}

/// A map of the density of points of the unit circle in the plane around it: `[RINGS, SECTORS]`, at the middles of rings from the
/// inside and of sectors from -pi on, divided by the largest; zeros without data.
///
/// The kernel estimate with Gaussians of variance `1 / kappa`, as Wang and Isola 2020, figures 3 and 4, draw features: on the
/// circle itself it is the von Mises estimate up to a factor, because `|x - y|^2 / 2 = 1 - cos` there.
pub(super) async fn gaussian_map(data: &[f64], kappa: f64, pace: &Pace) -> Vec<f32> {
    let middle = |sector: usize| TAU * (sector as f64 + 0.5) / SECTORS as f64 - PI;
    let mut map = Vec::with_capacity(RINGS * SECTORS);
    for radius in radii() {
        for at in (0..SECTORS).map(middle) {
            let squared = |angle: &f64| 1.0 + radius * radius - 2.0 * radius * (at - angle).cos();
            map.push(data.iter().map(|angle| (-0.5 * kappa * squared(angle)).exp()).sum::<f64>());
        }
        pace.turn().await;
    }
    let most = map.iter().copied().fold(0.0, f64::max);
    map.into_iter().map(|sum| if most > 0.0 { (sum / most) as f32 } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;
    use std::f64::consts::FRAC_PI_2;

    fn density(data: &[f64], kappa: f64) -> Option<Vec<f64>> {
        at_once(von_mises(data, kappa, &Pace::default()))
    }

    /// The check of METHODS.md 2.4, and a whole of 1 for any concentration.
    #[test]
    fn densities_are_those_of_the_reference_and_whole() {
        let data = [0.0, FRAC_PI_2, PI];
        let found = density(&data, 4.0).expect("data");
        let quarter = PARTS / 4;
        for (part, expected) in [(2, 0.261_065_786_465), (3, 0.265_673_849_863), (1, 0.009_474_049_694)] {
            assert!((found[part * quarter] - expected).abs() < 1e-11, "{}", found[part * quarter]);
        }
        for kappa in [0.0, 0.5, 20.0, 200.0] {
            let found = density(&[0.3], kappa).expect("data");
            let whole: f64 = found[..PARTS].iter().sum::<f64>() * TAU / PARTS as f64;
            assert!((whole - 1.0).abs() < 1e-9, "{whole} at {kappa}");
            assert!((found[0] - found[PARTS]).abs() < 1e-12);
        }
        assert_eq!(density(&[], 4.0), None);
        assert!(
            density(&data, 0.0).expect("data").iter().all(|value| (value - 1.0 / TAU).abs() < 1e-12),
            "no concentration: even"
        );
    }

    #[test]
    fn a_map_is_highest_where_the_points_are_and_falls_off_as_a_gaussian() {
        let middle = TAU * 30.5 / SECTORS as f64 - PI;
        let map = at_once(gaussian_map(&[middle], 20.0, &Pace::default()));
        let at = |ring: usize, sector: usize| f64::from(map[ring * SECTORS + sector]);
        assert_eq!((map.len(), at(RINGS / 2, 30)), (RINGS * SECTORS, 1.0));
        assert!((at(RINGS / 2 + 1, 30) - (-10.0 * 0.075f64 * 0.075).exp()).abs() < 1e-6, "0.075 farther out");
        let around = (10.0 * 2.0 * ((TAU / SECTORS as f64).cos() - 1.0)).exp();
        assert!((at(RINGS / 2, 31) - around).abs() < 1e-6, "a sector on");
        assert_eq!(at_once(gaussian_map(&[], 20.0, &Pace::default())), vec![0.0; RINGS * SECTORS]);
    }

    #[test]
    fn what_has_no_direction_has_no_angle() {
        assert_eq!([angle(&[0.0, 0.0]), angle(&[f32::NAN, 1.0]), angle(&[1.0])], [None; 3]);
        assert_eq!(angle(&[0.0, 2.0]), Some(FRAC_PI_2));
    }
}
