//! What does an answer about augmented distances hold, unpacked for the page?

use augsphere_spec::{DistanceAnswer, Thumbnails};
use std::sync::Arc;

/// Distances of every two images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    count: usize,
    values: Vec<f32>,
}

impl Table {
    /// Reads `count * count` little-endian `f32`; what is missing is not a number.
    pub fn read(count: usize, bytes: &[u8]) -> Self {
        let mut values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
        values.resize(count * count, f32::NAN);
        Self { count, values }
    }

    /// The distance of two images.
    pub fn at(&self, one: usize, other: usize) -> f64 {
        self.values.get(one * self.count + other).map_or(f64::NAN, |&value| f64::from(value))
    }

    /// All distances, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The largest distance; 0 if there is none.
    pub fn largest(&self) -> f64 {
        self.values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f32::max).into()
    }
}

/// Mean distance of two different images of the same class, and of two classes; nothing where there are no such pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Means {
    /// Within classes.
    pub within: Option<f64>,
    /// Between classes.
    pub between: Option<f64>,
}

/// An answer, unpacked.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// As it came.
    pub data: DistanceAnswer,
    /// The views of all images, image by image.
    pub pack: Arc<Thumbnails>,
    /// Augmented distances.
    pub near: Table,
    /// Distances of the images themselves.
    pub plain: Table,
    /// Views that are shown of each image, the image itself included.
    pub shown: usize,
}

impl Answer {
    /// Unpacks an answer.
    pub fn read(mut told: DistanceAnswer) -> Self {
        let count = told.rows.len();
        let pack = std::mem::replace(&mut told.thumbnails, Thumbnails { side: 0, rgba: Vec::new() });
        let pictures = pack.rgba.len() / (pack.side * pack.side * 4).max(1);
        Self {
            near: Table::read(count, &told.distances),
            plain: Table::read(count, &told.plain),
            shown: pictures / count.max(1),
            pack: Arc::new(pack),
            data: told,
        }
    }

    /// Number of images.
    pub fn count(&self) -> usize {
        self.data.rows.len()
    }

    /// Each class with its images: class, first image, number of images.
    pub fn blocks(&self) -> Vec<(usize, usize, usize)> {
        let mut blocks: Vec<(usize, usize, usize)> = Vec::new();
        for (image, &class) in self.data.classes.iter().enumerate() {
            match blocks.last_mut() {
                Some((last, _, count)) if *last == class => *count += 1,
                _ => blocks.push((class, image, 1)),
            }
        }
        blocks
    }

    /// The views of two images that are closest: the view of the one, the view of the other.
    pub fn closest(&self, one: usize, other: usize) -> (usize, usize) {
        let at = 4 * (one * self.count() + other);
        let view =
            |at: usize| self.data.closest.get(at..at + 2).map_or(0, |two| usize::from(u16::from_le_bytes([two[0], two[1]])));
        (view(at), view(at + 2))
    }

    /// The picture of a view, and what was done to it.
    pub fn view(&self, image: usize, view: usize) -> (usize, &str) {
        let index = image * self.shown + view;
        (index, self.data.words.get(index).map_or("", String::as_str))
    }

    /// The pixels of a picture, RGBA.
    pub fn pixels(&self, picture: usize) -> &[u8] {
        let bytes = self.pack.side * self.pack.side * 4;
        self.pack.rgba.get(picture * bytes..(picture + 1) * bytes).unwrap_or_default()
    }

    /// Means of the distances in `table`.
    pub fn means(&self, table: &Table) -> Means {
        let mut sums = [(0.0, 0usize); 2];
        for one in 0..self.count() {
            for other in 0..one {
                let sum = &mut sums[usize::from(self.data.classes[one] != self.data.classes[other])];
                *sum = (sum.0 + table.at(one, other), sum.1 + 1);
            }
        }
        let [within, between] = sums.map(|(sum, count)| (count > 0).then(|| sum / count as f64));
        Means { within, between }
    }
}

#[cfg(test)]
pub mod example {
    //! A small answer to try things on.

    use super::Answer;
    use augsphere_spec::{DistanceAnswer, Interval, SigmaCurve, Thumbnails};

    /// Two images of class 0 and two of class 3 with two views of one pixel each.
    pub fn reply(tag: u64) -> DistanceAnswer {
        let pack = |values: [f32; 16]| values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let sure = |value: f64| Interval { lower: value, upper: value };
        DistanceAnswer {
            tag,
            views: 2,
            complete: true,
            rows: vec![10, 11, 12, 13],
            classes: vec![0, 0, 3, 3],
            thumbnails: Thumbnails { side: 1, rgba: (0..8).flat_map(|view| [view * 20, 0, 0, 255]).collect() },
            words: (0..8).map(|view| if view % 2 == 0 { String::new() } else { format!("crop {view} %") }).collect(),
            distances: pack([0.0, 2.0, 5.0, 6.0, 2.0, 0.0, 7.0, 6.0, 5.0, 7.0, 0.0, 4.0, 6.0, 6.0, 4.0, 0.0]),
            plain: pack([0.0, 8.0, 9.0, 9.0, 8.0, 0.0, 9.0, 9.0, 9.0, 9.0, 0.0, 5.0, 9.0, 9.0, 5.0, 0.0]),
            closest: [[0u16; 2], [1, 0], [0, 0], [0, 0], [0, 1]].iter().flatten().flat_map(|view| view.to_le_bytes()).collect(),
            deltas: vec![0.0, 3.0, 6.0],
            curves: vec![
                SigmaCurve { class: Some(0), sigma: vec![sure(0.5), sure(1.0), sure(1.0)] },
                SigmaCurve { class: Some(3), sigma: vec![sure(0.5), sure(0.5), Interval { lower: 0.5, upper: 1.0 }] },
                SigmaCurve { class: None, sigma: vec![sure(0.5), sure(0.5), Interval { lower: 0.5, upper: 1.0 }] },
            ],
            by_views: vec![(1, 6.5, 9.0), (2, 3.0, 6.0)],
            draws: vec![(3.0, 6.0)],
            theorem: Vec::new(),
            seconds: 0.1,
        }
    }

    /// The same, unpacked.
    pub fn answer() -> Answer {
        Answer::read(reply(1))
    }
}

#[cfg(test)]
mod tests {
    use super::example::answer;
    use super::*;

    #[test]
    fn an_answer_is_unpacked() {
        let answer = answer();
        assert_eq!((answer.count(), answer.shown), (4, 2));
        assert_eq!(answer.blocks(), [(0, 0, 2), (3, 2, 2)]);
        assert_eq!((answer.near.at(0, 1), answer.plain.at(2, 3), answer.plain.largest()), (2.0, 5.0, 9.0));
        assert_eq!((answer.closest(0, 1), answer.closest(1, 0)), ((1, 0), (0, 1)));
        assert_eq!(answer.view(1, 1), (3, "crop 3 %"));
        assert_eq!(answer.pixels(3), [60, 0, 0, 255]);
        assert!(answer.near.at(4, 4).is_nan());
    }

    #[test]
    fn means_are_over_different_images() {
        let answer = answer();
        assert_eq!(answer.means(&answer.near), Means { within: Some(3.0), between: Some(6.0) });
        assert_eq!(answer.means(&answer.plain), Means { within: Some(6.5), between: Some(9.0) });
        let mut told = example::reply(1);
        told.classes = vec![0, 1, 2, 3];
        let alone = Answer::read(told);
        assert_eq!(alone.means(&alone.near).within, None, "a class with one image has no two different ones");
    }
}
