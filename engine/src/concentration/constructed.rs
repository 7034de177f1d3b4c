//! A case in which the condition of Theorem 1 holds, small enough to list every view: what the theorem asks for, at a glance.
//!
//! An image has two pixels: the left one is its own, the right one that of its class. Its views are the image itself and the crop to
//! its right half, stretched: the same for all images of a class. So any two of them share an augmented image, the augmented distance
//! within a class is 0, and sigma is 1 at delta = 0. The encoder reads the right pixel and answers with a corner of the simplex:
//! all views of an image coincide, so alignment is perfect and `R_epsilon` is 0 for every epsilon above 0.

use super::clique::BUDGET;
use super::curve::{sigma, within_classes};
use super::diagnostic::{Diagnostic, Features, Transforms};
use crate::augmented_distance::{DistanceJob, LIMIT, Unmeasured, ViewLayout};

/// Pixels of an image.
const PIXELS: usize = 2;

/// How far apart the features of an image's views may be; they coincide, so any number above 0 will do.
const EPSILON: f64 = 0.01;

/// Theorem 1 for `each` images of each of `classes` classes, at least one and two, and as many held-out ones.
///
/// # Errors
/// As [`DistanceJob::advance`].
pub async fn constructed(classes: usize, each: usize) -> Result<Diagnostic, Unmeasured> {
    let (classes, each) = (classes.max(2), each.max(1));
    let labels: Vec<usize> = (0..classes * each).map(|image| image / each).collect();
    let colour = |class: usize| (class + 1) as f32 / classes as f32;
    // Held-out images have other left pixels.
    let left = |image: usize, shift: f32| (image % each) as f32 / each as f32 + shift / each as f32;
    let views: Vec<f32> = labels
        .iter()
        .enumerate()
        .flat_map(|(image, &class)| [left(image, 0.0), colour(class), colour(class), colour(class)])
        .collect();
    let held_out: Vec<f32> = labels.iter().enumerate().flat_map(|(image, &class)| [left(image, 0.5), colour(class)]).collect();
    let encode = |pixels: &[f32]| -> Vec<f32> {
        let corner = |view: &[f32]| {
            let class = (view[1] * classes as f32).round() as usize - 1;
            (0..classes).map(move |axis| f32::from(u8::from(axis == class)))
        };
        pixels.chunks_exact(PIXELS).flat_map(corner).collect()
    };
    let mut job = DistanceJob::on_host(ViewLayout::even(labels.len(), 2, PIXELS)?, LIMIT);
    while job.advance(&mut |range| views[range.start * PIXELS..range.end * PIXELS].to_vec()).await? {}
    let members: Vec<Vec<usize>> = (0..classes).map(|class| (class * each..(class + 1) * each).collect()).collect();
    let distances = job.finish().expect("all is done");
    let concentrated = sigma(&within_classes(distances.table(), &members)?, 0.0, BUDGET)?.least();
    let of = Features {
        features: &encode(&views),
        dimension: classes,
        pixels: &views,
        values: PIXELS,
        views: &vec![2; labels.len()],
        listed: 0,
        labels: &labels,
        classes,
        name: "corners of a simplex, one a class",
        held_out: &encode(&held_out),
        held_out_labels: &labels,
        shares: &vec![1.0 / classes as f64; classes],
        transforms: Transforms { discrete: 2, continuous: 0 },
        complete: true,
    };
    Ok(Diagnostic::measure(&of, concentrated, 0.0, EPSILON))
}
