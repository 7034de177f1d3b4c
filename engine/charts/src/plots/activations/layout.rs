//! Where the image, its crops, the maps and the other images stand.

use super::super::Inputs;
use super::super::axes::SMALL;
use super::super::runs::{LINE, fitted, number, width};
use super::{Shown, heading, heat, scale, share};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use augsphere_spec::Thumbnails;

/// Space between things, CSS pixels.
const GAP: f64 = 6.0;
/// Height of a heading.
const HEAD: f64 = 18.0;
/// Height of the bar below a crop, with the space above.
const BAR: f64 = 7.0;
/// Smallest side of a map with its number below it.
const WORDY: f64 = 26.0;
/// Smallest height of a picture with a strip of other images, and the side of those.
const STRIP: (f64, f64) = (240.0, 28.0);

/// The areas of the parts.
pub(super) struct Layout {
    width: f64,
    /// Side of the image.
    image: f64,
    /// Left and upper edge of the crops, their side, how many stand in a line, and height of a line.
    crops: (f64, f64, f64, usize, f64),
    /// Upper and lower edge of the maps with their heading.
    maps: (f64, f64),
    /// Upper edge of the other images; nothing where there are none, or no room for them.
    others: Option<f64>,
}

/// The number of columns for which so many squares, each with words of a height below it, are largest, or nearly so with fewer
/// places left empty, and their side.
fn grid(count: usize, (width, height): (f64, f64), below: f64) -> (usize, f64) {
    let side = |columns: usize| {
        let rows = count.div_ceil(columns) as f64;
        ((width + GAP) / columns as f64 - GAP).min((height + GAP) / rows - GAP - below)
    };
    let largest = (1..=count).map(side).fold(f64::NEG_INFINITY, f64::max);
    let empty = |columns: &usize| count.div_ceil(*columns) * columns - count;
    let best = (1..=count).filter(|columns| side(*columns) >= 0.85 * largest).min_by_key(empty).unwrap_or(1);
    (best, side(best).floor().max(1.0))
}

impl Layout {
    /// For a scene of this size.
    pub fn of(shown: &Shown<'_>, inputs: &Inputs<'_>, (width, height): (f64, f64)) -> Self {
        let others = (height >= STRIP.0 && inputs.images.is_some_and(|images| images.side > 0)).then_some(height - STRIP.1 - GAP);
        let lower = others.map_or(height, |upper| upper - GAP);
        let image = (0.36 * lower - HEAD).min(0.21 * width).max(20.0).floor();
        let left = 2.0 * GAP + image + GAP;
        let room = (width - left - GAP, image);
        let (columns, side) = grid(shown.crops.len().max(1), room, BAR + LINE);
        let crops = (left, HEAD, side, columns, side + BAR + LINE + GAP);
        Self { width, image, crops, maps: (HEAD + image + 2.0 * GAP, lower), others }
    }

    /// The image as it is, with what the nearest and the farthest crop show of it.
    pub fn whole(&self, scene: &mut Scene, shown: &Shown<'_>, inputs: &Inputs<'_>) {
        let area = [GAP, HEAD, self.image, self.image];
        let class = inputs.class(shown.image);
        let (name, room) = (inputs.class_name(class), self.image + GAP);
        let full = format!("{name}, image {}", shown.image);
        let name = if width(&full, SMALL) <= room { full } else { fitted(&name, SMALL, room) };
        scene.words(&name, (GAP, 0.5 * HEAD), SMALL, Ink::Ink, Anchor::Start);
        scene.image(shown.views, 0, area);
        scene.frame(area, Stroke::new(Ink::Class(class), 2.0));
        if inputs.linked.marks(shown.image, class) {
            scene.frame([area[0] - 3.0, area[1] - 3.0, area[2] + 6.0, area[3] + 6.0], Stroke::new(Ink::Ink, 1.8));
        }
        scene.thing(Reach::Box(area), Item::Image(shown.image));
        let [Some(near), Some(far)] = [0, 1].map(|end| shown.ends().map(|ends| ends[end])) else { return };
        for (crop, stroke) in [(near, NEAR), (far, FAR)].into_iter().take(if near.view == far.view { 1 } else { 2 }) {
            let [top, left, height, width] = crop.window.map(|share| share.clamp(0.0, 1.0) * self.image);
            let window = [GAP + left, HEAD + top, width.min(self.image - left), height.min(self.image - top)];
            // The ground makes the line visible on any image.
            scene.frame(window, Stroke::new(Ink::Paper, 3.4).alpha(0.75));
            scene.frame(window, stroke);
        }
    }

    /// The crops, nearest first, each with its cosine as a bar and in words.
    pub fn crops(&self, scene: &mut Scene, shown: &Shown<'_>) {
        let (left, upper, side, columns, high) = self.crops;
        let titles =
            ["crops of it, by the cosine of their embedding with its own", "crops, by cosine with the image", "crops, by cosine"];
        heading(scene, &titles.map(String::from), (left, 0.5 * HEAD), self.width - left - 4.0);
        let ends = shown.ends().map(|ends| ends.map(|crop| crop.view));
        for (place, crop) in shown.crops.iter().enumerate() {
            let (x, y) = (left + (place % columns) as f64 * (side + GAP), upper + (place / columns) as f64 * high);
            let area = [x, y, side, side];
            scene.image(shown.views, crop.view, area);
            match ends {
                Some([near, _]) if near == crop.view => scene.frame(area, NEAR),
                Some([_, far]) if far == crop.view => scene.frame(area, FAR),
                _ => scene.frame(area, Stroke::new(Ink::Muted, 1.0).alpha(0.5)),
            }
            let bar = y + side + 0.5 * BAR + 0.5;
            scene.line(vec![(x, bar), (x + side, bar)], Stroke::new(Ink::Grid, 3.0));
            let long = side * crop.cosine.clamp(-1.0, 1.0).abs();
            let ink = if crop.cosine < 0.0 { Ink::Level } else { Ink::Accent };
            scene.line(vec![(x, bar), (x + long, bar)], Stroke::new(ink, 3.0));
            let cosine = number(crop.cosine, false);
            let words = if crop.cosine.is_finite() {
                vec![format!("{cosine}, {} of it", share(crop.area())), cosine, crate::label(crop.cosine, 0.01, false)]
            } else {
                vec!["\u{2013}".into()]
            };
            if let Some(words) = words.into_iter().find(|words| width(words, SMALL) <= side + GAP - 2.0) {
                scene.words(&words, (x + 0.5 * side, y + side + BAR + 0.5 * LINE), SMALL, Ink::Ink, Anchor::Middle);
            }
        }
    }

    /// The maps, strongest first, in one scale of colours.
    pub fn maps(&self, scene: &mut Scene, shown: &Shown<'_>) {
        let (upper, lower) = self.maps;
        let (middle, largest, count) = (upper + 0.5 * HEAD, shown.largest(), shown.channels.len());
        let start = scale(scene, (self.width - GAP, middle), largest);
        let [layer, layers] = shown.layer;
        let side = shown.side;
        let (which, all) = match shown.all_channels {
            all if all == count as f64 => (format!("all {count} channels"), String::new()),
            all => (format!("{count} strongest"), format!(" of {all} channels")),
        };
        let titles = [
            format!("layer {layer} of {layers}: {which}{all}, {side} by {side}, strongest first"),
            format!("layer {layer} of {layers}: {which}{all}, {side} by {side}"),
            format!("layer {layer} of {layers}: {which}"),
            format!("layer {layer} of {layers}"),
        ];
        heading(scene, &titles, (GAP, middle), start - GAP - 8.0);
        let room = (self.width - 2.0 * GAP, lower - upper - HEAD - GAP);
        let (columns, wordy) = grid(count.max(1), room, LINE);
        let (columns, each, below) = if wordy >= WORDY {
            (columns, wordy, LINE)
        } else {
            let (columns, each) = grid(count.max(1), room, 0.0);
            (columns, each, 0.0)
        };
        let pixels = shown.maps.iter().flat_map(|value| heat(if largest > 0.0 { f64::from(*value) / largest } else { 0.0 }));
        let maps = Thumbnails { side, rgba: pixels.collect() };
        let left = (0.5 * (self.width - columns as f64 * (each + GAP) + GAP)).floor();
        for (place, channel) in shown.channels.iter().enumerate() {
            let (column, row) = ((place % columns) as f64, (place / columns) as f64);
            let (x, y) = (left + column * (each + GAP), upper + HEAD + row * (each + GAP + below));
            scene.image(&maps, place, [x, y, each, each]);
            if below > 0.0 {
                let at = (x + 0.5 * each, y + each + 0.5 * LINE);
                scene.words(&channel.to_string(), at, SMALL, Ink::Muted, Anchor::Middle);
            }
        }
    }

    /// Other validation images, to choose from.
    pub fn others(&self, scene: &mut Scene, shown: &Shown<'_>, inputs: &Inputs<'_>) {
        let (Some(upper), Some(images)) = (self.others, inputs.images) else { return };
        let (side, each) = (STRIP.1, STRIP.1 + GAP);
        let there = images.rgba.len() / (4 * images.side * images.side).max(1);
        let room = (((self.width - GAP) / each) as usize).min(there);
        let first = shown.image.saturating_sub(room / 2).min(there - room);
        for (place, image) in (first..first + room).enumerate() {
            let area = [GAP + place as f64 * each, upper, side, side];
            let class = inputs.class(image);
            scene.image(images, image, area);
            scene.thing(Reach::Box(area), Item::Image(image));
            if image == shown.image || inputs.linked.marks(image, class) {
                let ink = if image == shown.image { Ink::Class(class) } else { Ink::Ink };
                scene.frame([area[0] - 1.5, area[1] - 1.5, side + 3.0, side + 3.0], Stroke::new(ink, 2.0));
            }
        }
    }
}

/// The frame of the crop that is nearest to the whole, and of what it shows.
const NEAR: Stroke = Stroke { ink: Ink::Accent, alpha: 1.0, width: 1.8, dashed: false };
/// The same of the farthest.
const FAR: Stroke = Stroke { ink: Ink::Level, alpha: 1.0, width: 1.8, dashed: true };
