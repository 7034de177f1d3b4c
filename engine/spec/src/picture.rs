//! Pictures of a run, as questions and answers: what is asked for, and the numbers that it is drawn from.
//!
//! What a picture computes is in the engine's `pictures`, how it is drawn in the `plots` of the charts; both know it by its name.

use crate::{Knobs, Payload, RunId};
use serde::{Deserialize, Serialize};

/// The name of a question, chosen by whoever asks: the same as long as the same is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AskId(pub u64);

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
