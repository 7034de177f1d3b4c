//! What the layers of the encoder make of one image, and where crops of it go.

use super::similarity::cosine_table;
use super::{KeptMoment, Making, Picture, Source, nothing};
use crate::datasets::colours;
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part, Payload, Thumbnails};

/// Most channels of a layer that are shown.
const CHANNELS: usize = 32;

/// The picture `activations`, of the present network: validation image number `image` (the last one that is shown, if there are
/// not so many) in evaluation mode. `layer` says where in the encoder: `first`, `early`, `middle`, `late` or `last`, a quarter of
/// the way between one and the next. Its parts:
///
/// - `image`, its number;
/// - `layer` and `layers`, which layer of convolution it is, from 1, and how many there are; `all_channels`, how many channels it
///   has;
/// - `channels`, the number of each channel that is shown, from 1, strongest first by the mean over its map, and `maps`, a matrix
///   with a row for each of them: what comes out after the ReLU, 0 or more, rows of the map from the top;
/// - `views`, the image and seven random resized crops of it, stretched to its size;
/// - `windows`, a matrix with a row for each crop: top, left, height and width of what it shows, as shares of the image's side;
/// - `cosines`, for each crop the cosine of its embedding with that of the image, -1 to 1.
pub struct ActivationsPicture;

impl Picture for ActivationsPicture {
    fn name(&self) -> &'static str {
        "activations"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let run = source.run()?;
            let depth = match knobs.text("layer") {
                "last" => 1.0,
                "late" => 0.75,
                "middle" => 0.5,
                "early" => 0.25,
                _ => 0.0,
            };
            let image = knobs.count("image").min(run.labels().len().saturating_sub(1));
            let Some(inside) = run.network()?.inside(image, depth).await? else {
                return nothing("There is no validation image to look at, or this encoder has no convolutions.");
            };
            let (order, maps) = strongest(&inside.maps, inside.channels);
            let crops = inside.windows.len() / 4;
            let moment = KeptMoment { step: 0, embedding: inside.embedding, dimension: inside.dimension };
            let cosines = cosine_table(&moment, &(0..=crops).collect::<Vec<_>>(), pace).await;
            let numbers = |count: usize| (1..=count).map(|number| number as f32).collect();
            Ok(vec![
                Part::number("image", image as f32),
                Part::number("layer", (inside.layer + 1) as f32),
                Part::number("layers", inside.layers as f32),
                Part::number("all_channels", inside.channels as f32),
                Part::series("channels", numbers(order.len()), order.iter().map(|channel| (channel + 1) as f32).collect()),
                Part::matrix("maps", inside.side * inside.side, maps),
                Part::new("views", Payload::Images(Thumbnails { side: inside.size, rgba: colours(&inside.pixels).collect() })),
                Part::matrix("windows", 4, inside.windows.iter().map(|pixels| pixels / inside.size.max(1) as f32).collect()),
                Part::series("cosines", numbers(crops), cosines[1..=crops].to_vec()),
            ])
        })
    }
}

/// The channels of `[positions, channels]` with the largest means, strongest first, equal ones in their order, and the map of
/// each.
fn strongest(maps: &[f32], channels: usize) -> (Vec<usize>, Vec<f32>) {
    let map = |channel: usize| maps.iter().skip(channel).step_by(channels.max(1));
    // One that is no number comes last.
    let strength = |channel: &usize| Some(map(*channel).sum::<f32>()).filter(|sum| sum.is_finite()).unwrap_or(f32::NEG_INFINITY);
    let mut order: Vec<(usize, f32)> = (0..channels).map(|channel| (channel, strength(&channel))).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    order.truncate(CHANNELS);
    let order: Vec<usize> = order.into_iter().map(|(channel, _)| channel).collect();
    let maps = order.iter().flat_map(|channel| map(*channel)).copied().collect();
    (order, maps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block_on;
    use crate::pictures::testing::{ask, present, source};

    fn knobs(image: i64, layer: &str) -> Knobs {
        let mut knobs = Knobs::default();
        knobs.set("image", image);
        knobs.set("layer", layer);
        knobs
    }

    fn values<'a>(parts: &'a [Part], name: &str) -> &'a [f32] {
        match parts.iter().find(|part| part.name == name).map(|part| &part.payload) {
            Some(Payload::Series { y, .. }) => y,
            Some(Payload::Matrix { values, .. }) => values,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn the_strongest_come_first_and_what_is_no_number_last() {
        let (order, maps) = strongest(&[1.0, 5.0, f32::NAN, 2.0, 0.0, 1.0], 3);
        assert_eq!(order, [1, 0, 2]);
        assert_eq!(maps[..4], [5.0, 0.0, 1.0, 2.0]);
        assert_eq!(strongest(&[0.0; 80], 40), ((0..32).collect(), vec![0.0; 64]), "at most so many, in their order");
        assert_eq!(strongest(&[], 0), (Vec::new(), Vec::new()));
    }

    /// The features are the means of the last layer's channels: the picture must say the same of an image as the network's
    /// snapshot.
    #[test]
    fn means_of_the_last_maps_are_the_features() {
        let source = present();
        let run = source.run.as_ref().expect("a run");
        let snapshot = block_on(run.network().expect("the present").snapshot(&Pace::default())).expect("it answers");
        let parts = ask(&ActivationsPicture, &source, &knobs(3, "last")).expect("a network");
        assert_eq!((values(&parts, "layer"), values(&parts, "layers")), ([3.0].as_slice(), [3.0].as_slice()));
        let features = &snapshot.features[3 * snapshot.width..4 * snapshot.width];
        let (channels, maps) = (values(&parts, "channels"), values(&parts, "maps"));
        assert_eq!((channels.len(), values(&parts, "all_channels")), (32, [features.len() as f32].as_slice()));
        // Images of 16 pixels are 2 by 2 after three stages.
        assert_eq!(maps.len(), 32 * 4);
        for (channel, map) in channels.iter().zip(maps.chunks_exact(4)) {
            let mean = map.iter().sum::<f32>() / 4.0;
            assert!((mean - features[*channel as usize - 1]).abs() < 1e-5, "channel {channel}");
        }
    }

    #[test]
    fn layers_lie_along_the_encoder_and_crops_are_the_same_again() {
        let source = present();
        let parts = ask(&ActivationsPicture, &source, &knobs(0, "first")).expect("a network");
        assert_eq!(values(&parts, "layer"), [1.0]);
        assert_eq!((values(&parts, "channels").len(), values(&parts, "maps").len()), (16, 16 * 64), "16 channels of 8 by 8");
        assert!(values(&parts, "maps").iter().all(|value| *value >= 0.0));
        let (cosines, windows) = (values(&parts, "cosines"), values(&parts, "windows"));
        assert_eq!((cosines.len(), windows.len()), (7, 28));
        assert!(cosines.iter().all(|cosine| (-1.0..=1.0).contains(cosine)));
        for window in windows.chunks_exact(4) {
            assert!(window[0] + window[2] <= 1.0 && window[1] + window[3] <= 1.0 && window[2] * window[3] > 0.02, "{window:?}");
        }
        let again = ask(&ActivationsPicture, &source, &knobs(0, "last")).expect("a network");
        assert_eq!((values(&again, "cosines"), values(&again, "windows")), (cosines, windows));
        let Some(Payload::Images(views)) = parts.iter().find(|part| part.name == "views").map(|part| &part.payload) else {
            panic!("{parts:?}")
        };
        let mut whole = Vec::new();
        source.run.as_ref().expect("a run").data.validation.rgba(0, &mut whole);
        assert_eq!((views.side, views.rgba.len()), (16, 8 * 16 * 16 * 4));
        assert_eq!(views.rgba[..whole.len()], whole, "the image itself comes first");
    }

    #[test]
    fn of_images_that_are_not_there_the_last_is_shown() {
        let source = present();
        let last = source.run.as_ref().expect("a run").labels().len() - 1;
        let parts = ask(&ActivationsPicture, &source, &knobs(50_000, "middle")).expect("a network");
        assert_eq!((values(&parts, "image"), values(&parts, "layer")), ([last as f32].as_slice(), [2.0].as_slice()));
    }

    #[test]
    fn a_past_step_has_no_network() {
        let ask = |source: &Source| ask(&ActivationsPicture, source, &knobs(0, "first"));
        assert!(ask(&source(vec![1.0, 0.0], 2)).is_err_and(|why| why.contains("present")));
        assert!(ask(&Source::default()).is_err());
    }
}
