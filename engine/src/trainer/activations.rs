//! What the layers of the encoder make of an image, and where crops of it go.

use super::{Checkpoint, Split};
use crate::augmentations::{Params, Policy, cards};
use crate::metrics::knn::unit_rows;
use crate::random::{Purpose, stream};
use crate::readback::read;
use augsphere_spec::{Choice, Fault};
use burn::tensor::Tensor;

/// Random crops of an image: with the image itself they fill a batch of eight.
const CROPS: usize = 7;

/// A validation image and random resized crops of it, as the network sees them.
pub(crate) struct Inside {
    /// Layers of convolution that the encoder has.
    pub layers: usize,
    /// Which of them was looked at, from 0.
    pub layer: usize,
    /// Its output for the image as it is, after the ReLU, `[side, side, channels]`.
    pub maps: Vec<f32>,
    /// Its channels.
    pub channels: usize,
    /// Side of its output.
    pub side: usize,
    /// Pixels of the image as it is and of each crop, `[1 + crops, size, size, 3]`, in [0, 1].
    pub pixels: Vec<f32>,
    /// Side of the images.
    pub size: usize,
    /// What each crop shows of the image: top, left, height and width in pixels, `[crops, 4]`.
    pub windows: Vec<f32>,
    /// Embeddings of the image as it is and of each crop, of unit length, `[1 + crops, dimension]`.
    pub embedding: Vec<f32>,
    /// Dimension of the embedding.
    pub dimension: usize,
}

impl Checkpoint {
    /// A validation image in evaluation mode: what one layer of convolution gives, `depth` of the way (0 to 1) from the first one
    /// to the last one, and the embeddings of random resized crops (as the augmentation `crop` draws them by itself), the same at
    /// every step. Nothing if there is no such image.
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) async fn inside(&self, image: usize, depth: f64) -> Result<Option<Inside>, Fault> {
        let images = self.loader.images(Split::Validation);
        let crop = cards().into_iter().find(|card| card.name == "crop");
        let Some(crop) = crop.filter(|_| image < images.len()) else { return Ok(None) };
        let policy = Policy::new(&[Choice { kind: crop.name.clone(), knobs: crop.defaults() }]);
        let mut random = stream(self.experiment.seed, Purpose::Preview, image as u64);
        let mut views = vec![policy.original()];
        views.extend((0..CROPS).map(|_| policy.draw(&mut random, images.side)));
        let rows = vec![image; views.len()];
        let pixels = policy.views(images, &rows, &views, [0.0; 3], [1.0; 3]);

        let mut seen = Vec::new();
        let batch = self.loader.augmented(Split::Validation, &rows, &views, &policy);
        let outputs = self.network.watched(&self.theta, &self.statistics, batch, &mut |out| seen.push(out.clone()));
        let layer = (depth.clamp(0.0, 1.0) * seen.len().saturating_sub(1) as f64).round() as usize;
        let Some(output) = seen.get(layer) else { return Ok(None) };
        let [_, side, width, channels] = output.dims();
        let maps: Tensor<1> = output.clone().narrow(0, 0, 1).reshape([side * width * channels]);
        let dimension = self.network.dimension;
        let embedding = outputs.embedding.reshape([views.len() * dimension]);
        let read = read(vec![maps, embedding]).await.map_err(|error| self.device_fault(&error))?;
        augsphere_kernels::buffers::end_step();
        let [maps, embedding] = <[Vec<f32>; 2]>::try_from(read).unwrap_or_default();
        let window = |view: &Vec<Params>| match view.first() {
            Some(&Params::Crop { top, left, height, width, .. }) => [top, left, height, width].map(|pixels| pixels as f32),
            _ => [0.0, 0.0, images.side as f32, images.side as f32],
        };
        Ok(Some(Inside {
            layers: seen.len(),
            layer,
            maps,
            channels,
            side,
            pixels,
            size: images.side,
            windows: views[1..].iter().flat_map(window).collect(),
            embedding: unit_rows(&embedding, dimension),
            dimension,
        }))
    }
}
