//! Which rows of a batch share the statistics of its normalisation layers.
//!
//! One device sees both views of a batch. SimCLR normalises them together; BYOL, SimSiam, Barlow Twins and VICReg encode one view after the
//! other, so each view has statistics of its own; MoCo splits each view over devices and shuffles the images of the momentum encoder
//! between them, so that a query and its key never share statistics (He et al. 2020, section 3.3).

use crate::nn::Observed;
use crate::random::{Purpose, RngExt as _, stream};
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::ops::Range;

/// Groups a view is split into when keys are shuffled, as in MoCo's demo for one device.
const SPLITS: usize = 8;

/// How the rows of a batch, first views and then second views, are put into groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchNorm {
    /// Both views of all images together.
    Pooled,
    /// Each view by itself.
    PerView,
    /// Each view in eight groups; the momentum encoder's are of other images.
    Shuffled,
}

impl BatchNorm {
    /// The names of the knob, in its order.
    pub const NAMES: [&str; 3] = ["pooled", "per_view", "shuffled"];

    /// From the knob.
    pub fn named(name: &str) -> Self {
        match name {
            "per_view" => Self::PerView,
            "shuffled" => Self::Shuffled,
            _ => Self::Pooled,
        }
    }

    /// The groups of `2N` rows, in order. A view that cannot be split evenly into groups of at least two stays whole.
    pub fn groups(self, rows: usize) -> Vec<Range<usize>> {
        let images = rows / 2;
        let size = match self {
            Self::Pooled => rows,
            Self::PerView => images,
            Self::Shuffled if images.is_multiple_of(SPLITS) && images >= 2 * SPLITS => images / SPLITS,
            Self::Shuffled => images,
        };
        (0..rows).step_by(size.max(1)).map(|first| first..(first + size).min(rows)).collect()
    }

    /// The order in which the momentum encoder takes `2N` rows at a step, and the order that undoes it; the views stay apart. Nothing unless
    /// keys are shuffled.
    pub fn shuffle(self, rows: usize, seed: u64, step: u64) -> Option<[Vec<usize>; 2]> {
        if self != Self::Shuffled {
            return None;
        }
        let images = rows / 2;
        let mut rng = stream(seed, Purpose::ShuffledKeys, step);
        let mut order: Vec<usize> = (0..images).collect();
        rng.shuffle(&mut order);
        order.extend((0..images).map(|index| images + index).collect::<Vec<_>>());
        rng.shuffle(&mut order[images..]);
        let mut back = vec![0; rows];
        order.iter().enumerate().for_each(|(at, &row)| back[row] = at);
        Some([order, back])
    }
}

/// `rows` in another order.
pub fn reordered<const D: usize>(rows: Tensor<D>, order: &[usize]) -> Tensor<D> {
    let device: Device = rows.device().without_autodiff();
    let order: Vec<i32> = order.iter().map(|&row| i32::try_from(row).unwrap_or(i32::MAX)).collect();
    let count = order.len();
    let index: Tensor<1, Int> = Tensor::from_data(TensorData::new(order, [count]), &device);
    rows.select(0, index)
}

/// `pass` over each group of `rows`; what it gives is put together again. What normalisation layers saw comes in one list for each view (or one
/// for both), averaged over the groups of a view: each list moves the running statistics once.
pub fn grouped<const D: usize, const E: usize, const K: usize>(
    rows: Tensor<D>,
    groups: &[Range<usize>],
    mut pass: impl FnMut(Tensor<D>, &mut Vec<Observed>) -> [Tensor<E>; K],
) -> ([Tensor<E>; K], Vec<Vec<Observed>>) {
    let mut seen = Vec::with_capacity(groups.len());
    let mut outputs: [Vec<Tensor<E>>; K] = std::array::from_fn(|_| Vec::with_capacity(groups.len()));
    for group in groups {
        let part = if groups.len() == 1 { rows.clone() } else { rows.clone().narrow(0, group.start, group.len()) };
        let mut observed = Vec::new();
        outputs.iter_mut().zip(pass(part, &mut observed)).for_each(|(all, one)| all.push(one));
        seen.push(observed);
    }
    let whole = |mut parts: Vec<Tensor<E>>| if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) };
    let in_view = (groups.len() / 2).max(1);
    let seen = seen.chunks(in_view).map(Observed::mean).collect();
    (outputs.map(whole), seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Weights;
    use crate::trainer::Trainer;
    use crate::trainer::step::encode_views;
    use crate::{catalogue, datasets, device};
    use augsphere_spec::DeviceChoice;
    use std::rc::Rc;

    fn trainer(batch_norm: &str) -> Trainer {
        let text = format!(
            "[data]\nkind = \"shapes\"\ntrain = 64\nside = 8\n[method]\nkind = \"byol\"\n[train]\nbatch = 16\nbatch_norm = \"{batch_norm}\""
        );
        let experiment = catalogue().read_toml(&text).expect("no mistakes");
        let choice = experiment.choice("data").expect("data").clone();
        let data = Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
        let opened = crate::block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
        Trainer::new(experiment, data, &opened).expect("it fits")
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().iter::<f32>().collect()
    }

    /// Whether the first views' embeddings stay if the second views are others, and whether a momentum encoder with the same weights gives
    /// a view the embedding that the trained one gives it.
    fn independent(batch_norm: &str) -> (bool, bool) {
        let trainer = trainer(batch_norm);
        let views = trainer.loader.views(0, &trainer.policies);
        let weights = Weights::plain(&trainer.network.layout, &trainer.theta);
        let embedding = |views: Tensor<4>| encode_views(&trainer.network, trainer.batch_norm(), &weights, views).embedding;
        let first = views.clone().narrow(0, 0, 16);
        let others = Tensor::cat(vec![first, trainer.loader.views(1, &trainer.policies).narrow(0, 16, 16)], 0);
        let before = embedding(views.clone());
        let kept = values(before.clone().narrow(0, 0, 16)) == values(embedding(others).narrow(0, 0, 16));
        let key = trainer.target_embedding(&trainer.theta, views, trainer.step, false);
        (kept, values(key) == values(before))
    }

    #[test]
    fn views_share_statistics_only_where_they_are_pooled() {
        assert_eq!(independent("pooled"), (false, true));
        assert_eq!(independent("per_view"), (true, true));
        assert_eq!(independent("shuffled"), (true, false), "a key is normalised among other images than its query");
    }

    /// Each view moves the running statistics once, as two forward passes of PyTorch do; the groups of a view move them once together.
    #[test]
    fn running_statistics_move_once_a_view() {
        let seen = |batch_norm: &str| {
            let trainer = trainer(batch_norm);
            let views = trainer.loader.views(0, &trainer.policies);
            let weights = Weights::plain(&trainer.network.layout, &trainer.theta);
            let groups = trainer.batch_norm().groups(views.dims()[0]);
            let (_, observed) = grouped(views, &groups, |part, observed| {
                [trainer.network.forward(&weights, part, &mut crate::nn::Mode::Train(observed)).embedding]
            });
            let means = |moments: Vec<f32>| moments[..moments.len() / 2].to_vec();
            let first = |layers: Vec<Observed>| means(values(layers.into_iter().next().expect("a layer").moments));
            observed.into_iter().map(first).collect::<Vec<_>>()
        };
        let (pooled, per_view, shuffled) = (seen("pooled"), seen("per_view"), seen("shuffled"));
        assert_eq!((pooled.len(), per_view.len(), shuffled.len()), (1, 2, 2));
        for (channel, mean) in pooled[0].iter().enumerate() {
            let of_views = (per_view[0][channel] + per_view[1][channel]) / 2.0;
            assert!((mean - of_views).abs() < 1e-5, "the mean of both views: {mean} and {of_views}");
            assert!((per_view[0][channel] - shuffled[0][channel]).abs() < 1e-5, "the mean of a view's groups");
        }
    }

    #[test]
    fn groups_cover_all_rows_once() {
        assert_eq!(BatchNorm::Pooled.groups(64), vec![0..64; 1]);
        assert_eq!(BatchNorm::PerView.groups(64), [0..32, 32..64]);
        let shuffled = BatchNorm::Shuffled.groups(64);
        assert_eq!((shuffled.len(), shuffled[0].clone(), shuffled[15].clone()), (16, 0..4, 60..64));
        assert_eq!(BatchNorm::Shuffled.groups(20), [0..10, 10..20], "ten images are not split into groups of one");
    }

    #[test]
    fn a_shuffle_stays_in_its_view_and_is_undone() {
        let [order, back] = BatchNorm::Shuffled.shuffle(64, 3, 7).expect("an order");
        assert!(order[..32].iter().all(|&row| row < 32) && order[32..].iter().all(|&row| row >= 32));
        assert!((0..64).all(|row| order[back[row]] == row));
        assert_ne!(order[..32], (0..32).collect::<Vec<_>>());
        assert_ne!(BatchNorm::Shuffled.shuffle(64, 3, 8), Some([order, back]), "each step has an order of its own");
        assert_eq!(BatchNorm::PerView.shuffle(64, 3, 7), None);
    }
}
