//! What the first layer of the encoder looks for.

use super::{Making, Picture, Source, nothing};
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part, Payload, Thumbnails};

/// The picture `filters`, of the present network. Its parts:
///
/// - `filters`, a small image of each filter of the first convolution: its red, green and blue weights, divided by the largest size of a
///   weight of the filter, so that -1 is 1, zero is mid-grey (128) and 1 is 255;
/// - `weights`, a matrix with a row for each filter: its weights, the red plane first, rows from the top, in the units of normalised pixels.
pub struct FiltersPicture;

impl Picture for FiltersPicture {
    fn name(&self) -> &'static str {
        "filters"
    }

    fn make<'a>(&'a self, source: &'a Source, _knobs: &'a Knobs, _pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let Some((weights, side)) = source.run()?.network()?.first_filters().await? else {
                return nothing("This encoder does not begin with a convolution of colours.");
            };
            let columns = 3 * side * side;
            let rgba = weights.chunks_exact(columns.max(1)).flat_map(pixels).collect();
            Ok(vec![Part::new("filters", Payload::Images(Thumbnails { side, rgba })), Part::matrix("weights", columns, weights)])
        })
    }
}

/// The pixels of a filter, `[side, side, 4]`, from its three planes. A weight that is no number is mid-grey.
fn pixels(filter: &[f32]) -> Vec<u8> {
    let largest = filter.iter().filter(|weight| weight.is_finite()).fold(0.0f32, |largest, weight| largest.max(weight.abs()));
    let byte = |weight: f32| {
        let share = weight / largest;
        // From 1 over 128 to 255.
        if share.is_finite() { (128.0 + 127.0 * share).round().clamp(0.0, 255.0) as u8 } else { 128 }
    };
    let area = filter.len() / 3;
    (0..area).flat_map(|at| [byte(filter[at]), byte(filter[area + at]), byte(filter[2 * area + at]), 255]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::testing::{ask, present, source};

    #[test]
    fn zero_is_grey_and_the_largest_weight_is_full() {
        let filter = [2.0, 0.0, 0.0, 0.0, -2.0, 0.0, 0.0, 0.0, 1.0, f32::NAN, 0.0, 0.0];
        let pixels = pixels(&filter);
        assert_eq!(pixels[..4], [255, 1, 192, 255]);
        assert_eq!(pixels[4..], [128, 128, 128, 255].repeat(3));
        assert_eq!(super::pixels(&[0.0; 3]), [128, 128, 128, 255]);
    }

    /// The weights are those that the layout starts with: 16 filters of 3x3 pixels, uniform within 1/sqrt(27).
    #[test]
    fn the_filters_are_those_of_the_first_layer() {
        let parts = ask(&FiltersPicture, &present(), &Knobs::default()).expect("a network");
        let Payload::Images(images) = &parts[0].payload else { panic!("{parts:?}") };
        let Payload::Matrix { rows: 16, columns: 27, values } = &parts[1].payload else { panic!("{parts:?}") };
        assert_eq!((images.side, images.rgba.len()), (3, 16 * 9 * 4));
        let largest = values.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        assert!((0.15..=1.0 / 27f32.sqrt()).contains(&largest), "{largest}");
        for (filter, pixels) in values.chunks_exact(27).zip(images.rgba.chunks_exact(36)) {
            let (green, byte) = (filter[9 + 4], pixels[4 * 4 + 1]);
            assert!(if green > 0.0 { byte >= 128 } else { byte <= 128 }, "{green} is {byte}");
        }
    }

    #[test]
    fn a_past_step_has_no_network() {
        assert!(ask(&FiltersPicture, &source(vec![1.0, 0.0], 2), &Knobs::default()).is_err_and(|why| why.contains("present")));
        assert!(ask(&FiltersPicture, &Source::default(), &Knobs::default()).is_err());
    }
}
