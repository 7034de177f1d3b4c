//! What lies over the dots.

use super::*;
use augsphere_spec::Thumbnails;

/// Seven images on the front of the sphere, the first in the middle, and what is told of it.
fn seven() -> Vec<[f32; 3]> {
    let around = |at: u8| {
        let away = 0.1 * f32::from(at);
        [away, 0.0, (1.0 - away * away).sqrt()]
    };
    (0..7).map(around).collect()
}

pub(super) fn told(projection: &str, more: Vec<Part>) -> Answer {
    let mut answer = answer(&seven(), projection, if projection == "sphere" { 3.0 } else { 64.0 }, 1.0);
    if let Ok(parts) = &mut answer.parts {
        parts.extend(more);
    }
    answer
}

pub(super) fn points(name: &str, points: &[[f32; 3]]) -> Part {
    Part::new(name, Payload::points(3, points.as_flattened()))
}

/// Of image 0: two neighbours, and two views to its right and above it.
fn chosen() -> Vec<Part> {
    vec![
        Part::series("neighbours", vec![2.0, 5.0], vec![0.95, 0.5]),
        points("views", &[[0.5, 0.0, 0.866], [0.0, 0.5, 0.866]]),
        Part::number("view_cosine", 0.75),
    ]
}

pub(super) fn turned(switches: &[(&str, bool)], image: i64) -> Knobs {
    let mut knobs = front();
    knobs.set("centres", false);
    knobs.set("image", image);
    switches.iter().for_each(|(name, on)| knobs.set(name, *on));
    knobs
}

pub(super) fn stroked(scene: &Scene, ink: Ink, width: f64) -> Vec<&[(f64, f64)]> {
    let wanted = |shape: &&Shape| matches!(shape, Shape::Line { stroke, .. } if stroke.ink == ink && stroke.width == width);
    scene
        .shapes
        .iter()
        .filter(wanted)
        .filter_map(|shape| if let Shape::Line { points, .. } = shape { Some(points.as_slice()) } else { None })
        .collect()
}

/// The middle of the globe in a scene.
pub(super) fn middle(size: (f64, f64)) -> (f64, f64) {
    (0.5 * size.0, 0.5 * (size.1 - FOOT))
}

pub(super) fn near((x, y): (f64, f64), (other_x, other_y): (f64, f64)) -> bool {
    (x - other_x).hypot(y - other_y) < 0.1
}

/// The chosen image is joined with its neighbours, a line to another class dashed, and with its two views.
#[test]
fn a_chosen_image_is_joined_with_its_neighbours_and_views() {
    let answer = told("principal", chosen());
    let (labels, linked, knobs) = ([0, 0, 0, 0, 0, 1, 0], Linked::default(), turned(&[], 0));
    let inputs = inputs(&answer, &labels, &linked, &knobs);
    for size in SIZES {
        let scene = Sphere.scene(&inputs, size);
        assert_inside(&scene);
        let lines = stroked(&scene, Ink::Ink, 1.5);
        assert!(lines.len() == 2 && lines.iter().all(|line| near(line[0], middle(size))), "{lines:?}");
        let dashed = |shape: &&Shape| matches!(shape, Shape::Line { stroke, .. } if stroke.dashed && stroke.ink == Ink::Ink);
        assert_eq!(scene.shapes.iter().filter(dashed).count(), 1, "of another class");
        let [thread] = stroked(&scene, Ink::Second, 2.4)[..] else { panic!("no thread between the views") };
        assert!(thread[0].0 > middle(size).0 + 20.0 && thread[1].1 < middle(size).1 - 20.0, "{thread:?}");
        assert_eq!(stroked(&scene, Ink::Second, 1.3).len(), 2, "each joined with the whole image");
        assert!(["class 0 0", "view 1", "view 2"].iter().all(|name| words(&scene).contains(name)));
    }
    let said = Sphere.summary(&inputs);
    let wanted = " 1 of the 2 nearest neighbours of class 0 0 are of its class, the nearest at a cosine of 0.950. The two views of class 0 0 \
        lie at a cosine of 0.750.";
    assert!(said.ends_with(wanted), "{said}");
    assert!(
        Sphere
            .table(&inputs)
            .csv()
            .ends_with("\nview 1 of 0,class 0,0.5,0,0.8659999966621399\nview 2 of 0,class 0,0,0.5,0.8659999966621399\n")
    );
    assert_eq!(Sphere.pressed(Item::Image(5)), [("image", 5.0)]);
    assert_eq!(Sphere.pressed(Item::Class(5)), []);
}

/// Of a past step there are no views: the summary says so. A hidden class takes its images along.
#[test]
fn what_is_not_told_is_not_drawn() {
    let answer = told("principal", vec![Part::series("neighbours", vec![2.0, f32::NAN], vec![0.95, f32::NAN])]);
    let knobs = turned(&[("forces", true), ("trails", true)], 0);
    let linked = Linked::default();
    let all = inputs(&answer, &[0; 7], &linked, &knobs);
    let scene = Sphere.scene(&all, SIZES[1]);
    assert_eq!((stroked(&scene, Ink::Ink, 1.5).len(), lines(&scene, Ink::Second).len()), (1, 0));
    let said = Sphere.summary(&all);
    for words in
        ["views of class 0 0 are known of the present only.", "Pull and push are known of the present only.", "no trails"]
    {
        assert!(said.contains(words), "{said}");
    }
    let hidden = Linked { classes: vec![false], ..Linked::default() };
    assert!(stroked(&Sphere.scene(&inputs(&answer, &[0; 7], &hidden, &knobs), SIZES[1]), Ink::Ink, 1.5).is_empty());
    let why = told("principal", vec![Part::new("forces_unknown", Payload::Words(vec!["Because.".into()]))]);
    assert!(Sphere.summary(&inputs(&why, &[0; 7], &linked, &knobs)).contains(" Because."));
    assert!(Sphere.scene(&inputs(&why, &[0; 7], &linked, &turned(&[], 99)), SIZES[0]).things.len() == 7);
}

/// What is pointed at has neighbours where its whole embedding is seen, and only there.
#[test]
fn an_image_that_is_pointed_at_has_neighbours_where_all_is_seen() {
    let linked = Linked { hovered: Some(Item::Image(0)), ..Linked::default() };
    let knobs = turned(&[], -1);
    for (projection, wanted) in [("sphere", 6), ("principal", 0)] {
        let answer = told(projection, Vec::new());
        let inputs = inputs(&answer, &[0; 7], &linked, &knobs);
        let scene = Sphere.scene(&inputs, SIZES[1]);
        assert_eq!(stroked(&scene, Ink::Ink, 1.5).len(), wanted);
        assert_eq!(Sphere.summary(&inputs).contains("6 of the 6 nearest neighbours of class 0 0"), wanted == 6);
    }
}

/// Images lie apart and inside, those that matter first; they can be pointed at as a whole, and there are no dots.
#[test]
fn images_do_not_hide_each_other() {
    let images = Thumbnails { side: 2, rgba: vec![200; 16 * 500] };
    let point = |at: u16| {
        let (sin, cos) = (f32::from(at) * 2.399_963).sin_cos();
        let height = 1.0 - (f32::from(at) + 0.5) / 250.0;
        let ring = (1.0 - height * height).sqrt();
        [ring * cos, height, ring * sin]
    };
    let all: Vec<[f32; 3]> = (0..500).map(point).collect();
    let flat: Vec<[f32; 3]> = (0..500u16).map(|at| (f32::from(at) * 0.7).sin_cos()).map(|(y, x)| [x, y, 0.0]).collect();
    for (projection, all) in [("sphere", all), ("circle", flat)] {
        let answer = answer(&all, projection, 3.0, 1.0);
        let (labels, mut knobs) = ([3; 500], turned(&[], -1));
        knobs.set("marks", "images");
        let linked = Linked { selected: [250].into(), ..Linked::default() };
        let inputs = Inputs { images: Some(&images), ..inputs(&answer, &labels, &linked, &knobs) };
        for size in SIZES {
            let scene = Sphere.scene(&inputs, size);
            assert_inside(&scene);
            let areas: Vec<[f64; 4]> = scene
                .shapes
                .iter()
                .filter_map(|shape| if let Shape::Image { area, .. } = shape { Some(*area) } else { None })
                .collect();
            assert!((12..=120).contains(&areas.len()), "{} at {size:?}", areas.len());
            for (at, one) in areas.iter().enumerate() {
                let over = |other: &&[f64; 4]| {
                    one[0] < other[0] + other[2]
                        && other[0] < one[0] + one[2]
                        && one[1] < other[1] + other[3]
                        && other[1] < one[1] + one[3]
                };
                assert_eq!(areas[at + 1..].iter().find(over), None, "{one:?}");
            }
            assert_eq!((dots(&scene).len(), scene.things.len()), (0, areas.len()));
            let chosen = scene.things.iter().find(|(_, item)| *item == Item::Image(250));
            assert_eq!(chosen.is_some(), projection == "circle" || all[250][2] > 0.3);
        }
        let without = Inputs { images: None, ..inputs };
        assert_eq!(dots(&Sphere.scene(&without, SIZES[0])).len(), 501, "dots where there are no images, one of them chosen");
    }
}

/// A trail goes through the moments to the present, and is named where it begins.
#[test]
fn trails_end_where_things_are() {
    let more = vec![
        Part::series("trail_steps", vec![0.0, 7.0], vec![0.0, 7.0]),
        points("trail", &[[-0.6, 0.0, 0.8], [0.0, 0.0, 1.0]]),
        Part::series("trail_classes", vec![1.0, 2.0], vec![1.0, 2.0]),
        Part::matrix("trail_centres", 6, vec![0.0, 0.6, 0.8, 0.0, 0.3, 0.9, f32::NAN, 0.0, 0.0, 0.0, 0.5, 0.5]),
    ];
    let answer = told("sphere", more);
    let (linked, knobs) = (Linked::default(), turned(&[("trails", true)], 0));
    let both = inputs(&answer, &[0; 7], &linked, &knobs);
    for size in SIZES {
        let scene = Sphere.scene(&both, size);
        assert_inside(&scene);
        let path = |ink: Ink| stroked(&scene, ink, 2.2).into_iter().map(<[_]>::to_vec).collect::<Vec<_>>();
        let own = path(Ink::Ink);
        let own: Vec<_> = own.iter().filter(|line| line.len() == 2).collect();
        assert!(own.len() == 1 && near(own[0][1], middle(size)) && own[0][0].0 < middle(size).0, "{own:?}");
        assert_eq!((path(Ink::Class(1)).len(), path(Ink::Class(2)).len()), (1, 0), "one moment alone is no path");
        assert!(words(&scene).contains(&"step 0"));
    }
    assert!(Sphere.summary(&both).ends_with("Trails show where the class centres have been from step 0 to 7."));
    let csv = Sphere.table(&both).csv();
    assert!(
        csv.contains("\n0 at step 7,class 0,0,0,1\n") && csv.contains("\ncentre at step 0,class 1,0,0.6000000238418579,"),
        "{csv}"
    );
    let hidden = Linked { classes: vec![true, false], ..Linked::default() };
    let scene = Sphere.scene(&inputs(&answer, &[0; 7], &hidden, &knobs), SIZES[1]);
    assert!(stroked(&scene, Ink::Class(1), 2.2).is_empty());
}

/// A view in the middle that is pulled to the right and pushed up moves along their sum; what is behind is not drawn.
#[test]
fn arrows_show_where_a_view_is_pulled_and_pushed() {
    let more = vec![
        points("force_points", &[[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [f32::NAN, 0.0, 0.0]]),
        Part::series("force_images", vec![1.0, 1.0, 2.0], vec![1.0, 1.0, 2.0]),
        points("pull", &[[4.0, 0.0, 0.0]; 3]),
        points("push", &[[0.0, 2.0, 0.0]; 3]),
    ];
    let answer = told("sphere", more);
    let (linked, knobs) = (Linked::default(), turned(&[("forces", true)], -1));
    let inputs = inputs(&answer, &[0; 7], &linked, &knobs);
    for size in SIZES {
        let scene = Sphere.scene(&inputs, size);
        assert_inside(&scene);
        let tips = |ink: Ink| {
            let head = |shape: &Shape| match shape {
                Shape::Area { points, ink: own, .. } if *own == ink && points.len() == 3 => Some(points[0]),
                _ => None,
            };
            scene.shapes.iter().filter_map(head).map(|tip| (tip.0 - middle(size).0, middle(size).1 - tip.1)).collect::<Vec<_>>()
        };
        let all = [Ink::Accent, Ink::Level, Ink::Ink].map(tips);
        assert!(all.iter().all(|tips| tips.len() == 1), "one arrow each: {all:?}");
        let [pull, push, sum] = all.map(|tips| tips[0]);
        assert!(pull.1.abs() < 0.1 && push.0.abs() < 0.1 && (pull.0 - 2.0 * push.1).abs() < 0.1, "{pull:?} {push:?}");
        assert!((sum.0 - pull.0).abs() < 0.1 && (sum.1 - push.1).abs() < 0.1, "{sum:?}");
        assert!(["pull", "push", "sum"].iter().all(|name| words(&scene).contains(name)));
    }
    let said = "On 2 views arrows show how the pull of the positives, the push of the rest and their sum move them.";
    assert!(Sphere.summary(&inputs).ends_with(said));
    let csv = Sphere.table(&inputs).csv();
    assert!(csv.contains(
        "\nin the batch view 1 of 1,class 0,0,0,1\npull on view 1 of 1,class 0,4,0,0\npush on view 1 of 1,class 0,0,2,0\n"
    ));
}

/// The closest views of images 0 and 4 are two joined dots, each joined with the dot of its image; a hidden class takes them along.
#[test]
fn closest_views_are_joined_with_each_other_and_their_images() {
    let more = vec![
        Part::series("closest_pair", vec![0.0, 1.0], vec![0.0, 4.0]),
        points("closest_views", &[[0.0, 0.6, 0.8], [0.3, 0.6, 0.742]]),
        Part::number("closest_cosine", 0.9),
        Part::number("pair_cosine", 0.5),
        Part::number("closest_distance", 2.0),
        Part::number("pair_distance", 8.0),
    ];
    let answer = told("principal", more);
    let (labels, linked) = ([0, 0, 0, 0, 1, 0, 0], Linked::default());
    let (off, on) = (turned(&[], -1), turned(&[("closest", true)], -1));
    for size in SIZES {
        let scene = Sphere.scene(&inputs(&answer, &labels, &linked, &on), size);
        assert_inside(&scene);
        let [thread] = stroked(&scene, Ink::Level, 2.4)[..] else { panic!("no thread between the views") };
        let own = stroked(&scene, Ink::Level, 1.3);
        assert!(own.len() == 2 && near(own[0][0], middle(size)) && own[0][1] == thread[0] && own[1][1] == thread[1], "{own:?}");
        assert_eq!(stroked(&scene, Ink::Level, 1.8).len(), 2, "a ring around each image");
        assert!(stroked(&Sphere.scene(&inputs(&answer, &labels, &linked, &off), size), Ink::Level, 2.4).is_empty());
    }
    let said = " The closest views of class 0 0 and class 1 4, 2.00 apart in pixels where the images are 8.00, lie at a cosine of 0.900, the \
        images at 0.500.";
    assert!(Sphere.summary(&inputs(&answer, &labels, &linked, &on)).ends_with(said));
    let csv = Sphere.table(&inputs(&answer, &labels, &linked, &on)).csv();
    assert!(
        csv.contains("\nview of 0 closest to 4,class 0,0,0.6000000238418579,")
            && csv.contains("\nview of 4 closest to 0,class 1,")
    );
    let hidden = Linked { classes: vec![true, false], ..Linked::default() };
    assert!(stroked(&Sphere.scene(&inputs(&answer, &labels, &hidden, &on), SIZES[1]), Ink::Level, 2.4).is_empty());
    let past = told("principal", Vec::new());
    assert!(Sphere.summary(&inputs(&past, &labels, &linked, &on)).ends_with("are known of the present only."));
    let why = told("principal", vec![Part::new("closest_unknown", Payload::Words(vec!["Because.".into()]))]);
    assert!(Sphere.summary(&inputs(&why, &labels, &linked, &on)).ends_with(" Because."));
    let two = [5, 2].into();
    assert_eq!((Sphere.chosen(&two, &on), Sphere.chosen(&two, &off)), (vec![("image", 2.0), ("other", 5.0)], Vec::new()));
}
