//! What pulls and pushes the views of some images.

use super::knobs;
use super::told::{Eye, Told, numbers, placed, points};
use crate::plots::runs::Labels;
use crate::plots::{Inputs, panels};
use crate::scene::{Ink, Scene, Stroke};

/// A view of an image, and how fast it moves by the pull and by the push.
#[derive(Clone, Copy)]
pub(super) struct Force {
    /// The image.
    pub image: usize,
    /// Where the view is.
    pub at: [f32; 3],
    /// How fast it moves by the pull.
    pub pull: [f32; 3],
    /// How fast it moves by the push.
    pub push: [f32; 3],
}

/// Length of the arrows of a usual view, in radii of the sphere; longer ones are shortened to twice this, all three of a view alike.
const USUAL: f64 = 0.2;

impl Force {
    /// How fast it moves by both.
    pub fn sum(&self) -> [f32; 3] {
        [0, 1, 2].map(|axis| self.pull[axis] + self.push[axis])
    }

    /// The length of the longest of the three arrows.
    fn longest(&self) -> f64 {
        [self.pull, self.push, self.sum()].into_iter().map(length).fold(0.0, f64::max)
    }
}

fn length(along: [f32; 3]) -> f64 {
    along.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

/// The forces that were told, of classes that are shown.
pub(super) fn forces(inputs: &Inputs<'_>) -> Vec<Force> {
    if !inputs.knobs.switch("forces") {
        return Vec::new();
    }
    let images = numbers(inputs, "force_images");
    let [places, pulls, pushes] = ["force_points", "pull", "push"].map(|name| points(inputs, name));
    let all = images.into_iter().zip(places).zip(pulls.into_iter().zip(pushes));
    let force = |((image, at), (pull, push))| Force { image, at, pull, push };
    let whole = |force: &Force| [force.at, force.pull, force.push].iter().all(placed);
    all.map(force).filter(|force| whole(force) && inputs.linked.shows(inputs.class(force.image))).collect()
}

/// Draws three arrows at each view that is in front: pull, push and, stronger, their sum. Those of the chosen image stand out.
pub(super) fn draw(scene: &mut Scene, inputs: &Inputs<'_>, told: &Told, eye: &Eye, labels: &mut Labels) {
    let all = forces(inputs);
    let mut lengths: Vec<f64> = all.iter().map(Force::longest).filter(|length| *length > 0.0).collect();
    lengths.sort_by(f64::total_cmp);
    let Some(usual) = lengths.get(lengths.len() / 2) else { return };
    let chosen = knobs::image(inputs.knobs, told.points.len()).filter(|image| all.iter().any(|force| force.image == *image));
    let mut images: Vec<usize> = all.iter().map(|force| force.image).collect();
    images.dedup();
    let sight = eye.sight();
    let mut named: Option<(f64, [Tip; 3])> = None;
    // The chosen ones over the others.
    let (back, front): (Vec<&Force>, Vec<&Force>) =
        all.iter().partition(|force| chosen.is_some_and(|image| image != force.image));
    for (force, faded) in back.into_iter().map(|force| (force, true)).chain(front.into_iter().map(|force| (force, false))) {
        // On a circle each image has a ring of its own, so that its arrows are not over others; the views of the chosen one are where they are.
        let ring = images.iter().position(|image| *image == force.image).unwrap_or(0) as f32;
        let lane = if eye.flat && chosen != Some(force.image) { 0.93 - 0.05 * ring } else { 1.0 };
        let seen = sight(force.at.map(|value| lane * value));
        // Those of the chosen image are seen through the sphere.
        if !(seen.front || chosen == Some(force.image)) || !eye.inside(seen.at, 4.0) {
            continue;
        }
        let strength = if faded { 0.22 } else { 1.0 };
        let scale = (USUAL / usual).min(2.0 * USUAL / force.longest().max(f64::MIN_POSITIVE)) as f32;
        let tip = |along: [f32; 3]| sight([0, 1, 2].map(|axis| lane * force.at[axis] + scale * along[axis])).at;
        let arrows = [
            (tip(force.sum()), Stroke::new(Ink::Ink, 2.8), "sum"),
            (tip(force.pull), Stroke::new(Ink::Accent, 1.6), "pull"),
            (tip(force.push), Stroke::new(Ink::Level, 1.6).dashed(), "push"),
        ];
        for (to, stroke, _) in arrows.iter().filter(|(to, ..)| eye.inside(*to, 4.0) && apart(seen.at, *to) >= 2.0) {
            scene.arrow(seen.at, *to, stroke.alpha(strength));
        }
        scene.dot(seen.at, 3.2, inputs.class(force.image), strength);
        let lengths = arrows.map(|(to, ..)| apart(seen.at, to));
        let clear = lengths.iter().fold(f64::INFINITY, |least, length| length.min(least)) + 0.1 * lengths.iter().sum::<f64>();
        if !faded && named.is_none_or(|(best, _)| clear > best) {
            named = Some((clear, arrows.map(|(to, stroke, name)| Tip { from: seen.at, to, ink: stroke.ink, name })));
        }
    }
    // Named once, where the arrows are long enough to be told apart.
    let tips = named.map(|(_, tips)| tips).into_iter().flatten();
    for Tip { to, ink, name, .. } in tips.filter(|tip| eye.inside(tip.to, 4.0) && apart(tip.from, tip.to) >= 8.0) {
        panels::beside(scene, labels, name, to, ink, true);
    }
}

/// The end of an arrow, and what it is called.
#[derive(Clone, Copy)]
struct Tip {
    from: (f64, f64),
    to: (f64, f64),
    ink: Ink,
    name: &'static str,
}

fn apart(from: (f64, f64), to: (f64, f64)) -> f64 {
    (to.0 - from.0).hypot(to.1 - from.1)
}
