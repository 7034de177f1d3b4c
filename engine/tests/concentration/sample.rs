//! Which views are sampled: the image first, the same for every number of views, and with common random numbers.

use augsphere_engine::augmentations::{Params, Policy, cards};
use augsphere_engine::augmented_distance::{DistanceJob, Distances, LIMIT, Sample, Side, Unmeasured};
use augsphere_engine::block_on;
use augsphere_engine::datasets::Images;
use augsphere_engine::random::{Purpose, RngExt as _, stream};
use augsphere_spec::Choice;

fn images(count: usize) -> Images {
    let mut rng = stream(1, Purpose::SelfTest, 5);
    Images::new(8, (0..count * 3 * 64).map(|_| rng.below(256) as u8).collect(), vec![0; count])
}

/// A policy of these augmentations, each at a probability.
fn policy(kinds: &[(&str, f64)]) -> Policy {
    let choice = |(kind, probability): &(&str, f64)| {
        let card = cards().into_iter().find(|card| card.name == *kind).expect("a known augmentation");
        let mut knobs = card.defaults();
        knobs.set("probability", *probability);
        Choice { kind: card.name, knobs }
    };
    Policy::new(&kinds.iter().map(choice).collect::<Vec<_>>())
}

/// One policy of `steps` augmentations without listed variants.
fn plain(policy: &Policy, steps: usize) -> Vec<Side<'_>> {
    vec![Side { policy, original: vec![Params::Nothing; steps], variants: vec![] }]
}

fn measured(sample: &Sample) -> Distances {
    let mut job = DistanceJob::on_host(sample.layout(), LIMIT);
    while block_on(job.advance(&mut |views| sample.pixels(views))).expect("views") {}
    job.finish().expect("done")
}

#[test]
fn the_first_view_is_the_image() {
    let (images, policy) = (images(5), policy(&[("crop", 1.0), ("flip", 1.0)]));
    let sample = Sample::new(&images, &[4, 2], 3, 1, plain(&policy, 2)).expect("views");
    let pixels = sample.pixels(3..4);
    for (place, value) in pixels.iter().enumerate() {
        let byte = images.image(2)[place % 3 * 64 + place / 3];
        assert!((value - f32::from(byte) / 255.0).abs() < 1e-6);
    }
    assert_eq!((sample.words(1, 0), sample.listed()), (String::new(), 1));
    assert!(sample.words(1, 1).contains("mirrored"));
    assert_eq!(sample.pixels(0..6)[3 * 192..4 * 192], pixels);
}

#[test]
fn more_views_keep_those_there_were() {
    let (images, policy) = (images(4), policy(&[("crop", 1.0), ("flip", 0.5), ("jitter", 0.8)]));
    let few = Sample::new(&images, &[0, 3], 3, 7, plain(&policy, 3)).expect("views");
    let many = Sample::new(&images, &[1, 0, 3], 8, 7, plain(&policy, 3)).expect("views");
    assert_eq!(few.pixels(3..6), many.pixels(16..19));
    let (few, many) = (measured(&few), measured(&many));
    assert!(many.get(1, 2) <= few.get(0, 1));
    let other = Sample::new(&images, &[0, 3], 3, 8, plain(&policy, 3)).expect("views");
    assert_ne!(other.draw(0, 2), Sample::new(&images, &[0, 3], 3, 7, plain(&policy, 3)).expect("views").draw(0, 2));
}

#[test]
fn policies_share_the_numbers_of_what_they_share() {
    let images = images(3);
    let (one, two) = (policy(&[("crop", 1.0)]), policy(&[("crop", 1.0), ("flip", 0.5)]));
    let one = Sample::new(&images, &[0, 1, 2], 9, 3, plain(&one, 1)).expect("views");
    // The second lists a variant more, and still draws the same crops.
    let mirrored = vec![Params::Nothing, Params::Flip];
    let sides =
        vec![Side { policy: &two, original: vec![Params::Nothing; 2], variants: vec![vec![Params::Nothing; 2], mirrored] }];
    let two = Sample::new(&images, &[0, 1, 2], 9, 3, sides).expect("views");
    assert_eq!((one.listed(), two.listed()), (1, 2), "the image itself is not listed twice");
    assert_eq!(two.words(2, 1), "mirrored");
    for (image, view) in (0..3).flat_map(|image| (2..9).map(move |view| (image, view))) {
        assert_eq!(one.draw(image, view).1[0], two.draw(image, view).1[0]);
    }
}

#[test]
fn two_policies_take_turns() {
    let images = images(3);
    let (grey, mirror) = (policy(&[("grayscale", 1.0)]), policy(&[("flip", 1.0)]));
    let side = |policy| Side { policy, original: vec![Params::Nothing], variants: vec![] };
    let sample = Sample::new(&images, &[1, 2], 6, 3, vec![side(&grey), side(&mirror)]).expect("views");
    let words: Vec<String> = (0..6).map(|view| sample.words(0, view)).collect();
    assert_eq!((&words[1], &words[3], &words[5]), (&words[1], &words[1], &words[1]));
    assert_eq!(words[1], "mirrored");
    assert!(words[0].is_empty() && words[2] == words[4] && words[2] != words[1], "{words:?}");
    let pixels = sample.pixels(0..12);
    let view = |at: usize| &pixels[at * 192..(at + 1) * 192];
    assert!(view(8).chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]), "grey");
    assert_eq!(view(7)[..3], view(6)[21..24], "mirrored");
    assert_eq!(sample.pixels(7..9), pixels[7 * 192..9 * 192]);
}

#[test]
fn no_views_is_a_fault_and_few_views_leave_variants_out() {
    let (images, flip) = (images(2), policy(&[("flip", 1.0)]));
    assert_eq!(Sample::new(&images, &[0], 0, 1, plain(&flip, 1)).err(), Some(Unmeasured::NoViews { image: 0 }));
    assert_eq!(Sample::new(&images, &[], 4, 1, plain(&flip, 1)).err(), Some(Unmeasured::NoImages));
    assert!(Sample::new(&images, &[0], 4, 1, vec![]).is_err());
    let mirrored = vec![Params::Flip];
    let side = Side { policy: &flip, original: vec![Params::Nothing], variants: vec![mirrored] };
    let sample = Sample::new(&images, &[0, 1], 1, 1, vec![side]).expect("views");
    assert_eq!(sample.listed(), 1);
    assert_eq!(measured(&sample).levels(), [1]);
}
