//! Barlow Twins' matrix of the present network, and how it keeps the centres of classes apart.

use super::{Making, Picture, Source, nothing};
use crate::concentration::theorem::Centres;
use crate::losses::{Standardise, cross_correlation, standardised};
use crate::pace::Pace;
use crate::readback::read;
use augsphere_spec::{Knobs, Part};
use burn::tensor::{Device, Tensor, TensorData};

/// Most channels whose correlations are sent.
const CHANNELS: usize = 64;

/// The picture `correlation`, of two views each of the first `images` validation images, the same views at every step. `C` `[d, d]` is the
/// cross-correlation of the channels as they leave the projector (Zbontar et al. 2021, equation 2: biased variance, nothing added). Its parts:
///
/// - `correlations`, a matrix: the first 64 rows and columns of `C`, -1 to 1;
/// - `dimension`, d; `images`, how many; `classes`, how many of them have an image;
/// - `diagonal`, the sum of `(1 - C_ii)^2`; `off_diagonal`, that of `C_ij^2` for `i != j`; and `loss`, the first and `lambda` times the second;
/// - of the trace argument, those of [`Trace`]: `identity`, `alignment`, `alignment_bound`, `centres`, `spread`, `product` and `bound`; the
///   last two where there are two classes.
pub struct CorrelationPicture;

impl Picture for CorrelationPicture {
    fn name(&self) -> &'static str {
        "correlation"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let run = source.run()?;
            let network = run.network()?;
            let (views, d) = network.raw_view_embeddings(knobs.count("images"), pace).await?;
            let count = views[0].len() / d.max(1);
            if count < 2 {
                return nothing("Channels vary from image to image: two images or more are needed.");
            }
            let read = correlated(&views, d, network.device()).await.map_err(|error| network.device_fault(&error))?;
            pace.turn().await;
            let [matrix, first, second] = &read;
            let labels = &run.data.validation.labels;
            let trace = Trace::of(matrix, [first, second], d, &labels[..count.min(labels.len())]);
            let shown = d.min(CHANNELS);
            let values = matrix.chunks_exact(d).take(shown).flat_map(|row| &row[..shown]).copied().collect();
            let mut parts = vec![Part::matrix("correlations", shown, values)];
            let numbers = [("dimension", d as f64), ("images", count as f64), ("loss", trace.loss(knobs.float("lambda")))];
            parts.extend(numbers.into_iter().chain(trace.numbers()).map(|(name, value)| Part::number(name, value as f32)));
            Ok(parts)
        })
    }
}

/// The cross-correlation `[d, d]` of two views `[n, d]`, and the views with columns of mean 0 and variance 1.
async fn correlated(views: &[Vec<f32>; 2], d: usize, device: &Device) -> Result<[Vec<f32>; 3], String> {
    let tensor = |view: &Vec<f32>| Tensor::<2>::from_data(TensorData::new(view.clone(), [view.len() / d, d]), device);
    let [first, second] = views.each_ref().map(tensor);
    let flat = |tensor: Tensor<2>| {
        let length = tensor.shape().num_elements();
        tensor.reshape([length])
    };
    let matrix = cross_correlation(first.clone(), second.clone(), Standardise::Biased);
    let rows = [first, second].map(|view| flat(standardised(view, Standardise::Biased)));
    let read = read([vec![flat(matrix)], rows.into()].concat()).await?;
    read.try_into().map_err(|_| "a tensor was not read".into())
}

/// From the diagonal of `C` to alignment, and from the whole of it to the products of class centres (Huang et al. 2023, section 4.2; METHODS.md
/// 3.3). Channels have mean 0 and variance 1; `mu_k` is the mean embedding of both views of the images of class `k`, `p_k` its share of the
/// images, `M = sum_k p_k mu_k mu_k^T`, and `K` the number of classes that have an image.
#[derive(Clone, Debug, PartialEq)]
struct Trace {
    classes: usize,
    dimension: usize,
    /// `L_1 = sum_i (1 - C_ii)^2`.
    diagonal: f64,
    /// `sum_{i != j} C_ij^2`.
    off_diagonal: f64,
    /// `L_2 = |C - I|^2`.
    identity: f64,
    /// The mean of `|f(x_1) - f(x_2)|^2`, which is `2 sum_i (1 - C_ii)` over the channels that vary.
    alignment: f64,
    /// `|C - M|^2`: what `tau'` bounds.
    centres: f64,
    /// `|M - I|^2`, which is `sum_kl p_k p_l (mu_k . mu_l)^2 - 2 sum_k p_k |mu_k|^2 + d` because a trace does not change when its factors
    /// change places in turn.
    spread: f64,
    /// The largest `mu_k . mu_l` of two classes, and what Theorem 4 bounds it by: the root of
    /// `2 / (p_k p_l) (L_2 + |C - M|^2 - (d - K) / 2)`.
    product: Option<(f64, f64)>,
}

impl Trace {
    /// Of `C` `[d, d]`, two views `[n, d]` with columns of mean 0 and variance 1, and the classes of the `n` images.
    fn of(matrix: &[f32], views: [&[f32]; 2], d: usize, labels: &[u8]) -> Self {
        let mut sums = [0.0; 3];
        for (at, value) in matrix.iter().enumerate() {
            let value = f64::from(*value);
            let own = at / d == at % d;
            sums[usize::from(!own)] += if own { (1.0 - value).powi(2) } else { value * value };
            sums[2] += value * value;
        }
        let gaps = views[0].iter().zip(views[1]).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
        let mut present = labels.to_vec();
        present.sort_unstable();
        present.dedup();
        let places: Vec<usize> = labels.iter().map(|label| present.binary_search(label).unwrap_or_default()).collect();
        let both = views.map(|view| &view[..places.len() * d]).concat();
        let centres = Centres::of(&both, d, &[&places[..], &places].concat(), present.len());
        let count = |class: usize| places.iter().filter(|place| **place == class).count() as f64;
        let shares: Vec<f64> = (0..present.len()).map(|class| count(class) / labels.len().max(1) as f64).collect();
        let products = centres.products();
        let pairs = products.iter().enumerate().map(|(at, product)| ([at / present.len(), at % present.len()], *product));
        let squares: f64 = pairs.clone().map(|([k, l], product)| shares[k] * shares[l] * product * product).sum();
        let lengths: f64 = pairs.clone().filter(|([k, l], _)| k == l).map(|([k, _], product)| shares[k] * product).sum();
        let through: f64 = shares.iter().enumerate().map(|(class, share)| share * form(matrix, centres.centre(class))).sum();
        let (identity, gap) = (sums[0] + sums[1], sums[2] - 2.0 * through + squares);
        let room = identity + gap - 0.5 * (d as f64 - present.len() as f64);
        let apart = pairs.filter(|([k, l], product)| k != l && product.is_finite());
        let largest = apart.max_by(|a, b| a.1.total_cmp(&b.1));
        Self {
            classes: present.len(),
            dimension: d,
            diagonal: sums[0],
            off_diagonal: sums[1],
            identity,
            alignment: gaps.sum::<f64>() / (views[0].len() / d).max(1) as f64,
            centres: gap,
            spread: squares - 2.0 * lengths + d as f64,
            product: largest.map(|([k, l], product)| (product, (2.0 / (shares[k] * shares[l]) * room).max(0.0).sqrt())),
        }
    }

    /// Barlow Twins' loss with this weight of what is off the diagonal.
    fn loss(&self, lambda: f64) -> f64 {
        self.diagonal + lambda * self.off_diagonal
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let mut numbers = vec![
            ("classes", self.classes as f64),
            ("diagonal", self.diagonal),
            ("off_diagonal", self.off_diagonal),
            ("identity", self.identity),
            ("alignment", self.alignment),
            // Lemma 4.1.
            ("alignment_bound", 2.0 * (self.dimension as f64 * self.diagonal).sqrt()),
            ("centres", self.centres),
            ("spread", self.spread),
        ];
        numbers.extend(self.product.into_iter().flat_map(|(product, bound)| [("product", product), ("bound", bound)]));
        numbers
    }
}

/// `v^T C v`.
fn form(matrix: &[f32], v: &[f64]) -> f64 {
    let row = |row: &[f32]| row.iter().zip(v).map(|(value, v)| f64::from(*value) * v).sum::<f64>();
    matrix.chunks_exact(v.len().max(1)).zip(v).map(|(values, v)| v * row(values)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::barlow_terms;
    use crate::pictures::testing::{ask, present, source};
    use crate::{device, readback::read_one};
    use augsphere_spec::{Answer, AskId, DeviceChoice, Payload};

    fn cpu() -> Device {
        crate::block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU").device
    }

    fn found(views: &[Vec<f32>; 2], d: usize, labels: &[u8]) -> (Vec<f32>, Trace) {
        let [matrix, first, second] = crate::block_on(correlated(views, d, &cpu())).expect("it answers");
        let trace = Trace::of(&matrix, [&first, &second], d, labels);
        (matrix, trace)
    }

    /// The example of METHODS.md 5.1.
    fn example() -> [Vec<f32>; 2] {
        [vec![1.0, 0.0, 0.0, 1.0, -1.0, 2.0, 2.0, -1.0], vec![1.0, 0.5, 0.0, 1.0, -1.0, 1.0, 1.0, -1.0]]
    }

    #[test]
    fn the_matrix_and_the_loss_are_those_of_methods() {
        let (matrix, trace) = found(&example(), 2, &[0, 0, 1, 1]);
        let expected = [0.943_879_807_4, -0.886_592_641_3, -0.943_879_807_4, 0.886_592_641_3];
        assert!(matrix.iter().zip(expected).all(|(found, expected)| (f64::from(*found) - expected).abs() < 1e-6), "{matrix:?}");
        assert!((trace.loss(0.005) - 0.024_395_483_029).abs() < 1e-6);
        assert!((trace.alignment - 2.0 * (2.0 - 0.943_879_807_4 - 0.886_592_641_3)).abs() < 1e-5);
        // The same as the loss that is trained.
        let [first, second] = example().map(|view| Tensor::<2>::from_data(TensorData::new(view, [4, 2]), &cpu()));
        let terms = barlow_terms(first, second, 1.0, 0.005, Standardise::Biased);
        let trained = crate::block_on(read_one(terms.attract + terms.repel)).expect("it answers")[0];
        assert!((trace.loss(0.005) - f64::from(trained)).abs() < 1e-6);
    }

    /// `|M - I|^2` and `|C - M|^2` entry by entry, and the bounds of Lemma 4.1 and Theorem 4.
    #[test]
    fn the_trace_argument_holds() {
        for labels in [[0u8, 0, 1, 1], [0, 1, 0, 2], [5, 5, 5, 9]] {
            let (matrix, trace) = found(&example(), 2, &labels);
            let [_, first, second] = crate::block_on(correlated(&example(), 2, &cpu())).expect("it answers");
            let mut moment = [0.0f64; 4];
            for class in 0..10u8 {
                let own: Vec<usize> = (0..4).filter(|&image| labels[image] == class).collect();
                let mean = |c: usize| {
                    own.iter().map(|&image| f64::from(first[2 * image + c] + second[2 * image + c])).sum::<f64>()
                        / (2 * own.len().max(1)) as f64
                };
                (0..4).for_each(|at| moment[at] += own.len() as f64 / 4.0 * mean(at / 2) * mean(at % 2));
            }
            let spread: f64 = moment.iter().zip([1.0, 0.0, 0.0, 1.0]).map(|(m, one)| (m - one).powi(2)).sum();
            let centres: f64 = moment.iter().zip(&matrix).map(|(m, c)| (f64::from(*c) - m).powi(2)).sum();
            assert!(
                (trace.spread - spread).abs() < 1e-5 && (trace.centres - centres).abs() < 1e-5,
                "{trace:?}, {spread}, {centres}"
            );
            assert!(trace.alignment <= 2.0 * (2.0 * trace.diagonal).sqrt() + 1e-9);
            let (product, bound) = trace.product.expect("two classes");
            assert!(product <= bound, "{product} <= {bound}");
            // The step between: |M - I|^2 <= 2 |C - I|^2 + 2 |C - M|^2.
            assert!(trace.spread <= 2.0 * (trace.identity + trace.centres) + 1e-6);
        }
        assert_eq!(found(&example(), 2, &[3; 4]).1.product, None);
    }

    #[test]
    fn a_channel_that_does_not_vary_counts_as_nought() {
        let views = example().map(|view| view.chunks_exact(2).flat_map(|row| [row[0], 7.0]).collect());
        let (matrix, trace) = found(&views, 2, &[0, 1, 0, 1]);
        assert_eq!(matrix[1..], [0.0, 0.0, 0.0]);
        assert!(trace.numbers().iter().all(|(_, value)| value.is_finite()));
    }

    #[test]
    fn it_is_of_the_present_network() {
        let mut knobs = Knobs::default();
        knobs.set("images", 16i64);
        knobs.set("lambda", 0.005);
        let answer = Answer { id: AskId(0), run: None, step: 0, parts: ask(&CorrelationPicture, &present(), &knobs) };
        let number = |name: &str| {
            let Some(Payload::Series { y, .. }) = answer.part(name) else { panic!("no {name} in {answer:?}") };
            y[0]
        };
        assert_eq!(number("images"), 16.0);
        let Some(Payload::Matrix { rows, columns, values }) = answer.part("correlations") else { panic!("{answer:?}") };
        assert_eq!([*rows, *columns], [number("dimension").min(64.0) as usize; 2]);
        assert!(values.iter().all(|value| value.abs() < 1.001));
        assert!((number("loss") - number("diagonal") - 0.005 * number("off_diagonal")).abs() < 1e-3 * number("loss"));
        knobs.set("images", 1i64);
        assert!(ask(&CorrelationPicture, &present(), &knobs).is_err_and(|why| why.contains("two images")));
        assert!(ask(&CorrelationPicture, &source(vec![1.0], 1), &knobs).is_err_and(|why| why.contains("present")));
        assert!(ask(&CorrelationPicture, &Source::default(), &knobs).is_err());
    }
}
