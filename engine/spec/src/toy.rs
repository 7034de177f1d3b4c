//! Questions about the scalar toy, and their answers.
//!
//! A predictor `phi` and an encoder `theta`, one number each, that follow the loss `(phi theta - target)^2 / 2`, where the
//! target is `theta` itself or its momentum average.

use serde::{Deserialize, Serialize};

/// Which part of the gradient the encoder follows. The predictor follows its own in all three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToyVariant {
    /// What comes through the prediction; the target is a constant (SimSiam; with a momentum target BYOL).
    #[default]
    StopGradient,
    /// The whole gradient, through prediction and target.
    NoStopGradient,
    /// What comes through the target only.
    TargetOnly,
}

/// A grid of points at which arrows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToyGrid {
    /// From and to, along `phi`.
    pub phi: [f64; 2],
    /// From and to, along `theta`.
    pub theta: [f64; 2],
    /// How many along `phi`, both ends included; at least 2.
    pub columns: usize,
    /// How many along `theta`, both ends included; at least 2.
    pub rows: usize,
}

/// What is asked of the toy. The default is the example of METHODS 4.4.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToyQuestion {
    /// Which part of the gradient the encoder follows.
    pub variant: ToyVariant,
    /// The predictor at time 0.
    pub phi: f64,
    /// The encoder at time 0; a momentum target starts there, too.
    pub theta: f64,
    /// With a momentum target: the rate at which it follows the encoder, per unit of time.
    pub momentum: Option<f64>,
    /// Weight decay of predictor and encoder; 0 for none.
    pub weight_decay: f64,
    /// How long to follow, in units of time (learning rate times steps).
    pub time: f64,
    /// Plain gradient descent with this learning rate instead of the continuous flow.
    pub step: Option<f64>,
    /// A phase portrait beside the trajectory.
    pub grid: Option<ToyGrid>,
}

impl Default for ToyQuestion {
    fn default() -> Self {
        Self {
            variant: ToyVariant::default(),
            phi: 0.6,
            theta: 0.1,
            momentum: None,
            weight_decay: 0.0,
            time: 50.0,
            step: None,
            grid: None,
        }
    }
}

/// What the toy does. Every number is finite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToyAnswer {
    /// `[time, phi, theta, target]`, in order of time, from 0; without momentum the target is `theta`.
    pub trajectory: Vec<[f64; 4]>,
    /// The loss at each point of the trajectory, without weight decay.
    pub loss: Vec<f64>,
    /// The expression called [`Self::invariant_name`] at each point of the trajectory.
    pub invariant: Vec<f64>,
    /// What the invariant is: `theta^2 - phi^2`.
    pub invariant_name: String,
    /// Arrows `[phi, theta, dphi/dt, dtheta/dt]`, row by row from the lowest `theta`; with a momentum target those at
    /// `target = theta`. Empty if no grid was asked for.
    pub field: Vec<[f64; 4]>,
    /// Where the continuous flow ends, `[phi, theta]`, if that is known.
    pub limit: Option<[f64; 2]>,
    /// What can be seen, in a few sentences.
    pub words: String,
}
