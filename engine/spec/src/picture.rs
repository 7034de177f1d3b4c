//! Pictures of a run, as questions and answers: what is asked for, and the numbers that it is drawn from.
//!
//! What a picture computes is in the engine's `pictures`, how it is drawn in the `plots` of the charts; both know it by its name.

use crate::{Knobs, Payload, RunId};
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
}

impl Points {
    /// The points of an answer about the picture `sphere`; nothing if there are none in it.
    pub fn of(answer: &Answer) -> Option<Self> {
        let Payload::Words(words) = answer.part("projection")? else { return None };
        let (_, numbers) = answer.part("points")?.as_points().filter(|(dimension, _)| *dimension == 3)?;
        let number = |name: &str| match answer.part(name)? {
            Payload::Series { y, .. } => y.first().copied(),
            _ => None,
        };
        let neighbours = match (number("image"), answer.part("neighbours")) {
            (Some(image), Some(Payload::Series { x, y })) => {
                Some((image as usize, x.iter().map(|image| *image as usize).zip(y.iter().copied()).collect()))
            }
            _ => None,
        };
        Some(Self {
            step: answer.step,
            projection: Projection::named(words.first()?),
            dimension: number("dimension")? as usize,
            explained: number("explained")?,
            xyz: numbers.as_chunks::<3>().0.to_vec(),
            neighbours,
        })
    }
}
