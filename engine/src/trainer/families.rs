//! The formulas of the families of Tao et al. 2022 on the embeddings of a batch, whatever method trains.

use super::decomposition::Scale;
use crate::gradients::{self, Gradient};
use crate::losses::{Standardise, normalise, second_moment, standardised};
use crate::methods::vicreg_settings;
use augsphere_spec::Knobs;
use burn::tensor::Tensor;

/// The families, each by the method whose knobs its formula has; METHODS.md 6.2:
///
/// 1. contrastive: `1/tau (-u' + sum_v s_v v)`, `s` the softmax of the cosines over `tau` over all other rows of both views;
/// 2. asymmetric: `1/|W u| (-W u' + lambda W^2 u)` for a symmetric predictor `W`, `lambda` one for each image;
/// 3. Barlow Twins: `2 (-A u' + lambda sum_v (u' v' / N) v)` of channels that are standardised over the batch, `A = I - (1 - lambda) diag(C)`;
/// 4. VICReg: `2 a (u - u') + 2 lambda (sum_v (u v / N) v - B u)` of raw rows, those of the second term centred, `a` the weight of invariance;
/// 5. UniGrad: `-u' + lambda F u`, `F` the second moments that UniGrad keeps, or those of the batch.
///
/// `u` is an embedding, `u'` that of the other view of the image by the target branch, which counts as a constant, `v` those of the others; those
/// of the contrastive family come from the target branch, too.
pub(crate) const FAMILIES: [&str; 5] = ["simclr", "direct_pred", "barlow_twins", "vicreg", "unigrad"];

/// The family of a method, a place in [`FAMILIES`], if its gradient has the form of one.
pub(super) fn family(kind: &str) -> Option<usize> {
    match kind {
        "simclr" | "infonce" | "dcl" | "moco_v1" | "moco_v2" | "gradient_b" => Some(0),
        "byol" | "simsiam" | "direct_pred" => Some(1),
        "barlow_twins" | "gradient_g" | "gradient_h" => Some(2),
        "vicreg" | "gradient_j" => Some(3),
        "unigrad" => Some(4),
        _ => None,
    }
}

/// What a formula gives, `[2N, d]` each.
pub(super) struct Formula {
    /// What pulls.
    pub positive: Tensor<2>,
    /// What the others add, without the balance factor.
    pub negative: Tensor<2>,
    scale: Scale,
}

impl Formula {
    /// How its numbers are to be taken.
    pub fn scale(&self) -> Scale {
        self.scale
    }
}

/// What the formulas of [`FAMILIES`] give on the raw embeddings of two views `[N, d]` by the trained branch and by the target branch; `knobs` are
/// those of a method, `predictor` `[d, d]` is the symmetric one of the asymmetric family, the identity if there is none, and `moments` `[d, d]`
/// those of UniGrad, of this batch if there are none.
pub(super) fn formulas(
    [views, targets]: [[Tensor<2>; 2]; 2],
    knobs: impl Fn(&str) -> Knobs,
    predictor: Option<Tensor<2>>,
    moments: Option<Tensor<2>>,
) -> Vec<Formula> {
    let [images, dimension] = views[0].dims();
    let n = images as f64;
    let predictor = predictor.unwrap_or_else(|| Tensor::eye(dimension, &views[0].device()));
    let [units, target_units] = [views.clone(), targets.clone()].map(|rows| rows.map(normalise));
    let both = |way: &dyn Fn(usize, usize) -> Gradient, raw: bool, inside: bool| {
        let [first, second] = [way(0, 1), way(1, 0)];
        let balance = if inside { f64::NAN } else { first.balance };
        Formula {
            positive: Tensor::cat(vec![first.positive, second.positive], 0),
            negative: Tensor::cat(vec![first.negative, second.negative], 0),
            scale: Scale { raw, balance, factor: n },
        }
    };
    let temperature = knobs(FAMILIES[0]).float("temperature").max(1e-6);
    let [first, second] = gradients::nt_xent_against(units.clone(), target_units.clone(), temperature);
    let contrastive = Formula {
        positive: Tensor::cat(vec![first.positive, second.positive], 0),
        negative: Tensor::cat(vec![first.negative, second.negative], 0),
        // The mean is over the anchors of both views.
        scale: Scale { raw: false, balance: f64::NAN, factor: 2.0 * n },
    };
    let asymmetric =
        |own: usize, other: usize| gradients::asymmetric(units[own].clone(), target_units[other].clone(), predictor.clone());
    let lambda = knobs(FAMILIES[2]).float("lambda");
    let [columns, target_columns] =
        [views.clone(), targets.clone()].map(|rows| rows.map(|view| standardised(view, Standardise::BatchNorm)));
    let barlow = |own: usize, other: usize| {
        let Gradient { positive, negative, balance } =
            gradients::barlow(columns[own].clone(), target_columns[other].clone(), lambda);
        // With respect to the embedding, as if mean and deviation of a channel were constants.
        let centred = views[own].clone() - views[own].clone().mean_dim(0);
        let deviation = (centred.square().mean_dim(0) + 1e-5).sqrt();
        Gradient { positive: positive / deviation.clone(), negative: negative / deviation, balance }
    };
    let settings = vicreg_settings(&knobs(FAMILIES[3]));
    let vicreg = |own: usize, other: usize| gradients::vicreg(views[own].clone(), targets[other].clone(), &settings);
    let moments = moments.unwrap_or_else(|| second_moment(views.clone()));
    let balance = knobs(FAMILIES[4]).float("lambda");
    let unigrad =
        |own: usize, other: usize| gradients::unigrad(units[own].clone(), target_units[other].clone(), moments.clone(), balance);
    vec![
        contrastive,
        both(&asymmetric, false, true),
        both(&barlow, true, false),
        both(&vicreg, true, false),
        both(&unigrad, false, false),
    ]
}

#[cfg(test)]
mod tests {
    use crate::trainer::{Form, Trainer, Wanted};
    use crate::{block_on, catalogue, datasets, device};
    use augsphere_spec::DeviceChoice;
    use std::rc::Rc;

    /// What the formula of a method's own family gives after two steps.
    fn own(text: &str) -> (Form, Vec<[f64; 3]>) {
        let common = "[data]\nkind = \"shapes\"\ntrain = 64\nside = 16\n[encoder]\nkind = \"conv\"\nsize = \"tiny\"\n\
                      [train]\nbatch = 16\nwarmup = 0\n[projector]\ndimension = 8\n";
        let experiment = catalogue().read_toml(&format!("{common}{text}")).expect("no mistakes");
        let choice = experiment.choice("data").expect("data").clone();
        let data = Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
        let opened = block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
        let mut trainer = Trainer::new(experiment, data, &opened).expect("it fits");
        for _ in 0..2 {
            trainer.step();
            block_on(trainer.read_losses());
        }
        let found = block_on(trainer.checkpoint().decomposition(Wanted::Families)).expect("it answers").expect("it is known");
        (found.forms[found.family.expect("a family")], found.arrows().collect())
    }

    /// Formula and derivative agree to rounding where nothing was dropped: with constant targets. Barlow Twins
    /// leaves out what a batch normalisation passes back, SimCLR with shared weights what comes back through the targets.
    #[test]
    fn formulas_are_the_gradients_of_their_methods() {
        let stopped = "[target]\nkind = \"stop_gradient\"\n";
        let exact = [
            ("[method]\nkind = \"simclr\"\n", stopped),
            ("[method]\nkind = \"direct_pred\"\n", stopped),
            ("[method]\nkind = \"vicreg\"\n", "[target]\nkind = \"shared\"\n"),
            ("[method]\nkind = \"unigrad\"\n", stopped),
            ("[method]\nkind = \"unigrad\"\n", "[target]\nkind = \"momentum\"\n"),
            ("[method]\nkind = \"simclr\"\n", "[target]\nkind = \"momentum\"\n"),
            ("[method]\nkind = \"direct_pred\"\n", "[target]\nkind = \"momentum\"\n"),
        ];
        for (method, target) in exact {
            let (form, arrows) = own(&format!("{method}{target}"));
            assert!((form.cosine - 1.0).abs() < 1e-3, "{method}: {form:?}");
            let angle = arrows.iter().map(|arrows| arrows[2]).sum::<f64>() / arrows.len() as f64;
            assert!((form.angle - angle).abs() < 0.5, "{method}: {} and {angle}", form.angle);
        }
        for (method, least) in [("simclr", 0.8), ("barlow_twins", 0.6)] {
            let (form, _) = own(&format!("[method]\nkind = \"{method}\"\n"));
            assert!(form.cosine > least && form.cosine < 0.9999, "{method}: {form:?}");
        }
    }
}
