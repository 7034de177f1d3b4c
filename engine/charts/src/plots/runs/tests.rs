use super::*;

#[test]
fn numbers_have_three_digits_or_four() {
    let said = [0.0, 1.234_56, -12.345, 0.123_45, 1234.5, 1.2e-5, f64::NAN].map(|value| number(value, false));
    assert_eq!(said, ["0.000", "1.23", "\u{2212}12.3", "0.123", "1234", "1.2e\u{2212}5", "no number"]);
    assert_eq!(number(0.4321, true), "43.2%");
}

#[test]
fn two_numbers_stand_on_an_axis_however_narrow_it_is() {
    for span in [(0.27, 0.6), (0.301, 0.302), (-3.9, -2.2), (599.0, 600.0)] {
        let axes = axes([0.0, 0.0, 300.0, 90.0], Axis::new("", (0.0, 600.0)), Axis::new("", span));
        let mut scene = Scene::new((300.0, 90.0));
        axes.draw(&mut scene);
        let (low, high) = axes.y.span;
        assert!(low <= span.0 && high >= span.1 && high - low < 4.0 * (span.1 - span.0), "{span:?} became {:?}", axes.y.span);
        assert!(ticks(low, high, 2).len() > 1);
        testing::assert_inside(&scene);
    }
}

#[test]
fn the_value_at_a_step_is_the_last_one_before_it() {
    let points = [(10.0, 1.0), (20.0, 2.0)];
    assert_eq!([5, 10, 19, 99].map(|step| at_step(&points, step).map(|point| point.1)), [None, Some(1.0), Some(1.0), Some(2.0)]);
}

#[test]
fn words_are_cut_where_there_is_no_room() {
    assert_eq!(fitted("SimCLR, temperature 0.2", 10.0, 500.0), "SimCLR, temperature 0.2");
    assert_eq!(fitted("SimCLR, temperature 0.2", 10.0, 45.0), "SimCLR\u{2026}");
    assert_eq!(fitted("ab", 10.0, 0.0), "\u{2026}");
}

#[test]
fn names_do_not_cover_each_other() {
    let (mut scene, mut labels) = (Scene::new((200.0, 100.0)), Labels::new([0.0, 0.0, 200.0, 100.0]));
    let written = (0..12).filter(|_| labels.beside(&mut scene, "a name", (100.0, 50.0), 8.0, Ink::Ink, false)).count();
    assert!((4..12).contains(&written), "{written}");
    for (at, one) in labels.taken.iter().enumerate() {
        assert!(labels.taken[at + 1..].iter().all(|other| overlap(one, other) == 0.0));
    }
    assert!(labels.beside(&mut scene, "a name", (100.0, 50.0), 8.0, Ink::Ink, true), "what must stand does");
    testing::assert_inside(&scene);
}

#[test]
fn heights_are_a_line_apart_and_inside() {
    let places = spread(&[50.0, 48.0, 99.0, 98.0], 0.0, 100.0);
    assert!(places.iter().all(|place| (0.0..=100.0).contains(place)));
    assert!(places[1] < places[0] && places[0] < places[3] && places[3] < places[2]);
    let mut sorted = places.clone();
    sorted.sort_by(f64::total_cmp);
    assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9), "{places:?}");
}

#[test]
fn every_place_of_the_plot_is_that_of_a_step() {
    let mut scene = Scene::new((300.0, 100.0));
    let axes = Axes::whole(&scene, Axis::new("step", (0.0, 10_000.0)), Axis::new("", (0.0, 1.0)));
    let steps: Vec<u64> = (0..=10_000).collect();
    targets(&mut scene, &axes, &steps);
    assert!(scene.things.len() < 110 && scene.things.len() > 50);
    let [left, upper, right, lower] = axes.edges;
    for share in [0.0, 0.3, 0.77, 0.999] {
        let x = left + share * (right - left);
        let Some(Item::Step(step)) = scene.hit((x, 0.5 * (upper + lower))) else { panic!("nothing at {share}") };
        assert!((step as f64 / 10_000.0 - share).abs() < 0.02, "{step} at {share}");
    }
    assert!(scene.things.iter().any(|thing| thing.1 == Item::Step(10_000)));
}
