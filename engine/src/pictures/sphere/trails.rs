//! Where the chosen image and the centres of the classes have been.

use super::lens::Lens;
use crate::pace::Pace;
use crate::pictures::{KeptMoment, RunSource};
use augsphere_spec::{Part, Payload};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The centres of the classes at one moment: sum of the places of its images, and how many have one.
type Centres = BTreeMap<u8, ([f64; 3], f64)>;

/// The steps, the places of the image at each of them, and those of the mean place of each class, all seen as the present is. Nothing
/// where fewer than two moments of this dimension were kept.
pub(super) async fn parts(run: &RunSource, lens: &Lens, image: Option<usize>, pace: &Pace) -> Vec<Part> {
    let here = run.trail.last().is_some_and(|moment| moment.step == run.moment.step);
    let moments = run.trail.iter().chain((!here).then_some(&run.moment));
    let moments: Vec<_> = moments.filter(|moment| moment.dimension == run.moment.dimension).collect();
    if moments.len() < 2 {
        return Vec::new();
    }
    let steps: Vec<f32> = moments.iter().map(|moment| moment.step as f32).collect();
    let mut parts = vec![Part::series("trail_steps", steps.clone(), steps)];
    if let Some(image) = image {
        let place = |moment: &&Rc<KeptMoment>| moment.rows().nth(image).map_or([f32::NAN; 3], |row| lens.place(row));
        let places: Vec<[f32; 3]> = moments.iter().map(place).collect();
        parts.push(Part::new("trail", Payload::points(3, places.as_flattened())));
    }
    let mut all: Vec<Centres> = Vec::new();
    for moment in &moments {
        let mut centres = Centres::new();
        for (row, label) in moment.rows().zip(run.labels()) {
            let place = lens.place(row);
            if place.iter().all(|value| value.is_finite()) {
                let (sum, count) = centres.entry(*label).or_default();
                sum.iter_mut().zip(place).for_each(|(sum, value)| *sum += f64::from(value));
                *count += 1.0;
            }
        }
        all.push(centres);
        pace.turn().await;
    }
    let mut classes: Vec<u8> = all.iter().flat_map(|centres| centres.keys().copied()).collect();
    classes.sort_unstable();
    classes.dedup();
    let centre = |centres: &Centres, class: u8| {
        centres.get(&class).map_or([f32::NAN; 3], |(sum, count)| sum.map(|sum| (sum / count) as f32))
    };
    let paths: Vec<[f32; 3]> = classes.iter().flat_map(|class| all.iter().map(|centres| centre(centres, *class))).collect();
    let numbers: Vec<f32> = classes.into_iter().map(f32::from).collect();
    parts.push(Part::series("trail_classes", numbers.clone(), numbers));
    parts.push(Part::matrix("trail_centres", 3 * moments.len(), paths.into_flattened()));
    parts
}
