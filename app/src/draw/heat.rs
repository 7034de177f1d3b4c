//! Where on the heat map is which pair of images, and which colour has a distance?

use augsphere_charts::Rgb;

/// Pixels between two classes.
const GAP: f64 = 5.0;

/// Images along one side of the heat map, class by class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// Where the first image begins, pixels.
    pub margin: f64,
    /// Pixels of one image.
    pub cell: f64,
    blocks: Vec<(usize, usize, usize)>,
}

impl Grid {
    /// Images in `blocks` (class, first image, number of images) along `size` pixels, after a margin for names.
    pub fn new(blocks: Vec<(usize, usize, usize)>, size: f64, margin: f64) -> Self {
        let count: usize = blocks.iter().map(|block| block.2).sum();
        let gaps = GAP * blocks.len().saturating_sub(1) as f64;
        Self { margin, cell: ((size - margin - gaps) / count.max(1) as f64).max(1.0), blocks }
    }

    /// Where an image begins, pixels.
    pub fn start(&self, image: usize) -> f64 {
        let gaps = self.blocks.iter().filter(|block| block.1 > 0 && block.1 <= image).count();
        self.margin + self.cell * image as f64 + GAP * gaps as f64
    }

    /// The image at `place` pixels.
    pub fn find(&self, place: f64) -> Option<usize> {
        let count: usize = self.blocks.iter().map(|block| block.2).sum();
        (0..count).find(|&image| (self.start(image)..self.start(image) + self.cell).contains(&place))
    }

    /// Each class with where it begins and ends, pixels.
    pub fn spans(&self) -> Vec<(usize, f64, f64)> {
        self.blocks
            .iter()
            .map(|&(class, first, count)| (class, self.start(first), self.start(first + count - 1) + self.cell))
            .collect()
    }
}

/// Colours from near to far, by day and by night: what is near stands out.
const SCALES: [[Rgb; 4]; 2] = [
    [[0x1F, 0x14, 0x6E], [0x5B, 0x4F, 0xC8], [0xB3, 0xA6, 0xE6], [0xF6, 0xF1, 0xE6]],
    [[0xFF, 0xE9, 0xA8], [0xC9, 0x84, 0xB8], [0x5A, 0x4A, 0x9E], [0x1A, 0x1E, 0x2E]],
];

/// Where on the scale, from 0 to 1, a distance is that is `share` of the largest: augmented distances are small, so that the lower
/// ones have more room.
pub fn along(share: f64) -> f64 {
    share.clamp(0.0, 1.0).powf(0.65)
}

/// The colour of a distance that is `share` of the largest, 0 to 1.
pub fn shade(share: f64, dark: bool) -> Rgb {
    let scale = &SCALES[usize::from(dark)];
    let place = along(share) * (scale.len() - 1) as f64;
    let from = (place as usize).min(scale.len() - 2);
    let part = place - from as f64;
    std::array::from_fn(|value| {
        let (a, b) = (f64::from(scale[from][value]), f64::from(scale[from + 1][value]));
        (a + part * (b - a)).round() as u8
    })
}

/// The scale as the background of an element.
pub fn gradient(dark: bool) -> String {
    let stops = SCALES[usize::from(dark)].map(|[red, green, blue]| format!("rgb({red} {green} {blue})"));
    format!("linear-gradient(to right, {})", stops.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_is_found_where_it_is_drawn() {
        let grid = Grid::new(vec![(0, 0, 3), (4, 3, 2)], 225.0, 20.0);
        assert_eq!(grid.cell, 40.0);
        assert_eq!((grid.start(0), grid.start(2), grid.start(3)), (20.0, 100.0, 145.0));
        for image in 0..5 {
            assert_eq!(grid.find(grid.start(image) + 1.0), Some(image));
        }
        assert_eq!((grid.find(5.0), grid.find(142.0), grid.find(226.0)), (None, None, None), "margin, gap and beyond");
        assert_eq!(grid.spans(), [(0, 20.0, 140.0), (4, 145.0, 225.0)]);
        assert_eq!(Grid::new(Vec::new(), 100.0, 0.0).find(5.0), None);
    }

    #[test]
    fn near_and_far_have_the_ends_of_the_scale() {
        for dark in [false, true] {
            let scale = SCALES[usize::from(dark)];
            assert_eq!((shade(0.0, dark), shade(1.0, dark)), (scale[0], scale[3]));
            assert_eq!((shade(-1.0, dark), shade(f64::INFINITY, dark)), (scale[0], scale[3]));
            assert_eq!(shade((1.0f64 / 3.0).powf(1.0 / 0.65), dark), scale[1]);
            assert!(along(0.25) > 0.4 && along(2.0) == 1.0);
        }
    }
}
