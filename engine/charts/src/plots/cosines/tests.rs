//! Are shares drawn as they are, and means where they belong?

use super::super::heat::testing::{SIZES, World};
use super::super::runs::testing::{assert_inside, lines, words};
use super::*;
use augsphere_spec::Part;

fn kind(name: &str, counts: Vec<f32>, mean: f32) -> Vec<Part> {
    vec![Part::new(name, Payload::Histogram { from: -1.0, to: 1.0, counts }), Part::number(&format!("{name}_mean"), mean)]
}

fn world(parts: Vec<Vec<Part>>) -> World {
    World::new(&Cosines, Ok(parts.concat()), &[])
}

fn three() -> World {
    world(vec![
        kind("same", vec![0.0, 0.25, 0.25, 0.5], 0.5),
        kind("different", vec![0.25, 0.5, 0.25, 0.0], -0.125),
        kind("positive", vec![0.0, 0.0, 0.0, 1.0], 0.9),
    ])
}

#[test]
fn shares_and_means_stand_where_they_belong() {
    for size in SIZES {
        let scene = Cosines.scene(&three().inputs(), size);
        assert_inside(&scene);
        let same = lines(&scene, Ink::Accent);
        assert_eq!(same.len(), 2, "the outline and the mean");
        let outline = same[0];
        let (left, right, lower) = (outline[0].0, outline[outline.len() - 1].0, outline[0].1);
        assert!((same[1][0].0 - (left + 0.75 * (right - left))).abs() < 1e-6, "the mean of 0.5");
        // The last bin is twice as high as the one before.
        let height = |at: usize| lower - outline[at].1;
        assert!((height(8) - 2.0 * height(6)).abs() < 1e-6 && height(2) == 0.0);
        let said = words(&scene);
        assert!(said.iter().any(|words| words.starts_with("same class, mean 0.500")), "{said:?}");
    }
}

#[test]
fn the_summary_says_where_there_are_no_views() {
    let said = Cosines.summary(&three().inputs());
    assert_eq!(
        said,
        "Mean cosines at step 5: two views of one image 0.900, two images of one class 0.500, two images of different classes \u{2212}0.125."
    );
    let past = world(vec![kind("same", vec![1.0, 0.0], -0.5)]);
    assert!(Cosines.summary(&past.inputs()).contains("past steps keep the embeddings alone"));
}

#[test]
fn the_table_is_what_is_drawn() {
    let csv = Cosines.table(&three().inputs()).csv();
    assert_eq!(csv.lines().count(), 13);
    assert_eq!(csv.lines().nth(2), Some("different classes,-0.5,0,0.5"));
}

#[test]
fn nothing_and_what_is_no_number() {
    let none = World::new(&Cosines, Err("Two images are needed.".into()), &[]);
    assert_eq!(words(&Cosines.scene(&none.inputs(), (400.0, 200.0))), ["Two images are needed."]);
    assert_eq!(Cosines.summary(&none.inputs()), "Two images are needed.");
    let empty = world(vec![kind("same", Vec::new(), 0.0)]);
    assert!(!Cosines.scene(&empty.inputs(), (280.0, 185.0)).shapes.is_empty());
    let broken = world(vec![kind("same", vec![f32::NAN, 1.0], f32::NAN), kind("different", vec![0.0, 0.0], 0.0)]);
    assert_inside(&Cosines.scene(&broken.inputs(), (280.0, 185.0)));
    assert!(Cosines.summary(&broken.inputs()).contains("no number"));
    assert!(Cosines.table(&broken.inputs()).csv().contains("same class,-1,0,\n"));
}
