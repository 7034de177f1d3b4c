//! Pictures of a run, as questions and answers: what is asked for, and the numbers that it is drawn from.
//!
//! What a picture computes is in the engine's `pictures`, how it is drawn in the `plots` of the charts; both know it by its name.

use crate::{Knobs, Payload, RunId, Thumbnails};
use serde::{Deserialize, Serialize};

/// The name of a question, chosen by whoever asks: the same as long as the same is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AskId(pub u64);

impl AskId {
    /// The question about the large sphere, whatever its knobs: a worker that draws it knows the answer by this name.
    pub const STAGE: Self = Self(0);
}

/// A moment of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moment {
    /// The present, again and again.
    #[default]
    Latest,
    /// The last kept moment that is not after this step.
    Step(u64),
}

/// A picture that is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// Its name, which the answer bears.
    pub id: AskId,
    /// Which picture.
    pub picture: String,
    /// Its knobs, all of them.
    pub knobs: Knobs,
    /// Of which moment.
    pub at: Moment,
    /// Of which run, if it is not the one that is shown: of the one before it, as long as that is in memory.
    pub run: Option<RunId>,
}

/// Numbers of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What they are, among the parts of the picture: `points`, `neighbours`.
    pub name: String,
    /// The numbers.
    pub payload: Payload,
}

impl Part {
    /// Numbers under a name.
    pub fn new(name: &str, payload: Payload) -> Self {
        Self { name: name.into(), payload }
    }

    /// A curve.
    pub fn series(name: &str, x: Vec<f32>, y: Vec<f32>) -> Self {
        Self::new(name, Payload::Series { x, y })
    }

    /// A table of numbers, row by row.
    pub fn matrix(name: &str, columns: usize, values: Vec<f32>) -> Self {
        let rows = values.len().checked_div(columns).unwrap_or(0);
        Self::new(name, Payload::Matrix { rows, columns, values })
    }

    /// One number.
    pub fn number(name: &str, value: f32) -> Self {
        Self::series(name, vec![0.0], vec![value])
    }
}

/// What a picture is drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The name of the question.
    pub id: AskId,
    /// Of which run; nothing if it is of none.
    pub run: Option<RunId>,
    /// Of which step of it.
    pub step: u64,
    /// The numbers, or why there are none: a sentence.
    pub parts: Result<Vec<Part>, String>,
}

impl Answer {
    /// The numbers called `name`.
    pub fn part(&self, name: &str) -> Option<&Payload> {
        self.parts.as_ref().ok()?.iter().find(|part| part.name == name).map(|part| &part.payload)
    }
}

/// How points were put into the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// The embedding has two dimensions: these are its coordinates on the circle.
    Circle,
    /// The embedding has three dimensions: these are its coordinates on the sphere.
    Sphere,
    /// The embedding has more: the first three principal components, scaled to unit length. Not what the loss sees.
    Principal,
    /// Three of its coordinates, scaled to unit length.
    Axes,
}

impl Projection {
    /// The one that the engine calls by this word.
    pub fn named(word: &str) -> Self {
        match word {
            "circle" => Self::Circle,
            "sphere" => Self::Sphere,
            "principal" => Self::Principal,
            _ => Self::Axes,
        }
    }
}

/// The embeddings of validation images, as the picture `sphere` tells them.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// The step they belong to.
    pub step: u64,
    /// How they were put into three dimensions.
    pub projection: Projection,
    /// The embedding's own dimension.
    pub dimension: usize,
    /// The share of the variance that is seen, 0 to 1.
    pub explained: f32,
    /// Points of the unit sphere, those of a circle with a third coordinate of 0; not numbers where an embedding has one that is none.
    pub xyz: Vec<[f32; 3]>,
    /// The image that was asked about, and its nearest neighbours by the cosine of the embedding, nearest first: image and cosine.
    pub neighbours: Option<(usize, Vec<(usize, f32)>)>,
    /// The two views of the image that was asked about, if they were asked for.
    pub pair: Option<Pair>,
}

/// Two views of an image, as the picture `sphere` tells them.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The image.
    pub image: usize,
    /// Where the two are; where their forces are told, in the batch that those are of.
    pub points: [[f32; 3]; 2],
    /// How fast each moves by its pull and by its push, along the sphere; where the image is in the batch that those are of.
    pub forces: Option<Forces>,
    /// Cosine of the two embeddings there.
    pub cosine: f32,
    /// Both, as images.
    pub images: Option<Thumbnails>,
}

/// How two views are pulled and pushed, in the units of the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forces {
    /// The pull on each.
    pub pull: [[f32; 3]; 2],
    /// The push on each.
    pub push: [[f32; 3]; 2],
}

impl Pair {
    /// The two views in an answer about the picture `sphere`.
    fn of(answer: &Answer, image: usize) -> Option<Self> {
        let two = |name: &str| {
            let (_, numbers) = answer.part(name)?.as_points().filter(|(dimension, _)| *dimension == 3)?;
            numbers.as_chunks::<3>().0.first_chunk::<2>().copied()
        };
        // The chosen image comes first, if it is in the batch.
        let chosen = |payload: &Payload| matches!(payload, Payload::Series { x, .. } if x.first() == Some(&(image as f32)));
        let placed = answer.part("force_images").is_some_and(chosen).then(|| two("force_points")).flatten();
        let forces = placed.and_then(|_| Some(Forces { pull: two("pull")?, push: two("push")? }));
        let images = match answer.part("view_images") {
            Some(Payload::Images(images)) => Some(images.clone()),
            _ => None,
        };
        let cosine = number(answer, if placed.is_some() { "force_cosine" } else { "view_cosine" })?;
        Some(Self { image, points: placed.or(two("views"))?, forces, cosine, images })
    }
}

/// The number called `name`.
fn number(answer: &Answer, name: &str) -> Option<f32> {
    match answer.part(name)? {
        Payload::Series { y, .. } => y.first().copied(),
        _ => None,
    }
}

impl Points {
    /// The points of an answer about the picture `sphere`; nothing if there are none in it.
    pub fn of(answer: &Answer) -> Option<Self> {
        let Payload::Words(words) = answer.part("projection")? else { return None };
        let (_, numbers) = answer.part("points")?.as_points().filter(|(dimension, _)| *dimension == 3)?;
        let image = number(answer, "image").map(|image| image as usize);
        let neighbours = match (image, answer.part("neighbours")) {
            (Some(image), Some(Payload::Series { x, y })) => {
                Some((image, x.iter().map(|image| *image as usize).zip(y.iter().copied()).collect()))
            }
            _ => None,
        };
        Some(Self {
            step: answer.step,
            projection: Projection::named(words.first()?),
            dimension: number(answer, "dimension")? as usize,
            explained: number(answer, "explained")?,
            xyz: numbers.as_chunks::<3>().0.to_vec(),
            neighbours,
            pair: image.and_then(|image| Pair::of(answer, image)),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn answer(parts: Vec<Part>) -> Answer {
        Answer { id: AskId::STAGE, run: Some(RunId(1)), step: 7, parts: Ok(parts) }
    }

    /// Two points, and everything that is told beside them.
    fn sphere(more: Vec<Part>) -> Answer {
        let mut parts = vec![
            Part::new("points", Payload::points(3, &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0])),
            Part::new("projection", Payload::Words(vec!["sphere".into()])),
            Part::number("explained", 1.0),
            Part::number("dimension", 3.0),
        ];
        parts.extend(more);
        answer(parts)
    }

    #[test]
    fn points_and_neighbours_are_those_of_the_answer() {
        let found = Points::of(&sphere(Vec::new())).unwrap();
        assert_eq!((found.step, found.projection, found.dimension, found.xyz[1]), (7, Projection::Sphere, 3, [1.0, 0.0, 0.0]));
        assert_eq!((found.neighbours, found.pair), (None, None));
        let near = vec![Part::number("image", 1.0), Part::series("neighbours", vec![0.0], vec![0.5])];
        assert_eq!(Points::of(&sphere(near)).unwrap().neighbours, Some((1, vec![(0, 0.5)])));
        assert_eq!(Points::of(&answer(Vec::new())), None);
    }

    /// Views stand where their forces are told, if the image is in that batch; otherwise where they are encoded alone.
    #[test]
    fn a_pair_stands_where_its_forces_are() {
        let two = |name: &str, x: f32| Part::new(name, Payload::points(3, &[x, 0.0, 1.0, x, 1.0, 0.0, 9.0, 9.0, 9.0]));
        let views = vec![Part::number("image", 4.0), two("views", 0.1), Part::number("view_cosine", 0.3)];
        let alone = Points::of(&sphere(views.clone())).unwrap().pair.unwrap();
        assert_eq!((alone.image, alone.points, alone.cosine, alone.forces), (4, [[0.1, 0.0, 1.0], [0.1, 1.0, 0.0]], 0.3, None));
        let batch = |first: f32| {
            let images = Part::series("force_images", vec![first, first], vec![first, first]);
            let mut parts = views.clone();
            parts.extend([
                images,
                two("force_points", 0.2),
                two("pull", 0.3),
                two("push", 0.4),
                Part::number("force_cosine", 0.8),
            ]);
            Points::of(&sphere(parts)).unwrap().pair.unwrap()
        };
        let inside = batch(4.0);
        assert_eq!((inside.points[0], inside.cosine), ([0.2, 0.0, 1.0], 0.8));
        assert_eq!(inside.forces.map(|forces| (forces.pull[1], forces.push[0])), Some(([0.3, 1.0, 0.0], [0.4, 0.0, 1.0])));
        assert_eq!(batch(5.0), alone, "those forces are of another image");
    }
}
