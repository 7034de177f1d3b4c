//! A figure to take home: pictures beside each other, a title, and the lines that say what it shows.

use crate::scene::{Anchor, Ink, LETTER, Scene, wrapped};

/// What a figure shows, in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caption {
    /// The heading.
    pub title: String,
    /// Method, data, step, knobs: one statement a line; long ones are wrapped.
    pub lines: Vec<String>,
    /// Names of the classes in the picture, in the order of their colours.
    pub classes: Vec<String>,
    /// Where the experiment can be opened again.
    pub link: String,
}

/// Room around everything, CSS pixels.
const EDGE: f64 = 24.0;

/// Pictures beside each other under the title, the sentences of the caption below. A picture that has the width of the one before stands
/// under it as long as it fits beside the first.
pub fn figure(pictures: Vec<Scene>, caption: &Caption) -> Scene {
    let top = EDGE + 30.0;
    let tallest = pictures.iter().map(|picture| picture.height).fold(0.0, f64::max);
    let mut figure = Scene::new((360.0, top + tallest + 12.0));
    let (mut left, mut upper, mut column) = (EDGE, top, 0.0f64);
    for picture in pictures {
        if upper > top && (upper + picture.height > top + tallest + 0.5 || (picture.width - column).abs() > 0.5) {
            (left, upper) = (left + column + EDGE, top);
        }
        column = picture.width;
        figure.width = figure.width.max(left + column + EDGE);
        let place = (left, upper);
        upper += picture.height;
        figure.add(picture, place);
    }
    // A title has one line.
    if let Some(title) = lines(&caption.title, 18.0, figure.width).first() {
        figure.words(title, (EDGE, EDGE + 8.0), 18.0, Ink::Ink, Anchor::Start);
    }
    name_classes(&mut figure, &caption.classes);
    for line in &caption.lines {
        say(&mut figure, line, 12.0, Ink::Ink);
    }
    say(&mut figure, &caption.link, 9.0, Ink::Muted);
    figure.height += EDGE - 8.0;
    figure
}

fn lines(text: &str, size: f64, width: f64) -> Vec<String> {
    wrapped(text, ((width - 2.0 * EDGE) / (LETTER * size)).max(8.0) as usize)
}

/// Words below everything so far.
fn say(figure: &mut Scene, text: &str, size: f64, ink: Ink) {
    for line in lines(text, size, figure.width) {
        figure.words(&line, (EDGE, figure.height + 0.65 * size), size, ink, Anchor::Start);
        figure.height += 1.45 * size;
    }
}

/// The classes with their colours, in rows.
fn name_classes(figure: &mut Scene, classes: &[String]) {
    const SIZE: f64 = 12.0;
    let mut left = EDGE;
    for (class, name) in classes.iter().enumerate() {
        let wanted = 16.0 + LETTER * SIZE * name.chars().count() as f64 + 14.0;
        if left > EDGE && left + wanted > figure.width - EDGE {
            (left, figure.height) = (EDGE, figure.height + 18.0);
        }
        let middle = figure.height + 0.65 * SIZE;
        figure.disc((left + 5.0, middle), 5.0, Ink::Class(class), 1.0);
        figure.words(name, (left + 16.0, middle), SIZE, Ink::Ink, Anchor::Start);
        left += wanted;
    }
    if !classes.is_empty() {
        figure.height += 24.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Shape;
    use crate::svg;

    fn caption() -> Caption {
        Caption {
            title: "SimCLR on shapes".into(),
            lines: vec!["Step 120. Temperature 0.5; batch 128; Adam, learning rate 0.001; seed 0.".into()],
            classes: ["disc", "square", "star & <moon>", "ring", "cross"].map(String::from).to_vec(),
            link: format!("https://example.org/#{}", "method.temperature=0.5&".repeat(12)),
        }
    }

    /// Pictures of these sizes, each with its frame as an area of its own class.
    fn pictures() -> Vec<Scene> {
        let sizes = [(480.0, 480.0), (360.0, 160.0), (360.0, 160.0), (360.0, 160.0), (360.0, 160.0)];
        let picture = |(class, size): (usize, (f64, f64))| {
            let mut scene = Scene::new(size);
            scene.block([0.0, 0.0, size.0, size.1], Ink::Class(class), 1.0);
            scene
        };
        sizes.into_iter().enumerate().map(picture).collect()
    }

    /// Everything lies inside the figure; nothing lies on anything else.
    #[test]
    fn pictures_and_words_have_their_own_room() {
        let figure = figure(pictures(), &caption());
        let overlap = |a: &[f64; 4], b: &[f64; 4]| {
            a[0] < b[0] + b[2] - 0.1 && b[0] < a[0] + a[2] - 0.1 && a[1] < b[1] + b[3] - 0.1 && b[1] < a[1] + a[3] - 0.1
        };
        let area = |shape: &Shape| match shape {
            Shape::Area { points, .. } => Some([points[0].0, points[0].1, points[2].0 - points[0].0, points[2].1 - points[0].1]),
            Shape::Words { at, size, text, .. } => {
                Some([at.0, at.1 - 0.5 * size, 0.5 * size * text.chars().count() as f64, *size])
            }
            _ => None,
        };
        let areas: Vec<[f64; 4]> = figure.shapes.iter().filter_map(area).collect();
        assert!(areas.len() > 10);
        for (index, area) in areas.iter().enumerate() {
            assert!(area[0] >= 0.0 && area[1] >= 0.0 && area[0] + area[2] <= figure.width && area[1] + area[3] <= figure.height);
            for other in &areas[index + 1..] {
                assert!(!overlap(area, other), "{area:?} and {other:?}");
            }
        }
        assert!((areas[4][1] - areas[1][1]).abs() < 1e-9, "a picture that does not fit below begins a column");
    }

    /// Method, step, classes and link stand in the file, and it is one well-formed picture.
    #[test]
    fn the_svg_says_what_it_shows() {
        let figure = figure(pictures(), &caption());
        let text = svg(&figure, false, &|_| String::new());
        for words in ["SimCLR on shapes", "Step 120", "disc", "star &amp; &lt;moon&gt;", "https://example.org/#"] {
            assert!(text.contains(words), "{words} is missing");
        }
        let small = |shape: &Shape| match shape {
            Shape::Words { text, ink: Ink::Muted, .. } => Some(text.clone()),
            _ => None,
        };
        let link: String = figure.shapes.iter().filter_map(small).collect();
        assert_eq!(link, caption().link, "a link that is wrapped can be put together again");
    }
}
