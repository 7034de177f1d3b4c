//! Is every gradient that of its loss? Finite differences for every input that should receive one, exact zeros for the others,
//! and the same on every device.

use super::gradient;
use super::numbers::{near, noise, places, tensor, tracked, values, wide};
use augsphere_engine::losses::{
    Terms, alignment, byol, cosine_terms, cross_view_terms, decoupled_terms, linear_terms, margin_pair, margin_terms, nt_xent,
    nt_xent_terms, queue_terms, simsiam, spectral_terms, uniformity, uniformity_against, uniformity_with_self,
};
use burn::tensor::{Device, Tensor};

const ROWS: usize = 4;
const WIDTH: usize = 3;

type OfBlocks = dyn Fn(&[Tensor<2>]) -> Tensor<1>;
type Views = [Tensor<2>; 2];
type OfBranches = fn(Views, Views, Views) -> Terms;

/// A loss of some blocks of rows `[4, 3]`, all from different branches.
struct Case {
    name: &'static str,
    inputs: usize,
    loss: Box<OfBlocks>,
}

fn case(name: &'static str, inputs: usize, loss: impl Fn(&[Tensor<2>]) -> Tensor<1> + 'static) -> Case {
    Case { name, inputs, loss: Box::new(loss) }
}

/// The losses of three branches: online, positive, negatives.
fn branched() -> Vec<(&'static str, OfBranches)> {
    vec![
        ("NT-Xent", |o, p, c| nt_xent_terms(o, p, c, 0.5)),
        ("cross view", |o, p, c| cross_view_terms(o, p, c, 0.5)),
        ("decoupled", |o, p, c| decoupled_terms(o, p, c, 0.5)),
        ("margin", |o, p, c| margin_terms(o, p, c, 4.0)),
        ("linear", |o, p, c| linear_terms(o, p, c, 1.7)),
        ("spectral", |o, p, c| spectral_terms(o, p, c, f64::INFINITY)),
        // The noise rows are shorter than 1.8, and most are longer than 0.3.
        ("spectral, cut", |o, p, c| spectral_terms(o, p, c, 0.09)),
    ]
}

fn branches(x: &[Tensor<2>]) -> (Views, Views, Views) {
    let views = |at: usize| [x[at].clone(), x[at + 1].clone()];
    (views(0), views(2), views(4))
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("nt_xent", 2, |x| nt_xent(x[0].clone(), x[1].clone(), 0.5)),
        case("queue", 2, |x| queue_terms(x[0].clone(), x[1].clone(), queue(&x[0]), 3, 0.5).total()),
        case("margin of similar pairs", 2, |x| margin_pair(x[0].clone(), x[1].clone(), false, 4.0)),
        case("margin of dissimilar pairs", 2, |x| margin_pair(x[0].clone(), x[1].clone(), true, 4.0)),
        case("alignment 1.5", 2, |x| alignment(x[0].clone(), x[1].clone(), 1.5)),
        case("alignment 2", 2, |x| alignment(x[0].clone(), x[1].clone(), 2.0)),
        case("alignment 3", 2, |x| alignment(x[0].clone(), x[1].clone(), 3.0)),
        case("uniformity", 1, |x| uniformity(x[0].clone(), 1.5)),
        case("uniformity with self", 1, |x| uniformity_with_self(x[0].clone(), 1.5)),
        case("uniformity against", 1, |x| uniformity_against(x[0].clone(), queue(&x[0]), 3, 1.5)),
        case("cosine", 2, |x| cosine_terms(x[0].clone(), x[1].clone()).total()),
        case("byol", 2, |x| byol(x[0].clone(), x[1].clone())),
        case("simsiam", 2, |x| simsiam(x[0].clone(), x[1].clone())),
    ];
    for (name, loss) in branched() {
        let parts: [fn(Terms) -> Tensor<1>; 3] = [|terms| terms.attract, |terms| terms.repel, |terms| terms.total()];
        cases.extend(parts.map(|part| {
            case(name, 6, move |x| {
                let (online, positive, negatives) = branches(x);
                part(loss(online, positive, negatives))
            })
        }));
    }
    cases
}

/// Five unit rows where `beside` is; three are filled.
fn queue(beside: &Tensor<2>) -> Tensor<2> {
    let rows = noise(5 * WIDTH, 40);
    let unit = rows.chunks(WIDTH).flat_map(|row| {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        row.iter().map(move |value| value / length)
    });
    tensor(&unit.collect::<Vec<f32>>(), [5, WIDTH], &beside.device().without_autodiff())
}

fn blocks(count: usize) -> Vec<Vec<f32>> {
    (0..count).map(|at| noise(ROWS * WIDTH, 30 + at as u64)).collect()
}

fn gradients(case: &Case, blocks: &[Vec<f32>], device: &Device) -> Vec<Vec<f32>> {
    let inputs: Vec<Tensor<2>> = blocks.iter().map(|block| tracked(block, [ROWS, WIDTH], device)).collect();
    let gradients = (case.loss)(&inputs).backward();
    inputs.iter().map(|input| gradient(input, &gradients)).collect()
}

/// The derivative by every number of one block: four values each, so that the step may be wide against 32-bit rounding.
fn differences(case: &Case, blocks: &[Vec<f32>], block: usize, device: &Device) -> Vec<f64> {
    const STEP: f32 = 0.03;
    let at = |index: usize, shift: f32| {
        let mut moved = blocks.to_vec();
        moved[block][index] += shift;
        let inputs: Vec<Tensor<2>> = moved.iter().map(|block| tensor(block, [ROWS, WIDTH], device)).collect();
        f64::from(values((case.loss)(&inputs))[0])
    };
    let slope = |index| {
        let (near, far) = (at(index, STEP) - at(index, -STEP), at(index, 2.0 * STEP) - at(index, -2.0 * STEP));
        (8.0 * near - far) / (12.0 * f64::from(STEP))
    };
    (0..ROWS * WIDTH).map(slope).collect()
}

#[test]
fn every_gradient_is_that_of_its_loss() {
    let device = &places()[0].device;
    for case in cases() {
        let blocks = blocks(case.inputs);
        let found = gradients(&case, &blocks, device);
        for (block, found) in found.iter().enumerate() {
            let expected = differences(&case, &blocks, block, device);
            near(found, &expected, 1e-3, 0.05, &format!("{}, input {block}", case.name));
        }
    }
}

#[test]
fn every_gradient_is_the_same_on_every_device() {
    for place in &places()[1..] {
        for case in cases() {
            let blocks = blocks(case.inputs);
            let expected = gradients(&case, &blocks, &places()[0].device);
            for (found, expected) in gradients(&case, &blocks, &place.device).iter().zip(&expected) {
                near(found, &wide(expected), place.tolerance, 0.01, &format!("{} on {:?}", case.name, place.kind));
            }
        }
    }
}

/// A branch that is detached (cut from the graph, or without any knowledge of gradients) leaves the gradients of the others as
/// they are, and its own is exactly zero.
#[test]
fn a_detached_branch_receives_exactly_nothing() {
    let device = &places()[0].device;
    for case in cases() {
        let blocks = blocks(case.inputs);
        let whole = gradients(&case, &blocks, device);
        for detached in 0..case.inputs * usize::from(case.inputs > 1) {
            for cut in [Tensor::<2>::inner, |z: Tensor<2>| (z * 1.0).detach()] {
                let leaves: Vec<Tensor<2>> = blocks.iter().map(|block| tracked(block, [ROWS, WIDTH], device)).collect();
                let mut inputs = leaves.clone();
                inputs[detached] = cut(inputs[detached].clone());
                let loss = (case.loss)(&inputs);
                let gradients = loss.backward();
                for (at, leaf) in leaves.iter().enumerate() {
                    let expected = if at == detached { vec![0.0; ROWS * WIDTH] } else { wide(&whole[at]) };
                    let tolerance = if at == detached { 0.0 } else { 1e-6 };
                    let what = format!("{}, {detached} detached, input {at}", case.name);
                    near(&gradient(leaf, &gradients), &expected, tolerance, 0.1, &what);
                }
            }
        }
    }
}

/// With shared weights the gradient is the sum over the branches; which branches are detached decides which parts arrive.
#[test]
fn a_shared_branch_adds_up_its_three_parts() {
    let device = &places()[0].device;
    for (name, loss) in branched() {
        let two = blocks(2);
        let case = case(name, 6, move |x| {
            let (online, positive, negatives) = branches(x);
            loss(online, positive, negatives).total()
        });
        let parts = gradients(&case, &[two.clone(), two.clone(), two.clone()].concat(), device);
        for kept in 1..8 {
            let leaves: Vec<Tensor<2>> = two.iter().map(|block| tracked(block, [ROWS, WIDTH], device)).collect();
            let views = |branch: usize| {
                let keep = kept >> branch & 1 == 1;
                [0, 1].map(|view| if keep { leaves[view].clone() } else { (leaves[view].clone() * 1.0).detach() })
            };
            let total = loss(views(0), views(1), views(2)).total();
            let gradients = total.backward();
            for view in 0..2 {
                let kept_parts = || (0..3).filter(|branch| kept >> branch & 1 == 1).map(|branch| &parts[2 * branch + view]);
                let sum = |at: usize| kept_parts().map(|part| f64::from(part[at])).sum();
                let expected: Vec<f64> = (0..ROWS * WIDTH).map(sum).collect();
                near(&gradient(&leaves[view], &gradients), &expected, 1e-5, 0.1, &format!("{name}, branches {kept:03b}"));
            }
        }
    }
}

/// Pulling knows nothing of the branch of the negatives; without a softmax, pushing knows nothing of the positive branch.
#[test]
fn each_part_depends_on_its_own_branches_only() {
    let device = &places()[0].device;
    for (name, loss) in branched() {
        let leaves: Vec<Tensor<2>> = blocks(6).iter().map(|block| tracked(block, [ROWS, WIDTH], device)).collect();
        // A graph serves one backward pass.
        let terms = || {
            let (online, positive, negatives) = branches(&leaves);
            loss(online, positive, negatives)
        };
        let (attract, repel) = (terms().attract.backward(), terms().repel.backward());
        let none = |at: usize, gradients| gradient(&leaves[at], gradients).iter().all(|&value| value == 0.0);
        assert!(none(4, &attract) && none(5, &attract), "{name}: negatives attracts");
        assert!(!none(4, &repel) && !none(5, &repel), "{name}: negatives repels");
        assert!(!none(2, &attract) && !none(3, &attract), "{name}: positive attracts");
        let softmax = matches!(name, "NT-Xent" | "cross view");
        assert_eq!(none(2, &repel), !softmax, "{name}: positive repels");
    }
}
