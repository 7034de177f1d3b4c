//! What the engine tells of sigma over delta.

use crate::plots::Inputs;

/// A curve that is of no class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    /// Sigma: the smallest share of all classes.
    Least,
    /// The same of the images as they are.
    Plain,
    /// The same with the policy of the first view alone.
    First,
    /// The same with that of the second.
    Second,
    /// The share of pairs of one class that are close.
    Within,
    /// The share of pairs of two classes.
    Between,
}

impl Curve {
    /// All of them, in the order of the key.
    pub const ALL: [Self; 6] = [Self::Least, Self::Plain, Self::First, Self::Second, Self::Within, Self::Between];

    /// Its name among the parts of the answer, and in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Least => "least",
            Self::Plain => "plain",
            Self::First => "first",
            Self::Second => "second",
            Self::Within => "pairs_within",
            Self::Between => "pairs_between",
        }
    }
}

/// Curves over the threshold.
pub(super) struct Told<'a> {
    /// Thresholds, rising.
    pub deltas: &'a [f32],
    /// The numbers of the classes.
    pub classes: Vec<usize>,
    /// A row for each class: its main part is at least so large.
    pub lower: &'a [f32],
    /// The same: at most so large.
    pub upper: &'a [f32],
    /// The upper end of sigma.
    pub least_upper: &'a [f32],
    /// The threshold that is looked at.
    pub delta: f64,
    /// Views of each image.
    pub views: f64,
    curves: [Option<&'a [f32]>; Curve::ALL.len()],
}

impl<'a> Told<'a> {
    /// What was told, if it is whole.
    pub fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let (deltas, _) = inputs.series("least")?;
        let fits = |(_, heights): (&[f32], &'a [f32])| (heights.len() == deltas.len()).then_some(heights);
        // A share that is no number is of pairs that there are not.
        let known = |heights: &&[f32]| heights.iter().all(|share| share.is_finite());
        let curves = Curve::ALL.map(|curve| inputs.series(curve.name()).and_then(fits).filter(known));
        let classes = inputs.whole("classes");
        let (columns, lower) = inputs.matrix("lower")?;
        let (_, upper) = inputs.matrix("upper")?;
        let whole = columns == deltas.len() && lower.len() == classes.len() * columns && upper.len() == lower.len();
        let least_upper = inputs.series("least_upper").and_then(fits)?;
        let (delta, views) = (inputs.number("delta")?, inputs.number("views")?);
        let told = Self { deltas, classes, lower, upper, least_upper, delta, views, curves };
        (whole && !told.deltas.is_empty() && !told.classes.is_empty()).then_some(told)
    }

    /// A curve, if there is such a one here.
    pub fn curve(&self, curve: Curve) -> Option<&'a [f32]> {
        let place = Curve::ALL.iter().position(|known| *known == curve)?;
        self.curves[place]
    }

    /// The row of the class at this place.
    pub fn class(&self, rows: &'a [f32], place: usize) -> &'a [f32] {
        rows.get(place * self.deltas.len()..(place + 1) * self.deltas.len()).unwrap_or_default()
    }

    /// What a curve is at the threshold that is looked at.
    pub fn now(&self, heights: &[f32]) -> Option<f64> {
        let after = self.deltas.partition_point(|delta| f64::from(*delta) <= self.delta + 1e-6);
        heights.get(after.saturating_sub(1)).map(|share| f64::from(*share))
    }

    /// Both ends of sigma there.
    pub fn least_now(&self) -> Option<(f64, f64)> {
        Some((self.now(self.curve(Curve::Least)?)?, self.now(self.least_upper)?))
    }
}
