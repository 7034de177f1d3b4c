//! What the layers of the encoder make of one image, and where crops of it go.

use super::axes::{SMALL, WORDS};
use super::runs::{number, width};
use super::{Cell, Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Item, Scene};
use augsphere_spec::{Knob, Payload, Thumbnails};
use layout::Layout;

mod layout;
#[cfg(test)]
mod tests;

/// One image, the maps of a layer, and crops with the cosine of each with the whole.
pub struct Activations;

/// A crop.
struct Crop {
    /// Its place among the views.
    view: usize,
    /// The cosine of its embedding with that of the whole image.
    cosine: f64,
    /// Top, left, height and width of what it shows, as shares of the image's side.
    window: [f64; 4],
}

impl Crop {
    /// The share of the image that it shows.
    fn area(&self) -> f64 {
        self.window[2] * self.window[3]
    }
}

/// What is drawn.
struct Shown<'a> {
    image: usize,
    /// Which layer of convolution it is, and how many there are.
    layer: [f64; 2],
    /// How many channels the layer has.
    all_channels: f64,
    /// The image and its crops.
    views: &'a Thumbnails,
    /// Nearest first; those without a cosine last.
    crops: Vec<Crop>,
    /// Numbers of the channels.
    channels: &'a [f32],
    /// Side of a map.
    side: usize,
    maps: &'a [f32],
}

impl<'a> Shown<'a> {
    fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let Some(Payload::Images(views)) = inputs.part("views") else { return None };
        let ((_, channels), (area, maps)) = (inputs.series("channels")?, inputs.matrix("maps")?);
        let ((_, cosines), (_, windows)) = (inputs.series("cosines")?, inputs.matrix("windows")?);
        let crop = |((view, cosine), window): ((usize, &f32), &[f32; 4])| Crop {
            view,
            cosine: f64::from(*cosine),
            window: window.map(f64::from),
        };
        let mut crops: Vec<Crop> = (1..).zip(cosines).zip(windows.as_chunks().0).map(crop).collect();
        let strength = |crop: &Crop| if crop.cosine.is_finite() { -crop.cosine } else { f64::INFINITY };
        crops.sort_by(|a, b| strength(a).total_cmp(&strength(b)));
        let image = inputs.number("image").filter(|image| *image >= 0.0)?;
        let shown = Self {
            image: image as usize,
            layer: [inputs.number("layer")?, inputs.number("layers")?],
            all_channels: inputs.number("all_channels")?,
            views,
            crops,
            channels,
            side: area.isqrt(),
            maps,
        };
        (views.side > 0 && shown.side > 0 && channels.len() * area == maps.len()).then_some(shown)
    }

    fn map(&self, place: usize) -> &'a [f32] {
        let area = self.side * self.side;
        self.maps.get(place * area..(place + 1) * area).unwrap_or_default()
    }

    /// The largest activation that is shown; 0 if there is none.
    fn largest(&self) -> f64 {
        self.maps.iter().filter(|value| value.is_finite()).fold(0.0, |largest, value| f64::from(*value).max(largest))
    }

    fn mean(&self, place: usize) -> f64 {
        let map = self.map(place);
        map.iter().map(|value| f64::from(*value)).sum::<f64>() / map.len() as f64
    }

    /// The crops whose embeddings are nearest to and farthest from that of the whole image.
    fn ends(&self) -> Option<[&Crop; 2]> {
        let mut known = self.crops.iter().filter(|crop| crop.cosine.is_finite());
        let nearest = known.next()?;
        Some([nearest, known.next_back().unwrap_or(nearest)])
    }
}

impl Plot for Activations {
    fn name(&self) -> &'static str {
        "activations"
    }

    fn title(&self) -> &'static str {
        "Inside the encoder"
    }

    fn sentence(&self) -> &'static str {
        "One image: how near the embeddings of crops of it lie to its own, and where the channels of a layer respond to it. \
         Click on another image to look into that one."
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::int("image", "Image", 0, 0, 50_000, "The number of the validation image; a click on an image chooses it."),
            Knob::choice(
                "layer",
                "Layer",
                &["first", "early", "middle", "late", "last"],
                "Which layer of convolution: the first one, the last one, or one on the way.",
            ),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.9
    }

    fn pressed(&self, item: Item) -> Vec<(&'static str, f64)> {
        match item {
            Item::Image(image) => vec![("image", image as f64)],
            _ => Vec::new(),
        }
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(shown) = Shown::of(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let layout = Layout::of(&shown, inputs, size);
        layout.whole(&mut scene, &shown, inputs);
        layout.crops(&mut scene, &shown);
        layout.maps(&mut scene, &shown);
        layout.others(&mut scene, &shown, inputs);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(shown) = Shown::of(inputs) else { return inputs.why_empty() };
        let [layer, layers] = shown.layer;
        let crops = match shown.ends() {
            Some([nearest, farthest]) => format!(
                "of {} crops the embeddings have cosines from {} (a crop of {} of the area) to {} (of {}) \
                 with that of the whole image",
                shown.crops.len(),
                number(farthest.cosine, false),
                share(farthest.area()),
                number(nearest.cosine, false),
                share(nearest.area()),
            ),
            None => "no crop can be compared with it".into(),
        };
        let silent = (0..shown.channels.len()).filter(|place| shown.map(*place).iter().all(|value| *value == 0.0)).count();
        let silent = match silent {
            0 => String::new(),
            1 => ", and 1 of those shown does not respond at all".into(),
            silent => format!(", and {silent} of those shown do not respond at all"),
        };
        let strongest = shown.channels.first().map_or_else(String::new, |channel| {
            format!("; channel {channel} responds most, {} on average{silent}", number(shown.mean(0), false))
        });
        let name = inputs.class_name(inputs.class(shown.image));
        let (side, all) = (shown.side, shown.all_channels);
        format!(
            "Image {}, {name}: {crops}. Layer {layer} of {layers} has {all} channels of {side} by {side}{strongest}.",
            shown.image
        )
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["what", "number", "row", "column", "value"]);
        let Some(shown) = Shown::of(inputs) else { return table };
        let none = || Cell::Number(f64::NAN);
        for crop in &shown.crops {
            for (what, value) in [("crop cosine", crop.cosine), ("crop area", crop.area())] {
                table.rows.push(vec![what.into(), (crop.view as f64).into(), none(), none(), value.into()]);
            }
        }
        for (place, channel) in shown.channels.iter().enumerate() {
            for (at, value) in shown.map(place).iter().enumerate() {
                let place = |at: usize| Cell::Number((at + 1) as f64);
                let cells = [place(at / shown.side), place(at % shown.side), f64::from(*value).into()];
                table.rows.push(["channel".into(), f64::from(*channel).into()].into_iter().chain(cells).collect());
            }
        }
        table
    }
}

/// A share in whole percent.
fn share(value: f64) -> String {
    crate::label(value, 0.01, true)
}

/// The colours of maps, from 0 to the largest: as dark as nothing to as bright as there is, so that they are told apart without
/// hue.
const HEAT: [[f64; 3]; 6] = [
    [13.0, 8.0, 38.0],
    [72.0, 18.0, 106.0],
    [153.0, 44.0, 102.0],
    [222.0, 82.0, 56.0],
    [250.0, 158.0, 28.0],
    [252.0, 245.0, 168.0],
];

/// The pixels of a share of the largest activation; what is no number is grey.
fn heat(share: f64) -> [u8; 4] {
    if !share.is_finite() {
        return [128, 128, 128, 255];
    }
    let at = share.clamp(0.0, 1.0) * (HEAT.len() - 1) as f64;
    let low = (at as usize).min(HEAT.len() - 2);
    let mixed = |colour: usize| {
        let (from, to) = (HEAT[low][colour], HEAT[low + 1][colour]);
        (from + (at - low as f64) * (to - from)).round() as u8
    };
    [mixed(0), mixed(1), mixed(2), 255]
}

/// Draws what the colours of maps mean, its right end at `right`. Where it begins.
fn scale(scene: &mut Scene, (right, middle): (f64, f64), largest: f64) -> f64 {
    const WIDE: f64 = 60.0;
    let words = number(largest, false);
    scene.words(&words, (right, middle), SMALL, Ink::Muted, Anchor::End);
    let left = right - width(&words, SMALL) - 5.0 - WIDE;
    let row: Vec<u8> = (0..30).flat_map(|step| heat(f64::from(step) / 29.0)).collect();
    scene.image(&Thumbnails { side: 30, rgba: row.repeat(30) }, 0, [left, middle - 4.0, WIDE, 8.0]);
    scene.words("0", (left - 5.0, middle), SMALL, Ink::Muted, Anchor::End);
    left - 5.0 - width("0", SMALL)
}

/// Words as a heading, the longest of several that has room.
fn heading(scene: &mut Scene, choices: &[String], at: (f64, f64), room: f64) {
    if let Some(words) = choices.iter().find(|words| width(words, WORDS) <= room) {
        scene.words(words, at, WORDS, Ink::Muted, Anchor::Start);
    }
}
