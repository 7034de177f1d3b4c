//! What is told of the image that is chosen: its nearest neighbours and its two views.

use super::lens::Lens;
use crate::datasets::colours;
use crate::metrics::knn;
use crate::pace::Pace;
use crate::pictures::{RunSource, Trouble};
use augsphere_spec::{Knobs, Part, Payload, Thumbnails, Value};

/// Neighbours of the chosen image.
const NEIGHBOURS: usize = 6;

/// The number of the image that is chosen, if one of `count` is.
pub(super) fn image(knobs: &Knobs, count: usize) -> Option<usize> {
    let number = knobs.0.get("image").and_then(Value::as_int)?;
    usize::try_from(number).ok().filter(|image| *image < count)
}

/// Its number, and its nearest neighbours by the cosine of the embedding.
pub(super) fn neighbours(run: &RunSource, image: usize) -> [Part; 2] {
    let found = knn::neighbours(&run.moment.embedding, run.moment.dimension, image, NEIGHBOURS);
    let (images, cosines) = found.into_iter().map(|(image, cosine)| (image as f32, cosine)).unzip();
    [Part::number("image", image as f32), Part::series("neighbours", images, cosines)]
}

/// Its two views, where the network is there.
pub(super) async fn views(run: &RunSource, lens: &Lens, image: usize, pace: &Pace) -> Result<Vec<Part>, Trouble> {
    let Some(network) = &run.checkpoint else { return Ok(Vec::new()) };
    let Some((embedding, pixels)) = network.views_of(image, pace).await? else { return Ok(Vec::new()) };
    let rows: Vec<&[f32]> = embedding.chunks_exact(run.moment.dimension.max(1)).collect();
    let &[first, second] = rows.as_slice() else { return Ok(Vec::new()) };
    let cosine: f64 = first.iter().zip(second).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    let thumbnails = Thumbnails { side: run.data.validation.side, rgba: colours(&pixels).collect() };
    Ok(vec![
        Part::new("views", Payload::points(3, [lens.place(first), lens.place(second)].as_flattened())),
        Part::number("view_cosine", cosine as f32),
        Part::new("view_images", Payload::Images(thumbnails)),
    ])
}
