//! Gaussian blur.

use super::device::{self, HALF};
use super::{Augmentation, Entry, Params, Pixels};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Blur::new(knobs)) };

/// Widest kernel, in pixels.
const WIDEST: usize = 2 * HALF - 1;

fn card() -> Card {
    Card::new(
        "blur",
        "Gaussian blur",
        "Blurs the view. Off by default: images of 32 pixels have little detail to lose.",
        "Chen et al. 2020, arXiv:2002.05709",
    )
    .knobs([
        super::probability(0.0),
        super::strength(),
        Knob::float("sigma_min", "Weakest blur", 0.1, 0.05, 5.0, "The smallest standard deviation of the kernel, in pixels.")
            .live(),
        Knob::float("sigma_max", "Strongest blur", 2.0, 0.05, 5.0, "The largest standard deviation of the kernel, in pixels.")
            .live(),
        Knob::int("kernel", "Kernel width", 3, 3, WIDEST as i64, "Width of the kernel in pixels; an even one is widened by one.")
            .live(),
        super::order(7),
    ])
}

/// Gaussian blur with reflected borders (the border pixel itself is not repeated), with [`Params::Blur`].
pub struct Blur {
    probability: f32,
    sigma: (f32, f32),
    radius: usize,
}

impl Blur {
    /// From the card's knobs. A range given upside down is read the other way round; the strength scales both ends.
    pub fn new(knobs: &Knobs) -> Self {
        let strength = knobs.float("strength") as f32;
        let (a, b) = (knobs.float("sigma_min") as f32 * strength, knobs.float("sigma_max") as f32 * strength);
        let radius = (knobs.count("kernel") / 2).clamp(1, WIDEST / 2);
        Self { probability: super::apply_probability(knobs), sigma: (a.min(b), a.max(b)), radius }
    }

    /// The right half of the kernel, from the centre outwards; the whole kernel sums to 1.
    pub fn kernel(&self, sigma: f32) -> Vec<f32> {
        let sigma = f64::from(sigma);
        let half: Vec<f64> = (0..=self.radius).map(|at| (-0.5 * (at as f64 / sigma).powi(2)).exp()).collect();
        let sum = 2.0 * half.iter().sum::<f64>() - half[0];
        half.iter().map(|weight| (weight / sum) as f32).collect()
    }

    /// The kernel of a view that is blurred.
    fn kernel_of(&self, params: &Params) -> Option<Vec<f32>> {
        match *params {
            Params::Blur { sigma } if sigma > 0.0 => Some(self.kernel(sigma)),
            _ => None,
        }
    }
}

impl Augmentation for Blur {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if rng.chance(self.probability) {
            Params::Blur { sigma: rng.between(self.sigma.0, self.sigma.1) }
        } else {
            Params::Nothing
        }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        if let Some(kernel) = self.kernel_of(params) {
            blur(&kernel, image);
        }
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        let kernel = |params: &Params| {
            let half = self.kernel_of(params).unwrap_or_else(|| vec![1.0]);
            std::array::from_fn(|at| half.get(at).copied().unwrap_or(0.0))
        };
        device::blur(images, params.iter().map(kernel), self.radius)
    }

    fn variants(&self) -> Vec<Params> {
        if self.probability == 0.0 || self.sigma.0 != self.sigma.1 {
            return Vec::new();
        }
        vec![Params::Blur { sigma: self.sigma.0 }]
    }

    fn words(&self, params: &Params) -> Option<String> {
        match params {
            Params::Blur { sigma } => Some(format!("blur {sigma:.1} px")),
            _ => None,
        }
    }
}

/// Blurs one image with a kernel, given from its centre outwards.
pub(super) fn blur(kernel: &[f32], image: &mut Pixels) {
    let (side, radius) = (image.side(), kernel.len() - 1);
    let mut padded = vec![0.0; side + 2 * radius];
    image.each_plane(|plane, spare| {
        for (from, to) in plane.chunks_exact(side).zip(spare.chunks_exact_mut(side)) {
            pad(from, radius, &mut padded);
            convolve(kernel, to, |by| &padded[radius.wrapping_add_signed(by)..][..side]);
        }
        for (y, to) in plane.chunks_exact_mut(side).enumerate() {
            convolve(kernel, to, |by| &spare[reflect(y as i32 + by as i32, side) * side..][..side]);
        }
    });
}

/// The pixel that stands for `at` when the border is a mirror at the border pixel's centre.
fn reflect(at: i32, side: usize) -> usize {
    let last = side as i32 - 1;
    if last == 0 {
        return 0;
    }
    let around = at.rem_euclid(2 * last);
    around.min(2 * last - around) as usize
}

/// `row` with `radius` reflected pixels on both sides.
fn pad(row: &[f32], radius: usize, padded: &mut [f32]) {
    padded[radius..][..row.len()].copy_from_slice(row);
    for by in 1..=radius {
        padded[radius - by] = row[reflect(-(by as i32), row.len())];
        padded[radius + row.len() - 1 + by] = row[reflect((row.len() - 1 + by) as i32, row.len())];
    }
}

/// `to = kernel[0] * moved(0) + sum over r of kernel[r] * (moved(r) + moved(-r))`.
fn convolve<'a>(kernel: &[f32], to: &mut [f32], moved: impl Fn(isize) -> &'a [f32]) {
    for (value, centre) in to.iter_mut().zip(moved(0)) {
        *value = kernel[0] * centre;
    }
    for (by, &weight) in (1..).zip(&kernel[1..]) {
        for ((value, after), before) in to.iter_mut().zip(moved(by)).zip(moved(-by)) {
            *value += weight * (after + before);
        }
    }
}
