use super::super::testing::{ask, present, source};
use super::*;
use crate::pace::at_once;
use crate::random::{Purpose, RngExt, stream};

fn knobs(axes: &str) -> Knobs {
    let mut knobs = Knobs::default();
    knobs.set("axes", axes);
    knobs.set("draw", 1i64);
    knobs.set("concentration", 4.0);
    knobs
}

fn part<'a>(parts: &'a [Part], name: &str) -> &'a Payload {
    &parts.iter().find(|part| part.name == name).expect(name).payload
}

fn points(parts: &[Part]) -> Vec<f32> {
    let (dimension, points) = part(parts, "points").as_points().expect("points");
    assert_eq!(dimension, 3);
    points
}

fn number(parts: &[Part], name: &str) -> f32 {
    let Payload::Series { y, .. } = part(parts, name) else { panic!("{name}") };
    y[0]
}

fn word(parts: &[Part]) -> String {
    let Payload::Words(words) = part(parts, "projection") else { panic!("no words") };
    words.join(" ")
}

#[test]
fn two_and_three_dimensions_are_shown_as_they_are() {
    let parts = ask(&SpherePicture, &source(vec![1.0, 0.0, 0.0, 1.0, -1.0, 0.0], 2), &knobs("principal")).expect("parts");
    assert_eq!((word(&parts).as_str(), number(&parts, "explained"), number(&parts, "dimension")), ("circle", 1.0, 2.0));
    assert_eq!(points(&parts), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0]);
    // METHODS.md 2.4: the density at 0 of 0, pi/2, pi with a concentration of 4.
    let Payload::Series { x, y } = part(&parts, "density") else { panic!("no density") };
    let middle = x.len() / 2;
    assert!(x[middle].abs() < 1e-6 && (y[middle] - 0.261_065_8).abs() < 1e-6);
    let rows = vec![0.6, 0.8, 0.0, 0.0, 0.0, 1.0];
    let parts = ask(&SpherePicture, &source(rows.clone(), 3), &knobs("first")).expect("parts");
    assert_eq!((word(&parts).as_str(), points(&parts)), ("sphere", rows));
}

/// Rows along the axes 0 and 3 of four: the first three coordinates carry what varies along axis 0 alone.
#[test]
fn axes_are_scaled_to_length_one_and_say_what_they_carry() {
    let rows = vec![0.6, 0.0, 0.0, 0.8, -0.6, 0.0, 0.0, -0.8];
    let parts = ask(&SpherePicture, &source(rows, 4), &knobs("first")).expect("parts");
    assert_eq!((word(&parts).as_str(), points(&parts)), ("axes", vec![1.0, 0.0, 0.0, -1.0, 0.0, 0.0]));
    assert!((number(&parts, "explained") - 0.36).abs() < 1e-6 && (number(&parts, "spread") - 1.0).abs() < 1e-6);
}

#[test]
fn random_axes_are_three_different_ones_and_follow_the_draw() {
    for (seed, d) in [(0, 4), (1, 64), (2, 64), (3, 3), (4, 2)] {
        let axes = lens::drawn(seed, d);
        let mut sorted = axes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert!(sorted.len() == d.min(3) && sorted.iter().all(|axis| *axis < d), "{axes:?}");
        assert_eq!(axes, lens::drawn(seed, d));
    }
    assert_ne!(lens::drawn(1, 64), lens::drawn(2, 64));
}

/// A cloud of 40 points in five dimensions, seen as it is and with two of its coordinates exchanged in sign.
#[test]
fn projections_carry_most_of_a_flat_cloud_and_do_not_jump() {
    let mut rng = stream(1, Purpose::SelfTest, 0);
    let cloud: Vec<[f32; 5]> = (0..40).map(|_| [1.0, 1.0, 1.0, 0.05, 0.05].map(|scale: f32| scale * rng.normal())).collect();
    let unit = |row: [f32; 5]| {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        row.map(|value| value / length)
    };
    let rows: Vec<f32> = cloud.iter().copied().flat_map(unit).collect();
    let moved: Vec<f32> = cloud.iter().map(|row| row.map(|value| value + 0.01 * rng.normal())).flat_map(unit).collect();
    let placed = |rows: &[f32]| {
        let lens = at_once(Lens::of(rows, 5, Wanted::Principal, &Pace::default()));
        assert!(lens.explained > 0.97 && lens.how == "principal", "{}", lens.explained);
        rows.chunks_exact(5).map(|row| lens.place(row)).collect::<Vec<_>>()
    };
    let (one, other) = (placed(&rows), placed(&moved));
    let close = one.iter().zip(&other).all(|(a, b)| {
        let length = a.iter().map(|value| value * value).sum::<f32>().sqrt();
        let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        (length - 1.0).abs() < 1e-5 && distance < 0.2
    });
    assert!(close, "a small step of the cloud is one of the picture");
}

/// What is broken, collapsed, or of one dimension is neither panicked on nor spread to the rest.
#[test]
fn nothing_breaks_the_picture() {
    let rows = vec![1.0, 0.0, 0.0, 0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    for axes in ["principal", "first", "random"] {
        let found = points(&ask(&SpherePicture, &source(rows.clone(), 4), &knobs(axes)).expect("parts"));
        assert!(found[3..6].iter().all(|value| value.is_nan()), "{axes}: {found:?}");
        assert!(found[..3].iter().chain(&found[6..]).all(|value| value.is_finite()), "{axes}: {found:?}");
    }
    let collapsed = ask(&SpherePicture, &source([0.5f32; 4].repeat(6), 4), &knobs("principal")).expect("parts");
    assert!(points(&collapsed).iter().all(|value| value.is_finite()) && number(&collapsed, "spread") < 1e-6);
    let line = ask(&SpherePicture, &source(vec![1.0, -1.0], 1), &knobs("principal")).expect("parts");
    assert_eq!(points(&line), [1.0, 0.0, 0.0, -1.0, 0.0, 0.0]);
    let none = ask(&SpherePicture, &source(Vec::new(), 4), &knobs("principal")).expect_err("nothing");
    assert!(none.ends_with('.'));
    assert!(ask(&SpherePicture, &Source::default(), &knobs("principal")).is_err());
    let alive = ask(&SpherePicture, &present(), &knobs("principal")).expect("parts");
    assert!(points(&alive).len() >= 3 * 16);
}

fn with(knobs: &[(&str, bool)], image: i64) -> Knobs {
    let mut all = self::knobs("principal");
    all.set("image", image);
    knobs.iter().for_each(|(name, on)| all.set(name, *on));
    all
}

fn has(parts: &[Part], name: &str) -> bool {
    parts.iter().any(|part| part.name == name)
}

/// Batch E2 of METHODS.md 0.2: nearest to (0.8, 0.6) is (0.6, 0.8) at 0.96, then (1, 0) at 0.8. Of a past step there are no views.
#[test]
fn a_chosen_image_has_neighbours_and_of_the_present_two_views() {
    let e2 = source(vec![1.0, 0.0, 0.0, 1.0, 0.8, 0.6, 0.6, 0.8], 2);
    let parts = ask(&SpherePicture, &e2, &with(&[("views", true)], 2)).expect("parts");
    let Payload::Series { x, y } = part(&parts, "neighbours") else { panic!("no neighbours") };
    assert_eq!(x, &[3.0, 0.0, 1.0]);
    assert!(y.iter().zip([0.96, 0.8, 0.6]).all(|(found, expected)| (found - expected).abs() < 1e-6), "{y:?}");
    assert!(!has(&parts, "views"));
    for image in [-1, 4, 99] {
        assert!(!has(&ask(&SpherePicture, &e2, &with(&[("views", true)], image)).expect("parts"), "neighbours"));
    }
    let alive = present();
    let parts = ask(&SpherePicture, &alive, &with(&[("views", true)], 3)).expect("parts");
    let (3, views) = part(&parts, "views").as_points().expect("views") else { panic!("three coordinates") };
    let run = alive.run().expect("a run");
    let network = run.network().expect("the present");
    let (all, d) = crate::block_on(network.view_embeddings(5, &Pace::default())).expect("it answers");
    let rows = [&all[0][3 * d..4 * d], &all[1][3 * d..4 * d]];
    let lens = at_once(Lens::of(&run.moment.embedding, d, Wanted::Principal, &Pace::default()));
    let expected: Vec<f32> = rows.iter().flat_map(|row| lens.place(row)).collect();
    assert!(views.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 1e-3), "{views:?} {expected:?}");
    let cosine: f32 = rows[0].iter().zip(rows[1]).map(|(a, b)| a * b).sum();
    assert!((number(&parts, "view_cosine") - cosine).abs() < 1e-4);
    let Payload::Images(images) = part(&parts, "view_images") else { panic!("no images") };
    assert_eq!(images.rgba.len(), 2 * 16 * 16 * 4);
}

/// Each class has a density of its own, with a whole of 1.
#[test]
fn classes_have_densities_on_the_circle() {
    let parts = ask(&SpherePicture, &source([1.0, 0.0, 0.0, 1.0].repeat(8), 2), &knobs("principal")).expect("parts");
    let Payload::Series { y: classes, .. } = part(&parts, "density_classes") else { panic!("no classes") };
    let Payload::Matrix { columns, values, .. } = part(&parts, "class_densities") else { panic!("no densities") };
    assert!(!classes.is_empty() && *columns == PARTS + 1 && values.len() == classes.len() * columns);
    for density in values.chunks(*columns) {
        let whole = density[..PARTS].iter().sum::<f32>() * std::f32::consts::TAU / PARTS as f32;
        assert!((whole - 1.0).abs() < 1e-4, "{whole}");
    }
}

/// The shading is the kernel at each place of the grid: 4 / (2 pi (1 - exp(-8))) at the one point, exp(-8) of it on the other side.
#[test]
fn a_sphere_is_shaded_where_that_is_asked_for() {
    let up = source([0.0, 1.0, 0.0].repeat(3), 3);
    let parts = ask(&SpherePicture, &up, &with(&[("density", true)], -1)).expect("parts");
    let Payload::Matrix { columns, values, .. } = part(&parts, "shading") else { panic!("no shading") };
    assert_eq!((*columns, values.len()), (72, 37 * 72));
    assert!((values[0] - 0.636_833_4).abs() < 1e-5 && (values[37 * 72 - 1] - 0.636_833_4 * (-8.0f32).exp()).abs() < 1e-7);
    assert!(!has(&ask(&SpherePicture, &up, &knobs("principal")).expect("parts"), "shading"));
}

/// Two moments of two images: the trail of one, and of the centres of their classes.
#[test]
fn trails_go_through_the_kept_moments_to_the_present() {
    let mut turned = source(vec![0.0, 1.0, 0.0, 0.0, 0.0, 1.0], 3);
    let run = turned.run.as_mut().expect("a run");
    let moment = |step, embedding, dimension| std::rc::Rc::new(KeptMoment { step, embedding, dimension });
    run.trail = vec![moment(0, vec![1.0, 0.0, 0.0, 0.0, f32::NAN, 1.0], 3), moment(1, vec![1.0; 4], 2)];
    let parts = ask(&SpherePicture, &turned, &with(&[("trails", true)], 0)).expect("parts");
    let Payload::Series { y: steps, .. } = part(&parts, "trail_steps") else { panic!("no steps") };
    assert_eq!(steps, &[0.0, 3.0], "a moment of another dimension is left out, the present is the last");
    assert_eq!(part(&parts, "trail").as_points(), Some((3, vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0])));
    let Payload::Series { y: classes, .. } = part(&parts, "trail_classes") else { panic!("no classes") };
    let Payload::Matrix { columns: 6, values, .. } = part(&parts, "trail_centres") else { panic!("no centres") };
    let labels = &turned.run().expect("a run").data.validation.labels;
    let row = classes.iter().position(|class| *class == f32::from(labels[0])).expect("the class of the first image");
    if labels[0] != labels[1] {
        assert_eq!(values[6 * row..6 * row + 6], [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    }
    let alone = source(vec![0.0, 1.0, 0.0], 3);
    assert!(!has(&ask(&SpherePicture, &alone, &with(&[("trails", true)], 0)).expect("parts"), "trail_steps"));
}

/// Where a step of gradient descent takes a view is along pull and push: towards the other view by the pull.
#[test]
fn the_forces_of_the_present_pull_views_together() {
    let alive = present();
    let parts = ask(&SpherePicture, &alive, &with(&[("forces", true)], 5)).expect("parts");
    let of = |name: &str| part(&parts, name).as_points().expect("points").1;
    let (points, pull, push) = (of("force_points"), of("pull"), of("push"));
    let Payload::Series { y: images, .. } = part(&parts, "force_images") else { panic!("no images") };
    assert_eq!((points.len(), pull.len(), push.len(), images.len()), (72, 72, 72, 24));
    assert_eq!(images[..3], [5.0, 5.0, 0.0]);
    let network = alive.run().expect("a run").network().expect("the present");
    let found = crate::block_on(network.decomposition(crate::trainer::Wanted::Parts)).expect("it answers").expect("it is known");
    let (unit, d) = (found.unit(), found.dimension);
    let view = |at: usize| &unit[at * d..(at + 1) * d];
    let expected: f32 = view(5).iter().zip(view(unit.len() / d / 2 + 5)).map(|(one, other)| one * other).sum();
    assert!((number(&parts, "force_cosine") - expected).abs() < 1e-5, "that of the two views there");
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    for (point, force) in points.chunks(3).zip(pull.chunks(3)).chain(points.chunks(3).zip(push.chunks(3))) {
        assert!(dot(point, force).abs() < 1e-3 * (1.0 + dot(force, force)), "along the sphere");
    }
    let together = points.chunks(6).zip(pull.chunks(6)).filter(|(points, pull)| {
        let towards: Vec<f32> = points[3..].iter().zip(&points[..3]).map(|(to, from)| to - from).collect();
        dot(&pull[..3], &towards) >= 0.0
    });
    assert!(together.count() >= 9, "in three of many dimensions most of them");
    let past = source([0.0, 1.0, 0.0, 0.0, 0.0, 1.0].repeat(4), 3);
    assert!(!has(&ask(&SpherePicture, &past, &with(&[("forces", true)], 0)).expect("parts"), "force_points"));
}

/// The prototypes of PiCO are on the sphere as they are; a class that no image was taken for yet has none, and before the first step no class.
#[test]
fn prototypes_are_those_of_the_method() {
    use crate::trainer::Trainer;
    use crate::{block_on, catalogue, datasets, device};
    let text = "[data]\nkind = \"shapes\"\ntrain = 64\nside = 16\n[method]\nkind = \"pico\"\n[target]\nkind = \"momentum\"\n\
        [encoder]\nkind = \"conv\"\n[projector]\ndimension = 3\n[train]\nbatch = 4\nbatch_norm = \"per_view\"\n";
    let experiment = catalogue().read_toml(text).expect("no mistakes");
    let choice = experiment.choice("data").expect("data").clone();
    let data = std::rc::Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
    let opened = block_on(device::open(augsphere_spec::DeviceChoice::Cpu, None)).expect("a CPU");
    let mut trainer = Trainer::new(experiment, std::rc::Rc::clone(&data), &opened).expect("it fits");
    let made = |trainer: &Trainer| {
        let run = block_on(RunSource::of(trainer.checkpoint(), std::rc::Rc::clone(&data), &Pace::default())).expect("it answers");
        ask(&SpherePicture, &Source { run: Some(run) }, &with(&[("forces", true)], -1)).expect("parts")
    };
    assert!(!has(&made(&trainer), "prototypes"));
    trainer.step();
    let parts = made(&trainer);
    let (_, found) = part(&parts, "prototypes").as_points().expect("points");
    assert_eq!(found.len(), 3 * data.classes.len());
    let there = found.chunks(3).filter(|point| point.iter().all(|value| value.is_finite()));
    let lengths: Vec<f32> = there.map(|point| point.iter().map(|value| value * value).sum::<f32>().sqrt()).collect();
    // A batch of four images is taken for at most four classes.
    assert!((1..=4).contains(&lengths.len()) && lengths.iter().all(|length| (length - 1.0).abs() < 1e-4), "{lengths:?}");
    assert!(has(&parts, "forces_unknown"), "soft targets are of training images alone");
}

/// The closest views are where the network puts them: without augmentations on the dots of their images. Of a past step there are none.
#[test]
fn closest_views_lie_where_the_network_puts_them() {
    let mut asked = with(&[("closest", true)], 3);
    asked.set("other", 7i64);
    let mut alive = present();
    let parts = ask(&SpherePicture, &alive, &asked).expect("parts");
    let Payload::Series { y: pair, .. } = part(&parts, "closest_pair") else { panic!("no pair") };
    assert_eq!(pair, &[3.0, 7.0]);
    assert!(number(&parts, "closest_distance") <= number(&parts, "pair_distance"));
    super::super::testing::still(&mut alive);
    let parts = ask(&SpherePicture, &alive, &asked).expect("parts");
    let (3, views) = part(&parts, "closest_views").as_points().expect("views") else { panic!("three coordinates") };
    let all = points(&parts);
    for (view, image) in views.chunks_exact(3).zip([3, 7]) {
        let dot = &all[3 * image..3 * image + 3];
        assert!(view.iter().zip(dot).all(|(view, dot)| (view - dot).abs() < 1e-3), "{view:?} {dot:?}");
    }
    assert!((number(&parts, "closest_cosine") - number(&parts, "pair_cosine")).abs() < 1e-4);
    let (closest, pair) = (number(&parts, "closest_distance"), number(&parts, "pair_distance"));
    assert!((closest - pair).abs() < 1e-5 * pair, "{closest} {pair}");
    asked.set("other", 3i64);
    assert!(has(&ask(&SpherePicture, &alive, &asked).expect("parts"), "closest_unknown"), "an image has no pair with itself");
    let past = source([0.0, 1.0, 0.0, 0.0, 0.0, 1.0].repeat(4), 3);
    assert!(!has(&ask(&SpherePicture, &past, &asked).expect("parts"), "closest_pair"));
}
