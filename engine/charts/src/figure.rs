//! A figure to take home: a sphere, charts, a title and the lines that say what it shows, laid out once for bitmap and SVG.

use crate::scene::{LETTER, wrapped};
use crate::{Chart, Mark, Rgb, Theme, class_colour, draw};
use plotters::prelude::{IntoDrawingArea, SVGBackend};
use std::fmt::Write;

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

/// What stands in a figure beside its words.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// The sphere, in marks for a surface of the panel's size.
    Sphere(Vec<Mark>),
    /// A chart.
    Chart(Chart),
}

/// Something that was given its place: left, upper, width and height in points.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What stands there.
    pub content: Content,
    /// Where.
    pub area: [f64; 4],
}

/// A line of words, or a coloured dot before some.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// Words.
    Words {
        /// What they are.
        text: String,
        /// Left end of the line they stand on, points.
        at: (f64, f64),
        /// Their size, points.
        size: f64,
        /// How they are to be read.
        tone: Tone,
    },
    /// The colour of a class.
    Swatch {
        /// Its centre, points.
        at: (f64, f64),
        /// The class.
        class: usize,
    },
}

/// How loudly words speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// The heading.
    Title,
    /// What is shown.
    Text,
    /// Where it comes from.
    Source,
}

/// A figure with everything in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Width in points.
    pub width: f64,
    /// Height in points.
    pub height: f64,
    /// Sphere and charts.
    pub panels: Vec<Panel>,
    /// Words and swatches.
    pub notes: Vec<Note>,
}

/// Room around everything, points.
const EDGE: f64 = 24.0;

impl Figure {
    /// Places `contents` (what stands there, width, height in points) beside each other, under the title; the sentences of the caption below.
    /// Contents that have the width of the one before stand under it as long as they fit beside the first.
    pub fn new(contents: Vec<(Content, f64, f64)>, caption: &Caption) -> Self {
        let top = EDGE + 30.0;
        let tallest = contents.iter().map(|content| content.2).fold(0.0, f64::max);
        let (mut panels, mut left, mut upper, mut column) = (Vec::new(), EDGE, top, 0.0f64);
        for (content, width, height) in contents {
            if upper > top && (upper + height > top + tallest + 0.5 || (width - column).abs() > 0.5) {
                (left, upper) = (left + column + EDGE, top);
            }
            column = width;
            panels.push(Panel { content, area: [left, upper, width, height] });
            upper += height;
        }
        let width = panels.iter().map(|panel| panel.area[0] + panel.area[2]).fold(360.0, f64::max) + EDGE;
        let mut figure = Self { width, height: top + tallest + 12.0, panels, notes: Vec::new() };
        figure.say(&caption.title, 18.0, Tone::Title, Some(EDGE + 14.0));
        figure.name(&caption.classes);
        for line in &caption.lines {
            figure.say(line, 12.0, Tone::Text, None);
        }
        if !caption.link.is_empty() {
            figure.say(&caption.link, 9.0, Tone::Source, None);
        }
        figure.height += EDGE - 8.0;
        figure
    }

    /// Words, wrapped to the width: on the line `at`, or below everything so far.
    fn say(&mut self, text: &str, size: f64, tone: Tone, at: Option<f64>) {
        let room = ((self.width - 2.0 * EDGE) / (LETTER * size)).max(8.0) as usize;
        for text in wrapped(text, room) {
            let y = at.unwrap_or(self.height + size);
            self.notes.push(Note::Words { text, at: (EDGE, y), size, tone });
            match at {
                // A title has one line.
                Some(_) => return,
                None => self.height += 1.45 * size,
            }
        }
    }

    /// The classes with their colours, in rows.
    fn name(&mut self, classes: &[String]) {
        const SIZE: f64 = 12.0;
        let mut left = EDGE;
        for (class, name) in classes.iter().enumerate() {
            let wanted = 16.0 + LETTER * SIZE * name.chars().count() as f64 + 14.0;
            if left > EDGE && left + wanted > self.width - EDGE {
                (left, self.height) = (EDGE, self.height + 18.0);
            }
            let y = self.height + SIZE;
            self.notes.push(Note::Swatch { at: (left + 5.0, y - 4.0), class });
            self.notes.push(Note::Words { text: name.clone(), at: (left + 16.0, y), size: SIZE, tone: Tone::Text });
            left += wanted;
        }
        if !classes.is_empty() {
            self.height += 24.0;
        }
    }

    /// The colour of words of a tone.
    pub fn colour(tone: Tone, theme: &Theme) -> Rgb {
        if tone == Tone::Source { theme.muted } else { theme.ink }
    }

    /// The figure as a whole SVG file.
    pub fn svg(&self, dark: bool) -> String {
        let theme = Theme::of(dark).opaque();
        let (width, height) = (self.width.ceil(), self.height.ceil());
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"system-ui, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
            css(theme.background.unwrap_or_default())
        );
        for Panel { content, area: [left, upper, width, height] } in &self.panels {
            let inside = match content {
                Content::Sphere(marks) => sphere(marks, dark),
                Content::Chart(chart) => self::chart(chart, &theme, *width, *height),
            };
            push(&mut out, format_args!("<g transform=\"translate({left:.1} {upper:.1})\">\n{inside}</g>\n"));
        }
        for note in &self.notes {
            match note {
                Note::Swatch { at: (x, y), class } => {
                    push(
                        &mut out,
                        format_args!(
                            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{}\"/>\n",
                            css(class_colour(*class, dark))
                        ),
                    );
                }
                Note::Words { text, at: (x, y), size, tone } => {
                    let weight = if *tone == Tone::Title { 600 } else { 400 };
                    let fill = css(Self::colour(*tone, &theme));
                    push(
                        &mut out,
                        format_args!(
                            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{fill}\">{}</text>\n",
                            escaped(text)
                        ),
                    );
                }
            }
        }
        out + "</svg>\n"
    }
}

/// Colours of the ball from its light to its rim, at 0, 0.6 and 1 of its radius.
pub fn shade(dark: bool) -> [Rgb; 3] {
    if dark {
        [[0x23, 0x2A, 0x3D], [0x19, 0x1E, 0x2C], [0x13, 0x17, 0x22]]
    } else {
        [[0xFF, 0xFF, 0xFF], [0xF6, 0xF6, 0xFB], [0xE6, 0xE6, 0xF1]]
    }
}

/// The colour of lines on the sphere.
pub fn ink(dark: bool) -> Rgb {
    if dark { [190, 196, 225] } else { [60, 62, 95] }
}

/// A chart in plotters' own SVG, to be put into another.
fn chart(chart: &Chart, theme: &Theme, width: f64, height: f64) -> String {
    // plotters rounds to pixels: it gets finer ones.
    const FINE: f64 = 8.0;
    let (fine_width, fine_height) = ((width * FINE) as u32, (height * FINE) as u32);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (fine_width, fine_height)).into_drawing_area();
        // Writing to a string cannot fail.
        let _ = draw(&area, chart, &Theme { background: None, ..*theme }, FINE);
        let _ = area.present();
    }
    format!("<g transform=\"scale({})\">\n{text}</g>\n", 1.0 / FINE)
}

fn sphere(marks: &[Mark], dark: bool) -> String {
    let mut out = String::new();
    let ink = css(ink(dark));
    for mark in marks {
        match mark {
            Mark::Ball { at: (x, y), radius } => {
                let stops = [0, 60, 100].into_iter().zip(shade(dark));
                let stops: String =
                    stops.map(|(at, rgb)| format!("<stop offset=\"{at}%\" stop-color=\"{}\"/>", css(rgb))).collect();
                push(
                    &mut out,
                    format_args!(
                        "<defs><radialGradient id=\"ball\" fx=\"32%\" fy=\"27%\">{stops}</radialGradient></defs>\n\
                         <circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"url(#ball)\"/>\n"
                    ),
                );
            }
            Mark::Ring { at: (x, y), radius, width, alpha } => push(
                &mut out,
                format_args!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"{width:.2}\" \
                     stroke-opacity=\"{alpha:.3}\"/>\n"
                ),
            ),
            Mark::Strokes { paths, width, alpha } => {
                let path: String = paths.iter().map(|path| svg_path(path)).collect();
                push(
                    &mut out,
                    format_args!(
                        "<path d=\"{path}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"{width:.2}\" stroke-opacity=\"{alpha:.3}\"/>\n"
                    ),
                );
            }
            Mark::Dot { at: (x, y), radius, class, alpha } => push(
                &mut out,
                format_args!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.2}\" fill=\"{}\" fill-opacity=\"{alpha:.3}\"/>\n",
                    css(class_colour(*class, dark))
                ),
            ),
            Mark::Sector { at: (x, y), radii: (inner, outer), angles: (from, to), class, alpha } => {
                // The screen's y points down, the circle's up.
                let corner = |radius: f64, angle: f64| format!("{:.2} {:.2}", x + radius * angle.cos(), y - radius * angle.sin());
                push(
                    &mut out,
                    format_args!(
                        "<path d=\"M{} A{inner:.2} {inner:.2} 0 0 0 {} L{} A{outer:.2} {outer:.2} 0 0 1 {}Z\" fill=\"{}\" \
                         fill-opacity=\"{alpha}\"/>\n",
                        corner(*inner, *from),
                        corner(*inner, *to),
                        corner(*outer, *to),
                        corner(*outer, *from),
                        css(class_colour(*class, dark))
                    ),
                );
            }
        }
    }
    out
}

fn svg_path(points: &[(f64, f64)]) -> String {
    let letter = |index: usize| if index == 0 { 'M' } else { 'L' };
    points.iter().enumerate().map(|(index, (x, y))| format!("{}{x:.1} {y:.1}", letter(index))).collect()
}

fn css([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn push(out: &mut String, words: std::fmt::Arguments) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Camera, Globe};

    fn caption() -> Caption {
        Caption {
            title: "SimCLR on shapes".into(),
            lines: vec!["Step 120. Temperature 0.5; batch 128; Adam, learning rate 0.001; seed 0.".into()],
            classes: ["disc", "square", "star & <moon>", "ring", "cross"].map(String::from).to_vec(),
            link: format!("https://example.org/#{}", "method.temperature=0.5&".repeat(12)),
        }
    }

    fn figure() -> Figure {
        let globe = Globe {
            points: &[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]],
            labels: &[0, 1],
            flat: false,
            camera: Camera::default(),
            classes: &[],
            bright: None,
            focus: None,
            neighbours: &[],
            width: 480.0,
            height: 480.0,
            ratio: 1.0,
        };
        let chart = |title: &str| Content::Chart(Chart { title: title.into(), ..Chart::default() });
        let contents = vec![
            (Content::Sphere(globe.marks()), 480.0, 480.0),
            (chart("Loss"), 360.0, 160.0),
            (chart("Accuracy"), 360.0, 160.0),
            (chart("Uniformity"), 360.0, 160.0),
            (chart("Rank"), 360.0, 160.0),
        ];
        Figure::new(contents, &caption())
    }

    /// Everything lies inside the figure; nothing lies on anything else.
    #[test]
    fn panels_and_words_have_their_own_room() {
        let figure = figure();
        let overlap = |a: &[f64; 4], b: &[f64; 4]| {
            a[0] < b[0] + b[2] - 0.1 && b[0] < a[0] + a[2] - 0.1 && a[1] < b[1] + b[3] - 0.1 && b[1] < a[1] + a[3] - 0.1
        };
        let mut areas: Vec<[f64; 4]> = figure.panels.iter().map(|panel| panel.area).collect();
        for note in &figure.notes {
            if let Note::Words { text, at, size, .. } = note {
                areas.push([at.0, at.1 - 0.8 * size, 0.5 * size * text.chars().count() as f64, *size]);
            }
        }
        for (index, area) in areas.iter().enumerate() {
            assert!(area[0] >= 0.0 && area[1] >= 0.0 && area[0] + area[2] <= figure.width && area[1] + area[3] <= figure.height);
            for other in &areas[index + 1..] {
                assert!(!overlap(area, other), "{area:?} and {other:?}");
            }
        }
        assert_eq!(figure.panels[4].area[1], figure.panels[1].area[1], "a chart that does not fit below begins a column");
    }

    /// Method, step, classes and link stand in the file, and it is one well-formed picture.
    #[test]
    fn the_svg_says_what_it_shows() {
        let svg = figure().svg(false);
        for words in ["SimCLR on shapes", "Step 120", "disc", "star &amp; &lt;moon&gt;", "https://example.org/#", "Accuracy"] {
            assert!(svg.contains(words), "{words} is missing");
        }
        assert!(!svg.contains("NaN") && !svg.contains("<moon>"));
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
        assert_eq!(svg.matches("<g ").count() + svg.matches("<g>").count(), svg.matches("</g>").count());
        let link: String = figure()
            .notes
            .iter()
            .filter_map(|note| match note {
                Note::Words { text, tone: Tone::Source, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(link, caption().link, "a link that is wrapped can be put together again");
    }

    #[test]
    fn lines_are_wrapped_at_spaces() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert!(wrapped("", 5).is_empty());
    }
}
