//! Which words do the page, the terminal and the engine share?
//!
//! [`Experiment`] says what is to be done, [`Catalogue`] what can be chosen, [`Command`] what is asked of
//! a trainer and [`Event`] what it tells. This crate knows neither burn nor the DOM.

mod catalogue;
mod concentration;
mod experiment;
mod link;
mod message;
mod mistake;
mod reading;
mod toy;
mod value;
mod writing;

pub use catalogue::{Card, Catalogue, Knob, KnobKind, Recipe, Refusal, Section};
pub use concentration::{
    Concentration, ConcentrationQuestion, Interval, Quantity, SigmaCurve, StudyKind, StudyQuestion, StudyRow,
};
pub use experiment::{Change, Choice, Experiment, Knobs, VERSION};
pub use link::{from_fragment, to_fragment};
pub use message::{
    Anatomy, ClassTable, Command, DatasetReport, DeviceChoice, DeviceReport, Event, Fault, Phase, Pick, Picture, Points,
    Projection, Scalar, Thumbnails, Topic, Views, decode, encode,
};
pub use mistake::{Mistake, Mistakes};
pub use toy::{ToyAnswer, ToyGrid, ToyQuestion, ToyVariant};
pub use value::Value;
pub use writing::place;
