//! What a step asks of a GPU beside arithmetic: launches, submissions, read-backs.

use crate::device::ComputeDevice;
use crate::trainer::Trainer;
use burn::tensor::Tensor;

/// Of one step, on average; nothing where there is nothing to count.
#[derive(Default)]
pub(super) struct Counted {
    pub dispatches: Option<f64>,
    pub submits: Option<f64>,
    pub read_backs: Option<f64>,
}

#[cfg(feature = "gpu")]
impl Counted {
    /// Counts over steps as a run takes them: as many as are under way before their losses are read together.
    pub async fn of(trainer: &mut Trainer, views: &Tensor<4>, opened: &ComputeDevice) -> Result<Self, String> {
        let reads = crate::readback::reads();
        let counter = crate::device::LaunchCounter::new(opened);
        let mut failed = None;
        let steps = opened.in_flight();
        for _ in 0..steps {
            trainer.step_on(views.clone());
            if trainer.should_sync() {
                failed = failed.or(trainer.read_losses().await.1);
            }
        }
        let launches = counter.finish(opened);
        let each = |count: f64| Some(super::significant(count / steps as f64));
        let read_backs = each((crate::readback::reads() - reads) as f64);
        // What is still queued belongs to no other row.
        failed = failed.or(trainer.read_losses().await.1);
        match failed {
            Some(failure) => Err(failure.fault().what),
            None => Ok(Self {
                dispatches: each(launches.total() as f64),
                submits: launches.submits.and_then(|submits| each(submits as f64)),
                read_backs,
            }),
        }
    }
}

#[cfg(not(feature = "gpu"))]
impl Counted {
    /// A build without GPUs has nothing to count.
    pub async fn of(_: &mut Trainer, _: &Tensor<4>, _: &ComputeDevice) -> Result<Self, String> {
        Ok(Self::default())
    }
}
