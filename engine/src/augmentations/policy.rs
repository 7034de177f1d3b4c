//! A policy: augmentations with their knobs set, which make a batch of views of a batch of images.

use super::device::Affine;
use super::joined::{self, Turn};
use super::{Augmentation, LIST, Params, Pixels};
use crate::datasets::Images;
use augsphere_spec::Choice;
use burn::tensor::{Device, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Augmentations with their knobs set.
///
/// A view's parameters, one an augmentation, stand in the order in which the augmentations were given; these are applied in
/// ascending order.
pub struct Policy {
    steps: Vec<Step>,
    /// Steps by order.
    order: Vec<usize>,
}

struct Step {
    /// Index in the list of all augmentations: which stream of random numbers is its own.
    stream: u64,
    order: usize,
    augmentation: Box<dyn Augmentation>,
}

impl Policy {
    /// From the `augment` section of an experiment. Kinds that are not in the list are passed over: reading an
    /// experiment has refused them already.
    pub fn new(choices: &[Choice]) -> Self {
        let step = |choice: &Choice| {
            let (stream, entry) = (0..).zip(LIST).find(|(_, entry)| (entry.card)().name == choice.kind)?;
            Some(Step { stream, order: choice.knobs.count("order"), augmentation: (entry.make)(&choice.knobs) })
        };
        let steps: Vec<Step> = choices.iter().filter_map(step).collect();
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|&step| (steps[step].order, steps[step].stream));
        Self { steps, order }
    }

    /// The parameters of the view that is the image itself.
    pub fn original(&self) -> Vec<Params> {
        vec![Params::Nothing; self.steps.len()]
    }

    /// The parameters of every view that differs from the image only in changes without a random number (mirrored, gray):
    /// each combination of such changes once, the image itself left out, always in the same order.
    pub fn variants(&self) -> Vec<Vec<Params>> {
        let mut all = vec![self.original()];
        for (index, step) in self.steps.iter().enumerate() {
            let changed = |params: Params| {
                let with = |view: &Vec<Params>| {
                    let mut view = view.clone();
                    view[index] = params;
                    view
                };
                all.iter().map(with).collect::<Vec<_>>()
            };
            let more: Vec<_> = step.augmentation.variants().into_iter().flat_map(changed).collect();
            all.extend(more);
        }
        all.remove(0);
        all
    }

    /// The steps with one item each, in the order in which they are applied.
    fn in_order<'a, T>(&'a self, items: &'a [T]) -> impl Iterator<Item = (&'a Step, &'a T)> {
        self.order.iter().filter_map(|&step| Some((&self.steps[step], items.get(step)?)))
    }

    /// The parameters of one view of an image of `side` pixels: those of each augmentation, in the order in which they were
    /// given.
    ///
    /// Takes 32 bytes from `rng` and gives each augmentation a stream of its own, so that turning the knobs of one
    /// leaves what the others draw, and the next view, as they were.
    pub fn draw(&self, rng: &mut ChaCha8Rng, side: usize) -> Vec<Params> {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let own = ChaCha8Rng::from_seed(seed);
        let draw = |step: &Step| {
            let mut own = own.clone();
            own.set_stream(step.stream);
            step.augmentation.draw(&mut own, side)
        };
        self.steps.iter().map(draw).collect()
    }

    /// Views on the host: `[rows.len(), side, side, 3]`, each channel as `(value - mean) / deviation`.
    ///
    /// View `i` is made of image `rows[i]` by `params[i]`.
    ///
    /// # Panics
    /// If there are not as many views' parameters as rows, or a row lies beyond the images.
    pub fn views(
        &self,
        images: &Images,
        rows: &[usize],
        params: &[Vec<Params>],
        mean: [f32; 3],
        deviation: [f32; 3],
    ) -> Vec<f32> {
        assert_eq!(rows.len(), params.len(), "parameters for each view");
        let (scale, shift) = affine(mean, deviation);
        let mut views = vec![0.0; rows.len() * images.stride()];
        each_chunk(
            &mut views,
            images.stride(),
            || Pixels::new(images.side),
            |pixels, index, view| {
                pixels.load(images.image(rows[index]));
                self.apply(&params[index], pixels);
                pixels.store(scale, shift, view);
            },
        );
        views
    }

    /// Changes one image on the host, without normalisation.
    pub fn apply(&self, params: &[Params], image: &mut Pixels) {
        for (step, params) in self.in_order(params) {
            step.augmentation.apply(params, image);
        }
    }

    /// Views on the device of `images` (`[B, side, side, 3]`, 0 to 1), normalised as on the host;
    /// `params[i]` belongs to image `i`.
    ///
    /// # Panics
    /// If there are not as many views' parameters as images.
    pub fn views_on_device(&self, images: Tensor<4>, params: &[Vec<Params>], mean: [f32; 3], deviation: [f32; 3]) -> Tensor<4> {
        assert_eq!(images.dims()[0], params.len(), "parameters for each view");
        let (side, device) = (images.dims()[1], images.device());
        self.views_of(params, side, &device, mean, deviation, || images)
    }

    /// The same of images that are made on the device when all numbers are there: a transfer between launches would cost a submission.
    pub(crate) fn views_of(
        &self,
        params: &[Vec<Params>],
        side: usize,
        device: &Device,
        mean: [f32; 3],
        deviation: [f32; 3],
        images: impl FnOnce() -> Tensor<4>,
    ) -> Tensor<4> {
        let turn = |&at: &usize| {
            let Step { stream, augmentation, .. } = &self.steps[at];
            let params = params.iter().map(|view| view[at]).collect();
            Turn { kind: *stream, augmentation: augmentation.as_ref(), params }
        };
        let plan = joined::Plan::new(self.order.iter().map(turn), side, device);
        let (factors, summands) = affine(mean, deviation);
        plan.run(images(), Affine { factors, summands })
    }

    /// What was done to a view, for people: `crop 62 %, aspect 1.10; mirrored`. Empty if nothing was.
    pub fn words(&self, params: &[Params]) -> String {
        let words = self.in_order(params).filter_map(|(step, params)| step.augmentation.words(params));
        words.collect::<Vec<_>>().join("; ")
    }
}

/// `(value - mean) / deviation` as a factor and a summand of each channel.
fn affine(mean: [f32; 3], deviation: [f32; 3]) -> ([f32; 3], [f32; 3]) {
    let scale = deviation.map(|deviation| 1.0 / deviation);
    (scale, std::array::from_fn(|channel| -mean[channel] * scale[channel]))
}

/// Calls `work(state, index, chunk)` for each chunk of `size` values, on all cores where there are threads.
fn each_chunk<S>(
    values: &mut [f32],
    size: usize,
    state: impl Fn() -> S + Sync + Send,
    work: impl Fn(&mut S, usize, &mut [f32]) + Sync + Send,
) {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        values.par_chunks_mut(size).enumerate().for_each_init(state, |state, (index, chunk)| work(state, index, chunk));
    }
    #[cfg(target_family = "wasm")]
    {
        let mut state = state();
        values.chunks_mut(size).enumerate().for_each(|(index, chunk)| work(&mut state, index, chunk));
    }
}
