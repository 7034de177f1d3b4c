//! Pictures of the run: who watches which, who has drawn the last one, and the points on their way.

use super::Session;
use crate::pace::Task;
use crate::pictures::KeptMoment;
use crate::projection::Projector3;
use crate::trainer::{Failure, Snapshot};
use augsphere_spec::{Event, Fault, Picture, Points, Topic};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;
use web_time::Instant;

/// Points are made at most this often, and may take at most this share of the time.
const PICTURE_EVERY: Duration = Duration::from_millis(250);
const PICTURE_SHARE: f64 = 0.2;

/// How long to work on a picture between two looks at the messages.
const PIECE: Duration = Duration::from_millis(30);

/// What is watched and drawn.
#[derive(Default)]
pub(super) struct Pictures {
    watched: BTreeSet<Topic>,
    /// Sent, and not yet drawn.
    unacknowledged: BTreeSet<Topic>,
    /// To be made whether or not the last one was drawn: the run or what is watched has changed.
    owed: BTreeSet<Topic>,
    projector: Projector3,
    making: Option<Making>,
    /// The step of the last points, when they were made, and how long that took.
    last: Option<(u64, Instant, Duration)>,
}

/// Points on their way.
struct Making {
    step: u64,
    task: Task<Result<Snapshot, Fault>>,
    spent: Duration,
}

impl Pictures {
    pub fn watch(&mut self, topics: Vec<Topic>) {
        self.watched = topics.into_iter().collect();
        self.owe_all();
    }

    /// The last picture of a topic has arrived where it is drawn.
    pub fn acknowledge(&mut self, topic: Topic) {
        self.unacknowledged.remove(&topic);
    }

    pub fn watches(&self, topic: Topic) -> bool {
        self.watched.contains(&topic)
    }

    /// Whether a picture of this topic is wanted by now.
    pub fn free(&self, topic: Topic) -> bool {
        self.watches(topic) && (self.owed.contains(&topic) || !self.unacknowledged.contains(&topic))
    }

    /// A picture of this topic was sent.
    pub fn sent(&mut self, topic: Topic) {
        self.owed.remove(&topic);
        self.unacknowledged.insert(topic);
    }

    /// Another run, or another who watches: everything is shown afresh.
    pub fn owe_all(&mut self) {
        self.making = None;
        self.last = None;
        self.unacknowledged.clear();
        self.owed.clone_from(&self.watched);
    }

    /// The present is to be shown, however young the last picture is.
    pub fn owe(&mut self, topic: Topic) {
        if self.watches(topic) {
            self.owed.insert(topic);
        }
    }

    /// Gives up points on their way.
    pub fn stop(&mut self) {
        self.making = None;
    }

    /// Whether points are being made or to be made at once.
    pub fn busy(&self) -> bool {
        self.making.is_some() || self.owed.contains(&Topic::Points)
    }

    /// Whether points of `step` are to be made now.
    fn due(&self, step: u64) -> bool {
        let rested = self
            .last
            .is_none_or(|(last, at, cost)| last != step && at.elapsed() >= PICTURE_EVERY.max(cost.div_f64(PICTURE_SHARE)));
        self.free(Topic::Points) && (rested || self.owed.contains(&Topic::Points))
    }
}

impl Session {
    /// Goes on with points of the run, if someone watches, has drawn the last ones, and enough time has passed.
    pub(super) async fn points(&mut self) -> Vec<Event> {
        let Some(run) = self.run.as_mut().filter(|run| run.ended.is_none()) else {
            self.pictures.owed.remove(&Topic::Points);
            return Vec::new();
        };
        let step = run.trainer.steps();
        // What is owed is of now, not of some steps ago.
        let stale = |making: &mut Making| making.step != step;
        if self.pictures.owed.contains(&Topic::Points) {
            self.pictures.making.take_if(stale);
        }
        if self.pictures.making.is_none() {
            if !self.pictures.due(step) {
                return Vec::new();
            }
            let checkpoint = run.trainer.checkpoint();
            let task = Task::new(async move |pace| checkpoint.snapshot(&pace).await);
            self.pictures.making = Some(Making { step, task, spent: Duration::ZERO });
        }
        let Some(making) = &mut self.pictures.making else { return Vec::new() };
        let begun = Instant::now();
        let result = making.task.advance(PIECE).await;
        making.spent += begun.elapsed();
        let (step, spent, made) = (making.step, making.spent, result.is_some());
        if made {
            self.pictures.making = None;
        }
        match result {
            None => Vec::new(),
            Some(Err(fault)) => self.end(&Failure::Device(fault)),
            Some(Ok(snapshot)) => {
                let points = self.pictures.projected(step, &snapshot);
                run.kept.keep(Rc::new(KeptMoment::of(step, &snapshot)));
                if step == run.trainer.steps() {
                    run.snapshot = Some(snapshot);
                }
                self.pictures.last = Some((step, Instant::now(), spent));
                self.pictures.sent(Topic::Points);
                vec![Event::Picture(Picture::Points(points))]
            }
        }
    }

    /// The gradient's picture, if it is owed: when someone begins to watch, or another run is shown.
    pub(super) async fn anatomy(&mut self) -> Result<Vec<Event>, Fault> {
        if !self.pictures.owed.contains(&Topic::Anatomy) {
            return Ok(Vec::new());
        }
        let Some(run) = self.run.as_ref().filter(|run| run.ended.is_none()) else { return Ok(Vec::new()) };
        let anatomy = run.trainer.anatomy(true).await?;
        self.pictures.sent(Topic::Anatomy);
        Ok(vec![Event::Picture(Picture::Anatomy(anatomy))])
    }
}

impl Pictures {
    fn projected(&mut self, step: u64, snapshot: &Snapshot) -> Points {
        let projected = self.projector.project(&snapshot.embedding, snapshot.dimension);
        Points {
            step,
            projection: projected.projection,
            dimension: snapshot.dimension,
            explained: projected.explained,
            xyz: projected.xyz.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }
}
