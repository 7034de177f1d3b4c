//! The contrastive loss of the present embeddings with ever more negatives (Wang and Isola 2020, theorems 1 and 2; METHODS.md 2.3).

use super::{Making, Picture, Source, Trouble, nothing};
use crate::metrics::Shape;
use crate::metrics::limit::{contrastive, levels};
use crate::pace::Pace;
use crate::trainer::Checkpoint;
use augsphere_spec::{Choice, Knobs, Part};

/// The picture `limit`: two views each of the first `images` validation images by the run's own policies, the same views at every step.
/// Its parts:
///
/// - `curve`, the loss minus `log M` in nats over the number `M` of negatives, 1 to 4,096;
/// - `limit`, what that tends to, and `single`, the loss with one negative;
/// - `optimum_limit` and `optimum_single`, both where views coincide and embeddings are spread evenly; absent in one dimension;
/// - `images`, of how many images.
pub struct LimitPicture;

impl Picture for LimitPicture {
    fn name(&self) -> &'static str {
        "limit"
    }

    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move { parts(source.run()?.network()?, knobs, pace).await })
    }
}

async fn parts(network: &Checkpoint, knobs: &Knobs, pace: &Pace) -> Result<Vec<Part>, Trouble> {
    let (views, dimension) = network.view_embeddings(knobs.count("images"), pace).await?;
    let [first, second] = &views;
    let Some(found) = contrastive([first, second], dimension, knobs.float("temperature"), pace).await else {
        return nothing(
            "With these images and this temperature there is no contrastive loss: take 2 images or more, and 0.01 or more.",
        );
    };
    let counts = (0..).zip(&found.minus_log_m).map(|(power, value)| (2f32.powi(power), *value as f32));
    let (x, y): (Vec<f32>, Vec<f32>) = counts.unzip();
    let single = y.first().copied().unwrap_or(f32::NAN);
    let images = first.len() / dimension.max(1);
    let mut parts = vec![
        Part::series("curve", x, y),
        Part::number("limit", found.limit as f32),
        Part::number("single", single),
        Part::number("images", images as f32),
    ];
    let choice = Choice { kind: "limit".into(), knobs: knobs.clone() };
    for (name, value, _) in levels(&choice, Shape { dimension, classes: 0, images }) {
        match name.as_str() {
            "contrastive_limit" => parts.push(Part::number("optimum_limit", value)),
            "contrastive_single_negative" => parts.push(Part::number("optimum_single", value)),
            _ => {}
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;
    use crate::pictures::{KeptMoment, RunSource};
    use crate::trainer::Trainer;
    use crate::{catalogue, datasets, device};
    use augsphere_spec::{Answer, AskId, DeviceChoice, Payload};
    use std::rc::Rc;

    fn source() -> Source {
        let text = "[data]\nkind = \"shapes\"\ntrain = 64\nside = 16\n[encoder]\nkind = \"conv\"\n[train]\nbatch = 16\n\
                    [projector]\ndimension = 2\n";
        let experiment = catalogue().read_toml(text).expect("no mistakes");
        let choice = experiment.choice("data").expect("data").clone();
        let data = Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
        let opened = crate::block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
        let checkpoint = Trainer::new(experiment, Rc::clone(&data), &opened).expect("it fits").checkpoint();
        let moment = Rc::new(KeptMoment { step: 0, embedding: Vec::new(), dimension: 2 });
        let experiment = checkpoint.experiment().clone();
        Source { run: Some(RunSource { moment, checkpoint: Some(checkpoint), data, experiment, trail: Vec::new() }) }
    }

    fn ask(source: &Source, temperature: f64, images: i64) -> Answer {
        let mut knobs = Knobs::default();
        knobs.set("temperature", temperature);
        knobs.set("images", images);
        let parts = at_once(LimitPicture.make(source, &knobs, &Pace::default())).map_err(|trouble| format!("{trouble:?}"));
        Answer { id: AskId(0), run: None, step: 0, parts }
    }

    fn number(answer: &Answer, name: &str) -> f64 {
        let Some(Payload::Series { y, .. }) = answer.part(name) else { panic!("no {name} in {answer:?}") };
        f64::from(y[0])
    }

    /// METHODS.md 2.3 on the circle: the limit's optimum at temperature 0.5 is -1.1760064585, that with one negative 0.2393679624; no
    /// encoder's loss lies below the latter by more than few images allow, and the curve falls from there towards its limit.
    #[test]
    fn the_curve_comes_near_its_limit_and_the_optimum_is_that_of_the_table() {
        let source = source();
        let found = ask(&source, 0.5, 32);
        assert!((number(&found, "optimum_limit") + 1.176_006_458_5).abs() < 1e-6);
        assert!((number(&found, "optimum_single") - 0.239_367_962_4).abs() < 1e-6);
        assert_eq!(number(&found, "images"), 32.0);
        let Some(Payload::Series { x, y }) = found.part("curve") else { panic!("{found:?}") };
        assert_eq!((x.len(), x[0], x[12]), (13, 1.0, 4096.0));
        assert_eq!(f64::from(y[0]), number(&found, "single"));
        let limit = number(&found, "limit");
        let gap = |at: usize| f64::from(y[at]) - limit;
        // The gap falls like 1/M (METHODS.md 2.3): four times the negatives, about a quarter of it.
        assert!(gap(10) > 0.0 && (gap(8) / gap(10) - 4.0).abs() < 0.2, "{y:?} to {limit}");
    }

    #[test]
    fn without_a_network_it_says_why() {
        let mut source = source();
        assert!(ask(&source, 0.5, 1).parts.is_err_and(|why| why.contains("2 images")));
        assert!(ask(&source, f64::NAN, 16).parts.is_err_and(|why| why.contains("0.01")));
        source.run.iter_mut().for_each(|run| run.checkpoint = None);
        assert!(ask(&source, 0.5, 16).parts.is_err_and(|why| why.contains("present")));
        assert!(ask(&Source::default(), 0.5, 16).parts.is_err_and(|why| why.contains("no run")));
    }
}
