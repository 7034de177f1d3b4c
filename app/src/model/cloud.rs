//! Whether embeddings can be drawn as a cloud, or are something that looks like a point.

use augsphere_spec::Points;

/// How near all points must be to each other to count as one, on a sphere of radius 1.
const ONE: f32 = 1e-3;

/// What a set of points is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cloud {
    /// Points in different places, or none.
    #[default]
    Apart,
    /// All of them are in one place.
    OnePoint,
    /// Some coordinates are not finite numbers.
    NotFinite {
        /// How many points have such coordinates.
        points: usize,
        /// Of how many.
        of: usize,
    },
}

impl Cloud {
    /// What `points` are.
    pub fn of(points: &Points) -> Self {
        let points = &points.xyz;
        let broken = points.iter().filter(|point| !point.iter().all(|value| value.is_finite())).count();
        if broken > 0 {
            return Self::NotFinite { points: broken, of: points.len() };
        }
        let Some(first) = points.first() else { return Self::Apart };
        let together = |point: &[f32; 3]| point.iter().zip(first).all(|(a, b)| (a - b).abs() < ONE);
        if points.len() > 1 && points.iter().all(together) { Self::OnePoint } else { Self::Apart }
    }

    /// A sentence, where the picture alone would mislead.
    pub fn sentence(self) -> Option<String> {
        match self {
            Self::Apart => None,
            Self::OnePoint => Some("All images are on one point: this is complete collapse, not a single dot.".into()),
            Self::NotFinite { points, of } if points == of => {
                Some("No embedding is a number any more (not-a-number or infinite): there is nothing to draw. Reset, and take a smaller learning rate.".into())
            }
            Self::NotFinite { points, of } => {
                Some(format!("{points} of {of} embeddings are not finite numbers and cannot be drawn."))
            }
        }
    }
}
