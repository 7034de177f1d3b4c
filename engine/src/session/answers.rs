//! What does a run show to those who ask: views, neighbours, weights, and the embeddings as points?

use super::Session;
use crate::catalogue::catalogue;
use crate::metrics::knn::neighbours;
use crate::random::{Purpose, stream};
use augsphere_spec::{Event, Experiment, Fault, Pick, Picture, Points, Thumbnails, Topic, Views};
use std::time::Duration;
use web_time::Instant;

/// Views in the strip beside the original.
const STRIP: usize = 6;

/// Neighbours told for a picked image.
const NEIGHBOURS: usize = 6;

/// Pictures are made at most this often, and may take at most this share of the time.
const PICTURE_EVERY: Duration = Duration::from_millis(250);
const PICTURE_SHARE: f64 = 0.2;

impl Session {
    pub(super) fn views(&mut self, image: usize, draw: u64) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        let data = run.trainer.feed().data();
        let image = image.min(data.train.len() - 1);
        let side = data.train.side;
        let mut rgba = Vec::with_capacity((STRIP + 1) * side * side * 4);
        data.train.rgba(image, &mut rgba);
        let seed = run.trainer.experiment().seed;
        let index = (image as u64) << 20 | (draw & 0xfffff);
        let mut rng = stream(seed, Purpose::Preview, index);
        let policies = run.trainer.policies();
        let mut words = vec![String::new()];
        for place in 0..STRIP {
            let policy = if place % 2 == 0 { policies.first() } else { policies.second() };
            let draw = policy.draw(&mut rng, side);
            words.push(policy.words(&draw));
            // Without normalisation the views are colours again.
            rgba.extend(colours(&policy.views(&data.train, &[image], &[draw], [0.0; 3], [1.0; 3])));
        }
        let class = usize::from(data.train.labels[image]);
        Ok(vec![Event::Picture(Picture::Views(Views { image, class, thumbnails: Thumbnails { side, rgba }, words }))])
    }

    pub(super) async fn pick(&mut self, index: usize) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        if run.snapshot.is_none() {
            run.snapshot = Some(run.trainer.snapshot().await?);
        }
        let Some(snapshot) = &run.snapshot else { return Ok(Vec::new()) };
        let neighbours = neighbours(&snapshot.features, snapshot.width, index, NEIGHBOURS);
        Ok(vec![Event::Pick(Pick { index, neighbours })])
    }

    pub(super) async fn save(&mut self) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        let changes = run.trainer.experiment().changes.clone();
        let experiment = catalogue().write(&Experiment { changes, ..run.began.clone() }).to_string();
        let bytes = run.trainer.save(experiment).await?;
        Ok(vec![Event::Weights { name: format!("encoder-step{}.safetensors", run.trainer.steps()), bytes }])
    }

    /// Everything that is watched, now.
    pub(super) async fn pictures(&mut self) -> Result<Vec<Event>, Fault> {
        let mut events = self.points(true).await?;
        if let Some(run) = self.run.as_mut().filter(|_| self.watched.contains(&Topic::Anatomy)) {
            events.push(Event::Picture(Picture::Anatomy(run.trainer.anatomy(true).await?)));
            self.unacknowledged.insert(Topic::Anatomy);
        }
        Ok(events)
    }

    /// The embeddings as points, if someone watches, has drawn the last ones, and enough time has passed.
    pub(super) async fn points(&mut self, now: bool) -> Result<Vec<Event>, Fault> {
        let wanted = self.watched.contains(&Topic::Points) && (now || !self.unacknowledged.contains(&Topic::Points));
        let Some(run) = self.run.as_mut().filter(|_| wanted) else { return Ok(Vec::new()) };
        let step = run.trainer.steps();
        if let (false, Some((last, at))) = (now, run.pictured_at) {
            let rest = PICTURE_EVERY.max(run.picture_cost.div_f64(PICTURE_SHARE));
            if last == step || at.elapsed() < rest {
                return Ok(Vec::new());
            }
        }
        let begun = Instant::now();
        let snapshot = run.trainer.snapshot().await?;
        let projected = self.projector.project(&snapshot.embedding, snapshot.dimension);
        let points = Points {
            step,
            projection: projected.projection,
            dimension: snapshot.dimension,
            explained: projected.explained,
            xyz: projected.xyz.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        run.snapshot = Some(snapshot);
        run.picture_cost = begun.elapsed();
        run.pictured_at = Some((step, Instant::now()));
        self.unacknowledged.insert(Topic::Points);
        Ok(vec![Event::Picture(Picture::Points(points))])
    }
}

/// Values of 0 to 1 (red, green, blue) as opaque RGBA bytes.
pub(super) fn colours(values: &[f32]) -> impl Iterator<Item = u8> + use<'_> {
    let byte = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
    values.chunks_exact(3).flat_map(move |rgb| [byte(rgb[0]), byte(rgb[1]), byte(rgb[2]), 255])
}
