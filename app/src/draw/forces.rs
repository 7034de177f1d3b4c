//! The pull and the push on one embedding of a batch, as two arrows along the sphere, and what becomes of them together.

use augsphere_charts::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::Anatomy;

/// Cosines from here on are called the same direction.
const SAME: f32 = 0.995;

/// What moves one embedding: lengths along the sphere, in the units of the loss, and the angle between the two arrows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forces {
    /// Length of the pull towards what it is compared with.
    pub pull: f64,
    /// Length of the push away from everything else.
    pub push: f64,
    /// Length of their sum: where a step of gradient descent moves the embedding.
    pub sum: f64,
    /// Angle between the arrows of pull and push, radians, 0 to pi.
    pub angle: f64,
}

/// How many embeddings of the batch there are to look at.
pub fn count(anatomy: &Anatomy) -> usize {
    anatomy.embedding.len() / (4 * anatomy.dimension.max(1))
}

/// The forces on the embedding `row`; `None` if there is no such row or it is not made of numbers.
pub fn forces(anatomy: &Anatomy, row: usize) -> Option<Forces> {
    let size = 4 * anatomy.dimension;
    let floats = |bytes: &[u8]| -> Option<Vec<f64>> {
        let row = bytes.get(row * size..(row + 1) * size)?;
        Some(row.as_chunks::<4>().0.iter().map(|four| f64::from(f32::from_le_bytes(*four))).collect())
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let here = floats(&anatomy.embedding)?;
    // Only what lies along the sphere moves a point on it. A step goes against the gradient -positive + negative.
    let along = |gradient: Vec<f64>, sign: f64| -> Vec<f64> {
        let outward = dot(&gradient, &here);
        gradient.iter().zip(&here).map(|(value, here)| sign * (value - outward * here)).collect()
    };
    let (pull, push) = (along(floats(&anatomy.positive)?, 1.0), along(floats(&anatomy.negative)?, -1.0));
    let sum: Vec<f64> = pull.iter().zip(&push).map(|(pull, push)| pull + push).collect();
    let length = |vector: &[f64]| dot(vector, vector).sqrt();
    let (pull_length, push_length) = (length(&pull), length(&push));
    let product = pull_length * push_length;
    let angle = if product > 0.0 { (dot(&pull, &push) / product).clamp(-1.0, 1.0).acos() } else { 0.0 };
    let forces = Forces { pull: pull_length, push: push_length, sum: length(&sum), angle };
    [forces.pull, forces.push, forces.sum, forces.angle].iter().all(|value| value.is_finite()).then_some(forces)
}

impl Forces {
    /// The ends of the arrows of pull, push and sum, which begin at the origin: x to the right, y up, the longest of length 1. The pull
    /// points to the right.
    pub fn arrows(&self) -> [(f64, f64); 3] {
        let longest = self.pull.max(self.push).max(self.sum).max(f64::MIN_POSITIVE);
        let pull = (self.pull / longest, 0.0);
        let push = (self.push / longest * self.angle.cos(), self.push / longest * self.angle.sin());
        [pull, push, (pull.0 + push.0, pull.1 + push.1)]
    }

    /// The arrows seen from above the embedding's point, in the plane of pull and push, each with its name.
    pub fn scene(&self) -> Scene {
        /// Half the side of the picture, and the length of the longest arrow, CSS pixels.
        const HALF: f64 = 100.0;
        const LONGEST: f64 = 74.0;
        let mut scene = Scene::new((2.0 * HALF, 2.0 * HALF));
        let middle = (HALF, HALF);
        [96.0, 64.0, 32.0].into_iter().for_each(|radius| scene.ring(middle, radius, Stroke::new(Ink::Grid, 1.0)));
        scene.line(vec![(4.0, HALF), (196.0, HALF)], Stroke::new(Ink::Grid, 1.0));
        scene.line(vec![(HALF, 4.0), (HALF, 196.0)], Stroke::new(Ink::Grid, 1.0));
        let kinds = [("pull", Ink::Accent), ("push", Ink::Second), ("sum", Ink::Ink)];
        for ((name, ink), (x, y)) in kinds.into_iter().zip(self.arrows()) {
            let tip = (HALF + LONGEST * x, HALF - LONGEST * y);
            scene.arrow(middle, tip, Stroke::new(ink, 3.0));
            let length = x.hypot(y);
            if length > 0.15 {
                let along = |way: f64| HALF + (LONGEST * length + 12.0) * way / length;
                let (left, upper) = (along(x).clamp(14.0, 186.0), (along(-y)).clamp(8.0, 192.0));
                scene.words(name, (left, upper), 11.0, ink, Anchor::Middle);
            }
        }
        scene.disc(middle, 5.0, Ink::Ink, 1.0);
        scene
    }

    /// What the arrows say, in a sentence.
    pub fn sentence(&self) -> String {
        let larger = self.pull.max(self.push);
        if larger <= 0.0 {
            return "Nothing moves this embedding: the loss is flat here.".into();
        }
        if self.push < 1e-3 * larger {
            return "Nothing pushes: only the pull moves this embedding. With nothing else, all images would end on one point."
                .into();
        }
        if self.pull < 1e-3 * larger {
            return "Nothing pulls: only the push moves this embedding, away from the others.".into();
        }
        let degrees = self.angle.to_degrees();
        let together = format!("{:.0} % of the stronger one is left of them together", 100.0 * self.sum / larger);
        match degrees {
            150.0.. => format!("Pull and push work against each other ({degrees:.0}\u{b0} apart): {together}."),
            60.0.. => format!("Pull and push go different ways ({degrees:.0}\u{b0} apart): {together}."),
            _ => format!("Pull and push point almost the same way ({degrees:.0}\u{b0} apart): {together}."),
        }
    }
}

/// The three methods of the table that say most: the one that trains, the one that agrees with it most, and the one that does least. All,
/// if there are no more than three.
pub fn telling(anatomy: &Anatomy) -> Vec<usize> {
    let count = anatomy.methods.len();
    if count <= 3 {
        return (0..count).collect();
    }
    let cosine = |other: usize| anatomy.cosines.get(other).copied().unwrap_or(f32::NAN);
    let mut others: Vec<usize> = (1..count).filter(|&other| cosine(other).is_finite()).collect();
    others.sort_by(|&a, &b| cosine(b).total_cmp(&cosine(a)));
    let mut chosen = vec![0];
    chosen.extend(others.first());
    chosen.extend(others.last().filter(|_| others.len() > 1));
    chosen.extend((1..count).filter(|other| !others.contains(other)).take(3 - chosen.len()));
    chosen
}

/// What it means that some of the `chosen` methods ask for exactly the same, if some do.
pub fn alike(anatomy: &Anatomy, chosen: &[usize]) -> Option<String> {
    let count = anatomy.methods.len();
    let same = |one: usize, other: usize| anatomy.cosines.get(one * count + other).is_some_and(|cosine| *cosine >= SAME);
    let pairs: Vec<String> = chosen
        .iter()
        .enumerate()
        .flat_map(|(place, &one)| chosen[place + 1..].iter().map(move |&other| (one, other)))
        .filter(|&(one, other)| same(one, other))
        .filter_map(|(one, other)| Some(format!("{} and {}", anatomy.methods.get(one)?, anatomy.methods.get(other)?)))
        .collect();
    (!pairs.is_empty()).then(|| {
        format!(
            "1.00 for {}: on this batch they would move the embeddings in the same direction. How far, and what they do on other batches, may \
             still differ.",
            pairs.join("; ")
        )
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use augsphere_charts::scene::Shape;

    fn bytes(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// One embedding at (0, 0, 1): what points along it does not count.
    fn anatomy(positive: [f32; 3], negative: [f32; 3]) -> Anatomy {
        Anatomy {
            step: 3,
            methods: ["SimCLR", "DCL", "BYOL", "VICReg", "Margin"].map(String::from).to_vec(),
            cosines: [
                [1.0, 0.9, 0.2, -0.1, -0.1],
                [0.9, 1.0, 0.3, 0.0, 0.0],
                [0.2, 0.3, 1.0, 0.1, 0.1],
                [-0.1, 0.0, 0.1, 1.0, 0.998],
                [-0.1, 0.0, 0.1, 0.998, 1.0],
            ]
            .concat(),
            dimension: 3,
            positive: bytes(&positive),
            negative: bytes(&negative),
            embedding: bytes(&[0.0, 0.0, 1.0]),
            scalars: Vec::new(),
        }
    }

    #[test]
    fn what_points_outwards_moves_nothing_and_the_push_goes_against_its_gradient() {
        let found = forces(&anatomy([3.0, 0.0, 7.0], [2.0, 0.0, -1.0]), 0).unwrap();
        assert!((found.pull - 3.0).abs() < 1e-6 && (found.push - 2.0).abs() < 1e-6 && (found.sum - 1.0).abs() < 1e-6);
        assert!((found.angle - std::f64::consts::PI).abs() < 1e-6, "the push acts straight against the pull");
        assert!(found.sentence().contains("against each other") && found.sentence().contains("33 %"), "{}", found.sentence());
    }

    #[test]
    fn arrows_keep_angle_and_proportions() {
        let found = forces(&anatomy([4.0, 0.0, 0.0], [0.0, -3.0, 0.0]), 0).unwrap();
        assert!((found.sum - 5.0).abs() < 1e-6);
        let [pull, push, sum] = found.arrows();
        assert!((pull.0 - 0.8).abs() < 1e-6 && pull.1.abs() < 1e-9);
        assert!(push.0.abs() < 1e-6 && (push.1 - 0.6).abs() < 1e-6);
        assert!((sum.0.hypot(sum.1) - 1.0).abs() < 1e-6, "the longest arrow has length 1");
    }

    /// Three arrows from the middle, each in its colour, the pull to the right.
    #[test]
    fn the_picture_has_an_arrow_for_each_force() {
        let scene = forces(&anatomy([4.0, 0.0, 0.0], [0.0, -3.0, 0.0]), 0).unwrap().scene();
        let tip = |wanted: Ink| {
            let tip = |shape: &Shape| match shape {
                Shape::Area { points, ink, .. } if *ink == wanted => Some(points[0]),
                _ => None,
            };
            scene.shapes.iter().find_map(tip).unwrap()
        };
        let [pull, push, sum] = [Ink::Accent, Ink::Second, Ink::Ink].map(tip);
        assert!(pull.0 > 150.0 && (pull.1 - 100.0).abs() < 1e-6 && (push.0 - 100.0).abs() < 1e-6 && push.1 < 60.0);
        assert!((sum.0 - pull.0).abs() < 1e-6 && (sum.1 - push.1).abs() < 1e-6, "together they make the third");
    }

    #[test]
    fn one_force_alone_none_and_broken_numbers_are_said() {
        assert!(forces(&anatomy([1.0, 0.0, 0.0], [0.0; 3]), 0).unwrap().sentence().contains("Nothing pushes"));
        assert!(forces(&anatomy([0.0; 3], [1.0, 0.0, 0.0]), 0).unwrap().sentence().contains("Nothing pulls"));
        assert!(forces(&anatomy([0.0; 3], [0.0; 3]), 0).unwrap().sentence().contains("Nothing moves"));
        assert_eq!(forces(&anatomy([f32::NAN; 3], [0.0; 3]), 0), None);
        assert_eq!(forces(&anatomy([0.0; 3], [0.0; 3]), 1), None);
        assert_eq!(count(&anatomy([0.0; 3], [0.0; 3])), 1);
    }

    #[test]
    fn three_methods_are_shown_first_and_equal_rows_are_explained() {
        let anatomy = anatomy([0.0; 3], [0.0; 3]);
        assert_eq!(telling(&anatomy), [0, 1, 4], "what trains, what agrees most, what agrees least");
        assert_eq!(alike(&anatomy, &[0, 1, 4]), None);
        assert!(alike(&anatomy, &[0, 3, 4]).unwrap().contains("VICReg and Margin"));
        let few = Anatomy { methods: vec!["SimCLR".into()], cosines: vec![1.0], ..anatomy };
        assert_eq!(telling(&few), [0]);
    }
}
