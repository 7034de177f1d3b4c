//! The queue of former keys, and how stale they are.

use super::{Making, Picture, Source, nothing};
use crate::pace::Pace;
use augsphere_spec::{Knobs, Part};

/// The picture `queue`, of the present: where the keys of a queue stand (He et al. 2020, arXiv 1911.05722, section 3.1). Its
/// parts:
///
/// - `length`, how many places its ring has; `next`, the place of the next key, from 0; `real`, how many places hold keys of an
///   encoder, the first ones until all do; `random`, 1 where random directions stand in the others and count as negatives, else
///   0;
/// - `steps`, a matrix with a row for each step whose keys are all there, the newest first: the place of its first key, and how
///   many they are;
/// - `drift`, over the age of keys in steps `1 - cosine` between a key and what the key encoder makes of the same view now, 0 to
///   2, mean over the keys of a step, at up to five ages.
pub struct QueuePicture;

impl Picture for QueuePicture {
    fn name(&self) -> &'static str {
        "queue"
    }

    fn make<'a>(&'a self, source: &'a Source, _knobs: &'a Knobs, pace: &'a Pace) -> Making<'a> {
        Box::pin(async move {
            let network = source.run()?.network()?;
            let ring = match network.ring() {
                Ok(ring) => ring,
                Err(why) => return nothing(&why),
            };
            pace.turn().await;
            let drift = network.queue_drift().await?.profiles.into_iter().find(|profile| profile.name == "queue_drift");
            let steps = ring.steps.iter().flat_map(|(first, count)| [*first as f32, *count as f32]).collect();
            let mut parts = vec![
                Part::number("length", ring.length as f32),
                Part::number("next", ring.next as f32),
                Part::number("real", ring.real as f32),
                Part::number("random", f32::from(u8::from(ring.random))),
                Part::matrix("steps", 2, steps),
            ];
            parts.extend(drift.map(|profile| Part::new("drift", profile.payload)));
            Ok(parts)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::RunSource;
    use crate::pictures::testing::{ask, present, source};
    use crate::trainer::Trainer;
    use crate::{block_on, catalogue, datasets, device};
    use augsphere_spec::{DeviceChoice, Payload};
    use std::rc::Rc;

    /// A run of a method with a queue of 40 places, after some steps of 8 images.
    fn after(method: &str, steps: usize) -> Vec<Part> {
        let text = format!(
            "[data]\nkind = \"shapes\"\ntrain = 32\nside = 16\n[encoder]\nkind = \"conv\"\nsize = \"tiny\"\n\
             [method]\nkind = \"{method}\"\nqueue = 40\n[target]\nmomentum = 0.5\n[optimiser]\nlearning_rate = 0.05\n\
             [train]\nbatch = 8\nwarmup = 0\n"
        );
        let experiment = catalogue().read_toml(&text).expect("no mistakes");
        let choice = experiment.choice("data").expect("data").clone();
        let data = Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
        let opened = block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
        let mut trainer = Trainer::new(experiment, Rc::clone(&data), &opened).expect("it fits");
        (0..steps).for_each(|_| trainer.step());
        let source = block_on(RunSource::of(trainer.checkpoint(), data, &Pace::default())).expect("it answers");
        // What the run does meanwhile is not seen.
        trainer.step();
        ask(&QueuePicture, &Source { run: Some(source) }, &Knobs::default()).expect("a queue")
    }

    fn numbers(parts: &[Part]) -> [f32; 3] {
        ["length", "next", "real"].map(|name| match &parts.iter().find(|part| part.name == name).expect("a part").payload {
            Payload::Series { y, .. } => y[0],
            other => panic!("{other:?}"),
        })
    }

    fn steps(parts: &[Part]) -> &[f32] {
        match &parts[4].payload {
            Payload::Matrix { columns: 2, values, .. } => values,
            other => panic!("{other:?}"),
        }
    }

    /// Both views of 8 images are 16 keys a step: after two steps 32 of 40 places, after three the last keys stand from 32 over
    /// the end to 7, and half of the first step's are gone.
    #[test]
    fn keys_go_round_the_ring() {
        let parts = after("moco_v2", 2);
        assert_eq!((numbers(&parts), steps(&parts)), ([40.0, 32.0, 32.0], [16.0, 16.0, 0.0, 16.0].as_slice()));
        let parts = after("moco_v2", 3);
        assert_eq!((numbers(&parts), steps(&parts)), ([40.0, 8.0, 40.0], [32.0, 16.0, 16.0, 16.0].as_slice()));
        let Some(Payload::Series { x, y }) = parts.get(5).map(|part| &part.payload) else { panic!("{parts:?}") };
        assert_eq!(x, &[1.0, 2.0]);
        assert!(y.iter().all(|drift| (0.0..2.0).contains(drift)) && y[1] > y[0], "older keys are staler: {y:?}");
    }

    #[test]
    fn pico_keeps_the_second_views() {
        let parts = after("pico", 2);
        assert_eq!((numbers(&parts), steps(&parts)), ([40.0, 16.0, 16.0], [8.0, 8.0, 0.0, 8.0].as_slice()));
        assert!(matches!(&parts[5].payload, Payload::Series { x, .. } if x == &[1.0, 2.0]));
    }

    #[test]
    fn before_the_first_step_there_is_a_ring_without_keys() {
        let parts = after("moco_v1", 0);
        assert_eq!((numbers(&parts), parts.len()), ([40.0, 0.0, 0.0], 5));
        assert_eq!(parts[3], Part::number("random", 1.0));
    }

    #[test]
    fn methods_without_a_queue_say_who_has_one() {
        let why = ask(&QueuePicture, &present(), &Knobs::default()).expect_err("SimCLR has none");
        for words in ["SimCLR has no queue", "MoCo v1", "MoCo v2", "PiCO", "Alignment and uniformity with a queue"] {
            assert!(why.contains(words), "no {words} in {why}");
        }
        assert!(ask(&QueuePicture, &source(vec![1.0, 0.0], 2), &Knobs::default()).is_err_and(|why| why.contains("present")));
        assert!(ask(&QueuePicture, &Source::default(), &Knobs::default()).is_err());
    }
}
