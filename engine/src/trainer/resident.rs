//! The images of a split on a GPU: bytes, in pieces that a kernel can bind.

use crate::augmentations::unpack;
use crate::datasets::Images;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// All images of a split. A batch may take its images from several pieces.
pub(super) struct Resident {
    /// Four bytes to an integer, interleaved RGB, `[N, 3 S S / 4]`.
    pieces: Vec<Tensor<2, Int>>,
    /// Images of each piece but the last.
    each: usize,
    side: usize,
}

impl Resident {
    /// Takes the images there, in pieces of at most `most` bytes.
    pub(super) fn new(images: &Images, device: &Device, most: u64) -> Self {
        let each = usize::try_from(most / images.stride() as u64).unwrap_or(usize::MAX).clamp(1, images.len().max(1));
        let pieces = (0..images.len()).step_by(each).map(|from| upload(images, from..images.len().min(from + each), device));
        Self { pieces: pieces.collect(), each, side: images.side }
    }

    /// The images with these numbers, `[B, S, S, 3]`, 255 being 1.
    pub(super) fn gather(&self, rows: &[usize]) -> Tensor<4> {
        let (mut parts, mut order) = (Vec::new(), Vec::with_capacity(rows.len()));
        for (number, piece) in self.pieces.iter().enumerate() {
            let here: Vec<usize> = (0..rows.len()).filter(|&at| rows[at] / self.each == number).collect();
            if !here.is_empty() {
                let within: Vec<usize> = here.iter().map(|&at| rows[at] - number * self.each).collect();
                parts.push(unpack(piece.clone(), &within, self.side));
                order.extend(here);
            }
        }
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let mut back = vec![0i32; rows.len()];
        order.iter().zip(0..).for_each(|(&at, place)| back[at] = place);
        let images = Tensor::cat(parts, 0);
        let back: Tensor<1, Int> = Tensor::from_data(TensorData::new(back, [rows.len()]), &images.device());
        images.select(0, back)
    }
}

/// Planar bytes to interleaved ones, four to an integer.
fn upload(images: &Images, range: std::ops::Range<usize>, device: &Device) -> Tensor<2, Int> {
    let (plane, width) = (images.side * images.side, images.stride() / 4);
    let mut words = Vec::with_capacity(range.len() * width);
    let mut bytes = Vec::with_capacity(images.stride());
    for index in range.clone() {
        let image = images.image(index);
        bytes.clear();
        bytes.extend((0..plane).flat_map(|at| [image[at], image[plane + at], image[2 * plane + at]]));
        words.extend(bytes.chunks_exact(4).map(|four| i32::from_le_bytes([four[0], four[1], four[2], four[3]])));
    }
    Tensor::from_data(TensorData::new(words, [range.len(), width]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device;
    use crate::readback::read_one;
    use augsphere_spec::DeviceChoice;

    /// 21 images of 8 x 8, no two alike.
    fn images() -> Images {
        let pixels: Vec<u8> = (0..21 * 192u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        Images::new(8, pixels, vec![0; 21])
    }

    #[test]
    fn a_batch_is_the_same_from_one_piece_and_from_several() {
        let images = images();
        let rows = [20, 3, 3, 7, 0, 12, 19, 8, 13, 1, 20, 6];
        let right: Vec<f32> = rows
            .iter()
            .flat_map(|&row| (0..192).map(move |at| (row, at)))
            .map(|(row, at)| f32::from(images.image(row)[at % 3 * 64 + at / 3]) / 255.0)
            .collect();
        let mut devices = vec![Device::flex()];
        devices.extend(pollster::block_on(device::open(DeviceChoice::Gpu, None)).map(|gpu| gpu.device));
        for device in &devices {
            // One piece; seven images a piece; one a piece; less room than an image needs.
            for (most, pieces) in [(u64::MAX, 1), (7 * 192 + 100, 3), (192, 21), (10, 21)] {
                let resident = Resident::new(&images, device, most);
                assert_eq!(resident.pieces.len(), pieces);
                let found = pollster::block_on(read_one(resident.gather(&rows))).expect("the device answers");
                let worst = found.iter().zip(&right).map(|(found, right)| (found - right).abs()).fold(0.0, f32::max);
                assert!(found.len() == right.len() && worst < 1e-6, "{pieces} pieces on {device:?}: {worst}");
                let few = pollster::block_on(read_one(resident.gather(&rows[2..4]))).expect("the device answers");
                assert!(few.iter().zip(&right[2 * 192..]).all(|(found, right)| (found - right).abs() < 1e-6));
            }
        }
    }
}
