//! Charts as SVG: the one drawing function on another surface than the page's canvas.

use augsphere_charts::{Chart, Level, Line, Place, Sample, Theme, Weight, draw};
use plotters::prelude::{IntoDrawingArea, SVGBackend};

fn svg(chart: &Chart) -> String {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, (400, 200)).into_drawing_area();
    draw(&area, chart, &Theme::LIGHT.opaque(), 1.0).expect("writing to a string cannot fail");
    area.present().expect("writing to a string cannot fail");
    drop(area);
    text
}

#[test]
fn a_loss_chart_becomes_svg_with_its_title_its_level_and_a_line_that_falls() {
    let points = (0..500).map(|step| (f64::from(step), 5.5 - f64::from(step) * 0.004)).collect();
    let chart = Chart {
        title: "Loss".into(),
        lines: vec![Line { points, weight: Weight::Strong, dots: false, place: Place::First }],
        levels: vec![Level { value: 5.54, label: "chance: log(2N-1)".into() }],
        key: vec![(Sample::Level, "5.54 \u{b7} chance: log(2N-1)".into())],
        legend: true,
        ..Chart::default()
    };
    let text = svg(&chart);
    assert!(text.contains("Loss") && text.contains("chance: log(2N-1)"));
    let frame = chart.frame(400.0, 200.0, 1.0);
    assert!(frame.y(5.5) < frame.y(3.5));
    assert!(text.contains("<polyline"));
}

#[test]
fn broken_numbers_do_not_break_the_picture() {
    let points = vec![(0.0, 1.0), (1.0, f64::NAN), (2.0, f64::INFINITY), (3.0, 0.5)];
    let chart =
        Chart { lines: vec![Line { points, weight: Weight::Strong, dots: true, place: Place::First }], ..Chart::default() };
    let text = svg(&chart);
    assert!(!text.contains("NaN") && !text.contains("inf"));
}

#[test]
fn changes_are_numbered_and_a_second_line_is_dashed() {
    let line = |place| Line { points: vec![(0.0, 1.0), (100.0, 2.0)], weight: Weight::Strong, dots: false, place };
    let one = Chart { lines: vec![line(Place::First)], ..Chart::default() };
    let marked = Chart { marks: vec![10.0, 12.0, 90.0], ..one.clone() };
    let numbers = |text: &str| text.lines().filter(|line| ["1", "2", "3"].contains(&line.trim())).count();
    assert_eq!((numbers(&svg(&one)), numbers(&svg(&marked))), (0, 3));
    let two = Chart { lines: vec![line(Place::First), line(Place::Second)], ..Chart::default() };
    let strokes = |text: &str| text.matches("<polyline").count() + text.matches("<line").count();
    assert!(strokes(&svg(&two)) > strokes(&svg(&one)) + 10);
}
