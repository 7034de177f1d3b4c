//! What tables of pairs of images share: what is pointed at, in words, and a row for every pair.

use super::{Cell, Inputs};
use crate::scene::Item;

/// The image or the pair that is pointed at, in words, if it is here: `place` says where an image stands, and `told` what is said of the images
/// of a row and a column.
pub(super) fn pointed(
    inputs: &Inputs<'_>,
    place: impl Fn(usize) -> Option<usize>,
    told: impl Fn(usize, usize) -> String,
) -> String {
    let name = |image: usize| format!("{} {image}", inputs.class_name(inputs.class(image)));
    match inputs.linked.hovered {
        Some(Item::Image(image)) if place(image).is_some() => name(image),
        Some(Item::Pair(one, other)) => match (place(one), place(other)) {
            (Some(row), Some(column)) => format!("{}, {} and {}", told(row, column), name(one), name(other)),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// A row for every pair of `images`: both with their classes, and the values of the pair.
pub(super) fn rows(inputs: &Inputs<'_>, images: &[usize], values: impl Fn(usize, usize) -> Vec<Cell>) -> Vec<Vec<Cell>> {
    let class = |image: usize| inputs.class_name(inputs.class(image));
    let mut rows = Vec::with_capacity(images.len() * images.len());
    for (row, &image) in images.iter().enumerate() {
        for (column, &other) in images.iter().enumerate() {
            let mut cells: Vec<Cell> =
                vec![(image as f64).into(), class(image).as_str().into(), (other as f64).into(), class(other).as_str().into()];
            cells.extend(values(row, column));
            rows.push(cells);
        }
    }
    rows
}
