//! The words that the page, the terminal and the engine share.
//!
//! [`Experiment`] says what is to be done, [`Catalogue`] what can be chosen, [`Command`] what is asked of
//! a trainer and [`Event`] what it tells. This crate knows neither burn nor the DOM.

pub mod archive;
mod bench;
pub mod bench_table;
mod catalogue;
mod differences;
mod distances;
mod experiment;
mod link;
mod message;
mod mistake;
pub mod npy;
mod picture;
mod presets;
mod quantities;
mod reading;
mod run_log;
mod toy;
mod value;
mod worker;
mod writing;

pub use bench::{BenchAnswer, BenchQuestion, BenchReport, DeviceBench, LeftOut, MachineFacts, SelfTestResult, StepBench};
pub use catalogue::{Card, Catalogue, Conflict, Form, Knob, KnobKind, Recipe, Section, Told};
pub use differences::{Difference, differences, set_to};
pub use distances::{
    DistanceAnswer, DistanceQuestion, Interval, Quantity, SigmaCurve, StudyKind, StudyQuestion, StudyRow, TheoremCase,
};
pub use experiment::{Change, Choice, Experiment, Knobs, VERSION};
pub use link::{from_fragment, to_fragment};
pub use message::{
    ChangeId, ClassTable, Command, DatasetReport, DeviceChoice, DeviceReport, Estimate, Event, Fault, Payload, Phase, Profile,
    Progress, Request, Resumed, RunId, Scalar, Thumbnails, Views,
};
pub use mistake::{Mistake, Mistakes};
pub use picture::{Answer, Ask, AskId, Forces, Moment, Pair, Part, Points, Projection};
pub use presets::{PRESETS, Preset, preset};
pub use quantities::{bytes, duration};
pub use reading::read_toml_tree;
pub use run_log::{Parent, RUN_FORMAT, Record, RunHeader, numbers};
pub use toy::{ToyAnswer, ToyGrid, ToyQuestion, ToyVariant};
pub use value::Value;
pub use worker::{PROTOCOL, SphereState, WorkerCommand, WorkerEvent, decode, encode};
pub use writing::insert_at;
