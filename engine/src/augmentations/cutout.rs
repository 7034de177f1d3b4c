//! Cutout: a square that is missing from the view.

use super::{Augmentation, Entry, Params, Pixels};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::{Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Cutout::new(knobs)) };

fn card() -> Card {
    Card::new("cutout", "Cutout", "Covers a square of the view with gray.", "DeVries and Taylor 2017, arXiv:1708.04552").knobs([
        super::probability(0.0),
        super::strength(),
        Knob::int(
            "side",
            "Side",
            16,
            0,
            256,
            "Side of the square in pixels. Its centre may be any pixel; what sticks out is lost.",
        )
        .live(),
        Knob::float("fill", "Fill", 0.47, 0.0, 1.0, "The gray value of the square; 0.47 is near the mean of CIFAR-10.").live(),
        super::order(10),
    ])
}

/// Cutout: a square with its centre uniform over the pixels, clipped at the border; with [`Params::Cutout`].
///
/// UNVERIFIED: the authors' side of 16 pixels for CIFAR-10, and that they fill with zero after normalisation, which is the
/// mean; here the fill is a gray value before normalisation.
pub struct Cutout {
    probability: f32,
    /// Side of the square in pixels.
    side: u32,
    fill: f32,
}

impl Cutout {
    /// From the card's knobs. The strength scales the side, rounded to whole pixels.
    pub fn new(knobs: &Knobs) -> Self {
        let side = (knobs.float("side") * knobs.float("strength")).round() as u32;
        Self { probability: super::apply_probability(knobs), side, fill: knobs.float("fill") as f32 }
    }
}

/// The rows and the columns that are covered in an image of `width` pixels, and with which gray value.
fn covered(params: &Params, width: usize) -> Option<([Range<usize>; 2], f32)> {
    let Params::Cutout { side, row, column, fill } = *params else { return None };
    let range = |centre: u32| {
        let start = i64::from(centre) - i64::from(side / 2);
        let inside = |at: i64| at.clamp(0, width as i64) as usize;
        inside(start)..inside(start + i64::from(side))
    };
    Some(([row, column].map(range), fill))
}

impl Augmentation for Cutout {
    fn draw(&self, rng: &mut ChaCha8Rng, side: usize) -> Params {
        if self.side == 0 || !rng.chance(self.probability) {
            return Params::Nothing;
        }
        let bound = u32::try_from(side).unwrap_or(u32::MAX);
        let (row, column) = (rng.below(bound), rng.below(bound));
        Params::Cutout { side: self.side, row, column, fill: self.fill }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        let side = image.side();
        let Some(([rows, columns], fill)) = covered(params, side) else { return };
        image.each_plane(|plane, _| {
            for row in plane.chunks_exact_mut(side).take(rows.end).skip(rows.start) {
                row[columns.clone()].fill(fill);
            }
        });
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        let [count, side, ..] = images.dims();
        let device = images.device();
        let mut inside = [vec![0.0_f32; count * side], vec![0.0_f32; count * side]];
        let mut fills = vec![0.0_f32; count];
        for ((image, own), params) in fills.iter_mut().enumerate().zip(params) {
            let Some((ranges, fill)) = covered(params, side) else { continue };
            *own = fill;
            for (places, range) in inside.iter_mut().zip(ranges) {
                places[image * side..][range].fill(1.0);
            }
        }
        let [rows, columns] = inside;
        let upload = |values: Vec<f32>, shape: [usize; 4]| Tensor::<4>::from_data(TensorData::new(values, shape), &device);
        let square = upload(rows, [count, side, 1, 1]) * upload(columns, [count, 1, side, 1]);
        let fill = upload(fills, [count, 1, 1, 1]);
        // The factors are 0 and 1: pixels outside keep every bit.
        images * (square.clone().neg() + 1.0) + square * fill
    }

    fn words(&self, params: &Params) -> Option<String> {
        match params {
            Params::Cutout { side, .. } => Some(format!("cut out {side} px")),
            _ => None,
        }
    }
}
