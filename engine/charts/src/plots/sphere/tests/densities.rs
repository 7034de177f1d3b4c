//! Layers of densities, crosses, and from where the sphere is seen.

use super::layers::{middle, near, points, stroked, told, turned};
use super::*;

/// Prototypes are crosses; a class without one has none.
#[test]
fn prototypes_are_crosses() {
    let answer = told("sphere", vec![points("prototypes", &[[0.0, 0.0, 1.0], [f32::NAN; 3], [0.6, 0.0, 0.8]])]);
    let (linked, knobs) = (Linked::default(), turned(&[], -1));
    let all = inputs(&answer, &[0; 7], &linked, &knobs);
    let scene = Sphere.scene(&all, SIZES[1]);
    assert_inside(&scene);
    let crosses = |class: usize| stroked(&scene, Ink::Class(class), 3.0).len();
    assert_eq!([crosses(0), crosses(1), crosses(2)], [2, 0, 2]);
    assert!(Sphere.summary(&all).ends_with(" 2 crosses are the prototypes of classes."));
    assert!(Sphere.table(&all).csv().contains("\nprototype,class 0,0,0,1\n"));
    let without = turned(&[("prototypes", false)], -1);
    assert!(!Sphere.summary(&inputs(&answer, &[0; 7], &linked, &without)).contains("prototype"));
}

/// An even spread is not shaded; a density that rises to the right is, there.
#[test]
fn the_sphere_is_shaded_where_dots_are_dense() {
    let (columns, even) = (72usize, 0.25 / std::f32::consts::PI);
    let shading = |value: &dyn Fn(usize) -> f32| {
        let values = (0..37 * columns).map(|at| even * value(at % columns)).collect();
        told("sphere", vec![Part::matrix("shading", columns, values)])
    };
    let (linked, knobs) = (Linked::default(), turned(&[("density", true)], -1));
    let bands = |answer: &Answer, size: (f64, f64)| {
        let scene = Sphere.scene(&inputs(answer, &[0; 7], &linked, &knobs), size);
        assert_inside(&scene);
        let band = |shape: &Shape| match shape {
            Shape::Area { points, ink: Ink::Accent, .. } => Some(points.clone()),
            _ => None,
        };
        scene.shapes.iter().filter_map(band).collect::<Vec<_>>()
    };
    assert!(bands(&shading(&|_| 1.0), SIZES[1]).is_empty());
    // Towards x is to the right; a quarter turn on, towards z, is the viewer.
    let right = shading(&|column| if !(9..=63).contains(&column) { 5.0 } else { 0.5 });
    for size in SIZES {
        let bands = bands(&right, size);
        assert!(!bands.is_empty() && bands.iter().flatten().all(|at| at.0 > middle(size).0), "the right half");
    }
    let said = Sphere.summary(&inputs(&right, &[0; 7], &linked, &knobs));
    assert!(said.ends_with("the density is at most 5.00 times that of an even spread."), "{said}");
    let broken = told("sphere", vec![Part::matrix("shading", columns, vec![f32::NAN; 37 * columns])]);
    assert!(bands(&broken, SIZES[0]).is_empty());
}

/// A class that is pointed at has a density of its own around the circle; a few classes have theirs anyway.
#[test]
fn classes_have_densities_on_the_circle() {
    let around = |classes: &[f32]| {
        let mut answer = with_density(answer(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], "circle", 2.0, 1.0));
        if let Ok(parts) = &mut answer.parts {
            parts.push(Part::series("density_classes", classes.to_vec(), classes.to_vec()));
            let row = |class: &f32| vec![0.1 + 0.1 * class; 241];
            parts.push(Part::matrix("class_densities", 241, classes.iter().flat_map(row).collect()));
        }
        answer
    };
    let knobs = turned(&[], -1);
    let count = |answer: &Answer, linked: &Linked| {
        let scene = Sphere.scene(&inputs(answer, &[0, 1], linked, &knobs), SIZES[1]);
        assert_inside(&scene);
        (0..5).map(|class| lines(&scene, Ink::Class(class)).iter().filter(|line| line.len() == 241).count()).collect::<Vec<_>>()
    };
    let (few, many) = (around(&[0.0, 2.0]), around(&[0.0, 1.0, 2.0, 3.0]));
    assert_eq!(count(&few, &Linked::default()), [1, 0, 1, 0, 0]);
    assert_eq!(count(&many, &Linked::default()), [0; 5]);
    let hovered = Linked { hovered: Some(Item::Class(3)), ..Linked::default() };
    assert_eq!(count(&many, &hovered), [0, 0, 0, 1, 0]);
    assert!(Sphere.summary(&inputs(&many, &[0, 1], &hovered, &knobs)).contains(" Of class 3, the density is highest at"));
    let hidden = Linked { classes: vec![false, true, true, true], ..Linked::default() };
    assert_eq!(count(&many, &hidden), [0, 1, 1, 1, 0]);
}

/// The chosen image, or the middle of the dots, is in front where that is asked for.
#[test]
fn the_sphere_is_turned_to_what_is_asked_for() {
    let behind: Vec<[f32; 3]> = vec![[0.0, 0.6, -0.8], [0.0, -0.6, -0.8]];
    let answer = answer(&behind, "sphere", 3.0, 1.0);
    let linked = Linked::default();
    for (facing, wanted) in [("axes", None), ("image", Some(1)), ("dots", None)] {
        let mut knobs = defaults(&Sphere);
        knobs.set("facing", facing);
        knobs.set("image", 1i64);
        let found = images(&Sphere.scene(&inputs(&answer, &[0, 1], &linked, &knobs), SIZES[1]));
        let at = |image: usize| found.iter().find(|thing| thing.0 == image).map(|thing| (thing.1, thing.2));
        match wanted {
            Some(image) => assert!(at(image).is_some_and(|at| near(at, middle(SIZES[1]))), "{found:?}"),
            None => assert_eq!(found.len(), if facing == "dots" { 2 } else { 0 }),
        }
    }
}

/// Parts of another form than is expected are passed over.
#[test]
fn parts_that_do_not_fit_are_passed_over() {
    let more = vec![
        Part::matrix("neighbours", 0, Vec::new()),
        points("views", &[[0.0, 0.0, 1.0]]),
        Part::matrix("trail_centres", 0, Vec::new()),
        Part::series("trail_classes", vec![1.0, -1.0], vec![1.0, f32::NAN]),
        Part::series("trail_steps", Vec::new(), Vec::new()),
        points("force_points", &[[0.0, 0.0, 1.0]; 3]),
        Part::series("force_images", vec![900.0], vec![900.0]),
        points("pull", &[]),
        Part::matrix("shading", 5, vec![1.0; 7]),
        Part::matrix("class_densities", 3, vec![1.0; 7]),
        points("prototypes", &[[f32::INFINITY; 3]]),
        points("trail", &[[f32::NAN; 3]; 4]),
    ];
    let switches = [("forces", true), ("trails", true), ("density", true)];
    for projection in ["sphere", "circle", "principal"] {
        let answer = told(projection, more.clone());
        let (linked, knobs) = (Linked::default(), turned(&switches, 3));
        let inputs = inputs(&answer, &[0; 7], &linked, &knobs);
        for size in SIZES {
            assert_inside(&Sphere.scene(&inputs, size));
        }
        assert!(Sphere.summary(&inputs).ends_with('.') && Sphere.table(&inputs).rows.len() >= 7);
    }
}
