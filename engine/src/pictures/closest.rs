//! The closest views of two images: what their augmented distance is the distance of (Huang et al., section 2; METHODS.md 3.1).

use super::distances::sampled;
use super::{Follows, Making, Picture, RunSource, Source, Trouble, nothing};
use crate::augmentations::Pair;
use crate::augmented_distance::Distances;
use crate::datasets::colours;
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part, Payload, Thumbnails, Value};

/// Images of each class among which a pair is looked for where none is chosen.
const EACH: usize = 4;
/// Classes among which it is looked for.
const CLASSES: usize = 10;
/// Images among which a partner is looked for.
const PARTNERS: usize = 12;

/// The picture `closest`, of the kept validation images with the numbers `image` and `other`, with `views` views of each by the policies of
/// the run, the image itself among them. A negative number stands for an image that is looked for among some: where one of the two is chosen,
/// the image of its class that comes nearest to it; where none is, the two of one class that the augmentations bring together most. No
/// network is asked, so it is known of past steps, too. Its parts:
///
/// - `pair`, the numbers of the two images;
/// - `plain` and `near`, their distance as they are and that of their closest views, in the unit of pixels from 0 to 1; `dimension`, of how
///   many values: over its root, a distance is a root mean square of them;
/// - `ties`, how many pairs of views are as close;
/// - `images`: the one image, its closest view, that of the other, the other image;
/// - `words`: what was done to the two views, nothing of a view that is the image itself.
pub struct ClosestPicture;

impl Picture for ClosestPicture {
    fn name(&self) -> &'static str {
        "closest"
    }

    fn follows(&self) -> Follows {
        Follows::Views
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let run = source.run()?;
            let found = Found::of(run, knobs, pace).await?;
            let images = Thumbnails { side: run.data.validation.side, rgba: found.rgba(run) };
            let pair = found.images.map(|image| image as f32);
            Ok(vec![
                Part::series("pair", vec![0.0, 1.0], pair.to_vec()),
                Part::number("plain", found.plain),
                Part::number("near", found.near),
                Part::number("dimension", run.data.validation.stride() as f32),
                Part::number("ties", found.ties as f32),
                Part::new("images", Payload::Images(images)),
                Part::new("words", Payload::Words(found.words.to_vec())),
            ])
        })
    }
}

/// Two images and their closest views.
pub(super) struct Found {
    /// The numbers of the images among the validation images.
    pub images: [usize; 2],
    /// Their distance as they are.
    pub plain: f32,
    /// The distance of their closest views.
    pub near: f32,
    /// How many pairs of views are as close, this one included.
    pub ties: usize,
    /// The pixels of the two views, `[2, side, side, 3]`, in [0, 1].
    pub pixels: Vec<f32>,
    /// What was done to each.
    pub words: [String; 2],
}

impl Found {
    /// Those of the knobs `image`, `other`, `views` and `draw`; see [`ClosestPicture`].
    ///
    /// # Errors
    /// If there are no two such images.
    pub async fn of(run: &RunSource, knobs: &Knobs, pace: &Pace) -> Result<Self, Trouble> {
        let labels = run.labels();
        let number = |name: &str| knobs.0.get(name).and_then(Value::as_int).and_then(|image| usize::try_from(image).ok());
        let asked = [number("image"), number("other")].map(|image| image.filter(|image| *image < labels.len()));
        let rows = match asked {
            [Some(one), Some(other)] if one == other => {
                return nothing("An image is at no distance from itself: choose two different ones.");
            }
            [Some(one), Some(other)] => vec![one, other],
            [Some(image), None] | [None, Some(image)] => with_partners(labels, image),
            [None, None] => {
                let mut knobs = knobs.clone();
                knobs.set("classes", CLASSES as i64);
                knobs.set("images", EACH as i64);
                sampled::chosen(labels, &knobs)?.rows
            }
        };
        if rows.len() < 2 {
            return nothing("Two images are needed, and fewer were kept at this step.");
        }
        let pair = Pair::of(&run.experiment);
        let sample = sampled::sample(&run.data.validation, &rows, (sampled::seed(run, knobs), knobs), &pair)?;
        let distances = sampled::distances(&sample, pace).await?;
        let class = |place: usize| labels.get(rows[place]).copied();
        let (one, other) = match asked {
            [None, None] => striking(&distances, class),
            [None, Some(_)] => (nearest(&distances), 0),
            _ => (0, nearest(&distances)),
        };
        let closest = distances.closest(one, other);
        let views = knobs.count("views").max(1);
        let places = [(one, closest.first), (other, closest.second)];
        let pixels =
            places.iter().flat_map(|(image, view)| sample.pixels(image * views + view..image * views + view + 1)).collect();
        Ok(Self {
            images: [rows[one], rows[other]],
            plain: distances.plain().get(one, other),
            near: distances.get(one, other),
            ties: closest.ties,
            pixels,
            words: places.map(|(image, view)| sample.words(image, view)),
        })
    }

    /// The one image, its view, the view of the other, and that image, as colours.
    pub fn rgba(&self, run: &RunSource) -> Vec<u8> {
        let [mut rgba, mut last] = [Vec::new(), Vec::new()];
        run.data.validation.rgba(self.images[0], &mut rgba);
        run.data.validation.rgba(self.images[1], &mut last);
        rgba.extend(colours(&self.pixels));
        rgba.append(&mut last);
        rgba
    }
}

/// An image, and some others of its class; of any class where it is alone in its own.
fn with_partners(labels: &[u8], image: usize) -> Vec<usize> {
    let others = |own: bool| {
        let partner = move |other: &usize| *other != image && (!own || labels[*other] == labels[image]);
        (0..labels.len()).filter(partner).take(PARTNERS)
    };
    let mut rows: Vec<usize> = std::iter::once(image).chain(others(true)).collect();
    if rows.len() == 1 {
        rows.extend(others(false));
    }
    rows
}

/// The place of the image that is nearest to the first; of equally near ones the lowest.
fn nearest(distances: &Distances) -> usize {
    (1..distances.images()).min_by(|a, b| distances.get(0, *a).total_cmp(&distances.get(0, *b))).unwrap_or(0)
}

/// The places of two images of one class whose closest views are nearer than they are themselves by most; of any classes if none has two.
fn striking(distances: &Distances, class: impl Fn(usize) -> Option<u8>) -> (usize, usize) {
    let all = (0..distances.images()).flat_map(|other| (0..other).map(move |one| (one, other)));
    let fall = |&(one, other): &(usize, usize)| distances.plain().get(one, other) - distances.get(one, other);
    let (own, apart): (Vec<_>, Vec<_>) = all.partition(|(one, other)| class(*one) == class(*other));
    // Of pairs that come together as much, the first.
    let best = |pairs: Vec<(usize, usize)>| pairs.into_iter().rev().max_by(|a, b| fall(a).total_cmp(&fall(b)));
    best(own).or_else(|| best(apart)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
