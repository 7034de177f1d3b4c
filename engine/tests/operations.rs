//! Do the operations on rows and on flat vectors compute what their formulas say, with the gradients of central differences, on every device?

mod numbers;

use augsphere_engine::losses::{Views, nt_xent_terms};
use augsphere_engine::nn::{
    AdamStep, Candidates, Layout, Observed, SgdStep, Statistics, adam, add_relu, blend, joined, largest, length,
    mean_log_sum_exp, mean_positions, mean_product, paired_products, product, sgd, unit_rows,
};
use burn::tensor::{Device, Tensor};
use numbers::{Place, near, noise, places, tensor, tracked, values, wide};

/// Rows and columns: whole vectors, none, more rows than a workgroup has and more columns than a row has lanes.
const SIZES: [[usize; 2]; 5] = [[4, 8], [1, 1], [7, 3], [33, 17], [20, 130]];

/// A weighted sum, so that every number of a result has a gradient of its own.
fn weighted<const D: usize>(result: Tensor<D>, device: &Device) -> Tensor<1> {
    let shape = result.dims();
    let weights: Tensor<D> = tensor(&noise(shape.iter().product(), 99), shape, device);
    (result.clone() * if result.is_autodiff() { weights.autodiff() } else { weights }).sum()
}

/// The gradient of a function of one input beside central differences of the same function in 64 bits.
fn graded<const D: usize>(
    place: &Place,
    input: &[f32],
    shape: [usize; D],
    function: impl Fn(Tensor<D>) -> Tensor<1>,
    exact: impl Fn(&[f64]) -> f64,
    what: &str,
) {
    let leaf = tracked(input, shape, &place.device);
    let total = function(leaf.clone());
    near(&values(total.clone()), &[exact(&wide(input))], place.tolerance, 1.0, &format!("{what}, value, {:?}", place.kind));
    let gradients = total.backward();
    let step = 1e-5;
    let expected: Vec<f64> = (0..input.len())
        .map(|at| {
            let moved = |by: f64| {
                let mut input = wide(input);
                input[at] += by;
                exact(&input)
            };
            (moved(step) - moved(-step)) / (2.0 * step)
        })
        .collect();
    let found = values(leaf.grad(&gradients).expect("a gradient"));
    near(&found, &expected, place.tolerance * 3.0, 1e-3, &format!("{what}, gradient, {:?}", place.kind));
}

/// A factor on what is one number.
const WEIGHT: f64 = 1.7;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sum that [`weighted`] makes, in 64 bits.
fn sum(result: &[f64]) -> f64 {
    wide(&noise(result.len(), 99)).iter().zip(result).map(|(weight, value)| weight * value).sum()
}

#[test]
fn rows_of_unit_length() {
    for (place, [rows, width]) in places().iter().flat_map(|place| SIZES.map(|size| (place, size))) {
        let exact = |z: &[f64]| {
            let unit = z.chunks_exact(width).flat_map(|row| {
                let size = row.iter().map(|value| value * value).sum::<f64>().sqrt();
                row.iter().map(move |value| value / size)
            });
            sum(&unit.collect::<Vec<_>>())
        };
        let function = |z| weighted(unit_rows(z), &place.device);
        graded(place, &noise(rows * width, 1), [rows, width], function, exact, &format!("unit rows {rows} x {width}"));
    }
}

#[test]
fn a_row_of_zeros_stays_one_and_its_gradient_is_finite() {
    for place in places() {
        let z = tracked(&[0.0, 0.0, 3.0, 4.0], [2, 2], &place.device);
        let unit = unit_rows(z.clone());
        near(&values(unit.clone()), &[0.0, 0.0, 0.6, 0.8], place.tolerance, 0.0, "unit rows");
        let gradient = values(z.grad(&unit.sum().backward()).expect("a gradient"));
        assert!(gradient.iter().all(|value| value.is_finite()), "{gradient:?}");
    }
}

#[test]
fn products_of_pairs() {
    for (place, [rows, width]) in places().iter().flat_map(|place| SIZES.map(|size| (place, size))) {
        for shift in [0, 1, rows / 2] {
            let v = noise(rows * width, 2);
            let partner = |row: usize| (row + shift) % rows;
            let products = |u: &[f64], v: &[f64]| {
                let product = |row: usize| (0..width).map(|at| u[row * width + at] * v[partner(row) * width + at]).sum();
                sum(&(0..rows).map(product).collect::<Vec<f64>>())
            };
            let what = format!("pairs {rows} x {width} shifted by {shift}");
            let (fixed, wide_v) = (tensor(&v, [rows, width], &place.device), wide(&v));
            let function = |u: Tensor<2>| weighted(paired_products(u, fixed.clone().autodiff(), shift), &place.device);
            graded(place, &noise(rows * width, 3), [rows, width], function, |u| products(u, &wide_v), &what);
            let function = |u: Tensor<2>| weighted(paired_products(fixed.clone().autodiff(), u, shift), &place.device);
            graded(place, &noise(rows * width, 3), [rows, width], function, |u| products(&wide_v, u), &format!("{what}, second"));
        }
    }
}

/// Rows, terms and columns: less than a strip and than a tile, exactly one, more of each, and nothing to add up.
const PRODUCTS: [[usize; 3]; 7] = [[1, 1, 1], [3, 5, 2], [64, 16, 64], [65, 17, 66], [130, 40, 7], [5, 100, 129], [2, 0, 3]];

/// Values `[rows, columns]` as a matrix that lies in memory the other way round.
fn lying(values: &[f32], [rows, columns]: [usize; 2], device: &Device, turned: bool) -> Tensor<2> {
    if !turned {
        return tensor(values, [rows, columns], device);
    }
    let other: Vec<f32> = (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect();
    tensor(&other, [columns, rows], device).transpose()
}

#[test]
fn products_of_matrices_in_any_layout() {
    for (place, [rows, terms, columns]) in places().iter().flat_map(|place| PRODUCTS.map(|size| (place, size))) {
        let product_of = |a: &[f64], b: &[f64]| -> Vec<f64> {
            let entry =
                |row: usize, column: usize| (0..terms).map(|term| a[row * terms + term] * b[term * columns + column]).sum();
            (0..rows)
                .flat_map(|row| (0..columns).map(move |column| (row, column)))
                .map(|(row, column)| entry(row, column))
                .collect()
        };
        let (a, b) = (noise(rows * terms, 31), noise(terms * columns, 32));
        for (first, second) in [(false, false), (true, false), (false, true), (true, true)] {
            let what = format!("{rows} x {terms} x {columns}, {first} {second}, {:?}", place.kind);
            let left = lying(&a, [rows, terms], &place.device, first);
            let right = lying(&b, [terms, columns], &place.device, second);
            let exact = product_of(&wide(&a), &wide(&b));
            near(&values(product(left.clone(), right.clone())), &exact, place.tolerance, 1e-3, &what);
            if rows * terms * columns > 6_000 || terms == 0 {
                continue;
            }
            let function = |a: Tensor<2>| weighted(product(a, right.clone().autodiff()), &place.device);
            graded(place, &a, [rows, terms], function, |a| sum(&product_of(a, &wide(&b))), &format!("{what}, of the first"));
            let function = |b: Tensor<2>| weighted(product(left.clone().autodiff(), b), &place.device);
            graded(place, &b, [terms, columns], function, |b| sum(&product_of(&wide(&a), b)), &format!("{what}, of the second"));
        }
    }
}

/// Rows that hold every number once, rows of few numbers many times, both zeros, and the largest and smallest ones there are.
#[test]
fn the_largest_numbers_of_rows_are_those_of_a_sort() {
    for (place, (columns, ks)) in places()
        .iter()
        .flat_map(|place| [(1, vec![1]), (130, vec![1, 7, 130]), (5000, vec![1, 200, 1000])].map(|case| (place, case)))
    {
        let rows = [
            noise(columns, 1),
            noise(columns, 2).into_iter().map(|value| (3.0 * value).trunc()).collect(),
            noise(columns, 3).into_iter().map(|value| if value > 0.0 { 0.0 } else { -0.0 }).collect(),
            noise(columns, 4).into_iter().map(|value| value.signum() * 1e38).collect(),
            vec![0.25; columns],
        ];
        for k in ks {
            let table = tensor(&rows.concat(), [rows.len(), columns], &place.device);
            for (row, found) in rows.iter().zip(values(largest(table, k)).chunks_exact(2 * k)) {
                let mut expected: Vec<(f32, usize)> = row.iter().copied().zip(0..).collect();
                expected.sort_by(|a, b| b.0.total_cmp(&a.0));
                let mut found: Vec<(f32, usize)> =
                    found[..k].iter().copied().zip(found[k..].iter().map(|column| *column as usize)).collect();
                found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                assert_eq!(found, expected[..k], "{k} of {columns}, {:?}", place.kind);
            }
        }
    }
}

fn exact_sums(similarity: &[f64], positive: Option<&[f64]>, columns: usize, candidates: Candidates) -> Vec<f64> {
    let scale = f64::from(candidates.scale);
    let row = |(row, line): (usize, &[f64])| {
        let counted = line.iter().enumerate().filter(|(column, _)| candidates.holds(row, *column)).map(|(_, value)| *value);
        let all = counted.chain(positive.map(|positive| positive[row]));
        all.map(|value| (scale * value).exp()).sum::<f64>().ln()
    };
    similarity.chunks_exact(columns).enumerate().map(row).collect()
}

#[test]
fn log_sums_over_candidates() {
    for (place, [rows, columns]) in places().iter().flat_map(|place| SIZES.map(|size| (place, size))) {
        let all = Candidates::all(0.5);
        let kinds = [("all", all), ("own image", all.except(2)), ("diagonal", all.except(rows.max(2))), ("filled", all.first(1))];
        for (name, candidates) in kinds {
            let what = format!("log sums {rows} x {columns}, {name}");
            let positive = noise(rows, 5);
            let (fixed, wide_positive) = (tensor(&positive, [rows], &place.device), wide(&positive));
            let function = |s: Tensor<2>| mean_log_sum_exp(s, Some(fixed.clone().autodiff()), candidates) * WEIGHT;
            let exact = |s: &[f64]| WEIGHT * mean(&exact_sums(s, Some(&wide_positive), columns, candidates));
            graded(place, &noise(rows * columns, 4), [rows, columns], function, exact, &format!("{what}, with a positive"));

            let similarity = noise(rows * columns, 4);
            let table = tensor(&similarity, [rows, columns], &place.device);
            let function = |p: Tensor<1>| mean_log_sum_exp(table.clone().autodiff(), Some(p), candidates) * WEIGHT;
            let exact = |p: &[f64]| WEIGHT * mean(&exact_sums(&wide(&similarity), Some(p), columns, candidates));
            graded(place, &positive, [rows], function, exact, &format!("{what}, of the positive"));

            let some = (0..rows).all(|row| (0..columns).any(|column| candidates.holds(row, column)));
            if some {
                let function = |s: Tensor<2>| mean_log_sum_exp(s, None, candidates) * WEIGHT;
                let exact = |s: &[f64]| WEIGHT * mean(&exact_sums(s, None, columns, candidates));
                graded(place, &noise(rows * columns, 4), [rows, columns], function, exact, &what);
            }
        }
    }
}

/// At temperature 0.01 `exp` alone would overflow.
#[test]
fn cold_log_sums_are_finite() {
    for place in places() {
        let similarity = tensor(&[1.0, -1.0, 0.5, 1.0, 1.0, -1.0], [2, 3], &place.device);
        let found = values(mean_log_sum_exp(similarity, None, Candidates::all(0.01)));
        near(&found, &[100.0 + 2.0f64.ln() / 2.0], place.tolerance, 0.0, "cold");
    }
}

#[test]
fn means() {
    for (place, count) in places().iter().flat_map(|place| [1, 5, 300].map(|count| (place, count))) {
        let v = noise(count * 3, 5);
        let (fixed, wide_v) = (tensor(&v, [count, 3], &place.device), wide(&v));
        let exact = |u: &[f64]| {
            let product = |at: usize| u[at] * wide_v[(at + 6) % (3 * count)];
            -2.5 * (0..3 * count).map(product).sum::<f64>() / count as f64
        };
        let function = |u: Tensor<2>| mean_product(u, fixed.clone().autodiff(), 2, -2.5);
        graded(place, &noise(count * 3, 6), [count, 3], function, exact, &format!("mean of {count} products"));
        let shape = [2, 3, count.min(7), 5];
        let numbers = shape.iter().product();
        let exact = |x: &[f64]| {
            let (positions, channels) = (shape[1] * shape[2], shape[3]);
            let mean = |at: usize| {
                let (image, channel) = (at / channels, at % channels);
                (0..positions).map(|position| x[(image * positions + position) * channels + channel]).sum::<f64>()
                    / positions as f64
            };
            sum(&(0..shape[0] * channels).map(mean).collect::<Vec<_>>())
        };
        let function = |x: Tensor<4>| weighted(mean_positions(x), &place.device);
        graded(place, &noise(numbers, 7), shape, function, exact, &format!("mean over positions {shape:?}"));
    }
}

#[test]
fn sums_that_are_rectified() {
    for place in places() {
        let shape = [2, 3, 3, 5];
        let y = noise(90, 9);
        let (fixed, wide_y) = (tensor(&y, shape, &place.device), wide(&y));
        let exact = |x: &[f64]| sum(&x.iter().zip(&wide_y).map(|(x, y)| (x + y).max(0.0)).collect::<Vec<_>>());
        let function = |x: Tensor<4>| weighted(add_relu(x, fixed.clone().autodiff()), &place.device);
        graded(place, &noise(90, 10), shape, function, exact, "sum");
        let function = |x: Tensor<4>| weighted(add_relu(fixed.clone().autodiff(), x), &place.device);
        graded(place, &noise(90, 10), shape, function, exact, "sum, second");
    }
}

#[test]
fn vectors_are_joined_in_order() {
    for place in places() {
        for lengths in [vec![1], vec![3, 1, 4], vec![5; 6], vec![2, 700, 1, 1, 9, 3, 8, 1, 1, 1, 40, 2, 6]] {
            let parts: Vec<Vec<f32>> = lengths.iter().zip(1..).map(|(&length, seed)| noise(length, seed)).collect();
            let tensors = parts.iter().map(|part| tensor(part, [part.len()], &place.device)).collect();
            assert_eq!(values(joined(tensors)), parts.concat(), "{lengths:?}, {:?}", place.kind);
        }
    }
}

#[test]
fn blends_and_lengths() {
    for place in places() {
        let (x, y) = (noise(9001, 1), noise(9001, 2));
        let on = |values: &[f32]| tensor(values, [values.len()], &place.device);
        let expected: Vec<f64> = x.iter().zip(&y).map(|(x, y)| 0.9 * f64::from(*x) - 0.1 * f64::from(*y)).collect();
        near(&values(blend(on(&x), on(&y), 0.9, -0.1)), &expected, 1e-6, 0.0, "blend");
        let size = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        near(&values(length(on(&x))), &[size], 1e-5, 0.0, "length");
        near(&values(length(on(&[-3.0]))), &[3.0], 1e-6, 0.0, "length of one");
    }
}

/// More layers than one launch folds in: means as they are, variances made unbiased, a tenth of the new ones.
#[test]
fn running_statistics_move_a_tenth_of_the_way() {
    let mut layout = Layout::default();
    let channels = [3, 1, 8, 5, 2, 7, 4, 6];
    for (at, channels) in channels.iter().enumerate() {
        layout.norm(format!("norm{at}"), *channels);
    }
    let moments = |at: usize| noise(2 * channels[at], at as u64);
    let counts = |at: usize| at + 1;
    for place in places() {
        let mut statistics = Statistics::new(&layout, &place.device);
        let layer = |at: usize| {
            let moments = moments(at);
            Observed { moments: tensor(&moments, [moments.len()], &place.device), count: counts(at) }
        };
        statistics.observe((0..channels.len()).map(layer).collect());
        let expected = |second: bool, start: f64| {
            let layer = |at: usize| {
                let unbiased = if second { counts(at) as f64 / (counts(at) as f64 - 1.0).max(1.0) } else { 1.0 };
                let (means, variances) = (moments(at)[..channels[at]].to_vec(), moments(at)[channels[at]..].to_vec());
                let seen = if second { variances } else { means };
                seen.into_iter().map(move |value| 0.9 * start + 0.1 * unbiased * f64::from(value)).collect::<Vec<_>>()
            };
            (0..channels.len()).flat_map(layer).collect::<Vec<f64>>()
        };
        let (mean, variance) = statistics.tensors(&layout);
        near(&values(mean), &expected(false, 0.0), 1e-6, 0.0, "means");
        near(&values(variance), &expected(true, 1.0), 1e-6, 0.0, "variances");
    }
}

/// The optimisers' values are held against PyTorch's elsewhere, on the CPU; here every device does the same.
#[test]
fn steps_of_optimisers_are_alike_on_every_device() {
    let count = 70_001;
    let steps = |place: &Place| {
        let on = |seed| tensor(&noise(count, seed), [count], &place.device);
        let sgd_step = SgdStep { rate: 0.1, momentum: 0.9, decay: 0.01 };
        let (theta, velocity) = sgd(on(1), on(2), on(3), sgd_step);
        let numbers = AdamStep { rate: 0.1, beta1: 0.9, beta2: 0.99, unbias1: 0.1, unbias2: 0.01, epsilon: 1e-8, decay: 0.01 };
        let second = || on(4).abs();
        let (adam_theta, [m, v]) = adam(on(1), on(2), [on(3), second()], None, numbers);
        let mask = on(5).greater_elem(0.0).float();
        let (masked, _) = adam(on(1), on(2), [on(3), second()], Some(mask), numbers);
        [theta, velocity, adam_theta, m, v, masked].map(values)
    };
    let reference = steps(&places()[0]);
    assert!(reference[5] != reference[2], "the mask matters");
    for place in &places()[1..] {
        for (found, expected) in steps(place).iter().zip(&reference) {
            near(found, &wide(expected), 1e-5, 0.0, "a step");
        }
    }
}

/// Whether the positives are known to be among the negatives or not, the loss and its gradient are the same.
#[test]
fn the_shared_branch_is_no_other_loss() {
    for place in places() {
        let z = noise(24, 8);
        let of = |shared: bool| {
            let leaf = tracked(&z, [6, 4], &place.device);
            let views = || Views::new(leaf.clone());
            let one = views();
            let terms = if shared {
                nt_xent_terms(one.clone(), one.clone(), one, 0.2)
            } else {
                nt_xent_terms(views(), views(), views(), 0.2)
            };
            let total = terms.total();
            let gradient = leaf.grad(&total.backward()).expect("a gradient");
            [values(total), values(gradient)].concat()
        };
        near(&of(true), &wide(&of(false)), place.tolerance, 0.0, "shared and not");
    }
}
