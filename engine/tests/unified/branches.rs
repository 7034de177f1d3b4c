//! Which branch each row of the simplified gradients comes from: every branch has rows of its own here, and the gradients are worked
//! out in double precision from the formulas of [6.2] with the branches of [6.3].

use crate::numbers::{near, places, values};
use crate::{Rows, graded};
use augsphere_engine::losses::Views;
use augsphere_engine::methods::{self, Branches, Method};
use augsphere_spec::{Choice, Knobs};
use burn::tensor::Tensor;

const N: usize = 5;
const D: usize = 4;

/// Rows in double precision.
type Wide = Vec<Vec<f64>>;

fn wide(rows: &Rows) -> Wide {
    rows.values.chunks(rows.shape[1]).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn unit(rows: &Wide) -> Wide {
    rows.iter().map(|row| row.iter().map(|x| x / dot(row, row).sqrt()).collect()).collect()
}

/// Columns of mean 0 and deviation 1: biased variance plus 1e-5.
fn standardised(rows: &Wide) -> Wide {
    let n = rows.len() as f64;
    let column = |c: usize| rows.iter().map(move |row| row[c]);
    let mean: Vec<f64> = (0..D).map(|c| column(c).sum::<f64>() / n).collect();
    let deviation: Vec<f64> = (0..D).map(|c| (column(c).map(|x| (x - mean[c]).powi(2)).sum::<f64>() / n + 1e-5).sqrt()).collect();
    rows.iter().map(|row| (0..D).map(|c| (row[c] - mean[c]) / deviation[c]).collect()).collect()
}

/// `-pull + sum_v weight_v v` for one anchor.
fn gradient(pull: &[f64], scale: f64, weighted: impl Iterator<Item = (f64, Vec<f64>)>) -> Vec<f64> {
    let mut sum: Vec<f64> = pull.iter().map(|x| -x * scale).collect();
    for (weight, v) in weighted {
        sum.iter_mut().zip(&v).for_each(|(sum, x)| *sum += weight * x);
    }
    sum
}

/// The gradient with respect to the rows `u_1` of view 1, averaged over images and directions: `online`, `target`, `negatives`,
/// a row of each of which is `[view 1, view 2]`, of unit length or standardised.
fn expected(row: char, rows: &[Wide; 6], scale: f64) -> Wide {
    let [o1, _, _, t2, n1, n2] = rows;
    let n = N as f64;
    let anchor = |i: usize| match row {
        // -u_2 + sum_v s_v v over all 2N rows of the bank, in which the positive stands for the row of its image and view.
        'b' => {
            let candidates: Wide =
                (0..N).map(|j| if j == i { t2[i].clone() } else { n2[j].clone() }).chain(n1.iter().cloned()).collect();
            let exp: Vec<f64> = candidates.iter().map(|v| (dot(&o1[i], v) / scale).exp()).collect();
            let sum: f64 = exp.iter().sum();
            gradient(&t2[i], 1.0 / scale, exp.into_iter().zip(candidates).map(|(e, v)| (e / sum / scale, v)))
        }
        // -u_2 + lambda sum_v (u_2^t v_2^t / N) v_1^o.
        'g' | 'h' => gradient(&t2[i], 1.0, (0..N).map(|v| (scale * dot(&n2[i], &n2[v]) / n, o1[v].clone()))),
        // -u_2 + lambda sum_v (u_1^o v_1^o / N) v_1^o.
        _ => gradient(&t2[i], 1.0, (0..N).map(|v| (scale * dot(&o1[i], &o1[v]) / n, o1[v].clone()))),
    };
    (0..N).map(|i| anchor(i).iter().map(|g| g / (2.0 * n)).collect()).collect()
}

/// `g . how(z)` changes with the raw rows `z` by this: the gradient behind a normalisation, by central differences.
fn behind(how: fn(&Wide) -> Wide, z: &Wide, g: &Wide) -> Vec<f64> {
    let along = |z: &Wide| how(z).iter().zip(g).map(|(u, g)| dot(u, g)).sum::<f64>();
    let slope = |at: usize| {
        let moved = |by: f64| {
            let mut z = z.clone();
            z[at / D][at % D] += by;
            along(&z)
        };
        (moved(1e-5) - moved(-1e-5)) / 2e-5
    };
    (0..N * D).map(slope).collect()
}

fn method(name: &str, knob: &str, value: f64) -> (Box<dyn Method>, Knobs) {
    let mut knobs = Knobs::default();
    knobs.set(knob, value);
    (methods::build(&Choice { kind: name.into(), knobs: knobs.clone() }, 0, 64), knobs)
}

/// In (b) the bank has the anchor's own row; in (g) and (h) `v_1` is online, `u_2` and `v_2` are the target's; in (j) `u_1` and
/// `v_1` are online. A momentum target has other rows than the online branch, so a wrong branch is a wrong number.
#[test]
fn every_branch_of_a_row_has_rows_of_its_own() {
    let inputs: Vec<Rows> = (0..6).map(|seed| Rows::noise([N, D], 70 + seed)).collect();
    let raw: [Wide; 6] = std::array::from_fn(|at| wide(&inputs[at]));
    for (row, knob, scale) in [('b', "temperature", 0.3), ('g', "lambda", 0.7), ('h', "lambda", 5.0), ('j', "lambda", 5.0)] {
        let how = if row == 'g' { standardised } else { unit };
        let found = behind(how, &raw[0], &expected(row, &raw.clone().map(|rows| how(&rows)), scale));
        let (method, knobs) = method(&format!("gradient_{row}"), knob, scale);
        for place in places() {
            let (_, gradients) = graded(&inputs, &place.device, |z| {
                let pair = |first: usize| Views::from([z[first].clone(), z[first + 1].clone()]);
                let branches = Branches {
                    online: pair(0),
                    target: pair(2),
                    negatives: pair(4),
                    ..Branches::shared([z[0].clone(), z[1].clone()])
                };
                method.loss(&branches, &knobs).terms.total()
            });
            near(&gradients[0], &found, place.tolerance.max(2e-5), 0.0, &format!("({row}), {:?}", place.kind));
            assert!(gradients[2..].concat().iter().all(|&g| g == 0.0), "({row}): only the online branch is trained");
        }
    }
}

/// All embeddings of one batch equal: (b) has `2N` equal candidates.
#[test]
fn gradient_b_at_collapse_is_the_logarithm_of_all_rows() {
    let (method, knobs) = method("gradient_b", "temperature", 0.2);
    for place in places() {
        let z = Rows { values: [0.3, -1.2, 0.4, 0.1].repeat(N), shape: [N, D] }.on(&place.device);
        let loss: Tensor<1> = method.loss(&Branches::shared([z.clone(), z]), &knobs).terms.total();
        near(&values(loss), &[(2.0 * N as f64).ln()], place.tolerance, 0.0, &format!("{:?}", place.kind));
    }
}
