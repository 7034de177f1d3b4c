//! Cutout: a square that is missing from the view.

use super::{Augmentation, Entry, NOTHING, Params, Pixels};
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

/// Cutout: a square with its centre uniform over the pixels, clipped at the border. Params: `[side, row, column, fill, ..]`,
/// row and column being those of the centre.
///
/// UNVERIFIED: the authors' side of 16 pixels for CIFAR-10, and that they fill with zero after normalisation, which is the
/// mean; here the fill is a gray value before normalisation.
pub struct Cutout {
    probability: f32,
    side: f32,
    fill: f32,
}

impl Cutout {
    /// From the card's knobs. The strength scales the side, rounded to whole pixels.
    pub fn new(knobs: &Knobs) -> Self {
        let side = (knobs.float("side") * knobs.float("strength")).round() as f32;
        Self { probability: super::apply_probability(knobs), side, fill: knobs.float("fill") as f32 }
    }

    /// The draw that covers a square of `side` pixels around this row and column with a gray value.
    pub fn square(side: usize, row: usize, column: usize, fill: f32) -> Params {
        [side as f32, row as f32, column as f32, fill, 0.0, 0.0, 0.0, 0.0]
    }
}

/// The rows and the columns that a draw covers in an image of `side` pixels.
fn covered(draw: &Params, side: usize) -> [Range<usize>; 2] {
    let length = draw[0] as i64;
    [draw[1], draw[2]].map(|centre| {
        let start = centre as i64 - length / 2;
        let inside = |at: i64| at.clamp(0, side as i64) as usize;
        inside(start)..inside(start + length)
    })
}

impl Augmentation for Cutout {
    fn draw(&self, rng: &mut ChaCha8Rng, side: usize) -> Params {
        if self.side == 0.0 || !rng.chance(self.probability) {
            return NOTHING;
        }
        let bound = u32::try_from(side).unwrap_or(u32::MAX);
        let (row, column) = (rng.below(bound), rng.below(bound));
        Self::square(self.side as usize, row as usize, column as usize, self.fill)
    }

    fn apply(&self, draw: &Params, image: &mut Pixels) {
        let side = image.side();
        let [rows, columns] = covered(draw, side);
        image.each_plane(|plane, _| {
            for row in plane.chunks_exact_mut(side).take(rows.end).skip(rows.start) {
                row[columns.clone()].fill(draw[3]);
            }
        });
    }

    fn apply_batch(&self, draws: &[Params], images: Tensor<4>) -> Tensor<4> {
        let [count, side, ..] = images.dims();
        let device = images.device();
        let mut inside = [vec![0.0_f32; count * side], vec![0.0_f32; count * side]];
        for (image, draw) in draws.iter().enumerate().filter(|(_, draw)| **draw != NOTHING) {
            for (places, range) in inside.iter_mut().zip(covered(draw, side)) {
                places[image * side..][range].fill(1.0);
            }
        }
        let [rows, columns] = inside;
        let upload = |values: Vec<f32>, shape: [usize; 4]| Tensor::<4>::from_data(TensorData::new(values, shape), &device);
        let square = upload(rows, [count, side, 1, 1]) * upload(columns, [count, 1, side, 1]);
        let fill = upload(draws.iter().map(|draw| draw[3]).collect(), [count, 1, 1, 1]);
        // The factors are 0 and 1: pixels outside keep every bit.
        images * (square.clone().neg() + 1.0) + square * fill
    }

    fn words(&self, draw: &Params) -> Option<String> {
        (draw[0] != 0.0).then(|| format!("cut out {:.0} px", draw[0]))
    }
}
