//! What pulls and pushes the views of some images.

use super::lens::Lens;
use crate::pictures::{RunSource, Trouble};
use crate::trainer::Wanted;
use augsphere_spec::{Part, Payload};

/// Images whose two views are told.
const IMAGES: usize = 12;

/// Points of the two views of some images, the chosen one among them if it is in the batch, and where they are pulled and pushed.
pub(super) async fn parts(run: &RunSource, lens: &Lens, image: Option<usize>) -> Result<Vec<Part>, Trouble> {
    let Some(network) = &run.checkpoint else { return Ok(Vec::new()) };
    let found = match network.decomposition(Wanted::Parts).await? {
        Ok(found) => found,
        Err(why) => return Ok(vec![Part::new("forces_unknown", Payload::Words(vec![why.into()]))]),
    };
    let (embedding, d) = (found.unit(), found.dimension);
    let row = |values: &'_ [f32], at: usize| values.get(at * d..(at + 1) * d).unwrap_or_default().to_vec();
    let count = embedding.len() / d / 2;
    let images = told(count, image);
    let (mut points, mut pulls, mut pushes) = (Vec::new(), Vec::new(), Vec::new());
    // All first views come before all second ones.
    for at in images.iter().flat_map(|&image| [image, count + image]) {
        let here = row(&embedding, at);
        // What repels is gone down: the push is against its gradient.
        let push: Vec<f32> = row(&found.negative, at).into_iter().map(|value| -value).collect();
        points.extend(lens.place(&here));
        pulls.extend(lens.moved(&here, &row(&found.positive, at)));
        pushes.extend(lens.moved(&here, &push));
    }
    let cosine = images.first().map_or(f32::NAN, |&image| {
        let views = [image, count + image].map(|at| row(&embedding, at));
        views[0].iter().zip(&views[1]).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum::<f64>() as f32
    });
    let numbers: Vec<f32> = images.iter().flat_map(|&image| [image as f32; 2]).collect();
    Ok(vec![
        Part::new("force_points", Payload::points(3, &points)),
        Part::series("force_images", numbers.clone(), numbers),
        Part::number("force_cosine", cosine),
        Part::new("pull", Payload::points(3, &pulls)),
        Part::new("push", Payload::points(3, &pushes)),
    ])
}

/// The images of `count` that are told: the chosen one, then the first ones.
fn told(count: usize, chosen: Option<usize>) -> Vec<usize> {
    let chosen = chosen.filter(|image| *image < count);
    chosen.into_iter().chain((0..count).filter(|image| chosen != Some(*image))).take(IMAGES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_image_is_told_first_and_once() {
        assert_eq!(told(3, Some(1)), [1, 0, 2]);
        assert_eq!(told(2, Some(7)), [0, 1]);
        let many = told(100, Some(40));
        assert_eq!((many[0], many[1], many.len()), (40, 0, IMAGES));
        assert_eq!(told(0, None), [0; 0]);
    }
}
