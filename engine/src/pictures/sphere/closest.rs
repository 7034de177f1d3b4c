//! Where the network puts the closest views of two images.

use super::lens::Lens;
use crate::pace::Pace;
use crate::pictures::closest::Found;
use crate::pictures::{RunSource, Trouble};
use augsphere_spec::{Knobs, Part, Payload, TheoremCase};

/// Views of each image, as many as the picture `closest` has at first: so both show the same.
const VIEWS: i64 = 12;

/// The closest views of the pair of the knobs `image` and `other`, where the network is there.
pub(super) async fn parts(run: &RunSource, lens: &Lens, knobs: &Knobs, pace: &Pace) -> Result<Vec<Part>, Trouble> {
    let Some(network) = &run.checkpoint else { return Ok(Vec::new()) };
    // The sphere's own `views` and `draw` are something else.
    let mut asked = Knobs::default();
    for name in ["image", "other"] {
        asked.0.extend(knobs.0.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    asked.set("views", VIEWS);
    let found = match Found::of(run, &asked, pace).await {
        Ok(found) => found,
        Err(Trouble::Nothing(why)) => return Ok(vec![Part::new("closest_unknown", Payload::Words(vec![why]))]),
        Err(trouble) => return Err(trouble),
    };
    let embedding = network.represent(&found.pixels, TheoremCase::Embedding, pace).await?;
    let d = run.moment.dimension.max(1);
    let &[one, other] = embedding.chunks_exact(d).collect::<Vec<_>>().as_slice() else { return Ok(Vec::new()) };
    let own = found.images.map(|image| run.moment.embedding.get(image * d..(image + 1) * d).unwrap_or_default());
    Ok(vec![
        Part::series("closest_pair", vec![0.0, 1.0], found.images.map(|image| image as f32).to_vec()),
        Part::new("closest_views", Payload::points(3, [lens.place(one), lens.place(other)].as_flattened())),
        Part::number("closest_cosine", cosine(one, other)),
        Part::number("pair_cosine", cosine(own[0], own[1])),
        Part::number("closest_distance", found.near),
        Part::number("pair_distance", found.plain),
    ])
}

/// The cosine of two rows of unit length.
fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() as f32
}
