//! Views of an image under the current augmentations, and the weights as a file.

use super::Session;
use crate::catalogue::catalogue;
pub(super) use crate::datasets::colours;
use crate::random::{Purpose, stream};
use augsphere_spec::{Event, Experiment, Fault, Thumbnails, Views};

/// Views in the strip beside the original.
const STRIP: usize = 6;

impl Session {
    pub(super) fn views(&mut self, image: usize, draw: u64) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        let data = run.trainer.loader().data();
        let image = image.min(data.train.len() - 1);
        let side = data.train.side;
        let mut rgba = Vec::with_capacity((STRIP + 1) * side * side * 4);
        data.train.rgba(image, &mut rgba);
        let seed = run.trainer.experiment().seed;
        let index = (image as u64) << 20 | (draw & 0xfffff);
        let mut rng = stream(seed, Purpose::Preview, index);
        let policies = run.trainer.policies();
        let mut words = vec![String::new()];
        for number in 0..STRIP {
            let policy = if number % 2 == 0 { policies.first() } else { policies.second() };
            let draw = policy.draw(&mut rng, side);
            words.push(policy.words(&draw));
            // Without normalisation the views are colours again.
            rgba.extend(colours(&policy.views(&data.train, &[image], &[draw], [0.0; 3], [1.0; 3])));
        }
        let class = usize::from(data.train.labels[image]);
        Ok(vec![Event::Views(Views { image, class, thumbnails: Thumbnails { side, rgba }, words })])
    }

    /// The weights as they are, or, of a run that cannot go on, the last ones that were measured.
    pub(super) async fn save(&mut self) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        let changes = run.trainer.experiment().changes.clone();
        let checkpoint = if run.ended.is_none() { &run.trainer.checkpoint() } else { &run.sound };
        let step = checkpoint.step();
        let changes = changes.into_iter().filter(|change| change.at <= step).collect();
        let experiment = catalogue().write(&Experiment { changes, ..run.began.clone() }).to_string();
        let bytes = checkpoint.save(experiment).await?;
        Ok(vec![Event::Weights { name: format!("encoder-step{step}.safetensors"), bytes }])
    }
}
