//! How do many points become few without hiding anything?

/// Keeps the first, lowest, highest and last point of each of `columns` equal stretches of x, in their order.
///
/// A spike therefore stays visible however long the run is. Points that are not finite are left out.
pub fn decimate(points: &[(f64, f64)], columns: usize) -> Vec<(f64, f64)> {
    let finite: Vec<(f64, f64)> = points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let (Some(first), Some(last)) = (finite.first(), finite.last()) else { return Vec::new() };
    if finite.len() <= 4 * columns.max(1) || last.0 <= first.0 {
        return finite;
    }
    let column = |x: f64| (((x - first.0) / (last.0 - first.0)) * columns as f64).min(columns as f64 - 1.0) as usize;
    let mut kept = Vec::with_capacity(4 * columns);
    let mut from = 0;
    while from < finite.len() {
        let here = column(finite[from].0);
        let to = finite[from..].iter().position(|&(x, _)| column(x) != here).map_or(finite.len(), |length| from + length);
        let by_height = |&a: &usize, &b: &usize| finite[a].1.total_cmp(&finite[b].1);
        let low = (from..to).min_by(by_height).unwrap_or(from);
        let high = (from..to).max_by(by_height).unwrap_or(from);
        let mut chosen = [from, low, high, to - 1];
        chosen.sort_unstable();
        for (position, &index) in chosen.iter().enumerate() {
            if position == 0 || chosen[position - 1] != index {
                kept.push(finite[index]);
            }
        }
        from = to;
    }
    kept
}

/// The running mean over about `span` points to each side, weighted exponentially: it does not lag behind a falling
/// line as a mean over the past would. Points that are not finite are left out.
pub fn smooth(points: &[(f64, f64)], span: f64) -> Vec<(f64, f64)> {
    let keep = 1.0 - 1.0 / span.max(1.0);
    let finite: Vec<(f64, f64)> = points.iter().copied().filter(|(_, y)| y.is_finite()).collect();
    let pass = |values: &mut dyn Iterator<Item = f64>| {
        let (mut sum, mut weight) = (0.0, 0.0);
        let mean = |value| {
            sum = keep * sum + value;
            weight = keep * weight + 1.0;
            sum / weight
        };
        values.map(mean).collect::<Vec<f64>>()
    };
    let forth = pass(&mut finite.iter().map(|point| point.1));
    let back = pass(&mut finite.iter().rev().map(|point| point.1));
    finite.iter().zip(forth.iter().zip(back.iter().rev())).map(|(point, (a, b))| (point.0, 0.5 * (a + b))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_spike_survives() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|x| (f64::from(x), 1.0)).collect();
        points[54_321].1 = 9.0;
        points[77_777].1 = -9.0;
        let few = decimate(&points, 200);
        assert!(few.len() <= 800);
        assert!(few.contains(&(54_321.0, 9.0)) && few.contains(&(77_777.0, -9.0)));
        assert!(few.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!((few.first(), few.last()), (points.first(), points.last()));
    }

    #[test]
    fn short_series_and_broken_numbers() {
        assert_eq!(decimate(&[(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0)], 10), [(0.0, 1.0), (2.0, 3.0)]);
        assert!(decimate(&[(0.0, f64::INFINITY)], 10).is_empty());
    }

    #[test]
    fn smoothing_keeps_constants_and_does_not_lag() {
        assert!(smooth(&[(0.0, 2.0), (1.0, 2.0), (2.0, 2.0)], 10.0).iter().all(|&(_, y)| (y - 2.0).abs() < 1e-12));
        let mean = smooth(&[(0.0, 0.0), (1.0, 3.0)], 2.0);
        // Forth: 0, then 3/1.5; back: 3, then (0 + 1.5)/1.5.
        assert!((mean[0].1 - 0.5).abs() < 1e-12 && (mean[1].1 - 2.5).abs() < 1e-12, "{mean:?}");
        let line: Vec<(f64, f64)> = (0..101).map(|x| (f64::from(x), f64::from(x))).collect();
        assert!((smooth(&line, 8.0)[50].1 - 50.0).abs() < 1e-3, "a mean of a straight line lies on it");
    }
}
