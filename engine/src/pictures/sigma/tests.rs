use super::*;
use crate::pictures::testing::{ask, source, still};
use augsphere_spec::Payload;

fn knobs(delta: f64) -> Knobs {
    let mut knobs = Knobs::default();
    for (name, value) in [("classes", 20), ("images", 20), ("views", 4), ("draw", 0)] {
        knobs.set(name, value);
    }
    knobs.set("delta", delta);
    knobs
}

fn of<'a>(parts: &'a [Part], name: &str) -> (&'a [f32], &'a [f32]) {
    match parts.iter().find(|part| part.name == name).map(|part| &part.payload) {
        Some(Payload::Series { x, y }) => (x, y),
        Some(Payload::Matrix { values, .. }) => (&[], values),
        other => panic!("{name}: {other:?}"),
    }
}

fn past() -> Source {
    source([1.0, 0.0].repeat(16), 2)
}

/// Curves rise, the ends of intervals in their order; the least is the least; at 0 different images are alone, at the end a class is whole.
#[test]
fn curves_rise_from_single_images_to_whole_classes() {
    let parts = ask(&SigmaPicture, &past(), &knobs(-1.0)).expect("numbers");
    let (deltas, least) = of(&parts, "least");
    assert!(deltas.len() > GRID - 1 && deltas.is_sorted() && deltas[0] == 0.0);
    let (lower, upper) = (of(&parts, "lower").1, of(&parts, "upper").1);
    let sizes = of(&parts, "sizes").1;
    assert_eq!((lower.len(), sizes.iter().sum::<f32>()), (sizes.len() * deltas.len(), 16.0));
    assert!(lower.iter().zip(upper).all(|(lower, upper)| lower <= upper && *lower > 0.0 && *upper <= 1.0));
    for (class, size) in lower.chunks_exact(deltas.len()).zip(sizes) {
        assert!(class.is_sorted() && class[deltas.len() - 1] == 1.0, "{class:?}");
        assert!((class[0] - 1.0 / size).abs() < 1e-6, "no two of these images are equal: {class:?}");
    }
    for (at, least) in least.iter().enumerate() {
        let smallest = lower.iter().skip(at).step_by(deltas.len()).fold(1.0f32, |least, share| least.min(*share));
        assert_eq!(*least, smallest);
    }
    let delta = of(&parts, "delta").1[0];
    let at = deltas.iter().position(|known| *known == delta).expect("the threshold is one of all");
    assert!(least[at] >= 0.5 && (at == 0 || least[at - 1] < 0.5), "half of each class, and no sooner: {least:?}");
    assert!(of(&parts, "plain").1.iter().zip(least).all(|(plain, near)| plain <= near), "views only bring nearer");
}

/// The shares of pairs rise to what there is; where no view differs from its image those of views are those of images.
#[test]
fn pairs_between_classes_are_counted_beside() {
    let mut unmoved = past();
    still(&mut unmoved);
    let parts = ask(&SigmaPicture, &unmoved, &knobs(2.5)).expect("numbers");
    let [within, between, plain] = ["pairs_within", "pairs_between", "plain_between"].map(|name| of(&parts, name).1);
    assert!(within.is_sorted() && between.is_sorted() && within[within.len() - 1] == 1.0 && between[0] == 0.0);
    assert_eq!(between, plain);
    assert_eq!((of(&parts, "least").1, of(&parts, "delta").1), (of(&parts, "plain").1, [2.5].as_slice()));
    let moved = ask(&SigmaPicture, &past(), &knobs(2.5)).expect("numbers");
    assert!(of(&moved, "pairs_between").1.iter().zip(plain).all(|(near, plain)| near >= plain), "classes come nearer, too");
}

/// Where the two views have a policy each, each has a curve; one without augmentations has that of the images.
#[test]
fn each_policy_has_its_curve_where_they_differ() {
    assert!(ask(&SigmaPicture, &past(), &knobs(-1.0)).expect("numbers").iter().all(|part| part.name != "second"));
    let mut differing = past();
    let experiment = &mut differing.run.as_mut().expect("a run").experiment;
    let crop: Vec<_> = experiment.choices("augment").iter().filter(|choice| choice.kind == "crop").cloned().collect();
    let gray: Vec<_> = experiment.choices("augment").iter().filter(|choice| choice.kind == "grayscale").cloned().collect();
    assert_eq!((crop.len(), gray.len()), (1, 1));
    experiment.sections.insert("augment".into(), crop);
    experiment.sections.insert("second".into(), gray);
    experiment.sections.get_mut("second").expect("there")[0].knobs.set("probability", 0.0);
    let parts = ask(&SigmaPicture, &differing, &knobs(-1.0)).expect("numbers");
    let [first, plain] = ["first", "plain"].map(|name| of(&parts, name).1);
    assert_eq!(of(&parts, "second").1.len(), first.len());
    assert!(first.iter().zip(plain).all(|(first, plain)| first >= plain) && first != plain);
}
