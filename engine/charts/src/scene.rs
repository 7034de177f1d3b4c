//! A picture as a list of shapes, in CSS pixels from the upper left corner: what plots make and painters paint, and where its things are.

use augsphere_spec::Thumbnails;
use std::collections::BTreeSet;

/// A colour by what it means; what it looks like is the theme's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ink {
    /// Words and axes.
    Ink,
    /// Words that stand back: numbers on axes.
    Muted,
    /// Grid lines.
    Grid,
    /// The measured.
    Accent,
    /// What it is compared with.
    Second,
    /// References: optimum, chance, and warnings.
    Level,
    /// The background.
    Paper,
    /// A class.
    Class(usize),
    /// An amount, 0 to 1: from the background to the accent.
    Amount(f64),
    /// A signed amount, -1 to 1: from the colour of levels over the background to the accent.
    Signed(f64),
    /// A distance as a share of the largest, 0 to 1: near ones stand out.
    Distance(f64),
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub ink: Ink,
    /// Its opacity, 0 to 1.
    pub alpha: f64,
    /// Its width.
    pub width: f64,
    /// Whether it is dashed.
    pub dashed: bool,
}

impl Stroke {
    /// A solid line.
    pub fn new(ink: Ink, width: f64) -> Self {
        Self { ink, alpha: 1.0, width, dashed: false }
    }

    /// The same, dashed.
    pub fn dashed(self) -> Self {
        Self { dashed: true, ..self }
    }

    /// The same with this opacity.
    pub fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }
}

/// Which point of some words is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Their left end.
    Start,
    /// Their middle.
    Middle,
    /// Their right end.
    End,
}

/// Something to paint.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// An open path.
    Line {
        /// Its corners.
        points: Vec<(f64, f64)>,
        /// How it is drawn.
        stroke: Stroke,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        points: Vec<(f64, f64)>,
        /// Its colour.
        ink: Ink,
        /// Its opacity.
        alpha: f64,
    },
    /// A filled circle.
    Disc {
        /// Its centre.
        at: (f64, f64),
        /// Its radius.
        radius: f64,
        /// Its colour.
        ink: Ink,
        /// Its opacity.
        alpha: f64,
    },
    /// A point of a class: a disc with a thin rim in the colour of the background, which keeps points apart that overlap.
    Dot {
        /// Its centre.
        at: (f64, f64),
        /// Its radius without the rim.
        radius: f64,
        /// Its class.
        class: usize,
        /// Its opacity.
        alpha: f64,
    },
    /// A ball, lit from the upper left; balls lie below all other shapes.
    Ball {
        /// Its centre.
        at: (f64, f64),
        /// Its radius.
        radius: f64,
    },
    /// Words on one line, their vertical middle at the given point.
    Words {
        /// The words.
        text: String,
        /// Where.
        at: (f64, f64),
        /// Their size.
        size: f64,
        /// Their colour.
        ink: Ink,
        /// Which point of them is given.
        anchor: Anchor,
    },
    /// A small image; images lie below all other shapes.
    Image {
        /// Its pixels: one image.
        image: Thumbnails,
        /// Left, upper, width, height.
        area: [f64; 4],
    },
}

/// A thing of the experiment that can be pointed at in any picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Item {
    /// A validation image, by its place.
    Image(usize),
    /// A class.
    Class(usize),
    /// Two images, by their places.
    Pair(usize, usize),
    /// A step of the run.
    Step(u64),
}

/// Where a thing is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reach {
    /// Around a point.
    Point(f64, f64),
    /// Left, upper, width, height.
    Box([f64; 4]),
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Width in CSS pixels.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
    /// What is painted, later shapes over earlier ones.
    pub shapes: Vec<Shape>,
    /// What can be pointed at, later ones over earlier ones.
    pub things: Vec<(Reach, Item)>,
}

/// How near to a point it is pointed at, CSS pixels.
const REACH: f64 = 14.0;
/// Width of a usual character in shares of its size.
pub const LETTER: f64 = 0.56;

impl Scene {
    /// A picture of this size with nothing on it.
    pub fn new((width, height): (f64, f64)) -> Self {
        Self { width, height, ..Self::default() }
    }

    /// A picture that says why there is nothing on it.
    pub fn nothing(size: (f64, f64), why: &str) -> Self {
        let mut scene = Self::new(size);
        let lines = |letters: f64| wrapped(why, ((size.0 - 16.0) / (LETTER * letters)).max(8.0) as usize);
        // Smaller where it would not fit, and cut off where even that is too large.
        let letters = [12.5, 10.5, 9.0].into_iter().find(|letters| 1.45 * letters * lines(*letters).len() as f64 <= size.1);
        let letters = letters.unwrap_or(9.0);
        let (step, mut lines) = (1.45 * letters, lines(letters));
        lines.truncate((size.1 / step).max(1.0) as usize);
        let first = 0.5 * size.1 - 0.5 * step * (lines.len() as f64 - 1.0);
        for (line, text) in lines.into_iter().enumerate() {
            scene.words(&text, (0.5 * size.0, first + step * line as f64), letters, Ink::Muted, Anchor::Middle);
        }
        scene
    }

    /// Adds an open path, if it has two points or more, all of them numbers.
    pub fn line(&mut self, points: Vec<(f64, f64)>, stroke: Stroke) {
        if points.len() > 1 && finite(&points) {
            self.shapes.push(Shape::Line { points, stroke });
        }
    }

    /// Adds a filled polygon.
    pub fn area(&mut self, points: Vec<(f64, f64)>, ink: Ink, alpha: f64) {
        if points.len() > 2 && finite(&points) {
            self.shapes.push(Shape::Area { points, ink, alpha });
        }
    }

    /// Adds a filled rectangle: left, upper, width, height.
    pub fn block(&mut self, [left, upper, width, height]: [f64; 4], ink: Ink, alpha: f64) {
        let (right, lower) = (left + width, upper + height);
        self.area(vec![(left, upper), (right, upper), (right, lower), (left, lower)], ink, alpha);
    }

    /// Adds the outline of a rectangle: left, upper, width, height.
    pub fn frame(&mut self, [left, upper, width, height]: [f64; 4], stroke: Stroke) {
        let (right, lower) = (left + width, upper + height);
        self.line(vec![(left, upper), (right, upper), (right, lower), (left, lower), (left, upper)], stroke);
    }

    /// Adds a filled circle.
    pub fn disc(&mut self, at: (f64, f64), radius: f64, ink: Ink, alpha: f64) {
        if finite(&[at]) {
            self.shapes.push(Shape::Disc { at, radius, ink, alpha });
        }
    }

    /// Adds a point of a class.
    pub fn dot(&mut self, at: (f64, f64), radius: f64, class: usize, alpha: f64) {
        if finite(&[at]) {
            self.shapes.push(Shape::Dot { at, radius, class, alpha });
        }
    }

    /// Adds a shaded ball.
    pub fn ball(&mut self, at: (f64, f64), radius: f64) {
        if finite(&[at]) {
            self.shapes.push(Shape::Ball { at, radius });
        }
    }

    /// Adds the outline of a circle.
    pub fn ring(&mut self, at: (f64, f64), radius: f64, stroke: Stroke) {
        // Between corners the line is nowhere farther from the circle than a quarter of a pixel.
        let corners = (4.5 * radius.sqrt()).clamp(24.0, 360.0) as u32;
        let corner = |part: u32| {
            let (sin, cos) = (std::f64::consts::TAU * f64::from(part) / f64::from(corners)).sin_cos();
            (at.0 + radius * cos, at.1 - radius * sin)
        };
        self.line((0..=corners).map(corner).collect(), stroke);
    }

    /// Adds all of another picture, its upper left corner at a point.
    pub fn add(&mut self, mut other: Self, (left, upper): (f64, f64)) {
        let moved = |at: &mut (f64, f64)| *at = (at.0 + left, at.1 + upper);
        for shape in &mut other.shapes {
            match shape {
                Shape::Line { points, .. } | Shape::Area { points, .. } => points.iter_mut().for_each(moved),
                Shape::Disc { at, .. } | Shape::Dot { at, .. } | Shape::Ball { at, .. } | Shape::Words { at, .. } => moved(at),
                Shape::Image { area, .. } => (area[0], area[1]) = (area[0] + left, area[1] + upper),
            }
        }
        for (reach, _) in &mut other.things {
            match reach {
                Reach::Point(x, y) => (*x, *y) = (*x + left, *y + upper),
                Reach::Box(area) => (area[0], area[1]) = (area[0] + left, area[1] + upper),
            }
        }
        self.shapes.append(&mut other.shapes);
        self.things.append(&mut other.things);
    }

    /// Adds an arrow from one point to another; one that is shorter than two pixels is a dot.
    pub fn arrow(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        let (x, y) = (to.0 - from.0, to.1 - from.1);
        let length = x.hypot(y);
        if length < 2.0 {
            return self.disc(from, 1.2, stroke.ink, stroke.alpha);
        }
        let (tip, half) = (length.min(3.0 + 2.5 * stroke.width), 0.5 * length.min(3.0 + 2.5 * stroke.width));
        let (along, base) = ((x / length, y / length), (to.0 - tip * x / length, to.1 - tip * y / length));
        self.line(vec![from, base], stroke);
        let corner = |side: f64| (base.0 - side * half * along.1, base.1 + side * half * along.0);
        self.area(vec![to, corner(1.0), corner(-1.0)], stroke.ink, stroke.alpha);
    }

    /// Adds words.
    pub fn words(&mut self, text: &str, at: (f64, f64), size: f64, ink: Ink, anchor: Anchor) {
        if !text.is_empty() && finite(&[at]) {
            self.shapes.push(Shape::Words { text: text.to_owned(), at, size, ink, anchor });
        }
    }

    /// Adds the image of this number among several: left, upper, width, height. One that is not there is left out.
    pub fn image(&mut self, images: &Thumbnails, number: usize, area: [f64; 4]) {
        let bytes = images.side * images.side * 4;
        if let Some(rgba) = images.rgba.get(number * bytes..(number + 1) * bytes)
            && bytes > 0
        {
            self.shapes.push(Shape::Image { image: Thumbnails { side: images.side, rgba: rgba.to_vec() }, area });
        }
    }

    /// Says where a thing is.
    pub fn thing(&mut self, reach: Reach, item: Item) {
        self.things.push((reach, item));
    }

    /// The images whose places lie inside a closed path, each once.
    pub fn inside(&self, path: &[(f64, f64)]) -> BTreeSet<usize> {
        let within = |(x, y): (f64, f64)| {
            let mut odd = false;
            let ends = path.iter().zip(path.iter().cycle().skip(1));
            for ((ax, ay), (bx, by)) in ends {
                // A ray to the right crosses the path an odd number of times.
                if (*ay > y) != (*by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax) {
                    odd = !odd;
                }
            }
            odd
        };
        let image = |(reach, item): &(Reach, Item)| match (reach, item) {
            (Reach::Point(x, y), Item::Image(image)) if within((*x, *y)) => Some(*image),
            (Reach::Box([left, upper, width, height]), Item::Image(image)) => {
                within((left + 0.5 * width, upper + 0.5 * height)).then_some(*image)
            }
            _ => None,
        };
        self.things.iter().filter_map(image).collect()
    }

    /// What lies at a point: the nearest of the points within reach, else the uppermost box around it.
    pub fn hit(&self, (x, y): (f64, f64)) -> Option<Item> {
        let distance = |reach: &Reach| match reach {
            Reach::Point(left, upper) => Some((x - left).hypot(y - upper)).filter(|distance| *distance <= REACH),
            Reach::Box(_) => None,
        };
        let near = self.things.iter().filter_map(|(reach, item)| Some((distance(reach)?, *item)));
        let inside = |reach: &Reach| match *reach {
            Reach::Box([left, upper, width, height]) => (left..left + width).contains(&x) && (upper..upper + height).contains(&y),
            Reach::Point(..) => false,
        };
        let nearest = near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, item)| item);
        nearest.or_else(|| self.things.iter().rev().find(|(reach, _)| inside(reach)).map(|(_, item)| *item))
    }
}

fn finite(points: &[(f64, f64)]) -> bool {
    points.iter().all(|(x, y)| x.is_finite() && y.is_finite())
}

/// `text` in lines of at most `room` characters, broken at spaces; a word that is longer (a link) is broken anywhere.
pub(crate) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for (place, piece) in letters.chunks(room).enumerate() {
            let gap = usize::from(length > 0 && place == 0);
            if length > 0 && (length + gap + piece.len() > room || place > 0) {
                lines.push(String::new());
                length = 0;
            }
            if let Some(line) = lines.last_mut() {
                if length > 0 {
                    line.push(' ');
                    length += 1;
                }
                line.extend(piece);
                length += piece.len();
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pointed_at_is_the_nearest_point_or_the_uppermost_box() {
        let mut scene = Scene::new((100.0, 100.0));
        scene.thing(Reach::Box([0.0, 0.0, 50.0, 50.0]), Item::Class(1));
        scene.thing(Reach::Box([10.0, 10.0, 20.0, 20.0]), Item::Pair(2, 3));
        scene.thing(Reach::Point(80.0, 80.0), Item::Image(4));
        scene.thing(Reach::Point(90.0, 80.0), Item::Image(5));
        assert_eq!(scene.hit((86.0, 80.0)), Some(Item::Image(5)));
        assert_eq!(scene.hit((15.0, 15.0)), Some(Item::Pair(2, 3)));
        assert_eq!(scene.hit((5.0, 5.0)), Some(Item::Class(1)));
        assert_eq!(scene.hit((60.0, 20.0)), None);
    }

    #[test]
    fn a_loop_takes_the_images_inside_it_however_it_is_bent() {
        let mut scene = Scene::new((100.0, 100.0));
        for (image, at) in [(10.0, 10.0), (50.0, 50.0), (90.0, 10.0)].into_iter().enumerate() {
            scene.thing(Reach::Point(at.0, at.1), Item::Image(image));
        }
        scene.thing(Reach::Box([5.0, 80.0, 10.0, 10.0]), Item::Image(7));
        scene.thing(Reach::Point(12.0, 12.0), Item::Class(3));
        // Around the left edge, with a dent that leaves out the middle.
        let bent = [(0.0, 0.0), (60.0, 0.0), (30.0, 50.0), (60.0, 100.0), (0.0, 100.0)];
        assert_eq!(scene.inside(&bent), BTreeSet::from([0, 7]));
        assert_eq!(scene.inside(&[]), BTreeSet::new());
        assert_eq!(scene.inside(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]).len(), 4);
    }

    #[test]
    fn a_picture_in_a_picture_keeps_its_things() {
        let mut inner = Scene::new((20.0, 20.0));
        inner.thing(Reach::Point(5.0, 5.0), Item::Image(1));
        inner.disc((5.0, 5.0), 1.0, Ink::Ink, 1.0);
        let mut scene = Scene::new((100.0, 100.0));
        scene.add(inner, (50.0, 60.0));
        assert_eq!((scene.hit((55.0, 65.0)), scene.hit((5.0, 5.0))), (Some(Item::Image(1)), None));
        assert_eq!(scene.shapes, [Shape::Disc { at: (55.0, 65.0), radius: 1.0, ink: Ink::Ink, alpha: 1.0 }]);
    }

    #[test]
    fn what_is_no_number_is_not_drawn() {
        let mut scene = Scene::new((100.0, 100.0));
        scene.line(vec![(0.0, 0.0), (f64::NAN, 1.0)], Stroke::new(Ink::Ink, 1.0));
        scene.disc((f64::INFINITY, 0.0), 1.0, Ink::Ink, 1.0);
        scene.area(vec![(0.0, 0.0), (1.0, f64::NAN), (0.0, 1.0)], Ink::Ink, 1.0);
        assert_eq!(scene.shapes, []);
    }

    #[test]
    fn a_picture_of_nothing_says_why_inside_itself() {
        let scene = Scene::nothing((120.0, 80.0), "There is no run yet: press play first, and then look again.");
        assert!(scene.shapes.len() > 1);
        for shape in &scene.shapes {
            let Shape::Words { text, at, size, .. } = shape else { panic!("{shape:?}") };
            assert!(LETTER * size * text.chars().count() as f64 <= 120.0 && (0.0..80.0).contains(&at.1), "{text} at {at:?}");
        }
    }
}
