//! Do the optimisers move weights as PyTorch's do?
//!
//! Expected weights: `torch.optim` 2.15 in 64 bits on the same weights and gradients, three steps (AdamW with its decay
//! on the matrix only; LARS, which PyTorch does not have, from its formula with PyTorch's tensors). Tolerance: 1e-6 of the
//! largest weight, a few roundings in 32 bits.

mod numbers;

use augsphere_engine::nn::{Init, Layout};
use augsphere_engine::optimisers::{Schedule, build, cards, clip_grad_norm};
use augsphere_spec::{Choice, Knobs};
use burn::tensor::Device;
use numbers::{near, tensor, values};

const START: [f32; 9] = [0.5, -1.0, 2.0, 0.25, 0.75, -0.5, 1.0, -0.2, 0.1];
const GRADIENTS: [[f32; 9]; 3] = [
    [0.1, -0.2, 0.3, 0.4, 0.0, -0.1, 0.05, -0.5, 0.2],
    [-0.3, 0.1, 0.2, 0.0, 0.6, 0.1, 0.1, 0.1, -0.4],
    [0.2, 0.2, -0.2, -0.5, 0.1, 0.3, -0.2, 0.3, 0.1],
];

/// A 2x3 matrix and a bias of 3.
fn layout() -> Layout {
    let mut layout = Layout::default();
    layout.weight("matrix", [2, 3], Init::FanIn(3));
    layout.weight("bias", [3], Init::Constant(0.0));
    layout
}

fn choice(kind: &str, settings: &[(&str, f64)]) -> Choice {
    let card = cards().into_iter().find(|card| card.name == kind).expect("an optimiser of the list");
    let mut knobs = card.defaults();
    for &(name, value) in settings {
        assert!(card.knob(name).is_some(), "{kind} has no knob {name}");
        knobs.set(name, value);
    }
    Choice { kind: kind.into(), knobs }
}

/// The weights after each step.
fn run(choice: &Choice, rate: f64) -> Vec<Vec<f32>> {
    let device = Device::flex();
    let mut optimiser = build(choice, &layout(), &device);
    let mut theta = tensor(&START, [9], &device);
    let step = |gradient: &[f32; 9]| {
        theta = optimiser.step(theta.clone(), tensor(gradient, [9], &device), rate, &choice.knobs);
        values(theta.clone())
    };
    GRADIENTS.iter().map(step).collect()
}

fn check(choice: &Choice, rate: f64, expected: [[f64; 9]; 3]) {
    for (step, (found, expected)) in run(choice, rate).iter().zip(&expected).enumerate() {
        near(found, expected, 1e-6, 0.0, &format!("{}, step {}", choice.kind, step + 1));
    }
}

#[test]
fn sgd_is_that_of_pytorch() {
    let expected = [
        [0.4895, -0.979, 1.968, 0.20975, 0.74925, -0.4895, 0.994, -0.1498, 0.0799],
        [0.5095605, -0.969121, 1.917232, 0.17331525, 0.68782575, -0.4895605, 0.977606, -0.1144702, 0.1017301],
        [
            0.5071053895,
            -0.979260779,
            1.889623568,
            0.1903506598,
            0.6218560992,
            -0.5191253895,
            0.981873794,
            -0.1125589098,
            0.1112754599,
        ],
    ];
    check(&choice("sgd", &[("momentum", 0.9), ("weight_decay", 0.01)]), 0.1, expected);
}

#[test]
fn adam_is_that_of_pytorch() {
    let expected = [
        [0.4000000095, -0.9000000048, 1.9000000031, 0.1500000025, 0.6500001333, -0.4000000095, 0.9000000167, -0.100000002, 5e-09],
        [
            0.4477445113,
            -0.8681231952,
            1.80267127,
            0.0827171903,
            0.5747640173,
            -0.4007847866,
            0.8025029953,
            -0.0486664269,
            0.0364241192,
        ],
        [
            0.4438007793,
            -0.8902180758,
            1.7617308124,
            0.0998388496,
            0.506494199,
            -0.4586315059,
            0.8151478467,
            -0.0467248525,
            0.0499141945,
        ],
    ];
    check(&choice("adam", &[("beta1", 0.9), ("beta2", 0.999), ("weight_decay", 0.01)]), 0.1, expected);
}

#[test]
fn adamw_is_that_of_pytorch_and_leaves_biases_undecayed() {
    let expected = [
        [0.39500001, -0.890000005, 1.8800000033, 0.1475000025, 0.7425, -0.39500001, 0.90000002, -0.100000002, 5e-09],
        [
            0.440468991,
            -0.8544663027,
            1.7641647943,
            0.0790191794,
            0.6606613194,
            -0.3963131673,
            0.8034818296,
            -0.0488973957,
            0.0366103565,
        ],
        [
            0.4341855318,
            -0.8731913172,
            1.7119502616,
            0.0957946424,
            0.5868089884,
            -0.4518744974,
            0.8228612737,
            -0.0472765269,
            0.0502794223,
        ],
    ];
    check(&choice("adamw", &[("beta1", 0.9), ("beta2", 0.999), ("weight_decay", 0.1)]), 0.1, expected);
}

#[test]
fn lars_scales_each_matrix_and_leaves_biases_alone() {
    let expected = [
        [0.4954805799, -0.9909611598, 1.9862265293, 0.2326755564, 0.7496771843, -0.4954805799, 0.975, 0.05, 0.0],
        [0.5014484432, -0.9858904387, 1.9663522534, 0.2170044174, 0.7287239258, -0.4946458641, 0.9025, 0.225, 0.11],
        [0.4994460656, -0.9881653149, 1.954951302, 0.2208051106, 0.7060073508, -0.504506377, 0.93725, 0.2325, 0.159],
    ];
    let lars = |decay: f64| choice("lars", &[("momentum", 0.9), ("weight_decay", decay), ("trust", 0.02)]);
    check(&lars(0.01), 0.5, expected);

    // The excluded part is SGD with momentum whatever the decay.
    let (some, none) = (run(&lars(0.5), 0.5), run(&lars(0.0), 0.5));
    for ((some, none), expected) in some.iter().zip(&none).zip(&expected) {
        assert_eq!(some[6..], none[6..], "weight decay does not reach the bias");
        near(&some[6..], &expected[6..], 1e-6, 0.0, "the bias moves as under SGD");
    }
}

/// The trust ratio makes a step independent of the gradient's length, and a matrix of zeros still moves.
#[test]
fn lars_does_not_divide_by_zero() {
    let device = Device::flex();
    let choice = choice("lars", &[("momentum", 0.0), ("weight_decay", 0.0), ("trust", 0.02)]);
    let step = |start: &[f32; 9], scale: f32| {
        let gradient = GRADIENTS[0].map(|value| value * scale);
        values(build(&choice, &layout(), &device).step(
            tensor(start, [9], &device),
            tensor(&gradient, [9], &device),
            0.5,
            &choice.knobs,
        ))
    };
    near(&step(&START, 100.0)[..6], &numbers::wide(&step(&START, 1.0)[..6]), 1e-6, 0.0, "a longer gradient");
    let from_zero = step(&[0.0; 9], 1.0);
    near(&from_zero, &GRADIENTS[0].map(|value| f64::from(value) * -0.5), 1e-6, 0.0, "a ratio of 1 where a norm is zero");
    near(&step(&START, 0.0), &START.map(f64::from), 1e-6, 0.0, "no gradient, no step");
}

fn schedule(warmup: i64, steps: i64, kind: &str) -> Schedule {
    let mut train = Knobs::default();
    train.set("warmup", warmup);
    train.set("steps", steps);
    train.set("schedule", kind);
    Schedule::new(&train)
}

#[test]
fn the_schedule_warms_up_and_falls_along_a_cosine() {
    let cosine = schedule(10, 110, "cosine");
    let expected = [
        (0, 0.1),
        (4, 0.5),
        (9, 1.0),
        (10, 1.0),
        (35, (2.0 + 2f64.sqrt()) / 4.0),
        (60, 0.5),
        (85, (2.0 - 2f64.sqrt()) / 4.0),
        (110, 0.0),
        (500, 0.0),
    ];
    for (done, factor) in expected {
        assert!(
            (cosine.factor(done) - factor).abs() < 1e-12,
            "after {done} steps: expected {factor}, found {}",
            cosine.factor(done)
        );
    }
    assert!(cosine.factor(109) > 0.0, "the last step still moves");
    let constant = schedule(10, 110, "constant");
    assert_eq!([0, 9, 10, 60, 109].map(|done| constant.factor(done)), [0.1, 1.0, 1.0, 1.0, 1.0]);
    assert!((schedule(0, 100, "cosine").factor(0) - 1.0).abs() < 1e-12, "without a warm-up the first step is whole");
    assert!(schedule(200, 100, "cosine").factor(99) <= 0.5, "a run can end during its warm-up");
}

#[test]
fn the_guard_shortens_long_gradients_only() {
    let device = Device::flex();
    let guarded = |limit: f64| {
        let (gradient, norm) = clip_grad_norm(tensor(&[3.0, 0.0, -4.0], [3], &device), limit);
        (values(gradient), values(norm)[0])
    };
    let (gradient, norm) = guarded(2.5);
    near(&gradient, &[1.5, 0.0, -2.0], 1e-6, 0.0, "halved");
    assert!((norm - 5.0).abs() < 1e-5, "the norm before: {norm}");
    assert_eq!(guarded(7.0).0, [3.0, 0.0, -4.0], "short enough");
    assert_eq!(guarded(0.0).0, [3.0, 0.0, -4.0], "0 switches it off");
    let (zero, _) = clip_grad_norm(tensor(&[0.0, 0.0], [2], &device), 1.0);
    assert_eq!(values(zero), [0.0, 0.0], "no gradient is no division by zero");
}
