//! The operations that the self-test runs, with their sizes and how far a right answer may lie from the CPU's.
//!
//! Tolerances are in units of the root mean square of the right numbers, and a wrong answer (zeros, another row, old memory) is
//! off by about 1, so they may be generous and still find it. With `e = 6e-8`, half a unit in the last place of 32 bits:
//!
//! - Whole numbers are exact in any order of adding them up, and so are comparisons and copies: 0.
//! - `exp`, `log`, division and square root may be off by a few units in the last place, `exp(x)` by `3 + 2 |x|` (Vulkan, WGSL):
//!   some `20 e` of numbers up to 30 times their root mean square, 4e-5.
//! - The kernels of convolution and normalisation add up to 300 products and then up to 34,000 rows in chunks: some
//!   `sqrt(n) e`, which the differences in the backward pass magnify about ten times: 1e-4. Measured 1e-5 and less.
//! - Real products of `k` terms: `sqrt(k) e`, 1e-6 for 129.

use crate::augmentations::{self, Policy};
use crate::losses::nt_xent;
use crate::nn::{Geometry, Init, Layout, conv_norm, conv_norm_fixed, largest, linear, product, upload};
use crate::optimisers;
use crate::random::{Purpose, stream};
use augsphere_spec::Choice;
use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Comparisons, copies and whole numbers.
const EXACT: f32 = 0.0;
/// A few operations on each number, one of which may be a division or a function.
const FUNCTIONS: f32 = 4e-4;
/// Sums of many products, and what is made of them.
const SUMS: f32 = 1e-3;

/// The parts of an operation's answer on a device.
type Answer = Box<dyn Fn(&Device) -> Vec<Tensor<1>>>;

/// An operation with its inputs.
pub(super) struct Case {
    pub name: &'static str,
    pub shape: String,
    pub tolerance: f32,
    pub run: Answer,
}

impl Case {
    fn new(name: &'static str, shape: String, tolerance: f32, run: impl Fn(&Device) -> Vec<Tensor<1>> + 'static) -> Self {
        Self { name, shape, tolerance, run: Box::new(run) }
    }
}

/// Every case, the cheapest first.
pub(super) fn cases(quick: bool) -> Vec<Case> {
    let mut cases = tables(quick);
    cases.extend(FUSED.into_iter().take(if quick { 5 } else { 7 }).flat_map(Fused::cases));
    cases.push(views(quick));
    cases.push(bytes());
    let optimisers: &[&'static str] = if quick { &["adamw"] } else { &["sgd", "adamw", "lars"] };
    cases.extend(optimisers.iter().copied().map(optimiser));
    cases.extend(products(quick));
    cases.push(contrastive(quick));
    cases
}

/// Numbers in -1 to 1 without a pattern that symmetry could hide behind; the same on every machine.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    std::iter::repeat_with(next).skip(8).take(count).collect()
}

/// Whole numbers from -3 to 3.
fn whole(count: usize, seed: u64) -> Vec<f32> {
    noise(count, seed).into_iter().map(|value| (value * 3.5).trunc()).collect()
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let tensor = if tensor.is_autodiff() { tensor.inner() } else { tensor };
    let length = tensor.shape().num_elements();
    tensor.reshape([length])
}

/// Products of whole numbers in every form that methods use: rows by rows (similarities), columns by columns (covariances).
fn products(quick: bool) -> Vec<Case> {
    let sizes: &[[usize; 3]] = if quick {
        &[[511, 33, 65], [1000, 16, 31], [2049, 9, 17]]
    } else {
        &[[511, 129, 511], [512, 512, 512], [1000, 64, 1000], [2048, 128, 511], [2049, 33, 512], [65, 2049, 513]]
    };
    let plain = sizes.iter().enumerate().map(|(seed, &[rows, depth, columns])| {
        Case::new("product of matrices", format!("{rows} x {depth} by {depth} x {columns}"), EXACT, move |device| {
            let a = tensor(whole(rows * depth, seed as u64), [rows, depth], device);
            let b = tensor(whole(depth * columns, 50 + seed as u64), [depth, columns], device);
            vec![flat(product(a, b))]
        })
    });
    let mut cases: Vec<Case> = plain.collect();
    let (rows, depth) = if quick { (515, 17) } else { (1023, 129) };
    cases.push(Case::new("product of rows with rows", format!("{rows} x {depth} by itself"), EXACT, move |device| {
        let a: Tensor<2> = tensor(whole(rows * depth, 60), [rows, depth], device);
        vec![flat(product(a.clone(), a.transpose()))]
    }));
    cases.push(Case::new("product of columns with columns", format!("{rows} x {depth} by itself"), EXACT, move |device| {
        let a: Tensor<2> = tensor(whole(rows * depth, 61), [rows, depth], device);
        vec![flat(product(a.clone().transpose(), a))]
    }));
    cases.push(Case::new("product of real numbers", format!("{rows} x {depth} by {depth} x 127"), SUMS, move |device| {
        let a: Tensor<2> = tensor(noise(rows * depth, 64), [rows, depth], device);
        let b: Tensor<2> = tensor(noise(depth * 127, 65), [depth, 127], device);
        vec![flat(product(a, b))]
    }));
    cases.push(Case::new("linear layer, forwards and backwards", format!("{rows} x {depth} to 65"), EXACT, move |device| {
        let of = |seed, shape: [usize; 2]| tensor::<2>(whole(shape[0] * shape[1], seed), shape, device).autodiff().require_grad();
        let (x, weight) = (of(66, [rows, depth]), of(67, [65, depth]));
        let bias = tensor::<1>(whole(65, 68), [65], device).autodiff().require_grad();
        let out = linear(x.clone(), weight.clone(), bias.clone());
        let along: Tensor<2> = tensor(whole(rows * 65, 69), [rows, 65], device);
        let gradients = (out.clone() * along.autodiff()).sum().backward();
        let gradient = |parts: [Option<Tensor<2>>; 2]| parts.into_iter().flatten().map(flat).collect::<Vec<_>>();
        let mut parts = gradient([x.grad(&gradients), weight.grad(&gradients)]);
        parts.extend(bias.grad(&gradients));
        parts.push(flat(out.inner()));
        parts
    }));
    cases
}

/// Sums, largest and smallest numbers, softmax and fetched rows.
fn tables(quick: bool) -> Vec<Case> {
    let (rows, columns) = if quick { (513, 65) } else { (2049, 511) };
    let shape = || format!("{rows} x {columns}");
    let numbers = move |device: &Device| -> Tensor<2> { tensor(noise(rows * columns, 1), [rows, columns], device) };
    let counts = move |device: &Device| -> Tensor<2> { tensor(whole(rows * columns, 2), [rows, columns], device) };
    // Every number once, so that the smallest of a row stands in one place.
    let distinct = move |device: &Device| -> Tensor<2> {
        let values = (0..rows * columns).map(|at| ((at * 7919) % (rows * columns)) as f32).collect();
        tensor(values, [rows, columns], device)
    };
    vec![
        Case::new("sums", shape(), EXACT, move |device| {
            let counts = counts(device);
            vec![flat(counts.clone().sum_dim(0)), flat(counts.clone().sum_dim(1)), flat(counts.sum())]
        }),
        Case::new("largest numbers", shape(), EXACT, move |device| {
            vec![flat(numbers(device).max_dim(0)), flat(numbers(device).max_dim(1))]
        }),
        Case::new("smallest numbers and their places", shape(), EXACT, move |device| {
            // As distances are compared: the smallest of each small table, which is then taken out.
            let tables = distinct(device).narrow(1, 0, 60).reshape([rows, 4, 3, 5]).permute([0, 2, 1, 3]).reshape([rows * 3, 20]);
            let (first, place) = tables.clone().min_dim_with_indices(1);
            let places = Tensor::<1, Int>::arange(0..20i64, device).reshape([1, 20]).expand([rows * 3, 20]);
            let taken = places.equal(place.clone().expand([rows * 3, 20]));
            let (second, _) = tables.mask_fill(taken, 1e30).min_dim_with_indices(1);
            vec![flat(first), flat(place.float()), flat(second)]
        }),
        Case::new("largest numbers of rows", shape(), EXACT, move |device| {
            // In whatever order they come, they add up to the same whole numbers.
            let found = largest(distinct(device), 7);
            vec![flat(found.clone().narrow(1, 0, 7).sum_dim(1)), flat(found.narrow(1, 7, 7).sum_dim(1))]
        }),
        Case::new("rows by number", shape(), EXACT, move |device| {
            let rows: Vec<i32> = (0..rows as i32).map(|at| at * 31 % rows as i32).collect();
            let length = rows.len();
            let rows: Tensor<1, Int> = Tensor::from_data(TensorData::new(rows, [length]), device);
            vec![flat(numbers(device).select(0, rows))]
        }),
        Case::new("softmax", shape(), FUNCTIONS, move |device| {
            vec![flat(softmax(numbers(device) * 4.0, 1)), flat(log_softmax(numbers(device) * 4.0, 1))]
        }),
    ]
}

/// Sizes of the fused convolution, normalisation and ReLU.
#[derive(Clone, Copy)]
struct Fused {
    batch: usize,
    side: (usize, usize),
    channels: (usize, usize),
    kernel: usize,
    stride: usize,
    /// Where it is applied, no number stands so close to its kink that rounding could carry it over (tested below).
    relu: bool,
}

/// Both kernels, both strides, odd batches, channels that no vector divides, a linear layer, one with many rows, and a wide one at last.
const FUSED: [Fused; 7] = [
    Fused { batch: 5, side: (9, 7), channels: (3, 16), kernel: 3, stride: 2, relu: true },
    Fused { batch: 3, side: (8, 8), channels: (16, 32), kernel: 3, stride: 1, relu: true },
    Fused { batch: 7, side: (6, 5), channels: (12, 20), kernel: 1, stride: 1, relu: false },
    Fused { batch: 3, side: (8, 8), channels: (8, 16), kernel: 1, stride: 2, relu: true },
    Fused { batch: 257, side: (1, 1), channels: (64, 33), kernel: 1, stride: 1, relu: false },
    Fused { batch: 9, side: (32, 32), channels: (16, 32), kernel: 3, stride: 1, relu: false },
    Fused { batch: 5, side: (9, 7), channels: (64, 96), kernel: 3, stride: 1, relu: false },
];

impl Fused {
    fn cases(self) -> [Case; 3] {
        let Self { batch, side, channels, kernel, stride, relu } = self;
        let shape = format!(
            "{batch} x {} x {} x {}, {} of {kernel} x {kernel}, stride {stride}{}",
            side.0,
            side.1,
            channels.0,
            channels.1,
            if relu { ", ReLU" } else { "" }
        );
        let case = |name, run: fn(Self, &Device) -> Vec<Tensor<1>>| {
            Case::new(name, shape.clone(), SUMS, move |device| run(self, device))
        };
        [
            case("convolution and normalisation, forwards", Self::forwards),
            case("convolution and normalisation, backwards", Self::backwards),
            case("convolution and normalisation, evaluated", Self::evaluated),
        ]
    }

    /// Input, weight, scale and shift.
    fn operands(self, device: &Device) -> (Tensor<4>, Tensor<4>, Tensor<1>, Tensor<1>) {
        let Self { batch, side, channels: (inputs, outputs), kernel, .. } = self;
        let around = |values: Vec<f32>, scale: f32, centre: f32| values.into_iter().map(|value| value * scale + centre).collect();
        let shape = [batch, side.0, side.1, inputs];
        (
            tensor(around(noise(shape.iter().product(), 11), 1.0, 0.5), shape, device),
            tensor(around(noise(outputs * inputs * kernel * kernel, 12), 0.5, 0.1), [outputs, inputs, kernel, kernel], device),
            tensor(around(noise(outputs, 13), 0.5, 1.0), [outputs], device),
            tensor(around(noise(outputs, 14), 0.5, 0.0), [outputs], device),
        )
    }

    fn geometry(self) -> Geometry {
        Geometry { stride: self.stride, relu: self.relu }
    }

    fn forwards(self, device: &Device) -> Vec<Tensor<1>> {
        let (x, weight, gamma, beta) = self.operands(device);
        let (output, moments) = conv_norm(x, weight, gamma, beta, self.geometry());
        vec![flat(output), moments]
    }

    fn backwards(self, device: &Device) -> Vec<Tensor<1>> {
        let (x, weight, gamma, beta) = self.operands(device);
        let (x, weight) = (x.autodiff().require_grad(), weight.autodiff().require_grad());
        let (gamma, beta) = (gamma.autodiff().require_grad(), beta.autodiff().require_grad());
        let (output, _) = conv_norm(x.clone(), weight.clone(), gamma.clone(), beta.clone(), self.geometry());
        let shape = output.dims();
        let above: Tensor<4> = tensor(noise(shape.iter().product(), 15), shape, device);
        let gradients = (output * Tensor::from_inner(above)).sum().backward();
        let missing = |device: &Device| Tensor::<1>::zeros([1], device);
        vec![
            x.grad(&gradients).map_or_else(|| missing(device), flat),
            weight.grad(&gradients).map_or_else(|| missing(device), flat),
            gamma.grad(&gradients).unwrap_or_else(|| missing(device)),
            beta.grad(&gradients).unwrap_or_else(|| missing(device)),
        ]
    }

    fn evaluated(self, device: &Device) -> Vec<Tensor<1>> {
        let (x, weight, gamma, beta) = self.operands(device);
        let mean: Tensor<1> = tensor(noise(self.channels.1, 16), [self.channels.1], device);
        let variance: Tensor<1> = tensor(noise(self.channels.1, 17), [self.channels.1], device) * 0.5 + 1.0;
        vec![flat(conv_norm_fixed(x, weight, gamma, beta, Tensor::cat(vec![mean, variance], 0), self.geometry()))]
    }
}

/// Every augmentation, one after the other.
fn views(quick: bool) -> Case {
    // Sides that no workgroup divides.
    let (count, side) = if quick { (20, 9) } else { (70, 19) };
    Case::new("augmentations", format!("{count} x {side} x {side} x 3"), FUNCTIONS, move |device| {
        let choices = augmentations::cards().into_iter().map(|card| {
            let mut knobs = card.defaults();
            knobs.set("probability", 0.8);
            Choice { kind: card.name, knobs }
        });
        let policy = Policy::new(&choices.collect::<Vec<_>>());
        let draws = (0..count as u64).map(|at| policy.draw(&mut stream(3, Purpose::Augmentations, at), side)).collect::<Vec<_>>();
        let values = noise(count * side * side * 3, 21).into_iter().map(|value| value * 0.5 + 0.5).collect();
        let images = tensor(values, [count, side, side, 3], device);
        vec![flat(policy.views_on_device(images, &draws, [0.45, 0.5, 0.55], [0.25; 3]))]
    })
}

/// Images out of bytes.
fn bytes() -> Case {
    Case::new("images from bytes", "37 of 11 x 12 x 12 x 3".into(), FUNCTIONS, |device| {
        let (count, side) = (11, 12);
        let words = noise(count * side * side * 3 / 4, 31).into_iter().map(|value| (value * 2e9) as i32).collect::<Vec<_>>();
        let packed: Tensor<2, Int> = Tensor::from_data(TensorData::new(words, [count, side * side * 3 / 4]), device);
        let rows: Vec<usize> = (0..37).map(|at| at * 7 % count).collect();
        vec![flat(augmentations::unpack(packed, &rows, side))]
    })
}

/// How far three steps of an optimiser carry the weights.
fn optimiser(name: &'static str) -> Case {
    Case::new("three steps of an optimiser", format!("{name}, 9,999 weights"), SUMS, move |device| {
        let mut layout = Layout::default();
        layout.weight("matrix", [99, 100], Init::FanIn(100));
        layout.weight("shift", [99], Init::Constant(0.5));
        let card = optimisers::cards().into_iter().find(|card| card.name == name).expect("an optimiser of the list");
        let choice = Choice { kind: name.into(), knobs: card.defaults() };
        let mut optimiser = optimisers::build(&choice, &layout, device);
        let start = upload(layout.initial(5), device);
        let theta = (0..3).fold(start.clone(), |theta, step| {
            let gradient = upload(noise(layout.len(), 41 + step), device);
            optimiser.step(theta, gradient, 0.1, &choice.knobs)
        });
        vec![theta - start]
    })
}

/// A loss that makes a table of all embeddings by all, and its gradient.
fn contrastive(quick: bool) -> Case {
    let images = if quick { 65 } else { 255 };
    Case::new("contrastive loss and its gradient", format!("{} x 33", 2 * images), SUMS, move |device| {
        let views: [Tensor<2>; 2] =
            [51, 52].map(|seed| tensor(noise(images * 33, seed), [images, 33], device).autodiff().require_grad());
        let [first, second] = views.clone();
        let loss = nt_xent(first, second, 0.5);
        let gradients = loss.backward();
        let gradient = |view: &Tensor<2>| view.grad(&gradients).map(flat).unwrap_or_else(|| Tensor::zeros([1], device));
        vec![flat(loss), gradient(&views[0]), gradient(&views[1])]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readback::read_one;

    /// Rounding differs by some 1e-6; a gradient that passes the ReLU on one device and not on the other would look like a mistake.
    #[test]
    fn no_number_stands_at_the_kink_of_a_relu() {
        for fused in FUSED.into_iter().filter(|fused| fused.relu) {
            let (x, weight, gamma, beta) = fused.operands(&Device::flex());
            let (output, _) = conv_norm(x, weight, gamma, beta, Geometry { relu: false, ..fused.geometry() });
            let values = pollster::block_on(read_one(output)).expect("the CPU answers");
            let closest = values.into_iter().map(f32::abs).fold(f32::INFINITY, f32::min);
            assert!(closest > 1e-5, "{closest} in a batch of {}", fused.batch);
        }
    }
}
