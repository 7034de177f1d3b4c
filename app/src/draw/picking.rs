//! Which point is under the pointer?

use augsphere_charts::Camera;

/// The point nearest to the pixel `at` within `reach` pixels; where several are, the one nearest to the viewer.
///
/// `shown` says whether a point is drawn at all.
pub fn pick(
    points: &[[f32; 3]],
    camera: &Camera,
    size: (f32, f32),
    at: (f32, f32),
    reach: f32,
    shown: impl Fn(usize) -> bool,
) -> Option<usize> {
    let mut best: Option<(f32, usize)> = None;
    for (index, &point) in points.iter().enumerate() {
        if !shown(index) {
            continue;
        }
        let placed = camera.project(point, size.0, size.1);
        let distance = (placed.x - at.0).hypot(placed.y - at.1);
        if distance > reach {
            continue;
        }
        // One radius of depth counts as much as the whole reach: the far side is picked only where nothing is in front.
        let cost = distance / reach - placed.depth;
        if best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, index));
        }
    }
    best.map(|(_, index)| index)
}

/// The next shown point after `from`, going round; `step` is 1 or -1.
pub fn walk(count: usize, from: Option<usize>, step: isize, shown: impl Fn(usize) -> bool) -> Option<usize> {
    let length = isize::try_from(count).ok().filter(|&length| length > 0)?;
    let start = from.and_then(|index| isize::try_from(index).ok()).unwrap_or(if step > 0 { -1 } else { 0 });
    (1..=length).map(|away| (start + step * away).rem_euclid(length) as usize).find(|&index| shown(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: [[f32; 3]; 3] = [[0.0, 0.0, -1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]];

    #[test]
    fn the_nearer_side_wins() {
        let found = pick(&POINTS, &Camera::front(1.0), (200.0, 200.0), (101.0, 100.0), 10.0, |_| true);
        assert_eq!(found, Some(1));
        let behind = pick(&POINTS, &Camera::front(1.0), (200.0, 200.0), (101.0, 100.0), 10.0, |index| index != 1);
        assert_eq!(behind, Some(0));
        assert_eq!(pick(&POINTS, &Camera::front(1.0), (200.0, 200.0), (20.0, 20.0), 10.0, |_| true), None);
    }

    #[test]
    fn walking_goes_round_and_skips_what_is_hidden() {
        assert_eq!(walk(3, None, 1, |_| true), Some(0));
        assert_eq!(walk(3, Some(2), 1, |_| true), Some(0));
        assert_eq!(walk(3, Some(0), -1, |index| index != 2), Some(1));
        assert_eq!(walk(3, Some(0), 1, |_| false), None);
        assert_eq!(walk(0, None, 1, |_| true), None);
    }
}
