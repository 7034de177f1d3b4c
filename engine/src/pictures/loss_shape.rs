//! What a loss wants: of one positive and one negative, and of many negatives at once.
//!
//! Everything is computed by the losses of the engine themselves, and the weights by their gradients, on the CPU: no formula stands here.

use super::{Follows, Making, Picture, Source, Trouble, nothing};
use crate::losses::{Terms, decoupled_collapse, decoupled_terms, linear_terms, margin_terms, queue_terms, spectral_terms};
use crate::pace::Pace;
use crate::readback::read;
use augsphere_spec::{Fault, Knobs, Part, Payload};
use burn::tensor::{Device, Tensor, TensorData};

/// The lowest temperature.
const COLDEST: f64 = 0.01;
/// Differences from -2 to 2, both included.
const DIFFERENCES: u32 = 81;
/// Negatives of the second panel: their cosines are the middles of as many equal parts of -1 to 1.
const NEGATIVES: u32 = 40;
/// Temperatures beside that of the knob.
const TEMPERATURES: [f64; 4] = [0.1, 0.2, 0.5, 1.0];

/// The picture `loss_shape`. Its parts:
///
/// - `losses`, a matrix: the difference `s+ - s-` of the cosines with one positive and one negative, -2 to 2, and the losses of such a pair in
///   the columns that `loss_names` names, in nats (the linear loss in cosines). Here stand the losses that depend on the difference alone:
///   InfoNCE with one negative, `log(1 + e^{-(s+ - s-) / tau})`, which is NT-Xent, MoCo and the form across views, too; DCL,
///   `-(s+ - s-) / tau` (Yeh et al. 2022; of two negatives that are alike, less their `log 2`); and the linear loss with weight 1
///   (METHODS.md 1.5). The margin and the spectral loss do not have the form: they score each pair by itself, `D^2 / 2` and
///   `max(0, m - D)^2 / 2`, and `-2 s+` and `s-^2` (METHODS.md 1.4 and 1.7).
/// - `weights`, a matrix: the cosine of a negative, and the share of the push that it gets among 40 negatives whose cosines lie evenly
///   between -1 and 1, in the columns that `weight_names` names: the derivative of the loss by this cosine over the sum of the sizes of all.
///   For InfoNCE and DCL these are the softmax's weights among the negatives. A share below 0 is a pull.
pub struct LossShapePicture;

impl Picture for LossShapePicture {
    fn name(&self) -> &'static str {
        "loss_shape"
    }

    fn follows(&self) -> Follows {
        Follows::Nothing
    }

    fn make<'a>(&'a self, _source: &'a Source, knobs: &'a Knobs, _pace: &'a Pace) -> Making<'a> {
        Box::pin(parts(knobs.float("temperature"), knobs.float("margin")))
    }
}

async fn parts(temperature: f64, margin: f64) -> Result<Vec<Part>, Trouble> {
    let defined = temperature.is_finite() && temperature >= COLDEST && margin.is_finite() && margin >= 0.0;
    if !defined {
        return nothing("Take a temperature of 0.01 or more and a margin of 0 or more.");
    }
    let losses = losses(temperature).await?;
    let (names, weights) = weights(temperature, margin).await?;
    Ok(vec![
        Part::matrix("losses", 4, losses),
        Part::new("loss_names", Payload::Words(["InfoNCE", "DCL", "linear"].map(String::from).to_vec())),
        Part::matrix("weights", 1 + names.len(), weights),
        Part::new("weight_names", Payload::Words(names)),
    ])
}

fn rows(values: Vec<f32>) -> Tensor<2> {
    let count = values.len() / 2;
    Tensor::from_data(TensorData::new(values, [count, 2]), &Device::flex())
}

/// So many times the direction from which cosines are measured, `[n, 2]`.
fn anchors(count: usize) -> Tensor<2> {
    rows([1.0, 0.0].repeat(count))
}

/// So many times the direction with this cosine, `[n, 2]`.
fn direction(cosine: f64, count: usize) -> Tensor<2> {
    rows([cosine as f32, (1.0 - cosine * cosine).max(0.0).sqrt() as f32].repeat(count))
}

/// The losses over the difference, row by row.
async fn losses(temperature: f64) -> Result<Vec<f32>, Fault> {
    let difference = |at: u32| 4.0 * f64::from(at) / f64::from(DIFFERENCES - 1) - 2.0;
    let at = |number: u32| {
        let (positive, negative) = (0.5 * difference(number), -0.5 * difference(number));
        let pair = queue_terms(anchors(1), direction(positive, 1), direction(negative, 1), 1, temperature).total();
        // Anchors, positives and negatives are of three branches: each anchor has the same positive and two equal negatives.
        let views = |cosine: f64| [direction(cosine, 2), direction(cosine, 2)];
        let [online, positives, negatives] = [[anchors(2), anchors(2)], views(positive), views(negative)];
        let decoupled = decoupled_terms(online.clone(), positives.clone(), negatives.clone(), temperature).total();
        [pair, decoupled - decoupled_collapse(2), linear_terms(online, positives, negatives, 1.0).total()]
    };
    let found = taken(vec![Tensor::cat((0..DIFFERENCES).flat_map(at).collect(), 0)]).await?;
    let values = found.first().into_iter().flat_map(|values| values.chunks(3));
    Ok((0..DIFFERENCES)
        .zip(values)
        .flat_map(|(number, values)| std::iter::once(difference(number) as f32).chain(values.iter().copied()))
        .collect())
}

/// The weights of the negatives, row by row, and what each column is: that of the knob's temperature first.
async fn weights(temperature: f64, margin: f64) -> Result<(Vec<String>, Vec<f32>), Fault> {
    let count = NEGATIVES as usize;
    let cosine = |at: u32| (2.0 * (f64::from(at) + 0.5) / f64::from(NEGATIVES) - 1.0) as f32;
    let cosines: Vec<f32> = (0..NEGATIVES).map(cosine).collect();
    let gradient = |repel: &dyn Fn(Tensor<2>) -> Tensor<1>| {
        let leaf =
            Tensor::<2>::from_data(TensorData::new(cosines.clone(), [count, 1]), &Device::flex()).autodiff().require_grad();
        let across = (-leaf.clone().square() + 1.0).sqrt();
        let found = repel(Tensor::cat(vec![leaf.clone(), across], 1)).backward();
        let gradient = leaf.grad(&found).unwrap_or_else(|| Tensor::zeros([count, 1], &Device::flex()));
        gradient.reshape([count])
    };
    let others = TEMPERATURES.into_iter().filter(|other| *other != temperature);
    let mut names = vec![format!("temperature {temperature}")];
    names.extend(others.clone().map(|other| format!("temperature {other}")));
    names.extend(["margin", "linear", "spectral"].map(String::from));
    let softmax = |tau: f64| gradient(&move |negatives| queue_terms(anchors(1), anchors(1), negatives, count, tau).repel);
    let mut gradients: Vec<Tensor<1>> = std::iter::once(temperature).chain(others).map(softmax).collect();
    let pairs = |terms: &dyn Fn([[Tensor<2>; 2]; 3]) -> Terms| {
        gradient(&|negatives| {
            let online = [anchors(count), anchors(count)];
            terms([online.clone(), online, [negatives.clone(), negatives]]).repel
        })
    };
    gradients.push(pairs(&|[online, positive, negatives]| margin_terms(online, positive, negatives, margin)));
    gradients.push(pairs(&|[online, positive, negatives]| linear_terms(online, positive, negatives, 1.0)));
    gradients.push(pairs(&|[online, positive, negatives]| spectral_terms(online, positive, negatives, 0.0)));
    let found = taken(gradients).await?;
    let shares: Vec<Vec<f32>> = found.iter().map(|values| shares(values)).collect();
    let row = |at: usize| {
        std::iter::once(cosines[at]).chain(shares.iter().map(move |column| column.get(at).copied().unwrap_or_default()))
    };
    Ok((names, (0..count).flat_map(row).collect()))
}

/// Each value over the sum of the sizes of all; zeros stay zeros.
fn shares(values: &[f32]) -> Vec<f32> {
    let sum: f64 = values.iter().map(|value| f64::from(value.abs())).sum();
    values.iter().map(|value| if sum > 0.0 { (f64::from(*value) / sum) as f32 } else { 0.0 }).collect()
}

/// Numbers off the CPU.
async fn taken(tensors: Vec<Tensor<1>>) -> Result<Vec<Vec<f32>>, Fault> {
    read(tensors).await.map_err(|error| Fault {
        what: format!("the losses could not be computed: {error}"),
        location: "pictures.loss_shape".into(),
        remedy: "Reload the page.".into(),
        recoverable: true,
        settings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;

    fn found(temperature: f64, margin: f64) -> Vec<Part> {
        at_once(parts(temperature, margin)).expect("it can be computed")
    }

    fn matrix(parts: &[Part], name: &str) -> Vec<Vec<f64>> {
        let part = parts.iter().find(|part| part.name == name).map(|part| &part.payload);
        let Some(Payload::Matrix { columns, values, .. }) = part else { panic!("no {name}") };
        values.chunks(*columns).map(|row| row.iter().map(|value| f64::from(*value)).collect()).collect()
    }

    fn column(parts: &[Part], name: &str) -> Vec<f64> {
        let Some(Payload::Words(names)) = parts.iter().find(|part| part.name == "weight_names").map(|part| &part.payload) else {
            panic!("no names")
        };
        let place = names.iter().position(|known| known == name).expect("a column of this name");
        matrix(parts, "weights").iter().map(|row| row[place + 1]).collect()
    }

    /// `log(1 + e^{-x / tau})`, `-x / tau` and `-x`: by hand 0.3132617 at x = 1, tau = 1, `log 2` at 0, 2.1269280 at -1 and tau = 0.5.
    #[test]
    fn losses_of_one_pair_are_those_of_their_formulas() {
        for (temperature, at, expected) in [(1.0, 60, 0.313_261_7), (1.0, 40, std::f64::consts::LN_2), (0.5, 20, 2.126_928_0)] {
            let row = &matrix(&found(temperature, 1.0), "losses")[at];
            let difference = at as f64 / 20.0 - 2.0;
            let wanted = [difference, expected, -difference / temperature, -difference];
            row.iter().zip(wanted).for_each(|(found, wanted)| assert!((found - wanted).abs() < 2e-6, "{row:?}, not {wanted:?}"));
        }
        assert!(matrix(&found(0.01, 1.0), "losses").iter().flatten().all(|value| value.is_finite()));
    }

    /// A softmax: neighbours stand as `e^{0.05 / tau}`, the sum is 1. Margin by hand: `(m - D) / D` where `D = sqrt(2 - 2 s) < m`.
    #[test]
    fn weights_are_those_of_the_gradients() {
        let parts = found(0.2, 1.0);
        for (name, temperature) in [("temperature 0.2", 0.2), ("temperature 0.1", 0.1), ("temperature 1", 1.0)] {
            let weights = column(&parts, name);
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{name}");
            let ratio = weights[39] / weights[38];
            assert!((ratio / (0.05f64 / temperature).exp() - 1.0).abs() < 1e-3, "{name}: {ratio}");
        }
        let margin = column(&parts, "margin");
        let push = |at: usize| {
            let distance = (2.0 - 2.0 * (2.0 * (at as f64 + 0.5) / 40.0 - 1.0)).sqrt();
            (1.0 - distance).max(0.0) / distance
        };
        let sum: f64 = (0..40).map(push).sum();
        margin.iter().enumerate().for_each(|(at, share)| assert!((share - push(at) / sum).abs() < 1e-5, "{at}: {share}"));
        assert!(column(&parts, "linear").iter().all(|share| (share - 0.025).abs() < 1e-6));
        let spectral = column(&parts, "spectral");
        assert!((spectral[0] + spectral[39]).abs() < 1e-6 && (spectral[39] - 0.975 / 20.0).abs() < 1e-5, "{spectral:?}");
    }

    #[test]
    fn what_is_no_temperature_is_refused() {
        for (temperature, margin) in [(f64::NAN, 1.0), (0.0, 1.0), (0.5, f64::NAN), (0.5, -1.0)] {
            assert!(matches!(at_once(parts(temperature, margin)), Err(Trouble::Nothing(_))));
        }
        let shares = column(&found(0.5, 0.0), "margin");
        assert!(shares.iter().all(|share| *share == 0.0), "a margin of 0 pushes nothing");
    }
}
